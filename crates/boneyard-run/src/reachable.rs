//! Every state that a deal can come to.
//!
//! A state is what the rest of a hand depends on: who holds what, who leads, and the trick so far. However it was come by, it
//! counts once: there are some seven to fifty million a deal. Only those between two tricks have to be told apart one by one: a
//! state within a trick is one of those and a beginning of a trick, and no two of these are the same.

use boneyard::rules::{Domino, Game, PLIES, RuleError, SLOTS, Seat, rule, tiles_of};
use rayon::prelude::*;

/// What a state between two tricks is: seven bits a seat, a bit a slot that it still holds, then two for who leads.
type Between = u32;

/// Where the leader stands in a [`Between`].
const LEADER: u32 = 28;

/// All states from the start of a trick on, but those in which the hand is over.
#[derive(Clone, Debug)]
pub struct Reachable {
    begun: Game,
    rules: Rules,
    /// By trick: states between two tricks, ascending.
    between: Vec<Vec<Between>>,
    /// By trick: the number of states before that of each of them and the beginnings of its trick, and at the end of all.
    before: Vec<Vec<u64>>,
}

impl Reachable {
    /// Those that can be come to from here.
    ///
    /// # Errors
    /// [`RuleError::NoMove`] if the hand is over.
    ///
    /// # Panics
    /// If a trick is on the table.
    pub fn from(begun: &Game) -> Result<Self, RuleError> {
        let table = begun.table();
        if table.is_over() {
            return Err(RuleError::NoMove);
        }
        assert!(table.ply().is_multiple_of(4), "a hand between two tricks");
        let rules = Rules::new(begun);
        let mut between = vec![vec![rules.begin(begun)]];
        for _ in table.ply() / 4 + 1..PLIES / 4 {
            let tricks = |&state: &Between| {
                let mut next = Vec::new();
                rules.walk(state, |slots| {
                    if let &[a, b, c, d] = slots {
                        next.push(rules.after(state, [a, b, c, d]));
                    }
                });
                next
            };
            let mut next: Vec<Between> =
                between[between.len() - 1].par_iter().flat_map_iter(tricks).collect();
            next.par_sort_unstable();
            next.dedup();
            between.push(next);
        }
        let mut sum = 0;
        let before = between.iter().map(|states| {
            let counts: Vec<u64> = states.par_iter().map(|&state| rules.beginnings(state)).collect();
            let starts = counts.into_iter().map(|count| {
                sum += count;
                sum - count
            });
            let mut starts: Vec<u64> = starts.collect();
            starts.push(sum);
            starts
        });
        let before = before.collect();
        Ok(Self { begun: *begun, rules, between, before })
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        *self.before.last().and_then(|starts| starts.last()).expect("the state that was begun with")
    }

    /// One of them, with some plays that lead there.
    ///
    /// # Panics
    /// If there are not that many.
    pub fn state(&self, index: u64) -> Game {
        let trick = self.before.iter().position(|starts| index < starts[starts.len() - 1]);
        let trick = trick.expect("an index below the count");
        let starts = &self.before[trick];
        let at = starts.partition_point(|&start| start <= index) - 1;
        let state = self.between[trick][at];
        let mut plays = self.way_to(trick, state);
        let (mut left, leader) = (index - starts[at], leader(state));
        self.rules.walk(state, |slots| {
            if slots.len() < 4 {
                if left == 0 {
                    let seats = (0..).map(|place| leader.after(place));
                    plays.extend(seats.zip(slots).map(|(seat, &slot)| self.rules.domino(seat, slot)));
                }
                left = left.wrapping_sub(1);
            }
        });
        let mut game = self.begun;
        plays
            .into_iter()
            .try_for_each(|domino| game.play(domino))
            .expect("plays that were found by the rules");
        game
    }

