//! Sessions on a real runtime: every law runs on the first wgpu adapter (Mesa's software Vulkan will do) and on
//! the first CUDA device where there is one.
#![cfg(any(feature = "cuda", feature = "wgpu"))]

use boneyard_runtime::{
    Chosen, DeviceChoice, DeviceRuntime, Grid, Kernel, OnDevice, RuntimeError, Session, SessionOptions,
    choose, probe, shrink_to_fit,
};
use cubecl::prelude::*;

const SENTINEL: u32 = 0xdead_beef;

#[cube(launch_unchecked)]
fn scale_kernel<N: Numeric + CubeElement>(input: &Array<N>, output: &mut Array<N>, factor: N) {
    if ABSOLUTE_POS < output.len() {
        output[ABSOLUTE_POS] = input[ABSOLUTE_POS] * factor;
    }
}

#[cube(launch_unchecked)]
fn visit_kernel(visits: &mut Array<Atomic<u32>>) {
    if ABSOLUTE_POS < visits.len() {
        visits[ABSOLUTE_POS].fetch_add(1u32);
    }
}

/// Eight-bit buffers do not exist in WGSL, and the code generator panics on them.
#[cube(launch_unchecked)]
fn eight_bit_kernel(output: &mut Array<u8>) {
    if ABSOLUTE_POS < output.len() {
        output[ABSOLUTE_POS] = 7u8;
    }
}

#[cube(launch_unchecked)]
fn greedy_kernel(output: &mut Array<u32>) {
    let mut shared = SharedMemory::<u32>::new(1usize << 20usize);
    shared[UNIT_POS as usize] = UNIT_POS;
    sync_cube();
    if ABSOLUTE_POS < output.len() {
        output[ABSOLUTE_POS] = shared[UNIT_POS as usize];
    }
}

fn scale<R: Runtime>(session: &Session<R>, values: &[u32], factor: u32) -> Result<Vec<u32>, RuntimeError> {
    let input = session.upload(values)?;
    let output = session.upload(&vec![SENTINEL; values.len()])?;
    session.launch(Kernel::new("scale"), Grid::units(values.len(), 64), |client, count, dim| {
        // SAFETY: every access is below the output's length, and the input is as long.
        unsafe {
            scale_kernel::launch_unchecked::<u32, R>(client, count, dim, input.arg(), output.arg(), factor);
        }
    })?;
    session.read_one(&output)
}

fn computes<R: DeviceRuntime>(session: &Session<R>) {
    for n in [1usize, 63, 64, 65, 1000] {
        let values: Vec<u32> = (0..n as u32).collect();
        let expected: Vec<u32> = values.iter().map(|value| value * 3).collect();
        assert_eq!(scale(session, &values, 3).unwrap(), expected);
    }
}

fn counts_what_it_does<R: DeviceRuntime>(session: &Session<R>) {
    let before = session.counts();
    scale(session, &[1, 2, 3], 2).unwrap();
    scale(session, &[], 2).unwrap();
    let after = session.counts();
    assert_eq!(after.launches - before.launches, 1, "an empty grid launches nothing");
    assert_eq!(after.syncs - before.syncs, 2);
    assert_eq!(after.allocations - before.allocations, 4);
}

fn reads_many_buffers_at_once<R: DeviceRuntime>(session: &Session<R>) {
    let words = session.upload(&[1u32, 2, 3]).unwrap();
    let reals = session.upload(&[0.5f32, -0.5]).unwrap();
    let part = words.slice(0..2);
    let before = session.counts().syncs;
    let mut back = session.read(&[words.region(), reals.region(), part.region()]).unwrap();
    assert_eq!(session.counts().syncs - before, 1);
    assert_eq!(back.take::<u32>().unwrap(), [1, 2, 3]);
    assert_eq!(back.take::<f32>().unwrap(), [0.5, -0.5]);
    assert_eq!(back.take::<u32>().unwrap(), [1, 2]);
    assert!(matches!(back.take::<u32>(), Err(RuntimeError::Readback { .. })));
}

