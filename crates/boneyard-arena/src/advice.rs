//! Advice to a player: the situation, what each move is worth, what the plays tell.

use crate::error::{Error, Result};
use crate::moves::{Ask, Move, ranked};
use boneyard::core::{InPlay, Objective};
use boneyard::rules::{Bid, Completions, Contract, Declaration, Domino, Seat, View, notation};
use serde::Serialize;
use std::fmt::{self, Write};

/// What there is to say to the mover.
#[derive(Clone, Debug, Serialize)]
pub struct Advice {
    #[serde(skip)]
    view: View,
    #[serde(skip)]
    bid: Bid,
    #[serde(skip)]
    bidder: Seat,
    #[serde(skip)]
    by: Objective,
    /// The best move.
    pub best: String,
    /// All legal moves, the best first.
    pub moves: Vec<Move>,
    /// How many worlds agree with what the mover sees.
    pub worlds_total: u32,
    /// How many were looked at.
    pub worlds_used: u32,
    /// Whether that is all of them.
    pub exact: bool,
    /// Suits that others have shown they do not hold.
    pub voids: Vec<Void>,
    /// Where the unseen doubles and counts are.
    pub held: Vec<Held>,
}

/// What a seat has shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Void {
    /// Who.
    pub seat: u8,
    /// Such as `fives`.
    pub suits: Vec<String>,
}

/// In which share of all worlds each of the others holds a domino: counted, not sampled, with nothing inferred but from voids.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// Its pips.
    pub domino: String,
    /// Left opponent, partner, right opponent.
    pub by: [f64; 3],
}

impl Advice {
    /// Asks `ask` about a view; random numbers are those of `seed`.
    ///
    /// # Errors
    /// Views without a world; those of the backend.
    pub fn on(view: &View, bid: Bid, bidder: Seat, seed: u64, by: Objective, ask: &mut Ask) -> Result<Self> {
        let game = InPlay::as_seen(view, bid, bidder, seed)?;
        let decision = ask(&[game])?.remove(0);
        let estimate = decision.estimate.as_ref().ok_or_else(|| {
            Error::Core(boneyard::core::Error::Mismatch("advice needs forced moves evaluated too".to_owned()))
        })?;
        let exact = decision.is_exact();
        let moves = ranked(&decision.hand, decision.legal, estimate, decision.worlds_total, by);
        let table = view.table();
        let voids = view
            .others()
            .into_iter()
            .filter(|&seat| table.voids(seat) != 0)
            .map(|seat| Void { seat: seat.id(), suits: suits(table.declaration(), table.voids(seat)) });
        let worlds = Completions::of(view);
        let mut held: Vec<(Domino, [u32; 3])> = worlds.unseen().zip(worlds.marginals()).collect();
        held.retain(|(domino, _)| domino.points() > 0 || domino.high() == domino.low());
        held.sort_by_key(|(domino, _)| (domino.points() == 0, std::cmp::Reverse(*domino)));
        let share = |count: u32| f64::from(count) / f64::from(worlds.count());
        Ok(Self {
            view: *view,
            bid,
            bidder,
            by,
            best: moves[0].domino.clone(),
            worlds_total: decision.worlds_total,
            worlds_used: decision.worlds_used(),
            exact,
            voids: voids.collect(),
            held: held
                .into_iter()
                .map(|(domino, by)| Held { domino: notation::domino(domino), by: by.map(share) })
                .collect(),
            moves,
        })
    }

    fn ours(&self) -> bool {
        self.view.seat().team() == self.bidder.team()
    }
}

/// Suits by name; those of a void are what follows them under this declaration.
pub fn suits(declaration: Declaration, suits: u8) -> Vec<String> {
    let name = |suit: u8| match suit {
        7 if declaration.id() < 7 => format!("trumps ({declaration})"),
        7 => "doubles".to_owned(),
        pip => Declaration::new(pip.into()).map_or_else(|_| pip.to_string(), |it| it.name().to_owned()),
    };
    (0..8).filter(|suit| suits >> suit & 1 == 1).map(name).collect()
}

