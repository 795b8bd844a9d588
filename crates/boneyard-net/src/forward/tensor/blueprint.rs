//! How a network is divided among the planes of a cube.

use crate::forward::packed::{Shape, TILE};
use crate::weights::Architecture;

/// Tiles of a plane's own columns at most: the sums of 32 tokens then fill half of its registers.
const OWN: usize = 8;
/// Planes of a cube at most: as many as have all registers of a multiprocessor.
const PLANES: usize = 8;

/// What the kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TensorBlueprint {
    pub shape: Shape,
    /// Planes of a cube.
    pub planes: usize,
}

impl TensorBlueprint {
    /// The first of the ways to divide a network that fits the shared memory of a cube.
    ///
    /// What is computed of a feed-forward block before it is used is best all of it: its sums then have the registers for
    /// themselves, and a plane takes eight tiles at a time. If there is no space, or if a plane has a world of its own, then
    /// few tiles do, beside the sums that they are added to.
    pub fn of(architecture: Architecture, shared_bytes: usize) -> Option<Self> {
        let parts = [1, 2, 4].into_iter().find(|parts| architecture.width <= parts * OWN * TILE)?;
        let share = architecture.feed_forward.div_ceil(TILE).div_ceil(parts);
        let groups = share.div_ceil(8);
        let all_at_once = (share.div_ceil(groups), groups);
        let by_and_by = (if parts == 1 { 2 } else { 4 }, 1);
        let divisions: &[_] = if parts == 1 { &[by_and_by] } else { &[all_at_once, by_and_by] };
        let planes = [PLANES, PLANES / 2, parts];
        let mut ways = planes.into_iter().flat_map(|planes| divisions.iter().map(move |it| (planes, *it)));
        ways.find_map(|(planes, (group, groups))| {
            let shape = Shape::of(architecture, parts, group, groups);
            let blueprint = Self { shape, planes };
            (blueprint.shared_bytes() <= shared_bytes).then_some(blueprint)
        })
    }

    /// A plane's share of so many tiles or heads.
    pub(super) fn own(&self, all: usize) -> usize {
        all / self.shape.parts
    }

    /// How many of so many tiles are multiplied without a loop: their weights are asked for before they are needed. Two
    /// tiles do if there are many worlds in a cube, whose planes wait at different times; more take long to compile.
    pub(super) fn at_once(&self, tiles: usize) -> usize {
        let most = if self.shape.parts == 1 { 2 } else { 4 };
        (1..=most).rev().find(|n| tiles.is_multiple_of(*n)).expect("one divides all")
    }

    pub(super) fn worlds_per_cube(&self) -> usize {
        self.planes / self.shape.parts
    }

    /// Tiles of a world's activations.
    pub(super) fn x(&self) -> usize {
        2 * self.shape.tiles
    }

    /// Intermediate tiles of a world: what all heads take of the values; or a section of the feed-forward block, two if there
    /// are several.
    pub(super) fn intermediate(&self) -> usize {
        let Shape { heads, head_tiles, section, inner_tiles, .. } = self.shape;
        2 * usize::max(heads * head_tiles, section * usize::min(2, inner_tiles / section))
    }

    /// Moments of a world's tokens: of each part's columns.
    pub(super) fn moments(&self) -> usize {
        32 * self.shape.parts
    }

    fn shared_bytes(&self) -> usize {
        self.worlds_per_cube() * ((self.x() + self.intermediate()) * TILE * TILE * 2 + self.moments() * 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_divided_evenly_within_shared_memory() {
        let of = |width, heads, feed_forward, kib: usize| {
            let architecture = Architecture { width, heads, layers: 2, feed_forward };
            let blueprint = TensorBlueprint::of(architecture, kib << 10)?;
            let Shape { parts, tiles, heads: all_heads, section, group, inner_tiles, .. } = blueprint.shape;
            assert!(tiles * TILE >= width && inner_tiles * TILE >= feed_forward && all_heads >= heads);
            assert!([tiles, all_heads, section, inner_tiles].iter().all(|it| it % parts == 0));
            assert!(section / parts % group == 0 && inner_tiles % section == 0);
            assert!(blueprint.own(tiles) <= OWN && blueprint.planes % parts == 0);
            assert!(blueprint.shared_bytes() <= kib << 10);
            Some((parts, blueprint.planes, group, inner_tiles / section))
        };
        // Parts, planes, tiles at a time, sections.
        assert_eq!(of(128, 8, 512, 227), Some((1, 8, 2, 16)));
        assert_eq!(of(44, 11, 70, 227), Some((1, 8, 2, 3)));
        assert_eq!(of(256, 8, 512, 227), Some((2, 8, 8, 1)));
        assert_eq!(of(256, 8, 512, 160), Some((2, 8, 4, 4)));
        assert_eq!(of(256, 8, 512, 99), Some((2, 4, 8, 1)));
        assert_eq!(of(256, 1, 1024, 227), Some((2, 8, 4, 8)));
        assert_eq!(of(144, 9, 20, 227), Some((2, 8, 1, 1)));
        assert_eq!(of(320, 5, 96, 227), Some((4, 8, 2, 1)));
        assert_eq!(of(512, 8, 2048, 227), Some((4, 8, 4, 8)));
        assert_eq!(of(512, 8, 2048, 48), None);
        assert_eq!(of(513, 1, 4, 227), None);
    }
}
