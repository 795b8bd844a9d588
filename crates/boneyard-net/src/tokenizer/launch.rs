//! Tokens of a chunk's worlds on devices.

use super::open_deal::{TokenizerKernel, UNITS, tokenize_kernel};
use boneyard_core::Result;
use boneyard_device::{Device, DeviceObservations, DrawnWorlds, Grid, Kernel, Words};
use cubecl::prelude::*;
use std::ops::Range;

/// Memory for the tokens of `room` worlds, `[room, T::TOKENS, T::WORDS]`, not written yet.
///
/// # Errors
/// If the device has no room for it.
pub fn token_buffer<T: TokenizerKernel, R: Runtime>(on: &Device<R>, room: usize) -> Result<Words> {
    on.buffer("the tokens", room * T::TOKENS * T::WORDS)
}

/// Runs a tokenizer's kernel over the worlds `part` of a chunk; the first one's tokens come first in `out`,
/// `[part, T::TOKENS, T::WORDS]`. What the part has beyond the end of the chunk is left alone.
///
/// # Errors
/// If `out` has no room for the part; device errors.
pub fn tokenize<T: TokenizerKernel, R: Runtime>(
    on: &Device<R>,
    config: T::Config,
    seen: &DeviceObservations,
    worlds: &DrawnWorlds,
    part: Range<usize>,
    out: &Words,
) -> Result<()> {
    let room = out.len() / (T::TOKENS * T::WORDS);
    let part = part.start..part.end.min(worlds.most);
    let n = part.len();
    if n > room {
        return Err(on.fail(format!("kernel tokenize: a buffer for {room} worlds, expected {n}")));
    }
    let grid = Grid::units(n * T::TOKENS, UNITS);
    on.launch(Kernel::of::<T>("tokenize", &config), grid, |client, count, dim| {
        // SAFETY: units beyond the part, for which `out` has room, or beyond the chunk's total, for which worlds
        // and owners have room, do nothing.
        unsafe {
            tokenize_kernel::launch_unchecked::<T, R>(
                client,
                count,
                dim,
                seen.games.arg(),
                seen.rows.arg(),
                worlds.hands.arg(),
                worlds.owners.arg(),
                worlds.starts.arg(),
                seen.strengths.arg(),
                out.arg(),
                part.start as u32,
                n as u32,
                worlds.n_games() as u32,
                config,
            );
        }
    })
}
