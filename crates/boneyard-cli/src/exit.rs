//! Exit codes, the errors that choose them, and printing that survives a closed pipe.

use boneyard::core::Error;
use boneyard::record;
use std::io::{ErrorKind, Write};
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
    pub fn option(name: &str, what: impl std::fmt::Display) -> anyhow::Error {
        Self(format!("{name}: {what}")).into()
    }
}

impl std::fmt::Display for BadInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
                "games at once" => "--block",
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

/// An error of a dataset: what somebody put there is bad input, what the machine refuses is trouble.
pub fn of_records(error: record::Error) -> anyhow::Error {
    match error {
        record::Error::Io { ref source, .. }
            if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
        {
            BadInput(error.to_string()).into()
        }
        record::Error::Io { .. }
        | record::Error::Encode { .. }
        | record::Error::Gone { .. }
        | record::Error::Busy { .. } => error.into(),
        _ => BadInput(error.to_string()).into(),
    }
}

/// The same, of the dataset that an option names.
pub fn of_records_in(option: &str, error: record::Error) -> anyhow::Error {
    match of_records(error).downcast::<BadInput>() {
        Ok(BadInput(what)) => BadInput::option(option, what),
        Err(trouble) => trouble,
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
    let closed = |error: &std::io::Error| error.kind() == ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(closed) {
        // Whoever read our output has seen enough.
        return ExitCode::SUCCESS;
    }
    say(&format!("error: {error:#}"));
    if error.is::<BadInput>() { ExitCode::from(BAD_INPUT) } else { ExitCode::FAILURE }
}

/// A line on stderr.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Text on stdout that the work does not depend on.
pub fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
