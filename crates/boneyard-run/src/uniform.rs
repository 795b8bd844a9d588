//! A test set of networks whose states are drawn evenly from all that a deal can come to.
//!
//! Most of these lie in the middle and late tricks, few are such as players come to, and moves that are forced count: nets that were
//! measured so look better than on the decisions of real play, which are the [frozen test set](crate::test_set).

use crate::reachable::Reachable;
use crate::test_set::Distance;
use boneyard::EvaluatorSpec;
use boneyard::core::{
    Answers, Coordinates, Deals, Error, Host, HostValues, HostWorlds, ILLEGAL, InPlay, Observation, Pipeline,
    Purpose, Question, Result, Sampling, Setup, SlotValues,
};
use boneyard::device::Device;
use boneyard::kernels::Runtime;
use boneyard::record::Split;
use boneyard::rules::{Bid, Declaration, Game, PLIES, Seat};
use boneyard::strategies::policy::Greedy;
use boneyard::strategies::sampler::TrueDeal;

/// Deals of the test set: the first of the test split, each under one declaration.
pub const DEALS: u64 = 40;

/// States of each.
pub const STATES: u32 = 2500;

/// How the deal of a seed begins.
fn setup(seed: u64) -> Setup {
    Setup {
        seed,
        deal: Deals::Native.deal(seed),
        declaration: Declaration::new(seed % 10).expect("ten declarations"),
        bidder: Seat::ALL[(seed / 10 % 4) as usize],
        bid: Bid::THIRTY,
    }
}

/// Some of the states of a deal, one from each of so many equal parts of them all; those of each ply together.
fn drawn(setup: &Setup, reachable: &Reachable, n: u32) -> Result<Vec<InPlay>> {
    let all = u128::from(reachable.count());
    let start = |part: u32| (all * u128::from(part) / u128::from(n.max(1))) as u64;
    let mut stream = Coordinates { seed: setup.seed, replicate: 3, ply: 0 }.stream(Purpose::Other, 0);
    let parts = (0..n).map(|part| (start(part), start(part + 1) - start(part))).filter(|part| part.1 > 0);
    // A deal has fewer states than the stream has numbers.
    let drawn = parts.map(|(start, size)| start + u64::from(stream.below(size as u32)));
    let mut states: Vec<Game> = drawn.map(|index| reachable.state(index)).collect();
    states.sort_by_key(|state| state.table().ply());
    let in_play = |state: Game| {
        let mut game = setup.in_play();
        state.table().plays().try_for_each(|domino| game.play(domino)).map(|()| game)
    };
    states.into_iter().map(|state| in_play(state).map_err(Error::from)).collect()
}

/// What every legal move is worth in games that are all at the same ply, in an evaluator's unit; [`ILLEGAL`] elsewhere.
pub type Ask = Box<dyn FnMut(&[InPlay]) -> Result<Vec<SlotValues>>>;

/// A backend that evaluators are asked on about open hands.
pub trait OpenHands: Sized {
    /// Asks this one.
    ///
    /// # Errors
    /// Those of building it.
    fn asking(self, evaluator: &EvaluatorSpec) -> Result<Ask>;
}

impl OpenHands for Host {
    fn asking(mut self, evaluator: &EvaluatorSpec) -> Result<Ask> {
        let unit = evaluator.question().unit();
        let mut evaluator = evaluator.build::<Self>()?;
        Ok(Box::new(move |games| {
            let seen: Vec<Observation> =
                games.iter().map(|game| Observation::of_game(game, &Sampling::new(1))).collect();
            let world = |it: &InPlay| it.game().view().others().map(|seat| it.game().held(seat));
            let (worlds, owners) = (games.iter().map(world).collect(), (0..games.len() as u32).collect());
            let worlds =
                HostWorlds { games: 0..games.len(), worlds, owners, weights: None, likelihoods: Vec::new() };
            let mut values = HostValues::default();
            evaluator.evaluate(&mut self, &seen, &worlds, &mut values)?;
            // They may come in a coarser unit than the evaluator's.
            let scale = (unit / values.question.unit()) as i16;
            let scaled = |value: i16| if value == ILLEGAL { value } else { value * scale };
            Ok(values.slots.into_iter().map(|values| values.map(scaled)).collect())
        }))
    }
}

/// Games in play at once on a device, some 10 MB.
const AT_ONCE: usize = 1 << 13;

impl<R: Runtime> OpenHands for Device<R> {
    fn asking(self, evaluator: &EvaluatorSpec) -> Result<Ask> {
        // Decisions that look at one world, the true one.
        let sampling = Sampling { evaluate_forced: true, ..Sampling::new(1) };
        let evaluator = evaluator.build::<Self>()?;
        let mut pipeline = Pipeline::new(self, TrueDeal, evaluator, Greedy::default(), sampling)?;
        Ok(Box::new(move |games| {
            let mut all = Vec::with_capacity(games.len());
            for games in games.chunks(AT_ONCE) {
                for decided in pipeline.decide(games, &mut ())? {
                    let sum = decided.estimate.map(|estimate| estimate.sum);
                    let sum = sum.ok_or_else(|| Error::Mismatch("a decision without a value".to_owned()))?;
                    let value = |slot: usize| match decided.legal >> slot & 1 {
                        1 => sum[slot] as i16,
                        _ => ILLEGAL,
                    };
                    all.push(std::array::from_fn(value));
                }
            }
            Ok(all)
        }))
    }
}

