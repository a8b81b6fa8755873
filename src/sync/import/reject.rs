//! Rejected rows on their way into the rejects file. They are read back as neutral text, together with the hashes of the rows
//! they refer to, so that a later import of the file can find those rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio::sync::mpsc;

use crate::db::rows::{ReadBatch, ReadSelect};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::neutral::NeutralType;
use crate::model::profile::Match;
use crate::model::schema::{Column, Limits};
use crate::rows::rejects::{RejectRow, RowPlace};
use crate::run::rejects::{Reject, Rejects};
use crate::sync::merge::{Action, Merge};

use super::refers::{Referred, referred, text};
use super::retake::key::{digest, hash};
use super::target::{Target, TargetTable};

/// Rows handled at a time.
pub(super) const PAGE: usize = 1000;

/// Rows completed at a time. Raw tables have no index on their ids, so each page scans the tables that its rows refer to.
const COMPLETED_PAGE: usize = 20_000;

/// Writes the rows that the resolve stage rejected to the rejects.
///
/// # Errors
/// `Database`, `File`.
pub(super) async fn reject(
    session: &mut Session,
    merge: &Merge,
    target: &Target,
    table: &TargetTable,
    rejects: &mut Rejects,
) -> Result<()> {
    let mut after = 0_i64;
    loop {
        let condition = format!(
            "r.gs_action BETWEEN {} AND {} AND r.gs_row > {after} ORDER BY r.gs_row LIMIT {PAGE}",
            Action::Orphan as u8,
            Action::Forged as u8
        );
        let page = read_back(session, merge, table, &condition).await?;
        let full = page.len() == PAGE;
        after = page.iter().map(|row| row.position).max().unwrap_or(after);
        let named = |row: ReadBack| {
            let reason = match row.action {
                Some(Action::Clash) => "a unique key of the target is taken by another row".to_owned(),
                Some(Action::Forged) => format!("`{}` is not the hash of the row", table.profile.hash),
                _ => orphan_reason(table, target, &row, rejects),
            };
            row.rejected(reason)
        };
        let mut found: Vec<Reject> = page.into_iter().map(named).collect();
        find_parents(session, merge, target, (table, &mut found), rejects, true).await?;
        rejects.write(&table.profile.name, &found)?;
        if !full {
            return Ok(());
        }
    }
}

/// Returns the reason for a row whose reference cannot be followed, naming the reference.
pub(super) fn orphan_reason(table: &TargetTable, target: &Target, row: &ReadBack, rejects: &Rejects) -> String {
    let missing = rejects.missing();
    let has_value = |column: &str| row.fields.iter().any(|(name, value)| name == column && value.is_some());
    let pivots = table.merge.pivots.iter().zip(&row.mapped);
    let orphaned = pivots.filter(|(pivot, mapped)| pivot.required() && !**mapped && has_value(pivot.column()));
    let Some((pivot, _)) = orphaned.into_iter().next() else { return format!("refers to a row that is {missing}") };
    let parent = referred(&table.refers, &row.fields).into_iter().find(|to| to.column == pivot.column());
    let parent = parent.and_then(|to| target.tables.iter().find(|table| table.profile.name == to.table));
    match parent.filter(|parent| rejects.is_retry() && parent.profile.matched_by == Match::Key) {
        Some(parent) => format!(
            "`{}` refers to a row of `{}`, which has no hash to find it by: import this row from a bundle that \
             has both",
            pivot.column(),
            parent.profile.name
        ),
        None => format!("`{}` refers to a row that is {missing}", pivot.column()),
    }
}

/// A resolved row.
pub(super) struct ReadBack {
    pub(super) position: i64,
    action: Option<Action>,
    /// Whether each pivot was mapped to an id of the target.
    mapped: Vec<bool>,
    fields: Vec<(String, Option<String>)>,
}

impl ReadBack {
    /// Turns the row into a rejected one.
    pub(super) fn rejected(self, reason: String) -> Reject {
        Reject { position: self.position, reason, fields: self.fields, parents: Vec::new() }
    }
}

