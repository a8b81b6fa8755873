//! The SQL engines as targets of a migration: SQLite, PostgreSQL and MariaDB.
//!
//! Rows are loaded into staging tables first ([`staging`]), and only when all files of a pipeline were read, [`publish`] moves
//! them into the target tables, group by group: the rows of a group of files and the ledger's record of these files are one
//! transaction. A run that dies leaves whole groups, and the next one continues with the files that the ledger lacks. Plain tables
//! of PostgreSQL need no staging: there the rows of all files of a pipeline and their record are one transaction ([`direct`]).

use std::collections::BTreeMap;

use crate::db::dialect::Dialect;
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::db::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::schema::Table;
use crate::run::ledger as runs;
use crate::run::lock::Lock;
use crate::run::shell::shell_word;
use crate::run::{Context, report::Report};

use super::account::{Done, Known};
use super::group::Published;
use super::mapping::Mapping;
use super::report::MigrateBody;
use super::request::MigrateRequest;
use super::table::{self, TargetTable};

mod direct;
mod ledger;
mod leftover;
mod place;
mod publish;
mod staging;
mod tables;

pub(super) use direct::{Direct, Loaded};
pub use leftover::remove_leftovers;
pub(super) use staging::SqlStaging;

use place::{Held, Place};
use staging::load_table;

/// A database that is migrated into.
pub(super) struct SqlTarget {
    place: Place,
    url: DatabaseUrl,
    session: Session,
    dialect: Dialect,
    lock: Option<Lock>,
    /// The staging database, once it is needed.
    held: Option<Held>,
    run_id: Option<i64>,
    /// Tables that the run has created and leaves.
    created: Vec<String>,
}

impl SqlTarget {
    /// Opens the target, and creates its tables if the user wants that.
    ///
    /// # Errors
    /// `Database`; `Schema` if it has no tables to migrate into; `Locked` if another run writes.
    pub(super) async fn open(request: &MigrateRequest, engine: &DatabaseUrl, context: &Context) -> Result<Self> {
        let place = Self::place(request, engine)?;
        let url = place.target()?;
        let writes = !request.dry_run;
        if request.init
            && writes
            && let Some(create) = place.create_target()
        {
            let mut outside = place.outside().await?;
            // Two first runs on PostgreSQL may clash in spite of `IF NOT EXISTS`; then the other one has created it.
            if outside.execute(&create).await.is_err() {
                outside.execute(&create).await?;
            }
        }
        let mode = match (writes, request.init) {
            (false, _) => OpenMode::ReadOnly,
            (true, true) => OpenMode::Create,
            (true, false) => OpenMode::ReadWrite,
        };
        if mode != OpenMode::Create
            && let Some(file) = url.file().filter(|file| !file.exists())
        {
            return Err(Error::database("the SQLite file of the target does not exist")
                .at_path(file.display().to_string())
                .hint("Check the path in --engine, or add --init to create the file with its tables."));
        }
        let mut session = open(&url, mode).await?;
        session.require_unicode().await?;
        let dialect = session.dialect();
        let mut target =
            Self { place, url, session, dialect, lock: None, held: None, run_id: None, created: Vec::new() };
        if writes {
            target.prepare(request.init, &request.mappings, context).await?;
        }
        Ok(target)
    }

    /// Returns the places that a request names.
    ///
    /// # Errors
    /// `Usage`.
    fn place(request: &MigrateRequest, engine: &DatabaseUrl) -> Result<Place> {
        let folder = request.staging_path.as_deref().map(std::path::Path::new);
        Place::new(engine.clone(), request.target_db.as_deref(), request.staging_db.as_deref(), folder)
    }

    /// Returns whether the database of the tables is still to be made.
    ///
    /// # Errors
    /// `Usage`, `Database`.
    pub(super) async fn is_missing(request: &MigrateRequest, engine: &DatabaseUrl) -> Result<bool> {
        if let Some(file) = engine.file() {
            return Ok(!file.exists());
        }
        Self::place(request, engine)?.lacks_target().await
    }

