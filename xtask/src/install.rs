//! Whether a chore may change the machine that it runs on.

use crate::shell::run;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Whether what is missing may be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Install {
    /// It may, after it was said.
    Allow,
    /// It may not: `--no-install`.
    Refuse,
}

impl Install {
    /// Installs packages of Debian and Ubuntu because something is missing, after it was said.
    ///
    /// # Errors
    /// What is missing and how to get it, if nothing is to be installed or it did not work.
    pub fn packages(self, missing: &str, packages: &[&str], by_hand: &'static str) -> Result<()> {
        let able = Path::new("/usr/bin/apt-get").exists() && is_root();
        let said = self.announce(missing, packages, able, by_hand)?;
        eprintln!("xtask: {said}");
        for arguments in [&["update"][..], &[&["install", "-y"][..], packages].concat()] {
            let mut command = Command::new("apt-get");
            run(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive")).context(by_hand)?;
        }
        Ok(())
    }

    /// What is to be said before packages are installed because something is missing, or why they are not.
    ///
    /// `able` is whether this machine would let them be installed, `by_hand` how a person does it.
    ///
    /// # Errors
    /// What is missing and how to get it, if nothing is to be installed.
    fn announce(self, missing: &str, packages: &[&str], able: bool, by_hand: &str) -> Result<String> {
        match (self, able) {
            (Self::Refuse, _) => {
                bail!("there is no {missing} here, and --no-install installs none: {by_hand}")
            }
            (Self::Allow, false) => {
                bail!(
                    "there is no {missing} here, and only root on Debian or Ubuntu gets one installed: {by_hand}"
                )
            }
            (Self::Allow, true) => Ok(format!(
                "there is no {missing} here; now installing the packages {} with apt-get; --no-install prevents it",
                packages.join(" and ")
            )),
        }
    }
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|user| user.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(install: Install, able: bool, expected: &str) {
        let said = install.announce("driver", &["one", "two"], able, "get one");
        let text = said.as_ref().map_or_else(|error| format!("refused: {error}"), ToString::to_string);
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_installed_is_said_and_what_is_not_too() {
        let says = "there is no driver here; now installing the packages one and two with apt-get; --no-install prevents it";
        check(Install::Allow, true, says);
        let unable =
            "refused: there is no driver here, and only root on Debian or Ubuntu gets one installed: get one";
        check(Install::Allow, false, unable);
        let refused = "refused: there is no driver here, and --no-install installs none: get one";
        check(Install::Refuse, true, refused);
        check(Install::Refuse, false, refused);
    }
}
