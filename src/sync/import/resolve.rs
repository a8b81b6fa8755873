//! Resolving: every staged row learns what will become of it, set by set, inside the database. Only sync tables are written,
//! so a preview ends here.

use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::merge::{Action, Matching, Merge, Parent, Pivot, Resolving};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::run::ImportCounts;
use crate::sync::rejects::{Reject, Rejects};

use super::target::{Target, TargetTable};

/// What resolving found of one table.
#[derive(Clone, Debug, Default)]
pub(super) struct Resolved {
    /// New rows; their `gs_seq` runs from 1 to this, with gaps where a clash was found.
    pub(super) inserts: i64,
    /// The highest `gs_seq` of a row that is written.
    pub(super) last: i64,
    /// All rows, where the resolved table lacks those that are left alone.
    pub(super) rows: Option<u64>,
    /// What becomes of the rows; staged and rejected-on-load ones are not counted here.
    pub(super) counts: ImportCounts,
}

/// Resolves all tables, parents first.
///
/// # Errors
/// `Damaged`, when two rows of a table have one id; `Schema`, when investigations need an owner and there is none;
/// `Database`.
pub(super) async fn resolve(
    session: &mut Session,
    merge: &Merge,
    target: &mut Target,
    rejects: &mut Rejects,
    preview: bool,
    progress: &crate::event::Progress,
) -> Result<Vec<Resolved>> {
    let parents = parents(target);
    let mut resolved = Vec::with_capacity(target.tables.len());
    for table in &mut target.tables {
        progress.table(&table.profile.name);
        let is_parent = parents.contains(&table.merge.sync);
        let of = One { session: &mut *session, merge, table, preview, is_parent };
        resolved.push(of.run().await.map_err(|error| error.at_table(&table.profile.name))?);
    }
    for (table, resolved) in target.tables.iter().zip(&mut resolved) {
        let name = &table.profile.name;
        for statement in merge.map_deferred(&table.merge) {
            session.execute(&statement).await.map_err(|error| error.at_table(name))?;
        }
        *resolved = count(session, merge, table, resolved).await.map_err(|error| error.at_table(name))?;
        if resolved.counts.rejected > 0 {
            reject(session, merge, table, rejects).await.map_err(|error| error.at_table(name))?;
        }
        progress.add_rows(resolved.counts.staged);
    }
    Ok(resolved)
}

/// Sync tables of the tables that others look ids up in.
fn parents(target: &Target) -> std::collections::BTreeSet<String> {
    let mut names = std::collections::BTreeSet::new();
    let mut add = |parent: &Option<Parent>| names.extend(parent.iter().map(|parent| parent.table.clone()));
    for pivot in target.tables.iter().flat_map(|table| &table.merge.pivots) {
        match pivot {
            Pivot::Plain { parent, .. } => add(parent),
            Pivot::Polymorphic { parents, .. } => parents.iter().for_each(|(_, parent)| add(parent)),
        }
    }
    names
}

struct One<'a> {
    session: &'a mut Session,
    merge: &'a Merge,
    table: &'a mut TargetTable,
    preview: bool,
    is_parent: bool,
}

impl One<'_> {
    async fn run(self) -> Result<Resolved> {
        let Self { session, merge, table, preview, is_parent } = self;
        if preview {
            table.merge.sequence = None;
        }
        if let Some(statement) = merge.analyze(&table.merge.raw) {
            session.execute(&statement).await?;
        }
        let twins = number(session, &merge.count_duplicates(&table.merge)).await? > 0;
        // Keys and computed hashes cannot be counted beforehand without computing them twice.
        let duplicates = twins || !matches!(table.merge.matching, Matching::Hash { arrival: None, .. });
        let start = next_id(session, merge, table, preview).await?;
        // Rows that are left alone are of use to tables that refer to them and to their files; the raw table knows their number.
        let changes_only = merge.narrow() && !is_parent && table.profile.files.is_none();
        let how = Resolving { start, duplicates, parent: is_parent, changes_only };
        session.execute(&merge.resolve(&table.merge, &how)).await.map_err(twice)?;
        if let Some(statement) = merge.index_ids(&table.merge).filter(|_| is_parent) {
            session.execute(&statement).await.map_err(twice)?;
        }
        if let Some(statement) = merge.index_chunks(&table.merge) {
            session.execute(&statement).await?;
        }
        if let Some(statement) = merge.drop_raw(&table.merge) {
            session.execute(&statement).await?;
        }
        if let Some(statement) = merge.analyze(&table.merge.sync) {
            session.execute(&statement).await?;
        }
        for statement in merge.mark_clashes(&table.merge) {
            session.execute(&statement).await?;
        }
        if duplicates {
            for statement in merge.map_duplicates(&table.merge) {
                session.execute(&statement).await?;
            }
        }
        let inserts = number(session, &merge.last_insert(&table.merge)).await?;
        if inserts > 0 {
            own(session, table).await?;
        }
        let rows = if changes_only { Some(number(session, &merge.count_raw(&table.merge)).await?) } else { None };
        Ok(Resolved { inserts, rows: rows.map(i64::unsigned_abs), ..Resolved::default() })
    }
}

fn twice(error: Error) -> Error {
    match class_of(&error) {
        Some(SqlClass::Unique) => Error::damaged("two rows of the bundle's table have the same id").because(error),
        _ => error,
    }
}

