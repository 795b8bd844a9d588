//! The transposition table: bounds on positions at the start of a trick, for all units together, so that a world that is
//! hard has room that easy ones have left.
//!
//! In one world a position is told by the dominoes still held and by who leads: a key of 30 bits. Units write entries
//! whenever they like. What is read was written by one unit in one piece, and is true; the values found do not depend on
//! which entries survive.

use super::sets::lowest;
use super::trick::{Trick, UNKNOWN};
use cubecl::prelude::*;

/// Bytes of an entry of either kind.
pub const ENTRY_BYTES: u64 = 8;

/// Bits of a key.
const KEY: u32 = 30;

/// Which world is searched, and how large the table is.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Probe {
    /// The number of the world, from 0.
    pub world: u32,
    /// log₂ of the number of entries.
    pub bits: u32,
    /// Key bits that tell an entry's place, where the others are its tag: see [`Halves`].
    pub placed: u32,
}

/// How entries are kept.
#[cube]
pub trait TableKernel: Send + Sync + 'static {
    /// What the table is made of.
    type Word: CubePrimitive;

    /// Empties a word.
    fn clear(table: &mut Array<Self::Word>, at: usize);

    /// What is known of the trick's position: [`UNKNOWN`] if nothing is.
    fn look_up(table: &Array<Self::Word>, probe: &Probe, trick: &Trick) -> u32;

    /// Remembers what is known of the trick's position, in place of whatever shared its entry.
    fn remember(table: &mut Array<Self::Word>, probe: &Probe, trick: &Trick, bounds: u32);
}

/// A position's key.
#[cube]
fn key(trick: &Trick) -> u32 {
    let held = trick.held();
    let low = lowest(held);
    let mut holder = select(trick.hand1 & low != 0u32, 1u32, 0u32);
    holder += select(trick.hand2 & low != 0u32, 2u32, 0u32);
    holder += select(trick.hand3 & low != 0u32, 3u32, 0u32);
    held | holder << 28u32
}

/// Spreads a number over 32 bits, of which the high ones are the better.
#[cube]
fn spread(number: u32) -> u32 {
    let mut mixed = number * 0x9E37_79B1u32;
    mixed ^= mixed >> 15u32;
    mixed * 0x85EB_CA77u32
}

/// Entries of one word of 64 bits, for devices that read and write an aligned one in one piece:
///
/// | bits | holds |
/// |---|---|
/// | 0–29 | the key |
/// | 30–35 | lower bound on the points to come of the root's team |
/// | 36–41 | upper bound |
/// | 42–63 | the world, from 1 |
pub struct Wide;

/// Most worlds of one launch: their numbers have 22 bits, and 0 is nobody's.
pub const MOST_WORLDS: usize = (1 << 22) - 1;

#[cube]
impl TableKernel for Wide {
    type Word = u64;

    fn clear(table: &mut Array<u64>, at: usize) {
        table[at] = 0u64.runtime();
    }

    fn look_up(table: &Array<u64>, probe: &Probe, trick: &Trick) -> u32 {
        let told = key(trick);
        let word = table[wide_place(told, probe)];
        let low = u32::cast_from(word);
        let high = u32::cast_from(word >> 32u64);
        let known = (low & 0x3fff_ffffu32 == told) & (high >> 10u32 == probe.world + 1u32);
        select(known, (low >> 30u32) | ((high & 1023u32) << 2u32), UNKNOWN.runtime())
    }

    fn remember(table: &mut Array<u64>, probe: &Probe, trick: &Trick, bounds: u32) {
        let told = key(trick);
        let low = told | (bounds << 30u32);
        let high = (bounds >> 2u32) | ((probe.world + 1u32) << 10u32);
        table[wide_place(told, probe)] = u64::cast_from(low) | (u64::cast_from(high) << 32u64);
    }
}

#[cube]
fn wide_place(told: u32, probe: &Probe) -> usize {
    (spread(told ^ ((probe.world + 1u32) * 0x85EB_CA77u32)) >> (32u32 - probe.bits)) as usize
}

