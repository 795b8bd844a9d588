//! Memory on a device: typed, made once, counted.

use std::{
    fmt,
    marker::PhantomData,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use cubecl::{CubeElement, Runtime, prelude::ArrayArg, server::Handle};

use crate::RuntimeError;

/// Bytes that a session's buffers hold, shared with the buffers so that dropping one is seen.
pub(crate) type Ledger = Arc<AtomicU64>;

/// One allocation; its bytes leave the ledger with its last buffer.
#[derive(Debug)]
struct Allocation {
    bytes: u64,
    ledger: Ledger,
}

impl Drop for Allocation {
    fn drop(&mut self) {
        self.ledger.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A typed piece of device memory, `[len]` elements of `T`. Clones share the memory.
#[derive(Clone)]
pub struct Buffer<T> {
    handle: Handle,
    len: usize,
    allocation: Arc<Allocation>,
    element: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("type", &std::any::type_name::<T>()).field("len", &self.len).finish()
    }
}

impl<T: CubeElement> Buffer<T> {
    pub(crate) fn new(handle: Handle, len: usize, ledger: &Ledger) -> Self {
        let bytes = (len * size_of::<T>()) as u64;
        ledger.fetch_add(bytes, Ordering::Relaxed);
        let allocation = Arc::new(Allocation { bytes, ledger: ledger.clone() });
        Self { handle, len, allocation, element: PhantomData }
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Size in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (self.len * size_of::<T>()) as u64
    }

    /// This buffer as a kernel argument; the length in the kernel is [`Buffer::len`].
    #[must_use]
    pub fn arg<R: Runtime>(&self) -> ArrayArg<R> {
        // SAFETY: `len` is the length the memory was allocated for, or a narrower one from `slice`.
        unsafe { ArrayArg::from_raw_parts(self.handle.clone(), self.len) }
    }

    /// A part of this buffer, sharing its memory. wgpu binds a part only at multiples of the device's alignment
    /// (at most 256 bytes), so a part that is a kernel argument should start at a multiple of 256 bytes.
    ///
    /// # Panics
    /// When the range is not within the buffer.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        assert!(
            range.start <= range.end && range.end <= self.len,
            "range {range:?} of a buffer of {} elements",
            self.len
        );
        let size = size_of::<T>() as u64;
        let handle = self
            .handle
            .clone()
            .offset_start(range.start as u64 * size)
            .offset_end((self.len - range.end) as u64 * size);
        Self { handle, len: range.len(), allocation: self.allocation.clone(), element: PhantomData }
    }

    /// This buffer as a part of a read-back.
    #[must_use]
    pub fn region(&self) -> Region {
        Region { handle: self.handle.clone(), bytes: self.bytes() as usize }
    }

    /// The runtime's own handle, for what this type does not cover.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// An untyped piece of device memory, to be read back.
#[derive(Debug, Clone)]
pub struct Region {
    pub(crate) handle: Handle,
    pub(crate) bytes: usize,
}

/// What one synchronised read brought back; taken buffer by buffer in the order they were asked for.
#[derive(Debug)]
pub struct Readback {
    runtime: &'static str,
    parts: std::vec::IntoIter<cubecl::bytes::Bytes>,
}

impl Readback {
    pub(crate) fn new(runtime: &'static str, parts: Vec<cubecl::bytes::Bytes>) -> Self {
        Self { runtime, parts: parts.into_iter() }
    }

    /// The next buffer.
    ///
    /// # Errors
    /// [`RuntimeError::Readback`] when all were taken or the size is not a multiple of `T`'s.
    pub fn take<T: CubeElement>(&mut self) -> Result<Vec<T>, RuntimeError> {
        let fail = |got: String| RuntimeError::Readback {
            runtime: self.runtime.to_owned(),
            expected: format!("elements of {}", T::type_name()),
            got,
        };
        let Some(bytes) = self.parts.next() else {
            return Err(fail("the end of the read-back".into()));
        };
        if !bytes.len().is_multiple_of(size_of::<T>()) {
            return Err(fail(format!("{} bytes", bytes.len())));
        }
        Ok(T::from_bytes(&bytes).to_vec())
    }
}

/// A fixed set of equal slots used in turn, so that a step may write one while an earlier one is still read.
///
/// A slot is anything made of buffers. All slots are made at once; nothing is allocated afterwards.
#[derive(Debug)]
pub struct Ring<S> {
    slots: Vec<S>,
    next: usize,
}

impl<S> Ring<S> {
    /// Makes `count` slots.
    ///
    /// # Errors
    /// The first error of `make`; slots made before it are dropped.
    ///
    /// # Panics
    /// When `count` is zero.
    pub fn new(
        count: usize,
        make: impl FnMut(usize) -> Result<S, RuntimeError>,
    ) -> Result<Self, RuntimeError> {
        assert!(count > 0, "a ring needs at least one slot");
        Ok(Self { slots: (0..count).map(make).collect::<Result<_, _>>()?, next: 0 })
    }

    /// The next slot; after the last comes the first again.
    pub fn advance(&mut self) -> &mut S {
        let at = self.next;
        self.next = (at + 1) % self.slots.len();
        &mut self.slots[at]
    }

    /// All slots, in order.
    #[must_use]
    pub fn slots(&self) -> &[S] {
        &self.slots
    }
}

/// Finds the largest chunk, halving from `largest` down to `smallest`, whose buffers `make` can allocate.
///
/// Answers only [`RuntimeError::OutOfMemory`] with a smaller chunk; the last such error is returned when even
/// `smallest` does not fit. `make` must not keep buffers of a failed attempt.
///
/// # Errors
/// The error of `make` at `smallest`, or its first error of another kind.
pub fn shrink_to_fit<B>(
    largest: usize,
    smallest: usize,
    mut make: impl FnMut(usize) -> Result<B, RuntimeError>,
) -> Result<(usize, B), RuntimeError> {
    let smallest = smallest.max(1);
    let mut chunk = largest.max(smallest);
    loop {
        match make(chunk) {
            Ok(buffers) => return Ok((chunk, buffers)),
            Err(error) if error.is_out_of_memory() && chunk > smallest => {
                chunk = (chunk / 2).max(smallest);
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(asked: usize) -> RuntimeError {
        RuntimeError::OutOfMemory {
            runtime: "test".into(),
            asked: asked as u64,
            in_use: 0,
            bound: "100 bytes budget".into(),
        }
    }

    #[test]
    fn chunks_halve_until_they_fit() {
        let mut tried = Vec::new();
        let fitted = shrink_to_fit(1000, 10, |chunk| {
            tried.push(chunk);
            if chunk > 130 { Err(full(chunk)) } else { Ok(chunk) }
        });
        assert_eq!(fitted, Ok((125, 125)));
        assert_eq!(tried, [1000, 500, 250, 125]);
    }

    #[test]
    fn the_last_error_is_kept_and_other_errors_stop_at_once() {
        let never: Result<(usize, ()), _> = shrink_to_fit(1000, 300, |chunk| Err(full(chunk)));
        assert_eq!(never, Err(full(300)));

        let mut calls = 0;
        let other: Result<(usize, ()), _> = shrink_to_fit(1000, 1, |_| {
            calls += 1;
            Err(RuntimeError::Open { device: "cuda:0".into(), reason: "gone".into() })
        });
        assert!(other.is_err());
        assert_eq!(calls, 1);
    }

    #[test]
    fn a_ring_comes_round() {
        let mut ring = Ring::new(3, Ok).unwrap();
        let turns: Vec<usize> = (0..7).map(|_| *ring.advance()).collect();
        assert_eq!(turns, [0, 1, 2, 0, 1, 2, 0]);
        assert_eq!(ring.slots(), [0, 1, 2]);
    }
}
