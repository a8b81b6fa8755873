//! A bundle as the model sees it: tables with the columns that travel, and rows in dump files.

use gapsync::model::neutral::NeutralType;

use super::{Installation, Row};

/// The name of the column with the hash of the row that an optional reference leads to, where that row does not travel.
pub(crate) fn hash_column(reference: &str) -> String {
    format!("{reference}@sync_hash")
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Bundle {
    /// Tables in the order of the bundle.
    pub(crate) tables: Vec<BundleTable>,
}

#[derive(Clone, Debug)]
pub(crate) struct BundleTable {
    pub(crate) name: String,
    pub(crate) columns: Vec<(String, NeutralType)>,
    /// Rows of each dump file.
    pub(crate) files: Vec<Vec<Row>>,
}

impl BundleTable {
    /// All rows in bundle order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.files.iter().flatten()
    }
}

impl Bundle {
    pub(crate) fn table(&self, name: &str) -> Option<&BundleTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// Its rows as if they were a database's.
    pub(crate) fn as_installation(&self) -> Installation {
        let tables = self.tables.iter().map(|table| (table.name.clone(), table.rows().cloned().collect()));
        Installation { tables: tables.collect() }
    }
}
