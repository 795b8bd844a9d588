//! Whether what is [played out](crate::bids::played_out) comes true.
//!
//! A seat of a random deal bids and declares its longest suit. Three lots of deals in which it holds that hand are played out
//! by the same player at all seats: two lots of sampled worlds, as for a table of [bids](crate::bids), and one that was dealt,
//! the random deal first and the other hands shuffled anew for the rest. The first lot only says into which tenth the hand
//! falls; the second is the prediction, the third is what came true. To sort by the prediction itself would make every tenth
//! look wrong: the hands in the highest are those that were lucky in their sampled deals too, and luck does not come twice.
//! With a lot apart for sorting, the other two have the same expectation in every tenth, if play-outs tell the truth.

use crate::bids::{PlayOut, played_out};
use crate::contracts::forced;
use crate::error::Result;
use crate::player::AnyPlayer;
use crate::score::{Rate, Spread};
use boneyard::core::{Coordinates, Deals, Purpose};
use boneyard::prospects::worlds;
use boneyard::rules::{Bid, Declaring, Domino, Seat, Tiles, World, tiles_of};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// What is tried with each hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// What is bid.
    pub bid: Bid,
    /// Deals a lot.
    pub deals: u32,
}

/// A hand that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The number of its deal.
    pub hand: u64,
    /// In how many deals the contract was made: of the lot for sorting, of the predicting one, and as it came true.
    pub made: [u32; 3],
}

impl Calibration {
    /// Tries the hands of these deals, all play-outs in lockstep.
    ///
    /// # Errors
    /// Those of [`played_out`].
    pub fn play(&self, player: &mut AnyPlayer, hands: Range<u64>) -> Result<Vec<Tried>> {
        let n = self.deals;
        let mut lots: Vec<(Seat, Tiles, Vec<World>)> = Vec::new();
        for number in hands.clone() {
            let seat = forced(number);
            let hand = Deals::Native.deal(number).hand(seat);
            // Lots of their own: consecutive draws of a sampler are spread evenly, and so not independent.
            for replicate in 0..2 {
                lots.push((seat, hand, worlds(hand, n, Coordinates { seed: number, replicate, ply: 0 })?));
            }
            lots.push((seat, hand, (0..n).map(|again| dealt(number, seat, again)).collect()));
        }
        let asked: Vec<PlayOut<'_>> = lots
            .iter()
            .map(|(seat, hand, worlds)| PlayOut {
                seat: *seat,
                hand: *hand,
                declaration: Declaring::Longest.declares(*hand),
                worlds,
            })
            .collect();
        let rates = played_out(player, self.bid, &asked)?;
        let made = rates.chunks_exact(3).map(|lots| [0, 1, 2].map(|lot| lots[lot].count as u32));
        Ok(hands.zip(made).map(|(hand, made)| Tried { hand, made }).collect())
    }

    /// By tenths of the chance of the contract, the lowest first; a hand that always makes it is in the last. Few hands are in
    /// the outer ones.
    pub fn tenths(&self, tried: &[Tried]) -> Vec<Tenth> {
        let tenth = |it: &Tried| (10 * it.made[0] / self.deals.max(1)).min(9);
        let of = |which: u32| tried.iter().filter(|it| tenth(it) == which).collect::<Vec<_>>();
        (0..10)
            .map(|which| self.tenth([which, which + 1].map(|it| f64::from(it) / 10.0), &of(which)))
            .collect()
    }

    /// By tenths of the hands, those with the lowest chance first: as many in each.
    pub fn tenths_of_hands(&self, tried: &[Tried]) -> Vec<Tenth> {
        let mut sorted: Vec<&Tried> = tried.iter().collect();
        sorted.sort_by_key(|it| (it.made[0], it.hand));
        let chance = |it: &Tried| f64::from(it.made[0]) / f64::from(self.deals.max(1));
        let of = |which: usize| {
            let hands = &sorted[which * sorted.len() / 10..(which + 1) * sorted.len() / 10];
            let ends = [hands.first(), hands.last()].map(|it| it.map_or(0.0, |it| chance(it)));
            self.tenth(ends, hands)
        };
        (0..10).map(of).collect()
    }

    fn tenth(&self, [from, to]: [f64; 2], hands: &[&Tried]) -> Tenth {
        let of = f64::from(self.deals.max(1));
        let n = hands.len() as u64 * u64::from(self.deals);
        let all = |lot: usize| hands.iter().map(|it| u64::from(it.made[lot])).sum::<u64>();
        let apart = hands.iter().map(|it| (f64::from(it.made[2]) - f64::from(it.made[1])) / of);
        Tenth {
            from,
            to,
            hands: hands.len() as u64,
            predicted: Rate::new(all(1), n),
            made: Rate::new(all(2), n),
            difference: Spread::of(apart),
        }
    }
}

/// The hands of the others in the deal of this number, or, `again` above 0, shuffled anew.
fn dealt(number: u64, seat: Seat, again: u32) -> World {
    let deal = Deals::Native.deal(number);
    if again == 0 {
        return [1, 2, 3].map(|places| deal.hand(seat.after(places)));
    }
    let mut others: Vec<Domino> = tiles_of(!deal.hand(seat) & ((1 << 28) - 1)).collect();
    let mut stream = Coordinates { seed: number, replicate: again, ply: 0 }.stream(Purpose::Deal, 0);
    for i in (1..others.len()).rev() {
        others.swap(i, stream.below(i as u32 + 1) as usize);
    }
    let mut hands = others.chunks_exact(7).map(|hand| hand.iter().fold(0, |set, domino| set | domino.bit()));
    std::array::from_fn(|_| hands.next().expect("three hands"))
}

