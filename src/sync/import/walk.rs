//! Drives an import through its stages, starting where the checkpoint says, repeating after temporary errors, and ending the
//! run cleanly whatever happens.

use std::collections::BTreeSet;
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
use crate::sync::kinds::require_kinds;
use crate::sync::merge::Merge;
use crate::sync::ready::require_tables;
use crate::sync::rights::admitted;

use super::account::Account;
use super::again::{self, Reason, forget};
use super::apply::Apply;
use super::begin::Begin;
use super::bundle::Bundle;
use super::checkpoint::{Also, Checkpoint, Position, Stage};
use super::connection::{Connection, connect_some};
use super::end::Finish;
use super::files::{FileTable, Placing, Spool};
use super::job::{Job, Purpose};
use super::load::Load;
use super::reject::remember;
use super::resolve::Resolve;
use super::steps::{is_worth_help, steps};
use super::tables::{self, drop_tables};
use super::target::Target;
use super::{after, chained, kept, stamps};

/// An import in progress.
pub(super) struct Walk<'a> {
    job: Job<'a>,
    account: Account<'a>,
    rejects: &'a mut Rejects,
    connection: Connection,
    lock: Lock,
    catalogue: Vec<Table>,
    /// Ledger tables that this run created.
    created: Vec<String>,
    bundle: Bundle<'a>,
    checkpoint: Checkpoint,
    /// The physical files, available once the bundle is being read.
    spool: Option<Spool>,
}

/// What the stages that write have to do: the rows of the resolved sync tables, and the statements for them.
struct Planned {
    merge: Merge,
    target: Target,
}

impl<'a> Walk<'a> {
    /// Connects, checks everything that can be checked without the bundle, and takes the lock.
    ///
    /// # Errors
    /// `Usage`, `Schema`, `Rights`, `Locked`, `Database`.
    pub(super) async fn start(job: Job<'a>, account: Account<'a>, rejects: &'a mut Rejects) -> Result<Self> {
        let mut session = admitted(job.connect().await, job.context, job.request.commands()).await?;
        session.require_unicode().await?;
        let catalogue = session.catalogue().await?;
        require_tables(&mut session, &catalogue, &job.context.profile).await?;
        require_kinds(session.dialect(), &job.context.profile, &catalogue)?;
        let created = ledger::ensure_ledger(&mut session, &catalogue).await?;
        let lock = Lock::acquire(&mut session, &job.context.database, job.progress()).await?;
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

    /// Plans the import and carries out the plan, and releases everything whatever happens.
    ///
    /// # Errors
    /// The error that ended the run, or else the one that prevented the release.
    pub(super) async fn run(mut self) -> Result<()> {
        self.account.report.tables_created.clone_from(&self.created);
        let outcome = match Box::pin(self.begin()?.run()).await {
            Ok(()) => Box::pin(self.attempts()).await,
            Err(error) => Err(error),
        };
        let outcome = match outcome {
            Ok(()) => self.account.keep_rejects(self.rejects, true),
            Err(error) => Err(self.fail(error).await),
        };
        outcome.and(self.release().await)
    }

    /// Plans the import and shows the plan instead of carrying it out. Removes everything that was made on the way.
    ///
    /// # Errors
    /// Those of [`Self::run`].
    pub(super) async fn preview(mut self) -> Result<()> {
        let outcome = match Box::pin(self.begin()?.preview()).await {
            Ok(()) => Box::pin(self.show()).await,
            Err(error) => Err(error),
        };
        let outcome = match outcome {
            Ok(()) => self.account.keep_rejects(self.rejects, false),
            Err(error) => Err(self.fail(error).await),
        };
        outcome.and(self.discard().await)
    }

    fn begin(&mut self) -> Result<Begin<'_, 'a>> {
        Ok(Begin {
            job: self.job,
            account: &mut self.account,
            rejects: self.rejects,
            session: self.connection.session()?,
            catalogue: &self.catalogue,
            bundle: &mut self.bundle,
            checkpoint: &mut self.checkpoint,
            spool: &mut self.spool,
        })
    }

    /// Runs the stages, and repeats them from the last checkpoint after temporary errors.
    async fn attempts(&mut self) -> Result<()> {
        let mut backoff = Backoff::default();
        let mut reached = Position::default();
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
            self.checkpoint.position.retries = reached.retries;
            if self.checkpoint.position != reached {
                backoff.reset();
                reached = self.checkpoint.position.clone();
            }
            self.checkpoint.position.retries = self.account.report.retries;
        }
    }

