//! Hands played out by players, all in lockstep.

use crate::error::Result;
use crate::player::AnyPlayer;
use boneyard::core::InPlay;
use boneyard::rules::PLIES;
use serde::{Deserialize, Serialize};

/// Which player bids, and which defends; by number, and one may do both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seating {
    /// Its number.
    pub bidders: usize,
    /// Its number.
    pub defenders: usize,
}

/// How a hand ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Played {
    /// Points of the bidders; the defenders have the rest of 42.
    pub points: u8,
    /// Whether the contract was made.
    pub made: bool,
    /// The number of the player that lost by rule: it was killed, silent, or broke the rules. The other side then has all points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forfeit: Option<u8>,
}

/// Plays hands that are all at the same ply to the end; `wrong` is told why a player lost one by rule.
///
/// # Errors
/// Those of the players' backends.
pub fn play(
    players: &mut [AnyPlayer],
    hands: &[(InPlay, Seating)],
    mut wrong: impl FnMut(usize, &str),
) -> Result<Vec<Played>> {
    let mut games: Vec<InPlay> = hands.iter().map(|(game, _)| *game).collect();
    let mut forfeits: Vec<Option<u8>> = vec![None; hands.len()];
    let sits = |game: &InPlay, seating: Seating| {
        let bids = game.game().mover().team() == game.setup().bidder.team();
        if bids { seating.bidders } else { seating.defenders }
    };
    for _ in InPlay::ply_of_all(&games)?..PLIES {
        let movers: Vec<usize> = games.iter().zip(hands).map(|(game, hand)| sits(game, hand.1)).collect();
        for (who, player) in players.iter_mut().enumerate() {
            let asked: Vec<usize> =
                (0..games.len()).filter(|&i| movers[i] == who && forfeits[i].is_none()).collect();
            if asked.is_empty() {
                continue;
            }
            let seen: Vec<InPlay> = asked.iter().map(|&i| games[i]).collect();
            for (&i, answer) in asked.iter().zip(player.decide(&seen)?) {
                let played =
                    answer.and_then(|domino| games[i].play(domino).map_err(|error| error.to_string()));
                if let Err(what) = played {
                    wrong(who, &what);
                    forfeits[i] = Some(who as u8);
                }
            }
        }
        // Games that are over by rule would fall behind: any legal move keeps them beside the others.
        for (game, _) in games.iter_mut().zip(&forfeits).filter(|(_, forfeit)| forfeit.is_some()) {
            if let Some(domino) = boneyard::rules::tiles_of(game.game().legal()).next() {
                let _ = game.play(domino);
            }
        }
    }
    let ended = games.iter().zip(hands).zip(forfeits);
    Ok(ended.map(|((game, (_, seating)), forfeit)| outcome(game, *seating, forfeit)).collect())
}

fn outcome(game: &InPlay, seating: Seating, forfeit: Option<u8>) -> Played {
    let setup = game.setup();
    let points = match forfeit {
        None => game.game().table().banked()[setup.bidder.team()],
        Some(who) if usize::from(who) == seating.bidders => 0,
        Some(_) => 42,
    };
    Played { points, made: points >= setup.bid.points(), forfeit }
}
