//! Reads the catalogue of MariaDB and MySQL: the tables of the current database.

use std::collections::HashSet;

use super::super::catalogue::{Tables, text};
use super::super::error::{SqlClass, class_of};
use super::MariadbSession;
use crate::error::Result;
use crate::model::neutral::NeutralType;
use crate::model::schema::{Characters, Column, FloatLimits, JsonRule, Limits, Table, TextLimits, UniqueKey};

const COLUMNS: &str = include_str!("../../../sql/mariadb/queries/columns.sql");

/// MariaDB's JSON columns, which are LONGTEXT with a check. MySQL has no such columns in this view.
const JSON_CHECKS: &str = include_str!("../../../sql/mariadb/queries/json_checks.sql");

const KEYS: &str = include_str!("../../../sql/mariadb/queries/unique_keys.sql");

const REFERENCES: &str = include_str!("../../../sql/mariadb/queries/references.sql");

/// Table and first column of each index.
pub(in crate::db) const INDEXED: &str = include_str!("../../../sql/mariadb/queries/indexed_columns.sql");

/// Space in a packet that is not available for values.
const PACKET_SLACK: u64 = 64 * 1024;

/// Reads the catalogue.
pub(super) async fn tables(session: &mut MariadbSession) -> Result<Vec<Table>> {
    let packet = session.query("SELECT @@max_allowed_packet").await?;
    let packet: Option<u64> = packet.first().and_then(|row| text(row, 0).parse().ok());
    let longest = packet.map_or(u64::MAX, |packet| packet.saturating_sub(PACKET_SLACK));
    let json = json_columns(session).await?;
    let mut tables = Tables::default();
    for row in session.query(COLUMNS).await? {
        let table = text(&row, 0);
        let is_json = json.contains(&(table.to_owned(), text(&row, 1).to_owned()));
        tables.column(table, column(&row, is_json));
        if text(&row, 13) == "1" {
            tables.stamped(table, text(&row, 1));
        }
    }
    keys(session, &mut tables).await?;
    for row in session.query(REFERENCES).await? {
        tables.reference(text(&row, 0), text(&row, 1), text(&row, 2), Some(text(&row, 3)));
    }
    let mut tables = tables.finish();
    for table in &mut tables {
        table.longest_row = Some(longest);
    }
    Ok(tables)
}

async fn json_columns(session: &mut MariadbSession) -> Result<HashSet<(String, String)>> {
    let rows = match session.query(JSON_CHECKS).await {
        Err(error) if class_of(&error) == Some(SqlClass::Missing) => Vec::new(),
        rows => rows?,
    };
    let column = |clause: &str| {
        let name = clause.strip_prefix("json_valid(`")?.strip_suffix("`)")?;
        Some(name.replace("``", "`"))
    };
    Ok(rows.iter().filter_map(|row| Some((text(row, 0).to_owned(), column(text(row, 1))?))).collect())
}

async fn keys(session: &mut MariadbSession, tables: &mut Tables) -> Result<()> {
    let mut keys: Vec<(String, UniqueKey)> = Vec::new();
    let mut in_part = HashSet::new();
    for row in session.query(KEYS).await? {
        let (table, name) = (text(&row, 0).to_owned(), text(&row, 1).to_owned());
        if text(&row, 3) == "1" {
            in_part.insert((table.clone(), name.clone()));
        }
        let column = text(&row, 2).to_owned();
        match keys.last_mut().filter(|(of, key)| *of == table && key.name == name) {
            Some((_, key)) => key.columns.push(column),
            None => keys.push((table, UniqueKey { name, columns: vec![column], nulls_equal: false })),
        }
    }
    for (table, key) in keys {
        if in_part.contains(&(table.clone(), key.name.clone())) {
            continue;
        }
        if key.name == "PRIMARY" {
            tables.primary_key(&table, key.columns);
        } else {
            tables.unique_key(&table, key);
        }
    }
    Ok(())
}

