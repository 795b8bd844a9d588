//! The exact solver on the device: depth-first alpha-beta with an explicit stack, one world a unit.
//!
//! Dominoes are renamed by strength, so that the winner of a trick is the top bit of what was played and
//! counts. Seats are numbered from the mover, whose team maximises the points it wins from now to the end.
//! One flat loop advances one ply a turn; a unit that is done fetches the next world from a counter, so that
//! neighbours of a long search do not wait for it.

use crate::layout::{VALUES, WORLD, seen, status};
use boneyard_rules::tables;
use cubecl::prelude::*;

/// Words of a declaration's row in the orders buffer.
pub const ORDER: usize = 96;
const TRUMPS: usize = 28;
const FIVES: usize = 29;
const TENS: usize = 30;
const PLACES: usize = 32;
const IDS: usize = 64;

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

/// The next domino to try of `left`, for the player at `position` in the trick.
#[cube]
fn pick(
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
    let mut tile = 0u32.runtime();
    if position == 0u32 {
        // Lead from the top: the strongest domino out is the surest.
        tile = 1u32 << (31u32 - left.leading_zeros());
    } else {
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
        tile = lowest(from);
    }
    tile
}

/// Units of a cube of [`solve_kernel`].
pub const UNITS: u32 = 128;

/// Marks slots that are not legal, in both halves of a word of values.
const ILLEGAL: u32 = 0x8000_8000;

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
    let mut order = 0usize.runtime();
    let mut ply = 0u32.runtime();
    let mut hand = 0u32.runtime();
    let mut open = 0u32.runtime();
    let mut h0 = 0u32.runtime();
    let mut h1 = 0u32.runtime();
    let mut h2 = 0u32.runtime();
    let mut h3 = 0u32.runtime();
    let mut d = 0u32.runtime();
    let mut turns = 0u32.runtime();
    let mut q01 = ILLEGAL.runtime();
    let mut q23 = ILLEGAL.runtime();
    let mut q45 = ILLEGAL.runtime();
    let mut q6 = ILLEGAL.runtime();
    while running {
        if idle {
            item = tally[comptime!(status::NEXT)].fetch_add(1u32);
            running = item < total;
            if running {
                idle = false.runtime();
                let row = owners[item as usize] as usize * comptime!(seen::ROW);
                order = observations[row + comptime!(seen::DECLARATION)] as usize * comptime!(ORDER);
                ply = observations[row + comptime!(seen::PLY)];
                hand = observations[row + comptime!(seen::HAND)];
                open = observations[row + comptime!(seen::OPEN)];
                let world = item as usize * comptime!(WORLD);
                h0 = observations[row + comptime!(seen::HELD)];
                h1 = worlds[world];
                h2 = worlds[world + 1usize];
                h3 = worlds[world + 2usize];
                let mover = observations[row + comptime!(seen::MOVER)];
                let turn = observations[row + comptime!(seen::TRICK)];
                let leader = ((turn & 3u32) + 4u32 - mover) & 3u32;
                let mut trick = leader << 12u32;
                if ply % 4u32 != 0u32 {
                    // Any domino of the led suit stands for the lead: only what follows it matters.
                    let suit = (turn >> 2u32) & 7u32;
                    let declaration = observations[row + comptime!(seen::DECLARATION)];
                    let following = boneyard_rules::rule::follow_tiles(suit, declaration);
                    // A domino that leads its lower pip's suit does not exist, so look for one that leads it.
                    let mut rest = following;
                    let mut lead = 0u32.runtime();
                    while rest != 0u32 {
                        let id = rest.trailing_zeros();
                        rest &= rest - 1u32;
                        if boneyard_rules::rule::led_suit(id, declaration) == suit {
                            lead = id;
                            rest = 0u32.runtime();
                        }
                    }
                    let best = (turn >> 5u32) & 31u32;
                    let winner = (((turn >> 10u32) & 3u32) + 4u32 - mover) & 3u32;
                    trick |= orders[order + comptime!(PLACES) + lead as usize]
                        | (orders[order + comptime!(PLACES) + best as usize] << 5u32)
                        | (winner << 10u32)
                        | (((turn >> 12u32) & 63u32) << 14u32);
                }
                d = 0u32.runtime();
                turns = 0u32.runtime();
                untried[0usize] = observations[row + comptime!(seen::LEGAL)];
                frames[0usize] = (open + 1u32) << 7u32;
                tricks[0usize] = trick;
                q01 = ILLEGAL.runtime();
                q23 = ILLEGAL.runtime();
                q45 = ILLEGAL.runtime();
                q6 = ILLEGAL.runtime();
            }
        } else {
            let left = untried[d as usize];
            let frame = frames[d as usize];
            let trick = tricks[d as usize];
            let position = (ply + d) % 4u32;
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
                        let out = item as usize * comptime!(VALUES);
                        values[out] = q01;
                        values[out + 1usize] = q23;
                        values[out + 2usize] = q45;
                        values[out + 3usize] = q6;
                        idle = true.runtime();
                    } else {
                        value = ((frame >> 14u32) & 127u32) - 1u32;
                        d -= 1u32;
                        returns = true.runtime();
                    }
                } else {
                    let trumps = orders[order + comptime!(TRUMPS)];
                    let fives = orders[order + comptime!(FIVES)];
                    let tens = orders[order + comptime!(TENS)];
                    let alpha = frame & 127u32;
                    let beta = (frame >> 7u32) & 127u32;
                    let mut follow = 0x0fff_ffffu32.runtime();
                    let mut best = 0u32.runtime();
                    let winner = (trick >> 10u32) & 3u32;
                    if position != 0u32 {
                        follow = orders[order + (trick & 31u32) as usize];
                        best = 1u32 << ((trick >> 5u32) & 31u32);
                    }
                    let next = of_seat((seat + 1u32) & 3u32, h0, h1, h2, h3);
                    let after_next = of_seat((seat + 2u32) & 3u32, h0, h1, h2, h3);
                    let tile = pick(
                        left,
                        position,
                        next,
                        after_next,
                        follow,
                        best,
                        winner == ((seat + 2u32) & 3u32),
                        trumps,
                        fives,
                        tens,
                    );
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
                        if ours >= beta {
                            value = ours;
                            leaf = true.runtime();
                        } else {
                            // alpha is stored plus one.
                            if ours + rest < alpha {
                                value = ours + rest;
                                leaf = true.runtime();
                            } else {
                                if all == 0u32 {
                                    value = ours;
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
                            let following = their_hand & orders[order + lead as usize];
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
                    let player = (((tricks[d as usize] >> 12u32) & 3u32) + (ply + d) % 4u32) & 3u32;
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
                        let id = orders[order + comptime!(IDS) + tried as usize];
                        let slot = (hand & ((1u32 << id) - 1u32)).count_ones();
                        let q = (2u32 * value - open) & 0xffffu32;
                        let shift = (slot % 2u32) * 16u32;
                        let keep = 0xffff_0000u32 >> shift;
                        let put = q << shift;
                        if slot / 2u32 == 0u32 {
                            q01 = (q01 & keep) | put;
                        }
                        if slot / 2u32 == 1u32 {
                            q23 = (q23 & keep) | put;
                        }
                        if slot / 2u32 == 2u32 {
                            q45 = (q45 & keep) | put;
                        }
                        if slot / 2u32 == 3u32 {
                            q6 = (q6 & keep) | put;
                        }
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
