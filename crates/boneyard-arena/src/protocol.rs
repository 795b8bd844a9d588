//! The line protocol of 42 players.
//!
//! A player reads lines of decimal numbers separated by blanks and answers each with one line. A request carries the whole
//! history, so requests come in any order. Seats are 0–3, dominoes ids as everywhere, the bid is 30.
//!
//! ```text
//! seat declaration bidder h0 … h6 n (actor domino)×n    →    domino leader points0 points1
//! declare bidder h0 … h6                                →    declaration
//! ```
//!
//! `h` is the hand as dealt, in any order; the bidder led the first trick; `n` plays were made, 0–27. Declarations are 0–6,
//! 7 (doubles are trump) and 9 (no trump). The answer names the domino to play, the leader of the current trick, and the
//! points of both teams in complete tricks.

use boneyard::rules::{Declaration, Domino, RuleError, SLOTS, Seat, Table, Tiles, View, tiles_of};
use std::fmt::Write;

/// What a player is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// What to play.
    Play {
        /// What the mover sees.
        view: View,
        /// Who won the auction, and led first.
        bidder: Seat,
    },
    /// What to declare.
    Declare {
        /// Who won the auction.
        bidder: Seat,
        /// Its hand.
        hand: Tiles,
    },
}

/// The answer to a request for a play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// To be played.
    pub domino: Domino,
    /// Leads the current trick.
    pub leader: Seat,
    /// In complete tricks, by team.
    pub points: [u8; 2],
}

impl Request {
    /// Reads a line.
    ///
    /// # Errors
    /// One sentence for the first thing that is wrong.
    pub fn parse(line: &str) -> Result<Self, String> {
        let mut words = line.split_ascii_whitespace().peekable();
        if words.next_if_eq(&"declare").is_some() {
            let numbers = numbers(words)?;
            let &[bidder, ref hand @ ..] = &numbers[..] else {
                return Err("expected `declare`, a bidder and 7 dominoes".to_owned());
            };
            if hand.len() != SLOTS {
                return Err(format!(
                    "expected `declare`, a bidder and 7 dominoes, got {} dominoes",
                    hand.len()
                ));
            }
            let bidder = Seat::new(bidder).map_err(|error| format!("bidder: {error}"))?;
            let hand = dominoes(hand)?;
            let set = hand.iter().fold(0, |set, domino| set | domino.bit());
            if set.count_ones() as usize != SLOTS {
                return Err("a domino of the hand appears twice".to_owned());
            }
            return Ok(Self::Declare { bidder, hand: set });
        }
        let numbers = numbers(words)?;
        let Some((head, plays)) = numbers.split_at_checked(11) else {
            return Err(format!("expected 11 numbers and two for each play, got {}", numbers.len()));
        };
        let n = head[10];
        if n > 27 || plays.len() as u64 != 2 * n {
            return Err(format!(
                "expected 0-27 plays of two numbers each, got {n} plays in {} numbers",
                plays.len()
            ));
        }
        let seat = |what: &str, number| Seat::new(number).map_err(|error| format!("{what}: {error}"));
        let (mover, bidder) = (seat("seat", head[0])?, seat("bidder", head[2])?);
        let declaration = Declaration::new(head[1]).map_err(|error| error.to_string())?;
        let hand = dominoes(&head[3..10])?;
        let played = dominoes(&plays.iter().copied().skip(1).step_by(2).collect::<Vec<_>>())?;
        let mut table = Table::new(declaration, bidder);
        for (pair, &domino) in plays.chunks_exact(2).zip(&played) {
            let (actor, turn) = (seat("actor", pair[0])?, table.mover());
            if actor != turn {
                let play = table.ply() + 1;
                return Err(format!(
                    "play {play}: seat {} plays, but it is the turn of seat {}",
                    actor.id(),
                    turn.id()
                ));
            }
            table.play(domino).map_err(|error| error.to_string())?;
        }
        let view =
            View::new(mover, &hand, declaration, bidder, &played).map_err(|error| error.to_string())?;
        Ok(Self::Play { view, bidder })
    }

    /// As a line, without its break.
    pub fn line(&self) -> String {
        match self {
            Self::Declare { bidder, hand } => format!("declare {}{}", bidder.id(), ids(*hand)),
            Self::Play { view, bidder } => {
                let table = view.table();
                let (seat, declaration) = (view.seat().id(), table.declaration().id());
                let mut line = format!("{seat} {declaration} {}{}", bidder.id(), ids(view.hand()));
                let _ = write!(line, " {}", table.ply());
                let mut replayed = Table::new(table.declaration(), table.first_leader());
                for domino in table.plays() {
                    let _ = write!(line, " {} {}", replayed.mover().id(), domino.id());
                    replayed.play(domino).expect("a table replays");
                }
                line
            }
        }
    }
}

impl Reply {
    /// The answer that plays `domino`.
    pub fn to(view: &View, domino: Domino) -> Self {
        Self { domino, leader: view.table().leader(), points: view.table().banked() }
    }

    /// As a line, without its break.
    pub fn line(&self) -> String {
        let [zero, one] = self.points;
        format!("{} {} {zero} {one}", self.domino.id(), self.leader.id())
    }

