//! What the values of many worlds add up to, in integers.

use crate::{Check, Design, ILLEGAL, Likelihood, ONE, SlotValues, fixed};

/// Points from −42 to 42.
pub const BINS: usize = 85;

/// `[slot][points + 42]`: how many worlds gave this value, or their weight.
pub type Histogram = [[u32; BINS]; 7];

/// What an evaluator answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// Points still to be won, mover's team minus the others, in units of 1/`unit` point.
    Points {
        /// 1 for whole points.
        unit: u16,
    },
    /// Only whether the mover's team succeeds (bidders: make, defenders: set): 1 or 0.
    Contract,
}

impl Question {
    /// How many units make a point; 1 for [`Question::Contract`].
    pub fn unit(self) -> u16 {
        match self {
            Question::Points { unit } => unit,
            Question::Contract => 1,
        }
    }

    /// The question of which both are answers: the same, or points in the finer of two units of which one divides the
    /// other.
    pub fn finer(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Question::Points { unit: a }, Question::Points { unit: b }) => {
                let (fine, coarse) = (a.max(b), a.min(b));
                fine.is_multiple_of(coarse).then_some(Question::Points { unit: fine })
            }
            _ => (self == other).then_some(self),
        }
    }
}

/// Whether a value in units of 1/`unit` point is a success, which takes `needed` points.
///
/// Real values to go have one parity, so "at least needed" is "above needed − 1"; a value between the points counts for the
/// nearer one.
pub(crate) fn succeeds(value: i32, unit: i32, needed: i32) -> bool {
    2 * value >= 2 * needed * unit - i32::from(unit > 1) * unit
}

/// The bin of a value in units of 1/`unit` point: the nearest point, the upper one of two.
fn bin(value: i32, unit: i32) -> usize {
    let points = (2 * value + unit).div_euclid(2 * unit).clamp(-42, 42);
    (points + 42) as usize
}

/// How many groups the worlds of a decision are dealt into: world `i` belongs to group `i` modulo this.
///
/// Sums are kept for each, and how far they are apart says how far the mean may be off. Twelve, because a golden-ratio walk
/// that is looked at in every twelfth step is spread evenly too: for Fibonacci numbers, such as 8 or 13, it would cluster.
pub const GROUPS: usize = 12;

/// Sums over the worlds of one group of a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Σ w.
    pub weight: u32,
    /// Σ w·q of values, in the question's unit; zero for [`Question::Contract`].
    pub sum: [i64; 7],
    /// Σ w of worlds in which the mover's team succeeds.
    pub made: [u32; 7],
}

impl Group {
    fn merge(&mut self, other: &Self) {
        self.weight += other.weight;
        for slot in 0..7 {
            self.sum[slot] += other.sum[slot];
            self.made[slot] += other.made[slot];
        }
    }
}

/// Sums over the worlds of one decision, by slot; zero for slots that are not legal.
///
/// All integers: neither the order of worlds nor the machine can change them. Laws, which the device's accumulator
/// keeps too:
///
/// * *null*: [`Estimate::new`] is of no world, and merging it changes nothing;
/// * *add*: worlds are added in the order of their numbers, which tell their groups; other sums do not depend on it;
/// * *merge*: the estimate of some worlds merged with that of others, in any order, is the estimate of them all, if they
///   were in the same groups;
/// * *write*: what a policy sees ([`Estimate::seen`]) and what is recorded are functions of the sums.
///
/// Worlds weigh 1 each, or what a weighed sampler says, in units of 1/[`ONE`]; all means are Σ w·x / Σ w. An estimate of
/// worlds that all weigh [`ONE`] is told from one without weights by nothing but its sums: [`Estimate::reduced`] makes
/// them the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// What was asked.
    pub question: Question,
    /// How the worlds were drawn.
    pub design: Design,
    /// Worlds looked at.
    pub worlds: u32,
    /// Σ w.
    pub weight: u32,
    /// Σ w².
    pub weight_squares: u64,
    /// The largest w.
    pub weight_max: u32,
    /// Σ w · log₂ w, each log₂ [in units of 2⁻²⁰](fixed::log2).
    pub weight_logs: u64,
    /// How likely what was played was in these worlds, if they are weighed by it.
    pub likelihood: Likelihood,
    /// Σ w·q of values, in the question's unit; zero for [`Question::Contract`].
    pub sum: [i64; 7],
    /// Σ w·q² of values, in the unit squared.
    pub sum_squares: [u64; 7],
    /// Σ w of worlds in which the mover's team succeeds.
    pub made: [u32; 7],
    /// The same sums by group.
    pub groups: [Group; GROUPS],
    /// Values rounded to points, if asked for.
    pub histogram: Option<Box<Histogram>>,
    /// Exact values of some of the worlds, if they were compared.
    pub check: Option<Box<Check>>,
}