    async fn prepare(&mut self, init: bool, mappings: &[Mapping], context: &Context) -> Result<()> {
        let catalogue = self.session.catalogue().await?;
        // Before anything of ours is created in a database that is not the right one.
        let mut problems = mappings.iter().flat_map(|mapping| table::problems(mapping, &catalogue, init));
        if let Some(problem) = problems.next() {
            return Err(problem);
        }
        drop(problems);
        self.created.extend(runs::ensure_ledger(&mut self.session, &catalogue).await?);
        runs::installation_id(&mut self.session).await?;
        // Only one run at a time creates tables.
        let lock = Lock::acquire(&mut self.session, &self.url, &context.progress).await?;
        let made = self.make_tables(init, mappings).await;
        if made.is_err() {
            lock.release(&mut self.session).await?;
            return made;
        }
        self.lock = Some(lock);
        Ok(())
    }

    async fn make_tables(&mut self, init: bool, mappings: &[Mapping]) -> Result<()> {
        let catalogue = self.session.catalogue().await?;
        self.created.extend(ledger::ensure(&mut self.session, &catalogue).await?);
        if init {
            for output in mappings.iter().flat_map(Mapping::tables) {
                let is_there = catalogue.iter().any(|table| table.name == output.table);
                if !is_there && !self.created.contains(&output.table) {
                    self.session.execute(&tables::create_target(output, self.dialect)).await?;
                    self.created.push(output.table.clone());
                }
            }
        }
        let found = self.session.catalogue().await?;
        mappings.iter().try_for_each(|mapping| table::find(mapping, &found).map(|_| ()))
    }

