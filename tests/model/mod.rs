//! The reference model: the merge rules of an import, and which rows an export takes, in plain, slow, obvious code over rows
//! in memory. No SQL and nothing of the product's own code but the profile's data types, so that it is a second reading of
//! the same contract.

pub(crate) mod bundle;
mod checks;
pub(crate) mod compare;
pub(crate) mod export;
pub(crate) mod hash;
pub(crate) mod import;
pub(crate) mod schema;
mod stage;
mod write;

use std::collections::BTreeMap;

use schema::Schema;

/// A row: column → neutral text, or NULL.
pub(crate) type Row = BTreeMap<String, Option<String>>;

/// Stands for "the time of the import": later than any date that the generator makes.
pub(crate) const NOW: &str = "2999-12-31 00:00:00";

/// A cell of a row; a column that the row lacks is NULL.
pub(crate) fn cell<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column)?.as_deref()
}

/// A database: table → rows, each with its id.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Installation {
    pub(crate) tables: BTreeMap<String, Vec<Row>>,
}

impl Installation {
    /// The rows of a table.
    pub(crate) fn rows(&self, table: &str) -> &[Row] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }

    /// The row of an id.
    pub(crate) fn find(&self, table: &str, id: &str) -> Option<&Row> {
        self.rows(table).iter().find(|row| cell(row, "id") == Some(id))
    }

    /// Computes `sync_hash` of every row of every table that has it.
    pub(crate) fn fill_hashes(&mut self, schema: &Schema) {
        let whole = self.clone();
        for table in schema.profile.tables.iter().filter(|table| schema.has_hash(&table.name)) {
            for row in self.tables.entry(table.name.clone()).or_default() {
                let hash = hash::sync_hash(schema, &whole, table, row);
                row.insert(table.hash.clone(), hash);
            }
        }
    }
}
