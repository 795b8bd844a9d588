//! The house of laws: what holds of every backend and of every strategy's kernel, generic over the runtime. The device
//! does what the host does, to the bit; what it cannot do is an error.
//!
//! Each law is a function of a client that panics where it is broken. [`for_each_law`](crate::for_each_law) lists them
//! once; `tests/laws.rs` makes a test of each for every runtime that is compiled in, and [`all`] is the list for programs.

mod checks;
mod choices;
mod failures;
mod fused;
mod records;
mod referee;
mod resumed;
mod rounds;
mod sights;
mod tokens;
mod values;
mod weights;
mod worlds;

pub use checks::checks_equal_the_hosts;
pub use choices::{choices_equal_the_hosts, exponentials_equal_the_hosts};
pub use failures::{
    a_capped_search_is_an_error, a_cut_search_is_an_error, broken_kernels_are_found_out,
    missing_worlds_are_an_error, what_is_not_there_is_refused,
};
pub use fused::{fused_equals_staged, fused_failures_are_errors};
pub use records::{
    budgets_cover_everything, budgets_do_not_matter, fractions_equal_the_hosts, nothing_comes_of_nothing,
    options_change_the_same_things, records_equal_the_hosts, waits_are_counted,
};
pub use referee::the_referee_finds_what_is_wrong;
pub use resumed::{resumed_games_go_on_alike, the_bidder_need_not_lead};
pub use rounds::{adaptive_rounds_equal_the_hosts, corrected_rounds_equal_the_hosts, rounds_do_not_matter};
pub use sights::choices_see_what_their_movers_see;
pub use tokens::{tokens_equal_the_hosts, tokens_need_worlds_and_room};
pub use values::{
    contracts_equal_the_hosts, equal_trumps_equal_the_hosts, hints_save_turns,
    joined_searches_equal_the_hosts, positions_of_all_plies_equal_the_hosts, shared_steps_equal_the_hosts,
    small_tables_do_not_matter, solved_values_equal_the_hosts, whole_hands_equal_the_hosts,
};
pub use weights::{
    declared_records_equal_the_hosts, full_weights_change_nothing, plays_are_weighed_as_on_the_host,
    weighed_records_equal_the_hosts,
};
pub use worlds::worlds_equal_the_hosts;

use crate::games::setups;
use boneyard_core::{
    AtOnce, Backend, Evaluator, GameRecord, Pipeline, Planner, Played, Policy, Result, Sampler, Sampling,
};
use boneyard_device::Device;
use boneyard_strategies::evaluator::{Cascade, Playout, Solver};
use cubecl::prelude::*;

/// Calls a macro with the names of all laws.
#[macro_export]
macro_rules! for_each_law {
    ($with:ident) => {
        $with! {
            records_equal_the_hosts,
            options_change_the_same_things,
            fractions_equal_the_hosts,
            budgets_do_not_matter,
            budgets_cover_everything,
            waits_are_counted,
            nothing_comes_of_nothing,
            corrected_rounds_equal_the_hosts,
            rounds_do_not_matter,
            adaptive_rounds_equal_the_hosts,
            resumed_games_go_on_alike,
            the_bidder_need_not_lead,
            worlds_equal_the_hosts,
            the_referee_finds_what_is_wrong,
            solved_values_equal_the_hosts,
            contracts_equal_the_hosts,
            whole_hands_equal_the_hosts,
            positions_of_all_plies_equal_the_hosts,
            small_tables_do_not_matter,
            hints_save_turns,
            equal_trumps_equal_the_hosts,
            joined_searches_equal_the_hosts,
            shared_steps_equal_the_hosts,
            weighed_records_equal_the_hosts,
            full_weights_change_nothing,
            declared_records_equal_the_hosts,
            plays_are_weighed_as_on_the_host,
            choices_equal_the_hosts,
            exponentials_equal_the_hosts,
            choices_see_what_their_movers_see,
            checks_equal_the_hosts,
            tokens_equal_the_hosts,
            tokens_need_worlds_and_room,
            fused_equals_staged,
            fused_failures_are_errors,
            a_capped_search_is_an_error,
            a_cut_search_is_an_error,
            missing_worlds_are_an_error,
            broken_kernels_are_found_out,
            what_is_not_there_is_refused,
        }
    };
}

/// A law: it panics where it is broken.
pub type Law<R> = fn(ComputeClient<R>);

/// All laws by name.
pub fn all<R: Runtime>() -> Vec<(&'static str, Law<R>)> {
    macro_rules! listed {
        ($($law:ident,)*) => { vec![$((stringify!($law), $law::<R> as Law<R>)),*] };
    }
    for_each_law!(listed)
}

/// The solver for the last three tricks, playouts before: quick and exact.
fn quick() -> Cascade<Solver, Playout> {
    solved(3)
}

/// The solver for the last tricks, playouts before.
fn solved(tricks: u8) -> Cascade<Solver, Playout> {
    Cascade::new(tricks, Solver, Playout).expect("both answer in points")
}

fn device<R: Runtime>(client: &ComputeClient<R>) -> Device<R> {
    Device::new(client.clone(), "the device")
}

/// Plays the games of [`setups`].
fn play<B, S, E, P>(
    backend: B,
    sampler: S,
    evaluator: E,
    policy: P,
    sampling: Sampling,
    n: u64,
) -> Result<Played>
where
    B: Backend,
    S: Sampler<B>,
    E: Evaluator<B>,
    P: Policy<B>,
    AtOnce: Planner<B>,
{
    Pipeline::new(backend, sampler, evaluator, policy, sampling)?.play(&setups(n), &mut ())
}

fn assert_same(what: &str, host: &[GameRecord], device: &[GameRecord]) {
    assert_eq!(host.len(), device.len(), "{what}");
    for (a, b) in host.iter().zip(device) {
        for (a, b) in a.decisions.iter().zip(&b.decisions) {
            assert_eq!(a, b, "{what}: seed {} at ply {}", a.seed, a.ply);
        }
        assert_eq!(a, b, "{what}");
    }
}
