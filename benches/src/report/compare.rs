//! Against a baseline.

use super::{DeviceInfo, Report, Row};

/// How a rate differs from the baseline's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The rate relative to the baseline's, less 1: −0.2 is a fifth slower.
    pub relative: f64,
    /// True if the difference is larger than what the two spreads explain.
    pub is_beyond_spread: bool,
}

/// Smaller differences are never flagged: two runs of the same program differ by so much where neither sees a spread.
pub const LEAST_CHANGE: f64 = 0.06;

/// Compares a row with the same entry of a baseline; `None` if one of them was not timed.
pub fn change(row: &Row, baseline: &Report) -> Option<Change> {
    let now = row.timing()?;
    let before = baseline.rows.iter().find(|before| before.is_same_entry(row))?.timing()?;
    let relative = now.rate / before.rate - 1.0;
    // Symmetric: twice as slow counts as much as twice as fast.
    let distance = (now.rate / before.rate).ln().abs();
    // One lap says nothing about the spread.
    let has_spread = now.laps > 1 && before.laps > 1;
    let is_beyond_spread = has_spread && distance > LEAST_CHANGE.max(now.spread + before.spread);
    Some(Change { relative, is_beyond_spread })
}

/// A warning if a device does much less, or much more, than it did for the baseline: then something else is running, and
/// changes say little.
pub fn disturbance(info: &DeviceInfo, baseline: &Report) -> Option<String> {
    let before = baseline.devices.iter().find(|before| before.name == info.name)?;
    let ratio = info.limits.integer / before.limits.integer;
    (!(0.85..1.18).contains(&ratio)).then(|| {
        format!(
            "{}: it does {:.0} % of the integer operations that it did for the baseline; something else is running now or \
             was then, and changes say little",
            info.name,
            100.0 * ratio
        )
    })
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mark = match (self.is_beyond_spread, self.relative < 0.0) {
            (false, _) => "",
            (true, true) => " SLOWER",
            (true, false) => " faster",
        };
        f.pad(&format!("{:+.1} %{mark}", 100.0 * self.relative))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Timing;
    use crate::report::Outcome;

    fn report(row: Row) -> Report {
        Report {
            mode: String::new(),
            code: String::new(),
            date: String::new(),
            devices: Vec::new(),
            rows: vec![row],
            truth: Vec::new(),
            scaling: Vec::new(),
        }
    }

    fn row(rate: f64, spread: f64) -> Row {
        Row {
            device: "cpu".into(),
            problem: "reduce".into(),
            variant: "points".into(),
            unit: "worlds".into(),
            samples: None,
            outcome: Outcome::Timed {
                timing: Timing { rate, spread, laps: 9, units: 1.0 },
                checked: String::new(),
                limit: None,
                memory: None,
            },
        }
    }

    #[test]
    fn changes_beyond_the_spread_are_flagged() {
        let check = |now: Row, before: Row, expected: &str| {
            let baseline = report(before);
            assert_eq!(change(&now, &baseline).map_or("none".into(), |it| it.to_string()), expected);
        };
        check(row(80.0, 0.02), row(100.0, 0.02), "-20.0 % SLOWER");
        check(row(120.0, 0.02), row(100.0, 0.02), "+20.0 % faster");
        check(row(80.0, 0.2), row(100.0, 0.1), "-20.0 %");
        check(row(98.0, 0.0), row(100.0, 0.0), "-2.0 %");
        let mut once = row(50.0, 0.0);
        if let Outcome::Timed { timing, .. } = &mut once.outcome {
            timing.laps = 1;
        }
        check(once, row(100.0, 0.0), "-50.0 %");
        check(row(98.0, 0.0), Row { variant: "other".into(), ..row(100.0, 0.0) }, "none");
        check(row(98.0, 0.0), Row { outcome: Outcome::Failed("x".into()), ..row(1.0, 0.0) }, "none");
    }

    #[test]
    fn a_busy_machine_is_noticed() {
        let info = |integer| DeviceInfo {
            name: "cpu".into(),
            product: String::new(),
            driver: String::new(),
            limits: crate::limits::Limits { copy: 1.0, tensor: 0.0, integer },
        };
        let mut baseline = report(row(1.0, 0.0));
        baseline.devices.push(info(100.0));
        assert_eq!(disturbance(&info(95.0), &baseline), None);
        assert!(disturbance(&info(50.0), &baseline).unwrap().starts_with("cpu: it does 50 % of"));
    }
}
