//! A game looked back on: what every play cost, from what its player knew.
//!
//! Worths are the bidders': points they win less those they lose in the whole hand, and their chance of the contract. Before a
//! play the game is worth what the mover's best move is, in the mover's worlds. The play itself, if it is not the best, changes
//! that by *skill*; what changes it until the next mover looks at the game is *luck*: what that one knows and the other did not,
//! and the errors of both estimates. So all adds up, play by play: start + skill + luck = result.

use crate::error::{Error, Result};
use crate::moves::{Ask, Move, ranked};
use boneyard::core::{DecisionRecord, ILLEGAL, InPlay, Objective, Setup, WorldEvaluator};
use boneyard::rules::{Bid, Deal, Domino, Game, RuleError, Seat, notation, tiles_of, words};
use boneyard::strategies::evaluator::Solver;
use serde::Serialize;
use std::fmt::{self, Write};
use std::ops::{Add, Sub};

/// What a game is worth to the bidders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Worth {
    /// Points they win less points they lose, from −42 to 42.
    pub points: f64,
    /// The chance that the contract is made.
    pub make: f64,
}

impl Add for Worth {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { points: self.points + other.points, make: self.make + other.make }
    }
}

impl Sub for Worth {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { points: self.points - other.points, make: self.make - other.make }
    }
}

/// A play, looked back on.
#[derive(Clone, Debug, Serialize)]
pub struct Play {
    /// 0–27.
    pub ply: u8,
    /// Who.
    pub seat: u8,
    /// What.
    pub domino: String,
    /// What could have been played, the best by the chance of the contract first.
    pub moves: Vec<Move>,
    /// How many worlds agreed with what its player saw.
    pub worlds_total: u32,
    /// How many were looked at.
    pub worlds_used: u32,
    /// Whether it and the best move are not told apart: then what it cost may be nothing.
    pub tied: bool,
    /// What it cost the mover's side, each by its own best move; never below 0.
    pub cost: Worth,
    /// What it changed for the bidders.
    pub skill: Worth,
    /// What changed until the next play.
    pub luck: Worth,
    /// Where something was better: that, and what perfect players who see all hands play after it to the end of the trick.
    pub line: Vec<String>,
}

/// A game, looked back on.
#[derive(Clone, Debug, Serialize)]
pub struct Review {
    /// What was declared.
    pub declaration: &'static str,
    /// Who bid.
    pub bidder: u8,
    /// What.
    pub bid: u16,
    /// What the game was worth before the first play.
    pub start: Worth,
    /// All plays, in order.
    pub plays: Vec<Play>,
    /// What it came to; of a game that is not over, what it is worth.
    pub result: Worth,
    /// Whether it is over.
    pub over: bool,
}

/// Reads a game as text: `sixes leader 0 | hand | hand | hand | hand | plays`, maybe with `bid 31` after the leader, who bid.
///
/// # Errors
/// One sentence for the first thing that is wrong.
pub fn transcript(text: &str) -> Result<InPlay> {
    let refuse = |what: &str| {
        let text = what.chars().take(60).collect();
        let expected = "a game: expected `sixes leader 0 bid 30 | hand | hand | hand | hand | plays`";
        Error::Rule(RuleError::Notation { text, expected })
    };
    // `|` also stands between tricks: what follows the hands is all plays.
    let parts: Vec<&str> = text.trim().splitn(6, '|').map(str::trim).collect();
    let &[head, h0, h1, h2, h3, ref plays @ ..] = &parts[..] else { return Err(refuse(text)) };
    let head: Vec<&str> = head.split_whitespace().collect();
    let at = head.iter().position(|word| *word == "leader").ok_or_else(|| refuse(parts[0]))?;
    let (bid, seat) = match &head[at + 1..] {
        [seat] => (Bid::THIRTY, seat),
        [seat, "bid", bid @ ..] => (bid.join(" ").parse()?, seat),
        _ => return Err(refuse(parts[0])),
    };
    let deal = Deal::from_hands(&[
        words::dominoes(h0)?,
        words::dominoes(h1)?,
        words::dominoes(h2)?,
        words::dominoes(h3)?,
    ])?;
    let plays = words::dominoes(plays.first().copied().unwrap_or_default())?;
    in_play(deal, head[..at].join(" ").parse()?, seat.parse()?, bid, plays)
}

/// A game in which these plays were made; the bidder led.
///
/// # Errors
/// Those of the rules.
pub fn in_play(
    deal: Deal,
    declaration: boneyard::rules::Declaration,
    bidder: Seat,
    bid: Bid,
    plays: impl IntoIterator<Item = Domino>,
) -> Result<InPlay> {
    let mut game = Setup { seed: 0, deal, declaration, bidder, bid }.in_play();
    plays.into_iter().try_for_each(|domino| game.play(domino))?;
    Ok(game)
}

