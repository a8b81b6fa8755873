//! The resolve stage: decides, set by set and inside the database, what happens to each staged row. Only sync tables are
//! written, so a preview ends here.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::change::DateKind;
use crate::model::completed::Completed;
use crate::model::profile::Match;
use crate::run::lock::Lock;
use crate::run::rejects::Rejects;
use crate::stream::cancel::Cancel;
use crate::stream::fail;
use crate::sync::merge::{Action, COUNTS_IDS, Making, Merge, Pivot, Resolving};
use crate::sync::report::ImportCounts;
use crate::sync::{dated, moment};

use super::checkpoint::{Also, Checkpoint, Resolved, Stage};
use super::job::Purpose;
use super::reject::{reject, usable};
use super::tables::make_table;
use super::target::{Target, TargetTable};
use super::twins::twin_warnings;

/// How long results are collected before a commit: one commit for each of dozens of small tables would add up.
const GATHER: Duration = Duration::from_secs(2);

/// The size from which a table gets readers of its own on SQLite, in rows.
const WORTH_READERS: u64 = 20_000;

/// How many known rows one statement inserts into a sync table.
const KNOWN_PAGE: usize = 200;

/// Resolves tables. The results are in the checkpoint, so a later run continues after them.
pub(super) struct Resolve<'a> {
    pub(super) session: &'a mut Session,
    pub(super) lock: &'a Lock,
    pub(super) merge: &'a Merge,
    pub(super) profile: &'a Completed,
    pub(super) rejects: &'a mut Rejects,
    pub(super) purpose: Purpose,
    pub(super) progress: &'a crate::event::Progress,
    pub(super) cancel: &'a Cancel,
    pub(super) checkpoint: &'a mut Checkpoint,
    /// When the first table that is not yet in the checkpoint was begun.
    pub(super) open: Option<Instant>,
    /// Sessions that resolve tables in parallel with the run's own, on engines where each table is a transaction of its own.
    pub(super) helpers: Vec<Session>,
    /// Sync tables in which two ids of the bundle may lead to one row of the target.
    pub(super) with_duplicates: BTreeSet<String>,
}

