//! The first half of an import: what is read of a bundle, and which rows hold a value that the target cannot.

use gapsync::model::neutral::NeutralType;
use gapsync::model::profile::TableProfile;

use super::bundle::Bundle;
use super::hash;
use super::schema::{Column, Limit, Schema};
use super::{Row, cell};
use crate::support::Engine;

/// What becomes of a staged row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    Pending,
    Inserted,
    Updated,
    Unchanged,
    Duplicate,
    Ignored,
    Rejected(&'static str),
}

/// A row of the bundle, with the columns that both sides know.
#[derive(Clone, Debug)]
pub(crate) struct Staged {
    pub(crate) row: Row,
    /// Its `sync_hash`, or the text of its key where rows are matched by that.
    pub(crate) identity: String,
    pub(crate) verdict: Verdict,
    /// For a duplicate: the row that stands for it.
    pub(crate) stands_for_it: Option<usize>,
    /// Place of its row among the target's rows.
    pub(crate) existing: Option<usize>,
    /// The oldest `created_at` of it and its duplicates.
    pub(crate) created: Option<String>,
}

/// The rows of a table of the bundle, in bundle order.
#[derive(Clone, Debug)]
pub(crate) struct StagedTable {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Staged>,
}

impl StagedTable {
    pub(crate) fn by_id(&self, id: &str) -> Option<usize> {
        self.rows.iter().position(|staged| cell(&staged.row, "id") == Some(id))
    }
}

/// Reads a table of the bundle; `None` when the bundle lacks it. `trusted`: the bundle's own hashes count.
pub(crate) fn stage(schema: &Schema, bundle: &Bundle, table: &TableProfile, trusted: bool) -> Option<StagedTable> {
    let source = bundle.table(&table.name)?;
    let columns: Vec<String> = source
        .columns
        .iter()
        .map(|(name, _)| name.clone())
        .filter(|name| schema.column(&table.name, name).is_some() && !schema.stays(table, name))
        .collect();
    let all = bundle.as_installation();
    let rows = source.rows().map(|whole| {
        let row: Row = columns.iter().map(|name| (name.clone(), cell(whole, name).map(str::to_owned))).collect();
        let unfit = columns.iter().any(|name| {
            let column = schema.column(&table.name, name).unwrap();
            !fits(schema.engine, column, cell(&row, name))
        });
        let identity = if schema.has_hash(&table.name) {
            let own = cell(&row, &table.hash).filter(|_| trusted).map(str::to_owned);
            own.or_else(|| hash::sync_hash(schema, &all, table, &row))
        } else {
            hash::key_text(schema, &all, table, &row)
        };
        let verdict = if unfit { Verdict::Rejected("a value does not fit") } else { Verdict::Pending };
        let created = cell(&row, &table.created).map(str::to_owned);
        // Without an identity a row of the key is missing, so the row goes before anybody asks for it.
        let identity = identity.unwrap_or_default();
        Staged { row, identity, verdict, stands_for_it: None, existing: None, created }
    });
    Some(StagedTable { rows: rows.collect(), columns })
}

/// Whether a column of the engine can hold a value as it is.
fn fits(engine: Engine, column: &Column, value: Option<&str>) -> bool {
    let Some(value) = value else { return column.nullable || column.name == "sync_hash" };
    if column.neutral == NeutralType::Integer && value.parse::<i64>().is_err() {
        return false;
    }
    if column.neutral == NeutralType::Text && engine == Engine::Postgres && value.contains('\0') {
        return false;
    }
    match column.limit {
        Limit::None => true,
        Limit::Chars(most) => engine == Engine::Sqlite || value.chars().count() <= most,
        Limit::Int32 => engine == Engine::Sqlite || value.parse::<i32>().is_ok(),
    }
}
