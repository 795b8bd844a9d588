//! The exact solver: perfect play with open hands.
//!
//! Alpha-beta over whole tricks ([`search`](self)) on dominoes renamed by strength, refutations first, with a small
//! transposition table at the start of tricks and null windows in the manner of MTD(f) (Plaat, Schaeffer, Pijls and
//! de Bruin, "Best-first fixed-depth minimax algorithms", 1996) where four tricks or more are left.

mod bits;
#[cfg(feature = "device")]
pub mod device;
mod hands;
mod hints;
mod machine;
mod order;
mod search;
mod table;

use super::ranking::RANKINGS;
use boneyard_core::{Answers, ILLEGAL, Named, Observation, Question, SlotValues, WorldEvaluator};
use boneyard_rules::{Game, Seat, Table, Tiles, World, rule, tiles_of};
use hands::Hands;
use hints::Hints;
use machine::{Machine, on_this_machine};
use search::{Search, Trick};
use std::marker::PhantomData;
use table::Transpositions;

/// Exact values of every legal move, in whole points.
#[derive(Clone, Copy, Debug, Default)]
pub struct Solver;

/// Exact answers to "does the mover's team reach its goal?" (bidders: make, defenders: set); much cheaper
/// than the points.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContractSolver;

/// Working memory of one thread: 260 KiB.
#[derive(Debug, Default)]
pub struct Scratch {
    table: Transpositions,
    hints: Hints,
    /// Tricks completed in the search so far, for studies of its cost.
    #[cfg(feature = "count-nodes")]
    pub nodes: u64,
}

/// Tricks left from which a table and null windows pay.
const TABLE_PAYS_FROM: usize = 4;

/// The root of a search: a position with open hands, renamed by strength.
struct Root<'a, M> {
    search: Search<'a, M>,
    /// Hands by seat from the leader of the current trick.
    hands: Hands,
    /// The trick under way, if any.
    trick: Option<Trick>,
    /// The mover's place in the trick, 0–3.
    seat: usize,
    /// Points not banked yet.
    open: i32,
    null_windows: bool,
}

impl<'a, M: Machine> Root<'a, M> {
    /// `held` by absolute seat, what each still holds.
    fn new(table: &Table, held: [Tiles; 4], scratch: &'a mut Scratch) -> Self {
        let ranking = &RANKINGS[table.declaration().index()];
        let leader = table.leader();
        let hands = Hands::new([0, 1, 2, 3].map(|after| ranking.set(held[leader.after(after).index()])));
        let tricks_left = 7 - table.ply() / 4;
        let null_windows = tricks_left >= TABLE_PAYS_FROM;
        scratch.table.clear();
        if null_windows {
            // With fewer tricks left it would take longer than bad hints do.
            scratch.hints.clear();
        }
        let search = Search {
            ranking,
            table: &mut scratch.table,
            hints: &mut scratch.hints,
            table_from: if null_windows { 2 } else { 8 },
            machine: PhantomData,
            #[cfg(feature = "count-nodes")]
            nodes: 0,
        };
        let mut trick: Option<Trick> = None;
        for (seat, domino) in table.trick().enumerate() {
            let bit = ranking.bit(domino);
            trick = Some(match trick {
                None => Trick {
                    follow: ranking.follow[bit.trailing_zeros() as usize],
                    best: bit,
                    winner: 0,
                    played: bit,
                },
                Some(trick) => match seat {
                    1 => search.follow_with::<1>(trick, bit),
                    _ => search.follow_with::<2>(trick, bit),
                },
            });
        }
        let open = 42 - i32::from(table.banked()[0]) - i32::from(table.banked()[1]);
        Self { search, hands, trick, seat: table.ply() % 4, open, null_windows }
    }

    /// A bound or value, for the leader's team, of the position after the mover plays `bit`.
    fn after(&mut self, bit: u32, alpha: i32, beta: i32) -> i32 {
        let Self { search, open, .. } = self;
        let hands = self.hands.without(self.seat, bit);
        match (self.seat, self.trick) {
            (1, Some(trick)) => {
                let trick = search.follow_with::<1>(trick, bit);
                search.third::<false>(hands, trick, alpha, beta, *open)
            }
            (2, Some(trick)) => {
                let trick = search.follow_with::<2>(trick, bit);
                search.fourth::<false>(hands, trick, alpha, beta, *open)
            }
            (3, Some(trick)) => {
                let trick = search.follow_with::<3>(trick, bit);
                search.close::<false>(hands, trick, alpha, beta, *open)
            }
            _ => {
                let follow = search.ranking.follow[bit.trailing_zeros() as usize];
                let trick = Trick { follow, best: bit, winner: 0, played: bit };
                search.second::<false>(hands, trick, alpha, beta, *open)
            }
        }
    }

