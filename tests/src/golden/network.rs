//! The network's files: `weights_X` and `io_X` belong together, and a checkpoint `X….ckpt` holds the weights of
//! `weights_X`.

use super::found::Tally;
use anyhow::{Context, Result, bail, ensure};
use boneyard_net::tokenizer::{FEATURES, TOKENS};
use boneyard_net::{Input, Reference, Weights};
use safetensors::{Dtype, SafeTensors};
use std::path::{Path, PathBuf};

/// How far an output may be from the original's.
const CLOSE: f64 = 2e-5;

/// The weights explain the outputs of their pair.
pub fn check_weights(path: &Path, pair: &str, tally: &mut Tally) -> Result<()> {
    check_pair(path, &path.with_file_name(format!("io_{pair}.safetensors")), tally)
}

/// The outputs, and all else in the file, follow from the weights of the pair.
pub fn check_io(path: &Path, pair: &str, tally: &mut Tally) -> Result<()> {
    check_pair(&path.with_file_name(format!("weights_{pair}.safetensors")), path, tally)
}

/// The checkpoint holds the weights that its name begins with.
pub fn check_checkpoint(path: &Path, name: &str, tally: &mut Tally) -> Result<()> {
    let weights = Weights::open(path, None)?;
    let expected = Weights::open(&namesake(path, name)?, None)?;
    let (got, expected_sizes) = (weights.architecture(), expected.architecture());
    ensure!(got == expected_sizes, "its sizes are {got:?}, expected {expected_sizes:?}");
    for ((name, tensor), (_, expected)) in weights.tensors().zip(expected.tensors()) {
        for (index, (got, expected)) in tensor.data.iter().zip(&expected.data).enumerate() {
            ensure!(got == expected, "tensor {name}: number {index} is {got}, expected {expected}");
            tally.compared += 1;
        }
    }
    Ok(())
}

/// `weights_X.safetensors` with the longest X that the name of a checkpoint begins with.
fn namesake(path: &Path, name: &str) -> Result<PathBuf> {
    let ends = name.char_indices().map(|(end, _)| end).rev().filter(|&end| end > 0);
    let mut candidates = ends.map(|end| path.with_file_name(format!("weights_{}.safetensors", &name[..end])));
    candidates
        .find(|path| path.is_file())
        .context("no weights_X.safetensors with an X that its name begins with")
}

fn check_pair(weights: &Path, io_path: &Path, tally: &mut Tally) -> Result<()> {
    let reference = Reference::new(&Weights::open(weights, None)?)?;
    let bytes = read(io_path)?;
    let io = SafeTensors::deserialize(&bytes)
        .with_context(|| format!("{} is not safetensors", io_path.display()))?;
    let inputs = inputs(io_path, &io, tally)?;
    let (q, value) = (floats(&io, "q", &[inputs.len(), 7])?, floats(&io, "value", &[inputs.len()])?);
    let exact_q = optional(&io, "q_f64", &[inputs.len(), 7])?;
    let exact_value = optional(&io, "value_f64", &[inputs.len()])?;
    let outputs = reference.forward(&inputs)?;
    let our_q: Vec<f64> = outputs.iter().flat_map(|output| output.q).map(f64::from).collect();
    let our_value: Vec<f64> = outputs.iter().map(|output| f64::from(output.value)).collect();
    for (name, ours, original, exact) in
        [("q", our_q, &q, &exact_q), ("value", our_value, &value, &exact_value)]
    {
        // In wide networks the original's own f32 is further than this from its f64.
        let differences =
            exact.iter().flatten().zip(original).map(|(exact, original)| (exact - original).abs());
        let allowed = CLOSE.max(4.0 * differences.fold(0.0, f64::max).min(1e-3));
        compare(name, &ours, original, allowed, tally)?;
        if let Some(exact) = exact {
            compare(&format!("{name}_f64"), &ours, exact, allowed, tally)?;
        }
    }
    let mut known = 2 + usize::from(exact_q.is_some()) + usize::from(exact_value.is_some());
    known += ["tokens", "mask", "current_player"].iter().filter(|name| io.tensor(name).is_ok()).count();
    if io.tensor("act_rows").is_ok() {
        known += check_activations(&reference, &io, &inputs, tally)?;
    }
    ensure!(
        io.len() == known,
        "{} tensors, of which {known} are part of the format: {:?}",
        io.len(),
        io.names()
    );
    Ok(())
}