    /// Reads a player's answer and checks it against the rules.
    ///
    /// # Errors
    /// One sentence for the first thing that is wrong.
    pub fn parse(line: &str, view: &View) -> Result<Self, String> {
        let numbers = numbers(line.split_ascii_whitespace())?;
        let [domino, leader, zero, one] = numbers[..] else {
            return Err(format!("expected 4 numbers, got {}", numbers.len()));
        };
        let domino = Domino::new(domino).map_err(|error| error.to_string())?;
        if view.legal() & domino.bit() == 0 {
            return Err(format!("domino {} may not be played", domino.id()));
        }
        let right = Self::to(view, domino);
        let [a, b] = right.points.map(u64::from);
        if (leader, zero, one) != (right.leader.id().into(), a, b) {
            return Err(format!(
                "leader and points {leader} {zero} {one}, expected {} {a} {b}",
                right.leader.id()
            ));
        }
        Ok(right)
    }
}

fn numbers<'a>(words: impl Iterator<Item = &'a str>) -> Result<Vec<u64>, String> {
    let number = |word: &str| {
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        let read = word.parse().ok().filter(|_| digits);
        read.ok_or_else(|| format!("`{}` is not a number", word.chars().take(20).collect::<String>()))
    };
    words.map(number).collect()
}

fn dominoes(ids: &[u64]) -> Result<Vec<Domino>, String> {
    let domino = |&id| Domino::new(id).map_err(|error: RuleError| error.to_string());
    ids.iter().map(domino).collect()
}

fn ids(hand: Tiles) -> String {
    tiles_of(hand).map(|domino| format!(" {}", domino.id())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: &str = "3 4 2 2 10 12 16 23 25 26 12 2 5 3 23 0 3 1 17 2 9 3 25 0 7 1 8 3 2 0 4 1 22 2 1";
    const THIRD: &str = "3 4 2 2 10 12 16 23 25 26 18 2 5 3 23 0 3 1 17 2 9 3 25 0 7 1 8 3 2 0 4 1 22 2 1 3 10 0 15 1 14 2 13 1 18 2 11";

    #[test]
    fn requests_come_back() {
        for line in ["0 5 0 9 15 16 20 22 26 27 0", SECOND, THIRD, "declare 2 0 1 2 3 4 5 6"] {
            assert_eq!(Request::parse(line).unwrap().line(), line);
        }
        let any_order = Request::parse("0 5 0 26 9 27 15 16 22 20 0").unwrap();
        assert_eq!(any_order.line(), "0 5 0 9 15 16 20 22 26 27 0");
    }

    #[test]
    fn answers_tell_leader_and_points() {
        for (line, leader, points) in
            [(SECOND, 3, [1, 17]), (THIRD, 1, [1, 23]), ("0 5 0 9 20 22 26 15 3 7 0", 0, [0, 0])]
        {
            let Request::Play { view, .. } = Request::parse(line).unwrap() else { panic!("{line}") };
            let domino = tiles_of(view.legal()).next().unwrap();
            let reply = Reply::to(&view, domino);
            assert_eq!((reply.leader.id(), reply.points), (leader, points));
            assert_eq!(Reply::parse(&reply.line(), &view), Ok(reply));
            let [zero, one] = points;
            for wrong in [
                String::new(),
                format!("{} {leader} {zero}", domino.id()),
                format!("{} {leader} {zero} {}", domino.id(), one + 1),
                format!("{} {} {zero} {one}", domino.id(), (leader + 1) % 4),
                format!("28 {leader} {zero} {one}"),
                format!("-1 {leader} {zero} {one}"),
                format!("{} {leader} {zero} {one} 0", domino.id()),
                format!("{}.0 {leader} {zero} {one}", domino.id()),
            ] {
                assert!(Reply::parse(&wrong, &view).is_err(), "{wrong}");
            }
            let others = (0..28).map(|id| Domino::new(id).unwrap()).filter(|it| view.legal() & it.bit() == 0);
            for domino in others {
                assert!(Reply::parse(&Reply::to(&view, domino).line(), &view).is_err());
            }
        }
    }

    #[test]
    fn bad_lines_are_refused() {
        for line in [
            "hello",
            "0 5 0 9 20 22 26 15 3 7",
            "0 5 0 9 20 22 26 15 3 7 1",
            "0 5 0 9 20 22 26 15 3 7 28",
            "0 5 0 9 20 22 26 15 3 3 0",
            "0 5 0 9 20 22 26 15 3 28 0",
            "0 10 0 9 20 22 26 15 3 7 0",
            "4 5 0 9 20 22 26 15 3 7 0",
            "1 5 0 9 20 22 26 15 3 7 0",
            "1 5 0 9 20 22 26 15 3 7 1 1 8",
            "1 5 0 9 20 22 26 15 3 7 1 0 9",
            "0 5 0 9 20 22 26 15 3 7 99999999999999999999",
            "0 5 0 9 20 22 26 15 3 7 +0",
            "declare",
            "declare 4 0 1 2 3 4 5 6",
            "declare 0 0 1 2 3 4 5",
            "declare 0 0 1 2 3 4 5 5",
            "declare 0 0 1 2 3 4 5 6 7",
        ] {
            assert!(Request::parse(line).is_err(), "{line}");
        }
    }
}
