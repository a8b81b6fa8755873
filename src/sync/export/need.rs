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
use crate::stream::codec::Codec;
use crate::sync::need::{Parts, share};

use super::ExportRequest;
use super::plan::SourceTable;

/// Rows that are looked at from either end of a table.
const SAMPLE: u32 = 250;

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
    let (mut plain, mut files) = (0_u64, 0_u64);
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
        let width = width(session, table).await.map_err(|error| error.at_table(name))?;
        plain = plain.saturating_add(rows.saturating_mul(width));
        if let Some(root) = &request.files_root {
            let size = file_size(session, table, root).await.map_err(|error| error.at_table(name))?;
            files = files.saturating_add(rows.saturating_mul(size));
        }
    }
    let mut parts = Parts::default();
    parts.add("bundle", share(plain, compressed(request.compression)), Some(&request.target));
    // Most files are compressed already.
    parts.add("files", files, Some(&request.target));
    Ok(parts.need())
}

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

/// Bytes of a row in a dump file, on average over the oldest and the newest rows.
async fn width(session: &mut Session, table: &SourceTable) -> Result<u64> {
    let dialect = session.dialect();
    let lengths: Vec<String> = table.own_columns().iter().map(|column| length(dialect, column)).collect();
    // A separator after each cell, and a hash beside some references.
    let hashes = HASH_BYTES * (table.columns.len() - table.own);
    let sum = format!("{} + {}", lengths.join(" + "), lengths.len() + hashes);
    let some = |direction: &str| {
        format!(
            "SELECT w FROM (SELECT {sum} AS w FROM {} AS a ORDER BY a.{} {direction} LIMIT {SAMPLE}) AS picked_{direction}",
            dialect.ident(&table.profile.name),
            dialect.ident(&table.profile.id)
        )
    };
    // Rounded up without a function that engines spell differently.
    let statement = format!(
        "SELECT (COALESCE(sum(w), 0) + count(*)) / CASE count(*) WHEN 0 THEN 1 ELSE count(*) END FROM ({} UNION ALL {}) AS sample",
        some("ASC"),
        some("DESC")
    );
    number(session, &statement).await
}

fn length(dialect: Dialect, column: &Column) -> String {
    let name = format!("a.{}", dialect.ident(&column.name));
    match dialect {
        Dialect::Postgres => format!("COALESCE(octet_length(CAST({name} AS text)), 2)"),
        // Bytes travel as hex.
        Dialect::Sqlite | Dialect::Mariadb if column.neutral == NeutralType::Bytes => {
            format!("COALESCE(2 * octet_length({name}), 2)")
        }
        Dialect::Sqlite | Dialect::Mariadb => format!("COALESCE(octet_length({name}), 2)"),
    }
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
    // MariaDB divides to a decimal.
    let whole = cell.as_deref().and_then(|text| text.split('.').next()).and_then(|text| text.parse().ok());
    Ok(whole.unwrap_or(0))
}
