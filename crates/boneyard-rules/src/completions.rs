//! Worlds as indices: an exact count, and a bijection between 0..count and the worlds.
//!
//! The unseen dominoes are dealt one by one in a fixed order. What is left to count after the first `i` of
//! them depends only on how many dominoes the first two seats still take (the third takes the rest), so the
//! completions form a table of at most 22 × 8 × 8 numbers. The largest count, 21! / (7!)³ = 399,072,960,
//! fits in a `u32`. Walking the table down turns an index into *the* world of that rank, and back.

use crate::{Domino, Tiles, View, tables::BY_STRENGTH, tiles_of};

/// What the three other seats hold, in playing order from the viewer's left: left opponent, partner, right
/// opponent.
pub type World = [Tiles; 3];

/// Most dominoes a view can leave unseen.
const MOST: usize = 21;
/// Capacities 0–7, shifted by one so that "one less than none" is a cell that holds zero.
const SIDE: usize = 9;
const LAYER: usize = SIDE * SIDE;

/// All worlds that agree with hand sizes and voids, numbered.
///
/// The order is lexicographic: by the seat of the first unseen domino, then of the second, and so on. For a
/// view the strongest domino comes first ([`BY_STRENGTH`] from the end), so that worlds with neighbouring
/// indices agree on who holds what matters most, and draws that are spread evenly over the indices are spread
/// evenly over that.
#[derive(Clone)]
pub struct Completions {
    tiles: [u8; MOST],
    /// Bit `o` where seat `o` may hold the domino.
    allowed: [u8; MOST],
    n_tiles: u8,
    sizes: [u8; 3],
    /// `[layer][first seat's capacity + 1][second seat's capacity + 1]`: ways to deal the dominoes from
    /// `layer` on.
    cells: [u32; (MOST + 1) * LAYER],
}

impl Completions {
    /// The worlds of a view, by the seats of the strongest dominoes first.
    pub fn of(view: &View) -> Self {
        let unseen = view.unseen();
        let order = BY_STRENGTH[view.table().declaration().index()];
        let strongest_first = order.iter().rev().map(|&id| Domino::from_bit(u32::from(id)));
        let tiles = strongest_first.filter(|domino| unseen & domino.bit() != 0);
        Self::in_order(tiles, view.sizes(), view.excluded())
    }

    /// The ways to deal `unseen`, by ascending id, to three seats that take `sizes` dominoes and none of
    /// `excluded`.
    ///
    /// If the sizes do not add up to the number of unseen dominoes there are no worlds.
    ///
    /// # Panics
    /// If there are more than 21 unseen dominoes or a size is above 7.
    pub fn new(unseen: Tiles, sizes: [u8; 3], excluded: [Tiles; 3]) -> Self {
        Self::in_order(tiles_of(unseen), sizes, excluded)
    }

    fn in_order(unseen: impl Iterator<Item = Domino>, sizes: [u8; 3], excluded: [Tiles; 3]) -> Self {
        assert!(sizes.iter().all(|&size| size <= 7), "hands of {sizes:?}");
        let mut this =
            Self { tiles: [0; MOST], allowed: [0; MOST], n_tiles: 0, sizes, cells: [0; (MOST + 1) * LAYER] };
        for (i, domino) in unseen.enumerate() {
            assert!(i < MOST, "more than {MOST} unseen dominoes");
            this.n_tiles += 1;
            this.tiles[i] = domino.id();
            for seat in 0..3 {
                this.allowed[i] |= u8::from(excluded[seat] & domino.bit() == 0) << seat;
            }
        }
        if sizes.iter().sum::<u8>() == this.n_tiles {
            this.count_layers();
        }
        this
    }

    /// Fills the table from the last domino up.
    fn count_layers(&mut self) {
        let n = usize::from(self.n_tiles);
        self.cells[n * LAYER + cell(0, 0)] = 1;
        for i in (0..n).rev() {
            let [first, second, third] = self.open_to(i);
            let (above, below) = self.cells.split_at_mut((i + 1) * LAYER);
            let layer = &mut above[i * LAYER..];
            let left = n - i;
            for a in 0..=usize::from(self.sizes[0]).min(left) {
                for b in 0..=usize::from(self.sizes[1]).min(left - a) {
                    let here = cell(a, b);
                    // Where the third seat takes no more, its cell below is unreachable and zero.
                    layer[here] =
                        (below[here - SIDE] & first) + (below[here - 1] & second) + (below[here] & third);
                }
            }
        }
    }

    /// All ones for each seat that may hold the domino of layer `i`, else zero.
    fn open_to(&self, i: usize) -> [u32; 3] {
        [0, 1, 2].map(|seat| u32::from(self.allowed[i] >> seat & 1).wrapping_neg())
    }

    /// How many worlds there are.
    pub fn count(&self) -> u32 {
        self.cells[cell(usize::from(self.sizes[0]), usize::from(self.sizes[1]))]
    }

    /// The world of rank `index`.
    ///
    /// # Panics
    /// In debug builds, if `index` is not below [`count`](Self::count).
    pub fn unrank(&self, mut index: u32) -> World {
        debug_assert!(index < self.count(), "world {index} of {}", self.count());
        let mut world = [0; 3];
        let mut here = cell(usize::from(self.sizes[0]), usize::from(self.sizes[1]));
        let mut layer = 0;
        for i in 0..usize::from(self.n_tiles) {
            layer += LAYER;
            let [first, second, _] = self.open_to(i);
            let to_first = self.cells[layer + here - SIDE] & first;
            let to_second = self.cells[layer + here - 1] & second;
            // Branch-free: 0, 1 or 2 thresholds lie at or below the index.
            let past_first = u32::from(index >= to_first);
            let past_second = u32::from(index >= to_first + to_second);
            index -= (to_first & past_first.wrapping_neg()) + (to_second & past_second.wrapping_neg());
            let seat = (past_first + past_second) as usize;
            world[seat] |= 1 << self.tiles[i];
            here -= [SIDE, 1, 0][seat];
        }
        world
    }

