//! What is known of files, and what became of their records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::days::DayDigests;
use crate::error::{Error, Result};
use crate::model::batch::Position;
use crate::run::rejects::Reject;

/// A file that an earlier run has migrated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// SHA-256 of its content, hex.
    pub(super) sha256: String,
    /// Its size.
    pub(super) bytes: u64,
    /// The run.
    pub(super) run: i64,
    /// Digests of its days, if its rows have days of their own.
    pub(super) days: DayDigests,
}

impl Known {
    /// The columns of the ledger that are read.
    pub(super) const COLUMNS: &str = "path, sha256, bytes, run_id, days";

    /// Reads files by path from rows of [`Known::COLUMNS`]. The last row of a path counts.
    ///
    /// # Errors
    /// `Schema` if a row lacks one of them.
    pub(super) fn by_path(rows: Vec<Vec<Option<String>>>, table: &str) -> Result<BTreeMap<String, Self>> {
        let read = |row: Vec<Option<String>>| {
            let mut cells = row.into_iter();
            let mut next = || cells.next().flatten();
            let (path, sha256) = (next()?, next()?);
            let (bytes, run) = (next()?.parse().ok()?, next()?.parse().ok()?);
            let days = DayDigests::from_json(&next()?)?;
            Some((path, Self { sha256, bytes, run, days }))
        };
        let unread = || Error::schema("a row of the table lacks what is known of a file").at_table(table);
        rows.into_iter().map(|row| read(row).ok_or_else(unread)).collect()
    }
}

/// A file whose rows are staged.
#[derive(Clone, Debug)]
pub(super) struct Done {
    /// Its number in the run, from 1: that of the positions of its rows.
    pub(super) number: u32,
    /// Path below the old tree.
    pub(super) path: String,
    /// SHA-256 of its content, hex.
    pub(super) sha256: String,
    /// Its size.
    pub(super) bytes: u64,
    /// Its records, without those of days that were not wanted.
    pub(super) records: u64,
    /// Digests of the days whose rows are in the tables, if its rows have days of their own.
    pub(super) days: DayDigests,
    /// What became of them, by table.
    pub(super) fates: BTreeMap<String, Fate>,
}

impl Done {
    /// Returns how many rows of a table are staged.
    pub(super) fn staged(&self, table: &str) -> u64 {
        self.fates.get(table).map_or(0, |fate| fate.inserted)
    }

    /// Returns how many rows of all tables are staged.
    pub(super) fn inserted(&self) -> u64 {
        self.fates.values().map(|fate| fate.inserted).sum()
    }
}

/// A row that the database refused: its table and the row itself.
pub(super) type Refused = (String, Reject);

/// Counts a refused row as rejected in the account of its file.
pub(super) fn recount(files: &mut [Done], (table, reject): &Refused) {
    let number = Position::from_number(reject.position).dump_file;
    if let Some(fate) = files.iter_mut().find(|file| file.number == number).and_then(|file| file.fates.get_mut(table)) {
        fate.inserted -= 1;
        fate.rejected += 1;
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
