//! Begins a run, either a new one or one that is resumed.

use std::collections::BTreeMap;

use crate::bundle::reader::DumpFormat;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::manifest::BundleMark;
use crate::model::schema::Table;
use crate::run::ledger;
use crate::run::rejects::Rejects;
use crate::run::report::Body;
use crate::stream::fail;
use crate::sync::report::ImportBody;

use super::account::Account;
use super::again::{self, Reason, drop_remains, forget};
use super::bundle::Bundle;
use super::checkpoint::{Also, Checkpoint, Plan, Stage};
use super::files::Spool;
use super::job::Job;
use super::load::{fit_digest, other_bundle};
use super::request::Input;
use super::tables::{self, drop_tables};

/// Process ids on Linux are below this number.
const NO_PROCESS: u32 = 1 << 22;

/// Begins a run. Afterwards its checkpoint exists and, for a resumed run, so do its files.
pub(super) struct Begin<'w, 'a> {
    pub(super) job: Job<'a>,
    pub(super) account: &'w mut Account<'a>,
    pub(super) rejects: &'w mut Rejects,
    pub(super) session: &'w mut Session,
    pub(super) catalogue: &'w [Table],
    pub(super) bundle: &'w mut Bundle<'a>,
    pub(super) checkpoint: &'w mut Checkpoint,
    pub(super) spool: &'w mut Option<Spool>,
}

impl Begin<'_, '_> {
    /// Begins a new run, or takes up the one to be resumed.
    ///
    /// # Errors
    /// `Usage` if there is no run to resume; `Database`, `File`.
    pub(super) async fn run(mut self) -> Result<()> {
        if self.job.request.resume {
            self.take_up().await?;
        } else {
            self.anew().await?;
        }
        fail::point("import.begun");
        Ok(())
    }

