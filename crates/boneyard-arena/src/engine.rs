//! A player of ours as a program: the answering side of the line [`protocol`](crate::protocol).

use crate::error::Result;
use crate::player::{AnyPlayer, key};
use crate::protocol::{Reply, Request};
use boneyard::core::InPlay;
use boneyard::rules::{Bid, Declaring};

/// What comes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing is answered: a blank line.
    Nothing,
    /// The answer.
    Line(String),
    /// The line is no request, for this reason; nothing is answered.
    Refused(String),
}

/// Answers a line.
///
/// # Errors
/// Those of the player.
pub fn answer(player: &mut AnyPlayer, line: &str) -> Result<Said> {
    if line.trim().is_empty() {
        return Ok(Said::Nothing);
    }
    let request = match Request::parse(line) {
        Ok(request) => request,
        Err(what) => return Ok(Said::Refused(what)),
    };
    let (view, bidder) = match request {
        Request::Declare { hand, .. } => {
            return Ok(Said::Line(Declaring::Longest.declares(hand).id().to_string()));
        }
        Request::Play { view, bidder } => (view, bidder),
    };
    let seed = key(&view, Bid::THIRTY, bidder);
    let game = match InPlay::as_seen(&view, Bid::THIRTY, bidder, seed) {
        Ok(game) => game,
        Err(error) => return Ok(Said::Refused(error.to_string())),
    };
    let decided = player.decide(&[game])?.remove(0);
    Ok(match decided {
        Ok(domino) => Said::Line(Reply::to(&view, domino).line()),
        Err(what) => Said::Refused(what),
    })
}
