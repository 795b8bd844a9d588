//! The host's threads, which solve worlds of a step beside the device: it begins with the first ones, they with the last.
//!
//! Between launches the host looks which moves have values. Threads that have come to worlds which the device has not done
//! by then value the moves that it has not; whoever is first with a value counts, since every value is exact. A hard move keeps one
//! unit of a device busy ten times as long as a core.

use boneyard_core::{ILLEGAL, InPlay, Observation, Sampling, SlotValues, WorldEvaluator};
use boneyard_device::layout::VALUES;
use boneyard_device::{WorldsOfGames, unpacked};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Worlds that a thread takes at a time where a world takes long, and elsewhere.
const LONG: usize = 1;
const SHORT: usize = 16;

/// From so many tricks left on worlds take long.
const LONG_FROM: u32 = 6;

/// Threads at work. They end when this is dropped.
pub struct Beside<E: WorldEvaluator + Send + Sync + 'static> {
    step: Arc<Step<E>>,
}

/// What they all share.
struct Step<E> {
    evaluator: E,
    /// By game of the chunk, of which this is the first.
    first_game: usize,
    seen: Vec<Observation>,
    worlds: WorldsOfGames,
    at_once: usize,
    /// The worlds from here on are taken.
    back: AtomicUsize,
    valued: Vec<AtomicBool>,
    /// What the device had found when the host last looked, from this world on.
    by_device: RwLock<(usize, Vec<u32>)>,
    ended: AtomicBool,
    found: Mutex<Found>,
    last: Condvar,
}

/// What has come of it.
#[derive(Default)]
struct Found {
    /// By world, what the threads found before the device.
    values: Vec<(u32, SlotValues)>,
    /// Worlds without values.
    missing: usize,
    /// Worlds of which the threads have valued every move.
    solved: usize,
    /// Time that they took for them, all together.
    busy: Duration,
}

/// What the threads did.
pub struct Outcome {
    /// By world, values that the device did not find.
    pub values: Vec<(u32, SlotValues)>,
    /// Worlds a second of a thread, if there were any.
    pub pace: Option<f64>,
}

impl<E: WorldEvaluator + Send + Sync + 'static> Beside<E> {
    /// Starts so many threads of the current pool on worlds, each with its game, of games from `first_game` on.
    pub fn start(
        evaluator: E,
        (worlds, games): (WorldsOfGames, Vec<InPlay>),
        first_game: usize,
        sampling: &Sampling,
        threads: usize,
    ) -> Self {
        let seen: Vec<Observation> =
            games.par_iter().map(|game| Observation::of_game(game, sampling)).collect();
        let tricks = seen.first().map_or(0, |seen| 7 - seen.view.table().ply() as u32 / 4);
        let step = Step {
            evaluator,
            first_game,
            seen,
            at_once: if tricks >= LONG_FROM { LONG } else { SHORT },
            back: AtomicUsize::new(worlds.len()),
            valued: worlds.iter().map(|_| AtomicBool::new(false)).collect(),
            by_device: RwLock::default(),
            ended: AtomicBool::new(false),
            found: Mutex::new(Found { missing: worlds.len(), ..Found::default() }),
            last: Condvar::new(),
            worlds,
        };
        // From here on whoever waits within the pool may be given one of these to do.
        let step = Arc::new(step);
        for _ in 0..threads {
            let step = Arc::clone(&step);
            rayon::spawn(move || step.work());
        }
        Self { step }
    }

    /// How many worlds there are.
    pub fn n_worlds(&self) -> usize {
        self.step.worlds.len()
    }

    /// One past the last world that no thread has taken.
    pub fn back(&self) -> usize {
        self.step.back.load(Relaxed)
    }

    /// Looks at the rows of values that the device has from world `first` on. How many it found before the threads, and whether
    /// each world has values now, from whomever.
    pub fn look(&self, first: usize, rows: &[u32]) -> (usize, bool) {
        *self.step.by_device.write().unwrap_or_else(PoisonError::into_inner) = (first, rows.to_vec());
        let (mut found, mut all) = (0, true);
        for (world, row) in (first..).zip(rows.chunks_exact(VALUES)) {
            let is_new = self.step.are_all(world, &unpacked(row)) && self.step.is_first(world);
            found += usize::from(is_new);
            all &= self.step.valued[world].load(Relaxed);
        }
        self.step.found().missing -= found;
        (found, all)
    }

    /// Does what is left, and waits until every world has values.
    pub fn finish(self) -> Outcome {
        self.step.work();
        let mut found = self.step.found();
        while found.missing > 0 {
            found = self.step.last.wait(found).unwrap_or_else(PoisonError::into_inner);
        }
        let seconds = found.busy.as_secs_f64();
        let pace = (found.solved > 0 && seconds > 0.0).then(|| found.solved as f64 / seconds);
        Outcome { values: std::mem::take(&mut found.values), pace }
    }
}

impl<E: WorldEvaluator + Send + Sync + 'static> Drop for Beside<E> {
    fn drop(&mut self) {
        self.step.ended.store(true, Relaxed);
    }
}

