//! Runs a statement: the calls of HiveServer2, in the order that every engine understands.
//!
//! A statement is sent, its state asked for until it has ended, and only then is there a description of its result and are
//! its pages fetched.

use std::time::Duration;

use super::super::error::{SqlClass, SqlError};
use super::error::{refused, refused_login, unreadable};
use super::rows::Shape;
use super::thrift::{Fault, Value};
use super::url::{HiveAuth, HiveUrl};
use super::wire::Wire;
use crate::error::{Error, Result};
use crate::stream::cancel::Cancel;

/// Version 6 of the protocol: results travel in columns. Impala has no newer one.
const PROTOCOL: i32 = 5;

/// Rows of a page.
const PAGE: i64 = 1000;

/// The pauses between two questions whether a statement has ended.
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);

/// How often a wait checks for a stop.
const TICK: Duration = Duration::from_millis(100);

const NO_HANDLE: Fault = Fault("it has no handle");

/// States of a statement.
const FINISHED: i32 = 2;
const CANCELLED: i32 = 3;
const CLOSED: i32 = 4;
const FAILED: i32 = 5;
const TIMED_OUT: i32 = 8;

/// A connection with a session on it.
pub(super) struct Connection {
    wire: Wire,
    session: Value,
}

/// A statement that has ended well.
struct Operation {
    handle: Value,
    has_result: bool,
}

impl Connection {
    /// Connects and begins a session.
    ///
    /// # Errors
    /// `Database`; `File`.
    pub(super) async fn open(url: &HiveUrl) -> Result<Self> {
        let mut wire = Wire::open(url).await?;
        let mut request = vec![(1, Value::I32(PROTOCOL))];
        if url.auth() == HiveAuth::Plain {
            request.push((2, Value::text(&url.user())));
            request.push((3, Value::text(url.password())));
        }
        let begun = wire.call("OpenSession", Value::Struct(request), &Cancel::default()).await?;
        if let Some((_, said)) = failure(&begun) {
            return Err(refused_login(url, &said));
        }
        if begun.i32_at(2).is_none_or(|version| version < PROTOCOL) {
            return Err(unreadable(Fault("the server speaks an older version of the protocol")));
        }
        let session = begun.field(3).cloned().ok_or_else(|| unreadable(NO_HANDLE))?;
        Ok(Self { wire, session })
    }

    /// Runs a statement and forgets its result.
    ///
    /// # Errors
    /// `Database`; `Interrupted`.
    pub(super) async fn execute(&mut self, sql: &str, cancel: &Cancel) -> Result<()> {
        let operation = self.run(sql, cancel).await?;
        self.end(&operation.handle, cancel).await
    }

    /// Runs a statement and returns its rows.
    ///
    /// # Errors
    /// `Database`; `Interrupted`.
    pub(super) async fn query(&mut self, sql: &str, cancel: &Cancel) -> Result<Vec<Vec<Option<String>>>> {
        let operation = self.run(sql, cancel).await?;
        let fetched = if operation.has_result { self.fetch(&operation.handle, cancel).await } else { Ok(Vec::new()) };
        let ended = self.end(&operation.handle, cancel).await;
        let rows = fetched?;
        ended.map(|()| rows)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn close(mut self) -> Result<()> {
        let session = std::mem::replace(&mut self.session, Value::Bool(false));
        self.call("CloseSession", vec![(1, session)], &Cancel::default()).await.map(|_| ())
    }

    /// Sends a statement and waits for its end.
    async fn run(&mut self, sql: &str, cancel: &Cancel) -> Result<Operation> {
        cancel.check()?;
        let request = vec![(1, self.session.clone()), (2, Value::text(sql)), (4, Value::Bool(true))];
        let begun = self.call("ExecuteStatement", request, cancel).await?;
        let handle = begun.field(2).cloned().ok_or_else(|| unreadable(NO_HANDLE))?;
        let has_result = handle.bool_at(3).unwrap_or(true);
        match self.wait(&handle, cancel).await {
            Ok(()) => Ok(Operation { handle, has_result }),
            Err(error) => {
                // The reason counts, not whether the rest can still be tidied up.
                if cancel.requested() {
                    let _ = self.call("CancelOperation", vec![(1, handle.clone())], cancel).await;
                }
                let _ = self.end(&handle, cancel).await;
                Err(error)
            }
        }
    }

    /// Asks for the state of a statement until it has ended.
    async fn wait(&mut self, handle: &Value, cancel: &Cancel) -> Result<()> {
        let mut pause = SHORTEST;
        loop {
            let state = self.call("GetOperationStatus", vec![(1, handle.clone())], cancel).await?;
            match state.i32_at(2) {
                Some(FINISHED) => return Ok(()),
                Some(FAILED) => {
                    return Err(refused(state.text_at(3).as_deref(), &state.text_at(5).unwrap_or_default()));
                }
                Some(CANCELLED | CLOSED | TIMED_OUT) => return Err(ended_elsewhere(state.i32_at(2))),
                // Not begun, waiting or running.
                Some(_) => {}
                None => return Err(unreadable(Fault("it has no state"))),
            }
            let mut left = pause;
            while !left.is_zero() {
                cancel.check()?;
                let step = left.min(TICK);
                tokio::time::sleep(step).await;
                left -= step;
            }
            pause = (pause * 3 / 2).min(LONGEST);
        }
    }

    /// Fetches all pages of a result.
    async fn fetch(&mut self, handle: &Value, cancel: &Cancel) -> Result<Vec<Vec<Option<String>>>> {
        let described = self.call("GetResultSetMetadata", vec![(1, handle.clone())], cancel).await?;
        let shape = Shape::read(described.field(2));
        let mut rows = Vec::new();
        loop {
            let request = vec![(1, handle.clone()), (2, Value::I32(0)), (3, Value::I64(PAGE))];
            let page = self.call("FetchResults", request, cancel).await?;
            let more = shape.rows(page.field(3)).map_err(unreadable)?;
            // Hive and Spark never say that there is more, and Impala may do so with an empty page.
            if more.is_empty() {
                if page.bool_at(2) != Some(true) {
                    return Ok(rows);
                }
                cancel.check()?;
                tokio::time::sleep(SHORTEST).await;
            }
            rows.extend(more);
        }
    }

    /// Lets the server forget a statement.
    async fn end(&mut self, handle: &Value, cancel: &Cancel) -> Result<()> {
        self.call("CloseOperation", vec![(1, handle.clone())], cancel).await.map(|_| ())
    }

    async fn call(&mut self, method: &str, request: Vec<(i16, Value)>, cancel: &Cancel) -> Result<Value> {
        let result = self.wire.call(method, Value::Struct(request), cancel).await?;
        match failure(&result) {
            Some((state, said)) => Err(refused(state.as_deref(), &said)),
            None => Ok(result),
        }
    }
}

/// Returns SQL state and text of a result that says that its call failed.
fn failure(result: &Value) -> Option<(Option<String>, String)> {
    let status = result.field(1)?;
    // Success, success with a note, still running.
    if matches!(status.i32_at(1), Some(0..=2)) {
        return None;
    }
    Some((status.text_at(3), status.text_at(5).unwrap_or_else(|| "the server gave no reason".to_owned())))
}

fn ended_elsewhere(state: Option<i32>) -> Error {
    let what = match state {
        Some(TIMED_OUT) => "the statement took longer than the server allows",
        _ => "the statement was ended by somebody else",
    };
    SqlError::new(SqlClass::Other, None, None, what).into_error()
}
