//! The same games on a GPU as on the CPU. The GPU is whatever wgpu finds; Mesa's software Vulkan will do.

use boneyard::core::{Coordinates, Mode, Observation, SampleReport};
use boneyard::kernels::DeviceSampler;
use boneyard::prelude::*;
use boneyard::rules::World;
use boneyard::runtime::{Chosen, DeviceChoice, choose, probe};
use custom_pipeline::{Balanced, Indifferent, Match};

fn setups() -> Vec<Setup> {
    let setup = |seed| Setup {
        game: seed,
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declarations::cycle().of_seed(seed),
        bidder: Seat::ALL[(seed / 10) as usize % 4],
        bid: Bid::THIRTY,
    };
    (0..40).map(setup).collect()
}

/// Plays on the CPU and on wgpu, and demands the same records and the same cost of sampling.
fn check<S: DeviceSampler + Copy>(sampler: S, margin: u32) {
    let games =
        Match { setups: setups(), sampler: Balanced(sampler), policy: Indifferent(margin), samples: 20 };
    let gpu = choose(DeviceChoice::Wgpu(None), &probe()).expect("a Vulkan driver; software will do").chosen;
    let here = games.clone().play_on(&Chosen::Cpu).unwrap();
    let there = games.play_on(&gpu).unwrap();
    assert_eq!(here.games, there.games);
    assert_eq!(here.sampling, there.sampling);
    let choices: Vec<_> = here.games.iter().flat_map(|game| &game.decisions).map(|it| it.choice).collect();
    let custom = choices.iter().filter(|choice| choice.mode == Mode::Custom).count();
    let departed = choices.iter().filter(|choice| choice.slot != choice.greedy).count();
    assert!(custom > 500, "{custom} of {}", choices.len());
    assert!(departed > 50, "{departed} of {}", choices.len());
}

#[test]
fn records_are_the_same_over_unrank() {
    check(Unrank { draw: Draw::Affine }, 1);
}

#[test]
fn records_are_the_same_over_first_fit() {
    check(FirstFit { tries: 1000 }, 84);
}

/// Odd worlds are those of the inner sampler with the opponents' hands exchanged at the first lead, and the same
/// where the opponents differ.
#[test]
fn every_second_world_is_exchanged() {
    let setup = &setups()[0];
    let mut game = setup.start();
    for exchanges in [true, false] {
        let at = Coordinates { seed: 1, replicate: 0, ply: 0 };
        let sampling = Sampling::new(9);
        let observation = Observation::new(game.view(), setup.bid, setup.bidder, &sampling, at).unwrap();
        let draw = |sampler: &dyn Fn(&mut [World]) -> SampleReport| {
            let mut worlds = [boneyard::core::EMPTY; 9];
            assert_eq!(sampler(&mut worlds).missing(), 0);
            worlds
        };
        let plain = draw(&|out| Unrank::default().draw(&observation, out));
        let balanced = draw(&|out| Balanced(Unrank::default()).draw(&observation, out));
        for (i, ([a, b, c], world)) in plain.into_iter().zip(balanced).enumerate() {
            let expected = if exchanges && i % 2 == 1 { [c, b, a] } else { [a, b, c] };
            assert_eq!(world, expected);
        }
        // At the second seat, one opponent has played and the other has not.
        let lead = game.legal().trailing_zeros();
        game.play(Domino::new(u64::from(lead)).unwrap()).unwrap();
    }
}