impl Resolve<'_> {
    /// Resolves the remaining tables, parents first, and leaves the checkpoint ready for the apply stage.
    ///
    /// # Errors
    /// `Damaged` if two rows of a table have the same id; `Schema` if investigations need an owner and the target has nobody to
    /// be it; `Database`; `Interrupted`.
    pub(super) async fn run(&mut self, target: &mut Target) -> Result<()> {
        let parents = parents(target);
        for (table, resolved) in target.tables.iter_mut().zip(&self.checkpoint.resolved) {
            table.merge.constants.extend(resolved.owner.clone());
            if resolved.has_duplicates {
                self.with_duplicates.insert(table.merge.sync.clone());
            }
        }
        while self.checkpoint.resolved.len() < target.tables.len() {
            if let Err(stop) = self.cancel.check() {
                self.commit().await?;
                return Err(stop);
            }
            let first = self.checkpoint.resolved.len();
            let count = if self.helpers.is_empty() { 1 } else { independent(&target.tables[first..]) };
            let known = self.known(target, first..first + count, &parents).await?;
            let tables = &mut target.tables[first..first + count];
            if tables.iter().any(|table| self.is_worth_readers(&table.profile.name)) {
                // The readers see only committed rows, and the parents have to be among them.
                self.commit().await?;
            }
            self.begin().await?;
            let resolved = self.resolve_all(tables, known, &parents).await?;
            for (table, resolved) in tables.iter().zip(resolved) {
                if resolved.has_duplicates {
                    self.with_duplicates.insert(table.merge.sync.clone());
                }
                self.checkpoint.resolved.push(resolved);
                fail::point("import.resolve");
            }
            if self.open.is_some_and(|since| since.elapsed() >= GATHER) {
                self.commit().await?;
            }
        }
        self.commit().await?;
        self.begin().await?;
        self.count(target).await?;
        self.note_oldest(target).await?;
        self.checkpoint.position.rejects = self.rejects.mark()?;
        self.checkpoint.position.stage = Stage::Apply;
        self.commit().await?;
        fail::point("import.resolved");
        Ok(())
    }

    /// Returns, for each table of a range, the rows that others refer to, that are in no sync table, and that the target may
    /// have.
    async fn known(
        &mut self,
        target: &Target,
        range: std::ops::Range<usize>,
        parents: &BTreeSet<String>,
    ) -> Result<Vec<Vec<(i64, String)>>> {
        let mut known = Vec::new();
        for table in &target.tables[range] {
            let name = &table.profile.name;
            let rejected = self.checkpoint.plan.loaded.counts.get(name).is_some_and(|counts| counts.rejected > 0);
            known.push(if !parents.contains(&table.merge.sync) {
                Vec::new()
            } else if rejected && !self.rejects.is_retry() {
                usable(self.session, self.merge, (self.profile, target), table, self.rejects).await?
            } else if table.profile.matched_by == Match::Key {
                // What a rejects file knows of a row is its hash.
                Vec::new()
            } else {
                self.rejects.known(name)
            });
        }
        Ok(known)
    }

    fn is_worth_readers(&self, table: &str) -> bool {
        let counts = self.checkpoint.plan.loaded.counts.get(table);
        self.session.dialect() == Dialect::Sqlite && counts.is_some_and(|counts| counts.staged >= WORTH_READERS)
    }

    /// Resolves tables that do not depend on each other, on all sessions. Returns the results; if the user stops the run, only
    /// those of the first tables.
    async fn resolve_all(
        &mut self,
        tables: &mut [TargetTable],
        known: Vec<Vec<(i64, String)>>,
        parents: &BTreeSet<String>,
    ) -> Result<Vec<Resolved>> {
        let (merge, purpose) = (self.merge, self.purpose);
        let (progress, cancel) = (self.progress, self.cancel);
        let count = tables.len();
        let with_duplicates = &self.with_duplicates;
        let works = tables.iter_mut().zip(known).map(|(table, known)| {
            let is_parent = parents.contains(&table.merge.sync);
            let with_readers = self.is_worth_readers(&table.profile.name);
            let shared_parents = table.merge.is_named_in_key()
                || table.merge.parents_in_key().iter().any(|name| with_duplicates.contains(*name));
            TableResolve { merge, table, purpose, is_parent, known, with_readers, shared_parents }
        });
        let works = Mutex::new(works.collect::<Vec<_>>().into_iter().enumerate());
        // A lock guard in the loop's condition would live as long as the loop's body and block the other sessions.
        let take = || works.lock().unwrap_or_else(PoisonError::into_inner).next();
        let lanes = std::iter::once(&mut *self.session).chain(&mut self.helpers).take(count).map(|session| async {
            let mut done = Vec::new();
            // Tables are taken in order and finished, so a stop leaves an unbroken run of finished tables.
            while cancel.check().is_ok()
                && let Some((place, work)) = take()
            {
                let name = work.table.profile.name.clone();
                progress.table(&name);
                match work.run(session).await {
                    Ok(resolved) => done.push((place, resolved)),
                    Err(error) => {
                        while take().is_some() {}
                        return Err(error.at_table(name));
                    }
                }
            }
            Ok(done)
        });
        let done: Result<Vec<_>> = join_all(lanes).await.into_iter().collect();
        let mut done: Vec<_> = done?.into_iter().flatten().collect();
        done.sort_by_key(|(place, _)| *place);
        Ok(done.into_iter().map(|(_, resolved)| resolved).collect())
    }

    async fn begin(&mut self) -> Result<()> {
        if self.open.is_none() {
            // MariaDB commits every statement that creates a table. A half-finished table is built again there.
            if self.session.dialect().rolls_back_ddl() {
                self.session.begin().await?;
            }
            self.open = Some(Instant::now());
        }
        Ok(())
    }

    /// Commits the resolved tables together with their checkpoint.
    async fn commit(&mut self) -> Result<()> {
        if self.open.take().is_none() {
            return Ok(());
        }
        if !self.session.dialect().rolls_back_ddl() {
            self.session.begin().await?;
        }
        self.lock.check(self.session).await?;
        self.checkpoint.save(self.session, Also::Resolved).await?;
        self.session.commit().await
    }

    /// Maps the references within cycles, counts the outcomes, and reports the rejected rows.
    async fn count(&mut self, target: &Target) -> Result<()> {
        let (session, merge) = (&mut *self.session, self.merge);
        let parents = parents(target);
        for (table, resolved) in target.tables.iter().zip(&mut self.checkpoint.resolved) {
            let name = &table.profile.name;
            let is_parent = parents.contains(&table.merge.sync);
            map_deferred(session, merge, table, is_parent).await.map_err(|error| error.at_table(name))?;
            *resolved = count(session, merge, table, resolved).await.map_err(|error| error.at_table(name))?;
            if resolved.counts.rejected > 0 {
                reject(session, merge, target, table, self.rejects).await.map_err(|error| error.at_table(name))?;
            }
            self.progress.add_rows(resolved.counts.staged);
        }
        Ok(())
    }

    /// Finds the oldest date among the rows that will be written.
    async fn note_oldest(&mut self, target: &Target) -> Result<()> {
        let oldest_written = &mut self.checkpoint.position.oldest_written;
        for table in &target.tables {
            let Some(statement) = self.merge.oldest_written(&table.merge) else { continue };
            for oldest in self.session.query(&statement).await?.into_iter().flatten() {
                // Neutral timestamps sort correctly as text.
                let oldest = match table.merge.date_kind {
                    DateKind::Datetime => oldest,
                    kind => oldest.and_then(|date| dated::read(kind, &date)).map(moment::shown),
                };
                *oldest_written = oldest_written.take().into_iter().chain(oldest).min();
            }
        }
        Ok(())
    }
}

