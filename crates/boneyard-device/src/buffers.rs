//! The device's memory: what is kept there, and how it is made.

use crate::backend::Shared;
use crate::kernels::{observe, solve::orders::orders};
use crate::launch::{Grid, Kernel};
use crate::layout::{COMPLETIONS, HISTOGRAM, ILLEGAL, VALUES, WORLD, estimate, game, log, seen, status};
use boneyard_core::Result;
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A piece of device memory that knows its length; clones share it.
#[derive(Clone)]
pub(crate) struct Words {
    handle: Handle,
    len: usize,
}

impl Words {
    /// Memory that was made elsewhere.
    pub fn of(handle: &Handle) -> Self {
        Self { handle: handle.clone(), len: handle.size_in_used() as usize / 4 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// As a kernel argument.
    pub fn arg<R: Runtime>(&self) -> ArrayArg<R> {
        // SAFETY: the memory was made for `len` words.
        unsafe { ArrayArg::from_raw_parts(self.handle.clone(), self.len) }
    }

    /// As a kernel argument in words of 64 bits.
    pub fn wide_arg<R: Runtime>(&self) -> ArrayArg<R> {
        // SAFETY: the memory was made for `len` words of 32 bits.
        unsafe { ArrayArg::from_raw_parts(self.handle.clone(), self.len / 2) }
    }

    /// To be read back.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// Memory to be made.
pub(crate) struct Wanted<'a> {
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

    fn make<R: Runtime>(&self, client: &ComputeClient<R>) -> Words {
        let handle = match self.contents {
            Some(contents) => client.create_from_slice(u32::as_bytes(contents)),
            None => client.empty(4 * self.len),
        };
        Words { handle, len: self.len }
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

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, bytes, of } = self;
        write!(f, "out of memory: there is no room for {what}, {bytes} bytes, of {of} bytes wanted together")
    }
}

/// How long memory is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Until the end of a batch, and then for the next batch: exactly the bytes asked for.
    Batch,
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
) -> Result<[Words; N], Refused> {
    let n_made = AtomicUsize::new(0);
    let make_all = || {
        std::array::from_fn(|i| {
            let words = wanted[i].make(client);
            n_made.fetch_add(1, Ordering::Relaxed);
            words
        })
    };
    let made = client.exclusive(|| match keep {
        Keep::Batch => client.memory_persistent_allocation((), |()| make_all()),
        Keep::Moment => Ok(make_all()),
    });
    made.and_then(|made| made).map_err(|_| {
        // The failure may have left the mode on in which memory is kept; coming and going turns it off.
        let _ = client.memory_persistent_allocation((), |()| ());
        client.memory_cleanup();
        let refused = &wanted[n_made.load(Ordering::Relaxed).min(N - 1)];
        let of = wanted.iter().map(|it| 4 * it.len as u64).sum();
        Refused { what: refused.what, bytes: 4 * refused.len as u64, of }
    })
}

/// What a batch needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    pub games: usize,
    /// Games of a chunk.
    pub chunk: usize,
    pub samples: usize,
    pub histogram: bool,
}

/// Bytes of a world with its owner, its values and its place among the missing ones.
pub(crate) const WORLD_BYTES: u64 = 4 * (WORLD + 1 + VALUES + 1) as u64;

impl Needs {
    pub fn histogram_words(&self) -> usize {
        if self.histogram { 28 * self.games * HISTOGRAM } else { 1 }
    }

    /// Bytes of all that does not depend on the chunk.
    pub fn fixed_bytes(&self) -> u64 {
        let per_game = game::ROW + seen::ROW + COMPLETIONS + 1 + estimate::ROW + 1 + 28 * log::ROW;
        4 * (self.games as u64 * per_game as u64 + self.histogram_words() as u64)
    }

    /// Bytes of the longest buffer that does not depend on the chunk.
    pub fn longest_fixed_bytes(&self) -> u64 {
        4 * (28 * self.games * log::ROW).max(self.games * COMPLETIONS).max(self.histogram_words()) as u64
    }
}