/// The id before the first that new rows may take. In a real run PostgreSQL's sequence is first moved past ids that were
/// written around it.
async fn next_id(session: &mut Session, merge: &Merge, table: &TargetTable, preview: bool) -> Result<i64> {
    let highest = number(session, &merge.highest_id(&table.merge)).await?;
    if !preview && let Some(statement) = merge.advance_sequence(&table.merge, highest) {
        session.query(&statement).await?;
    }
    if session.dialect() == Dialect::Sqlite {
        let remembered = number(session, &merge.remembered_id(&table.merge)).await.unwrap_or(0);
        return Ok(highest.max(remembered));
    }
    Ok(highest)
}

/// Finds the owner of new rows.
async fn own(session: &mut Session, table: &mut TargetTable) -> Result<()> {
    let Some((column, statement)) = &table.owner else { return Ok(()) };
    let found = session.query(statement).await?;
    let Some(id) = found.into_iter().flatten().flatten().next() else {
        return Err(Error::schema("the target has no active administrator to own the new rows")
            .hint("Give one user of the target an administrator's role, then import again."));
    };
    table.merge.given.push((column.clone(), id));
    Ok(())
}

async fn count(session: &mut Session, merge: &Merge, table: &TargetTable, resolved: &Resolved) -> Result<Resolved> {
    let mut counts = ImportCounts::default();
    let mut last = 0;
    for row in session.query(&merge.count_actions(&table.merge)).await? {
        let cell =
            |index: usize| row.get(index).and_then(|cell| cell.as_deref()).and_then(|text| text.parse::<i64>().ok());
        let rows = cell(1).unwrap_or(0).unsigned_abs();
        let aged = cell(2).unwrap_or(0).unsigned_abs();
        let orphans = cell(3).unwrap_or(0).unsigned_abs();
        let sequence = cell(4).unwrap_or(0);
        let Some(action) = cell(0).and_then(Action::from_number) else {
            return Err(Error::internal("a resolved row has no action"));
        };
        counts.staged += rows;
        match action {
            Action::Insert => {
                counts.inserted += rows;
                counts.orphans_nulled += orphans;
                last = last.max(sequence);
            }
            Action::Update => {
                counts.updated += rows;
                counts.created_at_adjusted += aged;
                counts.orphans_nulled += orphans;
                last = last.max(sequence);
            }
            Action::Fill => {
                counts.updated += rows;
                counts.created_at_adjusted += aged;
                last = last.max(sequence);
            }
            Action::Age => {
                counts.unchanged += rows;
                counts.created_at_adjusted += aged;
                last = last.max(sequence);
            }
            Action::Unchanged => counts.unchanged += rows,
            Action::Duplicate => counts.duplicates += rows,
            Action::Ignored => counts.ignored += rows,
            Action::Orphan | Action::Clash | Action::Refused => counts.rejected += rows,
        }
    }
    if let Some(rows) = resolved.rows {
        counts.unchanged += rows - counts.staged.min(rows);
        counts.staged = rows;
    }
    Ok(Resolved { last, counts, ..resolved.clone() })
}

/// Rows read back for the rejects file at once.
const REJECT_PAGE: usize = 1000;

/// Names the rows that resolving rejected.
async fn reject(session: &mut Session, merge: &Merge, table: &TargetTable, rejects: &mut Rejects) -> Result<()> {
    let mut after = 0_i64;
    loop {
        let page = session.query(&merge.rejected(&table.merge, after, REJECT_PAGE)).await?;
        let mut found = Vec::with_capacity(page.len());
        for row in &page {
            let cell = |index: usize| row.get(index).cloned().flatten();
            let number = |index: usize| cell(index).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
            after = number(0);
            let reason = match Action::from_number(number(1)) {
                Some(Action::Clash) => "a unique key of the target is taken by another row".to_owned(),
                _ => orphan_reason(table, &cell),
            };
            let first = 2 + table.merge.pivots.len();
            let names = std::iter::once(&table.merge.id).chain(&table.merge.columns);
            let fields = names.enumerate().map(|(index, name)| (name.clone(), cell(first + index))).collect();
            found.push(Reject { position: after, reason, fields });
        }
        rejects.write(&table.profile.name, &found)?;
        if page.len() < REJECT_PAGE {
            return Ok(());
        }
    }
}

fn orphan_reason(table: &TargetTable, cell: &dyn Fn(usize) -> Option<String>) -> String {
    let first = 2 + table.merge.pivots.len();
    let missing = table.merge.pivots.iter().enumerate().find(|(index, pivot)| {
        let column = table.merge.columns.iter().position(|column| column == pivot.column());
        let refers = column.is_some_and(|column| cell(first + 1 + column).is_some());
        pivot.required() && refers && cell(2 + index).is_none()
    });
    match missing {
        Some((_, pivot)) => format!("`{}` refers to a row that is neither in the bundle nor usable", pivot.column()),
        None => "refers to a row that is neither in the bundle nor usable".to_owned(),
    }
}

pub(super) async fn number(session: &mut Session, statement: &str) -> Result<i64> {
    let rows = session.query(statement).await?;
    let cell = rows.first().and_then(|row| row.first()).and_then(|cell| cell.as_deref());
    Ok(cell.and_then(|text| text.parse().ok()).unwrap_or(0))
}
