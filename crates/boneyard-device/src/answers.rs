//! What networks answer, as values.

use crate::backend::DeviceWorlds;
use crate::buffers::Words;
use crate::kernels::answers::{ANSWERS, UNITS, answers_kernel, multiply_kernel};
use crate::launch::{Grid, Kernel};
use crate::layout::VALUES;
use crate::step::DeviceStep;
use boneyard_core::Result;
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::ops::Range;

/// Answers beyond this are taken as this, in points: twice what a hand has.
pub const MOST_POINTS: u16 = 84;

impl<R: Runtime> DeviceStep<R> {
    /// A buffer for the answers to `room` worlds, not written yet: [`ANSWERS`] numbers of 32 bits each.
    ///
    /// # Errors
    /// If the device has no room for it.
    pub fn answer_buffer(&self, room: usize) -> Result<Handle> {
        self.buffer("the answers", room * ANSWERS)
    }

    /// Makes values, in units of 1/`unit` point, of answers in points to the worlds `part` of a chunk; the first
    /// one's come first in `answers`. A batch with an answer that is no number is an error when its records come back.
    ///
    /// # Errors
    /// If there are fewer answers than the part has worlds, or the unit is too small for 16 bits; device errors.
    pub fn put_answers(
        &self,
        worlds: &DeviceWorlds,
        part: Range<usize>,
        answers: &Handle,
        unit: u16,
    ) -> Result<()> {
        worlds.must_be_drawn()?;
        let answers = Words::of(answers);
        let part = part.start..part.end.min(self.most_worlds_of(worlds));
        let (n, room) = (part.len(), answers.len() / ANSWERS);
        if n > room {
            return Err(self.fail(format!("kernel answers: {room} answers, expected {n}")));
        }
        let most = i32::from(MOST_POINTS) * i32::from(unit);
        if most >= i32::from(i16::MAX) {
            return Err(self.fail(format!("kernel answers: units of 1/{unit} point, expected at most 1/256")));
        }
        self.launch(Kernel::new("answers"), Grid::units(n, UNITS), |client, count, dim| {
            // SAFETY: units beyond the part, for which there are answers, or beyond the chunk's total, for which owners
            // and values have room, do nothing.
            unsafe {
                answers_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    self.buffers.observations.arg(),
                    self.buffers.owners.arg(),
                    self.buffers.starts.arg(),
                    answers.arg(),
                    self.buffers.values.arg(),
                    self.buffers.status.arg(),
                    part.start as u32,
                    n as u32,
                    worlds.games.len() as u32,
                    unit.into(),
                    most as f32,
                );
            }
        })
    }

    /// Multiplies the values of a chunk, which must be whole points, so that they are in units of 1/`unit` point.
    ///
    /// # Errors
    /// Device errors.
    pub fn refine_values(&self, worlds: &DeviceWorlds, unit: u16) -> Result<()> {
        worlds.must_be_drawn()?;
        let n = self.most_worlds_of(worlds) * VALUES;
        self.launch(Kernel::new("multiply"), Grid::units(n, UNITS), |client, count, dim| {
            // SAFETY: units beyond the words of the chunk's total, for which values have room, do nothing.
            unsafe {
                multiply_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    self.buffers.starts.arg(),
                    self.buffers.values.arg(),
                    worlds.games.len() as u32,
                    unit.into(),
                );
            }
        })
    }
}
