//! `arena`: a match of two players, batch by batch, resumable; or many of them.

mod table;

pub use table::KNOWN;

use crate::cli::Arena;
use crate::exit::{BadInput, of_arena, of_run, print, say};
use crate::rows::{Row, Rows};
use crate::{seats, whole_file};
use boneyard::StandardBackend;
use boneyard_arena::{AnyPlayer, Dealt, Match, Pair, Paired, PlayerSpec, Rate, Score, Speed, Terms, race};
use boneyard_run::{place, threads};
use boneyard_runtime::{ComputeClient, DeviceRuntime, OnDevice, Uses};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Runs the command.
pub fn run(options: &Arena) -> anyhow::Result<ExitCode> {
    if let Some(list) = &options.table {
        return table::run(options, list);
    }
    let (Some(x), Some(y)) = (&options.x, &options.y) else {
        return Err(BadInput::option("Y", "expected two players"));
    };
    let meeting = Meeting::play(options, [x, y], &mut Dealt::new(options.contracts), options.out.as_deref())?;
    let score = Score::of(&meeting.ended.pairs);
    if let Some(path) = &options.picture {
        let title = format!("{} against {}", meeting.specs[0], meeting.specs[1]);
        let svg = race(&title, &meeting.ended.pairs)
            .map_err(|what| anyhow::anyhow!("cannot draw the match: {what}"))?;
        whole_file::write(path, |out| out.write_all(svg.as_bytes()))?;
    }
    print(&if options.json { meeting.answer(options, &score)?.to_string() } else { meeting.text(&score) })?;
    Ok(ExitCode::SUCCESS)
}

/// A match that has been played.
struct Meeting {
    specs: [PlayerSpec; 3],
    /// Where it was played.
    place: String,
    ended: Ended,
}

impl Meeting {
    /// Plays it, or goes on with the one in the file.
    fn play(
        options: &Arena,
        players: [&str; 2],
        dealt: &mut Dealt,
        out: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let read = |text: &str| PlayerSpec::read(text, options.heads).map_err(of_arena);
        let specs = [read(players[0])?, read(players[1])?, read(&options.prefix)?];
        check(options, &specs)?;
        let Arena { from_trick, apart, .. } = *options;
        let rules = Match { from_trick, apart };
        let rows = Rows::open(out, &header(options, &specs, &rules))?;
        let choice = seats::choose(&options.device, &specs, 2 * options.deals)?;
        let budget = place::memory_budget(options.memory_budget.bytes(), std::slice::from_ref(&choice));
        let on_device = choice.chosen != boneyard_runtime::Chosen::Cpu;
        let batch = options.batch.unwrap_or(if on_device { 1024 } else { 64 }).max(1);
        let pool = threads::pool(options.threads).map_err(of_run)?;
        say(&format!(
            "{} against {}, {} deals, on {choice} ({})",
            specs[0], specs[1], options.deals, choice.reason
        ));
        let uses = choice.uses();
        let session = Session { options, specs: &specs, rules, dealt, rows, batch, uses, budget };
        let ended = pool.install(|| choice.chosen.run(session))??;
        Ok(Self { specs, place: choice.to_string(), ended })
    }
}

fn check(options: &Arena, specs: &[PlayerSpec; 3]) -> anyhow::Result<()> {
    if options.deals == 0 {
        return Err(BadInput::option("--deals 0", "expected at least 1"));
    }
    if options.seed.checked_add(options.deals).is_none() {
        return Err(BadInput::option(
            &format!("--seed {}", options.seed),
            "the last deal does not fit 64 bits",
        ));
    }
    if let Some(alpha) = options.stop
        && !(alpha > 0.0 && alpha < 1.0)
    {
        return Err(BadInput::option(
            &format!("--stop {alpha}"),
            "expected a level between 0 and 1, such as 0.01",
        ));
    }
    let most = Terms::MOST_PROCESSES;
    if !(1..=most).contains(&options.processes) {
        let what = format!("expected 1 to {most} processes");
        return Err(BadInput::option(&format!("--processes {}", options.processes), what));
    }
    if !(options.timeout > 0.0 && options.timeout <= 3600.0) {
        let what = "expected seconds above 0, at most 3600";
        return Err(BadInput::option(&format!("--timeout {}", options.timeout), what));
    }
    if matches!(specs[2], PlayerSpec::Program(_)) {
        return Err(BadInput::option("--prefix", "expected a player of Boneyard's, not a program"));
    }
    Ok(())
}

/// What the rows of a match depend on.
fn header(options: &Arena, specs: &[PlayerSpec; 3], rules: &Match) -> Value {
    json!({
        "x": seats::identity(&specs[0]),
        "y": seats::identity(&specs[1]),
        "contracts": options.contracts.name(),
        "seed": options.seed,
        "from_trick": rules.from_trick,
        "prefix": if rules.from_trick > 1 { seats::identity(&specs[2]) } else { Value::Null },
        "apart": rules.apart,
    })
}

/// A match that waits for its backend.
struct Session<'a> {
    options: &'a Arena,
    specs: &'a [PlayerSpec; 3],
    rules: Match,
    dealt: &'a mut Dealt,
    rows: Rows<Pair>,
    batch: u64,
    uses: Uses,
    budget: u64,
}