/// What a policy sees of an estimate: sums as over equally likely worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotSums {
    /// Worlds looked at; where worlds differ in weight, the number that stands for all of it.
    pub worlds: u32,
    /// How many units of the sums make a point.
    pub unit: u16,
    /// Sum of values by slot.
    pub sum: [i64; 7],
    /// Worlds in which the mover's team succeeds, by slot.
    pub made: [u32; 7],
}

impl SlotSums {
    /// What a difference of one point in E\[Q\] makes in `sum`.
    pub fn per_point(&self) -> u64 {
        u64::from(self.worlds) * u64::from(self.unit)
    }
}

impl Estimate {
    /// Most worlds of a decision where they carry weights: then sums of weights fit 32 bits, and sums of squares 64.
    pub const MOST_WEIGHED: u32 = 1 << 15;

    /// Of no world yet.
    pub fn new(question: Question, histogram: bool) -> Self {
        Self {
            question,
            design: Design::default(),
            worlds: 0,
            weight: 0,
            weight_squares: 0,
            weight_max: 0,
            weight_logs: 0,
            likelihood: Likelihood::default(),
            sum: [0; 7],
            sum_squares: [0; 7],
            made: [0; 7],
            groups: [Group::default(); GROUPS],
            histogram: histogram.then(|| Box::new([[0; BINS]; 7])),
            check: None,
        }
    }

    /// Adds the next world, of some weight, 1 where weights are not carried. Its values are in units of 1/`unit` point, which
    /// must divide the estimate's; `needed` is the success threshold in points.
    pub fn add(&mut self, values: &SlotValues, unit: u16, weight: u32, needed: i32) {
        let group = &mut self.groups[self.worlds as usize % GROUPS];
        self.worlds += 1;
        self.weight += weight;
        self.weight_squares += u64::from(weight).pow(2);
        self.weight_max = self.weight_max.max(weight);
        if weight > 1 {
            self.weight_logs += u64::from(weight) * u64::from(fixed::log2(weight.into()));
        }
        group.weight += weight;
        let finest = match self.question {
            Question::Points { unit } => i32::from(unit),
            Question::Contract => {
                for (slot, &value) in values.iter().enumerate() {
                    self.made[slot] += weight * u32::from(value == 1);
                    group.made[slot] += weight * u32::from(value == 1);
                }
                return;
            }
        };
        let scale = finest / i32::from(unit);
        for (slot, &value) in values.iter().enumerate() {
            if value == ILLEGAL {
                continue;
            }
            let value = i32::from(value) * scale;
            let (sum, made) =
                (i64::from(weight) * i64::from(value), weight * u32::from(succeeds(value, finest, needed)));
            self.sum[slot] += sum;
            self.sum_squares[slot] += u64::from(weight) * u64::from(value.unsigned_abs()).pow(2);
            self.made[slot] += made;
            group.sum[slot] += sum;
            group.made[slot] += made;
            if let Some(histogram) = &mut self.histogram {
                histogram[slot][bin(value, finest)] += weight;
            }
        }
    }

