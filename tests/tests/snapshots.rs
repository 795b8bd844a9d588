//! Whole games, decision by decision, as text in `tests/snapshots`: on the host, and on a device.

use boneyard_core::Host;
use boneyard_device::Device;
use boneyard_runtime::{DeviceRuntime, Wgpu};
use boneyard_tests::snapshots::{CASCADES, SOLVED, Snapshot};

fn check(snapshot: &Snapshot, transcript: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(snapshot.name, transcript));
}

#[test]
fn the_host_plays_the_same_games_for_ever() {
    for snapshot in SOLVED.iter().chain(&CASCADES) {
        let transcript = snapshot.transcript(Host::default()).unwrap();
        check(snapshot, &transcript);
        assert_eq!(snapshot.recorded(), transcript.trim_end());
    }
}

#[test]
fn and_so_does_a_device() {
    let client = Wgpu::open(0).expect("a wgpu adapter");
    for snapshot in &CASCADES {
        check(snapshot, &snapshot.transcript(Device::new(client.clone(), "here")).unwrap());
    }
}
