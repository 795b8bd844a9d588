//! What is refused, and in which words; what the documentation must hold.

use super::*;
use crate::cell::Maybe;
use crate::label::LabelRecord;
use arrow_array::{
    ArrayRef, BooleanArray, FixedSizeListArray, StringArray, UInt8Array, UInt16Array, UInt64Array,
};
use arrow_schema::DataType;
use boneyard_core::{Chances, Choice, DecisionRecord, Estimate, Mode, Question, Stopped};
use boneyard_rules::{Bid, Declaration, Domino, Game, PLIES, SLOTS, Seat};

/// With an optional one.
fn some() -> Columns {
    Columns { histogram: true, ..Columns::default() }
}

/// Of the first play of a game.
fn row() -> Row {
    let mut estimate = Estimate::new(Question::Points { unit: 1 }, true);
    estimate.add(&[1, 2, 3, 4, 5, 6, -7], 1, 1, 1);
    let record = DecisionRecord {
        seed: 4,
        declaration: Declaration::new(9).unwrap(),
        bidder: Seat::ALL[1],
        bid: Bid::new(42).unwrap(),
        ply: 0,
        seat: Seat::ALL[1],
        hand: [0, 1, 2, 3, 4, 5, 27],
        plays: [-1; PLIES],
        leader: Seat::ALL[1],
        banked_us: 0,
        banked_them: 0,
        legal: 127,
        estimate: Some(estimate),
        choice: Choice { slot: 6, greedy: 5, mode: Mode::Custom },
        chances: Some(Chances::of([0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.5])),
        domino: 27,
        worlds_total: 399_072_960,
        stopped: Stopped::Cap,
        outcome: -42,
    };
    Row::new(&record, some())
}

#[test]
fn a_row_says_what_its_move_gave_away_and_how_sure_the_choice_was() {
    assert_eq!((row().q_gap, row().choice_entropy), (Maybe(Some(13.0)), Maybe(Some(1.0))));
}

