//! How large tables are, from what the engines know without reading them.

use std::collections::BTreeMap;

use super::dialect::Dialect;
use super::session::Session;
use crate::error::Result;

const POSTGRES: &str = include_str!("../../sql/postgres/queries/sizes.sql");
const MARIADB: &str = include_str!("../../sql/mariadb/queries/sizes.sql");
const SQLITE: &str = include_str!("../../sql/sqlite/queries/sizes.sql");

/// A table, or a database of SQLite, of up to this many bytes is counted exactly, which takes a moment.
const COUNTED: u64 = 256 << 20;

/// Sizes of tables.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    /// Table → estimated rows, if there is an estimate, and bytes.
    tables: BTreeMap<String, (Option<u64>, u64)>,
    /// Bytes of the whole database, where the sizes of tables are unknown.
    whole: Option<u64>,
}

impl Sizes {
    /// Reads the sizes.
    ///
    /// # Errors
    /// `Database`.
    pub async fn read(session: &mut Session) -> Result<Self> {
        let statement = match session.dialect() {
            Dialect::Sqlite => {
                let whole = session.count(SQLITE).await?.unsigned_abs();
                return Ok(Self { whole: Some(whole), ..Self::default() });
            }
            Dialect::Postgres => POSTGRES,
            Dialect::Mariadb => MARIADB,
        };
        let mut sizes = Self::default();
        for row in session.query(statement).await? {
            let number = |cell: usize| row.get(cell)?.as_deref()?.parse::<i64>().ok();
            let Some(name) = row.first().cloned().flatten() else { continue };
            let rows = number(1).and_then(|rows| u64::try_from(rows).ok());
            sizes.tables.insert(name, (rows, number(2).unwrap_or(0).unsigned_abs()));
        }
        Ok(sizes)
    }

    /// Returns the rows of a table: counted if the table is small, otherwise as the engine estimates them or, if it cannot,
    /// from the lowest and the highest id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn rows(&self, session: &mut Session, table: &str, id: Option<&str>) -> Result<u64> {
        let (rows, bytes) = self.tables.get(table).copied().unwrap_or((None, self.whole.unwrap_or(0)));
        let dialect = session.dialect();
        let name = dialect.ident(table);
        if bytes <= COUNTED {
            return Ok(session.count(&format!("SELECT count(*) FROM {name}")).await?.unsigned_abs());
        }
        match (rows, id.map(|id| dialect.ident(id))) {
            (Some(rows), _) => Ok(rows),
            // Two separate subselects: each uses the index.
            (None, Some(id)) => {
                let end = |which: &str| format!("(SELECT {which}({id}) FROM {name})");
                let span = format!("SELECT COALESCE({} - {} + 1, 0)", end("max"), end("min"));
                Ok(session.count(&span).await?.unsigned_abs())
            }
            (None, None) => Ok(session.count(&format!("SELECT count(*) FROM {name}")).await?.unsigned_abs()),
        }
    }

    /// Returns the bytes of these tables; of a database of SQLite, those of the whole.
    pub fn bytes<'t>(&self, tables: impl Iterator<Item = &'t str>) -> u64 {
        self.whole.unwrap_or_else(|| tables.filter_map(|table| Some(self.tables.get(table)?.1)).sum())
    }
}
