//! The solver on the device: its kernel lives in `boneyard_device`, with the order of dominoes that all kernels share.

use super::{ContractSolver, Solver};
use boneyard_core::{Evaluator, Question, Result};
use boneyard_device::{CubeSolver, Device, DeviceStep, DeviceWorlds};
use cubecl::prelude::Runtime;

macro_rules! on_device {
    ($solver:ty, $kernel:expr) => {
        impl<R: Runtime> Evaluator<Device<R>> for $solver {
            fn id(&self) -> String {
                Evaluator::<Device<R>>::id(&$kernel)
            }

            fn question(&self) -> Question {
                Evaluator::<Device<R>>::question(&$kernel)
            }

            fn evaluate(&mut self, seen: &DeviceStep<R>, worlds: &DeviceWorlds, out: &mut ()) -> Result<()> {
                $kernel.evaluate(seen, worlds, out)
            }
        }
    };
}

on_device!(Solver, CubeSolver { contract: false });
on_device!(ContractSolver, CubeSolver { contract: true });
