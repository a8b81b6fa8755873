//! Builds the SQL expression that computes a row's `sync_hash`, for triggers, `fill-sync-hash` and hashing on arrival.
//!
//! The hash is the MD5 of the natural key's fields in order: `<length in bytes>:<text>`, or `-` for NULL. A foreign key
//! contributes the hash of its row, a polymorphic reference the type code and then the hash. The two fields of an unordered
//! pair are sorted by the bytes of (type code, hash). Text counts as stored, other values in their neutral form, times always
//! with six digits of fraction. The bytes, and therefore the hash, are the same on every engine.
//!
//! The expression is NULL when a row that the key refers to is missing or has no hash yet.

use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::neutral::NeutralType;
use crate::model::profile::{Polymorphic, TableProfile};

use crate::db::dialect::Dialect;
use crate::sync::none::null_if;

/// Alias of the parent in a lookup. The caller's alias of the row must be different.
const PARENT: &str = "gs_p";

/// The parts of the expression for the hash of a row.
pub struct Key<'a> {
    /// The SQL dialect. On SQLite the expression uses the functions `gapsync_md5` and `gapsync_time` of our connections.
    pub dialect: Dialect,
    /// The rules of all tables.
    pub profile: &'a Completed,
    /// Neutral type of each key column.
    pub columns: &'a dyn Fn(&str) -> NeutralType,
    /// Alias or name of the row in SQL: `NEW`, `t`, `s`.
    pub row: &'a str,
    /// Table → SQL name of the source in which ids and hashes of its rows are looked up: a table, or a derived table in
    /// parentheses, with the parent's id and hash columns. `None`: the table does not exist, so it has no rows.
    pub parent: &'a dyn Fn(&str) -> Option<String>,
    /// Reference column → SQL of the hash of the referenced row, if that row is already joined to this one. `None`: the hash is
    /// looked up.
    pub joined: &'a dyn Fn(&str) -> Option<String>,
}

/// For [`Key::joined`]: looks up every hash.
pub fn not_joined(_column: &str) -> Option<String> {
    None
}

