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

pub(crate) fn refuse(text: &str, expected: &'static str) -> RuleError {
    // Long input is cut so that the message stays one readable sentence.
    let mut text: String = text.chars().take(60).collect();
    if text.chars().count() == 60 {
        text.push('…');
    }
    RuleError::Notation { text, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSITION: &str = "sixes leader 0 | 0-0 1-0 1-1 2-0 2-1 2-2 3-0 | 3-1 3-2 3-3 4-0 4-1 4-2 4-3 \
                            | 4-4 5-0 5-1 5-2 5-3 5-4 5-5 | 6-0 6-1 6-2 6-3 6-4 6-5 6-6 | 2-0 3-2 5-2 6-2 6-6";

    #[test]
    fn dominoes_come_back() {
        for id in 0..28 {
            let it = Domino::new(id).unwrap();
            assert_eq!(parse_domino(&domino(it)), Ok(it));
            assert_eq!(parse_domino(&format!("{}-{}", it.low(), it.high())), Ok(it));
        }
        assert_eq!(domino(Domino::new(25).unwrap()), "6-4");
    }

    #[test]
    fn text_that_is_no_domino() {
        for text in ["", "6", "6-", "-6", "7-0", "0-7", "6_4", "6-4-1", " 6-4", "66", "６-4"] {
            let expected = format!("`{text}` is not a domino such as 6-4");
            assert_eq!(parse_domino(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn lists_keep_their_order() {
        let parsed = parse_list("  6-4 0-1\t5-5 ").unwrap();
        assert_eq!(list(parsed.iter().copied()), "6-4 1-0 5-5");
        assert_eq!(tiles(parsed.iter().fold(0, |set, domino| set | domino.bit())), "1-0 5-5 6-4");
        assert_eq!((parse_list(""), tiles(0)), (Ok(Vec::new()), String::new()));
        assert!(parse_list("6-4 6-7").is_err());
    }

    #[test]
    fn declarations_come_back() {
        for declaration in Declaration::all() {
            assert_eq!(declaration.to_string().parse(), Ok(declaration));
            assert_eq!(declaration.id().to_string().parse(), Ok(declaration));
        }
        for (text, id) in
            [("Sixes", 6), ("no-trump", 9), ("No Trump", 9), ("doubles_suit", 8), ("DoublesTrump", 7)]
        {
            assert_eq!(text.parse::<Declaration>().unwrap().id(), id, "{text}");
        }
        for text in ["", "10", "-1", "sx", "trump", "doubles"] {
            let error = text.parse::<Declaration>().unwrap_err();
            assert_eq!(error, RuleError::NoSuchDeclaration { name: text.to_owned() });
        }
    }

    #[test]
    fn positions_come_back() {
        let game = parse_position(POSITION).unwrap();
        assert_eq!((game.table().ply(), game.mover().id()), (5, 0));
        assert_eq!(game.table().banked(), [0, 6]);
        assert_eq!(position(&game), POSITION);
        let fresh = POSITION.rsplit_once(" |").unwrap().0;
        assert_eq!(position(&parse_position(fresh).unwrap()), fresh);
        assert_eq!(parse_position(&format!("{fresh} |")), parse_position(fresh));
    }

    #[test]
    fn positions_that_are_none() {
        let check = |from: &str, to: &str, expected: &str| {
            let text = POSITION.replacen(from, to, 1);
            assert_ne!(text, POSITION);
            let error = parse_position(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("leader", "bidder", "is not a declaration and a leader");
        check("sixes", "clubs", "`clubs` is not a declaration");
        check("leader 0", "leader 4", "4 is not a seat");
        check("leader 0", "leader x", "is not a seat 0-3");
        check("0-0", "6-6", "domino 27 (6-6) appears twice");
        check(" 3-0 |", " |", "the hand of seat 0 has 6 dominoes");
        check("| 2-0 3-2", "| 2-0 | 3-2", "is not a position");
        check("| 2-0 3-2", "| 2-0 3-1", "play 2: seat 1 revokes with domino 7 (3-1)");
        check("| 2-0 3-2", "| 2-0 5-2", "play 2: seat 1 is to play and does not hold domino 17 (5-2)");
        check("6-2 6-6", "6-2 2-0", "play 5: domino 3 (2-0) has been played already");
        let error = parse_position(&"x".repeat(10_000)).unwrap_err().to_string();
        assert!(error.chars().count() < 200, "{error}");
    }
}