    /// Returns the tables of the database.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn catalogue(&mut self, _mapping: &Mapping) -> Result<Vec<Table>> {
        self.session.catalogue().await
    }

    /// Returns the files of a pipeline that were migrated before.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn known(&mut self, pipeline: &str) -> Result<BTreeMap<String, Known>> {
        if !self.session.catalogue().await?.iter().any(|table| table.name == ledger::TABLE) {
            return Ok(BTreeMap::new());
        }
        ledger::known(&mut self.session, pipeline).await
    }

    /// Records that a run begins. Returns the database's time.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn begin_run(&mut self, report: &mut Report<MigrateBody>) -> Result<()> {
        report.started_at = runs::now(&mut self.session).await?;
        report.tables_created = std::mem::take(&mut self.created);
        if self.lock.is_none() {
            return Ok(());
        }
        self.session.begin().await?;
        let run = runs::begin_run(&mut self.session, "migrate", &report.options, &report.started_at).await?;
        self.session.commit().await?;
        self.run_id = Some(run);
        report.run_id = self.run_id;
        Ok(())
    }

    /// Records how a run ended and releases the lock.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn end_run(&mut self, report: &mut Report<MigrateBody>) -> Result<()> {
        let _ = self.session.rollback().await;
        if let Ok(now) = runs::now(&mut self.session).await {
            report.finished_at = Some(now);
        }
        if let Some(run) = self.run_id {
            runs::end_run(&mut self.session, run, report).await?;
        }
        match self.lock.take() {
            Some(lock) => lock.release(&mut self.session).await,
            None => Ok(()),
        }
    }

    /// Returns whether rows can be loaded straight into these tables. See [`direct`].
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn is_direct(&mut self, tables: &[TargetTable]) -> Result<bool> {
        direct::serves(&mut self.session, tables).await
    }

    /// Returns the way straight into the tables.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn direct(&self, tables: &[TargetTable]) -> Result<Direct> {
        Direct::open(&self.url, tables).await
    }

    /// Makes empty staging tables and returns the way into them.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn stage(&mut self, tables: &[TargetTable], loaders: usize) -> Result<SqlStaging> {
        if self.held.is_none() {
            self.held = Some(self.place.hold().await?);
        }
        self.place.make_staging().await?;
        SqlStaging::open(&self.place.staging()?, tables, loaders).await
    }

    /// Drops the staging tables, and their database if nothing else is in it.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn drop_staging(&mut self, tables: &[TargetTable]) -> Result<()> {
        if self.dialect == Dialect::Sqlite {
            // A file cannot be removed while a session has it open.
            self.reopen().await?;
        } else {
            for table in tables {
                let statement = format!("DROP TABLE IF EXISTS {}", self.place.staged(&table.staging_name()));
                self.session.execute(&statement).await?;
            }
        }
        self.place.remove_staging().await
    }

    /// Connects again. The lock survives, because it is a row.
    async fn reopen(&mut self) -> Result<()> {
        self.session = open(&self.url, OpenMode::ReadWrite).await?;
        Ok(())
    }

    /// Returns what people call the place of the staging tables.
    pub(super) fn staging_shown(&self) -> String {
        self.place.shown()
    }

    /// Returns the command that removes the staging tables.
    pub(super) fn cleanup_command(&self) -> String {
        let database = self.url.without_password().shown();
        format!("gapsync cleanup {}", shell_word(&format!("--database={database}")))
    }

    /// Returns every statement that a migration of these pipelines sends, but for numbers that only the run knows.
    ///
    /// # Errors
    /// `Usage`.
    pub(super) fn script(request: &MigrateRequest, engine: &DatabaseUrl) -> Result<String> {
        let place = Self::place(request, engine)?;
        let dialect = engine.dialect();
        let mut script = vec!["-- Once, if --init is given: the target tables.".to_owned()];
        script.extend(place.create_target().map(|create| format!("{create};")));
        script.extend(place.use_target().map(|statement| format!("{statement};")));
        let outputs: Vec<_> = request.mappings.iter().flat_map(Mapping::tables).collect();
        script.extend(outputs.iter().map(|output| format!("{};", tables::create_target(output, dialect))));
        script.push("-- Once, if it is missing: the ledger of files, beside the tables of other runs.".to_owned());
        script.push(ledger::script(dialect).trim_end().to_owned());
        let tables: Vec<TargetTable> = outputs.iter().map(|output| tables::made(output, dialect)).collect();
        if dialect == Dialect::Postgres {
            script.push(
                "-- For each pipeline, in one transaction: the rows of all files, and the record of the files."
                    .to_owned(),
            );
            script.extend(tables.iter().map(|table| format!("{};", load_table(table, &table.name, None).copy())));
            script.push(
                "-- If a table has triggers, foreign keys, rules or partitions, or days are replaced, all of this instead:"
                    .to_owned(),
            );
        }
        script.push("-- For each pipeline: staging tables, into which the rows of all files are loaded.".to_owned());
        script.extend(place.create_staging().map(|create| format!("{create};")));
        script.extend(place.attach().map(|attach| format!("{attach};")));
        let staged = |table: &TargetTable| place.staged(&table.staging_name());
        script
            .extend(tables.iter().map(|table| format!("{};", tables::create_staging(table, &staged(table), dialect))));
        script.push(
            "-- For each group of files, in one transaction: their rows, and the record of the files.".to_owned(),
        );
        script.extend(tables.iter().map(|table| format!("{};", tables::publish(table, &place, dialect, ("?", "?")))));
        script.push("-- At the end: staging goes.".to_owned());
        script.extend(tables.iter().map(|table| format!("DROP TABLE IF EXISTS {};", staged(table))));
        Ok(script.join("\n") + "\n")
    }

    /// Publishes the staged rows of files, see [`publish`], or commits those that are in their tables already.
    ///
    /// # Errors
    /// `Database`, `Rejects`, `File`, `Locked`.
    pub(super) async fn publish(
        &mut self,
        published: &mut Published<'_>,
        files: &mut [Done],
        loaded: Option<Loaded>,
    ) -> Result<()> {
        let Some(loaded) = loaded else { return publish::all(self, published, files).await };
        loaded.commit(self, published, files).await?;
        published.progress.add_rows(files.iter().map(Done::inserted).sum());
        Ok(())
    }
}

/// Memory of a session, which only appends rows: more would not be faster.
const SESSION_MEMORY: u64 = 16 << 20;

/// Opens a session with little memory. A server's own settings stay.
async fn open(url: &DatabaseUrl, mode: OpenMode) -> Result<Session> {
    let mut session = Session::open(url, mode).await?;
    if session.dialect() == Dialect::Sqlite {
        session.set_memory(SESSION_MEMORY).await?;
    }
    Ok(session)
}
