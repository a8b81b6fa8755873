//! The request of an export.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::profile::Profile;
use crate::run::resources::Resources;
use crate::stream::codec::Codec;
use crate::sync::rights::Command;
use crate::sync::window::Wanted;

use super::values::OnlyOption;

/// What to export and where to.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// Folder for the bundle.
    pub target: PathBuf,
    /// Start of the window, as a neutral timestamp. `None`: the end of the last export.
    pub start: Option<String>,
    /// End of the window for objects, as a neutral timestamp.
    pub end: Option<String>,
    /// Whether soft-deleted rows travel.
    pub include_deleted: bool,
    /// Whether investigations and tasks travel.
    pub include_investigations: bool,
    /// Whether only metadata tables travel.
    pub meta_only: bool,
    /// File types whose physical files stay behind.
    pub ignore_file_types: Vec<String>,
    /// The most rows in one dump file.
    pub object_limit: u64,
    /// Threads and memory.
    pub resources: Resources,
    /// How the bundle is compressed.
    pub compression: Codec,
    /// Folder with the physical files.
    pub files_root: Option<PathBuf>,
    /// Continue even if free space looks insufficient.
    pub ignore_free_space: bool,
    /// Whether a `synchronizations` row is written.
    pub record: bool,
    /// Name of the receiver, who has a separate stream.
    pub receiver: Option<String>,
    /// Sequence number of the bundle to whose window this one returns.
    pub since: Option<u64>,
    /// Whether the window returns to the beginning.
    pub full: bool,
    /// How much earlier the next window begins if open transactions cannot be seen.
    pub overlap: Duration,
    /// Whether no bundle is written if there is nothing new.
    pub skip_empty: bool,
    /// Which rows travel, of those that the profile lets travel.
    pub only: Vec<OnlyOption>,
}

impl ExportRequest {
    /// Returns the command whose privileges the export needs.
    pub(super) fn commands(&self) -> &'static [Command] {
        if self.record { &[Command::Export] } else { &[Command::ExportWithoutRecord] }
    }

    /// Returns what makes two exports the same configuration: the scope, but not dates, folders or sizes.
    pub(super) fn config(&self, profile: &Profile, installation: &str) -> serde_json::Value {
        let mut types = self.ignore_file_types.clone();
        types.sort();
        let mut config = serde_json::json!({
            "profile": profile.digest(),
            "installation": installation,
            "include_deleted": self.include_deleted,
            "include_investigations": self.include_investigations,
            "meta_only": self.meta_only,
            "ignore_file_types": types,
        });
        let options = profile.agreed();
        if !options.is_empty() {
            config["options"] = serde_json::json!(options);
        }
        let only = self.only();
        if !only.is_empty() {
            config["only"] = only.into();
        }
        if let Some(receiver) = &self.receiver {
            config["receiver"] = receiver.as_str().into();
        }
        config
    }

    /// Returns the values of `--only`, in an order that does not depend on how they were typed.
    fn only(&self) -> Vec<String> {
        let mut only: Vec<String> = self.only.iter().map(OnlyOption::typed).collect();
        only.sort();
        only
    }

    /// Returns whether the window has dates, which puts the bundle outside the chain.
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

    /// Returns the overlap in microseconds.
    pub(super) fn overlap(&self) -> i64 {
        i64::try_from(self.overlap.as_micros()).unwrap_or(i64::MAX / 4)
    }

    pub(super) fn options(&self) -> serde_json::Value {
        let mut options = serde_json::json!({
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
        });
        let only = self.only();
        if !only.is_empty() {
            options["only"] = only.into();
        }
        options
    }
}
