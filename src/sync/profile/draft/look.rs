//! Looks at the data where the catalogue is silent. Every look is bounded: a draft of a large database takes seconds.

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::db::sizes::Sizes;
use crate::error::Result;

/// How many values a look takes.
const SAMPLE: u64 = 10_000;

/// How many rows a table may have for its keys to be compared with each other.
const COMPARED: i64 = 2_000_000;

/// A database that is looked at.
pub(in crate::sync::profile) struct Look<'a> {
    pub(in crate::sync::profile) session: &'a mut Session,
    /// How large its tables are.
    pub(in crate::sync::profile) sizes: Sizes,
}

/// What the values of a column of whole numbers look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sync::profile) struct Range {
    /// The smallest one.
    pub(in crate::sync::profile) least: i64,
    /// The greatest one.
    pub(in crate::sync::profile) most: i64,
}

/// Where the values of a column lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sync::profile) struct Leads {
    /// Values that were looked at, without NULL and zero.
    pub(in crate::sync::profile) values: i64,
    /// Those of them that are ids of the other table.
    pub(in crate::sync::profile) found: i64,
    /// How many values are zero.
    pub(in crate::sync::profile) zeros: i64,
    /// Whether the other table has a row with the id zero.
    pub(in crate::sync::profile) has_zero: bool,
}

impl<'a> Look<'a> {
    /// Returns a look at the database of a session.
    ///
    /// # Errors
    /// `Database`.
    pub(in crate::sync::profile) async fn new(session: &'a mut Session) -> Result<Self> {
        let sizes = Sizes::read(session).await?;
        Ok(Self { session, sizes })
    }

    fn ident(&self, name: &str) -> String {
        self.session.dialect().ident(name)
    }

    /// Returns how many rows a table has, about as many if it is large.
    pub(in crate::sync::profile) async fn rows(&mut self, table: &str) -> Result<i64> {
        let rows = self.sizes.rows(self.session, table, None).await?;
        Ok(i64::try_from(rows).unwrap_or(i64::MAX))
    }

    /// Returns how many rows share the values of these columns with another row, or `None` if the table is too large to tell.
    /// Rows with a NULL among them count as well, because gapsync takes NULL for a value of a key.
    pub(in crate::sync::profile) async fn twins(&mut self, table: &str, columns: &[String]) -> Result<Option<i64>> {
        if self.rows(table).await? > COMPARED {
            return Ok(None);
        }
        // Keys are compared in bytes, whatever the collation of a column says.
        let binary = if self.session.dialect() == Dialect::Mariadb { "BINARY " } else { "" };
        let list =
            columns.iter().map(|column| format!("{binary}{}", self.ident(column))).collect::<Vec<_>>().join(", ");
        let table = self.ident(table);
        let groups = format!("SELECT count(*) AS n FROM {table} GROUP BY {list} HAVING count(*) > 1");
        let statement = format!("SELECT CAST(coalesce(sum(n), 0) AS {}) FROM ({groups}) AS t", self.integer());
        self.session.count(&statement).await.map(Some)
    }

    /// Returns the range of a column of whole numbers, without NULL and zero.
    pub(in crate::sync::profile) async fn range(&mut self, table: &str, column: &str) -> Result<Option<Range>> {
        let (table, column) = (self.ident(table), self.ident(column));
        let sample = format!("SELECT {column} AS v FROM {table} WHERE {column} <> 0 LIMIT {SAMPLE}");
        let cells = self.session.query(&format!("SELECT min(v), max(v) FROM ({sample}) AS t")).await?;
        let number = |index: usize| cells.first()?.get(index)?.as_deref()?.parse().ok();
        Ok(number(0).zip(number(1)).map(|(least, most)| Range { least, most }))
    }

    /// Returns where the values of a column would lead as ids of another table.
    pub(in crate::sync::profile) async fn leads(
        &mut self,
        (table, column): (&str, &str),
        (parent, id): (&str, &str),
    ) -> Result<Leads> {
        let (table, column) = (self.ident(table), self.ident(column));
        let (parent, id) = (self.ident(parent), self.ident(id));
        let sample = format!("(SELECT {column} AS v FROM {table} WHERE {column} IS NOT NULL LIMIT {SAMPLE}) AS s");
        let there = format!("SELECT 1 FROM {parent} AS p WHERE p.{id} = s.v");
        let mut count = async |statement: String| self.session.count(&statement).await;
        Ok(Leads {
            values: count(format!("SELECT count(*) FROM {sample} WHERE s.v <> 0")).await?,
            found: count(format!("SELECT count(*) FROM {sample} WHERE s.v <> 0 AND EXISTS ({there})")).await?,
            zeros: count(format!("SELECT count(*) FROM {sample} WHERE s.v = 0")).await?,
            has_zero: count(format!("SELECT count(*) FROM {parent} WHERE {id} = 0")).await? > 0,
        })
    }

    /// Returns the other schemas of the database that have tables, with their numbers. Only PostgreSQL has any.
    pub(in crate::sync::profile) async fn other_schemas(&mut self) -> Result<Vec<(String, i64)>> {
        if self.session.dialect() != Dialect::Postgres {
            return Ok(Vec::new());
        }
        let statement = "SELECT schemaname, CAST(count(*) AS text) FROM pg_catalog.pg_tables \
                         WHERE schemaname NOT IN ('pg_catalog', 'information_schema') \
                         AND schemaname <> pg_catalog.current_schema() GROUP BY schemaname ORDER BY schemaname";
        let rows = self.session.query(statement).await?;
        let row = |row: Vec<Option<String>>| {
            let mut cells = row.into_iter().flatten();
            Some((cells.next()?, cells.next()?.parse().ok()?))
        };
        Ok(rows.into_iter().filter_map(row).collect())
    }

    /// Returns the type of whole numbers in a cast.
    fn integer(&self) -> &'static str {
        match self.session.dialect() {
            Dialect::Sqlite => "INTEGER",
            Dialect::Postgres => "bigint",
            Dialect::Mariadb => "SIGNED",
        }
    }
}
