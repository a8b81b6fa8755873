//! A SQLite session that writes many rows.

use std::time::Instant;

use super::copy::Readers;
use super::insert::Ahead;
use super::{Inserted, NumberedCopy, RowByRow, copy, insert};
use crate::db::sqlite::{SqliteSession, is_logged};
use crate::db::trace::Traced;
use crate::error::Result;

/// What a session on SQLite can do beside what every session can.
pub struct Bulk<'a> {
    pub(in crate::db) session: &'a mut SqliteSession,
    pub(in crate::db) trace: Option<&'a Traced>,
}

impl Bulk<'_> {
    /// Sets how many connections read rows for [`Self::copy`] besides the session. They get most of its page cache, because
    /// the session only appends meanwhile.
    ///
    /// # Errors
    /// `Database`.
    pub async fn set_readers(&mut self, readers: usize) -> Result<()> {
        self.session.readers = readers;
        self.session.share_cache().await
    }

    /// Copies rows into a table, optionally with the readers, which only see committed rows. Returns how many rows got a new
    /// number.
    ///
    /// # Errors
    /// `Database`.
    pub async fn copy(&mut self, copied: &NumberedCopy, with_readers: bool) -> Result<i64> {
        let began = Instant::now();
        let outcome = self.run_copy(copied.clone(), with_readers).await;
        if let Some(trace) = self.trace {
            let statements = format!("{};\n{};\n{}", copied.nth, copied.select, copied.insert);
            trace.sent(&statements, began.elapsed(), outcome.as_ref().map(|rows| rows.cast_unsigned()));
        }
        outcome
    }

    async fn run_copy(&mut self, copied: NumberedCopy, with_readers: bool) -> Result<i64> {
        let path = self.session.path.clone();
        let cache_kib = self.session.cache_kib - self.session.own_cache_kib();
        let count = if with_readers { self.session.readers } else { 0 };
        let readers = i64::try_from(count).ok().filter(|count| *count > 0);
        let readers = readers.map(|among| Readers { count, cache_kib: cache_kib / among });
        let work = move |connection: &mut rusqlite::Connection| {
            let readers = readers.filter(|_| is_logged(connection).unwrap_or(false));
            copy::rows(connection, &path, &copied, readers)
        };
        self.session.run(work).await
    }

    /// Inserts the new rows of a range one by one, up to the first that is refused; those before it remain. Meanwhile, a
    /// connection that only sees committed rows reads those of the range `next`, if there is one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_row_by_row(
        &mut self,
        inserted: &RowByRow,
        range: (i64, i64),
        next: Option<(i64, i64)>,
    ) -> Result<Inserted> {
        let began = Instant::now();
        let outcome = self.run_insert(inserted.clone(), range, next).await;
        if let Some(trace) = self.trace {
            let statements = format!("{};\n{}", inserted.select, inserted.insert);
            trace.sent(&statements, began.elapsed(), outcome.as_ref().map(|inserted| inserted.rows));
        }
        outcome
    }

    async fn run_insert(
        &mut self,
        statements: RowByRow,
        range: (i64, i64),
        next: Option<(i64, i64)>,
    ) -> Result<Inserted> {
        let session = &mut *self.session;
        let mut ahead = session.ahead.take().unwrap_or_else(|| Ahead::new(session.path.clone(), session.cache_kib));
        let work = move |connection: &mut rusqlite::Connection| {
            let next = next.filter(|_| is_logged(connection).unwrap_or(false));
            let inserted = insert::rows(connection, &statements, range, next, &mut ahead)?;
            Ok((inserted, ahead))
        };
        let (inserted, ahead) = session.run(work).await?;
        session.ahead = Some(ahead);
        Ok(inserted)
    }
}
