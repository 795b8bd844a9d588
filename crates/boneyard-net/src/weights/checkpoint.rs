//! Checkpoints as `torch.save` writes them and Lightning fills them: a zip archive with one pickled dictionary and an
//! entry for the numbers of each tensor.
//!
//! Only `state_dict` and two of the `hyper_parameters` are looked at, whatever else a trainer leaves there.

use super::archive::{Archive, Entry};
use super::pickle::unpickle;
use super::{Source, Stored, WeightsError};
use candle_core::{DType, pickle::Object};
use std::borrow::Cow;

/// What all names of the network begin with in `state_dict`; others belong to losses or metrics.
const PREFIX: &str = "model.";
/// What `torch.compile` puts before names.
const COMPILED: &str = "_orig_mod.";

/// Looks at a checkpoint.
pub fn read(bytes: &[u8]) -> Result<Source<'_>, WeightsError> {
    let archive = Archive::open(bytes)?;
    let (program, folder) = program(&archive)?;
    let Object::Dict(top) = unpickle(archive.contents(program)?)? else {
        return Err(WeightsError::format("the checkpoint is not a dictionary"));
    };
    let mut source = Source::default();
    let mut budget = bytes.len();
    let state =
        get(&top, "state_dict")?.ok_or_else(|| WeightsError::format("the checkpoint has no state_dict"))?;
    for (name, object) in entries(state, "state_dict")? {
        let Object::Unicode(name) = name else { continue };
        let Some(name) = name.strip_prefix(PREFIX) else { continue };
        let tensor = tensor(object, &archive, folder, &mut budget);
        let tensor =
            tensor.map_err(|what| WeightsError::format(format!("tensor {}: {what}", name.escape_debug())))?;
        source.put(&name.replace(COMPILED, ""), tensor)?;
    }
    if let Some(hyper) = get(&top, "hyper_parameters")? {
        let hyper = entries(hyper, "hyper_parameters")?;
        source.heads = match get(hyper, "n_heads")? {
            None => None,
            Some(heads) => {
                let heads = usize::try_from(heads.clone());
                Some(heads.map_err(|_| WeightsError::format("n_heads is not a number of heads"))?)
            }
        };
        if let Some(Object::Unicode(mode)) = get(hyper, "loss_mode")? {
            source.loss_mode = Some(mode.clone());
        }
    }
    Ok(source)
}

/// The entry with the objects, and the folder that it lies in.
fn program<'a>(archive: &Archive<'a>) -> Result<(Entry<'a>, &'a str), WeightsError> {
    let mut found = None;
    for entry in archive.entries() {
        let entry = entry?;
        let Some(folder) =
            std::str::from_utf8(entry.name).ok().and_then(|name| name.strip_suffix("data.pkl"))
        else {
            continue;
        };
        if found.replace((entry, folder)).is_some() {
            return Err(WeightsError::format("the zip archive holds more than one data.pkl"));
        }
    }
    found.ok_or_else(|| WeightsError::format("the zip archive holds no data.pkl: not a PyTorch checkpoint"))
}

fn entries<'a>(object: &'a Object, name: &str) -> Result<&'a [(Object, Object)], WeightsError> {
    match object {
        Object::Dict(entries) => Ok(entries),
        _ => Err(WeightsError::format(format!("{name} is not a dictionary"))),
    }
}

/// The value of the only entry with this key.
fn get<'a>(entries: &'a [(Object, Object)], key: &str) -> Result<Option<&'a Object>, WeightsError> {
    let mut values = entries
        .iter()
        .filter(|(name, _)| matches!(name, Object::Unicode(name) if name == key))
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(WeightsError::format(format!("the checkpoint has two entries {key}"))),
    }
}

