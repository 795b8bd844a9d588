//! The conformance suite on wgpu: software Vulkan where there is no GPU.

mod conformance;

use cubecl::prelude::*;
use cubecl::wgpu::WgpuRuntime;
use std::sync::{Mutex, PoisonError};

/// One test at a time: they share the device.
static DEVICE: Mutex<()> = Mutex::new(());

macro_rules! conformance {
    ($($law:ident),* $(,)?) => { $(
        #[test]
        fn $law() {
            let _held = DEVICE.lock().unwrap_or_else(PoisonError::into_inner);
            conformance::$law::<WgpuRuntime>(WgpuRuntime::client(&Default::default()));
        }
    )* };
}

conformance!(
    records_equal_the_hosts,
    options_change_the_same_things,
    fused_equals_staged,
    fused_failures_are_errors,
    choices_equal_the_hosts,
    checks_equal_the_hosts,
    fractions_equal_the_hosts,
    weights_equal_the_hosts,
    worlds_equal_the_hosts,
    the_referee_finds_what_is_wrong,
    solved_values_equal_the_hosts,
    contracts_equal_the_hosts,
    budgets_do_not_matter,
    waits_are_counted,
    a_capped_search_is_an_error,
    a_cut_search_is_an_error,
    missing_worlds_are_an_error,
    broken_kernels_are_found_out,
    what_is_not_there_is_refused,
    nothing_comes_of_nothing,
);
