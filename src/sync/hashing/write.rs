//! Writing hashes: twins are left out, the rest goes in by bounded transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::db::dialect::Dialect;
use crate::error::Result;

use super::{LISTED_GROUPS, Run, numbers, parse};

/// Hashes that one statement takes out of the work table.
const LEFT_OUT: usize = 500;
/// How long a transaction gathers statements on SQLite, where a commit is dear.
const TRANSACTION: Duration = Duration::from_secs(3);

impl Run<'_> {
    /// Takes rows whose natural key another row has out of the work table, and lists them.
    pub(super) async fn leave_out_twins(&mut self) -> Result<()> {
        let mut groups: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        loop {
            let mut found: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
            for query in [self.statements.twins_to_write(), self.statements.twins_in_base()] {
                for row in self.session.query(&query).await? {
                    let mut cells = row.into_iter().flatten();
                    let ids = found.entry(cells.next().unwrap_or_default()).or_default();
                    for id in cells {
                        ids.insert(parse(&id)?);
                    }
                }
            }
            // Again, until nothing is found: a row that was left out keeps a hash that another was to get.
            if found.is_empty() {
                break;
            }
            let hashes: Vec<&String> = found.keys().collect();
            for hashes in hashes.chunks(LEFT_OUT) {
                self.session.execute(&self.statements.leave_out(hashes)).await?;
            }
            for (hash, ids) in found {
                groups.entry(hash).or_default().extend(ids);
            }
        }
        self.counts.twin_groups = groups.len() as u64;
        let mut listed: Vec<Vec<i64>> = groups.into_values().map(|ids| ids.into_iter().collect()).collect();
        listed.sort_unstable();
        listed.truncate(LISTED_GROUPS);
        self.counts.twins = listed;
        Ok(())
    }

    /// Writes what the work table holds.
    pub(super) async fn write(&mut self) -> Result<()> {
        self.swap().await?;
        let gathers = self.statements.dialect() == Dialect::Sqlite;
        let mut began: Option<Instant> = None;
        let mut after = None;
        while let Some(&upto) = numbers(self.session, &self.statements.next_to_write(after)).await?.first() {
            if gathers && began.is_none() {
                self.session.begin().await?;
                began = Some(Instant::now());
            }
            self.counts.filled += self.session.execute(&self.statements.update(after, upto)).await?;
            after = Some(upto);
            let stop = self.context.cancel.requested();
            if began.is_some_and(|began| stop || began.elapsed() >= TRANSACTION) {
                self.session.commit().await?;
                began = None;
            }
            self.context.cancel.check()?;
        }
        if began.is_some() {
            self.session.commit().await?;
        }
        Ok(())
    }

    /// Rows that hold each other's hash cannot be written one after the other: they step aside first, in one transaction.
    /// Only wrong hashes stand in each other's way, so these are few.
    async fn swap(&mut self) -> Result<()> {
        let found = self.session.query(&self.statements.in_the_way()).await?;
        if found.is_empty() {
            return Ok(());
        }
        let ids: BTreeSet<String> = found.into_iter().flatten().flatten().collect();
        let ids = ids.into_iter().collect::<Vec<_>>().join(",");
        self.session.begin().await?;
        self.session.execute(&self.statements.step_aside(&ids)).await?;
        self.counts.filled += self.session.execute(&self.statements.settle(&ids)).await?;
        self.session.commit().await?;
        self.session.execute(&self.statements.forget(&ids)).await?;
        Ok(())
    }
}
