//! How likely each move was.

/// How likely a policy was to choose each slot, in units of 2⁻³².
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chances([u64; 7]);

impl Chances {
    const ONE: f64 = 4_294_967_296.0;

    /// This slot and no other.
    pub fn sure(slot: u8) -> Self {
        Self(std::array::from_fn(|other| u64::from(other == usize::from(slot)) << 32))
    }

    /// By slot, rounded; they add up to 1.
    pub fn of(shares: [f64; 7]) -> Self {
        Self(shares.map(|share| (share * Self::ONE).round() as u64))
    }

    /// That of a slot, from 0 to 1.
    ///
    /// # Panics
    /// From slot 7 on.
    pub fn of_slot(&self, slot: usize) -> f64 {
        self.0[slot] as f64 / Self::ONE
    }

    /// Entropy in bits: 0 where the choice was sure, 1 between two moves that were as likely. The same to the last digit on every
    /// machine, as the logarithm is not the system's.
    pub fn entropy(&self) -> f64 {
        let likely = (0..7).map(|slot| self.of_slot(slot)).filter(|&chance| chance > 0.0);
        likely.fold(0.0, |sum, chance| sum - chance * libm::log2(chance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_counts_even_choices_in_bits() {
        assert_eq!(Chances::sure(6).entropy().to_bits(), 0);
        let even =
            |n: usize| Chances::of(std::array::from_fn(|slot| if slot < n { 1.0 / n as f64 } else { 0.0 }));
        for n in 1..=7 {
            assert!((even(n).entropy() - (n as f64).log2()).abs() < 1e-8, "{n}");
        }
        let uneven = Chances::of([0.5, 0.0, 0.25, 0.25, 0.0, 0.0, 0.0]);
        assert_eq!((uneven.entropy(), uneven.of_slot(2), uneven.of_slot(1)), (1.5, 0.25, 0.0));
    }
}
