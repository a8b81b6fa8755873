//! Asks a database a query that somebody else has written.

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Column, Row};

use super::super::Cell;
use super::server::{Server, execute, refused};
use crate::error::Result;
use crate::snapshot::platform::Query;

/// Asks, and gives the rows of the answer one by one.
///
/// # Errors
/// `Database`.
pub(super) async fn ask(server: &Server, query: &Query, take: &mut dyn FnMut(&[Cell<'_>])) -> Result<()> {
    let mut connection = server.open(Some(&query.database)).await?;
    // Its author knows the names of the database as everybody finds them there. The server ends what nobody waits for.
    let settings = format!(
        "RESET search_path; SET default_transaction_read_only = on; SET statement_timeout = {}",
        query.timeout.as_millis() + 1000
    );
    execute(&mut connection, &settings).await?;
    let mut rows = sqlx::raw_sql(AssertSqlSafe(query.sql.clone())).fetch(&mut connection);
    while let Some(row) = rows.try_next().await.map_err(refused)? {
        let mut cells = Vec::new();
        for (index, column) in row.columns().iter().enumerate() {
            let value = row.try_get_raw(index).map_err(refused)?;
            cells.push((column.name(), value.as_bytes().ok().map(String::from_utf8_lossy)));
        }
        take(&cells);
    }
    Ok(())
}
