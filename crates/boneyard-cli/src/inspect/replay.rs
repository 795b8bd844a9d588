//! Rows put back on the table.

use boneyard::record::Row;
use boneyard::rules::{Deal, Game, PLIES};

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
    /// One phrase if rows are missing, do not belong together or break the rules.
    pub fn new(rows: Vec<Row>) -> Result<Self, String> {
        if !rows.iter().map(|row| usize::from(row.ply)).eq(0..PLIES) {
            return Err(format!("expected one row for each of the 28 plies, got {} rows", rows.len()));
        }
        let mut hands = [0; 4];
        for row in &rows[..4] {
            hands[row.seat.index()] = row.hand.iter().fold(0, |hand, id| hand | 1 << id);
        }
        let rule = |error: boneyard::rules::RuleError| error.to_string();
        let deal = Deal::new(hands).map_err(rule)?;
        let mut game = Game::new(deal, rows[0].declaration, rows[0].leader);
        let mut games = vec![game];
        for row in &rows {
            let hand = row.hand.iter().fold(0, |hand, id| hand | 1 << id);
            let agrees = row.seat == game.mover()
                && hand == deal.hand(row.seat)
                && row.legal == game.legal_slots()
                && row.plays == game.plays();
            if !agrees {
                return Err(format!("the row of ply {} does not agree with the rows before it", row.ply));
            }
            let domino = boneyard::rules::Domino::new(u64::from(row.domino)).map_err(rule)?;
            game.play(domino).map_err(rule)?;
            games.push(game);
        }
        Ok(Self { rows, games })
    }

    /// By ply.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

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
