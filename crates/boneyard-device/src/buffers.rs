//! Pieces of device memory, and how they are made.

use crate::account::Lease;
use boneyard_core::Error;
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A piece of device memory that knows its length; clones share it.
#[derive(Clone, Debug)]
pub struct Words {
    handle: Handle,
    len: usize,
    /// Its part of the budget.
    _lease: Arc<Lease>,
}

impl Words {
    /// How many words of 32 bits.
    #[allow(clippy::len_without_is_empty)] // there is no empty memory
    pub fn len(&self) -> usize {
        self.len
    }

    /// As a kernel argument in words of 32 bits.
    pub fn arg<R: Runtime>(&self) -> ArrayArg<R> {
        // SAFETY: the memory was made for `len` words.
        unsafe { ArrayArg::from_raw_parts(self.handle.clone(), self.len) }
    }

    /// As a kernel argument in pieces of so many words, such as vectors or numbers of 64 bits.
    pub fn arg_of<R: Runtime>(&self, words_each: usize) -> ArrayArg<R> {
        // SAFETY: the memory was made for `len` words of 32 bits.
        unsafe { ArrayArg::from_raw_parts(self.handle.clone(), self.len / words_each) }
    }

    /// To be read back.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Some of them, to be read back.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn handle_of(&self, words: Range<usize>) -> Handle {
        assert!(words.start < words.end && words.end <= self.len, "{words:?} of {} words", self.len);
        let cut = |words: usize| 4 * words as u64;
        self.handle.clone().offset_start(cut(words.start)).offset_end(cut(self.len - words.end))
    }
}

/// Memory to be made.
pub struct Wanted<'a> {
    /// For messages, such as `the worlds`.
    what: &'static str,
    len: usize,
    contents: Option<&'a [u32]>,
}

impl<'a> Wanted<'a> {
    /// `len` words that hold anything.
    pub fn words(what: &'static str, len: usize) -> Self {
        Self { what, len: len.max(1), contents: None }
    }

    /// These words.
    pub fn copy(what: &'static str, contents: &'a [u32]) -> Self {
        Self { what, len: contents.len(), contents: Some(contents) }
    }

    /// How many bytes.
    pub(crate) fn bytes(&self) -> u64 {
        4 * self.len as u64
    }

    /// For messages.
    pub(crate) fn what(&self) -> &'static str {
        self.what
    }

    fn make<R: Runtime>(&self, client: &ComputeClient<R>, lease: Lease) -> Words {
        let handle = match self.contents {
            Some(contents) => client.create_from_slice(u32::as_bytes(contents)),
            None => client.empty(4 * self.len),
        };
        Words { handle, len: self.len, _lease: Arc::new(lease) }
    }
}

/// Memory that the device has no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub what: &'static str,
    pub bytes: u64,
    /// Bytes of all that was wanted together with it.
    pub of: u64,
}

impl Refused {
    /// As an error of the device of this name.
    pub fn into_error(self, device: &str) -> Error {
        let Self { what, bytes, of } = self;
        Error::NoRoom { device: device.to_owned(), what, asked: bytes, together: of }
    }
}

/// How long memory is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Until the end of a batch, and then for the next batch: exactly the bytes asked for.
    Batch,
    /// The same, but it is given up when others need the room: see [`Connection::kept_while_room`](crate::Connection::kept_while_room).
    Spare,
    /// For a moment, from the runtime's pools.
    Moment,
}

/// Makes all of it, or nothing.
///
/// CubeCL allocates on the device's own thread, later, and panics there when memory cannot be had; whoever uses the
/// buffer then gets zeros or another error. So this happens on that thread and is waited for.
///
/// # Errors
/// The first that was refused. Memory that was in use before and is no longer has then been given back.
pub(crate) fn allocate<R: Runtime, const N: usize>(
    client: &ComputeClient<R>,
    keep: Keep,
    wanted: [Wanted<'_>; N],
    leases: [Lease; N],
) -> Result<[Words; N], Refused> {
    let mut leases = leases.into_iter();
    let n_made = AtomicUsize::new(0);
    let mut make_all = || {
        std::array::from_fn(|i| {
            let words = wanted[i].make(client, leases.next().expect("one for each"));
            n_made.fetch_add(1, Ordering::Relaxed);
            words
        })
    };
    let made = client.exclusive(|| match keep {
        Keep::Batch | Keep::Spare => client.memory_persistent_allocation((), |()| make_all()),
        Keep::Moment => Ok(make_all()),
    });
    made.and_then(|made| made).map_err(|_| {
        // The failure may have left the mode on in which memory is kept; coming and going turns it off.
        let _ = client.memory_persistent_allocation((), |()| ());
        client.memory_cleanup();
        let refused = &wanted[n_made.load(Ordering::Relaxed).min(N - 1)];
        let of = wanted.iter().map(Wanted::bytes).sum();
        Refused { what: refused.what, bytes: refused.bytes(), of }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use boneyard_runtime::{DeviceRuntime, Wgpu};

    #[test]
    fn what_a_device_has_no_room_for_is_named_and_the_rest_given_back() {
        let client = Wgpu::open(0).expect("a wgpu adapter");
        let before = client.memory_usage().unwrap().bytes_in_use;
        let huge = 1 << 46;
        let account = Arc::new(Account::new(u64::MAX));
        let leases = || [0; 3].map(|bytes| account.take(bytes, false).unwrap());
        for keep in [Keep::Batch, Keep::Moment] {
            let wanted = [("some", 1000), ("far too much", huge), ("more", 10)]
                .map(|(what, len)| Wanted::words(what, len));
            let refused = allocate(&client, keep, wanted, leases()).map(|_| ()).unwrap_err();
            let (bytes, of) = (4 * huge as u64, 4 * (huge as u64 + 1010));
            assert_eq!(refused, Refused { what: "far too much", bytes, of });
            assert_eq!(client.memory_usage().unwrap().bytes_in_use, before);
        }
        let [lease, ..] = leases();
        let [words] = allocate(&client, Keep::Batch, [Wanted::copy("words", &[1, 2, 3])], [lease]).unwrap();
        assert_eq!(u32::from_bytes(&client.read_one(words.handle()).unwrap()), [1, 2, 3]);
        assert_eq!(u32::from_bytes(&client.read_one(words.handle_of(1..2)).unwrap()), [2]);
    }
}
