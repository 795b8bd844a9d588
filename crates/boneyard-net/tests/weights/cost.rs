//! Reading costs what the file is worth: time and memory in proportion, and little of both for a refusal.

use crate::build::Kind;
use crate::build::{Checkpoint, around, headed, network, safetensors, zip};
use crate::python::{Py, dict, text};
use crate::{peak, read};
use boneyard_net::{Architecture, Weights, WeightsError};
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

const MIB: usize = 1 << 20;

/// A storage that all tensors share is read, checked and decoded once.
#[test]
fn a_thousand_tensors_in_one_storage() {
    let architecture = Architecture { width: 12, heads: 2, layers: 83, feed_forward: 4 };
    let network = Weights::random(architecture, 1).unwrap();
    assert!(network.tensors().count() > 1000);
    let mut it = Checkpoint::with(dict(&[("n_heads", Py::Int(2))]));
    it.together = Some(34 * MIB / 4);
    let file = it.file(&network);
    let start = Instant::now();
    let (weights, most) = peak(|| read(&file).unwrap());
    assert!(weights.tensors().eq(network.tensors()));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    // Of 34 MB that nobody asked for nothing is kept.
    assert!(most < 4 * MIB, "{most} bytes");
}

/// Files of 2 GB of which next to nothing is there are refused by their headers.
#[test]
fn a_header_is_judged_before_the_file_is_read() {
    let check = |start: &[u8], end: &[u8], expected: &str| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(start).unwrap();
        file.as_file().set_len(2 << 30).unwrap();
        file.seek(SeekFrom::End(-(end.len() as i64))).unwrap();
        file.write_all(end).unwrap();
        let begun = Instant::now();
        let (refused, most) = peak(|| Weights::open(file.path(), None).unwrap_err().to_string());
        assert!(refused.contains(expected), "{refused}");
        assert!(
            begun.elapsed() < Duration::from_secs(2) && most < 8 * MIB,
            "{:?}, {most} bytes",
            begun.elapsed()
        );
    };
    check(b"", b"", "safetensors: it has no header");
    check(&[0xff; 8], b"", "a header of 18446744073709551615 bytes, expected at most 1048576");
    check(&(1u64 << 20).to_le_bytes(), b"", "safetensors: expected value");
    check(&headed("{}", b""), b"", "its tensors have 0 bytes, but 2147483638 follow the header");
    check(b"PK\x03\x04", b"", "the zip archive has no directory");
    let end = |length: u32, start: u32| {
        [&b"PK\x05\x06\0\0\0\0\0\0\0\0"[..], &length.to_le_bytes(), &start.to_le_bytes(), &[0; 2]].concat()
    };
    check(b"PK\x03\x04", &end(1 << 30, 0), "a zip directory of 1073741824 bytes, expected at most 2097152");
    check(b"PK\x03\x04", &end(4096, 64), "the directory of the zip archive is damaged");
    let too_large = tempfile::NamedTempFile::new().unwrap();
    too_large.as_file().set_len((2 << 30) + 1).unwrap();
    let refused = Weights::open(too_large.path(), None);
    assert!(matches!(refused, Err(WeightsError::Unreadable { .. })), "{refused:?}");
}

#[test]
fn long_headers_are_not_read() {
    let file = headed(&" ".repeat(89_000_000), b"");
    let (refused, most) = peak(|| read(&file).unwrap_err().to_string());
    assert!(refused.contains("a header of 89000000 bytes, expected at most 1048576"), "{refused}");
    assert!(most < MIB, "{most} bytes");
    // The longest that are read.
    let shape = format!(
        "{{\"a\":{{\"dtype\":\"F32\",\"data_offsets\":[0,0],\"shape\":[{}0]}}}}",
        "0,".repeat(500_000)
    );
    let deep = "[".repeat(MIB);
    let many: Vec<String> = (0..18_000)
        .map(|i| format!("\"{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"))
        .collect();
    let name = format!(
        "{{\"{}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}}}",
        "x".repeat(MIB - 100)
    );
    for header in [shape, deep, format!("{{{}}}", many.join(",")), name] {
        let file = headed(&header, b"");
        let (refused, most) = peak(|| read(&file).unwrap_err().to_string());
        assert!(refused.len() < 400, "{refused}");
        assert!(most < 3 * file.len() + 32 * MIB, "{most} bytes");
    }
}

