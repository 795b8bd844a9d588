//! Networks by the name of their file.

use boneyard_core::{Error, Result};
use boneyard_net::{DealTokenizer, Neural, Reference, Weights, WeightsError};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A network that has been read; clones share it. Two are equal if their files are.
#[derive(Clone)]
pub struct Network {
    file: String,
    weights: Arc<Weights>,
    model: Arc<Reference>,
}

impl Network {
    /// Reads a file of weights.
    ///
    /// # Errors
    /// [`Error::Mismatch`] saying what is wrong with the file.
    pub fn open(file: &str) -> Result<Self> {
        let refuse = |error: WeightsError| Error::Mismatch(error.to_string());
        let weights = Weights::open(Path::new(file), None).map_err(refuse)?;
        let model = Reference::model(&weights).map_err(refuse)?;
        Ok(Self { file: file.to_owned(), weights: Arc::new(weights), model })
    }

    /// Where it was read from.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What it is made of.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// As an evaluator.
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
