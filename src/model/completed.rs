//! A profile joined with a database's catalogue: the only form of a profile that ordering, hashing, export, import and
//! retry accept.

use std::collections::BTreeMap;
use std::ops::Deref;

use super::profile::{Profile, TableProfile};
use super::schema::Table;

/// A profile with the references that its file leaves out but the catalogue declares.
///
/// It is made once per run, from the catalogue of the database that the run reads or writes. A [`Profile`] alone can be
/// neither ordered nor hashed: if two parts of the program completed it differently, they would disagree on what a row
/// refers to.
#[derive(Clone, Debug)]
pub struct Completed {
    profile: Profile,
    /// Table → column → table, for declared references to tables outside the profile.
    outside: BTreeMap<String, BTreeMap<String, String>>,
}

impl Completed {
    /// Joins a profile with a catalogue. The profile takes precedence for its columns. References of columns that the
    /// database lacks are dropped; tables that the database lacks stay as they are in the profile.
    #[must_use]
    pub fn join(profile: &Profile, catalogue: &[Table]) -> Self {
        let mut completed = Self { profile: profile.clone(), outside: BTreeMap::new() };
        for table in &mut completed.profile.tables {
            let Some(base) = catalogue.iter().find(|base| base.name == table.name) else { continue };
            table.references.retain(|column, _| base.column(column).is_some());
            for key in &base.foreign_keys {
                let has_no_id = profile.table(&key.table).is_some_and(|parent| parent.id.is_key());
                let is_declared =
                    table.polymorphic(&key.column).is_some() || table.references.contains_key(&key.column);
                if is_declared || has_no_id {
                    continue;
                }
                if profile.table(&key.table).is_some() {
                    table.references.insert(key.column.clone(), key.table.clone().into());
                } else {
                    let outside = completed.outside.entry(table.name.clone()).or_default();
                    outside.insert(key.column.clone(), key.table.clone());
                }
            }
        }
        completed
    }

    /// Wraps a profile unchanged, for use without a database: when a schema has yet to be made.
    #[must_use]
    pub fn without_catalogue(profile: &Profile) -> Self {
        Self::join(profile, &[])
    }

    /// Returns the table that a column refers to, even if the profile does not name that table: its ids have no meaning on
    /// another installation.
    #[must_use]
    pub fn reference<'a>(&'a self, table: &'a TableProfile, column: &str) -> Option<&'a str> {
        let inside = self.table(&table.name).and_then(|table| table.references.get(column));
        let outside = || self.outside.get(&table.name).and_then(|columns| columns.get(column));
        inside.map(|reference| &reference.table).or_else(outside).map(String::as_str)
    }
}

/// Gives access to the profile. Its digest is that of the file, regardless of what the catalogue adds.
impl Deref for Completed {
    type Target = Profile;

    fn deref(&self) -> &Profile {
        &self.profile
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schema::{Column, ForeignKey, Limits};

    fn column(name: &str) -> Column {
        Column {
            name: name.to_owned(),
            neutral: crate::model::neutral::NeutralType::Integer,
            native: "bigint".to_owned(),
            nullable: true,
            has_default: false,
            generated: false,
            limits: Limits::default(),
        }
    }

    #[test]
    fn references_come_from_the_file_and_else_from_the_catalogue() {
        let text = "name = 'p'\n\
                    [[table]]\nname = 'things'\ngroup = 'object'\nkey = ['kind_id', 'value']\n\
                    references = { twin_id = 'things', gone_id = 'kinds' }\n\
                    [[table]]\nname = 'kinds'\ngroup = 'metadata'\nkey = ['name']\n";
        let profile = Profile::parse(text).unwrap();
        let key = |column: &str, table: &str| ForeignKey { column: column.to_owned(), table: table.to_owned() };
        let base = Table {
            name: "things".to_owned(),
            columns: ["id", "kind_id", "value", "twin_id", "site_id"].map(column).into(),
            foreign_keys: vec![key("kind_id", "kinds"), key("twin_id", "kinds"), key("site_id", "sites")],
            ..Table::default()
        };
        let completed = Completed::join(&profile, &[base]);
        let things = completed.table("things").unwrap();
        let found = |column: &str| completed.reference(things, column);
        assert_eq!(found("kind_id"), Some("kinds"));
        assert_eq!(found("twin_id"), Some("things"), "the file wins");
        assert_eq!(found("site_id"), Some("sites"));
        assert!(!things.references.contains_key("site_id"), "the order knows the profile's tables alone");
        assert_eq!(found("gone_id"), None);
        assert_eq!(found("value"), None);
    }
}
