//! Does the jobs of a restored database over several connections. The first failure stops them all.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::snapshot::wait::wait;
use crate::stream::cancel::Cancel;

/// What a connection does with the table of an index.
pub(in crate::snapshot) enum Job {
    /// Load a file into it.
    Load(usize, PathBuf),
    /// Count its rows.
    Count(usize),
}

/// The jobs that connections share.
pub(in crate::snapshot) struct Jobs<J> {
    waiting: Mutex<VecDeque<J>>,
    counts: Mutex<Vec<u64>>,
    failed: Cancel,
    cancel: Cancel,
}

impl<J: Send + 'static> Jobs<J> {
    /// Returns jobs about this many tables.
    pub(in crate::snapshot) fn new(jobs: VecDeque<J>, tables: usize, cancel: &Cancel) -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::new(jobs),
            counts: Mutex::new(vec![0; tables]),
            failed: Cancel::default(),
            cancel: cancel.clone(),
        })
    }

    /// Does the jobs over at most this many connections, and returns what was noted of each table.
    ///
    /// # Errors
    /// Those of the connections.
    pub(in crate::snapshot) fn work<F, T>(self: &Arc<Self>, connections: usize, connection: F) -> Result<Vec<u64>>
    where
        F: Fn() -> T,
        T: Future<Output = Result<()>> + Send + 'static,
    {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len();
        let outcomes = wait(async {
            let one = |_| {
                let (jobs, connection) = (Arc::clone(self), connection());
                tokio::spawn(async move {
                    let outcome = connection.await;
                    if outcome.is_err() {
                        jobs.failed.request();
                    }
                    outcome
                })
            };
            let tasks: Vec<_> = (0..connections.clamp(1, waiting.max(1))).map(one).collect();
            let mut outcomes = Vec::new();
            for task in tasks {
                outcomes.push(task.await.unwrap_or_else(|_| Err(Error::internal("a part of the restore died"))));
            }
            outcomes
        });
        outcomes.into_iter().collect::<Result<Vec<()>>>()?;
        Ok(self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Returns the next job, until there is none or a connection has failed.
    ///
    /// # Errors
    /// `Interrupted`.
    pub(in crate::snapshot) fn next(&self) -> Result<Option<J>> {
        self.cancel.check()?;
        if self.failed() {
            return Ok(None);
        }
        Ok(self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front())
    }

    /// Returns whether a connection has failed, so that what the others do is in vain.
    pub(in crate::snapshot) fn failed(&self) -> bool {
        self.failed.requested()
    }

    /// Notes the rows of a table.
    pub(in crate::snapshot) fn note(&self, table: usize, rows: u64) {
        if let Some(count) = self.counts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(table) {
            *count = rows;
        }
    }
}
