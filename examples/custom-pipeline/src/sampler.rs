//! A sampler around any other, with both faces.

// The functions of the standard library that clippy proposes do not exist in kernels.
#![allow(clippy::manual_swap)]

use boneyard::core::{Observation, SampleReport, Share};
use boneyard::kernels::{self, *};
use boneyard::prelude::*;
use std::marker::PhantomData;

/// Draws what `S` draws, and in every second world lets the two opponents exchange their hands: where both hold as
/// many dominoes and have shown the same voids. The exchange is a bijection, so uniform worlds stay uniform, and a
/// sampler that favours one of the two no longer does.
#[derive(Clone, Copy, Debug)]
pub struct Balanced<S>(pub S);

impl<S: Named> Named for Balanced<S> {
    fn id(&self) -> String {
        format!("balanced:{}", self.0.id())
    }
}

/// Independent, as far as is known: exchanged hands may come twice.
impl<S: Named> Designed for Balanced<S> {}

impl<S: WorldSampler> WorldSampler for Balanced<S> {
    fn draw(&self, observation: &Observation, out: &mut Share<'_>) -> SampleReport {
        let asked: Vec<u32> = out.empty().map(|(i, _)| i).filter(|i| i % 2 == 1).collect();
        let report = self.0.draw(observation, out);
        let view = &observation.view;
        let ([left, _, right], [not_left, _, not_right]) = (view.sizes(), view.excluded());
        if left == right && (not_left ^ not_right) & view.unseen() == 0 {
            asked.into_iter().for_each(|i| out.worlds[(i - out.first) as usize].swap(0, 2));
        }
        report
    }
}

impl<S: DeviceSampler> DeviceSampler for Balanced<S> {
    type Kernel = BalancedKernel<S::Kernel>;

    fn blueprint(&self) -> <S::Kernel as SamplerKernel>::Config {
        self.0.blueprint()
    }
}

/// The device face of [`Balanced`], around that of any sampler.
pub struct BalancedKernel<S>(PhantomData<S>);

#[cube]
impl<S: SamplerKernel> SamplerKernel for BalancedKernel<S> {
    type Config = S::Config;

    fn prepare(unseen: &mut Unseen, #[comptime] config: S::Config) {
        S::prepare(unseen, config);
    }

    fn world(unseen: &Unseen, i: u32, #[comptime] config: S::Config) -> kernels::World {
        let mut world = S::world(unseen, i, config);
        let differ = (unseen.not_left ^ unseen.not_right) & unseen.tiles;
        if (unseen.size_left == unseen.size_right) & (differ == 0u32) & (i % 2u32 == 1u32) {
            let left = world.left;
            world.left = world.right;
            world.right = left;
        }
        world
    }
}
