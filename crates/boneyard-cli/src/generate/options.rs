//! From the command line to a checked configuration.

use crate::asking::evaluator;
use crate::cli::{Playing, Seeds, Which};
use crate::exit::{BadInput, translated};
use boneyard::Configuration;
use boneyard::core::Sampling;
use boneyard::record::{Span, Wanted};

/// The configuration that the options describe.
pub fn configuration(options: &Playing, histogram: bool, block: u64) -> anyhow::Result<Configuration> {
    let configuration = Configuration {
        declarations: options.declaration.clone(),
        bid: options.bid,
        bidder: options.bidder,
        contract: options.contract,
        deals: options.deals,
        sampler: options.sampler,
        posterior: options.posterior.clone().unwrap_or_default(),
        evaluator: evaluator(&options.evaluator, options.heads)?,
        policy: options.policy,
        sampling: Sampling {
            evaluate_forced: options.evaluate_forced,
            histogram,
            ..Sampling::new(options.samples)
        },
        adaptive: None,
        block,
        outside: Default::default(),
    };
    let configuration = match options.pace.adaptive().map_err(translated)? {
        Some(adaptive) => configuration.adapting(adaptive),
        None => configuration,
    };
    configuration.check().map_err(translated)?;
    configuration.check_evidence().map_err(translated)?;
    Ok(configuration)
}

/// The games that the options want.
pub fn wanted(options: &Which) -> anyhow::Result<Wanted> {
    let Which { games, seed, seeds, split } = options;
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
