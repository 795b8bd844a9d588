//! What trainers leave is read, whichever way they write it; what is ambiguous is refused.

use crate::build::{Checkpoint, Kind, around, headed, network, safetensors, zip};
use crate::python::{Py, call, dict, dict_of, filled, numpy, object_of, pickled, text};
use crate::read;
use boneyard_net::{Weights, WeightsError};

fn eight() -> Vec<(&'static str, Py)> {
    vec![("n_heads", Py::Int(8)), ("loss_mode", text("qvalue"))]
}

fn complaint(file: &[u8]) -> String {
    read(file).unwrap_err().to_string()
}

fn assert_holds(file: &[u8], expected: &Weights, kind: Kind, what: &str) {
    let weights = read(file).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(weights.architecture(), expected.architecture(), "{what}");
    for ((name, tensor), (_, expected)) in weights.tensors().zip(expected.tensors()) {
        let rounded = expected.data.iter().map(|&number| kind.rounded(number));
        assert!(rounded.eq(tensor.data.iter().copied()), "{what}: {name}");
    }
}

#[test]
fn every_protocol_and_kind_of_numbers() {
    let network = network();
    for protocol in 2..=5 {
        for kind in Kind::ALL {
            for big_endian in [false, true] {
                for together in [None, Some(5)] {
                    let parameters = together.is_none();
                    let it = Checkpoint {
                        protocol,
                        kind,
                        big_endian,
                        together,
                        parameters,
                        ..Checkpoint::default()
                    };
                    assert_holds(&it.file(&network), &network, kind, &format!("{it:?}"));
                }
            }
        }
    }
    for kind in Kind::ALL {
        let file = safetensors(&network, "", kind, r#"{"n_heads":"8"}"#);
        assert_holds(&file, &network, kind, &format!("{kind:?}"));
    }
}

#[test]
fn names_lose_what_wrappers_put_before_them() {
    let network = network();
    for prefix in [
        "",
        "model.",
        "module.",
        "module.model.",
        "model._orig_mod.",
        "_forward_module.model._orig_mod.",
        "model.model.module.module.",
    ] {
        let it = Checkpoint { prefix, ..Checkpoint::default() };
        assert_holds(&it.file(&network), &network, Kind::F32, prefix);
        let file = safetensors(&network, prefix, Kind::Bf16, r#"{"n_heads":"8"}"#);
        assert_holds(&file, &network, Kind::Bf16, prefix);
    }
}

/// Whatever holds them, hyper-parameters are found, and what stands beside them does not matter.
#[test]
fn hyper_parameters_of_many_classes() {
    let network = network();
    let eight = eight();
    for protocol in 2..=5 {
        let numpy_eight = numpy("i8", "<", &8i64.to_le_bytes(), protocol);
        let hypers = [
            dict(&eight),
            dict_of("pytorch_lightning.utilities.parsing", "AttributeDict", &eight),
            dict_of("somebody.elses.module", "Config", &eight),
            object_of("argparse", "Namespace", &eight),
            filled(call("collections", "OrderedDict", &[]), &eight, &[], None),
            filled(call("collections", "defaultdict", &[Py::Class("builtins", "int")]), &eight, &[], None),
            filled(dict_of("a", "Dict", &[]), &eight[1..], &[], Some(dict(&eight[..1]))),
            // A state beside that of slots.
            filled(object_of("a", "B", &[]), &[], &[], Some(Py::Tuple(vec![Py::None, dict(&eight)]))),
            dict(&[("n_heads", numpy_eight.clone()), ("lr", numpy("f8", "<", &[0; 8], protocol))]),
            dict(&[("num_heads", numpy("i4", ">", &8i32.to_be_bytes(), protocol))]),
            dict(&[("nhead", numpy("u1", "|", &[8], protocol)), ("n_heads", Py::Int(8))]),
        ];
        for hyper in hypers {
            let mut it = Checkpoint { protocol, ..Checkpoint::with(Py::Same(1, Box::new(hyper.clone()))) };
            let history = (0..3000).map(|step| Py::Float(f64::from(step))).collect();
            it.more.extend([
                ("config", Py::Same(1, Box::new(hyper.clone()))),
                ("history", Py::List(history)),
                (
                    "recent",
                    filled(
                        call("collections", "deque", &[Py::Tuple(vec![]), Py::Int(9)]),
                        &[],
                        &[Py::Float(1.0), Py::Int(1 << 40)],
                        None,
                    ),
                ),
                ("seen", Py::Set(vec![Py::Int(1), Py::None])),
                ("best", numpy_eight.clone()),
                ("itself", Py::Same(2, Box::new(Py::List(vec![Py::Same(2, Box::new(Py::None))])))),
            ]);
            // What Lightning keeps of metrics, and PyTorch of versions.
            it.state.push((text("metric.total"), Py::Int(7)));
            it.state.push((Py::Int(1), Py::None));
            let file = it.file(&network);
            assert_holds(&file, &network, Kind::F32, &format!("protocol {protocol}, {hyper:?}"));
            // Used first by the other name.
            it.more.swap(0, 1);
            assert_holds(&it.file(&network), &network, Kind::F32, &format!("protocol {protocol}, {hyper:?}"));
        }
    }
}

#[test]
fn heads_are_never_guessed() {
    let network = network();
    let check = |hyper: &[(&str, Py)], expected: &str| {
        let file = Checkpoint::with(dict(hyper)).file(&network);
        let complaint = complaint(&file);
        assert!(complaint.contains(expected), "{hyper:?}: {complaint}");
    };
    let unknown = "the file does not name its attention heads: expected n_heads, num_heads or nhead, or --heads with a \
                   number that divides the width of 24";
    check(&[], unknown);
    check(&[("heads", Py::Int(8))], unknown);
    check(
        &[("n_heads", Py::Int(8)), ("num_heads", Py::Int(4))],
        "n_heads is 8 and num_heads is 4, expected one number",
    );
    check(&[("n_heads", Py::Int(8)), ("n_heads", Py::Int(8))], "the checkpoint has two entries n_heads");
    check(&[("nhead", Py::Int(5))], "5 attention heads: expected a number that divides the width of 24");
    check(&[("nhead", Py::Int(0))], "0 attention heads: expected");
    for strange in [
        Py::None,
        Py::Bool(true),
        Py::Float(8.0),
        Py::Int(-8),
        text("8"),
        Py::List(vec![]),
        dict(&[]),
        numpy("f8", "<", &[0; 8], 2),
        numpy("i8", "<", &[1, 2], 2),
        call("os", "system", &[text("true")]),
    ] {
        check(&[("num_heads", strange)], "num_heads is not a number of attention heads");
    }
    check(&[("n_heads", Py::Int(8)), ("loss_mode", Py::Int(1))], "loss_mode is not a name");
    let without = Checkpoint { more: vec![], ..Checkpoint::default() }.file(&network);
    assert_eq!(complaint(&without), unknown);
    let asked = Weights::read(&without, Some(6)).unwrap();
    assert_eq!((asked.architecture().heads, asked.heads_asked()), (6, Some(6)));
    let said = Weights::read(&Checkpoint::default().file(&network), Some(8)).unwrap();
    assert_eq!(said.heads_asked(), None);

    let metadata = |metadata: &str| safetensors(&network, "", Kind::F32, metadata);
    assert_eq!(complaint(&metadata("{}")), unknown);
    assert_eq!(read(&metadata(r#"{"nhead":"6"}"#)).unwrap().architecture().heads, 6);
    assert!(complaint(&metadata(r#"{"nhead":"6","n_heads":"8"}"#)).contains("n_heads is 8 and nhead is 6"));
    assert!(
        complaint(&metadata(r#"{"num_heads":"many"}"#)).contains("num_heads is `many`, expected a number")
    );
    assert!(matches!(read(&metadata("{}")), Err(WeightsError::HeadsUnknown { width: 24 })));
}

#[test]
fn what_is_there_twice_is_refused() {
    let network = network();
    let twice = |prefix: &str| {
        let mut it = Checkpoint::default();
        it.state.push((text(&format!("{prefix}output_proj.bias")), Py::None));
        complaint(&it.file(&network))
    };
    for prefix in ["model.", "", "module.model.", "model._orig_mod."] {
        assert!(twice(prefix).contains("two tensors are called output_proj.bias"), "{}", twice(prefix));
    }
    let entry = |name: &str| (format!("archive/{name}"), vec![]);
    let entries = zip(&[entry("data.pkl"), entry("data/0"), entry("data/0")]);
    assert!(complaint(&entries).contains("two entries are called archive/data/0"));
    let two = zip(&[entry("data.pkl"), ("data.pkl".to_owned(), vec![])]);
    assert!(complaint(&two).contains("more than one data.pkl"));
    let both = dict(&[("state_dict", dict(&[])), ("state_dict", dict(&[]))]);
    assert!(complaint(&around(&pickled(&both, 2))).contains("two entries state_dict"));

    let tensor = r#"{"dtype":"F32","shape":[],"data_offsets":[0,4]}"#;
    for (header, expected) in [
        (format!(r#"{{"a":{tensor},"a":{tensor}}}"#), "two entries are called a"),
        (format!(r#"{{"a":{tensor},"\u0061":{tensor}}}"#), "two entries are called a"),
        (r#"{"__metadata__":{"n_heads":"8","n_heads":"4"}}"#.to_owned(), "two entries are called n_heads"),
        (r#"{"__metadata__":{},"__metadata__":{}}"#.to_owned(), "duplicate field"),
        (r#"{"a":{"dtype":"F32","shape":[],"shape":[],"data_offsets":[0,4]}}"#.to_owned(), "duplicate field"),
    ] {
        let complaint = complaint(&headed(&header, &[0; 4]));
        assert!(complaint.contains(expected), "{header}: {complaint}");
    }
    let file = safetensors(&network, "", Kind::F32, r#"{"n_heads":"8"}"#);
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&file[8..8 + length]).unwrap();
    let more = format!(
        r#","module.value_head.bias":{{"dtype":"F32","shape":[1],"data_offsets":[{0},{1}]}}}}"#,
        file.len() - 8 - length,
        file.len() - 4 - length
    );
    let header = header.strip_suffix('}').unwrap().to_owned() + &more;
    let doubled = headed(&header, &[&file[8 + length..], &[0; 4]].concat());
    assert!(
        complaint(&doubled).contains("two tensors are called value_head.bias"),
        "{}",
        complaint(&doubled)
    );
}

/// A pickle is a program; what it asks for is not done.
#[test]
fn nothing_is_executed() {
    let dir = std::env::temp_dir().join(format!("boneyard-weights-{}", std::process::id()));
    let touch = [text(&format!("touch {}", dir.display()))];
    let network = network();
    for hostile in [
        call("os", "system", &touch),
        call("builtins", "eval", &[text("1/0")]),
        filled(call("posix", "system", &touch), &[], &touch, Some(touch[0].clone())),
    ] {
        let mut it = Checkpoint::default();
        it.more.push(("callbacks", hostile.clone()));
        assert_holds(&it.file(&network), &network, Kind::F32, "beside weights");
        it.state.push((text("model.output_proj.more"), hostile.clone()));
        assert!(
            complaint(&it.file(&network))
                .ends_with("tensor output_proj.more: not a tensor as PyTorch saves it")
        );
        let top = around(&pickled(&hostile, 2));
        assert!(complaint(&top).ends_with("the checkpoint has no state_dict"));
    }
    assert!(!dir.exists());
}

/// A tensor's storage, shape and place are held against the file.
#[test]
fn tensors_that_claim_too_much_are_refused() {
    let network = network();
    let tensor = |storage: Py, offset: i64, shape: &[i64], strides: &[i64]| {
        let sizes = |sizes: &[i64]| Py::Tuple(sizes.iter().map(|&size| Py::Int(size)).collect());
        call("torch._utils", "_rebuild_tensor_v2", &[storage, Py::Int(offset), sizes(shape), sizes(strides)])
    };
    let first = || Py::Storage("FloatStorage", "0".to_owned(), 28);
    for (made, expected) in [
        (tensor(first(), 0, &[29], &[1]), "its shape [29] claims more numbers than the file has"),
        (tensor(first(), 28, &[1], &[1]), "claims more"),
        (tensor(first(), i64::MAX, &[2], &[i64::MAX]), "claims more"),
        (tensor(first(), 0, &[i64::MAX, i64::MAX], &[0, 0]), "claims more"),
        (tensor(first(), -1, &[1], &[1]), "not a tensor as PyTorch saves it"),
        (tensor(first(), 0, &[1; 9], &[1; 9]), "not a tensor as PyTorch saves it"),
        (tensor(Py::Int(0), 0, &[1], &[1]), "not a tensor as PyTorch saves it"),
        (
            tensor(Py::Storage("LongStorage", "0".to_owned(), 14), 0, &[1], &[1]),
            "a LongStorage, expected floats",
        ),
        (
            tensor(Py::Storage("FloatStorage", "../0".to_owned(), 28), 0, &[1], &[1]),
            "has no entry archive/data/../0",
        ),
        // One number a million times: refused for all tensors together, if not for one.
        (tensor(first(), 0, &[1 << 20], &[0]), "tensor odd of shape [1048576] is not part of the network"),
    ] {
        let mut it = Checkpoint::default();
        it.state.push((text("model.odd"), made));
        let complaint = complaint(&it.file(&network));
        assert!(complaint.contains(expected), "{complaint}");
    }
}
