//! Tokens of a chunk's worlds.

use crate::backend::{DeviceStep, DeviceWorlds, arg, grid};
use crate::kernels::solve;
use crate::kernels::tokenize::{TokenizerKernel, UNITS, tokenize_kernel};
use crate::layout::{WORLD, game};
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
    pub fn token_buffer<T: TokenizerKernel>(&self, room: usize) -> Handle {
        self.client.empty((room * T::TOKENS * T::WORDS).max(1) * 4)
    }

    /// Runs a tokenizer's kernel over the worlds `part` of a chunk; the first one's tokens come first in `out`. What
    /// the part has beyond the end of the chunk is left alone.
    ///
    /// # Errors
    /// If `out` has no room for the part.
    pub fn tokenize<T: TokenizerKernel>(
        &self,
        config: T::Config,
        worlds: &DeviceWorlds,
        part: Range<usize>,
        out: &Handle,
    ) -> Result<()> {
        let words = out.size_in_used() as usize / 4;
        let room = words / (T::TOKENS * T::WORDS);
        let part = part.start..part.end.min(self.most_worlds_of(worlds));
        if part.len() > room {
            let n = part.len();
            return Err(self.fail(format!("kernel tokenize: a buffer for {room} worlds, expected {n}")));
        }
        if part.is_empty() {
            return Ok(());
        }
        // SAFETY: units beyond the part, for which `out` has room, or beyond the chunk's total, for which worlds and
        // owners have room, do nothing.
        unsafe {
            tokenize_kernel::launch_unchecked::<T, R>(
                &self.client,
                grid((part.len() * T::TOKENS).div_ceil(UNITS as usize)),
                CubeDim::new_1d(UNITS),
                arg(&self.buffers.games, self.n_games() * game::ROW),
                self.observations(),
                arg(&self.buffers.worlds, self.most_worlds() * WORLD),
                arg(&self.buffers.owners, self.most_worlds()),
                self.starts(),
                arg(&self.buffers.orders, 10 * solve::ORDER),
                arg(out, words),
                part.start as u32,
                part.len() as u32,
                worlds.games.len() as u32,
                config,
            );
        }
        Ok(())
    }
}
