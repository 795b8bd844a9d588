//! `arena`: a match of two players, batch by batch, resumable.

mod rows;

use crate::cli::Arena;
use crate::exit::{BadInput, of_arena, of_run, print, say};
use crate::whole_file;
use boneyard::{Configuration, StandardBackend};
use boneyard_arena::{AnyPlayer, Match, Pair, Paired, PlayerSpec, Rate, Score, Speed, Terms, race};
use boneyard_run::{place, threads};
use boneyard_runtime::{ComputeClient, DeviceRuntime, OnDevice};
use rows::Rows;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Runs the command.
pub fn run(options: &Arena) -> anyhow::Result<ExitCode> {
    let specs = [&options.x, &options.y, &options.prefix];
    let mut read = specs.into_iter().map(|text| PlayerSpec::read(text, options.heads).map_err(of_arena));
    let mut next = || read.next().expect("three descriptions");
    let specs = [next()?, next()?, next()?];
    check(options, &specs)?;
    let rules = Match { contracts: options.contracts, from_trick: options.from_trick, apart: options.apart };
    let rows = Rows::open(options.out.as_deref(), &header(options, &specs, &rules))?;
    let choice = choose(options, &specs)?;
    let budget = place::memory_budget(options.memory_budget.bytes(), std::slice::from_ref(&choice));
    let backend = choice.to_string();
    let on_device = choice.chosen != boneyard_runtime::Chosen::Cpu;
    let batch = options.batch.unwrap_or(if on_device { 1024 } else { 64 }).max(1);
    let pool = threads::pool(options.threads).map_err(of_run)?;
    say(&format!(
        "{} against {}, {} deals, on {backend} ({})",
        specs[0], specs[1], options.deals, choice.reason
    ));
    let with_cpu = choice.with_cpu;
    let session = Session { options, specs: &specs, rules, rows, batch, with_cpu, budget };
    let ended = pool.install(|| choice.chosen.run(session))??;
    report(options, &specs, &ended, &backend)?;
    Ok(ExitCode::SUCCESS)
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

/// Every stage of every player must be able to run there; programs run anywhere.
fn choose(options: &Arena, specs: &[PlayerSpec; 3]) -> anyhow::Result<boneyard_runtime::Choice> {
    let recipes = specs.iter().filter_map(|spec| match spec {
        PlayerSpec::Built(stages) => Some(stages.iter().map(|stage| &stage.recipe)),
        PlayerSpec::Program(_) => None,
    });
    let mut dearest: Option<Vec<boneyard_runtime::Choice>> = None;
    for recipe in recipes.flatten() {
        let choices = place::choose(&options.device, &recipe.into(), 2 * options.deals).map_err(of_run)?;
        let is_cpu = choices[0].chosen == boneyard_runtime::Chosen::Cpu;
        // A player that only the CPU can be keeps all of them there; one for which a GPU pays brings all to it.
        let only_cpu = is_cpu && recipe.check_for_device().is_err();
        if only_cpu || dearest.is_none() || !is_cpu {
            dearest = Some(choices);
        }
        if only_cpu {
            break;
        }
    }
    let choices = match dearest {
        Some(choices) => choices,
        None => place::choose(&"cpu".parse()?, &Configuration::default(), 1).map_err(of_run)?,
    };
    match <[_; 1]>::try_from(choices) {
        Ok([choice]) => Ok(choice),
        Err(_) => Err(BadInput::option("--device", "expected one device for a match")),
    }
}

/// What the rows of a match depend on.
fn header(options: &Arena, specs: &[PlayerSpec; 3], rules: &Match) -> Value {
    let player = |spec: &PlayerSpec| {
        let weights: Vec<&str> = match spec {
            PlayerSpec::Built(stages) => {
                let networks = stages.iter().flat_map(|stage| stage.recipe.networks());
                networks.map(|network| network.weights().sha256()).collect()
            }
            PlayerSpec::Program(_) => Vec::new(),
        };
        if weights.is_empty() { json!(spec.to_string()) } else { json!([spec.to_string(), weights]) }
    };
    json!({
        "x": player(&specs[0]),
        "y": player(&specs[1]),
        "contracts": rules.contracts.name(),
        "seed": options.seed,
        "from_trick": rules.from_trick,
        "prefix": if rules.from_trick > 1 { player(&specs[2]) } else { Value::Null },
        "apart": rules.apart,
    })
}

/// A match that waits for its backend.
struct Session<'a> {
    options: &'a Arena,
    specs: &'a [PlayerSpec; 3],
    rules: Match,
    rows: Rows,
    batch: u64,
    with_cpu: bool,
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
        let (with_cpu, budget) = (self.with_cpu, self.budget);
        self.play(|| place::device(client.clone(), with_cpu, budget))
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
        let mut pairs = self.rows.take_pairs(seed, deals);
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
            let played = self.rules.play(&mut players, &mut prefix, next..end, wrong).map_err(of_arena)?;
            self.rows.add(&played)?;
            hands += played.iter().map(|pair| pair.hands.len() as u64).sum::<u64>();
            pairs.extend(played);
        }
        let speeds = [players[0].speed(), players[1].speed()];
        Ok(Ended { pairs, speeds, hands, time: begun.elapsed(), told_apart })
    }
}

fn report(options: &Arena, specs: &[PlayerSpec; 3], ended: &Ended, backend: &str) -> anyhow::Result<()> {
    let score = Score::of(&ended.pairs);
    if let Some(path) = &options.picture {
        let title = format!("{} against {}", specs[0], specs[1]);
        let svg =
            race(&title, &ended.pairs).map_err(|what| anyhow::anyhow!("cannot draw the match: {what}"))?;
        whole_file::write(path, |out| out.write_all(svg.as_bytes()))?;
    }
    let hands_a_minute = ended.hands as f64 * 60.0 / ended.time.as_secs_f64().max(1e-9);
    if options.json {
        let mut answer = json!({
            "x": specs[0].to_string(),
            "y": specs[1].to_string(),
            "match": {
                "contracts": options.contracts.name(), "seed": options.seed, "from_trick": options.from_trick,
                "told_apart": ended.told_apart,
            },
            "device": backend,
            "hands_played": ended.hands,
            "hands_a_minute": hands_a_minute,
            "decisions_a_second": ended.speeds.map(|speed| speed.per_second()),
        });
        let (all, Value::Object(score)) =
            (answer.as_object_mut().expect("an object"), serde_json::to_value(&score)?)
        else {
            unreachable!("a score is an object")
        };
        all.extend(score);
        return print(&answer.to_string());
    }
    print(&text(specs, ended, &score, hands_a_minute))
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
