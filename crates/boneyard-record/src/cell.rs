//! What a column can hold: each type's form in Arrow, and the way there and back.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int8Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, FixedSizeListArray, PrimitiveArray, StringArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};
use boneyard_core::{BINS, Histogram, Mode, Stopped};
use boneyard_rules::{Bid, Declaration, RuleError, SLOTS, Seat};
use std::sync::Arc;

/// One value of a column.
pub(crate) trait Cell: Sized {
    /// Some rows have no value.
    const NULLABLE: bool = false;

    /// Arrow's type.
    fn data_type() -> DataType;

    /// A column of these.
    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef
    where
        Self: 'a;

    /// Reads any row of a column of this type: its value, or one phrase on why no writer would write it.
    fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String>;

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

                fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
                    let numbers = column.as_primitive::<$arrow>().values();
                    |row| Ok(numbers[row])
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

                fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
                    let number = <$stored>::reader(column);
                    move |row| {
                        Self::new(u64::from(number(row)?)).map_err(|error: RuleError| error.to_string())
                    }
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

    fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
        let bits = column.as_boolean();
        |row| Ok(bits.value(row))
    }
}

/// Names from a list, stored as text.
macro_rules! names {
    ($($type:ty: $all:ident, $what:literal;)*) => {
        $(
            impl Cell for $type {
                fn data_type() -> DataType {
                    DataType::Utf8
                }

                fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
                    Arc::new(StringArray::from_iter_values(cells.map(|cell| cell.name())))
                }

                fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
                    let names = column.as_string::<i32>();
                    |row| {
                        let name = names.value(row);
                        let found = Self::$all.into_iter().find(|it| it.name() == name);
                        found.ok_or_else(|| format!("`{name}` is not {}", $what))
                    }
                }
            }
        )*
    };
}

names! {
    Mode: ALL, "a mode";
    Stopped: EVERY, "a reason to stop";
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

                fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
                    let (lists, _) = items::<$arrow>(column).values().as_chunks();
                    |row| Ok(lists[row])
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

    fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
        let (slots, _) = items::<UInt32Type>(column).values().as_chunks::<BINS>();
        let (histograms, _) = slots.as_chunks();
        |row| Ok(Box::new(histograms[row]))
    }
}

/// Lists that are large where a row rarely has one.
impl<const N: usize> Cell for Box<[i8; N]> {
    fn data_type() -> DataType {
        <[i8; N]>::data_type()
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
        <[i8; N]>::encode(cells.map(AsRef::as_ref))
    }

    fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
        let list = <[i8; N]>::reader(column);
        move |row| list(row).map(Box::new)
    }
}

/// Text of many rows alike.
impl Cell for Arc<str> {
    fn data_type() -> DataType {
        DataType::Utf8
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(cells))
    }

    fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
        let texts = column.as_string::<i32>();
        |row| Ok(texts.value(row).into())
    }
}

/// Whole numbers by slot; null where there is none.
impl Cell for [Option<i8>; SLOTS] {
    fn data_type() -> DataType {
        list(DataType::Int8, SLOTS, true)
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
        let items: PrimitiveArray<Int8Type> = cells.flatten().copied().collect();
        Arc::new(FixedSizeListArray::new(item(DataType::Int8, true), SLOTS as i32, Arc::new(items), None))
    }

    fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
        let items = items::<Int8Type>(column);
        |row| {
            let item = |at| items.is_valid(at).then(|| items.value(at));
            Ok(std::array::from_fn(|slot| item(row * SLOTS + slot)))
        }
    }
}

/// By slot; null where there is no estimate, with a NaN behind it for readers that do without nulls.
impl Cell for [Option<f32>; SLOTS] {
    fn data_type() -> DataType {
        list(DataType::Float32, SLOTS, true)
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
        let items: Vec<Option<f32>> = cells.flatten().copied().collect();
        let there = NullBuffer::from_iter(items.iter().map(Option::is_some));
        let numbers = items.into_iter().map(|number| number.unwrap_or(f32::NAN)).collect();
        let items = Arc::new(PrimitiveArray::<Float32Type>::new(numbers, Some(there)));
        Arc::new(FixedSizeListArray::new(item(DataType::Float32, true), SLOTS as i32, items, None))
    }

    fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
        let items = items::<Float32Type>(column);
        |row| {
            let item = |at| items.is_valid(at).then(|| items.value(at));
            Ok(std::array::from_fn(|slot| item(row * SLOTS + slot)))
        }
    }
}

/// A number that some rows have not: null there, with a NaN behind it for readers that do without nulls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Maybe(pub Option<f32>);

impl Cell for Maybe {
    const NULLABLE: bool = true;

    fn data_type() -> DataType {
        DataType::Float32
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
        let cells: Vec<Option<f32>> = cells.map(|cell| cell.0).collect();
        let there = NullBuffer::from_iter(cells.iter().map(Option::is_some));
        let numbers = cells.into_iter().map(|number| number.unwrap_or(f32::NAN)).collect();
        Arc::new(PrimitiveArray::<Float32Type>::new(numbers, Some(there)))
    }

    fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
        let numbers = column.as_primitive::<Float32Type>();
        |row| Ok(Self(numbers.is_valid(row).then(|| numbers.value(row))))
    }
}

/// A column that a run may leave out.
///
/// # Panics
/// `encode` without a value: rows of a run that records the column have one.
impl<T: Cell> Cell for Option<T> {
    const NULLABLE: bool = T::NULLABLE;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn encode<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef
    where
        Self: 'a,
    {
        T::encode(cells.map(|cell| cell.as_ref().expect("the run records this column")))
    }

    fn reader(column: &ArrayRef) -> impl Fn(usize) -> Result<Self, String> {
        let value = T::reader(column);
        move |row| value(row).map(Some)
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

/// The items of all rows of a list column, one row after the other.
fn items<T: ArrowPrimitiveType>(column: &ArrayRef) -> &PrimitiveArray<T> {
    column.as_fixed_size_list().values().as_primitive()
}
