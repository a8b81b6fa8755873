//! What the triggers of the three engines have in common: the hash of a row, and the rows that lose their hash because of it.

use sha2::{Digest, Sha256};

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::change::DateKind;
use crate::model::completed::Completed;
use crate::model::hex::hex;
use crate::model::neutral::NeutralType;
use crate::model::profile::{Match, TableProfile};
use crate::model::schema::Table;
use crate::sync::hashing::parent_source;
use crate::sync::merge::hash::{Key, not_joined};

use super::common::list;
use super::table::key;

/// The tables that have triggers.
pub(super) struct Hashed<'a> {
    pub(super) dialect: Dialect,
    pub(super) profile: &'a Completed,
    /// The columns of all existing tables.
    pub(super) catalogue: &'a [Table],
    /// The existing tables of the profile, parents first.
    pub(super) tables: Vec<&'a TableProfile>,
    /// Whether triggers of the same name are replaced.
    pub(super) replace: bool,
}

/// The actions of one table's triggers.
pub(super) struct Triggers {
    /// The table, quoted.
    pub(super) table: String,
    /// Its id column, quoted.
    pub(super) id: String,
    /// Its hash, or `None` if rows are matched by their key.
    pub(super) hash: Option<Hash>,
    /// The columns of the natural key, quoted and separated by commas.
    pub(super) key: String,
    /// The values of the natural key of the rows `OLD` and `NEW`, for comparison.
    pub(super) old: Vec<String>,
    pub(super) new: Vec<String>,
    /// The statements that clear the hashes that contain the row's hash.
    pub(super) clear: Vec<String>,
}

/// The hash of a table's rows.
pub(super) struct Hash {
    /// The column, quoted.
    pub(super) column: String,
    /// The hash of the row `NEW`.
    pub(super) of_new: String,
}

