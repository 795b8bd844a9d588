//! The exact solver on the device; `docs/SOLVER.md` tells how it works and what was measured.
//!
//! The search asks yes-or-no questions, "does the mover's team win at least so many points?", and closes in on the
//! value of a move by a handful of them (`interval.rs`). A question is an and-or tree over whole tricks: every seat is
//! satisfied by one good move, so a line needs no windows, only the moves that are left to try (`trick.rs`, `stack.rs`),
//! and an answer jumps straight to the last seat it does not satisfy. Positions at the start of a trick are settled by
//! what is plain (`plain.rs`) or known (`table.rs`).
//!
//! One unit works on one question at a time. A turn of its one flat loop plays a trick to its end, whatever seat it
//! begins at, so that neighbouring units stay in step; a unit that is done fetches the next job from a counter, and when there
//! is none it may join another (`joins.rs`). A launch ends after so many turns, and the next one goes on from there (`pause.rs`).

use super::hints::{self, Hints};
use super::interval;
use super::joins::{self, NOBODYS, order_of};
use super::pause::{self, Search};
use super::plain::{DOUBTFUL, MISSED, REACHED, judge, sort_leads};
use super::ranking::{SHARED, ranking_of, share};
use super::root;
use super::sets::{lowest, strength_of};
use super::stack::{WORDS, pop, push};
use super::table::{Probe, TableKernel};
use super::trick::{NOBODY, no_trick};
use boneyard_device::kernels::count::add_wide;
use boneyard_device::kernels::position::{Position, position};
use boneyard_device::layout::{VALUES, status};
use cubecl::prelude::*;

/// What is compiled into a solver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SolverBlueprint {
    /// Units of a cube.
    pub units: u32,
    /// Whether only the contract is asked about.
    pub contract: bool,
    /// Hints a unit, an even number: see `hints.rs`.
    pub hints: u32,
    /// Whether units without a job join others: see `joins.rs`.
    pub joins: bool,
    /// Most turns of the loop a question may take; one that takes more is reported, and never has an answer.
    pub cap: u32,
}

/// Tricks that can be on the stack at once: neither the current one nor the last. The same for every ply, so that one
/// kernel serves the whole hand: compiling it takes longer than some runs.
const LEVELS: usize = 5;

/// Words a unit of searches that are kept from launch to launch.
pub const PAUSED: usize = pause::words(LEVELS);

/// Which of a chunk's worlds are solved in one launch, and in what portions.
///
/// A job is a world, or one move in it. Then jobs come by blocks of worlds, all first moves of a block before all
/// second moves, so that the value of a world's first move is there to start from.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub struct Portion {
    /// The first world.
    pub first: u32,
    /// One past the last, at most.
    pub end: u32,
    /// Tricks left at the root, the one under way included: 1–7.
    pub tricks: u32,
    /// 1 if a job is a world, else the number of dominoes in the mover's hand.
    pub moves: u32,
    /// Worlds of a block.
    pub block: u32,
    /// Most jobs a unit takes.
    pub quota: u32,
    /// log₂ of the entries of the table.
    pub table_bits: u32,
    /// Key bits that tell an entry's place in it.
    pub placed: u32,
    /// Units that work; others have nothing to do.
    pub units: u32,
    /// Most turns of this launch.
    pub turns: u32,
    /// The number of this launch, from 0: later ones go on with what an earlier one has left.
    pub launch: u32,
    /// What becomes of units without a job: [`ENDS`], [`STOPS`] or [`REVIVES`].
    pub idle: u32,
}

/// A unit without a job ends, or joins others.
pub const ENDS: u32 = 0;
/// It ends, and all others stop, for the kernel in which units join.
pub const STOPS: u32 = 1;
/// Units that ended in an earlier launch come back to join others.
pub const REVIVES: u32 = 2;

/// Units of a cube of `clear_kernel`.
pub const CLEARERS: u32 = 256;

/// Empties the first `n` words of the table and `n_records` of the records, and starts counting jobs anew.
#[cube(launch_unchecked)]
pub fn clear_kernel<T: TableKernel>(
    table: &mut Array<T::Word>,
    records: &mut Array<u32>,
    tally: &mut Array<u32>,
    n: u32,
    n_records: u32,
) {
    if ABSOLUTE_POS < n as usize {
        T::clear(table, ABSOLUTE_POS);
    }
    if ABSOLUTE_POS < n_records as usize {
        records[ABSOLUTE_POS] = 0u32.runtime();
    }
    if ABSOLUTE_POS == 0usize {
        tally[comptime!(status::NEXT)] = 0u32.runtime();
        tally[comptime!(status::DONE)] = 0u32.runtime();
        tally[comptime!(status::IDLE)] = 0u32.runtime();
        tally[comptime!(status::STOPPED)] = 0u32.runtime();
    }
}