/// How a declaration is said.
pub fn said(declaration: Declaration) -> String {
    match declaration.id() {
        0..7 => format!("{declaration} are trumps"),
        7 => "doubles are trumps".to_owned(),
        8 => "doubles are a suit of their own, no trumps".to_owned(),
        _ => "no trumps (follow me)".to_owned(),
    }
}

impl fmt::Display for Advice {
    /// For a person at a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (view, table) = (&self.view, self.view.table());
        let (seat, us) = (view.seat(), view.seat().team());
        let whose = match seat.places_to(self.bidder) {
            0 => "your".to_owned(),
            2 => format!("your partner's (seat {})", self.bidder.id()),
            _ => format!("the other team's (seat {})", self.bidder.id()),
        };
        writeln!(
            f,
            "You are seat {}, your partner is seat {}; {}; {whose} bid of {}.",
            seat.id(),
            seat.after(2).id(),
            said(table.declaration()),
            self.bid
        )?;
        let banked = table.banked();
        let (bank, contract) = (
            [banked[us], banked[1 - us]],
            self.bid.contract(banked[self.bidder.team()], banked[1 - self.bidder.team()]),
        );
        let goal = match (contract, self.ours()) {
            (Contract::Made, _) => "the contract is made already".to_owned(),
            (Contract::Set, _) => "the contract is set already".to_owned(),
            (_, true) => format!("{} more points make it", self.bid.points() - bank[0]),
            (_, false) => format!("{} more points set it", 43 - self.bid.points() - bank[0]),
        };
        writeln!(f, "Trick {} of 7, we have {}, they {}; {goal}.", table.ply() / 4 + 1, bank[0], bank[1])?;
        let trick = notation::list(table.trick());
        if trick.is_empty() {
            writeln!(f, "You lead. You hold {}.", notation::tiles(view.held()))?;
        } else {
            writeln!(f, "On the table: {trick}. You hold {}.", notation::tiles(view.held()))?;
        }
        let worlds = match (self.exact, self.worlds_used) {
            (true, 1) => "the only way the dominoes can lie".to_owned(),
            (true, n) => format!("all {n} ways the dominoes can lie"),
            (false, n) => format!("{n} of {} ways the dominoes can lie", self.worlds_total),
        };
        let goal = if self.ours() { "make" } else { "set" };
        let by = match self.by {
            Objective::Make => format!("P({goal})"),
            Objective::Mean => "E[Q]".to_owned(),
        };
        writeln!(f, "\nBy {by}, in {worlds}, each played out with open hands (± one standard error):\n")?;
        writeln!(f, "      {:<7}{:>16}{:>18}", "play", format!("P({goal})"), "E[Q], points")?;
        for it in &self.moves {
            let share = match it.p_make_se {
                Some(error) => format!("{:.1} ± {:.1} %", 100.0 * it.p_make, 100.0 * error),
                None => format!("{:.1} %", 100.0 * it.p_make),
            };
            let points = match (it.e_q, it.e_q_se) {
                (Some(mean), Some(error)) => format!("{mean:+.1} ± {error:.1}"),
                (Some(mean), None) => format!("{mean:+.1}"),
                _ => "-".to_owned(),
            };
            let mark = if it.domino == self.best {
                '>'
            } else if it.tied {
                '='
            } else {
                ' '
            };
            writeln!(f, "    {mark} {:<7}{share:>16}{points:>18}", it.domino)?;
        }
        let tied: Vec<&str> = self.moves[1..].iter().filter(|it| it.tied).map(|it| &it.domino[..]).collect();
        if !tied.is_empty() {
            writeln!(f, "\nNot told apart from {}: {}.", self.best, tied.join(", "))?;
        }
        if contract == Contract::Open {
            writeln!(f, "\n{}", self.risks())?;
        }
        f.write_char('\n')?;
        for Void { seat, suits } in &self.voids {
            writeln!(f, "Seat {seat} has no {}.", suits.join(", no "))?;
        }
        if self.voids.is_empty() {
            writeln!(f, "Nobody has shown a void yet.")?;
        }
        if !self.held.is_empty() {
            let [left, partner, right] = view.others().map(Seat::id);
            writeln!(
                f,
                "Who holds the counts and doubles, in all {} worlds, if all are as likely:",
                self.worlds_total
            )?;
            let heads =
                [format!("left ({left})"), format!("partner ({partner})"), format!("right ({right})")];
            writeln!(f, "             {:>12}{:>14}{:>12}", heads[0], heads[1], heads[2])?;
            for Held { domino, by } in &self.held {
                let [left, partner, right] = by.map(|share| format!("{:.0} %", 100.0 * share));
                writeln!(f, "      {domino:<7}{left:>12}{partner:>14}{right:>12}")?;
            }
        }
        Ok(())
    }
}

