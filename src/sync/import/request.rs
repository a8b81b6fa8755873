//! The request of an import.

use std::path::{Path, PathBuf};

use crate::bundle::reader::{DumpFormat, ReadLimits};
use crate::run::rejects::RejectLimit;
use crate::run::resources::Resources;
use crate::sync::rights::Command;

/// What to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The bundle in a file.
    File(PathBuf),
    /// The bundle on standard input, which can be read only once.
    Stdin,
    /// A rejects file, whose rows are imported again.
    Rejects(PathBuf),
}

impl Input {
    /// Returns the path of the input file.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) | Self::Rejects(path) => Some(path),
            Self::Stdin => None,
        }
    }

    /// Returns the path of the bundle.
    #[must_use]
    pub fn bundle(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Stdin | Self::Rejects(_) => None,
        }
    }

    /// Returns the size of the file in bytes, if known.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        self.path().and_then(|path| path.metadata().ok()).map(|file| file.len())
    }
}

/// What to import and how.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// What to import.
    pub input: Input,
    /// The format of its dump files.
    pub dialect: DumpFormat,
    /// The limits of its reader.
    pub limits: ReadLimits,
    /// Whether the older `created_at` is kept.
    pub keep_created_at: bool,
    /// The most rows that one statement touches.
    pub object_limit: u64,
    /// Threads, connections and memory.
    pub resources: Resources,
    /// Whether a description of the bundle replaces the target's.
    pub override_description: bool,
    /// Do everything except write to base tables.
    pub dry_run: bool,
    /// Fill `sync_hash` first instead of failing.
    pub fill_sync_hash: bool,
    /// Folder below which physical files are placed.
    pub files_root: Option<PathBuf>,
    /// Continue even if free space looks insufficient.
    pub ignore_free_space: bool,
    /// Refuse a bundle if an earlier one of its stream is missing.
    pub strict_chain: bool,
    /// Whether rows of which the database has a newer version are listed in a file.
    pub list_kept: bool,
    /// File for the names of the rows that are to be looked after on the platform.
    pub after_list: Option<PathBuf>,
    /// Keep the sync tables for inspection.
    pub keep_sync_tables: bool,
    /// The number or share of rejected rows that stops the run.
    pub max_rejects: Option<RejectLimit>,
    /// Continue where an earlier run of the bundle stopped.
    pub resume: bool,
    /// The command that does so, for the report of a failed run.
    pub command: Option<String>,
}

impl ImportRequest {
    /// Returns the commands whose privileges the import needs.
    pub(super) fn commands(&self) -> &'static [Command] {
        match (self.dry_run, self.fill_sync_hash) {
            (true, _) => &[Command::DryRun],
            (false, false) => &[Command::Import],
            (false, true) => &[Command::Import, Command::FillSyncHash],
        }
    }

    /// Returns the options that `config_json` and the report show.
    pub(super) fn options(&self) -> serde_json::Value {
        serde_json::json!({
            "keep_created_at": self.keep_created_at,
            "object_limit": self.object_limit,
            "memory_limit": self.resources.memory_limit(),
            "jobs": self.resources.jobs,
            "override_description": self.override_description,
            "dry_run": self.dry_run,
            "retry_rejects": matches!(self.input, Input::Rejects(_)),
            "max_rejects": self.max_rejects.map(|limit| limit.to_string()),
            "dialect": match self.dialect { DumpFormat::Bundle => "bundle", DumpFormat::Outfile => "outfile" },
        })
    }
}
