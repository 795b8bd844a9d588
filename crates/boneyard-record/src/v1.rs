//! Version 1 of the columns.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | `game`, `seed` | u64 | number in the run; seed of the deal and of all its random numbers |
//! | `declaration` | u8 | 0–6 pip trump, 7 doubles trump, 8 doubles suit, 9 no trump |
//! | `bidder` | u8 | seat 0–3; team = seat mod 2 |
//! | `bid` | u16 | 30–42, or marks × 42 |
//! | `ply` | u8 | 0–27 |
//! | `seat` | u8 | the mover |
//! | `hand` | \[u8; 7\] | domino id by slot: as dealt, ascending |
//! | `plays` | \[i8; 28\] | domino id by ply, −1 from this ply on |
//! | `leader` | u8 | seat that led the first trick |
//! | `banked_us`, `banked_them` | u8 | points of the mover's team and the other, this trick not counted |
//! | `legal` | u8 | bit `i`: slot `i` may be played |
//! | `e_q` | \[f32?; 7\] | mean points from here on, us minus them, by slot |
//! | `q_var` | \[f32?; 7\] | its population variance over worlds |
//! | `p_make` | \[f32?; 7\] | share of worlds in which the mover's team makes (defenders: sets) the contract |
//! | `q_histogram` | \[u32; 595\] | optional: worlds by slot and points + 42, slots of 85 bins |
//! | `e_q_se` | \[f32?; 7\] | optional: standard error of a corrected `e_q` against the exact mean over the same worlds |
//! | `action`, `domino`, `greedy` | u8 | slot played, its id, the slot greedy play would have taken |
//! | `mode` | text | which rule chose: `forced`, `greedy`, … |
//! | `worlds_total`, `worlds_used` | u32 | worlds that agree with the view, and how many were looked at |
//! | `exact` | bool | all were |
//! | `ess` | f32 | effective sample size |
//! | `outcome` | i8 | points from here on as played, us minus them |
//!
//! Items of `e_q`, `q_var` and `p_make` are null for slots that are not legal and for rows that were not
//! evaluated (`worlds_used` = 0), those of `e_q` and `q_var` also if the evaluator only answers whether the
//! contract is made.

use crate::row::empty_histogram;
use crate::{Columns, Result, Row};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int8Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, FixedSizeListArray, PrimitiveArray, RecordBatch,
    StringArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use boneyard_core::{BINS, Mode};
use boneyard_rules::{Bid, Declaration, Domino, PLIES, RuleError, SLOTS, Seat};
use std::sync::Arc;

/// Items of a histogram column.
const COUNTS: usize = SLOTS * BINS;

/// The columns, in order.
pub fn schema(optional: Columns) -> SchemaRef {
    use DataType::{Boolean, Float32, Int8, UInt8, UInt16, UInt32, UInt64, Utf8};
    let list = |item, n: usize, nullable| DataType::FixedSizeList(item_field(item, nullable), n as i32);
    let mut columns = vec![
        ("game", UInt64),
        ("seed", UInt64),
        ("declaration", UInt8),
        ("bidder", UInt8),
        ("bid", UInt16),
        ("ply", UInt8),
        ("seat", UInt8),
        ("hand", list(UInt8, SLOTS, false)),
        ("plays", list(Int8, PLIES, false)),
        ("leader", UInt8),
        ("banked_us", UInt8),
        ("banked_them", UInt8),
        ("legal", UInt8),
        ("e_q", list(Float32, SLOTS, true)),
        ("q_var", list(Float32, SLOTS, true)),
        ("p_make", list(Float32, SLOTS, true)),
    ];
    if optional.histogram {
        columns.push(("q_histogram", list(UInt32, COUNTS, false)));
    }
    if optional.standard_error {
        columns.push(("e_q_se", list(Float32, SLOTS, true)));
    }
    columns.extend([
        ("action", UInt8),
        ("domino", UInt8),
        ("greedy", UInt8),
        ("mode", Utf8),
        ("worlds_total", UInt32),
        ("worlds_used", UInt32),
        ("exact", Boolean),
        ("ess", Float32),
        ("outcome", Int8),
    ]);
    let field = |(name, data_type)| Field::new(name, data_type, false);
    Arc::new(Schema::new(columns.into_iter().map(field).collect::<Vec<_>>()))
}

