//! The `.safetensors` format: a length, a header in JSON, the numbers.

use super::{Source, Stored, Weights, WeightsError};
use candle_core::DType;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Looks at a file without copying its numbers.
pub fn read(bytes: &[u8]) -> Result<Source<'_>, WeightsError> {
    let (header_length, header) = SafeTensors::read_metadata(bytes).map_err(|error| {
        WeightsError::format(format!("neither a PyTorch checkpoint nor safetensors: {error}"))
    })?;
    // The reader has held shapes, offsets and the file's length against each other.
    let numbers = &bytes[size_of::<u64>() + header_length..];
    let mut source = Source::default();
    // By name, so that of many faults the same one is named each time.
    for (name, tensor) in header.tensors().into_iter().collect::<BTreeMap<_, _>>() {
        let dtype = match tensor.dtype {
            Dtype::F32 => DType::F32,
            Dtype::F64 => DType::F64,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            other => {
                return Err(WeightsError::format(format!("tensor {name} holds {other:?}, expected floats")));
            }
        };
        let (start, end) = tensor.data_offsets;
        let bytes = Cow::Borrowed(&numbers[start..end]);
        source.put(&name, Stored { dtype, shape: tensor.shape.clone(), bytes })?;
    }
    let said = |key| header.metadata().as_ref().and_then(|metadata| metadata.get(key));
    source.heads = match said("n_heads") {
        None => None,
        Some(heads) => Some(heads.parse().map_err(|_| {
            WeightsError::format(format!("n_heads is `{}`, expected a number", heads.escape_debug()))
        })?),
    };
    source.loss_mode = said("loss_mode").cloned();
    Ok(source)
}

/// Writes a file: in f32, in the order of computation, with what shapes do not tell as metadata. The same weights
/// always make the same bytes.
pub fn write(weights: &Weights) -> Vec<u8> {
    let mut metadata = Map::new();
    metadata.insert("n_heads".to_owned(), weights.architecture().heads.to_string().into());
    if let Some(loss_mode) = weights.loss_mode() {
        metadata.insert("loss_mode".to_owned(), loss_mode.into());
    }
    let mut header = Map::new();
    header.insert("__metadata__".to_owned(), Value::Object(metadata));
    let mut numbers = Vec::with_capacity(4 * weights.architecture().parameters());
    for (name, tensor) in weights.tensors() {
        let start = numbers.len();
        numbers.extend(tensor.data.iter().flat_map(|number| number.to_le_bytes()));
        let offsets = [start, numbers.len()];
        let entry = json!({ "dtype": "F32", "shape": tensor.shape, "data_offsets": offsets });
        header.insert(name.to_owned(), entry);
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    // So that the numbers are aligned in the file.
    header.resize(header.len().next_multiple_of(8), b' ');
    [&(header.len() as u64).to_le_bytes()[..], &header, &numbers].concat()
}
