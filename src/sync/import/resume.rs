//! How a run begins: as a new one, or as one that died and goes on.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use crate::bundle::reader::Dialect as DumpDialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::run::BundleMark;
use crate::run::ledger;
use crate::stream::cancel::Cancel;
use crate::stream::digest::Tap;
use crate::stream::fail;

use super::checkpoint::{Also, Checkpoint, Plan, Stage};
use super::load::{fit_digest, other_bundle};
use super::{Held, Import, drop_tables, files, tables};

/// Bytes of standard input or of the bundle that are digested at once.
const PIECE: usize = 1 << 20;

/// Process ids of Linux end before it.
const NO_PROCESS: u32 = 1 << 22;

impl Import<'_> {
    /// Begins a run, or takes up the one that is to go on.
    ///
    /// # Errors
    /// `Usage`, when there is none to go on; `Database`, `File`.
    pub(super) async fn begin(&mut self, held: &mut Held) -> Result<()> {
        if self.request.resume {
            self.take_up(held).await?;
        } else {
            self.begin_anew(held).await?;
        }
        fail::point("import.begun");
        Ok(())
    }

    async fn begin_anew(&mut self, held: &mut Held) -> Result<()> {
        let mut pid = std::process::id();
        let file = self.request.retry_rejects.as_deref().or(self.request.file.as_deref());
        let file = file.and_then(|path| path.metadata().ok());
        let bytes = file.map_or(0, |file| file.len());
        let session = held.session()?;
        // A preview leaves a run alone that can go on, also one whose process had the same id; and no run touches tables that
        // are not ours.
        while tables::is_taken(session, pid, self.request.dry_run).await? {
            pid = pid.wrapping_add(NO_PROCESS);
        }
        let import_time = ledger::now(session).await?;
        self.report.started_at.clone_from(&import_time);
        let plan = Plan {
            pid,
            import_time,
            bundle: BundleMark { name: self.report.bundle.name.clone(), bytes, ..BundleMark::default() },
            choices: self.choices(),
            rejects_file: std::path::absolute(self.rejects.path()).ok(),
            command: self.request.command.clone(),
            files_root: self.request.files_root.clone(),
            ..Plan::default()
        };
        held.checkpoint = Checkpoint::new(plan);
        if self.request.dry_run {
            return Ok(());
        }
        let session = held.session()?;
        for earlier in Checkpoint::all(session).await? {
            // What is known of a rejects file's rows died with its run.
            let repeated = self.request.retry_rejects.is_some() && earlier.plan.bundle.name == self.report.bundle.name;
            if earlier.plan.pid == pid || repeated {
                // Under one process id there is room for one run's tables.
                forget(session, &earlier).await?;
            } else if !earlier.is_resumable() {
                // It did not get through its bundle, so it has nothing to go on from but takes room. Its checkpoint stays
                // until this run ends: a server may still be making a table for it.
                drop_remains(session, &earlier).await?;
            } else if earlier.plan.bundle.name == self.report.bundle.name {
                self.context.run.progress.warning(format!(
                    "run {} of this bundle was not finished; --resume would go on from it",
                    earlier.run_id.unwrap_or_default()
                ));
            }
        }
        let left = tables::of(session, pid).await?;
        drop_tables(session, &left).await?;
        session.begin().await?;
        let config = self.request.options();
        let run_id = ledger::begin_run(session, "import", &config, &self.report.started_at).await?;
        self.report.run_id = Some(run_id);
        let Held { session, checkpoint, .. } = held;
        checkpoint.run_id = Some(run_id);
        let session = session.as_mut().ok_or_else(|| Error::internal("the database session is gone"))?;
        checkpoint.save(session, Also::All).await?;
        session.commit().await
    }

    /// Options that change the outcome: a run can only go on with the same ones.
    fn choices(&self) -> BTreeMap<String, String> {
        let yes_no = |yes: bool| if yes { "Y" } else { "N" }.to_owned();
        let root = self.request.files_root.as_deref();
        let root = root.map(|root| root.canonicalize().unwrap_or_else(|_| root.to_owned()).display().to_string());
        [
            ("--keep-created-at", yes_no(self.request.keep_created_at)),
            ("--override-description", yes_no(self.request.override_description)),
            ("--dialect", yes_no(self.request.dialect == DumpDialect::Outfile)),
            ("--profile", self.context.profile.digest()),
            ("--files-root", root.unwrap_or_default()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    async fn take_up(&mut self, held: &mut Held) -> Result<()> {
        let session = held.session()?;
        let all = Checkpoint::all(session).await?;
        let Some(newest) = all.first() else { return Err(nothing_to_resume()) };
        let mut digest = None;
        // From standard input the bundle comes once: whether it is needed is known only when its run is.
        let wanted = match &self.request.file {
            Some(path) => {
                self.context.run.progress.phase("read", None, path.metadata().ok().map(|file| file.len()));
                digest = Some(self.digest(Some(path.as_path())).await?);
                self.fitting(&all, digest.as_deref())
            }
            None if newest.is_resumable() && are_there(session, newest).await? => Some(newest),
            None => all.iter().find(|run| run.plan.bundle.name == "-" || !run.plan.bundle.sha256.is_empty()),
        };
        held.checkpoint = wanted.cloned().ok_or_else(nothing_to_resume)?;
        let choices = self.choices();
        let differ: Vec<&str> = choices
            .iter()
            .filter(|(name, value)| held.checkpoint.plan.choices.get(*name) != Some(value))
            .map(|(name, _)| name.as_str())
            .collect();
        if !differ.is_empty() {
            held.checkpoint = Checkpoint::default();
            return Err(Error::usage(format!("the run that is to go on was begun with another {}", differ.join(", ")))
                .hint("Give the options that it was begun with, or import without --resume."));
        }
        self.report.run_id = held.checkpoint.run_id;
        self.report.retries = held.checkpoint.progress.retries;
        self.report.started_at.clone_from(&held.checkpoint.plan.import_time);
        self.require_sync_tables(held).await?;
        self.require_fit(held).await?;
        if held.checkpoint.is_resumable() {
            let read = self.spool_again(held).await?;
            let digest = match digest.or(read) {
                Some(digest) => digest,
                None => {
                    held.unread = false;
                    self.digest(None).await?
                }
            };
            if digest != held.checkpoint.plan.bundle.sha256 {
                // Nothing was touched: the run can still go on with its own bundle.
                if let Some(spool) = &mut held.spool {
                    spool.keep();
                }
                held.checkpoint = Checkpoint::default();
                self.report.run_id = None;
                return Err(other_bundle());
            }
            self.report.bundle =
                BundleMark { name: self.report.bundle.name.clone(), ..held.checkpoint.plan.bundle.clone() };
        }
        if let Some(path) = held.checkpoint.plan.rejects_file.clone() {
            if held.checkpoint.progress.rejects == 0 {
                // The name was free when the run began, so what is there is its own, and none of it counts.
                let _ = std::fs::remove_file(&path);
            }
            self.rejects.go_on_with(path);
        }
        if self.rejects.rewind(held.checkpoint.progress.rejects).is_err() {
            self.warn_once("the rejects file of this run's first part is gone; here is what came after".to_owned());
            self.rejects.rewind(0)?;
            held.checkpoint.progress.rejects = 0;
        }
        self.recount_rejects(&held.checkpoint);
        Ok(())
    }

    /// The run that this bundle belongs to.
    fn fitting<'c>(&self, all: &'c [Checkpoint], digest: Option<&str>) -> Option<&'c Checkpoint> {
        let bytes = self.request.file.as_deref()?.metadata().ok()?.len();
        let same =
            |mark: &BundleMark| mark.sha256.is_empty() && mark.name == self.report.bundle.name && mark.bytes == bytes;
        let by_digest = all.iter().find(|run| digest == Some(run.plan.bundle.sha256.as_str()));
        by_digest.or_else(|| all.iter().find(|run| same(&run.plan.bundle)))
    }

    /// SHA-256 of the bundle.
    async fn digest(&self, path: Option<&Path>) -> Result<String> {
        let path = path.map(Path::to_owned);
        let (progress, cancel) = (self.context.run.progress.clone(), self.context.run.cancel.clone());
        let digested = tokio::task::spawn_blocking(move || match path {
            None => digest_of(std::io::stdin().lock(), &progress, &cancel),
            Some(path) => std::fs::File::open(&path)
                .map_err(|error| Error::file(&path, "the bundle cannot be opened", error))
                .and_then(|file| digest_of(file, &progress, &cancel)),
        });
        digested.await.map_err(|error| Error::internal("digesting the bundle failed").because(error))?
    }

    /// Goes back to the bundle when the sync tables do not hold what the checkpoint says: PostgreSQL empties them when the
    /// server crashes.
    ///
    /// # Errors
    /// `Database`, also when the bundle cannot be read again.
    pub(super) async fn require_sync_tables(&mut self, held: &mut Held) -> Result<()> {
        let Held { session, checkpoint, .. } = &mut *held;
        let session = session.as_mut().ok_or_else(|| Error::internal("the database session is gone"))?;
        if !checkpoint.is_resumable()
            || checkpoint.progress.stage == Stage::Finish
            || are_there(session, checkpoint).await?
        {
            return Ok(());
        }
        self.start_over(held, "the sync tables are gone or empty").await
    }

    /// Goes back to the bundle when the target is not what it was.
    async fn require_fit(&mut self, held: &mut Held) -> Result<()> {
        let Some(header) = held.checkpoint.plan.header.clone() else { return Ok(()) };
        let target = self.fit(held, &header, true)?;
        if held.checkpoint.progress.stage == Stage::Finish || fit_digest(&target) == held.checkpoint.plan.loaded.fit {
            return Ok(());
        }
        self.start_over(held, "the target's tables have changed").await
    }

    async fn start_over(&mut self, held: &mut Held, why: &str) -> Result<()> {
        if !self.can_read(held) {
            return Err(Error::database(format!("{why}, and standard input cannot be read again"))
                .hint("Give the bundle once more with --resume."));
        }
        if held.checkpoint.progress.stage >= Stage::Apply {
            self.warn_once(format!("{why}: the bundle is read again, and rows written before count as unchanged"));
        }
        self.context.run.progress.warning(format!("{why}: the bundle is read again"));
        held.checkpoint.start_over();
        let Held { session, checkpoint, .. } = held;
        let session = session.as_mut().ok_or_else(|| Error::internal("the database session is gone"))?;
        session.begin().await?;
        checkpoint.save(session, Also::All).await?;
        session.commit().await
    }
}

