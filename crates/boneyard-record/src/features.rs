//! The columns as Hugging Face `datasets` describes them, so that it need not guess.

use crate::column::Stored;
use crate::columns;
use arrow_schema::DataType;
use serde_json::{Map, Value, json};

/// Where `datasets` looks for them in a file's metadata.
pub(crate) const KEY: &str = "huggingface";

/// The features of a dataset with these columns, as JSON.
pub(crate) fn text<R: Stored>(columns: R::Options) -> String {
    let fields = columns::fields::<R>(columns).into_iter();
    let features: Map<String, Value> =
        fields.map(|field| (field.name().clone(), feature(field.data_type()))).collect();
    json!({ "info": { "features": features } }).to_string()
}

fn feature(data_type: &DataType) -> Value {
    match data_type {
        DataType::FixedSizeList(item, length) => {
            json!({ "feature": feature(item.data_type()), "length": length, "_type": "Sequence" })
        }
        DataType::Utf8 => json!({ "dtype": "string", "_type": "Value" }),
        DataType::Boolean => json!({ "dtype": "bool", "_type": "Value" }),
        other => json!({ "dtype": other.to_string().to_lowercase(), "_type": "Value" }),
    }
}
