//! Loads rows into MariaDB by `LOAD DATA LOCAL INFILE`, over a second connection with another driver, because sqlx does not
//! support that exchange. The server parses no statements and the client binds no values.
//!
//! The statement alters values that it cannot store and only issues warnings. Therefore a load counts only if it had no
//! warnings and stored every row. Otherwise it is rolled back, and its rows are inserted in the way that results in errors.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::super::dialect::Dialect;
use super::super::error::{SqlClass, SqlError};
use super::super::login::Login;
use super::super::rows::{LoadBatch, LoadColumn, LoadTable};
use super::error::classified;
use super::settings::modes;
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::model::neutral::NeutralType;

/// Bytes of rows in a transaction, all of which are kept until it has committed.
const LOAD_BYTES: usize = 8 << 20;
/// How long a load waits for more rows before it ends. The reader may itself be waiting for memory that the kept rows
/// occupy.
const PATIENCE: Duration = Duration::from_millis(20);
/// Size of a packet, far below what any server accepts.
const PACKET_BYTES: usize = 128 << 10;

/// The outcome of a load.
pub(super) enum Outcome {
    /// This many rows are stored, and more may follow.
    Stored(u64),
    /// None of the kept rows is stored: the statement is not allowed, or it would alter one of them.
    Refused,
}

/// A connection used only for loading, in transactions.
pub(super) struct Infile {
    connection: Conn,
    usable: bool,
}

impl Infile {
    /// Connects as the session did, but without TLS. Returns `None` if that fails.
    pub(super) async fn open(login: &Login) -> Option<Self> {
        let mut connection = Conn::new(options(login)).await.ok()?;
        for settings in modes() {
            if connection.query_drop(format!("{settings}, autocommit = 0")).await.is_ok() {
                return Some(Self { connection, usable: true });
            }
        }
        None
    }

    /// Returns whether rows of another table may be loaded after a refusal. They may not if the statement itself was
    /// refused.
    pub(super) fn is_usable(&self) -> bool {
        self.usable
    }

    /// Loads the batches in `kept` and those from `batches`, until the channel closes or there is enough for a transaction.
    /// Afterwards `kept` is empty if they are stored, and holds all of them if the load was refused.
    ///
    /// # Errors
    /// `Database` if it is unknown whether the rows are stored.
    pub(super) async fn load(
        &mut self,
        table: &LoadTable,
        batches: &mut mpsc::Receiver<LoadBatch>,
        kept: &mut Vec<LoadBatch>,
    ) -> Result<Outcome> {
        let (sender, mut receiver) = mpsc::channel::<Vec<u8>>(2);
        self.connection.set_infile_handler(async move {
            let packets = stream::poll_fn(move |context| receiver.poll_recv(context));
            Ok(packets.map(|packet| Ok(packet.into())).boxed())
        });
        let sent = send(table, batches, kept, sender);
        let loading = async {
            let loaded = self.connection.query_drop(statement(table)).await;
            // A statement that was refused immediately leaves its handler behind; replacing it stops the sender.
            self.connection.set_infile_handler(async { Ok(stream::empty().boxed()) });
            loaded
        };
        let (loaded, rows) = tokio::join!(loading, sent);
        self.usable = loaded.is_ok();
        if self.usable && self.connection.get_warnings() == 0 && self.connection.affected_rows() == rows {
            self.connection.query_drop("COMMIT").await.map_err(|error| uncommitted(&error))?;
            kept.clear();
            return Ok(Outcome::Stored(rows));
        }
        // A lost connection has rolled back.
        self.usable &= self.connection.query_drop("ROLLBACK").await.is_ok();
        Ok(Outcome::Refused)
    }
}

fn uncommitted(error: &mysql_async::Error) -> Error {
    match error {
        mysql_async::Error::Server(reported) => {
            classified(reported.code, &reported.state, &reported.message).into_error()
        }
        _ => SqlError::new(SqlClass::Lost, None, None, &error.to_string()).into_error(),
    }
}

fn options(login: &Login) -> OptsBuilder {
    OptsBuilder::default()
        .ip_or_hostname(login.host.as_deref().unwrap_or("localhost"))
        .tcp_port(login.port.unwrap_or(3306))
        .user(login.user.clone())
        .pass(login.password.clone())
        .db_name(login.database.clone())
        // Only if the URL asks for it, as in the session.
        .prefer_socket(false)
        .socket(login.socket.clone())
}

