//! `engine`: a player on stdin and stdout. A line that is no request ends it with exit code 101 and without an answer, as
//! arenas expect.

use crate::cli::Engine;
use crate::exit::{of_arena, of_run, print, say, written};
use boneyard::core::Host;
use boneyard_arena::engine::{Pace, Said, answer, measure};
use boneyard_arena::{PlayerSpec, Terms};
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

/// What other engines of the protocol end with.
const BAD_LINE: u8 = 101;

/// Answers `input` line by line.
pub fn run(
    options: &Engine,
    mut input: impl BufRead + Send,
    mut output: impl Write + Send,
) -> anyhow::Result<ExitCode> {
    let spec = PlayerSpec::read(&options.player, options.heads).map_err(of_arena)?;
    boneyard_run::threads::pool(options.threads).map_err(of_run)?.install(|| {
        let mut player = spec.build(Host::default, Terms::default()).map_err(of_arena)?;
        if let Some(deals) = options.measure {
            print(&said_of(&measure(&mut player, 0..deals).map_err(of_arena)?))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            match input.read_until(b'\n', &mut bytes) {
                Ok(0) => return Ok(ExitCode::SUCCESS),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(anyhow::Error::from(error).context("cannot read the input")),
            }
            let said = match std::str::from_utf8(&bytes) {
                Ok(line) => answer(&mut player, line).map_err(of_arena)?,
                Err(_) => Said::Refused("not UTF-8".to_owned()),
            };
            match said {
                Said::Nothing => {}
                Said::Line(line) => {
                    let sent = writeln!(output, "{line}").and_then(|()| output.flush());
                    let gone = sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
                    written(sent)?;
                    if gone {
                        return Ok(ExitCode::SUCCESS);
                    }
                }
                Said::Refused(what) => {
                    say(&format!("boneyard engine: {what}"));
                    return Ok(ExitCode::from(BAD_LINE));
                }
            }
        }
    })
}

fn said_of(pace: &Pace) -> String {
    let Pace { answers, time, slowest, at: (deal, ply), over_a_second } = pace;
    let mean = time.as_secs_f64() / (*answers).max(1) as f64;
    format!(
        "{answers} answers, {mean:.4} s each on average; the slowest took {:.3} s (deal {deal}, ply {ply}); {over_a_second} took \
         longer than a second",
        slowest.as_secs_f64()
    )
}
