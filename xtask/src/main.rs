//! The chores of this workspace.
//!
//! ```text
//! cargo xtask test [--full]   whatever the tests need on a fresh machine, then all tests, the example's and Python's too
//! cargo xtask faults          kills, failing file operations, simultaneous starts, damage: hundreds of each
//! cargo xtask wheel [--test]  the Python package, in target/wheels; or its tests alone
//! cargo xtask golden DIR      every value of a directory of golden data
//! cargo xtask checks          formatting, lints, documentation, and the README's main command
//! cargo xtask light           the facade without features, built from cold, and as WebAssembly in Node
//! cargo xtask ci              checks, light, then test
//! cargo xtask bench …         every variant checked, timed and drawn; `bench --help` lists the options
//! ```
//!
//! `test`, `checks`, `light`, `wheel` and `ci` say what they install before they do. With `--no-install` they install nothing: `test`,
//! `light` and `wheel` refuse and say what is missing, `checks` and `test` leave out what needs packages of Python.

use std::process::ExitCode;

mod bench;
mod checks;
mod faults;
mod golden;
mod install;
mod light;
mod python;
mod shell;
mod test;
mod wheel;

use install::Install;

const USAGE: &str = "expected `test [--full] [--no-install]`, `faults`, `golden DIR`, `checks [--no-install]`, `light \
                     [--no-install]`, `wheel [--test] [--no-install]`, `ci [--no-install]` or `bench …`";

/// What is to be done.
#[derive(Debug, PartialEq)]
enum Chore<'a> {
    Test { full: bool, install: Install },
    Faults,
    Golden { dir: &'a str },
    Checks { install: Install },
    Light { install: Install },
    Wheel { test: bool, install: Install },
    Ci { install: Install },
    Bench { options: &'a [&'a str] },
}

impl<'a> Chore<'a> {
    /// Reads a command line; `None` if it is none.
    fn parse(arguments: &'a [&'a str]) -> Option<Self> {
        let (&name, rest) = arguments.split_first()?;
        let install = |no_install: bool| if no_install { Install::Refuse } else { Install::Allow };
        Some(match (name, rest) {
            ("test", flags) => {
                let [full, no_install] = given(flags, ["--full", "--no-install"])?;
                Self::Test { full, install: install(no_install) }
            }
            ("faults", []) => Self::Faults,
            ("golden", &[dir]) => Self::Golden { dir },
            ("checks", flags) => {
                let [no_install] = given(flags, ["--no-install"])?;
                Self::Checks { install: install(no_install) }
            }
            ("light", flags) => {
                let [no_install] = given(flags, ["--no-install"])?;
                Self::Light { install: install(no_install) }
            }
            ("wheel", flags) => {
                let [test, no_install] = given(flags, ["--test", "--no-install"])?;
                Self::Wheel { test, install: install(no_install) }
            }
            ("ci", flags) => {
                let [no_install] = given(flags, ["--no-install"])?;
                Self::Ci { install: install(no_install) }
            }
            ("bench", options) => Self::Bench { options },
            _ => return None,
        })
    }

    fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Test { full, install } => test::tests(full, install),
            Self::Faults => faults::faults(),
            Self::Golden { dir } => golden::golden(dir),
            Self::Checks { install } => checks::checks(install),
            Self::Light { install } => light::light(install),
            Self::Wheel { test: false, install } => wheel::wheel(install),
            Self::Wheel { test: true, install } => wheel::test(install),
            Self::Ci { install } => {
                checks::checks(install)?;
                light::light(install)?;
                test::tests(false, install)
            }
            Self::Bench { options } => bench::bench(options),
        }
    }
}

/// Which of the known flags are given; `None` if others are.
fn given<const N: usize>(flags: &[&str], known: [&str; N]) -> Option<[bool; N]> {
    let all_known = flags.iter().all(|flag| known.contains(flag));
    all_known.then(|| known.map(|flag| flags.contains(&flag)))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Some(chore) = Chore::parse(&arguments) else {
        eprintln!("xtask: {USAGE}");
        return ExitCode::from(2);
    };
    match chore.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<Chore<'_>>) {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(Chore::parse(&arguments), expected, "{line}");
    }

    #[test]
    fn command_lines_are_read() {
        let (install, refuse) = (Install::Allow, Install::Refuse);
        check("test", Some(Chore::Test { full: false, install }));
        check("test --full", Some(Chore::Test { full: true, install }));
        check("test --no-install", Some(Chore::Test { full: false, install: refuse }));
        check("test --no-install --full", Some(Chore::Test { full: true, install: refuse }));
        check("test --full --no-install", Some(Chore::Test { full: true, install: refuse }));
        check("checks", Some(Chore::Checks { install }));
        check("checks --no-install", Some(Chore::Checks { install: refuse }));
        check("light", Some(Chore::Light { install }));
        check("light --no-install", Some(Chore::Light { install: refuse }));
        check("wheel", Some(Chore::Wheel { test: false, install }));
        check("wheel --no-install", Some(Chore::Wheel { test: false, install: refuse }));
        check("wheel --test", Some(Chore::Wheel { test: true, install }));
        check("ci", Some(Chore::Ci { install }));
        check("ci --no-install", Some(Chore::Ci { install: refuse }));
        check("faults", Some(Chore::Faults));
        check("golden tests/golden", Some(Chore::Golden { dir: "tests/golden" }));
        check("bench --quick", Some(Chore::Bench { options: &["--quick"] }));
        for line in
            ["", "test --ful", "test full", "checks --full", "ci --full", "golden", "golden a b", "tests"]
        {
            check(line, None);
        }
    }
}
