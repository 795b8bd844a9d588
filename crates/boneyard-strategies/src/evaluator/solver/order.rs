//! Which domino to try next where no hint says it.

use super::bits::{above, highest, lowest};
use super::hands::Hands;
use super::search::Trick;
use crate::evaluator::ranking::Ranking;

/// What `hand` could win with over `best` in a trick whose followers are `follow`.
#[inline(always)]
fn beaters(hand: u32, follow: u32, trumps: u32, best: u32) -> u32 {
    let following = hand & follow;
    let can = if following != 0 { following } else { hand & trumps };
    can & above(best)
}

/// The first of the groups that has some of `left`, else all of `left`. Without branches, which would be
/// mispredicted.
#[inline(always)]
fn first_of<const N: usize>(left: u32, groups: [u32; N]) -> u32 {
    groups.into_iter().rev().fold(left, |from, group| if left & group != 0 { left & group } else { from })
}

/// Leads by promise.
#[derive(Clone, Copy)]
pub(super) struct Leads {
    groups: [u32; 4],
}

impl Leads {
    #[inline(always)]
    pub fn new(ranking: &Ranking, hands: Hands) -> Self {
        let trumps = ranking.trumps;
        let (mut unbeatable, mut partners) = (0, 0);
        let mut left = hands.of(0);
        while left != 0 {
            let lead = lowest(left);
            left ^= lead;
            let follow = ranking.follow[lead.trailing_zeros() as usize];
            let [right, partner, other] = [1, 2, 3].map(|seat| beaters(hands.of(seat), follow, trumps, lead));
            if right | other == 0 {
                unbeatable |= lead;
            } else if partner & above(right | other) != 0 {
                partners |= lead;
            }
        }
        let counts = ranking.fives | ranking.tens;
        Self { groups: [unbeatable & !trumps, unbeatable, partners, !counts] }
    }

    /// Those that no opponent beats, plain suits before trumps; those that the partner surely wins; those without
    /// count; each from the top.
    #[inline(always)]
    pub fn next(&self, left: u32) -> u32 {
        highest(first_of(left, self.groups))
    }
}

/// The next of `left` for seat `SEAT`, 1–3.
#[inline(always)]
pub(super) fn reply<const SEAT: usize>(ranking: &Ranking, hands: Hands, trick: Trick, left: u32) -> u32 {
    let beaters = |seat| beaters(hands.of(seat), trick.follow, ranking.trumps, trick.best);
    let wins = left & (trick.follow | ranking.trumps) & above(trick.best);
    // What wins whatever comes after, and whether the partner's domino does.
    let (safe, partner_wins) = match SEAT {
        1 => (wins & above(beaters(2)), beaters(3) & above(beaters(2)) != 0),
        2 => (wins & above(beaters(3)), trick.winner == 0 && beaters(3) == 0),
        _ => (wins, trick.winner == 1),
    };
    let (fives, tens) = (ranking.fives, ranking.tens);
    // Into a trick of the own side counts; else the cheapest winner; else what does not count.
    let generous = if partner_wins { left } else { safe };
    lowest(first_of(left, [generous & tens, generous & fives, safe, !(fives | tens), fives]))
}
