//! Work that names no runtime runs on every device of this machine.
#![cfg(any(feature = "cuda", feature = "wgpu"))]

use boneyard_runtime::{Chosen, ComputeClient, DeviceChoice, DeviceRuntime, OnDevice, choose, probe};
use cubecl::prelude::*;

#[cube(launch_unchecked)]
fn triple_kernel(words: &mut Array<u32>) {
    if ABSOLUTE_POS < words.len() {
        words[ABSOLUTE_POS] *= 3u32;
    }
}

struct Triple(Vec<u32>);

impl OnDevice for Triple {
    type Output = (&'static str, Vec<u32>);

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let words = client.create_from_slice(u32::as_bytes(&self.0));
        // SAFETY: the buffer has as many words as it was made from, and units beyond them do nothing.
        unsafe {
            let arg = ArrayArg::from_raw_parts(words.clone(), self.0.len());
            triple_kernel::launch_unchecked::<R>(&client, CubeCount::new_single(), CubeDim::new_1d(64), arg);
        }
        client.flush().unwrap();
        let read = client.read_one(words).unwrap();
        (R::name(&client), u32::from_bytes(&read).to_vec())
    }

    fn on_cpu(self) -> Self::Output {
        ("cpu", self.0.iter().map(|word| word * 3).collect())
    }
}

#[test]
fn a_choice_runs_generic_work_on_every_device_here() {
    let here = probe();
    let mut choices = vec![DeviceChoice::Auto, DeviceChoice::Cpu];
    choices.extend(here.devices().map(|info| DeviceChoice::Device(info.family, Some(info.index))));
    for choice in choices {
        let chosen = choose(choice, &here).unwrap().chosen;
        let (name, tripled) = chosen.run(Triple(vec![1, 2, 3])).unwrap();
        assert_eq!(tripled, [3, 6, 9], "{choice} on {name}");
        assert_eq!(name == "cpu", chosen == Chosen::Cpu);
    }
}

#[cfg(feature = "wgpu")]
#[test]
fn a_missing_adapter_is_an_error() {
    let error = boneyard_runtime::Wgpu::open(1000).map(|_| ()).unwrap_err();
    assert!(error.to_string().starts_with("device wgpu:1000 is not available: "), "{error}");
}