impl Advice {
    /// What the moves risk: the share of worlds in which the bid goes wrong for the mover.
    fn risks(&self) -> String {
        let lost = |it: &Move| format!("{:.1} %", 100.0 * (1.0 - it.p_make));
        let what = if self.ours() { "is set" } else { "is made against you" };
        let mut text =
            format!("After {} the bid {what} in {} of these worlds", self.best, lost(&self.moves[0]));
        let others: Vec<String> =
            self.moves[1..].iter().map(|it| format!("{} in {}", it.domino, lost(it))).collect();
        if !others.is_empty() {
            let _ = write!(text, "; after {}", others.join(", "));
        }
        text + "."
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moves::ask;
    use boneyard::Recipe;
    use boneyard::core::{Host, Sampling};
    use boneyard::rules::words;

    fn advice(hand: &str, leader: usize, played: &str) -> Advice {
        let hand = words::dominoes(hand).unwrap();
        let played = words::dominoes(played).unwrap();
        let seat = Seat::ALL[0];
        let view = View::new(seat, &hand, Declaration::SIXES, Seat::ALL[leader], &played).unwrap();
        let sampling = Sampling { evaluate_forced: true, ..Sampling::new(20) };
        let recipe = Recipe { sampling, evaluator: "cascade:5".parse().unwrap(), ..Recipe::default() };
        let mut ask = ask(&recipe, Host::default()).unwrap();
        Advice::on(&view, Bid::THIRTY, Seat::ALL[leader], 1, Objective::Make, &mut ask).unwrap()
    }

    #[test]
    fn a_bidder_is_advised() {
        let advice = advice("6-6 6-5 6-4 6-1 5-5 4-2 1-0", 0, "");
        assert_eq!((advice.moves.len(), advice.worlds_used, advice.exact), (7, 20, false));
        assert!(advice.voids.is_empty());
        let names: Vec<&str> = advice.held.iter().map(|it| &it.domino[..]).collect();
        assert_eq!(names, ["5-0", "4-1", "3-2", "4-4", "3-3", "2-2", "1-1", "0-0"]);
        assert!(advice.held.iter().all(|it| it.by == [1.0 / 3.0; 3]));
        let text = advice.to_string();
        for part in [
            "You are seat 0, your partner is seat 2; sixes are trumps; your bid of 30.",
            "30 more points make it",
            "You lead.",
            "Nobody has shown a void yet.",
            "the bid is set in",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    /// Seat 3 bid and led 6-6; seat 0 follows. Seat 1 later shows a void.
    #[test]
    fn a_defender_is_told_what_the_plays_tell() {
        let advice = advice("6-0 5-4 5-3 4-2 4-1 2-1 0-0", 3, "6-6 6-0 3-1 6-1 5-5");
        assert_eq!(advice.voids, [Void { seat: 1, suits: vec!["trumps (sixes)".to_owned()] }]);
        let text = advice.to_string();
        assert!(text.contains("Seat 1 has no trumps (sixes)."), "{text}");
        assert!(text.contains("the other team's (seat 3) bid of 30"), "{text}");
        assert!(text.contains("13 more points set it"), "{text}");
        for it in &advice.held {
            assert!((it.by.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
