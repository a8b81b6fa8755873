//! The walk of an import through its stages, each from where the checkpoint says; again after trouble that passes; and its end,
//! whatever came.

use std::time::Instant;

use crate::error::{Error, ErrorKind, Result};
use crate::model::completed::Completed;
use crate::model::schema::Table;
use crate::run::backoff::{self, Backoff};
use crate::run::ended::peak_memory;
use crate::run::ledger;
use crate::run::lock::Lock;
use crate::run::rejects::Rejects;
use crate::stream::fail;
use crate::sync::merge::Merge;
use crate::sync::place::require_tables;
use crate::sync::rights::admitted;

use super::account::Account;
use super::again::{self, Reason, forget};
use super::apply::Apply;
use super::begin::Begin;
use super::bundle::Bundle;
use super::checkpoint::{Also, Checkpoint, Progress, Stage};
use super::connection::{Connection, connect_some};
use super::end::Finish;
use super::files::{FileTable, Placing, Spool};
use super::job::Job;
use super::load::Load;
use super::reject::remember;
use super::resolve::Resolve;
use super::steps::{is_worth_help, steps};
use super::tables::{self, drop_tables};
use super::target::Target;
use super::{kept, place};

/// An import on its way.
pub(super) struct Walk<'a> {
    job: Job<'a>,
    account: Account<'a>,
    rejects: &'a mut Rejects,
    connection: Connection,
    lock: Lock,
    catalogue: Vec<Table>,
    /// Tables of the ledger that this run made.
    created: Vec<String>,
    bundle: Bundle<'a>,
    checkpoint: Checkpoint,
    /// The physical files, from when the bundle is read.
    spool: Option<Spool>,
}

impl<'a> Walk<'a> {
    /// Connects, checks what can be known without the bundle, and takes the lock.
    ///
    /// # Errors
    /// `Usage`, `Schema`, `Rights`, `Locked`, `Database`.
    pub(super) async fn start(job: Job<'a>, account: Account<'a>, rejects: &'a mut Rejects) -> Result<Self> {
        if job.request.dry_run && job.request.fill_sync_hash {
            return Err(Error::usage("a dry run cannot fill sync_hash").hint("Run `gapsync fill-sync-hash` first."));
        }
        let mut session = admitted(job.connect().await, job.context, job.request.commands()).await?;
        session.require_unicode().await?;
        let catalogue = session.catalogue().await?;
        require_tables(&mut session, &catalogue, &job.context.profile).await?;
        let created = ledger::ensure_ledger(&mut session, &catalogue).await?;
        let lock = Lock::acquire(&mut session, &job.context.database, job.progress()).await?;
        if !job.request.dry_run {
            account.report.tables_created.clone_from(&created);
        }
        Ok(Self {
            job,
            account,
            rejects,
            connection: session.into(),
            lock,
            catalogue,
            created,
            bundle: Bundle::new(job),
            checkpoint: Checkpoint::default(),
            spool: None,
        })
    }

    /// Walks to the end, and gives everything back whatever happened.
    ///
    /// # Errors
    /// What ended the run; else what kept it from giving everything back.
    pub(super) async fn run(mut self) -> Result<()> {
        let begin = Begin {
            job: self.job,
            account: &mut self.account,
            rejects: self.rejects,
            session: self.connection.session()?,
            catalogue: &self.catalogue,
            bundle: &mut self.bundle,
            checkpoint: &mut self.checkpoint,
            spool: &mut self.spool,
        };
        let outcome = match Box::pin(begin.run()).await {
            Ok(()) => Box::pin(self.attempts()).await,
            Err(error) => Err(error),
        };
        let outcome = match outcome {
            Ok(()) => self.account.keep_rejects(self.rejects, true),
            Err(error) => Err(self.fail(error).await),
        };
        outcome.and(self.release().await)
    }

    /// Goes through the stages, again from the last checkpoint when the trouble is one that passes.
    async fn attempts(&mut self) -> Result<()> {
        let mut backoff = Backoff::default();
        let mut reached = Progress::default();
        loop {
            let Err(mut error) = Box::pin(self.stages()).await else { return Ok(()) };
            loop {
                let can_go_on = self.checkpoint.is_resumable() || self.bundle.can_be_read();
                if self.checkpoint.run_id.is_none() || !backoff::passes(&error) || !can_go_on {
                    return Err(error);
                }
                let Some(wait) = backoff.delay() else { return Err(error) };
                self.job.progress().warning(format!("{}; trying again", in_a_line(&error)));
                backoff::wait(wait, self.job.cancel()).await?;
                self.account.report.retries += 1;
                match self.recover().await {
                    Ok(()) => break,
                    Err(again) => error = again,
                }
            }
            self.checkpoint.progress.retries = reached.retries;
            if self.checkpoint.progress != reached {
                backoff.reset();
                reached = self.checkpoint.progress.clone();
            }
            self.checkpoint.progress.retries = self.account.report.retries;
        }
    }