fn nothing_to_resume() -> Error {
    Error::usage("there is no run of this bundle that could go on")
        .hint("Import without --resume; `gapsync cleanup` lists the runs that could go on.")
}

fn digest_of(mut input: impl Read, progress: &crate::event::Progress, cancel: &Cancel) -> Result<String> {
    let mut tap = Tap::default();
    let mut piece = vec![0; PIECE];
    loop {
        cancel.check()?;
        match input.read(&mut piece) {
            Ok(0) => return Ok(tap.finish().sha256_hex()),
            Ok(count) => {
                tap.update(&piece[..count]);
                progress.add_bytes(count as u64);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(Error::new(crate::error::ErrorKind::File, "the bundle cannot be read").because(error));
            }
        }
    }
}

/// Whether every sync table that must hold rows does.
async fn are_there(session: &mut Session, checkpoint: &Checkpoint) -> Result<bool> {
    for raw in checkpoint.tables_with_rows(session.dialect()) {
        let statement = format!("SELECT 1 FROM {} LIMIT 1", session.dialect().ident(&raw));
        match session.query(&statement).await {
            Ok(rows) if rows.is_empty() => return Ok(false),
            Ok(_) => {}
            Err(error) if class_of(&error) == Some(SqlClass::Missing) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Drops what a run left, after which it cannot go on.
///
/// # Errors
/// `Database`.
pub(in crate::sync) async fn forget(session: &mut Session, run: &Checkpoint) -> Result<Vec<String>> {
    if let Some(run_id) = run.run_id {
        // First, for without its tables it could not go on.
        Checkpoint::delete(session, run_id).await?;
    }
    let dropped = drop_remains(session, run).await?;
    tables::forget(session, run.plan.pid).await?;
    Ok(dropped)
}

/// Drops the tables and files that a run left; gives the tables' names.
async fn drop_remains(session: &mut Session, run: &Checkpoint) -> Result<Vec<String>> {
    let mut names = tables::of(session, run.plan.pid).await?;
    if names.is_empty() {
        // An earlier version recorded none.
        let there = session.catalogue().await?;
        names = run.sync_tables(session.dialect());
        names.retain(|name| there.iter().any(|table| table.name == *name));
    }
    drop_tables(session, &names).await?;
    if let Some(root) = &run.plan.files_root {
        files::forget(root, run.plan.pid);
    }
    Ok(names)
}