fn column(row: &[Option<String>], is_json: bool) -> Column {
    let number = |index| text(row, index).parse::<u64>().ok();
    let declared = text(row, 2).to_ascii_lowercase();
    let kind = text(row, 3).to_ascii_lowercase();
    let facts = Facts {
        declared: &declared,
        is_json,
        length: number(7),
        precision: number(8).and_then(|digits| u32::try_from(digits).ok()),
        scale: number(9).and_then(|digits| u32::try_from(digits).ok()),
        fraction: number(10).and_then(|digits| u32::try_from(digits).ok()),
        charset: row.get(11).and_then(Option::as_deref),
    };
    let (neutral, mut limits) = facts.described(&kind);
    if kind == "enum" {
        limits.values = Some(labels(text(row, 2)));
    }
    let charset = match (row.get(11), row.get(12)) {
        (Some(Some(charset)), _) if !is_known(charset) => " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin".to_owned(),
        (Some(Some(charset)), Some(Some(collation))) => format!(" CHARACTER SET {charset} COLLATE {collation}"),
        _ => String::new(),
    };
    let native = match kind.as_str() {
        // Values that only the server can check are loaded as text or as the wider type, so that it refuses single rows
        // instead of the whole load.
        "set" | "inet4" | "inet6" | "geometry" => "longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin".to_owned(),
        "varchar" | "char" if row.get(11).is_some_and(|charset| charset.as_deref().is_some_and(is_long(number(7)))) => {
            "longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin".to_owned()
        }
        "decimal" | "float" | "double" => text(row, 2).replace(" unsigned", "").replace(" zerofill", ""),
        _ => format!("{}{charset}", text(row, 2)),
    };
    Column {
        name: text(row, 1).to_owned(),
        neutral,
        native,
        nullable: text(row, 4) == "YES",
        has_default: text(row, 5) == "1",
        generated: text(row, 6) == "1",
        limits,
    }
}

/// Returns whether we know which characters a set contains. With an unknown set, rows are loaded anyway, and the server
/// refuses those whose characters the set lacks.
fn is_known(charset: &str) -> bool {
    matches!(
        charset,
        "utf8mb4" | "utf16" | "utf16le" | "utf32" | "utf8" | "utf8mb3" | "ucs2" | "latin1" | "ascii" | "binary"
    )
}

/// Returns whether a column with an unknown character set is too long for a row of a sync table in UTF-8.
fn is_long(length: Option<u64>) -> impl Fn(&str) -> bool {
    move |charset| !is_known(charset) && length.is_some_and(|length| length > 4000)
}

/// Returns the labels in `enum('a','it''s')`.
fn labels(declared: &str) -> Vec<String> {
    let inner = declared.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    let mut labels = Vec::new();
    let mut letters = inner.chars().peekable();
    while letters.next_if(|letter| *letter != '\'').is_some() || letters.next_if_eq(&'\'').is_some() {
        let mut label = String::new();
        while let Some(letter) = letters.next() {
            if letter == '\'' && letters.next_if_eq(&'\'').is_none() {
                labels.push(std::mem::take(&mut label));
                break;
            }
            label.push(letter);
        }
        while letters.next_if(|letter| *letter != '\'').is_some() {}
    }
    labels
}

struct Facts<'a> {
    declared: &'a str,
    is_json: bool,
    length: Option<u64>,
    precision: Option<u32>,
    scale: Option<u32>,
    fraction: Option<u32>,
    charset: Option<&'a str>,
}

