//! One trick of the line under search: who may still play what in it, and the next way to play it out.

use super::hints::{Hints, hinted, satisfied, told};
use super::joins::Order;
use super::ranking::Ranking;
use super::sets::{above, above_tile, beaters, first_of, highest, legal, lowest, several};
use cubecl::prelude::*;

/// A trick: how it stood when it began, and what has not been tried in it.
///
/// Seats are numbered from the leader of the trick. The search asks one question, whether the root's team wins at
/// least `need` points from here to the end; so the players of a team are satisfied by one move each, and need no
/// windows.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Trick {
    /// What the leader holds.
    pub hand0: u32,
    /// What the second seat holds.
    pub hand1: u32,
    /// What the leader's partner holds.
    pub hand2: u32,
    /// What the fourth seat holds.
    pub hand3: u32,
    /// Leads to try that no opponent can beat.
    pub safe: u32,
    /// Leads to try that the partner then surely wins.
    pub partners: u32,
    /// Leads to try besides.
    pub doubtful: u32,
    /// What the second seat has not tried against the current lead.
    pub left1: u32,
    /// What the third seat has not tried against the plays before.
    pub left2: u32,
    /// What the fourth seat has not tried against the plays before.
    pub left3: u32,
    /// The current lead, as a bit.
    pub play0: u32,
    /// What the second seat plays to it.
    pub play1: u32,
    /// What the third seat plays.
    pub play2: u32,
    /// 0 if the leader is of the root's team, 1 if not.
    pub side: u32,
    /// Points the root's team still has to win.
    pub need: i32,
    /// Points still to be won by anybody.
    pub open: i32,
    /// What is known of the root's team's points: lower bound in bits 0–5, upper bound in bits 6–11.
    pub bounds: u32,
}

/// No seat has anything to try.
pub const NOBODY: u32 = 4;

/// Nothing is known: 0 to 63.
pub const UNKNOWN: u32 = 63 << 6;

/// No trick: something to assign to.
#[cube]
pub fn no_trick() -> Trick {
    Trick {
        hand0: 0u32.runtime(),
        hand1: 0u32.runtime(),
        hand2: 0u32.runtime(),
        hand3: 0u32.runtime(),
        safe: 0u32.runtime(),
        partners: 0u32.runtime(),
        doubtful: 0u32.runtime(),
        left1: 0u32.runtime(),
        left2: 0u32.runtime(),
        left3: 0u32.runtime(),
        play0: 0u32.runtime(),
        play1: 0u32.runtime(),
        play2: 0u32.runtime(),
        side: 0u32.runtime(),
        need: 0i32.runtime(),
        open: 0i32.runtime(),
        bounds: UNKNOWN.runtime(),
    }
}

/// Hands by seat from `seat`, given those by seat from another.
#[cube]
pub fn seen_from(seat: u32, hand0: u32, hand1: u32, hand2: u32, hand3: u32) -> (u32, u32, u32, u32) {
    let odd = seat & 1u32 != 0u32;
    let next0 = select(odd, hand1, hand0);
    let next1 = select(odd, hand2, hand1);
    let next2 = select(odd, hand3, hand2);
    let next3 = select(odd, hand0, hand3);
    let across = seat & 2u32 != 0u32;
    (
        select(across, next2, next0),
        select(across, next3, next1),
        select(across, next0, next2),
        select(across, next1, next3),
    )
}

/// The next domino of `left` for a follower: of `generous` ones, which go to the own side's trick, counts first and
/// then the cheapest winner of `safe`; else the lowest without count.
#[cube]
fn pick(left: u32, generous: u32, safe: u32, ranking: &Ranking) -> u32 {
    let gifts = left & generous;
    let plain = first_of(left & !(ranking.fives | ranking.tens), first_of(left & ranking.fives, left));
    lowest(first_of(gifts & ranking.tens, first_of(gifts & ranking.fives, first_of(left & safe, plain))))
}

/// What is as good as `play`, if that is a trump: trumps of the same count with none of `others` in between, what others hold
/// or have played to the trick. They belong to no
/// other suit, so they can stand for each other for good.
#[cube]
fn twins(play: u32, others: u32, ranking: &Ranking) -> u32 {
    let trumps = others & ranking.trumps;
    let below = play - 1u32;
    let beyond = trumps & !(play | below);
    let mut same = select(play & ranking.fives != 0u32, ranking.fives, !(ranking.fives | ranking.tens));
    same = select(play & ranking.tens != 0u32, ranking.tens, same);
    select(play & ranking.trumps != 0u32, ranking.trumps & same, 0u32)
        & above(trumps & below)
        & (lowest(beyond) - 1u32)
}

