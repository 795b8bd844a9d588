//! Alpha-beta over tricks.
//!
//! Seats are numbered from the leader of the trick: 0 leads, 2 is its partner, 1 and 3 are the opponents. A
//! value is the number of points the leader's team wins from here to the end. Windows are `(alpha, beta)`:
//! values at most `alpha` are upper bounds, values at least `beta` lower bounds (fail-soft).

use super::machine::Machine;
use super::table::{Bounds, Transpositions};
use crate::evaluator::ranking::Ranking;
use std::marker::PhantomData;

/// The hands by seat from the leader, as sets by strength.
pub(super) type Hands = [u32; 4];

/// A trick under way.
#[derive(Clone, Copy)]
pub(super) struct Trick {
    /// The dominoes that follow the lead.
    pub follow: u32,
    /// The winning domino so far, as a bit.
    pub best: u32,
    /// Who played it, from the leader.
    pub winner: usize,
    /// Points in it so far, 1 for the trick itself included.
    pub points: i32,
}

/// One search in one world, compiled for a kind of processor.
pub(super) struct Search<'a, M> {
    pub ranking: &'a Ranking,
    pub table: &'a mut Transpositions,
    /// Fewest tricks left at which the table is asked; 8 for never.
    pub table_from: u32,
    pub machine: PhantomData<M>,
    #[cfg(feature = "count-nodes")]
    pub nodes: u64,
}

/// All strengths above the highest of `set`; all if it is empty.
#[inline(always)]
fn above(set: u32) -> u32 {
    !((u64::MAX >> set.leading_zeros() >> 32) as u32)
}

#[inline(always)]
fn lowest(set: u32) -> u32 {
    set & set.wrapping_neg()
}

#[inline(always)]
fn highest(set: u32) -> u32 {
    1 << (31 - set.leading_zeros())
}

/// What `hand` could win with over `best` in a trick whose followers are `follow`.
#[inline(always)]
fn beaters(hand: u32, follow: u32, trumps: u32, best: u32) -> u32 {
    let following = hand & follow;
    let can = if following != 0 { following } else { hand & trumps };
    can & above(best)
}

