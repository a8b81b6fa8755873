//! References, and the SQL that maps them to ids of the target.

use std::fmt::Write as _;

use md5::{Digest, Md5};

use super::MergeTable;
use super::{Dialect, Merge};
use crate::model::hex::hex;
use crate::sync::equal::text_bytes;

/// The resolved sync table in which a reference is looked up.
#[derive(Clone, Debug)]
pub struct Parent {
    /// Its name.
    pub table: String,
    /// Its column with the bundle's ids.
    pub id: String,
}

/// The base table in which a reference is looked up by the hash of its row.
#[derive(Clone, Debug)]
pub struct BaseRows {
    /// Its name.
    pub table: String,
    /// Its id column.
    pub id: String,
    /// Its hash column.
    pub hash: String,
}

/// A column with the key of a row, beside the column with its id.
#[derive(Clone, Debug)]
pub struct By {
    /// The column.
    pub column: String,
    /// The base tables in which the row is looked up.
    pub tables: Vec<ByTable>,
}

/// A base table in which rows are found by their key.
#[derive(Clone, Debug)]
pub struct ByTable {
    /// Its type code, if the table is named by a code.
    pub code: Option<String>,
    /// The table, with the column of the key in place of the hash.
    pub rows: BaseRows,
    /// Whether a unique key finds the row. Otherwise the table is read once, and of several rows the lowest id counts.
    pub unique: bool,
    /// Whether the key is a text.
    pub text: bool,
    /// Whether the letter case of the key does not matter.
    pub fold: bool,
}

/// A reference to another table, either in the profile or outside it. Rows of a table outside it are unknown.
#[derive(Clone, Debug)]
pub struct Pivot {
    /// The column with the id.
    pub column: String,
    /// Where its rows are found.
    pub to: To,
    /// The raw table's column with the hash of a row that did not travel. `None`: the bundle has no such column.
    pub hash: Option<String>,
    /// The column with the key of the row.
    pub by: Option<By>,
    /// Whether ids of the table mean the same row everywhere, so that they are of any type and lead to base rows as they are.
    pub global: bool,
    /// The number that stands for no row in the base table.
    pub none: Option<i64>,
    /// Whether a row needs the reference: it is part of the key, cannot be none, or the profile says so.
    pub required: bool,
    /// Whether a row is left out, and not rejected, if neither the bundle nor the target has the row that it needs.
    pub skips: bool,
    /// Whether it is filled in after all rows of a cycle exist.
    pub deferred: bool,
}

/// Where the rows of a reference are found.
#[derive(Clone, Debug)]
pub enum To {
    /// In one table.
    Table {
        /// The referenced table. `None`: the bundle has no rows of it.
        parent: Option<Parent>,
        /// Where the row is found by its hash if it did not travel.
        base: Option<BaseRows>,
    },
    /// In the table that is named by a code in the row.
    ByCode {
        /// Column with the type code.
        type_column: String,
        /// Code → table, for the tables of the target. `None`: the bundle has no rows of it.
        parents: Vec<(String, Option<Parent>)>,
        /// Code → where the row is found by its hash if it did not travel.
        bases: Vec<(String, BaseRows)>,
    },
}

impl Pivot {
    /// Returns whether the pivot reads a column: its id, its type code, or the hash of its row.
    pub(super) fn looks_at(&self, name: &str) -> bool {
        self.column == name || self.type_column() == Some(name) || self.hash() == Some(name)
    }

    /// Returns the column beside the id with the key of the row.
    pub(super) fn key_column(&self) -> Option<&str> {
        self.by.as_ref().map(|by| by.column.as_str()).filter(|name| *name != self.column)
    }

    /// Returns whether a column has the key of the row. It is a value of its own too.
    pub(super) fn is_by(&self, name: &str) -> bool {
        self.by.as_ref().is_some_and(|by| by.column == name)
    }

    /// Returns the column with the id.
    #[must_use]
    pub fn column(&self) -> &str {
        &self.column
    }

    /// Returns the column with the code of the table.
    #[must_use]
    pub fn type_column(&self) -> Option<&str> {
        match &self.to {
            To::Table { .. } => None,
            To::ByCode { type_column, .. } => Some(type_column),
        }
    }

    /// Returns the raw table's column with the hash of a row that did not travel.
    #[must_use]
    pub fn hash(&self) -> Option<&str> {
        self.hash.as_deref()
    }

    /// Returns whether a row needs the reference.
    #[must_use]
    pub fn required(&self) -> bool {
        self.required
    }

    /// Returns whether it is filled in after all rows of a cycle exist.
    #[must_use]
    pub fn deferred(&self) -> bool {
        self.deferred
    }

