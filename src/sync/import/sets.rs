//! Sets of rows that belong to a row of another table (`owned_by`): which there are, and the only rows that an import deletes.

use std::collections::BTreeSet;

use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::manifest::TableHeader;
use crate::model::profile::TableProfile;
use crate::sync::merge::{Merge, Parent, Pivot, SetOf};

use super::checkpoint::Resolved;
use super::names::sync_table_name;
use super::stage::Staged;
use super::tables::make_table;
use super::target::{Fitting, Target, TargetTable};

/// Returns the sets to which the rows of a table belong, or `None` if they belong to none or the bundle has none of their owners.
///
/// # Errors
/// `Schema` if the bundle does not carry sets whole, or the reference to the owner is part of a cycle.
pub(super) fn set_of(
    fitting: &Fitting<'_>,
    header: &TableHeader,
    profile: &TableProfile,
    pivots: &[Pivot],
) -> Result<Option<SetOf>> {
    let Some(column) = &profile.owned_by else { return Ok(None) };
    let whole = header.sets.as_ref().filter(|sets| sets.by == *column);
    if whole.is_none() && !fitting.from_rejects {
        return Err(Error::schema("the bundle may have some rows of a set without the others")
            .at_column(column)
            .hint("Export with a profile that has the same `owned_by`, or import with one that does not."));
    }
    if !pivots.iter().any(|pivot| pivot.column() == column && !pivot.deferred()) {
        return Err(
            Error::schema("`owned_by` needs a reference that travels and is not part of a cycle").at_column(column)
        );
    }
    let set = chain(fitting, profile);
    let removes = !fitting.from_rejects && !fitting.partial.contains(&profile.name);
    Ok(set.map(|set| SetOf { all: whole.is_some_and(|sets| sets.all), removes, ..set }))
}

/// Returns the sets to which the rows of a table belong, and those to which their owners belong.
fn chain(fitting: &Fitting<'_>, profile: &TableProfile) -> Option<SetOf> {
    let column = profile.owned_by.clone()?;
    let owner = fitting.profile.table(profile.references.get(&column)?)?;
    let there = fitting.base(&owner.name).is_some() && fitting.is_present(&owner.name);
    let table = there.then(|| sync_table_name(fitting.dialect, &owner.name, fitting.pid))?;
    let within = chain(fitting, owner).map(Box::new);
    Some(SetOf { column, owner: Parent { table, id: owner.id.column.clone() }, all: false, removes: false, within })
}

/// Returns the tables whose sets the bundle may not have whole, because rows of them were rejected, on the source or while they were
/// staged; and those of the sets around them and within them, whose rows go together. Nothing may be deleted from them.
pub(super) fn partial(target: &Target, staged: &Staged) -> BTreeSet<String> {
    let lacks = |name: &String| {
        staged.end.rejected.get(name).is_some_and(|rows| *rows > 0)
            || staged.counts.get(name).is_some_and(|counts| counts.rejected > 0)
    };
    let sets = || target.tables.iter().filter(|table| table.merge.set.as_ref().is_some_and(|set| set.removes));
    let mut partial: BTreeSet<String> = sets().map(|table| table.profile.name.clone()).filter(lacks).collect();
    loop {
        let before = partial.len();
        for table in sets() {
            let owner = sets().find(|owner| owned_by(table, owner));
            let family = [Some(table), owner].map(|table| table.map(|table| table.profile.name.clone()));
            if owner.is_some() && family.iter().flatten().any(|name| partial.contains(name)) {
                partial.extend(family.into_iter().flatten());
            }
        }
        if partial.len() == before {
            return partial;
        }
    }
}

fn owned_by(table: &TargetTable, owner: &TargetTable) -> bool {
    table.merge.set.as_ref().is_some_and(|set| set.owner.table == owner.merge.sync)
}

/// Creates the raw tables of sets of which the bundle has no rows, but of whose owners it has some: they are empty on the source.
///
/// # Errors
/// `Database`.
pub(super) async fn add_empty(
    session: &mut Session,
    merge: &Merge,
    (target, partial): (&Target, &BTreeSet<String>),
    staged: &mut Staged,
) -> Result<()> {
    for table in &target.tables {
        let Some(set) = table.merge.set.as_ref().filter(|set| set.all && set.removes) else { continue };
        let owner = target.tables.iter().find(|owner| owner.merge.sync == set.owner.table);
        let is_there = owner.is_some_and(|owner| staged.present.contains(&owner.header));
        // Rows that were rejected are not there either.
        let is_whole = !partial.contains(&table.profile.name);
        if is_there && is_whole && staged.present.insert(table.header) {
            make_table(session, &table.merge.raw, &table.create_raw(merge)).await?;
        }
    }
    Ok(())
}

/// Returns the tables from which rows are deleted before the table `index` is written: its own and those of the sets within its
/// sets, the innermost first. Empty unless the owners of its rows are in no set themselves.
pub(super) fn removed_before(target: &Target, index: usize) -> Vec<usize> {
    let table = &target.tables[index];
    let is_within = target.tables.iter().any(|owner| owner.merge.set.is_some() && owned_by(table, owner));
    if table.merge.set.is_none() || is_within {
        return Vec::new();
    }
    let mut family = vec![index];
    for (inner, table) in target.tables.iter().enumerate().skip(index + 1) {
        if family.iter().any(|owner| owned_by(table, &target.tables[*owner])) {
            family.push(inner);
        }
    }
    family.reverse();
    family
}

/// Counts the rows that were deleted, once all were tried, and says which were not.
///
/// # Errors
/// `Database`.
pub(super) async fn count_removed(
    session: &mut Session,
    merge: &Merge,
    table: &TargetTable,
    resolved: &mut Resolved,
) -> Result<()> {
    let left = session.count(&merge.count_unremoved(&table.merge)).await?.unsigned_abs();
    let (first, last) = resolved.removed.unwrap_or((1, 0));
    resolved.counts.deleted = (last - first + 1).unsigned_abs().saturating_sub(left);
    if left > 0 {
        let warning = format!(
            "rows of `{}` that the sets of the bundle lack and that were not deleted: {left}. Other rows refer to them, a trigger \
             kept them, or the row to which they belong was refused or became the target's own",
            table.profile.name
        );
        if !resolved.warnings.contains(&warning) {
            resolved.warnings.push(warning);
        }
    }
    Ok(())
}
