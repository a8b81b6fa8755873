//! Migrates the old files of a platform into the tables of its successor: Apache Spot's CSV and TSV trees first.
//!
//! A [`mapping::Mapping`] says which files a pipeline has and which rows of which tables they become. [`migrate`] takes one
//! pipeline after the other:
//!
//! 1. Look: [`tree`] finds the files, and the ledger of the target says which of them were migrated before.
//! 2. Stage: [`reader`] reads the files on a thread of its own, [`rows`] makes the rows of the target tables from their
//!    records, and the engine loads them into staging tables. A damaged file ends the run here: no target table was touched.
//! 3. Publish: the engine moves the staged rows into the target tables, group by group, and records the files of each group in
//!    the same transaction. A run that dies leaves whole groups; the next one goes on with the files that are not recorded.
//! 4. Retire: when every record of every file is accounted for, [`retire`] moves the old files to the backup folder, and the
//!    staging tables go.
//!
//! [`target`] chooses the engine; what depends on it is in [`sql`] and [`hive`]. To add a function to mappings, add it to
//! `mapping::value` and to [`evaluate`]; to add a pipeline of Spot's, add a file to `sql/migrate/` and to `mapping`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod dates;
mod evaluate;
mod hive;
mod lookup;
pub mod mapping;
mod pipeline;
mod plan;
mod reader;
pub mod report;
pub mod request;
mod retire;
mod rows;
mod run;
mod sql;
mod table;
mod target;
mod tree;

pub use run::{migrate, script};

/// A file that an earlier run has migrated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// SHA-256 of its content, hex.
    sha256: String,
    /// Its size.
    bytes: u64,
    /// The run.
    run: i64,
}

/// A file whose rows are staged.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    /// Its number in the run, from 1: that of the positions of its rows.
    number: u32,
    /// Path below the old tree.
    path: String,
    /// SHA-256 of its content, hex.
    sha256: String,
    /// Its size.
    bytes: u64,
    /// Its records, without those of days that were not wanted.
    records: u64,
    /// What became of them, by table.
    fates: BTreeMap<String, Fate>,
}

impl Done {
    /// Returns how many rows of a table are staged.
    fn staged(&self, table: &str) -> u64 {
        self.fates.get(table).map_or(0, |fate| fate.inserted)
    }
}

/// What became of the records of a file in a table. Each is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fate {
    /// Rows that the table takes.
    pub inserted: u64,
    /// Records that the table does not take.
    pub filtered: u64,
    /// Records in the rejects file.
    pub rejected: u64,
}

impl Fate {
    /// Adds the counts of another batch or file.
    pub fn add(&mut self, other: Self) {
        self.inserted += other.inserted;
        self.filtered += other.filtered;
        self.rejected += other.rejected;
    }

    /// Returns how many records are accounted for.
    #[must_use]
    pub fn all(self) -> u64 {
        self.inserted + self.filtered + self.rejected
    }
}
