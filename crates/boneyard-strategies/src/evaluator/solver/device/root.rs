//! The root of a search: one move of a decision in one world.

use super::ranking::Ranking;
use super::sets::legal;
use super::trick::{Trick, no_trick, seen_from};
use boneyard_device::kernels::position::Position;
use cubecl::prelude::*;

/// The trick under way with the mover's `tile` played to it; the next seat has not tried anything yet.
#[cube]
pub fn begin(
    position: &Position,
    tile: u32,
    need: i32,
    ranking: &Ranking,
    shared: &SharedMemory<u32>,
) -> Trick {
    let mut trick = no_trick();
    let seat = position.in_trick;
    let (hand0, hand1, hand2, hand3) =
        seen_from(position.leader, position.mine, position.left, position.partner, position.right);
    trick.hand0 = hand0;
    trick.hand1 = hand1;
    trick.hand2 = hand2;
    trick.hand3 = hand3;
    trick.play0 = position.on_table(0u32);
    trick.play1 = position.on_table(1u32);
    trick.play2 = position.on_table(2u32);
    if seat == 0u32 {
        trick.play0 = tile;
    }
    let follow = ranking.follow(trick.play0, shared);
    if seat == 0u32 {
        trick.left1 = legal(hand1, follow);
    }
    if seat == 1u32 {
        trick.play1 = tile;
        trick.left2 = legal(hand2, follow);
    }
    if seat == 2u32 {
        trick.play2 = tile;
        trick.left3 = legal(hand3, follow);
    }
    if seat == 3u32 {
        trick.left3 = tile;
    }
    trick.side = seat & 1u32;
    trick.need = need;
    trick.open = position.open as i32;
    trick
}
