//! The statements of `fill-sync-hash` for one table, as text.

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::neutral::NeutralType;
use crate::model::profile::{Match, TableProfile};
use crate::model::schema::Table;
use crate::sync::merge::hash::{Key, not_joined};

use super::HashMode;
use super::strangers::is_stranger;

/// The temporary table of rows to write: id, the hash stored now, the hash to store.
const WORK: &str = "gapsync_hash";
/// Rows that one statement computes or writes.
pub(super) const CHUNK_ROWS: u64 = 20_000;

/// The statements for one table.
#[derive(Debug)]
pub(super) struct Statements {
    dialect: Dialect,
    mode: HashMode,
    /// Table name as the catalogue has it.
    pub(super) table: String,
    base: String,
    id: String,
    hash: String,
    /// The hash of row `t`.
    computed: String,
    /// What the hash of row `t` is the MD5 of.
    pub(super) input: String,
    /// Whether row `t` can have no hash; none where every row can.
    stranger: Option<String>,
}

impl Statements {
    /// # Errors
    /// `Schema`, when the table lacks the id, the hash or a key column.
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
                    .hint("`gapsync schema --existing` prints how to create it; or let the profile match the table by its key."));
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
        })
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Rows to look at.
    pub(super) fn count(&self) -> String {
        format!("SELECT count(*) FROM {} AS t WHERE {}", self.base, self.wanted())
    }

    /// Counts the rows that can have no hash; none where there can be no such row.
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
            // A row with a hash is no such row, and need not be asked.
            (HashMode::All | HashMode::Check, Some(stranger)) => format!("NOT ({missing} AND {stranger})"),
        }
    }

    fn after(&self, id: Option<i64>) -> String {
        id.map_or_else(|| "1 = 1".to_owned(), |id| format!("t.{} > {id}", self.id))
    }

    /// Highest id and number of the next rows of the table, after an id. Rows that have a hash count too: with a condition
    /// on it, a planner that knows nothing of the table yet would sort what is left of it for every chunk.
    pub(super) fn next_rows(&self, after: Option<i64>) -> String {
        format!(
            "SELECT max(c.id), count(*) FROM (SELECT t.{id} AS id FROM {} AS t WHERE {} ORDER BY t.{id} \
             LIMIT {CHUNK_ROWS}) AS c",
            self.base,
            self.after(after),
            id = self.id,
        )
    }

    /// `FROM … WHERE …` for the rows to look at in a range of ids, alias `t`.
    pub(super) fn range(&self, after: Option<i64>, upto: i64) -> String {
        format!("FROM {} AS t WHERE {} AND t.{} <= {upto} AND {}", self.base, self.after(after), self.id, self.wanted())
    }

    /// SQL of id, input and stored hash of row `t`.
    pub(super) fn cells(&self) -> [String; 3] {
        [format!("t.{}", self.id), self.input.clone(), format!("t.{}", self.hash)]
    }

    /// The rows of a range with their computed hash, where that cannot be done in SQL alone: see `compute`.
    fn computed_rows(&self, after: Option<i64>, upto: i64) -> String {
        let computed = match self.dialect {
            // Else a vendor's column with a collation of its own could leave the comparison without one.
            Dialect::Postgres => format!("({}) COLLATE \"C\"", self.computed),
            Dialect::Mariadb | Dialect::Sqlite => self.computed.clone(),
        };
        // Else the planner would write the expression wherever the hash is named, and compute it three times a row.
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
            // As bytes: the two sides have different character sets.
            Dialect::Mariadb => "NOT (CAST(c.stored AS BINARY) <=> CAST(c.hash AS BINARY))".to_owned(),
            Dialect::Postgres | Dialect::Sqlite => format!("NOT ({})", self.dialect.null_safe_eq("c.stored", "c.hash")),
        }
    }

    /// Rows, wrong or NULL hashes, and hashes that cannot be computed, in a range of ids.
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

    /// Puts the rows of a range that have to be written, or cannot be computed, into the work table.
    pub(super) fn gather(&self, after: Option<i64>, upto: i64) -> String {
        format!(
            "INSERT INTO {WORK} (id, old, hash) SELECT c.id, c.stored, c.hash FROM {} WHERE c.hash IS NULL OR {}",
            self.computed_rows(after, upto),
            self.differs()
        )
    }

    /// Puts rows computed by the caller there: id, stored hash, hash.
    pub(super) fn insert(&self, rows: &[(i64, Option<String>, Option<String>)]) -> String {
        let text = |value: &Option<String>| {
            value.as_deref().map_or_else(|| "NULL".to_owned(), |value| self.dialect.literal(value))
        };
        let rows: Vec<String> =
            rows.iter().map(|(id, old, hash)| format!("({id},{},{})", text(old), text(hash))).collect();
        format!("INSERT INTO {WORK} (id, old, hash) VALUES {}", rows.join(","))
    }

    /// Tells the planner what the work table holds; the others find out by themselves.
    pub(super) fn analyze(&self) -> Option<String> {
        (self.dialect == Dialect::Postgres).then(|| format!("ANALYZE {WORK}"))
    }

    pub(super) fn count_uncomputed(&self) -> String {
        format!("SELECT count(*) FROM {WORK} WHERE hash IS NULL")
    }

    pub(super) fn delete_uncomputed(&self) -> String {
        format!("DELETE FROM {WORK} WHERE hash IS NULL")
    }

    /// Zero where no two rows to write can share their hash; NULL where that is not known.
    pub(super) fn count_twins(&self) -> Option<String> {
        match self.dialect {
            Dialect::Sqlite => Some(format!("SELECT gapsync_twins(hash) FROM {WORK}")),
            // It would look for every row among the twins, even where there are none.
            Dialect::Mariadb => Some(format!(
                "SELECT count(*) FROM (SELECT hash FROM {WORK} GROUP BY hash HAVING count(*) > 1) AS twins"
            )),
            Dialect::Postgres => None,
        }
    }

    /// Hash and id of the rows to write that share their hash with another of them.
    pub(super) fn twins_to_write(&self) -> String {
        format!(
            "SELECT w.hash, w.id FROM {WORK} AS w JOIN \
             (SELECT hash FROM {WORK} GROUP BY hash HAVING count(*) > 1) AS d ON d.hash = w.hash"
        )
    }

    /// Hash, id and the other's id of the rows to write whose hash a row has that is not to be written.
    pub(super) fn twins_in_base(&self) -> String {
        format!(
            "SELECT w.hash, w.id, t.{id} FROM {WORK} AS w JOIN {} AS t ON t.{} = w.hash \
             WHERE t.{id} <> w.id AND NOT EXISTS (SELECT 1 FROM {WORK} AS o WHERE o.id = t.{id})",
            self.base,
            self.hash,
            id = self.id
        )
    }

    /// Takes the rows of some hashes out of the work table.
    pub(super) fn leave_out(&self, hashes: &[&String]) -> String {
        let list: Vec<String> = hashes.iter().map(|hash| self.dialect.literal(hash)).collect();
        format!("DELETE FROM {WORK} WHERE hash IN ({})", list.join(","))
    }

    /// Gives a row where one of the table has a hash.
    pub(super) fn any_hash(&self) -> String {
        format!("SELECT 1 FROM {} WHERE {} IS NOT NULL LIMIT 1", self.base, self.hash)
    }

    /// Ids of the rows to write that still hold a hash which another row to write is to get.
    pub(super) fn in_the_way(&self) -> String {
        format!(
            "SELECT t.{id} FROM {WORK} AS w JOIN {} AS t ON t.{} = w.hash WHERE t.{id} <> w.id",
            self.base,
            self.hash,
            id = self.id
        )
    }

    /// Gives rows a hash that no other row can have, for as long as their transaction lasts. The row's own id makes it up.
    pub(super) fn step_aside(&self, ids: &str) -> String {
        let (base, hash, id) = (&self.base, &self.hash, &self.id);
        let aside = match self.dialect {
            Dialect::Sqlite => format!("'gs' || printf('%030d', {id})"),
            Dialect::Postgres => format!("'gs' || lpad({id}::text, 30, '0')"),
            Dialect::Mariadb => format!("concat('gs', lpad({id}, 30, '0'))"),
        };
        format!("UPDATE {base} SET {hash} = {aside} WHERE {id} IN ({ids})")
    }

    /// Gives the rows that stepped aside their hash.
    pub(super) fn settle(&self, ids: &str) -> String {
        self.update_where(&format!("w.id IN ({ids})"))
    }

    pub(super) fn forget(&self, ids: &str) -> String {
        format!("DELETE FROM {WORK} WHERE id IN ({ids})")
    }

    /// Highest id of the next rows to write, after an id.
    pub(super) fn next_to_write(&self, after: Option<i64>) -> String {
        let after = after.map_or_else(|| "1 = 1".to_owned(), |id| format!("id > {id}"));
        format!("SELECT max(c.id) FROM (SELECT id FROM {WORK} WHERE {after} ORDER BY id LIMIT {CHUNK_ROWS}) AS c")
    }

    /// SQLite: a number that changes when another connection has written.
    pub(super) fn version(&self) -> Option<&'static str> {
        (self.dialect == Dialect::Sqlite).then_some("PRAGMA data_version")
    }

    /// Writes the hashes of a range of ids, but for rows that someone changed meanwhile; `alone`: nobody has.
    pub(super) fn update(&self, after: Option<i64>, upto: i64, alone: bool) -> String {
        let unchanged = match self.dialect {
            Dialect::Sqlite if alone => "1 = 1".to_owned(),
            // A key change clears a hash, but not one that is NULL anyway.
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
                format!("UPDATE {base} AS t JOIN {WORK} AS w ON w.id = t.{id} SET t.{hash} = w.hash WHERE {condition}")
            }
        }
    }
}

fn neutral(base: &Table, column: &str) -> NeutralType {
    base.column(column).map_or(NeutralType::Text, |column| column.neutral)
}

/// What a parent's hash is looked up in: its table, or, where the table has no hash column, a query that computes it.
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
    // A key that leads back to its own table is refused when the order is computed.
    let Some(table) = table.filter(|_| depth < profile.tables.len()) else { return Some(quoted) };
    let parent = |name: &str| parent_source(dialect, profile, catalogue, name, depth + 1);
    let alias = format!("gs_k{depth}");
    let columns = |column: &str| neutral(base, column);
    let hash = Key { dialect, profile, columns: &columns, row: &alias, parent: &parent, joined: &not_joined };
    let hash = hash.hash(table).ok()?;
    let id = dialect.ident(&table.id);
    Some(format!("(SELECT {alias}.{id}, {hash} AS {} FROM {quoted} AS {alias})", dialect.ident(&table.hash)))
}
