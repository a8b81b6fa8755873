//! Builds the statements of `fill-sync-hash` for one table.

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::neutral::NeutralType;
use crate::model::profile::{Match, TableProfile};
use crate::model::schema::Table;
use crate::sync::merge::hash::{Key, not_joined};

use super::HashMode;
use super::strangers::is_stranger;

/// The temporary table of rows to write: id, stored hash, new hash.
const WORK: &str = "gapsync_hash";
/// Rows that one statement computes or writes.
pub(super) const CHUNK_ROWS: u64 = 20_000;

/// The statements for one table.
#[derive(Debug)]
pub(super) struct Statements {
    dialect: Dialect,
    mode: HashMode,
    /// Table name in the catalogue.
    pub(super) table: String,
    base: String,
    id: String,
    hash: String,
    /// The hash of row `t`.
    computed: String,
    /// The text whose MD5 is the hash of row `t`.
    pub(super) input: String,
    /// Condition that row `t` cannot have a hash, or `None` if every row can.
    stranger: Option<String>,
    /// Columns that an update would set to the current time (MariaDB), quoted. A new hash is no change of the row.
    stamped: Vec<String>,
}

impl Statements {
    /// # Errors
    /// `Schema` if the table lacks the id, the hash or a key column.
    pub(super) fn new(
        dialect: Dialect,
        profile: &Completed,
        table: &TableProfile,
        base: &Table,
        catalogue: &[Table],
        mode: HashMode,
    ) -> Result<Self> {
        let type_columns = table.polymorphic.iter().filter(|pair| table.in_key(&pair.id)).map(|pair| &pair.type_column);
        for column in table.key.iter().chain(type_columns).chain([&table.id, &table.hash]) {
            if base.column(column).is_none() {
                return Err(Error::schema("the table lacks a column that its hash needs")
                    .at_table(&table.name)
                    .at_column(column)
                    .hint("`gapsync schema --existing` prints how to create it. Or match the table by its key in the profile."));
            }
        }
        let columns = |name: &str| neutral(base, name);
        let parent = |name: &str| parent_source(dialect, profile, catalogue, name, 0);
        let key = Key { dialect, profile, columns: &columns, row: "t", parent: &parent, joined: &not_joined };
        let (input, computed) = (key.input(table)?, key.hash(table)?);
        Ok(Self {
            dialect,
            mode,
            table: table.name.clone(),
            base: dialect.ident(&table.name),
            id: dialect.ident(&table.id),
            hash: dialect.ident(&table.hash),
            computed,
            input,
            stranger: is_stranger(dialect, profile, catalogue, table, "t"),
            stamped: base.stamped.iter().map(|column| dialect.ident(column)).collect(),
        })
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Counts the rows to examine.
    pub(super) fn count(&self) -> String {
        format!("SELECT count(*) FROM {} AS t WHERE {}", self.base, self.wanted())
    }

    /// Counts the rows that cannot have a hash, or returns `None` if there cannot be any.
    pub(super) fn count_strangers(&self) -> Option<String> {
        let stranger = self.stranger.as_ref()?;
        Some(format!("SELECT count(*) FROM {} AS t WHERE t.{} IS NULL AND {stranger}", self.base, self.hash))
    }

    fn wanted(&self) -> String {
        let missing = format!("t.{} IS NULL", self.hash);
        match (self.mode, &self.stranger) {
            (HashMode::Missing, None) => missing,
            (HashMode::Missing, Some(stranger)) => format!("{missing} AND NOT {stranger}"),
            (HashMode::All | HashMode::Check, None) => "1 = 1".to_owned(),
            // A row with a hash is not such a row and need not be checked.
            (HashMode::All | HashMode::Check, Some(stranger)) => format!("NOT ({missing} AND {stranger})"),
        }
    }

    fn after(&self, id: Option<i64>) -> String {
        id.map_or_else(|| "1 = 1".to_owned(), |id| format!("t.{} > {id}", self.id))
    }

    /// Finds the highest id and the number of the next rows of the table, after an id. Rows with a hash count too: given a
    /// condition on the hash, a planner without statistics would sort all remaining rows for every chunk.
    pub(super) fn next_rows(&self, after: Option<i64>) -> String {
        format!(
            "SELECT max(c.id), count(*) FROM (SELECT t.{id} AS id FROM {} AS t WHERE {} ORDER BY t.{id} \
             LIMIT {CHUNK_ROWS}) AS c",
            self.base,
            self.after(after),
            id = self.id,
        )
    }

    /// Returns `FROM … WHERE …` for the rows to examine in a range of ids, alias `t`.
    pub(super) fn range(&self, after: Option<i64>, upto: i64) -> String {
        format!("FROM {} AS t WHERE {} AND t.{} <= {upto} AND {}", self.base, self.after(after), self.id, self.wanted())
    }

    /// Returns the SQL of id, input and stored hash of row `t`.
    pub(super) fn cells(&self) -> [String; 3] {
        [format!("t.{}", self.id), self.input.clone(), format!("t.{}", self.hash)]
    }

    /// Returns the rows of a range with their computed hash, on engines that can compute it in SQL; see `compute` for the
    /// other.
    fn computed_rows(&self, after: Option<i64>, upto: i64) -> String {
        let computed = match self.dialect {
            // Otherwise a column with an unusual collation could leave the comparison without one.
            Dialect::Postgres => format!("({}) COLLATE \"C\"", self.computed),
            Dialect::Mariadb | Dialect::Sqlite => self.computed.clone(),
        };
        // Otherwise the planner would repeat the expression at every use of the hash and compute it three times per row.
        let once = match self.dialect {
            Dialect::Postgres => " OFFSET 0",
            Dialect::Mariadb => " LIMIT 18446744073709551615",
            Dialect::Sqlite => "",
        };
        let range = self.range(after, upto);
        format!("(SELECT t.{} AS id, t.{} AS stored, {computed} AS hash {range}{once}) AS c", self.id, self.hash)
    }

    fn differs(&self) -> String {
        match self.dialect {
            // Compared as bytes, because the two sides have different character sets.
            Dialect::Mariadb => "NOT (CAST(c.stored AS BINARY) <=> CAST(c.hash AS BINARY))".to_owned(),
            Dialect::Postgres | Dialect::Sqlite => format!("NOT ({})", self.dialect.null_safe_eq("c.stored", "c.hash")),
        }
    }

    /// Counts rows, wrong or NULL hashes, and hashes that cannot be computed, in a range of ids.
    pub(super) fn check(&self, after: Option<i64>, upto: i64) -> String {
        format!(
            "SELECT count(*), sum(CASE WHEN c.stored IS NULL OR {} THEN 1 ELSE 0 END), \
             sum(CASE WHEN c.hash IS NULL THEN 1 ELSE 0 END) FROM {}",
            self.differs(),
            self.computed_rows(after, upto)
        )
    }

    pub(super) fn create(&self) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("CREATE TEMPORARY TABLE {WORK} (id INTEGER PRIMARY KEY, old TEXT, hash TEXT)"),
            Dialect::Postgres => format!(
                "CREATE TEMPORARY TABLE {WORK} (id bigint PRIMARY KEY, old varchar(32) COLLATE \"C\", \
                 hash varchar(32) COLLATE \"C\")"
            ),
            Dialect::Mariadb => {
                let hash = "varchar(32) CHARACTER SET ascii COLLATE ascii_bin";
                format!(
                    "CREATE TEMPORARY TABLE {WORK} (id bigint PRIMARY KEY, old {hash}, hash {hash}) ENGINE = InnoDB"
                )
            }
        }
    }

    pub(super) fn drop(&self) -> String {
        match self.dialect {
            Dialect::Mariadb => format!("DROP TEMPORARY TABLE {WORK}"),
            Dialect::Postgres | Dialect::Sqlite => format!("DROP TABLE {WORK}"),
        }
    }

    /// Inserts the rows of a range that have to be written or cannot be computed into the work table.
    pub(super) fn gather(&self, after: Option<i64>, upto: i64) -> String {
        format!(
            "INSERT INTO {WORK} (id, old, hash) SELECT c.id, c.stored, c.hash FROM {} WHERE c.hash IS NULL OR {}",
            self.computed_rows(after, upto),
            self.differs()
        )
    }

    /// Inserts rows that the caller computed: id, stored hash, hash.
    pub(super) fn insert(&self, rows: &[(i64, Option<String>, Option<String>)]) -> String {
        let text = |value: &Option<String>| {
            value.as_deref().map_or_else(|| "NULL".to_owned(), |value| self.dialect.literal(value))
        };
        let rows: Vec<String> =
            rows.iter().map(|(id, old, hash)| format!("({id},{},{})", text(old), text(hash))).collect();
        format!("INSERT INTO {WORK} (id, old, hash) VALUES {}", rows.join(","))
    }

    /// Updates the planner's statistics for the work table. The other engines do this themselves.
    pub(super) fn analyze(&self) -> Option<String> {
        (self.dialect == Dialect::Postgres).then(|| format!("ANALYZE {WORK}"))
    }

    pub(super) fn count_uncomputed(&self) -> String {
        format!("SELECT count(*) FROM {WORK} WHERE hash IS NULL")
    }

    pub(super) fn delete_uncomputed(&self) -> String {
        format!("DELETE FROM {WORK} WHERE hash IS NULL")
    }

    /// Counts rows to write that share a hash: zero means none, NULL means unknown.
    pub(super) fn count_twins(&self) -> Option<String> {
        match self.dialect {
            Dialect::Sqlite => Some(format!("SELECT gapsync_twins(hash) FROM {WORK}")),
            // MariaDB would search the twins for every row, even if there are none.
            Dialect::Mariadb => Some(format!(
                "SELECT count(*) FROM (SELECT hash FROM {WORK} GROUP BY hash HAVING count(*) > 1) AS twins"
            )),
            Dialect::Postgres => None,
        }
    }

    /// Finds hash and id of rows to write that share their hash with each other.
    pub(super) fn twins_to_write(&self) -> String {
        format!(
            "SELECT w.hash, w.id FROM {WORK} AS w JOIN \
             (SELECT hash FROM {WORK} GROUP BY hash HAVING count(*) > 1) AS d ON d.hash = w.hash"
        )
    }

    /// Finds hash, id and the other row's id for rows to write whose hash belongs to a row that is not to be written.
    pub(super) fn twins_in_base(&self) -> String {
        format!(
            "SELECT w.hash, w.id, t.{id} FROM {WORK} AS w JOIN {} AS t ON t.{} = w.hash \
             WHERE t.{id} <> w.id AND NOT EXISTS (SELECT 1 FROM {WORK} AS o WHERE o.id = t.{id})",
            self.base,
            self.hash,
            id = self.id
        )
    }

    /// Removes the rows with certain hashes from the work table.
    pub(super) fn leave_out(&self, hashes: &[&String]) -> String {
        let list: Vec<String> = hashes.iter().map(|hash| self.dialect.literal(hash)).collect();
        format!("DELETE FROM {WORK} WHERE hash IN ({})", list.join(","))
    }

    /// Returns a row if any row of the table has a hash.
    pub(super) fn any_hash(&self) -> String {
        format!("SELECT 1 FROM {} WHERE {} IS NOT NULL LIMIT 1", self.base, self.hash)
    }

    /// Finds the ids of rows to write that still have a hash which another row will get.
    pub(super) fn in_the_way(&self) -> String {
        format!(
            "SELECT t.{id} FROM {WORK} AS w JOIN {} AS t ON t.{} = w.hash WHERE t.{id} <> w.id",
            self.base,
            self.hash,
            id = self.id
        )
    }

    /// Sets a hash that no other row can have, for the duration of the transaction. It is made from the row's own id.
    pub(super) fn step_aside(&self, ids: &str) -> String {
        let (base, hash, id) = (&self.base, &self.hash, &self.id);
        let aside = match self.dialect {
            Dialect::Sqlite => format!("'gs' || printf('%030d', {id})"),
            Dialect::Postgres => format!("'gs' || lpad({id}::text, 30, '0')"),
            Dialect::Mariadb => format!("concat('gs', lpad({id}, 30, '0'))"),
        };
        format!("UPDATE {base} SET {hash} = {aside}{} WHERE {id} IN ({ids})", self.kept(""))
    }

    /// Sets the final hashes of the rows that stepped aside.
    pub(super) fn settle(&self, ids: &str) -> String {
        self.update_where(&format!("w.id IN ({ids})"))
    }

    pub(super) fn forget(&self, ids: &str) -> String {
        format!("DELETE FROM {WORK} WHERE id IN ({ids})")
    }

    /// Finds the highest id of the next rows to write, after an id.
    pub(super) fn next_to_write(&self, after: Option<i64>) -> String {
        let after = after.map_or_else(|| "1 = 1".to_owned(), |id| format!("id > {id}"));
        format!("SELECT max(c.id) FROM (SELECT id FROM {WORK} WHERE {after} ORDER BY id LIMIT {CHUNK_ROWS}) AS c")
    }

    /// SQLite: reads a number that changes when another connection has written.
    pub(super) fn version(&self) -> Option<&'static str> {
        (self.dialect == Dialect::Sqlite).then_some("PRAGMA data_version")
    }

    /// Writes the hashes of a range of ids, except for rows that were changed in the meantime; `alone`: there are none.
    pub(super) fn update(&self, after: Option<i64>, upto: i64, alone: bool) -> String {
        let unchanged = match self.dialect {
            Dialect::Sqlite if alone => "1 = 1".to_owned(),
            // A change of the key clears a hash, but that leaves no trace on a hash that is already NULL.
            Dialect::Sqlite => format!("t.{} IS w.old AND {} = w.hash", self.hash, self.computed),
            Dialect::Postgres => format!("t.{} IS NOT DISTINCT FROM w.old", self.hash),
            Dialect::Mariadb => format!("t.{} <=> w.old", self.hash),
        };
        let range = format!("{} AND t.{} <= {upto}", self.after(after), self.id);
        self.update_where(&format!("{range} AND {unchanged}"))
    }

    fn update_where(&self, condition: &str) -> String {
        let (base, hash, id) = (&self.base, &self.hash, &self.id);
        match self.dialect {
            Dialect::Sqlite | Dialect::Postgres => {
                format!("UPDATE {base} AS t SET {hash} = w.hash FROM {WORK} AS w WHERE w.id = t.{id} AND {condition}")
            }
            Dialect::Mariadb => {
                let kept = self.kept("t.");
                format!(
                    "UPDATE {base} AS t JOIN {WORK} AS w ON w.id = t.{id} SET t.{hash} = w.hash{kept} WHERE {condition}"
                )
            }
        }
    }

    /// Returns the assignments that keep the dates which an update would change.
    fn kept(&self, alias: &str) -> String {
        self.stamped.iter().map(|column| format!(", {alias}{column} = {alias}{column}")).collect()
    }
}

