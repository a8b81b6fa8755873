//! `history` and `cleanup`.

use serde::Serialize;

use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::schema::Table;
use crate::run::ledger;
use crate::run::lock::Lock;

use super::Context;
use super::chain::{self, StreamState};
use super::import::checkpoint::Checkpoint;
use super::import::forget;
use super::import::tables::{self, drop_tables};
use super::moment;

/// A row of `synchronizations`.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Id.
    pub id: i64,
    /// `export` or `import`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in the report, or `unfinished` for a run that is in progress or died.
    pub status: String,
    /// When it began, UTC.
    pub started_at: String,
    /// When it ended. `None`: it failed, is in progress, or died.
    pub finished_at: Option<String>,
    /// Process id.
    pub pid: Option<i64>,
    /// MD5 of `config_json`.
    pub hash: Option<String>,
    /// Scope options.
    pub config: serde_json::Value,
    /// The report.
    pub report: serde_json::Value,
}

/// Reads all runs, newest first, or the one with an id.
///
/// # Errors
/// `Database`; `Usage` if no run has that id.
pub async fn history(run: Option<i64>, context: &Context) -> Result<Vec<Run>> {
    let mut session = Session::open(&context.database, OpenMode::ReadOnly).await?;
    let catalogue = session.catalogue().await?;
    let mut runs = Vec::new();
    if catalogue.iter().any(|table| table.name == "synchronizations") {
        let only = run.map(|id| format!("WHERE id = {id} ")).unwrap_or_default();
        let statement = format!(
            "SELECT id, type, started_at, finished_at, pid, hash, config_json, report_json FROM synchronizations \
             {only}ORDER BY id DESC"
        );
        runs = session.query(&statement).await?.into_iter().filter_map(read).collect();
    }
    match run {
        Some(id) if runs.is_empty() => {
            Err(Error::usage(format!("there is no run {id}"))
                .hint("`gapsync history` lists the runs of this database."))
        }
        _ => Ok(runs),
    }
}

/// Reads the streams that were imported into the database, with their missing bundles.
///
/// # Errors
/// `Database`.
pub async fn streams(context: &Context) -> Result<Vec<StreamState>> {
    let mut session = Session::open(&context.database, OpenMode::ReadOnly).await?;
    let catalogue = session.catalogue().await?;
    streams_of(&mut session, &catalogue).await
}

/// Like [`streams`], for an open session and a known catalogue.
///
/// # Errors
/// As [`streams`].
pub(super) async fn streams_of(session: &mut Session, catalogue: &[Table]) -> Result<Vec<StreamState>> {
    if !["gapsync_applied", "gapsync_gap"].iter().all(|name| catalogue.iter().any(|table| table.name == *name)) {
        return Ok(Vec::new());
    }
    let now = ledger::now(session).await?;
    chain::streams(session, &now).await
}

/// A finished import.
pub(super) struct PastImport {
    /// Its id.
    pub(super) run: i64,
    /// Rows in its bundle.
    pub(super) rows: u64,
    /// Its duration.
    pub(super) seconds: f64,
}

/// Reads the last finished imports, the newest first.
///
/// # Errors
/// `Database`.
pub(super) async fn last_imports(session: &mut Session, catalogue: &[Table], most: usize) -> Result<Vec<PastImport>> {
    if !catalogue.iter().any(|table| table.name == "synchronizations") {
        return Ok(Vec::new());
    }
    let statement = format!(
        "SELECT id, type, started_at, finished_at, pid, hash, config_json, report_json FROM synchronizations \
         WHERE type = 'import' AND finished_at IS NOT NULL ORDER BY id DESC LIMIT {most}"
    );
    let runs = session.query(&statement).await?.into_iter().filter_map(read);
    let past = |run: Run| {
        let rows = run.report.get("totals")?.get("staged")?.as_u64()?;
        let (began, ended) = (moment::read(&run.started_at)?, moment::read(run.finished_at.as_deref()?)?);
        Some(PastImport { run: run.id, rows, seconds: (ended - began) as f64 / moment::SECOND as f64 })
    };
    Ok(runs.filter_map(past).collect())
}

