//! Options of a profile: `[options.audience]` names one, `--set audience=internal` chooses its value, and the words in a table's
//! `when.internal` hold only for that value.
//!
//! Options are settled while a profile is read: the profile that the rest of the program sees has no
//! conditions left. A choice of several values changes what a bundle holds, so both sides must make the same one. A free text
//! says something about the target, such as the organisation that receives the rows; only an import takes it.

use std::collections::{BTreeMap, BTreeSet};

use super::form::unread;
use super::options::{Chosen, MAX_CHARS, ProfileOption, is_value};
use super::profile::{Profile, TableProfile};
use crate::error::{Error, Result, escape};

/// Words that a condition cannot change: they say which table it is about.
const FIXED: [&str; 2] = ["name", "when"];

impl Profile {
    /// Checks the options and the conditions.
    ///
    /// # Errors
    /// `Schema` if an option or a condition makes no sense.
    pub(super) fn check_options(&self) -> Result<()> {
        let mut values = BTreeSet::new();
        for (name, option) in &self.options {
            let fault = |what: String| Err(Error::schema(format!("the option `{name}` {what}")));
            if let Some(value) = option.values.iter().chain(&option.default).find(|value| !is_value(value)) {
                return fault(format!("has the value `{value}`, which is empty, too long or has control characters"));
            }
            if let Some(default) = option.default.as_ref().filter(|_| !option.is_text())
                && !option.values.contains(default)
            {
                return fault(format!("has the default `{default}`, which is not one of its values"));
            }
            if let Some(value) = option.values.iter().find(|value| !values.insert(value.as_str())) {
                return fault(format!(
                    "has the value `{value}`, which stands elsewhere too: a condition names the value alone"
                ));
            }
        }
        for table in &self.tables {
            for (value, words) in &table.when {
                let fault = |what: String| Err(Error::schema(format!("`when.{value}` {what}")).at_table(&table.name));
                if !values.contains(value.as_str()) {
                    return fault("names a value that no option has".to_owned());
                }
                if let Some(word) = words.keys().find(|word| FIXED.contains(&word.as_str())) {
                    return fault(format!("cannot change `{word}`"));
                }
            }
        }
        Ok(())
    }

    /// Settles the options: notes their values, and puts the words of conditions that hold into their tables.
    ///
    /// # Errors
    /// `Usage` if `set` has an unknown option or value; `Schema` if a condition has a word that a table cannot have.
    pub(super) fn choose(&mut self, set: &Chosen) -> Result<()> {
        for (name, value) in set {
            let Some(option) = self.options.get(name) else {
                let known: Vec<String> = self.options.keys().map(|name| format!("`{name}`")).collect();
                let hint = if known.is_empty() {
                    "The profile has no options: leave out --set.".to_owned()
                } else {
                    format!("Its options are {}.", known.join(", "))
                };
                return Err(Error::usage(format!("the profile has no option `{}`", escape::line(name))).hint(hint));
            };
            if !is_value(value) || !option.is_text() && !option.values.contains(value) {
                let what = format!("`{}` is not a value of the option `{name}`", escape::line(value));
                return Err(Error::usage(what).hint(if option.is_text() {
                    format!("It takes a text of 1 to {MAX_CHARS} characters, without control characters.")
                } else {
                    format!("Its values are {}.", option.values.join(", "))
                }));
            }
        }
        let value = |name: &String, option: &ProfileOption| set.get(name).or(option.default.as_ref()).cloned();
        let values = self.options.iter().filter_map(|(name, option)| Some((name.clone(), value(name, option)?)));
        self.chosen = values.collect();
        let choices: BTreeSet<String> = self.agreed().into_values().collect();
        for table in &mut self.tables {
            table.apply(&choices)?;
        }
        Ok(())
    }