/// Asks an evaluator about the test set; sums by ply. `deals` and `states` are [`DEALS`] and [`STATES`], or less to try it out.
///
/// # Errors
/// [`Error::Mismatch`] for an evaluator that does not answer in points, or that the backend cannot compute; device errors.
pub fn measure<B: OpenHands>(
    backend: impl Fn() -> B,
    evaluator: &EvaluatorSpec,
    deals: u64,
    n_states: u32,
) -> Result<[Distance; PLIES]> {
    let Question::Points { unit } = evaluator.question() else {
        return Err(Error::Mismatch(format!("{evaluator} does not answer in points")));
    };
    let (mut exact, mut asked) = (backend().asking(&EvaluatorSpec::Solver)?, backend().asking(evaluator)?);
    let mut plies = [Distance::default(); PLIES];
    let seeds = (0..).filter(|&seed| Split::of_seed(seed) == Split::Test).take(deals as usize);
    for setup in seeds.map(setup) {
        let states = drawn(&setup, &Reachable::from(&setup.start())?, n_states)?;
        compare(&mut exact, &mut asked, &states, unit, &mut plies)?;
    }
    Ok(plies)
}

/// Adds how far the one that is asked is from exact values.
fn compare(
    exact: &mut Ask,
    asked: &mut Ask,
    states: &[InPlay],
    unit: u16,
    plies: &mut [Distance; PLIES],
) -> Result<()> {
    let ply = |state: &InPlay| state.game().table().ply();
    for states in states.chunk_by(|a, b| ply(a) == ply(b)) {
        for (exact, values) in exact(states)?.into_iter().zip(asked(states)?) {
            let both = [((0, [0; 3], exact), (0, [0; 3], values))];
            plies[ply(&states[0])] += Distance::of(&both, f64::from(unit));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::OnceLock;

    /// The deal with the fewest states of the first twenty, and these.
    fn deal() -> &'static (Setup, Reachable) {
        static DEAL: OnceLock<(Setup, Reachable)> = OnceLock::new();
        DEAL.get_or_init(|| (setup(953), Reachable::from(&setup(953).start()).unwrap()))
    }

    fn some(n: u32) -> Vec<InPlay> {
        drawn(&deal().0, &deal().1, n).unwrap()
    }

    fn measured<B: OpenHands>(backend: impl Fn() -> B, evaluator: &str) -> [Distance; PLIES] {
        let ask = |spec: &EvaluatorSpec| backend().asking(spec).unwrap();
        let mut plies = [Distance::default(); PLIES];
        let (mut exact, mut asked) = (ask(&EvaluatorSpec::Solver), ask(&evaluator.parse().unwrap()));
        compare(&mut exact, &mut asked, &some(200), 1, &mut plies).unwrap();
        plies
    }

    /// The solver is nowhere wrong, a quick game is; forced moves count.
    #[test]
    fn exact_values_are_no_distance_away() {
        let [solver, playout] = ["solver", "playout"].map(|text| measured(Host::default, text));
        let all: Distance = solver.into_iter().sum();
        assert_eq!((all.decisions, all.worlds, all.absolute, all.gap), (200, 200, 0.0, 0.0));
        assert!(all.values > 250 && playout.into_iter().sum::<Distance>().absolute > 0.0);
        let forced = some(200).iter().filter(|it| it.game().legal().count_ones() == 1).count();
        assert!((40..130).contains(&forced), "{forced}");
        assert!(measure(Host::default, &"contract".parse().unwrap(), 1, 1).is_err());
    }

    /// One state of each part, of each ply about as many as its share of all states.
    #[test]
    fn states_are_drawn_evenly() {
        let (_, reachable) = deal();
        // As many as making every legal play in every state finds, from the first ply on.
        assert_eq!(reachable.count(), 6_936_360);
        let drawn = some(400);
        assert_eq!(drawn, some(400));
        assert!(drawn.is_sorted_by_key(|it| it.game().table().ply()));
        assert!((0..400).all(|i| !drawn[..i].contains(&drawn[i])));
        let mut expected = [0.0; PLIES];
        let step = reachable.count() / 6_400;
        (0..6_400).for_each(|at| expected[reachable.state(at * step).table().ply()] += 1.0 / 16.0);
        let mut chi2 = 0.0;
        for (ply, expected) in expected.into_iter().enumerate().filter(|it| it.1 >= 5.0) {
            let n = drawn.iter().filter(|it| it.game().table().ply() == ply).count();
            chi2 += (n as f64 - expected).powi(2) / expected;
        }
        assert!(chi2 < 40.0, "chi² {chi2} of at most 27 plies");
    }

    #[test]
    fn a_device_is_asked_the_same() {
        struct Measure;
        impl boneyard_runtime::OnDevice for Measure {
            type Output = [Distance; PLIES];
            fn on_runtime<R: boneyard_runtime::DeviceRuntime>(
                self,
                client: boneyard_runtime::ComputeClient<R>,
            ) -> Self::Output {
                measured(|| Device::new(client.clone(), "wgpu"), "playout")
            }
            fn on_cpu(self) -> Self::Output {
                unreachable!("a device was asked for")
            }
        }
        let choice = "wgpu:0".parse().unwrap();
        let device = boneyard_runtime::choose(choice, &boneyard_runtime::probe()).expect("a wgpu adapter");
        assert_eq!(device.chosen.run(Measure).unwrap(), measured(Host::default, "playout"));
    }
}
