//! Files with a few changed bytes: no panic, no more time and memory than a file is worth, and no other weights.
//!
//! 500 cases a file and test; the environment variable `BONEYARD_FUZZ_CASES` sets another number, four times as large.

use crate::build::{Checkpoint, Kind, headed, network, safetensors};
use crate::python::{Py, dict, dict_of, numpy, text};
use crate::{CHECKPOINTS, bytes, read};
use boneyard_net::{Weights, WeightsError};
use std::ops::Range;
use std::time::{Duration, Instant};

fn cases() -> usize {
    std::env::var("BONEYARD_FUZZ_CASES").map_or(2000, |cases| cases.parse().expect("a number")) / 4
}

/// Random numbers that are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    /// Changes some bytes of a part.
    fn damage(&mut self, file: &mut [u8], part: Range<usize>, tempting: &[u8]) {
        for _ in 0..1 + self.below(4) {
            let at = part.start + self.below(part.len());
            file[at] = match self.below(4) {
                0 => self.below(256) as u8,
                1 => file[at] ^ 1 << self.below(8),
                2 => [0, 1, 0x7f, 0xff][self.below(4)],
                _ => tempting[self.below(tempting.len())],
            };
        }
    }

    /// Moves some bytes of a part elsewhere in it, over what was there.
    fn splice(&mut self, file: &mut [u8], part: Range<usize>) {
        let length = 1 + self.below(part.len().min(64) - 1);
        let [from, to] = [(); 2].map(|()| part.start + self.below(part.len() - length));
        file.copy_within(from..from + length, to);
    }
}

/// Reads it in time; whatever is taken is whole.
fn read_in_time(file: &[u8]) -> Result<Weights, WeightsError> {
    let start = Instant::now();
    let read = read(file);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    if let Ok(weights) = &read {
        let whole = |shape: &[usize], n| shape.iter().product::<usize>() == n;
        assert!(weights.tensors().all(|(_, tensor)| whole(&tensor.shape, tensor.data.len())));
    }
    read
}

/// Checkpoints of every kind, by what they are.
fn checkpoints() -> Vec<(String, Vec<u8>)> {
    let golden = CHECKPOINTS.map(|name| (name.to_owned(), bytes(name)));
    let hyper = dict_of(
        "pytorch_lightning.utilities.parsing",
        "AttributeDict",
        &[("n_heads", numpy("i8", "<", &8u64.to_le_bytes(), 2)), ("loss_mode", text("qvalue"))],
    );
    let history =
        Py::List((0..20).map(|i| dict(&[("step", Py::Int(i)), ("loss", Py::Float(1.5))])).collect());
    let more = vec![
        ("hyper_parameters", Py::Same(1, Box::new(hyper.clone()))),
        ("config", Py::Same(1, Box::new(hyper))),
        ("history", history),
    ];
    let made = [
        Checkpoint { protocol: 4, kind: Kind::Bf16, ..Checkpoint::default() },
        Checkpoint {
            protocol: 5,
            prefix: "module.model.",
            together: Some(3),
            more: more.clone(),
            ..Checkpoint::default()
        },
        Checkpoint { big_endian: true, kind: Kind::F16, more, ..Checkpoint::default() },
    ];
    let network = network();
    golden.into_iter().chain(made.map(|it| (format!("{it:?}"), it.file(&network)))).collect()
}

fn place(file: &[u8], what: &[u8]) -> usize {
    file.windows(what.len()).position(|window| window == what).expect("it is there")
}

fn long(file: &[u8], at: usize) -> usize {
    u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize
}

