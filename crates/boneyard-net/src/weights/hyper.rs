//! Hyper-parameters: dictionaries, dictionaries of a trainer's own class, or objects with attributes.

use super::pickle::{Pickle, Value};
use super::{WeightsError, heads};
use std::slice::from_ref;

/// What the value of the only entry with this key is.
pub fn get(pickle: &Pickle<'_>, object: Value, key: &str) -> Result<Option<Value>, WeightsError> {
    let mut values = entries(pickle, object).filter(|&(name, _)| pickle.is(name, key));
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(|(_, value)| value)),
        _ => Err(WeightsError::format(format!("the checkpoint has two entries {key}"))),
    }
}

/// What an object holds by key, and by attribute: a class that takes its attributes from a dictionary has it as its state,
/// alone or in a pair with that of slots.
fn entries(pickle: &Pickle<'_>, value: Value) -> impl Iterator<Item = (Value, Value)> {
    let object = pickle.object(value).into_iter();
    let items = object.clone().flat_map(|object| &object.items);
    let states = object.flat_map(|object| match pickle.tuple(object.state) {
        Some(pair) if pair.len() == 2 => pair,
        _ => from_ref(&object.state),
    });
    let attributes = states.filter_map(|&state| pickle.object(state)).flat_map(|state| &state.items);
    items.chain(attributes).copied()
}

/// The number of attention heads, under whatever names.
pub fn heads(pickle: &Pickle<'_>, hyper: Value) -> Result<Option<usize>, WeightsError> {
    let mut said = Vec::new();
    for name in heads::NAMES {
        let Some(value) = get(pickle, hyper, name)? else { continue };
        let heads = integer(pickle, value).and_then(|heads| usize::try_from(heads).ok());
        let refuse = || WeightsError::format(format!("{name} is not a number of attention heads"));
        said.push((name, heads.ok_or_else(refuse)?));
    }
    heads::agreed(&said)
}

/// What the network was trained for, if that is said.
pub fn loss_mode(pickle: &Pickle<'_>, hyper: Value) -> Result<Option<String>, WeightsError> {
    match get(pickle, hyper, "loss_mode")? {
        None | Some(Value::Other) => Ok(None),
        Some(value) => match pickle.text(value) {
            Some(mode) => Ok(Some(mode.to_owned())),
            None => Err(WeightsError::format("loss_mode is not a name")),
        },
    }
}

/// An integer of Python or of NumPy.
fn integer(pickle: &Pickle<'_>, value: Value) -> Option<i64> {
    if let Value::Int(number) = value {
        return Some(number);
    }
    let ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar", &[dtype, data]) =
        pickle.call(value)?
    else {
        return None;
    };
    let ("numpy", "dtype", [name, ..]) = pickle.call(dtype)? else { return None };
    let (signed, size) = match pickle.text(*name)?.split_at_checked(1)? {
        ("i", size) => (true, size),
        ("u", size) => (false, size),
        _ => return None,
    };
    let order = pickle.tuple(pickle.object(dtype)?.state)?.get(1).and_then(|&order| pickle.text(order));
    let mut bytes = bytes(pickle, data)?;
    if order == Some(">") {
        bytes.reverse();
    }
    if !(1..=8).contains(&bytes.len()) || size.parse() != Ok(bytes.len()) {
        return None;
    }
    let negative = signed && bytes.last().is_some_and(|last| last & 0x80 != 0);
    bytes.resize(8, if negative { 0xff } else { 0 });
    let bytes = bytes.try_into().ok()?;
    if signed { Some(i64::from_le_bytes(bytes)) } else { u64::from_le_bytes(bytes).try_into().ok() }
}

/// Bytes, which protocol 2 writes as a text that is to be encoded.
fn bytes(pickle: &Pickle<'_>, value: Value) -> Option<Vec<u8>> {
    if let Some(bytes) = pickle.bytes(value) {
        return (bytes.len() <= 8).then(|| bytes.to_vec());
    }
    let ("_codecs", "encode", &[text, _]) = pickle.call(value)? else { return None };
    pickle.text(text)?.chars().take(9).map(|letter| u8::try_from(letter).ok()).collect()
}
