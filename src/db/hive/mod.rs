//! HiveServer2: Impala, Hive and Spark's Thrift server. [`HiveUrl`] names an engine, [`HiveSession`] is a session of it, and
//! [`HiveVariant`] writes the SQL in which they differ.
//!
//! These engines have no rows to lock and no transactions, so this is no variant of [`super::session::Session`] but a
//! neighbour. The protocol is Thrift's binary one: `thrift` encodes it, `scan` finds the end of a message, `wire` connects, logs in
//! and calls, `operation` runs a statement, `rows` reads a result, `error` classifies refusals. It is written here because the
//! calls in use are eight, and the `thrift` crate blocks, cannot split an encrypted stream, and allocates what a server claims.
//!
//! Everything was tried on Spark's server. Impala differs from it on the wire in what its own protocol description allows.

mod error;
mod operation;
mod rows;
#[cfg(test)]
mod samples;
mod scan;
mod thrift;
mod url;
mod variant;
mod wire;

use std::time::{Duration, Instant};

use self::operation::Connection;
pub use self::url::{HiveAuth, HiveUrl};
pub use self::variant::HiveVariant;
use super::trace::Traced;
use crate::error::{Error, Result};
use crate::stream::cancel::Cancel;

/// How long a server may take to begin a session.
const PATIENCE: Duration = Duration::from_secs(60);

/// A session of a HiveServer2 engine. Inserts find their partitions by themselves.
pub struct HiveSession {
    connection: Connection,
    variant: HiveVariant,
    cancel: Cancel,
    trace: Option<Traced>,
}

impl HiveSession {
    /// Connects, logs in and begins a session.
    ///
    /// # Errors
    /// `Database` if the server cannot be reached or refuses the login; `File` if the certificates cannot be read.
    pub async fn connect(url: &HiveUrl) -> Result<Self> {
        let connection = tokio::time::timeout(PATIENCE, Connection::open(url)).await;
        let connection = connection.unwrap_or_else(|_| Err(self::error::silent(url)))?;
        let variant = url.variant();
        let mut session = Self { connection, variant, cancel: Cancel::default(), trace: url.traced() };
        for setting in variant.settings() {
            session.execute(setting).await?;
        }
        Ok(session)
    }

    /// Makes statements end when a stop is requested: the server is asked to cancel what it is doing.
    pub fn set_cancel(&mut self, cancel: Cancel) {
        self.cancel = cancel;
    }

    /// Returns the engine's variant of SQL.
    #[must_use]
    pub fn variant(&self) -> HiveVariant {
        self.variant
    }

    /// Runs a statement to its end. A result is left on the server and forgotten.
    ///
    /// # Errors
    /// `Database`; `Interrupted`.
    pub async fn execute(&mut self, sql: &str) -> Result<()> {
        let began = Instant::now();
        let outcome = self.connection.execute(sql, &self.cancel).await;
        self.sent(sql, began, outcome.as_ref().map(|()| 0));
        outcome
    }

    /// Returns the rows of a small result as text. Bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// `Database`; `Interrupted`.
    pub async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let began = Instant::now();
        let outcome = self.connection.query(sql, &self.cancel).await;
        self.sent(sql, began, outcome.as_ref().map(|rows| rows.len() as u64));
        outcome
    }

    /// Ends the session.
    ///
    /// # Errors
    /// `Database`.
    pub async fn close(self) -> Result<()> {
        self.connection.close().await
    }

    /// Writes a statement to the trace, if there is one.
    fn sent(&self, sql: &str, began: Instant, outcome: std::result::Result<u64, &Error>) {
        if let Some(trace) = &self.trace {
            trace.sent(sql, began.elapsed(), outcome);
        }
    }
}
