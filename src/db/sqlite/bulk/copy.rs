//! Copies the rows of a select into a table. Several connections read them in parallel: SQLite has one writer, but any number
//! of readers.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender};

use rusqlite::{Connection, OptionalExtension, Statement};

use super::NumberedCopy;
use super::block::{Block, Cell};
use crate::db::rows::OpenMode;
use crate::db::sqlite::connect;
use crate::db::sqlite::error::refused;
use crate::error::{Error, Result};

/// Rows per block.
const BLOCK_ROWS: i64 = 1024;
/// How many blocks of one reader may wait for the writer.
const WAITING_BLOCKS: usize = 2;

/// Connections that read, and the page cache of each in KiB.
#[derive(Clone, Copy)]
pub(in crate::db::sqlite) struct Readers {
    pub(in crate::db::sqlite) count: usize,
    pub(in crate::db::sqlite) cache_kib: i64,
}

/// Copies the rows and returns the number of new rows. Readers may be used only with a write-ahead log, so that they and
/// the writer do not block each other.
pub(in crate::db::sqlite) fn rows(
    connection: &Connection,
    path: &Path,
    copy: &NumberedCopy,
    readers: Option<Readers>,
) -> Result<i64> {
    let mut writer = Writer::new(connection, copy)?;
    let ranges = ranges(connection, copy).map_err(refused)?;
    let Some(readers) = readers else {
        let mut select = connection.prepare(&copy.select).map_err(refused)?;
        for range in ranges {
            writer.write(&block(&mut select, range)?)?;
        }
        return Ok(writer.new);
    };
    std::thread::scope(|scope| {
        let mut sources = Vec::new();
        for reader in 0..readers.count {
            let (sink, source) = mpsc::sync_channel(WAITING_BLOCKS);
            let own = ranges.iter().copied().skip(reader).step_by(readers.count);
            scope.spawn(move || {
                if let Err(error) = read(path, copy, readers.cache_kib, own, &sink) {
                    let _ = sink.send(Err(error));
                }
            });
            sources.push(source);
        }
        write(&mut writer, ranges.len(), &sources)
    })?;
    Ok(writer.new)
}

/// Returns the first and last position of each block.
fn ranges(connection: &Connection, copy: &NumberedCopy) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut first = connection.prepare(&copy.nth)?;
    let mut starts = vec![i64::MIN];
    while let Some(start) = first.query_row([starts[starts.len() - 1], BLOCK_ROWS], |row| row.get(0)).optional()? {
        starts.push(start);
    }
    let ends = starts.iter().skip(1).map(|start| start - 1).chain([i64::MAX]);
    Ok(starts.iter().copied().zip(ends).collect())
}

fn write(writer: &mut Writer<'_>, blocks: usize, sources: &[Receiver<Result<Block>>]) -> Result<()> {
    for source in sources.iter().cycle().take(blocks) {
        let block = source.recv().map_err(|_| Error::internal("a reader of a SQLite file has ended"))?;
        writer.write(&block?)?;
    }
    Ok(())
}

/// Reads the blocks of some ranges. Ends early if the receiver is gone.
fn read(
    path: &Path,
    copy: &NumberedCopy,
    cache_kib: i64,
    ranges: impl Iterator<Item = (i64, i64)>,
    sink: &SyncSender<Result<Block>>,
) -> Result<()> {
    let connection = connect(path, OpenMode::ReadOnly)?;
    connection.pragma_update(None, "cache_size", -cache_kib).map_err(refused)?;
    let mut select = connection.prepare(&copy.select).map_err(refused)?;
    for range in ranges {
        if sink.send(block(&mut select, range)).is_err() {
            break;
        }
    }
    Ok(())
}

fn block(select: &mut Statement<'_>, (first, last): (i64, i64)) -> Result<Block> {
    let width = select.column_count();
    let mut rows = select.query([first, last]).map_err(refused)?;
    Block::read(&mut rows, width, (usize::MAX / width, usize::MAX)).map_err(refused)
}

struct Writer<'c> {
    insert: Statement<'c>,
    width: usize,
    start: i64,
    /// Number of new rows so far.
    new: i64,
}

impl<'c> Writer<'c> {
    fn new(connection: &'c Connection, copy: &NumberedCopy) -> Result<Self> {
        let insert = connection.prepare(&copy.insert).map_err(refused)?;
        let width = insert.parameter_count();
        Ok(Self { insert, width, start: copy.start, new: 0 })
    }

    fn write(&mut self, block: &Block) -> Result<()> {
        let Self { insert, width, start, new } = self;
        let written = block.bind(insert, *width, |insert, row| {
            // A new row gets its number here, which replaces that of the select.
            if let [.., Cell::Integer(_), _] = row {
                *new += 1;
                insert.raw_bind_parameter(*width - 1, *new)?;
                insert.raw_bind_parameter(*width, *start + *new)?;
            }
            insert.raw_execute().map(|_| ())
        });
        written.map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `row_no`, `number`, id and text of a row.
    type Made = (i64, Option<i64>, Option<i64>, String);

    /// Fills a table whose row numbers have gaps and in which every third row is new.
    fn copied(readers: Option<Readers>) -> (i64, Vec<Made>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        let connection = connect(&path, OpenMode::Create).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE raw (row_no INTEGER PRIMARY KEY, name TEXT); CREATE TABLE made (name, row_no, number, id); \
                 WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 5000) \
                 INSERT INTO raw SELECT value * 7 + (value / 2000 << 40), 'row ' || value FROM n;",
            )
            .unwrap();
        let copy = NumberedCopy {
            nth: "SELECT row_no FROM raw WHERE row_no >= ?1 ORDER BY row_no LIMIT 1 OFFSET ?2".to_owned(),
            select: "SELECT name, row_no, CASE WHEN row_no % 3 = 0 THEN 0 END, CASE WHEN row_no % 3 > 0 THEN 1 END FROM raw \
                     WHERE row_no BETWEEN ?1 AND ?2 ORDER BY row_no"
                .to_owned(),
            insert: "INSERT INTO made VALUES (?, ?, ?, ?)".to_owned(),
            start: 100,
        };
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let new = rows(&connection, &path, &copy, readers).unwrap();
        connection.execute_batch("COMMIT").unwrap();
        let mut made = connection.prepare("SELECT row_no, number, id, name FROM made ORDER BY rowid").unwrap();
        let made = made.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
        (new, made.map(rusqlite::Result::unwrap).collect())
    }

    #[test]
    fn readers_keep_the_order_and_new_rows_are_numbered_in_it() {
        let (new, alone) = copied(None);
        assert_eq!(alone.len(), 5000);
        assert!(alone.is_sorted());
        let numbered: Vec<_> = alone.iter().filter_map(|(_, sequence, id, _)| sequence.zip(*id)).collect();
        assert_eq!(numbered, (1..=new).map(|number| (number, 100 + number)).collect::<Vec<_>>());
        for count in [1, 3] {
            assert_eq!(copied(Some(Readers { count, cache_kib: 1024 })), (new, alone.clone()));
        }
    }
}
