//! The same games on a GPU as on the CPU. The GPU is whatever wgpu finds; Mesa's software Vulkan will do.

use boneyard::core::{Choice, Coordinates, Error, Mode, Observation, SampleReport, Share};
use boneyard::kernels::{Device, DevicePolicy, DeviceSampler};
use boneyard::prelude::*;
use boneyard::runtime::{
    Chosen, ComputeClient, DeviceChoice, DeviceRuntime, Family, OnDevice, choose, probe,
};
use custom_pipeline::{Balanced, BestShare, DoublesFirst, Indifferent, play};

fn setups() -> Vec<Setup> {
    let setup = |seed| Setup {
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declarations::cycle().of_seed(seed),
        bidder: Seat::ALL[(seed / 10) as usize % 4],
        bid: Bid::THIRTY,
    };
    (0..40).map(setup).collect()
}

/// Games with these parts.
#[derive(Clone)]
struct Match<S, P> {
    sampler: S,
    policy: P,
}

impl<S: DeviceSampler, P: DevicePolicy> OnDevice for Match<S, P> {
    type Output = Result<(Played, BestShare), Error>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let name = R::name(&client);
        play(Device::new(client, name), Balanced(self.sampler), self.policy, &setups())
    }

    fn on_cpu(self) -> Self::Output {
        play(Host::default(), Balanced(self.sampler), self.policy, &setups())
    }
}

/// Plays on the CPU and on wgpu, and demands the same records, cost of sampling and statistic; gives back the choices.
fn check<S: DeviceSampler + Clone, P: DevicePolicy + Clone>(sampler: S, policy: P) -> Vec<(u8, Choice)> {
    let games = Match { sampler, policy };
    let gpu = choose(DeviceChoice::Device(Family::Wgpu, None), &probe())
        .expect("a Vulkan driver; software will do")
        .chosen;
    let (here, best) = Chosen::Cpu.run(games.clone()).unwrap().unwrap();
    let (there, same) = gpu.run(games).unwrap().unwrap();
    assert_eq!(here.games, there.games);
    assert_eq!(here.sampling, there.sampling);
    assert_eq!(best, same);
    assert!(best.0.len() == 40 && best.0.iter().all(|counts| counts.iter().sum::<u32>() >= 20));
    let decisions = here.games.iter().flat_map(|game| &game.decisions);
    let choices: Vec<_> = decisions.map(|it| (it.hand[usize::from(it.choice.slot)], it.choice)).collect();
    let custom = choices.iter().filter(|(_, choice)| choice.mode == Mode::Custom).count();
    let departed = choices.iter().filter(|(_, choice)| choice.slot != choice.greedy).count();
    assert!(custom > 500, "{custom} of {}", choices.len());
    assert!(departed > 50, "{departed} of {}", choices.len());
    choices
}

#[test]
fn records_are_the_same_over_unrank() {
    check(Unrank { draw: Draw::Affine }, Indifferent(1));
}

#[test]
fn records_are_the_same_over_first_fit() {
    check(FirstFit { tries: 1000 }, Indifferent(84));
}

#[test]
fn doubles_are_led_first() {
    let choices = check(Unrank::default(), DoublesFirst);
    let doubles: Vec<u8> = (0..7).map(|pip: u8| pip * (pip + 1) / 2 + pip).collect();
    let departed: Vec<_> = choices.iter().filter(|(_, choice)| choice.slot != choice.greedy).collect();
    assert!(departed.iter().all(|(domino, _)| doubles.contains(domino)));
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
        let draw = |sampler: &dyn Fn(&mut Share<'_>) -> SampleReport| {
            let mut worlds = [boneyard::core::EMPTY; 9];
            assert_eq!(sampler(&mut Share::all(&mut worlds)).missing(), 0);
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
