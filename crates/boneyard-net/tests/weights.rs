//! Files of weights: the golden ones all say the same, and damaged or hostile ones are refused without a panic and
//! without taking memory for what they claim.

use boneyard_net::{Architecture, Weights, WeightsError};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::{Path, PathBuf};

/// Counts what each thread asks for.
struct Counting;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(layout.size())));
        // SAFETY: as asked of us.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as asked of us.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(layout.size())));
        // SAFETY: as asked of us.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
        // SAFETY: as asked of us.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CHECKPOINTS: [&str; 3] = ["small.ckpt", "small_compiled.ckpt", "small_lightning.ckpt"];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(golden(name)).unwrap()
}

/// Reads what may be damaged; no single piece of memory is larger than 64 times the file.
fn read(bytes: &[u8]) -> Result<Weights, WeightsError> {
    LARGEST.set(0);
    let read = Weights::read(bytes, None);
    let (largest, allowed) = (LARGEST.get(), 64 * bytes.len().max(1024));
    assert!(largest <= allowed, "{largest} bytes at once for a file of {}", bytes.len());
    read
}

fn same(a: &Weights, b: &Weights) -> bool {
    a.architecture() == b.architecture() && a.tensors().eq(b.tensors())
}

#[test]
fn checkpoints_hold_what_the_safetensors_hold() {
    let expected = Weights::open(&golden("weights_small.safetensors"), None).unwrap();
    let small = Architecture { width: 32, heads: 4, layers: 2, feed_forward: 64 };
    assert_eq!(expected.architecture(), small);
    assert_eq!(expected.tensors().count(), 42);
    assert_eq!(expected.loss_mode(), Some("qvalue"));
    for name in CHECKPOINTS {
        let weights = Weights::open(&golden(name), None).unwrap();
        assert!(same(&weights, &expected), "{name}");
        assert_eq!(weights.loss_mode(), Some("qvalue"), "{name}");
    }
}

