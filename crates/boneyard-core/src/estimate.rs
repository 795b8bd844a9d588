//! What the values of many worlds add up to, in integers.

use crate::{Check, ILLEGAL, SlotValues};

/// Points from −42 to 42.
pub const BINS: usize = 85;

/// `[slot][points + 42]`: how many worlds gave this value.
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

/// Whether a value in units of 1/`unit` point is a success, which takes `needed` points.
///
/// Real values to go have one parity, so "at least needed" is "above needed − 1"; a value between the points counts for the
/// nearer one.
pub(crate) fn succeeds(value: i32, unit: i32, needed: i32) -> bool {
    2 * value >= 2 * needed * unit - i32::from(unit > 1) * unit
}

/// Sums over the worlds of one decision, by slot; zero for slots that are not legal.
///
/// All integers: neither the order of worlds nor the machine can change them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// What was asked.
    pub question: Question,
    /// Worlds looked at.
    pub worlds: u32,
    /// Sum of values, in the question's unit; zero for [`Question::Contract`].
    pub sum: [i64; 7],
    /// Sum of squared values, in the unit squared.
    pub sum_squares: [u64; 7],
    /// Worlds in which the mover's team succeeds.
    pub made: [u32; 7],
    /// Values rounded to points, if asked for.
    pub histogram: Option<Box<Histogram>>,
    /// Exact values of some of the worlds, if they were compared.
    pub check: Option<Box<Check>>,
}

impl Estimate {
    /// Of no world yet.
    pub fn new(question: Question, histogram: bool) -> Self {
        Self {
            question,
            worlds: 0,
            sum: [0; 7],
            sum_squares: [0; 7],
            made: [0; 7],
            histogram: histogram.then(|| Box::new([[0; BINS]; 7])),
            check: None,
        }
    }

    /// Adds one world's values; `needed` is the success threshold in points.
    pub fn add(&mut self, values: &SlotValues, needed: i32) {
        self.worlds += 1;
        let unit = match self.question {
            Question::Points { unit } => i32::from(unit),
            Question::Contract => {
                for (slot, &value) in values.iter().enumerate() {
                    self.made[slot] += u32::from(value == 1);
                }
                return;
            }
        };
        for (slot, &value) in values.iter().enumerate() {
            if value == ILLEGAL {
                continue;
            }
            let value = i32::from(value);
            self.sum[slot] += i64::from(value);
            self.sum_squares[slot] += u64::from(value.unsigned_abs()).pow(2);
            self.made[slot] += u32::from(succeeds(value, unit, needed));
            if let Some(histogram) = &mut self.histogram {
                let points = (2 * value + unit).div_euclid(2 * unit).clamp(-42, 42);
                histogram[slot][(points + 42) as usize] += 1;
            }
        }
    }

    /// What a difference of one point in E\[Q\] makes in `sum`.
    pub fn sums_per_point(&self) -> u64 {
        let unit = match self.question {
            Question::Points { unit } => unit,
            Question::Contract => 1,
        };
        u64::from(self.worlds) * u64::from(unit)
    }

    /// E\[Q\] of a slot in points, or `None` if only the contract was asked about or no world was seen.
    pub fn mean(&self, slot: usize) -> Option<f64> {
        let Question::Points { unit } = self.question else { return None };
        (self.worlds > 0).then(|| self.sum[slot] as f64 / (f64::from(self.worlds) * f64::from(unit)))
    }

    /// Population variance of the values of a slot, in points²: (n·Σq² − (Σq)²) / n², exact until the division.
    pub fn variance(&self, slot: usize) -> Option<f64> {
        let Question::Points { unit } = self.question else { return None };
        let n = i128::from(self.worlds);
        let spread = n * i128::from(self.sum_squares[slot]) - i128::from(self.sum[slot]).pow(2);
        (n > 0).then(|| spread as f64 / (n as f64 * f64::from(unit)).powi(2))
    }

    /// Share of worlds in which the mover's team succeeds.
    pub fn p_make(&self, slot: usize) -> Option<f64> {
        (self.worlds > 0).then(|| f64::from(self.made[slot]) / f64::from(self.worlds))
    }
}
