//! Inserts new rows into a base table, one statement per row. The next range is read ahead on another connection.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::JoinHandle;

use rusqlite::{CachedStatement, Connection};

use super::block::{Block, Cell};
use super::{Inserted, RowByRow};
use crate::db::rows::OpenMode;
use crate::db::sqlite::connect;
use crate::db::sqlite::error::refused;
use crate::error::{Error, Result};

/// Rows and bytes of a block. With the waiting blocks, this is a few megabytes.
const BLOCK: (usize, usize) = (250, 1 << 20);
/// How many blocks of a range may wait for the writer.
const WAITING_BLOCKS: usize = 4;
/// The fraction of the session's page cache that the reader gets: it scans tables and seldom returns to a page.
const SHARE: i64 = 16;

type Range = (i64, i64);

/// Reads ranges before they are inserted.
pub(in crate::db::sqlite) struct Ahead {
    path: PathBuf,
    /// Page cache of the session, part of which goes to the reader.
    cache_kib: i64,
    reader: Option<Reader>,
}

/// A thread with its own connection.
struct Reader {
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
    /// The select and the range that are being read, and the channel on which the blocks arrive.
    reading: Option<(String, Range, Receiver<Result<Block>>)>,
}

struct Request {
    select: String,
    range: Range,
    sink: SyncSender<Result<Block>>,
}

/// Inserts the rows of a range, up to the first that is refused. Meanwhile `ahead` reads the range `next`.
pub(in crate::db::sqlite) fn rows(
    connection: &Connection,
    insert: &RowByRow,
    range: Range,
    next: Option<Range>,
    ahead: &mut Ahead,
) -> Result<Inserted> {
    let read = ahead.take(&insert.select, range);
    if let Some(next) = next {
        ahead.ask(connection, &insert.select, next)?;
    }
    let mut writer = Writer::new(connection, insert)?;
    if let Some(blocks) = read {
        while writer.write(&blocks.recv().map_err(|_| Error::internal("a reader of a SQLite file has ended"))??)? {}
    } else {
        let mut select = connection.prepare_cached(&insert.select).map_err(refused)?;
        let mut rows = select.query([range.0, range.1]).map_err(refused)?;
        while writer.write(&Block::read(&mut rows, writer.width, BLOCK).map_err(refused)?)? {}
    }
    let inserted = writer.inserted;
    if connection.is_autocommit()
        && let Some((_, error)) = inserted.refused
    {
        // One of the target's own constraints rolled back the whole transaction.
        return Err(error);
    }
    if inserted.refused.is_some() {
        // The handling of the refused row may change those that follow.
        ahead.reader = None;
    }
    Ok(inserted)
}

struct Writer<'c> {
    insert: CachedStatement<'c>,
    /// Number of cells in a row: the parameters of the insert, then its `number`.
    width: usize,
    inserted: Inserted,
}

/// Why a block is not written completely.
enum Stop {
    Refused,
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

impl<'c> Writer<'c> {
    fn new(connection: &'c Connection, insert: &RowByRow) -> Result<Self> {
        let insert = connection.prepare_cached(&insert.insert).map_err(refused)?;
        Ok(Self { width: insert.parameter_count() + 1, insert, inserted: Inserted { rows: 0, refused: None } })
    }

    /// Inserts the rows of a block. Returns false if no more rows follow, because the block is empty or a row was refused.
    fn write(&mut self, block: &Block) -> Result<bool> {
        let Self { insert, width, inserted } = self;
        let written = block.bind(insert, *width, |insert, row| {
            let Err(error) = insert.raw_execute() else {
                inserted.rows += 1;
                return Ok(());
            };
            let Some(Cell::Integer(sequence)) = row.last() else { return Err(Stop::Failed(error)) };
            inserted.refused = Some((*sequence, refused(error)));
            Err(Stop::Refused)
        });
        match written {
            Ok(()) => Ok(!block.is_empty()),
            Err(Stop::Refused) => Ok(false),
            Err(Stop::Failed(error)) => Err(refused(error)),
        }
    }
}

impl Ahead {
    pub(in crate::db::sqlite) fn new(path: PathBuf, cache_kib: i64) -> Self {
        Self { path, cache_kib, reader: None }
    }

