//! One quick game to the end.

mod kernel;
mod playing;

use super::order::ORDERS;
use boneyard_core::{ILLEGAL, Observation, SlotValues, WorldEvaluator};
use boneyard_rules::{World, tiles_of};
use playing::Playing;

pub use kernel::PlayoutKernel;

/// Plays the move, and then everybody plays the strongest legal domino, in the order of
/// [`BY_STRENGTH`](boneyard_rules::tables::BY_STRENGTH), to the end.
///
/// Law: the value is the points of the mover's team minus those of the others from now on. It is a poor judge of a
/// move, but a cheap one that follows every rule of the game: good for measuring everything around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Playout;

impl WorldEvaluator for Playout {
    type Scratch = ();

    fn id(&self) -> String {
        "playout".to_owned()
    }

    fn scratch(&self) {}

    fn evaluate(&self, observation: &Observation, world: &World, (): &mut ()) -> SlotValues {
        let view = &observation.view;
        let table = view.table();
        let order = &ORDERS[table.declaration().index()];
        let mut start = Playing {
            mine: order.places(view.held()),
            left: order.places(world[0]),
            partner: order.places(world[1]),
            right: order.places(world[2]),
            // From the mover: the leader sits where the trick began.
            leader: ((4 - table.ply() % 4) % 4) as u32,
            in_trick: 0,
            follow: 0,
            best: 0,
            winner: 0,
            points: 0,
            ours: 0,
        };
        for domino in table.trick() {
            let bit = order.bit(domino);
            start.play(bit, order.follow[place(bit)], order.trumps, order.points(bit) as u32);
        }
        let open = 42 - i32::from(table.banked()[0]) - i32::from(table.banked()[1]);
        let mut values = [ILLEGAL; 7];
        for domino in tiles_of(view.legal()) {
            let mut playing = start;
            let mut bit = order.bit(domino);
            loop {
                playing.play(bit, order.follow[place(bit)], order.trumps, order.points(bit) as u32);
                if playing.is_over() {
                    break;
                }
                bit = playing.strongest();
            }
            values[view.slot(domino)] = (2 * playing.ours as i32 - open) as i16;
        }
        values
    }
}

fn place(bit: u32) -> usize {
    bit.trailing_zeros() as usize
}
