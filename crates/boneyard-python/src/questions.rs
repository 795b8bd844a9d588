//! Questions about positions, thousands a call, on the threads of the CPU, and of decisions on devices too.

use crate::arrays::{column, numbers, rows as array, slots as mask};
use crate::errors::{of_core, of_rules, refuse};
use crate::functions::{self, Part};
use crate::generate::host;
use crate::job::{Job, Progress};
use crate::labels::{Form, features, folded};
use crate::network::Raised;
use crate::options::{Adapting, Evaluator as Described, Place, adapting};
use crate::positions::{Contracted, Public, games, views};
use crate::threads::threads;
use boneyard::core::{
    Coordinates, Deals, EMPTY, Error, Estimate, ILLEGAL, InPlay, Observation, Pipeline, Plan, Sampling,
    Setup, Share, SlotValues, Stopped, WorldEvaluator,
};
use boneyard::device::bytes_per_game;
use boneyard::net::tokenizer::{FEATURES, TOKENS};
use boneyard::rules::{
    ALL_TILES, Bid, Completions, Contract, Game, PLIES, RuleError, Seat, Table, Tiles, View, World, tiles_of,
};
use boneyard::strategies::evaluator::Solver;
use boneyard::strategies::policy::Greedy;
use boneyard::strategies::sampler::{SamplerSpec, TrueDeal};
use boneyard::{Configuration, StandardBackend};
use boneyard_run::Watched;
use boneyard_runtime::{Chosen, ComputeClient, DeviceRuntime, OnDevice};
use numpy::{IntoPyArray, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;
use std::sync::{Arc, PoisonError};

/// Rows that a call works through before it looks for Ctrl-C: of full deals, less than a second's.
const AT_A_TIME: usize = 256;

/// Most positions that a device solves together.
const MOST_AT_ONCE: u64 = 1 << 16;

/// Answers to rows, some at a time, with a look for Ctrl-C in between.
fn answered<T: Sync, A: Send, S: Send>(
    py: Python<'_>,
    n_threads: usize,
    rows: &[T],
    scratch: impl Fn() -> S + Sync,
    answer: impl Fn(&mut S, &T) -> A + Sync,
) -> PyResult<Vec<A>> {
    let pool = threads(n_threads)?;
    let mut answers = Vec::with_capacity(rows.len());
    for rows in rows.chunks(AT_A_TIME) {
        py.detach(|| {
            pool.install(|| {
                answers.par_extend(rows.par_iter().map_init(&scratch, &answer));
            });
        });
        py.check_signals()?;
    }
    Ok(answers)
}

/// Slots as points, NaN where not legal.
fn points(values: &SlotValues) -> [f32; 7] {
    values.map(|value| if value == ILLEGAL { f32::NAN } else { f32::from(value) })
}

/// The hands of seeds, `[N, 4, 7]`.
#[pyfunction]
pub fn deal<'py>(
    py: Python<'py>,
    seeds: PyReadonlyArray1<'py, u64>,
    deals: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let deals = Deals::named(deals).ok_or_else(|| refuse("deals", deals, "python or native"))?;
    let seeds = seeds.as_slice()?.to_vec();
    let hands = answered(
        py,
        0,
        &seeds,
        || (),
        |(), &seed| {
            let mut ids = [0u8; 28];
            let dominoes = deals.deal(seed).hands().into_iter().flat_map(tiles_of);
            ids.iter_mut().zip(dominoes).for_each(|(id, domino)| *id = domino.id());
            ids
        },
    )?;
    let n = hands.len();
    Ok(hands.into_flattened().into_pyarray(py).reshape([n, 4, 7])?.into_any())
}

