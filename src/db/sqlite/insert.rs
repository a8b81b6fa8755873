//! New rows into a base table, one statement a row.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::super::merge::InsertEach;
use super::super::session::{Inserted, OpenMode};
use super::block::{Block, Cell};
use super::error::refused;
use crate::error::{Error, Result};

/// Rows and bytes of a block; with those that wait, some megabytes.
const BLOCK: (usize, usize) = (250, 1 << 20);
/// Blocks of a range that wait for the writer at most.
const WAITING_BLOCKS: usize = 4;
/// The share of the session's page cache that whoever reads ahead gets: it walks through tables, and seldom comes back.
const SHARE: i64 = 16;

type Range = (i64, i64);

/// A connection that reads ranges before they are inserted.
pub(super) struct Ahead {
    asks: Option<Sender<Ask>>,
    thread: Option<JoinHandle<()>>,
    /// What is being read: the select, the range, and where its blocks come.
    reading: Option<(String, Range, Receiver<Result<Block>>)>,
}

struct Ask {
    select: String,
    range: Range,
    sink: SyncSender<Result<Block>>,
}

/// Inserts the rows of a range, up to the first that is refused. The range `next` is then being read by `ahead`.
pub(super) fn rows(
    connection: &Connection,
    insert: &InsertEach,
    range: Range,
    (next, path, cache_kib): (Option<Range>, &Path, i64),
    ahead: &mut Option<Ahead>,
) -> Result<Inserted> {
    let read = ahead.as_mut().and_then(|ahead| ahead.take(&insert.select, range));
    if let Some(next) = next {
        if ahead.is_none() {
            connection.pragma_update(None, "cache_size", cache_kib / SHARE - cache_kib).map_err(refused)?;
            *ahead = Ahead::start(path.to_owned(), cache_kib / SHARE);
        }
        if let Some(ahead) = ahead {
            ahead.ask(insert.select.clone(), next);
        }
    }
    let mut statement = connection.prepare_cached(&insert.insert).map_err(refused)?;
    let mut inserted = Inserted { rows: 0, refused: None };
    let width = statement.parameter_count() + 1;
    let mut write = |block: &Block| {
        let bound = block.bind(&mut statement, width, |statement, row| {
            if let Err(error) = statement.raw_execute() {
                let Some(Cell::Integer(sequence)) = row.last() else { return Err(error) };
                inserted.refused = Some((*sequence, refused(error)));
                return Err(rusqlite::Error::StatementChangedRows(0));
            }
            inserted.rows += 1;
            Ok(())
        });
        match bound {
            Err(_) if inserted.refused.is_some() => Ok(false),
            bound => bound.map(|()| true).map_err(refused),
        }
    };
    if let Some(blocks) = read {
        loop {
            let block = blocks.recv().map_err(|_| Error::internal("a reader of a SQLite file has ended"))??;
            if block.is_empty() || !write(&block)? {
                break;
            }
        }
    } else {
        let mut select = connection.prepare_cached(&insert.select).map_err(refused)?;
        let mut rows = select.query([range.0, range.1]).map_err(refused)?;
        loop {
            let block = Block::read(&mut rows, width, BLOCK).map_err(refused)?;
            if block.is_empty() || !write(&block)? {
                break;
            }
        }
    }
    if inserted.refused.is_some() {
        // What settles the row may change those that follow.
        *ahead = None;
    }
    Ok(inserted)
}

impl Ahead {
    /// None where no thread can be had.
    fn start(path: PathBuf, cache_kib: i64) -> Option<Self> {
        let (asks, asked) = mpsc::channel::<Ask>();
        let work = move || {
            let connection = super::connect(&path, OpenMode::ReadOnly).and_then(|connection| {
                connection.pragma_update(None, "cache_size", -cache_kib).map_err(refused)?;
                Ok(connection)
            });
            for ask in asked {
                let read = match &connection {
                    Ok(connection) => read(connection, &ask),
                    Err(_) => Err(Error::internal("a SQLite file cannot be read beside its writer")),
                };
                if let Err(error) = read {
                    let _ = ask.sink.send(Err(error));
                }
            }
        };
        let thread = std::thread::Builder::new().name("sqlite-ahead".to_owned()).spawn(work).ok()?;
        Some(Self { asks: Some(asks), thread: Some(thread), reading: None })
    }

    fn ask(&mut self, select: String, range: Range) {
        let (sink, source) = mpsc::sync_channel(WAITING_BLOCKS);
        let ask = Ask { select: select.clone(), range, sink };
        let asked = self.asks.as_ref().is_some_and(|asks| asks.send(ask).is_ok());
        self.reading = asked.then_some((select, range, source));
    }

    /// The blocks of a range, if it was asked for.
    fn take(&mut self, select: &str, range: Range) -> Option<Receiver<Result<Block>>> {
        let (of, read, blocks) = self.reading.take()?;
        (of == select && read == range).then_some(blocks)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.reading = None;
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads a range, whose end an empty block tells; ends early when nobody listens.
fn read(connection: &Connection, ask: &Ask) -> Result<()> {
    let mut select = connection.prepare_cached(&ask.select).map_err(refused)?;
    let width = select.column_count();
    let mut rows = select.query([ask.range.0, ask.range.1]).map_err(refused)?;
    loop {
        let block = Block::read(&mut rows, width, BLOCK).map_err(refused)?;
        let ends = block.is_empty();
        if ask.sink.send(Ok(block)).is_err() || ends {
            return Ok(());
        }
    }
}
