//! Loads rows into PostgreSQL by COPY, in its binary form, which costs the server half as much as text. Uses text if a
//! column has a type whose binary form we do not write.

use tokio::sync::mpsc;

use super::super::dialect::Dialect;
use super::super::rows::{LoadBatch, LoadTable, not_fitted};
use super::PostgresSession;
use super::binary::{Encoding, Encodings};
use super::decode::HEADER;
use super::error::refused;
use crate::error::Result;
use crate::model::batch::RowBatch;

/// Bytes that are collected before they are sent.
const SEND_BYTES: usize = 256 * 1024;

impl LoadTable {
    /// Returns the statement by which PostgreSQL takes the rows.
    #[must_use]
    pub fn copy(&self) -> String {
        let format = if Encodings::of(self).is_some() { "binary" } else { "text" };
        let (name, columns) = (Dialect::Postgres.ident(&self.name), self.idents(Dialect::Postgres));
        format!("COPY {name} ({columns}) FROM STDIN (FORMAT {format})")
    }
}

/// Copies all batches in one statement.
pub(super) async fn rows(
    session: &mut PostgresSession,
    table: &LoadTable,
    batches: &mut mpsc::Receiver<LoadBatch>,
) -> Result<u64> {
    let encodings = Encodings::of(table);
    session.begin_exchange()?;
    let mut copy = match session.connection.copy_in_raw(&table.copy()).await {
        Ok(copy) => copy,
        Err(error) => {
            session.broken = false;
            return Err(refused(error));
        }
    };
    let mut buffer = Vec::with_capacity(SEND_BYTES + SEND_BYTES / 4);
    if encodings.is_some() {
        // Signature, flags, length of the header's extension.
        buffer.extend_from_slice(HEADER);
    }
    while let Some(batch) = batches.recv().await {
        for row in 0..batch.rows.rows() {
            match &encodings {
                Some(encodings) => binary_row(encodings, &batch.rows, row, &mut buffer)
                    .map_err(|index| not_fitted().at_column(&table.columns[index].name))?,
                None => text_row(table, &batch.rows, row, &mut buffer),
            }
            if buffer.len() >= SEND_BYTES {
                copy.send(buffer.as_slice()).await.map_err(refused)?;
                buffer.clear();
            }
        }
    }
    if encodings.is_some() {
        buffer.extend_from_slice(&(-1_i16).to_be_bytes());
    }
    copy.send(buffer.as_slice()).await.map_err(refused)?;
    let copied = copy.finish().await;
    session.broken = false;
    copied.map_err(refused)
}

/// Appends a row. On failure returns the index of the faulty column.
fn binary_row(encodings: &Encodings, rows: &RowBatch, row: usize, out: &mut Vec<u8>) -> std::result::Result<(), usize> {
    // Lengths and most values take at most 12 bytes beside the text.
    out.reserve(rows.row_bytes(row).len() + 12 * (rows.columns() + 2));
    out.extend_from_slice(&encodings.fields().to_be_bytes());
    if encodings.has_position() {
        out.extend_from_slice(&8_i32.to_be_bytes());
        out.extend_from_slice(&rows.position(row).to_be_bytes());
    }
    for (index, (cell, encoding)) in rows.row(row).zip(encodings.columns()).enumerate() {
        field(cell, *encoding, out).ok_or(index)?;
    }
    Ok(())
}

/// Appends a field with its length in front.
fn field(cell: Option<&[u8]>, encoding: Encoding, out: &mut Vec<u8>) -> Option<()> {
    let Some(text) = cell else {
        out.extend_from_slice(&(-1_i32).to_be_bytes());
        return Some(());
    };
    if encoding == Encoding::Text {
        out.extend_from_slice(&i32::try_from(text.len()).ok()?.to_be_bytes());
        out.extend_from_slice(text);
        return Some(());
    }
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    encoding.encode(text, out)?;
    let length = i32::try_from(out.len() - start - 4).ok()?;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Some(())
}

fn text_row(table: &LoadTable, rows: &RowBatch, row: usize, out: &mut Vec<u8>) {
    if table.position.is_some() {
        out.extend_from_slice(rows.position(row).to_string().as_bytes());
    }
    for (index, cell) in rows.row(row).enumerate() {
        if index > 0 || table.position.is_some() {
            out.push(b'\t');
        }
        match cell {
            None => out.extend_from_slice(b"\\N"),
            Some(text) => {
                for byte in text {
                    match byte {
                        b'\\' => out.extend_from_slice(b"\\\\"),
                        b'\t' => out.extend_from_slice(b"\\t"),
                        b'\n' => out.extend_from_slice(b"\\n"),
                        b'\r' => out.extend_from_slice(b"\\r"),
                        byte => out.push(*byte),
                    }
                }
            }
        }
    }
    out.push(b'\n');
}