    /// Plays that lead to a state between two tricks, so many tricks after the first.
    fn way_to(&self, trick: usize, state: Between) -> Vec<Domino> {
        let Some(before) = trick.checked_sub(1) else { return Vec::new() };
        let held = state & ((1 << LEADER) - 1);
        let gone = |seat: Seat| (0..SLOTS).filter(move |&slot| self.rules.bit(seat, slot) & held == 0);
        let [a, b, c, d] = Seat::ALL;
        let put_back = gone(a)
            .flat_map(|it| gone(b).map(move |more| (it, more)))
            .flat_map(|(a, b)| gone(c).flat_map(move |c| gone(d).map(move |d| [a, b, c, d])));
        for by_seat in put_back {
            let hands =
                Seat::ALL.iter().fold(held, |held, &seat| held | self.rules.bit(seat, by_seat[seat.index()]));
            for first in Seat::ALL {
                let from = hands | (first.index() as u32) << LEADER;
                let slots = [0, 1, 2, 3].map(|place| by_seat[first.after(place).index()] as u8);
                if self.rules.after(from, slots) == state
                    && self.between[before].binary_search(&from).is_ok()
                    && self.rules.allows(from, slots)
                {
                    let mut plays = self.way_to(before, from);
                    let played = (0..4).map(|place| self.rules.domino(first.after(place), slots[place]));
                    plays.extend(played);
                    return plays;
                }
            }
        }
        unreachable!("a state has one before it")
    }
}

fn leader(state: Between) -> Seat {
    Seat::ALL[(state >> LEADER) as usize]
}

/// A deal under a declaration, in slots.
#[derive(Clone, Debug)]
struct Rules {
    dominoes: [[Domino; SLOTS]; 4],
    /// `[seat][slot]` of a domino that is led: the slots of all seats that follow.
    following: [[u32; SLOTS]; 4],
    /// `[leader]`: who wins the trick of these four slots, [`trick`].
    winners: [Vec<u8>; 4],
}

/// The place of four slots in [`Rules::winners`].
fn trick(slots: [u8; 4]) -> usize {
    slots.into_iter().fold(0, |index, slot| SLOTS * index + usize::from(slot))
}

impl Rules {
    fn new(game: &Game) -> Self {
        let declaration = u32::from(game.table().declaration().id());
        let dominoes = Seat::ALL.map(|seat| {
            let mut dealt = tiles_of(game.deal().hand(seat));
            std::array::from_fn(|_| dealt.next().expect("seven dominoes"))
        });
        let suit = |led: Domino| rule::led_suit(u32::from(led.id()), declaration);
        let following = dominoes.map(|dealt| {
            dealt.map(|led: Domino| {
                let follow = rule::follow_tiles(suit(led), declaration);
                let all = dominoes.iter().flatten().enumerate();
                all.filter(|(_, domino)| domino.bit() & follow != 0).fold(0, |slots, (at, _)| slots | 1 << at)
            })
        });
        let winners = Seat::ALL.map(|first| {
            let winner = |index: usize| {
                let slots = [index / 343, index / 49 % 7, index / 7 % 7, index % 7];
                let domino = |place: usize| dominoes[first.after(place).index()][slots[place]];
                let strength = |place: usize| {
                    rule::strength(u32::from(domino(place).id()), suit(domino(0)), declaration)
                };
                // The first of equals: only discards are ever equal.
                first.after((0..4).rev().max_by_key(|&place| strength(place)).expect("four dominoes")).id()
            };
            (0..SLOTS.pow(4)).map(winner).collect()
        });
        Self { dominoes, following, winners }
    }

    fn bit(&self, seat: Seat, slot: usize) -> u32 {
        1 << (SLOTS * seat.index() + slot)
    }

    fn domino(&self, seat: Seat, slot: u8) -> Domino {
        self.dominoes[seat.index()][usize::from(slot)]
    }

    fn begin(&self, game: &Game) -> Between {
        let holds = |seat: Seat, slot: usize| game.held(seat) & self.dominoes[seat.index()][slot].bit() != 0;
        let held = Seat::ALL.into_iter().flat_map(|seat| (0..SLOTS).map(move |slot| (seat, slot)));
        let held = held
            .filter(|&(seat, slot)| holds(seat, slot))
            .fold(0, |all, (seat, slot)| all | self.bit(seat, slot));
        held | (game.mover().index() as u32) << LEADER
    }

    /// The slots that the seat in this place may play.
    fn legal(&self, state: Between, slots: &[u8]) -> u32 {
        let first = leader(state);
        let shift = SLOTS * first.after(slots.len()).index();
        let held = state >> shift & 0x7f;
        let Some(&led) = slots.first() else { return held };
        let following = held & self.following[first.index()][usize::from(led)] >> shift;
        if following == 0 { held } else { following }
    }

