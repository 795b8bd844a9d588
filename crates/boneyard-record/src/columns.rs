//! Rows as columns and back.

use crate::cell::type_name;
use crate::column::{Column, Stored};
use crate::label::{LabelColumns, LabelRow};
use crate::row::{Columns, Row};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use boneyard_core::DecisionRecord;
use std::sync::Arc;

fn wanted<R: Stored>(columns: R::Options) -> impl Iterator<Item = &'static Column<R>> {
    R::COLUMNS.iter().filter(move |column| (column.wanted)(columns))
}

/// The columns of decisions, in order.
pub fn schema(columns: Columns) -> SchemaRef {
    schema_of::<Row>(columns)
}

/// The columns of any table, in order.
pub(crate) fn schema_of<R: Stored>(columns: R::Options) -> SchemaRef {
    Arc::new(Schema::new(fields::<R>(columns)))
}

/// Each column with its type.
pub(crate) fn fields<R: Stored>(columns: R::Options) -> Vec<Field> {
    wanted::<R>(columns)
        .map(|column| Field::new(column.name, (column.data_type)(), column.nullable))
        .collect()
}

/// All columns of decisions as the table of `docs/RECORD.md`: name, type, unit and meaning.
pub fn table() -> String {
    table_of::<Row>(Columns { histogram: true, correction: true, weights: true, plays: true })
}

/// All columns of labels as the table of `docs/RECORD.md`.
pub fn label_table() -> String {
    table_of::<LabelRow>(LabelColumns { tokens: true })
}

/// The same, of the columns of one dataset.
pub(crate) fn table_of<R: Stored>(columns: R::Options) -> String {
    let mut text = "| column | type | unit | meaning |\n|---|---|---|---|\n".to_owned();
    for column in wanted::<R>(columns) {
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
pub(crate) fn encode<R: Stored>(rows: &[R], columns: R::Options) -> RecordBatch {
    let arrays = wanted::<R>(columns).map(|column| (column.encode)(rows)).collect();
    RecordBatch::try_new(schema_of::<R>(columns), arrays).expect("the columns are those of the schema")
}

/// What is wrong with a file's columns, if anything.
pub(crate) fn check_schema<R: Stored>(found: &Schema) -> Result<(), String> {
    for column in R::COLUMNS {
        let name = column.name;
        match found.field_with_name(name) {
            Err(_) if (column.wanted)(R::Options::default()) => {
                return Err(format!("has no column `{name}`: not a file of {}", R::WHAT));
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
pub(crate) fn decode<R: Stored>(batch: &RecordBatch) -> Result<Vec<R>, String> {
    for column in R::COLUMNS {
        let has_nulls = |values| !column.nullable && has_nulls(values, &(column.data_type)());
        if batch.column_by_name(column.name).is_some_and(has_nulls) {
            return Err(format!("column `{}` has nulls", column.name));
        }
    }
    let read = R::reader(batch);
    let row = |index| {
        let row = read(index)?;
        row.check().map_err(|what| format!("seed {} ply {}: {what}", row.seed(), row.ply()))?;
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

#[cfg(test)]
mod tests;