fn item_field(item: DataType, nullable: bool) -> Arc<Field> {
    Arc::new(Field::new_list_field(item, nullable))
}

/// Rows as columns.
pub(crate) fn encode(rows: &[Row], optional: Columns) -> RecordBatch {
    let mut columns: Vec<ArrayRef> = vec![
        plain::<UInt64Type>(rows, |row| row.game),
        plain::<UInt64Type>(rows, |row| row.seed),
        plain::<UInt8Type>(rows, |row| row.declaration.id()),
        plain::<UInt8Type>(rows, |row| row.bidder.id()),
        plain::<UInt16Type>(rows, |row| row.bid.value()),
        plain::<UInt8Type>(rows, |row| row.ply),
        plain::<UInt8Type>(rows, |row| row.seat.id()),
        list::<UInt8Type>(rows, SLOTS, |row| &row.hand),
        list::<Int8Type>(rows, PLIES, |row| &row.plays),
        plain::<UInt8Type>(rows, |row| row.leader.id()),
        plain::<UInt8Type>(rows, |row| row.banked_us),
        plain::<UInt8Type>(rows, |row| row.banked_them),
        plain::<UInt8Type>(rows, |row| row.legal),
        estimates(rows, |row| row.e_q),
        estimates(rows, |row| row.q_var),
        estimates(rows, |row| row.p_make),
    ];
    if optional.histogram {
        let none = empty_histogram();
        columns.push(list::<UInt32Type>(rows, COUNTS, |row| {
            row.q_histogram.as_ref().unwrap_or(&none).as_flattened()
        }));
    }
    if optional.standard_error {
        columns.push(estimates(rows, |row| row.e_q_se.unwrap_or_default()));
    }
    columns.extend([
        plain::<UInt8Type>(rows, |row| row.action),
        plain::<UInt8Type>(rows, |row| row.domino),
        plain::<UInt8Type>(rows, |row| row.greedy),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.mode.name()))),
        plain::<UInt32Type>(rows, |row| row.worlds_total),
        plain::<UInt32Type>(rows, |row| row.worlds_used),
        Arc::new(BooleanArray::from_iter(rows.iter().map(|row| Some(row.exact)))),
        plain::<Float32Type>(rows, |row| row.ess),
        plain::<Int8Type>(rows, |row| row.outcome),
    ]);
    RecordBatch::try_new(schema(optional), columns).expect("the columns are those of the schema")
}

fn plain<T: ArrowPrimitiveType>(rows: &[Row], value: impl Fn(&Row) -> T::Native) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::from_iter_values(rows.iter().map(value)))
}

fn list<'a, T: ArrowPrimitiveType>(
    rows: &'a [Row],
    n: usize,
    items: impl Fn(&'a Row) -> &'a [T::Native],
) -> ArrayRef {
    let values = rows.iter().flat_map(|row| items(row).iter().copied());
    let values = Arc::new(PrimitiveArray::<T>::from_iter_values(values));
    Arc::new(FixedSizeListArray::new(item_field(T::DATA_TYPE, false), n as i32, values, None))
}

fn estimates(rows: &[Row], items: impl Fn(&Row) -> [Option<f32>; 7]) -> ArrayRef {
    let values = Arc::new(PrimitiveArray::<Float32Type>::from_iter(rows.iter().flat_map(items)));
    Arc::new(FixedSizeListArray::new(item_field(DataType::Float32, true), SLOTS as i32, values, None))
}