    /// Tells of every beginning of a trick, of none to four dominoes, by the slots played.
    fn walk(&self, state: Between, mut tell: impl FnMut(&[u8])) {
        self.walk_on(state, &mut [0; 4], 0, &mut tell);
    }

    fn walk_on(&self, state: Between, slots: &mut [u8; 4], n: usize, tell: &mut impl FnMut(&[u8])) {
        tell(&slots[..n]);
        if n < 4 {
            let mut legal = self.legal(state, &slots[..n]);
            while legal != 0 {
                slots[n] = legal.trailing_zeros() as u8;
                legal &= legal - 1;
                self.walk_on(state, slots, n + 1, tell);
            }
        }
    }

    /// How many beginnings of a trick there are, of none to three dominoes.
    fn beginnings(&self, state: Between) -> u64 {
        let mut count = 0;
        self.walk(state, |slots| count += u64::from(slots.len() < 4));
        count
    }

    /// Whether the plays of a whole trick are legal.
    fn allows(&self, state: Between, slots: [u8; 4]) -> bool {
        (0..4).all(|place| self.legal(state, &slots[..place]) >> slots[place] & 1 == 1)
    }

    /// After a whole trick.
    fn after(&self, state: Between, slots: [u8; 4]) -> Between {
        let first = leader(state);
        let played = (0..4).fold(0, |all, place| all | self.bit(first.after(place), slots[place].into()));
        let held = state & ((1 << LEADER) - 1) & !played;
        held | u32::from(self.winners[first.index()][trick(slots)]) << LEADER
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard::core::Deals;
    use boneyard::rules::{Declaration, Tiles};
    use std::collections::{BTreeMap, BTreeSet};

    /// What makes a state, read off a game.
    type Seen = ([Tiles; 4], usize, Vec<u8>);

    fn seen(game: &Game) -> Seen {
        let table = game.table();
        (
            Seat::ALL.map(|seat| game.held(seat)),
            table.leader().index(),
            table.trick().map(Domino::id).collect(),
        )
    }

    /// Every state that legal plays lead to, one by one.
    fn all(game: Game, found: &mut BTreeSet<Seen>) {
        if game.table().is_over() || !found.insert(seen(&game)) {
            return;
        }
        for domino in tiles_of(game.legal()) {
            let mut next = game;
            next.play(domino).unwrap();
            all(next, found);
        }
    }

    #[test]
    fn they_are_those_that_plays_lead_to() {
        for seed in 0..10 {
            let deal = Deals::Native.deal(seed);
            let declaration = Declaration::new(seed).unwrap();
            let mut game = Game::new(deal, declaration, Seat::ALL[seed as usize % 4]);
            while game.table().ply() < 16 {
                let legal: Vec<Domino> = tiles_of(game.legal()).collect();
                game.play(legal[(seed as usize + game.table().ply()) % legal.len()]).unwrap();
            }
            let mut expected = BTreeSet::new();
            all(game, &mut expected);
            let reachable = Reachable::from(&game).unwrap();
            assert_eq!(reachable.count(), expected.len() as u64, "seed {seed}");
            let found: BTreeSet<Seen> = (0..reachable.count()).map(|at| seen(&reachable.state(at))).collect();
            assert!(found == expected, "seed {seed}");
        }
    }

    /// By ply, a deal has as many states as it has when they are put together play by play.
    #[test]
    fn plies_have_as_many_states_as_plays_make() {
        let mut game = Game::new(Deals::Native.deal(4), Declaration::new(4).unwrap(), Seat::ALL[0]);
        for _ in 0..12 {
            game.play(tiles_of(game.legal()).last().unwrap()).unwrap();
        }
        let reachable = Reachable::from(&game).unwrap();
        let mut by_ply: BTreeMap<usize, u64> = BTreeMap::new();
        (0..reachable.count())
            .for_each(|at| *by_ply.entry(reachable.state(at).table().ply()).or_default() += 1);
        let mut states = BTreeMap::from([(seen(&game), game)]);
        for ply in 12..28 {
            assert_eq!(by_ply[&ply], states.len() as u64, "ply {ply}");
            let plays =
                states.values().flat_map(|game| tiles_of(game.legal()).map(move |domino| (*game, domino)));
            let next = plays.map(|(mut game, domino)| {
                game.play(domino).unwrap();
                (seen(&game), game)
            });
            states = next.collect();
        }
    }
}
