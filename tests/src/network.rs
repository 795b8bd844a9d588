//! The forward pass on a device against the reference on the processor.

use crate::golden::network::{floats, inputs_of};
use anyhow::{Context, Result, ensure};
use boneyard_core::{Backend, Coordinates, Deals, Purpose, Sampling, Setup};
use boneyard_device::Device;
use boneyard_net::tokenizer::{Decision, FEATURES, Token, context, in_hand, on_table};
use boneyard_net::{Architecture, Arithmetic, Forward, Input, Reference, Weights};
use boneyard_rules::{Bid, Declaration, Seat, tiles_of};
use cubecl::prelude::{ComputeClient, CubeElement, Runtime};
use safetensors::SafeTensors;
use std::sync::Arc;

/// Network, tokens and the original's answers: see `golden/README.md`.
const WEIGHTS: &[u8] = include_bytes!("../golden/weights_small.safetensors");
const OUTPUTS: &[u8] = include_bytes!("../golden/io_small.safetensors");

/// How far answers may be from the reference's, in points.
fn tolerance(arithmetic: Arithmetic) -> f32 {
    match arithmetic {
        Arithmetic::Half => 0.05,
        Arithmetic::Single => 2e-3,
    }
}

/// Answers of a device compared with others.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// What the device computed in.
    pub arithmetic: Arithmetic,
    /// Worlds compared.
    pub worlds: usize,
    /// The largest difference in points.
    pub worst: f32,
    /// The mean difference in points.
    pub mean: f64,
}

/// A device with a game on it, to compute networks with.
struct Bench<R: Runtime> {
    device: Device<R>,
}

impl<R: Runtime> Bench<R> {
    fn new(client: ComputeClient<R>, budget: u64) -> Result<Self> {
        let mut device = Device::new(client, "the device").with_budget(budget);
        let setup = Setup {
            seed: 0,
            deal: Deals::Native.deal(0),
            declaration: Declaration::SIXES,
            bidder: Seat::ALL[0],
            bid: Bid::THIRTY,
        };
        device.deal(&[setup], &Sampling::new(1))?;
        Ok(Self { device })
    }

    /// The outputs for the inputs from `first` on, as if there were as many worlds as inputs.
    fn outputs(&self, forward: &Forward, inputs: &[Input], first: usize) -> Result<Vec<[f32; 7]>> {
        const NONE: f32 = -12_345.0;
        let n = inputs.len() - first;
        let words: Vec<u32> = inputs[first..].iter().flat_map(Input::folded).collect();
        let tokens = self.device.upload("the tokens", &words)?;
        let total = self.device.upload("the total", &[7, inputs.len() as u32])?;
        // More room than worlds: what is behind the last one must be left alone.
        let blank = vec![NONE; 8 * (n + 5)];
        let outputs = self.device.upload("the outputs", u32::from_bytes(f32::as_bytes(&blank)))?;
        forward.compute(&self.device, &tokens, (&total, 1), first, n, &outputs)?;
        let read = self.device.read("the outputs", vec![outputs.handle()])?.remove(0);
        let read: Vec<f32> = read.into_iter().map(f32::from_bits).collect();
        let rows = read.as_chunks::<8>().0;
        ensure!(
            rows[n..].iter().flatten().all(|&number| number == NONE),
            "outputs for no world were written"
        );
        Ok(rows[..n].iter().map(|row| std::array::from_fn(|slot| row[slot])).collect())
    }
}

/// The golden rows, all three kinds, through the golden network.
///
/// # Errors
/// The first answer that is too far from the original's.
pub fn golden<R: Runtime>(client: ComputeClient<R>, single: bool) -> Result<Comparison> {
    let io = SafeTensors::deserialize(OUTPUTS)?;
    let inputs = inputs_of(&io)?;
    let q: Vec<f32> = floats(&io, "q", &[inputs.len(), 7])?.iter().map(|&q| q as f32).collect();
    let weights = Arc::new(Weights::read(WEIGHTS, None)?);
    let bench = Bench::new(client, 1 << 28)?;
    compare(&bench, &forward(weights, single)?, &inputs, q.as_chunks().0).context("golden rows")
}

