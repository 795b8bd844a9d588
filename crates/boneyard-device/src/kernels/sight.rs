//! What a choice sees: what its mover sees, and the sums.

use crate::kernels::spread::Spread;
use crate::layout::{estimate, game, seen};
use cubecl::prelude::*;

/// One decision as its mover knows it; dominoes by id, seats absolute.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Sight {
    /// Who decides.
    pub mover: u32,
    /// What was declared.
    pub declaration: u32,
    /// The ply.
    pub ply: u32,
    /// The seven dominoes the mover was dealt.
    pub hand: u32,
    /// All dominoes played so far.
    pub played: u32,
    /// Bit `i` where slot `i` may be played.
    pub legal: u32,
    /// The trick under way, packed as [`trick`](crate::kernels::trick) says.
    pub trick: u32,
    /// Shown voids: byte `s` for seat `s`, bit `v` for suit `v`.
    pub voids: u32,
    /// Points in the bank of the mover's team.
    pub banked_us: u32,
    /// Points in the bank of the other team.
    pub banked_them: u32,
    /// Who bid, and led the first trick.
    pub bidder: u32,
    /// Points bid.
    pub bid: u32,
    /// Points, ours minus theirs from now on, that are a success for the mover's team.
    pub needed: i32,
    /// How many worlds agree with all this.
    pub worlds: u32,
    /// All of them are looked at, one after the other.
    pub enumerates: bool,
}

#[cube]
impl Sight {
    /// What the mover still holds.
    pub fn held(&self) -> u32 {
        self.hand & !self.played
    }

    /// The mover leads.
    pub fn leads(&self) -> bool {
        self.ply % 4u32 == 0u32
    }

    /// The domino of a slot of the mover's hand.
    pub fn domino(&self, slot: u32) -> u32 {
        let mut rest = self.hand;
        for _ in 0u32..slot {
            rest &= rest - 1u32;
        }
        rest.trailing_zeros()
    }

    /// Those slots of the mover's hand whose dominoes are in a set.
    pub fn slots(&self, tiles: u32) -> u32 {
        let mut slots = 0u32.runtime();
        let mut rest = self.hand;
        for slot in 0u32..7u32 {
            let bit = rest & (0u32 - rest);
            rest ^= bit;
            if tiles & bit != 0u32 {
                slots |= 1u32 << slot;
            }
        }
        slots
    }
}

/// What the mover of a game sees.
#[cube]
pub fn sight_of(games: &Array<u32>, observations: &Array<u32>, g: usize) -> Sight {
    let row = g * comptime!(game::ROW);
    let from = g * comptime!(seen::ROW);
    let mover = observations[from + comptime!(seen::MOVER)];
    let contract = games[row + comptime!(game::CONTRACT)];
    let banked = games[row + comptime!(game::BANKED)];
    let team = mover & 1u32;
    Sight {
        mover,
        declaration: contract & 15u32,
        ply: observations[from + comptime!(seen::PLY)],
        hand: observations[from + comptime!(seen::HAND)],
        played: games[row + comptime!(game::PLAYED)]
            | games[row + comptime!(game::PLAYED + 1)]
            | games[row + comptime!(game::PLAYED + 2)]
            | games[row + comptime!(game::PLAYED + 3)],
        legal: observations[from + comptime!(seen::SLOTS)],
        trick: observations[from + comptime!(seen::TRICK)],
        voids: games[row + comptime!(game::VOIDS)],
        banked_us: (banked >> (8u32 * team)) & 255u32,
        banked_them: (banked >> (8u32 * (1u32 - team))) & 255u32,
        bidder: (contract >> 4u32) & 3u32,
        bid: (contract >> 8u32) & 255u32,
        needed: observations[from + comptime!(seen::NEEDED)] as i32,
        worlds: observations[from + comptime!(seen::TOTAL)],
        enumerates: observations[from + comptime!(seen::PLAN)] == 1u32,
    }
}

