//! Files whose rows are published together.

use std::collections::{BTreeMap, BTreeSet};

use super::dates::Date;
use super::table::TargetTable;
use crate::event::Progress;
use crate::run::rejects::Rejects;
use crate::stream::cancel::Cancel;

/// What publishing files needs.
pub(super) struct Published<'a> {
    /// Name of the pipeline.
    pub(super) pipeline: &'a str,
    /// The tables of the pipeline.
    pub(super) tables: &'a [TargetTable],
    /// Days whose rows are deleted first.
    pub(super) replace: &'a BTreeSet<Date>,
    /// Tables whose rows of these days stay, because the tree has no file that could bring them back.
    pub(super) keeps: &'a BTreeSet<String>,
    /// The days of the staged rows, by table.
    pub(super) days: &'a BTreeMap<String, BTreeSet<Date>>,
    /// Takes the rows that the database refuses.
    pub(super) rejects: &'a mut Rejects,
    /// Counts rows.
    pub(super) progress: &'a Progress,
    /// Lets the user stop the run.
    pub(super) cancel: &'a Cancel,
    /// How often something was tried again.
    pub(super) retries: u64,
}

impl Published<'_> {
    /// Returns the days whose rows of a table are deleted first.
    pub(super) fn replaced(&self, table: &str) -> impl Iterator<Item = Date> {
        let days = (!self.keeps.contains(table)).then_some(self.replace);
        days.into_iter().flatten().copied()
    }
}
