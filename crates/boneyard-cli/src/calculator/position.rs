//! Positions with open hands, and views: what one seat knows.
//!
//! ```text
//! {"hands": [[7 ids] × 4], "declaration": 0–9 or a name, "leader": seat, "plays": [ids], "bid": 30, "bidder": seat}
//! {"seat": seat, "hand": [7 ids], "declaration": …, "leader": …, "plays": …, "bid": …, "bidder": …, "sizes": [3]}
//! ```
//!
//! Hands are as dealt, played dominoes included, in any order. `bid` is 30 and `bidder` the leader unless
//! given. The `sizes` of a view, what the three other seats still hold in playing order, follow from its
//! plays; given, they are checked.

use super::fields::{Fields, Refusal, brief, wrong};
use boneyard::rules::{Bid, Deal, Declaration, Domino, Game, RuleError, Seat, View};
use serde_json::Value;

const POSITION: &str = "a position";
const POSITION_FIELDS: [&str; 6] = ["hands", "declaration", "leader", "plays", "bid", "bidder"];
const VIEW: &str = "a view";
const VIEW_FIELDS: [&str; 8] = ["seat", "hand", "declaration", "leader", "plays", "bid", "bidder", "sizes"];

/// What was bid, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Contracted {
    pub bid: Bid,
    pub bidder: Seat,
}

/// Reads a position.
pub fn position(line: &[u8]) -> Result<(Game, Contracted), Refusal> {
    open_hands(&Fields::parse(line)?)
}

/// Reads a position or a view, and forgets all that the mover does not know.
pub fn view(line: &[u8]) -> Result<(View, Contracted), Refusal> {
    let fields = Fields::parse(line)?;
    if !fields.has("hands") && (fields.has("hand") || fields.has("seat")) {
        return one_hand(&fields);
    }
    let (game, contracted) = open_hands(&fields)?;
    if game.table().is_over() {
        return Err(RuleError::NoMove.into());
    }
    Ok((game.view(), contracted))
}

fn open_hands(fields: &Fields) -> Result<(Game, Contracted), Refusal> {
    fields.only(&POSITION_FIELDS, POSITION)?;
    let expected = "four hands of 7 domino ids";
    let hands = fields.need("hands", expected)?;
    let list = hands.as_array().ok_or_else(|| wrong("hands", expected, hands))?;
    let hands: Vec<Vec<Domino>> = list
        .iter()
        .enumerate()
        .map(|(seat, hand)| dominoes(&format!("hands[{seat}]"), hand))
        .collect::<Result<_, _>>()?;
    let hands: [Vec<Domino>; 4] = hands
        .try_into()
        .map_err(|hands: Vec<_>| Refusal(format!("hands: expected {expected}, got {} hands", hands.len())))?;
    let deal = Deal::from_hands(&hands)?;
    let (declaration, leader, plays, contracted) = public(fields)?;
    Ok((Game::after(deal, declaration, leader, &plays)?, contracted))
}

fn one_hand(fields: &Fields) -> Result<(View, Contracted), Refusal> {
    fields.only(&VIEW_FIELDS, VIEW)?;
    let seat = seat("seat", fields.need("seat", "whose view it is, a seat 0-3")?)?;
    let hand = dominoes("hand", fields.need("hand", "the 7 domino ids that the seat was dealt")?)?;
    let (declaration, leader, plays, contracted) = public(fields)?;
    let view = View::new(seat, &hand, declaration, leader, &plays).map_err(|error| match error {
        RuleError::HandSize { got, .. } => Refusal(format!(
            "the hand has {got} dominoes, expected the 7 that the seat was dealt, played ones included"
        )),
        error => error.into(),
    })?;
    if let Some(sizes) = fields.get("sizes") {
        let right = serde_json::json!(view.sizes());
        if *sizes != right {
            let plays = view.table().ply();
            return Err(Refusal(format!(
                "sizes: after {plays} plays the three other seats hold {right} dominoes, got {}",
                brief(&sizes.to_string())
            )));
        }
    }
    Ok((view, contracted))
}

/// What everybody knows.
fn public(fields: &Fields) -> Result<(Declaration, Seat, Vec<Domino>, Contracted), Refusal> {
    let declaration = declaration(fields.need("declaration", "0-9 or a name such as \"sixes\"")?)?;
    let leader = seat("leader", fields.need("leader", "who led the first trick, a seat 0-3")?)?;
    let plays = dominoes("plays", fields.need("plays", "the domino ids played so far, in order")?)?;
    let bid = fields.get("bid").map_or(Ok(Bid::THIRTY), |value| {
        let bid = value
            .as_u64()
            .ok_or_else(|| wrong("bid", "30-42, or a multiple of 42 up to 4200 for marks", value))?;
        Bid::new(bid).map_err(|error| Refusal(format!("bid: {error}")))
    })?;
    let bidder = fields.get("bidder").map_or(Ok(leader), |value| seat("bidder", value))?;
    Ok((declaration, leader, plays, Contracted { bid, bidder }))
}

fn declaration(value: &Value) -> Result<Declaration, Refusal> {
    let declaration = match value {
        Value::String(name) => brief(name).parse(),
        _ => Declaration::new(
            value.as_u64().ok_or_else(|| wrong("declaration", "0-9 or a name such as \"sixes\"", value))?,
        ),
    };
    declaration.map_err(|error| Refusal(format!("declaration: {error}")))
}

fn seat(name: &str, value: &Value) -> Result<Seat, Refusal> {
    let seat = value.as_u64().ok_or_else(|| wrong(name, "a seat 0-3", value))?;
    Seat::new(seat).map_err(|error| Refusal(format!("{name}: {error}")))
}

fn dominoes(name: &str, value: &Value) -> Result<Vec<Domino>, Refusal> {
    let expected = "a domino id 0-27";
    let list = value.as_array().ok_or_else(|| wrong(name, "a list of domino ids 0-27", value))?;
    let domino = |(i, value): (usize, &Value)| {
        let id = value.as_u64().ok_or_else(|| wrong(format!("{name}[{i}]"), expected, value))?;
        Domino::new(id).map_err(|error| Refusal(format!("{name}[{i}]: {error}")))
    };
    list.iter().enumerate().map(domino).collect()
}