/// The legal slots of one decision with their sums, as over equally likely worlds: see `boneyard_core::SlotSums`.
#[derive(CubeType)]
pub struct SlotEstimates {
    /// Bit `i` where slot `i` may be played.
    pub legal: u32,
    /// Worlds looked at; where worlds differ in weight, the number that stands for all of it.
    pub worlds: u32,
    /// Worlds looked at, whatever their weights.
    pub looked_at: u32,
    /// How many units of the sums make a point.
    pub unit: u32,
    /// Only successes are known.
    pub contract: bool,
    /// Sums of values by slot.
    pub sum: Array<i32>,
    /// Worlds in which the mover's team succeeds, by slot.
    pub made: Array<u32>,
    /// How far the sums may be off, for strategies that look at errors.
    pub spread: Spread,
}

/// ⌊`sum` · 2¹⁶ / `weight`⌋ of a sum in two words.
#[cube]
pub(crate) fn scaled(low: u32, high: u32, weight: u32) -> i32 {
    // Below 2⁴⁶ times 2¹⁶.
    let sum = (high as u64) << 32u64 | low as u64;
    let negative = high >> 31u32 == 1u32;
    let mut size = sum;
    if negative {
        size = 0u64 - sum;
    }
    size <<= 16u64;
    if negative {
        size += weight as u64 - 1u64;
    }
    let quotient = (size / (weight as u64)) as i32;
    select(negative, 0i32 - quotient, quotient)
}

/// The sums of a game, in units of which `unit` make a point, or only successes if `contract` is 1; of no world, if they are `empty`. With `errors` it is said how
/// far they may be off; `design` is the number of `boneyard_core::Design`. If they may be `corrected`, `checks` says by what, with a
/// row for each of `stride` games and each ply.
#[cube]
pub fn slot_estimates(
    observations: &Array<u32>,
    estimates: &Array<u32>,
    checks: &Array<u32>,
    g: usize,
    stride: u32,
    unit: u32,
    contract: u32,
    design: u32,
    #[comptime] empty: bool,
    #[comptime] weighed: bool,
    #[comptime] errors: bool,
    #[comptime] corrected: bool,
) -> SlotEstimates {
    let legal = observations[g * comptime!(seen::ROW) + comptime!(seen::SLOTS)];
    let from = g * comptime!(estimate::ROW);
    let mut sum = Array::<i32>::new(7usize);
    let mut made = Array::<u32>::new(7usize);
    let mut worlds = 0u32.runtime();
    let mut looked_at = 0u32.runtime();
    for slot in 0usize..7usize {
        sum[slot] = 0i32.runtime();
        made[slot] = 0u32.runtime();
    }
    if comptime!(!empty) {
        worlds = estimates[from + comptime!(estimate::WORLDS)];
        looked_at = worlds;
        for slot in 0usize..7usize {
            sum[slot] = estimates[from + comptime!(estimate::SUM) + slot] as i32;
            made[slot] = estimates[from + comptime!(estimate::MADE) + slot];
        }
        if comptime!(weighed) {
            let weight = estimates[from + comptime!(estimate::WEIGHT)];
            if (weight != worlds) & (weight != 0u32) {
                // As in `Estimate::seen`: exact where all worlds weigh 2¹⁶.
                let full = weight == worlds << 16u32;
                for slot in 0usize..7usize {
                    let low = estimates[from + comptime!(estimate::SUM) + slot];
                    let high = estimates[from + comptime!(estimate::SUM_HIGH) + slot];
                    if full {
                        sum[slot] = ((low >> 16u32) | (high << 16u32)) as i32;
                        made[slot] = made[slot] >> 16u32;
                    } else {
                        sum[slot] = scaled(low, high, weight);
                        made[slot] = scaled(made[slot], 0u32.runtime(), weight) as u32;
                    }
                }
                if !full {
                    worlds = comptime!(boneyard_core::ONE).runtime();
                }
            }
        }
    }
    let spread = if comptime!(errors && !empty) {
        let total = observations[g * comptime!(seen::ROW) + comptime!(seen::TOTAL)];
        let ply = observations[g * comptime!(seen::ROW) + comptime!(seen::PLY)];
        let check = (ply * stride) as usize + g;
        Spread::of(estimates, checks, g, check, &sum, &made, worlds, unit, total, design, weighed, corrected)
    } else {
        Spread::none()
    };
    SlotEstimates { legal, worlds, looked_at, unit, contract: contract == 1u32, sum, made, spread }
}
