//! The exact solver on the device: depth-first alpha-beta with an explicit stack, one world a unit.
//!
//! Dominoes are renamed by strength, so that the winner of a trick is the top bit of what was played and
//! counts. Seats are numbered from the mover, whose team maximises the points it wins from now to the end.
//! One flat loop advances one ply a turn; a unit that is done fetches the next world from a counter, so that
//! neighbours of a long search do not wait for it.

use crate::kernels::position::{Position, no_values, position};
use crate::layout::status;
use boneyard_rules::tables;
use cubecl::prelude::*;

/// Words of a declaration's row in the orders buffer.
pub const ORDER: usize = 96;
pub(super) const TRUMPS: usize = 28;
pub(super) const FIVES: usize = 29;
pub(super) const TENS: usize = 30;
pub(super) const PLACES: usize = 32;
pub(super) const IDS: usize = 64;

/// The orders buffer: by declaration `[0..28]` what follows the domino in this place, then trumps, fives, tens,
/// `[32..60]` place by id, `[64..92]` id by place.
pub fn orders() -> Vec<u32> {
    let mut words = vec![0; 10 * ORDER];
    for declaration in 0..10 {
        let row = &mut words[declaration * ORDER..][..ORDER];
        let by_place = |tiles: u32| -> u32 {
            (0..28).filter(|id| tiles >> id & 1 == 1).map(|id| 1 << tables::PLACE[declaration][id]).sum()
        };
        for place in 0..28 {
            let id = tables::BY_STRENGTH[declaration][place];
            let suit = tables::LED_SUIT[declaration][usize::from(id)];
            row[place] = by_place(tables::FOLLOW[declaration][usize::from(suit)]);
            row[PLACES + place] = u32::from(tables::PLACE[declaration][place]);
            row[IDS + place] = u32::from(id);
        }
        row[TRUMPS] = by_place(tables::TRUMPS[declaration]);
        row[FIVES] = by_place(boneyard_rules::rule::FIVES);
        row[TENS] = by_place(boneyard_rules::rule::TENS);
    }
    words
}

/// All places above the highest of `set`; all if it is empty.
#[cube]
fn above(set: u32) -> u32 {
    let mut places = 0xffff_ffffu32.runtime();
    if set != 0u32 {
        places = 0xffff_fffeu32 << (31u32 - set.leading_zeros());
    }
    places
}

/// What `hand` could win with over `best`.
#[cube]
fn beaters(hand: u32, follow: u32, trumps: u32, over_best: u32) -> u32 {
    let mut can = hand & follow;
    if can == 0u32 {
        can = hand & trumps;
    }
    can & over_best
}

#[cube]
fn lowest(set: u32) -> u32 {
    set & (0u32 - set)
}

/// A set of ids as a set of places.
#[cube]
pub fn places(tiles: u32, orders: &Array<u32>, order: usize) -> u32 {
    let mut result = 0u32.runtime();
    let mut rest = tiles;
    while rest != 0u32 {
        let id = rest.trailing_zeros();
        rest &= rest - 1u32;
        result |= 1u32 << orders[order + comptime!(PLACES) + id as usize];
    }
    result
}

/// One of four by seat.
#[cube]
fn of_seat(seat: u32, h0: u32, h1: u32, h2: u32, h3: u32) -> u32 {
    let mut hand = h0;
    if seat == 1u32 {
        hand = h1;
    }
    if seat == 2u32 {
        hand = h2;
    }
    if seat == 3u32 {
        hand = h3;
    }
    hand
}

/// The highest of a set that is not empty.
#[cube]
fn highest(set: u32) -> u32 {
    0x8000_0000u32 >> set.leading_zeros()
}

