//! Checks the words of a profile that say what an import does with the rows of a target: `guard`, `follows`, `owned_by`, `count`,
//! `by`.

use super::change::CarryDeleted;
use super::profile::{Group, Match, Profile, TableProfile};
use super::selection::Carry;
use crate::error::{Error, Result};

/// Checks the guard of a table, and that whatever it follows has one.
///
/// # Errors
/// `Schema`.
pub(super) fn guard(profile: &Profile, table: &TableProfile) -> Result<()> {
    let fault = |what: String| Err(Error::schema(what).at_table(&table.name));
    if let Some(guard) = table.guard.as_ref().filter(|guard| table.lets_travel(&guard.column)) {
        return fault(format!(
            "`{}` marks the target's own rows, so it must not travel: add it to `exclude`",
            guard.column
        ));
    }
    let mut follower = table;
    for _ in 0..=profile.tables.len() {
        let Some(column) = &follower.follows else { return Ok(()) };
        let parent = follower.references.get(column).and_then(|reference| profile.table(reference));
        let Some(parent) = parent else {
            return fault(format!("`follows` names `{column}`, which is not in `references` of `{}`", follower.name));
        };
        if parent.guard.is_none() && parent.follows.is_none() {
            return fault(format!("`follows` leads to `{}`, which has neither `guard` nor `follows`", parent.name));
        }
        follower = parent;
    }
    fault("`follows` leads back to the table itself".to_owned())
}

/// Checks a table whose rows are sets that belong to rows of another table.
///
/// # Errors
/// `Schema`.
pub(super) fn sets(profile: &Profile, table: &TableProfile) -> Result<()> {
    let fault = |what: String| Err(Error::schema(what).at_table(&table.name));
    let refers = |name: &str| profile.tables.iter().find(|other| leads_to(profile, other, name));
    let Some(column) = &table.owned_by else { return Ok(()) };
    if !table.references.contains_key(column) || !table.key.contains(column) {
        return fault(format!("`owned_by` needs `{column}` in `references` and in the key"));
    }
    if table.matched_by != Match::Key || table.unordered {
        return fault("`owned_by` needs `match = \"key\"` and a key whose order matters".to_owned());
    }
    if !table.id.is_number() {
        return fault("`owned_by` needs an `id` that is a number of each installation".to_owned());
    }
    if table.group == Group::Object {
        return fault("a set has no dates of its own, so that `owned_by` needs another group than `object`".to_owned());
    }
    let kept = table.deleted.as_ref().is_some_and(|deleted| deleted.carry != CarryDeleted::Always);
    let other = [
        ("carry", table.carry != Carry::All),
        ("deleted", kept),
        ("files", table.files.is_some()),
        ("follows", table.follows.is_some()),
        ("guard", table.guard.is_some()),
        ("on_existing", table.on_existing.keeps_rows()),
        ("unique_suffix", table.unique_suffix.is_some()),
        ("window", table.window.is_some()),
    ];
    if let Some((word, _)) = other.iter().find(|(_, is_there)| *is_there) {
        return fault(format!("`owned_by` cannot be combined with `{word}`: a set is carried whole, as its row is"));
    }
    if let Some(other) = refers(&table.name) {
        return fault(format!(
            "`{}` refers to rows of a set (`owned_by`), which do not last: only a set of such a row can",
            other.name
        ));
    }
    let mut at = table;
    for _ in 0..=profile.tables.len() {
        let parent = at.owned_by.as_ref().and_then(|column| at.references.get(column));
        let Some(parent) = parent.and_then(|reference| profile.table(reference)) else { return Ok(()) };
        at = parent;
    }
    fault("`owned_by` leads back to the table itself".to_owned())
}

/// Returns whether rows of a table refer to rows of another one, other than as their set.
fn leads_to(profile: &Profile, table: &TableProfile, name: &str) -> bool {
    let mut plain = table.references.iter().filter(|(column, _)| table.owned_by.as_ref() != Some(*column));
    plain.any(|(_, reference)| reference.table == name)
        || table.polymorphic.iter().any(|reference| profile.codes(reference).values().any(|parent| parent == name))
}

/// Checks the number of a table's children.
///
/// # Errors
/// `Schema`.
pub(super) fn count(profile: &Profile, table: &TableProfile) -> Result<()> {
    let Some(count) = &table.count else { return Ok(()) };
    let fault = |what: String| Err(Error::schema(what).at_table(&table.name));
    if table.lets_travel(&count.column) {
        return fault(format!(
            "`{}` is counted by the import, so it must not travel: add it to `exclude`",
            count.column
        ));
    }
    let children = profile.table(&count.table).filter(|children| children.name != table.name);
    let refers =
        children.and_then(|children| children.references.get(&count.by)).is_some_and(|to| to.table == table.name);
    if !refers {
        return fault(format!(
            "`count` needs a reference `{}` to this table in another table `{}`",
            count.by, count.table
        ));
    }
    match count.only.iter().find(|(_, values)| values.is_empty()) {
        None => Ok(()),
        Some((column, _)) => fault(format!("`count` has no value of `{column}` to count")),
    }
}

/// Checks that the rows of these tables have one column by which another table can name them.
///
/// # Errors
/// `Schema`.
pub(super) fn by<'a>(
    profile: &Profile,
    table: &TableProfile,
    column: &str,
    mut parents: impl Iterator<Item = &'a String>,
) -> Result<()> {
    if table.by(column).is_none() {
        return Ok(());
    }
    let named = |parent: &TableProfile| matches!(parent.key.as_slice(), [key] if !parent.refers(key));
    match parents.find(|name| !profile.table(name).is_some_and(named)) {
        None => Ok(()),
        Some(parent) => Err(Error::schema(format!(
            "`by` of `{column}` needs a key of one column in `{parent}`, which is no reference"
        ))
        .at_table(&table.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_that_cannot_be_whole_is_refused() {
        let profile = |words: &str, more: &str| {
            Profile::parse(&format!(
                "name = 'p'\n[[table]]\nname = 'owners'\ngroup = 'object'\nkey = ['name']\nmatch = 'key'\n\
                 [[table]]\nname = 'items'\ngroup = 'context'\nkey = ['owner_id', 'name']\nmatch = 'key'\n\
                 references.owner_id = 'owners'\nowned_by = 'owner_id'\n{words}\n\
                 [[table]]\nname = 'marks'\ngroup = 'tag'\nkey = ['item_id']\nmatch = 'key'\nreferences.item_id = 'items'\n{more}\n"
            ))
        };
        let set = "owned_by = 'item_id'";
        profile("", set).unwrap();
        for (words, more, part) in [
            ("", "", "do not last"),
            ("guard = { column = 'mine', value = 1 }\nexclude.mine = '0'", set, "`guard`"),
            ("on_existing = 'keep'", set, "`on_existing`"),
            ("window = 'owner_id'", set, "`window`"),
            ("deleted = 'gone'", set, "`deleted`"),
            ("carry = 'referenced'", set, "`carry`"),
            ("id = { column = 'nr', kind = 'global' }", set, "a number of each installation"),
            ("", "owned_by = 'name'", "do not last"),
        ] {
            let error = profile(words, more).expect_err(part).to_string();
            assert!(error.contains(part), "{words} {more}: {error}");
        }
        let alone = "name = 'p'\n[[table]]\nname = 'items'\ngroup = 'tag'\nkey = ['name']\nmatch = 'key'\nowned_by = 'owner_id'\n";
        let error = Profile::parse(alone).expect_err("no reference").to_string();
        assert!(error.contains("in `references` and in the key"), "{error}");
    }
}
