//! Loads rows into MariaDB, by `LOAD DATA LOCAL INFILE` if the server allows it and alters no value, otherwise by prepared
//! inserts of many rows, which the server refuses with an error.

use sqlx::mysql::MySqlArguments;
use sqlx::{Arguments, AssertSqlSafe};
use tokio::sync::mpsc;

use super::super::catalogue::text;
use super::super::dialect::Dialect;
use super::super::rows::{LoadBatch, LoadTable, not_fitted};
use super::MariadbSession;
use super::error::refused;
use super::infile::Outcome;
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::model::neutral::NeutralType;
use crate::model::value::hex_bytes;

/// Rows per insert: 4000 was the fastest of 100 to 8191 (248 k rows/s).
const ROWS: usize = 4000;
/// How many placeholders a prepared statement may have.
const PLACES: usize = 65_535;
/// Size limit of the rows in an insert, far below every server's packet.
const BYTES: usize = 4 * 1024 * 1024;

/// Overhead limit of a value in a statement.
const CELL_BYTES: usize = 11;

/// Loads all batches. Each statement is a transaction of its own unless one is open.
pub(super) async fn rows(
    session: &mut MariadbSession,
    table: &LoadTable,
    batches: &mut mpsc::Receiver<LoadBatch>,
) -> Result<u64> {
    let mut kept = Vec::new();
    let loaded = infiles(session, table, batches, &mut kept).await?;
    if kept.is_empty() {
        let Some(batch) = batches.recv().await else { return Ok(loaded) };
        kept.push(batch);
    }
    let mut insert = Insert::new(session, table).await?;
    for batch in kept {
        insert.batch(session, &batch.rows).await?;
    }
    while let Some(batch) = batches.recv().await {
        insert.batch(session, &batch.rows).await?;
    }
    insert.flush(session).await?;
    Ok(loaded + insert.rows)
}

/// Loads batches until there are no more or some have to be inserted instead, which are then in `kept`.
async fn infiles(
    session: &mut MariadbSession,
    table: &LoadTable,
    batches: &mut mpsc::Receiver<LoadBatch>,
    kept: &mut Vec<LoadBatch>,
) -> Result<u64> {
    let mut rows = 0;
    let Some(mut infile) = session.take_infile().await? else { return Ok(rows) };
    // A load begins only when there is something to load.
    while let Some(batch) = batches.recv().await {
        kept.push(batch);
        match infile.load(table, batches, kept).await? {
            Outcome::Stored(stored) => rows += stored,
            Outcome::Refused if infile.is_usable() => break,
            Outcome::Refused => return Ok(rows),
        }
    }
    session.put_infile(infile);
    Ok(rows)
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

impl<'a> Insert<'a> {
    async fn new(session: &mut MariadbSession, table: &'a LoadTable) -> Result<Self> {
        let packet = session.query("SELECT @@max_allowed_packet").await?;
        let packet = packet.first().and_then(|row| text(row, 0).parse::<usize>().ok()).unwrap_or(BYTES * 4);
        let full = ROWS.min(PLACES / table.width().max(1)).max(1);
        Ok(Self { table, full, bytes: BYTES.min(packet / 4), pending: Pending::default(), rows: 0 })
    }

    async fn batch(&mut self, session: &mut MariadbSession, batch: &RowBatch) -> Result<()> {
        for row in 0..batch.rows() {
            let size = batch.row(row).map(|cell| cell.map_or(0, <[u8]>::len) + CELL_BYTES).sum();
            // A row longer than the remaining ones may be is inserted alone.
            if self.pending.rows >= self.full || self.pending.bytes + size > self.bytes {
                self.flush(session).await?;
            }
            self.add(batch, row, size)?;
        }
        Ok(())
    }

    fn add(&mut self, batch: &RowBatch, row: usize, size: usize) -> Result<()> {
        if self.table.position.is_some() {
            bind(&mut self.pending.arguments, batch.position(row))?;
        }
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
        // Only the statement of full size will be used again.
        let query = sqlx::query_with(sql, pending.arguments).persistent(pending.rows == self.full);
        let inserted = query.execute(&mut session.connection).await;
        session.broken = false;
        inserted.map_err(refused)?;
        self.rows += pending.rows as u64;
        Ok(())
    }
}

fn statement(table: &LoadTable, rows: usize) -> String {
    let row = format!("({})", vec!["?"; table.width()].join(","));
    let rows = vec![row; rows].join(",");
    format!("INSERT INTO {} ({}) VALUES {rows}", Dialect::Mariadb.ident(&table.name), table.idents(Dialect::Mariadb))
}

fn value(arguments: &mut MySqlArguments, cell: Option<&[u8]>, neutral: NeutralType) -> Result<()> {
    // NULL has a type of its own, and that of a number cannot become a UUID.
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
