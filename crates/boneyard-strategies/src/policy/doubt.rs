//! So many standard errors, in fixed point.

#![allow(missing_docs)]

use boneyard_core::{ERROR, Error, Result};
use std::fmt;

/// A number of standard errors that count as nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Doubt {
    number: f64,
    /// In units of 2⁻¹⁶.
    z: u32,
}

impl Doubt {
    /// The largest.
    pub const MOST: f64 = 100.0;

    /// From 0 to [`Doubt::MOST`]; `setting` is named in the error.
    ///
    /// # Errors
    /// [`Error::Setting`] outside of that, and for NaN.
    pub fn new(number: f64, setting: &'static str) -> Result<Self> {
        if !(0.0..=Self::MOST).contains(&number) {
            let expected = format!("a number of standard errors from 0 to {}", Self::MOST);
            return Err(Error::Setting { setting, got: number.to_string(), expected });
        }
        // −0 is 0.
        Ok(Self { number: number + 0.0, z: (number * 65_536.0).round() as u32 })
    }

    /// In units of 2⁻¹⁶.
    pub fn z(self) -> u32 {
        self.z
    }

    /// Whether a difference of sums is at most so many of its standard errors, which are in units of 1/[`ERROR`]; true for a
    /// standard error that cannot be told.
    pub fn covers(self, difference: u64, error: u64) -> bool {
        // Below 2³¹ · 2²⁴, and 2²³ · 2⁴⁰.
        error == u64::MAX || (difference * ERROR) << 16 <= u64::from(self.z) * error
    }

    /// A sum less so many of its standard errors, which are in units of 1/[`ERROR`], in units of 2⁻¹⁶ of the sum's; the sum itself
    /// if its error cannot be told.
    pub fn below(self, sum: i64, error: u64) -> i64 {
        // 2³¹ · 2¹⁶, and 2²³ · 2⁴⁰ / 2⁸.
        let doubt = if error == u64::MAX { 0 } else { (u64::from(self.z) * error) >> 8 };
        (sum << 16) - doubt as i64
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

#[cfg(feature = "device")]
pub use device::{below, covers};

#[cfg(feature = "device")]
mod device {
    use boneyard_device::kernels::spread::UNTOLD;
    use cubecl::prelude::*;

    /// [`Doubt::covers`](super::Doubt::covers) with `z` in units of 2⁻¹⁶.
    #[cube]
    pub fn covers(difference: u32, error: u64, #[comptime] z: u32) -> bool {
        let mut covered = true.runtime();
        if error != UNTOLD {
            covered = (difference as u64) << 24u64 <= (z.runtime() as u64) * error;
        }
        covered
    }

    /// [`Doubt::below`](super::Doubt::below) with `z` in units of 2⁻¹⁶, and 2⁵⁶ more, so that it is never negative.
    #[cube]
    pub fn below(sum: i32, error: u64, #[comptime] z: u32) -> u64 {
        let mut doubt = 0u64.runtime();
        if error != UNTOLD {
            doubt = ((z.runtime() as u64) * error) >> 8u64;
        }
        // The sum and 2³¹, without its sign.
        let raised = ((sum as u32) ^ comptime!(1u32 << 31).runtime()) as u64;
        (raised << 16u64) + comptime!((1u64 << 56) - (1u64 << 47)).runtime() - doubt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_errors_are_covered() {
        let doubt = |number| Doubt::new(number, "--z").unwrap();
        let error = 10 * ERROR;
        assert!(doubt(1.5).covers(15, error) && !doubt(1.5).covers(16, error));
        assert!(doubt(0.0).covers(0, error) && !doubt(0.0).covers(1, error));
        assert!(doubt(0.0).covers(99, u64::MAX), "what cannot be told");
        assert!(doubt(100.0).covers((1 << 31) - 1, 1 << 38));
        assert_eq!((doubt(-0.0).to_string(), doubt(1.5).z()), ("0".to_owned(), 98_304));
    }

    #[test]
    fn so_many_errors_are_taken_off() {
        let doubt = |number| Doubt::new(number, "--z").unwrap();
        assert_eq!(doubt(1.5).below(40, 10 * ERROR), 25 << 16);
        assert_eq!(doubt(0.0).below(-7, 10 * ERROR), -7 << 16);
        assert_eq!(doubt(2.0).below(-7, u64::MAX), -7 << 16, "what cannot be told");
        assert!(doubt(100.0).below(-(1 << 31), 1 << 40) > i64::MIN / 2);
    }

    #[test]
    fn impossible_numbers_are_refused() {
        for bad in [f64::NAN, -0.1, 100.1, f64::INFINITY] {
            let error = Doubt::new(bad, "--z").unwrap_err().to_string();
            assert_eq!(error, format!("--z {bad}: expected a number of standard errors from 0 to 100"));
        }
    }
}
