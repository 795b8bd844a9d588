//! What a hand is worth in the auction, for every declaration.
//!
//! From worlds that all declarations have in common come three columns. *Open hands*: the solver knows all dominoes, the bidder
//! chooses one lead for all worlds; every bid is answered at once, as the whole distribution of points is known. *Played out*:
//! players who see only their own dominoes play the hand, which is what comes true; open hands promise more. *Marks and game*:
//! what the played-out chance is worth at the score, in marks and in the [race](crate::Marks) to seven, against passing.
//!
//! Worlds are uniform: what others have called is not held against them. Nello, plunge, splash and sevens change the rules of
//! play and are left out.

use crate::error::{Error, Result};
use crate::hands::{Seating, play};
use crate::moves::share_error;
use crate::player::AnyPlayer;
use crate::race::Marks;
use crate::score::Rate;
use boneyard::core::{Coordinates, InPlay, Setup};
use boneyard::prospects::{OpenHands, deal, made, prospects, worlds};
use boneyard::rules::{Auction, Bid, Call, Declaration, Domino, Seat, Tiles, World, notation, tiles_of};
use serde::Serialize;
use std::cmp::Reverse;
use std::fmt;

/// What is asked of a hand.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// The seven dominoes.
    pub hand: Tiles,
    /// The calls so far; it is the hand's turn.
    pub auction: Auction,
    /// Marks of both sides.
    pub score: Marks,
    /// The bid that is thought of.
    pub bid: Bid,
    /// Worlds looked at with open hands.
    pub worlds: u32,
    /// Deals played out with each of the three declarations that open hands like best; a third with each of the others.
    pub deals: u32,
    /// Of the worlds.
    pub seed: u64,
}

/// A hand under one declaration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub declaration: &'static str,
    /// The lead that makes the bid most often.
    pub lead: String,
    /// The share of worlds in which it does.
    pub open_hand: f64,
    /// Its standard error.
    pub open_hand_se: f64,
    /// The same for each bid from 30 to 42, each with its own best lead.
    pub open_hand_by_bid: Vec<f64>,
    /// The share of worlds by points 0 to 42, after this lead.
    pub points: Vec<f64>,
    /// How often players made it.
    pub played_out: Rate,
    /// Marks to be expected: won less lost. Passing is worth none.
    pub marks: f64,
    /// The chance to win the game, less that after passing.
    pub gain: f64,
}

/// What there is to say of a hand, the best declaration first.
#[derive(Clone, Debug, Serialize)]
pub struct Bids {
    /// The hand.
    pub hand: String,
    /// Whose it is.
    pub seat: u8,
    /// The bid that is thought of.
    pub bid: u16,
    /// Marks at stake.
    pub stake: u8,
    /// The highest bid so far.
    pub standing: Option<u16>,
    /// Marks of both sides.
    pub score: Marks,
    /// Whether passing is a call now.
    pub may_pass: bool,
    /// The chance to win the game after passing.
    pub passing: f64,
    /// How often the bid must be made to be better than passing.
    pub break_even: f64,
    /// By what is gained.
    pub rows: Vec<Row>,
}

/// A hand under a declaration, and the worlds in which it is to be played out.
#[derive(Clone, Copy, Debug)]
pub struct PlayOut<'a> {
    /// Whose it is.
    pub seat: Seat,
    /// The seven dominoes.
    pub hand: Tiles,
    /// What is declared.
    pub declaration: Declaration,
    /// What the others hold, from the left opponent on.
    pub worlds: &'a [World],
}

/// How often a player at all four seats makes `bid`, of each; all in lockstep.
///
/// # Errors
/// Those of the player, who must not lose by rule.
pub fn played_out(player: &mut AnyPlayer, bid: Bid, asked: &[PlayOut<'_>]) -> Result<Vec<Rate>> {
    let seating = Seating { bidders: 0, defenders: 0 };
    let mut hands: Vec<(InPlay, Seating)> = Vec::new();
    for &PlayOut { seat, hand, declaration, worlds } in asked {
        for (number, world) in (0..).zip(worlds) {
            let deal = deal(hand, seat, world)?;
            let setup = Setup { seed: number, deal, declaration, bidder: seat, bid };
            hands.push((setup.in_play(), seating));
        }
    }
    let mut wrong = None;
    let played = play(std::slice::from_mut(player), &hands, |_, what| {
        wrong.get_or_insert_with(|| what.to_owned());
    })?;
    if let Some(what) = wrong {
        return Err(Error::Core(boneyard::core::Error::Mismatch(what)));
    }
    let mut played = played.iter();
    let rate = |it: &PlayOut<'_>| {
        let n = it.worlds.len();
        Rate::new(played.by_ref().take(n).filter(|hand| hand.made).count() as u64, n as u64)
    };
    Ok(asked.iter().map(rate).collect())
}