impl Key<'_> {
    /// Returns the SQL expression for the hash of a row.
    ///
    /// # Errors
    /// `Schema` if a key column is a float, whose text differs between engines, or JSON.
    pub fn hash(&self, table: &TableProfile) -> Result<String> {
        let input = self.input(table)?;
        Ok(match self.dialect {
            Dialect::Sqlite => format!("gapsync_md5({input})"),
            Dialect::Postgres | Dialect::Mariadb => format!("md5({input})"),
        })
    }

    /// Returns the SQL expression for the text that [`Key::hash`] takes the MD5 of.
    ///
    /// # Errors
    /// As [`Key::hash`].
    pub fn input(&self, table: &TableProfile) -> Result<String> {
        let fields: Vec<String> = if table.unordered {
            vec![self.pair(table)]
        } else {
            table.key.iter().map(|column| self.field(table, column)).collect::<Result<_>>()?
        };
        Ok(concat(self.dialect, &fields))
    }

    fn field(&self, table: &TableProfile, column: &str) -> Result<String> {
        if let Some(reference) = table.polymorphic(column) {
            let code = framed(self.dialect, &self.text(&reference.type_column));
            return Ok(concat(self.dialect, &[code, self.polymorphic_hash(reference)]));
        }
        if let Some(parent) = table.references.get(column) {
            let id = null_if(&self.column(column), parent.none);
            let hash = (self.joined)(column).or_else(|| self.parent_hash(parent, &id));
            return Ok(format!("CASE WHEN {id} IS NULL THEN '-' ELSE {} END", self.framed_hash(hash)));
        }
        let text = neutral_text(self.dialect, &self.column(column), (self.columns)(column))
            .map_err(|error| error.at_table(&table.name).at_column(column))?;
        Ok(framed(self.dialect, &text))
    }

    /// Returns the hash field of a polymorphic reference, without the code.
    fn polymorphic_hash(&self, reference: &Polymorphic) -> String {
        let id = null_if(&self.column(&reference.id), reference.none);
        let hash = self.by_code(reference, |_, parent| self.parent_hash(parent, &id));
        format!("CASE WHEN {id} IS NULL THEN '-' ELSE {} END", self.framed_hash(hash))
    }

    /// Returns both fields of an unordered pair in order.
    ///
    /// Each side becomes one text that sorts correctly: the rank of its code, as three digits that are cut off again, and its
    /// field. Each side then occurs only twice in the expression, and each is a dozen lookups long.
    fn pair(&self, table: &TableProfile) -> String {
        let sides: Vec<String> = table
            .key
            .iter()
            .filter_map(|column| table.polymorphic(column))
            .map(|reference| {
                let id = null_if(&self.column(&reference.id), reference.none);
                self.by_code(reference, |rank, parent| {
                    let code = self.code_at(reference, rank);
                    let head = self.dialect.literal(&format!("{rank:03}{}:{code}", code.len()));
                    let hash = self.framed_hash(self.parent_hash(parent, &id));
                    let hash = format!("CASE WHEN {id} IS NULL THEN '-' ELSE {hash} END");
                    Some(concat(self.dialect, &[head, hash]))
                })
                .unwrap_or_else(|| "NULL".to_owned())
            })
            .collect();
        let [left, right] = sides.as_slice() else { return "NULL".to_owned() };
        let sorted = |least, greatest, order| {
            let half = |function| format!("substr({function}({left}{order}, {right}{order}), 4)");
            concat(self.dialect, &[half(least), half(greatest)])
        };
        match self.dialect {
            Dialect::Sqlite => sorted("min", "max", ""),
            Dialect::Mariadb => sorted("least", "greatest", " COLLATE utf8mb4_bin"),
            // least() and greatest() are not used, because PostgreSQL's ignore NULL, and a side without a hash must not vanish.
            // OFFSET 0 keeps the planner from copying each side into all three places.
            Dialect::Postgres => format!(
                "(SELECT CASE WHEN gs_a <= gs_b THEN substr(gs_a, 4) || substr(gs_b, 4) \
                 ELSE substr(gs_b, 4) || substr(gs_a, 4) END \
                 FROM (SELECT ({left}) COLLATE \"C\" AS gs_a, ({right}) COLLATE \"C\" AS gs_b OFFSET 0) AS gs_pair)"
            ),
        }
    }

    /// Returns `CASE type WHEN code THEN … END` for the codes whose tables exist, or `None` if there are no such tables.
    fn by_code(&self, reference: &Polymorphic, value: impl Fn(usize, &str) -> Option<String>) -> Option<String> {
        let branches: Vec<String> = self
            .profile
            .codes(reference)
            .iter()
            .enumerate()
            .filter_map(|(rank, (code, table))| {
                Some(format!("WHEN {} THEN {}", self.dialect.literal(code), value(rank, table)?))
            })
            .collect();
        if branches.is_empty() {
            return None;
        }
        Some(format!("CASE {} {} END", self.column(&reference.type_column), branches.join(" ")))
    }

    fn code_at(&self, reference: &Polymorphic, rank: usize) -> &str {
        self.profile.codes(reference).keys().nth(rank).map_or("", String::as_str)
    }

    /// Returns the parent's hash, looked up by its id, or `None` if the table does not exist.
    fn parent_hash(&self, table: &str, id: &str) -> Option<String> {
        let source = (self.parent)(table)?;
        let (key, hash) = self.profile.table(table).map_or(("id", "sync_hash"), |table| (&table.id, &table.hash));
        let quote = |name: &str| self.dialect.ident(name);
        Some(format!(
            "(SELECT {PARENT}.{} FROM {source} AS {PARENT} WHERE {PARENT}.{} = {id})",
            quote(hash),
            quote(key)
        ))
    }

    fn framed_hash(&self, hash: Option<String>) -> String {
        hash.map_or_else(
            || "NULL".to_owned(),
            |hash| concat(self.dialect, &["'32:'".to_owned(), utf8(self.dialect, hash)]),
        )
    }

    fn column(&self, name: &str) -> String {
        format!("{}.{}", self.row, self.dialect.ident(name))
    }

    fn text(&self, column: &str) -> String {
        let column = self.column(column);
        match self.dialect {
            Dialect::Sqlite => column,
            Dialect::Postgres => format!("{column}::text"),
            Dialect::Mariadb => utf8(self.dialect, column),
        }
    }
}

/// Returns `<length in bytes>:<text>`, or `-` for NULL.
pub(super) fn framed(dialect: Dialect, text: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("coalesce(length(CAST({text} AS BLOB)) || ':' || {text}, '-')"),
        Dialect::Postgres => format!("coalesce(octet_length({text}) || ':' || {text}, '-')"),
        Dialect::Mariadb => format!("coalesce(concat(length({text}), ':', {text}), '-')"),
    }
}

