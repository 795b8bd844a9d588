//! The reference: against the golden outputs, against the same function in plain loops, and as an evaluator whose
//! values depend on nothing but the world.

mod plain;

use boneyard_core::{
    Answers, AtOnce, Backend, Deals, Design, Error, Evaluator, Host, HostObservations, HostValues,
    HostWorlds, ILLEGAL, Planner, Question, Sampler, Sampling, Setup,
};
use boneyard_net::tokenizer::{FEATURES, TOKENS};
use boneyard_net::{Architecture, DealTokenizer, Input, Neural, Reference, UNIT, Weights};
use boneyard_rules::{Bid, Declaration, Seat};
use boneyard_strategies::sampler::Unrank;
use safetensors::SafeTensors;
use std::path::Path;
use std::sync::Arc;

/// How far the reference may be from the original.
const CLOSE: f32 = 2e-5;

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name)).unwrap()
}

fn floats(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    file.tensor(name).unwrap().data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

fn integers(file: &SafeTensors<'_>, name: &str) -> Vec<usize> {
    let bytes = file.tensor(name).unwrap().data().as_chunks().0;
    bytes.iter().map(|&bytes| i64::from_le_bytes(bytes) as usize).collect()
}

fn inputs(file: &SafeTensors<'_>) -> Vec<Input> {
    let (tokens, mask) = (file.tensor("tokens").unwrap().data(), file.tensor("mask").unwrap().data());
    let movers = integers(file, "current_player").into_iter().enumerate();
    let input = |(n, mover)| {
        let byte = |token: usize, feature: usize| tokens[(n * TOKENS + token) * FEATURES + feature] as i8;
        Input {
            features: std::array::from_fn(|token| std::array::from_fn(|feature| byte(token, feature))),
            present: std::array::from_fn(|token| mask[n * TOKENS + token] == 1),
            mover,
        }
    };
    movers.map(input).collect()
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn it_is_the_original() {
    let io = golden("io_small.safetensors");
    let io = SafeTensors::deserialize(&io).unwrap();
    let inputs = inputs(&io);
    for name in ["weights_small.safetensors", "small.ckpt", "small_lightning.ckpt", "small_compiled.ckpt"] {
        let reference = Reference::new(&Weights::read(&golden(name), None).unwrap()).unwrap();
        let outputs = reference.forward(&inputs).unwrap();
        assert_eq!(outputs.len(), 300);
        let q: Vec<f32> = outputs.iter().flat_map(|output| output.q).collect();
        let values: Vec<f32> = outputs.iter().map(|output| output.value).collect();
        assert!(furthest(&q, &floats(&io, "q")) <= CLOSE, "{name}");
        assert!(furthest(&values, &floats(&io, "value")) <= CLOSE, "{name}");
    }
}

#[test]
fn so_is_what_is_between_its_layers() {
    let io = golden("io_small.safetensors");
    let io = SafeTensors::deserialize(&io).unwrap();
    let reference = Reference::new(&Weights::read(&golden("small.ckpt"), None).unwrap()).unwrap();
    let all = inputs(&io);
    let inputs: Vec<Input> = integers(&io, "act_rows").into_iter().map(|row| all[row]).collect();
    let width = reference.architecture().width;
    let activations = reference.activations(&inputs).unwrap();
    assert_eq!(activations.len(), 3);
    for (layer, activations) in activations.iter().enumerate() {
        let expected = floats(&io, &format!("act{layer}"));
        let numbers = activations.chunks_exact(width).zip(expected.chunks_exact(width));
        let present = inputs.iter().flat_map(|input| input.present);
        let mut n_tokens = 0;
        for ((activations, expected), _) in numbers.zip(present).filter(|(_, present)| *present) {
            assert!(furthest(activations, expected) <= CLOSE, "layer {layer}");
            n_tokens += 1;
        }
        // Nothing, one, two and three dominoes on the table.
        assert_eq!(n_tokens, 4 * 29 + 6);
    }
}

const SHAPES: [Architecture; 4] = [
    Architecture { width: 48, heads: 3, layers: 1, feed_forward: 64 },
    Architecture { width: 12, heads: 4, layers: 3, feed_forward: 7 },
    Architecture { width: 100, heads: 5, layers: 2, feed_forward: 33 },
    Architecture { width: 128, heads: 8, layers: 4, feed_forward: 512 },
];

/// Any sizes: in f64 and plain loops the same comes out.
#[test]
fn all_sizes_compute_the_same_function() {
    let io = golden("io_small.safetensors");
    let inputs = &inputs(&SafeTensors::deserialize(&io).unwrap())[100..108];
    for (seed, architecture) in SHAPES.into_iter().enumerate() {
        let weights = Weights::random(architecture, seed as u64).unwrap();
        assert_eq!(weights.architecture(), architecture);
        let outputs = Reference::new(&weights).unwrap().forward(inputs).unwrap();
        let mut largest = 0f64;
        for (input, output) in inputs.iter().zip(outputs) {
            let (q, value) = plain::forward(&weights, input);
            for (a, b) in output.q.iter().zip(q).chain([(&output.value, value)]) {
                assert!((f64::from(*a) - b).abs() <= 1e-4, "{architecture:?}: {a} for {b}");
                largest = largest.max(b.abs());
            }
        }
        assert!(largest > 3.0, "{architecture:?}: values are so small that they prove nothing");
    }
}

/// In a batch of a given size, an input's outputs are the same to the bit at any index and in any company. Evaluators
/// rely on it. (The size of the batch does change last bits, as it changes how matrix products are cut.)
#[test]
fn outputs_do_not_depend_on_index_and_company() {
    let io = golden("io_small.safetensors");
    let inputs = inputs(&SafeTensors::deserialize(&io).unwrap());
    for (seed, architecture) in SHAPES.into_iter().enumerate() {
        let reference = Reference::new(&Weights::random(architecture, seed as u64).unwrap()).unwrap();
        let expected = reference.forward(&inputs[..32]).unwrap();
        for turn in 0..32 {
            let mut others = inputs[32 + turn..64 + turn].to_vec();
            for kept in [turn, (turn + 9) % 32, (turn + 26) % 32] {
                others[(7 * kept + turn) % 32] = inputs[kept];
            }
            let outputs = reference.forward(&others).unwrap();
            for kept in [turn, (turn + 9) % 32, (turn + 26) % 32] {
                assert_eq!(outputs[(7 * kept + turn) % 32], expected[kept], "{architecture:?}, turn {turn}");
            }
        }
    }
}

fn setups() -> Vec<Setup> {
    let setup = |seed: u64| Setup {
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declaration::new(seed % 10).unwrap(),
        bidder: Seat::ALL[0],
        bid: Bid::THIRTY,
    };
    (0..5).map(setup).collect()
}

/// Worlds of the first decisions of these games.
fn drawn(host: &mut Host, samples: u32) -> (HostObservations, HostWorlds) {
    let games = host.deal(&setups(), &Sampling::new(samples)).unwrap();
    let (seen, mut items) = (host.observe(&games).unwrap(), host.items(&games).unwrap());
    let estimates = host.estimates(&games, Question::Contract, Design::default()).unwrap();
    AtOnce.plan(host, &seen, &estimates, &mut items).unwrap();
    let mut worlds = host.worlds(&games).unwrap();
    Unrank::default().sample(host, &seen, &items, 0..5, &mut worlds).unwrap();
    (seen, worlds)
}

/// Every world alone has the values that it has among others.
#[test]
fn values_do_not_depend_on_the_batch() {
    let weights = Weights::random(SHAPES[0], 7).unwrap();
    let mut net = Neural::new(DealTokenizer, Reference::model(&weights).unwrap());
    assert_eq!(net.question(), Question::Points { unit: UNIT });
    let mut host = Host::default();
    let (seen, mut worlds) = drawn(&mut host, 37);
    let mut values = HostValues::default();
    net.evaluate(&mut host, &seen, &worlds, &mut values).unwrap();
    assert_eq!(values.slots.len(), 5 * 37);
    let reference = Reference::new(&weights).unwrap();
    let (all, owners) = (worlds.worlds.clone(), worlds.owners.clone());
    for ((world, owner), expected) in all.into_iter().zip(owners).zip(&values.slots) {
        (worlds.worlds, worlds.owners) = (vec![world], vec![owner]);
        let mut alone = HostValues::default();
        net.evaluate(&mut host, &seen, &worlds, &mut alone).unwrap();
        assert_eq!(alone.slots, [*expected]);
        let input = Input::of(&seen[owner as usize].view, &world);
        let q = reference.forward(&[input]).unwrap()[0].q;
        for (q, value) in q.into_iter().zip(alone.slots[0]) {
            // Leads: every slot is legal.
            assert!(value != ILLEGAL && (q - f32::from(value) / f32::from(UNIT)).abs() <= 0.5 / 256.0, "{q}");
        }
    }
}

#[test]
fn networks_that_do_not_output_points_are_refused() {
    let file = golden("weights_small.safetensors");
    let at = file.windows(6).position(|window| window == b"qvalue").unwrap();
    let mut other = file.clone();
    other[at..at + 6].copy_from_slice(b"policy");
    let model = |file: &[u8]| Reference::model(&Weights::read(file, None).unwrap());
    assert!(model(&file).is_ok());
    let complaint = model(&other).unwrap_err().to_string();
    assert!(
        complaint.ends_with("its network outputs `policy`, expected points (loss_mode qvalue)"),
        "{complaint}"
    );
}

/// Finite weights can still make nonsense, which must not become a number of points.
#[test]
fn outputs_that_are_not_numbers_are_errors() {
    let mut file = Weights::random(SHAPES[0], 1).unwrap().to_safetensors();
    let length = file.len();
    // The heads come last: weights so large that their sum is infinite.
    for number in file[length - 4 * 2 * 49..].chunks_exact_mut(4) {
        number.copy_from_slice(&3e38f32.to_le_bytes());
    }
    let weights = Weights::read(&file, None).unwrap();
    let mut net = Neural::new(DealTokenizer, Reference::model(&weights).unwrap());
    let mut host = Host::default();
    let (seen, worlds) = drawn(&mut host, 8);
    let mut values = HostValues::default();
    let refused = net.evaluate(&mut host, &seen, &worlds, &mut values);
    assert!(matches!(refused, Err(Error::NoNumber { .. })), "{refused:?}");
}

#[test]
fn models_can_be_shared() {
    fn shared<T: Clone + Send + Sync>(_: &T) {}
    shared::<Arc<Reference>>(&Reference::model(&Weights::random(SHAPES[0], 0).unwrap()).unwrap());
}
