//! Positions with open hands, and views: what one seat knows.
//!
//! ```text
//! {"hands": [hand × 4], "declaration": …, "leader": seat, "plays": …, "bid": 30, "bidder": seat}
//! {"seat": seat, "hand": hand, "declaration": …, "leader": …, "plays": …, "bid": …, "bidder": …, "sizes": [3]}
//! ```
//!
//! A domino is an id 0–27, or text with its pips: `"6-4"`, `"46"`. Hands and plays are lists of dominoes, or one text:
//! `"6-6 6-5 5-5"`; four hands may be one text too, with `|` between them. Hands are as dealt, played dominoes included, in any
//! order. A declaration is an id 0–9 or a name, and may be called `trump`.
//!
//! What is left out is what is most likely: nothing was played; the bidder led; of a view, the seat is the one whose turn it is,
//! or the leader the one whose turn makes it the seat's; else seat 0 led. The bid is 30, the declaration what the bidder's hand,
//! if it is known, is longest in. Declaration, leader and seat that were filled in so stand in the answer.

use super::fields::{Fields, Refusal, brief, wrong};
use boneyard::rules::{Bid, Deal, Declaration, Domino, Game, RuleError, Seat, Table, Tiles, View, words};
use serde_json::Value;

/// Fields of positions and views.
pub const FIELDS: [&str; 10] =
    ["hands", "seat", "hand", "declaration", "trump", "leader", "plays", "bid", "bidder", "sizes"];

const A_DECLARATION: &str = "0-9 or a name such as \"sixes\"";
const A_HAND: &str = "7 dominoes, such as \"6-6 6-5 6-4 6-1 5-5 4-2 1-0\" or a list of ids";

/// What was bid, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Contracted {
    pub bid: Bid,
    pub bidder: Seat,
}

/// Reads a position; `who` asks, and needs all hands.
pub fn position(fields: &mut Fields, who: &str) -> Result<(Game, Contracted), Refusal> {
    if !fields.has("hands") && (fields.has("hand") || fields.has("seat")) {
        return Err(Refusal(format!(
            "{who} needs all four hands: expected `hands`, not the view of one seat, which worlds and evaluate answer"
        )));
    }
    open_hands(fields)
}

/// Reads a position or a view, and forgets all that the mover does not know.
pub fn view(fields: &mut Fields) -> Result<(View, Contracted), Refusal> {
    if !fields.has("hands") {
        return one_hand(fields);
    }
    let (game, contracted) = open_hands(fields)?;
    if game.table().is_over() {
        return Err(RuleError::NoMove.into());
    }
    Ok((game.view(), contracted))
}

fn open_hands(fields: &mut Fields) -> Result<(Game, Contracted), Refusal> {
    if fields.has("hand") {
        return Err(Refusal("`hand` and `hands` are both given: expected one of them".to_owned()));
    }
    let expected = "four hands of 7 dominoes";
    let given = fields.need("hands", expected)?;
    let hands: Vec<Vec<Domino>> = match given {
        Value::String(text) => {
            text.split('|').map(|hand| of_text("hands", hand)).collect::<Result<_, _>>()?
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(seat, hand)| dominoes(&format!("hands[{seat}]"), hand))
            .collect::<Result<_, _>>()?,
        _ => return Err(wrong("hands", expected, given)),
    };
    let hands: [Vec<Domino>; 4] = hands
        .try_into()
        .map_err(|hands: Vec<_>| Refusal(format!("hands: expected {expected}, got {} hands", hands.len())))?;
    let deal = Deal::from_hands(&hands)?;
    let public = Public::read(fields)?;
    let leader = public.leader.or(public.bidder).unwrap_or(Seat::ALL[0]);
    let bidder = public.bidder.unwrap_or(leader);
    let declaration = public.declaration.unwrap_or_else(|| Declaration::longest_suit(deal.hand(bidder)));
    let game = Game::after(deal, declaration, leader, &public.plays)?;
    if let Some(seat) = public.seat
        && !game.table().is_over()
        && game.mover() != seat
    {
        return Err(RuleError::NotToMove { seat: seat.id(), mover: game.mover().id() }.into());
    }
    public.fill_in(fields, declaration, leader);
    Ok((game, Contracted { bid: public.bid, bidder }))
}

