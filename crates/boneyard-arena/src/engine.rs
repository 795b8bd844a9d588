//! A player of ours as a program: the answering side of the line [`protocol`](crate::protocol).

use crate::contracts::Contracts;
use crate::error::Result;
use crate::player::{AnyPlayer, key};
use crate::protocol::{Reply, Request};
use boneyard::core::InPlay;
use boneyard::rules::{Bid, Declaring};
use std::ops::Range;
use std::time::{Duration, Instant};

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

/// How long answers took, one at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// How many.
    pub answers: u64,
    /// All of them.
    pub time: Duration,
    /// The longest.
    pub slowest: Duration,
    /// Where that was: the deal and the ply.
    pub at: (u64, u8),
    /// How many took longer than a second.
    pub over_a_second: u64,
}

/// Plays deals at all four seats through the protocol, and looks at the clock.
///
/// # Errors
/// Those of the player, which must not lose by rule.
pub fn measure(player: &mut AnyPlayer, deals: Range<u64>) -> Result<Pace> {
    let mut pace = Pace::default();
    for deal in deals {
        let setup = Contracts::Dropped30.setup(deal);
        let mut game = setup.start();
        while !game.table().is_over() {
            let (view, ply) = (game.view(), game.table().ply() as u8);
            let line = Request::Play { view, bidder: setup.bidder }.line();
            let begun = Instant::now();
            let said = answer(player, &line)?;
            let took = begun.elapsed();
            let refuse = |what: String| boneyard::core::Error::Mismatch(format!("{line}: {what}"));
            let reply = match said {
                Said::Line(reply) => Reply::parse(&reply, &view).map_err(refuse)?,
                Said::Refused(what) => return Err(refuse(what).into()),
                Said::Nothing => return Err(refuse("no answer".to_owned()).into()),
            };
            game.play(reply.domino)?;
            pace.answers += 1;
            pace.time += took;
            pace.over_a_second += u64::from(took > Duration::from_secs(1));
            if took > pace.slowest {
                (pace.slowest, pace.at) = (took, (deal, ply));
            }
        }
    }
    Ok(pace)
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
