//! Rows that the target owns: an import leaves them alone, with everything that belongs to them.

use serde::{Deserialize, Serialize};

/// A constant of a profile: `0`, `true`, `"text"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Constant {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

impl Constant {
    /// Returns the text that every engine reads as this value, whatever the type of the column.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Flag(flag) => u8::from(*flag).to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// Marks the rows of the target that are its own: `guard = { column = "locked", value = 0 }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// The column of the mark. It never travels: a bundle must not make rows the target's own, nor take them away.
    ///
    /// Example: `column = "locked"`
    pub column: String,
    /// Its value in the target's own rows.
    ///
    /// Example: `value = 0`
    pub value: Constant,
}

#[cfg(test)]
mod tests {
    use crate::model::profile::Profile;

    fn profile(events: &str, notes: &str) -> crate::error::Result<Profile> {
        Profile::parse(&format!(
            "name = 'p'\n[[table]]\nname = 'events'\ngroup = 'object'\nkey = ['name']\nexclude.locked = '1'\n{events}\n\
             [[table]]\nname = 'notes'\ngroup = 'context'\nkey = ['name']\nreferences.event_id = 'events'\n{notes}\n"
        ))
    }

    const GUARD: &str = "guard = { column = 'locked', value = 0 }";

    #[test]
    fn what_guards_rows_changes_no_bundle() {
        let plain = profile("", "").unwrap();
        let guarded = profile(GUARD, "follows = 'event_id'").unwrap();
        assert_eq!(plain.digest(), guarded.digest());
    }

    #[test]
    fn a_guard_that_cannot_hold_is_refused() {
        for (events, notes, part) in [
            ("", "follows = 'event_id'", "neither `guard` nor `follows`"),
            (GUARD, "follows = 'name'", "not in `references`"),
            ("guard = { column = 'name', value = 0 }", "", "add it to `exclude`"),
            ("references.event_id = 'events'\nfollows = 'event_id'", "follows = 'event_id'", "leads back"),
            ("guard = { column = 'locked' }", "", "cannot be read"),
            ("guard = { column = 'locked', value = 0, unless = 'x' }", "", "cannot be read"),
        ] {
            let error = profile(events, notes).expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
