//! Reads the files of a pipeline on a thread of its own, one after the other, with their digests.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use super::lookup::Lookups;
use super::mapping::Mapping;
use super::rows::{Facts, Plan};
use super::tree::SourceFile;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Progress;
use crate::model::batch::RowBatch;
use crate::rows::delimited::DelimitedRows;
use crate::rows::reader::RowReader;
use crate::stream::budget::{Budget, Permit};
use crate::stream::cancel::Cancel;
use crate::stream::digest::Tap;
use crate::stream::wait::block_on;

/// Batches that wait for the caller besides those that it works on.
const WAITING: usize = 4;

/// How much is read at once.
const PIECE: usize = 256 << 10;

/// What the reader finds, in the order of the files.
pub(super) enum Item {
    /// Rows of a file.
    Rows {
        /// Index of the file.
        file: usize,
        /// What is known of it.
        facts: Arc<Facts>,
        /// Its rows, not yet checked against their types.
        batch: RowBatch,
        /// Their share of the budget.
        permit: Permit,
    },
    /// The file was read to its end.
    End {
        /// Index of the file.
        file: usize,
        /// SHA-256 of its content, hex.
        sha256: String,
        /// Its size.
        bytes: u64,
    },
}

/// A file to read.
pub(super) struct Work {
    /// Its index.
    pub(super) file: usize,
    /// Its number in the positions of its rows.
    pub(super) number: usize,
    /// Where it is.
    pub(super) source: SourceFile,
    /// How it is read.
    pub(super) plan: Arc<Plan>,
    /// The only days whose rows are wanted.
    pub(super) only: Option<Arc<std::collections::BTreeSet<super::dates::Date>>>,
}

/// What the reader needs besides its files.
pub(super) struct Reading {
    /// The old tree.
    pub(super) root: PathBuf,
    /// The mapping.
    pub(super) mapping: Arc<Mapping>,
    /// Bytes of rows in flight.
    pub(super) budget: Budget,
    /// Counts bytes.
    pub(super) progress: Progress,
    /// Stops the reader.
    pub(super) cancel: Cancel,
    /// Length limit of a record.
    pub(super) max_row_bytes: u64,
}

/// The items, and the thread that produces them. Dropping it stops the thread.
pub(super) struct Items {
    receiver: mpsc::Receiver<Result<Item>>,
    thread: Option<JoinHandle<()>>,
}

impl Items {
    /// Returns the next item, or `None` after the end of the last file.
    ///
    /// # Errors
    /// `File`, `Damaged` with file and line, `Interrupted`.
    pub(super) async fn next(&mut self) -> Result<Option<Item>> {
        match self.receiver.recv().await {
            Some(item) => item.map(Some),
            None => match self.thread.take().map(JoinHandle::join) {
                Some(Err(_)) => Err(Error::internal("the reader of the files panicked")),
                Some(Ok(())) | None => Ok(None),
            },
        }
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        self.receiver.close();
        while self.receiver.try_recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts to read.
///
/// # Panics
/// If the system refuses to start a thread.
pub(super) fn start(reading: Reading, work: Vec<Work>) -> Items {
    let (sender, receiver) = mpsc::channel(WAITING);
    let thread = std::thread::Builder::new().name("migrate-read".into()).spawn(move || {
        let mapping = Arc::clone(&reading.mapping);
        let root = reading.root.clone();
        let mut lookups = Lookups::new(&mapping, &root);
        for work in work {
            if let Err(error) = read(&reading, &work, &mut lookups, &sender) {
                // If the caller has dropped its end, which then caused the error, nobody receives it.
                let _ = sender.blocking_send(Err(error));
                return;
            }
        }
    });
    Items { receiver, thread: Some(thread.expect("the system gives a thread")) }
}

fn read(reading: &Reading, work: &Work, lookups: &mut Lookups<'_>, sender: &mpsc::Sender<Result<Item>>) -> Result<()> {
    let path = reading.root.join(&work.source.path);
    let groups = work.source.groups.clone();
    let found = lookups.of(&work.plan.lookups, groups.get("day").map(String::as_str))?;
    let facts = Arc::new(Facts { groups, day: work.source.day, lookups: found, only: work.only.clone() });
    let number = u32::try_from(work.number).map_err(|_| Error::internal("too many files"))?;
    let mut emit = |batch: RowBatch| {
        let permit = block_on(async {
            tokio::select! {
                permit = reading.budget.acquire(batch.bytes() as u64) => Ok(permit),
                () = sender.closed() => Err(dropped()),
            }
        })?;
        let item = Item::Rows { file: work.file, facts: Arc::clone(&facts), batch, permit };
        sender.blocking_send(Ok(item)).map_err(|_| dropped())
    };
    let mut tap = Tap::default();
    let mut each = |piece: &[u8]| {
        tap.update(piece);
        reading.progress.add_bytes(piece.len() as u64);
        reading.cancel.check()
    };
    rows_of(&path, &work.plan, (number, reading.max_row_bytes), &mut each, &mut emit)?;
    let seen = tap.finish();
    let end = Item::End { file: work.file, sha256: seen.sha256_hex(), bytes: seen.bytes };
    sender.blocking_send(Ok(end)).map_err(|_| dropped())
}

/// Reads the rows of a file in batches. `each` sees every piece of the file first. The number is that of the positions of the
/// rows; a record may have so many bytes.
///
/// # Errors
/// `File`, `Damaged` with file and line; those of `each` and `emit`.
pub(super) fn rows_of(
    path: &Path,
    plan: &Plan,
    (number, max_row_bytes): (u32, u64),
    each: &mut dyn FnMut(&[u8]) -> Result<()>,
    emit: &mut dyn FnMut(RowBatch) -> Result<()>,
) -> Result<()> {
    let unread = |error| Error::file(path, "cannot read the file", error);
    let at = |error: Error| {
        if error.kind() == ErrorKind::Damaged { error.at_path(path.display().to_string()) } else { error }
    };
    let parser = DelimitedRows::new(&plan.family.format, &plan.names);
    let mut rows = RowReader::new(parser, plan.names.len() + 1, number, max_row_bytes);
    let mut file = File::open(path).map_err(unread)?;
    let mut piece = vec![0; PIECE];
    let mut is_empty = true;
    loop {
        let bytes = file.read(&mut piece).map_err(unread)?;
        if bytes == 0 {
            break;
        }
        is_empty = false;
        each(&piece[..bytes])?;
        rows.push(&piece[..bytes], emit).map_err(at)?;
    }
    // A program that found nothing may have left a file without even a header row.
    if is_empty { Ok(()) } else { rows.finish(emit).map(|_| ()).map_err(at) }
}

fn dropped() -> Error {
    Error::new(ErrorKind::Interrupted, "the reader of the files was stopped")
}
