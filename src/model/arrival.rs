//! Checks the words of a profile that say what an import does with the rows of a target: `guard`, `follows`, `count`, `by`.

use super::profile::{Profile, TableProfile};
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
