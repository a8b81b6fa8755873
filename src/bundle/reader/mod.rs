//! Reads a bundle once, from its first byte to its last.
//!
//! Two threads do the work, so that no async thread waits for it: `source` reads, digests and decompresses; `bundle` or
//! `outfile` takes the tar apart, checks it and decodes rows. Nothing is trusted before [`Item::End`], which comes only when
//! everything was checked; whoever acts on items before keeps them where they can be thrown away.

mod bundle;
mod emit;
mod members;
mod outfile;
mod rejects;
pub(in crate::bundle) mod sidecar;
mod source;
mod stranger;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::error::{Error, Result};
use crate::event::Progress;
use crate::model::batch::RowBatch;
use crate::model::manifest::{ColumnHeader, Header, Totals};
use crate::model::run::BundleMark;
use crate::stream::budget::{Budget, Permit};
use crate::stream::cancel::Cancel;
use crate::stream::codec::Codec;

pub use rejects::{RejectsPlan, Run};

/// How dump files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Bundle version 1.
    #[default]
    Bundle,
    /// A tarball of what `SELECT … INTO OUTFILE` writes.
    Outfile,
}

/// What a reader accepts of hostile input.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes after decompression, in total.
    pub max_bytes: u64,
    /// Decompressed bytes for each compressed one, once past the first 64 mebibytes.
    pub max_ratio: u64,
    /// Bytes of one row as it stands in its dump file.
    pub max_row_bytes: u64,
}

impl Default for Limits {
    /// 4 TiB in total; 250 to 1, which rows with a hash in each stay far below and zeros in gzip (1030 to 1) do not; rows of
    /// 64 MiB.
    fn default() -> Self {
        Self { max_bytes: 4 << 40, max_ratio: 250, max_row_bytes: 64 << 20 }
    }
}

/// Where a bundle comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file, as the user named it.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// How to read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Dialect of the dump files.
    pub dialect: Dialect,
    /// What is accepted.
    pub limits: Limits,
    /// Bounds the rows in flight.
    pub budget: Budget,
    /// Tables and their columns for [`Dialect::Outfile`], whose files name neither; empty otherwise.
    pub outfile_columns: BTreeMap<String, Vec<ColumnHeader>>,
}

/// A part of a bundle, in its order.
#[derive(Debug)]
pub enum Item {
    /// The first item. For [`Dialect::Outfile`] it is made up: all tables of `outfile_columns`, `max_rows` unknown (the
    /// highest number), profile and source empty.
    Header(Box<Header>),
    /// Rows of a table; not checked against their types.
    Rows {
        /// Index in the header's tables.
        table: usize,
        /// The rows; their positions are `model::batch::Position` numbers.
        batch: RowBatch,
        /// Their part of the budget; to be held as long as they are.
        permit: Permit,
    },
    /// A physical file begins.
    FileStart {
        /// Path below `files/`: relative and safe, as `layout::check_path` says.
        path: String,
        /// Its size.
        bytes: u64,
    },
    /// A piece of it.
    FileData(Vec<u8>),
    /// It is complete.
    FileEnd {
        /// MD5 of its content, hex.
        md5: String,
    },
    /// The last item: everything was read to the end and checked.
    End(Box<BundleEnd>),
}

/// What was read, counted; equal to what the manifest says.
#[derive(Clone, Debug)]
pub struct BundleEnd {
    /// The file: name (`-` for standard input), digest and size.
    pub mark: BundleMark,
    /// How it was compressed.
    pub codec: Codec,
    /// Sums over all members before the manifest.
    pub totals: Totals,
    /// By index in the header's tables.
    pub tables: Vec<TableEnd>,
    /// Physical files.
    pub files: u64,
    /// Whether a `<bundle>.sha256` stood beside the file; its digest was compared.
    pub sidecar: bool,
    /// Members that belong to no table ([`Dialect::Outfile`] only); at most the first thousand.
    pub unknown_members: Vec<String>,
}

/// What was read of one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableEnd {
    /// Rows.
    pub rows: u64,
    /// Bytes of its dump files.
    pub bytes: u64,
    /// Dump files.
    pub dump_files: u64,
}

/// Items in flight. Batches hold their own part of the budget; this bounds the pieces of physical files.
const CHANNEL_ITEMS: usize = 4;

/// How often a stop is looked for while a pipe keeps the reader waiting.
const CANCEL_TICK: Duration = Duration::from_millis(200);

