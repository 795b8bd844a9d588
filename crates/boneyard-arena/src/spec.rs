//! Players by description.

use crate::error::{Error, Result};
use crate::named::named;
use boneyard::core::Sampling;
use boneyard::strategies::planner::{Adaptive, Target};
use boneyard::{EvaluatorSpec, Recipe};
use std::fmt;
use std::str::FromStr;

/// A player, described.
///
/// Words separated by blanks, the options of `generate` with `=`: `policy=p-make samples=50 sampler=affine
/// posterior=contract evaluator=solver`, or in place of samples `adaptive=gap:0.95 min-samples=24 max-samples=400`. A bare number is
/// `samples=`, another bare word `policy=`, so `p-make 50` is the same. What follows
/// `from=T` holds from trick T on (1 to 7), and what it does not say stays: `p-make 50 from=3 200`. A program is
/// `exec:PATH`, to the end of the line. Some descriptions have [names](crate::PLAYERS), such as `strong`.
///
/// ```
/// let player: boneyard_arena::PlayerSpec = "p-make 50 from=3 200".parse()?;
/// assert_eq!(player.to_string(), "p-make 50 from=3 200");
/// assert_eq!(player, "samples=50 policy=p-make sampler=affine from=3 samples=200".parse()?);
/// # Ok::<(), boneyard_arena::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum PlayerSpec {
    /// Pipelines by trick; the first stage begins at trick 1.
    Built(Vec<Stage>),
    /// A program that speaks the line protocol, by its path.
    Program(String),
}

/// How a player decides from some trick on.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The first trick, 1–7.
    pub from: u8,
    /// How.
    pub recipe: Recipe,
}

const EXPECTED: &str = "expected words such as `p-make 50`, `policy=greedy samples=200 sampler=affine evaluator=solver`, \
                        `p-make 50 from=3 200`, a name such as `strong`, or `exec:PATH`";

impl PlayerSpec {
    /// The player that answers when none is described: within a second a move on one core.
    pub const DEFAULT: &str = "strong";

    /// Reads a description; `heads` is how many attention heads its networks have, where their files do not say.
    ///
    /// # Errors
    /// [`Error::Player`] saying what is wrong.
    pub fn read(text: &str, heads: Option<usize>) -> Result<Self> {
        let refuse = |what: String| Error::Player { text: text.to_owned(), what };
        if let Some(player) = named(text.trim()) {
            return Self::read(player.description, heads);
        }
        if let Some(path) = text.trim().strip_prefix("exec:") {
            return match path.trim() {
                "" => Err(refuse("expected the path of a program after exec:".to_owned())),
                path => Ok(Self::Program(path.to_owned())),
            };
        }
        // Words by stage, each a part's name and its value.
        let mut said: Vec<(u8, Vec<(&str, &str)>)> = vec![(1, Vec::new())];
        for word in text.split_whitespace() {
            let (name, value) = match word.split_once('=') {
                Some(named) => named,
                None if word.bytes().all(|byte| byte.is_ascii_digit()) => ("samples", word),
                None => ("policy", word),
            };
            let (from, words) = said.last_mut().expect("there is a first stage");
            if name == "from" {
                let trick = value.parse().ok().filter(|trick| (*from + 1..=7).contains(trick));
                let from = trick.ok_or_else(|| {
                    refuse(format!("from={value}: expected a trick from {} to 7", *from + 1))
                })?;
                said.push((from, Vec::new()));
                continue;
            }
            if words.iter().any(|(other, _)| *other == name) {
                return Err(refuse(format!("{name} is given twice: expected it once a stage")));
            }
            words.push((name, value));
        }
        if said == [(1, Vec::new())] {
            return Err(refuse(EXPECTED.to_owned()));
        }
        let mut stages: Vec<Stage> = Vec::new();
        for (from, words) in said {
            let before = stages.last().map_or_else(Recipe::default, |stage| stage.recipe.clone());
            let recipe = recipe(before, &words, heads).map_err(refuse)?;
            recipe.check().map_err(|error| refuse(error.to_string()))?;
            stages.push(Stage { from, recipe });
        }
        Ok(Self::Built(stages))
    }
}

/// The recipe that some words make of the one before.
fn recipe(mut recipe: Recipe, words: &[(&str, &str)], heads: Option<usize>) -> Result<Recipe, String> {
    let in_words = |error: boneyard::core::Error| error.to_string();
    let mut samples = None;
    let (mut target, mut least, mut most) = (None, None, None);
    for &(name, value) in words {
        let worlds = || {
            let number = value.replace('_', "").parse::<u32>().map(Some);
            number.map_err(|_| format!("{name}={value}: expected a whole number of worlds"))
        };
        match name {
            "sampler" => recipe.sampler = value.parse().map_err(in_words)?,
            "posterior" => recipe.posterior = value.parse().map_err(in_words)?,
            "evaluator" => recipe.evaluator = EvaluatorSpec::read(value, heads).map_err(in_words)?,
            "policy" => {
                recipe.policy = value.parse().map_err(|error| match named(value) {
                    Some(it) => {
                        format!(
                            "`{value}` is `{}`: a name stands alone, write that out to add to it",
                            it.description
                        )
                    }
                    None => in_words(error),
                })?
            }
            "samples" => samples = worlds()?,
            "adaptive" => target = Some(value.parse::<Target>().map_err(in_words)?),
            "min-samples" => least = worlds()?,
            "max-samples" => most = worlds()?,
            _ => return Err(format!("unknown part `{name}`: {EXPECTED}")),
        }
    }
    if let Some(samples) = samples {
        if (target, least, most) != (None, None, None) {
            return Err("samples and adaptive are given: expected one of the two a stage".to_owned());
        }
        (recipe.sampling, recipe.adaptive) = (Sampling::new(samples), None);
    } else if (target, least, most) != (None, None, None) {
        let before = recipe.adaptive;
        let Some(target) = target.or(before.map(|it| it.target())) else {
            return Err(
                "min-samples and max-samples say how adaptive goes: expected adaptive=TARGET too".to_owned()
            );
        };
        let least = least.or(before.map(|it| it.least())).unwrap_or(Adaptive::LEAST);
        let most = most.or(before.map(|it| it.most())).unwrap_or(Adaptive::MOST);
        recipe = recipe.adapting(Adaptive::new(target, least, most).map_err(in_words)?);
    }
    Ok(recipe)
}

