//! Alpha-beta over tricks.
//!
//! Seats are numbered from the leader of the trick: 0 leads, 2 is its partner, 1 and 3 are the opponents. A
//! value is the number of points the leader's team wins from here to the end. Windows are `(alpha, beta)`:
//! values at most `alpha` are upper bounds, values at least `beta` lower bounds (fail-soft).

use super::bits::{above, lowest};
use super::hands::Hands;
use super::hints::Hints;
use super::machine::Machine;
use super::order::{Leads, reply};
use super::table::{Bounds, Transpositions};
use crate::evaluator::ranking::Ranking;
use std::marker::PhantomData;

/// A trick under way.
#[derive(Clone, Copy)]
pub(super) struct Trick {
    /// The dominoes that follow the lead.
    pub follow: u32,
    /// The winning domino so far, as a bit.
    pub best: u32,
    /// Who played it, from the leader.
    pub winner: usize,
    /// The dominoes in it.
    pub played: u32,
}

/// One search in one world, compiled for a kind of processor.
pub(super) struct Search<'a, M> {
    pub ranking: &'a Ranking,
    pub table: &'a mut Transpositions,
    pub hints: &'a mut Hints,
    /// Fewest tricks left at which the table is asked; 8 for never.
    pub table_from: u32,
    pub machine: PhantomData<M>,
    #[cfg(feature = "count-nodes")]
    pub nodes: u64,
}

