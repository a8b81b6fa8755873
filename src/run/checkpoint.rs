//! The checkpoints of runs, kept in the database that they write to. A checkpoint has parts with names, each a row of JSON,
//! because they change at different times; what is in them is the stage's concern.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ledger::clock;
use crate::db::session::Session;
use crate::error::{Error, Result};

/// The parts of a checkpoint, as JSON by name.
pub struct Parts(BTreeMap<String, String>);

impl Parts {
    /// Reads a part. Returns `None` if it is missing or has another shape.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self, part: &str) -> Option<T> {
        serde_json::from_str(self.0.get(part)?).ok()
    }
}

/// Writes a part of a run's checkpoint, in the open transaction if there is one.
///
/// # Errors
/// `Database`.
pub async fn save<T: Serialize>(session: &mut Session, run_id: i64, part: &str, state: &T) -> Result<()> {
    let json = serde_json::to_string(state)
        .map_err(|error| Error::internal("a checkpoint cannot be written as JSON").because(error))?;
    let (state, now, part) =
        (session.dialect().literal(&json), clock(session.dialect()), session.dialect().literal(part));
    let update = format!(
        "UPDATE gapsync_checkpoint SET state = {state}, updated_at = {now} WHERE run_id = {run_id} AND part = {part}"
    );
    if session.execute(&update).await? == 0 {
        let insert = format!(
            "INSERT INTO gapsync_checkpoint (run_id, part, state, updated_at) VALUES ({run_id}, {part}, {state}, {now})"
        );
        session.execute(&insert).await?;
    }
    Ok(())
}

/// Returns the checkpoints of all runs, the newest first.
///
/// # Errors
/// `Database`.
pub async fn all(session: &mut Session) -> Result<Vec<(i64, Parts)>> {
    select(session, "").await
}

/// Returns the checkpoint of a run.
///
/// # Errors
/// `Database`.
pub async fn of_run(session: &mut Session, run_id: i64) -> Result<Option<Parts>> {
    Ok(select(session, &format!("WHERE run_id = {run_id} ")).await?.pop().map(|(_, parts)| parts))
}

/// Returns one part of each checkpoint that has it, the newest first.
///
/// # Errors
/// `Database`.
pub async fn all_with(session: &mut Session, part: &str) -> Result<Vec<(i64, Parts)>> {
    let only = format!("WHERE part = {} ", session.dialect().literal(part));
    select(session, &only).await
}

/// Removes the checkpoint of a run.
///
/// # Errors
/// `Database`.
pub async fn delete(session: &mut Session, run_id: i64) -> Result<()> {
    session.execute(&format!("DELETE FROM gapsync_checkpoint WHERE run_id = {run_id}")).await.map(|_| ())
}

async fn select(session: &mut Session, only: &str) -> Result<Vec<(i64, Parts)>> {
    let statement = format!("SELECT run_id, part, state FROM gapsync_checkpoint {only}ORDER BY run_id DESC, part");
    let mut runs: BTreeMap<i64, BTreeMap<String, String>> = BTreeMap::new();
    for row in session.query(&statement).await? {
        let mut cells = row.into_iter().flatten();
        let id = cells.next().and_then(|id| id.parse().ok());
        if let (Some(id), Some(part), Some(state)) = (id, cells.next(), cells.next()) {
            runs.entry(id).or_default().insert(part, state);
        }
    }
    Ok(runs.into_iter().rev().map(|(id, parts)| (id, Parts(parts))).collect())
}
