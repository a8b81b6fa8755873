//! What a migration is asked to do.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::dates;
use super::mapping::Mapping;
use crate::db::hive::HiveUrl;
use crate::db::url::DatabaseUrl;
use crate::run::rejects::RejectLimit;
use crate::run::resources::Resources;

/// The engine that a migration writes to.
#[derive(Clone, Debug)]
pub enum Engine {
    /// SQLite, PostgreSQL or MariaDB.
    Database(DatabaseUrl),
    /// Impala, Hive or Spark's server.
    Hive(HiveUrl),
}

impl Engine {
    /// Returns the address for people, with its password masked.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Database(url) => url.shown(),
            Self::Hive(url) => url.shown(),
        }
    }
}

/// A migration.
#[derive(Clone, Debug)]
pub struct MigrateRequest {
    /// The mappings of the pipelines, in the order in which they are migrated.
    pub mappings: Vec<Mapping>,
    /// The old tree.
    pub old_path: PathBuf,
    /// Name of the staging database: a schema on PostgreSQL, a database on MariaDB, a file on SQLite.
    pub staging_db: Option<String>,
    /// Where staged files go, on an engine that needs them.
    pub staging_path: Option<String>,
    /// Name of the target database: a schema on PostgreSQL, a database on MariaDB.
    pub target_db: Option<String>,
    /// The engine.
    pub engine: Engine,
    /// Whether missing target tables are created.
    pub init: bool,
    /// Whether only the plan is shown.
    pub dry_run: bool,
    /// Days, as year, month and day, whose rows are deleted and migrated again.
    pub replace_days: BTreeSet<(u16, u8, u8)>,
    /// Whether the old tree stays where it is.
    pub keep_source: bool,
    /// Limit of rejected rows.
    pub max_rejects: Option<RejectLimit>,
    /// Length limit of a record in bytes.
    pub max_row_bytes: u64,
    /// What the run may use of the machine.
    pub resources: Resources,
    /// The command that repeats the migration, without passwords.
    pub command: String,
}

impl MigrateRequest {
    /// Returns the options as reports show them.
    pub(super) fn options(&self) -> Value {
        let pipelines: Vec<&str> = self.mappings.iter().map(|mapping| mapping.pipeline.as_str()).collect();
        let days: Vec<String> = self.replace_days.iter().map(|day| dates::shown(*day)).collect();
        json!({
            "pipelines": pipelines,
            "old_path": self.old_path.display().to_string(),
            "staging_db": self.staging_db,
            "staging_path": self.staging_path,
            "target_db": self.target_db,
            "engine": self.engine.shown(),
            "init": self.init,
            "replace_days": days,
            "keep_source": self.keep_source,
            "max_rejects": self.max_rejects.map(|limit| limit.to_string()),
            "jobs": self.resources.jobs,
            "memory_limit": self.resources.memory_limit(),
        })
    }
}
