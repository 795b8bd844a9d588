//! Names of tensors, without what trainers and wrappers put before them.

use super::WeightsError;
use std::collections::BTreeMap;

/// What Lightning puts before the names of the network; a trainer's other tensors, such as those of a metric, lack it.
const MODEL: &str = "model";
/// What `torch.compile`, `DataParallel`, DeepSpeed and FSDP put into names, before or between others.
const WRAPPERS: [&str; 4] = ["module", "_orig_mod", "_forward_module", "_fsdp_wrapped_module"];
/// Most tensors of a file; a network of the most layers has 3,100, and trainers have their own.
const MOST: usize = 1 << 16;
/// Longest name in bytes.
pub const LONGEST: usize = 1 << 10;
/// Most characters of a name in an error.
const SHOWN: usize = 80;

/// The name in the network, and whether it was marked as the network's.
fn stripped(name: &str) -> (String, bool) {
    let mut parts: Vec<&str> = name.split('.').filter(|part| !WRAPPERS.contains(part)).collect();
    let marks = parts.iter().take_while(|part| **part == MODEL).count();
    parts.drain(..marks);
    (parts.join("."), marks > 0)
}

/// The network's tensors by their names in the network. Where some names begin with `model.`, those that do not are the
/// trainer's own.
pub fn of_network<'a, T>(
    named: impl IntoIterator<Item = (&'a str, T)>,
) -> Result<BTreeMap<String, T>, WeightsError> {
    let mut found = BTreeMap::new();
    for (name, tensor) in named {
        if name.len() > LONGEST || found.len() == MOST {
            let what = format!("expected at most {MOST} tensors with names of at most {LONGEST} bytes");
            return Err(WeightsError::format(what));
        }
        let (inner, marked) = stripped(name);
        if found.contains_key(&inner) {
            return Err(WeightsError::format(format!("two tensors are called {}", shown(&inner))));
        }
        found.insert(inner, (marked, tensor));
    }
    let any_marked = found.values().any(|(marked, _)| *marked);
    let own = found.into_iter().filter(|(_, (marked, _))| *marked || !any_marked);
    Ok(own.map(|(name, (_, tensor))| (name, tensor)).collect())
}

/// A name of a file, fit for one line.
pub fn shown(name: &str) -> String {
    cut(name, SHOWN)
}

/// A text of a file, fit for one line, of at most so many characters.
pub fn cut(text: &str, most: usize) -> String {
    let mut cut: String = text.chars().take(most).flat_map(char::escape_debug).collect();
    if text.chars().nth(most).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_fall_in_any_order() {
        for name in [
            "decl_embed.weight",
            "model.decl_embed.weight",
            "module.decl_embed.weight",
            "_orig_mod.decl_embed.weight",
            "_forward_module.model._orig_mod.decl_embed.weight",
            "model.module.module.model.decl_embed.weight",
            "model.decl_embed._orig_mod.weight",
            "_forward_module._orig_mod._orig_mod.decl_embed._orig_mod._orig_mod.weight",
        ] {
            assert_eq!(stripped(name).0, "decl_embed.weight", "{name}");
        }
        assert_eq!(stripped("models.x"), ("models.x".to_owned(), false));
        assert_eq!(stripped("module.model.x"), ("x".to_owned(), true));
    }

    #[test]
    fn a_trainers_own_tensors_are_left_out() {
        let names = |named: &[&str]| {
            of_network(named.iter().map(|&name| (name, ())))
                .map(|found| found.into_keys().collect::<Vec<_>>())
        };
        assert_eq!(names(&["module.model.a", "metric.b"]).unwrap(), ["a"]);
        assert_eq!(names(&["module.a", "b"]).unwrap(), ["a", "b"]);
        for twice in [["a", "a"], ["model.a", "a"], ["module.a", "_orig_mod.a"]] {
            assert_eq!(
                names(&twice).unwrap_err().to_string(),
                "not a file of weights: two tensors are called a"
            );
        }
    }

    #[test]
    fn long_names_are_cut_and_escaped() {
        assert!(of_network([("x".repeat(LONGEST + 1).as_str(), ())]).is_err());
        assert_eq!(shown("a\nb"), "a\\nb");
        assert_eq!(shown(&"x".repeat(1000)).chars().count(), SHOWN + 1);
    }
}
