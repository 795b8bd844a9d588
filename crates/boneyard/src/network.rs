//! Networks by name: those that come with Boneyard, and files.

use boneyard_core::{Backend, Error, Evaluator, Host, Result};
use boneyard_net::tokenizer::folded::FoldedTokenizer;
use boneyard_net::{DealTokenizer, Forward, Neural, Reference, Weights, WeightsError};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// A network that has been read; clones share it. Two are equal if their files and attention heads are.
#[derive(Clone)]
pub struct Network {
    file: String,
    weights: Arc<Weights>,
    forward: Forward,
    /// What computes it on the host: a second copy of the weights, made when it is first asked for.
    reference: Arc<OnceLock<Arc<Reference>>>,
}

impl Network {
    /// The network of a [shipped](Network::SHIPPED) name, or else of a file, for which `heads` is how many attention heads
    /// it has where it does not say so itself. A file that is called as a shipped network is opened as `./small`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] saying what is wrong with the file; [`Error::File`] if the system fails.
    pub fn open(file: &str, heads: Option<usize>) -> Result<Self> {
        let refuse = |error: WeightsError| match error {
            WeightsError::Failed(what) => Error::File { file: file.to_owned(), what },
            other => Error::Mismatch(other.to_string()),
        };
        let weights = match Self::shipped(file) {
            Some(bytes) => Weights::read(bytes, heads),
            None => Weights::open(Path::new(file), heads),
        };
        let near = |error| match error {
            Error::Mismatch(what) if !Self::SHIPPED.is_empty() && !Path::new(file).exists() => {
                Error::Mismatch(format!("{what}; {} come with Boneyard", Self::SHIPPED.join(" and ")))
            }
            error => error,
        };
        Self::new(file, weights.map_err(refuse).map_err(near)?)
    }

    /// The names of the networks that come with Boneyard, the smallest first; none without the feature `models`.
    #[cfg(feature = "models")]
    pub const SHIPPED: [&str; 2] = [boneyard_models::MODELS[0].name, boneyard_models::MODELS[1].name];

    /// The names of the networks that come with Boneyard: none without the feature `models`.
    #[cfg(not(feature = "models"))]
    pub const SHIPPED: [&str; 0] = [];

    #[cfg(feature = "models")]
    fn shipped(name: &str) -> Option<&'static [u8]> {
        boneyard_models::Model::named(name).map(|model| model.bytes)
    }

    #[cfg(not(feature = "models"))]
    fn shipped(_: &str) -> Option<&'static [u8]> {
        None
    }

    /// A network with these weights, under the name of a file.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if it was trained to output something else than points.
    pub fn new(file: &str, weights: Weights) -> Result<Self> {
        let refuse = |error: WeightsError| Error::Mismatch(error.to_string());
        let weights = Arc::new(weights);
        let forward = Forward::new(Arc::clone(&weights)).map_err(refuse)?;
        Ok(Self { file: file.to_owned(), weights, forward, reference: Arc::default() })
    }

    /// Where it was read from: a file, or a shipped name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What tells it from others: its file, and the one number that need not be in it.
    pub(crate) fn identity(&self) -> (&str, usize) {
        (self.weights.sha256(), self.weights.architecture().heads)
    }

    /// What it is made of.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// What computes it on devices.
    pub fn forward(&self) -> &Forward {
        &self.forward
    }

    /// What computes it on the host.
    pub fn model(&self) -> &Arc<Reference> {
        // What a file can be refused for was refused when the network was made.
        let make = || Reference::model(&self.weights).expect("complete weights of a network in points");
        self.reference.get_or_init(make)
    }
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Network {}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("file", &self.file).field("sha256", &self.weights.sha256()).finish()
    }
}

/// A backend that computes networks.
pub trait NetworkBackend: Backend + Sized {
    /// A network as an evaluator there.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for one that cannot be computed there.
    fn network(network: &Network) -> Result<Box<dyn Evaluator<Self>>>;
}

impl NetworkBackend for Host {
    fn network(network: &Network) -> Result<Box<dyn Evaluator<Self>>> {
        Ok(Box::new(Neural::new(DealTokenizer, Arc::clone(network.model()))))
    }
}

#[cfg(feature = "device")]
impl<R: cubecl::prelude::Runtime> NetworkBackend for boneyard_device::Device<R> {
    fn network(network: &Network) -> Result<Box<dyn Evaluator<Self>>> {
        Ok(Box::new(Neural::new(FoldedTokenizer, network.forward().clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_net::Architecture;

    #[test]
    #[cfg(feature = "models")]
    fn shipped_networks_are_found_by_name_and_small_enough() {
        let mut bytes = 0;
        for (name, most) in Network::SHIPPED.into_iter().zip([900_000, 3_400_000]) {
            let network = Network::open(name, None).unwrap();
            assert_eq!(network.file(), name);
            let parameters: usize = network.weights().tensors().map(|(_, tensor)| tensor.data.len()).sum();
            assert!(parameters <= most, "{name}: {parameters}");
            bytes += Network::shipped(name).unwrap().len();
        }
        assert!(bytes <= 9_000_000);
        assert_ne!(Network::open("small", None).unwrap(), Network::open("standard", None).unwrap());
        assert!(Network::open("./small", None).is_err());
    }

    #[test]
    fn the_hosts_copy_is_made_when_it_is_asked_for() {
        let architecture = Architecture { width: 12, heads: 1, layers: 1, feed_forward: 4 };
        let network = Network::new("a file", Weights::random(architecture, 1).unwrap()).unwrap();
        let clone = network.clone();
        assert!(network.reference.get().is_none());
        Host::network(&network).unwrap();
        let made = network.reference.get().unwrap();
        assert!(Arc::ptr_eq(made, clone.reference.get().unwrap()));
    }
}
