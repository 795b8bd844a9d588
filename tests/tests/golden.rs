//! The golden data of this repository, whole and damaged.

use anyhow::Result;
use boneyard_tests::golden::{Outcome, Report, check_dir, directory};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const CHECKED: [&str; 12] = [
    "deals.json",
    "eq_exact.json",
    "io_small.safetensors",
    "playouts.json",
    "rules.json",
    "small.ckpt",
    "small_compiled.ckpt",
    "small_lightning.ckpt",
    "solver.json",
    "tokens.safetensors",
    "voids.json",
    "weights_small.safetensors",
];

#[test]
fn every_file_is_equal() {
    let reports = check_dir(&directory()).unwrap();
    let failed: Vec<String> = reports.iter().filter(|r| !r.is_good()).map(Report::to_string).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let compared: Vec<(&str, usize)> =
        reports.iter().filter(|r| r.compared() > 0).map(|r| (r.file.as_str(), r.compared())).collect();
    assert_eq!(compared.iter().map(|(file, _)| *file).collect::<Vec<_>>(), CHECKED);
    assert!(compared.iter().all(|(_, compared)| *compared > 1_000), "{compared:?}");
}

/// The file with its companions, and nothing else.
fn copy(file: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    let names = match file {
        "voids.json" | "tokens.safetensors" => &[file, "playouts.json"][..],
        "io_small.safetensors" | "weights_small.safetensors" => {
            &["io_small.safetensors", "tokens.safetensors", "weights_small.safetensors", "playouts.json"]
        }
        _ if file.ends_with(".ckpt") => &[file, "weights_small.safetensors"],
        _ => &[file],
    };
    for name in names {
        fs::copy(directory().join(name), dir.path().join(name)).unwrap();
    }
    dir
}

/// What is said about one file of a directory.
fn complaint(dir: &Path, file: &str) -> Option<String> {
    let report = check_dir(dir).unwrap().into_iter().find(|report| report.file == file).unwrap();
    match report.outcome {
        Outcome::Failed(what) => Some(what),
        _ => None,
    }
}

/// Where a number stands: by field, with `[]` for any place in a list.
fn numbers(value: &Value, kind: &str, pointer: &str, found: &mut BTreeMap<String, Vec<String>>) {
    match value {
        Value::Number(_) => found.entry(kind.to_owned()).or_default().push(pointer.to_owned()),
        // Seeds beyond 2^53 are written as text.
        Value::String(text) if text.parse::<u64>().is_ok() => {
            found.entry(kind.to_owned()).or_default().push(pointer.to_owned());
        }
        Value::Array(list) => {
            for (i, value) in list.iter().enumerate() {
                numbers(value, &format!("{kind}[]"), &format!("{pointer}/{i}"), found);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                // The keys of histograms are numbers themselves.
                let name = if key.parse::<i64>().is_ok() { "#" } else { key };
                numbers(value, &format!("{kind}.{name}"), &format!("{pointer}/{key}"), found);
            }
        }
        _ => {}
    }
}

/// A number near by.
fn flip(value: &mut Value) {
    *value = match &*value {
        Value::String(text) => (text.parse::<u64>().unwrap() ^ 1).to_string().into(),
        number => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => (number ^ 1).into(),
            (None, Some(number)) => (number ^ 1).into(),
            _ => (number.as_f64().unwrap() + 1e-8).into(),
        },
    };
}

/// The first, the last and another number of every kind of field, one at a time, in a copy of the whole file.
fn check_flips(file: &str, least_kinds: usize) {
    let dir = copy(file);
    let path = dir.path().join(file);
    let original: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let mut kinds = BTreeMap::new();
    numbers(&original, "", "", &mut kinds);
    assert!(kinds.len() >= least_kinds, "{:?}", kinds.keys());
    // How the original's sampler did once: nothing can be compared but the form.
    kinds.remove(".constrained[].mrv_invalid");
    for (turn, places) in kinds.values().enumerate() {
        for pointer in [&places[0], &places[turn * 37 % places.len()], &places[places.len() - 1]] {
            let mut damaged = original.clone();
            flip(damaged.pointer_mut(pointer).unwrap());
            fs::write(&path, damaged.to_string()).unwrap();
            assert!(complaint(dir.path(), file).is_some(), "{file}: a flip at {pointer} is not seen");
        }
    }
}

