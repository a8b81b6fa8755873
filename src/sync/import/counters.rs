//! Columns with the numbers of children, which an import sets for the rows that it touched.

use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::count::Count;
use crate::model::profile::TableProfile;
use crate::sync::merge::{Counter, Merge, left};

use super::target::{Fitting, TargetTable};

/// Returns the numbers that an import of these tables has to set.
///
/// # Errors
/// `Schema` if the target lacks a column of them.
pub(super) fn counters(fitting: &Fitting<'_>, tables: &[TargetTable]) -> Result<Vec<Counter>> {
    let counted = fitting.profile.tables.iter().filter_map(|table| Some((table, table.count.as_ref()?)));
    let found = counted
        .map(|(table, count)| counter(fitting, tables, table, count).map_err(|error| error.at_table(&table.name)));
    Ok(found.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Returns the columns of a table by which another table counts its rows, and which an update may change.
pub(super) fn counted_by(fitting: &Fitting<'_>, profile: &TableProfile) -> Vec<String> {
    let counts = fitting.profile.tables.iter().filter_map(|table| table.count.as_ref());
    let of_table = counts.filter(|count| count.table == profile.name).map(|count| &count.by);
    let moves = |column: &&String| {
        let stays =
            profile.in_key(column) || profile.on_existing.keeps_rows() || profile.on_existing.keeps_column(column);
        !stays && fitting.base(&profile.name).is_some_and(|base| base.column(column).is_some())
    };
    let mut columns: Vec<String> = of_table.filter(moves).cloned().collect();
    columns.sort();
    columns.dedup();
    columns
}

fn counter(
    fitting: &Fitting<'_>,
    tables: &[TargetTable],
    profile: &TableProfile,
    count: &Count,
) -> Result<Option<Counter>> {
    let (Some(base), Some(children)) = (fitting.base(&profile.name), fitting.base(&count.table)) else {
        return Ok(None);
    };
    let lacking = |column: &str| {
        Err(Error::schema("the target lacks a column of `count`")
            .at_column(column)
            .hint("Correct `count` in the profile, or remove it."))
    };
    if base.column(&count.column).is_none() {
        return lacking(&count.column);
    }
    if let Some(column) = count.only.keys().chain([&count.by]).find(|column| children.column(column).is_none()) {
        return lacking(column);
    }
    let of = |name: &str| tables.iter().find(|table| table.profile.name == name).map(|table| &table.merge);
    let mapped = of(&count.table).and_then(|children| {
        let pivot = children.pivots.iter().find(|pivot| pivot.column() == count.by)?;
        Some((children.sync.clone(), pivot.existing()))
    });
    let only = count.only.iter();
    Ok(Some(Counter {
        base: base.name.clone(),
        id: profile.id.column.clone(),
        column: count.column.clone(),
        stamped: base.stamped.clone(),
        sync: of(&profile.name).map(|table| table.sync.clone()),
        children: children.name.clone(),
        by: count.by.clone(),
        children_sync: mapped,
        left: of(&count.table).and_then(|children| {
            let number = children.counted.iter().position(|column| *column == count.by)?;
            Some(left(number))
        }),
        only: only
            .map(|(column, values)| (column.clone(), values.iter().map(|value| value.text()).collect()))
            .collect(),
        indexed: false,
    }))
}

/// Sets the numbers.
///
/// # Errors
/// `Database`.
pub(super) async fn set_counts(session: &mut Session, merge: &Merge, counters: &[Counter]) -> Result<()> {
    if counters.is_empty() {
        return Ok(());
    }
    // Whole sets are joined here, and no longer chunks.
    for statement in merge.settings_after() {
        session.execute(statement).await?;
    }
    let indexes = session.indexed_columns().await?;
    for counter in counters {
        let indexed = indexes.contains(&(counter.children.clone(), counter.by.clone()));
        if let Some(statement) = merge.set_count(&Counter { indexed, ..counter.clone() }) {
            session.execute(&statement).await.map_err(|error| error.at_table(&counter.base))?;
        }
    }
    Ok(())
}