/// Whose turn it is, what is legal, the score and the contract.
#[pyfunction]
pub fn legal<'py>(
    py: Python<'py>,
    hands: PyReadonlyArray3<'py, u8>,
    public: Public<'py>,
) -> PyResult<Bound<'py, PyDict>> {
    let games = games(py, &hands, &public)?;
    let dict = PyDict::new(py);
    let over = |game: &Game| game.table().is_over();
    let mover = |it: &Contracted<Game>| if over(&it.at) { -1 } else { it.at.mover().id() as i8 };
    dict.set_item("mover", column(py, games.iter().map(mover).collect::<Vec<i8>>()))?;
    let slots = |it: &Contracted<Game>| if over(&it.at) { [false; 7] } else { mask(it.at.legal_slots()) };
    dict.set_item("legal", array(py, games.iter().map(slots).collect())?)?;
    dict.set_item("banked", array(py, games.iter().map(|it| it.at.table().banked()).collect())?)?;
    let trick = |it: &Contracted<Game>| {
        let mut trick = [-1i8; 3];
        trick.iter_mut().zip(it.at.table().trick()).for_each(|(id, domino)| *id = domino.id() as i8);
        trick
    };
    dict.set_item("trick", array(py, games.iter().map(trick).collect())?)?;
    let contract = |it: &Contracted<Game>| match it.at.contract(it.bid, it.bidder) {
        Contract::Open => 0i8,
        Contract::Made => 1,
        Contract::Set => -1,
    };
    dict.set_item("contract", column(py, games.iter().map(contract).collect()))?;
    Ok(dict)
}

/// Not one of these positions is over.
fn going_on(games: &[Contracted<Game>]) -> PyResult<()> {
    match games.iter().position(|it| it.at.table().is_over()) {
        Some(i) => Err(of_rules(i, &RuleError::NoMove)),
        None => Ok(()),
    }
}

/// Exact values with open hands, `[N, 7]`, on threads of the CPU or on a device.
#[pyfunction]
pub fn solve<'py>(
    py: Python<'py>,
    hands: PyReadonlyArray3<'py, u8>,
    public: Public<'py>,
    n_threads: usize,
    device: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let games = games(py, &hands, &public)?;
    going_on(&games)?;
    let configuration = Configuration {
        sampling: Sampling { evaluate_forced: true, ..Sampling::new(1) },
        ..Configuration::default()
    };
    // In games' worth of decisions.
    let n_games = (games.len() as u64).div_ceil(PLIES as u64);
    let mut place = py.detach(|| Place::new(device, &configuration, n_games, None, None)?.one())?;
    // One world each fills a device only if many positions are there at once.
    place.batch = (place.budget / 4 / bytes_per_game(false)).clamp(1, MOST_AT_ONCE);
    if place.devices[0].chosen == Chosen::Cpu {
        let solved = answered(
            py,
            n_threads,
            &games,
            || Solver.scratch(),
            |scratch, it| points(&Solver.solve(&it.at, scratch)),
        )?;
        return array(py, solved);
    }
    let pool = threads(n_threads)?;
    let job = Job::start(0, move |progress, results| {
        let solving = Solving { games: &games, place: &place, progress };
        results.put(pool.install(|| place.devices[0].chosen.run(solving))??)
    })?;
    array(py, job.next(py, None, None)?.expect("a result or an error"))
}

/// Open hands to be solved on a device.
struct Solving<'a> {
    games: &'a [Contracted<Game>],
    place: &'a Place,
    progress: &'a Progress,
}