    /// Returns the sync table's column with the mapped id: `existing_<pivot>_id`, shortened to what every engine allows.
    #[must_use]
    pub fn existing(&self) -> String {
        let column = self.column();
        format!("existing_{}_id", cut(column.strip_suffix("_id").unwrap_or(column)))
    }

    /// Returns whether the referenced row is joined to the referring one, as [`pivot_alias`].
    #[must_use]
    pub fn is_joined(&self) -> bool {
        self.joined().is_some()
    }

    /// Returns the sync table that is joined for the referenced row, as [`pivot_alias`].
    pub(super) fn joined(&self) -> Option<&Parent> {
        match &self.to {
            To::Table { parent, .. } if !self.deferred => parent.as_ref(),
            To::Table { .. } | To::ByCode { .. } => None,
        }
    }

    /// Returns the tables in which it is looked up by id, each with its type code if it has one.
    #[must_use]
    pub fn parents(&self) -> Vec<(Option<&str>, &Parent)> {
        match &self.to {
            To::Table { parent, .. } => parent.iter().map(|parent| (None, parent)).collect(),
            To::ByCode { parents, .. } => {
                let there = parents.iter().filter_map(|(code, parent)| Some((code, parent.as_ref()?)));
                there.map(|(code, parent)| (Some(code.as_str()), parent)).collect()
            }
        }
    }
}

/// Returns the alias of the row to which the pivot with this number refers.
#[must_use]
pub fn pivot_alias(number: usize) -> String {
    format!("p{number}")
}

/// The longest column name, in bytes, that leaves room for additions within PostgreSQL's limit of 63.
const LONGEST: usize = 50;

/// Shortens a name to [`LONGEST`] bytes. A digest of the whole keeps shortened names unique.
fn cut(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let mut end = LONGEST - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{}", &name[..end], &hex(&Md5::digest(name.as_bytes()))[..8])
}

impl Merge {
    /// Returns the SQL for the number of references of a resolved row `r` that have a value but were not mapped.
    pub(super) fn unmapped(&self, table: &MergeTable) -> String {
        let counts: Vec<String> = table
            .pivots
            .iter()
            .map(|pivot| {
                let (has_value, existing) = (self.has_value(pivot, "r"), self.column("r", &pivot.existing()));
                format!("CASE WHEN {has_value} AND {existing} IS NULL THEN 1 ELSE 0 END")
            })
            .collect();
        if counts.is_empty() { "0".to_owned() } else { counts.join(" + ") }
    }

    /// Returns the SQL condition that a row has a reference: an id, or the hash of a row that did not travel. `row` is the
    /// alias that has both columns.
    pub(super) fn has_value(&self, pivot: &Pivot, row: &str) -> String {
        let columns = std::iter::once(pivot.column()).chain(pivot.hash()).chain(pivot.key_column());
        let any: Vec<String> = columns.map(|column| format!("{} IS NOT NULL", self.column(row, column))).collect();
        if any.len() == 1 { any.concat() } else { format!("({})", any.join(" OR ")) }
    }

    /// Returns the SQL of a pivot's mapped id in a raw row `s`, and adds the join it needs. `None` if there can be no id.
    ///
    /// A polymorphic reference is looked up with one subselect per code: a join for each of dozens of tables would exceed the
    /// limits of the engines. A deferred reference is looked up by hash only; its id is mapped when all tables are resolved.
    pub(super) fn mapped_id(&self, pivot: &Pivot, alias: &str, joins: &mut String) -> Option<String> {
        let by_id = if pivot.deferred() { None } else { self.by_id(pivot, alias, joins) };
        let ways: Vec<String> =
            [by_id, self.by_hash(pivot), self.by_key(pivot, alias, joins)].into_iter().flatten().collect();
        match ways.as_slice() {
            [] => None,
            [way] => Some(way.clone()),
            _ => Some(format!("COALESCE({})", ways.join(", "))),
        }
    }

