//! Decides whether a run can continue from its checkpoint, and restarts it from its bundle or discards it if not.

use crate::db::error::{SqlClass, class_of};
use crate::db::session::Session;
use crate::error::{Error, Result};

use super::account::Account;
use super::checkpoint::{Also, Checkpoint, Stage};
use super::tables::drop_tables;
use super::{files, tables};
use crate::run::checkpoint;

/// Why a run has to start over with its bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// PostgreSQL empties unlogged tables when the server crashes.
    SyncTables,
    /// The target was changed in the meantime.
    Target,
}

impl Reason {
    fn text(self) -> &'static str {
        match self {
            Self::SyncTables => "the sync tables are gone or empty",
            Self::Target => "the target's tables have changed",
        }
    }
}

/// Returns whether the sync tables match the checkpoint, as far as the remaining stages need them.
///
/// # Errors
/// `Database`.
pub(super) async fn has_sync_tables(session: &mut Session, checkpoint: &Checkpoint) -> Result<bool> {
    if !checkpoint.is_resumable() || checkpoint.position.stage == Stage::Finish {
        return Ok(true);
    }
    are_there(session, checkpoint).await
}

/// Returns whether every sync table that must hold rows does.
///
/// # Errors
/// `Database`.
pub(super) async fn are_there(session: &mut Session, checkpoint: &Checkpoint) -> Result<bool> {
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

/// Starts over with the bundle, and says why.
///
/// # Errors
/// `Database`, also if the bundle cannot be read again.
pub(super) async fn start_over(
    session: &mut Session,
    checkpoint: &mut Checkpoint,
    account: &mut Account<'_>,
    (why, can_be_read): (Reason, bool),
) -> Result<()> {
    let why = why.text();
    if !can_be_read {
        return Err(Error::database(format!("{why}, and standard input cannot be read again"))
            .hint("Supply the bundle again with --resume."));
    }
    if checkpoint.position.stage >= Stage::Apply {
        account.warn_once(format!(
            "{why}: the bundle is read again, and rows that were already written count as unchanged"
        ));
    }
    account.job.progress().warning(format!("{why}: the bundle is read again"));
    checkpoint.start_over();
    session.begin().await?;
    checkpoint.save(session, Also::All).await?;
    session.commit().await
}

/// Drops what a run left behind, so that it cannot continue; returns the names of the dropped tables.
///
/// # Errors
/// `Database`.
pub(in crate::sync) async fn forget(session: &mut Session, run: &Checkpoint) -> Result<Vec<String>> {
    if let Some(run_id) = run.run_id {
        // The checkpoint goes first, because it is useless without the tables.
        checkpoint::delete(session, run_id).await?;
    }
    let dropped = drop_remains(session, run).await?;
    tables::forget(session, run.plan.pid).await?;
    Ok(dropped)
}

/// Drops the tables and files that a run left behind; returns the tables' names.
///
/// # Errors
/// `Database`.
pub(super) async fn drop_remains(session: &mut Session, run: &Checkpoint) -> Result<Vec<String>> {
    let mut names = tables::of(session, run.plan.pid).await?;
    if names.is_empty() {
        // An earlier version recorded no names.
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
