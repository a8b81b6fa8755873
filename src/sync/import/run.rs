//! The stages of a run, each from where the checkpoint says that it stands; and trying again after trouble that passes.

use std::time::Instant;

use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::profile::Profile;
use crate::model::schema::Table;
use crate::run::backoff::{self, Backoff};
use crate::run::ledger;
use crate::stream::fail;
use crate::sync::merge::Merge;

use super::apply::Apply;
use super::checkpoint::{Also, Checkpoint, Progress, Stage};
use super::files::{FileTable, Placing};
use super::reject::remember;
use super::resolve::Resolve;
use super::steps::{is_worth_help, steps};
use super::target::Target;
use super::{Held, Import};

fn lost() -> Error {
    Error::internal("the database session is gone")
}

impl Import<'_> {
    /// Runs all stages, again from the last checkpoint when the trouble is one that passes.
    ///
    /// # Errors
    /// What ended the run for good.
    pub(super) async fn attempts(&mut self, held: &mut Held) -> Result<()> {
        let mut backoff = Backoff::default();
        let mut reached = Progress::default();
        loop {
            let Err(mut error) = Box::pin(self.attempt(held)).await else { return Ok(()) };
            loop {
                let can_go_on = held.checkpoint.is_resumable() || self.can_read(held);
                if held.checkpoint.run_id.is_none() || !backoff::passes(&error) || !can_go_on {
                    return Err(error);
                }
                let Some(wait) = backoff.delay() else { return Err(error) };
                self.context.run.progress.warning(format!("{}; trying again", reason(&error)));
                backoff::wait(wait, &self.context.run.cancel).await?;
                self.report.retries += 1;
                match self.recover(held).await {
                    Ok(()) => break,
                    Err(again) => error = again,
                }
            }
            held.checkpoint.progress.retries = reached.retries;
            if held.checkpoint.progress != reached {
                backoff.reset();
                reached = held.checkpoint.progress.clone();
            }
            held.checkpoint.progress.retries = self.report.retries;
        }
    }

    /// Connects anew and takes up the last checkpoint: a commit whose answer was lost may have been done.
    async fn recover(&mut self, held: &mut Held) -> Result<()> {
        if let Some(mut session) = held.session.take() {
            let _ = session.rollback().await;
        }
        let mut session = self.connect().await?;
        held.lock.check(&mut session).await?;
        let run_id = held.checkpoint.run_id.unwrap_or_default();
        let found = Checkpoint::load(&mut session, run_id).await?;
        held.session = Some(session);
        match found {
            Some(found) => held.checkpoint = found,
            // The last thing that a run does with it is to remove it.
            None if held.checkpoint.progress.stage == Stage::Finish => {
                held.checkpoint.progress.stage = Stage::Done;
                return Ok(());
            }
            None => return Err(Error::database("the run's checkpoint is gone")),
        }
        self.rejects.rewind(held.checkpoint.progress.rejects)?;
        self.recount_rejects(&held.checkpoint);
        self.require_sync_tables(held).await
    }

    /// Tells how many rows were rejected before.
    pub(super) fn recount_rejects(&mut self, checkpoint: &Checkpoint) {
        if checkpoint.is_resumable() {
            let staged = checkpoint.plan.loaded.counts.values();
            let rejected: u64 = staged.clone().map(|counts| counts.rejected).sum();
            let refused: u64 = checkpoint.resolved.iter().map(|resolved| resolved.counts.rejected).sum();
            self.rejects.recount(staged.map(|counts| counts.staged).sum(), rejected + refused);
        }
    }

    /// Runs the stages that are left.
    async fn attempt(&mut self, held: &mut Held) -> Result<()> {
        if held.checkpoint.progress.stage == Stage::Done {
            return Ok(());
        }
        let jobs = self.request.resources.loaders();
        held.session()?.set_readers(if jobs > 1 { jobs } else { 0 }).await?;
        if held.checkpoint.progress.stage == Stage::Load {
            Box::pin(self.load(held)).await?;
        }
        let header = held.checkpoint.plan.header.take().ok_or_else(|| Error::internal("a checkpoint has no header"))?;
        let fitted = self.fit(held, &header, false).and_then(|_| self.fit(held, &header, true));
        held.checkpoint.plan.header = Some(header);
        let mut target = fitted?;
        let merge = self.merge(held);
        if held.checkpoint.progress.stage == Stage::Resolve {
            self.resolve(held, &merge, &mut target).await?;
        } else {
            for (table, resolved) in target.tables.iter_mut().zip(&held.checkpoint.resolved) {
                table.merge.given.extend(resolved.owner.clone());
            }
        }
        if held.checkpoint.progress.stage == Stage::Apply && !self.request.dry_run {
            self.apply(held, &merge, &target).await?;
        }
        if held.checkpoint.progress.stage < Stage::Finish {
            self.files(held, &merge, &target).await?;
        }
        self.account(&held.checkpoint, &target);
        self.find_place(held).await?;
        self.conclude();
        self.list_kept(held, &merge, &target).await?;
        if self.request.dry_run { Ok(()) } else { self.finish(held).await }
    }

    async fn resolve(&mut self, held: &mut Held, merge: &Merge, target: &mut Target) -> Result<()> {
        let Held { session, lock, checkpoint, catalogue, .. } = held;
        let session = session.as_mut().ok_or_else(lost)?;
        if self.request.resume {
            remember(target, self.rejects)?;
        }
        let profile = Completed::join(&self.context.profile, catalogue);
        let mut helpers = Vec::new();
        // One that sorts beside the run's own session: two are what the memory limit allows, now that no rows are in flight.
        if session.loads_together() && self.request.resources.loaders() > 1 {
            helpers = self.connect_some(1, 0).await?;
        }
        let rows = checkpoint.plan.loaded.counts.values().map(|counts| counts.staged).sum();
        self.context.run.progress.phase("resolve", Some(rows), None);
        let began = Instant::now();
        let mut resolve = Resolve {
            session,
            lock,
            merge,
            profile: &profile,
            rejects: self.rejects,
            preview: self.request.dry_run,
            progress: &self.context.run.progress,
            cancel: &self.context.run.cancel,
            checkpoint,
            open: None,
            helpers,
        };
        let outcome = resolve.run(target).await;
        checkpoint.progress.resolve_seconds += began.elapsed().as_secs_f64();
        outcome?;
        self.rejects.check()
    }

    async fn apply(&mut self, held: &mut Held, merge: &Merge, target: &Target) -> Result<()> {
        let Held { session, lock, checkpoint, .. } = held;
        let session = session.as_mut().ok_or_else(lost)?;
        // Before anything is written: a run that dies in the middle must not hide what it wrote from the next export.
        self.report.oldest_written.clone_from(&checkpoint.progress.oldest_written);
        if let Some(run_id) = checkpoint.run_id {
            ledger::note_run(session, run_id, self.report).await?;
        }
        session.set_readers(0).await?;
        let object_limit = merge.chunk_rows(self.request.object_limit);
        let mut helpers = Vec::new();
        if !session.loads_alone() && is_worth_help(&steps(target, &checkpoint.resolved), object_limit) {
            helpers = self.connect_some(self.request.resources.loaders(), 0).await?;
        }
        for session in helpers.iter_mut().chain([&mut *session]) {
            for statement in merge.session_settings() {
                session.execute(statement).await?;
            }
        }
        let rows: u64 = checkpoint.resolved.iter().map(|resolved| resolved.last.unsigned_abs()).sum();
        let done = checkpoint.progress.insert.1 + checkpoint.progress.update.1;
        self.context.run.progress.phase("merge", Some(rows.saturating_sub(done)), None);
        self.rejects.applying();
        let mut apply = Apply {
            target,
            session,
            lock,
            merge,
            rejects: self.rejects,
            progress: &self.context.run.progress,
            cancel: &self.context.run.cancel,
            object_limit,
            checkpoint,
            open: None,
            since: Instant::now(),
            recounted: false,
            helpers,
        };
        let outcome = apply.run().await;
        // Lanes try again by themselves.
        self.report.retries = self.report.retries.max(checkpoint.progress.retries);
        for statement in merge.settings_after() {
            // A session that is lost has nothing to set back.
            let _ = session.execute(statement).await;
        }
        outcome
    }

    async fn files(&mut self, held: &mut Held, merge: &Merge, target: &Target) -> Result<()> {
        fail::point("import.files");
        let Held { session, checkpoint, spool, catalogue, .. } = held;
        let session = session.as_mut().ok_or_else(lost)?;
        let spool = spool.as_ref().ok_or_else(|| Error::internal("the files of the bundle are gone"))?;
        self.context.run.progress.phase("files", None, None);
        let began = Instant::now();
        let tables = file_tables(&self.context.profile, catalogue);
        let cancel = &self.context.run.cancel;
        Placing { session, merge, target, tables: &tables, checkpoint, cancel }.run(spool).await?;
        checkpoint.progress.files_seconds += began.elapsed().as_secs_f64();
        checkpoint.progress.stage = Stage::Finish;
        checkpoint.save(session, Also::Nothing).await
    }

    /// Puts a warning into the report, unless it is there.
    pub(super) fn warn_once(&mut self, warning: String) {
        if !self.report.warnings.contains(&warning) {
            self.report.warnings.push(warning);
        }
    }
}

/// The tables of the target whose rows have files.
fn file_tables(profile: &Profile, catalogue: &[Table]) -> Vec<FileTable> {
    let mut tables = Vec::new();
    for rules in &profile.tables {
        let (Some(files), Some(table)) = (&rules.files, catalogue.iter().find(|table| table.name == rules.name)) else {
            continue;
        };
        let has = |name: &str| table.column(name).is_some();
        if has(&rules.id) && has(&files.path) && has(&files.digest) {
            tables.push(FileTable {
                name: rules.name.clone(),
                id: rules.id.clone(),
                path: files.path.clone(),
                digest: files.digest.clone(),
                date: has(&rules.date).then(|| rules.date.clone()),
            });
        }
    }
    tables
}

/// An error and its cause in a line.
fn reason(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{}: {cause}", error.what()),
        None => error.what().to_owned(),
    }
}
