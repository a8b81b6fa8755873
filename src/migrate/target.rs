//! The engine that a migration writes to, whichever it is.

use std::collections::BTreeMap;

use super::account::{Done, Known, Refused};
use super::group::Published;
use super::hive::{HiveStaging, HiveTarget};
use super::mapping::Mapping;
use super::report::MigrateBody;
use super::request::{Engine, MigrateRequest};
use super::sql::{Direct, Loaded, SqlStaging, SqlTarget};
use super::table::{self, TargetTable};
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::run::{Context, report::Report};
use crate::stream::budget::Permit;

/// The engine.
pub(super) enum Target {
    /// SQLite, PostgreSQL or MariaDB.
    Sql(Box<SqlTarget>),
    /// Impala, Hive or Spark.
    Hive(Box<HiveTarget>),
}

/// The way of rows into the engine.
pub(super) enum Staging {
    /// Into staging tables of a database.
    Sql(SqlStaging),
    /// Straight into the target tables, in a transaction that is still open.
    Direct(Direct),
    /// Into staging tables over files.
    Hive(HiveStaging),
}

/// Calls a method on the engine's own target.
macro_rules! on_target {
    ($target:expr, $engine:ident => $call:expr) => {
        match $target {
            Target::Sql($engine) => $call,
            Target::Hive($engine) => $call,
        }
    };
}

impl Target {
    /// Opens the target, and creates its tables if the user wants that.
    ///
    /// # Errors
    /// `Database`; `Schema` if it has no tables to migrate into; `Locked` if another run writes.
    pub(super) async fn open(request: &MigrateRequest, context: &Context) -> Result<Self> {
        Ok(match &request.engine {
            Engine::Database(url) => Self::Sql(Box::new(SqlTarget::open(request, url, context).await?)),
            Engine::Hive(url) => Self::Hive(Box::new(HiveTarget::open(request, url, context).await?)),
        })
    }

    /// Returns every statement that a migration sends, but for what only the run knows.
    ///
    /// # Errors
    /// `Usage`.
    pub(super) fn script(request: &MigrateRequest) -> Result<String> {
        match &request.engine {
            Engine::Database(url) => SqlTarget::script(request, url),
            Engine::Hive(url) => HiveTarget::script(request, url),
        }
    }

    /// Returns whether the database of the tables is still to be made.
    ///
    /// # Errors
    /// `Database`, `Usage`.
    pub(super) async fn is_missing(request: &MigrateRequest) -> Result<bool> {
        match &request.engine {
            Engine::Database(url) => SqlTarget::is_missing(request, url).await,
            Engine::Hive(url) => HiveTarget::is_missing(request, url).await,
        }
    }

    /// Returns the tables of a mapping.
    ///
    /// # Errors
    /// `Database`, `Schema`.
    pub(super) async fn tables(&mut self, mapping: &Mapping) -> Result<Vec<TargetTable>> {
        on_target!(self, engine => table::find(mapping, &engine.catalogue(mapping).await?))
    }

