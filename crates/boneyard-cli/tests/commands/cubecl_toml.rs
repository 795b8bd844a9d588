//! A configuration of CubeCL that lies on the way: an error that names it, and only where a device is opened.

use crate::{boneyard, generate, golden, succeed, text};
use std::fs;
use tempfile::TempDir;

#[test]
fn a_broken_one_is_named_before_anything_is_written() {
    let dir = TempDir::new().unwrap();
    let below = dir.path().join("below");
    fs::create_dir(&below).unwrap();
    for (name, broken) in
        [("cubecl.toml", "[compilation\n"), ("CubeCL.toml", "[streaming]\nmax_streams = \"x\"\n")]
    {
        let file = dir.path().join(name);
        fs::write(&file, broken).unwrap();
        for evaluator in ["solver".to_owned(), format!("net:{}", golden("small.ckpt"))] {
            for more in ["", "--dry-run", "--json"] {
                let out = below.join("out");
                let mut run =
                    generate(&out, &format!("--games 1 --device wgpu --evaluator {evaluator} {more}"));
                let output = run.current_dir(&below).output().unwrap();
                let said = text(&output.stderr);
                assert_eq!(output.status.code(), Some(2), "{said}");
                assert!(said.contains(&format!("{name}: line ")), "{said}");
                assert_eq!(said.lines().count(), 1, "{said}");
                assert!(!out.exists(), "wrote something");
            }
        }
        // Nearer ones go before it.
        fs::write(below.join("cubecl.toml"), "").unwrap();
        let out = TempDir::new().unwrap();
        succeed(generate(out.path(), "--games 1 --device wgpu --dry-run").current_dir(&below));
        fs::remove_file(below.join("cubecl.toml")).unwrap();
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn the_cpu_does_not_look_for_one() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("cubecl.toml"), "[compilation\n").unwrap();
    let network = golden("small.ckpt");
    let run = |evaluator: &str| {
        let out = dir.path().join(evaluator.split(':').next().unwrap());
        let more = format!("--games 1 --evaluator {evaluator}");
        succeed(generate(&out, &more).current_dir(dir.path()));
    };
    run("solver");
    run(&format!("net:{network}"));
    for arguments in [
        &["evaluate-net", network.as_str(), "--games", "1"][..],
        &["inspect", "solver", "--seed", "0"],
        &["convert", network.as_str(), "to.safetensors"],
        &["devices"],
        &["solve"],
        &["evaluate", "--samples", "2"],
        &["completions", "bash"],
    ] {
        succeed(boneyard(arguments).current_dir(dir.path()));
    }
}
