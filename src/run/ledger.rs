//! The records that runs leave in the database: the installation's id and the rows of `synchronizations`. The lock is in
//! [`super::lock`].

use md5::{Digest, Md5};

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::hex::hex;
use crate::model::schema::Table;
use crate::stream::skew;

use super::report::{Body, Report};

/// Tables of the ledger, in the order of `sql/<engine>/ledger.sql`.
const TABLES: [&str; 6] = [
    "synchronizations",
    "gapsync_installation",
    "gapsync_lock",
    "gapsync_checkpoint",
    "gapsync_applied",
    "gapsync_gap",
];

/// How many of the first tables an older version's ledger has: enough to find what a run left behind.
const FIRST: usize = 4;

/// The tables that an export reads. An installation that has not imported for a long time may lack the others.
pub const OF_EXPORT: &[&str] = &["synchronizations", "gapsync_installation"];

/// Creates the ledger's tables that are missing, and returns their names.
///
/// # Errors
/// `Database`.
pub async fn ensure_ledger(session: &mut Session, catalogue: &[Table]) -> Result<Vec<String>> {
    let missing: Vec<String> = TABLES
        .iter()
        .filter(|name| !catalogue.iter().any(|table| table.name == **name))
        .map(|name| (*name).to_owned())
        .collect();
    if !missing.is_empty() {
        let script = match session.dialect() {
            Dialect::Sqlite => include_str!("../../sql/sqlite/ledger.sql"),
            Dialect::Postgres => include_str!("../../sql/postgres/ledger.sql"),
            Dialect::Mariadb => include_str!("../../sql/mariadb/ledger.sql"),
        };
        match session.script(script).await {
            Ok(()) => {}
            // `IF NOT EXISTS` does not keep two first runs on PostgreSQL from clashing; the other one has created the
            // tables.
            Err(_) if are_there(&session.catalogue().await?, &TABLES) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
    }
    Ok(missing)
}

/// Returns whether a table belongs to the ledger.
#[must_use]
pub fn is_ours(name: &str) -> bool {
    TABLES.contains(&name)
}

/// Returns whether the ledger's tables that an export needs exist.
#[must_use]
pub fn is_there(catalogue: &[Table]) -> bool {
    are_there(catalogue, OF_EXPORT)
}

/// Returns whether the ledger's tables that list the leftovers of runs exist.
#[must_use]
pub fn is_whole(catalogue: &[Table]) -> bool {
    are_there(catalogue, &TABLES[..FIRST])
}

fn are_there(catalogue: &[Table], names: &[&str]) -> bool {
    names.iter().all(|name| catalogue.iter().any(|table| table.name == *name))
}

/// Returns the time of the database's clock as a neutral timestamp.
///
/// # Errors
/// `Database`.
pub async fn now(session: &mut Session) -> Result<String> {
    let statement = format!("SELECT {}", session.dialect().now_sql());
    let now = session.cell(&statement).await?.ok_or_else(|| Error::database("the database returned no time"))?;
    Ok(skew::shifted(now))
}

/// Returns the installation's id, if it has one.
///
/// # Errors
/// `Database`.
pub async fn known_installation(session: &mut Session) -> Result<Option<String>> {
    session.cell("SELECT uuid FROM gapsync_installation ORDER BY created_at, uuid").await
}

/// Returns the installation's id, and creates it on first use.
///
/// # Errors
/// `Database`.
pub async fn installation_id(session: &mut Session) -> Result<String> {
    if let Some(known) = known_installation(session).await? {
        return Ok(known);
    }
    let id = uuid::Uuid::new_v4().to_string();
    session.execute(&format!("INSERT INTO gapsync_installation (uuid) VALUES ('{id}')")).await?;
    // Read again, so that two first runs at the same time agree on one id.
    Ok(known_installation(session).await?.unwrap_or(id))
}

/// Writes the row of a run that begins, and returns its id. `finished_at` stays NULL. The caller must have begun a
/// transaction: behind a pooler, the next statement may use another connection, which does not know the last id.
///
/// # Errors
/// `Database`.
pub async fn begin_run(session: &mut Session, kind: &str, config: &serde_json::Value, started_at: &str) -> Result<i64> {
    let dialect = session.dialect();
    let config = config.to_string();
    let hash = hex(&Md5::digest(config.as_bytes()));
    let statement = format!(
        "INSERT INTO synchronizations (type, started_at, config_json, pid, hash) VALUES ({}, {}, {}, {}, '{hash}')",
        dialect.literal(kind),
        dialect.literal(started_at),
        dialect.literal(&config),
        std::process::id(),
    );
    session.execute(&statement).await?;
    let last = match dialect {
        Dialect::Sqlite => "SELECT last_insert_rowid()",
        Dialect::Postgres => "SELECT lastval()",
        Dialect::Mariadb => "SELECT last_insert_id()",
    };
    session.number(last).await?.ok_or_else(|| Error::database("the database returned no id for the run"))
}

/// Stores the report so far in the row of a run.
///
/// # Errors
/// `Database`.
pub async fn note_run<B: Body>(session: &mut Session, id: i64, report: &Report<B>) -> Result<()> {
    write_report(session, id, report, "").await
}

/// Stores the report in the row of a run that has ended. A failed run has no `finished_at`.
///
/// # Errors
/// `Database`.
pub async fn end_run<B: Body>(session: &mut Session, id: i64, report: &Report<B>) -> Result<()> {
    let finished = match &report.finished_at {
        Some(finished) if report.error.is_none() => {
            format!(", finished_at = {}", session.dialect().literal(finished))
        }
        _ => String::new(),
    };
    write_report(session, id, report, &finished).await
}

async fn write_report<B: Body>(session: &mut Session, id: i64, report: &Report<B>, finished: &str) -> Result<()> {
    let json = serde_json::to_string(report)
        .map_err(|error| Error::internal("a report cannot be written as JSON").because(error))?;
    let statement = format!(
        "UPDATE synchronizations SET report_json = {}, updated_at = {}{finished} WHERE id = {id}",
        session.dialect().literal(&json),
        clock(session.dialect()),
    );
    session.execute(&statement).await.map(|_| ())
}

/// Returns the expression for the current time in the ledger's time columns.
pub fn clock(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => dialect.now_sql(),
        Dialect::Postgres => "(clock_timestamp() AT TIME ZONE 'UTC')",
        Dialect::Mariadb => "utc_timestamp(6)",
    }
}
