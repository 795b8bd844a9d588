//! What a file says of its tensors, before their numbers are read; and then their numbers, each storage's once.

use super::architecture::Shapes;
use super::archive::Contents;
use super::input::Input;
use super::numbers::{Kind, Layout, MOST_DIMENSIONS};
use super::{Tensor, WeightsError};
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::ops::Range;

/// A part of the file that holds numbers of one kind.
pub struct Storage {
    pub part: Range<u64>,
    pub kind: Kind,
    pub big_endian: bool,
    /// The name and checksum of all of it, if it has one.
    pub sealed: Option<(String, Contents)>,
}

/// What a file says, before it is known to make sense.
#[derive(Default)]
pub struct Source {
    storages: Vec<Storage>,
    /// By name: the number of the storage, and where in it.
    tensors: BTreeMap<String, (usize, Layout)>,
    /// Numbers of all tensors together, in bytes of the file.
    claimed: u64,
    pub heads: Option<usize>,
    pub loss_mode: Option<String>,
}

impl Source {
    /// A storage more; its number.
    pub fn add(&mut self, storage: Storage) -> usize {
        self.storages.push(storage);
        self.storages.len() - 1
    }

    /// A tensor more, whose name must be new.
    pub fn put(&mut self, name: &str, storage: usize, layout: Layout) -> Result<(), WeightsError> {
        let dimensions = layout.shape.len();
        if dimensions > MOST_DIMENSIONS {
            let what = format!("it has {dimensions} dimensions, expected at most {MOST_DIMENSIONS}");
            return Err(WeightsError::format(what));
        }
        let Storage { part, kind, .. } = &self.storages[storage];
        let size = kind.size() as u64;
        let numbers = (part.end - part.start) / size;
        let claimed = layout.span().filter(|span| span.end as u64 <= numbers).and_then(|_| layout.count());
        let claimed = claimed.and_then(|count| self.claimed.checked_add((count as u64).checked_mul(size)?));
        self.claimed = claimed.ok_or_else(|| {
            WeightsError::format(format!(
                "its shape {:?} claims more numbers than the file has",
                layout.shape
            ))
        })?;
        self.tensors.insert(name.to_owned(), (storage, layout));
        Ok(())
    }

    /// The shapes by name.
    pub fn shapes(&self) -> Shapes {
        self.tensors.iter().map(|(name, (_, layout))| (name.clone(), layout.shape.clone())).collect()
    }

    /// The tensors of these names, which must be there, with their numbers.
    pub fn load<R: Read + Seek>(
        &self,
        input: &mut Input<R>,
        names: Vec<String>,
    ) -> Result<Vec<(String, Tensor)>, WeightsError> {
        if self.claimed > input.length() {
            return Err(WeightsError::format("its tensors together claim more numbers than the file has"));
        }
        let layout = |i: usize| &self.tensors[&names[i]].1;
        let span = |i: usize| layout(i).span().unwrap_or_default();
        let mut by_storage: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, name) in names.iter().enumerate() {
            by_storage.entry(self.tensors[name].0).or_default().push(i);
        }
        let mut loaded: Vec<Option<Tensor>> = vec![None; names.len()];
        for (storage, members) in by_storage {
            let storage = &self.storages[storage];
            let start = members.iter().map(|&i| span(i).start).min().unwrap_or(0);
            let end = members.iter().map(|&i| span(i).end).max().unwrap_or(0);
            let bytes = storage.bytes(input, start..end)?;
            let size = storage.kind.size();
            for i in members {
                let own = &bytes[(span(i).start - start) * size..(span(i).end - start) * size];
                let data = layout(i).decode(storage.kind, storage.big_endian, own);
                let tensor = Tensor { shape: layout(i).shape.clone(), data };
                check_finite(&names[i], &tensor)?;
                loaded[i] = Some(tensor);
            }
        }
        Ok(names.into_iter().zip(loaded.into_iter().flatten()).collect())
    }
}

impl Storage {
    /// The bytes of some of its numbers; all of it has passed if it has a checksum.
    fn bytes<R: Read + Seek>(
        &self,
        input: &mut Input<R>,
        numbers: Range<usize>,
    ) -> Result<Vec<u8>, WeightsError> {
        let size = self.kind.size() as u64;
        let (start, end) = (numbers.start as u64 * size, numbers.end as u64 * size);
        let Some((name, contents)) = &self.sealed else {
            let bytes = input.piece(self.part.start + start, end - start)?;
            return bytes.ok_or_else(|| WeightsError::format("it has become shorter while it was read"));
        };
        let mut bytes = Vec::with_capacity((end - start) as usize);
        let mut checksum = crc32fast::Hasher::new();
        let mut at = 0;
        input.pass(self.part.start, self.part.end - self.part.start, |chunk| {
            checksum.update(chunk);
            let inside = |edge: u64| edge.saturating_sub(at).min(chunk.len() as u64) as usize;
            bytes.extend_from_slice(&chunk[inside(start)..inside(end)]);
            at += chunk.len() as u64;
        })?;
        contents.check(checksum.finalize(), name)?;
        Ok(bytes)
    }
}

fn check_finite(name: &str, tensor: &Tensor) -> Result<(), WeightsError> {
    match tensor.data.iter().position(|number| !number.is_finite()) {
        None => Ok(()),
        Some(index) => Err(WeightsError::NotFinite {
            name: name.to_owned(),
            shape: tensor.shape.clone(),
            value: tensor.data[index].to_string(),
            index,
        }),
    }
}
