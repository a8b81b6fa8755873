//! The steps of the apply stage: which rows are written to which table, in what order and in which chunks.

use crate::db::session::Session;
use crate::error::Result;
use crate::sync::merge::{Merge, Pivot};

use super::checkpoint::Resolved;
use super::sets::removed_before;
use super::target::{Target, TargetTable};

/// The first and the last `gs_seq` of a chunk.
pub(super) type Chunk = (i64, i64);

/// The smallest number of chunks for which a step uses helpers.
pub(super) const WORTH_HELP: usize = 4;

/// Returns whether any step has that many chunks.
pub(super) fn is_worth_help(steps: &[Step], object_limit: i64) -> bool {
    steps.iter().any(|step| chunks(step.first, step.last, object_limit).count() >= WORTH_HELP)
}

/// What the statements of a step do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Insert new rows.
    Insert,
    /// Fill in references of new rows that had to wait for a cycle.
    Deferred,
    /// Change existing rows.
    Change,
    /// Delete rows that the sets of the bundle lack.
    Remove,
}

impl Work {
    /// Returns the name of the phase in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Insert | Self::Deferred => "insert",
            Self::Change => "update",
            Self::Remove => "delete",
        }
    }

    pub(super) fn point(self) -> &'static str {
        match self {
            Self::Insert => "import.insert",
            Self::Deferred => "import.deferred",
            Self::Change => "import.update",
            Self::Remove => "import.delete",
        }
    }
}

/// One kind of work on one table, for a range of `gs_seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Index in the target's tables.
    pub(super) table: usize,
    pub(super) work: Work,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// Returns all steps in an order that is always the same: first rows, parents before children, what is deleted from a set before
/// what is new in it, new rows before changed ones; then, for tables in a cycle, the deferred references and the changes there.
pub(super) fn steps(target: &Target, all: &[Resolved]) -> Vec<Step> {
    let mut steps = Vec::new();
    for later in [false, true] {
        for (table, (of, resolved)) in target.tables.iter().zip(all).enumerate() {
            let rings = of.merge.pivots.iter().any(Pivot::deferred);
            let insert = Step { table, work: Work::Insert, first: 1, last: resolved.inserts };
            if !later {
                let removed = removed_before(target, table);
                steps.extend(removed.into_iter().filter_map(|table| {
                    let (first, last) = all[table].removed?;
                    Some(Step { table, work: Work::Remove, first, last })
                }));
                steps.push(insert);
            }
            if later && rings {
                steps.push(Step { work: Work::Deferred, ..insert });
            }
            if rings == later {
                steps.push(Step { table, work: Work::Change, first: resolved.inserts + 1, last: resolved.last });
            }
        }
    }
    steps
}

/// Runs the statements for a range of rows, and returns the number of rows written.
pub(super) async fn statements(
    session: &mut Session,
    merge: &Merge,
    table: &TargetTable,
    work: Work,
    (from, to): Chunk,
) -> Result<u64> {
    let table = &table.merge;
    match work {
        Work::Insert => session.execute(&merge.insert(table, from, to)).await,
        Work::Deferred => match merge.fill_deferred(table, from, to) {
            Some(statement) => session.execute(&statement).await,
            None => Ok(0),
        },
        Work::Remove => match merge.remove(table, from, to) {
            Some(statement) => session.execute(&statement).await,
            None => Ok(0),
        },
        Work::Change => {
            let updated = match merge.update(table, from, to) {
                Some(statement) => session.execute(&statement).await?,
                None => 0,
            };
            match merge.fill_descriptions(table, from, to) {
                Some(statement) => Ok(updated + session.execute(&statement).await?),
                None => Ok(updated),
            }
        }
    }
}

/// Splits the numbers from `first` to `last` into ranges of `limit`.
pub(super) fn chunks(first: i64, last: i64, limit: i64) -> impl Iterator<Item = Chunk> {
    let mut from = first;
    std::iter::from_fn(move || {
        if from > last {
            return None;
        }
        let range = (from, last.min(from.saturating_add(limit - 1)));
        from = range.1 + 1;
        Some(range)
    })
}
