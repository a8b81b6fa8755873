//! Reads a profile from TOML, settles its options, and checks that it is consistent.

use std::collections::BTreeSet;

use super::arrival;
use super::form::unread;
use super::identity;
use super::options::{Chosen, ProfileOption};
use super::profile::{Match, Profile, TableProfile};
use super::selection::SkipRule;
use crate::error::{Error, Result};

impl Profile {
    /// Reads a profile from TOML, with the defaults of its options, and checks that it is consistent.
    ///
    /// # Errors
    /// `Schema` if the text is not a profile, with the place that TOML reports.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_with(text, &Chosen::new())
    }

    /// Like [`Profile::parse`], with these values of options.
    ///
    /// # Errors
    /// `Usage` too, if the profile has no such option or value.
    pub fn parse_with(text: &str, set: &Chosen) -> Result<Self> {
        let mut profile: Self = toml::from_str(text).map_err(|error| unread("the profile cannot be read", error))?;
        profile.check_options()?;
        for (name, option) in &profile.options {
            for value in &option.values {
                let mut chosen = profile.clone();
                chosen.choose(&Chosen::from([(name.clone(), value.clone())]))?;
                chosen.check().map_err(|error| error.hint(format!("This is the profile with {name}={value}.")))?;
            }
        }
        profile.choose(set)?;
        profile.check()?;
        Ok(profile)
    }

    /// Returns whether a key column refers to a table whose key is folded.
    fn leads_to_folded(&self, table: &TableProfile, column: &str) -> bool {
        let folded = |name: &String| self.table(name).is_some_and(|parent| !parent.fold.is_empty());
        let codes = table.polymorphic(column).map(|reference| self.codes(reference).values());
        table.references.get(column).is_some_and(|reference| folded(reference))
            || codes.is_some_and(|mut names| names.any(folded))
    }

    fn check(&self) -> Result<()> {
        let mut seen = BTreeSet::new();
        for table in &self.tables {
            let fault = |what: String| Err(Error::schema(what).at_table(&table.name));
            if !seen.insert(&table.name) {
                return fault("the profile contains the table twice".into());
            }
            if table.key.is_empty() {
                return fault("the table has no natural key in the profile".into());
            }
            for (column, parent) in &table.references {
                if self.table(parent).is_none() {
                    return fault(format!(
                        "`{column}` refers to `{}`, which the profile does not contain",
                        parent.table
                    ));
                }
                arrival::by(self, table, column, std::iter::once(&parent.table))?;
            }
            for reference in &table.polymorphic {
                let Some(codes) = self.codes.get(&reference.codes) else {
                    return fault(format!("the code list `{}` is not in the profile", reference.codes));
                };
                if let Some(parent) = codes.values().find(|parent| self.table(parent).is_none()) {
                    return fault(format!(
                        "`{}` can refer to `{parent}`, which the profile does not contain",
                        reference.id
                    ));
                }
                arrival::by(self, table, &reference.id, codes.values())?;
                if table.key.contains(&reference.id) && table.key.contains(&reference.type_column) {
                    return fault(format!("`{}` already includes its type column in a key", reference.id));
                }
            }
            if table.unordered
                && !(table.key.len() == 2 && table.key.iter().all(|column| table.polymorphic(column).is_some()))
            {
                return fault("an unordered key must be two polymorphic references".into());
            }
            if let Some(column) = table.fold.iter().find(|column| !table.key.contains(column)) {
                return fault(format!("`{column}` is in `fold` but not in the key"));
            }
            if !table.fold.is_empty() && table.matched_by == Match::Hash {
                return fault("`fold` needs `match = \"key\"`: a hash is made from the bytes of a key".into());
            }
            if table.matched_by == Match::Hash
                && let Some(column) = table.key.iter().find(|column| self.leads_to_folded(table, column))
            {
                return fault(format!(
                    "the key refers with `{column}` to a table with `fold`, so that the table needs `match = \"key\"` too"
                ));
            }
            if let Some(column) = table.set.keys().find(|name| table.in_key(name) || table.exclude.contains_key(*name))
            {
                return fault(format!("`{column}` is in `set`, so it cannot be in the key or in `exclude` as well"));
            }
            identity::check(self, table)?;
            arrival::guard(self, table)?;
            arrival::sets(self, table)?;
            arrival::count(self, table)?;
            if let Some(column) = &table.unique_suffix
                && (table.in_key(column) || table.key.iter().any(|column| table.refers(column)))
            {
                return fault(format!("`unique_suffix` needs a key without references and without `{column}`"));
            }
            if let Some(files) = &table.files {
                files.check().map_err(|error| error.at_table(&table.name))?;
            }
            if let Some(owner) = &table.owner
                && self.table(&owner.table).is_none()
            {
                return fault(format!("the owner table `{}` is not in the profile", owner.table));
            }
            if let Some(owner) = &table.owner
                && owner.roles.is_empty() != owner.option.is_some()
            {
                return fault("the owner needs either `roles` or `option`".into());
            }
            if let Some(option) = table.owner.as_ref().and_then(|owner| owner.option.as_ref())
                && !self.options.get(option).is_some_and(ProfileOption::is_text)
            {
                return fault(format!("the owner needs `{option}` as an option without `values`"));
            }
        }
        self.check_after()?;
        self.check_selection()
    }

    /// Checks the words of each table.
    ///
    /// # Errors
    /// `Schema` if a word makes no sense.
    fn check_selection(&self) -> Result<()> {
        for table in &self.tables {
            table.check_selection().map_err(|error| error.at_table(&table.name))?;
            let mut seen = BTreeSet::from([table.name.as_str()]);
            let mut at = table;
            while let Some(parent) = at.window_parent().and_then(|name| self.table(name)) {
                if !seen.insert(&parent.name) {
                    return Err(Error::schema("the windows of tables lead in a circle").at_table(&table.name));
                }
                at = parent;
            }
        }
        Ok(())
    }

    /// Checks what is to be done after an import.
    ///
    /// # Errors
    /// `Schema` if the profile lacks the table.
    fn check_after(&self) -> Result<()> {
        let has_ids = |name: &str| self.table(name).is_some_and(|table| !table.id.is_key());
        match self.after.as_ref().filter(|after| !has_ids(&after.table)) {
            Some(after) => Err(Error::schema(format!(
                "`after` names `{}`, which the profile does not contain, or whose rows have no id",
                after.table
            ))),
            None => Ok(()),
        }
    }
}