    /// Begins a preview, which is not recorded and leaves resumable runs alone, even one whose process had the same id.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn preview(mut self) -> Result<()> {
        self.describe(tables::Held::ByAnyRun).await?;
        fail::point("import.begun");
        Ok(())
    }

    async fn anew(&mut self) -> Result<()> {
        self.describe(tables::Held::ByOthers).await?;
        let Plan { pid, bundle, .. } = &self.checkpoint.plan;
        let (pid, name) = (*pid, bundle.name.clone());
        self.clear(pid, &name).await?;
        self.session.begin().await?;
        let (started_at, options) = (&self.account.report.started_at, self.job.request.options());
        let run_id = ledger::begin_run(self.session, ImportBody::KIND, &options, started_at).await?;
        self.account.report.run_id = Some(run_id);
        self.checkpoint.run_id = Some(run_id);
        self.checkpoint.save(self.session, Also::All).await?;
        self.session.commit().await
    }

    /// Notes in a new checkpoint what the run is about. No run touches tables that are not ours.
    async fn describe(&mut self, held: tables::Held) -> Result<()> {
        let request = self.job.request;
        let mut pid = std::process::id();
        while tables::is_taken(self.session, pid, held).await? {
            pid = pid.wrapping_add(NO_PROCESS);
        }
        let import_time = ledger::now(self.session).await?;
        self.account.report.started_at.clone_from(&import_time);
        let (name, bytes) = (self.account.report.body.bundle.name.clone(), request.input.bytes().unwrap_or(0));
        *self.checkpoint = Checkpoint::new(Plan {
            pid,
            import_time,
            bundle: BundleMark { name, bytes, ..BundleMark::default() },
            choices: self.choices(),
            rejects_file: std::path::absolute(self.rejects.path()).ok(),
            command: request.command.clone(),
            files_root: request.files_root.clone(),
            ..Plan::default()
        });
        Ok(())
    }

    /// Makes room for a run: drops the remains of earlier runs that cannot be resumed, and warns about those that can.
    async fn clear(&mut self, pid: u32, bundle: &str) -> Result<()> {
        for earlier in Checkpoint::all(self.session).await? {
            // What was known about the rows of a rejects file was lost with its run.
            let repeated = self.job.takes_back() && earlier.plan.bundle.name == bundle;
            if earlier.plan.pid == pid || repeated {
                // One process id has room for the tables of one run.
                forget(self.session, &earlier).await?;
            } else if !earlier.is_resumable() {
                // It did not finish reading its bundle, so it cannot be resumed but takes up space. Its checkpoint is kept
                // until this run ends, because a server may still be creating a table for it.
                drop_remains(self.session, &earlier).await?;
            } else if earlier.plan.bundle.name == bundle {
                self.job.progress().warning(format!(
                    "run {} of this bundle was not finished; --resume continues it",
                    earlier.run_id.unwrap_or_default()
                ));
            }
        }
        let left = tables::of(self.session, pid).await?;
        drop_tables(self.session, &left).await
    }

    /// Returns the options that affect the result: a run can be resumed only with the same ones.
    fn choices(&self) -> BTreeMap<String, String> {
        let request = self.job.request;
        let yes_no = |yes: bool| if yes { "Y" } else { "N" }.to_owned();
        let root = request.files_root.as_deref();
        let root = root.map(|root| root.canonicalize().unwrap_or_else(|_| root.to_owned()).display().to_string());
        let chosen = &self.job.context.profile.chosen;
        let set = chosen.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n");
        let choices = [
            ("--keep-created-at", yes_no(request.keep_created_at)),
            ("--override-description", yes_no(request.override_description)),
            ("--dialect", yes_no(request.dialect == DumpFormat::Outfile)),
            ("--profile", self.job.context.profile.digest()),
            ("--files-root", root.unwrap_or_default()),
            ("--set", set),
        ];
        let made = choices.into_iter().filter(|(name, value)| *name != "--set" || !value.is_empty());
        made.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    async fn take_up(&mut self) -> Result<()> {
        let (found, digest) = self.find().await?;
        self.require_choices(&found)?;
        *self.checkpoint = found;
        self.account.report.run_id = self.checkpoint.run_id;
        self.account.report.retries = self.checkpoint.position.retries;
        self.account.report.started_at.clone_from(&self.checkpoint.plan.import_time);
        self.require_what_it_left().await?;
        if self.checkpoint.is_resumable() {
            self.require_bundle(digest).await?;
        }
        self.go_on_with_rejects()
    }

    /// Finds the run to be resumed. The digest of the bundle is returned too if the bundle was read for the search.
    async fn find(&mut self) -> Result<(Checkpoint, Option<String>)> {
        let all = Checkpoint::all(self.session).await?;
        let Some(newest) = all.first() else { return Err(nothing_to_resume()) };
        let mut digest = None;
        // Standard input can be read only once, and only the run shows whether it is needed.
        let wanted = if self.job.request.input == Input::Stdin {
            if newest.is_resumable() && again::are_there(self.session, newest).await? {
                Some(newest)
            } else {
                all.iter().find(|run| run.plan.bundle.name == "-" || !run.plan.bundle.sha256.is_empty())
            }
        } else {
            self.job.progress().phase("read", None, self.job.request.input.bytes());
            digest = Some(self.bundle.digest().await?);
            self.of_this_bundle(&all, digest.as_deref())
        };
        Ok((wanted.cloned().ok_or_else(nothing_to_resume)?, digest))
    }

    /// Returns the run to which this bundle belongs.
    fn of_this_bundle<'c>(&self, all: &'c [Checkpoint], digest: Option<&str>) -> Option<&'c Checkpoint> {
        let bytes = self.job.request.input.bytes()?;
        let name = &self.account.report.body.bundle.name;
        let same = |mark: &BundleMark| mark.sha256.is_empty() && mark.name == *name && mark.bytes == bytes;
        let by_digest = all.iter().find(|run| digest == Some(run.plan.bundle.sha256.as_str()));
        by_digest.or_else(|| all.iter().find(|run| same(&run.plan.bundle)))
    }

    fn require_choices(&self, found: &Checkpoint) -> Result<()> {
        let choices = self.choices();
        let differ: Vec<&str> = choices
            .iter()
            .filter(|(name, value)| found.plan.choices.get(*name) != Some(value))
            .map(|(name, _)| name.as_str())
            .collect();
        if differ.is_empty() {
            return Ok(());
        }
        Err(Error::usage(format!("the run to be resumed was started with another {}", differ.join(", ")))
            .hint("Use the options it was started with, or import without --resume."))
    }

    /// Starts over with the bundle if the sync tables or the target have changed.
    async fn require_what_it_left(&mut self) -> Result<()> {
        let reason = if !again::has_sync_tables(self.session, self.checkpoint).await? {
            Some(Reason::SyncTables)
        } else if self.fits_as_before()? {
            None
        } else {
            Some(Reason::Target)
        };
        match reason {
            None => Ok(()),
            Some(why) => {
                let why = (why, self.bundle.can_be_read());
                again::start_over(self.session, self.checkpoint, self.account, why).await
            }
        }
    }

    fn fits_as_before(&self) -> Result<bool> {
        let Checkpoint { plan, position, .. } = &*self.checkpoint;
        let Some(header) = &plan.header else { return Ok(true) };
        let target = self.job.fit(self.catalogue, plan, header, true)?;
        Ok(position.stage == Stage::Finish || fit_digest(&target) == plan.loaded.fit)
    }

    /// Takes up the files of the bundle, and refuses any bundle but that of the run.
    async fn require_bundle(&mut self, digest: Option<String>) -> Result<()> {
        let (mut spool, read) = self.bundle.files(self.catalogue, self.checkpoint).await?;
        let digest = match digest.or(read) {
            Some(digest) => digest,
            None => self.bundle.digest().await?,
        };
        if digest != self.checkpoint.plan.bundle.sha256 {
            // Nothing was touched, so the run can still be resumed with its own bundle.
            spool.keep();
            *self.checkpoint = Checkpoint::default();
            self.account.report.run_id = None;
            return Err(other_bundle());
        }
        *self.spool = Some(spool);
        let report = &mut *self.account.report;
        report.body.bundle =
            BundleMark { name: report.body.bundle.name.clone(), ..self.checkpoint.plan.bundle.clone() };
        Ok(())
    }

    fn go_on_with_rejects(&mut self) -> Result<()> {
        if let Some(path) = self.checkpoint.plan.rejects_file.clone() {
            if self.checkpoint.position.rejects == 0 {
                // The name was free when the run began, so this file is the run's own, and nothing in it counts.
                let _ = std::fs::remove_file(&path);
            }
            self.rejects.go_on_with(path);
        }
        if self.rejects.rewind(self.checkpoint.position.rejects).is_err() {
            self.account.warn_once(
                "the rejects file from the first part of this run is gone; this one has only what came later"
                    .to_owned(),
            );
            self.rejects.rewind(0)?;
            self.checkpoint.position.rejects = 0;
        }
        self.checkpoint.recount(self.rejects);
        Ok(())
    }
}

fn nothing_to_resume() -> Error {
    Error::usage("there is no run of this bundle to resume")
        .hint("Import without --resume; `gapsync cleanup` lists the runs that can be resumed.")
}
