//! Reading and comparing JSON and saying in every complaint where.

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What has been compared so far in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Values that were computed again and are the same.
    pub compared: usize,
    /// By field: values that say how the file was made and cannot be computed again.
    pub unchecked: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// Another value of `field` that cannot be checked.
    pub fn skip(&mut self, field: &'static str) {
        *self.unchecked.entry(field).or_default() += 1;
    }
}

/// A value and where it was found.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    path: String,
    value: &'a Value,
}

impl<'a> Found<'a> {
    /// The whole file.
    pub fn root(value: &'a Value) -> Self {
        Self { path: String::new(), value }
    }

    /// A list of any length.
    pub fn list(&self) -> Result<Vec<Self>> {
        let list = self.value.as_array().ok_or_else(|| self.is_no("a list"))?;
        let found = |(i, value)| Self { path: format!("{}[{i}]", self.path), value };
        Ok(list.iter().enumerate().map(found).collect())
    }

    /// A list that is not empty: with nothing in it, nothing would be compared.
    pub fn records(&self) -> Result<Vec<Self>> {
        let list = self.list()?;
        ensure!(!list.is_empty(), "{} is empty", self.path);
        Ok(list)
    }

    /// An object.
    pub fn record(&self) -> Result<Record<'a>> {
        let map = self.value.as_object().ok_or_else(|| self.is_no("an object"))?;
        Ok(Record { path: self.path.clone(), map, used: RefCell::default() })
    }

    /// A whole number, also one written as text.
    pub fn number(&self) -> Result<u64> {
        let by_text = || self.value.as_str().and_then(|text| text.parse().ok());
        self.value.as_u64().or_else(by_text).ok_or_else(|| self.is_no("a whole number"))
    }

    /// A whole number below `end`.
    pub fn below(&self, end: usize) -> Result<usize> {
        let number = self.number()?;
        ensure!(number < end as u64, "{} is {number}, expected less than {end}", self.path);
        Ok(number as usize)
    }

    /// A list of whole numbers below `end`.
    pub fn all_below(&self, end: usize) -> Result<Vec<usize>> {
        self.list()?.iter().map(|found| found.below(end)).collect()
    }

    /// A number.
    pub fn float(&self) -> Result<f64> {
        self.value.as_f64().ok_or_else(|| self.is_no("a number"))
    }

    /// Text.
    pub fn text(&self) -> Result<&'a str> {
        self.value.as_str().ok_or_else(|| self.is_no("text"))
    }

    /// Every value in here must be the expected one.
    pub fn expect(&self, expected: impl Into<Value>, tally: &mut Tally) -> Result<()> {
        self.same(&expected.into(), tally)
    }

    /// As far as nine decimals tell.
    pub fn expect_float(&self, expected: f64, tally: &mut Tally) -> Result<()> {
        let got = self.float()?;
        ensure!((got - expected).abs() <= 5.1e-10, "{} is {got}, expected {expected:.9}", self.path);
        tally.compared += 1;
        Ok(())
    }

    fn same(&self, expected: &Value, tally: &mut Tally) -> Result<()> {
        match (self.value, expected) {
            (Value::Array(got), Value::Array(wanted)) => {
                let lengths = (got.len(), wanted.len());
                ensure!(
                    lengths.0 == lengths.1,
                    "{} has length {}, expected {}",
                    self.path,
                    lengths.0,
                    lengths.1
                );
                self.list()?.iter().zip(wanted).try_for_each(|(got, wanted)| got.same(wanted, tally))
            }
            (Value::Object(got), Value::Object(wanted)) => {
                if let Some(key) = got.keys().find(|key| !wanted.contains_key(*key)) {
                    bail!("{} has {key}, which is not expected", self.path);
                }
                let record = self.record()?;
                wanted.iter().try_for_each(|(key, wanted)| record.get(key)?.same(wanted, tally))
            }
            (got, wanted) => {
                ensure!(got == wanted, "{} is {got}, expected {wanted}", self.path);
                tally.compared += 1;
                Ok(())
            }
        }
    }

    fn is_no(&self, what: &str) -> anyhow::Error {
        let text: String = self.value.to_string().chars().take(40).collect();
        let path = if self.path.is_empty() { "the file" } else { &self.path };
        anyhow!("{path} is {text}, expected {what}")
    }
}

/// An object whose fields must all be used.
#[derive(Debug)]
pub struct Record<'a> {
    path: String,
    map: &'a Map<String, Value>,
    used: RefCell<BTreeSet<String>>,
}

impl<'a> Record<'a> {
    /// A field, which must be there.
    pub fn get(&self, key: &str) -> Result<Found<'a>> {
        self.find(key).with_context(|| format!("{} has no field {key}", self.name()))
    }

    /// A field that may be missing.
    pub fn find(&self, key: &str) -> Option<Found<'a>> {
        self.used.borrow_mut().insert(key.to_owned());
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        self.map.get(key).map(|value| Found { path, value })
    }

    /// Every value of a field must be the expected one.
    pub fn expect(&self, key: &str, expected: impl Into<Value>, tally: &mut Tally) -> Result<()> {
        self.get(key)?.expect(expected, tally)
    }

    /// Fails if there is a field that nobody asked for: its values would not be compared.
    pub fn finish(self) -> Result<()> {
        match self.map.keys().find(|key| !self.used.borrow().contains(*key)) {
            Some(key) => bail!("{} has a field {key} that is not part of the format", self.name()),
            None => Ok(()),
        }
    }

    fn name(&self) -> &str {
        if self.path.is_empty() { "the file" } else { &self.path }
    }
}