    /// Returns the SQL of the id of the base row that has the key in the column beside the id, and adds the joins it needs.
    fn by_key(&self, pivot: &Pivot, alias: &str, joins: &mut String) -> Option<String> {
        let by = pivot.by.as_ref()?;
        let key = self.column("s", &by.column);
        let mut cases = Vec::new();
        for (number, ByTable { code, rows, unique, text, fold }) in by.tables.iter().enumerate() {
            let (table, id, own) = (self.q(&rows.table), self.column("h", &rows.id), self.column("h", &rows.hash));
            let found = if *unique {
                format!("(SELECT {id} FROM {table} AS h WHERE {own} = {key})")
            } else {
                let alias = format!("{alias}_{number}");
                // Keys are compared as they are elsewhere: in bytes, whatever the collation of the column.
                let compared = |value: &str| {
                    let value = if *fold { self.lower_case(value) } else { value.to_owned() };
                    let is_bytes = !*text || self.dialect != Dialect::Mariadb;
                    if is_bytes { value } else { text_bytes(self.dialect, &value) }
                };
                let (own, key) = (compared(&own), compared(&key));
                let all = format!("SELECT {own} AS gs_key, min({id}) AS gs_id FROM {table} AS h GROUP BY 1");
                let _ = write!(joins, " LEFT JOIN ({all}) AS {alias} ON {alias}.gs_key = {key}");
                format!("{alias}.gs_id")
            };
            cases.push((code, found));
        }
        let Some(type_column) = pivot.type_column() else { return cases.pop().map(|(_, found)| found) };
        let case = |(code, found): (&Option<String>, String)| {
            format!(" WHEN {} THEN {found}", self.dialect.literal(code.as_deref().unwrap_or_default()))
        };
        let cases: String = cases.into_iter().map(case).collect();
        (!cases.is_empty()).then(|| format!("(CASE {}{cases} END)", self.column("s", type_column)))
    }

    fn by_id(&self, pivot: &Pivot, alias: &str, joins: &mut String) -> Option<String> {
        let reference = self.column("s", pivot.column());
        match &pivot.to {
            To::Table { parent, .. } => {
                let parent = parent.as_ref()?;
                let id = self.column(alias, &parent.id);
                let _ = write!(joins, " LEFT JOIN {} AS {alias} ON {id} = {reference}", self.q(&parent.table));
                Some(format!("{alias}.existing_id"))
            }
            To::ByCode { type_column, .. } => {
                let mut cases = String::new();
                for (code, parent) in pivot.parents() {
                    let _ = write!(
                        cases,
                        " WHEN {} THEN (SELECT {alias}.existing_id FROM {} AS {alias} WHERE {} = {reference})",
                        self.dialect.literal(code.unwrap_or_default()),
                        self.q(&parent.table),
                        self.column(alias, &parent.id),
                    );
                }
                let code = self.column("s", type_column);
                (!cases.is_empty()).then(|| format!("(CASE {code}{cases} END)"))
            }
        }
    }

    fn by_hash(&self, pivot: &Pivot) -> Option<String> {
        let hash = self.column("s", pivot.hash()?);
        let found = |base: &BaseRows| {
            format!(
                "(SELECT {} FROM {} AS h WHERE {} = {hash})",
                self.column("h", &base.id),
                self.q(&base.table),
                self.column("h", &base.hash),
            )
        };
        match &pivot.to {
            To::Table { base, .. } => {
                base.as_ref().map(|base| format!("(CASE WHEN {hash} IS NOT NULL THEN {} END)", found(base)))
            }
            To::ByCode { type_column, bases, .. } => {
                let code = self.column("s", type_column);
                let mut cases = String::new();
                for (name, base) in bases {
                    let _ = write!(cases, " WHEN {} THEN {}", self.dialect.literal(name), found(base));
                }
                (!cases.is_empty()).then(|| format!("(CASE WHEN {hash} IS NOT NULL THEN (CASE {code}{cases} END) END)"))
            }
        }
    }

    /// Returns NULL with the type of a pivot's ids, for a raw row `s`.
    pub(super) fn null_id(&self, pivot: &Pivot) -> String {
        if pivot.global {
            return format!("CASE WHEN 1=0 THEN {} END", self.column("s", pivot.column()));
        }
        match self.dialect {
            Dialect::Postgres => "NULL::bigint".to_owned(),
            Dialect::Sqlite => "CAST(NULL AS INTEGER)".to_owned(),
            Dialect::Mariadb => "CAST(NULL AS SIGNED)".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_columns_get_names_that_every_engine_takes() {
        let plain = |column: String| Pivot {
            column,
            to: To::Table { parent: None, base: None },
            hash: None,
            by: None,
            global: false,
            none: None,
            required: false,
            skips: false,
            deferred: false,
        };
        assert_eq!(plain("type_id".to_owned()).existing(), "existing_type_id");
        let one = plain(format!("{}a_id", "x".repeat(60))).existing();
        let other = plain(format!("{}b_id", "x".repeat(60))).existing();
        assert!(one.len() <= 63 && one != other, "{one}");
        assert!(plain("\u{e9}".repeat(31)).existing().len() <= 63);
    }
}