/// The device's buffers; clones share them.
#[derive(Clone)]
pub(crate) struct Buffers {
    pub games: Words,
    pub observations: Words,
    pub tables: Words,
    pub starts: Words,
    pub worlds: Words,
    pub owners: Words,
    pub values: Words,
    pub missing: Words,
    pub estimates: Words,
    pub histograms: Words,
    pub choices: Words,
    pub logs: Words,
    pub status: Words,
    pub orders: Words,
}

impl Buffers {
    /// All buffers of a batch; `rows` are those of the games.
    ///
    /// # Errors
    /// The first buffer that the device has no room for.
    pub fn new<R: Runtime>(client: &ComputeClient<R>, needs: Needs, rows: &[u32]) -> Result<Self, Refused> {
        let Needs { games: n, chunk, samples, .. } = needs;
        let (most, orders) = (chunk * samples, orders());
        let wanted = [
            Wanted::copy("the games", rows),
            Wanted::words("the observations", n * seen::ROW),
            Wanted::words("the completion tables", n * COMPLETIONS),
            Wanted::words("the places of the worlds", chunk + 1),
            Wanted::words("the worlds", most * WORLD),
            Wanted::words("the owners of the worlds", most),
            Wanted::words("the values", most * VALUES),
            Wanted::words("the list of missing worlds", most),
            Wanted::words("the estimates", n * estimate::ROW),
            Wanted::words("the histograms", needs.histogram_words()),
            Wanted::words("the choices", n),
            Wanted::words("the log", 28 * n * log::ROW),
            Wanted::copy("the status", &[0; status::WORDS]),
            Wanted::copy("the orders of dominoes", &orders),
        ];
        let made = allocate(client, Keep::Batch, wanted)?;
        let [
            games,
            observations,
            tables,
            starts,
            worlds,
            owners,
            values,
            missing,
            estimates,
            histograms,
            choices,
            logs,
            status,
            orders,
        ] = made;
        Ok(Self {
            games,
            observations,
            tables,
            starts,
            worlds,
            owners,
            values,
            missing,
            estimates,
            histograms,
            choices,
            logs,
            status,
            orders,
        })
    }

    /// Makes rows that a cut loop leaves unwritten name a game, hold no dominoes and have no values.
    ///
    /// # Errors
    /// Device errors.
    pub fn clear<R: Runtime>(&self, shared: &Shared, client: &ComputeClient<R>) -> Result<()> {
        for (words, value) in [(&self.worlds, 0), (&self.owners, 0), (&self.values, ILLEGAL)] {
            let grid = Grid::units(words.len, observe::FILLERS);
            shared.launch(client, Kernel::new("fill"), grid, |client, count, dim| {
                // SAFETY: units beyond the buffer's length do nothing.
                unsafe {
                    observe::fill_kernel::launch_unchecked::<R>(
                        client,
                        count,
                        dim,
                        words.arg(),
                        words.len as u32,
                        value,
                    );
                }
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_runtime::{DeviceRuntime, Wgpu};

    #[test]
    fn what_a_device_has_no_room_for_is_named_and_the_rest_given_back() {
        let client = Wgpu::open(0).expect("a wgpu adapter");
        let before = client.memory_usage().unwrap().bytes_in_use;
        let huge = 1 << 46;
        for keep in [Keep::Batch, Keep::Moment] {
            let wanted = [("some", 1000), ("far too much", huge), ("more", 10)]
                .map(|(what, len)| Wanted::words(what, len));
            let refused = allocate(&client, keep, wanted).map(|_| ()).unwrap_err();
            let (bytes, of) = (4 * huge as u64, 4 * (huge as u64 + 1010));
            assert_eq!(refused, Refused { what: "far too much", bytes, of });
            assert_eq!(client.memory_usage().unwrap().bytes_in_use, before);
        }
        let [words] = allocate(&client, Keep::Batch, [Wanted::copy("words", &[1, 2, 3])]).unwrap();
        assert_eq!(u32::from_bytes(&client.read_one(words.handle()).unwrap()), [1, 2, 3]);
    }
}
