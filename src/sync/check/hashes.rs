//! Checks `sync_hash`, table by table.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{ExitStatus, Result};
use crate::model::completed::Completed;
use crate::model::profile::Match;
use crate::run::report::grid::grouped;
use crate::sync::hashing;
use crate::sync::rights::Command;

use super::schema::shortened;
use super::{Checker, Line, State};

/// The hash column of a table.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct TableHashes {
    /// Whether the table has the column.
    pub column: bool,
    /// Whether an index begins with the column.
    pub indexed: bool,
    /// Rows that should have a hash but have none. Unknown if the user may not read the table.
    pub missing: Option<u64>,
}

impl Checker<'_> {
    /// Examines the hash column of each table that is matched by it.
    pub(super) async fn hashes(&mut self, tables: &mut BTreeMap<String, TableHashes>) -> Result<Vec<Line>> {
        let profile = Completed::join(&self.context.profile, self.catalogue);
        let indexed = self.session.indexed_columns().await?;
        for table in profile.tables.iter().filter(|table| table.matched_by == Match::Hash) {
            let Some(base) = self.catalogue.iter().find(|base| base.name == table.name) else { continue };
            self.context.run.cancel.check()?;
            let column = base.column(&table.hash).is_some();
            let missing = match column {
                true => hashing::count_missing(self.session, &profile, table, base, self.catalogue).await.ok(),
                false => None,
            };
            let indexed = indexed.contains(&(table.name.clone(), table.hash.clone()));
            tables.insert(table.name.clone(), TableHashes { column, indexed, missing });
        }
        let named = |of: fn(&TableHashes) -> bool| -> Vec<String> {
            tables.iter().filter(|(_, found)| of(found)).map(|(name, _)| name.clone()).collect()
        };
        let (without, slow) = (named(|found| !found.column), named(|found| found.column && !found.indexed));
        let unknown = named(|found| found.column && found.missing.is_none());
        let mut lines = Vec::new();
        if !without.is_empty() {
            let line =
                Line::new("sync_hash", State::Failed, format!("the column is missing in {}", shortened(&without)));
            lines.push(line.status(ExitStatus::Schema).advice(
                "`gapsync schema --existing` prints how to add it; or match the table by its key in the profile",
            ));
        }
        if !slow.is_empty() {
            let line =
                Line::new("sync_hash", State::Warning, format!("no index begins with it in {}", shortened(&slow)));
            lines.push(line.advice("create a unique index on it, or every run scans these tables"));
        }
        let lacking: Vec<String> = tables
            .iter()
            .filter_map(|(name, found)| Some((name, found.missing.filter(|missing| *missing > 0)?)))
            .map(|(name, missing)| format!("{name}: {}", grouped(missing)))
            .collect();
        if !lacking.is_empty() {
            let found = format!("rows without it: {}", shortened(&lacking));
            let needed =
                [Command::Import, Command::Export, Command::DryRun].iter().any(|needs| self.request.has(*needs));
            let line = Line::new("sync_hash", if needed { State::Failed } else { State::Warning }, found);
            let line = line.advice(format!("run `gapsync fill-sync-hash{}`", self.context.run.again));
            lines.push(if needed { line.status(ExitStatus::MissingHash) } else { line });
        }
        if !unknown.is_empty() {
            let found = format!("it cannot be read in {}", shortened(&unknown));
            lines.push(Line::new("sync_hash", State::Unknown, found));
        }
        if lines.is_empty() {
            let found = format!("{} tables have it, indexed, in every row", tables.len());
            lines.push(Line::new("sync_hash", State::Ok, found));
        }
        Ok(lines)
    }
}
