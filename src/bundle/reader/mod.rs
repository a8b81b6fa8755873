//! Reads a bundle once, from its first byte to its last.
//!
//! Two threads do the work, so that no async thread waits for it. `source` reads, digests and decompresses the file into
//! pieces. `bundle`, or `outfile` for tarballs of other tools, reads the tar members from these pieces, checks them,
//! decodes the rows with [`crate::rows`] and sends [`Item`]s through `emit`, which waits for room in the [`Budget`] before
//! each batch. [`ItemStream`] is the async end of that channel. `rejects` sends the same items from a rejects file, so that
//! a caller need not know where rows come from.
//!
//! Nothing may be trusted before [`Item::End`], which is sent only after `members` has compared everything that was read
//! with the manifest, and [`super::sidecar`] with the digest beside the file. A caller that acts on earlier items must be able to
//! discard the result.
//!
//! To add a kind of member, extend `layout::MemberName`, read it in `bundle`, and write it in `bundle::writer`. To add a
//! format of dump files, implement `rows::reader::ParseRow`, add a variant to [`DumpFormat`], and choose it in [`read`]. To
//! recognise another wrong file, add it to the list in `stranger`.

mod bundle;
mod distinct;
mod emit;
mod members;
mod outfile;
mod rejects;
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
use crate::model::manifest::BundleMark;
use crate::model::manifest::{ColumnHeader, Header, Totals};
use crate::stream::budget::{Budget, Permit};
use crate::stream::cancel::Cancel;
use crate::stream::codec::Codec;

pub use rejects::{RejectsPlan, Stretch};

/// The format of the dump files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DumpFormat {
    /// Bundle version 1.
    #[default]
    Bundle,
    /// A tarball of what `SELECT … INTO OUTFILE` writes.
    Outfile,
}

/// Limits on hostile input.
#[derive(Clone, Debug)]
pub struct ReadLimits {
    /// Bytes after decompression, in total.
    pub max_bytes: u64,
    /// Decompressed bytes for each compressed one, once past the first 64 mebibytes.
    pub max_ratio: u64,
    /// Length of a row as written in its dump file.
    pub max_row_bytes: u64,
}

impl Default for ReadLimits {
    /// Returns limits that suit bundles of data: 4 TiB in total, a ratio of 250, which rows with a hash in each stay far
    /// below and zeros in gzip (1030) exceed, and rows of 64 MiB.
    fn default() -> Self {
        Self { max_bytes: 4 << 40, max_ratio: 250, max_row_bytes: 64 << 20 }
    }
}

/// The source of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleSource {
    /// A file, as the user named it.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// Options for reading.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Format of the dump files.
    pub dialect: DumpFormat,
    /// Limits on hostile input.
    pub limits: ReadLimits,
    /// Limits the rows in flight.
    pub budget: Budget,
    /// Tables and their columns for [`DumpFormat::Outfile`], whose files name neither; empty otherwise.
    pub outfile_columns: BTreeMap<String, Vec<ColumnHeader>>,
}

/// A part of a bundle; parts come in the order of the tarball.
#[derive(Debug)]
pub enum Item {
    /// The first item. For [`DumpFormat::Outfile`] it is made up: all tables of `outfile_columns`, the highest number as
    /// `max_rows`, empty profile and source.
    Header(Box<Header>),
    /// Rows of a table, not yet checked against their types.
    Rows {
        /// Index in the header's tables.
        table: usize,
        /// The rows; their positions are `model::batch::Position` numbers.
        batch: RowBatch,
        /// Their share of the budget, to be held as long as the rows.
        permit: Permit,
    },
    /// A physical file begins.
    FileStart {
        /// Path below `files/`: relative and safe, as checked by `layout::check_path`.
        path: String,
        /// Its size.
        bytes: u64,
    },
    /// A piece of its content.
    FileData(Vec<u8>),
    /// The file is complete.
    FileEnd {
        /// MD5 of its content, hex; empty in a bundle of a kind, whose files no row names.
        md5: String,
        /// SHA-256 of its content, as the manifest will confirm.
        sha256: [u8; 32],
    },
    /// The last item: everything was read to the end and checked.
    End(Box<BundleEnd>),
}

