//! Asks a database a query that somebody else has written.

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Column, Row};

use super::super::Cell;
use super::server::{MariadbServer, cell, execute};
use crate::db::mariadb::refused;
use crate::error::Result;
use crate::snapshot::platform::Query;

/// Asks, and gives the rows of the answer one by one.
///
/// # Errors
/// `Database`.
pub(super) async fn ask(server: &MariadbServer, query: &Query, take: &mut dyn FnMut(&[Cell<'_>])) -> Result<()> {
    let mut connection = server.open(Some(&query.database)).await?;
    // The server ends what nobody waits for.
    let seconds = query.timeout.as_secs() + 1;
    execute(&mut connection, &format!("SET SESSION TRANSACTION READ ONLY; SET max_statement_time = {seconds}")).await?;
    let mut rows = sqlx::raw_sql(AssertSqlSafe(query.sql.clone())).fetch(&mut connection);
    while let Some(row) = rows.try_next().await.map_err(refused)? {
        let mut cells = Vec::new();
        for (index, column) in row.columns().iter().enumerate() {
            cells.push((column.name(), cell(&row, index)?.map(String::from_utf8_lossy)));
        }
        take(&cells);
    }
    Ok(())
}
