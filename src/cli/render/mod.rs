//! Renders results as text and as JSON.

pub(super) mod bundle;
pub(super) mod check;
pub(super) mod failure;
pub(super) mod hashing;
pub(super) mod runs;
pub(super) mod snapshot;

use serde_json::Value;

use crate::model::run::SCHEMA_VERSION;

/// Adds the version of the JSON's shape to an object.
pub(super) fn with_version(mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert("schema_version".to_owned(), SCHEMA_VERSION.into());
    }
    object
}

/// Renders indented JSON with a line feed at its end.
pub(super) fn json_line(value: &Value) -> String {
    format!("{value:#}\n")
}