    /// Returns everything that keeps rows of a mapping from its tables. With `init`, missing tables are to be made.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn problems(&mut self, mapping: &Mapping, init: bool) -> Result<Vec<Error>> {
        on_target!(self, engine => Ok(table::problems(mapping, &engine.catalogue(mapping).await?, init)))
    }

    /// Returns the files of a pipeline that were migrated before.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn known(&mut self, pipeline: &str) -> Result<BTreeMap<String, Known>> {
        on_target!(self, engine => engine.known(pipeline).await)
    }

    /// Returns the paths of the files that a run which died was publishing; they have to be published alone. Empty if there was
    /// none, or if the engine took back what it did.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn interrupted(&mut self, pipeline: &str) -> Result<BTreeMap<String, String>> {
        match self {
            Self::Sql(_) => Ok(BTreeMap::new()),
            Self::Hive(engine) => engine.interrupted(pipeline).await,
        }
    }

    /// Records that a run begins.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn begin_run(&mut self, report: &mut Report<MigrateBody>) -> Result<()> {
        match self {
            Self::Sql(engine) => engine.begin_run(report).await,
            Self::Hive(engine) => {
                engine.begin_run(report);
                Ok(())
            }
        }
    }

    /// Records how a run ended, and lets others run.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn end_run(&mut self, report: &mut Report<MigrateBody>) -> Result<()> {
        on_target!(self, engine => engine.end_run(report).await)
    }

    /// Returns whether rows can be loaded straight into these tables, without staging.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn is_direct(&mut self, tables: &[TargetTable]) -> Result<bool> {
        match self {
            Self::Sql(engine) => engine.is_direct(tables).await,
            Self::Hive(_) => Ok(false),
        }
    }

    /// Returns the way straight into the tables.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn direct(&mut self, tables: &[TargetTable]) -> Result<Staging> {
        match self {
            Self::Sql(engine) => Ok(Staging::Direct(engine.direct(tables).await?)),
            Self::Hive(_) => Err(Error::internal("only a database is loaded without staging")),
        }
    }

    /// Makes empty staging tables and returns the way into them.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn stage(&mut self, pipeline: &str, tables: &[TargetTable], loaders: usize) -> Result<Staging> {
        Ok(match self {
            Self::Sql(engine) => Staging::Sql(engine.stage(tables, loaders).await?),
            Self::Hive(engine) => Staging::Hive(engine.stage(pipeline, tables).await?),
        })
    }

    /// Drops the staging tables, and their database if nothing else is in it.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn drop_staging(&mut self, tables: &[TargetTable]) -> Result<()> {
        on_target!(self, engine => engine.drop_staging(tables).await)
    }

    /// Returns what people call the place of the staging tables.
    pub(super) fn staging_shown(&self) -> String {
        on_target!(self, engine => engine.staging_shown())
    }

    /// Returns the command that removes the staging tables, if there is one.
    pub(super) fn cleanup_command(&self) -> Option<String> {
        match self {
            Self::Sql(engine) => Some(engine.cleanup_command()),
            Self::Hive(_) => None,
        }
    }

    /// Publishes the staged rows of files, and records the files. `loaded` is what [`Staging::finish`] returned.
    ///
    /// # Errors
    /// `Database`, `Rejects`, `File`, `Locked`.
    pub(super) async fn publish(
        &mut self,
        published: &mut Published<'_>,
        files: &mut [Done],
        loaded: Option<Loaded>,
    ) -> Result<()> {
        match self {
            Self::Sql(engine) => engine.publish(published, files, loaded).await,
            Self::Hive(engine) => {
                let rows = files.iter().map(Done::inserted).sum();
                engine.publish(published, files).await?;
                published.progress.add_rows(rows);
                Ok(())
            }
        }
    }
}

impl Staging {
    /// Hands over rows of a table.
    ///
    /// # Errors
    /// Those of the loader.
    pub(super) async fn send(&mut self, table: usize, rows: RowBatch, permit: Option<Permit>) -> Result<()> {
        match self {
            Self::Sql(staging) => staging.send((table, rows, permit)).await,
            Self::Direct(direct) => direct.send((table, rows, permit)).await,
            Self::Hive(staging) => staging.send((table, rows, permit)).await,
        }
    }

    /// Returns the rows that the database has refused since the last call. Those in staging tables are refused later.
    pub(super) fn refused(&self) -> Vec<Refused> {
        match self {
            Self::Direct(direct) => direct.refused(),
            Self::Sql(_) | Self::Hive(_) => Vec::new(),
        }
    }

    /// Waits until all rows are staged. Returns the open transaction, if they are in the target tables already.
    ///
    /// # Errors
    /// Those of the loader.
    pub(super) async fn finish(&mut self) -> Result<Option<Loaded>> {
        match self {
            Self::Sql(staging) => staging.finish().await.map(|()| None),
            Self::Direct(direct) => direct.finish().await.map(Some),
            Self::Hive(staging) => staging.finish().await.map(|()| None),
        }
    }
}
