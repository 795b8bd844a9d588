//! From the command line to a checked configuration.

use crate::cli::{Generate, Seeds};
use crate::exit::{BadInput, translated};
use crate::values::nearest_evaluator;
use boneyard::core::{Error, Sampling};
use boneyard::record::{Span, Wanted};
use boneyard::{Configuration, EvaluatorSpec};

/// The configuration that the options describe.
pub fn configuration(options: &Generate) -> anyhow::Result<Configuration> {
    let configuration = Configuration {
        declarations: options.declaration.clone(),
        bid: options.bid,
        bidder: options.bidder,
        deals: options.deals,
        sampler: options.sampler,
        posterior: options.posterior.clone().unwrap_or_default(),
        evaluator: evaluator(options)?,
        policy: options.policy,
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
    let text = &options.evaluator;
    let read = EvaluatorSpec::read(text, options.heads);
    let evaluator = read.map_err(|error| match (nearest_evaluator(text), error) {
        (Some(near), error @ Error::Setting { .. }) => {
            BadInput(format!("{}; {near} is nearly that", translated(error))).into()
        }
        (_, error) => translated(error),
    })?;
    match options.heads {
        Some(heads) if evaluator.networks().is_empty() => {
            let what = format_args!("expected an evaluator with a network, not {evaluator}");
            Err(BadInput::option(&format!("--heads {heads}"), what))
        }
        _ => Ok(evaluator),
    }
}
