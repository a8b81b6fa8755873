//! Inserts new rows on SQLite with one statement each. A chunk needs no savepoint: its transaction makes it all or nothing.

use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::rows::RowByRow;
use crate::error::Result;
use crate::sync::merge::Merge;

use super::apply::{Apply, is_of_the_row, refusal};
use super::steps::{Chunk, Step, Work};
use super::target::TargetTable;

/// The smallest chunk that is read ahead.
const WORTH_AHEAD: i64 = 100;

impl Apply<'_> {
    /// Returns the statements that insert one row at a time where that is fastest: on SQLite, for tables without triggers. A
    /// row with a trigger has to be undone as a whole.
    pub(super) async fn row_by_row(&mut self, table: &TargetTable, step: &Step) -> Result<Option<RowByRow>> {
        if self.session.dialect() != Dialect::Sqlite || step.work != Work::Insert || step.first > step.last {
            return Ok(None);
        }
        let statements = self.merge.insert_row_by_row(&table.merge);
        let program = self.session.query(&Merge::explain(&statements)).await?;
        let triggers = program.iter().any(|row| row.iter().flatten().any(|cell| cell == "Program"));
        Ok((!triggers).then_some(statements))
    }

    /// Inserts the rows of a chunk one by one, and reads the next chunk meanwhile.
    pub(super) async fn insert_row_by_row(
        &mut self,
        table: &TargetTable,
        index: usize,
        statements: &RowByRow,
        (mut from, to): Chunk,
        next: Option<Chunk>,
    ) -> Result<u64> {
        let mut rows = 0;
        loop {
            // A reader that runs ahead does not see what was settled since the last commit.
            let next = next.filter(|(first, last)| !self.recounted && last - first >= WORTH_AHEAD);
            let inserted = self.session.insert_each(statements, (from, to), next).await?;
            rows += inserted.rows;
            let Some((sequence, error)) = inserted.refused else { return Ok(rows) };
            if !is_of_the_row(&error) {
                return Err(error);
            }
            self.recounted = true;
            let came_first = class_of(&error) == Some(SqlClass::Unique);
            if !(came_first && self.settle(table, index, sequence).await?) {
                self.refuse(table, index, sequence, refusal(&error)).await?;
            }
            from = sequence + 1;
        }
    }
}
