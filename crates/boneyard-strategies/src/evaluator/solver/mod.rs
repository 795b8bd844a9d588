//! The exact solver: perfect play with open hands.
//!
//! Alpha-beta over whole tricks ([`search`](self)) on dominoes renamed by strength, with a small
//! transposition table at the start of tricks and MTD(f) (Plaat, Schaeffer, Pijls and de Bruin, "Best-first
//! fixed-depth minimax algorithms", 1996) where more than four tricks are left.

#[cfg(feature = "device")]
pub mod device;
mod machine;
mod search;
mod table;

use super::ranking::RANKINGS;
use boneyard_core::{Answers, ILLEGAL, Named, Observation, Question, SlotValues, WorldEvaluator};
use boneyard_rules::{Game, Seat, Table, Tiles, World, rule, tiles_of};
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

/// Working memory of one thread: 256 KiB.
#[derive(Debug, Default)]
pub struct Scratch {
    table: Transpositions,
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
    hands: [u32; 4],
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
        let hands = [0, 1, 2, 3].map(|after| ranking.set(held[leader.after(after).index()]));
        let tricks_left = 7 - table.ply() / 4;
        let null_windows = tricks_left >= TABLE_PAYS_FROM;
        scratch.table.clear();
        let search = Search {
            ranking,
            table: &mut scratch.table,
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
                    points: 1 + ranking.points(bit),
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
        let mut hands = self.hands;
        hands[self.seat] ^= bit;
        match (self.seat, self.trick) {
            (1, Some(trick)) => {
                let trick = search.follow_with::<1>(trick, bit);
                search.third(hands, trick, alpha, beta, *open)
            }
            (2, Some(trick)) => {
                let trick = search.follow_with::<2>(trick, bit);
                search.fourth(hands, trick, alpha, beta, *open)
            }
            (3, Some(trick)) => {
                let trick = search.follow_with::<3>(trick, bit);
                search.close(hands, trick, alpha, beta, *open)
            }
            _ => {
                let follow = search.ranking.follow[bit.trailing_zeros() as usize];
                let points = 1 + search.ranking.points(bit);
                let trick = Trick { follow, best: bit, winner: 0, points };
                search.second(hands, trick, alpha, beta, *open)
            }
        }
    }

    /// The exact value of playing `bit`, for the leader's team; `guess` is where to look first.
    fn value(&mut self, bit: u32, guess: i32) -> i32 {
        if !self.null_windows {
            return self.after(bit, -1, self.open + 1);
        }
        let (mut lower, mut upper, mut guess) = (0, self.open, guess.clamp(0, self.open));
        while lower < upper {
            let beta = guess.max(lower + 1);
            guess = self.after(bit, beta - 1, beta);
            if guess < beta {
                upper = guess;
            } else {
                lower = guess;
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
        on_this_machine!(points(game.table(), dealt, held, scratch))
    }
}

/// The values of every slot of a mover who was dealt `dealt`; `held` by absolute seat.
fn points<M: Machine>(table: &Table, dealt: Tiles, held: [Tiles; 4], scratch: &mut Scratch) -> SlotValues {
    let mut values = [ILLEGAL; 7];
    let legal = rule::legal_tiles(held[table.mover().index()], table.following());
    let mut root = Root::<M>::new(table, held, scratch);
    let sign = if root.seat & 1 == 0 { 1 } else { -1 };
    let mut guess = root.open / 2;
    for (slot, domino) in tiles_of(dealt).enumerate() {
        if legal & domino.bit() != 0 {
            guess = root.value(root.search.ranking.bit(domino), guess);
            values[slot] = (sign * (2 * guess - root.open)) as i16;
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
        let view = &observation.view;
        let held = held_in(observation, world);
        on_this_machine!(points(view.table(), view.hand(), held, scratch))
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

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::machine::{Avx2, Portable};
    use super::*;
    use boneyard_core::{Coordinates, Purpose};
    use boneyard_rules::{Deal, Declaration};

    /// Random positions of every ply from the second trick on, on both kinds of processor.
    #[test]
    fn every_kind_of_processor_gives_the_same_values() {
        if !Avx2::is_available() {
            eprintln!("skipped: this processor cannot run half of this test");
            return;
        }
        let mut scratch = Scratch::default();
        let mut n_compared = 0;
        for seed in 0..60 {
            let declaration = Declaration::new(seed % 10).unwrap();
            let mut game = Game::new(Deal::from_seed(seed), declaration, Seat::new(seed / 10 % 4).unwrap());
            for ply in 0..28u8 {
                let held = Seat::ALL.map(|seat| game.held(seat));
                let dealt = game.deal().hand(game.mover());
                if ply >= 6 {
                    let portable = points::<Portable>(game.table(), dealt, held, &mut scratch);
                    assert_eq!(points::<Avx2>(game.table(), dealt, held, &mut scratch), portable);
                    n_compared += 1;
                }
                let mut stream = Coordinates { seed, replicate: 0, ply }.stream(Purpose::Other, 0);
                let nth = stream.below(game.legal().count_ones()) as usize;
                game.play(tiles_of(game.legal()).nth(nth).unwrap()).unwrap();
            }
        }
        assert_eq!(n_compared, 60 * 22);
    }
}
