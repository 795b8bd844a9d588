//! Parts by name: help and completion list the names, and an error tells which one is nearly what was typed.

use boneyard::core::{Deals, Error};
use boneyard::rules::{Declaration, RuleError};
use boneyard::strategies::planner::Target;
use boneyard::strategies::policy::PolicySpec;
use boneyard::strategies::sampler::SamplerSpec;
use boneyard::{Declarations, Posterior};
use boneyard_runtime::{DeviceList, RuntimeError};
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use std::ffi::OsStr;

/// How alike two names must be, of 1, for one to be taken for a misspelling of the other.
const ALIKE: f64 = 0.8;

/// Reads values that are names, or built of names.
#[derive(Clone)]
pub struct Named<T> {
    names: Vec<&'static str>,
    read: fn(&str) -> Result<T, String>,
}

/// `python` or `native`.
pub fn deals() -> Named<Deals> {
    let read = |text: &str| {
        Deals::named(&text.to_ascii_lowercase()).ok_or_else(|| "expected python or native".to_owned())
    };
    Named { names: Deals::ALL.map(Deals::name).into(), read }
}

/// The whole cycle, one declaration, or several.
pub fn declarations() -> Named<Declarations> {
    let names = ["cycle"].into_iter().chain(Declaration::all().map(Declaration::name)).collect();
    Named { names, read: |text| text.parse().map_err(|error: RuleError| error.to_string()) }
}

/// Where to run.
pub fn device() -> Named<DeviceList> {
    let read = |text: &str| {
        text.parse().map_err(|error| match error {
            RuntimeError::ParseDevice { problem, .. } => {
                format!("{problem}; expected {}", DeviceList::expected())
            }
            error => error.to_string(),
        })
    };
    Named { names: vec!["auto", "cpu", "cuda", "wgpu"], read }
}

const EVALUATORS: &[&str] = &[
    "solver",
    "contract",
    "playout",
    "cascade:N",
    "net:small",
    "net:standard",
    "net:FILE",
    "cascade:N,FILE",
    "corrected:N,FILE",
    "checked:N,FILE",
];

/// What gives moves values. It may name files of networks, so it is read when the rest of the command line is: this only
/// lists what there is.
pub fn evaluator() -> Named<String> {
    Named { names: EVALUATORS.to_vec(), read: |text| Ok(text.to_owned()) }
}

/// The evaluator that one of an unknown name is most likely meant to be.
pub fn nearest_evaluator(text: &str) -> Option<&'static str> {
    nearest(text, EVALUATORS)
}

/// What makes the choice.
pub fn policy() -> Named<PolicySpec> {
    let names = vec![
        "greedy",
        "p-make",
        "softmax:T",
        "softmax-p-make:T",
        "indifferent:Z",
        "indifferent-p-make:Z",
        "lower:Z",
        "lower-p-make:Z",
        "epsilon:E",
        "boltzmann:T",
        "blunder:R,MAX",
        "mixed",
    ];
    Named { names, read: |text| text.parse().map_err(unframed) }
}

/// How many worlds are enough.
pub fn adaptive(text: &str) -> Result<Target, String> {
    text.parse().map_err(unframed)
}

/// What draws worlds.
pub fn sampler() -> Named<SamplerSpec> {
    let names = vec![
        "affine",
        "uniform",
        "distinct",
        "stratified",
        "first-fit",
        "backtracking",
        "first-fit+backtracking",
    ];
    Named { names, read: |text| text.parse().map_err(unframed) }
}

/// What makes some worlds likelier.
pub fn posterior() -> Named<Posterior> {
    let names = vec!["contract", "plays", "contract,plays"];
    Named { names, read: |text| text.parse().map_err(unframed) }
}

/// Clap's frame names the option and the value; what is left is what would be right, of which part of the value.
fn unframed(error: Error) -> String {
    match error {
        Error::Setting { setting, got, expected } => match setting.split_once(' ') {
            Some((_, part)) => format!("{part} {got}: expected {expected}"),
            None => format!("expected {expected}"),
        },
        error => error.to_string(),
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Named<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        option: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let read = self.read;
        let parser = StringValueParser::new().try_map(move |text| read(&text));
        parser.parse_ref(command, option, value).map_err(|mut error| {
            if let Some(near) = nearest(&value.to_string_lossy(), &self.names) {
                error.insert(ContextKind::SuggestedValue, ContextValue::String(near.to_owned()));
            }
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.names.iter().map(PossibleValue::new)))
    }
}

/// The name that the first part of the text that is no name is most likely meant to be.
fn nearest(text: &str, names: &[&'static str]) -> Option<&'static str> {
    text.split([',', '+']).find_map(|part| {
        let word = stem(part.trim());
        let alike = |name| strsim::jaro_winkler(&word.to_ascii_lowercase(), stem(name));
        let scored = names.iter().map(|&name| (alike(name), name));
        let (score, name) = scored.max_by(|left, right| left.0.total_cmp(&right.0))?;
        (score >= ALIKE && word != stem(name)).then_some(name)
    })
}

/// A name without what is set after it.
fn stem(name: &str) -> &str {
    name.split_once(':').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard::EvaluatorSpec;

    /// Names that stand for themselves, without something to be filled in.
    fn plain<T>(parser: &Named<T>) -> impl Iterator<Item = &'static str> {
        parser.names.iter().copied().filter(|name| !name.contains(':'))
    }

    #[test]
    fn the_names_are_those_that_there_are() {
        assert!(plain(&sampler()).eq(SamplerSpec::all().map(|it| it.to_string())));
        assert!(plain(&deals()).eq([Deals::Python, Deals::Native].map(Deals::name)));
        let known = boneyard::rules::Declaration::all().map(|it| it.name());
        assert!(plain(&declarations()).skip(1).eq(known));
        plain(&declarations()).for_each(|name| assert!((declarations().read)(name).is_ok(), "{name}"));
        plain(&evaluator()).for_each(|name| assert!(name.parse::<EvaluatorSpec>().is_ok(), "{name}"));
        plain(&policy()).for_each(|name| assert!((policy().read)(name).is_ok(), "{name}"));
        plain(&device()).for_each(|name| assert!((device().read)(name).is_ok(), "{name}"));
    }

    #[test]
    fn near_misses_are_told() {
        let check = |text: &str, names: &[&'static str], expected: Option<&str>| {
            assert_eq!(nearest(text, names), expected, "{text}");
        };
        check("afine", &sampler().names, Some("affine"));
        check("UNIFROM", &sampler().names, Some("uniform"));
        check("first-fit+backtrack", &sampler().names, Some("backtracking"));
        check("mcmc", &sampler().names, None);
        check("gredy", &policy().names, Some("greedy"));
        check("softmx:2", &policy().names, Some("softmax:T"));
        check("softmax:hot", &policy().names, None);
        check("p-make+epsilom:0.1", &policy().names, Some("epsilon:E"));
        check("fivs", &declarations().names, Some("fives"));
        check("sixes, notrum", &declarations().names, Some("notrump"));
        check("solvr", EVALUATORS, Some("solver"));
        check("net:nowhere", EVALUATORS, None);
        check("CUDA", &device().names, Some("cuda"));
        check("cdua:1", &device().names, Some("cuda"));
        check("tpu", &device().names, None);
    }
}
