//! How much room an export needs: rows by their number and the width of some of them, files by the size of some of them.

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

/// Bytes of a bundle without rows, of what a table and a column add to them, and of what a member does, before compression:
/// upper bounds. A member has blocks of its own around it and a line in the manifest.
const FRAME_BYTES: u64 = 16 << 10;
const TABLE_BYTES: u64 = 2 << 10;
const COLUMN_BYTES: u64 = 512;
const MEMBER_BYTES: u64 = 3 << 10;

/// Rows that are looked at from either end of a table.
const SAMPLE: u32 = 250;

/// A table of up to so many rows is measured whole, which takes some tenths of a second.
const MEASURED: u64 = 100_000;

/// What the rows of a larger table have at most beside their estimate, in hundredths: some rows may be wider than the sample.
const WIDER: u64 = 150;

/// Rows of a window are counted up to this number, which takes about a second; a larger window is bounded by the span of ids.
const COUNTED: u64 = 2_000_000;

/// Bytes of the hash of a referred row, with its separator.
const HASH_BYTES: usize = 33;

/// Estimates what `tables`, announced in `header`, will come to with the rows of `along`.
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
    // Its first and last member name each table and column.
    let columns = tables.iter().map(|table| table.columns.len() as u64).sum::<u64>();
    let frame = FRAME_BYTES + TABLE_BYTES.saturating_mul(tables.len() as u64) + COLUMN_BYTES.saturating_mul(columns);
    let frame = frame.saturating_add(MEMBER_BYTES.saturating_mul(members));
    let most = share(most, INCOMPRESSIBLE).saturating_add(most % 100).saturating_add(frame);
    let likely = share(likely, compressed(request.compression)).saturating_add(frame);
    parts.add_likely("bundle", most, likely, Some(&request.target));
    // Most files are compressed already.
    parts.add("files", files, Some(&request.target));
    Ok(parts.need())
}

/// Size of a bundle in hundredths of its dump files', where they cannot be compressed at all: what a codec puts around what it
/// stores as it is.
const INCOMPRESSIBLE: u64 = 102;

/// Size of a bundle in hundredths of its dump files'. Measured on 1.09 million rows of indicators with sources and attributes:
/// 25, with gzip and with zstd.
fn compressed(codec: Codec) -> u64 {
    match codec {
        Codec::Gzip | Codec::Zstd | Codec::Bzip2 | Codec::Xz => 30,
        Codec::None => 102,
    }
}

/// Rows that are asked for, at most.
async fn counted(session: &mut Session, table: &SourceTable, max_rows: u64) -> Result<u64> {
    if table.window.is_empty() {
        return Ok(max_rows);
    }
    // By the date's index alone: what else a row must fulfil would cost a look at each.
    let statement = format!(
        "SELECT count(*) FROM (SELECT 1 AS one FROM {} AS a WHERE {} LIMIT {COUNTED}) AS picked",
        session.dialect().ident(&table.profile.name),
        table.window
    );
    let rows = number(session, &statement).await?;
    Ok(if rows < COUNTED { rows.min(max_rows) } else { max_rows })
}

/// How wide the rows of a table are in a dump file, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Widths {
    /// On average over the rows that were looked at.
    average: u64,
    /// The widest of them.
    widest: u64,
    /// All of them together, where all rows were looked at.
    all: Option<u64>,
}

impl Widths {
    /// Returns what so many rows come to at most.
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
    // A separator after each cell, and a hash beside some references.
    let hashes = HASH_BYTES * (table.columns.len() - table.own);
    let sum = format!("{} + {}", lengths.join(" + "), lengths.len() + hashes);
    let from = format!("SELECT {sum} AS w FROM {} AS a", dialect.ident(&table.profile.name));
    let whole = max_rows <= MEASURED;
    let rows = if whole {
        format!("{from} LIMIT {MEASURED}")
    } else {
        let some = |direction: &str| {
            let id = dialect.ident(&table.profile.id);
            format!("SELECT w FROM ({from} ORDER BY a.{id} {direction} LIMIT {SAMPLE}) AS picked_{direction}")
        };
        format!("{} UNION ALL {}", some("ASC"), some("DESC"))
    };
    let statement = format!("SELECT count(*), COALESCE(sum(w), 0), COALESCE(max(w), 0) FROM ({rows}) AS sample");
    let row = session.query(&statement).await?.into_iter().next().unwrap_or_default();
    let mut cells = row.iter().map(|cell| whole_number(cell.as_deref()));
    let [count, all, widest] = [cells.next(), cells.next(), cells.next()].map(Option::unwrap_or_default);
    Ok(Widths { average: all.div_ceil(count.max(1)), widest, all: whole.then_some(all) })
}

/// The SQL of the bytes that a value has in a dump file at most.
fn length(dialect: Dialect, column: &Column) -> String {
    let name = format!("a.{}", dialect.ident(&column.name));
    match column.neutral {
        // Forms differ: a fraction, an offset, more digits.
        NeutralType::Timestamp | NeutralType::Time | NeutralType::Date => return "26".to_owned(),
        NeutralType::Float => return "26".to_owned(),
        NeutralType::Bool => return "2".to_owned(),
        NeutralType::Uuid => return "38".to_owned(),
        // Bytes travel as hex.
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
    // PostgreSQL looks for no text in one whose collation takes different texts for equal.
    let collated = if dialect == Dialect::Postgres { r#" COLLATE "C""# } else { "" };
    // In quotes, with each of its own twice, and perhaps a backslash in front.
    let doubled = format!(r#"replace({text}{collated}, '"', '""')"#);
    format!("COALESCE(octet_length({doubled}) + 3, 2)")
}

/// Size of the file of a row, on average over the newest rows; a file that is missing counts as empty.
async fn file_size(session: &mut Session, table: &SourceTable, root: &Path) -> Result<u64> {
    let Some(columns) = &table.profile.files else { return Ok(0) };
    let dialect = session.dialect();
    let statement = format!(
        "SELECT a.{} FROM {} AS a ORDER BY a.{} DESC LIMIT {SAMPLE}",
        dialect.ident(&columns.path),
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

async fn number(session: &mut Session, statement: &str) -> Result<u64> {
    let cell = session.query(statement).await?.into_iter().flatten().flatten().next();
    Ok(whole_number(cell.as_deref()))
}

/// A number as a server prints it: MariaDB sums to a decimal.
fn whole_number(cell: Option<&str>) -> u64 {
    cell.and_then(|text| text.split('.').next()).and_then(|text| text.parse().ok()).unwrap_or(0)
}
