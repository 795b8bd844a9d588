//! What a hand is worth before anything is played, with open hands.

use boneyard_core::{
    Coordinates, EMPTY, Host, Observation, Plan, Result, Sampling, Share, SlotValues, WorldEvaluator,
};
use boneyard_rules::{Bid, Deal, Declaration, Domino, Game, RuleError, Seat, Tiles, View, World, tiles_of};
use boneyard_strategies::evaluator::{ContractSolver, Solver};
use boneyard_strategies::sampler::SamplerSpec;
use rayon::prelude::*;

/// Worlds of a hand that nothing has been seen with: the other hands from the left opponent on, drawn by index as the
/// default sampler does, with random numbers of these coordinates.
///
/// # Errors
/// Those of the rules for a hand that is none.
pub fn worlds(hand: Tiles, n: u32, at: Coordinates) -> Result<Vec<World>> {
    let seen = observation(hand, Declaration::NO_TRUMP, Bid::THIRTY, n, at)?;
    let mut worlds = vec![EMPTY; n as usize];
    SamplerSpec::default().for_decisions().draw(&seen, &mut Share::all(&mut worlds));
    Ok(worlds)
}

/// What the holder of a hand sees when it leads to the first trick from seat 0.
fn observation(
    hand: Tiles,
    declaration: Declaration,
    bid: Bid,
    n: u32,
    at: Coordinates,
) -> Result<Observation, RuleError> {
    let dominoes: Vec<Domino> = tiles_of(hand).collect();
    let view = View::new(Seat::ALL[0], &dominoes, declaration, Seat::ALL[0], &[])?;
    let mut seen = Observation::new(view, bid, Seat::ALL[0], &Sampling::new(n.max(1)), at)?;
    seen.plan = Plan::Draw(n);
    Ok(seen)
}

/// The deal in which `seat` holds `hand` and the others a world.
///
/// # Errors
/// Those of the rules for a world of another hand.
pub fn deal(hand: Tiles, seat: Seat, world: &World) -> Result<Deal, RuleError> {
    let mut hands = [0; 4];
    hands[seat.index()] = hand;
    for (places, &held) in world.iter().enumerate() {
        hands[seat.after(places + 1).index()] = held;
    }
    Deal::new(hands)
}

/// Open hands under one declaration: the holder leads, then all play perfectly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// What is declared.
    pub declaration: Declaration,
    /// `[slot][points]`: in how many worlds the bidder's team has so many points after this lead.
    pub counts: [[u32; 43]; 7],
}

/// A backend that solves games that nobody has played in yet.
pub trait OpenHands {
    /// The exact value of every lead of each game, in points.
    ///
    /// # Errors
    /// Those of the backend.
    fn solve(&mut self, games: &[Game]) -> Result<Vec<SlotValues>>;
}

impl OpenHands for Host {
    fn solve(&mut self, games: &[Game]) -> Result<Vec<SlotValues>> {
        let values =
            games.par_iter().map_init(|| Solver.scratch(), |scratch, game| Solver.solve(game, scratch));
        Ok(values.collect())
    }
}

#[cfg(feature = "device")]
mod device {
    use super::{Bid, Game, OpenHands, Result, Sampling, SlotValues, Solver};
    use boneyard_core::{Error, InPlay, Pipeline, Setup};
    use boneyard_device::Device;
    use boneyard_strategies::{policy::Greedy, sampler::TrueDeal};
    use cubecl::prelude::Runtime;

    /// Solves games on a device: as decisions that look at one world, the true one.
    pub struct OpenOnDevice<R: Runtime>(Pipeline<Device<R>, TrueDeal, Solver, Greedy>);

    impl<R: Runtime> OpenOnDevice<R> {
        /// On this device.
        ///
        /// # Errors
        /// As [`Pipeline::new`].
        pub fn new(device: Device<R>) -> Result<Self> {
            let sampling = Sampling { evaluate_forced: true, ..Sampling::new(1) };
            Ok(Self(Pipeline::new(device, TrueDeal, Solver, Greedy::default(), sampling)?))
        }
    }

    /// Games in play at once, some 10 MB.
    const AT_ONCE: usize = 1 << 13;

    impl<R: Runtime> OpenHands for OpenOnDevice<R> {
        fn solve(&mut self, games: &[Game]) -> Result<Vec<SlotValues>> {
            let mut all = Vec::with_capacity(games.len());
            for games in games.chunks(AT_ONCE) {
                let in_play = games.iter().map(|game| {
                    let (deal, declaration) = (*game.deal(), game.table().declaration());
                    Setup { seed: 0, deal, declaration, bidder: game.mover(), bid: Bid::THIRTY }.in_play()
                });
                for decided in self.0.decide(&in_play.collect::<Vec<InPlay>>(), &mut ())? {
                    let estimate = decided.estimate;
                    let estimate =
                        estimate.ok_or_else(|| Error::Mismatch("leads without a value".to_owned()))?;
                    all.push(estimate.sum.map(|q| q as i16));
                }
            }
            Ok(all)
        }
    }
}

#[cfg(feature = "device")]
pub use device::OpenOnDevice;