/// The next lead to try of `left`: what no opponent can beat, plain suits before trumps; then what the partner
/// surely wins; then what does not count; always from the top.
#[cube]
fn pick_lead(
    left: u32,
    left_opponent: u32,
    partner: u32,
    right_opponent: u32,
    counts: u32,
    root: &Position,
    orders: &Array<u32>,
) -> u32 {
    let trumps = root.trumps(orders);
    let mut chosen = left;
    let mut chosen_class = 5u32.runtime();
    let mut rest = left;
    while rest != 0u32 {
        let tile = highest(rest);
        rest ^= tile;
        let follow = root.follow(orders, 31u32 - tile.leading_zeros());
        let over = above(tile);
        let threats =
            beaters(left_opponent, follow, trumps, over) | beaters(right_opponent, follow, trumps, over);
        let mut class = 3u32.runtime();
        if threats == 0u32 {
            class = 0u32.runtime();
            if tile & trumps != 0u32 {
                class = 1u32.runtime();
            }
        } else {
            if beaters(partner, follow, trumps, over) & above(threats) != 0u32 {
                class = 2u32.runtime();
            } else {
                if tile & counts != 0u32 {
                    class = 4u32.runtime();
                }
            }
        }
        if class < chosen_class {
            chosen_class = class;
            chosen = tile;
        }
        if class == 0u32 {
            rest = 0u32.runtime();
        }
    }
    chosen
}

/// The next domino to try of `left`, for a follower at `position` 1–3 in the trick: what goes to the own side's
/// trick with counts first, then the cheapest safe winner, then the lowest without count.
#[cube]
fn pick_follower(
    left: u32,
    position: u32,
    next: u32,
    after_next: u32,
    follow: u32,
    best: u32,
    partner_wins: bool,
    trumps: u32,
    fives: u32,
    tens: u32,
) -> u32 {
    let over_best = above(best);
    let mut threat = 0u32.runtime();
    if position < 3u32 {
        threat = beaters(next, follow, trumps, over_best);
    }
    let over_threat = above(threat);
    let safe = left & (follow | trumps) & over_best & over_threat;
    let mut sure = partner_wins & (threat == 0u32);
    if position == 1u32 {
        sure = beaters(after_next, follow, trumps, over_best) & over_threat != 0u32;
    }
    let mut generous = safe;
    if sure {
        generous = left;
    }
    let counts = fives | tens;
    let mut from = left;
    if left & fives != 0u32 {
        from = left & fives;
    }
    if left & !counts != 0u32 {
        from = left & !counts;
    }
    if safe != 0u32 {
        from = safe;
    }
    if generous & fives != 0u32 {
        from = generous & fives;
    }
    if generous & tens != 0u32 {
        from = generous & tens;
    }
    lowest(from)
}

/// Units of a cube of `solve_kernel`.
pub const UNITS: u32 = 128;

