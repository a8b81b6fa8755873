//! What the core tells about its progress. It never prints: a [`Listener`] does, and only `cli` has one that knows a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Something that happened in a run. Few and ordered; high-rate counts go to the [`Meter`] instead.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A phase of the run began. The meter is set to zero once this was heard; totals are upper bounds when known.
    Phase {
        /// `read`, `stage`, `index`, `resolve`, `update`, `insert`, `files`, `finish`, `export`, `hash`, `verify`.
        name: &'static str,
        /// Rows that the phase will handle at most.
        rows: Option<u64>,
        /// Bytes that the phase will read at most.
        bytes: Option<u64>,
    },
    /// Work on a table began.
    Table {
        /// Its name.
        name: String,
    },
    /// Something worth a line, though nothing is amiss; also in the report.
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

/// Receives events; must not block for long.
pub trait Listener: Send + Sync {
    /// Called once an event, in order.
    fn event(&self, event: &Event);
}

/// Counters that a listener samples on its own tick.
#[derive(Debug, Default)]
pub struct Meter {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Meter {
    /// Rows handled in this phase.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Bytes handled in this phase.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// The core's end of progress reporting; clones share one listener and one meter.
#[derive(Clone)]
pub struct Progress {
    listener: Arc<dyn Listener>,
    meter: Arc<Meter>,
}

impl Progress {
    /// Progress that `listener` hears and `meter` counts.
    #[must_use]
    pub fn new(listener: Arc<dyn Listener>, meter: Arc<Meter>) -> Self {
        Self { listener, meter }
    }

    /// Progress that nobody hears.
    #[must_use]
    pub fn silent() -> Self {
        struct Nobody;
        impl Listener for Nobody {
            fn event(&self, _event: &Event) {}
        }
        Self::new(Arc::new(Nobody), Arc::default())
    }

    /// Announces a phase and sets the meter to zero.
    pub fn phase(&self, name: &'static str, rows: Option<u64>, bytes: Option<u64>) {
        // The listener first: it can still read what the phase before came to.
        self.listener.event(&Event::Phase { name, rows, bytes });
        self.meter.rows.store(0, Ordering::Relaxed);
        self.meter.bytes.store(0, Ordering::Relaxed);
    }

    /// Announces work on a table.
    pub fn table(&self, name: &str) {
        self.listener.event(&Event::Table { name: name.to_owned() });
    }

    /// Passes a remark on.
    pub fn note(&self, text: impl Into<String>) {
        self.listener.event(&Event::Note { text: text.into() });
    }

    /// Passes a warning on.
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
