//! Work that burns CPU, off the async threads. No other file starts work on the pool.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;

use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// Gives the pool so many threads. Without it there is one a core.
///
/// # Errors
/// `Internal`, once the pool is at work.
pub fn limit(threads: usize) -> Result<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    pool.map_err(|error| Error::internal("the pool of threads cannot be given its size").because(error))
}

/// Runs a piece of work on the pool and waits for its result. A panic in it continues in the caller.
///
/// # Panics
/// When the work does.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (reply, result) = oneshot::channel();
    rayon::spawn(move || {
        // Nobody listens when the caller was dropped meanwhile.
        let _ = reply.send(catch_unwind(AssertUnwindSafe(work)));
    });
    match result.await.expect("the pool runs what it is given") {
        Ok(value) => value,
        Err(panic) => resume_unwind(panic),
    }
}

/// The result of work that [`start`] put on the pool.
#[derive(Debug)]
pub struct Job<T>(mpsc::Receiver<std::thread::Result<T>>);

/// Starts a piece of work for a thread that does not run async code.
pub fn start<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    let (reply, result) = mpsc::sync_channel(1);
    rayon::spawn(move || {
        let _ = reply.send(catch_unwind(AssertUnwindSafe(work)));
    });
    Job(result)
}

impl<T> Job<T> {
    /// Blocks until the work is done. Never call it on the pool or on an async thread.
    ///
    /// # Panics
    /// When the work did.
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