    /// Adds worlds that all weigh 1, as [`Estimate::add`] does one by one, but slot by slot.
    pub fn add_all(&mut self, worlds: &[SlotValues], unit: u16, needed: i32) {
        let Question::Points { unit: finest } = self.question else {
            worlds.iter().for_each(|values| self.add(values, unit, 1, needed));
            return;
        };
        let finest = i32::from(finest);
        let scale = finest / i32::from(unit);
        let first = self.worlds as usize;
        self.worlds += worlds.len() as u32;
        self.weight += worlds.len() as u32;
        self.weight_squares += worlds.len() as u64;
        self.weight_max = self.weight_max.max(u32::from(!worlds.is_empty()));
        let mut sums = [Group::default(); GROUPS];
        (first..).take(worlds.len()).for_each(|number| sums[number % GROUPS].weight += 1);
        for slot in 0..7 {
            let mut squares = 0u64;
            let mut group = first % GROUPS;
            for values in worlds {
                let at = group;
                group = if group + 1 == GROUPS { 0 } else { group + 1 };
                if values[slot] == ILLEGAL {
                    continue;
                }
                let value = i32::from(values[slot]) * scale;
                let made = u32::from(succeeds(value, finest, needed));
                sums[at].sum[slot] += i64::from(value);
                sums[at].made[slot] += made;
                squares += u64::from(value.unsigned_abs()).pow(2);
                if let Some(histogram) = &mut self.histogram {
                    histogram[slot][bin(value, finest)] += 1;
                }
            }
            self.sum_squares[slot] += squares;
        }
        for (sum, group) in sums.iter().zip(&mut self.groups) {
            group.merge(sum);
            for slot in 0..7 {
                self.sum[slot] += sum.sum[slot];
                self.made[slot] += sum.made[slot];
            }
        }
    }

    /// Adds the worlds of another estimate of the same question. Checks are not merged.
    pub fn merge(&mut self, other: &Self) {
        debug_assert_eq!(self.question, other.question);
        self.worlds += other.worlds;
        self.weight += other.weight;
        self.weight_squares += other.weight_squares;
        self.weight_max = self.weight_max.max(other.weight_max);
        self.weight_logs += other.weight_logs;
        self.likelihood.merge(&other.likelihood);
        for slot in 0..7 {
            self.sum[slot] += other.sum[slot];
            self.sum_squares[slot] += other.sum_squares[slot];
            self.made[slot] += other.made[slot];
        }
        self.groups.iter_mut().zip(&other.groups).for_each(|(group, more)| group.merge(more));
        if let (Some(bins), Some(more)) = (&mut self.histogram, &other.histogram) {
            let both = bins.as_flattened_mut().iter_mut().zip(more.as_flattened());
            both.for_each(|(bin, more)| *bin += more);
        }
    }

    /// The same estimate without weights, if all worlds weigh [`ONE`]; else as it is.
    pub fn reduced(mut self) -> Self {
        if !self.all_weigh_one() {
            return self;
        }
        self.weight = self.worlds;
        self.weight_squares = self.worlds.into();
        (self.weight_max, self.weight_logs) = (1, 0);
        self.sum = self.sum.map(|sum| sum / i64::from(ONE));
        self.sum_squares = self.sum_squares.map(|squares| squares / u64::from(ONE));
        self.made = self.made.map(|made| made / ONE);
        for group in &mut self.groups {
            group.weight /= ONE;
            group.sum = group.sum.map(|sum| sum / i64::from(ONE));
            group.made = group.made.map(|made| made / ONE);
        }
        if let Some(bins) = &mut self.histogram {
            bins.as_flattened_mut().iter_mut().for_each(|bin| *bin /= ONE);
        }
        self
    }

    /// As it is recorded: [reduced](Estimate::reduced), and where the sums were corrected the squares are too.
    pub fn finished(mut self) -> Self {
        if let Some(check) = self.check.take_if(|check| check.corrected) {
            self.correct_squares(&check);
            self.check = Some(check);
        }
        self.reduced()
    }

    /// All worlds weigh [`ONE`], which no weight exceeds.
    fn all_weigh_one(&self) -> bool {
        self.worlds > 0 && u64::from(self.weight) == u64::from(self.worlds) * u64::from(ONE)
    }

    /// What a policy sees. Where worlds differ in weight, sums are scaled to [`ONE`] worlds and rounded down, so that they
    /// fit 32 bits however many worlds there were.
    pub fn seen(&self) -> SlotSums {
        let (unit, one) = (self.question.unit(), i64::from(ONE));
        if self.weight == self.worlds || self.weight == 0 {
            return SlotSums { worlds: self.worlds, unit, sum: self.sum, made: self.made };
        }
        let (worlds, times) = if self.all_weigh_one() { (self.worlds, 1) } else { (ONE, one) };
        let weight = if self.all_weigh_one() { one } else { self.weight.into() };
        let scaled = |sum: i64| (sum * times).div_euclid(weight);
        SlotSums {
            worlds,
            unit,
            sum: self.sum.map(scaled),
            made: self.made.map(|made| scaled(made.into()) as u32),
        }
    }

