//! Options of a profile: `[options.audience]` names one, `--set audience=internal` chooses its value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most characters of a value.
pub(super) const MAX_CHARS: usize = 200;

/// Values of options by name.
pub type Chosen = BTreeMap<String, String>;

/// An option of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileOption {
    /// Description for people.
    ///
    /// Example: `description = "who reads the rows"`
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The values to choose from; without them, the value is a free text.
    ///
    /// Example: `values = ["community", "internal"]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The value without `--set`.
    ///
    /// Example: `default = "community"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

impl ProfileOption {
    /// Returns whether the value is a free text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.values.is_empty()
    }
}

/// Returns whether a text can be the value of an option.
#[must_use]
pub fn is_value(text: &str) -> bool {
    (1..=MAX_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
