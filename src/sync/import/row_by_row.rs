//! Finds out whether new rows can be inserted with one statement each. A chunk of them needs no savepoint: its transaction makes
//! it all or nothing.

use crate::db::session::Session;
use crate::db::sqlite::bulk::RowByRow;
use crate::error::Result;
use crate::sync::merge::{Merge, MergeTable};

use super::steps::{Step, Work};

/// Returns the statements that insert one row at a time where that is fastest: on SQLite, for tables without triggers. A row
/// with a trigger has to be undone as a whole.
///
/// # Errors
/// `Database`.
pub(super) async fn row_by_row(
    session: &mut Session,
    merge: &Merge,
    table: &MergeTable,
    step: &Step,
) -> Result<Option<RowByRow>> {
    if session.bulk().is_none() || step.work != Work::Insert || step.first > step.last {
        return Ok(None);
    }
    let statements = merge.insert_row_by_row(table);
    let program = session.query(&Merge::explain(&statements)).await?;
    let triggers = program.iter().any(|row| row.iter().flatten().any(|cell| cell == "Program"));
    Ok((!triggers).then_some(statements))
}
