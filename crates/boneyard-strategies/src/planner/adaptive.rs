//! Rounds of worlds until a decision has seen enough.

use super::{Target, level, quantile};
use boneyard_core::{
    ERROR, Error, Estimate, GROUPS, Named, Observation, Paces, Plan, PlanRule, Question, Result, Sampling,
    Stopped,
};

/// A round for `se` looks at one of so many of the worlds seen, at least.
pub(super) const LEAST_SHARE: u32 = 4;

/// Looks at `least` worlds, and then at more, until its [`Target`] is met or `most` are seen: for `gap` at as many again as it has seen, for `se` at
/// three quarters of what it would have to see by its error, were errors as 1/√n, but at no more than as many again, and no less than a
/// quarter more. (Errors fall faster, as draws are even and none comes twice, and the next round is not far.)
///
/// The law of `gap:C`: with probability C or more the move with the highest E\[Q\] over all worlds is not separated from another
/// one by mistake, however often it was looked. Every look tests at the same level, such that they have four fifths of 1 − C
/// together (Pocock, *Biometrika* 64, 1977); a fifth is left for what that does not know: that errors are told by twelve groups, and
/// that in the last looks, where few worlds are left, more is new. Every other move has to be beaten (or, with a zone, be near), so
/// that their number needs no correction. A look's test is Student's t over the [groups](GROUPS) of worlds.
///
/// A move that is the best one's equal in all worlds seen, as a domino next to it often is, does not hinder once a quarter of `most` was seen.
///
/// It needs a [design](boneyard_core::Design) in which any stretch of worlds is a fair sample and none comes twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adaptive {
    target: Target,
    least: u32,
    most: u32,
    limits: Limits,
}

/// What integers say of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Largest standard error in units of 2⁻¹⁶ points; 0 if it is about the gap.
    pub error: u32,
    /// So many standard errors separate, in units of 2⁻¹⁶.
    pub t: u32,
    /// Largest difference that does not matter, in units of 2⁻¹⁶ points; 0 if all do.
    pub zone: u32,
    /// Worlds of the first round.
    pub least: u32,
    /// Worlds from which on a move that was always the best one's equal is taken for it.
    pub equals: u32,
}

impl Adaptive {
    /// Fewest worlds of a first round: two a group.
    pub const FEWEST: u32 = 2 * GROUPS as u32;

    /// Worlds of a first round unless another number is given.
    pub const LEAST: u32 = 96;

    /// Most worlds unless another number is given.
    pub const MOST: u32 = 16_384;

    /// At least `least` worlds, at most `most`.
    ///
    /// # Errors
    /// [`Error::Setting`] for numbers out of range or in the wrong order, and those of [`Target::check`].
    pub fn new(target: Target, least: u32, most: u32) -> Result<Self> {
        target.check()?;
        let refuse =
            |setting, got: u32, expected| Err(Error::Setting { setting, got: got.to_string(), expected });
        if !(Self::FEWEST..=Sampling::MOST_SAMPLES).contains(&least) {
            let expected = format!("{} to {} worlds", Self::FEWEST, Sampling::MOST_SAMPLES);
            return refuse("min-samples", least, expected);
        }
        if !(least..=Sampling::MOST_SAMPLES).contains(&most) {
            let expected = format!("{least} (the least) to {} worlds", Sampling::MOST_SAMPLES);
            return refuse("max-samples", most, expected);
        }
        Ok(Self { target, least, most, limits: limits(target, least, most) })
    }

    /// When it stops.
    pub fn target(&self) -> Target {
        self.target
    }

    /// Fewest worlds of a decision, if there are so many.
    pub fn least(&self) -> u32 {
        self.least
    }

    /// Most worlds of a decision.
    pub fn most(&self) -> u32 {
        self.most
    }

    /// How decisions are looked at that it plans: where there are no more worlds than the least, all are enumerated.
    pub fn sampling(&self, sampling: Sampling) -> Sampling {
        Sampling { samples: self.most, enumerate: Some(self.least), ..sampling }
    }

    /// Its target in whole numbers.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// How many worlds to look at next, where errors are not small enough.
    fn lacking(&self, legal: u8, total: u32, estimate: &Estimate) -> u32 {
        let (sums, spread) = (estimate.seen(), estimate.spread(total));
        let points = estimate.question != Question::Contract;
        let error = |slot| if points { spread.sum_error(slot) } else { spread.made_error(slot) };
        let largest = (0..7).filter(|slot| legal >> slot & 1 == 1).map(error).max();
        // In units of 2⁻⁸ of the sums' unit.
        let limit = (u64::from(self.limits.error) * sums.per_point()) >> 8;
        short_of(estimate.worlds, largest.unwrap_or(u64::MAX), limit)
    }

