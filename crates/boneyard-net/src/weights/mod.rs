//! The weights of a network, read from the files that hold them.
//!
//! A file is either `.safetensors` or a PyTorch checkpoint as Lightning writes it; its first bytes tell which. All
//! sizes but one are read from the shapes of the tensors. The number of attention heads is not in any shape: it is what
//! the file says, in its hyper-parameters or metadata, or what the caller does. Where nobody says it, or two say different
//! numbers, the file is refused.
//!
//! Files are not trusted. Nothing in them is executed. What a file says of itself is read first, in lengths that are
//! bounded, and judged before its numbers are; of these only those of the network are read, each once, so that time and
//! memory are in proportion to the file. Weights that are not finite are refused.

mod architecture;
mod archive;
mod checkpoint;
mod error;
mod heads;
mod hyper;
mod input;
mod names;
mod numbers;
mod pickle;
mod random;
mod safetensors;
mod source;

pub use architecture::Architecture;
pub(crate) use architecture::EMBEDDING_TABLES;
pub use error::WeightsError;

use input::Input;
use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read, Seek, Write};
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
    heads_asked: bool,
    loss_mode: Option<String>,
    sha256: String,
}

impl Weights {
    /// Reads a file; `heads` is how many attention heads the network has, where the file does not say it.
    ///
    /// # Errors
    /// [`WeightsError`] for a file that cannot be read or is not a network.
    pub fn open(path: &Path, heads: Option<usize>) -> Result<Self, WeightsError> {
        let refuse = |what: String| WeightsError::Unreadable { path: path.display().to_string(), what };
        let failed = |error: io::Error| match error.kind() {
            ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::NotADirectory
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidFilename => refuse(error.to_string()),
            _ => WeightsError::Failed(error.to_string()),
        };
        // A pipe is not even opened: that would wait for who fills it.
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if !metadata.is_file() {
            return Err(refuse("not a file".to_owned()));
        }
        if metadata.len() > LARGEST_FILE {
            return Err(refuse(format!("{} bytes, expected at most {LARGEST_FILE}", metadata.len())));
        }
        Self::load(File::open(path).map_err(failed)?, heads)
    }

    /// Reads the contents of a file; `heads` as in [`Weights::open`].
    ///
    /// # Errors
    /// [`WeightsError`] for what is not a network.
    pub fn read(bytes: &[u8], heads: Option<usize>) -> Result<Self, WeightsError> {
        Self::load(Cursor::new(bytes), heads)
    }

    fn load(reader: impl Read + Seek, heads: Option<usize>) -> Result<Self, WeightsError> {
        let mut input = Input::new(reader)?;
        let source = match input.piece(0, archive::MAGIC.len() as u64)? {
            Some(start) if start == archive::MAGIC => checkpoint::read(&mut input),
            _ => safetensors::read(&mut input),
        }?;
        let said = heads::taken(source.heads, heads)?;
        let architecture = Architecture::of(&source.shapes(), said)?;
        let names = architecture.tensors().into_iter().map(|(name, _)| name).collect();
        Ok(Self {
            architecture,
            tensors: source.load(&mut input, names)?,
            heads_asked: source.heads.is_none(),
            loss_mode: source.loss_mode,
            sha256: input.sha256()?,
        })
    }

    /// Writes a `.safetensors` file. The same weights always make the same bytes, whose SHA-256 is returned, in hex.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_safetensors(&self, out: impl Write) -> io::Result<String> {
        safetensors::write(self, out)
    }

    /// As a `.safetensors` file. The same weights always make the same bytes.
    pub fn to_safetensors(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_safetensors(&mut bytes).expect("memory takes what is written");
        bytes
    }

    /// The sizes.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// The attention heads, if the caller has said how many and the file has not.
    pub fn heads_asked(&self) -> Option<usize> {
        self.heads_asked.then_some(self.architecture.heads)
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
