//! Impala, Hive and Spark's server as targets of a migration.
//!
//! Staged rows are Parquet files in the staging path, which external tables show to the engine; one INSERT for each table moves
//! them into its partitions. The engine has no transactions, so [`ledger`] writes down how many rows each table has before its
//! INSERT: after a run that died, counting again tells which tables have their rows. What would be ambiguous, because somebody
//! else has written to the same days meanwhile, is refused. [`locks`] keep two runs apart, and [`place`] knows what of the staging
//! is ours.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::db::hive::{HiveSession, HiveUrl, HiveVariant};
use crate::error::{Error, Result};
use crate::event::Progress;
use crate::model::schema::Table;
use crate::run::{Context, report::Report};
use crate::store::Store;
use crate::stream::cancel::Cancel;

use super::account::{Done, Known};
use super::group::Published;
use super::mapping::{Mapping, Output};
use super::report::MigrateBody;
use super::request::MigrateRequest;
use super::table::{self, TargetTable};

mod catalogue;
mod ledger;
mod locks;
mod place;
mod publish;
mod sheet;
mod staging;
mod statements;
mod thrift;

use locks::Locks;
pub(super) use staging::HiveStaging;
use statements::Names;

/// The staging database if the user names none.
const STAGING: &str = "gapsync_staging";

/// An engine that is migrated into.
pub(super) struct HiveTarget {
    url: HiveUrl,
    session: HiveSession,
    names: Names,
    store: Arc<Store>,
    /// The staging path, as the user named it.
    path: String,
    /// The folder below it that is ours.
    folder: String,
    /// What keeps others from writing, if this run writes.
    locks: Option<Locks>,
    progress: Progress,
    cancel: Cancel,
    /// Number of the run in the ledger: its first second.
    run_id: i64,
    writes: bool,
    created: Vec<String>,
}

impl HiveTarget {
    /// Connects, and creates the target tables if the user wants that.
    ///
    /// # Errors
    /// `Usage` if the staging path or the target database is not named; `Database`; `Schema`.
    pub(super) async fn open(request: &MigrateRequest, url: &HiveUrl, context: &Context) -> Result<Self> {
        let names = names(request, url.variant())?;
        let path = request.staging_path.as_deref().ok_or_else(|| {
            Error::usage("this engine needs a staging path")
                .hint("Name a folder that it can read: --staging-path hdfs://namenode:8020/tmp/stage, s3://bucket/stage or a folder.")
        })?;
        let store = Store::open(path)?;
        if let Some(doubt) = store.doubt() {
            context.progress.warning(doubt);
        }
        let mut session = HiveSession::connect(url).await?;
        session.set_cancel(context.cancel.clone());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut target = Self {
            url: url.clone(),
            session,
            folder: place::folder(url, &names),
            names,
            store: Arc::new(store),
            path: path.to_owned(),
            locks: None,
            progress: context.progress.clone(),
            cancel: context.cancel.clone(),
            run_id: i64::try_from(now).unwrap_or_default(),
            writes: !request.dry_run,
            created: Vec::new(),
        };
        if target.writes {
            target.prepare(request, url).await?;
        }
        Ok(target)
    }

    async fn prepare(&mut self, request: &MigrateRequest, url: &HiveUrl) -> Result<()> {
        if request.init {
            self.session.execute(&self.names.create_database()).await?;
        }
        let mut known = self.table_names(&self.names.database()).await?;
        if request.init {
            for output in request.mappings.iter().flat_map(Mapping::tables) {
                if known.insert(output.table.to_ascii_lowercase()) {
                    self.session.execute(&self.names.create_target(output)).await?;
                    self.created.push(output.table.clone());
                }
            }
        }
        for mapping in &request.mappings {
            table::find(mapping, &self.catalogue(mapping).await?)?;
        }
        for (name, create) in ledger::scripts(&self.names) {
            if known.insert(name.to_owned()) {
                self.session.execute(&create).await?;
                self.created.push(name.to_owned());
            }
        }
        let locks = Locks::open(url).await?;
        locks.take(&self.names.target, (&self.progress, &self.cancel)).await?;
        self.locks = Some(locks);
        Ok(())
    }

    async fn table_names(&mut self, database: &str) -> Result<BTreeSet<String>> {
        let rows = self.session.query(&format!("SHOW TABLES IN {database}")).await?;
        // Spark shows database, name and whether it is temporary; Impala and Hive the name alone.
        let name =
            |row: Vec<Option<String>>| if row.len() > 1 { row.into_iter().nth(1) } else { row.into_iter().next() };
        Ok(rows.into_iter().filter_map(|row| name(row)?).map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Returns whether the target database is still to be made.
    ///
    /// # Errors
    /// `Usage`, `Database`.
    pub(super) async fn is_missing(request: &MigrateRequest, url: &HiveUrl) -> Result<bool> {
        let names = names(request, url.variant())?;
        let rows = HiveSession::connect(url).await?.query("SHOW DATABASES").await?;
        let mut databases = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
        Ok(!databases.any(|name| name.eq_ignore_ascii_case(&names.target)))
    }

    /// Returns the tables of a mapping that there are.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn catalogue(&mut self, mapping: &Mapping) -> Result<Vec<Table>> {
        let known = self.table_names(&self.names.database()).await?;
        let mut described = Vec::new();
        for output in mapping.tables() {
            if known.contains(&output.table.to_ascii_lowercase()) {
                let rows = self.session.query(&format!("DESCRIBE {}", self.names.target(&output.table))).await?;
                described.push(catalogue::table(&output.table, rows));
            }
        }
        Ok(described)
    }

    /// Returns the files of a pipeline that were migrated before.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn known(&mut self, pipeline: &str) -> Result<BTreeMap<String, Known>> {
        if self.table_names(&self.names.database()).await?.contains(ledger::MIGRATED) {
            ledger::known(&mut self.session, &self.names, pipeline).await
        } else {
            Ok(BTreeMap::new())
        }
    }