    /// Connects again and reads the last checkpoint, because a commit without an answer may have succeeded.
    async fn recover(&mut self) -> Result<()> {
        let session = self.connection.renew(self.job).await?;
        self.lock.check(session).await?;
        let run_id = self.checkpoint.run_id.unwrap_or_default();
        match Checkpoint::load(session, run_id).await? {
            Some(found) => self.checkpoint = found,
            // Removing the checkpoint is the last thing that a run does with it.
            None if self.checkpoint.position.stage == Stage::Finish => {
                self.checkpoint.position.stage = Stage::Done;
                return Ok(());
            }
            None => return Err(Error::database("the run's checkpoint is gone")),
        }
        self.rejects.rewind(self.checkpoint.position.rejects)?;
        self.checkpoint.recount(self.rejects);
        if again::has_sync_tables(session, &self.checkpoint).await? {
            return Ok(());
        }
        let why = (Reason::SyncTables, self.bundle.can_be_read());
        again::start_over(session, &mut self.checkpoint, &mut self.account, why).await
    }

    /// Runs the remaining stages: those that make the plan, then those that carry it out.
    async fn stages(&mut self) -> Result<()> {
        if self.checkpoint.position.stage == Stage::Done {
            return Ok(());
        }
        let Planned { merge, target } = self.plan(Purpose::Write).await?;
        if self.checkpoint.position.stage == Stage::Apply {
            self.apply(&merge, &target).await?;
        }
        if self.checkpoint.position.stage < Stage::Finish {
            stamps::warn(self.connection.session()?, &mut self.account, &merge, &target).await?;
            self.place_files(&merge, &target).await?;
        }
        self.settle(&target).await?;
        self.account.conclude();
        kept::list(self.connection.session()?, &mut self.account, &merge, &target).await?;
        let found = (&target, self.catalogue.as_slice());
        after::tell(self.connection.session()?, &mut self.account, &merge, found).await?;
        self.finish().await
    }

    /// Makes the plan and reports what would come of it. Files are only judged, because none were kept.
    async fn show(&mut self) -> Result<()> {
        let Planned { merge, target } = self.plan(Purpose::Preview).await?;
        self.place_files(&merge, &target).await?;
        self.settle(&target).await?;
        self.account.conclude_preview();
        kept::list(self.connection.session()?, &mut self.account, &merge, &target).await
    }

    /// Makes the plan, as far as the checkpoint does not have it: stages the bundle and resolves each row.
    async fn plan(&mut self, purpose: Purpose) -> Result<Planned> {
        let readers = self.job.request.resources.loaders();
        if let Some(mut bulk) = self.connection.session()?.bulk() {
            bulk.set_readers(if readers > 1 { readers } else { 0 }).await?;
        }
        if self.checkpoint.position.stage == Stage::Load {
            Box::pin(self.load(purpose)).await?;
        }
        let plan = &self.checkpoint.plan;
        let header = plan.header.as_ref().ok_or_else(|| Error::internal("a checkpoint has no header"))?;
        let mut target = self.job.fit(&self.catalogue, plan, header, true)?;
        let merge = self.job.merge(plan);
        if self.checkpoint.position.stage == Stage::Resolve {
            self.resolve(&merge, &mut target, purpose).await?;
        } else {
            for (table, resolved) in target.tables.iter_mut().zip(&self.checkpoint.resolved) {
                table.merge.constants.extend(resolved.owner.clone());
            }
        }
        Ok(Planned { merge, target })
    }

    /// Reports what the checkpoint counts, and the bundle's place in its stream.
    async fn settle(&mut self, target: &Target) -> Result<()> {
        self.account.settle(&self.checkpoint, target);
        chained::find(self.connection.session()?, &mut self.account, &self.checkpoint.plan).await
    }