fn large_grids_visit_every_unit_once<R: DeviceRuntime>(session: &Session<R>) {
    let n = 70_001;
    let visits = session.upload(&vec![0u32; n]).unwrap();
    session
        .launch(Kernel::new("visit"), Grid::units(n, 1), |client, count, dim| {
            // SAFETY: the only access is below the buffer's length.
            unsafe { visit_kernel::launch_unchecked::<R>(client, count, dim, visits.arg()) };
        })
        .unwrap();
    assert!(session.read_one(&visits).unwrap().iter().all(|&count| count == 1));
}

fn slices_are_arguments<R: DeviceRuntime>(session: &Session<R>) {
    let values: Vec<u32> = (0..256).collect();
    let input = session.upload(&values).unwrap();
    let output = session.upload(&[SENTINEL; 256]).unwrap();
    session
        .launch(Kernel::new("scale"), Grid::units(64, 64), |client, count, dim| {
            let (from, to) = (input.slice(128..192), output.slice(64..128));
            // SAFETY: every access is below 64, the length of both parts.
            unsafe { scale_kernel::launch_unchecked::<u32, R>(client, count, dim, from.arg(), to.arg(), 10) };
        })
        .unwrap();
    let got = session.read_one(&output).unwrap();
    for (i, &word) in got.iter().enumerate() {
        let expected = if (64..128).contains(&i) { (i as u32 + 64) * 10 } else { SENTINEL };
        assert_eq!(word, expected, "at {i}");
    }
}

fn a_kernel_beyond_the_device_is_an_error<R: DeviceRuntime>(session: &Session<R>) {
    let output = session.upload(&[SENTINEL; 64]).unwrap();
    let greedy = session
        .launch(Kernel::new("greedy"), Grid::units(64, 64), |client, count, dim| {
            // SAFETY: indices are below the cube's size and below the buffer's length.
            unsafe { greedy_kernel::launch_unchecked::<R>(client, count, dim, output.arg()) };
        })
        .unwrap_err();
    let text = greedy.to_string();
    assert!(text.contains("kernel greedy on ") && text.contains("shared memory"), "{text}");

    let wide = session
        .launch(Kernel::new("greedy"), Grid::units(64, 1 << 16), |_, _, _| unreachable!())
        .unwrap_err();
    assert!(matches!(wide, RuntimeError::Limit { limit: "units per cube", asked: 65_536, .. }), "{wide}");

    // The failures above leave nothing behind.
    assert_eq!(scale(session, &[5], 5).unwrap(), [25]);
}

fn a_kernel_that_does_not_compile_is_an_error<R: DeviceRuntime>(session: &Session<R>) {
    if session.runtime_name() != "wgpu<wgsl>" {
        println!("skipped on {}: it has eight-bit buffers", session.runtime_name());
        return;
    }
    let output = session.upload(&[SENTINEL; 1]).unwrap();
    let failed = session
        .launch(Kernel::new("eight-bit"), Grid::units(4, 4), |client, count, dim| {
            // SAFETY: the handle holds four bytes.
            let arg = unsafe { ArrayArg::from_raw_parts(output.handle(), 4) };
            // SAFETY: the only access is below the buffer's length.
            unsafe { eight_bit_kernel::launch_unchecked::<R>(client, count, dim, arg) };
        })
        .unwrap_err();
    assert!(
        failed.to_string().starts_with("kernel eight-bit on wgpu<wgsl> could not be launched"),
        "{failed}"
    );
    assert_eq!(session.read_one(&output).unwrap(), [SENTINEL]);
    assert_eq!(scale(session, &[5], 5).unwrap(), [25]);
}

fn memory_is_counted_and_bounded<R: DeviceRuntime>() {
    let budget = 1 << 20;
    let options = SessionOptions { memory_budget: Some(budget), ..SessionOptions::default() };
    let session = R::open(0, options).unwrap();
    let held = session.alloc::<u32>(1000).unwrap();
    assert_eq!(session.bytes_in_use(), 4000);
    let clone = held.slice(0..10);
    drop(held);
    assert_eq!(session.bytes_in_use(), 4000, "a part keeps the whole");
    drop(clone);
    assert_eq!(session.bytes_in_use(), 0);

    let error = session.alloc::<u32>(300_000).unwrap_err();
    let expected = format!(
        "out of memory on {}: 1200000 bytes asked for, 0 bytes in use, the budget is 1048576 bytes",
        session.runtime_name()
    );
    assert_eq!(error.to_string(), expected);

    let (chunk, buffers) =
        shrink_to_fit(1 << 20, 1, |chunk| Ok([session.alloc::<u32>(chunk)?, session.alloc::<u32>(chunk)?]))
            .unwrap();
    assert_eq!(chunk, 1 << 17);
    assert_eq!(buffers.iter().map(|buffer| buffer.bytes()).sum::<u64>(), budget);
}

