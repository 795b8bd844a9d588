//! Functions of Python as samplers and policies, on the CPU: from columns of decisions, as their movers see them, to worlds or
//! slots. What they give is checked.

use crate::arrays::{column, numbers, rows, slots};
use crate::network::{Raised, raise};
use boneyard::core::{
    Choice, Chooses, Decision, Designed, EMPTY, Error, Estimate, Host, HostEstimates, HostItems,
    HostObservations, HostWorlds, Mode, Named, Objective, Observation, Plan, Policy, Prefers, Result,
    SampleReport, Sampler, Samples,
};
use boneyard::rules::{PLIES, Tiles, World, notation, tiles_of};
use boneyard::{FromOutside, OutsidePart};
use numpy::{PyReadonlyArray1, PyReadonlyArray3};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::ops::Range;
use std::sync::Arc;

/// A sampler or a policy as Python describes it.
#[derive(FromPyObject)]
pub enum Part {
    /// As the command describes it.
    Text(String),
    /// A name and a function.
    Function(String, Py<PyAny>),
}

/// The texts of a sampler and a policy, those of the defaults where functions are in their place, and the functions.
pub fn described(sampler: Part, policy: Part, raised: &Raised) -> (String, String, FromOutside) {
    let mut outside = FromOutside::default();
    let sampler = match sampler {
        Part::Text(text) => text,
        Part::Function(id, call) => {
            let function = Function::new(&id, call, raised);
            let make = move || -> Box<dyn Sampler<Host>> { Box::new(Drawing(function.clone())) };
            outside.sampler = Some(OutsidePart::new(id, make));
            "affine".to_owned()
        }
    };
    let policy = match policy {
        Part::Text(text) => text,
        Part::Function(id, call) => {
            let function = Function::new(&id, call, raised);
            let make = move || -> Box<dyn Policy<Host>> { Box::new(Choosing(function.clone())) };
            outside.policy = Some(OutsidePart::new(id, make));
            "greedy".to_owned()
        }
    };
    (sampler, policy, outside)
}

/// A function of Python under a name.
#[derive(Clone)]
struct Function {
    id: String,
    call: Arc<Py<PyAny>>,
    raised: Raised,
}

impl Function {
    fn new(id: &str, call: Py<PyAny>, raised: &Raised) -> Self {
        Self { id: id.to_owned(), call: Arc::new(call), raised: Arc::clone(raised) }
    }

    /// Does something with the interpreter's lock.
    fn with<T>(&self, work: impl FnOnce(Python<'_>, &Bound<'_, PyAny>) -> PyResult<T>) -> Result<T> {
        let done = Python::try_attach(|py| work(py, self.call.bind(py)));
        // An interpreter that is ending wants nothing.
        done.ok_or(Error::Stopped)?.map_err(|error| raise(&self.raised, &self.id, error))
    }
}

/// A function of this kind and name gave something that is wrong about a decision.
fn wrong(kind: &str, id: &str, seen: &Observation, what: impl std::fmt::Display) -> PyErr {
    let (seed, ply) = (seen.at.seed, seen.at.ply);
    PyValueError::new_err(format!("{kind} {id}: in the game with seed {seed} at ply {ply} {what}"))
}

