//! Worlds weighed by how likely the others' plays were in them.

#[cfg(feature = "device")]
mod device;
#[cfg(feature = "device")]
mod kernel;
mod mixed;

use boneyard_core::{
    Answers, Coordinates, Design, Designed, Error, Evaluator, Host, HostItems, HostObservations, HostValues,
    HostWorlds, ILLEGAL, Likelihood, Named, ONE, Observation, Question, Result, SampleReport, Sampler,
    Samples, Sampling, SlotValues,
};
use boneyard_rules::{Domino, Seat, Table, View, World, tiles_of};
use std::ops::Range;

/// What plays say of the hands that they came from: a seat plays a move with odds exp((Q − best) / `tau`) over its legal moves
/// with all hands open, but for a chance of `beta` that it plays any of them alike.
///
/// Only other seats than the mover say something, and of their plays the `last` ones. Everything is integers once the
/// exponentials are, so that a weight is the same everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Plays {
    tau: f64,
    beta: f64,
    last: u32,
    /// Least effective sample size, as a share of the worlds.
    ess: Option<f64>,
    /// exp(−d / `tau`) for d = 0, ¼, ½ … 84 points, in units of 2⁻²⁰.
    odds: Vec<u64>,
}

/// Points between two entries of the odds: a quarter.
const STEPS: i32 = 4;
/// Weights are clipped at this many times that of a world in which all plays were as likely as any.
const MOST: u64 = 256;
/// Worlds that are looked at together: each makes an observation of some 6 KB a play.
const TOGETHER: usize = 1024;

impl Plays {
    /// Plays with softmax at temperature `tau` in points, mixed with `beta` of any legal move, over the `last` plays.
    ///
    /// # Errors
    /// [`Error::Setting`] unless `tau` is positive, `beta` within 0 to 1, and `last` within 1 to 27.
    pub fn new(tau: f64, beta: f64, last: u32) -> Result<Self> {
        let refuse = |got: String, expected: &str| {
            Err(Error::Setting { setting: "posterior plays", got, expected: expected.to_owned() })
        };
        if !(tau > 0.0 && tau.is_finite()) {
            return refuse(format!("tau:{tau}"), "a temperature above 0 points");
        }
        if !(0.0..=1.0).contains(&beta) {
            return refuse(format!("beta:{beta}"), "a share from 0 to 1");
        }
        if !(1..=27).contains(&last) {
            return refuse(format!("last:{last}"), "1 to 27 plays");
        }
        let odds = (0..=84 * STEPS).map(|d| {
            let points = f64::from(d) / f64::from(STEPS);
            ((-points / tau).exp() * f64::from(1u32 << 20)).round() as u64
        });
        Ok(Self { tau, beta, last, ess: None, odds: odds.collect() })
    }

    /// The same, but where the effective sample size of a decision is less than this share of its worlds, their weights are mixed with
    /// those that they had before plays were looked at: by a sixteenth, an eighth, a quarter, a half or all, the least that is enough.
    ///
    /// All worlds of a decision must be looked at in one round.
    ///
    /// # Errors
    /// [`Error::Setting`] unless `share` is above 0 and at most 1.
    pub fn with_ess(self, share: f64) -> Result<Self> {
        if !(share > 0.0 && share <= 1.0) {
            return Err(Error::Setting {
                setting: "posterior plays",
                got: format!("ess:{share}"),
                expected: "a share of the worlds above 0, at most 1".to_owned(),
            });
        }
        Ok(Self { ess: Some(share), ..self })
    }

    /// Weights of all worlds of a decision are looked at together.
    pub fn needs_all_at_once(&self) -> bool {
        self.ess.is_some()
    }

    /// The least effective sample size in units of 1/[`ONE`] of the worlds; 0 of none.
    fn ess_in_parts(&self) -> u32 {
        self.ess.map_or(0, |share| (share * f64::from(ONE)).round() as u32)
    }

    /// How likely a play was, times the number of legal moves, in units of 1/[`ONE`]: [`ONE`] if it was as likely as any.
    fn ratio(&self, values: &SlotValues, unit: i32, slot: usize) -> u64 {
        let legal = values.iter().filter(|&&value| value != ILLEGAL);
        let best = legal.clone().max().copied().map_or(0, i32::from);
        let odds = |value: i16| {
            let away = (2 * STEPS * (best - i32::from(value)) + unit) / (2 * unit);
            self.odds[(away as usize).min(self.odds.len() - 1)]
        };
        let (n, sum) = legal.fold((0, 0), |(n, sum), &value| (n + 1, sum + odds(value)));
        let (one, beta) = (u64::from(ONE), self.beta_in_parts());
        let likely = n * odds(values[slot]) * one / sum;
        ((one - beta) * likely + beta * one) / one
    }

    /// Everything is as likely as any move everywhere.
    fn say_nothing(&self) -> bool {
        self.beta == 1.0
    }

    fn beta_in_parts(&self) -> u64 {
        (self.beta * f64::from(ONE)).round() as u64
    }

    /// How many plies back from this one the last plays of others reach, at most: of every four the mover made one, but for the
    /// trick under way.
    #[cfg(feature = "device")]
    fn plies(&self, ply: usize) -> usize {
        let last = self.last as usize;
        ply.min(last + last.saturating_sub(ply % 4).div_ceil(3))
    }

    /// The last plays of others than the mover, latest first.
    fn of(&self, view: &View) -> Vec<Past> {
        let table = view.table();
        let plays: Vec<Domino> = table.plays().collect();
        let mut before = Table::new(table.declaration(), table.first_leader());
        let mut past = Vec::with_capacity(plays.len());
        for (ply, &domino) in plays.iter().enumerate() {
            past.push(Past {
                seat: before.mover(),
                domino,
                before: plays[..ply].to_vec(),
                played: before.played(),
            });
            before.play(domino).expect("the plays of a table are legal");
        }
        past.retain(|it| it.seat != view.seat());
        past.into_iter().rev().take(self.last as usize).collect()
    }
}

