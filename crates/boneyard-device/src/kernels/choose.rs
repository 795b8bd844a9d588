//! Choices from estimates.

use crate::kernels::random::stream;
use crate::kernels::sight::{Sight, SlotEstimates, sight_of, slot_estimates};
use crate::layout::seen;
use boneyard_core::{Mode, Purpose};
use core::{fmt::Debug, hash::Hash};
use cubecl::prelude::*;

/// The random words of one choice: see `boneyard_core::Draws`.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Draws {
    /// Is this a blunder?
    pub blunder: u32,
    /// Which blunder.
    pub blunder_pick: u32,
    /// Is this an ε move?
    pub epsilon: u32,
    /// Which ε move.
    pub epsilon_pick: u32,
    /// Which move by softmax.
    pub softmax: u32,
    /// Free for other rules, like the next two.
    pub other0: u32,
    /// Free.
    pub other1: u32,
    /// Free.
    pub other2: u32,
    /// Which game this is: the same at all decisions of a game.
    pub game: u32,
}

/// The device face of a policy.
///
/// Law: the choice is the one of the host face, to the bit.
#[cube]
pub trait PolicyKernel: Send + Sync + 'static {
    /// The blueprint: whatever changes the generated code.
    type Config: Copy + Eq + Hash + Debug + Send + Sync + 'static;

    /// What [`choice()`] makes of the chosen slot, the greedy slot and the mode. Not called for forced moves.
    fn choose(
        sight: &Sight,
        estimates: &SlotEstimates,
        draws: &Draws,
        #[comptime] config: Self::Config,
    ) -> u32;
}

/// Units of a cube of `choose_kernel`.
pub const UNITS: u32 = 64;

/// One unit a game.
#[cube(launch_unchecked)]
pub fn choose_kernel<P: PolicyKernel>(
    games: &Array<u32>,
    observations: &Array<u32>,
    estimates: &Array<u32>,
    checks: &Array<u32>,
    choices: &mut Array<u32>,
    n_games: u32,
    unit: u32,
    contract: u32,
    design: u32,
    #[comptime] config: P::Config,
    #[comptime] weighed: bool,
    #[comptime] errors: bool,
    #[comptime] corrected: bool,
) {
    let g = ABSOLUTE_POS;
    if g < n_games as usize {
        let row = g * comptime!(seen::ROW);
        let legal = observations[row + comptime!(seen::SLOTS)];
        if legal.count_ones() == 1u32 {
            let slot = legal.trailing_zeros();
            choices[g] = slot | (slot << 8u32);
        } else {
            let sight = sight_of(games, observations, g);
            let slots = slot_estimates(
                observations,
                estimates,
                checks,
                g,
                n_games,
                unit,
                contract,
                design,
                false,
                weighed,
                errors,
                corrected,
            );
            let at = observations[row + comptime!(seen::PLY)] | comptime!((Purpose::Choice as u32) << 8);
            let mut random = stream(
                observations[row + comptime!(seen::SEED)],
                observations[row + comptime!(seen::SEED + 1)],
                at,
                0u32.runtime(),
            );
            let blunder = random.next_word();
            let blunder_pick = random.next_word();
            let epsilon = random.next_word();
            let epsilon_pick = random.next_word();
            let softmax = random.next_word();
            let other0 = random.next_word();
            let other1 = random.next_word();
            let other2 = random.next_word();
            let mut of_game = stream(
                observations[row + comptime!(seen::SEED)],
                observations[row + comptime!(seen::SEED + 1)],
                comptime!((Purpose::Choice as u32) << 8).runtime(),
                1u32.runtime(),
            );
            let game = of_game.next_word();
            let draws =
                Draws { blunder, blunder_pick, epsilon, epsilon_pick, softmax, other0, other1, other2, game };
            choices[g] = P::choose(&sight, &slots, &draws, config);
        }
    }
}

/// A choice in one word: the slot in bits 0–7, the greedy slot in bits 8–15, the mode's code in bits 16–23.
#[cube]
pub fn choice(slot: u32, greedy: u32, #[comptime] mode: Mode) -> u32 {
    slot | (greedy << 8u32) | comptime!((mode as u32) << 16)
}

/// The slot that a random word picks from a set that is not empty: see `boneyard_strategies::policy::pick_slot`.
#[cube]
pub fn pick_slot(slots: u32, word: u32) -> u32 {
    let mut rest = slots;
    let skipped = u32::mul_hi(word, slots.count_ones());
    for _ in 0u32..skipped {
        rest &= rest - 1u32;
    }
    rest.trailing_zeros()
}

/// The best slot: by successes first if `make`, then by the sum of values; ties go to the lowest slot.
#[cube]
pub fn greedy_slot(estimates: &SlotEstimates, #[comptime] make: bool) -> u32 {
    let mut best = 8u32.runtime();
    let mut best_sum = 0i32.runtime();
    let mut best_made = 0u32.runtime();
    for slot in 0u32..7u32 {
        if (estimates.legal >> slot) & 1u32 == 1u32 {
            let sum = estimates.sum[slot as usize];
            let made = estimates.made[slot as usize];
            let mut better = sum > best_sum;
            if comptime!(make) {
                better = (made > best_made) | ((made == best_made) & (sum > best_sum));
            }
            if (best == 8u32) | better {
                best = slot;
                best_sum = sum;
                best_made = made;
            }
        }
    }
    best
}