/// What is wrong with a file's columns, if anything.
pub(crate) fn check_schema(found: &Schema) -> Result<(), String> {
    let has = |name| found.column_with_name(name).is_some();
    let optional = Columns { histogram: has("q_histogram"), standard_error: has("e_q_se") };
    for field in schema(optional).fields() {
        match found.field_with_name(field.name()) {
            Err(_) => {
                return Err(format!("has no column `{}`: not a file of decision records", field.name()));
            }
            Ok(there) if there.data_type() != field.data_type() => {
                let (there, expected) = (there.data_type(), field.data_type());
                return Err(format!("column `{}` is {there}, expected {expected}", field.name()));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Columns as rows; the batch must have passed [`check_schema`].
///
/// # Errors
/// One phrase for a value that no writer would write.
pub(crate) fn decode(batch: &RecordBatch) -> Result<Vec<Row>, String> {
    if let Some(field) = batch.schema().fields().iter().zip(batch.columns()).find_map(|(field, column)| {
        let top_level_null = column.null_count() > 0;
        top_level_null.then(|| field.name().clone())
    }) {
        return Err(format!("column `{field}` has nulls"));
    }
    (0..batch.num_rows()).map(|row| decode_row(batch, row)).collect()
}

fn decode_row(batch: &RecordBatch, index: usize) -> Result<Row, String> {
    let column = |name: &str| batch.column_by_name(name).expect("the schema has been checked");
    let byte = |name: &str| column(name).as_primitive::<UInt8Type>().value(index);
    let number = |name: &str| column(name).as_primitive::<UInt32Type>().value(index);
    let long = |name: &str| column(name).as_primitive::<UInt64Type>().value(index);
    let items = |name: &str| column(name).as_fixed_size_list().value(index);
    let estimates = |name: &str| -> [Option<f32>; 7] {
        let values = items(name);
        let values = values.as_primitive::<Float32Type>();
        std::array::from_fn(|slot| values.is_valid(slot).then(|| values.value(slot)))
    };
    let wrong = |error: RuleError| error.to_string();
    let seat = |name: &str| Seat::new(u64::from(byte(name))).map_err(wrong);

    let mut hand = [0; 7];
    hand.copy_from_slice(items("hand").as_primitive::<UInt8Type>().values());
    let mut plays = [0; PLIES];
    plays.copy_from_slice(items("plays").as_primitive::<Int8Type>().values());
    let mode = column("mode").as_string::<i32>().value(index);
    let bid = column("bid").as_primitive::<UInt16Type>().value(index);
    let q_histogram = batch.column_by_name("q_histogram").map(|_| {
        let mut counts = empty_histogram();
        let values = items("q_histogram");
        counts.as_flattened_mut().copy_from_slice(values.as_primitive::<UInt32Type>().values());
        counts
    });
    let row = Row {
        game: long("game"),
        seed: long("seed"),
        declaration: Declaration::new(u64::from(byte("declaration"))).map_err(wrong)?,
        bidder: seat("bidder")?,
        bid: Bid::new(u64::from(bid)).map_err(wrong)?,
        ply: byte("ply"),
        seat: seat("seat")?,
        hand,
        plays,
        leader: seat("leader")?,
        banked_us: byte("banked_us"),
        banked_them: byte("banked_them"),
        legal: byte("legal"),
        e_q: estimates("e_q"),
        q_var: estimates("q_var"),
        p_make: estimates("p_make"),
        q_histogram,
        e_q_se: batch.column_by_name("e_q_se").map(|_| estimates("e_q_se")),
        action: byte("action"),
        domino: byte("domino"),
        greedy: byte("greedy"),
        mode: mode_named(mode).ok_or_else(|| format!("`{mode}` is not a mode"))?,
        worlds_total: number("worlds_total"),
        worlds_used: number("worlds_used"),
        exact: column("exact").as_boolean().value(index),
        ess: column("ess").as_primitive::<Float32Type>().value(index),
        outcome: column("outcome").as_primitive::<Int8Type>().value(index),
    };
    check(&row).map_err(|what| format!("game {} ply {}: {what}", row.game, row.ply))?;
    Ok(row)
}

fn mode_named(name: &str) -> Option<Mode> {
    (0..).map_while(Mode::from_code).find(|mode| mode.name() == name)
}

/// Ranges that a reader may rely on.
fn check(row: &Row) -> Result<(), String> {
    let ensure = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    let domino = |id: u8| Domino::new(u64::from(id)).map(|_| ()).map_err(|error| error.to_string());
    ensure(usize::from(row.ply) < PLIES, "the ply is above 27")?;
    row.hand.iter().try_for_each(|&id| domino(id))?;
    ensure(row.hand.is_sorted_by(|a, b| a < b), "the hand is not ascending")?;
    let (made, to_come) = row.plays.split_at(usize::from(row.ply));
    made.iter().try_for_each(|&id| domino(id as u8))?;
    ensure(to_come.iter().all(|&id| id == -1), "there are plays after the ply")?;
    ensure(usize::from(row.action) < SLOTS && usize::from(row.greedy) < SLOTS, "a slot is above 6")?;
    ensure(row.legal < 128 && row.legal >> row.action & 1 == 1, "the action is not legal")?;
    ensure(row.hand[usize::from(row.action)] == row.domino, "the domino is not that of the action")
}