/// A match that has been played, or gone on with.
struct Ended {
    pairs: Vec<Pair>,
    speeds: [Speed; 2],
    /// Hands that were played now, and for how long.
    hands: u64,
    time: Duration,
    /// Whether it ended because the players were told apart.
    told_apart: bool,
}

impl OnDevice for Session<'_> {
    type Output = anyhow::Result<Ended>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let (uses, budget) = (self.uses, self.budget);
        self.play(|| place::device(client.clone(), uses, budget))
    }

    fn on_cpu(self) -> Self::Output {
        self.play(boneyard::core::Host::default)
    }
}

impl Session<'_> {
    fn play<B: StandardBackend>(mut self, backend: impl Fn() -> B) -> anyhow::Result<Ended> {
        let Arena { deals, seed, stop, processes, timeout, .. } = *self.options;
        let timeout = Duration::from_secs_f64(timeout);
        let terms = Terms { processes, timeout, ..Terms::default() };
        let build = |spec: &PlayerSpec| spec.build(&backend, terms).map_err(of_arena);
        let mut players: [AnyPlayer; 2] = [build(&self.specs[0])?, build(&self.specs[1])?];
        let mut prefix = build(&self.specs[2])?;
        let mut pairs = self.rows.take(seed, deals);
        let begun = Instant::now();
        let (mut hands, mut told_apart, mut complaints) = (0, false, 0);
        loop {
            if let Some(at) = stop.and_then(|alpha| Score::told_apart(&pairs, alpha)) {
                pairs.truncate(at);
                told_apart = true;
                break;
            }
            let next = seed + pairs.len() as u64;
            let end = (next + self.batch).min(seed + deals);
            if next == end {
                break;
            }
            let wrong = |who: usize, what: &str| {
                complaints += 1;
                if complaints <= 20 {
                    say(&format!("player {} loses a hand by rule: {what}", ["X", "Y"][who]));
                }
            };
            let played = self.rules.play(&mut players, &mut prefix, self.dealt, next..end, wrong);
            let played = played.map_err(of_arena)?;
            self.rows.add(&played)?;
            hands += played.iter().map(|pair| pair.hands.len() as u64).sum::<u64>();
            pairs.extend(played);
        }
        let speeds = [players[0].speed(), players[1].speed()];
        Ok(Ended { pairs, speeds, hands, time: begun.elapsed(), told_apart })
    }
}

impl Row for Pair {
    fn number(&self) -> u64 {
        self.deal
    }
}

impl Meeting {
    fn hands_a_minute(&self) -> f64 {
        self.ended.hands as f64 * 60.0 / self.ended.time.as_secs_f64().max(1e-9)
    }

    fn answer(&self, options: &Arena, score: &Score) -> anyhow::Result<Value> {
        let Self { specs, place, ended } = self;
        let mut answer = json!({
            "x": specs[0].to_string(),
            "y": specs[1].to_string(),
            "match": {
                "contracts": options.contracts.name(), "seed": options.seed, "from_trick": options.from_trick,
                "told_apart": ended.told_apart,
            },
            "device": place,
            "hands_played": ended.hands,
            "hands_a_minute": self.hands_a_minute(),
            "decisions_a_second": ended.speeds.map(|speed| speed.per_second()),
        });
        let (all, Value::Object(score)) =
            (answer.as_object_mut().expect("an object"), serde_json::to_value(score)?)
        else {
            unreachable!("a score is an object")
        };
        all.extend(score);
        Ok(answer)
    }

    fn text(&self, score: &Score) -> String {
        text(&self.specs, &self.ended, score, self.hands_a_minute())
    }
}

fn text(specs: &[PlayerSpec; 3], ended: &Ended, score: &Score, hands_a_minute: f64) -> String {
    let share = |rate: &Rate| {
        let [low, high] = rate.interval.map(|it| 100.0 * it);
        format!("{} of {} = {:.1} % ({low:.1}-{high:.1})", rate.count, rate.of, 100.0 * rate.share)
    };
    let paired = |what: &str, it: &Paired| {
        format!(
            "{what:10} X {}\n           Y {}\n           only X {}, only Y {}: z = {:+.2}, p = {:.2e}\n",
            share(&it.x),
            share(&it.y),
            it.only_x,
            it.only_y,
            it.z,
            it.p
        )
    };
    let mut text = format!("X          {}\nY          {}\n", specs[0], specs[1]);
    text += &paired("made", &score.contracts);
    for (what, it) in [("offence", &score.offence), ("defence", &score.defence)] {
        if let Some(it) = it {
            text += &paired(what, it);
        }
    }
    for (what, it) in [("marks", &score.marks), ("points", &score.points)] {
        let [low, high] = it.interval;
        text += &format!("{what:10} X - Y {:+.3} a hand ({low:+.3} to {high:+.3})\n", it.mean);
    }
    text += &format!("games      X {}, Y {} (races to seven)\n", score.games.x, score.games.y);
    if score.forfeits != [0, 0] {
        text += &format!("by rule    X lost {} hands, Y {}\n", score.forfeits[0], score.forfeits[1]);
    }
    if ended.told_apart {
        text += "stopped    the players are told apart\n";
    }
    let [x, y] = ended.speeds.map(|speed| speed.per_second());
    text += &format!("speed      {hands_a_minute:.0} hands a minute; decisions a second: X {x:.0}, Y {y:.0}");
    text
}
