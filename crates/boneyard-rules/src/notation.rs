//! Text for people: dominoes `6-4`, hands `6-4 5-5 …`, positions on one line.
//!
//! A position reads
//!
//! ```text
//! sixes leader 0 | 6-6 6-4 … | … | … | … | 6-6 6-1 6-5 6-0
//! ```
//!
//! that is the declaration, the first leader, the four hands by seat and, if any, the plays in order.

use crate::{Deal, Declaration, Domino, Game, RuleError, Seat, Tiles, tiles_of};

/// `6-4`.
pub fn domino(domino: Domino) -> String {
    format!("{}-{}", domino.high(), domino.low())
}

/// `2-1 6-4`: a set by ascending id.
pub fn tiles(set: Tiles) -> String {
    list(tiles_of(set))
}

/// Dominoes in the order given.
pub fn list(dominoes: impl IntoIterator<Item = Domino>) -> String {
    dominoes.into_iter().map(domino).collect::<Vec<_>>().join(" ")
}

/// Prints a position so that [`parse_position`] reads it back.
pub fn position(game: &Game) -> String {
    let table = game.table();
    let hands = game.deal().hands().map(tiles).join(" | ");
    let mut text = format!("{} leader {} | {hands}", table.declaration(), table.first_leader().id());
    if table.ply() > 0 {
        text.push_str(" | ");
        text.push_str(&list(table.plays()));
    }
    text
}

/// Reads `6-4` or `4-6`.
///
/// # Errors
/// [`RuleError::Notation`] if it is anything else.
pub fn parse_domino(text: &str) -> Result<Domino, RuleError> {
    let pips = match text.as_bytes() {
        [a @ b'0'..=b'6', b'-', b @ b'0'..=b'6'] => Domino::from_pips(a - b'0', b - b'0').ok(),
        _ => None,
    };
    pips.ok_or_else(|| refuse(text, "a domino such as 6-4"))
}

/// Reads dominoes separated by white space.
///
/// # Errors
/// As [`parse_domino`].
pub fn parse_list(text: &str) -> Result<Vec<Domino>, RuleError> {
    text.split_whitespace().map(parse_domino).collect()
}

/// Reads what [`position`] prints.
///
/// # Errors
/// [`RuleError::Notation`] for text that is no position, else whatever is wrong with the position.
pub fn parse_position(text: &str) -> Result<Game, RuleError> {
    let expected = "a position such as `sixes leader 0 | hand | hand | hand | hand | plays`";
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let &[head, h0, h1, h2, h3, ref plays @ ..] = parts.as_slice() else {
        return Err(refuse(text, expected));
    };
    if plays.len() > 1 {
        return Err(refuse(text, expected));
    }
    let words: Vec<&str> = head.split_whitespace().collect();
    let &[declaration, "leader", leader] = words.as_slice() else {
        return Err(refuse(head, "a declaration and a leader such as `sixes leader 0`"));
    };
    let declaration: Declaration = declaration.parse()?;
    let leader = Seat::new(leader.parse().map_err(|_| refuse(leader, "a seat 0-3"))?)?;
    let deal = Deal::from_hands(&[parse_list(h0)?, parse_list(h1)?, parse_list(h2)?, parse_list(h3)?])?;
    let plays = plays.first().map_or(Ok(Vec::new()), |plays| parse_list(plays))?;
    Game::after(deal, declaration, leader, &plays)
}

fn refuse(text: &str, expected: &'static str) -> RuleError {
    // Long input is cut so that the message stays one readable sentence.
    let mut text: String = text.chars().take(60).collect();
    if text.chars().count() == 60 {
        text.push('…');
    }
    RuleError::Notation { text, expected }
}
