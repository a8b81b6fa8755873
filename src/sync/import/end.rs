//! The end of a successful run: its sync tables and checkpoint are removed, and its row in the ledger is completed.

use std::time::Instant;

use crate::db::session::Session;
use crate::error::Result;
use crate::model::manifest::BundleMark;
use crate::run::checkpoint;
use crate::run::ended::peak_memory;
use crate::run::ledger;
use crate::run::lock::Lock;
use crate::stream::fail;
use crate::sync::chain;

use super::account::Account;
use super::again::forget;
use super::checkpoint::{Checkpoint, Stage};
use super::tables::{self, drop_tables};

/// Ends a run.
pub(super) struct Finish<'w, 'a> {
    pub(super) account: &'w mut Account<'a>,
    pub(super) session: &'w mut Session,
    pub(super) lock: &'w Lock,
    pub(super) checkpoint: &'w mut Checkpoint,
    /// When the run began to end.
    pub(super) began: Instant,
}

impl Finish<'_, '_> {
    /// Cleans up and records the end in the ledger.
    ///
    /// # Errors
    /// `Database`; the checkpoint is kept in that case.
    pub(super) async fn run(self) -> Result<()> {
        let Some(run_id) = self.checkpoint.run_id else { return Ok(()) };
        let Self { account, session, lock, checkpoint, began } = self;
        give_up_others(session, account, checkpoint).await?;
        let pid = checkpoint.plan.pid;
        let kept = account.job.request.keep_sync_tables;
        let made = if kept { Vec::new() } else { tables::of(session, pid).await? };
        // MariaDB commits at every DROP, so the run stays unfinished there until all tables are gone.
        let transactional = session.dialect().rolls_back_ddl();
        if transactional {
            session.begin().await?;
        }
        drop_tables(session, &made).await?;
        fail::point("import.dropped");
        if !transactional {
            session.begin().await?;
        }
        lock.check(session).await?;
        account.phase("finish", began.elapsed().as_secs_f64(), 0);
        account.report.peak_memory_bytes = peak_memory();
        account.report.finished_at = Some(ledger::now(session).await?);
        ledger::end_run(session, run_id, account.report).await?;
        if let (Some(header), Some(place)) = (&checkpoint.plan.header, &account.report.body.chain) {
            let BundleMark { name, sha256, .. } = &account.report.body.bundle;
            chain::record(session, header, place, (name, sha256), run_id).await?;
        }
        checkpoint::delete(session, run_id).await?;
        if !kept {
            tables::forget(session, pid).await?;
        }
        session.commit().await?;
        checkpoint.position.stage = Stage::Done;
        fail::point("import.after-finish");
        Ok(())
    }
}

/// Discards other runs that no longer have anything to continue.
async fn give_up_others(session: &mut Session, account: &mut Account<'_>, checkpoint: &Checkpoint) -> Result<()> {
    for earlier in Checkpoint::all(session).await?.into_iter().filter(|earlier| earlier.run_id != checkpoint.run_id) {
        if !earlier.is_resumable() {
            // Drops its tables again: a server may have created one for it since this run began.
            forget(session, &earlier).await?;
        } else if earlier.plan.bundle.sha256 == checkpoint.plan.bundle.sha256 {
            forget(session, &earlier).await?;
            account.warn_once(format!(
                "run {} of the same bundle can no longer be resumed: this run has completed it",
                earlier.run_id.unwrap_or_default()
            ));
        }
    }
    Ok(())
}
