//! How likely what was played was, over the worlds of a decision.

/// Sums over worlds in which the others' plays were looked at: against the chance that they were any of their legal moves, all alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Likelihood {
    /// How many.
    pub worlds: u32,
    /// Those that speak against the plays: they were less likely there than any.
    pub against: u32,
    /// Sum of log₂ of how many times as likely they were there, [`Likelihood::RAISED`] more of each, in units of 2⁻²⁰.
    pub logs: u64,
    /// How much of the weights, in sixteenths, was mixed with those that the worlds had before plays were looked at.
    pub mixed: u32,
}

impl Likelihood {
    /// Plays are at least 2 to the minus this as likely as any.
    pub const RAISED: u32 = 32;

    /// Adds a world, in which the plays were so many times as likely as any, in units of 2⁻³².
    pub fn add(&mut self, likely: u64) {
        self.worlds += 1;
        self.against += u32::from(likely < 1 << Self::RAISED);
        self.logs += u64::from(crate::fixed::log2(likely));
    }

    /// Adds other worlds of the same decision.
    pub fn merge(&mut self, other: &Self) {
        self.worlds += other.worlds;
        self.against += other.against;
        self.logs += other.logs;
        self.mixed = self.mixed.max(other.mixed);
    }

    /// Mean over worlds of log₂ of how many times as likely as any legal moves the plays were; `None` if no world was looked at.
    pub fn mean_log2(&self) -> Option<f64> {
        let mean = self.logs as f64 / f64::from(1 << 20) / f64::from(self.worlds);
        (self.worlds > 0).then(|| mean - f64::from(Self::RAISED))
    }
}
