//! The sizes of a network, and which tensors follow from them.

use super::WeightsError;
use crate::tokenizer::TOKENS;
use std::collections::{BTreeMap, BTreeSet};

/// The twelve tables of embeddings, in the order of the features they are for: name and rows.
///
/// The first value is the name of the tensor without `.weight`, the last whether its rows are wide (a sixth of the
/// network's width) or narrow (a twelfth).
pub const EMBEDDING_TABLES: [(&str, usize, bool); 12] = [
    ("high_pip_embed", 7, true),
    ("low_pip_embed", 7, true),
    ("is_double_embed", 2, false),
    ("count_value_embed", 3, false),
    ("trump_rank_embed", 8, true),
    ("player_id_embed", 4, false),
    ("is_current_embed", 2, false),
    ("is_partner_embed", 2, false),
    ("is_remaining_embed", 2, false),
    ("token_type_embed", 8, true),
    ("decl_embed", 10, true),
    ("leader_embed", 4, false),
];

/// Below this width some embeddings would be empty.
const NARROWEST: usize = 12;
/// Widest network and feed-forward block.
const WIDEST: usize = 1 << 14;
/// Most layers.
const DEEPEST: usize = 256;

/// The sizes of a transformer over tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Architecture {
    /// Numbers a token.
    pub width: usize,
    /// Attention heads; they share the width evenly.
    pub heads: usize,
    /// Encoder layers.
    pub layers: usize,
    /// Numbers a token between the two halves of a feed-forward block.
    pub feed_forward: usize,
}

/// Shapes of tensors by name.
pub type Shapes = BTreeMap<String, Vec<usize>>;

impl Architecture {
    /// What the shapes of the tensors say, which is all but the number of heads.
    ///
    /// # Errors
    /// The first tensor, in the order of computation, that is missing or does not fit; no heads, or a number of them that
    /// does not divide the width.
    pub fn of(shapes: &Shapes, heads: Option<usize>) -> Result<Self, WeightsError> {
        // The first number of a shape, within what makes sense, or what a usual network would have.
        let first = |name: &str, usual: usize| match shapes.get(name) {
            Some(shape) => shape.first().copied().unwrap_or(0).clamp(1, WIDEST),
            None => usual,
        };
        let width = first("input_proj.weight", 128).max(NARROWEST);
        let feed_forward = first("transformer.layers.0.linear1.weight", 4 * width);
        let layers = shapes.keys().filter_map(|name| layer(name)).collect::<BTreeSet<_>>().len().max(1);
        if layers > DEEPEST {
            return Err(WeightsError::format(format!("{layers} layers, expected at most {DEEPEST}")));
        }
        let architecture = Self { width, heads: heads.unwrap_or(1), layers, feed_forward };
        architecture.check(shapes)?;
        let heads = heads.ok_or(WeightsError::HeadsUnknown { width })?;
        if heads == 0 || width % heads != 0 {
            let expected = format!("a number that divides the width of {width}");
            return Err(WeightsError::Heads { got: heads, expected });
        }
        Ok(architecture)
    }

    /// Every tensor is there, has the right shape, and there is no other.
    fn check(&self, shapes: &Shapes) -> Result<(), WeightsError> {
        let tensors = self.tensors();
        for (name, expected) in &tensors {
            match shapes.get(name) {
                None => {
                    return Err(WeightsError::Missing { name: name.clone(), expected: expected.clone() });
                }
                Some(got) if got != expected => {
                    let (name, got, expected) = (name.clone(), got.clone(), expected.clone());
                    return Err(WeightsError::Shape { name, got, expected });
                }
                Some(_) => {}
            }
        }
        let known: BTreeSet<&str> = tensors.iter().map(|(name, _)| name.as_str()).collect();
        match shapes.iter().find(|(name, _)| !known.contains(name.as_str())) {
            None => Ok(()),
            Some((name, got)) => Err(WeightsError::Unknown { name: name.clone(), got: got.clone() }),
        }
    }

    /// Numbers that one feature's embeddings have: a sixth or a twelfth of the width.
    pub(crate) fn embedding(&self, feature: usize) -> usize {
        if EMBEDDING_TABLES[feature].2 { self.width / 6 } else { self.width / 12 }
    }

    /// Numbers that the twelve embeddings of a token have together, at this width.
    fn features(width: usize) -> usize {
        5 * (width / 6) + 7 * (width / 12)
    }

