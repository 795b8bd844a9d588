//! Networks by the name of their file.

use boneyard_core::{Error, Result};
use boneyard_net::tokenizer::folded::FoldedTokenizer;
use boneyard_net::{DealTokenizer, Forward, Neural, Reference, Weights, WeightsError};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A network that has been read; clones share it. Two are equal if their files are.
#[derive(Clone)]
pub struct Network {
    file: String,
    weights: Arc<Weights>,
    model: Arc<Reference>,
    forward: Forward,
}

impl Network {
    /// Reads a file of weights.
    ///
    /// # Errors
    /// [`Error::Mismatch`] saying what is wrong with the file.
    pub fn open(file: &str) -> Result<Self> {
        let refuse = |error: WeightsError| Error::Mismatch(error.to_string());
        Self::new(file, Weights::open(Path::new(file), None).map_err(refuse)?)
    }

    /// A network with these weights, under the name of a file.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if it was trained to output something else than points.
    pub fn new(file: &str, weights: Weights) -> Result<Self> {
        let refuse = |error: WeightsError| Error::Mismatch(error.to_string());
        let model = Reference::model(&weights).map_err(refuse)?;
        let weights = Arc::new(weights);
        let forward = Forward::new(Arc::clone(&weights)).map_err(refuse)?;
        Ok(Self { file: file.to_owned(), weights, model, forward })
    }

    /// Where it was read from.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What it is made of.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// As an evaluator on devices.
    pub fn on_device(&self) -> Neural<FoldedTokenizer, Forward> {
        Neural::new(FoldedTokenizer, self.forward.clone())
    }

    /// What computes it on devices.
    pub fn forward(&self) -> &Forward {
        &self.forward
    }

    /// As an evaluator on the host.
    pub fn evaluator(&self) -> Neural<DealTokenizer, Arc<Reference>> {
        Neural::new(DealTokenizer, Arc::clone(&self.model))
    }
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.weights.sha256() == other.weights.sha256()
    }
}

impl Eq for Network {}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("file", &self.file).field("sha256", &self.weights.sha256()).finish()
    }
}