#[cube]
impl Trick {
    /// Plays from `seat` on what is to be tried next; returns the fourth seat's domino, and who wins.
    pub fn play_out(
        &mut self,
        seat: u32,
        ranking: &Ranking,
        shared: &SharedMemory<u32>,
        hints: &Hints,
        order: &Order,
        #[comptime] n_hints: u32,
        #[comptime] joins: bool,
    ) -> (u32, u32) {
        if seat == 0u32 {
            // Plain suits before trumps, what does not count before counts, always from the top.
            let doubtful = first_of(self.doubtful & !(ranking.fives | ranking.tens), self.doubtful);
            let safe = first_of(self.safe & !ranking.trumps, self.safe);
            let mut best = first_of(safe, first_of(self.partners, doubtful));
            if comptime!(n_hints > 0) {
                let left = self.safe | self.partners | self.doubtful;
                best = first_of(
                    hinted(
                        left,
                        told(0u32.runtime(), self.hand0, 0u32.runtime(), hints.world),
                        hints,
                        n_hints,
                    ),
                    best,
                );
            }
            let left = self.safe | self.partners | self.doubtful;
            self.play0 = order.choose(highest(best), left, 0u32, self.side, joins);
            let mut tried = self.play0;
            if comptime!(n_hints > 0) {
                tried |= twins(self.play0, self.hand1 | self.hand2 | self.hand3, ranking);
            }
            self.safe &= !tried;
            self.partners &= !tried;
            self.doubtful &= !tried;
        }
        let follow = ranking.follow(self.play0, shared);
        let counts = follow | ranking.trumps;
        let mut over = above_tile(self.play0);
        let mut winner = 0u32.runtime();
        if seat == 0u32 {
            self.left1 = legal(self.hand1, follow);
        }
        if seat <= 1u32 {
            let third = beaters(self.hand2, follow, ranking.trumps, over);
            let fourth = beaters(self.hand3, follow, ranking.trumps, over);
            let safe = counts & over & above(third);
            // The partner, fourth, beats whatever the third seat can.
            let generous = select(fourth > third, 0xffff_ffffu32, safe);
            let mut left = self.left1;
            if comptime!(n_hints > 0) {
                left = first_of(
                    hinted(left, told(1u32.runtime(), left, over, hints.world), hints, n_hints),
                    left,
                );
            }
            self.play1 =
                order.choose(pick(left, generous, safe, ranking), self.left1, 1u32, self.side, joins);
            self.left1 ^= self.play1;
            if comptime!(n_hints > 0) {
                self.left1 &= !twins(self.play1, self.play0 | self.hand0 | self.hand2 | self.hand3, ranking);
            }
            self.left2 = legal(self.hand2, follow);
        }
        if self.play1 & counts & over != 0u32 {
            winner = 1u32.runtime();
            over = above_tile(self.play1);
        }
        if seat <= 2u32 {
            let fourth = beaters(self.hand3, follow, ranking.trumps, over);
            let safe = counts & over & above(fourth);
            let generous = select((winner == 0u32) & (fourth == 0u32), 0xffff_ffffu32, safe);
            let mut left = self.left2;
            if comptime!(n_hints > 0) {
                left = first_of(
                    hinted(left, told(2u32.runtime(), left, over, hints.world), hints, n_hints),
                    left,
                );
            }
            self.play2 =
                order.choose(pick(left, generous, safe, ranking), self.left2, 2u32, self.side, joins);
            self.left2 ^= self.play2;
            if comptime!(n_hints > 0) {
                self.left2 &= !twins(
                    self.play2,
                    self.play0 | self.play1 | self.hand0 | self.hand1 | self.hand3,
                    ranking,
                );
            }
            self.left3 = legal(self.hand3, follow);
        }
        if self.play2 & counts & over != 0u32 {
            winner = 2u32.runtime();
            over = above_tile(self.play2);
        }
        let safe = counts & over;
        let mut left = self.left3;
        if comptime!(n_hints > 0) {
            left =
                first_of(hinted(left, told(3u32.runtime(), left, over, hints.world), hints, n_hints), left);
        }
        let best = pick(left, select(winner == 1u32, 0xffff_ffffu32, safe), safe, ranking);
        let play3 = order.choose(best, self.left3, 3u32, self.side, joins);
        self.left3 ^= play3;
        if comptime!(n_hints > 0) {
            self.left3 &= !twins(
                play3,
                self.play0 | self.play1 | self.play2 | self.hand0 | self.hand1 | self.hand2,
                ranking,
            );
        }
        if play3 & safe != 0u32 {
            winner = 3u32.runtime();
        }
        (play3, winner)
    }

