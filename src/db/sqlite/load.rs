//! Loads rows into SQLite with one prepared insert, in long transactions.

use std::time::{Duration, Instant};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement};
use tokio::sync::mpsc;

use super::super::dialect::Dialect;
use super::super::rows::{LoadBatch, LoadTable, not_fitted};
use super::error::refused;
use crate::error::{Error, Result};
use crate::model::neutral::NeutralType;
use crate::model::value::hex_bytes;

/// How long a transaction collects rows, so that other connections get to write as well.
const GATHER: Duration = Duration::from_secs(2);

/// Inserts batches until it receives `None`.
pub(super) fn rows(
    connection: &Connection,
    table: &LoadTable,
    mut batches: mpsc::Receiver<Option<LoadBatch>>,
) -> Result<u64> {
    let own = connection.is_autocommit();
    let outcome = insert(connection, table, &mut batches, own);
    if outcome.is_err() && own && !connection.is_autocommit() {
        // Report the first error, not that of the rollback.
        let _ = connection.execute_batch("ROLLBACK");
    }
    outcome
}

fn insert(
    connection: &Connection,
    table: &LoadTable,
    batches: &mut mpsc::Receiver<Option<LoadBatch>>,
    own: bool,
) -> Result<u64> {
    let mut statement = connection.prepare(&statement(table)).map_err(refused)?;
    let first = 1 + table.width() - table.columns.len();
    let mut rows = 0;
    let mut open: Option<Instant> = None;
    let mut scratch = Vec::new();
    loop {
        let Some(message) = batches.blocking_recv() else {
            return Err(Error::internal("loading was abandoned"));
        };
        let Some(batch) = message else { break };
        if own && open.is_none() {
            connection.execute_batch("BEGIN IMMEDIATE").map_err(refused)?;
            open = Some(Instant::now());
        }
        for row in 0..batch.rows.rows() {
            if table.position.is_some() {
                statement.raw_bind_parameter(1, batch.rows.position(row)).map_err(refused)?;
            }
            for (index, (cell, column)) in batch.rows.row(row).zip(&table.columns).enumerate() {
                bind(&mut statement, first + index, cell, column.neutral, &mut scratch)
                    .map_err(|error| error.at_column(&column.name))?;
            }
            statement.raw_execute().map_err(refused)?;
        }
        rows += batch.rows.rows() as u64;
        if open.is_some_and(|began| began.elapsed() > GATHER) {
            connection.execute_batch("COMMIT").map_err(refused)?;
            open = None;
        }
    }
    if open.is_some() {
        connection.execute_batch("COMMIT").map_err(refused)?;
    }
    Ok(rows)
}

fn statement(table: &LoadTable) -> String {
    let places = vec!["?"; table.width()].join(", ");
    format!("INSERT INTO {} ({}) VALUES ({places})", Dialect::Sqlite.ident(&table.name), table.idents(Dialect::Sqlite))
}

fn bind(
    statement: &mut Statement<'_>,
    index: usize,
    cell: Option<&[u8]>,
    neutral: NeutralType,
    scratch: &mut Vec<u8>,
) -> Result<()> {
    let value = match (cell, neutral) {
        (None, _) => ValueRef::Null,
        (Some(text), NeutralType::Integer) => ValueRef::Integer(number(text)?),
        (Some(text), NeutralType::Bool) => ValueRef::Integer(i64::from(text == b"t")),
        (Some(text), NeutralType::Float) => ValueRef::Real(number(text)?),
        (Some(text), NeutralType::Bytes) => {
            scratch.clear();
            hex_bytes(text, scratch).ok_or_else(not_fitted)?;
            ValueRef::Blob(scratch)
        }
        (Some(text), _) => ValueRef::Text(text),
    };
    statement.raw_bind_parameter(index, ToSqlOutput::Borrowed(value)).map_err(refused)
}

fn number<T: std::str::FromStr>(text: &[u8]) -> Result<T> {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or_else(not_fitted)
}
