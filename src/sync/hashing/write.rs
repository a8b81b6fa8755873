//! Writes hashes: skips twins, and writes the rest in bounded transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::error::Result;

use super::{LISTED_GROUPS, TableFill, numbers, parse};

/// Hashes removed from the work table by one statement.
const LEFT_OUT: usize = 500;
/// How long a transaction on SQLite collects statements, because a commit is expensive there.
const TRANSACTION: Duration = Duration::from_secs(3);

impl TableFill<'_> {
    /// Returns a number that changes when another connection writes, or `None` if the engine has no such number.
    pub(super) async fn version(&mut self) -> Result<Option<i64>> {
        match self.statements.version() {
            Some(query) => self.session.number(query).await,
            None => Ok(None),
        }
    }

    /// Removes rows with the same natural key as another from the work table, and lists them. `free`: no row of the base table
    /// has a hash that another row will get.
    pub(super) async fn leave_out_twins(&mut self, free: bool) -> Result<()> {
        let mut groups: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        let mut queries = vec![self.statements.twins_to_write()];
        if let Some(count) = self.statements.count_twins()
            && numbers(self.session, &count).await? == [0]
        {
            queries.clear();
        }
        if !free {
            queries.push(self.statements.twins_in_base());
        }
        loop {
            let mut found: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
            for query in &queries {
                for row in self.session.query(query).await? {
                    let mut cells = row.into_iter().flatten();
                    let ids = found.entry(cells.next().unwrap_or_default()).or_default();
                    for id in cells {
                        ids.insert(parse(&id)?);
                    }
                }
            }
            // Repeated until nothing is found: a skipped row keeps a hash that another row should have got.
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

    /// Writes the contents of the work table. `version` is what [`TableFill::version`] returned before it was filled.
    pub(super) async fn write(&mut self, free: bool, version: Option<i64>) -> Result<()> {
        if !free {
            self.swap().await?;
        }
        let gathers = self.statements.dialect().gathers_commits();
        let mut began: Option<Instant> = None;
        let mut after = None;
        let mut alone = false;
        while let Some(&upto) = numbers(self.session, &self.statements.next_to_write(after)).await?.first() {
            if gathers && began.is_none() {
                self.session.begin().await?;
                began = Some(Instant::now());
                // The transaction excludes other writers.
                alone = version.is_some() && self.version().await? == version;
            }
            self.counts.filled += self.session.execute(&self.statements.update(after, upto, alone)).await?;
            after = Some(upto);
            let stop = self.context.run.cancel.requested();
            if began.is_some_and(|began| stop || began.elapsed() >= TRANSACTION) {
                self.session.commit().await?;
                began = None;
            }
            self.context.run.cancel.check()?;
        }
        if began.is_some() {
            self.session.commit().await?;
        }
        Ok(())
    }

    /// Returns the ids of rows with a hash that another row will get.
    pub(super) async fn in_the_way(&mut self) -> Result<BTreeSet<String>> {
        Ok(self.session.cells(&self.statements.in_the_way()).await?.into_iter().collect())
    }

    /// Handles rows that have each other's hash and cannot be written one after the other: in one transaction they first step
    /// aside. Only wrong hashes can block each other, so there are few.
    async fn swap(&mut self) -> Result<()> {
        let ids = self.in_the_way().await?;
        if ids.is_empty() {
            return Ok(());
        }
        let ids = ids.into_iter().collect::<Vec<_>>().join(",");
        self.session.begin().await?;
        self.session.execute(&self.statements.step_aside(&ids)).await?;
        self.counts.filled += self.session.execute(&self.statements.settle(&ids)).await?;
        self.session.commit().await?;
        self.session.execute(&self.statements.forget(&ids)).await?;
        Ok(())
    }
}
