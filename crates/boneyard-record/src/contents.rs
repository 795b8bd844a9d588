//! What a dataset holds: decisions or labels.

use crate::column::Stored;
use crate::columns::{self, table_of};
use crate::{Columns, LabelColumns, LabelRow, Row, block};
use arrow_schema::Schema;
use parquet::errors::ParquetError;
use serde_json::{Map, Value};

/// Which table a dataset holds, with its optional columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Decisions of games, [`Row`]s.
    Decisions(Columns),
    /// Labels, [`LabelRow`]s.
    Labels(LabelColumns),
}

impl From<Columns> for Contents {
    fn from(columns: Columns) -> Self {
        Self::Decisions(columns)
    }
}

impl From<LabelColumns> for Contents {
    fn from(columns: LabelColumns) -> Self {
        Self::Labels(columns)
    }
}

impl Contents {
    /// The key of a configuration that says what its rows are; one of decisions has none.
    pub const KEY: &'static str = "rows";

    /// Of a dataset of this configuration.
    pub fn of(configuration: &Map<String, Value>) -> Self {
        let has = |key: &str| configuration.get(key) == Some(&Value::Bool(true));
        let text = |key: &str| configuration.get(key).and_then(Value::as_str);
        match text(Self::KEY) {
            Some(rows) if rows == LabelRow::WHAT => Self::Labels(LabelColumns { tokens: has("tokens") }),
            _ => Self::Decisions(Columns {
                histogram: has("histogram"),
                correction: text("evaluator").is_some_and(|evaluator| evaluator.contains("corrected")),
                weights: text("posterior").is_some(),
                plays: text("posterior").is_some_and(|posterior| posterior.contains("plays")),
            }),
        }
    }

    /// What its rows are, in the plural.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Decisions(_) => Row::WHAT,
            Self::Labels(_) => LabelRow::WHAT,
        }
    }

    /// A file without rows.
    pub(crate) fn encode_none(self, footer: Vec<(String, String)>) -> Result<Vec<u8>, ParquetError> {
        match self {
            Self::Decisions(columns) => block::encode::<Row>(&[], columns, footer),
            Self::Labels(columns) => block::encode::<LabelRow>(&[], columns, footer),
        }
    }

    /// What is wrong with a file's columns, if anything.
    pub(crate) fn check_schema(self, found: &Schema) -> Result<(), String> {
        match self {
            Self::Decisions(_) => columns::check_schema::<Row>(found),
            Self::Labels(_) => columns::check_schema::<LabelRow>(found),
        }
    }

    /// Its columns for people.
    pub(crate) fn table(self) -> String {
        match self {
            Self::Decisions(columns) => table_of::<Row>(columns),
            Self::Labels(columns) => table_of::<LabelRow>(columns),
        }
    }
}