impl OnDevice for Solving<'_> {
    type Output = boneyard::core::Result<Vec<[f32; 7]>>;

    /// Each position is a decision whose only world is the true deal. Those at the same ply are looked at together.
    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let Self { games, place, progress } = self;
        let sampling = Sampling { evaluate_forced: true, ..Sampling::new(1) };
        let mut pipeline =
            Pipeline::new(place.device(client), TrueDeal, Solver, Greedy::default(), sampling)?;
        let ply = |&row: &usize| games[row].at.table().ply();
        let mut order: Vec<usize> = (0..games.len()).collect();
        order.sort_by_key(ply);
        let mut solved = vec![[f32::NAN; 7]; games.len()];
        let batch = place.batch as usize;
        for rows in order.chunk_by(|one, other| ply(one) == ply(other)).flat_map(|rows| rows.chunks(batch)) {
            let in_play = |&row: &usize| -> boneyard::core::Result<InPlay> {
                let (game, bid) = (&games[row].at, games[row].bid);
                let (deal, declaration) = (*game.deal(), game.table().declaration());
                // Points do not depend on who bid: whoever led takes the place.
                let setup = Setup { seed: 0, deal, declaration, bidder: game.table().first_leader(), bid };
                let mut at = setup.in_play();
                game.table().plays().try_for_each(|domino| at.play(domino))?;
                Ok(at)
            };
            let positions = rows.iter().map(in_play).collect::<boneyard::core::Result<Vec<_>>>()?;
            let decisions =
                pipeline.decide(&positions, &mut Watched { watch: progress, games: rows.len() })?;
            for (&row, decision) in rows.iter().zip(decisions) {
                let estimate = decision.estimate.expect("forced moves are evaluated too");
                solved[row] = numbers(decision.legal, |slot| estimate.mean(slot));
            }
        }
        Ok(solved)
    }

    fn on_cpu(self) -> Self::Output {
        unreachable!("a device was chosen")
    }
}

/// What a network reads of positions: `[N, 32, 12]` and `[N, 32]`, or `[N, 32, 2]`.
#[pyfunction]
pub fn tokens<'py>(
    py: Python<'py>,
    hands: PyReadonlyArray3<'py, u8>,
    public: Public<'py>,
    form: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let form = Form::named(form)?;
    let games = games(py, &hands, &public)?;
    going_on(&games)?;
    let pool = threads(0)?;
    let n = games.len();
    let seen: Vec<(View, World)> = games
        .iter()
        .map(|it| {
            let view = it.at.view();
            (view, view.others().map(|seat| it.at.held(seat)))
        })
        .collect();
    let world = |i: usize| (&seen[i].0, &seen[i].1);
    let dict = PyDict::new(py);
    match form {
        Form::Features => {
            let tokens = py.detach(|| pool.install(|| features(n, world)));
            dict.set_item("tokens", tokens.into_pyarray(py).reshape([n, TOKENS, FEATURES])?)?;
        }
        Form::Folded => {
            let tokens = py.detach(|| pool.install(|| folded(n, world)));
            dict.set_item("tokens", tokens.into_pyarray(py).reshape([n, TOKENS, 2])?)?;
        }
    }
    let present = |(view, _): &(View, World)| {
        let there = boneyard::net::tokenizer::FIRST_ON_TABLE + view.table().trick().len();
        std::array::from_fn::<bool, TOKENS, _>(|token| token < there)
    };
    dict.set_item("mask", array(py, seen.iter().map(present).collect())?)?;
    dict.set_item("mover", column(py, seen.iter().map(|(view, _)| view.seat().id()).collect()))?;
    Ok(dict)
}

/// Positions or views, as their mover sees them.
#[derive(FromPyObject)]
pub struct Asked<'py> {
    hands: Option<PyReadonlyArray3<'py, u8>>,
    seat: Option<PyReadonlyArray1<'py, u8>>,
    hand: Option<PyReadonlyArray2<'py, u8>>,
    public: Public<'py>,
}

impl Asked<'_> {
    fn views(&self, py: Python<'_>) -> PyResult<Vec<Contracted<View>>> {
        match (&self.hands, &self.seat, &self.hand) {
            (Some(hands), _, _) => {
                let games = games(py, hands, &self.public)?;
                going_on(&games)?;
                let view =
                    |it: Contracted<Game>| Contracted { bid: it.bid, bidder: it.bidder, at: it.at.view() };
                Ok(games.into_iter().map(view).collect())
            }
            (None, Some(seat), Some(hand)) => views(py, seat, hand, &self.public),
            _ => Err(PyValueError::new_err("expected hands, or seat and hand")),
        }
    }
}

