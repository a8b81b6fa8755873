//! What a snapshot says about a copy of a server and its log of changes: in the recovery point, and in files of its tree.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::stopped::Outside;

/// Names in the tree: the folder of the log, and the files that describe base copy and instant.
pub(super) const ARCHIVE: &str = "archive";
pub(super) const BASE: &str = "base.json";
pub(super) const INSTANT: &str = "instant.json";

/// What the fact of the instant is about.
pub(super) const OBJECT: &str = "log of changes";
pub(super) const POSITION: &str = "position";

/// A server as the recovery point keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Archived {
    #[serde(flatten)]
    pub(super) outside: Outside,
    /// Number of the server, which no other one has.
    pub(super) system: String,
    /// Size of a segment.
    pub(super) segment_bytes: u64,
}

/// A base copy.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Base {
    /// The segment that a recovery begins with.
    pub(super) from: String,
    /// When the copy was complete, UTC: a recovery can go to no earlier time.
    pub(super) time: String,
}

/// The instant that a snapshot is of.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Instant {
    /// Name of the restore point.
    pub(super) name: String,
    /// Where in the log it is.
    pub(super) position: u64,
    /// When it was, UTC.
    pub(super) time: String,
    /// The last segment.
    pub(super) to: String,
    /// A superuser, to ask the recovered server.
    pub(super) superuser: String,
    pub(super) settings: BTreeMap<String, String>,
}