/// A decision from the bidders' side.
struct Seen {
    decision: DecisionRecord,
    ours: bool,
    banked: f64,
}

impl Seen {
    fn new(game: &InPlay, ask: &mut Ask) -> Result<Self> {
        let decision = ask(&[*game])?.remove(0);
        let (setup, table) = (game.setup(), game.game().table());
        let team = setup.bidder.team();
        let banked = f64::from(table.banked()[team]) - f64::from(table.banked()[1 - team]);
        Ok(Self { ours: decision.seat.team() == team, decision, banked })
    }

    /// The bidders' worth of what is worth so much to the mover.
    fn worth(&self, e_q: f64, p_make: f64) -> Worth {
        if self.ours {
            Worth { points: self.banked + e_q, make: p_make }
        } else {
            Worth { points: self.banked - e_q, make: 1.0 - p_make }
        }
    }

    fn moves(&self) -> Result<Vec<Move>> {
        let it = &self.decision;
        let mismatch = |what: &str| Error::Core(boneyard::core::Error::Mismatch(what.to_owned()));
        let estimate =
            it.estimate.as_ref().ok_or_else(|| mismatch("a review needs forced moves evaluated too"))?;
        let moves = ranked(&it.hand, it.legal, estimate, it.worlds_total, Objective::Make);
        if moves.iter().any(|it| it.e_q.is_none()) {
            return Err(mismatch("a review costs plays in points: expected an evaluator that values them"));
        }
        Ok(moves)
    }

    /// With the best move, by either measure.
    fn best(&self, moves: &[Move]) -> Worth {
        let e_q = moves.iter().filter_map(|it| it.e_q).fold(f64::NEG_INFINITY, f64::max);
        self.worth(e_q, moves.iter().map(|it| it.p_make).fold(0.0, f64::max))
    }
}

impl Review {
    /// Looks back on all plays of a game. `ask` must evaluate forced moves too; random numbers are those of `seed`.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn of(game: &InPlay, seed: u64, ask: &mut Ask) -> Result<Self> {
        let setup = *game.setup();
        let mut at = setup.in_play().with_seed(seed);
        let mut scratch = Solver.scratch();
        let (mut plays, mut worths) = (Vec::new(), Vec::new());
        for domino in game.game().table().plays() {
            let seen = Seen::new(&at, ask)?;
            let moves = seen.moves()?;
            let name = notation::domino(domino);
            let made = moves.iter().find(|it| it.domino == name).expect("a legal play is a move").clone();
            let best = seen.best(&moves);
            let worth = seen.worth(made.e_q.unwrap_or(0.0), made.p_make);
            let skill = worth - best;
            let better = moves[0].p_make > made.p_make || moves[0].e_q > made.e_q;
            let line =
                if better { line(at.game(), usize::from(moves[0].slot), &mut scratch)? } else { Vec::new() };
            worths.push((best, worth));
            plays.push(Play {
                ply: seen.decision.ply,
                seat: seen.decision.seat.id(),
                worlds_total: seen.decision.worlds_total,
                worlds_used: seen.decision.worlds_used(),
                tied: made.tied || moves[0].domino == name,
                domino: name,
                moves,
                cost: Worth { points: skill.points.abs(), make: skill.make.abs() },
                skill,
                luck: Worth::default(),
                line,
            });
            at.play(domino)?;
        }
        let table = at.game().table();
        let over = table.is_over();
        let result = if over {
            let points = table.banked()[setup.bidder.team()];
            let made = points >= setup.bid.points();
            Worth { points: 2.0 * f64::from(points) - 42.0, make: f64::from(u8::from(made)) }
        } else {
            let seen = Seen::new(&at, ask)?;
            seen.best(&seen.moves()?)
        };
        let next = worths.iter().skip(1).map(|(best, _)| *best).chain([result]);
        for ((play, (_, worth)), next) in plays.iter_mut().zip(&worths).zip(next) {
            play.luck = next - *worth;
        }
        Ok(Self {
            declaration: setup.declaration.name(),
            bidder: setup.bidder.id(),
            bid: setup.bid.value(),
            start: worths.first().map_or(result, |(best, _)| *best),
            plays,
            result,
            over,
        })
    }

    /// Plays that cost something, the dearest first: by the chance of the contract, then by points.
    pub fn mistakes(&self) -> Vec<&Play> {
        let mut mistakes: Vec<&Play> =
            self.plays.iter().filter(|it| it.cost.make > 0.0 || it.cost.points > 0.0).collect();
        let cost = |it: &Play| (it.cost.make, it.cost.points);
        mistakes.sort_by(|a, b| cost(b).partial_cmp(&cost(a)).expect("finite"));
        mistakes
    }

    /// What skill changed for the bidders, by seat.
    pub fn skill(&self) -> [Worth; 4] {
        let mut skill = [Worth::default(); 4];
        for play in &self.plays {
            let of_seat = &mut skill[usize::from(play.seat)];
            *of_seat = *of_seat + play.skill;
        }
        skill
    }

    /// What luck changed for the bidders.
    pub fn luck(&self) -> Worth {
        self.plays.iter().fold(Worth::default(), |sum, play| sum + play.luck)
    }

    /// The account: what it was worth, what each seat's skill and what luck changed, what it came to.
    fn account(&self) -> Vec<(String, Worth)> {
        let mut account = vec![("before the first play".to_owned(), self.start)];
        for (seat, worth) in self.skill().into_iter().enumerate() {
            let side = if seat % 2 == usize::from(self.bidder) % 2 { "bidders" } else { "defenders" };
            account.push((format!("seat {seat}'s plays ({side})"), worth));
        }
        account.push(("luck".to_owned(), self.luck()));
        account.push((if self.over { "result" } else { "now" }.to_owned(), self.result));
        account
    }

    /// A page of its own.
    pub fn html(&self) -> String {
        let mut page = String::from(
            "<!doctype html><meta charset=\"utf-8\"><title>A game of 42, reviewed</title><style>body{font:16px \
             sans-serif;max-width:60em;margin:2em auto}table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:\
             right;border-bottom:1px solid #ddd}.dear{background:#fdd}.tied{color:#777}</style>",
        );
        let _ = write!(page, "<h1>{}, bid of {} by seat {}</h1>", self.declaration, self.bid, self.bidder);
        page += "<table><tr><th>trick<th>seat<th>play<th>P, cost<th>points, cost<th>P, luck<th>better";
        for play in &self.plays {
            let class = if play.cost.make >= 0.05 && !play.tied {
                "dear"
            } else if play.tied {
                "tied"
            } else {
                ""
            };
            let _ = write!(
                page,
                "<tr class=\"{class}\"><td>{}<td>{}<td>{}<td>{:.1} %<td>{:.1}<td>{:+.1} %<td>{}",
                play.ply / 4 + 1,
                play.seat,
                play.domino,
                100.0 * play.cost.make,
                play.cost.points,
                100.0 * play.luck.make,
                play.line.join(" ")
            );
        }
        page += "</table><h2>It adds up</h2><table><tr><th>for the bidders<th>P(make)<th>points";
        for (what, worth) in self.account() {
            let _ = write!(page, "<tr><td>{what}<td>{:+.1} %<td>{:+.1}", 100.0 * worth.make, worth.points);
        }
        page + "</table>\n"
    }
}

