//! The one accumulator: what the values of many worlds add up to, as `boneyard_core::Estimate` does on the host.
//!
//! A unit keeps sums of its own ([`UnitSums`]) over worlds of one [group](GROUPS), units add theirs to those of their cube
//! ([`CubeSums`]), and a cube writes a row of estimates, or adds to it. Laws, those of the host twin: sums begin at null; worlds may be *added* in any order;
//! sums may be *merged* in any order; what is *written* is the row that [`read`] makes the host's estimate of. All are
//! integers, in two words where one could overflow.

use crate::kernels::logarithm::log2;
use crate::layout::{HISTOGRAM, LIKELIHOOD, estimate};
use boneyard_core::{BINS, Design, Estimate, GROUPS, Group, Likelihood, Question};
use cubecl::prelude::*;

/// What is added up; whatever changes the generated code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Accumulated {
    /// Values are answers about the contract: only successes are added up.
    pub contract: bool,
    /// log₂ of how many units of the sums make a point.
    pub log_unit: u32,
    /// log₂ of how many of these units make a unit of the values.
    pub log_scale: u32,
    /// Counts by point are kept.
    pub histogram: bool,
    /// Worlds carry weights.
    pub weights: bool,
}

impl Accumulated {
    /// Sums of squares may outgrow a word.
    const fn wide_squares(self) -> bool {
        self.log_unit > 0 || self.weights
    }
}

/// How many units of a cube of `units` add up worlds, each those of one group: unit `u` begins with world `u` and goes on in
/// steps of this.
pub const fn adders(units: u32) -> u32 {
    units / GROUPS as u32 * GROUPS as u32
}

/// The sums of one unit, by slot.
#[derive(CubeType)]
pub struct UnitSums {
    sum: Array<u32>,
    sum_high: Array<u32>,
    squares: Array<u32>,
    squares_high: Array<u32>,
    made: Array<u32>,
    weight: u32,
    weight_squares: u32,
    weight_squares_high: u32,
    weight_max: u32,
    weight_logs: u32,
    weight_logs_high: u32,
}

/// True if a low word wrapped when `amount` was added to it.
#[cube]
fn carries(before: u32, amount: u32) -> u32 {
    (before + amount < before) as u32
}

/// The high word of a number that fits one word.
#[cube]
fn sign(low: u32) -> u32 {
    ((low as i32) >> 31i32) as u32
}

/// The success threshold in units of the sums.
#[cube]
pub fn threshold(needed: i32, #[comptime] what: Accumulated) -> i32 {
    let mut least = needed;
    if comptime!(what.contract) {
        least = 1i32.runtime();
    }
    if comptime!(what.log_unit > 0) {
        // A value between two whole points counts as the nearer one.
        least = (least << comptime!(what.log_unit as i32))
            - comptime!(if what.log_unit > 0 { 1 << (what.log_unit - 1) } else { 0 });
    }
    least
}

#[cube]
impl UnitSums {
    /// Of no world.
    pub fn null() -> UnitSums {
        let mut sum = Array::<u32>::new(7usize);
        let mut sum_high = Array::<u32>::new(7usize);
        let mut squares = Array::<u32>::new(7usize);
        let mut squares_high = Array::<u32>::new(7usize);
        let mut made = Array::<u32>::new(7usize);
        #[unroll]
        for slot in 0usize..7usize {
            sum[slot] = 0u32.runtime();
            sum_high[slot] = 0u32.runtime();
            squares[slot] = 0u32.runtime();
            squares_high[slot] = 0u32.runtime();
            made[slot] = 0u32.runtime();
        }
        UnitSums {
            sum,
            sum_high,
            squares,
            squares_high,
            made,
            weight: 0u32.runtime(),
            weight_squares: 0u32.runtime(),
            weight_squares_high: 0u32.runtime(),
            weight_max: 0u32.runtime(),
            weight_logs: 0u32.runtime(),
            weight_logs_high: 0u32.runtime(),
        }
    }

