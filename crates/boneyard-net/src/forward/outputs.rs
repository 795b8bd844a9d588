//! What networks answer on devices, as values.

use super::outputs_kernel::{OUTPUTS, UNITS, outputs_kernel};
use boneyard_core::{Error, Question, Result};
use boneyard_device::{Device, DeviceObservations, DeviceValues, DrawnWorlds, Grid, Kernel, Words};
use cubecl::prelude::*;
use std::ops::Range;

/// Outputs beyond this are taken as this, in points: twice what a hand has.
pub const MOST_POINTS: u16 = 84;

/// Memory for the outputs for `room` worlds, `[room, 8]`, not written yet: numbers of 32 bits by slot, the last one
/// free.
///
/// # Errors
/// If the device has no room for it.
pub fn output_buffer<R: Runtime>(on: &Device<R>, room: usize) -> Result<Words> {
    on.buffer("the outputs", room * OUTPUTS)
}

/// Makes values, in the unit of their question, of outputs in points for the worlds `part` of a chunk; the first
/// one's come first in `outputs`, `[part, 8]`. A batch with an output that is no number is an error when its records
/// come back.
///
/// # Errors
/// [`Error::Mismatch`] for a unit too small for 16 bits; if there are fewer outputs than the part has worlds; device
/// errors.
pub fn put_outputs<R: Runtime>(
    on: &Device<R>,
    seen: &DeviceObservations,
    worlds: &DrawnWorlds,
    part: Range<usize>,
    outputs: &Words,
    values: &DeviceValues,
) -> Result<()> {
    let part = part.start..part.end.min(worlds.most);
    let (n, room) = (part.len(), outputs.len() / OUTPUTS);
    if n > room {
        return Err(on.fail(format!("kernel outputs: outputs for {room} worlds, expected {n}")));
    }
    let Question::Points { unit } = values.question else {
        return Err(Error::Mismatch("outputs in points do not answer the contract".to_owned()));
    };
    let most = i32::from(MOST_POINTS) * i32::from(unit);
    if most >= i32::from(i16::MAX) {
        return Err(Error::Mismatch(format!("units of 1/{unit} point, expected at most 1/256")));
    }
    on.launch(Kernel::new("outputs"), Grid::units(n, UNITS), |client, count, dim| {
        // SAFETY: units beyond the part, for which there are outputs, or beyond the chunk's total, for which owners
        // and values have room, do nothing.
        unsafe {
            outputs_kernel::launch_unchecked::<R>(
                client,
                count,
                dim,
                seen.rows.arg(),
                worlds.owners.arg(),
                worlds.starts.arg(),
                outputs.arg(),
                values.words.arg(),
                seen.status.arg(),
                part.start as u32,
                n as u32,
                worlds.n_games() as u32,
                unit.into(),
                most as f32,
            );
        }
    })
}
