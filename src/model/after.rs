//! What is left to do on the platform after an import: steps for its administrator, and the rows that they are about.

use serde::{Deserialize, Serialize};

/// `[after]` of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterRule {
    /// Table of the rows that `--after-list` names: those that were written, and those to which a written row refers.
    ///
    /// Example: `table = "things"`
    pub table: String,
    /// Column that names a row.
    ///
    /// Example: `column = "uuid"`
    pub column: String,
    /// What to do once an import has written anything.
    ///
    /// Example: `steps = ["app/Console/cake Admin cleanCaches"]`
    pub steps: Vec<String>,
}
