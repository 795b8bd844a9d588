//! What a match says.

use crate::matches::Pair;
use crate::statistics::{Z95, evidence, exact_p, mcnemar, mean_and_error, wilson};
use serde::Serialize;

/// How often something happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// How often.
    pub count: u64,
    /// Of so many times.
    pub of: u64,
    /// The share.
    pub share: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
}

impl Rate {
    /// Of so many times.
    pub fn new(count: u64, of: u64) -> Self {
        Self { count, of, share: count as f64 / of.max(1) as f64, interval: wilson(count, of) }
    }
}

/// A mean with its error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
}

impl Spread {
    /// Of these.
    pub(crate) fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let (mut n, mut sum, mut squares) = (0, 0.0, 0.0);
        for number in numbers {
            n += 1;
            sum += number;
            squares += number * number;
        }
        let (mean, error) = mean_and_error(n, sum, squares);
        Self { mean, error, interval: [mean - Z95 * error, mean + Z95 * error] }
    }
}

/// Deals in which one succeeded and the other did not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Discordant {
    /// Only X did.
    pub only_x: u64,
    /// Only Y did.
    pub only_y: u64,
}

impl Discordant {
    /// Counts a deal in which X succeeded or not, and Y.
    pub fn add(&mut self, (x, y): (bool, bool)) {
        self.only_x += u64::from(x && !y);
        self.only_y += u64::from(y && !x);
    }
}

/// Two players in the same place of the same deals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Paired {
    /// Deals.
    pub pairs: u64,
    /// How often X succeeded.
    pub x: Rate,
    /// How often Y did.
    pub y: Rate,
    /// Deals in which only X did.
    pub only_x: u64,
    /// Deals in which only Y did.
    pub only_y: u64,
    /// McNemar's z: above 0 if X is better.
    pub z: f64,
    /// The exact two-sided p-value.
    pub p: f64,
    /// Evidence that they differ, which may be looked at at any time: see [`evidence`].
    pub evidence: f64,
}

impl Paired {
    fn of(outcomes: impl Iterator<Item = (bool, bool)>) -> Self {
        let (mut pairs, mut x, mut y, mut discordant) = (0, 0, 0, Discordant::default());
        for (first, second) in outcomes {
            pairs += 1;
            x += u64::from(first);
            y += u64::from(second);
            discordant.add((first, second));
        }
        let Discordant { only_x, only_y } = discordant;
        Self {
            pairs,
            x: Rate::new(x, pairs),
            y: Rate::new(y, pairs),
            only_x,
            only_y,
            z: mcnemar(only_x, only_y),
            p: exact_p(only_x, only_y),
            evidence: evidence(only_x, only_y),
        }
    }
}

/// Races to seven marks, strung together from the deals in their order; each deal is in two of them, with
/// seats swapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Games {
    /// Won by X.
    pub x: u64,
    /// Won by Y.
    pub y: u64,
}

/// Marks that win a game.
pub const GAME: u8 = 7;

/// What a match says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Contracts made by each as bidders against the other.
    pub contracts: Paired,
    /// Marks a hand, X's less Y's; a hand is worth what its bid puts at stake, one mark up to 42 points.
    pub marks: Spread,
    /// Points a hand, X's less Y's.
    pub points: Spread,
    /// Races to seven.
    pub games: Games,
    /// X as bidder in Y's place, against Y: contracts made. Only of matches that tell offence and defence apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offence: Option<Paired>,
    /// X as defender in Y's place, against Y: contracts set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defence: Option<Paired>,
    /// Hands that X and Y lost by rule.
    pub forfeits: [u64; 2],
}

impl Score {
    /// Of these deals.
    pub fn of(pairs: &[Pair]) -> Self {
        let made = |pair: &Pair, game: usize| pair.hands[game].made;
        let difference = |points: u8| 2.0 * f64::from(points) - 42.0;
        let marks = |pair: &Pair| {
            f64::from(pair.stake())
                * (f64::from(u8::from(made(pair, 0))) - f64::from(u8::from(made(pair, 1))))
        };
        let points =
            |pair: &Pair| (difference(pair.hands[0].points) - difference(pair.hands[1].points)) / 2.0;
        let apart = !pairs.is_empty() && pairs.iter().all(|pair| pair.hands.len() == 3);
        let forfeits = |who: u8| {
            let hands = pairs.iter().flat_map(|pair| &pair.hands);
            hands.filter(|hand| hand.forfeit == Some(who)).count() as u64
        };
        Self {
            contracts: Paired::of(pairs.iter().map(Pair::made)),
            marks: Spread::of(pairs.iter().map(marks)),
            points: Spread::of(pairs.iter().map(points)),
            games: games(pairs),
            offence: apart.then(|| Paired::of(pairs.iter().map(|pair| (made(pair, 0), made(pair, 2))))),
            defence: apart.then(|| Paired::of(pairs.iter().map(|pair| (!made(pair, 1), !made(pair, 2))))),
            forfeits: [forfeits(0), forfeits(1)],
        }
    }