impl<E: WorldEvaluator> Step<E> {
    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self, world: usize) -> &Observation {
        &self.seen[self.worlds[world].0 - self.first_game]
    }

    /// Whether these are the values of all legal moves.
    fn are_all(&self, world: usize, values: &SlotValues) -> bool {
        let legal = self.seen(world).view.legal_slots();
        (0..7).all(|slot| legal >> slot & 1 == 0 || values[slot] != ILLEGAL)
    }

    /// Whether this is the first time that the world has values.
    fn is_first(&self, world: usize) -> bool {
        !self.valued[world].swap(true, Relaxed)
    }

    /// The last worlds that nobody has taken.
    fn take(&self) -> Option<Range<usize>> {
        if self.ended.load(Relaxed) {
            return None;
        }
        let first = |end: usize| end.saturating_sub(self.at_once);
        let end = self.back.fetch_update(Relaxed, Relaxed, |end| (end > 0).then(|| first(end))).ok()?;
        Some(first(end)..end)
    }

    /// What the device had found of a world when the host last looked.
    fn known(&self, world: usize) -> SlotValues {
        let by_device = self.by_device.read().unwrap_or_else(PoisonError::into_inner);
        let (first, rows) = &*by_device;
        let row = world.checked_sub(*first).and_then(|nth| rows.chunks_exact(VALUES).nth(nth));
        row.map_or([ILLEGAL; 7], unpacked)
    }

    /// Solves worlds until none is left.
    fn work(&self) {
        let mut scratch = self.evaluator.scratch();
        while let Some(worlds) = self.take() {
            let mut solved = Vec::with_capacity(worlds.len());
            let (mut whole, mut busy) = (0, Duration::ZERO);
            for world in worlds.filter(|&world| !self.valued[world].load(Relaxed)) {
                let (begun, known) = (Instant::now(), self.known(world));
                let seen = self.seen(world);
                solved.push((
                    world,
                    self.evaluator.missing_values(seen, &self.worlds[world].1, &known, &mut scratch),
                ));
                if known == [ILLEGAL; 7] {
                    whole += 1;
                    busy += begun.elapsed();
                }
            }
            let mut found = self.found();
            found.solved += whole;
            found.busy += busy;
            for (world, values) in solved {
                if self.is_first(world) {
                    found.missing -= 1;
                    found.values.push((world as u32, values));
                }
            }
            if found.missing == 0 {
                self.last.notify_all();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluator::Solver;
    use boneyard_core::{Deals, Setup};
    use boneyard_device::layout;
    use boneyard_rules::{Bid, Declaration, Seat, tiles_of};

    /// Some worlds of games before ply 17, and their values.
    fn step(sampling: &Sampling) -> (WorldsOfGames, Vec<InPlay>, Vec<SlotValues>) {
        let game = |seed: u64| {
            let setup = Setup {
                seed,
                deal: Deals::Native.deal(seed),
                declaration: Declaration::new(seed % 10).unwrap(),
                bidder: Seat::ALL[0],
                bid: Bid::THIRTY,
            };
            let mut game = setup.in_play();
            for _ in 0..17 {
                let lowest = tiles_of(game.game().legal()).next().unwrap();
                game.play(lowest).unwrap();
            }
            game
        };
        let (games, first_game): (Vec<InPlay>, usize) = ((0..4).map(game).collect(), 7);
        let (mut worlds, mut values) = (Vec::new(), Vec::new());
        for (nth, game) in games.iter().enumerate() {
            let seen = Observation::of_game(game, sampling);
            for world in seen.worlds.iter().take(12) {
                values.push(Solver.values(&seen, &world, &mut Solver.scratch()));
                worlds.push((first_game + nth, world));
            }
        }
        (worlds, games, values)
    }

    /// Values as a device has them.
    fn rows(values: &[SlotValues]) -> Vec<u32> {
        let word = |values: &SlotValues, word: usize| {
            let half = |slot: usize| u32::from(*values.get(slot).unwrap_or(&ILLEGAL) as u16);
            half(2 * word) | half(2 * word + 1) << 16
        };
        values.iter().flat_map(|values| (0..layout::VALUES).map(move |at| word(values, at))).collect()
    }

    #[test]
    fn threads_do_what_the_device_has_not_done() {
        let sampling = Sampling::new(12);
        let (worlds, games, values) = step(&sampling);
        let n = worlds.len();
        let start = |threads| Beside::start(Solver, (worlds.clone(), games.clone()), 7, &sampling, threads);

        // The device finds the first ten, but one of them not for all moves.
        let beside = start(0);
        let mut found = values[..10].to_vec();
        let missing = found[4].iter().position(|&value| value != ILLEGAL).unwrap();
        found[4][missing] = ILLEGAL;
        assert_eq!(beside.look(0, &rows(&found)), (9, false));
        assert_eq!(beside.look(0, &rows(&found)), (0, false));
        assert_eq!(beside.look(0, &rows(&values[..4])), (0, true));
        assert_eq!((beside.back(), beside.n_worlds()), (n, n));
        let mut outcome = beside.finish();
        outcome.values.sort();
        let others = (4..5).chain(10..n).map(|world| (world as u32, values[world]));
        assert_eq!(outcome.values, others.collect::<Vec<_>>());
        assert!(outcome.pace.is_some());

        // Whoever is first: together they have all, each once.
        let beside = start(3);
        let (by_device, _) = beside.look(0, &rows(&values[..n / 2]));
        let outcome = beside.finish();
        assert_eq!(by_device + outcome.values.len(), n);
        assert!(outcome.values.iter().all(|(world, found)| *found == values[*world as usize]));
    }
}