impl Bids {
    /// The table of a hand: solved `on` a backend, and at the same time played out by `player` at all seats.
    ///
    /// # Errors
    /// An auction that is over, or a bid that is no call in it; those of the backend and of [`played_out`].
    pub fn of(question: &Question, on: &mut (impl OpenHands + Send), player: &mut AnyPlayer) -> Result<Self> {
        let Question { hand, auction, score, bid, .. } = *question;
        let seat = auction.turn();
        // Also where nobody's turn it is: then no call is one.
        let mut heard = auction;
        heard.call(Call::Bid(bid))?;
        let seat = seat.expect("the call was one");
        let at = Coordinates { seed: question.seed, replicate: 0, ply: 0 };
        let worlds = worlds(hand, question.worlds.max(question.deals).max(1), at)?;
        let (open_worlds, deals) =
            (&worlds[..question.worlds.max(1) as usize], question.deals.max(1) as usize);
        let all: Vec<Declaration> = Declaration::all().collect();
        // Which are played out most often is known before all is solved: by this bid alone.
        let liked = made(hand, bid, open_worlds)?;
        let mut ranked: Vec<usize> = (0..all.len()).collect();
        ranked.sort_by_key(|&i| Reverse(liked[i]));
        let asked: Vec<PlayOut<'_>> = (0..all.len())
            .map(|i| {
                let n = if ranked[..3].contains(&i) { deals } else { deals.div_ceil(3) };
                PlayOut { seat, hand, declaration: all[i], worlds: &worlds[..n] }
            })
            .collect();
        let mut open = Ok(Vec::new());
        let rates = rayon::in_place_scope(|scope| {
            scope.spawn(|_| open = prospects(on, hand, &all, open_worlds));
            played_out(player, bid, &asked)
        })?;
        let open = open?;
        let standing = auction.won().map(|won| won.bid);
        let passing = score.passing(standing);
        let mut rows: Vec<Row> = open
            .iter()
            .zip(rates)
            .map(|(it, played_out)| {
                let (slot, open_hand) = it.best_lead(bid.points());
                let points =
                    it.counts[slot].iter().map(|&n| f64::from(n) / f64::from(question.worlds.max(1)));
                Row {
                    declaration: it.declaration.name(),
                    lead: notation::domino(tiles_of(hand).nth(slot).expect("a slot")),
                    open_hand,
                    open_hand_se: share_error(open_hand, question.worlds.into()),
                    open_hand_by_bid: (30..=42).map(|points| it.best_lead(points).1).collect(),
                    points: points.collect(),
                    marks: f64::from(bid.stake()) * (2.0 * played_out.share - 1.0),
                    gain: score.bidding(bid, played_out.share) - passing,
                    played_out,
                }
            })
            .collect();
        rows.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(b.open_hand.total_cmp(&a.open_hand)));
        Ok(Self {
            hand: notation::list({
                let mut hand: Vec<Domino> = tiles_of(hand).collect();
                hand.sort_by_key(|&domino| Reverse(domino));
                hand
            }),
            seat: seat.id(),
            bid: bid.value(),
            stake: bid.stake(),
            standing: standing.map(Bid::value),
            score,
            may_pass: auction.may_pass(),
            passing,
            break_even: score.break_even(bid, standing),
            rows,
        })
    }
}