    /// Adds a world's weight, if worlds carry weights; once a world.
    pub fn add_weight(&mut self, weight: u32) {
        self.weight += weight;
        let square = weight * weight;
        self.weight_squares_high += u32::mul_hi(weight, weight) + carries(self.weight_squares, square);
        self.weight_squares += square;
        self.weight_max = u32::max(self.weight_max, weight);
        let log = log2(weight, 0u32.runtime());
        let low = weight * log;
        self.weight_logs_high += u32::mul_hi(weight, log) + carries(self.weight_logs, low);
        self.weight_logs += low;
    }

    /// Adds a world's value of a slot, of which `least` (see [`threshold`](fn@threshold)) are a success. `weight` counts if worlds carry
    /// weights.
    pub fn add(
        &mut self,
        cube: &CubeSums,
        slot: u32,
        value: i32,
        weight: u32,
        least: i32,
        #[comptime] what: Accumulated,
    ) {
        let at = slot as usize;
        let mut value = value;
        if comptime!(what.log_scale > 0) {
            value <<= comptime!(what.log_scale);
        }
        if comptime!(!what.contract) {
            let square = (value * value) as u32;
            if comptime!(what.weights) {
                // Below 2³¹: a weight is at most 2¹⁶.
                let product = (value * (weight as i32)) as u32;
                self.sum_high[at] += sign(product) + carries(self.sum[at], product);
                self.sum[at] += product;
                let low = square * weight;
                self.squares_high[at] += u32::mul_hi(square, weight) + carries(self.squares[at], low);
                self.squares[at] += low;
            } else {
                self.sum[at] += value as u32;
                self.squares[at] += square;
                if comptime!(what.wide_squares()) {
                    if self.squares[at] < square {
                        self.squares_high[at] += 1u32;
                    }
                }
            }
        }
        let mut count = 1u32.runtime();
        if comptime!(what.weights) {
            count = weight;
        }
        if value >= least {
            self.made[at] += count;
        }
        if comptime!(what.histogram) {
            let mut points = value;
            if comptime!(what.log_unit > 0) {
                points =
                    (2i32 * value + comptime!(1 << what.log_unit)) >> comptime!(what.log_unit as i32 + 1);
            }
            points = i32::max(i32::min(points, 42i32), -42i32);
            cube.bins[(slot * 85u32 + (points + 42i32) as u32) as usize].fetch_add(count);
        }
    }
}

/// The sums of a cube: a row of estimates, and the bins of a histogram.
#[derive(CubeType)]
pub struct CubeSums {
    sums: SharedMemory<Atomic<u32>>,
    bins: SharedMemory<Atomic<u32>>,
}

#[cube]
impl CubeSums {
    /// Of no world, once the cube of `units` units has been synchronised.
    pub fn null(#[comptime] units: u32, #[comptime] what: Accumulated) -> CubeSums {
        let sums = SharedMemory::<Atomic<u32>>::new(comptime!(estimate::ROW));
        let bins = SharedMemory::<Atomic<u32>>::new(comptime!(if what.histogram { HISTOGRAM } else { 1 }));
        let mut word = UNIT_POS;
        while word < comptime!(estimate::ROW as u32) {
            sums[word as usize].store(0u32);
            word += units;
        }
        if comptime!(what.histogram) {
            let mut at = UNIT_POS;
            while at < comptime!(HISTOGRAM as u32) {
                bins[at as usize].store(0u32);
                at += units;
            }
        }
        CubeSums { sums, bins }
    }

    /// Adds to two words.
    fn add_wide(&self, low: u32, amount: u32, high: u32, amount_high: u32) {
        let before = self.sums[low as usize].fetch_add(amount);
        let more = amount_high + carries(before, amount);
        if more > 0u32 {
            self.sums[high as usize].fetch_add(more);
        }
    }

