//! What a run does to every game, described.

#[cfg(feature = "net")]
use crate::Network;
use crate::evaluators::{AnyEvaluator, EvaluatorSpec};
use crate::{ContractRule, Declarations, FromOutside, Posterior, PosteriorBackend, Recipe};
use boneyard_core::{
    AtOnce, Deals, Error, Named, Pipeline, Planner, Plans, Policy, Result, Sampler, Sampling, Setup,
};
#[cfg(feature = "record")]
use boneyard_record::{Blocks, Columns, Manifest};
use boneyard_rules::{Bid, Seat};
use boneyard_strategies::planner::Adaptive;
use boneyard_strategies::policy::{PolicyBackend, PolicySpec};
use boneyard_strategies::sampler::SamplerSpec;
use serde_json::{Map, Value, json};

/// Most games a block: they are kept in memory until it is written, some 50 KB a game.
pub const MOST_GAMES_A_BLOCK: u64 = 1 << 14;

/// A backend that runs whatever can be described.
pub trait StandardBackend: Plans<AtOnce> + Plans<Adaptive> + PosteriorBackend + PolicyBackend {}

impl<B: Plans<AtOnce> + Plans<Adaptive> + PosteriorBackend + PolicyBackend> StandardBackend for B {}

/// A pipeline whose strategies are known at run time only.
pub type AnyPipeline<B> =
    Pipeline<B, Box<dyn Sampler<B>>, AnyEvaluator<B>, Box<dyn Policy<B>>, Box<dyn Planner<B>>>;

/// Everything that determines the rows of a game, once its seed is known. Which games are played is no part of it: a
/// dataset grows by games of the same configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// Declarations by seed.
    pub declarations: Declarations,
    /// What was bid.
    pub bid: Bid,
    /// Who bid.
    pub bidder: Seat,
    /// How a game gets its contract.
    pub contract: ContractRule,
    /// How a seed becomes a deal.
    pub deals: Deals,
    /// Fills in hidden hands.
    pub sampler: SamplerSpec,
    /// What makes some of them likelier.
    pub posterior: Posterior,
    /// Gives moves values.
    pub evaluator: EvaluatorSpec,
    /// Chooses.
    pub policy: PolicySpec,
    /// How decisions are looked at.
    pub sampling: Sampling,
    /// How many worlds are enough, if not all that are allowed are looked at; see [`Configuration::adapting`].
    pub adaptive: Option<Adaptive>,
    /// Games a block.
    pub block: u64,
    /// What is in the place of `sampler` and `policy`, if anything.
    pub outside: FromOutside,
}

impl Default for Configuration {
    /// What `generate` does without options.
    fn default() -> Self {
        Self {
            declarations: Declarations::default(),
            bid: Bid::THIRTY,
            bidder: Seat::ALL[0],
            contract: ContractRule::Fixed,
            deals: Deals::default(),
            sampler: SamplerSpec::default(),
            posterior: Posterior::default(),
            evaluator: EvaluatorSpec::default(),
            policy: PolicySpec::default(),
            sampling: Sampling::new(50),
            adaptive: None,
            block: 64,
            outside: FromOutside::default(),
        }
    }
}

impl Configuration {
    /// Checks what the types leave open, and that the parts fit together.
    ///
    /// # Errors
    /// [`Error::Setting`] for a number out of range, [`Error::Mismatch`] for parts that do not fit.
    pub fn check(&self) -> Result<()> {
        let refuse = |setting, got: u64, expected: String| {
            Err(Error::Setting { setting, got: got.to_string(), expected })
        };
        if !(1..=MOST_GAMES_A_BLOCK).contains(&self.block) {
            return refuse("block", self.block, format!("1 to {MOST_GAMES_A_BLOCK} games a file"));
        }
        let of_game = |what: &str| {
            Err(Error::Mismatch(format!(
                "{what} is given, but contract {} finds it for each game: expected one of the two",
                self.contract
            )))
        };
        let base = Self::default();
        if self.contract != ContractRule::Fixed && self.declarations != base.declarations {
            return of_game("declaration");
        }
        if self.contract == ContractRule::Auction && (self.bid, self.bidder) != (base.bid, base.bidder) {
            return of_game("bid or bidder");
        }
        self.recipe().check()
    }

    /// Checks that a run weighs no contract that says nothing of hands.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if declarations are assigned, and the posterior takes them for chosen.
    pub fn check_evidence(&self) -> Result<()> {
        if self.posterior.contract.is_none() || self.contract != ContractRule::Fixed {
            return Ok(());
        }
        Err(Error::Mismatch(format!(
            "posterior {} takes declarations for chosen, but in this run they are assigned: expected contract best, longest or auction \
             beside it, or a posterior without contract",
            self.posterior
        )))
    }

    /// Checks that a device can do it.
    ///
    /// # Errors
    /// As [`Recipe::check_for_device`].
    #[cfg(feature = "device")]
    pub fn check_for_device(&self) -> Result<()> {
        self.recipe().check_for_device()
    }

