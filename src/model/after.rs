//! What is left to do on the platform after an import: steps for its administrator, and the rows that they are about.

use serde::{Deserialize, Serialize};

/// `[after]` of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterRule {
    /// Table of the rows that `--after-list` names: those that were written, and those to which a written row refers.
    pub table: String,
    /// Column that names a row.
    pub column: String,
    /// What to do once an import has written anything.
    pub steps: Vec<String>,
}
