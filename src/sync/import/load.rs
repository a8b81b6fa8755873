//! The load stage: reads the bundle once, from its first byte to its last, into raw sync tables.

use std::collections::BTreeSet;
use std::time::Instant;

use md5::{Digest, Md5};

use crate::bundle::reader::ItemStream;
use crate::db::session::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::model::completed::Completed;
use crate::model::hex::hex;
use crate::model::manifest::BundleMark;
use crate::model::manifest::Header;
use crate::model::schema::Table;
use crate::run::disk::require;
use crate::run::lock::Lock;
use crate::run::rejects::Rejects;
use crate::stream::fail;
use crate::sync::hashing::strangers::is_stranger;
use crate::sync::hashing::{self, HashCounts, HashMode};
use crate::sync::merge::Merge;
use crate::sync::ready::wrong_bundle;
use crate::sync::version;

use super::account::Account;
use super::bundle::Bundle;
use super::chained;
use super::checkpoint::{Also, Checkpoint, Loaded, Stage};
use super::connection::{Connection, connect_some};
use super::files::Spool;
use super::job::{Job, Purpose};
use super::need;
use super::reject::complete;
use super::request::Input;
use super::retake::Retake;
use super::sets;
use super::stage::{Staged, Staging};
use super::tables::{self, drop_tables};
use super::target::Target;

/// Stages the bundle. Afterwards the checkpoint shows that all of it was read and checked.
pub(super) struct Load<'w, 'a> {
    pub(super) job: Job<'a>,
    pub(super) account: &'w mut Account<'a>,
    pub(super) rejects: &'w mut Rejects,
    pub(super) connection: &'w mut Connection,
    pub(super) lock: &'w Lock,
    pub(super) catalogue: &'w [Table],
    pub(super) bundle: &'w mut Bundle<'a>,
    pub(super) checkpoint: &'w mut Checkpoint,
    pub(super) spool: &'w mut Option<Spool>,
    pub(super) purpose: Purpose,
}

impl Load<'_, '_> {
    /// Reads the header, checks whether its rows can go into the target, stages them, and writes the checkpoint.
    ///
    /// # Errors
    /// Those of the reader; `Schema`, `MissingHash`, `File`, `Database`; `Rejects` if too many rows were rejected. Base tables
    /// are not touched.
    pub(super) async fn run(mut self) -> Result<()> {
        self.clear().await?;
        let catalogue = self.catalogue;
        let mut retake = match &self.job.request.input {
            Input::Rejects(path) => {
                let most = self.job.request.limits.max_row_bytes;
                Some(Retake::new(path.clone(), most, self.job.context, catalogue).await?)
            }
            Input::File(_) | Input::Stdin => None,
        };
        let (mut stream, header) = self.bundle.open(catalogue, retake.as_ref()).await?;
        fail::point("import.header");
        let late = chained::enter(self.connection.session()?, self.account, &header).await?;
        let target = self.check(&header).await?;
        let session = self.connection.session()?;
        if let Some(retake) = &mut retake {
            for warning in retake.find(session, self.rejects).await? {
                self.account.warn_once(warning);
            }
        }
        let pid = self.checkpoint.plan.pid;
        tables::record(session, pid, &target).await?;
        fail::point("import.recorded");
        let root = self.job.request.files_root.as_deref().filter(|_| retake.is_none());
        let mut spool = Spool::new(root, (self.purpose == Purpose::Write).then_some(pid))?;
        let merge = self.job.merge(&self.checkpoint.plan);
        let began = Instant::now();
        let mut staged = self.stage(&mut stream, &header, (&target, &merge), &mut spool).await?;
        let partial = sets::partial(&target, &staged);
        sets::add_empty(self.connection.session()?, &merge, (&target, &partial), &mut staged).await?;
        let seconds = (staged.read_seconds, (began.elapsed().as_secs_f64() - staged.read_seconds).max(0.0));
        let files = spool.held();
        *self.spool = Some(spool);
        self.rejects.all_seen()?;
        self.note((staged, partial), files, (seconds, late), &target)?;
        self.seal(*header, &merge).await
    }

    /// Drops what an earlier attempt left behind.
    async fn clear(&mut self) -> Result<()> {
        if self.account.report.retries > 0 || self.job.request.resume {
            let session = self.connection.session()?;
            let left = tables::of(session, self.checkpoint.plan.pid).await?;
            drop_tables(session, &left).await?;
        }
        self.rejects.rewind(0)?;
        *self.spool = None;
        Ok(())
    }

    /// Checks the header against the target, and returns the tables to import.
    async fn check(&mut self, header: &Header) -> Result<Target> {
        let job = self.job;
        if job.is_bundle() {
            let own = version::read(self.connection.session()?, self.catalogue, &job.context.profile).await?;
            version::require_same(header.profile.version.as_deref(), own.as_deref())?;
        }
        let target = job.fit(self.catalogue, &self.checkpoint.plan, header, false)?;
        self.account.note_left_out(&target);
        if target.tables.is_empty() && header.tables.iter().any(|table| table.max_rows > 0) {
            return Err(wrong_bundle());
        }
        let session = self.connection.session()?;
        target.check_replication(session).await?;
        let extent = need::Extent {
            file: job.request.input.bundle(),
            files_root: job.request.files_root.as_deref(),
            writes: self.purpose == Purpose::Write,
        };
        let need = need::of_import(extent, job.context, header, session).await;
        let need = self.account.report.need.insert(need);
        for warning in require(need, job.request.ignore_free_space, job.progress())? {
            self.account.warn_once(warning);
        }
        require_hashes(job, session, &target, self.catalogue).await?;
        Ok(target)
    }

