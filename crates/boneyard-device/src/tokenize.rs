//! Tokens of a chunk's worlds.

use crate::backend::DeviceWorlds;
use crate::buffers::Words;
use crate::kernels::tokenize::{TokenizerKernel, UNITS, tokenize_kernel};
use crate::launch::{Grid, Kernel};
use crate::step::DeviceStep;
use boneyard_core::Result;
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::ops::Range;

impl<R: Runtime> DeviceStep<R> {
    /// Most worlds that a chunk can have. How many it has is known on the device only.
    pub fn most_worlds_of(&self, worlds: &DeviceWorlds) -> usize {
        self.most_worlds().min(worlds.games.len() * self.sampling.samples as usize)
    }

    /// A buffer for the tokens of `room` worlds, not written yet.
    ///
    /// # Errors
    /// If the device has no room for it.
    pub fn token_buffer<T: TokenizerKernel>(&self, room: usize) -> Result<Handle> {
        self.buffer("the tokens", room * T::TOKENS * T::WORDS)
    }

    /// Runs a tokenizer's kernel over the worlds `part` of a chunk; the first one's tokens come first in `out`. What
    /// the part has beyond the end of the chunk is left alone.
    ///
    /// # Errors
    /// If `out` has no room for the part; [`Error::Mismatch`](boneyard_core::Error::Mismatch) for worlds that a
    /// [`Fused`](crate::Fused) draws elsewhere; device errors.
    pub fn tokenize<T: TokenizerKernel>(
        &self,
        config: T::Config,
        worlds: &DeviceWorlds,
        part: Range<usize>,
        out: &Handle,
    ) -> Result<()> {
        worlds.must_be_drawn()?;
        let out = Words::of(out);
        let room = out.len() / (T::TOKENS * T::WORDS);
        let part = part.start..part.end.min(self.most_worlds_of(worlds));
        let n = part.len();
        if n > room {
            return Err(self.fail(format!("kernel tokenize: a buffer for {room} worlds, expected {n}")));
        }
        let grid = Grid::units(n * T::TOKENS, UNITS);
        self.launch(Kernel::of::<T>("tokenize", &config), grid, |client, count, dim| {
            // SAFETY: units beyond the part, for which `out` has room, or beyond the chunk's total, for which worlds
            // and owners have room, do nothing.
            unsafe {
                tokenize_kernel::launch_unchecked::<T, R>(
                    client,
                    count,
                    dim,
                    self.buffers.games.arg(),
                    self.buffers.observations.arg(),
                    self.buffers.worlds.arg(),
                    self.buffers.owners.arg(),
                    self.buffers.starts.arg(),
                    self.buffers.orders.arg(),
                    out.arg(),
                    part.start as u32,
                    n as u32,
                    worlds.games.len() as u32,
                    config,
                );
            }
        })
    }
}
