//! Reads rows from PostgreSQL by COPY, in its binary form, which costs both sides less. Uses text if a column has a type
//! whose binary form we do not read.

use futures_util::TryStreamExt;
use tokio::sync::mpsc;

use super::super::rows::{ReadBatch, ReadSelect};
use super::super::session::collect::Collector;
use super::binary::Encoding;
use super::error::refused;
use super::{PostgresSession, checked, decode};
use crate::error::{Error, Result};
use crate::model::neutral::NeutralType;
use crate::model::schema::Column;

/// Streams the rows of `select`. Ends early if the receiver is gone.
pub(super) async fn rows(
    session: &mut PostgresSession,
    select: &ReadSelect,
    batch_bytes: usize,
    sink: &mpsc::Sender<Result<ReadBatch>>,
) -> Result<u64> {
    let encoding = |column: &Column| Encoding::of(column.neutral, &column.native, &column.limits);
    let encodings: Option<Vec<Encoding>> = select.columns.iter().map(encoding).collect();
    let expressions: Vec<String> =
        select.columns.iter().zip(&select.expressions).map(|(column, expression)| plain(column, expression)).collect();
    let format = if encodings.is_some() { "binary" } else { "text" };
    let sql = format!("COPY (SELECT {} {}) TO STDOUT (FORMAT {format})", expressions.join(", "), select.from_where);
    let sql = checked(&sql)?.0;
    session.begin_exchange()?;
    let mut collector = Collector::new(&select.columns, batch_bytes);
    let mut rows = session.connection.copy_out_raw(&sql).await.map_err(refused)?;
    let mut scratch = Vec::new();
    while let Some(piece) = rows.try_next().await.map_err(refused)? {
        match &encodings {
            Some(encodings) => decode::rows(encodings, &piece, &mut collector).ok_or_else(unreadable)?,
            None => {
                each_value(&piece, &mut scratch, |cell| collector.cell(cell));
                collector.end_row(|| raw_cells(&piece));
            }
        }
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

fn unreadable() -> Error {
    Error::database("the server's rows cannot be read")
}

/// Returns an expression whose value is exactly the column's in both forms of COPY: a 32-bit float would be shown with too
/// few digits, `char(n)` with meaningless blanks. Decimals are read as text.
fn plain(column: &Column, expression: &str) -> String {
    match column.neutral {
        NeutralType::Float if column.limits.float.single => format!("({expression})::float8"),
        NeutralType::Text if column.limits.text.trims_blanks => format!("({expression})::text"),
        NeutralType::Decimal => format!("({expression})::text"),
        _ => expression.to_owned(),
    }
}

/// Passes the values of a line to `take`, in order; `None` is NULL. Tabs and line ends within them are escaped.
fn each_value(line: &[u8], scratch: &mut Vec<u8>, mut take: impl FnMut(Option<&[u8]>)) {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let (mut start, mut escaped) = (0, false);
    for at in memchr::memchr2_iter(b'\t', b'\\', line) {
        if line[at] == b'\\' {
            escaped = true;
            continue;
        }
        take(value(&line[start..at], escaped, scratch));
        (start, escaped) = (at + 1, false);
    }
    take(value(&line[start..], escaped, scratch));
}

/// Returns a field without its escapes.
fn value<'a>(field: &'a [u8], escaped: bool, scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    if !escaped {
        return Some(field);
    }
    if field == b"\\N" {
        return None;
    }
    scratch.clear();
    let mut bytes = field.iter();
    while let Some(byte) = bytes.next() {
        scratch.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'b') => 0x08,
                Some(b'f') => 0x0c,
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'v') => 0x0b,
                Some(other) => *other,
                None => b'\\',
            },
            byte => *byte,
        });
    }
    Some(scratch)
}

fn raw_cells(line: &[u8]) -> Vec<Option<Vec<u8>>> {
    let (mut scratch, mut cells) = (Vec::new(), Vec::new());
    each_value(line, &mut scratch, |cell| cells.push(cell.map(<[u8]>::to_vec)));
    cells
}