    /// How it makes decisions.
    pub fn recipe(&self) -> Recipe {
        let Self { sampler, posterior, evaluator, policy, sampling, adaptive, outside, .. } = self;
        Recipe {
            sampler: *sampler,
            posterior: posterior.clone(),
            evaluator: evaluator.clone(),
            policy: *policy,
            sampling: *sampling,
            adaptive: *adaptive,
            outside: outside.clone(),
        }
    }

    /// The same with as many worlds a decision as `adaptive` wants.
    pub fn adapting(self, adaptive: Adaptive) -> Self {
        Self { sampling: adaptive.sampling(self.sampling), adaptive: Some(adaptive), ..self }
    }

    /// The pipeline of the run on a backend.
    ///
    /// # Errors
    /// As [`Recipe::pipeline`].
    pub fn pipeline<B: StandardBackend>(&self, backend: B) -> Result<AnyPipeline<B>> {
        self.recipe().pipeline(backend)
    }

    /// The networks that it asks: those of the evaluator, then those of the posterior.
    #[cfg(feature = "net")]
    pub fn networks(&self) -> Vec<&Network> {
        self.evaluator.networks().into_iter().chain(self.posterior.networks()).collect()
    }

    /// How games of these seeds begin.
    pub fn setups(&self, seeds: impl IntoIterator<Item = u64>) -> Vec<Setup> {
        let setup = |seed| Setup {
            seed,
            deal: self.deals.deal(seed),
            declaration: self.declarations.of_seed(seed),
            bidder: self.bidder,
            bid: self.bid,
        };
        seeds.into_iter().map(setup).map(|fixed| self.contract.setup(fixed)).collect()
    }

    /// How its games are cut into files.
    #[cfg(feature = "record")]
    pub fn blocks(&self) -> Blocks {
        Blocks { size: self.block }
    }

    /// As JSON, one key an option.
    pub fn to_json(&self) -> Map<String, Value> {
        let json = json!({
            "declaration": self.declarations.to_string(),
            "bid": self.bid.value(),
            "bidder": self.bidder.id(),
            "deals": self.deals.name(),
            "sampler": self.outside.sampler.as_ref().map_or_else(|| self.sampler.to_string(), Named::id),
            "evaluator": self.evaluator.id(),
            "policy": self.outside.policy.as_ref().map_or_else(|| self.policy.to_string(), Named::id),
            "samples": self.sampling.samples,
            "evaluate_forced": self.sampling.evaluate_forced,
            "histogram": self.sampling.histogram,
            "block": self.block,
        });
        let Value::Object(mut map) = json else { unreachable!("the literal is an object") };
        // Configurations from before there was a choice say nothing of these.
        if self.contract != ContractRule::Fixed {
            map.insert("contract".to_owned(), self.contract.name().into());
        }
        if !self.posterior.is_empty() {
            map.insert("posterior".to_owned(), self.posterior.id().into());
        }
        if let Some(adaptive) = &self.adaptive {
            map.insert("adaptive".to_owned(), adaptive.target().to_string().into());
            map.insert("min_samples".to_owned(), adaptive.least().into());
        }
        #[cfg(feature = "net")]
        let weights = self.networks().into_iter().map(|it| it.weights().sha256().to_owned());
        // Of several networks all count, in the order of the description.
        #[cfg(feature = "net")]
        let weights = Some(weights.collect::<Vec<_>>().join(",")).filter(|weights| !weights.is_empty());
        // Where a file does not say how many attention heads its network has, the file alone is not the network.
        #[cfg(feature = "net")]
        let heads = self.networks().into_iter().filter_map(|it| it.weights().heads_asked());
        #[cfg(feature = "net")]
        let map = map
            .into_iter()
            .chain(weights.map(|sha256| ("weights_sha256".to_owned(), sha256.into())))
            .chain(heads.map(|heads| ("heads".to_owned(), heads.into())))
            .collect();
        map
    }

    /// The columns of its rows.
    #[cfg(feature = "record")]
    pub fn columns(&self) -> Columns {
        Columns {
            histogram: self.sampling.histogram,
            correction: self.evaluator.corrects(),
            weights: !self.posterior.is_empty(),
            plays: self.posterior.plays.is_some(),
        }
    }

    /// What a dataset of such games says about itself. `arithmetic` is that of the network, if there is one: without, all is
    /// whole numbers, and the same on every backend.
    #[cfg(feature = "record")]
    pub fn manifest(&self, arithmetic: Option<String>) -> Manifest {
        Manifest::new(self.to_json(), arithmetic)
    }
}

/// A run that makes its decisions so, and is else as without options.
impl From<&Recipe> for Configuration {
    fn from(recipe: &Recipe) -> Self {
        let Recipe { sampler, posterior, evaluator, policy, sampling, adaptive, outside } = recipe.clone();
        Self { sampler, posterior, evaluator, policy, sampling, adaptive, outside, ..Self::default() }
    }
}

