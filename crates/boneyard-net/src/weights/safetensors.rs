//! The `.safetensors` format: a length, a header in JSON, the numbers.

use super::input::{Input, hex};
use super::names::{cut, of_network, shown};
use super::numbers::{Kind, Layout};
use super::source::{Source, Storage};
use super::{Weights, WeightsError, heads};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Seek, Write};

/// Longest header, in bytes; one takes some 100 bytes a tensor, and networks of this kind have 20 to 3,100 tensors.
const LONGEST_HEADER: u64 = 1 << 20;
/// The length of the header comes first.
const LENGTH: u64 = 8;

/// Looks at a file.
pub fn read<R: Read + Seek>(input: &mut Input<R>) -> Result<Source, WeightsError> {
    let refuse = |what: &dyn fmt::Display| {
        let what = cut(&what.to_string(), 200);
        WeightsError::format(format!("neither a PyTorch checkpoint nor safetensors: {what}"))
    };
    let length = input.piece(0, LENGTH)?.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    let length = length.filter(|&length| length > 0).ok_or_else(|| refuse(&"it has no header"))?;
    if length > LONGEST_HEADER {
        return Err(refuse(&format_args!("a header of {length} bytes, expected at most {LONGEST_HEADER}")));
    }
    let header = input.piece(LENGTH, length)?.ok_or_else(|| refuse(&"its header is cut short"))?;
    let Header { said, tensors } = serde_json::from_slice(&header).map_err(|error| refuse(&error))?;
    let start = LENGTH + length;
    check(&tensors, input.length() - start).map_err(|error| refuse(&error))?;
    let mut source = Source::default();
    for (name, info) in of_network(tensors.iter().map(|(name, info)| (name.as_str(), info)))? {
        let kind = match info.dtype {
            Dtype::F32 => Kind::F32,
            Dtype::F64 => Kind::F64,
            Dtype::F16 => Kind::F16,
            Dtype::BF16 => Kind::Bf16,
            other => {
                let what = format!("tensor {} holds {other:?}, expected floats", shown(&name));
                return Err(WeightsError::format(what));
            }
        };
        let (from, to) = info.data_offsets;
        let part = start + from as u64..start + to as u64;
        let storage = source.add(Storage { part, kind, big_endian: false, sealed: None });
        source.put(&name, storage, Layout::dense(info.shape.clone()))?;
    }
    let mut named = Vec::new();
    for name in heads::NAMES {
        let Some(heads) = said.get(name) else { continue };
        let number = heads
            .parse()
            .map_err(|_| WeightsError::format(format!("{name} is `{}`, expected a number", shown(heads))))?;
        named.push((name, number));
    }
    source.heads = heads::agreed(&named)?;
    source.loss_mode = said.get("loss_mode").cloned();
    Ok(source)
}

/// Shapes, offsets and the number of bytes that follow the header agree, which the format's own reader tells.
fn check(tensors: &BTreeMap<String, TensorInfo>, rest: u64) -> Result<(), String> {
    let mut tensors: Vec<_> = tensors.clone().into_iter().collect();
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    let held = Metadata::new(None, tensors).map_err(|error| error.to_string())?.data_len();
    if held as u64 == rest {
        Ok(())
    } else {
        Err(format!("its tensors have {held} bytes, but {rest} follow the header"))
    }
}

/// What a header says.
struct Header {
    /// `__metadata__`.
    said: BTreeMap<String, String>,
    tensors: BTreeMap<String, TensorInfo>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Header, M::Error> {
                let (mut said, mut tensors) = (None, BTreeMap::new());
                while let Some(key) = map.next_key::<String>()? {
                    if key != "__metadata__" {
                        put(&mut tensors, key, map.next_value()?)?;
                    } else if said.replace(map.next_value::<Said>()?.0).is_some() {
                        return Err(M::Error::duplicate_field("__metadata__"));
                    }
                }
                Ok(Header { said: said.unwrap_or_default(), tensors })
            }
        }

        from.deserialize_map(Reader)
    }
}

/// A text by key.
struct Said(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Said;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Said, M::Error> {
                let mut said = BTreeMap::new();
                while let Some((key, value)) = map.next_entry()? {
                    put(&mut said, key, value)?;
                }
                Ok(Said(said))
            }
        }

        from.deserialize_map(Reader)
    }
}

/// Keys that come twice are what JSON leaves open: they are refused.
fn put<T, E: Error>(entries: &mut BTreeMap<String, T>, key: String, value: T) -> Result<(), E> {
    if entries.contains_key(&key) {
        return Err(E::custom(format_args!("two entries are called {}", shown(&key))));
    }
    entries.insert(key, value);
    Ok(())
}

/// Writes a file: in f32, in the order of computation, with what shapes do not tell as metadata.
pub fn write(weights: &Weights, mut out: impl Write) -> io::Result<String> {
    let mut metadata = Map::new();
    metadata.insert("n_heads".to_owned(), weights.architecture().heads.to_string().into());
    if let Some(loss_mode) = weights.loss_mode() {
        metadata.insert("loss_mode".to_owned(), loss_mode.into());
    }
    let mut header = Map::new();
    header.insert("__metadata__".to_owned(), Value::Object(metadata));
    let mut end = 0;
    for (name, tensor) in weights.tensors() {
        let start = end;
        end += 4 * tensor.data.len();
        let entry = json!({ "dtype": "F32", "shape": tensor.shape, "data_offsets": [start, end] });
        header.insert(name.to_owned(), entry);
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    // So that the numbers are aligned in the file.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut hasher = Sha256::new();
    let mut put = |bytes: &[u8]| {
        hasher.update(bytes);
        out.write_all(bytes)
    };
    put(&(header.len() as u64).to_le_bytes())?;
    put(&header)?;
    for (_, tensor) in weights.tensors() {
        for numbers in tensor.data.chunks(1 << 14) {
            let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            put(&bytes)?;
        }
    }
    Ok(hex(&hasher.finalize()))
}
