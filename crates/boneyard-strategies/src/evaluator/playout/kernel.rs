//! Playouts on the device.

#![allow(missing_docs)]

use super::{Playout, playing::Playing};
use boneyard_core::{Evaluator, Question, Result, WorldEvaluator};
use boneyard_device::kernels::{
    evaluate::{EvaluatorKernel, UNFINISHED},
    position::Position,
};
use boneyard_device::{CubeEvaluator, Device, DeviceEvaluator, DeviceStep, DeviceWorlds};
use cubecl::prelude::*;

/// The device face of [`Playout`].
pub struct PlayoutKernel;

/// Count points of one domino.
#[cube]
fn points_of(tile: u32, fives: u32, tens: u32) -> u32 {
    (tile & fives).count_ones() * 5u32 + (tile & tens).count_ones() * 10u32
}

#[cube]
impl EvaluatorKernel for PlayoutKernel {
    type Config = ();

    fn value(position: &Position, orders: &Array<u32>, place: u32, #[comptime] _config: ()) -> i32 {
        let trumps = position.trumps(orders);
        let fives = position.fives(orders);
        let tens = position.tens(orders);
        let mut follow = 0u32.runtime();
        let mut best = 0u32.runtime();
        if position.in_trick != 0u32 {
            follow = position.follow(orders, position.on_table(0u32).trailing_zeros());
            best = 1u32 << position.best;
        }
        let mut playing = Playing {
            mine: position.mine,
            left: position.left,
            partner: position.partner,
            right: position.right,
            leader: position.leader,
            in_trick: position.in_trick,
            follow,
            best,
            winner: position.winner,
            points: position.points,
            ours: 0u32.runtime(),
        };
        let mut tile = 1u32 << place;
        let mut going = true.runtime();
        while going {
            let led = position.follow(orders, tile.trailing_zeros());
            playing.play(tile, led, trumps, points_of(tile, fives, tens));
            going = !playing.is_over();
            if going {
                tile = playing.strongest();
            }
        }
        let mut value = 2i32 * (playing.ours as i32) - (position.open as i32);
        if going {
            value = UNFINISHED.runtime();
        }
        value
    }
}

impl DeviceEvaluator for Playout {
    type Kernel = PlayoutKernel;

    fn blueprint(&self) {}
}

impl<R: Runtime> Evaluator<Device<R>> for Playout {
    fn id(&self) -> String {
        WorldEvaluator::id(self)
    }

    fn question(&self) -> Question {
        WorldEvaluator::question(self)
    }

    fn evaluate(&mut self, observations: &DeviceStep<R>, worlds: &DeviceWorlds, out: &mut ()) -> Result<()> {
        Evaluator::<Device<R>>::evaluate(&mut CubeEvaluator(*self), observations, worlds, out)
    }
}