/// What movers see, as columns.
fn views<'py>(py: Python<'py>, seen: &[&Observation]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let all = || seen.iter();
    let ids = |tiles: u32| {
        let mut ids = [0u8; 7];
        ids.iter_mut().zip(tiles_of(tiles)).for_each(|(id, domino)| *id = domino.id());
        ids
    };
    let plays = |it: &&Observation| {
        let mut plays = [-1i8; PLIES];
        plays.iter_mut().zip(it.view.table().plays()).for_each(|(id, domino)| *id = domino.id() as i8);
        plays
    };
    dict.set_item("seed", column(py, all().map(|it| it.at.seed).collect()))?;
    dict.set_item("ply", column(py, all().map(|it| it.at.ply).collect()))?;
    dict.set_item("seat", column(py, all().map(|it| it.view.seat().id()).collect()))?;
    dict.set_item("hand", rows(py, all().map(|it| ids(it.view.hand())).collect())?)?;
    dict.set_item("legal", rows(py, all().map(|it| slots(it.view.legal_slots())).collect())?)?;
    dict.set_item("declaration", column(py, all().map(|it| it.view.table().declaration().id()).collect()))?;
    dict.set_item("leader", column(py, all().map(|it| it.view.table().first_leader().id()).collect()))?;
    dict.set_item("bidder", column(py, all().map(|it| it.bidder.id()).collect()))?;
    dict.set_item("bid", column(py, all().map(|it| it.bid.value()).collect()))?;
    dict.set_item("plays", rows(py, all().map(plays).collect())?)?;
    dict.set_item("banked", rows(py, all().map(|it| it.view.table().banked()).collect())?)?;
    dict.set_item("sizes", rows(py, all().map(|it| it.view.sizes()).collect())?)?;
    dict.set_item("unseen", column(py, all().map(|it| it.view.unseen()).collect()))?;
    dict.set_item("excluded", rows(py, all().map(|it| it.view.excluded()).collect())?)?;
    dict.set_item("worlds_total", column(py, all().map(|it| it.worlds.count()).collect()))?;
    Ok(dict)
}

/// A function that chooses.
struct Choosing(Function);

impl Named for Choosing {
    fn id(&self) -> String {
        self.0.id.clone()
    }
}

impl Prefers for Choosing {}

impl Chooses<Choosing> for Host {
    fn choose(
        &mut self,
        policy: &mut Choosing,
        seen: &HostObservations,
        estimates: &HostEstimates,
        out: &mut Vec<Choice>,
    ) -> Result<()> {
        let legal = |i: usize| seen[i].view.legal_slots();
        let (free, forced): (Vec<usize>, Vec<usize>) =
            (0..seen.len()).partition(|&i| legal(i).count_ones() > 1);
        forced.into_iter().for_each(|i| out[i] = Choice::forced(legal(i)));
        if free.is_empty() {
            return Ok(());
        }
        let id = &policy.0.id;
        let chosen = policy.0.with(|py, call| {
            let columns = views(py, &free.iter().map(|&i| &seen[i]).collect::<Vec<_>>())?;
            let by_slot = |value: fn(&Estimate, usize, u32) -> Option<f64>| {
                let row =
                    |&i: &usize| numbers(legal(i), |slot| value(&estimates[i], slot, seen[i].worlds.count()));
                rows(py, free.iter().map(row).collect())
            };
            columns.set_item("e_q", by_slot(|it, slot, _| it.mean(slot))?)?;
            columns.set_item("q_var", by_slot(|it, slot, _| it.variance(slot))?)?;
            columns.set_item("p_make", by_slot(|it, slot, _| it.p_make(slot))?)?;
            columns.set_item("e_q_se", by_slot(Estimate::mean_error)?)?;
            let used = free.iter().map(|&i| estimates[i].worlds).collect();
            columns.set_item("worlds_used", column(py, used))?;
            let given = call.call1((columns,))?;
            let chosen: PyReadonlyArray1<'_, i64> = given.extract()?;
            let chosen = chosen.as_slice()?.to_vec();
            for (&i, &slot) in free.iter().zip(&chosen) {
                if !(0..7).contains(&slot) || legal(i) >> slot & 1 == 0 {
                    let slots: Vec<String> = (0..7)
                        .filter(|slot| legal(i) >> slot & 1 == 1)
                        .map(|slot| slot.to_string())
                        .collect();
                    let what = format!("chose slot {slot}, expected a legal one: {}", slots.join(", "));
                    return Err(wrong("policy", id, &seen[i], what));
                }
            }
            Ok(chosen)
        })?;
        for (i, slot) in free.into_iter().zip(chosen) {
            let greedy = Decision::new(&seen[i], &estimates[i]).best(Objective::Mean);
            out[i] = Choice { slot: slot as u8, greedy, mode: Mode::Custom };
        }
        Ok(())
    }
}