impl Facts<'_> {
    fn described(&self, kind: &str) -> (NeutralType, Limits) {
        match kind {
            "tinyint" if self.declared.starts_with("tinyint(1)") && !self.declared.contains("unsigned") => {
                (NeutralType::Bool, Limits::default())
            }
            "tinyint" => (NeutralType::Integer, self.integer(8)),
            "smallint" => (NeutralType::Integer, self.integer(16)),
            "mediumint" => (NeutralType::Integer, self.integer(24)),
            "int" => (NeutralType::Integer, self.integer(32)),
            "bigint" => (NeutralType::Integer, self.integer(64)),
            "year" => (NeutralType::Integer, Limits { integer: Some((1901, 2155)), ..Limits::default() }),
            "bit" => match self.precision.unwrap_or(1) {
                1 => (NeutralType::Bool, Limits::default()),
                bits => (NeutralType::Integer, Limits { integer: Some((0, (1 << bits) - 1)), ..Limits::default() }),
            },
            "decimal" => (NeutralType::Decimal, Limits { decimal: self.digits(), ..Limits::default() }),
            "float" | "double" => (NeutralType::Float, self.float(kind == "float")),
            "json" => (NeutralType::Json, Limits { json: JsonRule::Parsed, ..self.text() }),
            "longtext" if self.is_json => (NeutralType::Json, Limits { json: JsonRule::Valid, ..self.text() }),
            "binary" => (NeutralType::Bytes, Limits { exact_bytes: self.length, ..self.bytes() }),
            "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => (NeutralType::Bytes, self.bytes()),
            "date" => (NeutralType::Date, Limits::default()),
            "time" => (NeutralType::Time, Limits { fraction_digits: self.fraction, ..Limits::default() }),
            "datetime" => (NeutralType::Timestamp, Limits { fraction_digits: self.fraction, ..Limits::default() }),
            "timestamp" => {
                let range = Some(("1970-01-01 00:00:01".to_owned(), "2038-01-19 03:14:07.999999".to_owned()));
                (NeutralType::Timestamp, Limits { fraction_digits: self.fraction, range, ..Limits::default() })
            }
            "uuid" => (NeutralType::Uuid, Limits { reordered_uuid: true, ..Limits::default() }),
            "char" => {
                let mut limits = Limits { max_chars: self.length, ..self.text() };
                limits.text.trims_blanks = true;
                (NeutralType::Text, limits)
            }
            "varchar" => (NeutralType::Text, Limits { max_chars: self.length, ..self.text() }),
            "tinytext" | "text" | "mediumtext" | "longtext" => {
                (NeutralType::Text, Limits { max_bytes: self.bytes().max_bytes, ..self.text() })
            }
            _ => (NeutralType::Text, self.text()),
        }
    }

    fn integer(&self, bits: u32) -> Limits {
        let range = if self.declared.contains("unsigned") {
            (0, (1_i128 << bits) - 1)
        } else {
            (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1)
        };
        Limits { integer: Some(range), ..Limits::default() }
    }

    fn digits(&self) -> Option<(u32, u32)> {
        Some((self.precision?, self.scale?))
    }

    fn float(&self, single: bool) -> Limits {
        // FLOAT(M,D) and DOUBLE(M,D) round to D places; without them there is no scale.
        let decimal = if self.declared.contains('(') { self.digits() } else { None };
        Limits { decimal, float: FloatLimits { single, no_nan: true, no_infinity: true }, ..Limits::default() }
    }

    fn bytes(&self) -> Limits {
        Limits { max_bytes: self.length, ..Limits::default() }
    }

    fn text(&self) -> Limits {
        let characters = match self.charset {
            Some("utf8" | "utf8mb3" | "ucs2") => Characters::Basic,
            Some("latin1") => Characters::Windows1252,
            Some("ascii") => Characters::Ascii,
            Some(_) | None => Characters::All,
        };
        // A server's packet size limits the whole row, and is reported as a reason of its own.
        Limits { text: TextLimits { characters, ..TextLimits::default() }, ..Limits::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::labels;

    #[test]
    fn labels_are_unquoted() {
        assert_eq!(labels("enum('a','it''s','x,y',')')"), ["a", "it's", "x,y", ")"]);
        assert_eq!(labels("enum('')"), [""]);
    }
}
