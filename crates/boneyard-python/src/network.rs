//! A function of Python as an evaluator: from tokens `[B, 32, 12]` and a mask `[B, 32]` to values `[B, 7]` in points.

use boneyard::core::{
    Answers, Error, Evaluates, Host, HostObservations, HostValues, HostWorlds, ILLEGAL, Named, Question,
    Result,
};
use boneyard::device::Words;
use boneyard::net::tokenizer::{FEATURES, FIRST_ON_TABLE, TOKENS};
use boneyard::net::{MOST_POINTS, UNIT};
use boneyard::{EvaluatorSpec, OnTokens, Outside};
use numpy::{IntoPyArray, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;
use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use crate::labels::features;

/// What a function has raised, for whoever waits for its values.
pub type Raised = Arc<Mutex<Option<PyErr>>>;

/// Keeps what a function of this name has raised, and makes an error that says so.
pub fn raise(raised: &Raised, id: &str, error: PyErr) -> Error {
    let what = error.to_string();
    *raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    Error::Device { device: id.to_owned(), what }
}

/// A function of Python.
#[derive(Clone)]
struct Network {
    id: String,
    /// From two arrays to one, contiguous and of float32.
    call: Arc<Py<PyAny>>,
    /// From tokens in the memory of a CUDA device to values there, if it can: of two arrays and the device's number.
    #[cfg_attr(not(feature = "cuda"), expect(dead_code))]
    in_place: Option<Arc<Py<PyAny>>>,
    /// Most worlds a call.
    batch: usize,
    raised: Raised,
}

/// The description of a function.
pub fn described(
    id: String,
    call: Py<PyAny>,
    in_place: Option<Py<PyAny>>,
    batch: usize,
    raised: &Raised,
) -> EvaluatorSpec {
    let in_place = in_place.map(Arc::new);
    let network =
        Network { id: id.clone(), call: Arc::new(call), in_place, batch, raised: Arc::clone(raised) };
    let on_tokens = Arc::new(network.clone());
    let make = move || -> boneyard::AnyEvaluator<Host> { Box::new(network.clone()) };
    EvaluatorSpec::Outside(Outside::new(id, Question::Points { unit: UNIT }, make).with_tokens(on_tokens))
}

impl Named for Network {
    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Answers for Network {
    fn question(&self) -> Question {
        Question::Points { unit: UNIT }
    }
}

impl Network {
    /// Values in points of worlds, whose tokens are `[B, 32, 12]`.
    fn ask(&self, tokens: Vec<i8>) -> Result<Vec<[f32; 7]>> {
        let n = tokens.len() / (TOKENS * FEATURES);
        let mask: Vec<bool> = tokens
            .chunks_exact(FEATURES)
            .enumerate()
            .map(|(i, token)| i % TOKENS < FIRST_ON_TABLE || token.iter().any(|&feature| feature != 0))
            .collect();
        let called = Python::try_attach(|py| -> PyResult<Vec<[f32; 7]>> {
            let tokens = tokens.into_pyarray(py).reshape([n, TOKENS, FEATURES])?;
            let mask = mask.into_pyarray(py).reshape([n, TOKENS])?;
            let values: PyReadonlyArray2<'_, f32> = self.call.bind(py).call1((tokens, mask))?.extract()?;
            Ok(values.as_slice()?.as_chunks().0.to_vec())
        });
        // An interpreter that is ending wants no values.
        called.ok_or(Error::Stopped)?.map_err(|error| raise(&self.raised, &self.id, error))
    }
}

/// Largest number of units that is a value, as devices have it: what is beyond is none.
const MOST_UNITS: f32 = 1e30;

impl Evaluates<Network> for Host {
    fn evaluate(
        &mut self,
        network: &mut Network,
        seen: &HostObservations,
        worlds: &HostWorlds,
        out: &mut HostValues,
    ) -> Result<()> {
        out.question = network.question();
        out.slots.clear();
        out.slots.resize(worlds.worlds.len(), [ILLEGAL; 7]);
        for start in (0..worlds.worlds.len()).step_by(network.batch) {
            let part = start..worlds.worlds.len().min(start + network.batch);
            let (owners, held) = (&worlds.owners[part.clone()], &worlds.worlds[part.clone()]);
            let view = |i: usize| &seen[owners[i] as usize].view;
            let values = network.ask(features(part.len(), |i| (view(i), &held[i])))?;
            let most = f32::from(MOST_POINTS * UNIT);
            for (i, (out, values)) in out.slots[part].iter_mut().zip(&values).enumerate() {
                let legal = view(i).legal_slots();
                for slot in (0..7).filter(|slot| legal >> slot & 1 == 1) {
                    let units = values[slot] * f32::from(UNIT);
                    if units.is_nan() || units.abs() >= MOST_UNITS {
                        return Err(Error::NoNumber { evaluator: network.id.clone(), values: 1 });
                    }
                    // To the bit as devices round.
                    out[slot] = (units + 0.5).floor().clamp(-most, most) as i16;
                }
            }
        }
        Ok(())
    }
}

impl OnTokens for Network {
    fn most(&self) -> usize {
        self.batch
    }

    fn on_host(&self, tokens: &[u32]) -> Result<Vec<[f32; 7]>> {
        self.ask(tokens.iter().flat_map(|word| word.to_le_bytes()).map(|byte| byte as i8).collect())
    }

    #[cfg(feature = "cuda")]
    fn in_place(&self, client: &dyn Any, n: usize, tokens: &Words, outputs: &Words) -> Result<bool> {
        use crate::device_array::DeviceArray;
        use boneyard::net::OUTPUTS;
        use boneyard_runtime::addresses;

        let Some(function) = &self.in_place else { return Ok(false) };
        let Some(found) = addresses(client, &[tokens.handle(), outputs.handle()]) else { return Ok(false) };
        let found = found.map_err(|what| Error::Device { device: "cuda".to_owned(), what })?;
        let [read, written] = found[..] else { unreachable!("as many as were asked for") };
        let called = Python::try_attach(|py| -> PyResult<()> {
            let tokens = DeviceArray::new(tokens, read.pointer, "|i1", vec![n, TOKENS, FEATURES], None);
            // A row of outputs has a number more than there are slots.
            let outputs =
                DeviceArray::new(outputs, written.pointer, "<f4", vec![n, 7], Some(vec![4 * OUTPUTS, 4]));
            function.bind(py).call1((tokens, outputs, read.ordinal)).map(drop)
        });
        called.ok_or(Error::Stopped)?.map_err(|error| raise(&self.raised, &self.id, error))?;
        Ok(true)
    }

    #[cfg(not(feature = "cuda"))]
    fn in_place(&self, _: &dyn Any, _: usize, _: &Words, _: &Words) -> Result<bool> {
        Ok(false)
    }
}