impl<M: Machine> Search<'_, M> {
    /// The value with seat 0 about to lead. The one function that calls itself, and so the one that is compiled for
    /// each kind of processor: see [`Machine`].
    #[inline(always)]
    pub fn lead(&mut self, hands: Hands, alpha: i32, beta: i32) -> i32 {
        let tricks = hands[0].count_ones();
        let all = hands[0] | hands[1] | hands[2] | hands[3];
        if tricks == 1 {
            return self.last_trick(hands, all);
        }
        let open = tricks as i32 + self.ranking.points(all);
        if alpha < 0 && beta <= 0 {
            return 0;
        }
        if alpha >= open {
            return open;
        }
        let (mut lower, mut upper) = (0, open);
        let mut key = 0;
        let tabled = tricks >= self.table_from;
        if tricks >= 3 {
            lower = self
                .sure_points(hands[0], hands[1] | hands[2] | hands[3])
                .max(self.sure_trumps(hands[2], all & !hands[2]));
            upper -=
                self.sure_trumps(hands[1], all & !hands[1]).max(self.sure_trumps(hands[3], all & !hands[3]));
            if lower >= beta {
                return lower;
            }
            if upper <= alpha {
                return upper;
            }
        }
        if tabled {
            key = self.key(all, hands);
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
        let value = self.leads(hands, alpha.max(lower - 1), beta.min(upper + 1), open).clamp(lower, upper);
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
    fn key(&self, all: u32, hands: Hands) -> u32 {
        let low = lowest(all);
        let holder = (hands[1] & low != 0) as u32
            + 2 * (hands[2] & low != 0) as u32
            + 3 * (hands[3] & low != 0) as u32;
        all | holder << 28
    }

    #[inline(always)]
    fn last_trick(&self, hands: Hands, all: u32) -> i32 {
        let follow = self.ranking.follow[hands[0].trailing_zeros() as usize] | self.ranking.trumps;
        let ours = (hands[0] | hands[2]) & follow;
        let theirs = (hands[1] | hands[3]) & follow;
        if ours > theirs { 1 + self.ranking.points(all) } else { 0 }
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

    /// Points of tricks that a hand wins with the highest trumps out, whoever leads.
    #[inline(always)]
    fn sure_trumps(&self, mine: u32, others: u32) -> i32 {
        let trumps = self.ranking.trumps;
        let sure = mine & trumps & above(others & trumps);
        sure.count_ones() as i32 + self.ranking.points(sure)
    }

    /// Tries the leads, the promising ones first.
    #[inline(always)]
    fn leads(&mut self, hands: Hands, mut alpha: i32, beta: i32, open: i32) -> i32 {
        let (trumps, counts) = (self.ranking.trumps, self.ranking.fives | self.ranking.tens);
        let mut value = -1;
        let mut doubtful = 0;
        let mut partners = 0;
        // Dominoes no opponent can beat in this trick: plain suits from the top, then trumps.
        for group in [hands[0] & !trumps, hands[0] & trumps] {
            let mut left = group;
            while left != 0 {
                let lead = highest(left);
                left ^= lead;
                let follow = self.ranking.follow[lead.trailing_zeros() as usize];
                let left_beats = beaters(hands[1], follow, trumps, lead);
                let right_beats = beaters(hands[3], follow, trumps, lead);
                if left_beats | right_beats != 0 {
                    let partner = beaters(hands[2], follow, trumps, lead);
                    if partner & above(left_beats | right_beats) != 0 {
                        partners |= lead;
                    } else {
                        doubtful |= lead;
                    }
                    continue;
                }
                value = value.max(self.play_lead(hands, lead, alpha, beta, open));
                if value >= beta {
                    return value;
                }
                alpha = alpha.max(value);
            }
        }
        while partners | doubtful != 0 {
            let group = [partners, doubtful & !counts, doubtful];
            let from = if group[0] != 0 {
                group[0]
            } else if group[1] != 0 {
                group[1]
            } else {
                group[2]
            };
            let lead = highest(from);
            partners &= !lead;
            doubtful &= !lead;
            value = value.max(self.play_lead(hands, lead, alpha, beta, open));
            if value >= beta {
                return value;
            }
            alpha = alpha.max(value);
        }
        value
    }

    #[inline(always)]
    fn play_lead(&mut self, mut hands: Hands, lead: u32, alpha: i32, beta: i32, open: i32) -> i32 {
        hands[0] ^= lead;
        let trick = Trick {
            follow: self.ranking.follow[lead.trailing_zeros() as usize],
            best: lead,
            winner: 0,
            points: 1 + self.ranking.points(lead),
        };
        self.second(hands, trick, alpha, beta, open)
    }

    /// Seat `SEAT` plays `tile` to the trick.
    #[inline(always)]
    pub fn follow_with<const SEAT: usize>(&self, trick: Trick, tile: u32) -> Trick {
        let wins = tile & (trick.follow | self.ranking.trumps) & above(trick.best) != 0;
        Trick {
            follow: trick.follow,
            best: if wins { tile } else { trick.best },
            winner: if wins { SEAT } else { trick.winner },
            points: trick.points + self.ranking.points(tile),
        }
    }

    #[inline(always)]
    fn legal(hand: u32, follow: u32) -> u32 {
        if hand & follow != 0 { hand & follow } else { hand }
    }

    /// The value with seat 1 to play; `open` are the points to come, this trick included.
    #[inline(always)]
    pub fn second(&mut self, hands: Hands, trick: Trick, alpha: i32, mut beta: i32, open: i32) -> i32 {
        let (fives, tens, trumps) = (self.ranking.fives, self.ranking.tens, self.ranking.trumps);
        let mut left = Self::legal(hands[1], trick.follow);
        let mut value = i32::MAX;
        let relevant = trick.follow | trumps;
        let third = beaters(hands[2], trick.follow, trumps, trick.best);
        let fourth = beaters(hands[3], trick.follow, trumps, trick.best);
        let safe = left & relevant & above(trick.best) & above(third);
        let partner_sure = fourth & above(third) != 0;
        let generous = if partner_sure { left } else { safe };
        while left != 0 {
            let tile = pick(left, generous, safe, fives, tens);
            left &= !tile;
            let mut hands = hands;
            hands[1] ^= tile;
            let after = self.follow_with::<1>(trick, tile);
            value = value.min(self.third(hands, after, alpha, beta, open));
            if value <= alpha {
                return value;
            }
            beta = beta.min(value);
        }
        value
    }

    /// The value with seat 2 to play.
    #[inline(always)]
    pub fn third(&mut self, hands: Hands, trick: Trick, mut alpha: i32, beta: i32, open: i32) -> i32 {
        let (fives, tens, trumps) = (self.ranking.fives, self.ranking.tens, self.ranking.trumps);
        let mut left = Self::legal(hands[2], trick.follow);
        let mut value = -1;
        let relevant = trick.follow | trumps;
        let fourth = beaters(hands[3], trick.follow, trumps, trick.best);
        let safe = left & relevant & above(trick.best) & above(fourth);
        let partner_sure = trick.winner == 0 && fourth == 0;
        let generous = if partner_sure { left } else { safe };
        while left != 0 {
            let tile = pick(left, generous, safe, fives, tens);
            left &= !tile;
            let mut hands = hands;
            hands[2] ^= tile;
            let after = self.follow_with::<2>(trick, tile);
            value = value.max(self.fourth(hands, after, alpha, beta, open));
            if value >= beta {
                return value;
            }
            alpha = alpha.max(value);
        }
        value
    }

    /// The value with seat 3 to play.
    #[inline(always)]
    pub fn fourth(&mut self, hands: Hands, trick: Trick, alpha: i32, mut beta: i32, open: i32) -> i32 {
        let (fives, tens, trumps) = (self.ranking.fives, self.ranking.tens, self.ranking.trumps);
        let mut left = Self::legal(hands[3], trick.follow);
        let mut value = i32::MAX;
        let safe = left & (trick.follow | trumps) & above(trick.best);
        let generous = if trick.winner == 1 { left } else { safe };
        while left != 0 {
            let tile = pick(left, generous, safe, fives, tens);
            left &= !tile;
            let mut hands = hands;
            hands[3] ^= tile;
            let after = self.follow_with::<3>(trick, tile);
            value = value.min(self.close(hands, after, alpha, beta, open));
            if value <= alpha {
                return value;
            }
            beta = beta.min(value);
        }
        value
    }

    /// The trick is complete: its winner leads the next.
    #[inline(always)]
    pub fn close(&mut self, h: Hands, trick: Trick, alpha: i32, beta: i32, open: i32) -> i32 {
        #[cfg(feature = "count-nodes")]
        {
            self.nodes += 1;
        }
        let points = trick.points;
        let rest = open - points;
        if h[0] == 0 {
            return if trick.winner & 1 == 0 { points } else { 0 };
        }
        match trick.winner {
            0 => points + M::lead(self, h, alpha - points, beta - points),
            2 => points + M::lead(self, [h[2], h[3], h[0], h[1]], alpha - points, beta - points),
            1 => rest - M::lead(self, [h[1], h[2], h[3], h[0]], rest - beta, rest - alpha),
            _ => rest - M::lead(self, [h[3], h[0], h[1], h[2]], rest - beta, rest - alpha),
        }
    }
}

/// The next domino of `left` to try: of `generous` ones, which go to the own side's trick, counts first and
/// then the cheapest winner of `safe`; else the lowest without count.
#[inline(always)]
fn pick(left: u32, generous: u32, safe: u32, fives: u32, tens: u32) -> u32 {
    let generous = left & generous;
    let from = if generous & tens != 0 {
        generous & tens
    } else if generous & fives != 0 {
        generous & fives
    } else if left & safe != 0 {
        left & safe
    } else if left & !(fives | tens) != 0 {
        left & !(fives | tens)
    } else if left & fives != 0 {
        left & fives
    } else {
        left
    };
    lowest(from)
}