impl FromStr for PlayerSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::read(text, None)
    }
}

impl fmt::Display for PlayerSpec {
    /// What is not as by default, in the order policy, samples, sampler, posterior, evaluator. A name is printed as what it stands for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stages = match self {
            Self::Program(path) => return write!(f, "exec:{path}"),
            Self::Built(stages) => stages,
        };
        let base = Recipe::default();
        let mut words: Vec<String> = Vec::new();
        let mut before: Option<&Recipe> = None;
        for Stage { from, recipe } in stages {
            if before.is_some() {
                words.push(format!("from={from}"));
            }
            let shown = before.is_none();
            let last = before.unwrap_or(&base);
            if shown || recipe.policy != last.policy {
                words.push(recipe.policy.to_string());
            }
            match recipe.adaptive {
                Some(it) if shown || recipe.adaptive != last.adaptive => words.push(format!(
                    "adaptive={} min-samples={} max-samples={}",
                    it.target(),
                    it.least(),
                    it.most()
                )),
                None if shown || recipe.sampling != last.sampling || last.adaptive.is_some() => {
                    words.push(recipe.sampling.samples.to_string());
                }
                _ => {}
            }
            if recipe.sampler != last.sampler {
                words.push(format!("sampler={}", recipe.sampler));
            }
            if recipe.posterior != last.posterior {
                words.push(format!("posterior={}", recipe.posterior));
            }
            if recipe.evaluator != last.evaluator {
                words.push(format!("evaluator={}", recipe.evaluator));
            }
            before = Some(recipe);
        }
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_are_read_and_printed() {
        let check = |text: &str, printed: &str| {
            let player: PlayerSpec = text.parse().expect(text);
            assert_eq!(player.to_string(), printed);
            assert_eq!(printed.parse::<PlayerSpec>().unwrap(), player, "{text}");
        };
        check("p-make 50", "p-make 50");
        check("p-make", "p-make 50");
        check("samples=1_000", "greedy 1000");
        check("evaluator=playout 10", "greedy 10 evaluator=playout");
        check(
            "evaluator=cascade:4,solver,playout sampler=uniform",
            "greedy 50 sampler=uniform evaluator=cascade:4,solver,playout",
        );
        check("p-make posterior=contract", "p-make 50 posterior=contract:longest,beta:0");
        check("blunder:0.02,10+p-make 7", "blunder:0.02,10+p-make 7");
        check(
            "p-make 10 from=3 50 from=6 evaluator=contract",
            "p-make 10 from=3 50 from=6 evaluator=contract",
        );
        check(" exec:/some where/player ", "exec:/some where/player");
        check("p-make evaluator=cascade:small 8", "p-make 8 evaluator=cascade:5,solver,net:small");
        check(
            "indifferent-p-make:0.5 200 posterior=contract,beta:0.1 from=4 1000",
            "indifferent-p-make:0.5 200 posterior=contract:longest,beta:0.1 from=4 1000",
        );
        check(
            "greedy adaptive=gap:0.95,zone:0.5 max-samples=400 min-samples=24",
            "greedy adaptive=gap:0.95,zone:0.5 min-samples=24 max-samples=400",
        );
        check("adaptive=se:0.5", "greedy adaptive=se:0.5 min-samples=96 max-samples=16384");
        check(
            "p-make 10 from=2 adaptive=se:0.5 from=3 max-samples=200 from=4 20 from=5 greedy",
            "p-make 10 from=2 adaptive=se:0.5 min-samples=96 max-samples=16384 \
             from=3 adaptive=se:0.5 min-samples=96 max-samples=200 from=4 20 from=5 greedy",
        );
    }

    #[test]
    fn what_is_no_player_gets_one_sentence() {
        let check = |text: &str, expected: &str| {
            let error = text.parse::<PlayerSpec>().expect_err(text).to_string();
            assert!(error.starts_with(&format!("player `{text}`: ")) && error.contains(expected), "{error}");
        };
        check("", "expected words such as");
        check("p-mke 50", "policy p-mke: expected greedy");
        check("p-make 50 60", "samples is given twice");
        check("p-make greedy", "policy is given twice");
        check("p-make 0", "samples 0: expected 1 to");
        check("p-make samples=many", "samples=many: expected a whole number");
        check("sampel=5", "unknown part `sampel`");
        check("p-make from=1 5", "from=1: expected a trick from 2 to 7");
        check("p-make from=4 5 from=3 6", "from=3: expected a trick from 5 to 7");
        check("greedy evaluator=contract", "policy greedy needs E[Q]");
        check("exec:", "expected the path of a program");
        check("greedy 50 adaptive=se:0.5", "samples and adaptive are given");
        check("greedy max-samples=50", "expected adaptive=TARGET too");
        check("greedy adaptive=se:0.5 max-samples=50", "max-samples 50: expected 96");
        check("p-make adaptive=se:0.5 posterior=contract", "may draw a world twice");
        check("stronk", "policy stronk: expected greedy");
    }
}
