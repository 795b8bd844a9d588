//! Random deals on the device: the same stream, shuffle and limit as on the host.

#![allow(missing_docs)]
#![allow(clippy::collapsible_if, clippy::collapsible_else_if)]

use super::FirstFit;
use boneyard_device::DeviceSampler;
use boneyard_device::kernels::sample::{SamplerKernel, Unseen, World};
use cubecl::prelude::*;

/// The device face of [`FirstFit`].
pub struct FirstFitKernel;

/// Options that change the kernel: [`FirstFit::tries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FirstFitBlueprint {
    /// Most attempts while nobody has shown a void.
    pub tries: u32,
}

#[cube]
impl SamplerKernel for FirstFitKernel {
    type Config = FirstFitBlueprint;

    fn prepare(_unseen: &mut Unseen, #[comptime] _config: FirstFitBlueprint) {}

    fn world(unseen: &Unseen, i: u32, #[comptime] config: FirstFitBlueprint) -> World {
        let mut limit = comptime!(FirstFit::attempts(config.tries, 0)).runtime();
        #[unroll]
        for voids in 1u32..comptime!(FirstFit::MOST_VOIDS + 1) {
            if unseen.voids >= voids {
                limit = comptime!(FirstFit::attempts(config.tries, voids)).runtime();
            }
        }
        let n = unseen.tiles.count_ones();
        let mut random = unseen.stream(i);
        let mut order = Array::<u32>::new(21usize);
        let mut world = World {
            left: 0u32.runtime(),
            partner: 0u32.runtime(),
            right: 0u32.runtime(),
            tries: 0u32.runtime(),
        };
        let mut searching = true.runtime();
        while searching & (world.tries < limit) {
            world.tries += 1u32;
            world.left = 0u32.runtime();
            world.partner = 0u32.runtime();
            world.right = 0u32.runtime();
            // The strongest first.
            let mut rest = unseen.tiles;
            for place in 0u32..n {
                let bit = 0x8000_0000u32 >> rest.leading_zeros();
                rest ^= bit;
                order[place as usize] = bit;
            }
            let mut place = 0u32.runtime();
            let mut fits = true.runtime();
            while fits & (place < n) {
                let other = place + random.below(n - place);
                let bit = order[other as usize];
                order[other as usize] = order[place as usize];
                if place < unseen.size_left {
                    world.left |= bit;
                    fits = bit & unseen.not_left == 0u32;
                } else {
                    if place < unseen.size_left + unseen.size_partner {
                        world.partner |= bit;
                        fits = bit & unseen.not_partner == 0u32;
                    } else {
                        world.right |= bit;
                        fits = bit & unseen.not_right == 0u32;
                    }
                }
                place += 1u32;
            }
            // An attempt that was cut short fits too, and is not complete.
            searching = !(fits & (place == n));
        }
        if searching {
            if world.tries < limit {
                world.tries = 0u32.runtime();
            }
            world.left = 0u32.runtime();
            world.partner = 0u32.runtime();
            world.right = 0u32.runtime();
        }
        world
    }
}

impl DeviceSampler for FirstFit {
    type Kernel = FirstFitKernel;

    fn blueprint(&self) -> FirstFitBlueprint {
        FirstFitBlueprint { tries: self.tries }
    }
}
