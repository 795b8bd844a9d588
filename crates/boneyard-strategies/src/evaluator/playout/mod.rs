//! One quick game to the end.

#[cfg(feature = "device")]
mod kernel;
mod playing;

use super::ranking::RANKINGS;
use boneyard_core::{Answers, ILLEGAL, Named, Observation, SlotValues, WorldEvaluator};
use boneyard_rules::{World, tiles_of};
use playing::Playing;

#[cfg(feature = "device")]
pub use kernel::PlayoutKernel;

/// Plays the move, and then everybody plays the strongest legal domino, in the order of
/// [`BY_STRENGTH`](boneyard_rules::tables::BY_STRENGTH), to the end.
///
/// Law: the value is the points of the mover's team minus those of the others from now on. It is a poor judge of a
/// move, but a cheap one that follows every rule of the game: good for measuring everything around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Playout;

impl Named for Playout {
    fn id(&self) -> String {
        "playout".to_owned()
    }
}

impl Answers for Playout {}

impl WorldEvaluator for Playout {
    type Scratch = ();

    fn scratch(&self) {}

    fn values(&self, observation: &Observation, world: &World, (): &mut ()) -> SlotValues {
        let view = &observation.view;
        let table = view.table();
        let ranking = &RANKINGS[table.declaration().index()];
        let mut start = Playing {
            mine: ranking.set(view.held()),
            left: ranking.set(world[0]),
            partner: ranking.set(world[1]),
            right: ranking.set(world[2]),
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
            let bit = ranking.bit(domino);
            start.play(bit, ranking.follow[strength(bit)], ranking.trumps, ranking.points(bit) as u32);
        }
        let open = 42 - i32::from(table.banked()[0]) - i32::from(table.banked()[1]);
        let mut values = [ILLEGAL; 7];
        for domino in tiles_of(view.legal()) {
            let mut playing = start;
            let mut bit = ranking.bit(domino);
            loop {
                playing.play(bit, ranking.follow[strength(bit)], ranking.trumps, ranking.points(bit) as u32);
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

fn strength(bit: u32) -> usize {
    bit.trailing_zeros() as usize
}
