//! The first half of an import: what is read of a bundle, and which rows hold a value that the target cannot.

use std::collections::BTreeMap;

use gapsync::model::neutral::NeutralType;
use gapsync::model::profile::TableProfile;

use super::bundle::{Bundle, hash_column};
use super::hash;
use super::schema::{Column, Limit, Schema};
use super::{Row, cell};
use crate::support::Engine;

/// What becomes of a staged row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    Pending,
    Inserted,
    Updated,
    Unchanged,
    Kept,
    Duplicate,
    Ignored,
    Rejected(&'static str),
}

/// A row of the bundle, with the columns that both sides know.
#[derive(Clone, Debug)]
pub(crate) struct Staged {
    pub(crate) row: Row,
    /// Reference column → what the bundle says of a referred row that did not travel: its hash, or a hyphen.
    pub(crate) hashes: BTreeMap<String, String>,
    /// Its `sync_hash`, or the text of its key where rows are matched by that.
    pub(crate) identity: String,
    pub(crate) verdict: Verdict,
    /// For a duplicate: the row that stands for it.
    pub(crate) stands_for_it: Option<usize>,
    /// The place of its row among the target's rows. A rejected row has it too, unless nobody can say which row it is.
    pub(crate) existing: Option<usize>,
    /// Whether the target's row takes all columns that an update writes.
    pub(crate) overwrites: bool,
    /// The oldest `created_at` of it and its duplicates.
    pub(crate) created: Option<String>,
}

/// The rows of a table of the bundle, in bundle order.
#[derive(Clone, Debug)]
pub(crate) struct StagedTable {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Staged>,
}

impl StagedTable {
    pub(crate) fn by_id(&self, id: &str) -> Option<usize> {
        self.rows.iter().position(|staged| cell(&staged.row, "id") == Some(id))
    }
}

/// The reason for a row that is not the one that its hash belongs to.
pub(crate) const FORGED: Verdict = Verdict::Rejected("the bundle's hash is not that of the row");

/// Reads a table of the bundle; `None` when the bundle lacks it. `trusted`: the bundle's hashes must be those of its rows.
pub(crate) fn stage(schema: &Schema, bundle: &Bundle, table: &TableProfile, trusted: bool) -> Option<StagedTable> {
    let source = bundle.table(&table.name)?;
    let columns: Vec<String> = source
        .columns
        .iter()
        .map(|(name, _)| name.clone())
        .filter(|name| schema.column(&table.name, name).is_some() && !schema.stays(table, name))
        .collect();
    let all = bundle.as_installation();
    let rows = source.rows().map(|whole| {
        let row: Row = columns.iter().map(|name| (name.clone(), cell(whole, name).map(str::to_owned))).collect();
        let unfit = columns.iter().any(|name| {
            let column = schema.column(&table.name, name).unwrap();
            !fits(schema.engine, column, cell(&row, name))
        });
        let named = schema.references(table).filter(|column| columns.iter().any(|name| name == column));
        let hashes =
            named.filter_map(|column| Some((column.to_owned(), cell(whole, &hash_column(column))?.to_owned())));
        let hashes = hashes.collect();
        let has_hash = schema.has_hash(&table.name);
        let identity = if has_hash {
            hash::sync_hash(schema, &all, table, &row)
        } else {
            hash::key_text(schema, &all, table, &row)
        };
        let claimed = cell(&row, &table.hash).filter(|_| trusted && has_hash);
        let forged = identity.as_deref().zip(claimed).is_some_and(|(computed, claimed)| computed != claimed);
        let verdict = match (forged, unfit) {
            (true, _) => FORGED,
            (_, true) => Verdict::Rejected("a value does not fit"),
            _ => Verdict::Pending,
        };
        let created = cell(&row, &table.created).map(str::to_owned);
        // Without an identity a row of the key is missing, so the row goes before anybody asks for it.
        let identity = identity.unwrap_or_default();
        Staged { row, hashes, identity, verdict, stands_for_it: None, existing: None, overwrites: false, created }
    });
    Some(StagedTable { rows: rows.collect(), columns })
}

/// Whether a column of the engine can hold a value as it is.
fn fits(engine: Engine, column: &Column, value: Option<&str>) -> bool {
    let Some(value) = value else { return column.nullable || column.name == "sync_hash" };
    if !is_of_type(column.neutral, value) {
        return false;
    }
    if engine == Engine::Postgres && column.neutral == NeutralType::Text && value.contains('\0') {
        return false;
    }
    // SQLite holds its columns to no limits.
    engine == Engine::Sqlite
        || match (column.limit, column.neutral) {
            (Limit::Chars(most), _) => value.chars().count() <= most,
            (Limit::Int32, _) => value.parse::<i32>().is_ok(),
            (Limit::None, NeutralType::Decimal) => fits_decimal(value),
            (Limit::None, _) => true,
        }
}

/// Whether a text is a value of the type in its neutral form.
fn is_of_type(neutral: NeutralType, value: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match neutral {
        NeutralType::Text | NeutralType::Json => true,
        NeutralType::Integer => value.parse::<i64>().is_ok(),
        NeutralType::Float => value.parse::<f64>().is_ok(),
        NeutralType::Bool => matches!(value, "t" | "f"),
        NeutralType::Decimal => {
            let (whole, fraction) =
                value.trim_start_matches('-').split_once('.').unwrap_or((value.trim_start_matches('-'), "0"));
            digits(whole) && digits(fraction)
        }
        NeutralType::Bytes => value
            .strip_prefix("\\x")
            .is_some_and(|hex| hex.len().is_multiple_of(2) && hex.bytes().all(|byte| byte.is_ascii_hexdigit())),
        NeutralType::Uuid => value.split('-').map(str::len).eq([8, 4, 4, 4, 12]),
        NeutralType::Date => is_day(value),
        NeutralType::Time => is_time(value),
        NeutralType::Timestamp => value.split_once(' ').is_some_and(|(day, time)| is_day(day) && is_time(time)),
    }
}

fn is_day(text: &str) -> bool {
    let parts: Vec<u32> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    let [year, month, day] = parts[..] else { return false };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    year > 0 && (1..=12).contains(&month) && (1..=last).contains(&day)
}

fn is_time(text: &str) -> bool {
    let whole = text.split('.').next().unwrap_or_default();
    let parts: Vec<u32> = whole.split(':').filter_map(|part| part.parse().ok()).collect();
    matches!(parts[..], [hour, minute, second] if hour < 24 && minute < 60 && second < 60)
}

/// Whether decimal(30,10) holds a number as it is.
fn fits_decimal(value: &str) -> bool {
    let (whole, fraction) =
        value.trim_start_matches('-').split_once('.').unwrap_or((value.trim_start_matches('-'), ""));
    whole.len() <= 20 && fraction.len() <= 10
}
