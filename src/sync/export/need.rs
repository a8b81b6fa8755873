//! Estimates the disk space of an export, from the number of rows and files and the sizes of a sample of each.

use std::collections::BTreeMap;
use std::path::Path;

use roaring::RoaringTreemap;

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::Result;
use crate::model::manifest::Header;
use crate::model::neutral::NeutralType;
use crate::model::run::Need;
use crate::model::schema::Column;
use crate::run::disk::{Parts, share};
use crate::stream::codec::Codec;

use super::ExportRequest;
use super::plan::SourceTable;

/// Upper bounds before compression, in bytes, of a bundle without rows, and of the share of a table, a column and a member. A
/// member has blocks of its own and a line in the manifest.
const FRAME_BYTES: u64 = 16 << 10;
const TABLE_BYTES: u64 = 2 << 10;
const COLUMN_BYTES: u64 = 512;
const MEMBER_BYTES: u64 = 3 << 10;

/// Rows sampled at either end of a table.
const SAMPLE: u32 = 250;

/// A table of up to this many rows is measured whole, which takes some tenths of a second.
const MEASURED: u64 = 100_000;

/// Upper bound for the rows of a larger table, in hundredths of their estimate: some rows may be wider than the sample.
const WIDER: u64 = 150;

/// Rows of a window are counted up to this number, which takes about a second. For a larger window, the span of ids is the
/// bound.
const COUNTED: u64 = 2_000_000;

/// Bytes of the hash of a referenced row, including its separator.
const HASH_BYTES: usize = 33;

/// Estimates the size of `tables` as announced in `header`, including the rows in `along`.
///
/// # Errors
/// `Database`.
pub(super) async fn of_export(
    session: &mut Session,
    request: &ExportRequest,
    tables: &[SourceTable],
    header: &Header,
    along: &BTreeMap<String, RoaringTreemap>,
) -> Result<Need> {
    let (mut most, mut likely, mut files, mut members) = (0_u64, 0_u64, 0_u64, 0_u64);
    for (table, announced) in tables.iter().zip(&header.tables) {
        if announced.max_rows == 0 {
            continue;
        }
        let name = &table.profile.name;
        let rows = counted(session, table, announced.max_rows).await.map_err(|error| error.at_table(name))?;
        let rows = rows.saturating_add(along.get(name).map_or(0, RoaringTreemap::len)).min(announced.max_rows);
        if rows == 0 {
            continue;
        }
        let widths = widths(session, table, announced.max_rows).await.map_err(|error| error.at_table(name))?;
        most = most.saturating_add(widths.most(rows));
        likely = likely.saturating_add(rows.saturating_mul(widths.average));
        members = members.saturating_add(rows.div_ceil(request.object_limit.max(1)));
        if let Some(root) = &request.files_root {
            let size = file_size(session, table, root).await.map_err(|error| error.at_table(name))?;
            files = files.saturating_add(rows.saturating_mul(size));
            members = members.saturating_add(if size > 0 { rows } else { 0 });
        }
    }
    let mut parts = Parts::default();
    // The bundle's first and last members name each table and column.
    let columns = tables.iter().map(|table| table.columns.len() as u64).sum::<u64>();
    let frame = FRAME_BYTES + TABLE_BYTES.saturating_mul(tables.len() as u64) + COLUMN_BYTES.saturating_mul(columns);
    let frame = frame.saturating_add(MEMBER_BYTES.saturating_mul(members));
    let most = share(most, INCOMPRESSIBLE).saturating_add(most % 100).saturating_add(frame);
    let likely = share(likely, compressed(request.compression)).saturating_add(frame);
    parts.add_likely("bundle", most, likely, Some(&request.target));
    // Most files are already compressed.
    parts.add("files", files, Some(&request.target));
    Ok(parts.need())
}

/// Size of a bundle with incompressible dump files, in hundredths of theirs: what a codec adds when it stores data
/// uncompressed.
const INCOMPRESSIBLE: u64 = 102;

/// Returns the size of a bundle in hundredths of its dump files. Measured with 1.09 million indicators with sources and
/// attributes: 25, with gzip and with zstd.
fn compressed(codec: Codec) -> u64 {
    match codec {
        Codec::Gzip | Codec::Zstd | Codec::Bzip2 | Codec::Xz => 30,
        Codec::None => 102,
    }
}

/// Returns the most rows that will be read.
async fn counted(session: &mut Session, table: &SourceTable, max_rows: u64) -> Result<u64> {
    if table.window.is_empty() {
        return Ok(max_rows);
    }
    // Uses only the index on the date: any other condition would have to look at each row.
    let statement = format!(
        "SELECT count(*) FROM (SELECT 1 AS one FROM {} AS a WHERE {} LIMIT {COUNTED}) AS picked",
        session.dialect().ident(&table.profile.name),
        table.window
    );
    let rows = session.number(&statement).await?.map_or(0, i64::unsigned_abs);
    Ok(if rows < COUNTED { rows.min(max_rows) } else { max_rows })
}

/// The width of a table's rows in a dump file, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Widths {
    /// The average of the rows that were measured.
    average: u64,
    /// The widest row that was measured.
    widest: u64,
    /// The total, if all rows were measured.
    all: Option<u64>,
}

