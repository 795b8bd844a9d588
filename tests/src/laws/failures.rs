//! What goes wrong is an error that says so.

use super::{assert_same, device, play, quick};
use crate::evaluators::Lazy;
use crate::games::setups;
use crate::samplers::BrokenSampler;
use boneyard_core::{Backend, Design, Error, Host, Question, Sampling};
use boneyard_device::MOST_FINE_SAMPLES;
use boneyard_strategies::evaluator::Solver;
use boneyard_strategies::policy::Greedy;
use boneyard_strategies::sampler::{Backtracking, FirstFit, Unrank};
use cubecl::prelude::*;

/// A search that takes more turns than it may is an error, never a value.
pub fn a_capped_search_is_an_error<R: Runtime>(client: ComputeClient<R>) {
    let run = |turns| {
        let there = device(&client).with_cap(turns);
        play(there, Unrank::default(), quick(), Greedy::default(), Sampling::new(20), 2)
    };
    let text = run(3).unwrap_err().to_string();
    assert!(text.starts_with("the device: evaluator ") && text.ends_with("the cap of 3 turns"), "{text}");
    run(10_000).unwrap();
}

/// A launch without a limit, on a device that cuts long loops short, is an error; else there are the host's values, as
/// there are with the limit that devices have by default.
pub fn a_cut_search_is_an_error<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(2);
    let host = play(Host::default(), Unrank::default(), Solver, Greedy::default(), sampling, 1).unwrap();
    let run = |backend| play(backend, Unrank::default(), Solver, Greedy::default(), sampling, 1);
    match run(device(&client).with_turns(u32::MAX)) {
        Err(Error::CutShort { device, kernel, strategy, chunks, .. }) => {
            assert_eq!((device.as_str(), kernel, strategy.as_str()), ("the device", "evaluate", "solver"));
            assert!(chunks > 0);
        }
        Ok(played) => assert_same("without a limit", &host.games, &played.games),
        Err(other) => panic!("{other}"),
    }
    assert_same("solver", &host.games, &run(device(&client)).unwrap().games);
}

/// Worlds that were not found are an error with names and numbers.
pub fn missing_worlds_are_an_error<R: Runtime>(client: ComputeClient<R>) {
    let hasty = FirstFit { tries: 1 };
    let error = play(device(&client), hasty, quick(), Greedy::default(), Sampling::new(50), 10).unwrap_err();
    let Error::WorldsNotFound { sampler, found, wanted, seed: there, ply: at } = error else {
        panic!("{error}")
    };
    assert!(sampler == "first-fit" && found < wanted, "{sampler}: {found} of {wanted}");
    let host = play(Host::default(), hasty, quick(), Greedy::default(), Sampling::new(50), 10).unwrap_err();
    let Error::WorldsNotFound { seed, ply, .. } = host else { panic!("{host}") };
    assert_eq!((there, at), (seed, ply), "the first that lacks a world");
}

/// Kernels that break their laws are found out.
pub fn broken_kernels_are_found_out<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(20);
    let sampled = play(device(&client), BrokenSampler, quick(), Greedy::default(), sampling, 3);
    let text = sampled.unwrap_err().to_string();
    assert!(text.starts_with("sampler broken found "), "{text}");
    let valued = play(device(&client), Unrank::default(), Lazy, Greedy::default(), sampling, 3);
    let text = valued.unwrap_err().to_string();
    assert!(text.starts_with("the device: kernel evaluate (lazy): 1 chunks were not finished"), "{text}");
}

/// What a device does not do is refused.
pub fn what_is_not_there_is_refused<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(20);
    let backtracking =
        play(device(&client), Backtracking, quick(), Greedy::default(), sampling, 1).unwrap_err();
    assert!(backtracking.to_string().starts_with("sampler backtracking has no kernel"), "{backtracking}");
    let mut there = device(&client);
    let games = there.deal(&setups(1), &sampling).unwrap();
    let thirds =
        there.estimates(&games, Question::Points { unit: 3 }, Design::default()).map(|_| ()).unwrap_err();
    assert_eq!(
        thirds.to_string(),
        "Points { unit: 3 } on the device: expected a unit that is a power of two"
    );
    let games = there.deal(&setups(1), &Sampling::new(MOST_FINE_SAMPLES + 1)).unwrap();
    assert!(there.estimates(&games, Question::Points { unit: 1 }, Design::default()).is_ok());
    let many =
        there.estimates(&games, Question::Points { unit: 2 }, Design::default()).map(|_| ()).unwrap_err();
    assert_eq!(
        many.to_string(),
        "Points { unit: 2 } on the device: expected at most 65536 samples, not 65537"
    );
}