fn neutral(base: &Table, column: &str) -> NeutralType {
    base.column(column).map_or(NeutralType::Text, |column| column.neutral)
}

/// Returns the source in which a parent's hash is looked up: its table or, for a table without a hash column, a query that
/// computes it.
pub(in crate::sync) fn parent_source(
    dialect: Dialect,
    profile: &Completed,
    catalogue: &[Table],
    name: &str,
    depth: usize,
) -> Option<String> {
    let base = catalogue.iter().find(|table| table.name == name)?;
    let quoted = dialect.ident(name);
    let table = profile.table(name).filter(|table| table.matched_by == Match::Key);
    // A key that refers back to its own table was refused when the order was computed.
    let Some(table) = table.filter(|_| depth < profile.tables.len()) else { return Some(quoted) };
    let parent = |name: &str| parent_source(dialect, profile, catalogue, name, depth + 1);
    let alias = format!("gs_k{depth}");
    let columns = |column: &str| neutral(base, column);
    let hash = Key { dialect, profile, columns: &columns, row: &alias, parent: &parent, joined: &not_joined };
    let hash = hash.hash(table).ok()?;
    let id = dialect.ident(&table.id);
    Some(format!("(SELECT {alias}.{id}, {hash} AS {} FROM {quoted} AS {alias})", dialect.ident(&table.hash)))
}
