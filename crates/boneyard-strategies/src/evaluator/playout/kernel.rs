//! Playouts on the device.

#![allow(missing_docs)]

use super::{Playout, playing::Playing};
use boneyard_device::DeviceEvaluator;
use boneyard_device::kernels::{evaluate::EvaluatorKernel, position::Position, values::UNFINISHED};
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

    fn value(position: &Position, strengths: &Array<u32>, strength: u32, #[comptime] _config: ()) -> i32 {
        let trumps = position.trumps(strengths);
        let fives = position.fives(strengths);
        let tens = position.tens(strengths);
        let mut follow = 0u32.runtime();
        let mut best = 0u32.runtime();
        if position.in_trick != 0u32 {
            follow = position.follow(strengths, position.on_table(0u32).trailing_zeros());
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
        let mut tile = 1u32 << strength;
        let mut going = true.runtime();
        while going {
            let led = position.follow(strengths, tile.trailing_zeros());
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