#[cfg(all(test, feature = "record"))]
mod tests {
    use super::*;

    #[test]
    fn every_field_changes_the_hash() {
        let base = Configuration::default();
        let hash = |configuration: &Configuration| configuration.manifest(None).configuration_sha256;
        let vary: [fn(&mut Configuration); 18] = [
            |it| it.declarations = "sixes".parse().unwrap(),
            |it| it.bid = Bid::new(84).unwrap(),
            |it| it.bidder = Seat::ALL[1],
            |it| it.contract = ContractRule::Best,
            |it| it.contract = ContractRule::Auction,
            |it| it.contract = ContractRule::Longest,
            |it| it.deals = Deals::Native,
            |it| it.sampler = "uniform".parse().unwrap(),
            |it| it.posterior = "contract".parse().unwrap(),
            |it| it.evaluator = EvaluatorSpec::Contract,
            |it| it.policy = "p-make".parse().unwrap(),
            |it| it.sampling.samples += 1,
            |it| it.sampling.evaluate_forced = true,
            |it| it.sampling.histogram = true,
            |it| it.block += 1,
            |it| *it = it.clone().adapting(Adaptive::new("se:0.1".parse().unwrap(), 24, 50).unwrap()),
            |it| *it = it.clone().adapting(Adaptive::new("se:0.2".parse().unwrap(), 24, 50).unwrap()),
            |it| *it = it.clone().adapting(Adaptive::new("se:0.1".parse().unwrap(), 25, 50).unwrap()),
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
        assert_eq!(hashes.len(), 19);
        assert_eq!(hash(&base), hash(&Configuration::default()));
        assert_eq!(Configuration::from(&base.recipe()), base);
    }

    /// Where the file does not say how many heads its network has, what was said is on record.
    #[cfg(feature = "net")]
    #[test]
    fn heads_are_recorded_where_the_file_is_silent() {
        use boneyard_net::{Architecture, Weights};
        let architecture = Architecture { width: 12, heads: 2, layers: 1, feed_forward: 4 };
        let said = Weights::random(architecture, 1).unwrap().to_safetensors();
        let at = said.windows(7).position(|window| window == b"n_heads").unwrap();
        let mut silent = said.clone();
        silent[at..at + 7].copy_from_slice(b"n_knees");
        let configuration = |file: &[u8], heads| {
            let network = crate::Network::new("a file", Weights::read(file, heads).unwrap()).unwrap();
            Configuration { evaluator: EvaluatorSpec::Net(network), ..Configuration::default() }
        };
        assert_eq!(configuration(&said, Some(2)).to_json().get("heads"), None);
        let [two, three] = [2, 3].map(|heads| configuration(&silent, Some(heads)));
        assert_eq!(two.to_json()["heads"], 2);
        assert_eq!(two.to_json()["weights_sha256"], three.to_json()["weights_sha256"]);
        assert_ne!(two.to_json(), three.to_json());
        assert_ne!(two, three);
    }

    /// Two networks in one evaluator: another of either makes another dataset.
    #[test]
    #[cfg(feature = "net")]
    fn every_network_counts() {
        use boneyard_net::{Architecture, Weights};
        let architecture = Architecture { width: 12, heads: 2, layers: 1, feed_forward: 4 };
        let net = |seed| {
            let weights = Weights::random(architecture, seed).unwrap();
            EvaluatorSpec::Net(crate::Network::new("a file", weights).unwrap())
        };
        let hash = |late, early| {
            let cascade = boneyard_strategies::evaluator::Cascade::new(4, net(late), net(early)).unwrap();
            let evaluator = EvaluatorSpec::Cascade(Box::new(cascade));
            Configuration { evaluator, ..Configuration::default() }.manifest(None).configuration_sha256
        };
        assert_ne!(hash(1, 2), hash(3, 2));
        assert_ne!(hash(1, 2), hash(1, 3));
        assert_ne!(hash(1, 2), hash(2, 1));
    }

    #[test]
    fn checks_ranges() {
        let check = |vary: fn(&mut Configuration), message: &str| {
            let mut configuration = Configuration::default();
            vary(&mut configuration);
            assert_eq!(configuration.check().unwrap_err().to_string(), message);
        };
        check(|it| it.block = 0, "block 0: expected 1 to 16384 games a file");
        check(|it| it.sampling.samples = 0, "samples 0: expected 1 to 16777216 worlds a decision");
        check(
            |it| (it.contract, it.declarations) = (ContractRule::Best, "sixes".parse().unwrap()),
            "declaration is given, but contract best finds it for each game: expected one of the two",
        );
        check(
            |it| (it.contract, it.bidder) = (ContractRule::Auction, Seat::ALL[2]),
            "bid or bidder is given, but contract auction finds it for each game: expected one of the two",
        );
        assert!(Configuration::default().check().is_ok());
        assert_eq!(Configuration::default().to_json().get("contract"), None);
        assert_eq!(Configuration::default().setups([u64::MAX])[0].declaration.id(), 5);
    }
}