/// The file that is read; none for standard input.
struct Origin(Option<PathBuf>);

impl Origin {
    /// Name, digest and size of what was read to its end, and whether the digest beside it was compared.
    fn finish(&self, pieces: source::Pieces) -> Result<(BundleMark, Codec, bool)> {
        let end = pieces.end()?;
        let sidecar = match &self.0 {
            Some(path) => sidecar::check(path, &end.file)?,
            None => false,
        };
        let name = self.0.as_ref().and_then(|path| path.file_name());
        let name = name.map_or_else(|| "-".to_owned(), |name| name.to_string_lossy().into_owned());
        Ok((BundleMark { name, sha256: end.file.sha256_hex(), bytes: end.file.bytes }, end.codec, sidecar))
    }
}

/// Starts to read. The threads count compressed bytes into `progress` as they read them, and nothing else; phases and rows
/// are the caller's.
///
/// # Panics
/// When the system refuses a thread.
#[must_use]
pub fn read(source: Source, options: ReadOptions, progress: Progress, cancel: Cancel) -> ItemStream {
    let (sender, receiver) = mpsc::channel(CHANNEL_ITEMS);
    // Standard input and other pipes may never deliver another byte, so a thread that reads one is not waited for.
    let wait = matches!(&source, Source::Path(path) if path.is_file());
    let origin = Origin(match &source {
        Source::Path(path) => Some(path.clone()),
        Source::Stdin => None,
    });
    let stop = cancel.clone();
    let pieces = source::start(source, wait, options.limits.clone(), progress, cancel);
    let thread = std::thread::Builder::new().name("bundle-decode".into()).spawn(move || {
        let output = emit::Output::new(sender, options.budget.clone());
        let outcome = match options.dialect {
            Dialect::Bundle => bundle::read(pieces, &origin, &options, &output),
            Dialect::Outfile => outfile::read(pieces, &origin, &options, &output),
        };
        if let Err(error) = outcome {
            output.fail(match &origin.0 {
                Some(path) => error.at_path(path.display().to_string()),
                None => error,
            });
        }
    });
    ItemStream { receiver, thread: Some(thread.expect("the system gives a thread")), wait, cancel: stop }
}

/// Starts to read a rejects file that was looked through once.
///
/// # Panics
/// When the system gives no thread.
#[must_use]
pub fn read_rejects(plan: RejectsPlan, budget: Budget, cancel: Cancel) -> ItemStream {
    let (sender, receiver) = mpsc::channel(CHANNEL_ITEMS);
    let stop = cancel.clone();
    let thread = std::thread::Builder::new().name("rejects-read".into()).spawn(move || {
        let output = emit::Output::new(sender, budget);
        if let Err(error) = rejects::read(&plan, &output, &cancel) {
            output.fail(error.at_path(plan.path.display().to_string()));
        }
    });
    ItemStream { receiver, thread: Some(thread.expect("the system gives a thread")), wait: true, cancel: stop }
}

/// The items of a bundle. Dropping it stops the threads behind it.
#[derive(Debug)]
pub struct ItemStream {
    receiver: mpsc::Receiver<Result<Item>>,
    thread: Option<JoinHandle<()>>,
    /// Whether the thread can be waited for.
    wait: bool,
    cancel: Cancel,
}

impl ItemStream {
    /// The next item; `None` after [`Item::End`].
    ///
    /// # Errors
    /// `Damaged` with member and line; `File` when the bundle cannot be read; `Interrupted`. After an error the stream is
    /// over.
    pub async fn next(&mut self) -> Result<Option<Item>> {
        let received = loop {
            if self.wait {
                break self.receiver.recv().await;
            }
            // A thread that waits for a pipe does not see that the run is to stop.
            tokio::select! {
                received = self.receiver.recv() => break received,
                () = tokio::time::sleep(CANCEL_TICK) => self.cancel.check()?,
            }
        };
        match received {
            Some(item) => item.map(Some),
            None => match self.thread.take().map(JoinHandle::join) {
                Some(Err(_)) => Err(Error::internal("the reader of the bundle panicked")),
                Some(Ok(())) | None => Ok(None),
            },
        }
    }
}

impl Drop for ItemStream {
    fn drop(&mut self) {
        self.receiver.close();
        while self.receiver.try_recv().is_ok() {}
        if let Some(thread) = self.thread.take()
            && self.wait
        {
            // It ends at its next piece. A panic in it has been printed, and nobody is left who could be told.
            let _ = thread.join();
        }
    }
}