/// A function that draws worlds.
struct Drawing(Function);

impl Named for Drawing {
    fn id(&self) -> String {
        self.0.id.clone()
    }
}

/// Nobody says that no world comes twice.
impl Designed for Drawing {}

impl Samples<Drawing> for Host {
    fn sample(
        &mut self,
        sampler: &mut Drawing,
        seen: &HostObservations,
        items: &HostItems,
        chunk: Range<usize>,
        out: &mut HostWorlds,
    ) -> Result<SampleReport> {
        *out = HostWorlds { games: chunk.clone(), ..HostWorlds::default() };
        let mut starts = Vec::with_capacity(chunk.len());
        for game in chunk.clone() {
            starts.push(out.worlds.len());
            let n = items[game].len();
            out.owners.extend(std::iter::repeat_n(game as u32, n));
            if seen[game].plan == Plan::Enumerate {
                out.worlds.extend(seen[game].worlds.iter().skip(items[game].start as usize).take(n));
            } else {
                out.worlds.extend(std::iter::repeat_n(EMPTY, n));
            }
        }
        // Decisions that want as many worlds are asked for together.
        let drawn = |game: &usize| seen[*game].plan != Plan::Enumerate && !items[*game].is_empty();
        let mut asked: Vec<usize> = chunk.clone().filter(drawn).collect();
        asked.sort_by_key(|&game| items[game].len());
        let mut report = SampleReport::default();
        for games in asked.chunk_by(|one, other| items[*one].len() == items[*other].len()) {
            let n = items[games[0]].len();
            let worlds = draw(&sampler.0, &games.iter().map(|&game| &seen[game]).collect::<Vec<_>>(), n)?;
            for (&game, worlds) in games.iter().zip(worlds.chunks_exact(n)) {
                out.worlds[starts[game - chunk.start]..][..n].copy_from_slice(worlds);
            }
            let all = worlds.len() as u64;
            report += SampleReport { wanted: all, found: all, tries: all, ..SampleReport::default() };
        }
        Ok(report)
    }
}

/// `n` worlds of each of these decisions, one decision's after the other's.
fn draw(sampler: &Function, seen: &[&Observation], n: usize) -> Result<Vec<World>> {
    sampler.with(|py, call| {
        let given: PyReadonlyArray3<'_, u32> = call.call1((views(py, seen)?, n))?.extract()?;
        let worlds: Vec<World> = given.as_slice()?.as_chunks::<3>().0.to_vec();
        for (i, world) in worlds.iter().enumerate() {
            let seen = seen[i / n];
            if seen.worlds.rank(world).is_none() {
                return Err(wrong(
                    "sampler",
                    &sampler.id,
                    seen,
                    format_args!("drew world {}: {}", i % n, why(seen, world)),
                ));
            }
        }
        Ok(worlds)
    })
}

/// What is wrong with a world.
fn why(seen: &Observation, world: &World) -> String {
    let who = ["the left opponent", "the partner", "the right opponent"];
    for (i, who) in who.iter().enumerate() {
        let (size, expected) = (world[i].count_ones(), u32::from(seen.view.sizes()[i]));
        if size != expected {
            return format!("{who} holds {size} dominoes, expected {expected}");
        }
        let domino = |set: Tiles| notation::tiles(set & set.wrapping_neg());
        if world[i] & seen.view.excluded()[i] != 0 {
            let of = domino(world[i] & seen.view.excluded()[i]);
            return format!("{who} holds {of}, although it could not follow that suit before");
        }
        if world[i] & !seen.view.unseen() != 0 {
            let of = domino(world[i] & !seen.view.unseen());
            return format!("{who} holds {of}, expected unseen dominoes only");
        }
    }
    "a domino is in two hands".to_owned()
}
