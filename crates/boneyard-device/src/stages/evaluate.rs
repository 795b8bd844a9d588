//! Fourth stage: values.

use crate::buffers::Words;
use crate::connection::{Grid, Kernel};
use crate::device::Device;
use crate::kernels::evaluate::{self, EvaluatorKernel};
use crate::kernels::values;
use crate::layout::{VALUES, status};
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
        let of_slot = |row: &[u32], slot: usize| (row[slot / 2] >> (slot % 2 * 16)) as u16 as i16;
        let rows = read[1].chunks_exact(VALUES).take(total);
        Ok(rows.map(|row| std::array::from_fn(|slot| of_slot(row, slot))).collect())
    }
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
