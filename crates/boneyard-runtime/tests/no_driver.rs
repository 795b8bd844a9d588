//! Probing a machine whose drivers are missing or broken lists the CPU and does not panic.

use std::process::Command;

use boneyard_runtime::{Chosen, DeviceChoice, Family, choose, probe};

/// Set in the processes that the tests below start; without it the child test has nothing to do.
const CHILD: &str = "BONEYARD_TEST_PROBE_CHILD";

#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let here = probe();
    println!("{here}");
    let choice = choose(DeviceChoice::Auto, &here).unwrap();
    println!("auto: {} because {}", choice.chosen, choice.reason);
    assert_eq!(here.devices().count(), 0);
    assert_eq!(choice.chosen, Chosen::Cpu);
    for asked in ["cuda", "cuda:0", "wgpu", "wgpu:0"] {
        choose(asked.parse().unwrap(), &here).unwrap_err();
    }
}

/// Starts this test binary again, `child` alone, and returns what it printed.
fn run_child(envs: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture"]).env(CHILD, "1");
    let output = command.envs(envs.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    text
}

/// Libraries of the right names that no loader accepts, in front of the real ones.
#[cfg(target_os = "linux")]
#[test]
fn unloadable_libraries_are_no_devices() {
    let dir = std::env::temp_dir().join(format!("boneyard-no-driver-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let mut names = vec!["libvulkan.so".to_owned(), "libvulkan.so.1".to_owned()];
    for base in ["libcuda.so", "libnvcuda.so", "libcuda64.so", "libnvcuda64.so"] {
        names.push(base.to_owned());
        names.extend([1, 9, 10, 11, 12, 13].map(|version| format!("{base}.{version}")));
    }
    for name in names {
        std::fs::write(dir.join(name), b"not a library").unwrap();
    }
    let text = run_child(&[("LD_LIBRARY_PATH", dir.to_str().unwrap())]);
    std::fs::remove_dir_all(&dir).unwrap();
    for line in ["cuda    none: ", "wgpu    none: ", "auto: cpu because no hardware CUDA device ("] {
        assert!(text.contains(line), "{line:?} is not in {text}");
    }
}

/// A Vulkan loader that finds no driver.
#[test]
fn a_loader_without_a_driver_is_no_device() {
    if !probe().of(Family::Cuda).devices.is_empty() {
        println!("skipped: a CUDA device is here, which these variables cannot hide everywhere");
        return;
    }
    let nowhere = "/nonexistent/boneyard.json";
    let text = run_child(&[("VK_DRIVER_FILES", nowhere), ("VK_ICD_FILENAMES", nowhere)]);
    assert!(text.contains("wgpu    none: "), "{text}");
}
