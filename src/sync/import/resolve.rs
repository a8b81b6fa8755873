//! Resolving: every staged row learns what will become of it, set by set, inside the database. Only sync tables are written,
//! so a preview ends here.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::run::ImportCounts;
use crate::run::lock::Lock;
use crate::run::rejects::Rejects;
use crate::stream::cancel::Cancel;
use crate::stream::fail;
use crate::sync::merge::{Action, COUNTS_IDS, Making, Matching, Merge, Pivot, Resolving};

use super::checkpoint::{Also, Checkpoint, Resolved, Stage};
use super::reject::{reject, usable};
use super::tables::make_table;
use super::target::{Target, TargetTable};

/// How long tables are gathered before what was found of them is committed: a commit for each of dozens of small tables
/// adds up.
const GATHER: Duration = Duration::from_secs(2);

/// Rows that a table must have for readers of its own on SQLite.
const WORTH_READERS: u64 = 20_000;

/// Known rows that are put into a sync table at once.
const KNOWN_PAGE: usize = 200;

/// Resolves tables. What is resolved is in the checkpoint, so that it goes on from there.
pub(super) struct Resolve<'a> {
    pub(super) session: &'a mut Session,
    pub(super) lock: &'a Lock,
    pub(super) merge: &'a Merge,
    pub(super) profile: &'a Completed,
    pub(super) rejects: &'a mut Rejects,
    pub(super) preview: bool,
    pub(super) progress: &'a crate::event::Progress,
    pub(super) cancel: &'a Cancel,
    pub(super) checkpoint: &'a mut Checkpoint,
    /// When the tables began that are not in the checkpoint yet.
    pub(super) open: Option<Instant>,
    /// Sessions that resolve tables beside the run's own, where each table is a transaction of its own.
    pub(super) helpers: Vec<Session>,
}

impl Resolve<'_> {
    /// Resolves all tables that are not yet, parents first; the checkpoint is then ready to apply.
    ///
    /// # Errors
    /// `Damaged`, when two rows of a table have one id; `Schema`, when investigations need an owner and there is none;
    /// `Database`; `Interrupted`.
    pub(super) async fn run(&mut self, target: &mut Target) -> Result<()> {
        let parents = parents(target);
        for (table, resolved) in target.tables.iter_mut().zip(&self.checkpoint.resolved) {
            table.merge.given.extend(resolved.owner.clone());
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
                // They see what is committed alone, and parents must be.
                self.commit().await?;
            }
            self.begin().await?;
            for resolved in self.resolve_all(tables, known, &parents).await? {
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
        self.checkpoint.progress.rejects = self.rejects.mark()?;
        self.checkpoint.progress.stage = Stage::Apply;
        self.commit().await?;
        fail::point("import.resolved");
        Ok(())
    }

    /// Finds, for each table of a range, the rows that are in no sync table, that others refer to, and that the target may have.
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

    /// Resolves tables that do not need each other, over all sessions; gives what was found, of the first tables only when the
    /// user stops the run.
    async fn resolve_all(
        &mut self,
        tables: &mut [TargetTable],
        known: Vec<Vec<(i64, String)>>,
        parents: &BTreeSet<String>,
    ) -> Result<Vec<Resolved>> {
        let (merge, preview) = (self.merge, self.preview);
        let (progress, cancel) = (self.progress, self.cancel);
        let count = tables.len();
        let works = tables.iter_mut().zip(known).map(|(table, known)| {
            let is_parent = parents.contains(&table.merge.sync);
            let with_readers = self.is_worth_readers(&table.profile.name);
            One { merge, table, preview, is_parent, known, with_readers }
        });
        let works = Mutex::new(works.collect::<Vec<_>>().into_iter().enumerate());
        // A guard that lived in the loop's condition would keep the others from their tables.
        let take = || works.lock().unwrap_or_else(PoisonError::into_inner).next();
        let lanes = std::iter::once(&mut *self.session).chain(&mut self.helpers).take(count).map(|session| async {
            let mut done = Vec::new();
            // Tables are taken in order and brought to their end, so a stop leaves the first of them done.
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
            // MariaDB commits each statement that makes a table; what is half done there is made anew.
            if self.session.dialect() != Dialect::Mariadb {
                self.session.begin().await?;
            }
            self.open = Some(Instant::now());
        }
        Ok(())
    }

    /// Commits what was resolved together with its checkpoint.
    async fn commit(&mut self) -> Result<()> {
        if self.open.take().is_none() {
            return Ok(());
        }
        if self.session.dialect() == Dialect::Mariadb {
            self.session.begin().await?;
        }
        self.lock.check(self.session).await?;
        self.checkpoint.save(self.session, Also::Resolved).await?;
        self.session.commit().await
    }

    /// Maps the references of rings, counts what becomes of the rows, and names the rejected ones.
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

    /// Finds the oldest date that will be written.
    async fn note_oldest(&mut self, target: &Target) -> Result<()> {
        let oldest_written = &mut self.checkpoint.progress.oldest_written;
        for table in &target.tables {
            let Some(statement) = self.merge.oldest_written(&table.merge) else { continue };
            for oldest in self.session.query(&statement).await?.into_iter().flatten() {
                // Neutral times compare as text.
                *oldest_written = oldest_written.take().into_iter().chain(oldest).min();
            }
        }
        Ok(())
    }
}

/// Sync tables of the tables that others look ids up in.
fn parents(target: &Target) -> BTreeSet<String> {
    let pivots = target.tables.iter().flat_map(|table| &table.merge.pivots);
    pivots.flat_map(Pivot::parents).map(|(_, parent)| parent.table.clone()).collect()
}

/// How many tables, from the first one on, look nothing up in each other while they are resolved.
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

struct One<'a> {
    merge: &'a Merge,
    table: &'a mut TargetTable,
    preview: bool,
    is_parent: bool,
    /// Rows of the base table that others may refer to, by the source's ids, and their hashes.
    known: Vec<(i64, String)>,
    /// Whether connections beside the session look rows up.
    with_readers: bool,
}

