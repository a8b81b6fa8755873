//! Lets the user stop a run: the first signal makes it stop at a safe point, the second aborts it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// A flag that long work checks between batches and chunks. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the run to stop at the next safe point.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns whether a stop was requested.
    #[must_use]
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends the work here if a stop was requested.
    ///
    /// # Errors
    /// `Interrupted` if one was.
    pub fn check(&self) -> Result<()> {
        if self.requested() { Err(Error::new(ErrorKind::Interrupted, "stopped by a signal")) } else { Ok(()) }
    }
}
