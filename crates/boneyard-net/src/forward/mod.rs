//! The forward pass on devices.
//!
//! [`Forward`] is a [`Model`] for every runtime. Where the device multiplies small matrices of f16 itself, it runs
//! `tensor`, one kernel from tokens to outputs; elsewhere it runs `plain`, one kernel a layer's step, in f32.

mod packed;
mod plain;
mod tensor;

pub use tensor::has_tensor_cores;

use crate::neural::{DeviceModel, Model, UNIT};
use crate::tokenizer::TOKENS;
use crate::weights::{Weights, WeightsError};
use boneyard_core::Result;
use boneyard_device::{Device, DeviceStep, DeviceWorlds};
use cubecl::ir::DeviceProperties;
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// In which numbers a network is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// Factors in f16, sums in f32, on tensor cores.
    Half,
    /// f32.
    Single,
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Half => "f16",
            Self::Single => "f32",
        })
    }
}

/// A network on a device.
#[derive(Clone, Debug)]
pub struct Forward {
    weights: Arc<Weights>,
    arithmetic: Option<Arithmetic>,
}

impl Forward {
    /// A network with these weights.
    ///
    /// # Errors
    /// [`WeightsError::Format`] if the file says that its network was trained to output something else than points.
    pub fn new(weights: Arc<Weights>) -> Result<Self, WeightsError> {
        weights.outputs_points()?;
        Ok(Self { weights, arithmetic: None })
    }

    /// Computes in f32 wherever it runs.
    pub fn in_single_precision(self) -> Self {
        Self { arithmetic: Some(Arithmetic::Single), ..self }
    }

    /// What it is computed in on a device.
    pub fn arithmetic(&self, device: &DeviceProperties) -> Arithmetic {
        let fits = || tensor::blueprint(self.weights.architecture(), device).is_some();
        self.arithmetic.unwrap_or_else(|| if fits() { Arithmetic::Half } else { Arithmetic::Single })
    }

    /// Writes the outputs in points of `n` worlds by slot of the mover, legal or not: of those whose folded tokens come
    /// first in `tokens`, of which there are as many as word `total.1` of `total.0` says, less `first`.
    ///
    /// `tokens` is `[W, T]`, `outputs` is `[W, S]`, W at least `n`.
    ///
    /// # Errors
    /// If a weight does not fit the arithmetic; device errors.
    pub fn run<R: Runtime>(
        &self,
        step: &DeviceStep<R>,
        tokens: &Handle,
        total: (&Handle, u32),
        first: usize,
        n: usize,
        outputs: &Handle,
    ) -> Result<()> {
        let arithmetic = self.arithmetic(step.properties());
        let key = format!("weights {} {arithmetic}", self.weights.sha256());
        match arithmetic {
            Arithmetic::Half => {
                let kept = step.kept(&key, || tensor::Kept::new(step, &self.weights))?;
                kept.launch(step, tokens, total, first, n, outputs)
            }
            Arithmetic::Single => {
                let kept = step.kept(&key, || plain::Kept::new(step, &self.weights))?;
                kept.launch(step, tokens, total, first, n, outputs)
            }
        }
    }
}

impl<R: Runtime> Model<Device<R>> for Forward {
    type Tokens = Handle;

    fn id(&self) -> String {
        "net".to_owned()
    }

    fn preferred_batch(&self) -> usize {
        1 << 18
    }

    fn evaluate(
        &mut self,
        step: &DeviceStep<R>,
        worlds: &DeviceWorlds,
        part: Range<usize>,
        tokens: &Handle,
        (): &mut (),
    ) -> Result<()> {
        let outputs = step.answer_buffer(part.len())?;
        let (totals, total) = step.total_of(worlds);
        self.run(step, tokens, (&totals, total), part.start, part.len(), &outputs)?;
        step.put_answers(worlds, part, &outputs, UNIT)
    }
}

impl<R: Runtime> DeviceModel<R> for Forward {
    const TOKEN_WORDS: usize = TOKENS;
}

/// A buffer of any shape as a kernel argument in vectors of so many words of 32 bits.
fn vectors<R: Runtime>(handle: &Handle, words_each: usize) -> ArrayArg<R> {
    // SAFETY: the buffer has the bytes that it says it has.
    unsafe { ArrayArg::from_raw_parts(handle.clone(), handle.size_in_used() as usize / 4 / words_each) }
}

/// A buffer as a kernel argument in words of 32 bits.
fn words<R: Runtime>(handle: &Handle) -> ArrayArg<R> {
    vectors(handle, 1)
}