#[test]
fn a_flipped_number_fails_rules() {
    check_flips("rules.json", 9);
}

#[test]
fn a_flipped_number_fails_deals() {
    check_flips("deals.json", 9);
}

#[test]
fn a_flipped_number_fails_playouts() {
    check_flips("playouts.json", 10);
}

#[test]
fn a_flipped_number_fails_voids() {
    check_flips("voids.json", 25);
}

#[test]
fn a_flipped_number_fails_solver() {
    check_flips("solver.json", 17);
}

#[test]
fn a_flipped_number_fails_eq_exact() {
    check_flips("eq_exact.json", 14);
}

/// Where the numbers of a tensor are in its file.
struct Numbers {
    start: usize,
    size: usize,
    count: usize,
}

/// The tensors of a file by name; the library's own order differs from process to process.
fn tensors(file: &[u8]) -> BTreeMap<String, Numbers> {
    let numbers = |tensor: TensorView<'_>| {
        let start = tensor.data().as_ptr() as usize - file.as_ptr() as usize;
        let count = tensor.shape().iter().product();
        Numbers { start, size: tensor.data().len() / count, count }
    };
    let tensors = SafeTensors::deserialize(file).unwrap().tensors();
    tensors.into_iter().map(|(name, tensor)| (name, numbers(tensor))).collect()
}

/// The first, the last and another number of every tensor, one at a time.
#[test]
fn a_flipped_number_fails_tokens() {
    let file = "tokens.safetensors";
    let dir = copy(file);
    let path = dir.path().join(file);
    let original = fs::read(&path).unwrap();
    let tensors = tensors(&original);
    assert_eq!(tensors.len(), 15);
    for (turn, (name, Numbers { start, size, count: n })) in tensors.into_iter().enumerate() {
        // The true deal is a world too, so that kind 0 may be called 1.
        let places = if name == "kind" { [n - 1; 3] } else { [0, turn * 3701 % n, n - 1] };
        for place in places {
            let mut damaged = original.clone();
            damaged[start + place * size] ^= 1;
            fs::write(&path, damaged).unwrap();
            assert!(complaint(dir.path(), file).is_some(), "a flip at {name}[{place}] is not seen");
        }
    }
}

/// The first, the last and another number of every tensor of a file, one at a time, made much larger or smaller.
fn check_exponents(file: &str, n_tensors: usize) {
    let dir = copy(file);
    let path = dir.path().join(file);
    let original = fs::read(&path).unwrap();
    let tensors = tensors(&original);
    assert_eq!(tensors.len(), n_tensors);
    for (turn, (name, Numbers { start, size, count: n })) in tensors.into_iter().enumerate() {
        // One turn on, as the places of this one have a weight of the silent unit below among them.
        for place in [0, (turn + 1) * 3701 % n, n - 1] {
            let mut damaged = original.clone();
            // Of a float the highest bit of the exponent, of an integer one that makes it another seat or row.
            let bit =
                if matches!(size, 4 | 8) && name != "current_player" && name != "act_rows" { 6 } else { 0 };
            damaged[start + place * size + if bit == 6 { size - 1 } else { 0 }] ^= 1 << bit;
            fs::write(&path, damaged).unwrap();
            assert!(complaint(dir.path(), file).is_some(), "a flip at {name}[{place}] is not seen");
        }
    }
}

#[test]
fn a_flipped_number_fails_outputs() {
    check_exponents("io_small.safetensors", 11);
}

#[test]
fn a_flipped_number_fails_weights() {
    check_exponents("weights_small.safetensors", 42);
}

/// One hidden unit of the last layer is silent in all rows. No output tells of its weights, the checkpoints do.
#[test]
fn a_flipped_weight_of_a_silent_unit_fails_checkpoints() {
    let (file, checkpoint) = ("weights_small.safetensors", "small.ckpt");
    let dir = copy(file);
    fs::copy(directory().join(checkpoint), dir.path().join(checkpoint)).unwrap();
    let path = dir.path().join(file);
    let mut damaged = fs::read(&path).unwrap();
    // From unit 54 of 64 to output 6.
    let (name, place) = ("transformer.layers.1.linear2.weight", 6 * 64 + 54);
    let Numbers { start, size, .. } = tensors(&damaged)[name];
    damaged[start + place * size + 3] ^= 1 << 6;
    fs::write(&path, damaged).unwrap();
    assert_eq!(complaint(dir.path(), file), None);
    let complaint = complaint(dir.path(), checkpoint).unwrap();
    assert!(complaint.starts_with(&format!("tensor {name}: number {place} is 0.09698084")), "{complaint}");
}