    /// Merges a unit's sums of a slot over worlds of one group.
    pub fn merge_slot(&self, unit: &UnitSums, slot: u32, group: u32, #[comptime] what: Accumulated) {
        let at = slot as usize;
        let of_group = 7u32 * group + slot;
        self.sums[(comptime!(estimate::GROUP_MADE as u32) + of_group) as usize].fetch_add(unit.made[at]);
        if comptime!(what.weights) {
            self.add_wide(
                comptime!(estimate::GROUP_SUM as u32) + of_group,
                unit.sum[at],
                comptime!(estimate::GROUP_SUM_HIGH as u32) + of_group,
                unit.sum_high[at],
            );
        } else {
            self.sums[(comptime!(estimate::GROUP_SUM as u32) + of_group) as usize].fetch_add(unit.sum[at]);
        }
        if comptime!(what.weights) {
            self.add_wide(
                comptime!(estimate::SUM as u32) + slot,
                unit.sum[at],
                comptime!(estimate::SUM_HIGH as u32) + slot,
                unit.sum_high[at],
            );
        } else {
            self.sums[(comptime!(estimate::SUM as u32) + slot) as usize].fetch_add(unit.sum[at]);
        }
        self.add_wide(
            comptime!(estimate::SUM_SQUARES as u32) + slot,
            unit.squares[at],
            comptime!(estimate::SUM_SQUARES_HIGH as u32) + slot,
            unit.squares_high[at],
        );
        self.sums[(comptime!(estimate::MADE as u32) + slot) as usize].fetch_add(unit.made[at]);
    }

    /// Merges a unit's sums of weights over worlds of one group, if worlds carry weights.
    pub fn merge_weights(&self, unit: &UnitSums, group: u32, #[comptime] what: Accumulated) {
        if comptime!(what.weights) {
            self.sums[(comptime!(estimate::GROUP_WEIGHT as u32) + group) as usize].fetch_add(unit.weight);
            self.sums[comptime!(estimate::WEIGHT)].fetch_add(unit.weight);
            self.add_wide(
                comptime!(estimate::WEIGHT_SQUARES as u32).runtime(),
                unit.weight_squares,
                comptime!(estimate::WEIGHT_SQUARES as u32 + 1).runtime(),
                unit.weight_squares_high,
            );
            self.sums[comptime!(estimate::WEIGHT_MAX)].fetch_max(unit.weight_max);
            self.add_wide(
                comptime!(estimate::WEIGHT_LOGS as u32).runtime(),
                unit.weight_logs,
                comptime!(estimate::WEIGHT_LOGS as u32 + 1).runtime(),
                unit.weight_logs_high,
            );
        }
    }

    /// Takes over how likely what was played was in the worlds of the game `k` of a chunk; by all units.
    pub fn likelihood(&self, likelihoods: &Array<u32>, k: u32) {
        if UNIT_POS < comptime!(LIKELIHOOD as u32) {
            let word = likelihoods[k as usize * comptime!(LIKELIHOOD) + UNIT_POS as usize];
            self.sums[(comptime!(estimate::LIKELIHOOD as u32) + UNIT_POS) as usize].store(word);
        }
    }

    /// Says how many worlds were added, and the number of the first; by all units.
    pub fn count(&self, first: u32, worlds: u32, #[comptime] what: Accumulated) {
        if UNIT_POS == 0u32 {
            self.sums[comptime!(estimate::WORLDS)].store(worlds);
        }
        if comptime!(!what.weights) {
            if UNIT_POS < comptime!(GROUPS as u32) {
                // The first of the worlds that is in this group, and how many follow it there.
                let skipped = (UNIT_POS + comptime!(GROUPS as u32) - first % comptime!(GROUPS as u32))
                    % comptime!(GROUPS as u32);
                let of_group = (worlds + comptime!(GROUPS as u32 - 1) - u32::min(skipped, worlds))
                    / comptime!(GROUPS as u32);
                self.sums[(comptime!(estimate::GROUP_WEIGHT as u32) + UNIT_POS) as usize].store(of_group);
            }
        }
    }