/// `batch` with another column in the place of the one of this name, or without it.
fn with(batch: &RecordBatch, name: &str, column: Option<ArrayRef>) -> RecordBatch {
    let fields = batch.schema().fields().clone();
    let columns = fields.iter().zip(batch.columns()).filter_map(|(field, there)| {
        let column = if field.name() == name { column.clone()? } else { there.clone() };
        Some((field.name(), column))
    });
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn rows_come_back_from_any_part_of_a_batch() {
    let rows: Vec<Row> = (0..5).map(|seed| Row { seed, e_q: [Some(seed as f32); SLOTS], ..row() }).collect();
    let batch = encode(&rows, some());
    assert_eq!(decode::<Row>(&batch).unwrap(), rows);
    assert_eq!(decode::<Row>(&batch.slice(2, 2)).unwrap(), rows[2..4]);
    assert_eq!(decode::<Row>(&batch.slice(5, 0)).unwrap(), []);
}

#[test]
fn columns_may_stand_in_any_order_and_beside_others() {
    let batch = encode(&[row()], some());
    let fields = batch.schema().fields().clone();
    let columns = fields.iter().map(|field| field.name().as_str()).zip(batch.columns().iter().cloned()).rev();
    let other: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
    let batch = RecordBatch::try_from_iter(columns.chain([("other", other)])).unwrap();
    assert_eq!(check_schema::<Row>(&batch.schema()), Ok(()));
    assert_eq!(decode::<Row>(&batch).unwrap(), [row()]);
}

#[test]
fn optional_columns_may_be_absent_and_others_not() {
    let batch = encode(&[row()], some());
    for Column { name, wanted, .. } in wanted::<Row>(some()) {
        let without = with(&batch, name, None);
        let refused = format!("has no column `{name}`: not a file of decision records");
        let expected = if wanted(Columns::default()) { Err(refused) } else { Ok(()) };
        assert_eq!(check_schema::<Row>(&without.schema()), expected);
    }
    let batch = encode(&[row()], Columns::default());
    assert_eq!(decode::<Row>(&batch).unwrap(), [Row { q_histogram: None, ..row() }]);
}

#[test]
fn columns_of_another_type_are_refused() {
    let batch = encode(&[row()], some());
    let text: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    for name in
        wanted::<Row>(some()).map(|column| column.name).filter(|name| !["mode", "stopped_by"].contains(name))
    {
        let what = check_schema::<Row>(&with(&batch, name, Some(text.clone())).schema()).unwrap_err();
        assert!(what.starts_with(&format!("column `{name}` is Utf8, expected ")), "{what}");
    }
}

#[test]
fn items_that_are_null_are_refused() {
    // Other programs write lists whose items may be null; where they never are, none may be.
    let item = || Arc::new(Field::new("element", DataType::UInt8, true));
    let batch = encode(&[row()], some());
    let hand = |items: UInt8Array| -> ArrayRef {
        Arc::new(FixedSizeListArray::new(item(), SLOTS as i32, Arc::new(items), None))
    };
    let whole = with(&batch, "hand", Some(hand(row().hand.to_vec().into())));
    assert_eq!(check_schema::<Row>(&whole.schema()), Ok(()));
    assert_eq!(decode::<Row>(&whole).unwrap(), [row()]);
    let holed = with(&batch, "hand", Some(hand((0..7).map(|id| (id != 3).then_some(id)).collect())));
    assert_eq!(check_schema::<Row>(&holed.schema()), Ok(()));
    assert_eq!(decode::<Row>(&holed).unwrap_err(), "column `hand` has nulls");
    let none: ArrayRef = Arc::new(FixedSizeListArray::new_null(item(), SLOTS as i32, 1));
    assert_eq!(decode::<Row>(&with(&batch, "hand", Some(none))).unwrap_err(), "column `hand` has nulls");
}

#[test]
fn nulls_are_refused() {
    let null: ArrayRef = Arc::new(UInt64Array::from(vec![None]));
    let batch = with(&encode(&[row()], some()), "seed", Some(null));
    assert_eq!(decode::<Row>(&batch), Err("column `seed` has nulls".to_owned()));
}

#[test]
fn numbers_and_names_without_meaning_are_refused() {
    let check = |name, column: ArrayRef, expected: &str| {
        let batch = with(&encode(&[row()], some()), name, Some(column));
        assert_eq!(check_schema::<Row>(&batch.schema()), Ok(()), "{name}");
        let what = decode::<Row>(&batch).unwrap_err();
        assert!(what.starts_with(expected), "{what}");
    };
    let byte = |value: u8| -> ArrayRef { Arc::new(UInt8Array::from(vec![value])) };
    check("declaration", byte(10), "`10` is not a declaration: ");
    check("bidder", byte(4), "4 is not a seat: ");
    check("bid", Arc::new(UInt16Array::from(vec![29])), "29 is not a bid: ");
    check("mode", Arc::new(StringArray::from(vec!["luck"])), "`luck` is not a mode");
}

#[test]
fn rows_that_no_writer_would_write_are_refused() {
    let check = |change: fn(&mut Row), expected: &str| {
        let mut wrong = row();
        change(&mut wrong);
        let what = decode::<Row>(&encode(&[row(), wrong], some())).unwrap_err();
        assert!(what.starts_with(expected), "{what}");
    };
    check(|row| row.ply = 28, "seed 4 ply 28: the ply is above 27");
    check(|row| row.hand[6] = 28, "seed 4 ply 0: 28 is not a domino: ");
    check(|row| row.hand[1] = 0, "seed 4 ply 0: the hand is not ascending");
    check(|row| row.ply = 1, "seed 4 ply 1: 255 is not a domino: ");
    check(|row| row.plays[0] = 5, "seed 4 ply 0: there are plays after the ply");
    check(|row| row.action = 7, "seed 4 ply 0: a slot is above 6");
    check(|row| row.greedy = 7, "seed 4 ply 0: a slot is above 6");
    check(|row| row.legal = 128, "seed 4 ply 0: the action is not legal");
    check(|row| row.legal = 63, "seed 4 ply 0: the action is not legal");
    check(|row| row.domino = 5, "seed 4 ply 0: the domino is not that of the action");
}

/// `INSTA_UPDATE=always` writes it there.
#[test]
fn the_documentation_has_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/RECORD.md");
    let page = std::fs::read_to_string(path).unwrap();
    let mut rest = &page[..];
    for table in [table(), label_table()] {
        let start = rest.find("| column |").expect("docs/RECORD.md has a table of columns");
        let length = rest[start..].find("\n\n").expect("text follows the table") + 1;
        let there = &rest[start..][..length];
        if there != table && std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            let page = std::fs::read_to_string(path).unwrap();
            std::fs::write(path, page.replacen(there, &table, 1)).unwrap();
        } else {
            assert!(there == table, "docs/RECORD.md must hold, and INSTA_UPDATE=always writes,\n{table}");
        }
        rest = &rest[start + length..];
    }
}

