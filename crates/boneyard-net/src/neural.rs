//! A network as an evaluator.

use crate::reference::{Input, Reference};
use crate::tokenizer::Tokens;
use crate::weights::{Weights, WeightsError};
use boneyard_core::{
    Backend, Error, Evaluator, Host, HostObservations, HostValues, HostWorlds, ILLEGAL, Observation,
    Question, Result, SlotValues, Tokenizer,
};
use boneyard_device::kernels::answers::ANSWERS;
use boneyard_device::{Device, DeviceStep, DeviceWorlds, MOST_POINTS};
use cubecl::prelude::Runtime;
use cubecl::server::Handle;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Values of networks are in 1/256 point: far finer than a network is right, and integers add up in any order.
pub const UNIT: u16 = 256;

/// Makes values of tokens, in units of 1/[`UNIT`] point.
///
/// Law: the values of a world depend on its tokens and the observation only, not on the batch around it.
pub trait Model<B: Backend> {
    /// What it reads.
    type Tokens;

    /// A stable id, such as `net`.
    fn id(&self) -> String;

    /// How many worlds it wants to be given at a time.
    fn preferred_batch(&self) -> usize;

    /// Writes the values of the worlds `part` of a chunk, whose tokens are given, to the same indices of `out`.
    ///
    /// # Errors
    /// If an output is not a number; device errors.
    fn evaluate(
        &mut self,
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

impl<T, M> Evaluator<Host> for Neural<T, M>
where
    T: Tokenizer<Host, Tokens: Default>,
    M: Model<Host, Tokens = T::Tokens>,
{
    fn id(&self) -> String {
        self.model.id()
    }

    fn question(&self) -> Question {
        Question::Points { unit: UNIT }
    }

    fn evaluate(
        &mut self,
        observations: &HostObservations,
        worlds: &HostWorlds,
        out: &mut HostValues,
    ) -> Result<()> {
        let (n_worlds, batch) = (worlds.worlds.len(), self.model.preferred_batch());
        let mut tokens = T::Tokens::default();
        out.clear();
        out.resize(n_worlds, [ILLEGAL; 7]);
        for start in (0..n_worlds).step_by(batch) {
            let part = start..n_worlds.min(start + batch);
            self.tokenizer.tokenize(observations, worlds, part.clone(), &mut tokens)?;
            self.model.evaluate(observations, worlds, part, &tokens, out)?;
        }
        Ok(())
    }
}

impl<R, T, M> Evaluator<Device<R>> for Neural<T, M>
where
    R: Runtime,
    T: Tokenizer<Device<R>, Tokens = Handle>,
    M: DeviceModel<R>,
{
    fn id(&self) -> String {
        self.model.id()
    }

    fn question(&self) -> Question {
        Question::Points { unit: UNIT }
    }

    fn evaluate(&mut self, step: &DeviceStep<R>, worlds: &DeviceWorlds, out: &mut ()) -> Result<()> {
        step.note_evaluator(&self.model.id());
        let n_worlds = step.most_worlds_of(worlds);
        let bytes = 4 * (M::TOKEN_WORDS + ANSWERS) as u64;
        let batch = self.model.preferred_batch().min((step.spare_bytes() / bytes) as usize);
        let batch = batch.min(n_worlds).max(1);
        let mut tokens = step.buffer("the tokens", batch * M::TOKEN_WORDS)?;
        for start in (0..n_worlds).step_by(batch) {
            let part = start..n_worlds.min(start + batch);
            self.tokenizer.tokenize(step, worlds, part.clone(), &mut tokens)?;
            self.model.evaluate(step, worlds, part, &tokens, out)?;
        }
        Ok(())
    }
}

/// A model on a device, whose tokens are words in a buffer.
pub trait DeviceModel<R: Runtime>: Model<Device<R>, Tokens = Handle> {
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
    /// [`WeightsError::Format`] if the file says that its network was trained to output something else than points.
    pub fn model(weights: &Weights) -> Result<Arc<Self>, WeightsError> {
        weights.outputs_points()?;
        Self::new(weights).map(Arc::new).map_err(|error| WeightsError::Format(error.to_string()))
    }
}

impl Model<Host> for Arc<Reference> {
    type Tokens = Vec<Tokens>;

    fn id(&self) -> String {
        "net".to_owned()
    }

    fn preferred_batch(&self) -> usize {
        128 * BLOCK
    }

    fn evaluate(
        &mut self,
        observations: &HostObservations,
        worlds: &HostWorlds,
        part: Range<usize>,
        tokens: &Vec<Tokens>,
        out: &mut HostValues,
    ) -> Result<()> {
        let owners = &worlds.owners[part.clone()];
        let blocks =
            tokens.par_chunks(BLOCK).zip(owners.par_chunks(BLOCK)).zip(out[part].par_chunks_mut(BLOCK));
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

/// Outputs as integers, where they are legal.
fn values(observation: &Observation, q: &[f32; 7]) -> Result<SlotValues> {
    let legal = observation.view.legal_slots();
    let mut values = [ILLEGAL; 7];
    for slot in (0..7).filter(|slot| legal >> slot & 1 == 1) {
        if !q[slot].is_finite() {
            return Err(Error::Mismatch(format!("the network outputs {}, expected points", q[slot])));
        }
        let most = f32::from(MOST_POINTS * UNIT);
        values[slot] = (q[slot] * f32::from(UNIT)).round().clamp(-most, most) as i16;
    }
    Ok(values)
}
