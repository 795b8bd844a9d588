//! Positions to measure on: games played as a mixture of good and random play.

use boneyard::core::{Coordinates, Observation, Purpose};
use boneyard::prelude::*;
use boneyard::rules::tables::STRENGTH;
use boneyard::rules::tiles_of;
use boneyard::strategies::policy::Replay;
use rayon::prelude::*;

/// First ply at which the better half of the moves is the solver's; before, it is the strongest domino.
const SOLVED_FROM: usize = 8;

/// Games with their moves.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    /// How they begin: over all declarations, bidders and bids.
    pub setups: Vec<Setup>,
    /// How they go on.
    pub moves: Replay,
}

impl Positions {
    /// `n` games in mixed play up to `ply`: at each ply the good move with probability 0.6, else a random legal one.
    /// From `ply` on the lowest legal slot is played, which is never looked at.
    pub fn mixed(n: usize, ply: usize) -> Self {
        let games: Vec<_> = (0..n as u64).into_par_iter().map(|game| mixed_game(game, ply)).collect();
        let (setups, slots) = games.into_iter().unzip();
        Self { setups, moves: Replay { slots } }
    }

    /// How many games there are.
    pub fn len(&self) -> usize {
        self.setups.len()
    }

    /// True without games.
    pub fn is_empty(&self) -> bool {
        self.setups.is_empty()
    }

    /// A game before `ply`.
    pub fn game(&self, index: usize, ply: usize) -> Game {
        let mut game = self.setups[index].start();
        for &slot in &self.moves.slots[index][..ply] {
            let hand = game.deal().hand(game.mover());
            let domino = tiles_of(hand).nth(usize::from(slot)).expect("a hand has seven slots");
            game.play(domino).expect("the moves are legal");
        }
        game
    }

    /// What the mover of a game knows before `ply`.
    pub fn observation(&self, index: usize, ply: usize, sampling: &Sampling) -> Observation {
        let Setup { bid, bidder, seed, .. } = self.setups[index];
        let at = Coordinates { seed, replicate: 0, ply: ply as u8 };
        Observation::new(self.game(index, ply).view(), bid, bidder, sampling, at)
            .expect("the true deal is a world")
    }

    /// The games whose decision at `ply` is wanted, at most `n`.
    pub fn filter(&self, ply: usize, n: usize, wanted: impl Fn(&Observation) -> bool) -> Self {
        let sampling = Sampling::new(1);
        let keep = (0..self.len()).filter(|&game| wanted(&self.observation(game, ply, &sampling))).take(n);
        let (setups, slots) = keep.map(|game| (self.setups[game], self.moves.slots[game])).unzip();
        Self { setups, moves: Replay { slots } }
    }

    /// The same games over and over with other random numbers: game `g` of repetition `r` stands at `r · n + g`.
    pub fn repeated(&self, times: usize) -> Self {
        let again = |repetition: usize| {
            self.setups
                .iter()
                .map(move |setup| Setup { seed: setup.seed ^ (repetition as u64) << 32, ..*setup })
        };
        Self {
            setups: (0..times).flat_map(again).collect(),
            moves: Replay { slots: self.moves.slots.repeat(times) },
        }
    }
}

fn mixed_game(index: u64, ply: usize) -> (Setup, [u8; 28]) {
    let seed = 10_000 + index;
    let setup = Setup {
        seed,
        deal: Deals::Native.deal(seed),
        declaration: Declaration::new(seed % 10).expect("0-9"),
        bidder: Seat::ALL[(seed / 10 % 4) as usize],
        bid: Bid::new(30 + seed % 13).expect("30-42"),
    };
    let mut game = setup.start();
    let mut scratch = Solver.scratch();
    let slots = std::array::from_fn(|at| {
        let legal: Vec<Domino> = tiles_of(game.legal()).collect();
        let mut stream = Coordinates { seed, replicate: 0, ply: at as u8 }.stream(Purpose::Other, 7);
        let domino = if at >= ply || legal.len() == 1 {
            legal[0]
        } else if stream.below(10) >= 6 {
            legal[stream.below(legal.len() as u32) as usize]
        } else if at >= SOLVED_FROM {
            let values = Solver.solve(&game, &mut scratch);
            *legal.iter().max_by_key(|&&domino| values[game.slot(domino)]).expect("a legal move")
        } else {
            let strength = &STRENGTH[setup.declaration.index()];
            *legal.iter().max_by_key(|domino| strength[domino.index()]).expect("a legal move")
        };
        let slot = game.slot(domino) as u8;
        game.play(domino).expect("a legal move");
        slot
    });
    (setup, slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_mixed_and_legal() {
        let positions = Positions::mixed(40, 16);
        let declarations: std::collections::BTreeSet<u8> =
            positions.setups.iter().map(|setup| setup.declaration.id()).collect();
        assert_eq!(declarations.len(), 10);
        for game in 0..40 {
            assert!(positions.game(game, 28).table().is_over());
            assert_eq!(positions.observation(game, 16, &Sampling::new(9)).view.table().ply(), 16);
        }
        // The same games whatever the number, and the same first moves whatever the ply.
        let more = Positions::mixed(50, 20);
        assert_eq!(more.setups[..40], positions.setups[..]);
        assert!((0..40).all(|game| more.moves.slots[game][..16] == positions.moves.slots[game][..16]));
    }

    #[test]
    fn filtered_and_repeated_games_keep_their_moves() {
        let positions = Positions::mixed(60, 10);
        let some = positions.filter(10, 5, |observation| observation.worlds.count() > 1000);
        assert_eq!(some.len(), 5);
        let twice = some.repeated(2);
        for game in 0..5 {
            assert_eq!(twice.setups[game], some.setups[game]);
            assert_ne!(twice.setups[5 + game].seed, some.setups[game].seed);
            assert_eq!(twice.game(5 + game, 10), some.game(game, 10));
        }
    }
}