    /// Whether a decision has seen enough, and why; not that all have been seen or that no more are allowed.
    fn verdict(&self, legal: u8, total: u32, estimate: &Estimate) -> Option<Stopped> {
        let (sums, spread, limits) = (estimate.seen(), estimate.spread(total), self.limits);
        let points = estimate.question != Question::Contract;
        let slots = || (0..7).filter(move |slot| legal >> slot & 1 == 1);
        // In units of 2⁻²⁴ of the sums' unit, all of them.
        let scale = u128::from(sums.per_point());
        let of_points = |fixed: u32| (u128::from(fixed) * scale) << 8;
        if limits.error > 0 {
            let error = |slot| if points { spread.sum_error(slot) } else { spread.made_error(slot) };
            let small = |slot| u128::from(error(slot)) << 16 <= of_points(limits.error);
            return slots().all(small).then_some(Stopped::Error);
        }
        let value = |slot: usize| if points { sums.sum[slot] } else { i64::from(sums.made[slot]) };
        let best = slots().rev().max_by_key(|&slot| value(slot))?;
        let mut stopped = Stopped::Gap;
        for slot in slots().filter(|&slot| slot != best) {
            let error = if points {
                spread.sum_difference_error(best, slot)
            } else {
                spread.made_difference_error(best, slot)
            };
            if error == u64::MAX {
                return None;
            }
            let behind = (u128::from((value(best) - value(slot)) as u64) * u128::from(ERROR)) << 16;
            let doubt = u128::from(error) * u128::from(limits.t);
            if behind > 0 && behind >= doubt {
                continue;
            }
            let equal =
                if points { spread.sums_are_equal(best, slot) } else { spread.made_are_equal(best, slot) };
            if equal && behind == 0 && estimate.worlds >= limits.equals {
                continue;
            }
            if limits.zone > 0 && behind + doubt <= of_points(limits.zone) {
                stopped = Stopped::Zone;
                continue;
            }
            return None;
        }
        Some(stopped)
    }
}

/// How many more worlds than `seen` a round looks at, where the largest error is `error` and has to be `limit`, in the same unit.
fn short_of(seen: u32, error: u64, limit: u64) -> u32 {
    if error >= 1 << 46 {
        return seen;
    }
    // In units of 2⁻¹⁰, and of 2⁻²⁰.
    let ratio = ((error << 10) / limit.max(1)).min(2 << 10);
    let needed = (3 * ratio * ratio / 4).clamp((1 << 20) + (1 << 20) / u64::from(LEAST_SHARE), 2 << 20);
    ((u64::from(seen) * (needed - (1 << 20))) >> 20) as u32
}

/// How often `least` must double to be `most` or more.
fn doublings(least: u32, most: u32) -> u32 {
    most.div_ceil(least).next_power_of_two().ilog2()
}

fn limits(target: Target, least: u32, most: u32) -> Limits {
    let fixed = |x: f64| (x * 65_536.0).round() as u32;
    let none = Limits { error: 0, t: 0, zone: 0, least, equals: most.div_ceil(4) };
    match target {
        Target::Error(points) => Limits { error: fixed(points), ..none },
        Target::Gap { confidence, zone } => {
            let level = level::nominal(level::USED * (1.0 - confidence), doublings(least, most) + 1);
            let t = quantile::exceeded(level, GROUPS as u32 - 1);
            Limits { t: fixed(t), zone: zone.map_or(0, fixed), ..none }
        }
    }
}

impl Named for Adaptive {
    /// Such as `se:0.1 from 96 to 1024`.
    fn id(&self) -> String {
        format!("{} from {} to {}", self.target, self.least, self.most)
    }
}

impl Paces for Adaptive {
    fn most_rounds(&self) -> u32 {
        match self.target {
            Target::Gap { .. } => doublings(self.least, self.most) + 1,
            Target::Error(_) => {
                let more = |&seen: &u32| (seen < self.most).then(|| seen + seen / LEAST_SHARE);
                std::iter::successors(Some(self.least), more).count() as u32
            }
        }
    }

    fn stopped(&self, legal: u8, total: u32, estimate: &Estimate) -> Stopped {
        if estimate.worlds >= total {
            return Stopped::All;
        }
        self.verdict(legal, total, estimate).unwrap_or(Stopped::Cap)
    }
}

impl PlanRule for Adaptive {
    fn more(&self, observation: &Observation, estimate: &Estimate) -> u32 {
        if observation.plan == Plan::Enumerate {
            // By their indices, so that some of them are no fair sample.
            return u32::MAX;
        }
        if estimate.worlds == 0 {
            return self.least;
        }
        let (legal, total) = (observation.view.legal_slots(), observation.worlds.count());
        if self.verdict(legal, total, estimate).is_some() {
            return 0;
        }
        match self.target {
            Target::Gap { .. } => estimate.worlds,
            Target::Error(_) => self.lacking(legal, total, estimate),
        }
    }
}
