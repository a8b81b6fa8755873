//! Checks the words of a profile for tables whose ids are no numbers that each installation gives out.

use super::id::IdKind;
use super::profile::{Match, Profile, TableProfile};
use crate::error::{Error, Result};

/// Checks that the words of a table make sense for ids that are no numbers of an installation.
///
/// # Errors
/// `Schema`.
pub(super) fn check(profile: &Profile, table: &TableProfile) -> Result<()> {
    let fault = |what: String| Err(Error::schema(what).at_table(&table.name));
    let kind = table.id.kind.name();
    for (column, parent) in &table.references {
        match profile.table(parent).map(|parent| parent.id.kind) {
            Some(IdKind::Key) => {
                return fault(format!("`{column}` refers to `{}`, whose rows have no id", parent.table));
            }
            Some(IdKind::Global) if parent.none.is_some() || parent.by.is_some() => {
                return fault(format!(
                    "`{column}` refers to `{}`, whose ids are kept, so that `none` and `by` have no meaning",
                    parent.table
                ));
            }
            _ => {}
        }
    }
    for reference in &table.polymorphic {
        let mut parents = profile.codes(reference).values();
        let other = |name: &&String| profile.table(name).is_some_and(|parent| !parent.id.is_number());
        if let Some(parent) = parents.find(other) {
            return fault(format!(
                "`{}` can refer to `{parent}`, whose ids are not of the kind `number`",
                reference.id
            ));
        }
    }
    if table.id.is_number() {
        return Ok(());
    }
    if table.id.is_key() && !table.id.is_empty() {
        return fault("an id of the kind `key` has no column".to_owned());
    }
    if table.matched_by == Match::Hash {
        return fault(format!("an id of the kind `{kind}` needs `match = \"key\"`"));
    }
    let words = [
        ("window", table.window.is_some()),
        ("files", table.files.is_some()),
        ("unordered", table.unordered && table.id.is_key()),
        ("fold", !table.fold.is_empty() && table.id.is_key()),
        ("count", table.count.is_some() && table.id.is_key()),
        ("unique_suffix", table.unique_suffix.is_some() && table.id.is_key()),
    ];
    match words.iter().find(|(_, used)| *used) {
        Some((word, _)) => fault(format!("`{word}` cannot be used with an id of the kind `{kind}`")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(things: &str, links: &str) -> Result<Profile> {
        Profile::parse(&format!(
            "name = 'p'\n[[table]]\nname = 'things'\ngroup = 'object'\nkey = ['name']\nmatch = 'key'\n{things}\n\
             [[table]]\nname = 'links'\ngroup = 'link'\nkey = ['one_id', 'other_id']\nmatch = 'key'\n\
             references = {{ one_id = 'things', other_id = 'things' }}\n{links}\n"
        ))
    }

    #[test]
    fn a_plain_id_keeps_the_digest_of_a_profile() {
        let plain = profile("", "").unwrap();
        assert_eq!(plain.digest(), profile("id = 'id'", "id = { kind = 'number' }").unwrap().digest());
        assert_ne!(plain.digest(), profile("", "id = { kind = 'key' }").unwrap().digest());
        assert_ne!(plain.digest(), profile("id = { column = 'id', kind = 'global' }", "").unwrap().digest());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let global = "id = { column = 'uuid', kind = 'global' }";
        profile(global, "id = { kind = 'key' }").unwrap();
        for (things, links, part) in [
            ("id = { kind = 'key' }", "", "whose rows have no id"),
            ("id = { kind = 'row' }", "", "cannot be read"),
            (global, "id = { column = 'x', kind = 'key' }", "has no column"),
            ("", "id = { kind = 'key' }\nwindow = 'one_id'", "`window` cannot be used"),
            ("", "id = { kind = 'key' }\nfold = ['one_id']", "`fold` cannot be used"),
            (global, "references.third_id = { table = 'things', none = 0 }", "cannot be read"),
        ] {
            let error = profile(things, links).expect_err(part);
            assert!(error.to_string().contains(part), "{things} {links}: {error}");
        }
        let hashed =
            "name = 'p'\n[[table]]\nname = 'things'\ngroup = 'object'\nkey = ['name']\nid = { kind = 'global' }\n";
        assert!(Profile::parse(hashed).unwrap_err().to_string().contains("needs `match = \"key\"`"));
    }
}