    /// E\[Q\] of a slot in points, or `None` if only the contract was asked about or no world counts.
    pub fn mean(&self, slot: usize) -> Option<f64> {
        let Question::Points { unit } = self.question else { return None };
        (self.weight > 0).then(|| self.sum[slot] as f64 / (f64::from(self.weight) * f64::from(unit)))
    }

    /// Population variance of the values of a slot, in points²: (W·Σwq² − (Σwq)²) / W² with W = Σw, exact until the
    /// division.
    pub fn variance(&self, slot: usize) -> Option<f64> {
        let Question::Points { unit } = self.question else { return None };
        let n = i128::from(self.weight);
        let spread = n * i128::from(self.sum_squares[slot]) - i128::from(self.sum[slot]).pow(2);
        (n > 0).then(|| spread as f64 / (n as f64 * f64::from(unit)).powi(2))
    }

    /// Share of worlds, by weight, in which the mover's team succeeds.
    pub fn p_make(&self, slot: usize) -> Option<f64> {
        (self.weight > 0).then(|| f64::from(self.made[slot]) / f64::from(self.weight))
    }

    /// The share of all weight that the heaviest world has.
    pub fn largest_weight(&self) -> Option<f64> {
        (self.weight > 0).then(|| f64::from(self.weight_max) / f64::from(self.weight))
    }

    /// Entropy of the worlds' weights in bits: log₂ of their number where they weigh the same.
    pub fn weight_entropy(&self) -> Option<f64> {
        let logs = self.weight_logs as f64 / f64::from(1 << 20) / f64::from(self.weight);
        (self.weight > 0).then(|| (f64::from(self.weight).log2() - logs).max(0.0))
    }

