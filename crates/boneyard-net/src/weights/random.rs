//! Networks that know nothing, for tests and for measuring speed.

use super::{Architecture, Tensor, Weights, WeightsError};

impl Weights {
    /// Weights as large as those of a trained network, all different, no parameter where it does nothing;
    /// a function of the sizes and the seed.
    ///
    /// # Errors
    /// [`WeightsError`] for sizes that no file could have.
    pub fn random(architecture: Architecture, seed: u64) -> Result<Self, WeightsError> {
        let mut state = seed;
        // SplitMix64 (Steele, Lea and Flood 2014), as a number from −1 to 1.
        let mut random = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ z >> 31) >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        let tensors = architecture.tensors().into_iter().map(|(name, shape)| {
            let count = shape.iter().product();
            let spread = match shape.as_slice() {
                _ if name.ends_with("_embed.weight") => 3f32.sqrt(),
                // So that values are some tens of points.
                [1, width] => 20.0 / (*width as f32).sqrt(),
                [_, columns] => 1.7 / (*columns as f32).sqrt(),
                _ => 0.3,
            };
            let middle = if name.contains("norm") && name.ends_with("weight") { 1.0 } else { 0.0 };
            let data = (0..count).map(|_| middle + spread * random()).collect();
            (name, Tensor { shape, data })
        });
        let tensors = tensors.collect();
        let weights =
            Self { architecture, tensors, heads_asked: false, loss_mode: None, sha256: String::new() };
        Self::read(&weights.to_safetensors(), None)
    }
}