/// Reads a run from its cells. Returns `None` if the row has no id, which cannot happen.
fn read(row: Vec<Option<String>>) -> Option<Run> {
    let mut cells = row.into_iter();
    let mut next = || cells.next().flatten();
    let id = next()?.parse().ok()?;
    let (kind, started_at, finished_at) = (next(), next(), next());
    let (pid, hash, config, report) = (next(), next(), next(), next());
    let report = report.map_or(serde_json::Value::Null, |text| json(&text));
    let reported = report.get("status").and_then(serde_json::Value::as_str);
    let status = match (reported, &finished_at) {
        (Some("failed"), _) => "failed",
        (Some("interrupted"), _) => "interrupted",
        (_, None) => "unfinished",
        (reported, Some(_)) => reported.unwrap_or("finished"),
    };
    // The column is only for runs that finished. For an interrupted run, the report has the time.
    let stopped = report.get("finished_at").and_then(serde_json::Value::as_str).filter(|_| status == "interrupted");
    let finished_at = finished_at.or_else(|| stopped.map(str::to_owned));
    Some(Run {
        id,
        kind: kind.unwrap_or_default(),
        status: status.to_owned(),
        started_at: neutral_time(&started_at.unwrap_or_default()),
        finished_at: finished_at.map(|time| neutral_time(&time)),
        pid: pid.and_then(|pid| pid.parse().ok()),
        hash,
        config: config.map_or(serde_json::Value::Null, |text| json(&text)),
        report,
    })
}

/// Parses JSON. Other programs write this table too, so other text becomes a JSON string.
fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()))
}

/// Returns a time as an engine prints it, with six digits of fraction or none.
fn neutral_time(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().any(|digit| digit != b'0') => format!("{whole}.{fraction:0<6}"),
        Some((whole, _)) => whole.to_owned(),
        None => text.to_owned(),
    }
}

/// The result of a cleanup.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cleanup {
    /// Sync tables that were dropped.
    pub dropped: Vec<String>,
    /// Runs whose sync tables are kept, because they can be resumed.
    pub resumable: Vec<Resumable>,
}

/// A run that can be resumed.
#[derive(Clone, Debug, Serialize)]
pub struct Resumable {
    /// Its id.
    pub run_id: i64,
    /// Name of its bundle.
    pub bundle: String,
    /// The command that resumes it.
    pub resume: Option<String>,
}

/// Drops sync tables left behind by dead runs, and with `force` also those of runs that could be resumed.
///
/// # Errors
/// `Database`; `Locked` if a run is in progress.
pub async fn cleanup(force: bool, context: &Context) -> Result<Cleanup> {
    let mut session = Session::open(&context.database, OpenMode::ReadWrite).await?;
    let catalogue = session.catalogue().await?;
    // Runs need the ledger, so without one there is nothing to drop.
    if !ledger::is_whole(&catalogue) {
        return Ok(Cleanup::default());
    }
    let lock = Lock::acquire(&mut session, &context.database, &context.run.progress).await?;
    let outcome = tidy_up(&mut session, force).await;
    lock.release(&mut session).await?;
    outcome
}

async fn tidy_up(session: &mut Session, force: bool) -> Result<Cleanup> {
    let mut found = Cleanup::default();
    let mut pids = Vec::new();
    for run in Checkpoint::all(session).await? {
        if run.is_resumable() && !force {
            pids.push(run.plan.pid);
            found.resumable.push(Resumable {
                run_id: run.run_id.unwrap_or_default(),
                bundle: run.plan.bundle.name,
                resume: run.plan.command,
            });
        } else {
            found.dropped.extend(forget(session, &run).await?);
        }
    }
    // Previews, and runs whose checkpoint is gone or has another version.
    for pid in tables::recorded(session).await?.into_keys().filter(|pid| !pids.contains(pid)) {
        let names = tables::of(session, pid).await?;
        drop_tables(session, &names).await?;
        tables::forget(session, pid).await?;
        found.dropped.extend(names);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_neutral_whatever_the_engine_prints() {
        assert_eq!(neutral_time("2026-01-02 03:04:05.12"), "2026-01-02 03:04:05.120000");
        assert_eq!(neutral_time("2026-01-02 03:04:05.000000"), "2026-01-02 03:04:05");
    }
}
