//! What the table of columns says of each.

use arrow_array::ArrayRef;
use arrow_schema::DataType;

/// Which optional columns there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// `q_histogram`.
    pub histogram: bool,
    /// `e_q_se`.
    pub standard_error: bool,
}

/// One column of rows `T`.
pub(crate) struct Column<T> {
    pub(crate) name: &'static str,
    pub(crate) data_type: fn() -> DataType,
    pub(crate) unit: &'static str,
    /// Lines of text.
    pub(crate) meaning: &'static [&'static str],
    pub(crate) wanted: fn(Columns) -> bool,
    pub(crate) encode: fn(&[T]) -> ArrayRef,
}
