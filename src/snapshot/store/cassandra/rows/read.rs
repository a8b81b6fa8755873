//! Reads a table in ranges of tokens side by side, page by page.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use scylla::client::session::Session;
use scylla::response::{PagingState, PagingStateResponse};
use scylla::statement::prepared::PreparedStatement;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::super::super::contract::Pieces;
use super::super::count::ranges;
use super::super::cql::quoted;
use super::super::keyspace::Table;
use super::super::session::{Cql, Raw, unreadable};
use super::line::{Cell, Field, append, header};
use crate::error::{Error, Result};
use crate::stream::cancel::Cancel;
use crate::stream::wait::block_on;

/// Ranges that are read at once.
const AT_ONCE: usize = 4;

/// Rows of a range's first page. It is small, as rows may be large.
const FIRST_PAGE: i32 = 100;

/// Rows of the largest page.
const LARGEST_PAGE: i32 = 5000;

/// Bytes that a page should have.
const PAGE_BYTES: usize = 1 << 20;

/// The rows of a table, on their way.
pub(super) struct Reading {
    pieces: Receiver<Result<String>>,
    cancel: Cancel,
}

impl Pieces for Reading {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        self.cancel.check()?;
        block_on(self.pieces.recv()).transpose().map(|piece| piece.map(String::into_bytes))
    }
}

/// Begins to read a table. Errors of the engine come with the pieces.
pub(super) fn read(cql: &Cql, keyspace: &str, table: &Table, fields: Vec<Field>, cancel: Cancel) -> Reading {
    let selected: Vec<String> = fields
        .iter()
        .map(|field| {
            let name = quoted(&field.name);
            if field.timed { format!("{name}, writetime({name}), ttl({name})") } else { name }
        })
        .collect();
    let query = format!("SELECT {} FROM {}.{} WHERE ", selected.join(", "), quoted(keyspace), quoted(&table.name));
    let queries: Vec<String> = ranges(table).into_iter().map(|range| format!("{query}{range}")).collect();
    let (sender, pieces) = mpsc::channel(AT_ONCE);
    let name = crate::error::escape::line(&table.name).into_owned();
    tokio::spawn(send(cql.session(), queries, Arc::new(fields), sender, name));
    Reading { pieces, cancel }
}

async fn send(
    session: Arc<Session>,
    queries: Vec<String>,
    fields: Arc<Vec<Field>>,
    sender: Sender<Result<String>>,
    name: String,
) {
    // Whoever does not want more has gone away; then there is nobody to tell.
    let _ = sender.send(Ok(header(&fields))).await;
    let range = |query: String| {
        let (session, fields, sender) = (Arc::clone(&session), Arc::clone(&fields), sender.clone());
        async move { range(&session, query, &fields, &sender).await }
    };
    let all = stream::iter(queries).map(range).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await;
    if let Err(error) = all {
        let _ = sender.send(Err(error.at_table(name))).await;
    }
}

/// Sends the rows of a range.
async fn range(session: &Session, query: String, fields: &[Field], sender: &Sender<Result<String>>) -> Result<()> {
    let mut statement: PreparedStatement = Box::pin(session.prepare(query)).await.map_err(unreadable)?;
    let (mut state, mut size) = (PagingState::start(), FIRST_PAGE);
    loop {
        statement.set_page_size(size);
        let page = Box::pin(session.execute_single_page(&statement, (), state)).await;
        let (page, next) = page.map_err(unreadable)?;
        let page = page.into_rows_result().map_err(unreadable)?;
        let now = now();
        let mut text = String::new();
        for row in page.rows::<Raw>().map_err(unreadable)? {
            append(&mut text, fields, &cells(row.map_err(unreadable)?, fields, now));
        }
        if let Some(bytes) = text.len().checked_div(page.rows_num()) {
            size = next_size(bytes);
        }
        if !text.is_empty() && sender.send(Ok(text)).await.is_err() {
            return Ok(());
        }
        match next {
            PagingStateResponse::HasMorePages { state: next } => state = next,
            PagingStateResponse::NoMorePages => return Ok(()),
        }
    }
}

/// Returns how many rows a page should have, by what a row has.
fn next_size(bytes: usize) -> i32 {
    i32::try_from(PAGE_BYTES / bytes.max(1)).unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE)
}

/// Returns the second of this machine's clock.
pub(super) fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}

fn cells(row: Raw, fields: &[Field], now: i64) -> Vec<Cell> {
    let mut raw = row.0.into_iter();
    let cell = |field: &Field| {
        let value = raw.next().flatten();
        if !field.timed {
            return Cell { value, ..Cell::default() };
        }
        let written = raw.next().flatten().and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes);
        let left = raw.next().flatten().and_then(|bytes| bytes.try_into().ok()).map(i32::from_be_bytes);
        Cell { value, written, expires: left.map(|left| now + i64::from(left)) }
    };
    fields.iter().map(cell).collect()
}

/// Returns the error that a table cannot be saved as rows.
pub(super) fn unfit(table: &str, column: &str) -> Error {
    Error::schema("the elements of a collection have times of their own, which rows cannot carry")
        .at_table(crate::error::escape::line(table).into_owned())
        .at_column(crate::error::escape::line(column).into_owned())
        .hint("Save the data files instead: `mode = \"sstables\"` in the platform file.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_about_a_mebibyte() {
        assert_eq!((next_size(1), next_size(0), next_size(2048), next_size(5 << 20)), (5000, 5000, 512, 1));
    }
}