    async fn load(&mut self, purpose: Purpose) -> Result<()> {
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
            purpose,
        };
        load.run().await
    }

    async fn resolve(&mut self, merge: &Merge, target: &mut Target, purpose: Purpose) -> Result<()> {
        let (job, session) = (self.job, self.connection.session()?);
        if job.request.resume {
            remember(target, self.rejects)?;
        }
        let profile = Completed::join(&job.context.profile, &self.catalogue);
        let mut helpers = Vec::new();
        // One helper beside the run's own session: the memory limit allows two sorts, now that no rows are in flight.
        if session.dialect().shares_loading() && job.request.resources.loaders() > 1 {
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
            purpose,
            progress: job.progress(),
            cancel: job.cancel(),
            checkpoint: &mut self.checkpoint,
            open: None,
            helpers,
            with_duplicates: BTreeSet::new(),
        };
        let outcome = resolve.run(target).await;
        self.checkpoint.position.resolve_seconds += began.elapsed().as_secs_f64();
        outcome?;
        self.rejects.check()
    }

    async fn apply(&mut self, merge: &Merge, target: &Target) -> Result<()> {
        let (job, session) = (self.job, self.connection.session()?);
        let checkpoint = &mut self.checkpoint;
        // Done before anything is written: otherwise a run that dies midway would hide its rows from the next export.
        self.account.report.body.oldest_written.clone_from(&checkpoint.position.oldest_written);
        if let Some(run_id) = checkpoint.run_id {
            ledger::note_run(session, run_id, self.account.report).await?;
        }
        if let Some(mut bulk) = session.bulk() {
            bulk.set_readers(0).await?;
        }
        let object_limit = merge.chunk_rows(job.request.object_limit);
        let mut helpers = Vec::new();
        if !session.dialect().has_one_writer() && is_worth_help(&steps(target, &checkpoint.resolved), object_limit) {
            helpers = connect_some(job.request.resources.loaders(), &mut self.account).await?;
        }
        for session in helpers.iter_mut().chain([&mut *session]) {
            for statement in merge.session_settings() {
                session.execute(statement).await?;
            }
        }
        let rows: u64 = checkpoint.resolved.iter().map(|resolved| resolved.last.unsigned_abs()).sum();
        let done = checkpoint.position.insert.1 + checkpoint.position.update.1;
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
        // Lanes count their own retries.
        self.account.report.retries = self.account.report.retries.max(self.checkpoint.position.retries);
        for statement in merge.settings_after() {
            // A lost session has no settings to restore.
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
        checkpoint.position.files_seconds += began.elapsed().as_secs_f64();
        checkpoint.position.stage = Stage::Finish;
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

    /// Records in the report and in the ledger what went wrong, what was done and how to continue.
    async fn fail(&mut self, error: Error) -> Error {
        // A bad bundle stays bad; and if too many rows were rejected before any was written, nothing is lost.
        let hopeless = match error.kind() {
            ErrorKind::Damaged => true,
            ErrorKind::Rejects => self.checkpoint.position.step == (0, 0),
            _ => false,
        };
        let resumable = self.checkpoint.is_resumable() && !hopeless && !self.job.takes_back();
        let error = self.account.fail(error, &self.checkpoint, resumable);
        if let Some(spool) = self.spool.as_mut().filter(|_| resumable) {
            spool.keep();
        }
        let _ = self.account.keep_rejects(self.rejects, false);
        // The run's error takes precedence. A database that is unreachable for the record adds nothing to it.
        let _ = self.record_failure(resumable).await;
        error
    }

    async fn record_failure(&mut self, resumable: bool) -> Result<()> {
        let Some(run_id) = self.checkpoint.run_id else { return Ok(()) };
        self.settle_part();
        let session = self.connection.usable(self.job).await?;
        let saved = Checkpoint::load(session, run_id).await?;
        if let Some(saved) = saved {
            // Uncommitted work does not count.
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

    /// Counts the work of a failed run, as far as it is known.
    fn settle_part(&mut self) {
        let plan = &self.checkpoint.plan;
        let Some(header) = &plan.header else { return };
        if let Ok(target) = self.job.fit(&self.catalogue, plan, header, true) {
            self.account.settle_part(&self.checkpoint, &target);
        }
    }

    /// Releases the lock.
    async fn release(mut self) -> Result<()> {
        let session = self.connection.usable(self.job).await?;
        self.lock.release(session).await
    }

    /// Removes everything that a preview made, and releases the lock.
    async fn discard(mut self) -> Result<()> {
        let session = self.connection.usable(self.job).await?;
        let pid = self.checkpoint.plan.pid;
        let left = tables::of(session, pid).await?;
        drop_tables(session, &left).await?;
        tables::forget(session, pid).await?;
        self.account.report.peak_memory_bytes = peak_memory();
        self.account.report.finished_at = Some(ledger::now(session).await?);
        self.lock.release(session).await?;
        drop_tables(session, &self.created).await
    }
}

/// Returns an error and its cause on one line.
fn in_a_line(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{}: {cause}", error.what()),
        None => error.what().to_owned(),
    }
}