/// What each view leaves open: how many worlds, and some of them.
#[pyfunction]
pub fn worlds<'py>(
    py: Python<'py>,
    asked: Asked<'py>,
    draw: Option<u32>,
    sampler: &str,
    seeds: PyReadonlyArray1<'py, u64>,
) -> PyResult<Bound<'py, PyDict>> {
    let sampler: SamplerSpec = sampler.parse().map_err(of_core)?;
    let views = asked.views(py)?;
    let seeds = seeds.as_slice()?.to_vec();
    let rows: Vec<(u64, Contracted<View>)> = seeds.into_iter().zip(views).collect();
    let counted = answered(py, 0, &rows, || (), |(), (_, it)| Completions::of(&it.at).count())?;
    if let Some(i) = counted.iter().position(|&count| count == 0) {
        return Err(of_rules(i, &RuleError::NoWorld));
    }
    let dict = PyDict::new(py);
    dict.set_item("mover", column(py, rows.iter().map(|(_, it)| it.at.seat().id()).collect()))?;
    dict.set_item("count", column(py, counted))?;
    dict.set_item("sizes", array(py, rows.iter().map(|(_, it)| it.at.sizes()).collect())?)?;
    let unseen = |(_, it): &(u64, Contracted<View>)| ids_mask(it.at.unseen());
    dict.set_item("unseen", array(py, rows.iter().map(unseen).collect())?)?;
    if let Some(n_draws) = draw {
        let n = rows.len();
        if n as u64 * u64::from(n_draws) > 1 << 28 {
            return Err(refuse(
                "draw",
                n_draws,
                format_args!("at most {} worlds of {n} views", (1 << 28) / n.max(1)),
            ));
        }
        let drawn = answered(py, 0, &rows, || (), |(), (seed, it)| drawn(&sampler, *seed, it, n_draws))?;
        let drawn = drawn.into_iter().collect::<Result<Vec<_>, Error>>().map_err(of_core)?;
        let flat: Vec<u32> = drawn.into_iter().flatten().flatten().collect();
        dict.set_item("worlds", flat.into_pyarray(py).reshape([n, n_draws as usize, 3])?)?;
    }
    Ok(dict)
}

/// Which of the dominoes are there.
fn ids_mask(set: Tiles) -> [bool; 28] {
    std::array::from_fn(|id| set >> id & 1 == 1)
}

/// Worlds in the order in which the sampler draws them.
fn drawn(sampler: &SamplerSpec, seed: u64, it: &Contracted<View>, n_draws: u32) -> Result<Vec<World>, Error> {
    let at = Coordinates { seed, replicate: 0, ply: it.at.table().ply() as u8 };
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(n_draws.max(1)) };
    let mut observation = Observation::new(it.at, it.bid, it.bidder, &sampling, at)?;
    observation.plan = Plan::Draw(n_draws);
    let mut worlds = vec![EMPTY; n_draws as usize];
    let report = sampler.for_decisions().draw(&observation, &mut Share::all(&mut worlds));
    if report.missing() > 0 {
        let (wanted, found) = (report.wanted, report.wanted - report.missing());
        return Err(Error::WorldsNotFound { sampler: sampler.to_string(), found, wanted, seed, ply: at.ply });
    }
    Ok(worlds)
}

/// What there is to say of a decision.
#[derive(Clone)]
struct Answer {
    mover: u8,
    legal: u8,
    estimate: Estimate,
    worlds_total: u32,
    exact: bool,
    choice: u8,
    stopped: Stopped,
}

/// Views to be looked at, with the seeds of their random numbers, which wait for a backend.
struct Asking<'a> {
    configuration: &'a Configuration,
    views: &'a [(u64, Contracted<View>)],
    place: &'a Place,
    progress: &'a Progress,
    /// What the rules refuse, for whoever waits.
    raised: &'a Raised,
}

impl OnDevice for Asking<'_> {
    type Output = boneyard::core::Result<Vec<Answer>>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let (device, batch) = (self.place.device(client), self.place.batch);
        self.answers(device, batch as usize)
    }

    fn on_cpu(self) -> Self::Output {
        let host = host(rayon::current_num_threads());
        // About a chunk of the host, so that there is little to wait for when nobody wants it.
        let batch = (host.chunk_worlds / self.configuration.sampling.samples as usize).max(64);
        self.answers(host, batch)
    }
}

