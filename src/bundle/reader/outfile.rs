//! Reads a tarball of `SELECT … INTO OUTFILE` files, which has neither header nor manifest.

use super::emit::Output;
use super::members::Members;
use super::source::Pieces;
use super::{BundleEnd, Item, Origin, ReadOptions, TableEnd};
use crate::bundle::header::made_up;
use crate::bundle::layout::{self, MAX_DUMP_FILE, printable};
use crate::bundle::tar::TarReader;
use crate::error::{Error, Result};
use crate::model::manifest::{Header, TableHeader};
use crate::rows::outfile::OutfileRows;
use crate::rows::reader::RowReader;
use crate::stream::digest::Tap;
use std::collections::BTreeMap;

/// Row limit in a table's made-up header: more rows than any file holds, but few enough that sums do not overflow.
const MAX_ROWS: u64 = 1 << 40;

/// How many unknown members are remembered by name.
const MAX_UNKNOWN: usize = 1000;

/// Reads a tarball and sends its items, including the end.
///
/// # Errors
/// Those of `reader::ItemStream::next`.
pub(super) fn read(pieces: Pieces, origin: &Origin, options: &ReadOptions, output: &Output) -> Result<()> {
    let header = made_up_header(options);
    let mut counts = vec![TableEnd::default(); header.tables.len()];
    let mut members = Members::default();
    let mut unknown_members = Vec::new();
    let mut tar = TarReader::new(pieces);
    output.send(Item::Header(Box::new(header.clone())))?;
    while let Some(entry) = tar.next()? {
        let name = entry.name.strip_prefix("./").unwrap_or(&entry.name);
        let placed = |error: Error| error.at_member(printable(name));
        if entry.folder {
            if !matches!(name, "" | ".") {
                layout::check_path(name.trim_end_matches('/')).map_err(placed)?;
            }
            continue;
        }
        layout::check_path(name).and_then(|()| members.begin(name)).map_err(placed)?;
        let Some(table) = table_of(name, &header.tables) else {
            if unknown_members.len() < MAX_UNKNOWN {
                unknown_members.push(name.to_owned());
            }
            continue;
        };
        let count = &mut counts[table];
        count.dump_files += 1;
        let number = u32::try_from(count.dump_files).unwrap_or(u32::MAX);
        if number > MAX_DUMP_FILE {
            return Err(placed(Error::damaged("table has too many dump files")));
        }
        let columns = &header.tables[table].columns;
        let rows = RowReader::new(OutfileRows::new(columns), columns.len(), number, options.limits.max_row_bytes);
        let (rows, tap) = dump(&mut tar, rows, table, output).map_err(placed)?;
        count.rows += rows;
        count.bytes += tap.bytes();
        members.end(name, Some(rows), &tap.finish())?;
    }
    members.check_names()?;
    let (mark, codec, sidecar) = origin.finish(tar.into_inner())?;
    let totals = members.totals();
    let end = BundleEnd {
        mark,
        codec,
        totals,
        tables: counts,
        files: 0,
        rejected: BTreeMap::new(),
        sidecar,
        unknown_members,
    };
    output.send(Item::End(Box::new(end)))
}

fn dump(
    tar: &mut TarReader<Pieces>,
    mut rows: RowReader<OutfileRows<'_>>,
    table: usize,
    output: &Output,
) -> Result<(u64, Tap)> {
    let mut tap = Tap::default();
    let mut emit = |batch| output.rows(table, batch);
    loop {
        let piece = tar.content()?;
        let count = piece.len();
        if count == 0 {
            return Ok((rows.finish(&mut emit)?, tap));
        }
        tap.update(piece);
        rows.push(piece, &mut emit)?;
        tar.consume(count);
    }
}

/// Returns the table that `<table>.csv` or `<table>_<n>.csv` belongs to, in any folder.
fn table_of(name: &str, tables: &[TableHeader]) -> Option<usize> {
    let stem = name.rsplit('/').next()?.strip_suffix(".csv")?;
    let find = |table: &str| tables.iter().position(|announced| announced.name == table);
    let numbered = || {
        let (table, number) = stem.rsplit_once('_')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| find(table)).flatten()
    };
    find(stem).or_else(numbered)
}

fn made_up_header(options: &ReadOptions) -> Header {
    let table = |(name, columns): (&String, &Vec<_>)| TableHeader {
        name: name.clone(),
        columns: columns.clone(),
        max_rows: MAX_ROWS,
        sets: None,
    };
    made_up(options.outfile_columns.iter().map(table).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_find_their_tables() {
        let table = |name: &str| TableHeader { name: name.into(), columns: Vec::new(), max_rows: 0, sets: None };
        let tables = [table("events"), table("things_2"), table("things")];
        for (name, expected) in [
            ("events.csv", Some(0)),
            ("sync/events_12.csv", Some(0)),
            ("things_2.csv", Some(1)),
            ("things_2_1.csv", Some(1)),
            ("things_3.csv", Some(2)),
            ("things_.csv", None),
            ("things_x.csv", None),
            ("events", None),
            ("other.csv", None),
        ] {
            assert_eq!(table_of(name, &tables), expected, "{name}");
        }
    }
}
