//! From the command line to a checked configuration.

use crate::cli::Generate;
use crate::exit::{BadInput, translated};
use boneyard::Configuration;
use boneyard::prelude::*;

/// The configuration that the options describe.
pub fn configuration(options: &Generate) -> anyhow::Result<Configuration> {
    let rule = |option: &'static str| move |error| BadInput::option(option, error);
    let configuration = Configuration {
        games: options.games,
        seed: options.seed,
        declarations: options.declaration.parse().map_err(rule("--declaration"))?,
        bid: Bid::new(options.bid).map_err(rule("--bid"))?,
        bidder: Seat::new(options.bidder).map_err(rule("--bidder"))?,
        deals: deals(&options.deals)?,
        sampler: options.sampler.parse().map_err(translated)?,
        evaluator: options.evaluator.parse().map_err(translated)?,
        policy: options.policy.parse().map_err(translated)?,
        sampling: Sampling {
            samples: options.samples,
            evaluate_forced: options.evaluate_forced,
            histogram: options.histogram,
        },
        block: options.block,
    };
    configuration.check().map_err(translated)?;
    Ok(configuration)
}

fn deals(name: &str) -> anyhow::Result<Deals> {
    let found = [Deals::Python, Deals::Native].into_iter().find(|deals| deals.name() == name);
    found.ok_or_else(|| BadInput::option("--deals", format_args!("`{name}`: expected python or native")))
}
