//! Evaluators for tests.
// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]

use boneyard_core::{Answers, ILLEGAL, Named, Observation, Question, SlotValues, WorldEvaluator};
use boneyard_device::DeviceEvaluator;
use boneyard_device::kernels::evaluate::EvaluatorKernel;
use boneyard_device::kernels::position::Position;
use boneyard_device::kernels::values::UNFINISHED;
use boneyard_rules::{World, tables::STRENGTH, tiles_of};
use boneyard_strategies::evaluator::{Playout, playout::PlayoutKernel};
use cubecl::prelude::*;

/// Says that every move succeeds.
#[derive(Clone, Copy, Debug)]
pub struct Certain;

impl Named for Certain {
    fn id(&self) -> String {
        "certain".to_owned()
    }
}

impl Answers for Certain {
    fn question(&self) -> Question {
        Question::Contract
    }
}

impl WorldEvaluator for Certain {
    type Scratch = ();

    fn scratch(&self) {}

    fn values(&self, seen: &Observation, _: &World, (): &mut ()) -> SlotValues {
        let legal = seen.view.legal_slots();
        std::array::from_fn(|slot| if legal >> slot & 1 == 1 { 1 } else { ILLEGAL })
    }
}

impl DeviceEvaluator for Certain {
    type Kernel = CertainKernel;

    fn blueprint(&self) {}
}

/// The device face of [`Certain`].
pub struct CertainKernel;

#[cube]
impl EvaluatorKernel for CertainKernel {
    type Config = ();

    fn value(_position: &Position, _strengths: &Array<u32>, _strength: u32, #[comptime] _config: ()) -> i32 {
        1i32.runtime()
    }
}

/// Its kernel does not come to its end at one ply.
#[derive(Clone, Copy, Debug)]
pub struct Lazy;

/// The device face of [`Lazy`].
pub struct LazyKernel;

#[cube]
impl EvaluatorKernel for LazyKernel {
    type Config = ();

    fn value(position: &Position, _strengths: &Array<u32>, strength: u32, #[comptime] _config: ()) -> i32 {
        let mut value = strength as i32;
        if position.ply == 5u32 {
            value = UNFINISHED.runtime();
        }
        value
    }
}

impl Named for Lazy {
    fn id(&self) -> String {
        "lazy".to_owned()
    }
}

impl Answers for Lazy {}

impl WorldEvaluator for Lazy {
    type Scratch = ();

    fn scratch(&self) {}

    fn values(&self, observation: &Observation, world: &World, (): &mut ()) -> SlotValues {
        Playout.values(observation, world, &mut ())
    }
}

impl DeviceEvaluator for Lazy {
    type Kernel = LazyKernel;

    fn blueprint(&self) {}
}

/// Playouts in units of a fraction of a point, and a little more the stronger the domino: less than a point.
#[derive(Clone, Copy, Debug)]
pub struct InFractions(pub u16);

/// The device face of [`InFractions`].
pub struct InFractionsKernel;

#[cube]
impl EvaluatorKernel for InFractionsKernel {
    type Config = u32;

    fn value(position: &Position, strengths: &Array<u32>, strength: u32, #[comptime] unit: u32) -> i32 {
        let points = PlayoutKernel::value(position, strengths, strength, ());
        let mut value = points * (unit.runtime() as i32) + (strength * unit.runtime() / 28u32) as i32;
        if points == comptime!(UNFINISHED) {
            value = points;
        }
        value
    }
}

impl Named for InFractions {
    fn id(&self) -> String {
        format!("in-fractions:{}", self.0)
    }
}

impl Answers for InFractions {
    fn question(&self) -> Question {
        Question::Points { unit: self.0 }
    }
}

impl WorldEvaluator for InFractions {
    type Scratch = ();

    fn scratch(&self) {}

    fn values(&self, observation: &Observation, world: &World, (): &mut ()) -> SlotValues {
        let mut values = Playout.values(observation, world, &mut ());
        let strength = &STRENGTH[observation.view.table().declaration().index()];
        for (slot, domino) in tiles_of(observation.view.hand()).enumerate() {
            if values[slot] != ILLEGAL {
                let more = u16::from(strength[domino.index()]) * self.0 / 28;
                values[slot] = values[slot] * self.0 as i16 + more as i16;
            }
        }
        values
    }
}

impl DeviceEvaluator for InFractions {
    type Kernel = InFractionsKernel;

    fn blueprint(&self) -> u32 {
        self.0.into()
    }
}
