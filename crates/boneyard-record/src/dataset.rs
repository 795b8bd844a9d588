//! A directory that any number of runs write their blocks to.

use crate::block::{self, Block};
use crate::column::Stored;
use crate::home::{self, Claim, Home};
use crate::layout::{Layout, MANIFEST, Part, is_hidden};
use crate::publish;
use crate::survey::{Found, look};
use crate::{
    Blocks, Contents, Error, LabelRow, Manifest, Result, Row, Seeds, Shard, Split, Survey, Trust, Wanted,
};
use boneyard_core::{Agreement, GameRecord};
use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often to look whether another run has made a block.
const PAUSE: Duration = Duration::from_millis(50);

/// Where and by what blocks are computed; it stands in their footers and decides nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The program, such as `0.1.0+0123456789ab`.
    pub code: String,
    /// The kind of device, such as `cpu` or `cuda: NVIDIA H100`.
    pub backend: String,
}

/// An open dataset.
#[derive(Debug)]
pub struct Dataset {
    home: Home,
    layout: Layout,
    manifest: Manifest,
    contents: Contents,
    provenance: Provenance,
}

/// A block to be made by the run that holds this; nobody else makes it meanwhile.
#[derive(Debug)]
pub struct Task {
    block: u64,
    /// Of each of its files, the games that are missing.
    missing: BTreeMap<Split, Seeds>,
    /// Files that cannot be kept.
    damaged: Vec<Split>,
    _claim: Claim,
}

impl Task {
    /// The seeds to play, ascending.
    pub fn seeds(&self) -> Vec<u64> {
        let mut seeds: Vec<u64> =
            self.missing.values().flat_map(|seeds| seeds.iter().collect::<Vec<_>>()).collect();
        seeds.sort_unstable();
        seeds
    }

    /// How many games that are.
    pub fn games(&self) -> usize {
        self.missing.values().map(|seeds| seeds.games() as usize).sum()
    }

    /// The number of the block.
    pub fn block(&self) -> u64 {
        self.block
    }
}

impl Dataset {
    /// Looks at `dir` without writing anything: what is there of a dataset of this manifest? `None` if nothing is.
    ///
    /// # Errors
    /// [`Error::Foreign`], [`Error::ForeignFile`] or [`Error::Different`] if it holds something else,
    /// [`Error::Unreadable`] if its manifest is damaged, [`Error::Io`].
    pub fn look(dir: &Path, manifest: &Manifest, trust: Trust) -> Result<Option<Survey>> {
        let path = dir.join(MANIFEST);
        loop {
            match std::fs::read(&path) {
                Ok(bytes) => {
                    Manifest::read(&path, &bytes)?.agrees(dir, manifest)?;
                    return Survey::of(&Layout::new(dir, manifest), manifest, trust).map(Some);
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => match vacant(dir) {
                    // Another run has begun it since it was looked for.
                    Err(Error::Foreign { .. }) if publish::exists(&path)? => {}
                    vacant => return vacant.map(|()| None),
                },
                Err(error) => return Err(Error::io("read", &path)(error)),
            }
        }
    }

    /// Opens `dir` for a run: makes it a dataset of this manifest, or goes on with the one that is there.
    ///
    /// # Errors
    /// As [`Dataset::look`]; [`Error::Busy`]; [`Error::Io`] if it cannot be written.
    pub fn open(
        dir: &Path,
        manifest: Manifest,
        contents: impl Into<Contents>,
        provenance: Provenance,
    ) -> Result<Self> {
        let contents = contents.into();
        // Before anything is written.
        Self::look(dir, &manifest, Trust::Names)?;
        let empty = || contents.encode_none(manifest.footer()).expect("no rows can be encoded");
        let home = Home::enter(dir, &manifest, empty)?;
        let layout = Layout::new(dir, &manifest);
        home.make_directory(&layout.data())?;
        Ok(Self { home, layout, manifest, contents, provenance })
    }

    /// Looks at what is there.
    ///
    /// # Errors
    /// [`Error::ForeignFile`] if a file is none of the dataset's own, [`Error::Io`].
    pub fn survey(&self, trust: Trust) -> Result<Survey> {
        Survey::of(&self.layout, &self.manifest, trust)
    }

    /// False if the file system cannot lock, so that a block may be made by several runs at once.
    pub fn can_lock(&self) -> bool {
        self.home.can_lock()
    }

    /// The blocks that this run has to make, by what was found there, so that all wanted games are there.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Io`].
    pub fn work(&self, survey: Survey, wanted: Wanted, shard: Shard) -> Result<Work<'_>> {
        self.home.ask(wanted)?;
        let asked = home::asked(self.layout.root())?;
        let ahead = wanted.blocks(self.blocks());
        Ok(Work { dataset: self, survey, wanted, shard, asked, ahead, taken: VecDeque::new(), sure: true })
    }