impl One<'_> {
    async fn run(self, session: &mut Session) -> Result<Resolved> {
        let Self { merge, table, preview, is_parent, known, with_readers } = self;
        if preview {
            table.merge.sequence = None;
        }
        if let Some(statement) = merge.analyze_raw(&table.merge) {
            session.execute(&statement).await?;
        }
        let twins = number(session, &merge.count_duplicates(&table.merge)).await? > 0;
        // Keys and computed hashes cannot be counted beforehand without computing them twice.
        let duplicates = twins || !matches!(table.merge.matching, Matching::Hash { arrival: None, .. });
        let start = next_id(session, merge, table, preview).await?;
        // Rows that are left alone are of use to tables that refer to them, to their files, and where a reference that waits
        // for a cycle may still tell them from the target's; the raw table knows their number.
        let waits = merge.compare_deferred(&table.merge).is_some();
        let changes_only = !is_parent && !waits && table.profile.files.is_none();
        let how = Resolving { start, duplicates, parent: is_parent, changes_only };
        for step in merge.resolve(&table.merge, &how) {
            match step {
                Making::Statement(statement) => make_table(session, &table.merge.sync, &statement).await,
                Making::Fill(fill) => session.fill(&fill, with_readers).await.map(|_| ()),
            }
            .map_err(twice)?;
        }
        let mut index_seconds = 0.0;
        if let Some(statement) = merge.index_ids(&table.merge).filter(|_| is_parent) {
            index_seconds += timed(session, &statement).await.map_err(twice)?;
        }
        for (page, rows) in known.chunks(KNOWN_PAGE).enumerate() {
            if let Some(statement) = merge.insert_known(&table.merge, 1 + page * KNOWN_PAGE, rows) {
                session.execute(&statement).await?;
            }
        }
        if let Some(statement) = merge.index_chunks(&table.merge) {
            index_seconds += timed(session, &statement).await?;
        }
        fail::point("import.indexed");
        if let Some(statement) = merge.analyze_resolved(&table.merge) {
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
        let owner = if inserts > 0 { owner(session, table).await? } else { None };
        table.merge.given.extend(owner.clone());
        let rows = if changes_only { Some(number(session, &merge.count_raw(&table.merge)).await?) } else { None };
        Ok(Resolved { inserts, owner, rows: rows.map(i64::unsigned_abs), index_seconds, ..Resolved::default() })
    }
}

/// Runs a statement; gives the seconds it took.
async fn timed(session: &mut Session, statement: &str) -> Result<f64> {
    let began = Instant::now();
    session.execute(statement).await?;
    Ok(began.elapsed().as_secs_f64())
}

fn twice(error: Error) -> Error {
    match class_of(&error) {
        Some(SqlClass::Unique) => Error::damaged("two rows of the bundle's table have the same id").because(error),
        _ => error,
    }
}

/// The id before the first that new rows may take: what a deleted row had is not given again, as others may still know it.
/// In a real run PostgreSQL's sequence is first moved past ids that were written around it.
async fn next_id(session: &mut Session, merge: &Merge, table: &TargetTable, preview: bool) -> Result<i64> {
    let highest = number(session, &merge.highest_id(&table.merge)).await?;
    if !preview && let Some(statement) = merge.advance_sequence(&table.merge, highest) {
        session.query(&statement).await?;
    }
    let counted = session.dialect() != Dialect::Sqlite || number(session, COUNTS_IDS).await? > 0;
    match merge.remembered_id(&table.merge).filter(|_| counted) {
        Some(statement) => Ok(highest.max(number(session, &statement).await?)),
        None => Ok(highest),
    }
}

/// Finds the owner of new rows.
async fn owner(session: &mut Session, table: &TargetTable) -> Result<Option<(String, String)>> {
    let Some((column, statement)) = &table.owner else { return Ok(None) };
    let found = session.query(statement).await?;
    let Some(id) = found.into_iter().flatten().flatten().next() else {
        return Err(Error::schema("the target has no active administrator to own the new rows")
            .hint("Give one user of the target an administrator's role, then import again."));
    };
    Ok(Some((column.clone(), id)))
}

/// Maps the references that waited for a cycle, and finds the rows that they tell from the target's.
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
    let mut last = 0;
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
            Action::Duplicate => counts.duplicates += rows,
            Action::Ignored => counts.ignored += rows,
            Action::Orphan | Action::Clash | Action::Refused | Action::Forged => counts.rejected += rows,
        }
    }
    if let Some(rows) = resolved.rows {
        counts.unchanged += rows - counts.staged.min(rows);
        counts.staged = rows;
    }
    Ok(Resolved { last, counts, ..resolved.clone() })
}

/// The whole number in a query's first cell; 0 for NULL or no row.
pub(super) async fn number(session: &mut Session, statement: &str) -> Result<i64> {
    let cell = session.query(statement).await?.into_iter().flatten().next().flatten();
    cell.map_or(Ok(0), |text| text.parse().map_err(|_| Error::schema("an id or a count is no whole number of 64 bits")))
}
