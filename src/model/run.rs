//! Parts of the reports of all runs, as plain data. `run::report::Report` puts them together.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind};

/// Version of the JSON shape of reports, increased when a key changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Everything is done, perhaps with rejected rows.
    #[default]
    Finished,
    /// Ended by an error.
    Failed,
    /// Stopped by a signal.
    Interrupted,
    /// A preview; nothing was written.
    DryRun,
    /// All rows were already known.
    NothingToDo,
    /// An export that found nothing in its window.
    NothingNew,
}

impl Status {
    /// Returns the status of a run that ended with an error.
    #[must_use]
    pub fn after(error: &Error) -> Self {
        if error.kind() == ErrorKind::Interrupted { Self::Interrupted } else { Self::Failed }
    }
}

/// A reason why rows were rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectReason {
    /// The reason, as in the rejects file.
    pub reason: String,
    /// Number of rows.
    pub rows: u64,
    /// The first of these rows.
    pub examples: Vec<RejectedRow>,
}

/// Identifies a rejected row; its values are only in the rejects file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// Its table.
    pub table: String,
    /// Its id on the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync_hash: Option<String>,
    /// The file that it was read from; empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub dump_file: String,
    /// Its line there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl RejectedRow {
    /// Returns how people see the row identified: `indicators 12 (sync_hash 0123…)`.
    #[must_use]
    pub fn named(&self) -> String {
        match (self.id, &self.sync_hash, self.line) {
            (Some(id), Some(hash), _) => format!("{} {id} (sync_hash {hash})", self.table),
            (Some(id), None, _) => format!("{} {id}", self.table),
            (None, Some(hash), _) => format!("{} with sync_hash {hash}", self.table),
            (None, None, Some(line)) => format!("{} in {}, line {line}", self.table, self.dump_file),
            (None, None, None) => format!("a row of {}", self.table),
        }
    }
}

/// A phase, with its time and rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// `read`, `stage`, `index`, `resolve`, `update`, `insert`, `files`, `finish`, `export`; `stage flow` and `publish flow` for
    /// a pipeline of a migration.
    pub name: String,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Rows handled.
    pub rows: u64,
}

/// An upper bound of the disk space that a run needs, estimated before it began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Bytes on all disks.
    pub bytes: u64,
    /// The disks.
    pub disks: Vec<Disk>,
}

/// A disk that a run needs space on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// A path on it, or `None` for the disk of a server, which cannot be examined.
    pub path: Option<String>,
    /// Upper bound of the bytes needed.
    pub bytes: u64,
    /// Bytes that will probably be needed: fewer, if what is written is compressed.
    #[serde(default)]
    pub likely_bytes: u64,
    /// Bytes that were free.
    pub free_bytes: Option<u64>,
    /// Purposes, in bytes: `bundle`, `files`, `sync tables`, `growth`, `sorting`, `log`.
    pub parts: BTreeMap<String, u64>,
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Kind, as returned by `error::ErrorKind::name`.
    pub kind: String,
    /// What happened, and where.
    pub message: String,
    /// The causes, outermost first.
    pub causes: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
}
