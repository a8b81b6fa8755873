//! Reports the progress of the core, which never prints anything itself. A [`Listener`] does, and only `cli` has one that
//! knows about a terminal.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An event in a run. Events are few and ordered; counts that change quickly go to the [`Meter`] instead.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A phase of the run began. The meter is reset after the listener was called. Totals are upper bounds, if known.
    Phase {
        /// `read`, `search`, `stage`, `resolve`, `merge`, `files`, `export`, `hash`, `verify` or `snapshot`; `stage flow` or `publish flow`
        /// for a pipeline of a migration.
        name: Cow<'static, str>,
        /// Upper bound of the rows that the phase will handle.
        rows: Option<u64>,
        /// Upper bound of the bytes that the phase will read.
        bytes: Option<u64>,
    },
    /// Work on a table began.
    Table {
        /// Its name.
        name: String,
    },
    /// Something worth a line, although nothing is wrong; also in the report.
    Note {
        /// A sentence fragment without values of rows.
        text: String,
    },
    /// Something the user should know; also in the report.
    Warning {
        /// A sentence fragment without values of rows.
        text: String,
    },
}

/// Receives events. Must not block for long.
pub trait Listener: Send + Sync {
    /// Receives each event once, in order.
    fn event(&self, event: &Event);
}

/// Counters that a listener samples at its own pace.
#[derive(Debug, Default)]
pub struct Meter {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Meter {
    /// Returns the rows handled in this phase.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Returns the bytes handled in this phase.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// The core's end of progress reporting. Clones share the listener and the meter.
#[derive(Clone)]
pub struct Progress {
    listener: Arc<dyn Listener>,
    meter: Arc<Meter>,
}

impl Progress {
    /// Returns progress that is reported to `listener` and counted in `meter`.
    #[must_use]
    pub fn new(listener: Arc<dyn Listener>, meter: Arc<Meter>) -> Self {
        Self { listener, meter }
    }

    /// Returns progress that is not reported to anyone.
    #[must_use]
    pub fn silent() -> Self {
        struct Nobody;
        impl Listener for Nobody {
            fn event(&self, _event: &Event) {}
        }
        Self::new(Arc::new(Nobody), Arc::default())
    }

    /// Announces a phase and resets the meter.
    pub fn phase(&self, name: impl Into<Cow<'static, str>>, rows: Option<u64>, bytes: Option<u64>) {
        // The listener first: it can still read the final counts of the previous phase.
        self.listener.event(&Event::Phase { name: name.into(), rows, bytes });
        self.meter.rows.store(0, Ordering::Relaxed);
        self.meter.bytes.store(0, Ordering::Relaxed);
    }

    /// Announces work on a table.
    pub fn table(&self, name: &str) {
        self.listener.event(&Event::Table { name: name.to_owned() });
    }

    /// Reports a remark.
    pub fn note(&self, text: impl Into<String>) {
        self.listener.event(&Event::Note { text: text.into() });
    }

    /// Reports a warning.
    pub fn warning(&self, text: impl Into<String>) {
        self.listener.event(&Event::Warning { text: text.into() });
    }

    /// Counts rows as handled.
    pub fn add_rows(&self, rows: u64) {
        self.meter.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// Counts bytes as handled.
    pub fn add_bytes(&self, bytes: u64) {
        self.meter.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