#[test]
fn checkpoints_are_held_to_the_weights_of_their_name() {
    for file in ["small.ckpt", "small_compiled.ckpt", "small_lightning.ckpt"] {
        let dir = copy(file);
        let weights = dir.path().join("weights_small.safetensors");
        let mut damaged = fs::read(&weights).unwrap();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(&weights, damaged).unwrap();
        let complaint_of = |dir: &Path| complaint(dir, file).unwrap();
        assert!(complaint_of(dir.path()).starts_with("tensor "), "{}", complaint_of(dir.path()));
        fs::remove_file(&weights).unwrap();
        assert!(
            complaint_of(dir.path()).starts_with("no weights_X.safetensors"),
            "{}",
            complaint_of(dir.path())
        );
    }
    let dir = copy("io_small.safetensors");
    fs::remove_file(dir.path().join("weights_small.safetensors")).unwrap();
    assert!(complaint(dir.path(), "io_small.safetensors").unwrap().starts_with("cannot read"));
}

/// Changes a copy of a file and demands this complaint.
fn check_damage(file: &str, damage: impl FnOnce(&mut Value), expected: &str) {
    let dir = copy(file);
    let path = dir.path().join(file);
    let mut value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    damage(&mut value);
    fs::write(&path, value.to_string()).unwrap();
    assert_eq!(complaint(dir.path(), file).as_deref(), Some(expected));
}

#[test]
fn records_are_complete() {
    check_damage("deals.json", |file| file["big_seeds"] = Value::Array(Vec::new()), "big_seeds is empty");
    check_damage(
        "deals.json",
        |file| drop(file.as_object_mut().unwrap().remove("mt_u32")),
        "the file has no field mt_u32",
    );
    check_damage(
        "solver.json",
        |file| drop(file["positions"][7].as_object_mut().unwrap().remove("won")),
        "positions[7] has no field won",
    );
    check_damage(
        "eq_exact.json",
        |file| file["states"][0]["mean"] = 3.into(),
        "states[0] has a field mean that is not part of the format",
    );
    check_damage(
        "playouts.json",
        |file| drop(file["playouts"][2]["legal"].as_array_mut().unwrap().pop()),
        "playouts[2].legal has length 27, expected 28",
    );
    check_damage("rules.json", |file| *file = Value::Null, "the file is null, expected an object");
}

#[test]
fn files_are_whole_and_known() -> Result<()> {
    let dir = copy("deals.json");
    let check = |name: &str, text: &str, expected: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        let complaint = complaint(dir.path(), name).unwrap_or_default();
        assert!(complaint.starts_with(expected), "{name}: {complaint}");
        fs::remove_file(path).unwrap();
    };
    check("bids.json", "{}", "unknown file");
    check("notes.txt", "hello", "unknown file");
    check("rules.json", "", "the file is empty");
    check("rules.json", "{\"about\": ", "not JSON");
    check("tokens.safetensors", "", "the file is empty");
    check("tokens.safetensors", "hello", "its states are plies of playouts.json");
    check("small.ckpt", "", "the file is empty");
    check("voids.json", "{}", "its states are plies of playouts.json");
    fs::write(dir.path().join("README.md"), "")?;
    assert!(check_dir(dir.path())?.iter().all(Report::is_good));

    let empty = TempDir::new()?;
    assert!(check_dir(empty.path()).is_err());
    assert!(check_dir(&empty.path().join("nowhere")).is_err());
    Ok(())
}

#[test]
fn the_program_exits_as_it_should() {
    let golden = |dir: &Path| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_golden")).arg(dir).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let dir = copy("deals.json");
    let (code, text) = golden(dir.path());
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("deals.json") && text.contains("values compared, all equal"), "{text}");
    fs::write(dir.path().join("deals.json"), "[]").unwrap();
    let (code, text) = golden(dir.path());
    assert_eq!(code, Some(1));
    assert!(text.contains("FAILED"), "{text}");
}
