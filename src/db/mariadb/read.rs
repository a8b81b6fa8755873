//! Reads rows from MariaDB by the text protocol, as they arrive.

use futures_util::TryStreamExt;
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlRow;
use tokio::sync::mpsc;

use super::super::rows::{ReadBatch, ReadSelect};
use super::super::session::collect::Collector;
use super::error::refused;
use super::{MariadbSession, cell};
use crate::error::Result;
use crate::model::neutral::NeutralType;
use crate::model::schema::Column;
use crate::model::value::write_hex;

/// Streams the rows of `select`. Ends early if the receiver is gone.
pub(super) async fn rows(
    session: &mut MariadbSession,
    select: &ReadSelect,
    batch_bytes: usize,
    sink: &mpsc::Sender<Result<ReadBatch>>,
) -> Result<u64> {
    let expressions: Vec<String> =
        select.columns.iter().zip(&select.expressions).map(|(column, expression)| plain(column, expression)).collect();
    // The driver mistakes a row that begins with a value of 16 MiB for the end of the result.
    let sql = format!("SELECT 1, {} {}", expressions.join(", "), select.from_where);
    session.begin_exchange()?;
    let mut collector = Collector::new(&select.columns, batch_bytes);
    let mut rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(&mut session.connection);
    loop {
        let row = match rows.try_next().await {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(error) => {
                drop(rows);
                // An error from the server itself ends the exchange properly.
                session.broken = !matches!(error, sqlx::Error::Database(_));
                return Err(refused(error));
            }
        };
        for (index, column) in select.columns.iter().enumerate() {
            match (cell(&row, index + 1)?, column.neutral) {
                (Some(bytes), NeutralType::Bytes) => collector.cell_with(|_, out| {
                    write_hex(bytes, out);
                    Ok(())
                }),
                (value, _) => collector.cell(value),
            }
        }
        collector.end_row(|| raw_cells(&row, &select.columns));
        if let Some(batch) = collector.full()
            && sink.send(Ok(batch)).await.is_err()
        {
            return Ok(collector.rows());
        }
    }
    drop(rows);
    session.broken = false;
    if let Some(batch) = collector.rest() {
        // A receiver that is gone is not an error.
        let _ = sink.send(Ok(batch)).await;
    }
    Ok(collector.rows())
}

/// Returns an expression whose text is exactly the value: a 32-bit float would be shown with too few digits, and bits as
/// bytes.
fn plain(column: &Column, expression: &str) -> String {
    match column.neutral {
        NeutralType::Float if column.limits.float.single => format!("CAST({expression} AS DOUBLE)"),
        NeutralType::Bool | NeutralType::Integer if column.native.starts_with("bit") => format!("({expression} + 0)"),
        _ => expression.to_owned(),
    }
}

fn raw_cells(row: &MySqlRow, columns: &[Column]) -> Vec<Option<Vec<u8>>> {
    let shown = |(index, column): (usize, &Column)| {
        let bytes = cell(row, index + 1).ok().flatten()?;
        if column.neutral != NeutralType::Bytes {
            return Some(bytes.to_vec());
        }
        let mut hex = Vec::new();
        write_hex(bytes, &mut hex);
        Some(hex)
    };
    columns.iter().enumerate().map(shown).collect()
}
