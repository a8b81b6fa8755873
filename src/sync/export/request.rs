//! What an export is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use crate::run::resources::Resources;
use crate::stream::codec::Codec;
use crate::sync::rights::Command;
use crate::sync::window::Wanted;

/// What to export and where to.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// Folder for the bundle.
    pub target: PathBuf,
    /// First moment of the window, as a neutral timestamp; `None`: where the last export left off.
    pub start: Option<String>,
    /// Last moment of the window for objects, as a neutral timestamp.
    pub end: Option<String>,
    /// Whether soft-deleted rows travel.
    pub include_deleted: bool,
    /// Whether investigations and tasks travel.
    pub include_investigations: bool,
    /// Metadata tables alone.
    pub meta_only: bool,
    /// File types whose physical files stay behind.
    pub ignore_file_types: Vec<String>,
    /// Rows a dump file at most.
    pub object_limit: u64,
    /// Threads and memory.
    pub resources: Resources,
    /// How the bundle is compressed.
    pub compression: Codec,
    /// Folder below which the physical files lie.
    pub files_root: Option<PathBuf>,
    /// Go on where the room on a disk seems too little.
    pub ignore_free_space: bool,
    /// Whether a `synchronizations` row is written.
    pub record: bool,
    /// Name of the receiver, whose stream is apart from those of others.
    pub receiver: Option<String>,
    /// Sequence number of the bundle whose window this one goes back to.
    pub since: Option<u64>,
    /// Whether the window goes back to the beginning.
    pub full: bool,
    /// How much earlier the next window begins if it cannot be seen which transactions are open.
    pub overlap: Duration,
    /// Whether no bundle is written if nothing is new.
    pub skip_empty: bool,
}

impl ExportRequest {
    /// Returns the command whose rights the export needs.
    pub(super) fn commands(&self) -> &'static [Command] {
        if self.record { &[Command::Export] } else { &[Command::ExportWithoutRecord] }
    }

    /// What makes two exports the same configuration: scope, not dates, folders or sizes.
    pub(super) fn config(&self, profile_digest: &str, installation: &str) -> serde_json::Value {
        let mut types = self.ignore_file_types.clone();
        types.sort();
        let mut config = serde_json::json!({
            "profile": profile_digest,
            "installation": installation,
            "include_deleted": self.include_deleted,
            "include_investigations": self.include_investigations,
            "meta_only": self.meta_only,
            "ignore_file_types": types,
        });
        if let Some(receiver) = &self.receiver {
            config["receiver"] = receiver.as_str().into();
        }
        config
    }

    /// Whether the window is given by dates, which makes a bundle outside the chain.
    pub(super) fn is_dated(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }

    pub(super) fn wanted(&self) -> Wanted {
        match self.since {
            _ if self.full => Wanted::Full,
            Some(sequence) => Wanted::Since(sequence),
            None => Wanted::Next,
        }
    }

    /// Microseconds of the overlap.
    pub(super) fn overlap(&self) -> i64 {
        i64::try_from(self.overlap.as_micros()).unwrap_or(i64::MAX / 4)
    }

    pub(super) fn options(&self) -> serde_json::Value {
        serde_json::json!({
            "start_date": self.start,
            "end_date": self.end,
            "include_deleted": self.include_deleted,
            "include_investigations": self.include_investigations,
            "meta_only": self.meta_only,
            "ignore_file_types": self.ignore_file_types,
            "object_limit": self.object_limit,
            "memory_limit": self.resources.memory_limit(),
            "jobs": self.resources.jobs,
            "compression": self.compression.name(),
            "receiver": self.receiver,
            "since": self.since,
            "full": self.full,
            "overlap_seconds": self.overlap.as_secs(),
            "skip_empty": self.skip_empty,
        })
    }
}
