//! Rows as columns and back.

use crate::cell::type_name;
use crate::row::{COLUMNS, Column, Columns, Row};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use boneyard_core::DecisionRecord;
use boneyard_rules::{Domino, PLIES, SLOTS};
use std::sync::Arc;

fn wanted(columns: Columns) -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().filter(move |column| (column.wanted)(columns))
}

/// The columns, in order.
pub fn schema(columns: Columns) -> SchemaRef {
    Arc::new(Schema::new(fields(columns)))
}

/// Each column with its type.
pub(crate) fn fields(columns: Columns) -> Vec<Field> {
    wanted(columns).map(|column| Field::new(column.name, (column.data_type)(), column.nullable)).collect()
}

/// All columns as the table of `docs/RECORD.md`: name, type, unit and meaning.
pub fn table() -> String {
    table_of(Columns { histogram: true, correction: true })
}

/// The same, of the columns of one dataset.
pub(crate) fn table_of(columns: Columns) -> String {
    let mut text = "| column | type | unit | meaning |\n|---|---|---|---|\n".to_owned();
    for column in wanted(columns) {
        let lines: Vec<&str> = column.meaning.iter().map(|line| line.trim()).collect();
        let (name, unit) = (column.name, column.unit);
        let data_type = type_name(&(column.data_type)());
        text += &format!("| `{name}` | {data_type} | {unit} | {} |\n", lines.join(" "));
    }
    text
}

/// Decisions as columns, in their order. Behind the nulls of numbers by slot there are NaNs.
pub fn batch<'a>(decisions: impl IntoIterator<Item = &'a DecisionRecord>, columns: Columns) -> RecordBatch {
    let rows: Vec<Row> = decisions.into_iter().map(|decision| Row::new(decision, columns)).collect();
    encode(&rows, columns)
}

/// Rows as columns.
pub(crate) fn encode(rows: &[Row], columns: Columns) -> RecordBatch {
    let arrays = wanted(columns).map(|column| (column.encode)(rows)).collect();
    RecordBatch::try_new(schema(columns), arrays).expect("the columns are those of the schema")
}

/// What is wrong with a file's columns, if anything.
pub(crate) fn check_schema(found: &Schema) -> Result<(), String> {
    for column in COLUMNS {
        let name = column.name;
        match found.field_with_name(name) {
            Err(_) if (column.wanted)(Columns::default()) => {
                return Err(format!("has no column `{name}`: not a file of decision records"));
            }
            Ok(there) if !alike(there.data_type(), &(column.data_type)()) => {
                let (there, expected) = (there.data_type(), (column.data_type)());
                return Err(format!("column `{name}` is {there}, expected {expected}"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether values of two types are stored alike. Other programs give the items of lists other names, and let them be null.
fn alike(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::FixedSizeList(a, n), DataType::FixedSizeList(b, m)) => {
            n == m && a.data_type() == b.data_type()
        }
        _ => a == b,
    }
}

/// Columns as rows; the batch must have passed [`check_schema`].
///
/// # Errors
/// One phrase for a value that no writer would write.
pub(crate) fn decode(batch: &RecordBatch) -> Result<Vec<Row>, String> {
    for column in COLUMNS {
        let has_nulls = |values| !column.nullable && has_nulls(values, &(column.data_type)());
        if batch.column_by_name(column.name).is_some_and(has_nulls) {
            return Err(format!("column `{}` has nulls", column.name));
        }
    }
    let read = Row::reader(batch);
    let row = |index| {
        let row = read(index)?;
        check(&row).map_err(|what| format!("seed {} ply {}: {what}", row.seed, row.ply))?;
        Ok(row)
    };
    (0..batch.num_rows()).map(row).collect()
}

/// Whether there are nulls where a type has none.
fn has_nulls(values: &ArrayRef, expected: &DataType) -> bool {
    let in_items = match expected {
        DataType::FixedSizeList(item, _) if !item.is_nullable() => {
            values.as_fixed_size_list().values().null_count() > 0
        }
        _ => false,
    };
    values.null_count() > 0 || in_items
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

#[cfg(test)]
mod tests;