    /// Connects anew and takes up the last checkpoint: a commit whose answer was lost may have been done.
    async fn recover(&mut self) -> Result<()> {
        let session = self.connection.renew(self.job).await?;
        self.lock.check(session).await?;
        let run_id = self.checkpoint.run_id.unwrap_or_default();
        match Checkpoint::load(session, run_id).await? {
            Some(found) => self.checkpoint = found,
            // The last thing that a run does with it is to remove it.
            None if self.checkpoint.progress.stage == Stage::Finish => {
                self.checkpoint.progress.stage = Stage::Done;
                return Ok(());
            }
            None => return Err(Error::database("the run's checkpoint is gone")),
        }
        self.rejects.rewind(self.checkpoint.progress.rejects)?;
        self.checkpoint.recount(self.rejects);
        if again::has_sync_tables(session, &self.checkpoint).await? {
            return Ok(());
        }
        let why = (Reason::SyncTables, self.bundle.can_be_read());
        again::start_over(session, &mut self.checkpoint, &mut self.account, why).await
    }

    /// Goes through the stages that are left.
    async fn stages(&mut self) -> Result<()> {
        if self.checkpoint.progress.stage == Stage::Done {
            return Ok(());
        }
        let readers = self.job.request.resources.loaders();
        self.connection.session()?.set_readers(if readers > 1 { readers } else { 0 }).await?;
        if self.checkpoint.progress.stage == Stage::Load {
            Box::pin(self.load()).await?;
        }
        let plan = &self.checkpoint.plan;
        let header = plan.header.as_ref().ok_or_else(|| Error::internal("a checkpoint has no header"))?;
        let mut target = self.job.fit(&self.catalogue, plan, header, true)?;
        let merge = self.job.merge(plan);
        if self.checkpoint.progress.stage == Stage::Resolve {
            self.resolve(&merge, &mut target).await?;
        } else {
            for (table, resolved) in target.tables.iter_mut().zip(&self.checkpoint.resolved) {
                table.merge.given.extend(resolved.owner.clone());
            }
        }
        if self.checkpoint.progress.stage == Stage::Apply && !self.job.request.dry_run {
            self.apply(&merge, &target).await?;
        }
        if self.checkpoint.progress.stage < Stage::Finish {
            self.place_files(&merge, &target).await?;
        }
        self.account.settle(&self.checkpoint, &target);
        let session = self.connection.session()?;
        place::find(session, &mut self.account, &self.checkpoint.plan).await?;
        self.account.conclude();
        kept::list(session, &mut self.account, &merge, &target).await?;
        if self.job.request.dry_run { Ok(()) } else { self.finish().await }
    }

    async fn load(&mut self) -> Result<()> {
        let load = Load {
            job: self.job,
            account: &mut self.account,
            rejects: self.rejects,
            connection: &mut self.connection,
            lock: &self.lock,
            catalogue: &self.catalogue,
            bundle: &mut self.bundle,
            checkpoint: &mut self.checkpoint,
            spool: &mut self.spool,
        };
        load.run().await
    }

    async fn resolve(&mut self, merge: &Merge, target: &mut Target) -> Result<()> {
        let (job, session) = (self.job, self.connection.session()?);
        if job.request.resume {
            remember(target, self.rejects)?;
        }
        let profile = Completed::join(&job.context.profile, &self.catalogue);
        let mut helpers = Vec::new();
        // One that sorts beside the run's own session: two are what the memory limit allows, now that no rows are in flight.
        if session.loads_together() && job.request.resources.loaders() > 1 {
            helpers = connect_some(1, &mut self.account).await?;
        }
        let rows = self.checkpoint.plan.loaded.counts.values().map(|counts| counts.staged).sum();
        job.progress().phase("resolve", Some(rows), None);
        let began = Instant::now();
        let mut resolve = Resolve {
            session,
            lock: &self.lock,
            merge,
            profile: &profile,
            rejects: self.rejects,
            preview: job.request.dry_run,
            progress: job.progress(),
            cancel: job.cancel(),
            checkpoint: &mut self.checkpoint,
            open: None,
            helpers,
        };
        let outcome = resolve.run(target).await;
        self.checkpoint.progress.resolve_seconds += began.elapsed().as_secs_f64();
        outcome?;
        self.rejects.check()
    }

