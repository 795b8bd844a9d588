//! Where players of ours sit: the one device that all of them can be on.

use crate::exit::{BadInput, of_run};
use crate::kernels;
use boneyard::Configuration;
use boneyard_arena::PlayerSpec;
use boneyard_run::place;
use boneyard_runtime::{Choice, Chosen, DeviceList};
use serde_json::{Value, json};

/// Every stage of every player must be able to run there; programs run anywhere. They play about so many hands.
pub fn choose(request: &DeviceList, specs: &[PlayerSpec], hands: u64) -> anyhow::Result<Choice> {
    let recipes = specs.iter().filter_map(|spec| match spec {
        PlayerSpec::Built(stages) => Some(stages.iter().map(|stage| &stage.recipe)),
        PlayerSpec::Program(_) => None,
    });
    let mut dearest: Option<Vec<Choice>> = None;
    for recipe in recipes.flatten() {
        let choices = place::choose(request, &recipe.into(), hands).map_err(of_run)?;
        let is_cpu = choices[0].chosen == Chosen::Cpu;
        // A player that only the CPU can be keeps all of them there; one for which a GPU pays brings all to it.
        let only_cpu = is_cpu && recipe.check_for_device().is_err();
        if only_cpu || dearest.is_none() || !is_cpu {
            dearest = Some(choices);
        }
        if only_cpu {
            break;
        }
    }
    let choices = match dearest {
        Some(choices) => choices,
        None => place::choose(&"cpu".parse()?, &Configuration::default(), 1).map_err(of_run)?,
    };
    match <[_; 1]>::try_from(choices) {
        Ok([choice]) => {
            kernels::find(&choice);
            Ok(choice)
        }
        Err(_) => Err(BadInput::option("--device", "expected one device for players")),
    }
}

/// What tells a player from others: its description, and what is in the files of its networks.
pub fn identity(spec: &PlayerSpec) -> Value {
    let weights: Vec<&str> = match spec {
        PlayerSpec::Built(stages) => {
            let networks = stages.iter().flat_map(|stage| stage.recipe.networks());
            networks.map(|network| network.weights().sha256()).collect()
        }
        PlayerSpec::Program(_) => Vec::new(),
    };
    if weights.is_empty() { json!(spec.to_string()) } else { json!([spec.to_string(), weights]) }
}
