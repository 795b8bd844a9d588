//! What is there of a dataset, found out by looking.

use crate::block::Block;
use crate::home::list;
use crate::layout::{Layout, Part, is_hidden};
use crate::publish::exists;
use crate::{Blocks, Error, Manifest, Result, Seeds, Split, Wanted};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// How much is believed of the files that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Nothing: every file is read, and its checksum, configuration and games are compared.
    #[default]
    Nothing,
    /// That files with the right names that are not empty hold what they should.
    Names,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// These games.
    Games(Seeds),
    /// It must be made again.
    Damaged(String),
}

/// The files of a dataset.
#[derive(Clone, Debug)]
pub struct Survey {
    pub(crate) blocks: Blocks,
    pub(crate) files: BTreeMap<Part, Found>,
    layout: Layout,
    trust: Trust,
}

impl Survey {
    /// Looks at every file of a dataset.
    ///
    /// # Errors
    /// [`Error::ForeignFile`] if one is none of its own, [`Error::Io`] if it cannot be looked at.
    pub(crate) fn of(layout: &Layout, manifest: &Manifest, trust: Trust) -> Result<Self> {
        let blocks = manifest.blocks();
        refuse_strangers(layout)?;
        let mut parts = Vec::new();
        for split in Split::ALL {
            for path in list(&layout.split(split))?.into_iter().filter(|path| !is_hidden(path)) {
                let is_file = match fs::metadata(&path) {
                    // Renamed over, or taken away, since it was listed.
                    Err(error) if error.kind() == ErrorKind::NotFound => continue,
                    metadata => metadata.map_err(Error::io("look at", &path))?.is_file(),
                };
                let name = path.file_name().and_then(|name| name.to_str());
                match name.and_then(|name| layout.block(name, blocks)) {
                    Some(block) if is_file => parts.push(Part { block, split }),
                    _ => {
                        let what = "does not have the name of a file of the dataset".to_owned();
                        return Err(Error::ForeignFile { path, what });
                    }
                }
            }
        }
        let look = |part: Part| Ok((part, look(layout, manifest, part, trust)?));
        let files = match trust {
            Trust::Names => parts.into_iter().map(look).collect::<Result<_>>()?,
            Trust::Nothing => parts.into_par_iter().map(look).collect::<Result<_>>()?,
        };
        Ok(Self { blocks, files, layout: layout.clone(), trust })
    }

    /// The games of a file, if it is there and whole.
    pub(crate) fn games(&self, part: Part) -> Seeds {
        match self.files.get(&part) {
            Some(Found::Games(seeds)) => seeds.clone(),
            _ => Seeds::default(),
        }
    }

    /// How many of the wanted games are there.
    pub fn there(&self, wanted: Wanted) -> u64 {
        let parts = self.files.keys();
        parts.map(|&part| wanted.of(self.blocks, part.block, part.split).and(&self.games(part)).games()).sum()
    }

    /// The damaged files, and what is wrong with each.
    pub fn damaged(&self) -> impl Iterator<Item = (PathBuf, &str)> {
        self.files.iter().filter_map(|(&part, found)| match found {
            Found::Damaged(what) => Some((self.layout.file(part), what.as_str())),
            Found::Games(_) => None,
        })
    }

    /// How many files there are.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// What was believed.
    pub fn trust(&self) -> Trust {
        self.trust
    }
}

/// What the file of a part holds; it must be there.
pub(crate) fn look(layout: &Layout, manifest: &Manifest, part: Part, trust: Trust) -> Result<Found> {
    if trust == Trust::Names && !exists(&layout.partial(part))? {
        let path = layout.file(part);
        let size = fs::metadata(&path).map_err(Error::io("look at", &path))?.len();
        return Ok(match size {
            0 => Found::Damaged("is empty".to_owned()),
            _ => Found::Games(manifest.blocks().part(part.block, part.split)),
        });
    }
    Ok(match examine(layout, manifest, part)? {
        Ok((_, seeds)) => Found::Games(seeds),
        Err(what) => Found::Damaged(what),
    })
}

/// Reads the file of a part, which must be there: it with the seeds of its games, or what is wrong with it.
pub(crate) fn examine(
    layout: &Layout,
    manifest: &Manifest,
    part: Part,
) -> Result<Result<(Block, Seeds), String>> {
    let path = layout.file(part);
    let block = match Block::open(&path) {
        Ok(block) => block,
        Err(Error::Unreadable { what, .. }) => return Ok(Err(what)),
        Err(error) => return Err(error),
    };
    let foreign = |what: String| Err(Error::ForeignFile { path: path.clone(), what });
    if !block.is_ours() {
        return foreign("was written by another program".to_owned());
    }
    let (its, seeds) = match block.origin() {
        Ok(origin) => origin,
        Err(what) => return foreign(format!("is of no dataset: {what}")),
    };
    let differences = its.differences(manifest);
    if !differences.is_empty() {
        return foreign(format!("differs in {}", differences.join(", ")));
    }
    if !seeds.minus(&manifest.blocks().part(part.block, part.split)).is_empty() {
        return foreign(format!("holds the games of seeds {seeds}, which are not those of its name"));
    }
    Ok(Ok((block, seeds)))
}

/// Refuses what readers of the directory would take for rows of the dataset.
fn refuse_strangers(layout: &Layout) -> Result<()> {
    let known = |path: &Path| {
        *path == layout.data()
            || Split::ALL.iter().any(|&split| *path == layout.split(split))
            || is_hidden(path)
    };
    let is_parquet = |path: &Path| path.extension().is_some_and(|extension| extension == "parquet");
    let manifest = layout.root().join(crate::layout::MANIFEST);
    let root = list(layout.root())?.into_iter().filter(|path| is_parquet(path) && *path != manifest);
    let data = list(&layout.data())?.into_iter();
    match root.chain(data).find(|path| !known(path)) {
        None => Ok(()),
        Some(path) => {
            let what = "lies where the dataset has no such file".to_owned();
            Err(Error::ForeignFile { path, what })
        }
    }
}