impl Hashed<'_> {
    /// Returns the actions of a table's triggers, or `None` if it needs no trigger.
    ///
    /// # Errors
    /// `Schema` if its key cannot be hashed.
    pub(super) fn triggers(&self, table: &TableProfile) -> Result<Option<Triggers>> {
        let clear = self.clear(table, &|id| format!("{id} = NEW.{}", self.dialect.ident(&table.id)));
        let hash = match table.matched_by {
            Match::Hash => Some(Hash { column: self.dialect.ident(&table.hash), of_new: self.hash_of_new(table)? }),
            Match::Key => None,
        };
        if hash.is_none() && clear.is_empty() {
            return Ok(None);
        }
        Ok(Some(Triggers {
            table: self.dialect.ident(&table.name),
            id: self.dialect.ident(&table.id),
            hash,
            key: list(self.dialect, &key(table)),
            old: key(table).iter().map(|column| self.compared(table, "OLD", column)).collect(),
            new: key(table).iter().map(|column| self.compared(table, "NEW", column)).collect(),
            clear,
        }))
    }

    /// Returns the quoted name of a trigger or function of a table. A name that the engine would truncate is shortened, and a
    /// digest of the whole keeps it unique.
    pub(super) fn named(&self, table: &TableProfile, what: &str) -> String {
        let name = format!("{}_{what}", table.name);
        let longest = self.dialect.max_ident_len();
        if name.len() <= longest {
            return self.dialect.ident(&name);
        }
        let digest = hex(&Sha256::digest(table.name.as_bytes()));
        let tail = format!("_{}_{what}", digest.get(..8).unwrap_or_default());
        let mut head = table.name.clone();
        while head.len() + tail.len() > longest {
            head.pop();
        }
        self.dialect.ident(&format!("{head}{tail}"))
    }

    fn hash_of_new(&self, table: &TableProfile) -> Result<String> {
        let base = self.catalogue.iter().find(|base| base.name == table.name);
        let column = |name: &str| base.and_then(|base| base.column(name));
        for name in key(table) {
            if column(name).is_none() {
                return Err(Error::schema("the table lacks a column of its natural key")
                    .at_table(&table.name)
                    .at_column(name)
                    .hint("Correct the profile, or create the column."));
            }
        }
        let neutral = |name: &str| column(name).map_or(NeutralType::Text, |column| column.neutral);
        let parent = |name: &str| parent_source(self.dialect, self.profile, self.catalogue, name, 0);
        let (dialect, profile) = (self.dialect, self.profile);
        Key { dialect, profile, columns: &neutral, row: "NEW", parent: &parent, joined: &not_joined }.hash(table)
    }

    /// Returns a value of a row that is equal for two rows if their hash is. Our own texts are compared by their bytes; those
    /// of other schemas may ignore case.
    fn compared(&self, table: &TableProfile, row: &str, column: &str) -> String {
        let value = format!("{row}.{}", self.dialect.ident(column));
        let base = self.catalogue.iter().find(|base| base.name == table.name);
        let column = base.and_then(|base| base.column(column));
        if !column.is_some_and(|column| column.neutral == NeutralType::Text && !column.native.is_empty()) {
            return value;
        }
        match self.dialect {
            Dialect::Sqlite => format!("{value} COLLATE BINARY"),
            Dialect::Postgres => format!("{value}::text COLLATE \"C\""),
            Dialect::Mariadb => format!("CAST({value} AS BINARY)"),
        }
    }

    /// Clears the hashes of the rows whose key refers to a row of the table for which `is_row` holds; it turns the name of an
    /// id column into a condition. Such rows count as changed. Rows without a hash are left alone: they have none to lose, and
    /// all but one of a group of twins must stay without. A table without a hash column passes the change on.
    fn clear(&self, parent: &TableProfile, is_row: &dyn Fn(&str) -> String) -> Vec<String> {
        let quote = |name: &str| self.dialect.ident(name);
        let mut statements = Vec::new();
        for (child, condition) in self.children(parent, is_row) {
            if child.matched_by == Match::Hash {
                statements.push(format!(
                    "UPDATE {} SET {hash} = NULL, {} = {} WHERE {condition} AND {hash} IS NOT NULL;",
                    quote(&child.name),
                    quote(&child.date),
                    self.clock(child),
                    hash = quote(&child.hash),
                ));
            } else {
                let ids = format!("(SELECT {} FROM {} WHERE {condition})", quote(&child.id), quote(&child.name));
                statements.extend(self.clear(child, &|id| format!("{id} IN {ids}")));
            }
        }
        statements
    }

    /// Returns the tables whose key refers to a table, each with the condition for rows that refer to `is_row`.
    fn children(&self, parent: &TableProfile, is_row: &dyn Fn(&str) -> String) -> Vec<(&TableProfile, String)> {
        let quote = |name: &str| self.dialect.ident(name);
        let mut children = Vec::new();
        for table in self.tables.iter().filter(|table| table.name != parent.name) {
            for id in &table.key {
                if table.references.get(id).is_some_and(|reference| reference.table == parent.name) {
                    children.push((*table, is_row(&quote(id))));
                }
                let Some(reference) = table.polymorphic(id) else { continue };
                for (code, _) in self.profile.codes(reference).iter().filter(|(_, to)| **to == parent.name) {
                    let code = format!("{} = {}", quote(&reference.type_column), self.dialect.literal(code));
                    children.push((*table, format!("{code} AND {}", is_row(&quote(id)))));
                }
            }
        }
        children
    }

    /// Returns the expression for the time of a change to a row, in the type of the table's date column.
    pub(super) fn clock(&self, table: &TableProfile) -> String {
        if let Some(number) = self.number_of_now(table) {
            return number;
        }
        let base = self.catalogue.iter().find(|base| base.name == table.name);
        let native = base.and_then(|base| base.column(&table.date)).map_or("", |date| date.native.as_str());
        let zoned = native.to_lowercase();
        match self.dialect {
            Dialect::Postgres if zoned.contains("with time zone") => "clock_timestamp()".to_owned(),
            // A timestamp is read in the session's time zone.
            Dialect::Mariadb if zoned.starts_with("timestamp") => "current_timestamp(6)".to_owned(),
            dialect => clock(dialect).to_owned(),
        }
    }

    /// Returns the expression for the date of a change to a row if the table's dates are numbers.
    fn number_of_now(&self, table: &TableProfile) -> Option<String> {
        if table.date.kind == DateKind::Version {
            return Some(format!("COALESCE({}, 0) + 1", self.dialect.ident(&table.date)));
        }
        let units = 1_000_000 / table.date.kind.unit_micros()?;
        Some(match self.dialect {
            // SQLite's clock counts milliseconds.
            Dialect::Sqlite => format!(
                "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) {}",
                if units < 1000 { "/ 1000".to_owned() } else { format!("* {}", units / 1000) }
            ),
            Dialect::Postgres => format!("floor(extract(epoch FROM clock_timestamp()) * {units})::bigint"),
            Dialect::Mariadb => format!("floor(unix_timestamp(current_timestamp(6)) * {units})"),
        })
    }
}

/// Returns the expression for the time in UTC, for columns without a time zone.
pub(super) fn clock(dialect: Dialect) -> &'static str {
    match dialect {
        // Neutral form: six digits of fraction, or none if they are zero.
        Dialect::Sqlite => "replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')",
        Dialect::Postgres => "(clock_timestamp() AT TIME ZONE 'UTC')",
        Dialect::Mariadb => "utc_timestamp(6)",
    }
}
