//! A whole run, described.

use crate::choice::{AnyEvaluator, AnyPipeline};
use crate::{Declarations, Watched};
use boneyard_core::{Backend, Deals, Error, Evaluator, Host, Policy, Result, Sampler, Sampling, Setup};
use boneyard_record::{Blocks, Manifest};
use boneyard_rules::{Bid, Seat};
use boneyard_strategies::policy::AnyPolicy;
use boneyard_strategies::sampler::AnySampler;
use serde_json::{Map, Value, json};
use std::ops::Range;

/// Most games a block: they are played together and kept in memory, some 50 KB a game.
pub const MOST_GAMES_A_BLOCK: u64 = 1 << 14;

/// Everything that determines what a run writes, to the byte, on a given backend.
///
/// The number of games is part of it: to extend a dataset, run the seeds that follow into another directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// How many games.
    pub games: u64,
    /// Seed of game 0; game `g` has seed `seed + g`.
    pub seed: u64,
    /// Declarations by seed.
    pub declarations: Declarations,
    /// What was bid.
    pub bid: Bid,
    /// Who bid.
    pub bidder: Seat,
    /// How a seed becomes a deal.
    pub deals: Deals,
    /// Fills in hidden hands.
    pub sampler: AnySampler,
    /// Gives moves values.
    pub evaluator: AnyEvaluator,
    /// Chooses.
    pub policy: AnyPolicy,
    /// How decisions are looked at.
    pub sampling: Sampling,
    /// Games a block.
    pub block: u64,
}

impl Default for Configuration {
    /// What `generate` does without options.
    fn default() -> Self {
        Self {
            games: 32,
            seed: 0,
            declarations: Declarations::default(),
            bid: Bid::THIRTY,
            bidder: Seat::ALL[0],
            deals: Deals::default(),
            sampler: AnySampler::default(),
            evaluator: AnyEvaluator::default(),
            policy: AnyPolicy::default(),
            sampling: Sampling::new(50),
            block: 64,
        }
    }
}

impl Configuration {
    /// Checks what the types leave open, and that the parts fit together.
    ///
    /// # Errors
    /// [`Error::Option`] for a number out of range, [`Error::Mismatch`] for parts that do not fit.
    pub fn check(&self) -> Result<()> {
        let refuse = |option, got: u64, expected: String| {
            Err(Error::Option { option, got: got.to_string(), expected })
        };
        if self.games == 0 {
            return refuse("--games", 0, "at least 1".to_owned());
        }
        if self.seed.checked_add(self.games - 1).is_none() {
            let most = (u64::MAX - self.seed).saturating_add(1);
            let expected =
                format!("at most {most} from seed {}, so that the last seed fits 64 bits", self.seed);
            return refuse("--games", self.games, expected);
        }
        if !(1..=MOST_GAMES_A_BLOCK).contains(&self.block) {
            return refuse("--block", self.block, format!("1 to {MOST_GAMES_A_BLOCK} games a file"));
        }
        self.pipeline(Host::default(), || ()).map(|_| ())
    }

    /// The pipeline of the run on a backend; `on_ply` is called once a ply of a batch.
    ///
    /// # Errors
    /// As [`Pipeline::new`](boneyard_core::Pipeline::new).
    pub fn pipeline<B, F>(&self, backend: B, on_ply: F) -> Result<AnyPipeline<B, F>>
    where
        B: Backend,
        F: FnMut(),
        AnySampler: Sampler<B>,
        AnyEvaluator: Evaluator<B>,
        AnyPolicy: Policy<B>,
    {
        let policy = Watched { policy: self.policy, on_ply };
        AnyPipeline::new(backend, self.sampler, self.evaluator.clone(), policy, self.sampling)
    }

    /// How some of its games begin; they must be in `0..games` of a checked configuration.
    pub fn setups(&self, games: Range<u64>) -> Vec<Setup> {
        let setup = |game| {
            let seed = self.seed + game;
            Setup {
                game,
                seed,
                deal: self.deals.deal(seed),
                declaration: self.declarations.of_seed(seed),
                bidder: self.bidder,
                bid: self.bid,
            }
        };
        games.map(setup).collect()
    }

    /// How its games are cut into files.
    pub fn blocks(&self) -> Blocks {
        Blocks { games: self.games, size: self.block, first_seed: self.seed }
    }

    /// As JSON, one key an option.
    pub fn to_json(&self) -> Map<String, Value> {
        let Value::Object(mut map) = json!({
            "games": self.games,
            "seed": self.seed,
            "declaration": self.declarations.to_string(),
            "bid": self.bid.value(),
            "bidder": self.bidder.id(),
            "deals": self.deals.name(),
            "sampler": self.sampler.to_string(),
            "evaluator": self.evaluator.recorded(),
            "policy": self.policy.to_string(),
            "samples": self.sampling.samples,
            "evaluate_forced": self.sampling.evaluate_forced,
            "histogram": self.sampling.histogram,
            "block": self.block,
        }) else {
            unreachable!("the literal is an object")
        };
        if let Some(network) = self.evaluator.network() {
            map.insert("weights_sha256".to_owned(), network.weights().sha256().into());
        }
        map
    }

    /// What a dataset of this run on `backend` says about itself.
    pub fn manifest(&self, backend: String) -> Manifest {
        Manifest::new(self.to_json(), backend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_changes_the_hash() {
        let base = Configuration::default();
        let hash =
            |configuration: &Configuration| configuration.manifest("cpu".to_owned()).configuration_sha256;
        let vary: [fn(&mut Configuration); 13] = [
            |it| it.games += 1,
            |it| it.seed += 1,
            |it| it.declarations = "sixes".parse().unwrap(),
            |it| it.bid = Bid::new(84).unwrap(),
            |it| it.bidder = Seat::ALL[1],
            |it| it.deals = Deals::Native,
            |it| it.sampler = "uniform".parse().unwrap(),
            |it| it.evaluator = AnyEvaluator::Contract,
            |it| it.policy = "p-make".parse().unwrap(),
            |it| it.sampling.samples += 1,
            |it| it.sampling.evaluate_forced = true,
            |it| it.sampling.histogram = true,
            |it| it.block += 1,
        ];
        let mut hashes: Vec<String> = vary
            .iter()
            .map(|vary| {
                let mut other = base.clone();
                vary(&mut other);
                hash(&other)
            })
            .collect();
        hashes.push(hash(&base));
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), 14);
        assert_eq!(hash(&base), hash(&Configuration::default()));
    }

    #[test]
    fn checks_ranges() {
        let check = |vary: fn(&mut Configuration), message: &str| {
            let mut configuration = Configuration::default();
            vary(&mut configuration);
            assert_eq!(configuration.check().unwrap_err().to_string(), message);
        };
        check(|it| it.games = 0, "--games 0: expected at least 1");
        check(|it| it.block = 0, "--block 0: expected 1 to 16384 games a file");
        check(
            |it| (it.seed, it.games) = (u64::MAX, 2),
            "--games 2: expected at most 1 from seed 18446744073709551615, so that the last seed fits 64 bits",
        );
        check(|it| it.sampling.samples = 0, "--samples 0: expected 1 to 16777216 worlds a decision");
        let last = Configuration { seed: u64::MAX, games: 1, ..Configuration::default() };
        assert!(last.check().is_ok());
        assert_eq!(last.setups(0..1)[0].declaration.id(), 5);
    }
}
