//! The networks that come with Boneyard, as the bytes of their files.
//!
//! The model card of each is the `README.md` beside its file.
#![deny(missing_docs)]

/// A network that comes with Boneyard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// What it is called.
    pub name: &'static str,
    /// Its file, safetensors in f16.
    pub bytes: &'static [u8],
}

/// All of them, the smallest first.
pub const MODELS: [Model; 2] = [
    Model { name: "small", bytes: include_bytes!("../small/small.safetensors") },
    Model { name: "standard", bytes: include_bytes!("../standard/standard.safetensors") },
];

impl Model {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        MODELS.into_iter().find(|model| model.name == name)
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("name", &self.name).field("bytes", &self.bytes.len()).finish()
    }
}
