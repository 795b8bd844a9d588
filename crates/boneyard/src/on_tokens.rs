//! Evaluators from outside that read the tokens of a device.

use boneyard_core::{Answers, Evaluates, Named, Question, Result, Tokenizer};
use boneyard_device::{Device, DeviceObservations, DeviceValues, DeviceWorlds, Words};
use boneyard_net::tokenizer::{DealTokenizer, WORDS};
use boneyard_net::{OUTPUTS, output_buffer, put_outputs};
use cubecl::prelude::Runtime;
use std::any::Any;
use std::sync::Arc;

/// A function from tokens, as [`DealTokenizer`] writes them, to points by slot of the mover.
///
/// Law: what it says of a world depends on the world's tokens only.
pub trait OnTokens: Send + Sync {
    /// Most worlds a call.
    fn most(&self) -> usize;

    /// From tokens in the host's memory, `[B, 96]` words, to points `[B, 7]`.
    ///
    /// # Errors
    /// Its own.
    fn on_host(&self, tokens: &[u32]) -> Result<Vec<[f32; 7]>>;

    /// The same where the tokens are: from `[B, 96]` words to numbers of 32 bits `[B, 8]`, the last one free, of the first
    /// `n` worlds. `client` is the device's `ComputeClient<R>`. False if it cannot be done there.
    ///
    /// # Errors
    /// Its own; device errors.
    fn in_place(&self, client: &dyn Any, n: usize, tokens: &Words, outputs: &Words) -> Result<bool>;
}

/// Such a function as an evaluator of devices, under a name.
pub(crate) struct OfTokens {
    pub id: String,
    pub question: Question,
    pub function: Arc<dyn OnTokens>,
}

impl Named for OfTokens {
    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Answers for OfTokens {
    fn question(&self) -> Question {
        self.question
    }
}

impl<R: Runtime> Evaluates<OfTokens> for Device<R> {
    fn evaluate(
        &mut self,
        of: &mut OfTokens,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        out: &mut DeviceValues,
    ) -> Result<()> {
        self.note_evaluator(&of.id);
        let drawn = worlds.drawn()?;
        out.clear(self, drawn, of.question)?;
        // What is beyond the last world holds anything: a function must not see it.
        let n_games = drawn.n_games();
        let total =
            self.read("how many worlds there are", vec![drawn.starts.handle_of(0..n_games + 1)])?[0][n_games];
        let (total, bytes) = (total as usize, 4 * (WORDS + OUTPUTS) as u64);
        // Half of what is there is for what a function of the same device may have asked of us.
        let most = of.function.most().min((self.spare_bytes() / 2 / bytes) as usize).min(total).max(1);
        let mut tokens = self.buffer("the tokens", most * WORDS)?;
        for start in (0..total).step_by(most) {
            let part = start..total.min(start + most);
            let n = part.len();
            DealTokenizer.tokenize(self, seen, worlds, part.clone(), &mut tokens)?;
            let outputs = output_buffer(self, n)?;
            let outputs = if of.function.in_place(self.client(), n, &tokens, &outputs)? {
                outputs
            } else {
                let read = self.read("the tokens", vec![tokens.handle_of(0..n * WORDS)])?;
                let points = of.function.on_host(&read[0])?;
                let row = |points: &[f32; 7]| -> [u32; OUTPUTS] {
                    std::array::from_fn(|slot| points.get(slot).copied().unwrap_or(0.0).to_bits())
                };
                self.upload("the outputs", points.iter().map(row).collect::<Vec<_>>().as_flattened())?
            };
            put_outputs(self, seen, drawn, part, &outputs, out)?;
        }
        Ok(())
    }
}