/// Entries of two words of 32 bits, for devices that have no longer ones. Each word is complete by itself, so that it does
/// not matter which units wrote the two:
///
/// | word | bits 0–5 | bits 6–31 |
/// |---|---|---|
/// | 0 | lower bound | tag |
/// | 1 | 63 − upper bound | tag |
///
/// World and key are told by tag and place together, and certainly: of the key's 30 bits, the low ones are the tag, the
/// others stand behind the world's number, and that exclusive-or a number made of the tag is the place. Whoever knows tag
/// and place knows that number, so the rest too: two positions with the same tag have different places. A tag of 26 bits
/// takes [`PLACED`] bits of the key, so 16 entries a world. An empty table says that no side wins fewer than no points,
/// which is true.
pub struct Halves;

/// Fewest bits of the key that tell the place, in a table of halves.
pub const PLACED: u32 = KEY + 6 - 32;

#[cube]
impl TableKernel for Halves {
    type Word = Atomic<u32>;

    fn clear(table: &mut Array<Atomic<u32>>, at: usize) {
        table[at].store(0u32.runtime());
    }

    fn look_up(table: &Array<Atomic<u32>>, probe: &Probe, trick: &Trick) -> u32 {
        let (at, tag) = half_place(key(trick), probe);
        let low = table[at].load();
        let high = table[at + 1usize].load();
        let lower = select(low >> 6u32 == tag, low & 63u32, 0u32);
        let upper = select(high >> 6u32 == tag, 63u32 - (high & 63u32), 63u32);
        lower | upper << 6u32
    }

    fn remember(table: &mut Array<Atomic<u32>>, probe: &Probe, trick: &Trick, bounds: u32) {
        let (at, tag) = half_place(key(trick), probe);
        let lower = bounds & 63u32;
        let upper = bounds >> 6u32;
        if lower != 0u32 {
            table[at].store(lower | tag << 6u32);
        }
        if upper != 63u32 {
            table[at + 1usize].store((63u32 - upper) | tag << 6u32);
        }
    }
}

/// The first word of a position's entry, and its tag.
#[cube]
fn half_place(told: u32, probe: &Probe) -> (usize, u32) {
    let tag_bits = comptime!(KEY) - probe.placed;
    let tag = told & ((1u32 << tag_bits) - 1u32);
    let place = ((probe.world << probe.placed) | (told >> tag_bits)) ^ (spread(tag) >> (32u32 - probe.bits));
    (place as usize * 2usize, tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cubecl::wgpu::WgpuRuntime;
    use std::collections::HashSet;

    const BITS: u32 = 16;

    /// Every world and every choice of placed key bits with one tag.
    #[cube(launch_unchecked)]
    fn places_kernel(places: &mut Array<u32>, tag: u32, placed: u32) {
        let nth = ABSOLUTE_POS as u32;
        let tag_bits = comptime!(KEY) - placed;
        let told = ((nth & ((1u32 << placed) - 1u32)) << tag_bits) | tag;
        let probe = Probe { world: nth >> placed, bits: comptime!(BITS).runtime(), placed };
        let (place, found) = half_place(told, &probe);
        places[2usize * ABSOLUTE_POS] = place as u32;
        places[2usize * ABSOLUTE_POS + 1usize] = found;
    }

    #[test]
    fn place_and_tag_tell_the_position_and_the_world() {
        let client = WgpuRuntime::client(&Default::default());
        for (placed, tag) in
            [(PLACED, 0), (PLACED, 0x3ff_ffff), (PLACED, 0x123_4567), (13, 0), (13, 0x1_f00d)]
        {
            let places = client.empty(8 << BITS);
            let (count, dim) = (CubeCount::Static(1 << (BITS - 6), 1, 1), CubeDim::new_1d(64));
            // SAFETY: there are two words for each of the 2^`BITS` units.
            unsafe {
                let arg = ArrayArg::from_raw_parts(places.clone(), 2 << BITS);
                places_kernel::launch_unchecked::<WgpuRuntime>(&client, count, dim, arg, tag, placed);
            }
            let read = client.read_one(places).unwrap();
            let found: Vec<(u32, u32)> =
                u32::from_bytes(&read).chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            assert!(found.iter().all(|&(place, found)| found == tag && place % 2 == 0 && place < 2 << BITS));
            assert_eq!(found.iter().collect::<HashSet<_>>().len(), 1 << BITS, "{placed} bits, tag {tag:x}");
        }
    }
}
