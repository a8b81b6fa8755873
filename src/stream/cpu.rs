//! Runs CPU-intensive work off the async threads. No other file starts work on the pool.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;

use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// Sets the number of threads of the pool. By default there is one per core.
///
/// # Errors
/// `Internal` if the pool has already been used.
pub fn limit(threads: usize) -> Result<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    pool.map_err(|error| Error::internal("the pool of threads cannot be given its size").because(error))
}

/// Runs a piece of work on the pool and waits for its result. A panic in it continues in the caller.
///
/// # Panics
/// If the work panics.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (reply, result) = oneshot::channel();
    rayon::spawn(move || {
        // Nobody is listening if the caller was dropped meanwhile.
        let _ = reply.send(catch_unwind(AssertUnwindSafe(work)));
    });
    match result.await.expect("the pool runs what it is given") {
        Ok(value) => value,
        Err(panic) => resume_unwind(panic),
    }
}

/// Work that [`start`] put on the pool, and its result.
#[derive(Debug)]
pub struct Job<T>(mpsc::Receiver<std::thread::Result<T>>);

/// Starts a piece of work, for a thread that does not run async code.
pub fn start<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    let (reply, result) = mpsc::sync_channel(1);
    rayon::spawn(move || {
        let _ = reply.send(catch_unwind(AssertUnwindSafe(work)));
    });
    Job(result)
}

impl<T> Job<T> {
    /// Blocks until the work is done. Must not be called on the pool or on an async thread.
    ///
    /// # Panics
    /// If the work panicked.
    pub fn wait(self) -> T {
        match self.0.recv().expect("the pool runs what it is given") {
            Ok(value) => value,
            Err(panic) => resume_unwind(panic),
        }
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn both_ways_bring_the_result_back() {
        assert_eq!(super::run(|| 6 * 7).await, 42);
        assert_eq!(super::start(|| 6 * 7).wait(), 42);
    }
}
