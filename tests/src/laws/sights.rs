//! A choice sees what its mover sees.
// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]

use super::{assert_same, device, play};
use boneyard_core::{Choice, ChoiceRule, Decision, Draws, Host, Mode, Named, Prefers, Sampling};
use boneyard_device::DevicePolicy;
use boneyard_device::kernels::choose::{self, PolicyKernel, choice};
use boneyard_device::kernels::sight::{Sight, SlotEstimates};
use boneyard_rules::{Seat, tiles_of};
use boneyard_strategies::evaluator::Playout;
use boneyard_strategies::sampler::Unrank;
use cubecl::prelude::*;

/// Mixes everything that a mover sees into a number, and picks a legal slot by it.
#[derive(Clone, Copy, Debug)]
struct Mixed;

struct MixedKernel;

#[cube]
fn mixed(number: u32, next: u32) -> u32 {
    let mixed = (number ^ next) * 0x9E37_79B1u32;
    mixed ^ (mixed >> 15u32)
}

#[cube]
impl PolicyKernel for MixedKernel {
    type Config = ();

    fn choose(
        sight: &Sight,
        estimates: &SlotEstimates,
        _draws: &choose::Draws,
        #[comptime] _config: (),
    ) -> u32 {
        let mut number = mixed(sight.mover, sight.declaration);
        number = mixed(number, sight.ply);
        number = mixed(number, sight.hand);
        number = mixed(number, sight.played);
        number = mixed(number, sight.held());
        number = mixed(number, sight.legal);
        number = mixed(number, sight.voids);
        number = mixed(number, sight.banked_us);
        number = mixed(number, sight.banked_them);
        number = mixed(number, sight.bidder);
        number = mixed(number, sight.bid);
        number = mixed(number, sight.needed as u32);
        number = mixed(number, sight.worlds);
        number = mixed(number, sight.leads() as u32);
        number = mixed(number, sight.slots(sight.held()));
        number = mixed(number, sight.domino(3u32));
        number = mixed(number, estimates.worlds);
        for slot in 0usize..7usize {
            number = mixed(number, estimates.sum[slot] as u32);
            number = mixed(number, estimates.made[slot]);
        }
        let slot = choose::pick_slot(sight.legal, number);
        choice(slot, slot, Mode::Custom)
    }
}

impl Named for Mixed {
    fn id(&self) -> String {
        "mixed-by-sight".to_owned()
    }
}

impl Prefers for Mixed {}

impl ChoiceRule for Mixed {
    fn choice(&self, decision: &Decision<'_>, _: &Draws) -> Choice {
        let (seen, sums) = (decision.seen, decision.sums);
        let (view, table) = (&seen.view, seen.view.table());
        let mix = |number: u32, next: u32| {
            let mixed = (number ^ next).wrapping_mul(0x9E37_79B1);
            mixed ^ (mixed >> 15)
        };
        let us = view.seat().team();
        let voids =
            Seat::ALL.iter().fold(0, |all, seat| all | u32::from(table.voids(*seat)) << (8 * seat.index()));
        let slots_of_held = tiles_of(view.hand())
            .enumerate()
            .filter(|(_, domino)| view.held() & domino.bit() != 0)
            .fold(0, |all, (slot, _)| all | 1 << slot);
        let facts = [
            table.declaration().id().into(),
            table.ply() as u32,
            view.hand(),
            table.played(),
            view.held(),
            decision.legal().into(),
            voids,
            table.banked()[us].into(),
            table.banked()[1 - us].into(),
            seen.bidder.id().into(),
            u32::from(seen.bid.points()),
            seen.needed as u32,
            seen.worlds.count(),
            u32::from(table.ply() % 4 == 0),
            slots_of_held,
            decision.domino(3).id().into(),
            sums.worlds,
        ];
        let mut number = facts.into_iter().fold(view.seat().id().into(), mix);
        for slot in 0..7 {
            number = mix(number, sums.sum[slot] as i32 as u32);
            number = mix(number, sums.made[slot]);
        }
        let slot = boneyard_strategies::policy::pick_slot(decision.legal(), number);
        Choice { slot, greedy: slot, mode: Mode::Custom }
    }
}

impl DevicePolicy for Mixed {
    type Kernel = MixedKernel;

    fn blueprint(&self) {}
}

/// A policy that looks at all there is to see plays the host's games.
pub fn choices_see_what_their_movers_see<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(12);
    let host = play(Host::default(), Unrank::default(), Playout, Mixed, sampling, 60).unwrap();
    let there = play(device(&client), Unrank::default(), Playout, Mixed, sampling, 60).unwrap();
    assert_same("by sight", &host.games, &there.games);
}
