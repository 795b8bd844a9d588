//! The golden positions that software Vulkan can solve.

use boneyard_device::Device;
use boneyard_runtime::{DeviceRuntime, Wgpu};
use boneyard_tests::solved;

#[test]
fn golden_positions_of_the_last_four_tricks_have_their_values_on_a_device() {
    let device = Device::new(Wgpu::open(0).expect("a wgpu adapter"), "here");
    let n = solved::on_device(device, 12).unwrap();
    assert!(n > 100, "{n} positions");
}