    /// Effective sample size: (Σw)² / Σw², as many as there are worlds where they weigh the same.
    pub fn effective_samples(&self) -> f64 {
        if self.weight_squares == 0 {
            0.0
        } else {
            f64::from(self.weight).powi(2) / self.weight_squares as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coordinates, Purpose};

    type Weighed = (SlotValues, u32);

    fn worlds(n: usize, weight: impl Fn(u32) -> u32) -> Vec<Weighed> {
        let mut random = Coordinates { seed: 3, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
        let mut world = |_| {
            let values =
                std::array::from_fn(|slot| if slot == 5 { ILLEGAL } else { random.below(85) as i16 - 42 });
            (values, weight(random.below(ONE + 1)))
        };
        (0..n).map(&mut world).collect()
    }

    fn sum<'a>(question: Question, worlds: impl IntoIterator<Item = &'a Weighed>) -> Estimate {
        let mut estimate = Estimate::new(question, question != Question::Contract);
        worlds.into_iter().for_each(|(values, weight)| estimate.add(values, 1, *weight, 4));
        estimate
    }

    const QUESTIONS: [Question; 3] =
        [Question::Points { unit: 1 }, Question::Points { unit: 256 }, Question::Contract];

    #[test]
    fn worlds_are_added_together_as_one_by_one() {
        let worlds: Vec<SlotValues> = worlds(500, |_| 1).into_iter().map(|(values, _)| values).collect();
        let check = |question, unit, histogram| {
            let [mut single, mut all] = [(); 2].map(|()| Estimate::new(question, histogram));
            worlds.iter().for_each(|values| single.add(values, unit, 1, 3));
            worlds.chunks(77).for_each(|part| all.add_all(part, unit, 3));
            assert_eq!(single, all);
        };
        check(Question::Points { unit: 1 }, 1, true);
        check(Question::Points { unit: 256 }, 1, true);
        check(Question::Points { unit: 256 }, 256, false);
        check(Question::Contract, 1, false);
    }

    #[test]
    fn worlds_are_added_and_merged_in_any_order() {
        let worlds = worlds(200, |weight| weight);
        let worlds = &worlds[..192];
        for question in QUESTIONS {
            let all = sum(question, worlds);
            let without_groups = |it: Estimate| Estimate { groups: Default::default(), ..it };
            assert_eq!(without_groups(sum(question, worlds.iter().rev())), without_groups(all.clone()));
            let (few, rest) = worlds.split_at(3 * GROUPS);
            for (a, b) in [(few, rest), (rest, few), (worlds, &worlds[..0])] {
                let mut merged = sum(question, a);
                merged.merge(&sum(question, b));
                assert_eq!(merged, all);
            }
        }
    }

    #[test]
    fn a_finer_unit_changes_no_statistic() {
        let worlds = worlds(100, |weight| weight);
        let [whole, fine, _] = QUESTIONS.map(|question| sum(question, &worlds));
        assert_eq!(whole.histogram, fine.histogram);
        for slot in 0..7 {
            assert_eq!(whole.mean(slot), fine.mean(slot));
            assert_eq!(whole.variance(slot), fine.variance(slot));
            assert_eq!(whole.p_make(slot), fine.p_make(slot));
        }
        assert!(whole.variance(0) > Some(0.0));
    }

    #[test]
    fn weights_are_those_of_plain_floating_point() {
        let worlds = worlds(500, |weight| weight);
        let estimate = sum(QUESTIONS[0], &worlds);
        let total: f64 = worlds.iter().map(|(_, weight)| f64::from(*weight)).sum();
        let mean = |value: &dyn Fn(&SlotValues) -> f64| -> f64 {
            worlds.iter().map(|(values, weight)| f64::from(*weight) / total * value(values)).sum()
        };
        for slot in [0, 1, 6] {
            let q = mean(&|values| f64::from(values[slot]));
            let variance = mean(&|values| (f64::from(values[slot]) - q).powi(2));
            let made = mean(&|values| f64::from(u8::from(values[slot] >= 4)));
            assert!((estimate.mean(slot).unwrap() - q).abs() < 1e-9);
            assert!((estimate.variance(slot).unwrap() - variance).abs() < 1e-9);
            assert!((estimate.p_make(slot).unwrap() - made).abs() < 1e-9);
            let seen = estimate.seen();
            assert!((seen.sum[slot] as f64 / seen.per_point() as f64 - q).abs() < 1e-4);
            assert!((f64::from(seen.made[slot]) / f64::from(seen.worlds) - made).abs() < 1e-4);
        }
        let squares: f64 = worlds.iter().map(|(_, weight)| f64::from(*weight).powi(2)).sum();
        assert!((estimate.effective_samples() - total * total / squares).abs() < 1e-9);
        let shares = worlds.iter().map(|(_, weight)| f64::from(*weight) / total).filter(|&share| share > 0.0);
        let (largest, entropy) =
            shares.fold((0.0f64, 0.0), |(most, sum), share| (most.max(share), sum - share * share.log2()));
        assert!((estimate.largest_weight().unwrap() - largest).abs() < 1e-12);
        assert!((estimate.weight_entropy().unwrap() - entropy).abs() < 1e-5);
    }

    #[test]
    fn full_weights_are_no_weights() {
        for question in QUESTIONS {
            let without = sum(question, &worlds(77, |_| 1));
            let full = sum(question, &worlds(77, |_| ONE));
            assert_eq!(full.seen(), without.seen());
            assert_eq!(full.reduced(), without);
            assert_eq!(without.clone().reduced(), without);
            assert_eq!(without.effective_samples(), 77.0);
            assert_eq!(without.weight_entropy(), Some(77f64.log2()));
            assert_eq!(without.largest_weight(), Some(1.0 / 77.0));
        }
        let some = sum(QUESTIONS[0], &worlds(77, |weight| weight));
        assert_eq!(some.clone().reduced(), some);
    }

    #[test]
    fn the_finer_of_two_questions_is_found() {
        let points = |unit| Question::Points { unit };
        assert_eq!(points(1).finer(points(256)), Some(points(256)));
        assert_eq!(points(4).finer(points(4)), Some(points(4)));
        assert_eq!(points(4).finer(points(6)), None);
        assert_eq!(Question::Contract.finer(Question::Contract), Some(Question::Contract));
        assert_eq!(Question::Contract.finer(points(1)), None);
    }
}
