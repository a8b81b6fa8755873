//! Files whose rows are published together.

use std::collections::{BTreeMap, BTreeSet};

use super::dates::Date;
use super::table::TargetTable;
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
    /// The days of the staged rows, by table.
    pub(super) days: &'a BTreeMap<String, BTreeSet<Date>>,
    /// Takes the rows that the database refuses.
    pub(super) rejects: &'a mut Rejects,
    /// Lets the user stop the run.
    pub(super) cancel: &'a Cancel,
    /// How often something was tried again.
    pub(super) retries: u64,
}
