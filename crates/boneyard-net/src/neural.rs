//! A network as an evaluator.

use crate::forward::outputs::MOST_POINTS;
use crate::forward::outputs_kernel::OUTPUTS;
use crate::reference::{Input, Reference};
use crate::tokenizer::Tokens;
use crate::weights::{Weights, WeightsError};
use boneyard_core::{
    Answers, Backend, Error, Evaluates, Host, HostObservations, HostValues, HostWorlds, ILLEGAL, Named,
    Observation, Question, Result, SlotValues, Tokenizer,
};
use boneyard_device::{Device, DeviceObservations, DeviceValues, DeviceWorlds, Words};
use cubecl::prelude::Runtime;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Values of networks are in 1/256 point: far finer than a network is right, and integers add up in any order.
pub const UNIT: u16 = 256;

/// Makes values of tokens, in units of 1/[`UNIT`] point.
///
/// Law: the values of a world depend on its tokens and the observation only, not on the batch around it.
pub trait Model<B: Backend>: Named {
    /// What it reads.
    type Tokens;

    /// How many worlds it wants to be given at a time.
    fn preferred_batch(&self) -> usize;

    /// Writes the values of the worlds `part` of a chunk, whose tokens are given, to their rows of `out`.
    ///
    /// # Errors
    /// If an output is not a number; device errors.
    fn evaluate(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        worlds: &B::Worlds,
        part: Range<usize>,
        tokens: &Self::Tokens,
        out: &mut B::Values,
    ) -> Result<()>;
}

/// An evaluator made of a tokenizer and a model that reads its tokens.
#[derive(Clone, Debug)]
pub struct Neural<T, M> {
    tokenizer: T,
    model: M,
}

impl<T, M> Neural<T, M> {
    /// Puts the two together.
    pub fn new(tokenizer: T, model: M) -> Self {
        Self { tokenizer, model }
    }
}

impl<T, M: Named> Named for Neural<T, M> {
    fn id(&self) -> String {
        self.model.id()
    }
}

impl<T, M: Named> Answers for Neural<T, M> {
    fn question(&self) -> Question {
        Question::Points { unit: UNIT }
    }
}

impl<T, M> Evaluates<Neural<T, M>> for Host
where
    T: Tokenizer<Host, Tokens: Default>,
    M: Model<Host, Tokens = T::Tokens>,
{
    fn evaluate(
        &mut self,
        net: &mut Neural<T, M>,
        seen: &HostObservations,
        worlds: &HostWorlds,
        out: &mut HostValues,
    ) -> Result<()> {
        let (n_worlds, batch) = (worlds.worlds.len(), net.model.preferred_batch());
        let mut tokens = T::Tokens::default();
        out.question = net.question();
        out.slots.clear();
        out.slots.resize(n_worlds, [ILLEGAL; 7]);
        for start in (0..n_worlds).step_by(batch) {
            let part = start..n_worlds.min(start + batch);
            net.tokenizer.tokenize(self, seen, worlds, part.clone(), &mut tokens)?;
            net.model.evaluate(self, seen, worlds, part, &tokens, out)?;
        }
        Ok(())
    }
}

impl<R, T, M> Evaluates<Neural<T, M>> for Device<R>
where
    R: Runtime,
    T: Tokenizer<Device<R>, Tokens = Words>,
    M: DeviceModel<R>,
{
    fn evaluate(
        &mut self,
        net: &mut Neural<T, M>,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        out: &mut DeviceValues,
    ) -> Result<()> {
        self.note_evaluator(&net.id());
        let drawn = worlds.drawn()?;
        out.clear(self, drawn, net.question())?;
        let (n_worlds, bytes) = (drawn.most, 4 * (M::TOKEN_WORDS + OUTPUTS) as u64);
        // Half of what is there is for what the model computes with.
        let batch = net.model.preferred_batch().min((self.spare_bytes() / 2 / bytes) as usize);
        let batch = batch.min(n_worlds).max(1);
        let mut tokens = self.buffer("the tokens", batch * M::TOKEN_WORDS)?;
        for start in (0..n_worlds).step_by(batch) {
            let part = start..n_worlds.min(start + batch);
            net.tokenizer.tokenize(self, seen, worlds, part.clone(), &mut tokens)?;
            net.model.evaluate(self, seen, worlds, part, &tokens, out)?;
        }
        Ok(())
    }
}

/// A model on a device, whose tokens are words in a buffer.
pub trait DeviceModel<R: Runtime>: Model<Device<R>, Tokens = Words> {
    /// Words of a world's tokens, which are `[W, TOKEN_WORDS]`.
    const TOKEN_WORDS: usize;
}

/// Worlds that go through the reference together. A last block that is not full is filled up with copies of a world,
/// so that matrices always have the same shape, and a world's sums the same order in any batch.
const BLOCK: usize = 32;

impl Reference {
    /// The network with these weights as a [`Model`].
    ///
    /// # Errors
    /// [`WeightsError::Format`] if the file says that its network was trained to answer something else than points.
    pub fn model(weights: &Weights) -> Result<Arc<Self>, WeightsError> {
        weights.outputs_points()?;
        Self::new(weights).map(Arc::new).map_err(|error| WeightsError::Format(error.to_string()))
    }
}

impl Named for Reference {
    fn id(&self) -> String {
        "net".to_owned()
    }
}

impl Model<Host> for Arc<Reference> {
    type Tokens = Vec<Tokens>;

    fn preferred_batch(&self) -> usize {
        128 * BLOCK
    }

    fn evaluate(
        &mut self,
        _: &mut Host,
        observations: &HostObservations,
        worlds: &HostWorlds,
        part: Range<usize>,
        tokens: &Vec<Tokens>,
        out: &mut HostValues,
    ) -> Result<()> {
        let owners = &worlds.owners[part.clone()];
        let blocks =
            tokens.par_chunks(BLOCK).zip(owners.par_chunks(BLOCK)).zip(out.slots[part].par_chunks_mut(BLOCK));
        blocks.try_for_each(|((tokens, owners), out)| {
            let observation = |owner: u32| &observations[owner as usize];
            let seats = owners.iter().map(|&owner| observation(owner).view.seat().index());
            let mut inputs: Vec<Input> =
                tokens.iter().zip(seats).map(|(tokens, seat)| Input::new(tokens, seat)).collect();
            inputs.resize(BLOCK, inputs[0]);
            let outputs =
                self.forward(&inputs).map_err(|error| Error::Mismatch(format!("network: {error}")))?;
            for ((out, &owner), output) in out.iter_mut().zip(owners).zip(&outputs) {
                *out = values(observation(owner), &output.q)?;
            }
            Ok(())
        })
    }
}

/// Answers as integers, where they are legal.
fn values(observation: &Observation, q: &[f32; 7]) -> Result<SlotValues> {
    let legal = observation.view.legal_slots();
    let mut values = [ILLEGAL; 7];
    for slot in (0..7).filter(|slot| legal >> slot & 1 == 1) {
        if !q[slot].is_finite() {
            return Err(Error::NoNumber { evaluator: "net".to_owned(), values: 1 });
        }
        let most = f32::from(MOST_POINTS * UNIT);
        values[slot] = (q[slot] * f32::from(UNIT)).round().clamp(-most, most) as i16;
    }
    Ok(values)
}
