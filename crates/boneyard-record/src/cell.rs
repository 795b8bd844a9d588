//! What a column can hold: each type's form in Arrow, and the way there and back.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int8Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, FixedSizeListArray, PrimitiveArray, StringArray,
};
use arrow_schema::{DataType, Field};
use boneyard_core::{BINS, Histogram, Mode};
use boneyard_rules::{Bid, Declaration, RuleError, SLOTS, Seat};
use std::sync::Arc;

/// One value of a column.
pub(crate) trait Cell: Sized {
    /// Arrow's type.
    fn data_type() -> DataType;

    /// A column of these.
    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef
    where
        Self: 'a;

    /// The value in a row of a column of this type, or one phrase on why no writer would write it.
    fn decode(column: &ArrayRef, row: usize) -> Result<Self, String>;

    /// What stands for a column that is not there; `None` if it must be.
    fn absent() -> Option<Self> {
        None
    }
}

/// The type as the documentation writes it: `u8`, `7 × f32`, `text`.
pub(crate) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::FixedSizeList(item, n) => format!("{n} × {}", type_name(item.data_type())),
        DataType::Utf8 => "text".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Float32 => "f32".to_owned(),
        DataType::Int8 => "i8".to_owned(),
        other => other.to_string().replace("UInt", "u"),
    }
}

macro_rules! numbers {
    ($($type:ty: $arrow:ty;)*) => {
        $(
            impl Cell for $type {
                fn data_type() -> DataType {
                    <$arrow>::DATA_TYPE
                }

                fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
                    Arc::new(PrimitiveArray::<$arrow>::from_iter_values(cells.copied()))
                }

                fn decode(column: &ArrayRef, row: usize) -> Result<Self, String> {
                    Ok(column.as_primitive::<$arrow>().value(row))
                }
            }
        )*
    };
}

numbers! {
    u8: UInt8Type;
    u16: UInt16Type;
    u32: UInt32Type;
    u64: UInt64Type;
    i8: Int8Type;
    f32: Float32Type;
}

/// Types of the rules, stored as the number in which `$number` gives them.
macro_rules! numbered {
    ($($type:ty: $stored:ty, $number:ident;)*) => {
        $(
            impl Cell for $type {
                fn data_type() -> DataType {
                    <$stored>::data_type()
                }

                fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
                    <$stored>::encode(cells.map(|cell| cell.$number()).collect::<Vec<_>>().iter())
                }

                fn decode(column: &ArrayRef, row: usize) -> Result<Self, String> {
                    let number = u64::from(<$stored>::decode(column, row)?);
                    Self::new(number).map_err(|error: RuleError| error.to_string())
                }
            }
        )*
    };
}

numbered! {
    Declaration: u8, id;
    Seat: u8, id;
    Bid: u16, value;
}

impl Cell for bool {
    fn data_type() -> DataType {
        DataType::Boolean
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(BooleanArray::from_iter(cells.copied().map(Some)))
    }

    fn decode(column: &ArrayRef, row: usize) -> Result<Self, String> {
        Ok(column.as_boolean().value(row))
    }
}

impl Cell for Mode {
    fn data_type() -> DataType {
        DataType::Utf8
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(cells.map(|mode| mode.name())))
    }

    fn decode(column: &ArrayRef, row: usize) -> Result<Self, String> {
        let name = column.as_string::<i32>().value(row);
        let mode = (0..).map_while(Self::from_code).find(|mode| mode.name() == name);
        mode.ok_or_else(|| format!("`{name}` is not a mode"))
    }
}

/// Lists of a fixed length whose items are never null.
macro_rules! lists {
    ($($item:ty: $arrow:ty;)*) => {
        $(
            impl<const N: usize> Cell for [$item; N] {
                fn data_type() -> DataType {
                    list(<$item>::data_type(), N, false)
                }

                fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
                    list_of::<$arrow>(N, cells.flatten().copied())
                }

                fn decode(column: &ArrayRef, row: usize) -> Result<Self, String> {
                    let items = column.as_fixed_size_list().value(row);
                    let items = items.as_primitive::<$arrow>();
                    Ok(std::array::from_fn(|index| items.value(index)))
                }
            }
        )*
    };
}

lists! {
    u8: UInt8Type;
    i8: Int8Type;
}

/// `[slot][bin]`, as one list.
impl Cell for Box<Histogram> {
    fn data_type() -> DataType {
        list(DataType::UInt32, SLOTS * BINS, false)
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
        list_of::<UInt32Type>(SLOTS * BINS, cells.flat_map(|counts| counts.as_flattened()).copied())
    }

    fn decode(column: &ArrayRef, row: usize) -> Result<Self, String> {
        let mut counts = Box::new([[0; BINS]; SLOTS]);
        let items = column.as_fixed_size_list().value(row);
        counts.as_flattened_mut().copy_from_slice(items.as_primitive::<UInt32Type>().values());
        Ok(counts)
    }
}

/// By slot; null where there is no estimate.
impl Cell for [Option<f32>; SLOTS] {
    fn data_type() -> DataType {
        list(DataType::Float32, SLOTS, true)
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
        let items = Arc::new(PrimitiveArray::<Float32Type>::from_iter(cells.flatten().copied()));
        Arc::new(FixedSizeListArray::new(item(DataType::Float32, true), SLOTS as i32, items, None))
    }

    fn decode(column: &ArrayRef, row: usize) -> Result<Self, String> {
        let items = column.as_fixed_size_list().value(row);
        let items = items.as_primitive::<Float32Type>();
        Ok(std::array::from_fn(|slot| items.is_valid(slot).then(|| items.value(slot))))
    }
}

/// A column that a run may leave out.
///
/// # Panics
/// `encode` without a value: rows of a run that records the column have one.
impl<T: Cell> Cell for Option<T> {
    fn data_type() -> DataType {
        T::data_type()
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef
    where
        Self: 'a,
    {
        T::encode(cells.map(|cell| cell.as_ref().expect("the run records this column")))
    }

    fn decode(column: &ArrayRef, row: usize) -> Result<Self, String> {
        T::decode(column, row).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

fn item(data_type: DataType, nullable: bool) -> Arc<Field> {
    Arc::new(Field::new_list_field(data_type, nullable))
}

fn list(data_type: DataType, n: usize, nullable: bool) -> DataType {
    DataType::FixedSizeList(item(data_type, nullable), n as i32)
}

fn list_of<T: ArrowPrimitiveType>(n: usize, items: impl Iterator<Item = T::Native>) -> ArrayRef {
    let items = Arc::new(PrimitiveArray::<T>::from_iter_values(items));
    Arc::new(FixedSizeListArray::new(item(T::DATA_TYPE, false), n as i32, items, None))
}