    /// After how many deals the players are first told apart at level α, if they are: looking after every deal, which
    /// [`evidence`] allows.
    pub fn told_apart(pairs: &[Pair], alpha: f64) -> Option<usize> {
        let mut discordant = Discordant::default();
        let told = pairs.iter().position(|pair| {
            discordant.add(pair.made());
            evidence(discordant.only_x, discordant.only_y) >= 1.0 / alpha
        });
        told.map(|at| at + 1)
    }
}

fn games(pairs: &[Pair]) -> Games {
    let mut games = Games::default();
    // In the first race X has the even seats, in the second the odd ones.
    for x_team in 0..2 {
        let (mut x, mut y) = (0, 0);
        for pair in pairs {
            let x_bids = pair.bidders() == x_team;
            let made = pair.hands[usize::from(!x_bids)].made;
            if made == x_bids {
                x += pair.stake();
            } else {
                y += pair.stake();
            }
            if x >= GAME || y >= GAME {
                games.x += u64::from(x >= GAME);
                games.y += u64::from(y >= GAME);
                (x, y) = (0, 0);
            }
        }
    }
    games
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hands::Played;
    use crate::matches::Won;

    fn pair(deal: u64, points: &[u8]) -> Pair {
        let hands = points.iter().map(|&points| Played { points, made: points >= 30, forfeit: None });
        Pair { deal, auction: None, hands: hands.collect() }
    }

    /// For two marks, won by seat 1.
    fn auctioned(deal: u64, points: &[u8]) -> Pair {
        let hands = points.iter().map(|&points| Played { points, made: points == 42, forfeit: None });
        Pair { deal, auction: Some(Won { bidder: 1, bid: 84, stake: 2 }), hands: hands.collect() }
    }

    #[test]
    fn a_match_is_counted() {
        let pairs =
            [pair(0, &[30, 29, 30]), pair(1, &[42, 31, 10]), pair(2, &[0, 42, 42]), pair(3, &[35, 20, 20])];
        let score = Score::of(&pairs);
        let Paired { pairs: n, x, y, only_x, only_y, z, .. } = score.contracts;
        assert_eq!((n, x.count, y.count, only_x, only_y), (4, 3, 2, 2, 1));
        assert!((z - 1.0 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!(score.marks.mean, 0.25);
        // As bidders 30 + 42 + 0 + 35, as defenders what Y left: 13 + 11 + 0 + 22.
        let x = f64::from(30 + 42 + 35 + 13 + 11 + 22);
        assert_eq!(score.points.mean, (x - (8.0 * 42.0 - x)) / 8.0);
        let (offence, defence) = (score.offence.unwrap(), score.defence.unwrap());
        assert_eq!((offence.only_x, offence.only_y), (2, 1));
        assert_eq!((defence.only_x, defence.only_y), (1, 1));
        assert_eq!(Score::of(&pairs[..0]).offence, None);
    }

    /// Seven deals that X's side makes whoever sits there are a game in each race.
    #[test]
    fn races_end_at_seven() {
        let pairs: Vec<Pair> = (0..15).map(|deal| pair(deal, &[42, 0])).collect();
        assert_eq!(Score::of(&pairs).games, Games { x: 4, y: 0 });
        // Whoever bids makes it: races are even until a seventh mark falls to who bids first.
        let pairs: Vec<Pair> = (0..14).map(|deal| pair(deal, &[42, 42])).collect();
        assert_eq!(Score::of(&pairs).games, Games { x: 1, y: 1 });
    }

    /// Two marks at stake count as two, for who bid and for who set it.
    #[test]
    fn stakes_count() {
        let pairs = [auctioned(0, &[42, 41]), pair(1, &[30, 0])];
        assert_eq!(Score::of(&pairs).marks.mean, 1.5);
        // X makes what Y does not: eight marks after four deals win both races, where one each would take seven deals.
        let pairs: Vec<Pair> = (0..4).map(|deal| auctioned(deal, &[42, 41])).collect();
        assert_eq!(Score::of(&pairs).games, Games { x: 2, y: 0 });
        assert_eq!(Score::of(&pairs[..3]).games, Games { x: 0, y: 0 });
        // Whoever bids makes it: seat 1 is of X's team in the second race only.
        let pairs: Vec<Pair> = (0..4).map(|deal| auctioned(deal, &[42, 42])).collect();
        assert_eq!(Score::of(&pairs).games, Games { x: 1, y: 1 });
    }

    #[test]
    fn a_match_stops_when_it_is_clear() {
        let pairs: Vec<Pair> =
            (0..400).map(|deal| pair(deal, &[42, if deal % 5 == 0 { 42 } else { 0 }])).collect();
        let at = Score::told_apart(&pairs, 0.05).unwrap();
        assert!((8..40).contains(&at), "{at}");
        assert_eq!(Score::told_apart(&pairs[..at], 0.05), Some(at));
        assert_eq!(Score::told_apart(&pairs[..at - 1], 0.05), None);
        let even: Vec<Pair> =
            (0..400).map(|deal| pair(deal, if deal % 2 == 0 { &[42, 0] } else { &[0, 42] })).collect();
        assert_eq!(Score::told_apart(&even, 0.05), None);
    }
}
