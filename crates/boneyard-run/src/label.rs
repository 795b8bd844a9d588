//! Labels as a dataset: the same directory, blocks and locks as those of games.

use crate::labels::{Labelled, Labeller, Labelling, Labels};
use crate::play::Blocks;
use crate::{Error, Result, Run, Watch};
use boneyard::core::Host;
use boneyard::net::Tokens;
use boneyard::record::{Dataset, LabelColumns, LabelRecord, LabelRow, Survey, TOKEN_NUMBERS, Task};
use boneyard::rules::{View, World};
use boneyard_runtime::{ComputeClient, DeviceRuntime, OnDevice, Uses};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

impl Run<'_> {
    /// Makes and writes the labels that the dataset lacks by what was found there, until those of all wanted games are there. The
    /// run's configuration is [`Labels::configuration`].
    ///
    /// # Errors
    /// As [`Run::write`].
    pub fn label(
        &self,
        labels: &Labels,
        columns: LabelColumns,
        dataset: &Dataset,
        survey: &Survey,
        watch: &impl Watch,
    ) -> Result<()> {
        labels.check()?;
        self.share_out(dataset, survey, |choice, blocks| {
            let uses = choice.uses();
            choice.chosen.run(Part {
                run: self,
                labels,
                columns,
                blocks,
                watch,
                uses,
                begun: Instant::now(),
            })?
        })
    }
}

/// A device's part, which waits for its backend.
struct Part<'a, W> {
    run: &'a Run<'a>,
    labels: &'a Labels,
    columns: LabelColumns,
    blocks: Blocks<'a>,
    watch: &'a W,
    uses: Uses,
    /// When its backend was asked for.
    begun: Instant,
}

impl<W: Watch> OnDevice for Part<'_, W> {
    type Output = Result<()>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        self.watch.opened(self.begun.elapsed());
        let device = self.run.device(client, self.uses);
        self.make(device)
    }

    fn on_cpu(self) -> Self::Output {
        let host: Host = self.run.host;
        self.make(host)
    }
}

impl<W: Watch> Part<'_, W> {
    /// Makes and writes blocks until none is missing.
    fn make<B: Labelling>(mut self, backend: B) -> Result<()> {
        let mut labeller = self.labels.on(backend)?;
        loop {
            let tasks = self.blocks.next(self.watch)?;
            let Some(first) = tasks.first() else { return Ok(()) };
            let block = first.block();
            let mut of: HashMap<u64, usize> = HashMap::new();
            tasks.iter().enumerate().for_each(|(at, task)| {
                of.extend(task.seeds().into_iter().map(|seed| (seed, at)));
            });
            let seeds: Vec<u64> = tasks.iter().flat_map(Task::seeds).collect();
            let mut blocks: Vec<(Task, Vec<LabelRow>)> =
                tasks.into_iter().map(|task| (task, Vec::new())).collect();
            for seeds in seeds.chunks(self.blocks.batch) {
                let rows = self.rows(&mut labeller, seeds, block)?;
                self.watch.labelled(seeds.len(), rows.len());
                rows.into_iter().for_each(|row| blocks[of[&row.seed]].1.push(row));
            }
            self.blocks.write(self.watch, blocks, |dataset, task, rows| dataset.write_labels(task, &rows))?;
        }
    }

    /// The labels of some games.
    fn rows<B: Labelling>(
        &self,
        labeller: &mut Labeller<B>,
        seeds: &[u64],
        block: u64,
    ) -> Result<Vec<LabelRow>> {
        let labelled = labeller.label(seeds, &|| self.watch.ends());
        let Labelled { decisions, labels } = labelled.map_err(|source| Error::Block { block, source })?;
        let names: Vec<Arc<str>> =
            self.labels.policies.iter().map(|(policy, _)| policy.to_string().into()).collect();
        let policies: HashMap<u64, usize> =
            seeds.iter().map(|&seed| (seed, self.labels.game(seed).1)).collect();
        // Labels of a decision follow one another in the order of its worlds.
        let numbered = labels.chunk_by(|a, b| a.decision == b.decision);
        let numbered: Vec<_> = numbered.flat_map(|labels| labels.iter().zip(0..)).collect();
        let row = |(label, number): &(&crate::labels::Label, u32)| {
            let (seed, view) = &decisions[label.decision as usize];
            let record = LabelRecord {
                seed: *seed,
                policy: &names[policies[seed]],
                view,
                number: *number,
                world: &label.world,
                values: &label.values,
                tokens: self.columns.tokens.then(|| tokens(view, &label.world)),
            };
            LabelRow::new(&record, self.columns)
        };
        Ok(numbered.par_iter().map(row).collect())
    }
}

/// What a network reads of a world.
fn tokens(view: &View, world: &World) -> Box<[i8; TOKEN_NUMBERS]> {
    let features = Tokens::of(view, world).features();
    Box::new(features.as_flattened().try_into().expect("32 tokens of 12 numbers"))
}
