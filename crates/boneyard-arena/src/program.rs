//! Programs that speak the line protocol, as players: several at once, each on a clock.

use crate::error::{Error, Result};
use crate::player::{Answer, Player, Speed};
use crate::protocol::{Reply, Request};
use boneyard::core::InPlay;
use boneyard::rules::Bid;
use std::io::{BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// What programs are held to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Processes at once, 1–8.
    pub processes: usize,
    /// For one answer; the first of a process may take ten times as long, as it is starting.
    pub timeout: Duration,
    /// A program that has failed so often is asked no more: it loses every hand in which it is to move.
    pub most_failures: usize,
}

impl Terms {
    /// Most processes at once.
    pub const MOST_PROCESSES: usize = 8;
}

impl Default for Terms {
    fn default() -> Self {
        Self { processes: 1, timeout: Duration::from_secs(10), most_failures: 10 }
    }
}

/// A player that is a program.
pub struct Program {
    path: String,
    terms: Terms,
    processes: Vec<Option<Process>>,
    failures: AtomicUsize,
    speed: Speed,
}

impl Program {
    /// Starts it.
    ///
    /// # Errors
    /// [`Error::Start`] if that is not possible.
    pub fn start(path: &str, terms: Terms) -> Result<Self> {
        let n = terms.processes.clamp(1, Terms::MOST_PROCESSES);
        let start = |_| Process::start(path).map(Some);
        let processes = (0..n).map(start).collect::<std::io::Result<_>>();
        let processes = processes.map_err(|source| Error::Start { path: path.to_owned(), source })?;
        Ok(Self {
            path: path.to_owned(),
            terms,
            processes,
            failures: AtomicUsize::new(0),
            speed: Speed::default(),
        })
    }
}

impl Player for Program {
    fn decide(&mut self, games: &[InPlay]) -> Result<Vec<Answer>> {
        let begun = Instant::now();
        let Self { path, terms, processes, failures, .. } = self;
        let (path, terms, failures) = (&*path, *terms, &*failures);
        let share = games.len().div_ceil(processes.len()).max(1);
        let mut answers = vec![Err(String::new()); games.len()];
        std::thread::scope(|scope| {
            let shares = games.chunks(share).zip(answers.chunks_mut(share)).zip(processes.iter_mut());
            for ((games, answers), process) in shares {
                scope.spawn(move || {
                    for (game, answer) in games.iter().zip(answers) {
                        *answer = ask(process, path, terms, failures, game);
                    }
                });
            }
        });
        self.speed.decisions += games.len() as u64;
        self.speed.time += begun.elapsed();
        Ok(answers)
    }

    fn speed(&self) -> Speed {
        self.speed
    }
}

/// One answer; a process that fails is ended, and the next question starts another.
fn ask(
    process: &mut Option<Process>,
    path: &str,
    terms: Terms,
    failures: &AtomicUsize,
    game: &InPlay,
) -> Answer {
    let (view, setup) = (game.game().view(), game.setup());
    if setup.bid != Bid::THIRTY || setup.declaration.id() == 8 {
        return Err(format!("the protocol has no bid of {} in {}", setup.bid, setup.declaration));
    }
    if failures.load(Ordering::Relaxed) >= terms.most_failures {
        return Err(format!("{} failures before", terms.most_failures));
    }
    let request = Request::Play { view, bidder: setup.bidder }.line();
    let mut answer = || {
        if process.is_none() {
            *process = Some(Process::start(path).map_err(|error| format!("it cannot be started: {error}"))?);
        }
        let running = process.as_mut().expect("it has been started");
        let line = running.ask(&request, terms.timeout)?;
        Reply::parse(&line, &view).map_err(|what| format!("`{line}`: {what}"))
    };
    match answer() {
        Ok(reply) => Ok(reply.domino),
        Err(what) => {
            failures.fetch_add(1, Ordering::Relaxed);
            *process = None;
            Err(format!("{request}: {what}"))
        }
    }
}

/// The longest line that is read from a program.
const LONGEST: usize = 200;

/// A running program, with a thread that reads what it says.
struct Process {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    is_new: bool,
}

impl Process {
    fn start(path: &str) -> std::io::Result<Self> {
        let mut command = Command::new(path);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // What it starts, as a script does, ends with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let input = child.stdin.take().expect("it is piped");
        let output = child.stdout.take().expect("it is piped");
        let (send, lines) = sync_channel(4);
        let read = move || {
            let mut bytes = BufReader::new(output).bytes();
            let mut line = Vec::new();
            while let Some(Ok(byte)) = bytes.next() {
                match byte {
                    b'\n' => {
                        let text = String::from_utf8_lossy(&std::mem::take(&mut line)).trim().to_owned();
                        if send.send(text).is_err() {
                            return;
                        }
                    }
                    _ if line.len() < LONGEST => line.push(byte),
                    _ => {}
                }
            }
        };
        std::thread::Builder::new().name("a player's answers".to_owned()).spawn(read)?;
        Ok(Self { child, input, lines, is_new: true })
    }

    fn ask(&mut self, request: &str, timeout: Duration) -> Result<String, String> {
        match self.lines.try_recv() {
            Ok(line) => return Err(format!("it says `{line}` unasked")),
            Err(TryRecvError::Disconnected) => return Err("it has ended".to_owned()),
            Err(TryRecvError::Empty) => {}
        }
        // A request is shorter than any pipe's buffer, and only one is under way.
        let sent = self.input.write_all(format!("{request}\n").as_bytes());
        sent.and_then(|()| self.input.flush()).map_err(|error| format!("it does not listen: {error}"))?;
        let patience = if std::mem::take(&mut self.is_new) { timeout * 10 } else { timeout };
        self.lines.recv_timeout(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("no answer within {patience:?}"),
            RecvTimeoutError::Disconnected => "it ended without an answer".to_owned(),
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        #[cfg(unix)]
        let _ = rustix::process::kill_process_group(
            rustix::process::Pid::from_child(&self.child),
            rustix::process::Signal::KILL,
        );
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
