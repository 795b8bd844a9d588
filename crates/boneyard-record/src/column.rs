//! Tables of columns: what a row holds, and its way into a file and back.

use crate::cell::Cell;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::DataType;

/// A row of one of the tables that datasets hold; made by the macro `columns`.
pub trait Stored: Clone + Sized + Send + Sync + 'static {
    /// Which optional columns there are; the default has none.
    type Options: Copy + Default;

    /// What its rows are, in the plural.
    const WHAT: &'static str;

    /// The columns, in order.
    const COLUMNS: &'static [Column<Self>];

    /// The seed of its game.
    fn seed(&self) -> u64;

    /// The ply of its decision.
    fn ply(&self) -> u8;

    /// Where it stands among the rows of its game.
    fn place(&self) -> (u8, u32);

    /// Reads any row of a batch that holds all columns but optional ones.
    fn reader(batch: &RecordBatch) -> impl Fn(usize) -> Result<Self, String>;

    /// Ranges that a reader may rely on.
    ///
    /// # Errors
    /// One phrase.
    fn check(&self) -> Result<(), String>;
}

/// What a table says of a column.
#[expect(missing_debug_implementations, reason = "functions have nothing to show")]
pub struct Column<R: Stored> {
    pub(crate) name: &'static str,
    pub(crate) data_type: fn() -> DataType,
    /// Some rows have no value.
    pub(crate) nullable: bool,
    pub(crate) unit: &'static str,
    /// Lines of text.
    pub(crate) meaning: &'static [&'static str],
    pub(crate) wanted: fn(R::Options) -> bool,
    pub(crate) encode: fn(&[R]) -> ArrayRef,
}

/// A table: what its row is called, what it is made of, which options it has, what its rows are, and the column by which those of
/// a decision are told apart (`ply` where there is one a decision). Then of each column: meaning, name, type, unit if it has one,
/// `if` and the option that asks for it unless all runs have it, and its value in the row of a record.
macro_rules! columns {
    (
        $(#[doc = $what:literal])+
        $row:ident of $record:ty, $options:ty, $plural:literal, $order:ident;
        $($(#[doc = $meaning:literal])+ $name:ident: $type:ty $(, $unit:literal)? $(, if $option:ident)? => $fill:expr;)+
    ) => {
        $(#[doc = $what])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $row {
            $(
                $(#[doc = $meaning])+
                $(#[doc = ""] #[doc = concat!("Unit: ", $unit, ".")])?
                pub $name: $type,
            )+
        }

        impl $row {
            /// Encodes a record.
            pub fn new(record: &$record, columns: $options) -> Self {
                Self { $($name: $crate::column::fill(record, true $(&& columns.$option)?, $fill),)+ }
            }
        }

        impl $crate::column::Stored for $row {
            type Options = $options;

            const WHAT: &'static str = $plural;

            const COLUMNS: &'static [$crate::column::Column<Self>] = &[
                $($crate::column::Column {
                    name: stringify!($name),
                    data_type: <$type as $crate::cell::Cell>::data_type,
                    nullable: <$type as $crate::cell::Cell>::NULLABLE,
                    unit: concat!($($unit)?),
                    meaning: &[$($meaning),+],
                    wanted: |_columns| true $(&& _columns.$option)?,
                    encode: |rows| -> arrow_array::ArrayRef {
                        $crate::cell::Cell::encode(rows.iter().map(|row| &row.$name))
                    },
                },)+
            ];

            fn seed(&self) -> u64 {
                self.seed
            }

            fn ply(&self) -> u8 {
                self.ply
            }

            fn place(&self) -> (u8, u32) {
                (self.ply, self.$order.into())
            }

            fn reader(batch: &arrow_array::RecordBatch) -> impl Fn(usize) -> Result<Self, String> {
                $(let $name = $crate::column::reader::<$type>(batch, stringify!($name));)+
                move |row| Ok(Self { $($name: $name(row)?,)+ })
            }

            fn check(&self) -> Result<(), String> {
                check(self)
            }
        }
    };
}

pub(crate) use columns;

/// What stands in a record's row.
pub(crate) fn fill<R, T: Cell>(record: &R, wanted: bool, value: impl Fn(&R) -> T) -> T {
    if wanted { value(record) } else { T::absent().expect("only optional columns have an option") }
}

/// Finds a column once for all rows.
pub(crate) fn reader<'a, T: Cell>(
    batch: &'a RecordBatch,
    name: &str,
) -> impl Fn(usize) -> Result<T, String> + use<'a, T> {
    let value = batch.column_by_name(name).map(T::reader);
    move |row| match &value {
        Some(value) => value(row),
        None => Ok(T::absent().expect("the schema has been checked")),
    }
}
