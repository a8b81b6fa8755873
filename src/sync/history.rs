//! `history` and `cleanup`.

use serde::Serialize;

use crate::db::session::{OpenMode, Session};
use crate::error::{Error, Result};

use super::Context;
use super::ledger::{self, Lock};

/// A row of `synchronizations`.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Id.
    pub id: i64,
    /// `export` or `import`.
    #[serde(rename = "type")]
    pub kind: String,
    /// As the report says it; `unfinished` for a run that is under way or died.
    pub status: String,
    /// When it began, UTC.
    pub started_at: String,
    /// When it ended; none: it failed, is under way, or died.
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

/// All runs, newest first, or the one of an id.
///
/// # Errors
/// `Database`; `Usage` when no run has that id.
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

/// A run from its cells; none when the row has no id, which cannot be.
fn read(row: Vec<Option<String>>) -> Option<Run> {
    let mut cells = row.into_iter();
    let mut next = || cells.next().flatten();
    let id = next()?.parse().ok()?;
    let (kind, started_at, finished_at) = (next(), next(), next());
    let (pid, hash, config, report) = (next(), next(), next(), next());
    let report = report.map_or(serde_json::Value::Null, |text| json(&text));
    let told = report.get("status").and_then(serde_json::Value::as_str);
    let status = match (told, &finished_at) {
        (Some("failed"), _) => "failed",
        (_, None) => "unfinished",
        (told, Some(_)) => told.unwrap_or("finished"),
    };
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

/// Text as JSON. Other programs write this table too, so what is no JSON is shown as text.
fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()))
}

/// A time as an engine prints it, with six digits of fraction or none.
fn neutral_time(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().any(|digit| digit != b'0') => format!("{whole}.{fraction:0<6}"),
        Some((whole, _)) => whole.to_owned(),
        None => text.to_owned(),
    }
}

/// Drops sync tables that dead runs left behind; returns their names.
///
/// # Errors
/// `Database`; `Locked` when a run is under way.
pub async fn cleanup(context: &Context) -> Result<Vec<String>> {
    let mut session = Session::open(&context.database, OpenMode::ReadWrite).await?;
    let catalogue = session.catalogue().await?;
    let left: Vec<String> =
        catalogue.iter().map(|table| table.name.clone()).filter(|name| is_sync_table(name)).collect();
    // No run takes place without the ledger, and this one need not be the first.
    if !ledger::is_there(&catalogue) {
        drop_tables(&mut session, &left).await?;
        return Ok(left);
    }
    let lock = Lock::acquire(&mut session, &context.database, &context.progress).await?;
    let outcome = drop_tables(&mut session, &left).await;
    lock.release(&mut session).await?;
    outcome.map(|()| left)
}

async fn drop_tables(session: &mut Session, names: &[String]) -> Result<()> {
    for name in names {
        let statement = format!("DROP TABLE IF EXISTS {}", session.dialect().ident(name));
        session.execute(&statement).await.map_err(|error| error.at_table(name))?;
    }
    Ok(())
}

/// Whether a name is `sync_import_<table>_<pid>`, or that of the rows as they were loaded, with `_raw` behind it.
fn is_sync_table(name: &str) -> bool {
    let name = name.strip_suffix("_raw").unwrap_or(name);
    let Some((table, pid)) = name.strip_prefix("sync_import_").and_then(|rest| rest.rsplit_once('_')) else {
        return false;
    };
    !table.is_empty() && !pid.is_empty() && pid.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sync_tables_are_known_by_their_name() {
        assert!(is_sync_table("sync_import_object_links_4711"));
        assert!(is_sync_table("sync_import_object_links_4711_raw"));
        for other in ["sync_import_4711", "sync_import_x_", "sync_import_x_12a", "indicators", "my_sync_import_x_1"] {
            assert!(!is_sync_table(other), "{other}");
        }
    }

    #[test]
    fn times_are_neutral_whatever_the_engine_prints() {
        assert_eq!(neutral_time("2026-01-02 03:04:05.12"), "2026-01-02 03:04:05.120000");
        assert_eq!(neutral_time("2026-01-02 03:04:05.000000"), "2026-01-02 03:04:05");
    }
}
