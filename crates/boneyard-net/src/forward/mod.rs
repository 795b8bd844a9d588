//! The forward pass on devices.
//!
//! [`Forward`] is a [`Model`] for every runtime. Where the device multiplies small matrices of f16 itself, it runs
//! `tensor`, one kernel from tokens to outputs; elsewhere it runs `plain`, one kernel a layer's step, in f32.

pub(crate) mod outputs;
pub(crate) mod outputs_kernel;
mod packed;
mod plain;
mod tensor;

pub use outputs::{MOST_POINTS, output_buffer, put_outputs};
pub use outputs_kernel::OUTPUTS;
pub use tensor::has_tensor_cores;

use crate::neural::{DeviceModel, Model};
use crate::tokenizer::TOKENS;
use crate::weights::{Weights, WeightsError};
use boneyard_core::{Named, Result};
use boneyard_device::{Device, DeviceObservations, DeviceValues, DeviceWorlds, Words};
use cubecl::ir::DeviceProperties;
use cubecl::prelude::*;
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
    /// [`WeightsError::Format`] if the file says that its network was trained to answer something else than points.
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
    pub fn compute<R: Runtime>(
        &self,
        on: &Device<R>,
        tokens: &Words,
        total: (&Words, u32),
        first: usize,
        n: usize,
        outputs: &Words,
    ) -> Result<()> {
        let arithmetic = self.arithmetic(on.properties());
        let heads = self.weights.architecture().heads;
        let key = format!("weights {} {heads} {arithmetic}", self.weights.sha256());
        match arithmetic {
            Arithmetic::Half => {
                let kept = on.kept(&key, || tensor::Kept::new(on, &self.weights))?;
                kept.launch(on, tokens, total, first, n, outputs)
            }
            Arithmetic::Single => {
                let kept = on.kept(&key, || plain::Kept::new(on, &self.weights))?;
                kept.launch(on, tokens, total, first, n, outputs)
            }
        }
    }
}

impl Named for Forward {
    fn id(&self) -> String {
        "net".to_owned()
    }
}

impl<R: Runtime> Model<Device<R>> for Forward {
    type Tokens = Words;

    fn preferred_batch(&self) -> usize {
        1 << 18
    }

    fn evaluate(
        &mut self,
        on: &mut Device<R>,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        part: Range<usize>,
        tokens: &Words,
        out: &mut DeviceValues,
    ) -> Result<()> {
        let worlds = worlds.drawn()?;
        let outputs = output_buffer(on, part.len())?;
        let total = (&worlds.starts, worlds.n_games() as u32);
        self.compute(on, tokens, total, part.start, part.len(), &outputs)?;
        put_outputs(on, seen, worlds, part, &outputs, out)
    }
}

impl<R: Runtime> DeviceModel<R> for Forward {
    const TOKEN_WORDS: usize = TOKENS;
}