/// `torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, …)`, where storage is
/// `("storage", type, key, device, length)`; it may be wrapped as a parameter.
fn tensor<'a>(
    object: &Object,
    archive: &Archive<'a>,
    folder: &str,
    budget: &mut usize,
) -> Result<Stored<'a>, String> {
    let not_a_tensor = || "not a tensor as PyTorch saves it".to_owned();
    let Object::Reduce { callable, args } = object else { return Err(not_a_tensor()) };
    let (Object::Class { module_name, class_name }, Object::Tuple(args)) = (&**callable, &**args) else {
        return Err(not_a_tensor());
    };
    let (storage, offset, shape, strides) = match (module_name.as_str(), class_name.as_str(), args.as_slice())
    {
        ("torch._utils", "_rebuild_parameter", [inner @ Object::Reduce { callable, .. }, ..]) if !matches!(&**callable, Object::Class { class_name, .. } if class_name == "_rebuild_parameter") =>
        {
            return tensor(inner, archive, folder, budget);
        }
        (
            "torch._utils",
            "_rebuild_tensor_v2",
            [Object::PersistentLoad(storage), offset, shape, strides, ..],
        ) => (&**storage, offset, numbers(shape), numbers(strides)),
        _ => return Err(not_a_tensor()),
    };
    let (Object::Tuple(storage), Some(shape), Some(strides)) = (storage, shape, strides) else {
        return Err(not_a_tensor());
    };
    let [_, Object::Class { class_name, .. }, Object::Unicode(key), _, _] = storage.as_slice() else {
        return Err(not_a_tensor());
    };
    let offset = index(offset).ok_or_else(not_a_tensor)?;
    let dtype = match class_name.as_str() {
        "FloatStorage" => DType::F32,
        "DoubleStorage" => DType::F64,
        "HalfStorage" => DType::F16,
        "BFloat16Storage" => DType::BF16,
        other => return Err(format!("a {}, expected floats", other.escape_debug())),
    };
    let entry = archive.entry(&format!("{folder}data/{key}")).map_err(|error| error.to_string())?;
    let storage = archive.contents(entry).map_err(|error| error.to_string())?;
    let bytes = gather(storage, dtype.size_in_bytes(), offset, &shape, &strides, budget)
        .ok_or_else(|| format!("its shape {shape:?} claims more numbers than the file has"))?;
    Ok(Stored { dtype, shape, bytes })
}

fn index(object: &Object) -> Option<usize> {
    match *object {
        Object::Int(number) => number.try_into().ok(),
        Object::Long(number) => number.try_into().ok(),
        _ => None,
    }
}

fn numbers(object: &Object) -> Option<Vec<usize>> {
    match object {
        Object::Tuple(numbers) => numbers.iter().map(index).collect(),
        _ => None,
    }
}

/// The bytes of a tensor, row by row. All tensors of a file together may not take more than the file has, the `budget`.
fn gather<'a>(
    storage: &'a [u8],
    size: usize,
    offset: usize,
    shape: &[usize],
    strides: &[usize],
    budget: &mut usize,
) -> Option<Cow<'a, [u8]>> {
    if shape.len() != strides.len() {
        return None;
    }
    let count = shape.iter().try_fold(1usize, |count, &n| count.checked_mul(n))?;
    let length = count.checked_mul(size)?;
    *budget = budget.checked_sub(length)?;
    let start = offset.checked_mul(size)?;
    let mut dense = 1;
    let contiguous = shape.iter().zip(strides).rev().all(|(&n, &stride)| {
        let fits = n == 1 || stride == dense;
        dense *= n.max(1);
        fits
    });
    if contiguous {
        return storage.get(start..start.checked_add(length)?).map(Cow::Borrowed);
    }
    let mut bytes = Vec::with_capacity(length);
    let mut indices = vec![0; shape.len()];
    for _ in 0..count {
        let steps = indices.iter().zip(strides);
        let at =
            steps.clone().try_fold(offset, |at, (&i, &stride)| at.checked_add(stride.checked_mul(i)?))?;
        let at = at.checked_mul(size)?;
        bytes.extend_from_slice(storage.get(at..at.checked_add(size)?)?);
        for (i, &n) in indices.iter_mut().zip(shape).rev() {
            *i += 1;
            if *i < n {
                break;
            }
            *i = 0;
        }
    }
    Some(Cow::Owned(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_are_followed_and_bounded() {
        let storage: Vec<u8> = (0..12).collect();
        let gather = |offset, shape: &[usize], strides: &[usize], mut budget| {
            gather(&storage, 2, offset, shape, strides, &mut budget).map(Cow::into_owned)
        };
        assert_eq!(gather(0, &[2, 3], &[3, 1], 12), Some(storage.clone()));
        assert_eq!(gather(4, &[2], &[1], 12), Some(vec![8, 9, 10, 11]));
        // The transpose, and every other number.
        assert_eq!(gather(0, &[3, 2], &[1, 3], 12), Some(vec![0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]));
        assert_eq!(gather(1, &[2], &[2], 12), Some(vec![2, 3, 6, 7]));
        assert_eq!(gather(0, &[], &[], 12), Some(vec![0, 1]));
        assert_eq!(gather(0, &[0, usize::MAX], &[usize::MAX, 1], 12), Some(vec![]));
        for (offset, shape, strides, budget) in [
            (0, &[7][..], &[1][..], 100),
            (5, &[2], &[1], 100),
            (0, &[2, 2], &[5, 2], 100),
            (0, &[6], &[1], 11),
            (0, &[1 << 40], &[0], 100),
            (0, &[usize::MAX, 2], &[0, 0], usize::MAX),
            (usize::MAX, &[1], &[1], 100),
            (0, &[2], &[usize::MAX], 100),
            (0, &[6], &[1, 1], 100),
        ] {
            assert_eq!(gather(offset, shape, strides, budget), None, "{offset} {shape:?} {strides:?}");
        }
    }
}