/// Returns the neutral text of a value, or NULL for NULL.
pub(super) fn neutral_text(dialect: Dialect, value: &str, neutral: NeutralType) -> Result<String> {
    use Dialect::{Mariadb, Postgres, Sqlite};
    Ok(match (neutral, dialect) {
        (NeutralType::Float | NeutralType::Json, _) => {
            return Err(Error::schema("a float or JSON column cannot be part of a natural key"));
        }
        (NeutralType::Bool, _) => format!("CASE WHEN {value} THEN 't' WHEN NOT {value} THEN 'f' END"),

        (NeutralType::Text, Sqlite) => value.to_owned(),
        (NeutralType::Integer | NeutralType::Date, Sqlite) => format!("CAST({value} AS TEXT)"),
        (NeutralType::Decimal, Sqlite) => {
            let text = format!("CAST({value} AS TEXT)");
            format!("CASE WHEN instr({text}, '.') THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END")
        }
        // SQLite's hex() returns an empty text for NULL.
        (NeutralType::Bytes, Sqlite) => format!("CASE WHEN {value} IS NOT NULL THEN '\\x' || lower(hex({value})) END"),
        (NeutralType::Time | NeutralType::Timestamp, Sqlite) => format!("gapsync_time({value})"),
        (NeutralType::Uuid, Sqlite) => format!("lower({value})"),

        (NeutralType::Text | NeutralType::Integer | NeutralType::Uuid, Postgres) => format!("{value}::text"),
        (NeutralType::Decimal, Postgres) => format!("trim_scale({value})::text"),
        (NeutralType::Bytes, Postgres) => format!("('\\x' || encode({value}, 'hex'))"),
        // A cast to text would follow the session's DateStyle.
        (NeutralType::Date, Postgres) => format!("to_char({value}::timestamp, 'YYYY-MM-DD')"),
        (NeutralType::Time, Postgres) => format!("to_char({value}, 'HH24:MI:SS.US')"),
        (NeutralType::Timestamp, Postgres) => format!("to_char({value}::timestamp, 'YYYY-MM-DD HH24:MI:SS.US')"),

        (NeutralType::Text | NeutralType::Date, Mariadb) => utf8(dialect, value.to_owned()),
        // The addition removes ZEROFILL.
        (NeutralType::Integer, Mariadb) => utf8(dialect, format!("({value} + 0)")),
        (NeutralType::Decimal, Mariadb) => {
            let text = utf8(dialect, value.to_owned());
            format!("if(instr({text}, '.'), trim(TRAILING '.' FROM trim(TRAILING '0' FROM {text})), {text})")
        }
        // char(92) is the backslash, whatever the session's sql_mode makes of backslashes in literals.
        (NeutralType::Bytes, Mariadb) => {
            utf8(dialect, format!("concat(char(92 USING utf8mb4), 'x', lower(hex({value})))"))
        }
        (NeutralType::Time, Mariadb) => utf8(dialect, format!("time_format({value}, '%H:%i:%s.%f')")),
        (NeutralType::Timestamp, Mariadb) => utf8(dialect, format!("date_format({value}, '%Y-%m-%d %H:%i:%s.%f')")),
        (NeutralType::Uuid, Mariadb) => utf8(dialect, format!("lower({value})")),
    })
}

/// Converts text to one character set and collation: MariaDB refuses to mix the collations of columns, and MD5 sees the bytes.
fn utf8(dialect: Dialect, value: String) -> String {
    match dialect {
        Dialect::Mariadb => format!("CONVERT({value} USING utf8mb4)"),
        Dialect::Sqlite | Dialect::Postgres => value,
    }
}

/// Returns a concatenation that is NULL if one of its parts is.
pub(in crate::sync) fn concat(dialect: Dialect, parts: &[String]) -> String {
    if let [only] = parts {
        return only.clone();
    }
    match dialect {
        Dialect::Mariadb => format!("concat({})", parts.join(", ")),
        Dialect::Sqlite | Dialect::Postgres => {
            // CASE is delimited by its END, and no other expression built here has an operator weaker than `||`.
            format!("({})", parts.join(" || "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mini() -> Completed {
        let profile = crate::model::profile::Profile::parse(include_str!("../../../sql/profiles/mini.toml")).unwrap();
        Completed::without_catalogue(&profile)
    }

    fn expression(dialect: Dialect, table: &str, neutral: NeutralType) -> Result<String> {
        let profile = mini();
        let table = profile.table(table).unwrap();
        let parent = |name: &str| (name != "samples").then(|| dialect.ident(name));
        let columns = |_: &str| neutral;
        Key { dialect, profile: &profile, columns: &columns, row: "t", parent: &parent, joined: &not_joined }
            .input(table)
    }

    #[test]
    fn a_reference_stands_for_the_hash_of_its_row() {
        assert_eq!(
            expression(Dialect::Sqlite, "things", NeutralType::Text).unwrap(),
            "(CASE WHEN t.\"kind_id\" IS NULL THEN '-' ELSE ('32:' || (SELECT gs_p.\"sync_hash\" FROM \"kinds\" AS gs_p \
             WHERE gs_p.\"id\" = t.\"kind_id\")) END || \
             coalesce(length(CAST(t.\"value\" AS BLOB)) || ':' || t.\"value\", '-'))"
        );
    }

    #[test]
    fn a_table_that_does_not_exist_is_left_out() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mariadb] {
            let text = expression(dialect, "labelled", NeutralType::Text).unwrap();
            assert!(text.contains("'thing'") && !text.contains("'sample'"), "{text}");
        }
    }

    #[test]
    fn floats_and_json_are_refused_by_name() {
        let error = expression(Dialect::Postgres, "places", NeutralType::Float).unwrap_err();
        assert_eq!(error.place().table.as_deref(), Some("places"));
        assert_eq!(error.place().column.as_deref(), Some("code"));
        assert!(expression(Dialect::Mariadb, "places", NeutralType::Json).is_err());
    }
}