    /// Starts reading a range ahead. If no reader is available, the writer will read the range itself.
    fn ask(&mut self, connection: &Connection, select: &str, range: Range) -> Result<()> {
        if self.reader.is_none() {
            let share = self.cache_kib / SHARE;
            self.reader = Reader::start(&self.path, share);
            let aside = if self.reader.is_some() { share } else { 0 };
            connection.pragma_update(None, "cache_size", aside - self.cache_kib).map_err(refused)?;
        }
        if let Some(reader) = &mut self.reader {
            reader.ask(select.to_owned(), range);
        }
        Ok(())
    }

    /// Returns the blocks of a range, if it was read ahead.
    fn take(&mut self, select: &str, range: Range) -> Option<Receiver<Result<Block>>> {
        let (of, read, blocks) = self.reader.as_mut()?.reading.take()?;
        (of == select && read == range).then_some(blocks)
    }
}

impl Reader {
    /// Returns `None` if no other connection or thread is available.
    fn start(path: &Path, cache_kib: i64) -> Option<Self> {
        let connection = connect(path, OpenMode::ReadOnly).ok()?;
        connection.pragma_update(None, "cache_size", -cache_kib).ok()?;
        let (requests, received) = mpsc::channel::<Request>();
        let work = move || {
            for request in received {
                if let Err(error) = read(&connection, &request) {
                    let _ = request.sink.send(Err(error));
                }
            }
        };
        let thread = std::thread::Builder::new().name("sqlite-ahead".to_owned()).spawn(work).ok()?;
        Some(Self { requests: Some(requests), thread: Some(thread), reading: None })
    }

    fn ask(&mut self, select: String, range: Range) {
        let (sink, source) = mpsc::sync_channel(WAITING_BLOCKS);
        let request = Request { select: select.clone(), range, sink };
        let sent = self.requests.as_ref().is_some_and(|requests| requests.send(request).is_ok());
        self.reading = sent.then_some((select, range, source));
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.reading = None;
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads a range and marks its end with an empty block. Ends early if the receiver is gone.
fn read(connection: &Connection, request: &Request) -> Result<()> {
    let mut select = connection.prepare_cached(&request.select).map_err(refused)?;
    let width = select.column_count();
    let mut rows = select.query([request.range.0, request.range.1]).map_err(refused)?;
    loop {
        let block = Block::read(&mut rows, width, BLOCK).map_err(refused)?;
        let ends = block.is_empty();
        if request.sink.send(Ok(block)).is_err() || ends {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stop_at_the_one_refused_whether_they_are_read_ahead_or_not() {
        for reads_ahead in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("insert.db");
            let connection = connect(&path, OpenMode::Create).unwrap();
            connection
                .execute_batch(
                    "CREATE TABLE source (number INTEGER PRIMARY KEY, name TEXT); \
                     CREATE TABLE base (id INTEGER PRIMARY KEY, name TEXT CHECK (name <> 'row 1700')); \
                     WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 3000) \
                     INSERT INTO source SELECT value, 'row ' || value FROM n; BEGIN IMMEDIATE",
                )
                .unwrap();
            let insert = RowByRow {
                select: "SELECT number, name, number FROM source WHERE number BETWEEN ?1 AND ?2 ORDER BY number"
                    .to_owned(),
                insert: "INSERT INTO base (id, name) VALUES (?, ?)".to_owned(),
            };
            let mut ahead = Ahead::new(path.clone(), 1024);
            let mut each = |range, next: Option<Range>| {
                let next = next.filter(|_| reads_ahead);
                let inserted = rows(&connection, &insert, range, next, &mut ahead).unwrap();
                (inserted.rows, inserted.refused.map(|(sequence, _)| sequence), ahead.reader.is_some())
            };
            assert_eq!(each((1, 1000), Some((1001, 2000))), (1000, None, reads_ahead));
            assert_eq!(each((1001, 2000), Some((2001, 3000))), (699, Some(1700), false));
            assert_eq!(each((1701, 2000), None), (300, None, false));
            assert_eq!(each((2001, 3000), None), (1000, None, false));
            let count: i64 = connection
                .query_row("SELECT count(*) FROM base WHERE name = 'row ' || id", [], |row| row.get(0))
                .unwrap();
            assert_eq!(count, 2999);
        }
    }
}
