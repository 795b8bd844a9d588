//! Rows put back on the table: do they tell a game that the rules allow?

use crate::Row;
use boneyard_rules::{Deal, Domino, Game, PLIES, RuleError};

/// A whole recorded game, replayed by the rules.
#[derive(Debug)]
pub struct Replay {
    rows: Vec<Row>,
    /// Before each ply, and after the last.
    games: Vec<Game>,
}

impl Replay {
    /// From the rows of one game, by ply.
    ///
    /// # Errors
    /// One phrase if rows are missing, do not belong together, break the rules or add up wrongly.
    pub fn new(rows: Vec<Row>) -> Result<Self, String> {
        if !rows.iter().map(|row| usize::from(row.ply)).eq(0..PLIES) {
            return Err(format!("expected one row for each of the 28 plies, got {} rows", rows.len()));
        }
        let rule = |error: RuleError| error.to_string();
        let hand_of = |row: &Row| row.hand.iter().fold(0, |hand, id| hand | 1 << id);
        let mut hands = [0; 4];
        for row in &rows[..4] {
            hands[row.seat.index()] = hand_of(row);
        }
        let deal = Deal::new(hands).map_err(rule)?;
        let first = rows[0].clone();
        let mut game = Game::new(deal, first.declaration, first.leader);
        let mut games = vec![game];
        for row in &rows {
            let banked = game.table().banked();
            let team = row.seat.team();
            let agrees = row.seat == game.mover()
                && hand_of(row) == deal.hand(row.seat)
                && row.legal == game.legal_slots()
                && row.plays == game.plays()
                && [row.banked_us, row.banked_them] == [banked[team], banked[1 - team]]
                && (row.seed, row.declaration, row.leader) == (first.seed, first.declaration, first.leader)
                && (row.bid, row.bidder) == (first.bid, first.bidder);
            if !agrees {
                return Err(format!("the row of ply {} does not agree with the rows before it", row.ply));
            }
            let domino = Domino::new(u64::from(row.domino)).map_err(rule)?;
            game.play(domino).map_err(rule)?;
            games.push(game);
        }
        let end = game.table().banked();
        for row in &rows {
            let team = row.seat.team();
            let won = i16::from(end[team]) - i16::from(row.banked_us);
            let lost = i16::from(end[1 - team]) - i16::from(row.banked_them);
            if i16::from(row.outcome) != won - lost {
                return Err(format!(
                    "the outcome of ply {} is {}, but the game gave {}",
                    row.ply,
                    row.outcome,
                    won - lost
                ));
            }
        }
        Ok(Self { rows, games })
    }

    /// By ply.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The hands.
    pub fn deal(&self) -> &Deal {
        self.games[0].deal()
    }

    /// The position in which ply `ply` is decided.
    pub fn before(&self, ply: usize) -> &Game {
        &self.games[ply]
    }

    /// The position after the last play.
    pub fn end(&self) -> &Game {
        &self.games[PLIES]
    }
}
