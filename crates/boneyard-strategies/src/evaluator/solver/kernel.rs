//! The solver on the device: its kernel lives in `boneyard_device`, with the order of dominoes that all kernels share.

use super::Solver;
use boneyard_core::{Evaluator, Question, Result};
use boneyard_device::{CubeSolver, Device, DeviceStep, DeviceWorlds};
use cubecl::prelude::Runtime;

impl<R: Runtime> Evaluator<Device<R>> for Solver {
    fn id(&self) -> String {
        "solver".to_owned()
    }

    fn question(&self) -> Question {
        Question::Points { unit: 1 }
    }

    fn evaluate(&mut self, observations: &DeviceStep<R>, worlds: &DeviceWorlds, out: &mut ()) -> Result<()> {
        CubeSolver.evaluate(observations, worlds, out)
    }
}
