//! What made a dataset.

use crate::{Blocks, Contents, Error, Result, block};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that determines a dataset's rows but for which games they are of. It stands in the footer of every file, and
/// of a file without rows that makes a directory a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Version of the columns and their meaning.
    pub schema_version: u32,
    /// Version of the rules' behaviour.
    pub rules_version: u32,
    /// Version of the values: of two programs with the same, and the same configuration, rows are equal.
    pub records_version: u32,
    /// In what the values were computed, if not in whole numbers: then it tells how and on what kind of device.
    pub arithmetic: Option<String>,
    /// SHA-256 of the canonical configuration, in hex.
    pub configuration_sha256: String,
    /// The complete effective configuration.
    pub configuration: Map<String, Value>,
}

impl Manifest {
    /// Of this version of the program.
    pub fn new(configuration: Map<String, Value>, arithmetic: Option<String>) -> Self {
        let digest = Sha256::digest(canonical(&Value::Object(configuration.clone())).as_bytes());
        Self {
            schema_version: boneyard_core::SCHEMA_VERSION,
            rules_version: boneyard_rules::RULES_VERSION,
            records_version: boneyard_core::RECORDS_VERSION,
            arithmetic,
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

    /// How seeds are cut into blocks, by the configuration's `block`; of 64 if it has none.
    pub fn blocks(&self) -> Blocks {
        let size = self.configuration.get("block").and_then(Value::as_u64);
        Blocks { size: size.unwrap_or(64).max(1) }
    }

    /// What a footer says, in order.
    pub(crate) fn footer(&self) -> Vec<(String, String)> {
        let versions = [
            ("schema_version", self.schema_version.to_string()),
            ("rules_version", self.rules_version.to_string()),
            ("records_version", self.records_version.to_string()),
        ];
        let configuration = [
            ("configuration", self.canonical_configuration()),
            ("configuration_sha256", self.configuration_sha256.clone()),
        ];
        let arithmetic = self.arithmetic.iter().map(|arithmetic| ("arithmetic", arithmetic.clone()));
        let pairs = versions.into_iter().chain(arithmetic).chain(configuration);
        pairs.map(|(key, value)| (format!("boneyard.{key}"), value)).collect()
    }

    /// From what a footer says.
    ///
    /// # Errors
    /// One phrase if it says too little.
    pub(crate) fn of_footer(footer: &BTreeMap<String, String>) -> Result<Self, String> {
        let text = |key: &str| {
            footer.get(&format!("boneyard.{key}")).ok_or_else(|| format!("its footer has no boneyard.{key}"))
        };
        let number = |key: &str| {
            let text = text(key)?;
            text.parse().map_err(|_| format!("its footer has `{text}` as boneyard.{key}, expected a number"))
        };
        let configuration = text("configuration")?;
        let configuration: Map<String, Value> = serde_json::from_str(configuration)
            .map_err(|error| format!("its footer has a boneyard.configuration that is no JSON: {error}"))?;
        let this = Self {
            schema_version: number("schema_version")?,
            rules_version: number("rules_version")?,
            records_version: number("records_version")?,
            arithmetic: footer.get("boneyard.arithmetic").cloned(),
            configuration_sha256: text("configuration_sha256")?.clone(),
            configuration,
        };
        if this.configuration_sha256 == Self::new(this.configuration.clone(), None).configuration_sha256 {
            Ok(this)
        } else {
            Err("its configuration does not agree with its hash".to_owned())
        }
    }

    /// Reads the bytes of a manifest file.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<Self> {
        block::read_manifest(bytes).map_err(|what| Error::unreadable(path, what))
    }

    /// Checks that a run of `wanted` may go on in `dir`, whose manifest this is.
    ///
    /// # Errors
    /// [`Error::Different`].
    pub(crate) fn agrees(&self, dir: &Path, wanted: &Self) -> Result<()> {
        match self.differences(wanted) {
            differences if differences.is_empty() => Ok(()),
            differences => Err(Error::Different { dir: dir.to_owned(), differences }),
        }
    }

    /// What the dataset holds.
    pub fn contents(&self) -> Contents {
        Contents::of(&self.configuration)
    }

    /// One phrase for each thing in which `self`, on disk, differs from `wanted`.
    pub(crate) fn differences(&self, wanted: &Self) -> Vec<String> {
        let differ = |name: &str, there: String, here: String| {
            (there != here).then(|| format!("{name} ({there} there, {here} here)"))
        };
        // Of different rows everything differs.
        let rows = differ("rows", self.contents().what().to_owned(), wanted.contents().what().to_owned());
        if let Some(rows) = rows {
            return vec![rows];
        }
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
        let arithmetic =
            |manifest: &Self| manifest.arithmetic.clone().unwrap_or_else(|| "whole numbers".to_owned());
        let versions = [
            differ("arithmetic", arithmetic(self), arithmetic(wanted)),
            differ("records version", self.records_version.to_string(), wanted.records_version.to_string()),
            differ("rules version", self.rules_version.to_string(), wanted.rules_version.to_string()),
            differ("schema version", self.schema_version.to_string(), wanted.schema_version.to_string()),
        ];
        options.chain(versions.into_iter().flatten()).collect()
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
        Manifest::new(serde_json::from_str(text).expect("test JSON"), None)
    }

    #[test]
    fn the_hash_ignores_the_order_of_keys_and_is_pinned() {
        let manifest_a = manifest(r#"{"block": 1, "declarations": ["sixes", 2], "policy": "greedy"}"#);
        let manifest_b = manifest(r#"{"policy":"greedy","declarations":["sixes",2],"block":1}"#);
        assert_eq!(manifest_a.configuration_sha256, manifest_b.configuration_sha256);
        assert_eq!(
            manifest_a.canonical_configuration(),
            r#"{"block":1,"declarations":["sixes",2],"policy":"greedy"}"#
        );
        assert_eq!(manifest("{}").short_hash(), "44136fa355b3"); // sha256 of `{}`
    }

    #[test]
    fn footers_say_it_all() {
        let mut there = manifest(r#"{"block": 18446744073709551615}"#);
        let read = |manifest: &Manifest| Manifest::of_footer(&manifest.footer().into_iter().collect());
        assert_eq!(read(&there).unwrap(), there);
        there.arithmetic = Some("f16 on cuda".to_owned());
        assert_eq!(read(&there).unwrap(), there);
        there.configuration.insert("block".to_owned(), 3.into());
        assert_eq!(read(&there).unwrap_err(), "its configuration does not agree with its hash");
    }

    #[test]
    fn names_what_differs() {
        let there = manifest(r#"{"samples": 50, "policy": "greedy", "bid": 30}"#);
        let mut here = manifest(r#"{"samples": 60, "policy": "p-make", "bid": 30}"#);
        assert_eq!(
            there.differences(&here),
            ["policy (greedy there, p-make here)", "samples (50 there, 60 here)"]
        );
        here = there.clone();
        assert!(there.differences(&here).is_empty());
        here.arithmetic = Some("f32 on cpu".to_owned());
        assert_eq!(there.differences(&here), ["arithmetic (whole numbers there, f32 on cpu here)"]);
    }
}