    /// The trick that follows once `play3` is played and `winner` has won `points`; nothing to try in it yet.
    pub fn next(&self, play3: u32, winner: u32, points: i32) -> Trick {
        let mut next = no_trick();
        let (hand0, hand1, hand2, hand3) = seen_from(
            winner,
            self.hand0 & !self.play0,
            self.hand1 & !self.play1,
            self.hand2 & !self.play2,
            self.hand3 & !play3,
        );
        next.hand0 = hand0;
        next.hand1 = hand1;
        next.hand2 = hand2;
        next.hand3 = hand3;
        next.side = self.side ^ (winner & 1u32);
        next.need = self.need - select(next.side == 0u32, points, 0i32);
        next.open = self.open - points;
        next
    }

    /// All dominoes still held.
    pub fn held(&self) -> u32 {
        self.hand0 | self.hand1 | self.hand2 | self.hand3
    }

    /// Where to go on, once what was tried last turned out to reach the goal or not: the last seat that is not
    /// content with it and has something else to try, or [`NOBODY`].
    pub fn resume(&self, reached: u32) -> u32 {
        // The root's team is content once it reaches the goal, the others once it does not.
        let odd = self.side ^ reached;
        let late = select(odd == 1u32, self.left3, self.left2);
        let early = select(odd == 1u32, self.left1, self.safe | self.partners | self.doubtful);
        select(late != 0u32, 2u32 + odd, select(early != 0u32, odd, NOBODY.runtime()))
    }

    /// Where to go on, as [`Trick::resume`] says; and with hints, what satisfied the seats that are content.
    pub fn settle(
        &self,
        reached: u32,
        play3: u32,
        ranking: &Ranking,
        shared: &SharedMemory<u32>,
        hints: &mut Hints,
        #[comptime] n_hints: u32,
    ) -> u32 {
        let seat = self.resume(reached);
        if comptime!(n_hints > 0) {
            self.hint(seat, reached, play3, ranking, shared, hints, n_hints);
        }
        seat
    }

    /// Hints at what satisfied the seats that are content with the answer, behind the one that goes on, `seat`.
    fn hint(
        &self,
        seat: u32,
        reached: u32,
        play3: u32,
        ranking: &Ranking,
        shared: &SharedMemory<u32>,
        hints: &mut Hints,
        #[comptime] n_hints: u32,
    ) {
        let follow = ranking.follow(self.play0, shared);
        let counts = follow | ranking.trumps;
        let mut over = above_tile(self.play0);
        // Seats 1 and 3 are content, or 0 and 2.
        let odd = self.side == reached;
        let mut choice = self.hand0;
        let mut play = self.play0;
        let mut beats = 0u32.runtime();
        if odd {
            choice = legal(self.hand1, follow);
            play = self.play1;
            beats = over;
        }
        if (seat & 3u32 == 0u32) & several(choice) {
            let told = told(select(odd, 1u32, 0u32), choice, beats, hints.world);
            satisfied(play, told, hints, n_hints);
        }
        if self.play1 & counts & over != 0u32 {
            over = above_tile(self.play1);
        }
        choice = legal(self.hand2, follow);
        play = self.play2;
        if odd {
            if self.play2 & counts & over != 0u32 {
                over = above_tile(self.play2);
            }
            choice = legal(self.hand3, follow);
            play = play3;
        }
        if (seat != 3u32) & several(choice) {
            satisfied(play, told(select(odd, 3u32, 2u32), choice, over, hints.world), hints, n_hints);
        }
    }

    /// What is known of the root's team's points once its question is answered.
    pub fn learn(&self, reached: u32) -> u32 {
        let need = self.need as u32;
        select(
            reached == 1u32,
            (self.bounds & 0xfc0u32) | need,
            (self.bounds & 63u32) | ((need - 1u32) << 6u32),
        )
    }
}
