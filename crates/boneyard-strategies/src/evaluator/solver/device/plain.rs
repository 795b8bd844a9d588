//! What can be said of a position at the start of a trick without searching it.

use super::ranking::Ranking;
use super::sets::{above, above_tile, beaters, lowest};
use super::trick::Trick;
use cubecl::prelude::*;

/// The goal is out of reach.
pub const MISSED: u32 = 0;
/// The goal is reached.
pub const REACHED: u32 = 1;
/// It takes a search.
pub const DOUBTFUL: u32 = 2;

/// Says whether the root's team reaches its goal, if that is plain.
#[cube]
pub fn judge(trick: &Trick, tricks_left: u32, ranking: &Ranking, shared: &SharedMemory<u32>) -> u32 {
    let mut verdict = DOUBTFUL.runtime();
    if trick.need <= 0i32 {
        verdict = REACHED.runtime();
    } else {
        if trick.need > trick.open {
            verdict = MISSED.runtime();
        } else {
            if tricks_left == 1u32 {
                // The last trick plays itself.
                let can_win = ranking.follow(trick.hand0, shared) | ranking.trumps;
                let leaders = (trick.hand0 | trick.hand2) & can_win > (trick.hand1 | trick.hand3) & can_win;
                verdict = select(leaders, 1u32, 0u32) ^ trick.side;
            }
            // With two tricks left a search is as quick.
            if tricks_left >= 3u32 {
                verdict = count_sure(trick, ranking);
            }
        }
    }
    verdict
}

/// The highest trumps out win a trick each for whoever holds them: sometimes that is enough.
#[cube]
fn count_sure(trick: &Trick, ranking: &Ranking) -> u32 {
    let trumps0 = trick.hand0 & ranking.trumps;
    let trumps1 = trick.hand1 & ranking.trumps;
    let trumps2 = trick.hand2 & ranking.trumps;
    let trumps3 = trick.hand3 & ranking.trumps;
    let mut side = trick.side;
    let mut sure = trumps0 & above(trumps1 | trumps2 | trumps3);
    if trumps1 | trumps2 | trumps3 > trumps0 {
        // Another seat holds the highest.
        if trumps2 > u32::max(trumps1, trumps3) {
            sure = trumps2 & above(trumps0 | trumps1 | trumps3);
        } else {
            side ^= 1u32;
            sure = select(
                trumps1 > trumps3,
                trumps1 & above(trumps0 | trumps2 | trumps3),
                trumps3 & above(trumps0 | trumps1 | trumps2),
            );
        }
    }
    let points = sure.count_ones() as i32 + ranking.count(sure);
    let mut verdict = DOUBTFUL.runtime();
    if side == 0u32 {
        if points >= trick.need {
            verdict = REACHED.runtime();
        }
    } else {
        if trick.open - points < trick.need {
            verdict = MISSED.runtime();
        }
    }
    verdict
}

/// Sorts the leads by promise.
#[cube]
pub fn sort_leads(trick: &mut Trick, ranking: &Ranking, shared: &SharedMemory<u32>) {
    let mut rest = trick.hand0;
    while rest != 0u32 {
        let lead = lowest(rest);
        rest ^= lead;
        let follow = ranking.follow(lead, shared);
        let over = above_tile(lead);
        let threats = beaters(trick.hand1, follow, ranking.trumps, over)
            | beaters(trick.hand3, follow, ranking.trumps, over);
        if threats == 0u32 {
            trick.safe |= lead;
        } else {
            if beaters(trick.hand2, follow, ranking.trumps, over) > threats {
                trick.partners |= lead;
            } else {
                trick.doubtful |= lead;
            }
        }
    }
}
