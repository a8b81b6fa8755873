//! Rows into MariaDB by prepared inserts of many rows: within noise of LOAD DATA on one connection, without its habit of
//! turning errors into warnings.

use sqlx::mysql::MySqlArguments;
use sqlx::{Arguments, AssertSqlSafe};
use tokio::sync::mpsc;

use super::super::catalogue::text;
use super::super::dialect::Dialect;
use super::super::session::{LoadBatch, LoadTable};
use super::MariadbSession;
use super::error::refused;
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::model::neutral::NeutralType;
use crate::model::value::hex_bytes;

/// Rows an insert: 4000 were the best of 100 to 8191 (248 k rows/s).
const ROWS: usize = 4000;
/// Places for values that a prepared statement has at most.
const PLACES: usize = 65_535;
/// Bytes of rows an insert at most, far below every server's packet.
const BYTES: usize = 4 * 1024 * 1024;

/// Bytes of a value in a statement beside its own, at most.
const CELL_BYTES: usize = 11;

/// Inserts all batches, each statement a transaction of its own unless one is open.
pub(super) async fn rows(
    session: &mut MariadbSession,
    table: &LoadTable,
    batches: &mut mpsc::Receiver<LoadBatch>,
) -> Result<u64> {
    let packet = session.query("SELECT @@max_allowed_packet").await?;
    let packet = packet.first().and_then(|row| text(row, 0).parse::<usize>().ok()).unwrap_or(BYTES * 4);
    let full = ROWS.min(PLACES / (table.columns.len() + 1)).max(1);
    let mut insert = Insert { table, full, bytes: BYTES.min(packet / 4), pending: Pending::default(), rows: 0 };
    while let Some(batch) = batches.recv().await {
        for row in 0..batch.rows.rows() {
            let size = batch.rows.row(row).map(|cell| cell.map_or(0, <[u8]>::len) + CELL_BYTES).sum();
            // A row that is longer than the rest may be goes alone.
            if insert.pending.rows >= insert.full || insert.pending.bytes + size > insert.bytes {
                insert.flush(session).await?;
            }
            insert.add(&batch.rows, row, size)?;
        }
    }
    insert.flush(session).await?;
    Ok(insert.rows)
}

struct Insert<'a> {
    table: &'a LoadTable,
    full: usize,
    bytes: usize,
    pending: Pending,
    rows: u64,
}

#[derive(Default)]
struct Pending {
    arguments: MySqlArguments,
    rows: usize,
    bytes: usize,
}

impl Insert<'_> {
    fn add(&mut self, batch: &RowBatch, row: usize, size: usize) -> Result<()> {
        bind(&mut self.pending.arguments, batch.position(row))?;
        for (cell, column) in batch.row(row).zip(&self.table.columns) {
            value(&mut self.pending.arguments, cell, column.neutral).map_err(|error| error.at_column(&column.name))?;
        }
        self.pending.rows += 1;
        self.pending.bytes += size;
        Ok(())
    }

    async fn flush(&mut self, session: &mut MariadbSession) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        if pending.rows == 0 {
            return Ok(());
        }
        let sql = AssertSqlSafe(statement(self.table, pending.rows));
        session.begin_exchange()?;
        // Only the statement of full size comes again.
        let query = sqlx::query_with(sql, pending.arguments).persistent(pending.rows == self.full);
        let inserted = query.execute(&mut session.connection).await;
        session.broken = false;
        inserted.map_err(refused)?;
        self.rows += pending.rows as u64;
        Ok(())
    }
}

fn statement(table: &LoadTable, rows: usize) -> String {
    let names: Vec<String> = std::iter::once("gs_row".to_owned())
        .chain(table.columns.iter().map(|column| Dialect::Mariadb.ident(&column.name)))
        .collect();
    let row = format!("({})", vec!["?"; names.len()].join(","));
    let rows = vec![row; rows].join(",");
    format!("INSERT INTO {} ({}) VALUES {rows}", Dialect::Mariadb.ident(&table.name), names.join(","))
}

fn value(arguments: &mut MySqlArguments, cell: Option<&[u8]>, neutral: NeutralType) -> Result<()> {
    // A NULL has a type of its own, and a number's cannot become a UUID.
    let Some(cell) = cell else { return bind(arguments, None::<&str>) };
    match neutral {
        NeutralType::Integer => {
            let text = utf8(cell)?;
            // Only the upper half of the unsigned numbers does not fit a signed one.
            match text.parse::<i64>() {
                Ok(number) => bind(arguments, number),
                Err(_) => bind(arguments, text.parse::<u64>().map_err(|_| not_fitted())?),
            }
        }
        NeutralType::Bool => bind(arguments, i8::from(cell == b"t")),
        NeutralType::Float => bind(arguments, utf8(cell)?.parse::<f64>().map_err(|_| not_fitted())?),
        NeutralType::Bytes => {
            let mut bytes = Vec::new();
            hex_bytes(cell, &mut bytes).ok_or_else(not_fitted)?;
            bind(arguments, bytes)
        }
        _ => bind(arguments, utf8(cell)?),
    }
}

fn bind<'q, T>(arguments: &mut MySqlArguments, value: T) -> Result<()>
where
    T: sqlx::Encode<'q, sqlx::MySql> + sqlx::Type<sqlx::MySql>,
{
    arguments.add(value).map_err(|error| Error::internal("a value cannot be bound").because(error))
}

fn utf8(text: &[u8]) -> Result<&str> {
    std::str::from_utf8(text).map_err(|_| not_fitted())
}

fn not_fitted() -> Error {
    Error::internal("a cell was not fitted to its column before loading")
}