    /// Returns the files, with their digests, that a run which died was publishing.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn interrupted(&mut self, pipeline: &str) -> Result<BTreeMap<String, String>> {
        Ok(ledger::open_intent(&mut self.session, &self.names, pipeline)
            .await?
            .map(|intent| intent.files)
            .unwrap_or_default())
    }

    /// Notes when the run begins. These engines keep no record of runs but of files.
    pub(super) fn begin_run(&mut self, report: &mut Report<MigrateBody>) {
        report.started_at = now();
        report.tables_created = std::mem::take(&mut self.created);
        if self.writes {
            report.run_id = Some(self.run_id);
        }
    }

    /// Notes when the run ended, and lets others run.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn end_run(&mut self, report: &mut Report<MigrateBody>) -> Result<()> {
        report.finished_at = Some(now());
        match self.locks.take() {
            Some(locks) => locks.end().await,
            None => Ok(()),
        }
    }

    /// Returns every statement that a migration sends, but for what only the run knows.
    ///
    /// # Errors
    /// `Usage`.
    pub(super) fn script(request: &MigrateRequest, url: &HiveUrl) -> Result<String> {
        let names = names(request, url.variant())?;
        let outputs: Vec<&Output> = request.mappings.iter().flat_map(Mapping::tables).collect();
        let tables: Vec<TargetTable> = outputs.iter().map(|output| catalogue::made(output)).collect();
        let folder = place::folder(url, &names);
        let mut script = vec!["-- Once, if --init is given: the database and the target tables.".to_owned()];
        script.push(format!("{};", names.create_database()));
        script.extend(outputs.iter().map(|output| format!("{};", names.create_target(output))));
        script.push("-- Once, if they are missing: the ledger of files, and what runs intend.".to_owned());
        script.extend(ledger::scripts(&names).into_iter().map(|(_, create)| format!("{create};")));
        let [take, release] = locks::script(names.variant, &names.target);
        script.push("-- For the time of the run: its lock, in whose comment it says that it lives.".to_owned());
        script.push(format!("{take};"));
        script.push("-- For each pipeline: staging tables over the files in the staging path.".to_owned());
        script.push(format!("{};", names.create_staging_database()));
        let [take_staging, release_staging] = locks::script(names.variant, &names.staging);
        script.push(format!("{take_staging};"));
        let pipelines =
            request.mappings.iter().flat_map(|mapping| mapping.tables().into_iter().map(|_| &mapping.pipeline));
        for (table, pipeline) in tables.iter().zip(pipelines) {
            let below = place::folder_of(&folder, pipeline, table);
            let location = match &request.staging_path {
                Some(path) => Store::location_of(path, &below)?,
                None => format!("STAGING_PATH/{below}"),
            };
            script.push(format!("{};", names.create_staging(table, &location)));
        }
        script.push("-- For each table: its rows into the partitions of their days.".to_owned());
        script.extend(tables.iter().map(|table| format!("{};", names.insert(table))));
        script.push("-- At the end: staging goes.".to_owned());
        script.extend(tables.iter().map(|table| format!("{};", names.drop_staging(table))));
        script.push(format!("{release_staging};"));
        script.push(format!("{};", names.drop_staging_database()));
        script.push(format!("{release};"));
        Ok(script.join("\n") + "\n")
    }

    /// Publishes the staged rows of files. See [`publish`].
    ///
    /// # Errors
    /// `Database`, `Schema`, `Interrupted`.
    pub(super) async fn publish(&mut self, group: &mut Published<'_>, files: &mut [Done]) -> Result<()> {
        publish::all(self, group, files).await
    }
}

fn names(request: &MigrateRequest, variant: HiveVariant) -> Result<Names> {
    let target = request.target_db.clone().ok_or_else(|| {
        Error::usage("this engine needs the name of the target database").hint("Name it with --target-db.")
    })?;
    let staging = request.staging_db.clone().unwrap_or_else(|| STAGING.to_owned());
    let fits = |name: &str| !name.is_empty() && name.chars().all(|next| next.is_ascii_alphanumeric() || next == '_');
    if let Some(bad) = [&target, &staging].into_iter().find(|name| !fits(name)) {
        let shown = crate::error::escape::line(bad);
        return Err(Error::usage(format!("`{shown}` cannot be the name of a database: use letters, digits and `_`")));
    }
    if target.eq_ignore_ascii_case(&staging) {
        return Err(Error::usage("the staging database and the target database are the same")
            .hint("Staging tables are dropped at the end: give them a database of their own."));
    }
    Ok(Names { variant, target, staging })
}

/// Returns the time of this machine's clock, UTC.
pub(super) fn now() -> String {
    const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] =
        time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    time::OffsetDateTime::now_utc().format(&FORMAT).unwrap_or_default()
}