impl TableProfile {
    /// Checks the words that say which rows travel.
    fn check_selection(&self) -> Result<()> {
        let fault = |what: String| Err(Error::schema(what));
        if let Some((column, _)) = self.only.iter().find(|(_, values)| values.is_empty()) {
            return fault(format!("`only` leaves no value for `{column}`"));
        }
        if let Some((column, _)) = self.except.iter().find(|(_, values)| values.is_empty()) {
            return fault(format!("`except` names no value of `{column}`"));
        }
        for SkipRule { key, .. } in &self.skip_if {
            if *key == *self.id || self.references.contains_key(key) || self.polymorphic(key).is_some() {
                return fault(format!("`skip_if` compares `{key}`, whose numbers differ on each side"));
            }
        }
        for (column, values) in &self.map {
            let fixed = self.in_key(column)
                || self.references.contains_key(column)
                || self.polymorphic.iter().any(|reference| [&reference.id, &reference.type_column].contains(&column))
                || [&*self.id, &self.hash, &*self.date, &self.created].contains(&column)
                || self.deleted.as_ref().is_some_and(|deleted| **deleted == *column);
            if fixed {
                return fault(format!("`map` cannot change `{column}`, which the profile uses for something else"));
            }
            if values.is_empty() {
                return fault(format!("`map` changes no value of `{column}`"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(words: &str) -> Result<Profile> {
        Profile::parse(&format!(
            "name = 'p'\n[[table]]\nname = 'things'\ngroup = 'object'\nkey = ['name']\nmatch = 'key'\n\
             references = {{ note_id = 'notes' }}\n{words}\n\
             [[table]]\nname = 'notes'\ngroup = 'context'\nkey = ['thing_id', 'name']\nmatch = 'key'\n\
             references = {{ thing_id = 'things' }}\nwindow = 'thing_id'\n"
        ))
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        profile("only = { published = [1], kind = ['a', 'b'] }\nmap = { level = { 1 = 0, 2 = 1 } }").unwrap();
        for (words, part) in [
            ("only = { published = [] }", "`only` leaves no value for `published`"),
            ("only = { published = [[1]] }", "cannot be read"),
            ("map = { name = { a = 'b' } }", "`map` cannot change `name`"),
            ("map = { note_id = { 1 = 2 } }", "`map` cannot change `note_id`"),
            ("map = { updated_at = { 1 = 2 } }", "`map` cannot change `updated_at`"),
            ("map = { level = {} }", "`map` changes no value of `level`"),
            ("window = 'note_id'", "circle"),
            ("skip_if = [{ table = 'l', column = 'c', key = 'note_id' }]", "`note_id`"),
            ("skip_if = [{ table = 'l', column = 'c' }]", "cannot be read"),
            ("carry = 'some'", "cannot be read"),
        ] {
            let error = profile(words).expect_err(words);
            assert!(error.to_string().contains(part), "{words}: {error}");
        }
    }

    #[test]
    fn a_profile_without_the_words_keeps_its_digest() {
        assert_eq!(profile("").unwrap().digest(), profile("carry = 'all'").unwrap().digest());
        assert_ne!(profile("").unwrap().digest(), profile("carry = 'referenced'").unwrap().digest());
    }
}
