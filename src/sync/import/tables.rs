//! The sync tables of runs. Their names are recorded before they are created, and nothing else is ever dropped, because the
//! platform or another tool may have tables with similar names.
//!
//! The record is stored beside the checkpoints. Its run id is the negated process id, because a preview has no run.

use std::collections::BTreeMap;

use crate::db::error::{SqlClass, class_of};
use crate::db::session::Session;
use crate::error::Result;
use crate::run::checkpoint;

use super::names::sync_table_pid;
use super::target::Target;

/// The part of a checkpoint that holds the names.
const PART: &str = "tables";

/// Records the names of the sync tables that a process is about to create.
///
/// # Errors
/// `Database`.
pub(super) async fn record(session: &mut Session, pid: u32, target: &Target) -> Result<()> {
    let mut names = recorded(session).await?.remove(&pid).unwrap_or_default();
    for table in &target.tables {
        for name in [&table.merge.raw, &table.merge.sync] {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    checkpoint::save(session, id_of(pid), PART, &names).await
}

/// Returns the recorded names by process id.
///
/// # Errors
/// `Database`.
pub(in crate::sync) async fn recorded(session: &mut Session) -> Result<BTreeMap<u32, Vec<String>>> {
    let found = checkpoint::all_with(session, PART).await?;
    let pid = |id: i64| id.checked_neg().and_then(|pid| u32::try_from(pid).ok());
    Ok(found.iter().filter_map(|(id, parts)| pid(*id).zip(parts.read(PART))).collect())
}

/// Returns the recorded tables of a process id that exist.
///
/// # Errors
/// `Database`.
pub(in crate::sync) async fn of(session: &mut Session, pid: u32) -> Result<Vec<String>> {
    let names = recorded(session).await?.remove(&pid).unwrap_or_default();
    if names.is_empty() {
        return Ok(names);
    }
    let there = session.catalogue().await?;
    Ok(names.into_iter().filter(|name| there.iter().any(|table| table.name == *name)).collect())
}

/// Removes the record of a process id whose tables are gone.
///
/// # Errors
/// `Database`.
pub(in crate::sync) async fn forget(session: &mut Session, pid: u32) -> Result<()> {
    checkpoint::delete(session, id_of(pid)).await
}

/// Whose tables keep a new run from using a process id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Those that are not ours. The run drops the others.
    ByOthers,
    /// Also those that another run may still need.
    ByAnyRun,
}

/// Returns whether a new run cannot use a process id, because it is in the names of tables.
///
/// # Errors
/// `Database`.
pub(super) async fn is_taken(session: &mut Session, pid: u32, held: Held) -> Result<bool> {
    let ours = recorded(session).await?.remove(&pid).unwrap_or_default();
    let alike = session.catalogue().await?.into_iter().map(|table| table.name);
    let alike: Vec<String> = alike.filter(|name| sync_table_pid(name) == Some(pid)).collect();
    Ok((held == Held::ByAnyRun && !ours.is_empty()) || alike.iter().any(|name| !ours.contains(name)))
}

fn id_of(pid: u32) -> i64 {
    -i64::from(pid)
}

/// Creates a sync table. Replaces one that an earlier process of this run left: a server may have created it after that process
/// died.
///
/// # Errors
/// `Database`.
pub(super) async fn make_table(session: &mut Session, name: &str, create: &str) -> Result<()> {
    match session.execute(create).await {
        Err(error) if class_of(&error) == Some(SqlClass::Exists) => {
            drop_tables(session, &[name.to_owned()]).await?;
            session.execute(create).await.map(|_| ())
        }
        made => made.map(|_| ()),
    }
}

/// Drops tables, all or none if the engine allows.
///
/// # Errors
/// `Database`.
pub(in crate::sync) async fn drop_tables(session: &mut Session, names: &[String]) -> Result<()> {
    for name in names {
        let statement = format!("DROP TABLE IF EXISTS {}", session.dialect().ident(name));
        session.execute(&statement).await.map_err(|error| error.at_table(name))?;
    }
    Ok(())
}
