//! Rows whose physical files were not exported. The next export of the same configuration requests them again.
//!
//! They are stored in the report of each export that moved the window, as ranges of ids by table.

use std::collections::BTreeMap;

use roaring::RoaringTreemap;
use serde::Deserialize;

use crate::db::session::Session;
use crate::error::Result;
use crate::sync::report::FileCounts;

/// The most ranges written. Beyond that, all rows between the first and the last are requested.
const RANGES: usize = 50_000;

/// Ids by table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct MissingFiles(BTreeMap<String, RoaringTreemap>);

/// The part of a stored report that this module needs.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Stored {
    options: Options,
    totals: Totals,
    files: FileCounts,
    missing_files: BTreeMap<String, String>,
    moves_window: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    start_date: Option<String>,
    end_date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Totals {
    rejected: u64,
}

impl Stored {
    /// Returns whether files that the export did not list as missing count as exported.
    fn counts(&self) -> bool {
        let dated = self.options.start_date.is_some() || self.options.end_date.is_some();
        let whole = self.totals.rejected == 0 && !self.files.lacking;
        self.moves_window.unwrap_or(!dated && whole)
    }
}

impl MissingFiles {
    /// Reads the missing files of the last export with this `synchronizations.hash` that moved the window.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn of_last(session: &mut Session, hash: &str) -> Result<Self> {
        let statement = format!(
            "SELECT report_json FROM synchronizations WHERE type = 'export' AND hash = {} AND finished_at IS NOT NULL \
             ORDER BY id DESC",
            session.dialect().literal(hash)
        );
        let reports = session.cells(&statement).await?.into_iter();
        let mut stored = reports.filter_map(|report| serde_json::from_str::<Stored>(&report).ok());
        Ok(stored.find(Stored::counts).map(|stored| Self::read(&stored.missing_files)).unwrap_or_default())
    }

    /// Adds a row.
    pub(super) fn insert(&mut self, table: &str, id: u64) {
        self.0.entry(table.to_owned()).or_default().insert(id);
    }

    /// Returns the ids by table.
    pub(super) fn ids(&self) -> BTreeMap<String, RoaringTreemap> {
        self.0.clone()
    }

    /// Returns the ids as ranges: `1-5,9`.
    pub(super) fn write(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(table, ids)| (table.clone(), ranges(ids))).collect()
    }

    fn read(stored: &BTreeMap<String, String>) -> Self {
        let ids = |text: &String| {
            let ranges = text.split(',').filter_map(|range| {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?))
            });
            let mut ids = RoaringTreemap::new();
            for (first, last) in ranges {
                ids.insert_range(first..=last);
            }
            ids
        };
        Self(stored.iter().map(|(table, text)| (table.clone(), ids(text))).collect())
    }
}

fn ranges(ids: &RoaringTreemap) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for id in ids {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == id => *last = id,
            _ => ranges.push((id, id)),
        }
    }
    if let (true, Some(first), Some(last)) = (ranges.len() > RANGES, ids.min(), ids.max()) {
        ranges = vec![(first, last)];
    }
    let shown = |(first, last): (u64, u64)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.into_iter().map(shown).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_as_ranges() {
        let mut missing = MissingFiles::default();
        for id in [1, 2, 3, 9, 11, 12, u64::MAX] {
            missing.insert("papers", id);
        }
        let written = missing.write();
        assert_eq!(written["papers"], format!("1-3,9,11-12,{}", u64::MAX));
        assert_eq!(MissingFiles::read(&written), missing);
    }

    #[test]
    fn an_export_that_was_not_whole_does_not_count() {
        let counts = |report: &str| serde_json::from_str::<Stored>(report).unwrap().counts();
        assert!(counts("{}"));
        assert!(!counts(r#"{"options": {"start_date": "2026-01-01"}}"#));
        assert!(!counts(r#"{"totals": {"rejected": 1}}"#));
        assert!(!counts(r#"{"files": {"placed": 0, "placeholders": 2, "skipped": 0, "lacking": true}}"#));
        assert!(!counts(r#"{"moves_window": false}"#));
    }
}
