//! How an import tells which rows of the target are its own.

use crate::error::{Error, Result};
use crate::model::profile::TableProfile;
use crate::sync::merge::{Guarding, Pivot};

use super::target::Fitting;

/// Returns how to tell the target's own rows of a table, or `None` if it has none.
///
/// # Errors
/// `Schema` if the target lacks the column of a mark.
pub(super) fn guarding(fitting: &Fitting<'_>, profile: &TableProfile) -> Result<Option<Guarding>> {
    let Some(base) = fitting.base(&profile.name) else { return Ok(None) };
    let mark = profile.guard.as_ref().map(|guard| (guard.column.clone(), guard.value.text()));
    if let Some((column, _)) = mark.as_ref().filter(|(column, _)| base.column(column).is_none()) {
        return Err(Error::schema("the target lacks the column that marks its own rows")
            .at_table(&profile.name)
            .at_column(column)
            .hint("Correct `guard` in the profile, or remove it."));
    }
    let mut follows = None;
    if let Some(column) = profile.followed() {
        let parent = profile.references.get(column).and_then(|to| fitting.profile.table(to));
        let to = parent.map(|parent| guarding(fitting, parent)).transpose()?.flatten();
        follows = to.map(|to| (column.clone(), Box::new(to)));
    }
    let guards = mark.is_some() || follows.is_some();
    Ok(guards.then(|| Guarding { table: base.name.clone(), id: profile.id.column.clone(), mark, follows }))
}

/// Refuses a table whose rows follow others that are not known when they are judged.
///
/// # Errors
/// `Schema`.
pub(super) fn require_followed(guard: Option<&Guarding>, pivots: &[Pivot]) -> Result<()> {
    let Some((column, _)) = guard.and_then(|guard| guard.follows.as_ref()) else { return Ok(()) };
    if pivots.iter().any(|pivot| pivot.column() == column && !pivot.deferred()) {
        return Ok(());
    }
    Err(Error::schema("`follows` and `owned_by` need a reference that travels and is not part of a cycle")
        .at_column(column))
}
