//! The weights of a network, read from the files that hold them.
//!
//! A file is either `.safetensors` or a PyTorch checkpoint as Lightning writes it; its first bytes tell which. All
//! sizes but one are read from the shapes of the tensors. The number of attention heads is not in any shape: it is
//! the `n_heads` that the file says, in its hyperparameters or metadata, else the one that the caller knows, else
//! [`DEFAULT_HEADS`].
//!
//! Files are not trusted. Nothing in them is executed; what they claim is held against their length before memory
//! is taken for it, so that reading takes memory in proportion to the file; and weights that are not finite are
//! refused.

mod architecture;
mod archive;
mod checkpoint;
mod error;
mod pickle;
mod random;
mod safetensors;

pub(crate) use architecture::EMBEDDING_TABLES;
pub use architecture::{Architecture, DEFAULT_HEADS};
pub use error::WeightsError;

use architecture::Shapes;
use candle_core::{DType, Device, Tensor as Candle};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// Largest file that is read: weights and optimizer state of a network forty times as large as the largest one known.
pub const LARGEST_FILE: u64 = 2 << 30;

/// One tensor in f32.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers, row by row.
    pub data: Vec<f32>,
}

/// A complete network: every tensor is there, of the right shape, and finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    architecture: Architecture,
    /// In the order of computation.
    tensors: Vec<(String, Tensor)>,
    loss_mode: Option<String>,
    sha256: String,
}

/// A tensor as its file has it.
struct Stored<'a> {
    dtype: DType,
    shape: Vec<usize>,
    /// Row by row.
    bytes: Cow<'a, [u8]>,
}

/// What a file says, before it is known to make sense.
#[derive(Default)]
struct Source<'a> {
    tensors: BTreeMap<String, Stored<'a>>,
    heads: Option<usize>,
    loss_mode: Option<String>,
}

impl<'a> Source<'a> {
    fn put(&mut self, name: &str, tensor: Stored<'a>) -> Result<(), WeightsError> {
        if self.tensors.insert(name.to_owned(), tensor).is_some() {
            return Err(WeightsError::format(format!("two tensors are called {}", name.escape_debug())));
        }
        Ok(())
    }
}

impl Weights {
    /// Reads a file; `heads` is asked where the file does not say how many attention heads there are.
    ///
    /// # Errors
    /// [`WeightsError`] for a file that cannot be read or is not a network.
    pub fn open(path: &Path, heads: Option<usize>) -> Result<Self, WeightsError> {
        let refuse = |what: String| WeightsError::Unreadable { path: path.display().to_string(), what };
        let metadata = std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?;
        if !metadata.is_file() {
            return Err(refuse("not a file".to_owned()));
        }
        if metadata.len() > LARGEST_FILE {
            return Err(refuse(format!("{} bytes, expected at most {LARGEST_FILE}", metadata.len())));
        }
        let bytes = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
        Self::read(&bytes, heads)
    }

    /// Reads the contents of a file; `heads` as in [`Weights::open`].
    ///
    /// # Errors
    /// [`WeightsError`] for what is not a network.
    pub fn read(bytes: &[u8], heads: Option<usize>) -> Result<Self, WeightsError> {
        let source = if bytes.starts_with(archive::MAGIC) {
            checkpoint::read(bytes)
        } else {
            safetensors::read(bytes)
        }?;
        let heads = match (source.heads, heads) {
            (Some(said), Some(asked)) if said != asked => {
                return Err(WeightsError::Heads { got: asked, expected: format!("the {said} of the file") });
            }
            (said, asked) => said.or(asked).unwrap_or(DEFAULT_HEADS),
        };
        let shapes: Shapes =
            source.tensors.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone())).collect();
        let architecture = Architecture::of(&shapes, heads)?;
        let tensors = architecture.tensors().into_iter().map(|(name, _)| {
            let tensor = source.tensors[&name].decode(&name)?;
            Ok((name, tensor))
        });
        Ok(Self {
            architecture,
            tensors: tensors.collect::<Result<_, _>>()?,
            loss_mode: source.loss_mode,
            sha256: Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// As a `.safetensors` file. The same weights always make the same bytes.
    pub fn to_safetensors(&self) -> Vec<u8> {
        safetensors::write(self)
    }

    /// The sizes.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// What the network was trained for, if the file says so: `qvalue` networks output points.
    pub fn loss_mode(&self) -> Option<&str> {
        self.loss_mode.as_deref()
    }

    /// # Errors
    /// [`WeightsError::Format`] if the file says that its network was trained to output something else than points.
    pub fn outputs_points(&self) -> Result<(), WeightsError> {
        match self.loss_mode() {
            None | Some("qvalue") => Ok(()),
            Some(other) => {
                let other = other.escape_debug();
                let what = format!("its network outputs `{other}`, expected points (loss_mode qvalue)");
                Err(WeightsError::Format(what))
            }
        }
    }

    /// SHA-256 of the file that the weights come from, in hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// All tensors by name, in the order of computation.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// A tensor by name.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.tensors().find(|(other, _)| *other == name).map(|(_, tensor)| tensor)
    }
}

impl Stored<'_> {
    /// In f32, if all numbers are finite in it.
    fn decode(&self, name: &str) -> Result<Tensor, WeightsError> {
        let numbers = Candle::from_raw_buffer(&self.bytes, self.dtype, &self.shape, &Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>());
        let data = numbers.map_err(|error| WeightsError::format(format!("tensor {name}: {error}")))?;
        match data.iter().position(|number| !number.is_finite()) {
            None => Ok(Tensor { shape: self.shape.clone(), data }),
            Some(index) => Err(WeightsError::NotFinite {
                name: name.to_owned(),
                shape: self.shape.clone(),
                value: data[index].to_string(),
                index,
            }),
        }
    }
}
