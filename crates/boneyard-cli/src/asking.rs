//! What answers questions about decisions: parts by name, on a device.

use crate::cli::Asking;
use crate::exit::{BadInput, of_run, translated};
use crate::kernels;
use crate::values::nearest_evaluator;
use boneyard::core::{Error, Host, Sampling};
use boneyard::strategies::policy::PolicySpec;
use boneyard::{EvaluatorSpec, Recipe};
use boneyard_arena::{Ask, ask};
use boneyard_run::place;
use boneyard_runtime::{Chosen, ComputeClient, DeviceRuntime, OnDevice, Uses};

/// The parts, checked. Forced moves are evaluated like any other.
pub fn recipe(options: &Asking, policy: PolicySpec) -> anyhow::Result<Recipe> {
    let most = Sampling::MOST_SAMPLES;
    if !(1..=most).contains(&options.samples) {
        let what = format!("expected 1 to {most} worlds, got {}", options.samples);
        return Err(BadInput::option("--samples", what));
    }
    let recipe = Recipe {
        sampler: options.sampler,
        posterior: options.posterior.clone().unwrap_or_default(),
        evaluator: evaluator(&options.evaluator, options.heads)?,
        policy,
        sampling: Sampling { evaluate_forced: true, ..Sampling::new(options.samples) },
        adaptive: None,
        outside: Default::default(),
    };
    let recipe = match options.pace.adaptive().map_err(translated)? {
        Some(adaptive) => recipe.adapting(adaptive),
        None => recipe,
    };
    recipe.check().map_err(translated)?;
    Ok(recipe)
}

/// An evaluator by name, with its networks.
pub fn evaluator(text: &str, heads: Option<usize>) -> anyhow::Result<EvaluatorSpec> {
    let evaluator =
        EvaluatorSpec::read(text, heads).map_err(|error| match (nearest_evaluator(text), error) {
            (Some(near), error @ Error::Setting { .. }) => {
                BadInput(format!("{}; {near} is nearly that", translated(error))).into()
            }
            (_, error) => translated(error),
        })?;
    match heads {
        Some(heads) if evaluator.networks().is_empty() => {
            let what = format_args!("expected an evaluator with a network, not {evaluator}");
            Err(BadInput::option(&format!("--heads {heads}"), what))
        }
        _ => Ok(evaluator),
    }
}

/// Opens the device for about so many decisions; where it is comes back in words.
pub fn open(options: &Asking, recipe: &Recipe, decisions: u64) -> anyhow::Result<(Ask, Chosen)> {
    let choices = place::choose(&options.device, &recipe.into(), decisions.div_ceil(28)).map_err(of_run)?;
    let [choice] = &choices[..] else {
        return Err(BadInput::option("--device", "expected one device for a question"));
    };
    kernels::find(choice);
    let budget = place::memory_budget(options.memory_budget.bytes(), &choices);
    let opened = choice.chosen.run(Opening { recipe, uses: choice.uses(), budget })?;
    Ok((opened.map_err(translated)?, choice.chosen.clone()))
}

struct Opening<'a> {
    recipe: &'a Recipe,
    uses: Uses,
    budget: u64,
}

impl OnDevice for Opening<'_> {
    type Output = boneyard::core::Result<Ask>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        ask(self.recipe, place::device(client, self.uses, self.budget))
    }

    fn on_cpu(self) -> Self::Output {
        ask(self.recipe, Host::default())
    }
}