/// Bytes anywhere: the checksums of a checkpoint catch every change in its numbers.
#[test]
fn damaged_files() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let network = network();
    let plain = ("weights_small.safetensors".to_owned(), bytes("weights_small.safetensors"));
    let prefixed =
        safetensors(&network, "model.module.", Kind::Bf16, r#"{"n_heads":"8","loss_mode":"qvalue"}"#);
    for (name, file) in checkpoints().into_iter().chain([plain, ("prefixed".to_owned(), prefixed)]) {
        let original = read(&file).unwrap();
        let is_checkpoint = file.starts_with(b"PK");
        // Where the objects, the header or the directory lie, changes do the most.
        let length = file.len();
        let tender = [0..length, 0..length.min(18_000), length - length.min(6_000)..length];
        for case in 0..cases() {
            let mut damaged = file.clone();
            let part = tender[random.below(3)].clone();
            random.damage(&mut damaged, part, &[0, 0xff]);
            let Ok(weights) = read_in_time(&damaged) else { continue };
            let same = || weights.tensors().eq(original.tensors());
            assert!(!is_checkpoint || same(), "{name}, case {case}: other weights, not noticed");
        }
    }
}

/// Objects, with a checksum that is right again.
#[test]
fn damaged_objects() {
    const TEMPTING: &[u8] = b"R\x81\x92bu}])t\x85\x86\x93cQhjqr\x94(012\x95\x80\x8a\x8dX.";
    let mut random = Random(42);
    for (name, file) in checkpoints() {
        let directory = place(&file, b"PK\x01\x02");
        let start = 30
            + usize::from(u16::from_le_bytes([file[26], file[27]]))
            + usize::from(u16::from_le_bytes([file[28], file[29]]));
        let objects = start..start + long(&file, directory + 24);
        let mut refused = 0;
        for _ in 0..cases() {
            let mut damaged = file.clone();
            if random.below(2) == 0 {
                random.splice(&mut damaged, objects.clone());
            }
            random.damage(&mut damaged, objects.clone(), TEMPTING);
            let checksum = crc32fast::hash(&damaged[objects.clone()]);
            damaged[directory + 16..][..4].copy_from_slice(&checksum.to_le_bytes());
            refused += usize::from(read_in_time(&damaged).is_err());
        }
        assert!(refused > cases() / 10, "{name}: {refused} of {} refused", cases());
    }
}

/// The directory of an archive, in which lengths and places stand.
#[test]
fn damaged_directories() {
    let mut random = Random(7);
    for (name, file) in checkpoints() {
        let original = read(&file).unwrap();
        let directory = place(&file, b"PK\x01\x02")..file.len();
        for case in 0..cases() {
            let mut damaged = file.clone();
            if random.below(4) == 0 {
                random.splice(&mut damaged, directory.clone());
            }
            random.damage(&mut damaged, directory.clone(), &[0, 1, 0xff, b'P']);
            let Ok(weights) = read_in_time(&damaged) else { continue };
            assert_eq!(weights.tensors().count(), original.tensors().count(), "{name}, case {case}");
        }
    }
}

/// The header of a `.safetensors` file, with a length that is right, or nearly.
#[test]
fn damaged_headers() {
    let mut random = Random(11);
    let network = network();
    for kind in Kind::ALL {
        let file = safetensors(&network, "model.", kind, r#"{"n_heads":"8","loss_mode":"qvalue"}"#);
        let end = 8 + long(&file, 0);
        for _ in 0..cases() {
            let mut header = file[8..end].to_vec();
            let whole = 0..header.len();
            if random.below(2) == 0 {
                random.splice(&mut header, whole.clone());
            }
            random.damage(&mut header, whole, b"{}[]:,\"0123456789.e-\\u ");
            let mut damaged = file.clone();
            damaged[8..end].copy_from_slice(&header);
            if random.below(4) == 0 {
                random.damage(&mut damaged, 0..8, &[0, 0xff]);
            }
            let _ = read_in_time(&damaged);
            if let Ok(text) = std::str::from_utf8(&header) {
                let cut = text
                    .char_indices()
                    .map(|(at, _)| at)
                    .nth(random.below(text.chars().count()))
                    .unwrap_or(0);
                assert!(read_in_time(&headed(&text[..cut], &file[end..])).is_err());
            }
        }
    }
}
