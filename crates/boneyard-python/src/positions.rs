//! Positions and views as arrays: one row each.
//!
//! | array | shape | holds |
//! |---|---|---|
//! | hands | `[N, 4, 7]` u8 | the dominoes dealt, by seat, in any order |
//! | seat, hand | `[N]`, `[N, 7]` u8 | of a view: whose it is, and its dominoes |
//! | declaration, leader, bidder | `[N]` u8 | |
//! | bid | `[N]` u16 | |
//! | plays | `[N, 28]` i8 | domino id by ply, −1 from the ply on that is to be decided |

use crate::errors::of_rules;
use crate::threads::threads;
use boneyard::rules::{Bid, Deal, Declaration, Domino, Game, RuleError, Seat, View};
use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use rayon::prelude::*;

/// What everybody knows of N positions.
#[derive(FromPyObject)]
pub struct Public<'py> {
    declaration: PyReadonlyArray1<'py, u8>,
    leader: PyReadonlyArray1<'py, u8>,
    bidder: PyReadonlyArray1<'py, u8>,
    bid: PyReadonlyArray1<'py, u16>,
    plays: PyReadonlyArray2<'py, i8>,
}

/// Positions or views under contracts.
pub struct Contracted<T> {
    /// What was bid.
    pub bid: Bid,
    /// By whom.
    pub bidder: Seat,
    /// The position or view.
    pub at: T,
}

/// The rows of `Public`, as slices.
struct Rows<'a> {
    declaration: &'a [u8],
    leader: &'a [u8],
    bidder: &'a [u8],
    bid: &'a [u16],
    plays: &'a [[i8; 28]],
}

impl Public<'_> {
    fn rows(&self) -> PyResult<Rows<'_>> {
        Ok(Rows {
            declaration: self.declaration.as_slice()?,
            leader: self.leader.as_slice()?,
            bidder: self.bidder.as_slice()?,
            bid: self.bid.as_slice()?,
            plays: self.plays.as_slice()?.as_chunks().0,
        })
    }
}

fn seat(id: u8) -> Result<Seat, RuleError> {
    Seat::new(id.into())
}

fn dominoes(ids: &[u8]) -> Result<Vec<Domino>, RuleError> {
    ids.iter().map(|&id| Domino::new(id.into())).collect()
}

/// The plays of a row, as far as there are any.
fn plays(row: &[i8; 28]) -> Result<Vec<Domino>, RuleError> {
    let made = row.iter().position(|&id| id == -1).unwrap_or(28);
    // What is none is refused as a large one.
    row[..made].iter().map(|&id| Domino::new(u64::from(id as u8))).collect()
}

/// All rows, or the first that the rules refuse.
fn all<T: Send>(n: usize, row: impl Fn(usize) -> Result<T, RuleError> + Send + Sync) -> PyResult<Vec<T>> {
    // Not the threads that all work of a process shares by default: after a fork there are none.
    let rows: Vec<Result<T, RuleError>> = threads(0)?.install(|| (0..n).into_par_iter().map(row).collect());
    let checked = rows.into_iter().enumerate().map(|(i, row)| row.map_err(|error| of_rules(i, &error)));
    checked.collect()
}

/// Positions with open hands.
pub fn games(
    py: Python<'_>,
    hands: &PyReadonlyArray3<'_, u8>,
    public: &Public<'_>,
) -> PyResult<Vec<Contracted<Game>>> {
    let (hands, rows) = (hands.as_slice()?.as_chunks::<28>().0, public.rows()?);
    py.detach(|| {
        all(hands.len(), |i| {
            let [a, b, c, d] = [0, 1, 2, 3].map(|seat| dominoes(&hands[i][7 * seat..][..7]));
            let deal = Deal::from_hands(&[a?, b?, c?, d?])?;
            let (declaration, leader) =
                (Declaration::new(rows.declaration[i].into())?, seat(rows.leader[i])?);
            let game = Game::after(deal, declaration, leader, &plays(&rows.plays[i])?)?;
            Ok(Contracted { bid: Bid::new(rows.bid[i].into())?, bidder: seat(rows.bidder[i])?, at: game })
        })
    })
}

/// Views: what one seat knows.
pub fn views(
    py: Python<'_>,
    seats: &PyReadonlyArray1<'_, u8>,
    hands: &PyReadonlyArray2<'_, u8>,
    public: &Public<'_>,
) -> PyResult<Vec<Contracted<View>>> {
    let (seats, hands, rows) = (seats.as_slice()?, hands.as_slice()?.as_chunks::<7>().0, public.rows()?);
    py.detach(|| {
        all(hands.len(), |i| {
            let (declaration, leader) =
                (Declaration::new(rows.declaration[i].into())?, seat(rows.leader[i])?);
            let (hand, plays) = (dominoes(&hands[i])?, plays(&rows.plays[i])?);
            let view = View::new(seat(seats[i])?, &hand, declaration, leader, &plays)?;
            Ok(Contracted { bid: Bid::new(rows.bid[i].into())?, bidder: seat(rows.bidder[i])?, at: view })
        })
    })
}