    /// Returns the values that both sides must agree on, because they change what a bundle holds.
    #[must_use]
    pub fn agreed(&self) -> Chosen {
        let is_choice = |name: &str| self.options.get(name).is_some_and(|option| !option.is_text());
        let chosen = self.chosen.iter().filter(|(name, _)| is_choice(name));
        chosen.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Checks that options have the values that a run needs. `import`: it writes to a target, so it needs the texts as well.
    ///
    /// # Errors
    /// `Usage` if a value is missing, or an export was given a text that it has no use for.
    pub fn require_options(&self, import: bool) -> Result<()> {
        for (name, option) in &self.options {
            let chosen = self.chosen.get(name);
            if chosen.is_none() && (import || !option.is_text()) {
                let about =
                    if option.description.is_empty() { String::new() } else { format!(": {}", option.description) };
                let values = if option.is_text() { "TEXT".to_owned() } else { option.values.join("|") };
                return Err(Error::usage(format!("the option `{name}` of the profile has no value{about}"))
                    .hint(format!("Add --set {name}={values}.")));
            }
            if !import && option.is_text() && chosen != option.default.as_ref() {
                return Err(Error::usage(format!(
                    "the option `{name}` is about the target, so an export does not take it"
                ))
                .hint("Give it to the import."));
            }
        }
        Ok(())
    }

    /// Checks that a bundle was made with the values chosen here. `bundle` has those of its export.
    ///
    /// # Errors
    /// `Usage` if a value differs; `Schema` if one side does not know an option.
    pub fn require_agreement(&self, bundle: &Chosen) -> Result<()> {
        let own = self.agreed();
        for (name, value) in &own {
            let Some(other) = bundle.get(name) else {
                return Err(Error::schema(format!("the bundle was made without the option `{name}` of this profile"))
                    .hint("Use the same profile on both sides, and export again."));
            };
            if value != other {
                let other = escape::line(other);
                return Err(Error::usage(format!(
                    "the bundle was made with {name}={other}, and this import has {name}={value}"
                ))
                .hint(format!("If that is what this side wants, add --set {name}={other}; otherwise export again.")));
            }
        }
        match bundle.keys().find(|name| !own.contains_key(*name)) {
            None => Ok(()),
            Some(name) => {
                let name = escape::line(name);
                Err(Error::schema(format!(
                    "the bundle was made with the option `{name}`, which this profile does not have"
                ))
                .hint("Use the same profile on both sides."))
            }
        }
    }
}

impl TableProfile {
    /// Puts the words of the conditions that hold in place of the table's own.
    fn apply(&mut self, choices: &BTreeSet<String>) -> Result<()> {
        let conditions = std::mem::take(&mut self.when);
        let mut holding = conditions.into_iter().filter(|(value, _)| choices.contains(value)).peekable();
        if holding.peek().is_none() {
            return Ok(());
        }
        let name = self.name.clone();
        let mut words = toml::Table::try_from(&*self)
            .map_err(|error| Error::internal("a table of a profile cannot be written").because(error))?;
        let mut set_by: BTreeMap<String, String> = BTreeMap::new();
        for (value, changed) in holding {
            for (word, content) in changed {
                if let Some(other) = set_by.insert(word.clone(), value.clone()) {
                    let what = format!("`{word}` is in `when.{other}` and in `when.{value}`, which can both hold");
                    return Err(Error::schema(what).at_table(&self.name));
                }
                words.insert(word, content);
            }
            *self = words.clone().try_into().map_err(|error: toml::de::Error| {
                unread(format!("the words of `when.{value}` cannot be read"), error).at_table(&name)
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const TEXT: &str = "name = 'p'\n\
        [options.audience]\nvalues = ['community', 'internal']\ndefault = 'community'\n\
        [options.host]\ndescription = 'the organisation that receives'\n\
        [[table]]\nname = 'notes'\ngroup = 'object'\nkey = ['name']\nmatch = 'key'\n\
        when.internal = { fold = ['name'], exclude = { owner = '0' } }\n";

    fn set(values: &[(&str, &str)]) -> Chosen {
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn words_hold_for_their_value_alone() {
        let usual = Profile::parse(TEXT).unwrap();
        assert!(usual.tables[0].fold.is_empty() && usual.tables[0].when.is_empty());
        let internal = Profile::parse_with(TEXT, &set(&[("audience", "internal")])).unwrap();
        assert_eq!(internal.tables[0].fold, ["name"]);
        assert_ne!(usual.digest(), internal.digest());
        assert_eq!(internal.agreed(), set(&[("audience", "internal")]));
        let named = Profile::parse_with(TEXT, &set(&[("host", "x")])).unwrap();
        assert_eq!((named.digest(), named.agreed()), (usual.digest(), usual.agreed()), "a text is not agreed on");
    }

    #[test]
    fn a_wrong_value_is_refused_with_those_that_are_right() {
        for (values, part) in [
            ([("audience", "all")], "community, internal"),
            ([("public", "x")], "`audience`, `host`"),
            ([("host", "")], "200"),
            ([("host", "a\nb")], "200"),
        ] {
            let error = Profile::parse_with(TEXT, &set(&values)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.advice().unwrap().contains(part), "{error:?}");
        }
    }

    #[test]
    fn each_run_asks_for_what_it_needs() {
        let usual = Profile::parse(TEXT).unwrap();
        usual.require_options(false).unwrap();
        let error = usual.require_options(true).unwrap_err();
        assert!(error.what().contains("the organisation that receives"), "{error:?}");
        let named = Profile::parse_with(TEXT, &set(&[("host", "x")])).unwrap();
        named.require_options(true).unwrap();
        assert_eq!(named.require_options(false).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn both_sides_must_agree() {
        let usual = Profile::parse(TEXT).unwrap();
        usual.require_agreement(&set(&[("audience", "community")])).unwrap();
        for (bundle, kind) in [
            (set(&[("audience", "internal")]), ErrorKind::Usage),
            (set(&[]), ErrorKind::Schema),
            (set(&[("audience", "community"), ("region", "north")]), ErrorKind::Schema),
        ] {
            assert_eq!(usual.require_agreement(&bundle).unwrap_err().kind(), kind, "{bundle:?}");
        }
    }

    #[test]
    fn a_condition_that_makes_no_sense_is_refused_whatever_is_chosen() {
        for (from, to, part) in [
            ("when.internal = { fold = ['name']", "when.internl = { fold = ['name']", "no option has"),
            ("when.internal = { fold = ['name']", "when.internal = { folded = ['name']", "`when.internal`"),
            ("when.internal = { fold = ['name']", "when.internal = { fold = ['owner']", "not in the key"),
            ("when.internal = { fold = ['name']", "when.internal = { name = 'other'", "cannot change `name`"),
            ("default = 'community'", "default = 'public'", "not one of its values"),
            ("[options.host]", "[options.host]\nvalues = ['internal']", "elsewhere too"),
            ("[options.host]", "[options.host]\nvalue = ['x']", "cannot be read"),
        ] {
            let error = Profile::parse(&TEXT.replace(from, to)).expect_err(to);
            assert_eq!(error.kind(), ErrorKind::Schema);
            assert!(error.to_string().contains(part), "{to}: {error}");
        }
    }
}