/// Against the reader of the format, not against our own.
#[test]
fn numbers_are_those_of_the_file() {
    let file = bytes("weights_small.safetensors");
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    let weights = read(&file).unwrap();
    for (name, tensor) in weights.tensors() {
        let expected = tensors.tensor(name).unwrap();
        assert_eq!(expected.shape(), tensor.shape);
        let numbers = expected.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
        assert!(numbers.eq(tensor.data.iter().copied()), "{name}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    let weights = Weights::open(&golden("small_lightning.ckpt"), None).unwrap();
    let file = weights.to_safetensors();
    let again = read(&file).unwrap();
    assert!(same(&again, &weights));
    assert_eq!(again.loss_mode(), Some("qvalue"));
    assert_eq!(again.to_safetensors(), file);
    assert_eq!(file.len() % 4, 0);
}

#[test]
fn hashes_are_those_of_the_file() {
    let hash = |name: &str| Weights::open(&golden(name), None).unwrap().sha256().to_owned();
    for name in CHECKPOINTS.into_iter().chain(["weights_small.safetensors"]) {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(bytes(name));
        assert_eq!(hash(name), digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }
    assert_ne!(hash("small.ckpt"), hash("small_compiled.ckpt"));
}

#[test]
fn heads_are_asked_for_only_where_the_file_is_silent() {
    let file = bytes("weights_small.safetensors");
    let heads = |file: &[u8], asked| Weights::read(file, asked).map(|weights| weights.architecture().heads);
    let complaint = |file: &[u8], asked| heads(file, asked).unwrap_err().to_string();
    assert_eq!(heads(&file, Some(4)), Ok(4));
    assert_eq!(complaint(&file, Some(8)), "8 attention heads: expected the 4 of the file");
    let silent = replaced(&file, b"n_heads", b"n_knees");
    assert_eq!(heads(&silent, None), Ok(4));
    assert_eq!(heads(&silent, Some(8)), Ok(8));
    assert_eq!(
        complaint(&silent, Some(5)),
        "5 attention heads: expected a number that divides the width of 32"
    );
    let strange = replaced(&file, b"\"n_heads\":\"4\"", b"\"n_heads\":\"x\"");
    assert!(complaint(&strange, None).contains("n_heads is `x`, expected a number"));
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).position(|window| window == from).expect("it is there");
    let mut bytes = bytes.to_vec();
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}

#[test]
fn weights_that_are_not_finite_are_refused() {
    let file = bytes("weights_small.safetensors");
    let start = file.len() - 4 * 18_672;
    for (bad, name) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        for index in [0, 5_000, 18_671] {
            let mut file = file.clone();
            file[start + 4 * index..][..4].copy_from_slice(&bad.to_le_bytes());
            let Err(WeightsError::NotFinite { value, .. }) = read(&file) else { panic!("{bad} at {index}") };
            assert_eq!(value, name);
        }
    }
}

#[test]
fn foreign_files_are_refused() {
    for file in
        [&b""[..], b"PK", b"PK\x03\x04", b"hello, this is not a network at all", &[0xff; 100], &[0; 4096]]
    {
        assert!(matches!(read(file), Err(WeightsError::Format(_))), "{file:?}");
    }
    // Of four tensors of integers the first by name is told of.
    let Err(complaint) = read(&bytes("io_small.safetensors")) else { panic!("outputs are no weights") };
    assert!(complaint.to_string().ends_with("tensor act_rows holds I64, expected floats"), "{complaint}");
    assert!(matches!(Weights::open(&golden("nowhere.ckpt"), None), Err(WeightsError::Unreadable { .. })));
    assert!(matches!(Weights::open(&golden(""), None), Err(WeightsError::Unreadable { .. })));
}

/// A file that is shorter than it was is never a network.
#[test]
fn files_cut_short_are_refused() {
    for name in CHECKPOINTS.into_iter().chain(["weights_small.safetensors"]) {
        let file = bytes(name);
        let steps = (0..file.len()).step_by(file.len() / 150);
        for end in steps.chain(file.len() - 40..file.len()) {
            assert!(read(&file[..end]).is_err(), "{name}: the first {end} of {} bytes", file.len());
        }
    }
}

/// Thousands of files with a few changed bytes: most are refused, and those that are not have the right shapes. The
/// checksums of a checkpoint catch every change in its numbers.
#[test]
fn damaged_files_never_panic() {
    let cases =
        std::env::var("BONEYARD_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    };
    for name in CHECKPOINTS.into_iter().chain(["weights_small.safetensors"]) {
        let file = bytes(name);
        let original = read(&file).unwrap();
        // Where the objects, the header or the directory lie, changes do the most.
        let tender = [0..file.len(), 0..file.len().min(18_000), file.len() - 6_000..file.len()];
        for case in 0..cases / 4 {
            let mut damaged = file.clone();
            for _ in 0..1 + random(4) {
                let range = tender[random(3)].clone();
                let at = range.start + random(range.len());
                damaged[at] = [random(256) as u8, damaged[at] ^ 1 << random(8), 0xff, 0][random(4)];
            }
            let Ok(weights) = read(&damaged) else { continue };
            assert!(
                weights
                    .tensors()
                    .all(|(_, tensor)| tensor.shape.iter().product::<usize>() == tensor.data.len()),
                "{name}, case {case}"
            );
            assert!(
                name.ends_with(".safetensors") || weights.tensors().eq(original.tensors()),
                "{name}, case {case}: other weights, not noticed"
            );
        }
    }
}

/// The objects of a checkpoint can be damaged where no checksum guards them: here the checksum is made right again.
#[test]
fn damaged_objects_never_panic() {
    let cases: usize =
        std::env::var("BONEYARD_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000);
    let mut state = 42u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    };
    for name in CHECKPOINTS {
        let file = bytes(name);
        let at = |bytes: &[u8]| file.windows(bytes.len()).position(|window| window == bytes).unwrap();
        let start = at(b"\x80\x02}q\x00");
        let directory = at(b"PK\x01\x02");
        let length = u32::from_le_bytes(file[directory + 24..][..4].try_into().unwrap()) as usize;
        let mut refused = 0;
        for _ in 0..cases {
            let mut damaged = file.clone();
            for _ in 0..1 + random(3) {
                let at = start + random(length);
                damaged[at] = [random(256) as u8, damaged[at] ^ 1 << random(8), 0xff, b'R'][random(4)];
            }
            let checksum = checksum(&damaged[start..start + length]);
            damaged[directory + 16..][..4].copy_from_slice(&checksum.to_le_bytes());
            refused += usize::from(read(&damaged).is_err());
        }
        assert!(refused > cases / 10, "{name}: {refused} of {cases} refused");
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}
