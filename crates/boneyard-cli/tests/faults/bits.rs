//! Single flipped bits.

use crate::{Random, contents, generate, succeed, text, times};
use std::fs;
use std::process::Command;
use tempfile::TempDir;

#[test]
fn every_command_notices() {
    let dir = TempDir::new().unwrap();
    succeed(&mut generate(dir.path(), "--games 2 --block 2"));
    let name = contents(dir.path()).into_keys().find(|name| name.starts_with("data")).unwrap();
    let path = dir.path().join(name);
    let bytes = fs::read(&path).unwrap();
    let mut random = Random::new();
    let run =
        |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_boneyard")).args(arguments).output().unwrap();
    let (root, file) = (dir.path().to_str().unwrap(), path.to_str().unwrap());
    let flips = times(20, 1000);
    for flip in 0..flips {
        let bit = random.below(bytes.len() * 8);
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, damaged).unwrap();
        for (arguments, code) in [
            (&["verify", root][..], 1),
            (&["inspect", root, "--seed", "1"], 2),
            (&["inspect", file, "--seed", "1"], 2),
        ] {
            let output = run(arguments);
            assert_eq!(output.status.code(), Some(code), "bit {bit}: {}", text(&output.stderr));
        }
        if flip % 10 == 0 {
            let said = text(&succeed(&mut generate(dir.path(), "--games 2 --block 2")).stderr);
            assert!(said.contains(file) && said.contains("it is made again"), "{said}");
            assert!(fs::read(&path).unwrap() == bytes, "bit {bit}");
        }
    }
    println!("{flips} single-bit flips: 0 unnoticed");
}
