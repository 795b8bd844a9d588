//! Training, validation and test games, told apart by their seed.

/// Which part of a dataset a game belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    /// Seeds 0–899 of every thousand.
    Train,
    /// Seeds 900–949.
    Validation,
    /// Seeds 950–999.
    Test,
}

impl Split {
    /// All three.
    pub const ALL: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

    /// The split of a game: by seed, so that it is the same in every dataset.
    pub fn of_seed(seed: u64) -> Self {
        match seed % 1000 {
            0..900 => Split::Train,
            900..950 => Split::Validation,
            _ => Split::Test,
        }
    }

    /// The name of its directory.
    pub fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Validation => "validation",
            Split::Test => "test",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_by_seed_modulo_1000() {
        let check = |seed, split| assert_eq!(Split::of_seed(seed), split, "seed {seed}");
        check(0, Split::Train);
        check(899, Split::Train);
        check(900, Split::Validation);
        check(1_949, Split::Validation);
        check(5_950, Split::Test);
        check(999, Split::Test);
        check(u64::MAX, Split::Train); // …615
    }
}