/// Returns the resolved rows of a table that meet a condition on `r`, at most a few thousand.
///
/// # Errors
/// `Database`.
pub(super) async fn read_back(
    session: &mut Session,
    merge: &Merge,
    table: &TargetTable,
    condition: &str,
) -> Result<Vec<ReadBack>> {
    // A hash that is computed on arrival is not among the fields.
    let loaded: Vec<&Column> = table.fields.iter().map(|field| &field.column).chain(computed_hash(table)).collect();
    let names: Vec<String> = loaded.iter().map(|column| column.name.clone()).collect();
    let (expressions, from) = merge.read_back(&table.merge, &names);
    let number = |name: &str| Column {
        name: name.to_owned(),
        neutral: NeutralType::Integer,
        native: "bigint".to_owned(),
        nullable: true,
        has_default: false,
        generated: false,
        limits: Limits::default(),
    };
    let mut columns = vec![number("gs_row"), number("gs_action")];
    columns.extend(table.merge.pivots.iter().map(|pivot| number(&pivot.existing())));
    columns.extend(loaded.into_iter().cloned());
    let select = ReadSelect {
        table: table.profile.name.clone(),
        columns,
        expressions,
        from_where: format!("{from} {condition}"),
    };
    let (sender, mut batches) = mpsc::channel::<Result<ReadBatch>>(2);
    let mut rows = Vec::new();
    let gather = async {
        while let Some(batch) = batches.recv().await {
            let batch = batch?;
            let shown = |cell: Option<&[u8]>| cell.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            for row in 0..batch.rows.rows() {
                rows.push(gathered(table, batch.rows.row(row).map(shown).collect()));
            }
            // Values without a neutral form are shown the way the engine shows them.
            for refused in &batch.refused {
                rows.push(gathered(table, refused.cells.iter().map(|cell| shown(cell.as_deref())).collect()));
            }
        }
        Ok::<(), Error>(())
    };
    let (read, gathered) = tokio::join!(session.read(&select, 1 << 20, sender), gather);
    read?;
    gathered?;
    rows.sort_by_key(|row: &ReadBack| row.position);
    Ok(rows)
}

fn gathered(table: &TargetTable, cells: Vec<Option<String>>) -> ReadBack {
    let mut cells = cells.into_iter();
    let number = |cell: Option<Option<String>>| cell.flatten().and_then(|text| text.parse::<i64>().ok());
    let position = number(cells.next()).unwrap_or(0);
    let action = number(cells.next()).and_then(Action::from_number);
    let mapped = cells.by_ref().take(table.merge.pivots.len()).map(|cell| cell.is_some()).collect();
    let names = table.fields.iter().map(|field| &field.name).chain(computed_hash(table).map(|column| &column.name));
    ReadBack { position, action, mapped, fields: names.cloned().zip(cells).collect() }
}

/// Returns the hash column if it is computed on arrival and not in the bundle.
fn computed_hash(table: &TargetTable) -> Option<&Column> {
    let computed = table.arrival_hash.as_ref()?;
    table.fields.iter().all(|field| field.column.name != computed.name).then_some(computed)
}

/// Finds the hashes of the rows that rejected rows refer to, first in the resolved tables, then in the raw ones.
///
/// # Errors
/// `Database`.
pub(super) async fn find_parents(
    session: &mut Session,
    merge: &Merge,
    target: &Target,
    (table, found): (&TargetTable, &mut [Reject]),
    rejects: &Rejects,
    resolved: bool,
) -> Result<()> {
    let mut wanted: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for row in found.iter() {
        for to in referred(&table.refers, &row.fields) {
            wanted.entry(to.table).or_default().insert(to.id);
        }
    }
    let mut hashes: HashMap<(&str, i64), String> = HashMap::new();
    for (name, ids) in &wanted {
        let Some(parent) = target.tables.iter().find(|table| table.profile.name == *name) else { continue };
        let ids: Vec<i64> = ids.iter().copied().collect();
        let brings_hash = parent.fields.iter().any(|field| field.column.name == parent.profile.hash);
        for ids in ids.chunks(COMPLETED_PAGE).filter(|_| resolved || brings_hash) {
            let Some(statement) = merge.hashes_of(&parent.merge, ids, resolved) else { break };
            for row in session.query(&statement).await? {
                if let [Some(id), Some(hash)] = row.as_slice()
                    && let Ok(id) = id.parse()
                {
                    hashes.insert((name, id), hash.clone());
                }
            }
        }
    }
    for row in found {
        let known = |to: Referred| {
            let hash = hashes.get(&(to.table.as_str(), to.id)).cloned();
            hash.or_else(|| rejects.hashes.get(&to.table, to.id)).map(|hash| (to.column, hash))
        };
        row.parents = referred(&table.refers, &row.fields).into_iter().filter_map(known).collect();
    }
    Ok(())
}

/// Remembers the bundle's hashes of the rows that staging rejected, because rejected rows may refer to one another.
///
/// # Errors
/// `File`.
pub(super) fn remember(target: &Target, rejects: &mut Rejects) -> Result<()> {
    let Some(mut rows) = rejects.reread()? else { return Ok(()) };
    while let Some((_, row)) = rows.next_row()? {
        let table = target.tables.iter().find(|table| table.profile.name == row.table);
        if let Some(table) = table
            && let (Some(id), Some(hash)) =
                (text(&row.fields, &table.profile.id), text(&row.fields, &table.profile.hash))
            && let Ok(id) = id.parse()
        {
            rejects.hashes.insert(&row.table, id, hash);
        }
    }
    Ok(())
}

