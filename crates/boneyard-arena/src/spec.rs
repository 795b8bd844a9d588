//! Players by description.

use crate::error::{Error, Result};
use boneyard::core::Sampling;
use boneyard::{EvaluatorSpec, Recipe};
use std::fmt;
use std::str::FromStr;

/// A player, described.
///
/// Words separated by blanks, the options of `generate` with `=`: `policy=p-make samples=50 sampler=affine
/// posterior=contract evaluator=solver`. A bare number is `samples=`, another bare word `policy=`, so `p-make 50` is the same. What follows
/// `from=T` holds from trick T on (1 to 7), and what it does not say stays: `p-make 50 from=3 200`. A program is
/// `exec:PATH`, to the end of the line.
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
                        `p-make 50 from=3 200`, or `exec:PATH`";

impl PlayerSpec {
    /// The player that answers when none is described: within a second a move on one core.
    pub const DEFAULT: &str = "p-make 100 from=3 400";

    /// Reads a description; `heads` is how many attention heads its networks have, where their files do not say.
    ///
    /// # Errors
    /// [`Error::Player`] saying what is wrong.
    pub fn read(text: &str, heads: Option<usize>) -> Result<Self> {
        let refuse = |what: String| Error::Player { text: text.to_owned(), what };
        if let Some(path) = text.trim().strip_prefix("exec:") {
            return match path.trim() {
                "" => Err(refuse("expected the path of a program after exec:".to_owned())),
                path => Ok(Self::Program(path.to_owned())),
            };
        }
        let mut stages = vec![Stage { from: 1, recipe: Recipe::default() }];
        let mut seen: Vec<&str> = Vec::new();
        let mut words = text.split_whitespace().peekable();
        if words.peek().is_none() {
            return Err(refuse(EXPECTED.to_owned()));
        }
        for word in words {
            let (name, value) = match word.split_once('=') {
                Some(named) => named,
                None if word.bytes().all(|byte| byte.is_ascii_digit()) => ("samples", word),
                None => ("policy", word),
            };
            if name == "from" {
                let last = stages.last().expect("there is a first stage");
                let trick = value.parse().ok().filter(|trick| (last.from + 1..=7).contains(trick));
                let from = trick.ok_or_else(|| {
                    refuse(format!("from={value}: expected a trick from {} to 7", last.from + 1))
                })?;
                stages.push(Stage { from, recipe: last.recipe.clone() });
                seen.clear();
                continue;
            }
            if seen.contains(&name) {
                return Err(refuse(format!("{name} is given twice: expected it once a stage")));
            }
            seen.push(name);
            let recipe = &mut stages.last_mut().expect("there is a first stage").recipe;
            let of_part = |error: boneyard::core::Error| refuse(error.to_string());
            match name {
                "sampler" => recipe.sampler = value.parse().map_err(of_part)?,
                "posterior" => recipe.posterior = value.parse().map_err(of_part)?,
                "evaluator" => recipe.evaluator = EvaluatorSpec::read(value, heads).map_err(of_part)?,
                "policy" => recipe.policy = value.parse().map_err(of_part)?,
                "samples" => {
                    let samples = value
                        .replace('_', "")
                        .parse()
                        .map_err(|_| refuse(format!("samples={value}: expected a whole number of worlds")))?;
                    recipe.sampling = Sampling::new(samples);
                }
                _ => return Err(refuse(format!("unknown part `{name}`: {EXPECTED}"))),
            }
        }
        for stage in &stages {
            stage.recipe.check().map_err(|error| refuse(error.to_string()))?;
        }
        Ok(Self::Built(stages))
    }
}

impl FromStr for PlayerSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::read(text, None)
    }
}

impl fmt::Display for PlayerSpec {
    /// What is not as by default, in the order policy, samples, sampler, posterior, evaluator.
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
            if shown || recipe.sampling != last.sampling {
                words.push(recipe.sampling.samples.to_string());
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
        check(PlayerSpec::DEFAULT, PlayerSpec::DEFAULT);
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
    }
}