/// Passes rows on as long as the server accepts them. Returns their number.
async fn send(
    table: &LoadTable,
    batches: &mut mpsc::Receiver<LoadBatch>,
    kept: &mut Vec<LoadBatch>,
    sender: mpsc::Sender<Vec<u8>>,
) -> u64 {
    let (mut rows, mut bytes, mut next) = (0, 0, 0);
    loop {
        while let Some(batch) = kept.get(next) {
            next += 1;
            rows += batch.rows.rows() as u64;
            bytes += batch.rows.bytes();
            for packet in encode(table, &batch.rows) {
                if sender.send(packet).await.is_err() {
                    // The server asks for no rows, or for no more.
                    return rows;
                }
            }
        }
        if bytes >= LOAD_BYTES {
            return rows;
        }
        match timeout(PATIENCE, batches.recv()).await {
            Ok(Some(batch)) => kept.push(batch),
            _ => return rows,
        }
    }
}

/// Returns the statement. Under NO_BACKSLASH_ESCAPES, characters can only be given as numbers.
fn statement(table: &LoadTable) -> String {
    let mut fields: Vec<String> = table.position.iter().map(|name| Dialect::Mariadb.ident(name)).collect();
    let mut made = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let name = Dialect::Mariadb.ident(&column.name);
        match conversion(column) {
            Some((before, after)) => {
                made.push(format!("{name} = {before}@gs{index}{after}"));
                fields.push(format!("@gs{index}"));
            }
            None => fields.push(name),
        }
    }
    let made = if made.is_empty() { String::new() } else { format!(" SET {}", made.join(", ")) };
    format!(
        "LOAD DATA LOCAL INFILE 'rows' INTO TABLE {} CHARACTER SET utf8mb4 \
         FIELDS TERMINATED BY 0x09 ENCLOSED BY '' ESCAPED BY 0x5c LINES STARTING BY '' TERMINATED BY 0x0a ({}){made}",
        Dialect::Mariadb.ident(&table.name),
        fields.join(", ")
    )
}

/// Returns the function that converts a column's text, if the server would misread it: bytes that are not text, the digits
/// of a bit field as characters, the year 0 as 2000.
fn conversion(column: &LoadColumn) -> Option<(&'static str, &'static str)> {
    let native = column.native.to_ascii_lowercase();
    if column.neutral == NeutralType::Bytes {
        Some(("UNHEX(", ")"))
    } else if native.starts_with("bit") || native.starts_with("year") {
        Some(("CAST(", " AS UNSIGNED)"))
    } else {
        None
    }
}

/// Writes the rows as lines, cut into packets.
fn encode(table: &LoadTable, batch: &RowBatch) -> Vec<Vec<u8>> {
    let mut lines = Vec::with_capacity(batch.bytes() + batch.rows() * 8);
    for row in 0..batch.rows() {
        if table.position.is_some() {
            lines.extend_from_slice(batch.position(row).to_string().as_bytes());
        }
        for (index, (cell, column)) in batch.row(row).zip(&table.columns).enumerate() {
            if index > 0 || table.position.is_some() {
                lines.push(b'\t');
            }
            match cell {
                None => lines.extend_from_slice(b"\\N"),
                Some(cell) => match column.neutral {
                    NeutralType::Bool => lines.push(if cell == b"t" { b'1' } else { b'0' }),
                    NeutralType::Bytes => lines.extend_from_slice(cell.strip_prefix(b"\\x").unwrap_or(cell)),
                    _ => escape(cell, &mut lines),
                },
            }
        }
        lines.push(b'\n');
    }
    lines.chunks(PACKET_BYTES).map(<[u8]>::to_vec).collect()
}

fn escape(cell: &[u8], out: &mut Vec<u8>) {
    let mut rest = cell;
    while let Some(place) = memchr::memchr3(b'\\', b'\t', b'\n', rest) {
        out.extend_from_slice(&rest[..place]);
        out.extend_from_slice(match rest[place] {
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            _ => b"\\\\",
        });
        rest = &rest[place + 1..];
    }
    out.extend_from_slice(rest);
}
