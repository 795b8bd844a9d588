//! Every entry of the catalogue passes its check, on the host and through wgpu: software Vulkan where there is no GPU.

use boneyard_bench::catalogue::catalogue;
use boneyard_bench::report::peer::Peer;
use boneyard_bench::{DeviceSite, DeviceUse, HostSite, Kind, Site, Size};
use boneyard_runtime::{DeviceRuntime, Wgpu};
use std::collections::BTreeSet;

fn every_check_holds<P: Site + 'static>(site: &P) {
    let mut ids = BTreeSet::new();
    for mut entry in catalogue(site) {
        let id = entry.id();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-:.+".contains(c);
        assert!(id.problem.chars().chain(id.variant.chars()).all(fits), "{id} is no kebab-case name");
        assert!(ids.insert(id.clone()), "{id} is there twice");
        if entry.is_for(Size::Tiny) {
            let checked = entry.check(site, Size::Tiny).unwrap_or_else(|error| panic!("{id}: {error:#}"));
            println!("{} {id}: {checked}", site.name());
        }
    }
    assert!(ids.len() > 40, "{} entries", ids.len());
}

#[test]
fn on_the_host() {
    every_check_holds(&HostSite);
}

/// A figure that names no entry would be held against nothing, without a word.
#[test]
fn figures_name_entries_of_a_gpu() {
    let client = Wgpu::open(0).expect("a wgpu adapter");
    let gpu =
        DeviceSite { client, name: "wgpu:0".into(), kind: Kind::Gpu, using: DeviceUse::within(256 << 20) };
    let ids: BTreeSet<String> = catalogue(&gpu).iter().map(|entry| entry.id().to_string()).collect();
    let peer = Peer::shipped();
    let same_job = peer.figures.iter().flat_map(|figure| figure.same_job.iter().cloned());
    let wanted = peer.wanted.rates.iter().map(|it| format!("{}/{}", it.problem, it.variant));
    for id in same_job.chain(wanted) {
        assert!(ids.contains(&id), "{id} is no entry: {ids:?}");
    }
}

#[test]
fn through_wgpu() {
    let client = Wgpu::open(0).expect("a wgpu adapter");
    // Whatever it is, it is asked for no more than a software device.
    every_check_holds(&DeviceSite {
        client,
        name: "wgpu:0".into(),
        kind: Kind::Software,
        using: DeviceUse::within(256 << 20),
    });
}