    async fn stage(
        &mut self,
        stream: &mut ItemStream,
        header: &Header,
        (target, merge): (&Target, &Merge),
        spool: &mut Spool,
    ) -> Result<Staged> {
        let job = self.job;
        // The size of the file is exact, whereas the header only has an upper bound for the rows.
        let bytes = job.request.input.bundle().and_then(|_| job.request.input.bytes());
        job.progress().phase("stage", header.max_rows(), bytes);
        let session = self.connection.session()?;
        let mut loaders = Vec::new();
        if session.dialect().has_one_writer() {
            session.begin().await?;
        } else {
            loaders = connect_some(job.request.resources.loaders(), self.account).await?;
        }
        // The run's own session has no other work meanwhile.
        let is_lent = loaders.is_empty();
        if is_lent {
            loaders.push(self.connection.lend()?);
        }
        let mut staging = Staging {
            target,
            tables: &header.tables,
            rejects: self.rejects,
            spool,
            merge,
            progress: job.progress(),
            cancel: job.cancel(),
        };
        let (staged, mut loaders) = staging.run(stream, loaders).await;
        if is_lent {
            self.connection.take_back(loaders.pop());
        }
        staged
    }

    /// Records the result of staging in the plan.
    fn note(
        &mut self,
        (staged, partial): (Staged, BTreeSet<String>),
        (files, files_skipped): (u64, u64),
        (seconds, late): ((f64, f64), bool),
        target: &Target,
    ) -> Result<()> {
        let plan = &mut self.checkpoint.plan;
        if !plan.bundle.sha256.is_empty() && plan.bundle.sha256 != staged.end.mark.sha256 {
            return Err(other_bundle());
        }
        plan.bundle = BundleMark { name: std::mem::take(&mut plan.bundle.name), ..staged.end.mark };
        let skipped = |member: &String| format!("`{member}` is not a table of the profile and was skipped");
        let unwhole = |table: &String| {
            format!("sets of `{table}` may lack rows that were rejected, so nothing is deleted from them")
        };
        plan.loaded = Loaded {
            counts: staged.counts,
            present: staged.present,
            files,
            files_skipped,
            fit: String::new(),
            ignored_tables: target.ignored_tables.clone(),
            ignored_columns: target.ignored_columns.clone(),
            seconds,
            warnings: staged.end.unknown_members.iter().map(skipped).chain(partial.iter().map(unwhole)).collect(),
            partial,
            late,
        };
        Ok(())
    }

    /// Writes the checkpoint: from here on the run can continue without the bundle.
    async fn seal(self, header: Header, merge: &Merge) -> Result<()> {
        let Checkpoint { plan, position, .. } = &mut *self.checkpoint;
        let session = self.connection.session()?;
        let fitted = self.job.fit(self.catalogue, plan, &header, true)?;
        complete(session, merge, &fitted, self.rejects).await?;
        plan.loaded.fit = fit_digest(&fitted);
        plan.header = Some(header);
        position.rejects = self.rejects.mark()?;
        position.stage = Stage::Resolve;
        if !session.dialect().has_one_writer() {
            session.begin().await?;
        }
        self.lock.check(session).await?;
        self.checkpoint.save(session, Also::All).await?;
        session.commit().await?;
        fail::point("import.staged");
        Ok(())
    }
}

/// Fails if rows of an affected base table have no hash, or fills the hashes if that was requested.
async fn require_hashes(job: Job<'_>, session: &mut Session, target: &Target, catalogue: &[Table]) -> Result<()> {
    let dialect = session.dialect();
    let profile = Completed::join(&job.context.profile, catalogue);
    let mut missing = Vec::new();
    for table in target.tables.iter().filter(|table| table.hash.is_some() || table.arrival_hash.is_some()) {
        let mut statement = format!(
            "SELECT 1 FROM {} AS t WHERE t.{} IS NULL",
            dialect.ident(&table.profile.name),
            dialect.ident(&table.profile.hash)
        );
        if let Some(stranger) = is_stranger(dialect, &profile, catalogue, &table.profile, "t") {
            statement = format!("{statement} AND NOT {stranger}");
        }
        statement += " LIMIT 1";
        if !session.query(&statement).await?.is_empty() {
            missing.push(table.profile.name.as_str());
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    if job.request.fill_sync_hash {
        let catalogue = session.catalogue().await?;
        let filled = hashing::fill_hashes(HashMode::Missing, session, &catalogue, job.context).await?;
        let stuck = |counts: &HashCounts| !counts.twins.is_empty() || counts.missing_parent > 0;
        return match filled.tables.iter().find(|(_, counts)| stuck(counts)) {
            None => Ok(()),
            Some((table, _)) => Err(Error::schema("sync_hash cannot be filled for every row")
                .at_table(table)
                .hint("Run `gapsync fill-sync-hash` to see which rows prevent it.")),
        };
    }
    Err(Error::new(ErrorKind::MissingHash, format!("sync_hash is missing in {}", missing.join(", ")))
        .hint("Run `gapsync fill-sync-hash` on this database, or import with --fill-sync-hash."))
}

/// Returns a digest of how a bundle fits the target, so that a later run can detect a change.
pub(super) fn fit_digest(target: &Target) -> String {
    hex(&Md5::digest(format!("{target:?}").as_bytes()))
}

/// Returns the error for a bundle that is not the run's.
pub(super) fn other_bundle() -> Error {
    Error::usage("this is not the bundle of the run to be resumed")
        .hint("Use the same file again, or import this one without --resume.")
}
