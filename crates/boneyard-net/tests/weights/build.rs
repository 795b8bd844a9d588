//! Files of networks of every kind, made in memory.

use crate::python::{Py, call, dict, pickled, text};
use boneyard_net::{Architecture, Weights};
use half::{bf16, f16};
use serde_json::json;

/// A small network that knows nothing.
pub fn network() -> Weights {
    Weights::random(Architecture { width: 24, heads: 8, layers: 2, feed_forward: 16 }, 7).unwrap()
}

/// A kind of numbers by the names of PyTorch and safetensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    F32,
    F64,
    F16,
    Bf16,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::F32, Self::F64, Self::F16, Self::Bf16];

    fn storage(self) -> &'static str {
        match self {
            Self::F32 => "FloatStorage",
            Self::F64 => "DoubleStorage",
            Self::F16 => "HalfStorage",
            Self::Bf16 => "BFloat16Storage",
        }
    }

    /// A number in it, least significant byte first.
    fn bytes(self, number: f32) -> Vec<u8> {
        match self {
            Self::F32 => number.to_le_bytes().to_vec(),
            Self::F64 => f64::from(number).to_le_bytes().to_vec(),
            Self::F16 => f16::from_f32(number).to_le_bytes().to_vec(),
            Self::Bf16 => bf16::from_f32(number).to_le_bytes().to_vec(),
        }
    }

    /// What is left of a number.
    pub fn rounded(self, number: f32) -> f32 {
        match self {
            Self::F32 | Self::F64 => number,
            Self::F16 => f16::from_f32(number).to_f32(),
            Self::Bf16 => bf16::from_f32(number).to_f32(),
        }
    }
}

/// How a checkpoint is written.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    pub protocol: u8,
    /// Before all names of the network.
    pub prefix: &'static str,
    pub kind: Kind,
    pub big_endian: bool,
    /// All tensors lie in one storage, which has so many numbers more than they need.
    pub together: Option<usize>,
    /// Tensors are wrapped as parameters.
    pub parameters: bool,
    /// What else is in `state_dict`.
    pub state: Vec<(Py, Py)>,
    /// What else is in the checkpoint.
    pub more: Vec<(&'static str, Py)>,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self {
            protocol: 2,
            prefix: "model.",
            kind: Kind::F32,
            big_endian: false,
            together: None,
            parameters: false,
            state: vec![],
            more: vec![("hyper_parameters", dict(&[("n_heads", Py::Int(8)), ("loss_mode", text("qvalue"))]))],
        }
    }
}

impl Checkpoint {
    /// With these hyper-parameters.
    pub fn with(hyper: Py) -> Self {
        Self { more: vec![("hyper_parameters", hyper)], ..Self::default() }
    }

    pub fn file(&self, weights: &Weights) -> Vec<u8> {
        let (program, storages) = self.parts(weights);
        let order: &[u8] = if self.big_endian { b"big" } else { b"little" };
        let mut entries =
            vec![("archive/data.pkl".to_owned(), program), ("archive/byteorder".to_owned(), order.to_vec())];
        entries
            .extend(storages.into_iter().enumerate().map(|(i, bytes)| (format!("archive/data/{i}"), bytes)));
        entries.push(("archive/version".to_owned(), b"3\n".to_vec()));
        zip(&entries)
    }

    /// The pickle and the storages.
    fn parts(&self, weights: &Weights) -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut storages: Vec<Vec<u8>> = Vec::new();
        let size = self.kind.bytes(0.0).len();
        let total = self.together.map(|more| weights.architecture().parameters() + more);
        let mut state = Vec::new();
        for (name, tensor) in weights.tensors() {
            if total.is_none() || storages.is_empty() {
                storages.push(Vec::new());
            }
            let key = (storages.len() - 1).to_string();
            let storage = storages.last_mut().unwrap();
            let offset = storage.len() / size;
            for &number in &tensor.data {
                let mut bytes = self.kind.bytes(number);
                if self.big_endian {
                    bytes.reverse();
                }
                storage.extend(bytes);
            }
            let sizes = |sizes: &[usize]| Py::Tuple(sizes.iter().map(|&size| Py::Int(size as i64)).collect());
            let strides = match tensor.shape[..] {
                [_, columns] => vec![columns, 1],
                _ => vec![1],
            };
            let storage = Py::Storage(self.kind.storage(), key, total.unwrap_or(tensor.data.len()));
            let arguments = [
                storage,
                Py::Int(offset as i64),
                sizes(&tensor.shape),
                sizes(&strides),
                Py::Bool(false),
                call("collections", "OrderedDict", &[]),
            ];
            let mut made = call("torch._utils", "_rebuild_tensor_v2", &arguments);
            if self.parameters {
                let hooks = call("collections", "OrderedDict", &[]);
                made = call("torch._utils", "_rebuild_parameter", &[made, Py::Bool(true), hooks]);
            }
            state.push((text(&format!("{}{name}", self.prefix)), made));
        }
        if let Some(total) = total {
            storages[0].resize(total * size, 0);
        }
        state.extend(self.state.iter().cloned());
        let mut top = vec![("epoch", Py::Int(3)), ("state_dict", Py::Dict(state))];
        top.extend(self.more.iter().cloned());
        (pickled(&dict(&top), self.protocol), storages)
    }
}

/// A checkpoint of nothing but a pickle.
pub fn around(program: &[u8]) -> Vec<u8> {
    zip(&[("archive/data.pkl".to_owned(), program.to_vec())])
}

/// A zip archive without compression.
pub fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in entries {
        let sizes = [crc32fast::hash(bytes), bytes.len() as u32, bytes.len() as u32];
        let mut middle = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        sizes.iter().for_each(|size| middle.extend(size.to_le_bytes()));
        middle.extend((name.len() as u16).to_le_bytes());
        middle.extend([0; 2]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&middle);
        directory.extend([0; 10]);
        directory.extend((file.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(&middle);
        file.extend(name.as_bytes());
        file.extend(bytes);
    }
    let start = file.len() as u32;
    let count = (entries.len() as u16).to_le_bytes();
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count, count].concat());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0; 2]);
    file
}

/// A `.safetensors` file of a network, with a prefix before names and this metadata.
pub fn safetensors(weights: &Weights, prefix: &str, kind: Kind, metadata: &str) -> Vec<u8> {
    let (mut header, mut numbers) = (format!("{{\"__metadata__\":{metadata}"), Vec::new());
    for (name, tensor) in weights.tensors() {
        let start = numbers.len();
        numbers.extend(tensor.data.iter().flat_map(|&number| kind.bytes(number)));
        let dtype = format!("{kind:?}").to_uppercase();
        let entry = json!({ "dtype": dtype, "shape": tensor.shape, "data_offsets": [start, numbers.len()] });
        header += &format!(",\"{prefix}{name}\":{entry}");
    }
    header += "}";
    headed(&header, &numbers)
}

/// A header and what follows it.
pub fn headed(header: &str, rest: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), rest].concat()
}