    /// Ends the run: cleans up behind dead ones if it is the last, and makes sure that what it wrote is where it should be.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Io`].
    pub fn close(self) -> Result<()> {
        self.home.leave()
    }

    /// Writes the games of a task, and returns how many files that made.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Io`], [`Error::Encode`]; nothing half-written stays behind.
    ///
    /// # Panics
    /// If the dataset is one of labels.
    pub fn write(&self, task: Task, games: &[GameRecord]) -> Result<usize> {
        let Contents::Decisions(columns) = self.contents else { panic!("a dataset of decisions") };
        self.put(task, columns, |split| {
            let decisions = || {
                let games = games.iter().filter(|game| Split::of_seed(game.setup.seed) == split);
                games.flat_map(|game| &game.decisions)
            };
            let mut agreement = Agreement::default();
            decisions().for_each(|decision| agreement.add(decision));
            (decisions().map(|it| Row::new(it, columns)).collect(), agreement)
        })
    }

    /// Writes the labels of the games of a task, and returns how many files that made.
    ///
    /// # Errors
    /// As [`Dataset::write`].
    ///
    /// # Panics
    /// If the dataset is one of decisions.
    pub fn write_labels(&self, task: Task, labels: &[LabelRow]) -> Result<usize> {
        let Contents::Labels(columns) = self.contents else { panic!("a dataset of labels") };
        self.put(task, columns, |split| {
            let labels = labels.iter().filter(|label| Split::of_seed(label.seed) == split);
            (labels.cloned().collect(), Agreement::default())
        })
    }

    /// Writes the rows of a task, which `rows` tells for each split, with what is there already.
    fn put<R: Stored>(
        &self,
        task: Task,
        columns: R::Options,
        rows: impl Fn(Split) -> (Vec<R>, Agreement),
    ) -> Result<usize> {
        let mut written = 0;
        for (&split, missing) in &task.missing {
            let part = Part { block: task.block, split };
            let path = self.layout.file(part);
            let (mut rows, mut agreement) = rows(split);
            let mut seeds = missing.clone();
            if publish::exists(&path)? && !task.damaged.contains(&split) {
                let before = Block::open(&path)?;
                let its = before.origin().map_err(|what| Error::unreadable(&path, what))?.1;
                if !its.and(missing).is_empty() {
                    // Where nobody can claim a block, another run may have made the same games meanwhile.
                    continue;
                }
                seeds = seeds.or(&its);
                agreement += before.agreement().unwrap_or_default();
                rows.extend(before.rows()?);
            }
            rows.sort_by_key(|row| (row.seed(), row.place()));
            let whole = seeds == self.blocks().part(task.block, split);
            let footer = self.footer(&seeds, split, &agreement);
            let failed = |source| Error::Encode { path: path.clone(), source };
            let bytes = block::encode(&rows, columns, footer).map_err(failed)?;
            self.publish(part, &bytes, whole)?;
            written += 1;
        }
        Ok(written)
    }

    fn publish(&self, part: Part, bytes: &[u8], whole: bool) -> Result<()> {
        let mark = self.layout.partial(part);
        if !whole {
            self.home.mark(&mark)?;
        }
        self.home.make_directory(&self.layout.split(part.split))?;
        self.home.publish(&self.layout.file(part), bytes)?;
        if whole && publish::exists(&mark)? {
            std::fs::remove_file(&mark).map_err(Error::io("remove", &mark))?;
        }
        Ok(())
    }

    fn footer(&self, seeds: &Seeds, split: Split, agreement: &Agreement) -> Vec<(String, String)> {
        let mut footer = self.manifest.footer();
        let own = [
            ("code", self.provenance.code.clone()),
            ("backend", self.provenance.backend.clone()),
            ("split", split.name().to_owned()),
            ("seeds", seeds.to_string()),
        ];
        footer.extend(own.map(|(key, value)| (format!("boneyard.{key}"), value)));
        if agreement.worlds > 0 {
            footer.push(("boneyard.agreement".to_owned(), block::describe(agreement).to_string()));
        }
        footer
    }

