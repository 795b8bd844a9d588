//! One line of input as the fields of a JSON object, and sentences for what is wrong with it.

use boneyard::{core::Error, rules::RuleError};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Why a line is not answered: one sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl From<RuleError> for Refusal {
    fn from(error: RuleError) -> Self {
        Self(error.to_string())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// The fields of an object, in order; unlike a map it notices a field that is given twice.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_any(Object)
    }
}

impl From<Map<String, Value>> for Fields {
    fn from(map: Map<String, Value>) -> Self {
        Self(map.into_iter().collect())
    }
}

impl Fields {
    /// Reads one line.
    pub fn parse(line: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(line).map_err(|error| {
            Refusal(format!("not UTF-8 at byte {}: expected a JSON object", error.valid_up_to()))
        })?;
        if text.trim().is_empty() {
            return Err(Refusal("empty line: expected a JSON object".to_owned()));
        }
        serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let place = format!(" at line {} column {}", error.line(), error.column());
            let what = message.strip_suffix(&place).unwrap_or(&message);
            let what = brief(what);
            if error.is_data() {
                Refusal(what)
            } else {
                Refusal(format!("not JSON: {what} at column {}: expected a JSON object", error.column()))
            }
        })
    }

    /// Is there a field of this name?
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }

    /// Refuses fields that no calculator reads or answers with, and fields given twice. The error that another calculator
    /// answered with stays the answer.
    pub fn check(&self) -> Result<(), Refusal> {
        if let Some(Value::String(error)) = self.get("error") {
            return Err(Refusal(brief_to(400, error)));
        }
        for (i, (name, _)) in self.0.iter().enumerate() {
            if !super::is_known(name) {
                let name = brief(name);
                let near = super::position::FIELDS
                    .into_iter()
                    .find(|field| strsim::jaro_winkler(field, &name) > 0.85);
                let near = near.map_or(String::new(), |near| format!(", where `{near}` is nearly that"));
                return Err(Refusal(format!(
                    "unknown field `{name}`{near}: expected only {}, or what a calculator answers",
                    super::position::FIELDS.join(", ")
                )));
            }
            if self.0[..i].iter().any(|(earlier, _)| earlier == name) {
                return Err(Refusal(format!("field `{name}` is given twice: expected it once")));
            }
        }
        Ok(())
    }

    /// A field that was left out, as it is understood.
    pub fn fill_in(&mut self, name: &str, value: impl Into<Value>) {
        if !self.has(name) {
            self.0.push((name.to_owned(), value.into()));
        }
    }

    /// The fields that stand in an answer beside its own: all that `names` does not have.
    pub fn beside<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())).map(|(name, value)| (name, value))
    }

    /// The value of a field, if it is there.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// The value of a field that must be there.
    pub fn need(&self, name: &str, expected: &str) -> Result<&Value, Refusal> {
        self.get(name).ok_or_else(|| Refusal(format!("missing field `{name}`: expected {expected}")))
    }
}

/// A value is not what it should be.
pub fn wrong(name: impl fmt::Display, expected: &str, got: &Value) -> Refusal {
    Refusal(format!("{name}: expected {expected}, got {}", brief(&got.to_string())))
}

/// At most 60 characters, so that a message stays readable whatever is in the input.
pub fn brief(text: &str) -> String {
    brief_to(60, text)
}

fn brief_to(most: usize, text: &str) -> String {
    let mut characters = text.chars();
    let mut brief: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        brief.push('…');
    }
    brief
}