    /// The exact value of playing `bit`, for the leader's team; `guess` is where to look first.
    fn value(&mut self, bit: u32, guess: i32) -> i32 {
        if !self.null_windows {
            return self.after(bit, -1, self.open + 1);
        }
        let (mut lower, mut upper) = (0, self.open);
        let mut beta = guess.clamp(0, self.open).max(1);
        // Beyond the last answer by one more each time that answers go the same way.
        let (mut stride, mut rose) = (0, None);
        while lower < upper {
            let value = self.after(bit, beta - 1, beta);
            let rises = value >= beta;
            stride = if rose == Some(rises) { stride + 1 } else { 0 };
            rose = Some(rises);
            if rises {
                lower = value;
                beta = (lower + 1 + stride).min(upper);
            } else {
                upper = value;
                beta = (upper - stride).max(lower + 1);
            }
        }
        lower
    }
}

/// What each seat still holds in a world, by absolute seat.
fn held_in(observation: &Observation, world: &World) -> [Tiles; 4] {
    let view = &observation.view;
    let mut held = [0; 4];
    held[view.seat().index()] = view.held();
    for (seat, hand) in view.others().into_iter().zip(world) {
        held[seat.index()] = *hand;
    }
    held
}

impl Solver {
    /// The value of every slot of the mover of a game, in points still to be won, its team minus the other;
    /// [`ILLEGAL`] where not legal (everywhere, once the game is over).
    pub fn solve(&self, game: &Game, scratch: &mut Scratch) -> SlotValues {
        if game.table().is_over() {
            return [ILLEGAL; 7];
        }
        let held = Seat::ALL.map(|seat| game.held(seat));
        let dealt = game.deal().hand(game.mover());
        on_this_machine!(points(game.table(), dealt, held, &[ILLEGAL; 7], scratch))
    }
}

/// The values of every slot of a mover who was dealt `dealt`, of which some are known; `held` by absolute seat.
fn points<M: Machine>(
    table: &Table,
    dealt: Tiles,
    held: [Tiles; 4],
    known: &SlotValues,
    scratch: &mut Scratch,
) -> SlotValues {
    let mut values = *known;
    let legal = rule::legal_tiles(held[table.mover().index()], table.following());
    let mut root = Root::<M>::new(table, held, scratch);
    let sign = if root.seat & 1 == 0 { 1 } else { -1 };
    let mut guess = root.open / 2;
    for (slot, domino) in tiles_of(dealt).enumerate() {
        if legal & domino.bit() == 0 {
            continue;
        }
        if values[slot] == ILLEGAL {
            guess = root.value(root.search.ranking.bit(domino), guess);
            values[slot] = (sign * (2 * guess - root.open)) as i16;
        } else {
            guess = (sign * i32::from(values[slot]) + root.open) / 2;
        }
    }
    #[cfg(feature = "count-nodes")]
    {
        let nodes = root.search.nodes;
        scratch.nodes += nodes;
    }
    values
}

/// 1 for every slot with which the mover's team succeeds, else 0.
fn successes<M: Machine>(observation: &Observation, world: &World, scratch: &mut Scratch) -> SlotValues {
    let view = &observation.view;
    let mut root = Root::<M>::new(view.table(), held_in(observation, world), scratch);
    let mut values = [ILLEGAL; 7];
    for domino in tiles_of(view.legal()) {
        let bit = root.search.ranking.bit(domino);
        // Points p for a side, of `open`, are a difference of 2p − open.
        let for_mover = (observation.needed + root.open + 1).div_euclid(2);
        let success = if root.seat & 1 == 0 {
            root.after(bit, for_mover - 1, for_mover) >= for_mover
        } else {
            // The leader's team must stay below this.
            let beta = root.open - for_mover + 1;
            root.after(bit, beta - 1, beta) < beta
        };
        values[view.slot(domino)] = i16::from(success);
    }
    #[cfg(feature = "count-nodes")]
    {
        let nodes = root.search.nodes;
        scratch.nodes += nodes;
    }
    values
}

impl Named for Solver {
    fn id(&self) -> String {
        "solver".to_owned()
    }
}

impl Answers for Solver {}

impl WorldEvaluator for Solver {
    type Scratch = Scratch;

    fn scratch(&self) -> Scratch {
        Scratch::default()
    }

    fn values(&self, observation: &Observation, world: &World, scratch: &mut Scratch) -> SlotValues {
        self.missing_values(observation, world, &[ILLEGAL; 7], scratch)
    }

    fn missing_values(
        &self,
        observation: &Observation,
        world: &World,
        known: &SlotValues,
        scratch: &mut Scratch,
    ) -> SlotValues {
        let view = &observation.view;
        let held = held_in(observation, world);
        on_this_machine!(points(view.table(), view.hand(), held, known, scratch))
    }
}

impl Named for ContractSolver {
    fn id(&self) -> String {
        "contract".to_owned()
    }
}

impl Answers for ContractSolver {
    fn question(&self) -> Question {
        Question::Contract
    }
}

impl WorldEvaluator for ContractSolver {
    type Scratch = Scratch;

    fn scratch(&self) -> Scratch {
        Scratch::default()
    }

    /// 1 where the mover's team succeeds, else 0.
    fn values(&self, observation: &Observation, world: &World, scratch: &mut Scratch) -> SlotValues {
        on_this_machine!(successes(observation, world, scratch))
    }
}

#[cfg(test)]
mod tests;
