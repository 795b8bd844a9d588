//! The network's function in f64 and plain loops, one token after the other, sharing no code with the reference.

use boneyard_net::{Input, Weights};

struct Net<'a>(&'a Weights);

impl Net<'_> {
    fn numbers(&self, name: &str) -> Vec<f64> {
        let tensor = self.0.tensor(name).unwrap_or_else(|| panic!("no tensor {name}"));
        tensor.data.iter().copied().map(f64::from).collect()
    }

    fn linear(&self, weight: &str, bias: &str, x: &[f64]) -> Vec<f64> {
        let (weight, bias) = (self.numbers(weight), self.numbers(bias));
        let row = |(row, bias): (&[f64], &f64)| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + bias;
        weight.chunks_exact(x.len()).zip(&bias).map(row).collect()
    }

    fn normalised(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let (weight, bias) = (self.numbers(&format!("{name}.weight")), self.numbers(&format!("{name}.bias")));
        let scale = |(i, x): (usize, &f64)| (x - mean) / (variance + 1e-5).sqrt() * weight[i] + bias[i];
        x.iter().enumerate().map(scale).collect()
    }
}

const TABLES: &str = "high_pip low_pip is_double count_value trump_rank player_id is_current is_partner is_remaining \
                      token_type decl leader";

/// Values by slot, and the value of the position.
pub fn forward(weights: &Weights, input: &Input) -> ([f64; 7], f64) {
    let net = Net(weights);
    let (width, heads) = (weights.architecture().width, weights.architecture().heads);
    let present: Vec<usize> = (0..32).filter(|&token| input.present[token]).collect();
    let mut x: Vec<Vec<f64>> = present
        .iter()
        .map(|&token| {
            let mut row = Vec::new();
            for (feature, name) in TABLES.split_whitespace().enumerate() {
                let name = format!("{name}_embed.weight");
                let columns = weights.tensor(&name).unwrap().shape[1];
                let code = input.features[token][feature] as usize;
                row.extend_from_slice(&net.numbers(&name)[code * columns..][..columns]);
            }
            net.linear("input_proj.weight", "input_proj.bias", &row)
        })
        .collect();
    for layer in 0..weights.architecture().layers {
        let name = |part: &str| format!("transformer.layers.{layer}.{part}");
        let qkv: Vec<Vec<f64>> = x
            .iter()
            .map(|x| net.linear(&name("self_attn.in_proj_weight"), &name("self_attn.in_proj_bias"), x))
            .collect();
        let size = width / heads;
        x = (0..x.len())
            .map(|token| {
                let mut mixed = Vec::new();
                for head in 0..heads {
                    let part = |token: usize, part: usize| &qkv[token][part * width + head * size..][..size];
                    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                    let score =
                        |other: usize| (dot(part(token, 0), part(other, 1)) / (size as f64).sqrt()).exp();
                    let scores: Vec<f64> = (0..x.len()).map(score).collect();
                    let total: f64 = scores.iter().sum();
                    let share =
                        |i: usize| (0..x.len()).map(|other| scores[other] / total * part(other, 2)[i]).sum();
                    mixed.extend((0..size).map(share).collect::<Vec<f64>>());
                }
                let out =
                    net.linear(&name("self_attn.out_proj.weight"), &name("self_attn.out_proj.bias"), &mixed);
                let sum: Vec<f64> = x[token].iter().zip(out).map(|(x, out)| x + out).collect();
                let x = net.normalised(&name("norm1"), &sum);
                let mut inner = net.linear(&name("linear1.weight"), &name("linear1.bias"), &x);
                inner.iter_mut().for_each(|x| *x = x.max(0.0));
                let out = net.linear(&name("linear2.weight"), &name("linear2.bias"), &inner);
                let sum: Vec<f64> = x.iter().zip(out).map(|(x, out)| x + out).collect();
                net.normalised(&name("norm2"), &sum)
            })
            .collect();
    }
    let q =
        |slot: usize| net.linear("output_proj.weight", "output_proj.bias", &x[1 + 7 * input.mover + slot])[0];
    let value = net.linear("value_head.weight", "value_head.bias", &x[0])[0];
    (std::array::from_fn(q), value)
}