impl Asking<'_> {
    /// The answers in the order of the views; those at the same ply are looked at together, a batch at a time.
    fn answers<B: StandardBackend>(self, backend: B, batch: usize) -> boneyard::core::Result<Vec<Answer>> {
        let Self { configuration, views, progress, raised, .. } = self;
        let mut pipeline = configuration.pipeline(backend)?;
        let ply = |&row: &usize| views[row].1.at.table().ply();
        let mut order: Vec<usize> = (0..views.len()).collect();
        order.sort_by_key(ply);
        let mut answers = vec![None; views.len()];
        for rows in order.chunk_by(|one, other| ply(one) == ply(other)).flat_map(|rows| rows.chunks(batch)) {
            let seen = |&row: &usize| {
                let (seed, it) = &views[row];
                InPlay::as_seen(&it.at, it.bid, it.bidder, *seed).map_err(|error| (row, error))
            };
            let games: Vec<Result<InPlay, (usize, RuleError)>> = rows.par_iter().map(seen).collect();
            let games = games.into_iter().collect::<Result<Vec<_>, _>>().map_err(|(row, error)| {
                *raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(of_rules(row, &error));
                error
            })?;
            let decisions = pipeline.decide(&games, &mut Watched { watch: progress, games: rows.len() })?;
            for (&row, decision) in rows.iter().zip(decisions) {
                answers[row] = Some(Answer {
                    mover: decision.seat.id(),
                    legal: decision.legal,
                    worlds_total: decision.worlds_total,
                    exact: decision.is_exact(),
                    choice: decision.choice.slot,
                    stopped: decision.stopped,
                    estimate: decision.estimate.expect("forced moves are evaluated too"),
                });
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

/// E\[Q\] and what goes with it.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "one an option, as of the command")]
pub fn evaluate<'py>(
    py: Python<'py>,
    asked: Asked<'py>,
    samples: u32,
    sampler: Part,
    posterior: Option<&str>,
    evaluator: Described,
    heads: Option<usize>,
    policy: Part,
    seeds: PyReadonlyArray1<'py, u64>,
    n_threads: usize,
    device: &str,
    adaptive: Option<Adapting>,
) -> PyResult<Bound<'py, PyDict>> {
    let raised = Raised::default();
    let (sampler, policy, outside) = functions::described(sampler, policy, &raised);
    let configuration = Configuration {
        sampling: Sampling { evaluate_forced: true, ..Sampling::new(samples) },
        sampler: sampler.parse().map_err(of_core)?,
        posterior: posterior.map_or(Ok(Default::default()), str::parse).map_err(of_core)?,
        evaluator: evaluator.described(heads, &raised)?,
        policy: policy.parse().map_err(of_core)?,
        outside,
        ..Configuration::default()
    };
    let configuration = adapting(configuration, adaptive)?;
    configuration.check().map_err(of_core)?;
    let (corrects, adapts) = (configuration.evaluator.corrects(), configuration.adaptive.is_some());
    let views: Vec<_> = seeds.as_slice()?.iter().copied().zip(asked.views(py)?).collect();
    // In games' worth of decisions.
    let games = (views.len() as u64).div_ceil(PLIES as u64);
    let place = py.detach(|| Place::new(device, &configuration, games, None, None)?.one())?;
    let pool = threads(n_threads)?;
    let job = Job::start(0, {
        let raised = Arc::clone(&raised);
        move |progress, results| {
            let asking = Asking {
                configuration: &configuration,
                views: &views,
                place: &place,
                progress,
                raised: &raised,
            };
            results.put(pool.install(|| place.devices[0].chosen.run(asking))??)
        }
    })?;
    let answers = job.next(py, None, Some(&raised))?.expect("a result or an error");
    let by_slot = |value: fn(&Estimate, usize) -> Option<f64>| {
        answers.iter().map(|it| numbers(it.legal, |slot| value(&it.estimate, slot))).collect::<Vec<_>>()
    };
    let dict = PyDict::new(py);
    dict.set_item("mover", column(py, answers.iter().map(|it| it.mover).collect()))?;
    dict.set_item("legal", array(py, answers.iter().map(|it| mask(it.legal)).collect())?)?;
    dict.set_item("e_q", array(py, by_slot(Estimate::mean))?)?;
    dict.set_item("q_var", array(py, by_slot(Estimate::variance))?)?;
    dict.set_item("p_make", array(py, by_slot(Estimate::p_make))?)?;
    let errors =
        answers.iter().map(|it| numbers(it.legal, |slot| it.estimate.mean_error(slot, it.worlds_total)));
    dict.set_item("e_q_se", array(py, errors.collect())?)?;
    if corrects {
        dict.set_item("correction_se", array(py, by_slot(Estimate::correction_error))?)?;
    }
    dict.set_item("worlds_total", column(py, answers.iter().map(|it| it.worlds_total).collect()))?;
    dict.set_item("worlds_used", column(py, answers.iter().map(|it| it.estimate.worlds).collect()))?;
    dict.set_item("exact", column(py, answers.iter().map(|it| it.exact).collect::<Vec<bool>>()))?;
    dict.set_item("choice", column(py, answers.iter().map(|it| it.choice).collect()))?;
    if adapts {
        dict.set_item("stopped_by", column(py, answers.iter().map(|it| it.stopped as u8).collect()))?;
    }
    Ok(dict)
}

/// How many numbers encode what a seat knows.
pub const KNOWN: usize = 28 * 9 + 3 * 8 + 10 + 4 + 4 + PLIES + 8;

/// What the mover knows, as features: `[N, KNOWN]`. The table stands in `boneyard.encode`.
#[pyfunction]
pub fn encode<'py>(py: Python<'py>, asked: Asked<'py>) -> PyResult<Bound<'py, PyAny>> {
    let views = asked.views(py)?;
    let rows = answered(
        py,
        0,
        &views,
        || (),
        |(), it| known(it.at.seat(), it.at.hand(), it.at.table(), it.bid, it.bidder),
    )?;
    array(py, rows)
}

/// The same of any seat, whose turn it need not be: then it may play nothing.
pub fn known(seat: Seat, hand: Tiles, table: &Table, bid: Bid, bidder: Seat) -> [f32; KNOWN] {
    let mut features = Vec::with_capacity(KNOWN);
    let (held, others) = (hand & !table.played(), [1, 2, 3].map(|places| seat.after(places)));
    let may_play = if !table.is_over() && table.mover() == seat { table.legal(held) } else { 0 };
    let on_table = table.trick().fold(0, |set, domino| set | domino.bit());
    let played = [0, 1, 2, 3].map(|places| table.played_by(seat.after(places)));
    let unseen = ALL_TILES & !hand & !table.played();
    let sets =
        [held, may_play, unseen].into_iter().chain(played).chain([on_table, table.declaration().trumps()]);
    features.extend(sets.flat_map(|set| (0..28).map(move |id| (set >> id & 1) as f32)));
    features.extend(
        others.iter().flat_map(|&seat| (0..8).map(move |suit| f32::from(table.voids(seat) >> suit & 1))),
    );
    let mut one_of =
        |n: usize, which: usize| features.extend((0..n).map(|i| f32::from(u8::from(i == which))));
    one_of(10, table.declaration().index());
    one_of(4, seat.places_to(table.leader()));
    one_of(4, seat.places_to(bidder));
    one_of(PLIES, table.ply());
    let [us, them] = [seat.team(), 1 - seat.team()].map(|team| f32::from(table.banked()[team]) / 42.0);
    let [left, partner, right] = others.map(|seat| f32::from(table.holds(seat)) / 7.0);
    let (points, value) = (f32::from(bid.points()) / 42.0, f32::from(bid.value()) / 42.0);
    features.extend([us, them, points, left, partner, right, f32::from(u8::from(on_table != 0)), value]);
    features.try_into().expect("as many as the table has")
}
