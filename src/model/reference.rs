//! References of a profile: the table that a column refers to, what stands for none, and what becomes of a row whose reference
//! leads nowhere.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};

use super::form::name_or_fields;

/// What becomes of a row that refers to a row which the target neither has nor gets. Without this word the reference becomes
/// none, and the row is rejected only if its column cannot be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// The row is rejected.
    Reject,
    /// The row is left out and counted as ignored.
    Skip,
}

/// A foreign key: `references.kind_id = "kinds"`, or
/// `references.kind_id = { table = "kinds", none = 0, missing = "reject" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "ReferenceForm")]
pub struct Reference {
    /// The table that the column refers to.
    pub table: String,
    /// The number that stands for no row, beside NULL. A column that is never NULL holds it instead.
    pub none: Option<i64>,
    /// What becomes of a row whose reference leads nowhere.
    pub missing: Option<Missing>,
    /// A column beside the id with the key of the same row, by which the target finds it if the bundle does not have it.
    pub by: Option<String>,
}

impl From<String> for Reference {
    fn from(table: String) -> Self {
        Self { table, none: None, missing: None, by: None }
    }
}

/// Gives access to the name of the table.
impl Deref for Reference {
    type Target = String;

    fn deref(&self) -> &String {
        &self.table
    }
}

/// The long form of a reference.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceFields {
    /// The table that the column refers to.
    ///
    /// Example: `table = "things"`
    table: String,
    /// The number that stands for no row, beside NULL.
    ///
    /// Example: `none = 0`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    none: Option<i64>,
    /// What becomes of a row whose reference leads nowhere. Without it, the reference becomes none.
    ///
    /// Example: `missing = "reject"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missing: Option<Missing>,
    /// A column with the key of the same row, by which the target finds it if the bundle does not have it.
    ///
    /// Example: `by = "thing_uuid"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

/// The forms of a reference in a profile. The plain form stays plain, so that a profile keeps its digest.
#[derive(Clone, Serialize)]
#[serde(untagged)]
enum ReferenceForm {
    Name(String),
    Fields(ReferenceFields),
}

impl From<Reference> for ReferenceForm {
    fn from(reference: Reference) -> Self {
        match reference {
            Reference { table, none: None, missing: None, by: None } => Self::Name(table),
            Reference { table, none, missing, by } => Self::Fields(ReferenceFields { table, none, missing, by }),
        }
    }
}

impl From<ReferenceFields> for Reference {
    fn from(ReferenceFields { table, none, missing, by }: ReferenceFields) -> Self {
        Self { table, none, missing, by }
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "the name of a table, or a table with `table`, `none`, `missing` and `by`";
        name_or_fields::<D, ReferenceFields, Self>(deserializer, expecting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::Profile;

    fn profile(reference: &str) -> crate::error::Result<Profile> {
        Profile::parse(&format!(
            "name = 'p'\n[[table]]\nname = 'kinds'\ngroup = 'metadata'\nkey = ['name']\n[[table]]\nname = 'notes'\n\
             group = 'object'\nkey = ['name']\nreferences.kind_id = {reference}\n"
        ))
    }

    #[test]
    fn the_plain_form_and_the_long_one_are_the_same_profile() {
        let (plain, long) = (profile("'kinds'").unwrap(), profile("{ table = 'kinds' }").unwrap());
        assert_eq!((&plain, plain.digest()), (&long, long.digest()));
        let other = profile("{ table = 'kinds', none = 0, missing = 'skip' }").unwrap();
        assert_ne!(plain.digest(), other.digest());
        let reference = &other.tables[1].references["kind_id"];
        assert_eq!((reference.none, reference.missing), (Some(0), Some(Missing::Skip)));
    }

    #[test]
    fn a_wrong_word_is_refused_with_its_line() {
        for (wrong, reason) in [
            ("{ table = 'kinds', nothing = 0 }", "unknown field `nothing`"),
            ("{ table = 'kinds', none = 'zero' }", "invalid type: string"),
            ("{ table = 'kinds', missing = 'drop' }", "unknown variant `drop`"),
            ("{ none = 0 }", "missing field `table`"),
            ("7", "the name of a table"),
        ] {
            let error = profile(wrong).unwrap_err();
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            assert!(cause.contains("line 10") && cause.contains(reason), "{wrong}: {cause}");
        }
        let error = profile("{ table = 'nowhere', none = 0 }").unwrap_err().to_string();
        assert!(error.contains("`kind_id` refers to `nowhere`"), "{error}");
    }
}
