//! Fourth stage: values.

use crate::buffers::Words;
use crate::connection::{Grid, Kernel};
use crate::device::Device;
use crate::kernels::evaluate::{self, EvaluatorKernel};
use crate::kernels::values;
use crate::layout::{ILLEGAL, VALUES, status};
use crate::stages::observe::DeviceObservations;
use crate::stages::sample::{DeviceWorlds, DrawnWorlds};
use boneyard_core::{Evaluates, Question, Result, SlotValues, WorldEvaluator};
use cubecl::prelude::*;

/// The values of W worlds. Clones share the device's memory.
#[derive(Clone, Debug)]
pub struct DeviceValues {
    /// What they answer.
    pub question: Question,
    /// `[W, 4]`: seven numbers of 16 bits by slot, as [`layout::VALUES`](crate::layout::VALUES) says.
    pub words: Words,
}

impl DeviceValues {
    /// Memory for values, with none in it.
    pub fn new(words: Words) -> Self {
        Self { question: Question::Points { unit: 1 }, words }
    }

    /// No world has values yet, so that one which an evaluator does not come to is found out; says what the values will
    /// answer. For evaluators that do not write the values of every world whatever happens.
    ///
    /// # Errors
    /// Device errors.
    pub fn clear<R: Runtime>(
        &mut self,
        device: &Device<R>,
        worlds: &DrawnWorlds,
        question: Question,
    ) -> Result<()> {
        self.question = question;
        let n = worlds.most.min(self.words.len() / VALUES);
        device.launch(Kernel::new("clear"), Grid::units(n, values::CLEARERS), |client, count, dim| {
            // SAFETY: units beyond the chunk's total do nothing, and values have room for it.
            unsafe {
                values::clear_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    worlds.starts.arg(),
                    self.words.arg(),
                    worlds.n_games() as u32,
                );
            }
        })
    }

    /// The values as the device has them now, in the order of the worlds; waits for the device. For tests and studies.
    ///
    /// # Errors
    /// Device errors.
    pub fn read<R: Runtime>(&self, device: &Device<R>, seen: &DeviceObservations) -> Result<Vec<SlotValues>> {
        let read = device.read("the values", [&seen.status, &self.words].map(Words::handle).to_vec())?;
        let total = read[0][status::EXPECTED] as usize;
        Ok(read[1].chunks_exact(VALUES).take(total).map(unpacked).collect())
    }

    /// Gives worlds, by their numbers, values that were found elsewhere.
    ///
    /// # Errors
    /// Device errors.
    ///
    /// # Panics
    /// If there is no such world.
    pub fn put<R: Runtime>(&self, device: &Device<R>, valued: &[(u32, SlotValues)]) -> Result<()> {
        if valued.is_empty() {
            return Ok(());
        }
        let there = self.words.len() / VALUES;
        assert!(valued.iter().all(|(world, _)| (*world as usize) < there), "values for {there} worlds");
        let worlds: Vec<u32> = valued.iter().map(|(world, _)| *world).collect();
        let rows: Vec<u32> = valued.iter().flat_map(|(_, values)| packed(values)).collect();
        let worlds = device.upload("the numbers of worlds with values", &worlds)?;
        let rows = device.upload("values from the host", &rows)?;
        device.launch(
            Kernel::new("put"),
            Grid::units(valued.len(), values::CLEARERS),
            |client, count, dim| {
                // SAFETY: units beyond the rows do nothing, and the worlds are below the number of those that have room.
                unsafe {
                    values::put_kernel::launch_unchecked::<R>(
                        client,
                        count,
                        dim,
                        worlds.arg(),
                        rows.arg(),
                        self.words.arg(),
                        valued.len() as u32,
                    );
                }
            },
        )
    }
}

/// Seven numbers of 16 bits, as [`layout::VALUES`](crate::layout::VALUES) says.
fn packed(values: &SlotValues) -> [u32; VALUES] {
    let half = |slot: usize| u32::from(values.get(slot).map_or(ILLEGAL as u16, |&value| value as u16));
    std::array::from_fn(|word| half(2 * word) | half(2 * word + 1) << 16)
}

/// The values of a row of [`DeviceValues::words`].
///
/// # Panics
/// If it is shorter than a row.
pub fn unpacked(row: &[u32]) -> SlotValues {
    std::array::from_fn(|slot| (row[slot / 2] >> (slot % 2 * 16)) as u16 as i16)
}

/// An evaluator of whole points, or of the contract, with a kernel that looks at one move in one world.
///
/// Law: the kernel's values are those of the host face, to the bit.
pub trait DeviceEvaluator: WorldEvaluator {
    /// The device face.
    type Kernel: EvaluatorKernel;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as EvaluatorKernel>::Config;
}

impl<R: Runtime, E: DeviceEvaluator> Evaluates<E> for Device<R> {
    fn evaluate(
        &mut self,
        evaluator: &mut E,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        out: &mut DeviceValues,
    ) -> Result<()> {
        let (worlds, config) = (worlds.drawn()?, evaluator.blueprint());
        self.note_evaluator(&evaluator.id());
        out.question = evaluator.question();
        let grid = Grid::units(worlds.most, evaluate::UNITS);
        self.launch(Kernel::of::<E::Kernel>("evaluate", &config), grid, |client, count, dim| {
            // SAFETY: units beyond the chunk's total do nothing, and hands, owners and values have room for it.
            unsafe {
                evaluate::evaluate_kernel::launch_unchecked::<E::Kernel, R>(
                    client,
                    count,
                    dim,
                    seen.rows.arg(),
                    worlds.hands.arg(),
                    worlds.owners.arg(),
                    worlds.starts.arg(),
                    seen.strengths.arg(),
                    out.words.arg(),
                    worlds.n_games() as u32,
                    config,
                );
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_packed_as_they_are_read() {
        let values = [-42, 0, boneyard_core::ILLEGAL, 42, 1, -1, 7];
        assert_eq!(unpacked(&packed(&values)), values);
        assert_eq!(packed(&[boneyard_core::ILLEGAL; 7]), [ILLEGAL; VALUES]);
    }
}