/// Open hands under these declarations, all in the same worlds, solved on a backend.
///
/// # Errors
/// Those of the rules for worlds of another hand; those of the backend.
pub fn prospects(
    on: &mut impl OpenHands,
    hand: Tiles,
    declarations: &[Declaration],
    worlds: &[World],
) -> Result<Vec<Prospect>> {
    let seat = Seat::ALL[0];
    let deals: Vec<Deal> = worlds.iter().map(|world| deal(hand, seat, world)).collect::<Result<_, _>>()?;
    let games = declarations
        .iter()
        .flat_map(|&declaration| deals.iter().map(move |&deal| Game::new(deal, declaration, seat)));
    let values = on.solve(&games.collect::<Vec<_>>())?;
    let by_declaration = values.chunks(deals.len().max(1)).zip(declarations);
    Ok(by_declaration
        .map(|(values, &declaration)| {
            let mut counts = [[0; 43]; 7];
            for values in values {
                for (slot, &q) in values.iter().enumerate() {
                    counts[slot][usize::from((42 + q).unsigned_abs() / 2)] += 1;
                }
            }
            Prospect { declaration, counts }
        })
        .collect())
}

impl Prospect {
    /// The share of worlds in which a bid of so many points is made after the lead of a slot.
    pub fn share(&self, slot: usize, points: u8) -> f64 {
        let counts = &self.counts[slot];
        let all: u32 = counts.iter().sum();
        f64::from(counts[usize::from(points)..].iter().sum::<u32>()) / f64::from(all.max(1))
    }

    /// The slot whose lead makes a bid of so many points most often, and how often that is: the best of the means, not the
    /// mean of the best, as a bidder has one lead for all worlds. Ties go to the lowest slot.
    pub fn best_lead(&self, points: u8) -> (usize, f64) {
        let shares = (0..7).rev().map(|slot| (slot, self.share(slot, points)));
        shares.max_by(|a, b| a.1.total_cmp(&b.1)).expect("seven slots")
    }
}

/// In how many of the worlds the best lead makes the bid, by declaration: [`prospects`] at one bid, several times faster.
///
/// # Errors
/// As there.
pub fn made(hand: Tiles, bid: Bid, worlds: &[World]) -> Result<[u32; Declaration::COUNT]> {
    let at = Coordinates { seed: 0, replicate: 0, ply: 0 };
    let seen: Vec<Observation> = Declaration::all()
        .map(|declaration| observation(hand, declaration, bid, 1, at))
        .collect::<Result<_, _>>()?;
    let jobs: Vec<(&Observation, &World)> =
        seen.iter().flat_map(|seen| worlds.iter().map(move |world| (seen, world))).collect();
    let values: Vec<SlotValues> = jobs
        .par_iter()
        .map_init(
            || ContractSolver.scratch(),
            |scratch, (seen, world)| ContractSolver.values(seen, world, scratch),
        )
        .collect();
    let mut best = [0; Declaration::COUNT];
    for (best, values) in best.iter_mut().zip(values.chunks(worlds.len().max(1))) {
        let makes = |slot: usize| values.iter().filter(|values| values[slot] == 1).count() as u32;
        *best = (0..7).map(makes).max().unwrap_or(0);
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_rules::words;

    const AT: Coordinates = Coordinates { seed: 4, replicate: 0, ply: 0 };

    fn hand(text: &str) -> Tiles {
        words::dominoes(text).unwrap().iter().fold(0, |set, it| set | it.bit())
    }

    /// What is counted is what one world, one lead at a time gives, from any seat; one bid alone gives the same.
    #[test]
    fn points_are_those_of_the_solver() {
        let hand = hand("5-5 5-4 5-2 4-4 3-1 2-2 0-0");
        let worlds = worlds(hand, 3, AT).unwrap();
        let all: Vec<Declaration> = Declaration::all().collect();
        let open = prospects(&mut Host::default(), hand, &all, &worlds).unwrap();
        let mut scratch = Solver.scratch();
        for it in &open {
            let mut counts = [[0; 43]; 7];
            for world in &worlds {
                let game = Game::new(deal(hand, Seat::ALL[2], world).unwrap(), it.declaration, Seat::ALL[2]);
                for (slot, q) in Solver.solve(&game, &mut scratch).into_iter().enumerate() {
                    counts[slot][((42 + i32::from(q)) / 2) as usize] += 1;
                }
            }
            assert_eq!(it.counts, counts);
        }
        for bid in [30, 36, 84] {
            let bid = Bid::new(bid).unwrap();
            let shares = open.iter().map(|it| it.best_lead(bid.points()).1);
            let made = made(hand, bid, &worlds).unwrap().map(|made| f64::from(made) / 3.0);
            assert!(shares.eq(made), "{bid}");
        }
    }

    /// The best of the means is no more than the mean of the best.
    #[test]
    fn leads_are_chosen_for_all_worlds() {
        let hand = hand("6-6 6-5 4-2 4-1 3-3 2-0 1-0");
        let worlds = worlds(hand, 6, AT).unwrap();
        let together = made(hand, Bid::THIRTY, &worlds).unwrap();
        let mut alone = [0; Declaration::COUNT];
        for world in &worlds {
            let one = made(hand, Bid::THIRTY, std::slice::from_ref(world)).unwrap();
            alone.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
        }
        assert!(together.iter().zip(alone).all(|(together, alone)| *together <= alone));
    }
}