/// Totals of what was read, which match the manifest.
#[derive(Clone, Debug)]
pub struct BundleEnd {
    /// The file: name (`-` for standard input), digest and size.
    pub mark: BundleMark,
    /// Its compression.
    pub codec: Codec,
    /// Sums over all members before the manifest.
    pub totals: Totals,
    /// By index in the header's tables.
    pub tables: Vec<TableEnd>,
    /// Physical files.
    pub files: u64,
    /// Rows that the source has and that are not in the bundle, as they could not be written, by table.
    pub rejected: BTreeMap<String, u64>,
    /// Whether there was a `<bundle>.sha256` beside the file; if so, its digest was compared.
    pub sidecar: bool,
    /// Members that belong to no table ([`DumpFormat::Outfile`] only), at most the first thousand.
    pub unknown_members: Vec<String>,
}

/// Totals of one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableEnd {
    /// Number of rows.
    pub rows: u64,
    /// Bytes of its dump files.
    pub bytes: u64,
    /// Number of dump files.
    pub dump_files: u64,
}

/// Items in flight. Batches hold their own share of the budget; this limits the pieces of physical files.
const CHANNEL_ITEMS: usize = 4;

/// How often the reader checks for a stop while it waits for a pipe.
const CANCEL_TICK: Duration = Duration::from_millis(200);

/// The file that is read, or `None` for standard input.
struct Origin(Option<PathBuf>);

impl Origin {
    /// Returns the name, digest and size of the file after its end, its codec, and whether the digest beside it was
    /// compared.
    fn finish(&self, pieces: source::Pieces) -> Result<(BundleMark, Codec, bool)> {
        let end = pieces.end()?;
        let sidecar = match &self.0 {
            Some(path) => super::sidecar::check(path, &end.file)?,
            None => false,
        };
        let name = self.0.as_ref().and_then(|path| path.file_name());
        let name = name.map_or_else(|| "-".to_owned(), |name| name.to_string_lossy().into_owned());
        Ok((BundleMark { name, sha256: end.file.sha256_hex(), bytes: end.file.bytes }, end.codec, sidecar))
    }
}

/// Starts reading. The threads count compressed bytes into `progress` and nothing else; phases and rows are up to the
/// caller.
///
/// # Panics
/// If the system refuses to start a thread.
#[must_use]
pub fn read(source: BundleSource, options: ReadOptions, progress: Progress, cancel: Cancel) -> ItemStream {
    let (sender, receiver) = mpsc::channel(CHANNEL_ITEMS);
    // Standard input and other pipes may never deliver another byte, so a thread that reads one is never joined.
    let wait = matches!(&source, BundleSource::Path(path) if path.is_file());
    let origin = Origin(match &source {
        BundleSource::Path(path) => Some(path.clone()),
        BundleSource::Stdin => None,
    });
    let stop = cancel.clone();
    let pieces = source::start(source, wait, options.limits.clone(), progress, cancel);
    let thread = std::thread::Builder::new().name("bundle-decode".into()).spawn(move || {
        let output = emit::Output::new(sender, options.budget.clone());
        let outcome = match options.dialect {
            DumpFormat::Bundle => bundle::read(pieces, &origin, &options, &output),
            DumpFormat::Outfile => outfile::read(pieces, &origin, &options, &output),
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

/// Starts reading a rejects file after the first pass over it.
///
/// # Panics
/// If the system refuses to start a thread.
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

/// The items of a bundle. Dropping it stops the threads that produce them.
#[derive(Debug)]
pub struct ItemStream {
    receiver: mpsc::Receiver<Result<Item>>,
    thread: Option<JoinHandle<()>>,
    /// Whether the thread can be joined without blocking for long.
    wait: bool,
    cancel: Cancel,
}

impl ItemStream {
    /// Returns the next item, or `None` after [`Item::End`].
    ///
    /// # Errors
    /// `Damaged` with member and line; `File` if the bundle cannot be read; `Interrupted`. The stream ends after an error.
    pub async fn next(&mut self) -> Result<Option<Item>> {
        let received = loop {
            if self.wait {
                break self.receiver.recv().await;
            }
            // A thread that waits for a pipe does not notice a stop.
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
            // The thread ends at its next piece. A panic in it has already been printed, and there is nobody left to return
            // it to.
            let _ = thread.join();
        }
    }
}
