//! `convert` replaces files and nothing else, and leaves nothing behind; every command asks for heads that no file names.

use crate::{boneyard, files, succeed, text};
use boneyard::net::{Architecture, Weights};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn network(dir: &Path, architecture: Architecture) -> PathBuf {
    let file = dir.join("network.safetensors");
    fs::write(&file, Weights::random(architecture, 5).unwrap().to_safetensors()).unwrap();
    file
}

const SMALL: Architecture = Architecture { width: 24, heads: 6, layers: 1, feed_forward: 8 };

/// What a command that fails with bad input says.
fn refusal(arguments: &[&str]) -> String {
    let output = boneyard(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
    assert_eq!(text(&output.stderr).lines().count(), 1, "{}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn a_file_is_replaced_and_keeps_its_place() {
    let [from, to] = [(); 2].map(|()| TempDir::new().unwrap());
    let from = network(from.path(), SMALL);
    let path = to.path().join("to.safetensors");
    for old in [None, Some("something else")] {
        if let Some(old) = old {
            fs::write(&path, old).unwrap();
        }
        let output = succeed(boneyard(&["convert"]).args([&from, &path]));
        assert_eq!(fs::read(&path).unwrap(), fs::read(&from).unwrap());
        let said = text(&output.stdout);
        assert!(said.contains(Weights::open(&path, None).unwrap().sha256()), "{said}");
    }
    // Onto itself, and by a name without a directory.
    succeed(boneyard(&["convert", "to.safetensors", "to.safetensors"]).current_dir(to.path()));
    assert_eq!(files(to.path()).len(), 1, "nothing temporary is left");
    // Read by others, as far as the user wants it.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let plain = to.path().join("plain");
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain));
    }
}

#[cfg(unix)]
#[test]
fn what_is_not_a_file_is_not_replaced() {
    use std::os::unix::net::UnixListener;
    let dir = TempDir::new().unwrap();
    let from = network(dir.path(), SMALL);
    let from = from.to_str().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("directory")).unwrap();
    fs::write(at("file"), "precious").unwrap();
    std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
    std::os::unix::fs::symlink(at("nowhere"), at("dangling")).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let before = fs::read_dir(dir.path()).unwrap().count();
    for (name, kind) in [
        ("directory", "a directory"),
        ("link", "a symbolic link"),
        ("dangling", "a symbolic link"),
        ("socket", "a device, pipe or socket"),
        ("pipe", "a device, pipe or socket"),
    ] {
        let to = at(name);
        let said = refusal(&["convert", from, to.to_str().unwrap()]);
        assert!(said.contains(&format!("{}: expected a file to write, not {kind}", to.display())), "{said}");
        let said = refusal(&["convert", to.to_str().unwrap(), at("new").to_str().unwrap()]);
        assert!(name == "link" || said.contains("cannot read"), "{said}");
    }
    assert!(refusal(&["convert", from, "/dev/null"]).contains("not a device, pipe or socket"));
    let nowhere = at("nowhere/to.safetensors");
    assert!(refusal(&["convert", from, nowhere.to_str().unwrap()]).contains("cannot write"));
    assert_eq!(fs::read_to_string(at("file")).unwrap(), "precious");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), before);
}

/// At whatever moment it is killed, the directory holds what it held, or what it was to hold.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_conversion_leaves_nothing() {
    use std::time::{Duration, Instant};
    let [dir, to] = [(); 2].map(|()| TempDir::new().unwrap());
    let from = network(dir.path(), Architecture { width: 240, heads: 4, layers: 4, feed_forward: 960 });
    let path = to.path().join("to.safetensors");
    let mut cut_off = 0;
    for turn in 0..16u64 {
        let mut child = boneyard(&["convert"]).args([&from, &path]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(12 * turn));
        if turn % 2 == 0 {
            child.kill().unwrap();
        } else {
            // It may have ended by itself.
            let _ = std::process::Command::new("kill").arg(child.id().to_string()).output();
        }
        let output = child.wait_with_output().unwrap();
        cut_off += u32::from(!output.status.success());
        // What had a temporary name loses it right after.
        let start = Instant::now();
        while fs::read_dir(to.path()).unwrap().count() > 1 && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let left = files(to.path());
        assert!(left.len() <= 1, "{:?}", left.keys());
        for (name, bytes) in left {
            assert_eq!(name, "to.safetensors");
            assert_eq!(bytes, fs::read(&from).unwrap());
        }
    }
    assert!(cut_off > 0);
}

#[test]
fn heads_that_no_file_names_are_asked_for() {
    let dir = TempDir::new().unwrap();
    let from = network(dir.path(), SMALL);
    let mut bytes = fs::read(&from).unwrap();
    let at = bytes.windows(7).position(|window| window == b"n_heads").unwrap();
    bytes[at..at + 7].copy_from_slice(b"n_knees");
    fs::write(&from, bytes).unwrap();
    let from = from.to_str().unwrap();
    let (to, out) = (dir.path().join("to.safetensors"), dir.path().join("out"));
    let (to, out) = (to.to_str().unwrap(), out.to_str().unwrap());
    let evaluator = format!("cascade:{from}");
    let convert = ["convert", from, to];
    let evaluate = ["evaluate-net", from, "--games", "1"];
    let generate = [
        "generate",
        "--games",
        "1",
        "--samples",
        "2",
        "--device",
        "cpu",
        "--out",
        out,
        "--evaluator",
        &evaluator,
    ];
    for command in [&convert[..], &evaluate, &generate] {
        let said = refusal(command);
        let expected = "does not name its attention heads: expected n_heads, num_heads or nhead, or --heads with a \
                        number that divides the width of 24";
        assert!(said.contains(from) && said.contains(expected), "{said}");
        let said = refusal(&[command, &["--heads", "5"]].concat());
        assert!(said.contains("5 attention heads: expected a number that divides the width of 24"), "{said}");
        succeed(&mut boneyard(&[command, &["--heads", "3"]].concat()));
    }
    assert_eq!(Weights::open(Path::new(to), None).unwrap().architecture().heads, 3);
    // The same file with other heads is another network.
    let said = refusal(&[&generate[..], &["--heads", "6"]].concat());
    assert!(said.contains("heads"), "{said}");
    let said = refusal(&["generate", "--heads", "3", "--dry-run"]);
    assert!(said.contains("--heads 3: expected an evaluator with a network, not solver"), "{said}");
}