/// Completes the rows that staging rejected one by one, now that all tables are staged: rewrites the file with the hashes of
/// the rows they refer to.
///
/// # Errors
/// `Database`, `File`.
pub(super) async fn complete(
    session: &mut Session,
    merge: &Merge,
    target: &Target,
    rejects: &mut Rejects,
) -> Result<()> {
    remember(target, rejects)?;
    let Some(mut rows) = rejects.reread()? else { return Ok(()) };
    let mut again = rejects.rewrite()?;
    let mut page: Vec<RejectRow> = Vec::new();
    loop {
        let next: Option<(RowPlace, RejectRow)> = rows.next_row()?;
        let ends = page.first().is_some_and(|first| {
            page.len() == COMPLETED_PAGE || next.as_ref().is_none_or(|(_, next)| next.table != first.table)
        });
        if ends {
            for row in with_parents(session, merge, target, std::mem::take(&mut page), rejects).await? {
                again.row(&row)?;
            }
        }
        match next {
            Some((_, row)) => page.push(row),
            None => break,
        }
    }
    rejects.replace(again)
}

/// Finds the rows that staging rejected but that the target may nevertheless have, so that references to them can be mapped;
/// returns their ids and their hashes or the digests of their keys. The tables that the key refers to must be resolved. The hash
/// is computed from the row itself; the bundle's counts only if it is equal.
///
/// # Errors
/// `Database`, `File`.
pub(super) async fn usable(
    session: &mut Session,
    merge: &Merge,
    (profile, target): (&Completed, &Target),
    table: &TargetTable,
    rejects: &mut Rejects,
) -> Result<Vec<(i64, String)>> {
    let mut usable = Vec::new();
    // A reference to a kept id finds the target's row by that id.
    if !table.profile.id.is_number() {
        return Ok(usable);
    }
    let Some(mut rows) = rejects.reread()? else { return Ok(usable) };
    let types = |name: &str| {
        let field = table.fields.iter().find(|field| field.name == name);
        field.map_or(NeutralType::Text, |field| field.column.neutral)
    };
    while let Some((_, row)) = rows.next_row()? {
        let id = text(&row.fields, &table.profile.id).and_then(|id| id.parse().ok());
        let Some(id) = id.filter(|_| row.table == table.profile.name) else { continue };
        let mut parents = Vec::new();
        for to in referred(&table.refers, &row.fields).into_iter().filter(|to| table.profile.key.contains(&to.column)) {
            let parent = target.tables.iter().find(|table| table.profile.name == to.table);
            let Some(parent) = parent else { continue };
            if table.profile.matched_by == Match::Key {
                let found = session.cell(&merge.existing_of(&parent.merge, to.id)).await?;
                parents.extend(found.map(|existing| (to.column, existing)));
                continue;
            }
            let Some(statement) = merge.hashes_of(&parent.merge, &[to.id], true) else { continue };
            let found = session.query(&statement).await?.into_iter().next().and_then(|row| row.into_iter().nth(1)?);
            parents.extend(found.map(|hash| (to.column, hash)));
        }
        if table.profile.matched_by == Match::Key {
            usable.extend(digest(profile, &table.profile, &types, &row.fields, &parents).map(|digest| (id, digest)));
            continue;
        }
        let in_bundle = text(&row.fields, &table.profile.hash).filter(|_| table.hash.is_some());
        if let Some(hash) = hash(profile, &table.profile, &types, &row.fields, &parents)
            && in_bundle.is_none_or(|in_bundle| in_bundle == hash)
        {
            usable.push((id, hash));
        }
    }
    Ok(usable)
}

/// Adds the hashes of the rows that they refer to to the rows of one table.
async fn with_parents(
    session: &mut Session,
    merge: &Merge,
    target: &Target,
    mut page: Vec<RejectRow>,
    rejects: &Rejects,
) -> Result<Vec<RejectRow>> {
    let table = page.first().and_then(|row| target.tables.iter().find(|table| table.profile.name == row.table));
    let Some(table) = table else { return Ok(page) };
    let bare = |row: &mut RejectRow| Reject {
        position: 0,
        reason: String::new(),
        fields: std::mem::take(&mut row.fields),
        parents: Vec::new(),
    };
    let mut found: Vec<Reject> = page.iter_mut().map(bare).collect();
    find_parents(session, merge, target, (table, &mut found), rejects, false).await?;
    for (row, found) in page.iter_mut().zip(found) {
        row.fields = found.fields;
        row.parents = found.parents;
    }
    Ok(page)
}
