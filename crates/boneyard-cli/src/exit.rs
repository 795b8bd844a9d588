//! Exit codes, the errors that choose them, and what is printed: an answer that is lost is an error too.

use anyhow::Context;
use boneyard::core::Error;
use boneyard::record;
use std::fmt::{Display, Formatter};
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// Bad input.
pub const BAD_INPUT: u8 = 2;
/// Interrupted by Ctrl-C or SIGTERM, with nothing half-written left behind.
pub const INTERRUPTED: u8 = 130;

/// One clear sentence about what the user gave us: names the input, what is wrong, what would be right.
#[derive(Debug)]
pub struct BadInput(pub String);

impl BadInput {
    /// Of an option or argument.
    pub fn option(name: &str, what: impl Display) -> anyhow::Error {
        Self(format!("{name}: {what}")).into()
    }
}

impl Display for BadInput {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for BadInput {}

/// An error of the library in the words of the command: its settings are options here. What the user gave us wrongly is
/// bad input.
pub fn translated(error: Error) -> anyhow::Error {
    match error {
        Error::Setting { setting, got, expected } => {
            let option = match setting {
                "games at once" => "--batch",
                "memory budget" => "--memory-budget",
                // A setting with a form after it, such as `policy softmax:T`, is an option with its value.
                other => return BadInput(format!("--{other} {got}: expected {expected}")).into(),
            };
            BadInput(format!("{option} {got}: expected {expected}")).into()
        }
        Error::Mismatch(_) | Error::Rule(_) => BadInput(error.to_string()).into(),
        Error::WorldsNotFound { .. } => {
            anyhow::anyhow!("{error}: --sampler affine, or --sampler first-fit+backtracking")
        }
        _ => error.into(),
    }
}

/// An error at the table.
pub fn of_arena(error: boneyard_arena::Error) -> anyhow::Error {
    match error {
        boneyard_arena::Error::Core(error) => translated(error),
        boneyard_arena::Error::Start { ref source, .. } if !boneyard_run::is_bad_path(source) => error.into(),
        error => BadInput(error.to_string()).into(),
    }
}

/// An error of a dataset: what somebody put there is bad input, what the machine refuses is trouble.
pub fn of_records(error: record::Error) -> anyhow::Error {
    let error = boneyard_run::Error::from(error);
    if error.is_bad_input() { BadInput(error.to_string()).into() } else { error.into() }
}

/// An error of a run in the words of the command. What was in the dataset has been looked at before a run begins, so that
/// trouble with it is none of the user's making.
pub fn of_run(error: boneyard_run::Error) -> anyhow::Error {
    use boneyard_run::Error as E;
    match error {
        E::Core(error) => translated(error),
        E::Block { block, source } => translated(source).context(format!("cannot play block {block}")),
        E::Records(error) => error.into(),
        E::Device(error) => BadInput::option("--device", error),
        error if error.is_bad_input() => BadInput(error.to_string()).into(),
        error => error.into(),
    }
}

/// The same, of the dataset that an option names.
pub fn of_records_in(option: &str, error: record::Error) -> anyhow::Error {
    match of_records(error).downcast::<BadInput>() {
        Ok(BadInput(what)) => BadInput::option(option, what),
        Err(trouble) => trouble.context(option.to_owned()),
    }
}

/// Calls what turns panics of the Parquet library into errors, which need no second report.
pub fn quiet<T>(call: impl FnOnce() -> T) -> T {
    let report_panics = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = call();
    std::panic::set_hook(report_panics);
    result
}

/// Tells the user and picks the code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if error.downcast_ref().is_some_and(is_closed_pipe) {
        return ExitCode::SUCCESS;
    }
    say(&format!("error: {}", once(error)));
    if error.is::<BadInput>() { ExitCode::from(BAD_INPUT) } else { ExitCode::FAILURE }
}

/// What clap stopped for: help and version are answers, the rest is bad input.
pub fn report_usage(stopped: &clap::Error) -> ExitCode {
    let printed = stopped.print().and_then(|()| io::stdout().flush());
    if stopped.use_stderr() {
        // As in `say`, an error that cannot be printed is still one.
        return ExitCode::from(BAD_INPUT);
    }
    match written(printed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

/// An error and its causes. Some tell their cause themselves; it is not told again.
fn once(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text += &format!(": {cause}");
        }
    }
    text
}

/// A line on stderr, if it takes one.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A line, or several, on stdout.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    written(writeln!(output, "{text}").and_then(|()| output.flush()))
}

/// Whoever reads our output and closes it has seen enough: only other failures are errors.
pub fn written(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if !is_closed_pipe(&error) => Err(error).context("cannot write the output"),
        _ => Ok(()),
    }
}

fn is_closed_pipe(error: &io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let full = || io::Error::from(ErrorKind::StorageFull);
        let told = record::Error::Io { action: "write", path: "a".into(), source: full() };
        let text = once(&anyhow::Error::from(told).context("block 3"));
        assert_eq!(text, format!("block 3: cannot write a: {}", full()));
        let untold = anyhow::Error::from(full()).context("cannot write a");
        assert_eq!(once(&untold), format!("cannot write a: {}", full()));
    }
}