/// Hidden states of some rows; returns how many tensors they are in.
fn check_activations(
    reference: &Reference,
    io: &SafeTensors<'_>,
    inputs: &[Input],
    tally: &mut Tally,
) -> Result<usize> {
    let n_rows = io.tensor("act_rows")?.shape().iter().product();
    let rows = integers(io, "act_rows", &[n_rows])?;
    let input =
        |&row: &i64| inputs.get(row as usize).copied().with_context(|| format!("act_rows: no row {row}"));
    let inputs: Vec<Input> = rows.iter().map(input).collect::<Result<_>>()?;
    let width = reference.architecture().width;
    let activations = reference.activations(&inputs)?;
    for (layer, ours) in activations.iter().enumerate() {
        let name = format!("act{layer}");
        let original = floats(io, &name, &[n_rows, TOKENS, width])?;
        let ours: Vec<f64> = ours.iter().copied().map(f64::from).collect();
        compare(&name, &ours, &original, CLOSE, tally)?;
    }
    Ok(1 + activations.len())
}

/// What the network was given: the rows of `tokens.safetensors`, which the file may repeat.
fn inputs(io_path: &Path, io: &SafeTensors<'_>, tally: &mut Tally) -> Result<Vec<Input>> {
    let bytes = read(&io_path.with_file_name("tokens.safetensors"))?;
    let file = SafeTensors::deserialize(&bytes).context("tokens.safetensors is not safetensors")?;
    let rows = inputs_of(&file)?;
    if io.tensor("tokens").is_ok() {
        ensure!(inputs_of(io)? == rows, "its rows are not those of tokens.safetensors");
        tally.compared += rows.len() * (TOKENS * FEATURES + TOKENS + 1);
    }
    Ok(rows)
}

/// The rows of a file with the tensors `tokens`, `mask` and `current_player`.
pub(crate) fn inputs_of(file: &SafeTensors<'_>) -> Result<Vec<Input>> {
    let n_rows = file.tensor("tokens").context("no tensor tokens")?.shape().first().copied().unwrap_or(0);
    let tokens = integers(file, "tokens", &[n_rows, TOKENS, FEATURES])?;
    let mask = integers(file, "mask", &[n_rows, TOKENS])?;
    let movers = integers(file, "current_player", &[n_rows])?;
    ensure!(movers.iter().all(|seat| (0..4).contains(seat)), "current_player is not a seat");
    let input = |n: usize| Input {
        features: std::array::from_fn(|token| {
            std::array::from_fn(|feature| tokens[(n * TOKENS + token) * FEATURES + feature] as i8)
        }),
        present: std::array::from_fn(|token| mask[n * TOKENS + token] == 1),
        mover: movers[n] as usize,
    };
    Ok((0..n_rows).map(input).collect())
}

fn compare(name: &str, ours: &[f64], original: &[f64], allowed: f64, tally: &mut Tally) -> Result<()> {
    for (index, (ours, original)) in ours.iter().zip(original).enumerate() {
        // Not a number is not close to anything.
        let is_close = (ours - original).abs() <= allowed;
        ensure!(
            is_close,
            "{name}: number {index} is {original}, computed {ours}, expected within {allowed:.1e}"
        );
        tally.compared += 1;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(!bytes.is_empty(), "the file is empty");
    Ok(bytes)
}

fn optional(file: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Option<Vec<f64>>> {
    if file.tensor(name).is_err() { Ok(None) } else { floats(file, name, shape).map(Some) }
}

pub(crate) fn floats(file: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
    let (dtype, data) = tensor(file, name, shape)?;
    Ok(match dtype {
        Dtype::F32 => data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes).into()).collect(),
        Dtype::F64 => data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect(),
        other => bail!("{name} holds {other:?}, expected F32 or F64"),
    })
}

fn integers(file: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<i64>> {
    let (dtype, data) = tensor(file, name, shape)?;
    Ok(match dtype {
        Dtype::I8 => data.iter().map(|&byte| i64::from(byte as i8)).collect(),
        Dtype::I64 => data.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect(),
        other => bail!("{name} holds {other:?}, expected I8 or I64"),
    })
}

fn tensor<'a>(file: &SafeTensors<'a>, name: &str, shape: &[usize]) -> Result<(Dtype, &'a [u8])> {
    let tensor = file.tensor(name).with_context(|| format!("no tensor {name}"))?;
    let got = tensor.shape();
    ensure!(got == shape, "{name} has shape {got:?}, expected {shape:?}");
    Ok((tensor.dtype(), tensor.data()))
}