/// Pickles that are much ado about nothing.
#[test]
fn bombs_do_not_go_off() {
    let repeated = |head: &[u8], body: &[u8], bytes: usize| {
        around(&[head, &body.repeat(bytes / body.len()), b"."].concat())
    };
    for body in [
        &b"N"[..],
        b"(",
        b"]",
        b"}",
        b")",
        b")\x94",
        b"]\x94",
        b"}NNs0",
        b"}\x94(NNNNu0",
        b"\x85",
        b"2",
        b"cos\nx\n)R0",
        b"\x8c\0N\x8c\0s",
    ] {
        for bytes in [MIB, 24 * MIB] {
            let file = repeated(b"\x80\x04}", body, bytes);
            let start = Instant::now();
            let refused = read(&file).unwrap_err();
            assert!(matches!(refused, WeightsError::Format(_)), "{body:?}: {refused}");
            assert!(start.elapsed() < Duration::from_secs(10), "{body:?}: {:?}", start.elapsed());
        }
    }
    let long = zip(&[("a/data.pkl".to_owned(), vec![b'N'; 33 * MIB])]);
    assert!(read(&long).unwrap_err().to_string().contains("has 34603008 bytes, expected at most 33554432"));
    // A long key that is used over and over, well-formed and not; a state that is.
    for last in [b'x', 0xff] {
        let text = [&b"X\0\0\x40\0"[..], &vec![b'x'; 4 * MIB - 1], &[last]].concat();
        let keys = [&b"\x80\x02}"[..], &text, b"q\0Ns(", &b"h\0N".repeat(500_000), b"u."].concat();
        let inner = [&keys[..keys.len() - 1], b"q\x01"].concat();
        let state = [&b"\x80\x02}X\x0a\0\0\0state_dict"[..], &inner[2..], b"s."].concat();
        let states = [&inner, &b"cos\nx\n)R("[..], &b"h\x01".repeat(500_000), b"tb."].concat();
        for program in [keys, state, states] {
            let start = Instant::now();
            assert!(read(&around(&program)).is_err());
            assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        }
    }
    // Names by the hundred thousand.
    let mut names = b"\x80\x02}X\x0a\0\0\0state_dict}(".to_vec();
    for i in 0..200_000u32 {
        names.extend(b"X\x04\0\0\0");
        names.extend(format!("{i:04x}").bytes().rev().take(4));
        names.push(b'N');
    }
    assert!(read(&around(&[&names, &b"us."[..]].concat())).is_err());
}

/// What trainers leave there: megabytes of numbers.
#[test]
fn long_histories_are_read() {
    let network = network();
    let step = |i: usize| dict(&[("step", Py::Int(i as i64)), ("loss", Py::Float(0.5))]);
    let mut it = Checkpoint::default();
    it.more.push(("losses", Py::List((0..1_000_000).map(|i| Py::Float(f64::from(i))).collect())));
    it.more.push(("log", Py::List((0..100_000).map(step).collect())));
    it.more.push((
        "pairs",
        Py::List((0..100_000).map(|i| Py::Tuple(vec![Py::Int(i), text("train")])).collect()),
    ));
    for protocol in [2, 4] {
        it.protocol = protocol;
        assert!(read(&it.file(&network)).unwrap().tensors().eq(network.tensors()));
    }
}

#[test]
fn overlapping_and_compressed_entries_are_refused() {
    let mut file = Checkpoint::default().file(&network());
    let directory = file.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    file[directory + 10] = 8;
    assert!(read(&file).unwrap_err().to_string().contains("archive/data.pkl is compressed"));
    file[directory + 10] = 0;
    assert!(read(&file).is_ok());
    for at in [directory + 20, directory + 24] {
        file[at..at + 4].copy_from_slice(&200_000u32.to_le_bytes());
    }
    let expected = "not a file of weights: entry archive/data.pkl reaches into what follows it";
    assert_eq!(read(&file).unwrap_err().to_string(), expected);
}

/// Half-precision files are the worst: in f32 they are twice as long.
#[test]
fn memory_is_in_proportion() {
    let large =
        Weights::random(Architecture { width: 384, heads: 8, layers: 6, feed_forward: 1536 }, 2).unwrap();
    for kind in [Kind::Bf16, Kind::F64] {
        let mut it = Checkpoint { kind, ..Checkpoint::default() };
        let apart = it.file(&large);
        it.together = Some(0);
        for file in [apart, it.file(&large), safetensors(&large, "", kind, r#"{"n_heads":"8"}"#)] {
            let (weights, most) = peak(|| read(&file));
            assert!(weights.is_ok());
            assert!(most < 3 * file.len() + MIB, "{kind:?}: {most} bytes for {}", file.len());
        }
    }
}