impl fmt::Display for Bids {
    /// For a person at a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        writeln!(
            f,
            "Seat {} holds {}; {} : {} marks, {} to win the game after passing.",
            self.seat,
            self.hand,
            self.score.us,
            self.score.them,
            percent(self.passing)
        )?;
        let standing = self.standing.map_or("nobody has bid".to_owned(), |bid| format!("{bid} stands"));
        let marks = if self.stake == 1 { "mark" } else { "marks" };
        writeln!(
            f,
            "A bid of {} for {} {marks}; {standing}; it pays if it is made in more than {}.\n",
            self.bid,
            self.stake,
            percent(self.break_even)
        )?;
        writeln!(
            f,
            "{:<15}{:>6}{:>16}{:>24}{:>9}{:>10}",
            "", "lead", "open hands", "played out", "marks", "game"
        )?;
        for row in &self.rows {
            let open = format!("{:.1} ± {:.1} %", 100.0 * row.open_hand, 100.0 * row.open_hand_se);
            let error = share_error(row.played_out.share, row.played_out.of as f64);
            let out = format!(
                "{:.1} ± {:.1} % of {}",
                100.0 * row.played_out.share,
                100.0 * error,
                row.played_out.of
            );
            writeln!(
                f,
                "{:<15}{:>6}{open:>16}{out:>24}{:>+9.2}{:>+8.1} %",
                row.declaration,
                row.lead,
                row.marks,
                100.0 * row.gain
            )?;
        }
        writeln!(f, "\nOpen hands, in percent, for every bid:\n")?;
        write!(f, "{:<15}", "")?;
        (30..=42).try_for_each(|bid| write!(f, "{bid:>5}"))?;
        for row in &self.rows {
            write!(f, "\n{:<15}", row.declaration)?;
            row.open_hand_by_bid.iter().try_for_each(|share| write!(f, "{:>5.0}", 100.0 * share))?;
        }
        let best = &self.rows[0];
        let error = share_error(best.played_out.share, best.played_out.of as f64);
        let sure =
            if (best.played_out.share - self.break_even).abs() < 2.0 * error { "about even: " } else { "" };
        match (best.gain > 0.0, self.may_pass) {
            (true, _) => writeln!(f, "\n\n{sure}bid {} and call {}.", self.bid, best.declaration),
            (false, true) => writeln!(f, "\n\n{sure}pass."),
            (false, false) => writeln!(f, "\n\nYou must bid: call {}.", best.declaration),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Terms;
    use crate::spec::PlayerSpec;
    use boneyard::core::Host;
    use boneyard::rules::{Passed, words};

    fn hand(text: &str) -> Tiles {
        words::dominoes(text).unwrap().iter().fold(0, |set, it| set | it.bit())
    }

    fn quick() -> AnyPlayer {
        let spec: PlayerSpec = "p-make 2 evaluator=cascade:2,contract,contract".parse().unwrap();
        spec.build(Host::default, Terms::default()).unwrap()
    }

    fn question(text: &str) -> Question {
        Question {
            hand: hand(text),
            auction: Auction::new(Seat::ALL[3], Passed::Reshake),
            score: Marks::default(),
            bid: Bid::THIRTY,
            worlds: 6,
            deals: 6,
            seed: 1,
        }
    }

    #[test]
    fn a_hand_that_cannot_lose_never_does() {
        let bids =
            Bids::of(&question("6-6 6-5 6-4 6-3 6-2 6-1 6-0"), &mut Host::default(), &mut quick()).unwrap();
        let best = &bids.rows[0];
        assert_eq!((best.declaration, best.open_hand, best.played_out.share), ("sixes", 1.0, 1.0));
        assert_eq!(best.open_hand_by_bid, vec![1.0; 13]);
        assert_eq!((best.points[42], best.marks), (1.0, 1.0));
        assert!((best.gain - (Marks { us: 1, them: 0 }.chance() - 0.5)).abs() < 1e-12);
        assert_eq!(bids.rows.len(), 10);
        assert!(bids.to_string().contains("bid 30 and call sixes."), "{bids}");
    }

    #[test]
    fn calls_before_count() {
        let mut auction = Auction::new(Seat::ALL[2], Passed::DealerBids);
        ["30", "pass"].into_iter().for_each(|call| auction.call(call.parse().unwrap()).unwrap());
        let mut asked = Question { auction, ..question("6-6 6-5 6-4 6-1 5-5 4-2 1-0") };
        assert!(Bids::of(&asked, &mut Host::default(), &mut quick()).is_err());
        asked.bid = Bid::new(84).unwrap();
        let bids = Bids::of(&asked, &mut Host::default(), &mut quick()).unwrap();
        assert_eq!((bids.seat, bids.stake, bids.standing, bids.may_pass), (1, 2, Some(30), true));
    }
}
