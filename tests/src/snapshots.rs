//! Whole games that every backend plays alike, to the letter: their transcripts are in `tests/snapshots`.

use crate::transcript;
use boneyard_core::{AtOnce, Deals, Evaluator, Pipeline, Planner, Result, Sampling, Setup};
use boneyard_rules::{Bid, Declaration, Seat};
use boneyard_strategies::evaluator::{Cascade, Playout, Solver};
use boneyard_strategies::policy::{PolicyBackend, PolicySpec};
use boneyard_strategies::sampler::{SamplerBackend, SamplerSpec};

/// One game.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    /// The file's name, without its ending.
    pub name: &'static str,
    /// Seed and declaration, as in a run from seed 0.
    pub seed: u64,
    /// The sampler's id.
    pub sampler: &'static str,
    /// The policy's id.
    pub policy: &'static str,
    /// Tricks at the end that are solved; playouts before.
    pub solved_tricks: u8,
    /// The file.
    file: &'static str,
}

/// Plays of seed `seed` by `sampler` and `policy` with the last `solved` tricks solved, in file `name`.
macro_rules! snapshot {
    ($name:literal, $seed:literal, $sampler:literal, $policy:literal, $solved:literal) => {
        Snapshot {
            name: $name,
            seed: $seed,
            sampler: $sampler,
            policy: $policy,
            solved_tricks: $solved,
            file: include_str!(concat!("../snapshots/", $name, ".snap")),
        }
    };
}

/// Solved from the first trick on.
pub const SOLVED: [Snapshot; 3] = [
    snapshot!("fives", 5, "affine", "greedy", 7),
    snapshot!("doubles-trump", 7, "affine", "greedy", 7),
    snapshot!("notrump", 9, "affine", "greedy", 7),
];

/// For every device: the last two tricks are solved.
pub const CASCADES: [Snapshot; 3] = [
    snapshot!("fives-cascade", 5, "affine", "greedy", 2),
    snapshot!("doubles-trump-cascade", 7, "first-fit", "softmax:3", 2),
    snapshot!("notrump-cascade", 9, "stratified", "mixed", 2),
];

impl Snapshot {
    /// The transcript of the game as this backend plays it.
    ///
    /// # Errors
    /// As [`Pipeline::play`].
    pub fn transcript<B: SamplerBackend + PolicyBackend>(&self, backend: B) -> Result<String>
    where
        Cascade<Solver, Playout>: Evaluator<B>,
        AtOnce: Planner<B>,
    {
        let setup = Setup {
            seed: self.seed,
            deal: Deals::Python.deal(self.seed),
            declaration: Declaration::new(self.seed)?,
            bidder: Seat::ALL[0],
            bid: Bid::THIRTY,
        };
        let sampler = self.sampler.parse::<SamplerSpec>()?.build();
        let policy = self.policy.parse::<PolicySpec>()?.build();
        let evaluator = Cascade::new(self.solved_tricks, Solver, Playout)?;
        let mut pipeline = Pipeline::new(backend, sampler, evaluator, policy, Sampling::new(20))?;
        Ok(transcript::game(&pipeline.play(&[setup], &mut ())?.games[0]))
    }

    /// The transcript in the file, which follows a header between dashes.
    pub fn recorded(&self) -> &'static str {
        self.file.splitn(3, "---\n").nth(2).unwrap_or_default().trim_end()
    }
}