/// Solves the worlds of a chunk. `depth` is the number of plies left at the root, `cap` the most turns of the
/// loop a world may take.
#[cube(launch_unchecked)]
pub fn solve_kernel(
    observations: &Array<u32>,
    worlds: &Array<u32>,
    owners: &Array<u32>,
    starts: &Array<u32>,
    orders: &Array<u32>,
    values: &mut Array<u32>,
    tally: &mut Array<Atomic<u32>>,
    n_games: u32,
    cap: u32,
    #[comptime] depth: usize,
) {
    // Dominoes not tried yet; alpha + 1, beta, best + 1 in 7 bits each and the domino tried in 5; the trick.
    let mut untried = Array::<u32>::new(depth);
    let mut frames = Array::<u32>::new(depth);
    let mut tricks = Array::<u32>::new(depth);
    let total = starts[n_games as usize];
    let mut running = true.runtime();
    let mut idle = true.runtime();
    let mut item = 0u32.runtime();
    let mut d = 0u32.runtime();
    let mut turns = 0u32.runtime();
    let mut root = position(observations, worlds, orders, 0u32.runtime(), 0u32.runtime());
    let mut result = no_values();
    let mut h0 = 0u32.runtime();
    let mut h1 = 0u32.runtime();
    let mut h2 = 0u32.runtime();
    let mut h3 = 0u32.runtime();
    while running {
        if idle {
            item = tally[comptime!(status::NEXT)].fetch_add(1u32);
            running = item < total;
            if running {
                idle = false.runtime();
                root = position(observations, worlds, orders, owners[item as usize], item);
                h0 = root.mine;
                h1 = root.left;
                h2 = root.partner;
                h3 = root.right;
                d = 0u32.runtime();
                turns = 0u32.runtime();
                untried[0usize] = root.legal;
                frames[0usize] = (root.open + 1u32) << 7u32;
                tricks[0usize] = root.lead
                    | (root.best << 5u32)
                    | (root.winner << 10u32)
                    | (root.leader << 12u32)
                    | (root.points << 14u32);
                result = no_values();
            }
        } else {
            let left = untried[d as usize];
            let frame = frames[d as usize];
            let trick = tricks[d as usize];
            let position = (root.ply + d) % 4u32;
            let leader = (trick >> 12u32) & 3u32;
            let seat = (leader + position) & 3u32;
            let mut value = 0u32.runtime();
            let mut returns = false.runtime();
            turns += 1u32;
            if turns > cap {
                // A search that does not end is an error of ours, reported and never a value.
                tally[comptime!(status::CAPPED)].fetch_add(1u32);
                idle = true.runtime();
            } else {
                if left == 0u32 {
                    if d == 0u32 {
                        result.write(values, item);
                        idle = true.runtime();
                    } else {
                        value = ((frame >> 14u32) & 127u32) - 1u32;
                        d -= 1u32;
                        returns = true.runtime();
                    }
                } else {
                    let trumps = root.trumps(orders);
                    let fives = root.fives(orders);
                    let tens = root.tens(orders);
                    let alpha = frame & 127u32;
                    let beta = (frame >> 7u32) & 127u32;
                    let mut follow = 0x0fff_ffffu32.runtime();
                    let mut best = 0u32.runtime();
                    let winner = (trick >> 10u32) & 3u32;
                    if position != 0u32 {
                        follow = root.follow(orders, trick & 31u32);
                        best = 1u32 << ((trick >> 5u32) & 31u32);
                    }
                    let next = of_seat((seat + 1u32) & 3u32, h0, h1, h2, h3);
                    let after_next = of_seat((seat + 2u32) & 3u32, h0, h1, h2, h3);
                    let mut tile = left;
                    if position == 0u32 {
                        let last = of_seat((seat + 3u32) & 3u32, h0, h1, h2, h3);
                        tile = pick_lead(left, next, after_next, last, fives | tens, &root, orders);
                    } else {
                        let partner_wins = winner == ((seat + 2u32) & 3u32);
                        tile = pick_follower(
                            left,
                            position,
                            next,
                            after_next,
                            follow,
                            best,
                            partner_wins,
                            trumps,
                            fives,
                            tens,
                        );
                    }
                    let place = 31u32 - tile.leading_zeros();
                    untried[d as usize] = left ^ tile;
                    frames[d as usize] = (frame & 0x001f_ffffu32) | (place << 21u32);
                    if seat == 0u32 {
                        h0 ^= tile;
                    }
                    if seat == 1u32 {
                        h1 ^= tile;
                    }
                    if seat == 2u32 {
                        h2 ^= tile;
                    }
                    if seat == 3u32 {
                        h3 ^= tile;
                    }
                    // The trick with this play.
                    let mut new_winner = winner;
                    let mut new_best = (trick >> 5u32) & 31u32;
                    let mut lead = trick & 31u32;
                    let mut wins = tile & (follow | trumps) & above(best) != 0u32;
                    if position == 0u32 {
                        lead = place;
                        wins = true.runtime();
                    }
                    if wins {
                        new_winner = seat;
                        new_best = place;
                    }
                    let count = (tile & fives).count_ones() * 5u32 + (tile & tens).count_ones() * 10u32;
                    let mut points = ((trick >> 14u32) & 63u32) + count;
                    let mut ours = trick >> 20u32;
                    let mut new_leader = leader;
                    let mut leaf = false.runtime();
                    if position == 3u32 {
                        if new_winner % 2u32 == 0u32 {
                            ours += points + 1u32;
                        }
                        points = 0u32.runtime();
                        new_leader = new_winner;
                        let all = h0 | h1 | h2 | h3;
                        let rest = h0.count_ones()
                            + (all & fives).count_ones() * 5u32
                            + (all & tens).count_ones() * 10u32;
                        // Whoever holds the highest trumps out wins a trick with each of them.
                        let mut lower = ours;
                        let mut upper = ours + rest;
                        let top = all & trumps;
                        if top != 0u32 {
                            let top_bit = highest(top);
                            let mut holder = h0 | h2;
                            let we_hold = holder & top_bit != 0u32;
                            if we_hold {
                                holder = h0;
                                if h2 & top_bit != 0u32 {
                                    holder = h2;
                                }
                            } else {
                                holder = h1;
                                if h3 & top_bit != 0u32 {
                                    holder = h3;
                                }
                            }
                            let sure = holder & top & above(top ^ (holder & top));
                            let sure_points = sure.count_ones()
                                + (sure & fives).count_ones() * 5u32
                                + (sure & tens).count_ones() * 10u32;
                            if we_hold {
                                lower += sure_points;
                            } else {
                                upper -= sure_points;
                            }
                        }
                        if h0.count_ones() == 1u32 {
                            // The last trick plays itself.
                            let led = of_seat(new_winner, h0, h1, h2, h3);
                            let can_win = root.follow(orders, 31u32 - led.leading_zeros()) | trumps;
                            value = ours;
                            if (h0 | h2) & can_win > (h1 | h3) & can_win {
                                value = ours + rest;
                            }
                            leaf = true.runtime();
                        }
                        if all == 0u32 {
                            value = ours;
                            leaf = true.runtime();
                        }
                        if !leaf {
                            if lower >= beta {
                                value = lower;
                                leaf = true.runtime();
                            } else {
                                // alpha is stored plus one.
                                if upper < alpha {
                                    value = upper;
                                    leaf = true.runtime();
                                }
                            }
                        }
                    }
                    if leaf {
                        returns = true.runtime();
                    } else {
                        let to_play = (new_leader + (position + 1u32) % 4u32) & 3u32;
                        let their_hand = of_seat(to_play, h0, h1, h2, h3);
                        let mut legal = their_hand;
                        if position != 3u32 {
                            let following = their_hand & root.follow(orders, lead);
                            if following != 0u32 {
                                legal = following;
                            }
                        }
                        // Maximisers begin below every value, minimisers above.
                        let mut begin = 0u32.runtime();
                        if to_play % 2u32 == 1u32 {
                            begin = 64u32.runtime();
                        }
                        d += 1u32;
                        untried[d as usize] = legal;
                        frames[d as usize] = alpha | (beta << 7u32) | (begin << 14u32);
                        tricks[d as usize] = lead
                            | (new_best << 5u32)
                            | (new_winner << 10u32)
                            | (new_leader << 12u32)
                            | (points << 14u32)
                            | (ours << 20u32);
                    }
                }
                if returns {
                    // Take the play at depth d back and let its player have the value.
                    let parent = frames[d as usize];
                    let tried = (parent >> 21u32) & 31u32;
                    let bit = 1u32 << tried;
                    let player = (((tricks[d as usize] >> 12u32) & 3u32) + (root.ply + d) % 4u32) & 3u32;
                    if player == 0u32 {
                        h0 ^= bit;
                    }
                    if player == 1u32 {
                        h1 ^= bit;
                    }
                    if player == 2u32 {
                        h2 ^= bit;
                    }
                    if player == 3u32 {
                        h3 ^= bit;
                    }
                    if d == 0u32 {
                        let slot = root.slot(orders, tried);
                        result.put(slot, 2i32 * (value as i32) - (root.open as i32));
                    } else {
                        let mut alpha = parent & 127u32;
                        let mut beta = (parent >> 7u32) & 127u32;
                        let mut best = (parent >> 14u32) & 127u32;
                        let mut cut = false.runtime();
                        if player % 2u32 == 0u32 {
                            best = u32::max(best, value + 1u32);
                            alpha = u32::max(alpha, best);
                            // best − 1 ≥ beta
                            cut = best > beta;
                        } else {
                            best = u32::min(best, value + 1u32);
                            beta = u32::min(beta, best - 1u32);
                            // best − 1 ≤ alpha − 1
                            cut = best <= alpha;
                        }
                        if cut {
                            untried[d as usize] = 0u32.runtime();
                        }
                        frames[d as usize] = alpha | (beta << 7u32) | (best << 14u32) | (tried << 21u32);
                    }
                }
            }
        }
    }
}