/// The move of a slot, and what perfect players who see all hands play after it to the end of the trick.
fn line(game: &Game, slot: usize, scratch: &mut <Solver as WorldEvaluator>::Scratch) -> Result<Vec<String>> {
    let mut game = *game;
    let mut next = slot;
    let mut line = Vec::new();
    loop {
        let hand = game.deal().hand(game.mover());
        let domino = tiles_of(hand).nth(next).ok_or(RuleError::NoMove)?;
        game.play(domino)?;
        line.push(notation::domino(domino));
        if game.table().ply().is_multiple_of(4) {
            return Ok(line);
        }
        let values = Solver.solve(&game, scratch);
        let legal = (0..7).filter(|&slot| values[slot] != ILLEGAL);
        next = legal.rev().max_by_key(|&slot| values[slot]).ok_or(RuleError::NoMove)?;
    }
}

impl Play {
    /// What it cost, and what was better, where something was.
    pub fn as_mistake(&self) -> String {
        format!(
            "trick {}, seat {}: {} cost {:.1} % and {:.1} points; better: {}",
            self.ply / 4 + 1,
            self.seat,
            self.domino,
            100.0 * self.cost.make,
            self.cost.points,
            self.line.join(" ")
        )
    }
}

impl fmt::Display for Review {
    /// For a person at a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, bid of {} by seat {}", self.declaration, self.bid, self.bidder)?;
        writeln!(f, "Costs are the mover's, from what it knew; luck is the bidders'.\n")?;
        writeln!(f, "trick seat  play     P, cost  points, cost    P, luck")?;
        for play in &self.plays {
            let note = match (&play.line[..], play.tied) {
                ([], _) => "",
                (_, true) => "  not told apart from the best",
                _ => "  a mistake",
            };
            writeln!(
                f,
                "{:>5}{:>5}  {:<6}{:>8.1} %{:>14.1}{:>+9.1} %{note}",
                play.ply / 4 + 1,
                play.seat,
                play.domino,
                100.0 * play.cost.make,
                play.cost.points,
                100.0 * play.luck.make
            )?;
        }
        let mistakes: Vec<&Play> = self.mistakes().into_iter().filter(|it| !it.tied).collect();
        if mistakes.is_empty() {
            writeln!(f, "\nNo mistakes that could be told from the best plays.")?;
        } else {
            writeln!(f, "\nMistakes, the dearest first:")?;
        }
        for play in mistakes {
            writeln!(f, "  {}", play.as_mistake())?;
        }
        writeln!(f, "\nIt adds up, for the bidders:{:>14}{:>10}", "P(make)", "points")?;
        for (what, worth) in self.account() {
            writeln!(f, "  {what:<30}{:>+8.1} %{:>+10.1}", 100.0 * worth.make, worth.points)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moves::ask;
    use boneyard::Recipe;
    use boneyard::core::{Deals, Host, Sampling};
    use boneyard::rules::Declaration;

    fn asking(samples: u32, evaluator: &str) -> Ask {
        let sampling = Sampling { evaluate_forced: true, ..Sampling::new(samples) };
        let recipe = Recipe { sampling, evaluator: evaluator.parse().unwrap(), ..Recipe::default() };
        ask(&recipe, Host::default()).unwrap()
    }

    /// A game of some plays, the first or the last legal domino each time.
    fn game(seed: u64, n_plays: usize) -> InPlay {
        let declaration = Declaration::new(seed % 10).unwrap();
        let bidder = Seat::ALL[seed as usize % 4];
        let mut game = in_play(Deals::Native.deal(seed), declaration, bidder, Bid::THIRTY, []).unwrap();
        for i in 0..n_plays {
            let legal: Vec<Domino> = tiles_of(game.game().legal()).collect();
            game.play(if i % 3 == 0 { legal[legal.len() - 1] } else { legal[0] }).unwrap();
        }
        game
    }

    /// The account is right for every game: what it was worth, skill and luck are what it came to.
    #[test]
    fn costs_add_up_to_the_result() {
        let mut ask = asking(6, "cascade:4");
        for (seed, n_plays) in [(0, 28), (1, 28), (2, 28), (3, 28), (4, 13), (5, 1), (6, 0)] {
            let game = game(seed, n_plays);
            let review = Review::of(&game, seed, &mut ask).unwrap();
            assert_eq!(review.plays.len(), n_plays);
            let sum = review.skill().into_iter().fold(review.start + review.luck(), Add::add);
            let off = sum - review.result;
            assert!(off.points.abs() < 1e-9 && off.make.abs() < 1e-9, "{off:?}");
            if n_plays == 28 {
                let banked = game.game().table().banked();
                let bidders = game.setup().bidder.team();
                let margin = i32::from(banked[bidders]) - i32::from(banked[1 - bidders]);
                assert_eq!(review.result.points, f64::from(margin));
                assert_eq!(review.result.make, f64::from(u8::from(banked[bidders] >= 30)));
            }
            for play in &review.plays {
                let sign = if usize::from(play.seat) % 2 == game.setup().bidder.team() { -1.0 } else { 1.0 };
                assert!(play.cost.points >= 0.0 && play.cost.make >= 0.0);
                assert!((play.skill.points - sign * play.cost.points).abs() < 1e-12);
                assert!((play.skill.make - sign * play.cost.make).abs() < 1e-12);
                // In the last trick all is forced; its last two players know all hands.
                assert!(play.ply < 24 || play.cost == Worth::default());
                assert!(play.ply < 26 || play.luck.points.abs() + play.luck.make.abs() < 1e-9, "{play:?}");
            }
            let dear: Vec<f64> = review.mistakes().iter().map(|it| it.cost.make).collect();
            assert!(dear.is_sorted_by(|a, b| a >= b), "{dear:?}");
            assert!(review.html().contains("It adds up") && review.to_string().contains("It adds up"));
        }
    }

    #[test]
    fn games_are_read() {
        let text = "sixes leader 0 bid 31 | 0-0 1-0 1-1 2-0 2-1 2-2 3-0 | 3-1 3-2 3-3 4-0 4-1 4-2 4-3 \
                    | 4-4 5-0 5-1 5-2 5-3 5-4 5-5 | 6-0 6-1 6-2 6-3 6-4 6-5 6-6 | 2-0 3-2 5-2 6-2 | 66";
        let game = transcript(text).unwrap();
        assert_eq!((game.game().table().ply(), game.setup().bid.value()), (5, 31));
        for (from, to) in [
            ("leader 0", "leader 5"),
            ("sixes", "clubs"),
            ("bid 31", "bid 3"),
            ("3-2 5-2", "3-1 5-2"),
            ("|", "/"),
        ] {
            assert!(transcript(&text.replace(from, to)).is_err(), "{to}");
        }
    }
}