    /// Name and shape of every tensor, in the order of computation.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let Self { width, feed_forward, .. } = *self;
        let mut tensors = Vec::new();
        let mut put = |name: String, shape: &[usize]| tensors.push((name, shape.to_vec()));
        for (feature, (name, rows, _)) in EMBEDDING_TABLES.into_iter().enumerate() {
            put(format!("{name}.weight"), &[rows, self.embedding(feature)]);
        }
        put("input_proj.weight".to_owned(), &[width, Self::features(width)]);
        put("input_proj.bias".to_owned(), &[width]);
        for layer in 0..self.layers {
            let mut put =
                |name: &str, shape: &[usize]| put(format!("transformer.layers.{layer}.{name}"), shape);
            put("self_attn.in_proj_weight", &[3 * width, width]);
            put("self_attn.in_proj_bias", &[3 * width]);
            put("self_attn.out_proj.weight", &[width, width]);
            put("self_attn.out_proj.bias", &[width]);
            put("norm1.weight", &[width]);
            put("norm1.bias", &[width]);
            put("linear1.weight", &[feed_forward, width]);
            put("linear1.bias", &[feed_forward]);
            put("linear2.weight", &[width, feed_forward]);
            put("linear2.bias", &[width]);
            put("norm2.weight", &[width]);
            put("norm2.bias", &[width]);
        }
        for head in ["output_proj", "value_head"] {
            put(format!("{head}.weight"), &[1, width]);
            put(format!("{head}.bias"), &[1]);
        }
        tensors
    }

    /// Operations of the matrix products for one world of 32 tokens, a multiplication and an addition being two, if every
    /// token goes through every layer.
    pub fn operations(&self) -> f64 {
        self.layers as f64 * self.layer_operations(TOKENS, TOKENS)
    }

    /// The same without what nobody asks for: after the last layer's keys and values, 16 tokens are enough.
    pub fn least_operations(&self) -> f64 {
        self.operations() - self.layer_operations(TOKENS, TOKENS) + self.layer_operations(TOKENS, 16)
    }

    /// Of a layer in which so many tokens are looked at by so many.
    fn layer_operations(&self, keys: usize, queries: usize) -> f64 {
        let (width, inner) = (self.width as f64, self.feed_forward as f64);
        let (keys, queries) = (keys as f64, queries as f64);
        let by_key = 2.0 * width * width;
        let by_query = 2.0 * width * width + 2.0 * width * inner + 2.0 * width * keys;
        2.0 * (keys * by_key + queries * by_query)
    }

    /// How many numbers it has.
    pub fn parameters(&self) -> usize {
        self.tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
    }
}

/// The number of the layer that a tensor belongs to, as written.
fn layer(name: &str) -> Option<&str> {
    Some(name.strip_prefix("transformer.layers.")?.split_once('.')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(architecture: Architecture) -> Shapes {
        architecture.tensors().into_iter().collect()
    }

    const SMALL: Architecture = Architecture { width: 32, heads: 4, layers: 2, feed_forward: 64 };

    #[test]
    fn sizes_are_read_from_shapes() {
        let odd = Architecture { width: 48, heads: 3, layers: 1, feed_forward: 20 };
        let large = Architecture { width: 256, heads: 8, layers: 6, feed_forward: 512 };
        let deep = Architecture { width: 12, heads: 1, layers: 12, feed_forward: 1 };
        for architecture in [SMALL, odd, large, deep] {
            assert_eq!(Architecture::of(&shapes(architecture), Some(architecture.heads)), Ok(architecture));
        }
        assert_eq!((SMALL.tensors().len(), SMALL.parameters()), (42, 18_672));
        let big = Architecture { width: 128, heads: 8, layers: 4, feed_forward: 512 };
        assert_eq!((big.tensors().len(), big.parameters()), (66, 816_904));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let check = |change: fn(&mut Shapes), expected: &str| {
            let mut shapes = shapes(SMALL);
            change(&mut shapes);
            assert_eq!(Architecture::of(&shapes, Some(4)).unwrap_err().to_string(), expected);
        };
        check(
            |it| drop(it.insert("decl_embed.weight".into(), vec![9, 5])),
            "tensor decl_embed.weight has shape [9, 5], expected [10, 5]",
        );
        check(
            |it| drop(it.insert("transformer.layers.1.norm2.bias".into(), vec![31])),
            "tensor transformer.layers.1.norm2.bias has shape [31], expected [32]",
        );
        check(
            |it| drop(it.remove("transformer.layers.1.self_attn.in_proj_weight")),
            "tensor transformer.layers.1.self_attn.in_proj_weight is missing, expected one of shape [96, 32]",
        );
        check(
            |it| drop(it.insert("positions.weight".into(), vec![32, 32])),
            "tensor positions.weight of shape [32, 32] is not part of the network",
        );
        check(
            |it| drop(it.insert("transformer.layers.4000000000.norm1.bias".into(), vec![32])),
            "tensor transformer.layers.2.self_attn.in_proj_weight is missing, expected one of shape [96, 32]",
        );
        check(
            |it| drop(it.insert("input_proj.weight".into(), vec![32])),
            "tensor input_proj.weight has shape [32], expected [32, 39]",
        );
        // A width out of bounds contradicts the first tensor that is looked at.
        check(
            |it| drop(it.insert("input_proj.weight".into(), vec![usize::MAX, 0])),
            "tensor high_pip_embed.weight has shape [7, 5], expected [7, 2730]",
        );
        check(
            |it| drop(it.insert("transformer.layers.0.linear1.weight".into(), vec![usize::MAX, 0])),
            "tensor transformer.layers.0.linear1.weight has shape [18446744073709551615, 0], expected [16384, 32]",
        );
        check(|it| it.clear(), "tensor high_pip_embed.weight is missing, expected one of shape [7, 21]");
        let heads = |heads| Architecture::of(&shapes(SMALL), heads).unwrap_err().to_string();
        assert_eq!(
            heads(None),
            "the file does not name its attention heads: expected n_heads, num_heads or nhead, or --heads with a number \
             that divides the width of 32"
        );
        assert_eq!(heads(Some(5)), "5 attention heads: expected a number that divides the width of 32");
        assert_eq!(heads(Some(0)), "0 attention heads: expected a number that divides the width of 32");
    }
}