impl Named for Plays {
    fn id(&self) -> String {
        let ess = self.ess.map_or(String::new(), |share| format!(",ess:{share}"));
        format!("plays:tau:{},beta:{},last:{}{ess}", self.tau, self.beta, self.last)
    }
}

/// A play that was made, with what had been played before.
struct Past {
    seat: Seat,
    domino: Domino,
    before: Vec<Domino>,
    /// The set of `before`.
    played: u32,
}

impl Past {
    /// The decision that it was in a world, and what the others held then; `None` if it was forced.
    fn in_world(&self, now: &Observation, world: &World) -> Option<(Observation, World)> {
        let (table, hands) = (now.view.table(), now.view.dealt(world));
        let hand: Vec<Domino> = tiles_of(hands[self.seat.index()]).collect();
        let view = View::new(self.seat, &hand, table.declaration(), table.first_leader(), &self.before);
        let view = view.expect("a world agrees with the plays");
        if view.legal().count_ones() == 1 {
            return None;
        }
        let at = Coordinates { ply: self.before.len() as u8, ..now.at };
        let then = Observation::new(view, now.bid, now.bidder, &Sampling::new(1), at);
        let held = view.others().map(|seat| hands[seat.index()] & !self.played);
        Some((then.expect("the world is one of its worlds"), held))
    }
}

/// Draws with `sampler`, and weighs every world by how likely the others' [`Plays`] were in it, as `evaluator` sees them.
///
/// Law: the worlds are those of the sampler, with its weights times these, and a world's weight depends on the observation and
/// the world only. Devices give the weights of the host, to the bit, as far as their evaluators give its values.
#[derive(Clone, Debug)]
pub struct Played<S, E> {
    /// Draws.
    pub sampler: S,
    /// Says what moves were worth.
    pub evaluator: E,
    /// Says how that makes plays likely.
    pub plays: Plays,
}

impl<S, E: Named> Played<S, E> {
    /// What is said to an evaluator that does not answer points.
    fn refused(&self) -> Error {
        let evaluator = self.evaluator.id();
        Error::Mismatch(format!("plays are weighed by points, which evaluator {evaluator} does not answer"))
    }
}

impl<S: Designed, E: Named> Designed for Played<S, E> {
    fn design(&self) -> Design {
        self.sampler.design()
    }
}

impl<S: Named, E: Named> Named for Played<S, E> {
    fn id(&self) -> String {
        format!("{}*{}:{}", self.sampler.id(), self.plays.id(), self.evaluator.id())
    }
}

impl<S: Sampler<Host>, E: Evaluator<Host> + Answers> Samples<Played<S, E>> for Host {
    fn sample(
        &mut self,
        played: &mut Played<S, E>,
        seen: &HostObservations,
        items: &HostItems,
        chunk: Range<usize>,
        out: &mut HostWorlds,
    ) -> Result<SampleReport> {
        let report = played.sampler.sample(self, seen, items, chunk, out)?;
        let Question::Points { unit } = played.evaluator.question() else {
            return Err(played.refused());
        };
        let mut weights = out.weights.take().unwrap_or_else(|| vec![ONE; out.worlds.len()]);
        if played.plays.say_nothing() {
            out.weights = Some(weights);
            return Ok(report);
        }
        let plays: Vec<Vec<Past>> = out.games.clone().map(|game| played.plays.of(&seen[game].view)).collect();
        let first = out.games.start;
        let drawn = weights.clone();
        out.likelihoods = vec![Likelihood::default(); out.games.len()];
        let mut values = HostValues::default();
        for start in (0..out.worlds.len()).step_by(TOGETHER) {
            let part = start..out.worlds.len().min(start + TOGETHER);
            let (mut observations, mut past, mut of) = (Vec::new(), HostWorlds::default(), Vec::new());
            for i in part.clone() {
                let owner = out.owners[i] as usize;
                for play in &plays[owner - first] {
                    if let Some((then, held)) = play.in_world(&seen[owner], &out.worlds[i]) {
                        past.owners.push(observations.len() as u32);
                        past.worlds.push(held);
                        of.push((i, then.view.slot(play.domino)));
                        observations.push(then);
                    }
                }
            }
            past.games = 0..observations.len();
            played.evaluator.evaluate(self, &observations, &past, &mut values)?;
            // In units of 2⁻³² of a world in which every play was as likely as any.
            let mut likely = vec![1u64 << 32; part.len()];
            for (&(i, slot), values) in of.iter().zip(&values.slots) {
                let all = &mut likely[i - start];
                *all = ((*all * played.plays.ratio(values, unit.into(), slot)) >> 16).clamp(1, MOST << 32);
            }
            for (i, likely) in part.zip(likely) {
                out.likelihoods[out.owners[i] as usize - first].add(likely);
                let weight = (likely * u64::from(ONE) / (MOST << 32)).max(1);
                weights[i] = (u64::from(weights[i]) * weight / u64::from(ONE)).max(1) as u32;
            }
        }
        let least = played.plays.ess_in_parts();
        let mut start = 0;
        for owners in out.owners.chunk_by(|one, other| one == other) {
            let of_game = start..start + owners.len();
            let mixed = mixed::mix(&mut weights[of_game.clone()], &drawn[of_game], least);
            out.likelihoods[owners[0] as usize - first].mixed = mixed;
            start += owners.len();
        }
        out.weights = Some(weights);
        Ok(report)
    }
}