    /// A word of the row, the ones included that follow from others where worlds carry no weights.
    fn word(&self, at: u32, #[comptime] what: Accumulated) -> u32 {
        let mut word = self.sums[at as usize].load();
        if comptime!(!what.weights) {
            if (at >= comptime!(estimate::SUM_HIGH as u32)) & (at < comptime!(estimate::WEIGHT as u32)) {
                // A difference of constants below 0 does not compile.
                let slot =
                    u32::max(at, comptime!(estimate::SUM_HIGH as u32)) - comptime!(estimate::SUM_HIGH as u32);
                word = sign(self.sums[(comptime!(estimate::SUM as u32) + slot) as usize].load());
            }
            if (at >= comptime!(estimate::GROUP_SUM_HIGH as u32))
                & (at < comptime!(estimate::GROUP_MADE as u32))
            {
                let low = u32::max(at, comptime!(estimate::GROUP_SUM_HIGH as u32))
                    - comptime!((estimate::GROUP_SUM_HIGH - estimate::GROUP_SUM) as u32);
                word = sign(self.sums[low as usize].load());
            }
            if (at == comptime!(estimate::WEIGHT as u32)) | (at == comptime!(estimate::WEIGHT_SQUARES as u32))
            {
                word = self.sums[comptime!(estimate::WORLDS)].load();
            }
            if at == comptime!(estimate::WEIGHT_MAX as u32) {
                word = u32::min(self.sums[comptime!(estimate::WORLDS)].load(), 1u32);
            }
        }
        word
    }

    /// Writes the sums, once the cube has been synchronised, to the rows of its game and decision; or adds to them, if it
    /// is to `merge`. False for a unit that did not come to its end.
    pub fn write(
        &self,
        estimates: &mut Array<u32>,
        histograms: &mut Array<u32>,
        game: u32,
        decision: u32,
        #[comptime] units: u32,
        #[comptime] what: Accumulated,
        #[comptime] merge: bool,
    ) -> bool {
        let mut written = true.runtime();
        let row = game as usize * comptime!(estimate::ROW);
        if comptime!(merge) {
            if UNIT_POS < 7u32 {
                let slot = UNIT_POS;
                self.merge_wide(
                    estimates,
                    row,
                    comptime!(estimate::SUM as u32) + slot,
                    comptime!(estimate::SUM_HIGH as u32) + slot,
                    what,
                );
                self.merge_wide(
                    estimates,
                    row,
                    comptime!(estimate::SUM_SQUARES as u32) + slot,
                    comptime!(estimate::SUM_SQUARES_HIGH as u32) + slot,
                    what,
                );
                let made = comptime!(estimate::MADE as u32) + slot;
                estimates[row + made as usize] += self.word(made, what);
            }
            if UNIT_POS == 7u32 {
                estimates[row + comptime!(estimate::WORLDS)] +=
                    self.word(comptime!(estimate::WORLDS as u32).runtime(), what);
                estimates[row + comptime!(estimate::WEIGHT)] +=
                    self.word(comptime!(estimate::WEIGHT as u32).runtime(), what);
                self.merge_wide(
                    estimates,
                    row,
                    comptime!(estimate::WEIGHT_SQUARES as u32).runtime(),
                    comptime!(estimate::WEIGHT_SQUARES as u32 + 1).runtime(),
                    what,
                );
                self.merge_max(estimates, row, comptime!(estimate::WEIGHT_MAX as u32).runtime(), what);
                self.merge_wide(
                    estimates,
                    row,
                    comptime!(estimate::WEIGHT_LOGS as u32).runtime(),
                    comptime!(estimate::WEIGHT_LOGS as u32 + 1).runtime(),
                    what,
                );
                let likelihood = comptime!(estimate::LIKELIHOOD as u32).runtime();
                for word in 0u32..2u32 {
                    estimates[row + (likelihood + word) as usize] += self.word(likelihood + word, what);
                }
                self.merge_wide(estimates, row, likelihood + 2u32, likelihood + 3u32, what);
                self.merge_max(estimates, row, likelihood + 4u32, what);
            }
            let mut of_group = UNIT_POS;
            while of_group < comptime!(7 * GROUPS as u32) {
                self.merge_wide(
                    estimates,
                    row,
                    comptime!(estimate::GROUP_SUM as u32) + of_group,
                    comptime!(estimate::GROUP_SUM_HIGH as u32) + of_group,
                    what,
                );
                let made = comptime!(estimate::GROUP_MADE as u32) + of_group;
                estimates[row + made as usize] += self.word(made, what);
                of_group += units;
            }
            if UNIT_POS < comptime!(GROUPS as u32) {
                let weight = comptime!(estimate::GROUP_WEIGHT as u32) + UNIT_POS;
                estimates[row + weight as usize] += self.word(weight, what);
            }
        } else {
            let mut word = UNIT_POS;
            while word < comptime!(estimate::ROW as u32) {
                estimates[row + word as usize] = self.word(word, what);
                word += units;
            }
        }
        if comptime!(what.histogram) {
            let mut at = UNIT_POS;
            while at < comptime!(HISTOGRAM as u32) {
                let to = decision as usize * comptime!(HISTOGRAM) + at as usize;
                let count = self.bins[at as usize].load();
                if comptime!(merge) {
                    histograms[to] += count;
                } else {
                    histograms[to] = count;
                }
                at += units;
            }
            written = at >= comptime!(HISTOGRAM as u32);
        }
        written
    }

