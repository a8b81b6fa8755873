//! Rows that need a row which the database refused. They are rejected too, unless the reference is optional: then it is
//! removed.

use crate::db::session::Session;
use crate::error::Result;
use crate::run::rejects::Rejects;
use crate::sync::merge::{Action, Merge};

use super::checkpoint::Resolved;
use super::reject::{PAGE, ReadBack, find_parents, orphan_reason, read_back};
use super::target::Target;

/// Finds the dependants of refused rows.
pub(super) struct Dependants<'a> {
    pub(super) session: &'a mut Session,
    pub(super) merge: &'a Merge,
    pub(super) target: &'a Target,
    pub(super) rejects: &'a mut Rejects,
}

impl Dependants<'_> {
    /// Removes references to refused rows from the rows of the table `index`, before they are written: deferred references if
    /// `deferred` is set, the others otherwise. Rows with a required reference are rejected. Returns whether a row that the
    /// table refers to was refused; `resolved` then has the new counts. Repeating the call changes nothing.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn free(&mut self, index: usize, deferred: bool, resolved: &mut [Resolved]) -> Result<bool> {
        let table = &self.target.tables[index];
        let mut unmapped = false;
        for (parent, refused) in self.target.tables.iter().zip(&*resolved) {
            let statements = self.merge.unmap(&table.merge, &parent.merge, deferred);
            if refused.refused == 0 || statements.is_empty() {
                continue;
            }
            let cleared = self.merge.clear_refused(&parent.merge, refused.inserts);
            for statement in cleared.iter().chain(&statements) {
                self.session.execute(statement).await?;
            }
            unmapped = true;
        }
        if !unmapped {
            return Ok(false);
        }
        if let Some(condition) = self.merge.is_orphaned(&table.merge).filter(|_| !deferred) {
            self.reject(index, &condition, &mut resolved[index]).await?;
        }
        let nulled = self.session.count(&self.merge.count_unmapped(&table.merge)).await?;
        resolved[index].counts.orphans_nulled = nulled.unsigned_abs();
        Ok(true)
    }

    /// Rejects the rows that meet `condition`, and writes them to the rejects.
    async fn reject(&mut self, index: usize, condition: &str, resolved: &mut Resolved) -> Result<()> {
        let table = &self.target.tables[index];
        let mut after = i64::MIN;
        loop {
            let page = format!("{condition} AND r.gs_row > {after} ORDER BY r.gs_row LIMIT {PAGE}");
            let rows = read_back(self.session, self.merge, table, &page).await?;
            let Some(last) = rows.iter().map(|row| row.position).max() else { break };
            after = last;
            let full = rows.len() == PAGE;
            let named = |row: ReadBack| {
                let reason = orphan_reason(table, self.target, &row, self.rejects);
                row.rejected(reason)
            };
            let mut found: Vec<_> = rows.into_iter().map(named).collect();
            find_parents(self.session, self.merge, self.target, (table, &mut found), self.rejects, true).await?;
            self.rejects.write(&table.profile.name, &found)?;
            if !full {
                break;
            }
        }
        for row in self.session.query(&self.merge.count_orphaned(&table.merge, condition)).await? {
            let mut cells = row.into_iter().flatten().filter_map(|cell| cell.parse::<i64>().ok());
            let (action, rows) = (cells.next().and_then(Action::from_number), cells.next().unwrap_or(0).unsigned_abs());
            match action {
                Some(Action::Insert) => resolved.counts.inserted -= rows,
                _ => resolved.counts.updated -= rows,
            }
            resolved.counts.rejected += rows;
            resolved.refused += rows;
        }
        self.session.execute(&self.merge.reject_orphaned(&table.merge, condition)).await?;
        Ok(())
    }
}