/// Solves a portion of a chunk's worlds, or as much of it as the launch has turns for.
#[cube(launch_unchecked)]
pub fn solve_kernel<T: TableKernel>(
    observations: &Array<u32>,
    worlds: &Array<u32>,
    owners: &Array<u32>,
    starts: &Array<u32>,
    strengths: &Array<u32>,
    values: &mut Array<Atomic<u32>>,
    tally: &mut Array<Atomic<u32>>,
    table: &mut Array<T::Word>,
    paused: &mut Array<u32>,
    records: &mut Array<Atomic<u32>>,
    n_games: u32,
    portion: &Portion,
    #[comptime] blueprint: SolverBlueprint,
) {
    let mut stack = SharedMemory::<u32>::new(comptime!(LEVELS * WORDS * blueprint.units as usize));
    let mut shared = SharedMemory::<u32>::new(comptime!(SHARED));
    share(strengths, &mut shared);
    let mut hints = Hints {
        table: SharedMemory::<u32>::new(comptime!(hints::words(blueprint.hints) * blueprint.units as usize)),
        world: 0u32.runtime(),
    };
    let end = u32::min(portion.end, starts[n_games as usize]);
    let n_worlds = end - u32::min(portion.first, end);
    let n_jobs = n_worlds * portion.moves;

    let mut probe = Probe { world: 0u32.runtime(), bits: portion.table_bits, placed: portion.placed };
    let mut jobs_done = 0u32.runtime();
    let mut running = ABSOLUTE_POS < portion.units as usize;
    // A unit first fetches a job, then asks questions until its moves have values.
    let mut fetches = true.runtime();
    let mut asks = false.runtime();
    let mut item = 0u32.runtime();
    let mut game = 0u32.runtime();
    let mut moves = 0u32.runtime();
    let mut known = interval::fresh(0i32.runtime(), 0i32.runtime());
    // The line under search.
    let mut trick = no_trick();
    let mut level = 0u32.runtime();
    let mut seat = 0u32.runtime();
    let mut turns = 0u32.runtime();
    // An answer on its way up, where the seat is nobody's.
    let mut verdict = DOUBTFUL.runtime();
    let mut helps = false.runtime();
    let mut whose = NOBODYS.runtime();
    let mut job = n_jobs;
    if running & (portion.launch != 0u32) {
        let search = pause::resume(paused, portion.units, &mut stack);
        running = search.running;
        fetches = search.fetches;
        asks = search.asks;
        if comptime!(blueprint.joins) {
            if (portion.idle == REVIVES) & !running {
                running = true.runtime();
                fetches = true.runtime();
                asks = false.runtime();
                tally[comptime!(status::DONE)].fetch_sub(1u32);
            }
        }
        jobs_done = search.jobs;
        item = search.item;
        game = owners[item as usize];
        moves = search.moves;
        known = search.known;
        trick = search.trick;
        level = search.level;
        seat = search.seat;
        turns = search.turns;
        verdict = search.verdict;
        helps = search.helps;
        whose = search.whose;
        job = search.job;
        probe.world = item - portion.first;
        hints.world = probe.world;
    }
    let mut root = position(observations, worlds, strengths, game, item);
    let mut ranking = ranking_of(root.declaration, &shared);
    let worked = running;
    let mut turn = 0u32.runtime();
    let mut stopped = false.runtime();
    // The first of the moves has its value.
    let mut closed = false.runtime();
    while running & (turn < portion.turns) & !stopped {
        if fetches {
            job = n_jobs;
            whose = NOBODYS.runtime();
            let mut takes = true.runtime();
            if comptime!(blueprint.joins) {
                takes = !helps;
                if helps {
                    if tally[comptime!(status::IDLE)].load() >= portion.units {
                        running = false.runtime();
                    } else {
                        whose = joins::somebody(records, portion.units, turn);
                        if whose != NOBODYS {
                            let shown = joins::join(records, portion.units, whose);
                            if shown != 0u32 {
                                job = shown - 1u32;
                            }
                        }
                    }
                }
            }
            if takes {
                if jobs_done < portion.quota {
                    job = tally[comptime!(status::NEXT)].fetch_add(1u32);
                }
                jobs_done += 1u32;
                if job >= n_jobs {
                    if comptime!(blueprint.joins) {
                        helps = true.runtime();
                        tally[comptime!(status::IDLE)].fetch_add(1u32);
                    } else {
                        running = false.runtime();
                    }
                }
            }
            if job < n_jobs {
                let per_block = portion.block * portion.moves;
                let block = job / per_block;
                let in_block = u32::min(portion.block, n_worlds - block * portion.block);
                let nth = (job % per_block) / in_block;
                let world = block * portion.block + (job % per_block) % in_block;
                item = portion.first + world;
                probe.world = world;
                hints.world = world;
                root = position(observations, worlds, strengths, owners[item as usize], item);
                ranking = ranking_of(root.declaration, &shared);
                let first = lowest(root.legal);
                moves = root.legal;
                let mut guess = root.open / 2u32;
                if portion.moves != 1u32 {
                    for _ in 0u32..nth {
                        moves &= moves - u32::min(moves, 1u32);
                    }
                    moves = lowest(moves);
                    if (nth != 0u32) & (moves != 0u32) {
                        let slot = root.slot(strengths, strength_of(first));
                        let word = values[value_word(item, slot)].load();
                        let half = (word >> (16u32 * (slot % 2u32))) & 0xffffu32;
                        if half != 0x8000u32 {
                            guess = ((half ^ 0x8000u32) + root.open - 0x8000u32) / 2u32;
                        }
                    }
                }
                known = interval::fresh(root.open as i32, guess as i32);
                asks = moves != 0u32;
                if comptime!(blueprint.contract) {
                    let goal = goal_of(&root);
                    if (goal <= 0i32) | (goal > known.high) {
                        // The contract is made or set already.
                        let made = select(goal <= 0i32, 1i32, 0i32);
                        while moves != 0u32 {
                            let tile = lowest(moves);
                            moves ^= tile;
                            put_value(values, item, root.slot(strengths, strength_of(tile)), made);
                        }
                        asks = false.runtime();
                    } else {
                        known.low = goal - 1i32;
                        known.high = goal;
                        known.ask = goal;
                    }
                }
                if comptime!(blueprint.joins) {
                    if whose != NOBODYS {
                        let (low, high) = joins::known_of(records, portion.units, whose);
                        known.meet(low, high);
                        known.take_up(joins::asked(records, portion.units, whose));
                        asks = !known.is_closed();
                    }
                }
                fetches = !asks;
            }
        }
        if turn & comptime!(joins::LOOKS) == comptime!(joins::LOOKS) {
            // Nobody waits for the slowest.
            stopped = tally[comptime!(status::STOPPED)].load() > portion.launch;
            if comptime!(blueprint.joins) {
                if running & !fetches & !asks {
                    if whose != NOBODYS {
                        let (low, high) = joins::known_of(records, portion.units, whose);
                        asks = known.meet(low, high);
                        closed = known.is_closed();
                    } else {
                        if joins::is_last(tally, n_jobs, jobs_done, portion.quota) {
                            whose = joins::own();
                            joins::show(records, portion.units, job, &known);
                        }
                    }
                }
            } else {
                if portion.idle == STOPS {
                    stopped |= tally[comptime!(status::NEXT)].load() > n_jobs;
                }
            }
        }
        if asks & !closed {
            trick = root::begin(&root, lowest(moves), known.ask, &ranking, &shared);
            seat = u32::min(root.in_trick + 1u32, 3u32);
            level = 0u32.runtime();
            turns = 0u32.runtime();
            asks = false.runtime();
        }
        if running & !fetches & !closed {
            if seat == NOBODY {
                // A trick is answered: so is the question of the one before, or it goes on there.
                let bounds = trick.learn(verdict);
                T::remember(table, &probe, &trick, bounds);
                level -= 1u32;
                let play3 = pop(&stack, level, &mut trick);
                seat =
                    trick.settle(verdict, play3, &ranking, &shared, &mut hints, comptime!(blueprint.hints));
            }
            if seat != NOBODY {
                let order = order_of(helps, level);
                let (play3, winner) = trick.play_out(
                    seat,
                    &ranking,
                    &shared,
                    &hints,
                    &order,
                    comptime!(blueprint.hints),
                    comptime!(blueprint.joins),
                );
                let points = 1i32 + ranking.count(trick.play0 | trick.play1 | trick.play2 | play3);
                let mut next = trick.next(play3, winner, points);
                let tricks_left = portion.tricks - 1u32 - level;
                verdict = judge(&next, tricks_left, &ranking, &shared);
                if verdict == DOUBTFUL {
                    next.bounds = T::look_up(table, &probe, &next);
                    if (next.bounds & 63u32) as i32 >= next.need {
                        verdict = REACHED.runtime();
                    }
                    if ((next.bounds >> 6u32) as i32) < next.need {
                        verdict = MISSED.runtime();
                    }
                }
                if verdict == DOUBTFUL {
                    sort_leads(&mut next, &ranking, &shared);
                    push(&mut stack, level, &trick, play3, winner);
                    trick = next;
                    level += 1u32;
                    seat = 0u32.runtime();
                } else {
                    seat = trick.settle(
                        verdict,
                        play3,
                        &ranking,
                        &shared,
                        &mut hints,
                        comptime!(blueprint.hints),
                    );
                }
            }
            if (seat == NOBODY) & (level == 0u32) {
                // The question is answered.
                asks = true.runtime();
                known.answer(verdict);
                if comptime!(blueprint.joins) {
                    if whose != NOBODYS {
                        joins::tell(records, portion.units, whose, &known);
                        let (low, high) = joins::known_of(records, portion.units, whose);
                        known.meet(low, high);
                    }
                }
                closed = known.is_closed();
            }
            turns += 1u32;
            if turns == comptime!(blueprint.cap) {
                // A search that does not end is an error of ours, reported and never a value.
                tally[comptime!(status::CAPPED)].fetch_add(1u32);
                asks = false.runtime();
                fetches = true.runtime();
            }
        }
        if closed {
            // The first move has its value.
            closed = false.runtime();
            let tile = lowest(moves);
            let mut value = 2i32 * known.low - root.open as i32;
            if comptime!(blueprint.contract) {
                value = select(known.low >= goal_of(&root), 1i32, 0i32);
            }
            let mut first = true.runtime();
            if comptime!(blueprint.joins) {
                first = joins::is_first(records, portion.units, whose);
            }
            if first {
                put_value(values, item, root.slot(strengths, strength_of(tile)), value);
            }
            moves ^= tile;
            asks = moves != 0u32;
            fetches = !asks;
            // The next move is probably worth as much.
            known = interval::fresh(root.open as i32, known.low);
            if comptime!(blueprint.contract) {
                let goal = goal_of(&root);
                known.low = goal - 1i32;
                known.high = goal;
                known.ask = goal;
            }
        }
        turn += 1u32;
    }
    if running & (comptime!(blueprint.joins) | (portion.idle != ENDS)) {
        // One unit has reached the end of the launch, or has seen that there are no more jobs.
        tally[comptime!(status::STOPPED)].fetch_max(portion.launch + 1u32);
    }
    if worked {
        add_wide(tally, turn, comptime!(status::TURNS));
        if running & (stopped | (turn == portion.turns)) {
            let search = Search {
                running,
                fetches,
                asks,
                jobs: jobs_done,
                item,
                moves,
                known,
                trick,
                level,
                seat,
                turns,
                helps,
                verdict,
                whose,
                job,
            };
            pause::save(paused, portion.units, &search, &stack);
        } else {
            if running {
                // The device has cut the loop short, so nothing of it can be trusted.
                tally[comptime!(status::CUT_VALUES)].fetch_max(1u32);
            }
            pause::finish(paused, portion.units);
            tally[comptime!(status::DONE)].fetch_add(1u32);
        }
    }
}

/// Points that the mover's team needs for its contract.
#[cube]
fn goal_of(root: &Position) -> i32 {
    // Points p of `open` are a difference of 2p − open.
    (root.needed + root.open as i32 + 1i32) / 2i32
}

/// The word that holds the value of a slot.
#[cube]
fn value_word(item: u32, slot: u32) -> usize {
    (item * comptime!(VALUES as u32) + slot / 2u32) as usize
}

/// Gives a slot its value, of which the low 16 bits count, in place of [`ILLEGAL`](boneyard_device::layout::ILLEGAL); others may
/// do so for the other half of the word.
#[cube]
fn put_value(values: &mut Array<Atomic<u32>>, item: u32, slot: u32, value: i32) {
    let half = (value as u32 & 0xffffu32) ^ 0x8000u32;
    values[value_word(item, slot)].fetch_xor(half << (16u32 * (slot % 2u32)));
}