    /// The rank of a world, or `None` if it is not one of these worlds.
    pub fn rank(&self, world: &World) -> Option<u32> {
        let mut here = cell(usize::from(self.sizes[0]), usize::from(self.sizes[1]));
        let mut index = 0;
        let mut seen = 0;
        for (i, &id) in self.tiles[..usize::from(self.n_tiles)].iter().enumerate() {
            let seat = world.iter().position(|hand| hand >> id & 1 == 1)?;
            let layer = (i + 1) * LAYER;
            let open = self.open_to(i);
            let steps = [SIDE, 1, 0];
            for earlier in 0..seat {
                index += self.cells[layer + here - steps[earlier]] & open[earlier];
            }
            if self.cells[layer + here - steps[seat]] & open[seat] == 0 {
                return None;
            }
            here -= steps[seat];
            seen |= 1 << id;
        }
        let dealt_once = world[0] & world[1] == 0 && (world[0] | world[1]) & world[2] == 0;
        (self.count() > 0 && dealt_once && world.iter().fold(0, |all, hand| all | hand) == seen)
            .then_some(index)
    }

    /// All worlds, by rank.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = World> + '_ {
        (0..self.count() as usize).map(|index| self.unrank(index as u32))
    }

    /// In how many worlds each of the three seats holds the `i`-th unseen domino, counted from the table: as many ways to
    /// deal the dominoes before it as there are, times the ways to deal those after it.
    pub fn marginals(&self) -> Vec<[u32; 3]> {
        let n = usize::from(self.n_tiles);
        let steps = [SIDE, 1, 0];
        // Ways to come to each cell of the layer at hand.
        let mut ways = vec![0u32; LAYER];
        ways[cell(usize::from(self.sizes[0]), usize::from(self.sizes[1]))] = 1;
        let mut marginals = Vec::with_capacity(n);
        for i in 0..n {
            let (open, below) = (self.open_to(i), &self.cells[(i + 1) * LAYER..][..LAYER]);
            let (mut held, mut next) = ([0; 3], vec![0u32; LAYER]);
            for here in (0..LAYER).filter(|&here| ways[here] > 0) {
                for seat in 0..3 {
                    let there = here - steps[seat];
                    // A cell that nothing finishes from counts zero, and is not come to.
                    let finish = below[there] & open[seat];
                    if finish > 0 {
                        held[seat] += ways[here] * finish;
                        next[there] += ways[here];
                    }
                }
            }
            marginals.push(held);
            ways = next;
        }
        marginals
    }

    /// The unseen dominoes, in the order in which they are dealt.
    pub fn unseen(&self) -> impl ExactSizeIterator<Item = Domino> + '_ {
        self.tiles[..usize::from(self.n_tiles)].iter().map(|&id| Domino::from_bit(u32::from(id)))
    }

    /// How many dominoes each of the three seats takes.
    pub fn sizes(&self) -> [u8; 3] {
        self.sizes
    }

    /// The seats that may hold the `i`-th unseen domino, bit `o` for seat `o`.
    pub fn allowed(&self, i: usize) -> u8 {
        self.allowed[i]
    }
}

impl std::fmt::Debug for Completions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} worlds of {} dominoes in hands of {:?}", self.count(), self.n_tiles, self.sizes)
    }
}

/// Index of capacities within a layer.
fn cell(first: usize, second: usize) -> usize {
    (first + 1) * SIDE + second + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Deal, Declaration, Game, Seat};

    /// Where there are few worlds, counting each of them says the same.
    #[test]
    fn marginals_are_those_of_all_worlds() {
        let mut looked_at = 0;
        for seed in 0..60 {
            let declaration = Declaration::new(seed % 10).unwrap();
            let mut game = Game::new(Deal::from_seed(seed), declaration, Seat::ALL[seed as usize % 4]);
            while !game.table().is_over() {
                let worlds = Completions::of(&game.view());
                let marginals = worlds.marginals();
                assert!(marginals.iter().all(|held| held.iter().sum::<u32>() == worlds.count()));
                if worlds.count() < 5_000 {
                    looked_at += 1;
                    for (domino, held) in worlds.unseen().zip(&marginals) {
                        let count =
                            |seat: usize| worlds.iter().filter(|it| it[seat] & domino.bit() != 0).count();
                        assert_eq!(held.map(|it| it as usize), [0, 1, 2].map(count), "{domino:?}");
                    }
                }
                let legal: Vec<Domino> = tiles_of(game.legal()).collect();
                game.play(legal[(seed as usize + game.table().ply()) % legal.len()]).unwrap();
            }
        }
        assert!(looked_at > 500, "{looked_at}");
    }

    #[test]
    fn nothing_is_known_of_a_fresh_deal() {
        let game = Game::new(Deal::from_seed(3), Declaration::NO_TRUMP, Seat::ALL[0]);
        let marginals = Completions::of(&game.view()).marginals();
        assert_eq!(marginals, vec![[399_072_960 / 3; 3]; 21]);
    }
}
