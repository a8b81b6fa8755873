//! Columns that hold the number of a row's children.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::guard::Constant;

/// A number that an import sets itself, for the rows that it writes and those that get children:
/// `count = { column = "note_count", table = "notes", by = "event_id", only = { deleted = [0] } }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// The column with the number. It never travels.
    ///
    /// Example: `column = "note_count"`
    pub column: String,
    /// The table of the children.
    ///
    /// Example: `table = "notes"`
    pub table: String,
    /// Their reference to the row.
    ///
    /// Example: `by = "thing_id"`
    pub by: String,
    /// Columns of the children → the values with which they count. Without it, all of them count.
    ///
    /// Example: `only = { deleted = [0] }`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, Vec<Constant>>,
}

#[cfg(test)]
mod tests {
    use crate::model::profile::Profile;

    #[test]
    fn a_number_that_cannot_be_counted_is_refused() {
        let profile = |count: &str| {
            Profile::parse(&format!(
                "name = 'p'\n[[table]]\nname = 'events'\ngroup = 'object'\nkey = ['name']\nexclude.notes = '0'\n{count}\n\
                 [[table]]\nname = 'notes'\ngroup = 'context'\nkey = ['name']\nreferences.event_id = 'events'\n"
            ))
        };
        let right = "count = { column = 'notes', table = 'notes', by = 'event_id', only = { deleted = [0, 'no'] } }";
        assert_eq!(profile(right).unwrap().digest(), profile("").unwrap().digest(), "it changes no bundle");
        for (from, to, part) in [
            ("column = 'notes'", "column = 'name'", "add it to `exclude`"),
            ("table = 'notes'", "table = 'events'", "in another table"),
            ("by = 'event_id'", "by = 'id'", "needs a reference `id`"),
            ("[0, 'no']", "[]", "no value of `deleted`"),
            ("only", "where", "cannot be read"),
        ] {
            let error = profile(&right.replace(from, to)).expect_err(to).to_string();
            assert!(error.contains(part), "{to}: {error}");
        }
    }
}