    /// Keeps the larger of a word and that of a row.
    fn merge_max(&self, estimates: &mut Array<u32>, row: usize, word: u32, #[comptime] what: Accumulated) {
        let at = row + word as usize;
        estimates[at] = u32::max(estimates[at], self.word(word, what));
    }

    /// Adds two words to those of a row.
    fn merge_wide(
        &self,
        estimates: &mut Array<u32>,
        row: usize,
        low: u32,
        high: u32,
        #[comptime] what: Accumulated,
    ) {
        let before = estimates[row + low as usize];
        let amount = self.word(low, what);
        estimates[row + low as usize] = before + amount;
        estimates[row + high as usize] += self.word(high, what) + carries(before, amount);
    }
}

/// The estimate that a row of sums, and one of counts, say, not [finished](Estimate::finished); `None` of no world.
pub fn read(row: &[u32], bins: Option<&[u32]>, question: Question, design: Design) -> Option<Estimate> {
    let by_slot = |word: usize| -> [u32; 7] { std::array::from_fn(|slot| row[word + slot]) };
    let wide = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    let both = |low: usize, high: usize| -> [u64; 7] {
        let (low, high) = (by_slot(low), by_slot(high));
        std::array::from_fn(|slot| wide(low[slot], high[slot]))
    };
    let group = |group: usize| {
        let at = |word: usize, slot: usize| row[word + 7 * group + slot];
        Group {
            weight: row[estimate::GROUP_WEIGHT + group],
            sum: std::array::from_fn(|slot| {
                wide(at(estimate::GROUP_SUM, slot), at(estimate::GROUP_SUM_HIGH, slot)) as i64
            }),
            made: std::array::from_fn(|slot| at(estimate::GROUP_MADE, slot)),
        }
    };
    let histogram = |bins: &[u32]| {
        Box::new(std::array::from_fn(|slot| std::array::from_fn(|bin| bins[slot * BINS + bin])))
    };
    (row[estimate::WORLDS] > 0).then(|| Estimate {
        question,
        design,
        worlds: row[estimate::WORLDS],
        weight: row[estimate::WEIGHT],
        weight_squares: wide(row[estimate::WEIGHT_SQUARES], row[estimate::WEIGHT_SQUARES + 1]),
        weight_max: row[estimate::WEIGHT_MAX],
        weight_logs: wide(row[estimate::WEIGHT_LOGS], row[estimate::WEIGHT_LOGS + 1]),
        likelihood: Likelihood {
            worlds: row[estimate::LIKELIHOOD],
            against: row[estimate::LIKELIHOOD + 1],
            logs: wide(row[estimate::LIKELIHOOD + 2], row[estimate::LIKELIHOOD + 3]),
            mixed: row[estimate::LIKELIHOOD + 4],
        },
        sum: both(estimate::SUM, estimate::SUM_HIGH).map(|sum| sum as i64),
        sum_squares: both(estimate::SUM_SQUARES, estimate::SUM_SQUARES_HIGH),
        made: by_slot(estimate::MADE),
        groups: std::array::from_fn(group),
        histogram: bins.map(histogram),
        check: None,
    })
}