    fn blocks(&self) -> Blocks {
        self.manifest.blocks()
    }
}

/// The blocks that a run has to make, one after the other.
#[derive(Debug)]
pub struct Work<'a> {
    dataset: &'a Dataset,
    survey: Survey,
    wanted: Wanted,
    shard: Shard,
    /// What all runs together wanted.
    asked: Vec<Wanted>,
    ahead: RangeInclusive<u64>,
    /// Blocks that other runs were making when they were looked at.
    taken: VecDeque<u64>,
    /// What was made since the last look is there: nobody can have made the same block without it.
    sure: bool,
}

impl Work<'_> {
    /// The next block that no other run is making; `None` when there is none at the moment.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Io`], [`Error::ForeignFile`].
    pub fn next_free(&mut self) -> Result<Option<Task>> {
        while let Some(block) = self.next_ahead() {
            match self.dataset.home.claim(block)? {
                Claim::Taken => self.taken.push_back(block),
                claim => {
                    if let Some(task) = self.task(block, claim)? {
                        return Ok(Some(task));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The next block; `None` when all wanted games of the shard are there. Waits for blocks that other runs are making,
    /// and makes them if those die; `waiting` is told how many blocks are waited for.
    ///
    /// # Errors
    /// As [`Work::next_free`].
    pub fn next(&mut self, mut waiting: impl FnMut(usize)) -> Result<Option<Task>> {
        loop {
            if let Some(task) = self.next_free()? {
                return Ok(Some(task));
            }
            let Some(block) = self.taken.pop_front() else {
                if self.sure {
                    return Ok(None);
                }
                // Without claims another run may have written its part of a block over ours.
                self.survey = self.dataset.survey(Trust::Nothing)?;
                self.ahead = self.wanted.blocks(self.dataset.blocks());
                self.sure = true;
                continue;
            };
            match self.dataset.home.claim(block)? {
                Claim::Taken => {
                    self.taken.push_back(block);
                    waiting(self.taken.len());
                    std::thread::sleep(PAUSE);
                }
                claim => {
                    if let Some(task) = self.task(block, claim)? {
                        return Ok(Some(task));
                    }
                }
            }
        }
    }

    /// The dataset.
    pub fn dataset(&self) -> &Dataset {
        self.dataset
    }

    /// The next block of the shard that lacks something by what was found there.
    fn next_ahead(&mut self) -> Option<u64> {
        let Self { dataset, ref survey, wanted, shard, ref mut ahead, .. } = *self;
        let lacks = |part: Part| {
            let damaged = matches!(survey.files.get(&part), Some(Found::Damaged(_)));
            let wanted = wanted.of(dataset.blocks(), part.block, part.split);
            damaged || !wanted.minus(&survey.games(part)).is_empty()
        };
        let lacking = |block| Split::ALL.into_iter().any(|split| lacks(Part { block, split }));
        ahead.find(|&block| shard.has(block) && lacking(block))
    }

    /// What a block lacks that was claimed: as it is now.
    fn task(&mut self, block: u64, claim: Claim) -> Result<Option<Task>> {
        let Self { dataset, wanted, .. } = *self;
        self.sure &= dataset.can_lock();
        let mut task = Task { block, missing: BTreeMap::new(), damaged: Vec::new(), _claim: claim };
        for split in Split::ALL {
            let part = Part { block, split };
            let there = match publish::exists(&dataset.layout.file(part))? {
                true => look(&dataset.layout, &dataset.manifest, part, Trust::Nothing)?,
                false => Found::Games(Seeds::default()),
            };
            let mut missing = wanted.of(dataset.blocks(), block, split);
            match there {
                Found::Games(seeds) => missing = missing.minus(&seeds),
                Found::Damaged(_) => {
                    // What others wanted was in it, too.
                    for asked in &self.asked {
                        missing = missing.or(&asked.of(dataset.blocks(), block, split));
                    }
                    task.damaged.push(split);
                }
            }
            if !missing.is_empty() {
                task.missing.insert(split, missing);
            }
        }
        Ok((!task.missing.is_empty()).then_some(task))
    }
}

/// A directory without a manifest must be empty, or not exist.
fn vacant(dir: &Path) -> Result<()> {
    match home::list(dir)?.iter().all(|path: &PathBuf| is_hidden(path)) {
        true => Ok(()),
        false => Err(Error::Foreign { dir: dir.to_owned() }),
    }
}
