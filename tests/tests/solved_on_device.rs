//! The golden positions on a device.

use boneyard_device::Device;
use boneyard_runtime::{DeviceRuntime, Wgpu};
use boneyard_tests::solved;

#[test]
fn golden_positions_of_the_last_five_tricks_have_their_values_on_a_device() {
    let device = Device::new(Wgpu::open(0).expect("a wgpu adapter"), "here");
    let n = solved::on_device(device, 8).unwrap();
    assert!(n == 220, "{n} positions");
}
