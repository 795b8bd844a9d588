//! What made a dataset.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Everything that determines a dataset's rows, and what computed them. Kept as `boneyard.json` and in the
/// footer of every file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the columns and their meaning.
    pub schema_version: u32,
    /// Version of the rules' behaviour.
    pub rules_version: u32,
    /// Version of the program, with the commit if known.
    pub code: String,
    /// Where it ran, such as `cpu`.
    pub backend: String,
    /// SHA-256 of the canonical configuration, in hex.
    pub configuration_sha256: String,
    /// The complete effective configuration.
    pub configuration: Map<String, Value>,
}

impl Manifest {
    /// Of this version of the program.
    pub fn new(configuration: Map<String, Value>, backend: String) -> Self {
        let digest = Sha256::digest(canonical(&Value::Object(configuration.clone())).as_bytes());
        Self {
            schema_version: boneyard_core::RECORD_VERSION,
            rules_version: boneyard_rules::RULES_VERSION,
            code: code_version(),
            backend,
            configuration_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            configuration,
        }
    }

    /// The first 12 hex digits of the configuration's hash, as used in file names.
    pub fn short_hash(&self) -> &str {
        &self.configuration_sha256[..12]
    }

    /// The configuration as text: keys sorted, no white space.
    pub fn canonical_configuration(&self) -> String {
        canonical(&Value::Object(self.configuration.clone()))
    }

    /// What a footer says, in order.
    pub(crate) fn footer(&self) -> Vec<(String, String)> {
        let pairs = [
            ("schema_version", self.schema_version.to_string()),
            ("rules_version", self.rules_version.to_string()),
            ("code", self.code.clone()),
            ("backend", self.backend.clone()),
            ("configuration", self.canonical_configuration()),
            ("configuration_sha256", self.configuration_sha256.clone()),
        ];
        pairs.map(|(key, value)| (format!("boneyard.{key}"), value)).into()
    }

    /// Reads a `boneyard.json`.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            Error::unreadable(path, format!("not a manifest of this version of boneyard: {error}"))
        })
    }

    /// As kept in `boneyard.json`.
    pub(crate) fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest is plain data");
        text.push('\n');
        text
    }

    /// One phrase for each thing in which `self`, on disk, differs from `wanted`.
    pub(crate) fn differences(&self, wanted: &Self) -> Vec<String> {
        let differ = |name: &str, there: String, here: String| {
            (there != here).then(|| format!("{name} ({there} there, {here} here)"))
        };
        let keys: std::collections::BTreeSet<&String> =
            self.configuration.keys().chain(wanted.configuration.keys()).collect();
        let options = keys.into_iter().filter_map(|key| {
            let show = |manifest: &Self| match manifest.configuration.get(key) {
                None => "nothing".to_owned(),
                Some(Value::String(text)) => text.clone(),
                Some(value) => canonical(value),
            };
            differ(&key.replace('_', "-"), show(self), show(wanted))
        });
        let versions = [
            differ("backend", self.backend.clone(), wanted.backend.clone()),
            differ("program version", self.code.clone(), wanted.code.clone()),
            differ("rules version", self.rules_version.to_string(), wanted.rules_version.to_string()),
            differ("schema version", self.schema_version.to_string(), wanted.schema_version.to_string()),
        ];
        let differences: Vec<String> = options.chain(versions.into_iter().flatten()).collect();
        if differences.is_empty() {
            // Edited by hand, if at all.
            let hash = |manifest: &Self| manifest.configuration_sha256.clone();
            return differ("hash", hash(self), hash(wanted)).into_iter().collect();
        }
        differences
    }
}

/// The version of the package, with the commit if it was built from a checkout.
pub fn code_version() -> String {
    let version = env!("CARGO_PKG_VERSION");
    match env!("BONEYARD_COMMIT") {
        "" => version.to_owned(),
        commit => format!("{version}+{commit}"),
    }
}

/// JSON with sorted keys and no white space, whatever the features of `serde_json`.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            let entries = entries.into_iter();
            let entries =
                entries.map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Manifest {
        Manifest::new(serde_json::from_str(text).expect("test JSON"), "cpu".to_owned())
    }

    #[test]
    fn the_hash_ignores_the_order_of_keys_and_is_pinned() {
        let manifest_a = manifest(r#"{"seed": 1, "declarations": ["sixes", 2], "policy": "greedy"}"#);
        let manifest_b = manifest(r#"{"policy":"greedy","declarations":["sixes",2],"seed":1}"#);
        assert_eq!(manifest_a.configuration_sha256, manifest_b.configuration_sha256);
        assert_eq!(
            manifest_a.canonical_configuration(),
            r#"{"declarations":["sixes",2],"policy":"greedy","seed":1}"#
        );
        assert_eq!(manifest("{}").short_hash(), "44136fa355b3"); // sha256 of `{}`
    }

    #[test]
    fn reads_back_what_it_writes() {
        let manifest = manifest(r#"{"seed": 18446744073709551615}"#);
        assert_eq!(Manifest::parse(Path::new("boneyard.json"), &manifest.text()).unwrap(), manifest);
    }

    #[test]
    fn names_what_differs() {
        let there = manifest(r#"{"samples": 50, "policy": "greedy", "seed": 0}"#);
        let mut here = manifest(r#"{"samples": 60, "policy": "p-make", "seed": 0}"#);
        assert_eq!(
            there.differences(&here),
            ["policy (greedy there, p-make here)", "samples (50 there, 60 here)"]
        );
        here = there.clone();
        assert!(there.differences(&here).is_empty());
        here.backend = "cuda:0".to_owned();
        assert_eq!(there.differences(&here), ["backend (cpu there, cuda:0 here)"]);
    }
}