impl Widths {
    /// Returns an upper bound for a number of rows.
    fn most(self, rows: u64) -> u64 {
        match self.all {
            Some(all) => all.min(rows.saturating_mul(self.widest)),
            None => share(rows.saturating_mul(self.average), WIDER),
        }
    }
}

/// Measures the rows of a table: all of them, or the oldest and the newest.
async fn widths(session: &mut Session, table: &SourceTable, max_rows: u64) -> Result<Widths> {
    let dialect = session.dialect();
    let lengths: Vec<String> = table.own_columns().iter().map(|column| length(dialect, column)).collect();
    // A separator after each cell, and a hash for some of the references.
    let hashes = HASH_BYTES * (table.columns.len() - table.own);
    let sum = format!("{} + {}", lengths.join(" + "), lengths.len() + hashes);
    let from = format!("SELECT {sum} AS w FROM {} AS a", dialect.ident(&table.profile.name));
    let whole = max_rows <= MEASURED;
    let rows = if whole {
        format!("{from} LIMIT {MEASURED}")
    } else {
        let some = |direction: &str| {
            let order = match table.profile.id.is_key() {
                true => table.profile.key.as_slice(),
                false => std::slice::from_ref(&table.profile.id.column),
            };
            let order: Vec<String> =
                order.iter().map(|name| format!("a.{} {direction}", dialect.ident(name))).collect();
            format!("SELECT w FROM ({from} ORDER BY {} LIMIT {SAMPLE}) AS picked_{direction}", order.join(", "))
        };
        format!("{} UNION ALL {}", some("ASC"), some("DESC"))
    };
    let statement = format!("SELECT count(*), COALESCE(sum(w), 0), COALESCE(max(w), 0) FROM ({rows}) AS sample");
    let row = session.query(&statement).await?.into_iter().next().unwrap_or_default();
    let mut cells = row.iter().map(|cell| whole_number(cell.as_deref()));
    let [count, all, widest] = [cells.next(), cells.next(), cells.next()].map(Option::unwrap_or_default);
    Ok(Widths { average: all.div_ceil(count.max(1)), widest, all: whole.then_some(all) })
}

/// Returns the SQL of the most bytes that a value takes in a dump file.
fn length(dialect: Dialect, column: &Column) -> String {
    let name = format!("a.{}", dialect.ident(&column.name));
    match column.neutral {
        // Formats differ: a fraction, an offset, more digits.
        NeutralType::Timestamp | NeutralType::Time | NeutralType::Date => return "26".to_owned(),
        NeutralType::Float => return "26".to_owned(),
        NeutralType::Bool => return "2".to_owned(),
        NeutralType::Uuid => return "38".to_owned(),
        // Binary values travel as hex.
        NeutralType::Bytes => {
            let bytes = if dialect == Dialect::Sqlite { format!("CAST({name} AS BLOB)") } else { name };
            return format!("COALESCE(2 * octet_length({bytes}) + 3, 2)");
        }
        NeutralType::Integer | NeutralType::Decimal | NeutralType::Text | NeutralType::Json => {}
    }
    let text = match dialect {
        Dialect::Postgres => format!("CAST({name} AS text)"),
        Dialect::Sqlite => format!("CAST({name} AS TEXT)"),
        Dialect::Mariadb => format!("CONVERT({name} USING utf8mb4)"),
    };
    if matches!(column.neutral, NeutralType::Integer | NeutralType::Decimal) {
        return format!("COALESCE(octet_length({text}), 2)");
    }
    // PostgreSQL cannot search in a text whose collation treats different texts as equal.
    let collated = if dialect == Dialect::Postgres { r#" COLLATE "C""# } else { "" };
    // In quotes, with quotes inside doubled, and possibly a leading backslash.
    let doubled = format!(r#"replace({text}{collated}, '"', '""')"#);
    format!("COALESCE(octet_length({doubled}) + 3, 2)")
}

/// Returns the average size of the newest rows' files. A missing file counts as empty.
async fn file_size(session: &mut Session, table: &SourceTable, root: &Path) -> Result<u64> {
    let Some(columns) = &table.profile.files else { return Ok(0) };
    let dialect = session.dialect();
    let statement = format!(
        "SELECT {} FROM {} AS a ORDER BY a.{} DESC LIMIT {SAMPLE}",
        table.file_path(dialect, columns),
        dialect.ident(&table.profile.name),
        dialect.ident(&table.profile.id)
    );
    let (mut sum, mut count) = (0, 0);
    for path in session.query(&statement).await?.into_iter().flatten() {
        let path = path.map(|path| root.join(path.trim_start_matches('/')));
        sum += path.and_then(|path| path.metadata().ok()).map_or(0, |found| found.len());
        count += 1;
    }
    Ok(sum / count.max(1))
}

/// Returns a number as a server prints it: MariaDB's sums are decimals.
fn whole_number(cell: Option<&str>) -> u64 {
    cell.and_then(|text| text.split('.').next()).and_then(|text| text.parse().ok()).unwrap_or(0)
}
