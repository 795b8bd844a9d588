//! Columns as arrays of NumPy that share their memory.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Int8Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use boneyard::core::{Mode, Stopped};
use numpy::ndarray::{ArrayView, Dimension, IntoDimension, Ix1, Ix2};
use numpy::{Element, IntoPyArray, PyArray, PyArrayMethods};
use pyo3::prelude::*;

/// Keeps the memory of a column as long as an array looks at it.
#[pyclass(frozen, module = "boneyard._boneyard")]
struct Column(#[expect(dead_code, reason = "it is only kept")] ArrayRef);

/// A column as an array: `[N]`, or `[N, items]` for lists. Numbers share its memory and cannot be written to; truth values
/// and names, which are codes of one byte, are copies.
pub fn array<'py>(py: Python<'py>, column: &ArrayRef) -> PyResult<Bound<'py, PyAny>> {
    let rows = column.len();
    match column.data_type() {
        DataType::Boolean => {
            let bits = column.as_boolean();
            Ok((0..rows).map(|row| bits.value(row)).collect::<Vec<bool>>().into_pyarray(py).into_any())
        }
        DataType::Utf8 => {
            let names = column.as_string::<i32>();
            let code = |name: &str| {
                let mode = Mode::ALL.into_iter().find(|mode| mode.name() == name).map(|it| it as u8);
                let stopped = Stopped::EVERY.into_iter().find(|it| it.name() == name).map(|it| it as u8);
                mode.or(stopped).unwrap_or(0)
            };
            Ok((0..rows).map(|row| code(names.value(row))).collect::<Vec<u8>>().into_pyarray(py).into_any())
        }
        DataType::FixedSizeList(item, n) => {
            let items = column.as_fixed_size_list().values();
            shared_as::<Ix2>(py, items, item.data_type(), (rows, *n as usize))
        }
        other => shared_as::<Ix1>(py, column, other, rows),
    }
}

fn shared_as<'py, D: Dimension>(
    py: Python<'py>,
    column: &ArrayRef,
    data_type: &DataType,
    shape: impl IntoDimension<Dim = D>,
) -> PyResult<Bound<'py, PyAny>> {
    match data_type {
        DataType::Float32 => shared::<Float32Type, D>(py, column, shape),
        DataType::Int8 => shared::<Int8Type, D>(py, column, shape),
        DataType::UInt8 => shared::<UInt8Type, D>(py, column, shape),
        DataType::UInt16 => shared::<UInt16Type, D>(py, column, shape),
        DataType::UInt32 => shared::<UInt32Type, D>(py, column, shape),
        DataType::UInt64 => shared::<UInt64Type, D>(py, column, shape),
        other => unreachable!("no column holds {other}"),
    }
}

fn shared<'py, T, D>(
    py: Python<'py>,
    column: &ArrayRef,
    shape: impl IntoDimension<Dim = D>,
) -> PyResult<Bound<'py, PyAny>>
where
    T: ArrowPrimitiveType<Native: Element>,
    D: Dimension,
{
    let keeper = Bound::new(py, Column(column.clone()))?;
    let values = column.as_primitive::<T>().values();
    let view = ArrayView::from_shape(shape.into_dimension(), values).expect("a column has all its rows");
    // SAFETY: the memory that the view looks at belongs to a clone of the column, which the array keeps alive and nobody
    // changes: the array is made read-only before anybody has it.
    let array: Bound<'py, PyArray<T::Native, D>> =
        unsafe { PyArray::borrow_from_array(&view, keeper.into_any()) };
    array.readwrite().make_nonwriteable();
    Ok(array.into_any())
}

/// Rows of N numbers as an array `[rows, N]`.
pub fn rows<'py, T: Element, const N: usize>(
    py: Python<'py>,
    rows: Vec<[T; N]>,
) -> PyResult<Bound<'py, PyAny>> {
    let n = rows.len();
    Ok(rows.into_flattened().into_pyarray(py).reshape([n, N])?.into_any())
}

/// Numbers as an array.
pub fn column<T: Element>(py: Python<'_>, rows: Vec<T>) -> Bound<'_, PyAny> {
    rows.into_pyarray(py).into_any()
}

/// A mask of slots.
pub fn slots(slots: u8) -> [bool; 7] {
    [0, 1, 2, 3, 4, 5, 6].map(|slot| slots >> slot & 1 == 1)
}

/// A number a legal slot, NaN elsewhere.
pub fn numbers(legal: u8, value: impl Fn(usize) -> Option<f64>) -> [f32; 7] {
    [0, 1, 2, 3, 4, 5, 6].map(|slot| {
        let value = if legal >> slot & 1 == 1 { value(slot) } else { None };
        value.map_or(f32::NAN, |value| value as f32)
    })
}
