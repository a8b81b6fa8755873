//! New rows on SQLite, a statement each: a chunk is all or nothing by its transaction alone.

use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::rows::RowByRow;
use crate::error::Result;
use crate::sync::merge::Merge;

use super::apply::{Apply, is_of_the_row, refusal};
use super::steps::{Chunk, Step, Work};
use super::target::TargetTable;

/// Rows of a chunk that is worth reading ahead.
const WORTH_AHEAD: i64 = 100;

impl Apply<'_> {
    /// The statements that insert one row at a time, where that is quickest: on SQLite. A row that a trigger goes with needs to
    /// be taken back as a whole.
    pub(super) async fn one_by_one(&mut self, table: &TargetTable, step: &Step) -> Result<Option<RowByRow>> {
        if self.session.dialect() != Dialect::Sqlite || step.work != Work::Insert || step.first > step.last {
            return Ok(None);
        }
        let each = self.merge.insert_each(&table.merge);
        let program = self.session.query(&Merge::explain(&each)).await?;
        let triggers = program.iter().any(|row| row.iter().flatten().any(|cell| cell == "Program"));
        Ok((!triggers).then_some(each))
    }

    /// Inserts the rows of a chunk one by one; the one that follows is read meanwhile.
    pub(super) async fn each(
        &mut self,
        table: &TargetTable,
        index: usize,
        each: &RowByRow,
        (mut from, to): Chunk,
        next: Option<Chunk>,
    ) -> Result<u64> {
        let mut rows = 0;
        loop {
            // Whoever reads ahead does not see what was settled since the last commit.
            let next = next.filter(|(first, last)| !self.recounted && last - first >= WORTH_AHEAD);
            let inserted = self.session.insert_each(each, (from, to), next).await?;
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
