//! The files that were migrated into a database: `gapsync_migrated`.

use std::collections::BTreeMap;

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::migrate::account::{Done, Known};
use crate::model::schema::Table;
use crate::run::ledger::clock;

/// Name of the table.
pub(super) const TABLE: &str = "gapsync_migrated";

/// Creates the table unless it is there. Returns its name if it was created.
///
/// # Errors
/// `Database`.
pub(super) async fn ensure(session: &mut Session, catalogue: &[Table]) -> Result<Option<String>> {
    if catalogue.iter().any(|table| table.name == TABLE) {
        return Ok(None);
    }
    session.script(script(session.dialect())).await?;
    Ok(Some(TABLE.to_owned()))
}

/// Returns the statement that creates the table.
pub(super) fn script(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => include_str!("../../../sql/sqlite/migrated.sql"),
        Dialect::Postgres => include_str!("../../../sql/postgres/migrated.sql"),
        Dialect::Mariadb => include_str!("../../../sql/mariadb/migrated.sql"),
    }
}

/// Returns the files of a pipeline that were migrated, by path.
///
/// # Errors
/// `Database`.
pub(super) async fn known(session: &mut Session, pipeline: &str) -> Result<BTreeMap<String, Known>> {
    let pipeline = session.dialect().literal(pipeline);
    let statement = format!("SELECT {} FROM {TABLE} WHERE pipeline = {pipeline} ORDER BY id", Known::COLUMNS);
    Known::by_path(session.query(&statement).await?, TABLE)
}

/// Returns the statements that record files, and forget what was known of the same paths.
///
/// # Errors
/// `Internal`.
pub(super) fn record(dialect: Dialect, pipeline: &str, files: &[Done], run: i64) -> Result<Vec<String>> {
    let pipeline = dialect.literal(pipeline);
    let mut statements = Vec::new();
    for file in files {
        let fates = serde_json::to_string(&file.fates)
            .map_err(|error| Error::internal("the counts of a file cannot be written").because(error))?;
        let path = dialect.literal(&file.path);
        statements.push(format!("DELETE FROM {TABLE} WHERE pipeline = {pipeline} AND path = {path}"));
        statements.push(format!(
            "INSERT INTO {TABLE} (pipeline, path, sha256, bytes, records, fates, days, run_id, migrated_at) \
             VALUES ({pipeline}, {path}, '{}', {}, {}, {}, '{}', {run}, {})",
            file.sha256,
            file.bytes,
            file.records,
            dialect.literal(&fates),
            file.days.to_json(),
            clock(dialect),
        ));
    }
    Ok(statements)
}