fn one_hand(fields: &mut Fields) -> Result<(View, Contracted), Refusal> {
    let hand = dominoes("hand", fields.need("hand", A_HAND)?)?;
    let public = Public::read(fields)?;
    let hand_set = hand.iter().fold(0, |set, domino| set | domino.bit());
    let (declaration, leader, seat) = public.of_seat(hand_set)?;
    let view = View::new(seat, &hand, declaration, leader, &public.plays).map_err(|error| match error {
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
    public.fill_in(fields, declaration, leader);
    fields.fill_in("seat", seat.id());
    Ok((view, Contracted { bid: public.bid, bidder: public.bidder.unwrap_or(leader) }))
}

/// What everybody knows, as far as it was said.
struct Public {
    declaration: Option<Declaration>,
    leader: Option<Seat>,
    seat: Option<Seat>,
    plays: Vec<Domino>,
    bid: Bid,
    bidder: Option<Seat>,
}

impl Public {
    fn read(fields: &Fields) -> Result<Self, Refusal> {
        if fields.has("declaration") && fields.has("trump") {
            return Err(Refusal("`declaration` and `trump` are both given: expected one of them".to_owned()));
        }
        let declared = ["declaration", "trump"].into_iter().find_map(|name| Some((name, fields.get(name)?)));
        let of_seat = |name: &str| fields.get(name).map(|value| seat(name, value)).transpose();
        Ok(Self {
            declaration: declared.map(|(name, value)| declaration(name, value)).transpose()?,
            leader: of_seat("leader")?,
            seat: of_seat("seat")?,
            plays: fields.get("plays").map_or(Ok(Vec::new()), |plays| dominoes("plays", plays))?,
            bid: fields.get("bid").map_or(Ok(Bid::THIRTY), bid)?,
            bidder: of_seat("bidder")?,
        })
    }

    /// Declaration, leader and seat of a view.
    fn of_seat(&self, hand: Tiles) -> Result<(Declaration, Seat, Seat), Refusal> {
        let said = self.leader.or(self.bidder);
        // Whoever leads, the turns that follow are as many places further.
        let places = |declaration| -> Result<usize, Refusal> {
            let mut table = Table::new(declaration, Seat::ALL[0]);
            self.plays.iter().try_for_each(|&domino| table.play(domino))?;
            Ok(if table.is_over() { 0 } else { table.mover().index() })
        };
        let declaration = match self.declaration {
            Some(declaration) => declaration,
            // The bidder's own hand is known where the bidder asks.
            None if self.plays.is_empty() && (self.seat.is_none() || said.is_none() || self.seat == said) => {
                Declaration::longest_suit(hand)
            }
            None => return Err(Refusal(format!("missing field `declaration`: expected {A_DECLARATION}"))),
        };
        let places = places(declaration)?;
        let leader = match (said, self.seat) {
            (Some(leader), _) => leader,
            (None, Some(seat)) => seat.after(4 - places),
            (None, None) => Seat::ALL[0],
        };
        Ok((declaration, leader, self.seat.unwrap_or(leader.after(places))))
    }

    /// Says in the answer what was filled in.
    fn fill_in(&self, fields: &mut Fields, declaration: Declaration, leader: Seat) {
        if self.declaration.is_none() {
            fields.fill_in("declaration", declaration.name());
        }
        fields.fill_in("leader", leader.id());
    }
}

fn declaration(name: &str, value: &Value) -> Result<Declaration, Refusal> {
    let declaration = match value {
        Value::String(text) => brief(text).parse(),
        _ => Declaration::new(value.as_u64().ok_or_else(|| wrong(name, A_DECLARATION, value))?),
    };
    declaration.map_err(|error| Refusal(format!("{name}: {error}")))
}

fn bid(value: &Value) -> Result<Bid, Refusal> {
    let bid = match value {
        Value::String(text) => brief(text).parse(),
        _ => Bid::new(
            value
                .as_u64()
                .ok_or_else(|| wrong("bid", "30-42, or a multiple of 42 up to 4200 for marks", value))?,
        ),
    };
    bid.map_err(|error| Refusal(format!("bid: {error}")))
}

fn seat(name: &str, value: &Value) -> Result<Seat, Refusal> {
    let seat = match value {
        Value::String(text) => brief(text).parse(),
        _ => Seat::new(value.as_u64().ok_or_else(|| wrong(name, "a seat 0-3", value))?),
    };
    seat.map_err(|error| Refusal(format!("{name}: {error}")))
}

fn of_text(name: &str, text: &str) -> Result<Vec<Domino>, Refusal> {
    words::dominoes(text).map_err(|error| Refusal(format!("{name}: {error}")))
}

fn dominoes(name: &str, value: &Value) -> Result<Vec<Domino>, Refusal> {
    let expected = "a domino such as \"6-4\", or an id 0-27";
    let list = match value {
        Value::String(text) => return of_text(name, text),
        Value::Array(list) => list,
        _ => return Err(wrong(name, "dominoes such as \"6-4 5-5\", or a list of ids 0-27", value)),
    };
    let domino = |(i, value): (usize, &Value)| {
        let domino = match value {
            Value::String(text) => words::domino(text),
            _ => Domino::new(value.as_u64().ok_or_else(|| wrong(format!("{name}[{i}]"), expected, value))?),
        };
        domino.map_err(|error| Refusal(format!("{name}[{i}]: {error}")))
    };
    list.iter().enumerate().map(domino).collect()
}
