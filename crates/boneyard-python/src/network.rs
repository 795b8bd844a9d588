//! A function of Python as an evaluator: from tokens `[B, 32, 12]` and a mask `[B, 32]` to values `[B, 7]` in points.

use boneyard::core::{
    Answers, Error, Evaluates, Host, HostObservations, HostValues, HostWorlds, ILLEGAL, Named, Question,
    Result,
};
use boneyard::net::tokenizer::{FEATURES, FIRST_ON_TABLE, TOKENS};
use boneyard::net::{MOST_POINTS, UNIT};
use boneyard::{EvaluatorSpec, Outside};
use numpy::{IntoPyArray, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

use crate::labels::features;

/// What a function has raised, for whoever waits for its values.
pub type Raised = Arc<Mutex<Option<PyErr>>>;

/// A function of Python.
#[derive(Clone)]
struct Network {
    id: String,
    /// From two arrays to one, contiguous and of float32.
    call: Arc<Py<PyAny>>,
    /// Most worlds a call.
    batch: usize,
    raised: Raised,
}

/// The description of a function.
pub fn described(id: String, call: Py<PyAny>, batch: usize, raised: &Raised) -> EvaluatorSpec {
    let network = Network { id: id.clone(), call: Arc::new(call), batch, raised: Arc::clone(raised) };
    let make = move || -> boneyard::AnyEvaluator<Host> { Box::new(network.clone()) };
    EvaluatorSpec::Outside(Outside::new(id, Question::Points { unit: UNIT }, make))
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
            let tokens = features(part.len(), |i| (view(i), &held[i]));
            let present = |i: usize| {
                let there = FIRST_ON_TABLE + view(i).table().trick().len();
                (0..TOKENS).map(move |token| token < there)
            };
            let mask: Vec<bool> = (0..part.len()).flat_map(present).collect();
            let called = Python::try_attach(|py| -> PyResult<Vec<f32>> {
                let tokens = tokens.into_pyarray(py).reshape([part.len(), TOKENS, FEATURES])?;
                let mask = mask.into_pyarray(py).reshape([part.len(), TOKENS])?;
                let values: PyReadonlyArray2<'_, f32> =
                    network.call.bind(py).call1((tokens, mask))?.extract()?;
                Ok(values.as_slice()?.to_vec())
            });
            // An interpreter that is ending wants no values.
            let values = called.ok_or(Error::Stopped)?.map_err(|raised| {
                let what = raised.to_string();
                *network.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(raised);
                Error::Device { device: network.id.clone(), what }
            })?;
            let most = f32::from(MOST_POINTS * UNIT);
            for (i, (out, values)) in out.slots[part].iter_mut().zip(values.as_chunks::<7>().0).enumerate() {
                let legal = view(i).legal_slots();
                for slot in (0..7).filter(|slot| legal >> slot & 1 == 1) {
                    if !values[slot].is_finite() {
                        return Err(Error::NoNumber { evaluator: network.id.clone(), values: 1 });
                    }
                    out[slot] = (values[slot] * f32::from(UNIT)).round().clamp(-most, most) as i16;
                }
            }
        }
        Ok(())
    }
}