impl<M: Machine> Search<'_, M> {
    /// The value with seat 0 about to lead. The one function that calls itself, and so the one that is compiled for
    /// each kind of processor: see [`Machine`].
    #[inline(always)]
    pub fn lead(&mut self, hands: Hands, alpha: i32, beta: i32, open: i32) -> i32 {
        let [own, left, partner, right] = [0, 1, 2, 3].map(|seat| hands.of(seat));
        let tricks = own.count_ones();
        if tricks == 1 {
            return self.last_trick(hands, open);
        }
        let (mut lower, mut upper) = (0, open);
        let mut key = 0;
        let tabled = tricks >= self.table_from;
        if tricks >= 3 {
            let sure = self.sure_trumps([own, partner], left | right);
            lower = sure.max(self.sure_points(own, left | partner | right));
            upper -= self.sure_trumps([left, right], own | partner);
            if lower >= beta {
                return lower;
            }
            if upper <= alpha {
                return upper;
            }
        }
        if tabled {
            key = Self::key(hands);
            if let Some(known) = self.table.get(key) {
                lower = lower.max(known.lower);
                upper = upper.min(known.upper);
                if lower >= beta || lower == upper {
                    return lower;
                }
                if upper <= alpha {
                    return upper;
                }
            }
        }
        let (low, high) = (alpha.max(lower - 1), beta.min(upper + 1));
        let value = if tricks == 2 {
            self.leads::<true>(hands, low, high, open)
        } else {
            self.leads::<false>(hands, low, high, open)
        }
        .clamp(lower, upper);
        if tabled {
            let bounds = Bounds {
                lower: if value > alpha { value } else { lower },
                upper: if value < beta { value } else { upper },
            };
            self.table.put(key, bounds);
        }
        value
    }

    /// Which dominoes are held and who leads, in 30 bits. Seat numbers are relative, so the leader is told by
    /// who holds the lowest domino, counted from the leader: within one world that pins the absolute seat.
    #[inline(always)]
    fn key(hands: Hands) -> u32 {
        let all = hands.all();
        let holds = |seat| (hands.of(seat) & lowest(all) != 0) as u32;
        all | (holds(1) + 2 * holds(2) + 3 * holds(3)) << 28
    }

    /// The value with one trick left.
    #[inline(always)]
    fn last_trick(&self, hands: Hands, open: i32) -> i32 {
        let [lead, left, partner, right] = [0, 1, 2, 3].map(|seat| hands.of(seat));
        let follow = self.ranking.follow[lead.trailing_zeros() as usize] | self.ranking.trumps;
        if (lead | partner) & follow > (left | right) & follow { open } else { 0 }
    }

    /// Points of tricks that the leader wins whatever happens, by playing its unbeatable dominoes first.
    #[inline(always)]
    fn sure_points(&self, mine: u32, others: u32) -> i32 {
        let trumps = self.ranking.trumps;
        let mut sure = mine & trumps & above(others & trumps);
        if others & trumps == 0 {
            let mut plain = mine & !trumps;
            while plain != 0 {
                let strength = plain.trailing_zeros() as usize;
                let bit = 1 << strength;
                plain &= plain - 1;
                if others & self.ranking.follow[strength] & above(bit) == 0 {
                    sure |= bit;
                }
            }
        }
        sure.count_ones() as i32 + self.ranking.points(sure)
    }

    /// Points that a team wins with the highest trumps out, whoever leads: each falls in a trick that the team wins.
    #[inline(always)]
    fn sure_trumps(&self, team: [u32; 2], others: u32) -> i32 {
        let trumps = self.ranking.trumps;
        let sure = (team[0] | team[1]) & trumps & above(others & trumps);
        let tricks = team.map(|hand| (sure & hand).count_ones());
        tricks[0].max(tricks[1]) as i32 + self.ranking.points(sure)
    }

    /// Tries the leads, the promising ones first. `LAST`: with two tricks left, from where hints do not pay and what
    /// follows is the last trick.
    #[inline(always)]
    fn leads<const LAST: bool>(&mut self, hands: Hands, mut alpha: i32, beta: i32, open: i32) -> i32 {
        let mut value = -1;
        let mut left = hands.of(0);
        let slot = Hints::of_lead(left);
        let mut lead = if LAST { 0 } else { self.hints.get(slot) & left };
        let mut order = None;
        loop {
            if lead == 0 {
                lead = order.get_or_insert_with(|| Leads::new(self.ranking, hands)).next(left);
            }
            left ^= lead;
            let follow = self.ranking.follow[lead.trailing_zeros() as usize];
            let trick = Trick { follow, best: lead, winner: 0, played: lead };
            value = value.max(self.second::<LAST>(hands.without(0, lead), trick, alpha, beta, open));
            if value >= beta {
                if !LAST {
                    self.hints.put(slot, lead);
                }
                return value;
            }
            left = self.without_twins(left, lead, hands.of(1) | hands.of(2) | hands.of(3));
            if left == 0 {
                return value;
            }
            alpha = alpha.max(value);
            lead = 0;
        }
    }

    /// Trumps that are worth what `domino` is worth to who holds both: they count the same, and no trump of `others`,
    /// whatever the holder does not hold, ranks between. None if it is no trump.
    #[inline(always)]
    pub fn twins(&self, domino: u32, others: u32) -> u32 {
        let rivals = others & self.ranking.trumps;
        let from = above(rivals & (domino - 1));
        let until = lowest(rivals & !(domino - 1)).wrapping_sub(1);
        self.ranking.alike[domino.trailing_zeros() as usize] & from & until
    }

    /// What is left to try once `domino` is known not to refute.
    #[inline(always)]
    fn without_twins(&self, left: u32, domino: u32, others: u32) -> u32 {
        if left == 0 { 0 } else { left & !self.twins(domino, others) }
    }

    /// Seat `SEAT` plays `tile` to the trick.
    #[inline(always)]
    pub fn follow_with<const SEAT: usize>(&self, trick: Trick, tile: u32) -> Trick {
        let wins = tile & (trick.follow | self.ranking.trumps) & above(trick.best) != 0;
        Trick {
            follow: trick.follow,
            best: if wins { tile } else { trick.best },
            winner: if wins { SEAT } else { trick.winner },
            played: trick.played | tile,
        }
    }

    #[inline(always)]
    fn legal(hand: u32, follow: u32) -> u32 {
        if hand & follow != 0 { hand & follow } else { hand }
    }

    /// The value with seat 1 to play; `open` are the points to come, this trick included.
    #[inline(always)]
    pub fn second<const LAST: bool>(
        &mut self,
        hands: Hands,
        trick: Trick,
        alpha: i32,
        mut beta: i32,
        open: i32,
    ) -> i32 {
        let mut left = Self::legal(hands.of(1), trick.follow);
        let others = hands.of(0) | hands.of(2) | hands.of(3) | trick.best;
        let slot = Hints::of_reply::<1>(left, trick.best);
        let hinted = !LAST && left & (left - 1) != 0;
        let mut tile = if hinted { self.hints.get(slot) & left } else { 0 };
        let mut value = i32::MAX;
        loop {
            if tile == 0 {
                tile = reply::<1>(self.ranking, hands, trick, left);
            }
            left ^= tile;
            let after = self.follow_with::<1>(trick, tile);
            value = value.min(self.third::<LAST>(hands.without(1, tile), after, alpha, beta, open));
            if value <= alpha {
                if hinted {
                    self.hints.put(slot, tile);
                }
                return value;
            }
            left = self.without_twins(left, tile, others);
            if left == 0 {
                return value;
            }
            beta = beta.min(value);
            tile = 0;
        }
    }

    /// The value with seat 2 to play.
    #[inline(always)]
    pub fn third<const LAST: bool>(
        &mut self,
        hands: Hands,
        trick: Trick,
        mut alpha: i32,
        beta: i32,
        open: i32,
    ) -> i32 {
        let mut left = Self::legal(hands.of(2), trick.follow);
        let others = hands.of(0) | hands.of(1) | hands.of(3) | trick.best;
        let slot = Hints::of_reply::<2>(left, trick.best);
        let hinted = !LAST && left & (left - 1) != 0;
        let mut tile = if hinted { self.hints.get(slot) & left } else { 0 };
        let mut value = -1;
        loop {
            if tile == 0 {
                tile = reply::<2>(self.ranking, hands, trick, left);
            }
            left ^= tile;
            let after = self.follow_with::<2>(trick, tile);
            value = value.max(self.fourth::<LAST>(hands.without(2, tile), after, alpha, beta, open));
            if value >= beta {
                if hinted {
                    self.hints.put(slot, tile);
                }
                return value;
            }
            left = self.without_twins(left, tile, others);
            if left == 0 {
                return value;
            }
            alpha = alpha.max(value);
            tile = 0;
        }
    }

    /// The value with seat 3 to play.
    #[inline(always)]
    pub fn fourth<const LAST: bool>(
        &mut self,
        hands: Hands,
        trick: Trick,
        alpha: i32,
        mut beta: i32,
        open: i32,
    ) -> i32 {
        let mut left = Self::legal(hands.of(3), trick.follow);
        let others = hands.of(0) | hands.of(1) | hands.of(2) | trick.best;
        let slot = Hints::of_reply::<3>(left, trick.best);
        let hinted = !LAST && left & (left - 1) != 0;
        let mut tile = if hinted { self.hints.get(slot) & left } else { 0 };
        let mut value = i32::MAX;
        loop {
            if tile == 0 {
                tile = reply::<3>(self.ranking, hands, trick, left);
            }
            left ^= tile;
            let after = self.follow_with::<3>(trick, tile);
            value = value.min(self.close::<LAST>(hands.without(3, tile), after, alpha, beta, open));
            if value <= alpha {
                if hinted {
                    self.hints.put(slot, tile);
                }
                return value;
            }
            left = self.without_twins(left, tile, others);
            if left == 0 {
                return value;
            }
            beta = beta.min(value);
            tile = 0;
        }
    }

    /// The trick is complete: its winner leads the next.
    #[inline(always)]
    pub fn close<const LAST: bool>(
        &mut self,
        hands: Hands,
        trick: Trick,
        alpha: i32,
        beta: i32,
        open: i32,
    ) -> i32 {
        #[cfg(feature = "count-nodes")]
        {
            self.nodes += 1;
        }
        let points = 1 + self.ranking.points(trick.played);
        let rest = open - points;
        let ours = trick.winner & 1 == 0;
        let hands = hands.led_by(trick.winner);
        // What the winner's team makes of the rest.
        let value = if LAST {
            self.last_trick(hands, rest)
        } else {
            let (alpha, beta) =
                if ours { (alpha - points, beta - points) } else { (rest - beta, rest - alpha) };
            if rest == 0 || alpha < 0 && beta <= 0 {
                0
            } else if alpha >= rest {
                rest
            } else {
                M::lead(self, hands, alpha, beta, rest)
            }
        };
        if ours { points + value } else { rest - value }
    }
}