/// Returns the sync tables in which other tables look up ids.
fn parents(target: &Target) -> BTreeSet<String> {
    let pivots = target.tables.iter().flat_map(|table| &table.merge.pivots);
    pivots.flat_map(Pivot::parents).map(|(_, parent)| parent.table.clone()).collect()
}

/// Returns how many tables, counted from the first, look up nothing in each other while they are resolved.
fn independent(tables: &[TargetTable]) -> usize {
    let mut names = BTreeSet::new();
    let free = tables.iter().take_while(|table| {
        let pivots = table.merge.pivots.iter().filter(|pivot| !pivot.deferred());
        let needs = pivots.flat_map(Pivot::parents).any(|(_, parent)| names.contains(&parent.table));
        names.insert(table.merge.sync.clone());
        !needs
    });
    free.count().max(1)
}

struct TableResolve<'a> {
    merge: &'a Merge,
    table: &'a mut TargetTable,
    purpose: Purpose,
    is_parent: bool,
    /// Rows of the base table that other rows may refer to: the source's id, and the hash or the digest of the key.
    known: Vec<(i64, String)>,
    /// Whether connections beside the session do the lookups.
    with_readers: bool,
    /// Whether the key refers to rows of which several may lead to one row of the target.
    shared_parents: bool,
}

impl TableResolve<'_> {
    async fn run(self, session: &mut Session) -> Result<Resolved> {
        let Self { merge, table, purpose, is_parent, known, with_readers, shared_parents } = self;
        if purpose == Purpose::Preview {
            table.merge.sequence = None;
        }
        if let Some(statement) = merge.analyze_raw(&table.merge) {
            session.execute(&statement).await?;
        }
        // Twins of a set are rows of their own.
        let is_set = table.merge.set.is_some();
        let duplicates = !is_set && (shared_parents || session.count(&merge.count_duplicates(&table.merge)).await? > 0);
        let start = next_id(session, merge, table, purpose).await?;
        // Unchanged rows are needed only if other tables refer to them, if they have files, or if a deferred reference may
        // still show a difference; and of a set, to know what is in it. Otherwise the raw table is enough to count them.
        let waits = merge.compare_deferred(&table.merge).is_some();
        let changes_only = !is_parent && !is_set && !waits && table.profile.files.is_none();
        let how = Resolving { start, duplicates, parent: is_parent, changes_only };
        for step in merge.resolve(&table.merge, &how) {
            match step {
                Making::Statement(statement) => make_table(session, &table.merge.sync, &statement).await,
                Making::Copy(copy) => match session.bulk() {
                    Some(mut bulk) => bulk.copy(&copy, with_readers).await.map(|_| ()),
                    None => Err(Error::internal("only SQLite copies rows in order")),
                },
            }
            .map_err(duplicate_id)?;
        }
        let mut index_seconds = 0.0;
        if let Some(statement) = merge.index_ids(&table.merge).filter(|_| is_parent) {
            index_seconds += timed(session, &statement).await.map_err(duplicate_id)?;
        }
        for (page, rows) in known.chunks(KNOWN_PAGE).enumerate() {
            session.execute(&merge.insert_known(&table.merge, 1 + page * KNOWN_PAGE, rows)).await?;
        }
        if let Some(statement) = merge.index_chunks(&table.merge) {
            index_seconds += timed(session, &statement).await?;
        }
        fail::point("import.indexed");
        if let Some(statement) = merge.mark_removed(&table.merge) {
            session.execute(&statement).await?;
        }
        if let Some(statement) = merge.analyze_resolved(&table.merge) {
            session.execute(&statement).await?;
        }
        for statement in merge.mark_clashes(&table.merge) {
            session.execute(&statement).await?;
        }
        if duplicates && is_parent {
            session.execute(&merge.map_duplicates(&table.merge)).await?;
        }
        let warnings = twin_warnings(session, merge, table).await?;
        let inserts = session.count(&merge.last_insert(&table.merge)).await?;
        let owner = if inserts > 0 { owner(session, table).await? } else { None };
        table.merge.constants.extend(owner.clone());
        let rows = if changes_only { Some(session.count(&merge.count_raw(&table.merge)).await?) } else { None };
        Ok(Resolved {
            inserts,
            owner,
            rows: rows.map(i64::unsigned_abs),
            index_seconds,
            // A known row may be the one to which a row of the bundle leads too.
            has_duplicates: duplicates || !known.is_empty(),
            warnings,
            ..Resolved::default()
        })
    }
}