/// The hands of a tenth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tenth {
    /// The least chance in it.
    pub from: f64,
    /// The greatest.
    pub to: f64,
    /// How many hands.
    pub hands: u64,
    /// How often the contract was made in the predicting lots.
    pub predicted: Rate,
    /// How often it was in the lots that were dealt. Its interval takes deals for independent, which those of a hand are not.
    pub made: Rate,
    /// The second less the first, a hand; its interval allows for that.
    pub difference: Spread,
}

impl fmt::Display for Tenth {
    /// A line of a table, in percent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = self.made.interval.map(|it| 100.0 * it);
        let [least, most] = self.difference.interval.map(|it| 100.0 * it);
        write!(
            f,
            "{:>3.0}-{:<3.0} %{:>8}{:>10.1} %{:>8.1} % ({low:.1}-{high:.1}){:>+9.2} ({least:+.2} to {most:+.2})",
            100.0 * self.from,
            100.0 * self.to,
            self.hands,
            100.0 * self.predicted.share,
            100.0 * self.made.share,
            100.0 * self.difference.mean
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Terms;
    use crate::spec::PlayerSpec;
    use boneyard::core::Host;
    use std::collections::BTreeSet;

    #[test]
    fn deals_of_a_hand_are_all_others() {
        let mut seen = BTreeSet::new();
        for again in 0..40 {
            let (number, seat) = (6, Seat::ALL[2]);
            let world = dealt(number, seat, again);
            let all = world.iter().fold(Deals::Native.deal(number).hand(seat), |all, hand| {
                assert_eq!((hand.count_ones(), all & hand), (7, 0));
                all | hand
            });
            assert_eq!(all, (1 << 28) - 1);
            seen.insert(world);
        }
        assert_eq!(seen.len(), 40);
    }

    /// Each of the other dominoes is held by each of the others equally often.
    #[test]
    fn deals_of_a_hand_are_fair() {
        let mut held = [[0u32; 28]; 3];
        for again in 1..=3000 {
            for (hand, held) in dealt(1, Seat::ALL[1], again).into_iter().zip(&mut held) {
                tiles_of(hand).for_each(|domino| held[domino.index()] += 1);
            }
        }
        let counts = held.into_iter().flatten().filter(|&n| n > 0);
        let chi2: f64 = counts.map(|n| (f64::from(n) - 1000.0).powi(2) / 1000.0).sum();
        // 40 degrees of freedom, spread below Poisson.
        assert!(chi2 < 70.0, "{chi2}");
    }

    #[test]
    fn batches_do_not_matter() {
        let spec: PlayerSpec = "greedy 2 evaluator=playout".parse().unwrap();
        let mut player = spec.build(Host::default, Terms::default()).unwrap();
        let calibration = Calibration { bid: Bid::THIRTY, deals: 4 };
        let whole = calibration.play(&mut player, 5..15).unwrap();
        let mut parts = calibration.play(&mut player, 5..6).unwrap();
        parts.extend(calibration.play(&mut player, 6..15).unwrap());
        assert_eq!(whole, parts);
        assert!(whole.iter().any(|it| it.made[0] != it.made[1] && it.made[1] != it.made[2]), "{whole:?}");
    }

    /// Coins of every chance: lots that tell the truth agree in every tenth, and sorting by the prediction would not.
    #[test]
    fn honest_lots_agree_and_others_do_not() {
        let mut random = Coordinates { seed: 3, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
        let mut tried = Vec::new();
        for hand in 0..20_000 {
            let chance = random.below(1001);
            let mut lot = |chance: u32| (0..10).filter(|_| random.below(1000) < chance).count() as u32;
            tried.push(Tried { hand, made: [lot(chance), lot(chance), lot(chance)] });
        }
        let calibration = Calibration { bid: Bid::THIRTY, deals: 10 };
        let worst = |tried: &[Tried]| {
            let off = calibration
                .tenths(tried)
                .into_iter()
                .map(|it| (it.difference.mean / it.difference.error).abs());
            off.fold(0.0, f64::max)
        };
        assert!(worst(&tried) < 3.5, "{}", worst(&tried));
        assert_eq!(calibration.tenths(&tried).iter().map(|it| it.hands).sum::<u64>(), 20_000);
        let by_prediction = |it: &Tried| Tried { hand: it.hand, made: [it.made[1], it.made[1], it.made[2]] };
        assert!(worst(&tried.iter().map(by_prediction).collect::<Vec<_>>()) > 5.0);
        let of_hands = calibration.tenths_of_hands(&tried);
        assert!(of_hands.iter().all(|it| it.hands == 2_000 && it.from <= it.to), "{of_hands:?}");
        assert!(of_hands.windows(2).all(|it| it[0].to <= it[1].from), "{of_hands:?}");
        let off = |it: &Tenth| (it.difference.mean / it.difference.error).abs();
        assert!(of_hands.iter().all(|it| off(it) < 3.5), "{of_hands:?}");
        // A player that does five points worse than it is predicted to.
        let mut worse = tried.clone();
        worse
            .iter_mut()
            .filter(|it| it.hand % 2 == 0)
            .for_each(|it| it.made[2] = it.made[2].saturating_sub(1));
        assert!(worst(&worse) > 5.0);
        let line = calibration.tenths(&tried)[9].to_string();
        assert!(line.starts_with(" 90-100 %"), "{line}");
    }
}
