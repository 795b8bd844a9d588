//! Files of weights: the golden ones all say the same, and damaged or hostile ones are refused without a panic and
//! without taking memory for what they claim.

mod build;
mod cost;
mod fuzz;
mod kinds;
mod python;

use boneyard_net::{Architecture, Weights, WeightsError};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::{Path, PathBuf};

/// Counts what each thread has, and the most that it had.
struct Counting;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(more: isize) {
    let _ = NOW.try_with(|now| {
        now.set(now.get() + more);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now.get())));
    });
}

// SAFETY: every call is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as asked of us.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as asked of us.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as asked of us.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as asked of us.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What something gives, and the most memory that it had at a time.
fn peak<T>(what: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.get();
    PEAK.set(before);
    let given = what();
    (given, (PEAK.get() - before) as usize)
}

const CHECKPOINTS: [&str; 3] = ["small.ckpt", "small_compiled.ckpt", "small_lightning.ckpt"];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(golden(name)).unwrap()
}

/// Reads what may be damaged, in no more memory than three times the file and 64 MB.
fn read(bytes: &[u8]) -> Result<Weights, WeightsError> {
    let (read, peak) = peak(|| Weights::read(bytes, None));
    let allowed = 3 * bytes.len() + (64 << 20);
    assert!(peak <= allowed, "{peak} bytes for a file of {}", bytes.len());
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
    assert_eq!(heads(&silent, None), Err(WeightsError::HeadsUnknown { width: 32 }));
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
