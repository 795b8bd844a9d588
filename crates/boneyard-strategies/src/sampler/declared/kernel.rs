//! The same on the device, to the bit.

#![allow(missing_docs)]

use super::{Declared, Evidence, MOST_TRIES};
use boneyard_core::ONE;
use boneyard_device::kernels::position::Position;
use boneyard_device::kernels::sample::{SamplerKernel, Unseen, World};
use boneyard_device::kernels::strength::PIPS;
use boneyard_device::kernels::weigh::WeightKernel;
use boneyard_device::{DeviceSampler, DeviceWeight};
use core::marker::PhantomData;
use cubecl::prelude::*;

/// The device face of [`Declared`] over the one of its sampler.
pub struct DeclaredKernel<S>(PhantomData<S>);

/// Options that change the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeclaredBlueprint<C> {
    /// Those of the sampler.
    pub sampler: C,
    /// What the declaration says.
    pub evidence: Evidence,
}

/// What a suit of a hand is worth as a trump: the more of it the more, then its double, then its pip.
#[cube]
fn worth(suit: u32, doubles: u32, pip: u32) -> u32 {
    suit.count_ones() * 16u32 + ((suit & doubles != 0u32) as u32) * 8u32 + pip
}

/// Whether the world's bidder would have declared what it did.
#[cube]
fn agrees(unseen: &Unseen, world: &World) -> bool {
    let mut hand = world.left;
    if unseen.bidder == 2u32 {
        hand = world.partner;
    }
    if unseen.bidder == 3u32 {
        hand = world.right;
    }
    hand |= unseen.bidder_played;
    let doubles = unseen.pips(7u32.runtime());
    let mut best = 0u32.runtime();
    for pip in 0u32..7u32 {
        best = u32::max(best, worth(hand & unseen.pips(pip), doubles, pip));
    }
    (unseen.bidder == 0u32) | (best & 7u32 == unseen.declaration)
}

#[cube]
impl<S: SamplerKernel> SamplerKernel for DeclaredKernel<S> {
    type Config = DeclaredBlueprint<S::Config>;

    fn prepare(unseen: &mut Unseen, #[comptime] config: DeclaredBlueprint<S::Config>) {
        S::prepare(unseen, comptime!(config.sampler));
    }

    fn world(unseen: &Unseen, i: u32, #[comptime] config: DeclaredBlueprint<S::Config>) -> World {
        let mut world = S::world(unseen, i, comptime!(config.sampler));
        let found = unseen.admits(&world);
        let mut random = unseen.second_stream(i);
        let mut tries = 1u32.runtime();
        let mut searching = found;
        while searching & (tries < MOST_TRIES) {
            if agrees(unseen, &world) {
                searching = false.runtime();
            } else {
                if random.next_word() >> 16u32 < comptime!(config.evidence.beta) {
                    searching = false.runtime();
                } else {
                    let next = unseen.unrank(random.below(unseen.total));
                    world.left = next.left;
                    world.partner = next.partner;
                    world.right = next.right;
                    tries += 1u32;
                }
            }
        }
        world.tries += tries - 1u32;
        world
    }
}

impl<S: DeviceSampler> DeviceSampler for Declared<S> {
    type Kernel = DeclaredKernel<S::Kernel>;

    fn blueprint(&self) -> DeclaredBlueprint<<S::Kernel as SamplerKernel>::Config> {
        DeclaredBlueprint { sampler: self.sampler.blueprint(), evidence: self.evidence }
    }
}

/// The device face of [`Evidence`] as a weight.
pub struct EvidenceKernel;

#[cube]
impl WeightKernel for EvidenceKernel {
    type Config = Evidence;

    fn weight(position: &Position, strengths: &Array<u32>, #[comptime] config: Evidence) -> u32 {
        let mut hand = position.left;
        if position.bidder == 2u32 {
            hand = position.partner;
        }
        if position.bidder == 3u32 {
            hand = position.right;
        }
        hand |= position.bidder_played;
        let pips = position.row + comptime!(PIPS);
        let doubles = strengths[pips + 7usize];
        let mut best = 0u32.runtime();
        for pip in 0u32..7u32 {
            best = u32::max(best, worth(hand & strengths[pips + pip as usize], doubles, pip));
        }
        let mut weight = comptime!(ONE).runtime();
        let against = (position.bidder != 0u32) & (best & 7u32 != position.declaration);
        if against & (position.enumerated == 1u32) {
            weight = comptime!(config.beta.max(Evidence::LEAST)).runtime();
        }
        weight
    }
}

impl DeviceWeight for Evidence {
    type Kernel = EvidenceKernel;

    fn blueprint(&self) -> Evidence {
        *self
    }
}
