//! The chores of this workspace.
//!
//! ```text
//! cargo xtask test [--full]   whatever the tests need on a fresh machine, then all tests, the example's too
//! cargo xtask golden DIR      every value of a directory of golden data
//! cargo xtask checks          formatting, lints, documentation, and the README's main command
//! cargo xtask ci              checks, then test
//! cargo xtask bench …         every variant checked, timed and drawn; `bench --help` lists the options
//! ```

use std::process::ExitCode;

mod bench;
mod checks;
mod golden;
mod python;
mod shell;
mod test;

const USAGE: &str = "expected `test [--full]`, `golden DIR`, `checks`, `ci` or `bench …`";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["test"] => test::tests(false),
        ["test", "--full"] => test::tests(true),
        ["golden", dir] => golden::golden(dir),
        ["checks"] => checks::checks(),
        ["ci"] => checks::checks().and_then(|()| test::tests(false)),
        ["bench", ref options @ ..] => bench::bench(options),
        _ => {
            eprintln!("xtask: {USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
