//! Checkpoints as `torch.save` writes them and Lightning fills them: a zip archive with one pickled dictionary and an
//! entry for the numbers of each storage, which tensors may share.
//!
//! Only `state_dict` and a few of the `hyper_parameters` are looked at, whatever else a trainer leaves there.

use super::archive::Archive;
use super::input::Input;
use super::names::{of_network, shown};
use super::numbers::{Kind, Layout, MOST_DIMENSIONS};
use super::pickle::{self, Pickle, Value};
use super::source::{Source, Storage};
use super::{WeightsError, hyper};
use std::collections::HashMap;
use std::io::{Read, Seek};

/// Looks at a checkpoint.
pub fn read<R: Read + Seek>(input: &mut Input<R>) -> Result<Source, WeightsError> {
    let archive = Archive::open(input)?;
    let folder = folder(&archive)?;
    let program = archive.read(input, &format!("{folder}data.pkl"), pickle::LONGEST)?.unwrap_or_default();
    let pickle = Pickle::read(&program)?;
    let missing = || WeightsError::format("the checkpoint has no state_dict");
    let state = hyper::get(&pickle, pickle.root, "state_dict")?.ok_or_else(missing)?;
    let state = pickle.object(state).ok_or_else(|| WeightsError::format("state_dict is not a dictionary"))?;
    let named = state.items.iter().filter_map(|&(name, value)| Some((pickle.text(name)?, value)));
    let mut tensors = Tensors {
        big_endian: is_big_endian(&archive, input, folder)?,
        input,
        archive: &archive,
        folder,
        pickle: &pickle,
        known: HashMap::new(),
        source: Source::default(),
    };
    for (name, value) in of_network(named)? {
        let put = tensors.put(&name, value);
        put.map_err(|what| match what {
            WeightsError::Format(what) => WeightsError::format(format!("tensor {}: {what}", shown(&name))),
            other => other,
        })?;
    }
    let mut source = tensors.source;
    if let Some(said) = hyper::get(&pickle, pickle.root, "hyper_parameters")? {
        source.heads = hyper::heads(&pickle, said)?;
        source.loss_mode = hyper::loss_mode(&pickle, said)?;
    }
    Ok(source)
}

/// The folder of the archive that everything lies in.
fn folder(archive: &Archive) -> Result<&str, WeightsError> {
    let mut found = archive.names().filter_map(|name| name.strip_suffix("data.pkl"));
    match (found.next(), found.next()) {
        (Some(folder), None) => Ok(folder),
        (None, _) => Err(WeightsError::format("the zip archive holds no data.pkl: not a PyTorch checkpoint")),
        _ => Err(WeightsError::format("the zip archive holds more than one data.pkl")),
    }
}

/// The order of the bytes of a number; files that do not say are of little-endian machines.
fn is_big_endian<R: Read + Seek>(
    archive: &Archive,
    input: &mut Input<R>,
    folder: &str,
) -> Result<bool, WeightsError> {
    match archive.read(input, &format!("{folder}byteorder"), 16)?.as_deref() {
        None | Some(b"little") => Ok(false),
        Some(b"big") => Ok(true),
        Some(other) => {
            let other = String::from_utf8_lossy(other);
            Err(WeightsError::format(format!("byteorder is `{}`, expected little or big", shown(&other))))
        }
    }
}

/// Tensors on their way from a pickle to a source.
struct Tensors<'a, R> {
    input: &'a mut Input<R>,
    archive: &'a Archive,
    folder: &'a str,
    pickle: &'a Pickle<'a>,
    big_endian: bool,
    /// Numbers of the storages that have been found, by key and kind.
    known: HashMap<(&'a str, Kind), usize>,
    source: Source,
}

impl<R: Read + Seek> Tensors<'_, R> {
    /// `torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, …)`, where storage is
    /// `("storage", type, key, device, length)`; it may be wrapped as a parameter.
    fn put(&mut self, name: &str, value: Value) -> Result<(), WeightsError> {
        let pickle = self.pickle;
        let read = || {
            let mut call = pickle.call(value)?;
            if let ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state", [inner, ..]) =
                call
            {
                call = pickle.call(*inner)?;
            }
            let ("torch._utils", "_rebuild_tensor_v2", &[storage, Value::Int(offset), shape, strides, ..]) =
                call
            else {
                return None;
            };
            let &[_, kind, key, ..] = pickle.tuple(pickle.outside(storage)?)? else { return None };
            let (_, kind) = pickle.class(kind)?;
            let (shape, strides) = (sizes(pickle, shape)?, sizes(pickle, strides)?);
            let layout = Layout { shape, strides, offset: offset.try_into().ok()? };
            Some((kind, pickle.text(key)?, layout))
        };
        let (kind, key, layout) =
            read().ok_or_else(|| WeightsError::format("not a tensor as PyTorch saves it"))?;
        let kind = match kind {
            "FloatStorage" => Kind::F32,
            "DoubleStorage" => Kind::F64,
            "HalfStorage" => Kind::F16,
            "BFloat16Storage" => Kind::Bf16,
            other => return Err(WeightsError::format(format!("a {}, expected floats", shown(other)))),
        };
        let storage = match self.known.get(&(key, kind)) {
            Some(&storage) => storage,
            None => {
                let storage = self.storage(key, kind)?;
                let storage = self.source.add(storage);
                self.known.insert((key, kind), storage);
                storage
            }
        };
        self.source.put(name, storage, layout)
    }

    /// What the archive holds under a key.
    fn storage(&mut self, key: &str, kind: Kind) -> Result<Storage, WeightsError> {
        let name = format!("{}data/{key}", self.folder);
        let contents = self.archive.find(self.input, &name)?;
        let contents = contents
            .ok_or_else(|| WeightsError::format(format!("the checkpoint has no entry {}", shown(&name))))?;
        Ok(Storage {
            part: contents.part.clone(),
            kind,
            big_endian: self.big_endian,
            sealed: Some((name, contents)),
        })
    }
}

fn sizes(pickle: &Pickle<'_>, value: Value) -> Option<Vec<usize>> {
    let size = |&value: &Value| if let Value::Int(size) = value { size.try_into().ok() } else { None };
    // One long tuple could be the shape of many tensors.
    pickle.tuple(value).filter(|sizes| sizes.len() <= MOST_DIMENSIONS)?.iter().map(size).collect()
}