/// Random worlds through random networks of a shape; then each of some of them alone, and in parts.
///
/// # Errors
/// The first answer that is too far from the reference's, or that depends on the company.
pub fn random<R: Runtime>(
    client: ComputeClient<R>,
    architecture: Architecture,
    n_worlds: usize,
    single: bool,
) -> Result<Comparison> {
    let weights = Arc::new(Weights::random(architecture, n_worlds as u64)?);
    let reference = Reference::new(&weights)?;
    let inputs = inputs(n_worlds);
    let expected =
        inputs.chunks(64).map(|inputs| reference.forward(inputs)).collect::<Result<Vec<_>, _>>()?;
    let expected: Vec<[f32; 7]> = expected.iter().flatten().map(|output| output.q).collect();
    // So little memory that worlds are computed in parts where activations are kept there.
    let bench = Bench::new(client, 64 << 20)?;
    let forward = forward(weights, single)?;
    let comparison =
        compare(&bench, &forward, &inputs, &expected).with_context(|| format!("{architecture:?}"))?;
    let together = bench.outputs(&forward, &inputs, 0)?;
    let bits = |answers: &[f32; 7]| answers.map(f32::to_bits);
    for first in [1, n_worlds / 2, n_worlds - 1] {
        let part = bench.outputs(&forward, &inputs, first)?;
        ensure!(part.iter().map(bits).eq(together[first..].iter().map(bits)), "parts from {first} on differ");
    }
    for world in (0..n_worlds).step_by(n_worlds / 7 + 1) {
        let alone = bench.outputs(&forward, &inputs[world..=world], 0)?;
        ensure!(bits(&alone[0]) == bits(&together[world]), "world {world} alone has other answers");
    }
    Ok(comparison)
}

fn forward(weights: Arc<Weights>, single: bool) -> Result<Forward> {
    let forward = Forward::new(weights)?;
    Ok(if single { forward.in_single_precision() } else { forward })
}

fn compare<R: Runtime>(
    bench: &Bench<R>,
    forward: &Forward,
    inputs: &[Input],
    expected: &[[f32; 7]],
) -> Result<Comparison> {
    let arithmetic = forward.arithmetic(bench.device.properties());
    let answers = bench.outputs(forward, inputs, 0)?;
    let (mut worst, mut sum) = (0f32, 0.0);
    for (world, (answers, expected)) in answers.iter().zip(expected).enumerate() {
        for (slot, (answer, expected)) in answers.iter().zip(expected).enumerate() {
            let apart = (answer - expected).abs();
            // What is no number is not close to anything.
            let is_close = apart <= tolerance(arithmetic);
            ensure!(is_close, "world {world}, slot {slot}: {answer} in {arithmetic}, expected {expected}");
            worst = worst.max(apart);
            sum += f64::from(apart);
        }
    }
    Ok(Comparison { arithmetic, worlds: inputs.len(), worst, mean: sum / (7 * inputs.len()) as f64 })
}

/// Random decisions in random worlds: any domino may have been played, and any may be on the table.
fn inputs(n: usize) -> Vec<Input> {
    let mut random = Coordinates { seed: 6, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
    (0..n as u64)
        .map(|seed| {
            let hands = Deals::Native.deal(seed).hands();
            let decision =
                Decision { mover: random.below(4), declaration: random.below(10), leader: random.below(4) };
            let mut tokens = vec![context(&decision)];
            for (seat, hand) in hands.into_iter().enumerate() {
                let domino = |domino: boneyard_rules::Domino| {
                    in_hand(&decision, domino.id().into(), seat as u32, random.below(2))
                };
                tokens.extend(tiles_of(hand).map(domino));
            }
            let table = (0..random.below(4)).map(|turn| on_table(&decision, random.below(28), turn));
            tokens.extend(table.collect::<Vec<_>>());
            Input {
                features: std::array::from_fn(|i| tokens.get(i).map_or([0; FEATURES], Token::features)),
                present: std::array::from_fn(|i| i < tokens.len()),
                mover: decision.mover as usize,
            }
        })
        .collect()
}