fn a_buffer_beyond_the_device_is_an_error<R: DeviceRuntime>(session: &Session<R>) {
    let len = session.largest_buffer() as usize / 4 + 1;
    let error = session.alloc::<u32>(len).unwrap_err();
    assert!(error.is_out_of_memory(), "{error}");
    assert_eq!(scale(session, &[5], 5).unwrap(), [25]);
}

fn all<R: DeviceRuntime>() {
    for check_every_launch in [false, true] {
        let options = SessionOptions { check_every_launch, ..SessionOptions::default() };
        let session = R::open(0, options).unwrap();
        computes(&session);
        counts_what_it_does(&session);
        reads_many_buffers_at_once(&session);
        large_grids_visit_every_unit_once(&session);
        slices_are_arguments(&session);
        a_kernel_beyond_the_device_is_an_error(&session);
        a_kernel_that_does_not_compile_is_an_error(&session);
        a_buffer_beyond_the_device_is_an_error(&session);
    }
    memory_is_counted_and_bounded::<R>();
}

#[cfg(feature = "wgpu")]
fn need_wgpu() {
    if let Some(reason) = probe().wgpu.absent {
        panic!(
            "these tests need a Vulkan adapter ({reason}); Mesa's software one will do: \
             on Debian, apt-get install mesa-vulkan-drivers libvulkan1"
        );
    }
}

#[cfg(feature = "wgpu")]
#[test]
fn wgpu() {
    need_wgpu();
    all::<boneyard_runtime::Wgpu>();
}

/// The same laws where the runtime launches synchronously and every failure panics at its call.
#[cfg(feature = "wgpu")]
#[test]
fn wgpu_under_profiling() {
    need_wgpu();
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "wgpu"]).env("CUBECL_DEBUG_OPTION", "profile-medium");
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    }
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&text));
}

#[cfg(feature = "cuda")]
#[test]
fn cuda() {
    if let Some(reason) = probe().cuda.absent {
        println!("skipped: {reason}");
        return;
    }
    all::<boneyard_runtime::Cuda>();
}

struct Triple(Vec<u32>);

impl OnDevice for Triple {
    type Output = (String, Vec<u32>);

    fn on_runtime<R: DeviceRuntime>(self, session: Session<R>) -> Self::Output {
        (session.runtime_name().to_owned(), scale(&session, &self.0, 3).unwrap())
    }

    fn on_cpu(self) -> Self::Output {
        ("cpu".into(), self.0.iter().map(|value| value * 3).collect())
    }
}

#[test]
fn a_choice_runs_generic_work_on_every_device_here() {
    let here = probe();
    let mut choices = vec![DeviceChoice::Auto, DeviceChoice::Cpu];
    choices.extend(here.cuda.devices.iter().map(|info| DeviceChoice::Cuda(Some(info.index))));
    choices.extend(here.wgpu.devices.iter().map(|info| DeviceChoice::Wgpu(Some(info.index))));
    for choice in choices {
        let chosen = choose(choice, &here).unwrap().chosen;
        let (name, got) = chosen.run(SessionOptions::default(), Triple(vec![1, 2, 3])).unwrap();
        assert_eq!(got, [3, 6, 9], "{choice} on {name}");
        assert_eq!(name == "cpu", chosen == Chosen::Cpu);
    }
}

#[cfg(feature = "wgpu")]
#[test]
fn a_missing_adapter_is_an_error() {
    let error = boneyard_runtime::Wgpu::open(1000, SessionOptions::default()).unwrap_err();
    assert!(matches!(error, RuntimeError::DeviceMissing { .. }), "{error}");
}