/// Runs a statement and returns the seconds it took.
async fn timed(session: &mut Session, statement: &str) -> Result<f64> {
    let began = Instant::now();
    session.execute(statement).await?;
    Ok(began.elapsed().as_secs_f64())
}

fn duplicate_id(error: Error) -> Error {
    match class_of(&error) {
        Some(SqlClass::Unique) => Error::damaged("two rows of the bundle's table have the same id").because(error),
        _ => error,
    }
}

/// Returns the id below the first one for new rows. Ids of deleted rows are not used again, because other systems may still
/// know them. In a real run, PostgreSQL's sequence is first moved past ids that were written without it.
async fn next_id(session: &mut Session, merge: &Merge, table: &TargetTable, purpose: Purpose) -> Result<i64> {
    if !table.merge.gives_numbers() {
        return Ok(0);
    }
    let highest = session.count(&merge.highest_id(&table.merge)).await?;
    if purpose == Purpose::Write
        && let Some(statement) = merge.advance_sequence(&table.merge, highest)
    {
        session.query(&statement).await?;
    }
    let counted = session.dialect() != Dialect::Sqlite || session.count(COUNTS_IDS).await? > 0;
    match merge.remembered_id(&table.merge).filter(|_| counted) {
        Some(statement) => Ok(highest.max(session.count(&statement).await?)),
        None => Ok(highest),
    }
}

/// Finds the user who will own new rows.
async fn owner(session: &mut Session, table: &TargetTable) -> Result<Option<(String, String)>> {
    let Some((column, statement)) = &table.owner else { return Ok(None) };
    let Some(id) = session.cell(statement).await? else {
        if let Some(option) = table.profile.owner.as_ref().and_then(|owner| owner.option.as_ref()) {
            return Err(Error::schema(format!(
                "the target has no row for the value of the option `{option}` to own the new rows"
            ))
            .at_table(&table.profile.name)
            .hint(format!("Correct --set {option}=…, or add the row to the target, then import again.")));
        }
        return Err(Error::schema("the target has no active administrator to own the new rows")
            .hint("Make one user of the target an administrator, then import again."));
    };
    // A number stands as it is; an id of any other kind is a text.
    let id = if id.parse::<i64>().is_ok() { id } else { session.dialect().literal(&id) };
    Ok(Some((column.clone(), id)))
}

/// Maps deferred references, and finds the rows that differ from the target's because of them.
async fn map_deferred(session: &mut Session, merge: &Merge, table: &TargetTable, is_parent: bool) -> Result<()> {
    for statement in merge.map_deferred(&table.merge) {
        session.execute(&statement).await?;
    }
    let Some(statement) = merge.compare_deferred(&table.merge) else { return Ok(()) };
    if session.execute(&statement).await? > 0 {
        for statement in merge.number_again(&table.merge, is_parent) {
            session.execute(&statement).await?;
        }
    }
    Ok(())
}

async fn count(session: &mut Session, merge: &Merge, table: &TargetTable, resolved: &Resolved) -> Result<Resolved> {
    let mut counts = ImportCounts::default();
    let (mut last, mut removed) = (0, None);
    for row in session.query(&merge.count_actions(&table.merge)).await? {
        let cell =
            |index: usize| row.get(index).and_then(|cell| cell.as_deref()).and_then(|text| text.parse::<i64>().ok());
        let rows = cell(1).unwrap_or(0).unsigned_abs();
        let aged = cell(2).unwrap_or(0).unsigned_abs();
        let orphans = cell(3).unwrap_or(0).unsigned_abs();
        let sequence = cell(4).unwrap_or(0);
        let kept = cell(5).unwrap_or(0).unsigned_abs();
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
                counts.kept += kept;
                counts.unchanged += rows - kept;
                counts.created_at_adjusted += aged;
                last = last.max(sequence);
            }
            Action::Unchanged => counts.unchanged += rows,
            Action::Kept => counts.kept += rows,
            Action::Known => counts.staged -= rows,
            Action::Removed => {
                counts.staged -= rows;
                counts.deleted += rows;
                removed = Some((sequence - rows.cast_signed() + 1, sequence));
            }
            Action::Duplicate => counts.duplicates += rows,
            Action::Ignored => counts.ignored += rows,
            Action::Guarded => counts.guarded += rows,
            Action::Orphan | Action::Clash | Action::Refused | Action::Forged => counts.rejected += rows,
        }
    }
    if let Some(rows) = resolved.rows {
        counts.unchanged += rows - counts.staged.min(rows);
        counts.staged = rows;
    }
    Ok(Resolved { last, removed, counts, ..resolved.clone() })
}
