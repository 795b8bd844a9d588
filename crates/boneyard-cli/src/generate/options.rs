//! From the command line to a checked configuration.

use crate::cli::{Generate, Seeds};
use crate::exit::{BadInput, translated};
use boneyard::Configuration;
use boneyard::prelude::*;
use boneyard::record::{Span, Wanted};

/// The configuration that the options describe.
pub fn configuration(options: &Generate) -> anyhow::Result<Configuration> {
    let rule = |option: &'static str| move |error| BadInput::option(option, error);
    let configuration = Configuration {
        declarations: options.declaration.parse().map_err(rule("--declaration"))?,
        bid: Bid::new(options.bid).map_err(rule("--bid"))?,
        bidder: Seat::new(options.bidder).map_err(rule("--bidder"))?,
        deals: deals(&options.deals)?,
        sampler: options.sampler.parse().map_err(translated)?,
        evaluator: evaluator(options)?,
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

/// The games that the options want.
pub fn wanted(options: &Generate) -> anyhow::Result<Wanted> {
    let Generate { games, seed, seeds, split, .. } = options;
    let span = match seeds {
        Some(Seeds(span)) => *span,
        None if *games == 0 => return Err(BadInput::option("--games 0", "expected at least 1")),
        None => Span::of(*seed, *games).ok_or_else(|| {
            let most = (u64::MAX - seed).saturating_add(1);
            let expected =
                format!("expected at most {most} from seed {seed}, so that the last seed fits 64 bits");
            BadInput::option(&format!("--games {games}"), expected)
        })?,
    };
    let wanted = Wanted { span, split: *split };
    if wanted.games() == 0 {
        let split = split.map_or("", |split| split.name());
        return Err(BadInput::option(
            &format!("--split {split}"),
            format_args!("none of the seeds {span} is of it"),
        ));
    }
    Ok(wanted)
}

fn evaluator(options: &Generate) -> anyhow::Result<EvaluatorSpec> {
    let evaluator = EvaluatorSpec::read(&options.evaluator, options.heads).map_err(translated)?;
    match options.heads {
        Some(heads) if evaluator.networks().is_empty() => {
            let what = format_args!("expected an evaluator with a network, not {evaluator}");
            Err(BadInput::option(&format!("--heads {heads}"), what))
        }
        _ => Ok(evaluator),
    }
}

fn deals(name: &str) -> anyhow::Result<Deals> {
    let found = [Deals::Python, Deals::Native].into_iter().find(|deals| deals.name() == name);
    found.ok_or_else(|| BadInput::option("--deals", format_args!("`{name}`: expected python or native")))
}
