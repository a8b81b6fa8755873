//! How much room an import needs, told before it begins: the size of its rows, times what an engine makes of them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::db::storage::storage;
use crate::model::manifest::Header;
use crate::model::run::Need;
use crate::run::disk::{Parts, share};
use crate::stream::codec::Codec;
use crate::sync::Context;

/// What decides about the room that the import of a bundle needs.
#[derive(Clone, Copy, Debug)]
pub(in crate::sync) struct Asked<'a> {
    /// The bundle; `None` for standard input.
    pub(in crate::sync) file: Option<&'a Path>,
    /// Folder below which physical files are placed.
    pub(in crate::sync) files_root: Option<&'a Path>,
    /// Whether base tables and files are left alone.
    pub(in crate::sync) dry_run: bool,
}

/// Bytes of a row in a dump file, where only the number of rows is known: of 131 on average, rounded up.
const ROW_BYTES: u64 = 160;

/// What an engine makes of the rows of a bundle, in hundredths of the bytes of its dump files: a tenth more than what 1.09
/// million rows of indicators with sources and attributes, 144 MB of dump files, took of an empty database's disk at most.
struct Factors {
    /// Raw and resolved sync tables, their indexes included.
    sync_tables: u64,
    /// Sorts.
    sorting: u64,
    /// Base tables and their indexes, when every row is new.
    growth: u64,
    /// The log of changes, before it is bounded by the server's settings.
    log: u64,
}

impl Factors {
    fn of(dialect: Dialect) -> Self {
        match dialect {
            // Measured: 150, 149, 183, 151.
            Dialect::Sqlite => Self { sync_tables: 165, sorting: 165, growth: 205, log: 165 },
            // Measured: 197, 110, 229, 256.
            Dialect::Postgres => Self { sync_tables: 215, sorting: 120, growth: 255, log: 280 },
            // Measured: 361, 93, 374; the redo log has its full size from the start.
            Dialect::Mariadb => Self { sync_tables: 400, sorting: 105, growth: 415, log: 0 },
        }
    }
}

/// Bytes of a bundle, and of its rows once they are decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sizes {
    rows: u64,
    files: u64,
}

/// Estimates what the bundle that `header` announces will come to. Empty when nothing tells: standard input without a number
/// of rows.
pub(in crate::sync) async fn of_import(
    request: Asked<'_>,
    context: &Context,
    header: &Header,
    session: &mut Session,
) -> Need {
    let found = request.file.and_then(look);
    let sizes = sizes(found, header.max_rows(), header.files);
    let factors = Factors::of(session.dialect());
    let storage = storage(session, &context.database).await;
    let growth = if request.dry_run { 0 } else { share(sizes.rows, factors.growth) };
    let log = share(sizes.rows, if request.dry_run { factors.log / 2 } else { factors.log });
    let data = storage.data.as_deref();
    let mut parts = Parts::default();
    parts.add("sync tables", share(sizes.rows, factors.sync_tables), data);
    parts.add("growth", growth, data);
    parts.add("log", log.min(storage.log_limit.unwrap_or(u64::MAX)), storage.log.as_deref());
    parts.add("sorting", share(sizes.rows, factors.sorting), storage.temporary.as_deref());
    if let Some(root) = request.files_root.filter(|_| !request.dry_run) {
        // Each waits beside its goal until the rows are in.
        parts.add("files", sizes.files.saturating_mul(2), Some(root));
    }
    parts.need()
}

/// Size of a bundle and how it is compressed.
fn look(path: &Path) -> Option<(u64, Codec)> {
    let mut start = Vec::new();
    let file = File::open(path).ok()?;
    let bytes = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    file.take(6).read_to_end(&mut start).ok()?;
    Some((bytes, Codec::recognise(&start)))
}

/// How many times its size a bundle has once it is decompressed. Measured: 3.9 to 4.0, with gzip and with zstd.
fn expansion(codec: Codec) -> u64 {
    match codec {
        Codec::Gzip | Codec::Zstd => 4,
        Codec::Bzip2 | Codec::Xz => 6,
        Codec::None => 1,
    }
}

/// What of a bundle is rows and what is files. A header bounds its rows from above only, and where files travel, nothing but
/// that bound tells them from rows.
fn sizes(file: Option<(u64, Codec)>, max_rows: Option<u64>, has_files: bool) -> Sizes {
    let bound = max_rows.map(|rows| rows.saturating_mul(ROW_BYTES));
    let Some((bytes, codec)) = file else { return Sizes { rows: bound.unwrap_or(0), files: 0 } };
    let plain = bytes.saturating_mul(expansion(codec));
    if !has_files {
        return Sizes { rows: plain, files: 0 };
    }
    let rows = bound.map_or(plain, |bound| bound.min(plain));
    Sizes { rows, files: bytes - rows / expansion(codec) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_files_of_a_bundle_are_told_apart() {
        let gzip = Some((1000 * 100, Codec::Gzip));
        assert_eq!(sizes(gzip, Some(1), false), Sizes { rows: 400_000, files: 0 });
        assert_eq!(sizes(gzip, Some(10), true), Sizes { rows: 1600, files: 99_600 });
        assert_eq!(sizes(gzip, Some(1 << 39), true), Sizes { rows: 400_000, files: 0 });
        assert_eq!(sizes(None, Some(10), true), Sizes { rows: 1600, files: 0 });
        assert_eq!(sizes(None, None, true), Sizes { rows: 0, files: 0 });
    }
}