    async fn apply(&mut self, merge: &Merge, target: &Target) -> Result<()> {
        let (job, session) = (self.job, self.connection.session()?);
        let checkpoint = &mut self.checkpoint;
        // Before anything is written: a run that dies in the middle must not hide what it wrote from the next export.
        self.account.report.oldest_written.clone_from(&checkpoint.progress.oldest_written);
        if let Some(run_id) = checkpoint.run_id {
            ledger::note_run(session, run_id, self.account.report).await?;
        }
        session.set_readers(0).await?;
        let object_limit = merge.chunk_rows(job.request.object_limit);
        let mut helpers = Vec::new();
        if !session.loads_alone() && is_worth_help(&steps(target, &checkpoint.resolved), object_limit) {
            helpers = connect_some(job.request.resources.loaders(), &mut self.account).await?;
        }
        for session in helpers.iter_mut().chain([&mut *session]) {
            for statement in merge.session_settings() {
                session.execute(statement).await?;
            }
        }
        let rows: u64 = checkpoint.resolved.iter().map(|resolved| resolved.last.unsigned_abs()).sum();
        let done = checkpoint.progress.insert.1 + checkpoint.progress.update.1;
        job.progress().phase("merge", Some(rows.saturating_sub(done)), None);
        self.rejects.applying();
        let mut apply = Apply {
            target,
            session,
            lock: &self.lock,
            merge,
            rejects: self.rejects,
            progress: job.progress(),
            cancel: job.cancel(),
            object_limit,
            checkpoint,
            open: None,
            since: Instant::now(),
            recounted: false,
            helpers,
        };
        let outcome = apply.run().await;
        // Lanes try again by themselves.
        self.account.report.retries = self.account.report.retries.max(self.checkpoint.progress.retries);
        for statement in merge.settings_after() {
            // A session that is lost has nothing to set back.
            let _ = session.execute(statement).await;
        }
        outcome
    }

    async fn place_files(&mut self, merge: &Merge, target: &Target) -> Result<()> {
        fail::point("import.files");
        let (job, session, checkpoint) = (self.job, self.connection.session()?, &mut self.checkpoint);
        let spool = self.spool.as_ref().ok_or_else(|| Error::internal("the files of the bundle are gone"))?;
        job.progress().phase("files", None, None);
        let began = Instant::now();
        let tables = FileTable::all(&job.context.profile, &self.catalogue);
        Placing { session, merge, target, tables: &tables, checkpoint, cancel: job.cancel() }.run(spool).await?;
        checkpoint.progress.files_seconds += began.elapsed().as_secs_f64();
        checkpoint.progress.stage = Stage::Finish;
        checkpoint.save(session, Also::Nothing).await
    }

    async fn finish(&mut self) -> Result<()> {
        let began = Instant::now();
        fail::point("import.before-finish");
        self.account.keep_rejects(self.rejects, true)?;
        let session = self.connection.session()?;
        let (account, checkpoint) = (&mut self.account, &mut self.checkpoint);
        Finish { account, session, lock: &self.lock, checkpoint, began }.run().await
    }

    /// Says in the report and in the ledger what went wrong, what was done and how to go on.
    async fn fail(&mut self, error: Error) -> Error {
        // A bundle that is no good stays so; and where too many rows were rejected before one was written, nothing is lost.
        let hopeless = match error.kind() {
            ErrorKind::Damaged => true,
            ErrorKind::Rejects => self.checkpoint.progress.step == (0, 0),
            _ => false,
        };
        let resumable = self.checkpoint.is_resumable() && !hopeless && !self.job.takes_back();
        let error = self.account.fail(error, &self.checkpoint, resumable);
        if let Some(spool) = self.spool.as_mut().filter(|_| resumable) {
            spool.keep();
        }
        let _ = self.account.keep_rejects(self.rejects, false);
        // The error of the run leads; a database that cannot be reached for its record either has nothing to add.
        let _ = self.record_failure(resumable).await;
        error
    }

    async fn record_failure(&mut self, resumable: bool) -> Result<()> {
        let Some(run_id) = self.checkpoint.run_id else { return Ok(()) };
        self.settle_part();
        let session = self.connection.usable(self.job).await?;
        let saved = Checkpoint::load(session, run_id).await?;
        if let Some(saved) = saved {
            // What was not committed was not done.
            self.checkpoint = saved;
            self.settle_part();
        }
        let session = self.connection.session()?;
        if !resumable {
            forget(session, &self.checkpoint).await?;
        }
        self.account.report.peak_memory_bytes = peak_memory();
        self.account.report.finished_at = Some(ledger::now(session).await?);
        ledger::end_run(session, run_id, self.account.report).await
    }

    /// Counts what a run that failed has done, as far as that is known.
    fn settle_part(&mut self) {
        let plan = &self.checkpoint.plan;
        let Some(header) = &plan.header else { return };
        if let Ok(target) = self.job.fit(&self.catalogue, plan, header, true) {
            self.account.settle_part(&self.checkpoint, &target);
        }
    }

    /// Gives back the lock, and after a preview everything that it made.
    async fn release(mut self) -> Result<()> {
        let session = self.connection.usable(self.job).await?;
        let dry_run = self.job.request.dry_run;
        if dry_run {
            let pid = self.checkpoint.plan.pid;
            let left = tables::of(session, pid).await?;
            drop_tables(session, &left).await?;
            tables::forget(session, pid).await?;
            self.account.report.peak_memory_bytes = peak_memory();
            self.account.report.finished_at = Some(ledger::now(session).await?);
        }
        self.lock.release(session).await?;
        if dry_run { drop_tables(session, &self.created).await } else { Ok(()) }
    }
}

/// Returns an error and its cause in a line.
fn in_a_line(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{}: {cause}", error.what()),
        None => error.what().to_owned(),
    }
}