/// Of the second ply of a game.
fn label() -> LabelRow {
    let deal = boneyard_core::Deals::Native.deal(3);
    let mut game = Game::new(deal, Declaration::new(3).unwrap(), Seat::ALL[2]);
    let domino: Domino = boneyard_rules::tiles_of(game.legal()).next().unwrap();
    game.play(domino).unwrap();
    let view = game.view();
    let values = std::array::from_fn(|slot| match view.legal_slots() >> slot & 1 {
        1 => 3 * slot as i16 - 42,
        _ => boneyard_core::ILLEGAL,
    });
    let record = LabelRecord {
        seed: 3,
        policy: &"greedy".into(),
        view: &view,
        number: 5,
        world: &view.others().map(|seat| game.held(seat)),
        values: &values,
        tokens: Some(Box::new([7; 384])),
    };
    let row = LabelRow::new(&record, LabelColumns { tokens: true });
    assert_eq!(row.position().unwrap(), game);
    row
}

#[test]
fn labels_come_back() {
    let without = LabelRow { tokens: None, ..label() };
    for (row, tokens) in [(label(), true), (without, false)] {
        let rows = [LabelRow { world: 4, ..row.clone() }, row];
        let batch = encode(&rows, LabelColumns { tokens });
        assert_eq!(batch.num_columns(), 11 + usize::from(tokens));
        assert_eq!(check_schema::<LabelRow>(&batch.schema()), Ok(()));
        assert_eq!(decode::<LabelRow>(&batch).unwrap(), rows);
    }
    let batch = encode(&[row()], some());
    let refused = check_schema::<LabelRow>(&batch.schema()).unwrap_err();
    assert!(refused.ends_with(": not a file of labels"), "{refused}");
}

#[test]
fn labels_that_no_writer_would_write_are_refused() {
    let check = |change: fn(&mut LabelRow), expected: &str| {
        let mut wrong = label();
        change(&mut wrong);
        let columns = LabelColumns { tokens: true };
        let what = decode::<LabelRow>(&encode(&[label(), wrong], columns)).unwrap_err();
        assert!(what.starts_with(expected), "{what}");
    };
    check(|row| row.ply = 28, "seed 3 ply 28: the ply is above 27");
    check(|row| row.hands[9] = 28, "seed 3 ply 1: 28 is not a domino: ");
    check(|row| row.hands.swap(9, 10), "seed 3 ply 1: a hand is not ascending");
    check(|row| row.plays[1] = 5, "seed 3 ply 1: there are plays after the ply");
    check(|row| row.q = [None; 7], "seed 3 ply 1: the values are not those of the legal slots");
    check(|row| row.q = row.q.map(|q| q.map(|_| 43)), "seed 3 ply 1: a value is above 42 points");
    let other = LabelRow { seat: Seat::ALL[2], ..label() };
    assert!(other.position().unwrap_err().contains("its seat"));
}
