//! Writes a bundle, which appears under its final name only once it is complete and synced.
//!
//! One thread digests, builds the tar and passes blocks to the compressor. Callers send it dump files and physical files
//! through a bounded channel, and never wait for the disk on an async thread.

mod archive;
mod copy;
mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::sidecar;
use super::{header, layout};
use crate::error::{Error, Result};
use crate::model::manifest::BundleMark;
use crate::model::manifest::Header;
use crate::rows::dump::DumpFile;
use crate::stream::codec::{Codec, Effort};
use archive::Archive;
use file::{BundleFile, Destination};

/// Dump files that wait while one is being written. They are large, and one is enough to keep the thread busy.
const CHANNEL_ITEMS: usize = 1;

/// The outcome for a physical file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOutcome {
    /// It is in the bundle.
    Written {
        /// Its size.
        bytes: u64,
        /// MD5 of its content, hex.
        md5: String,
    },
    /// There is no regular file of that name.
    Absent,
}

/// How a bundle is compressed.
#[derive(Clone, Copy, Debug)]
pub struct Compression {
    /// The codec.
    pub codec: Codec,
    /// How hard it tries.
    pub effort: Effort,
    /// On how many threads.
    pub threads: usize,
}

enum Command {
    Dump { table: usize, file: DumpFile },
    Parts(Vec<Part>),
    File { path: String, source: PathBuf, reply: oneshot::Sender<FileOutcome> },
    Finish { rejected: BTreeMap<String, u64> },
}

/// Content from memory on its way into the archive.
#[derive(Debug)]
struct Part {
    path: String,
    content: Vec<u8>,
    sha256: [u8; 32],
}

/// So many bytes of parts are handed over together: a change of threads costs more than a small file.
const TOGETHER_BYTES: usize = 1 << 20;

/// A bundle that is being written. Dropping it before [`BundleWriter::finish`] removes what was written.
#[derive(Debug)]
pub struct BundleWriter {
    commands: Option<mpsc::Sender<Command>>,
    outcome: oneshot::Receiver<Result<BundleMark>>,
    thread: Option<JoinHandle<()>>,
    /// Parts that are not handed over yet, and their bytes.
    waiting: (Vec<Part>, usize),
}

impl BundleWriter {
    /// Creates `<folder>/<name>.part` and writes the header. Compresses on `threads` threads.
    ///
    /// # Errors
    /// `File` if the file cannot be created or the name is taken; `Usage` for a codec that can only be read; `Internal` for
    /// a header that a reader would refuse.
    ///
    /// # Panics
    /// If the system refuses to start a thread.
    pub async fn create(folder: &Path, name: &str, codec: Codec, threads: usize, header: &Header) -> Result<Self> {
        let compression = Compression { codec, effort: Effort::Usual, threads };
        Self::begin(Destination::Folder(folder.to_owned()), name, compression, header).await
    }

    /// Creates a bundle that only its owner may read; without a folder it goes to standard output.
    ///
    /// # Errors
    /// Those of [`Self::create`].
    ///
    /// # Panics
    /// If the system refuses to start a thread.
    pub async fn private(folder: Option<&Path>, name: &str, compression: Compression, header: &Header) -> Result<Self> {
        let destination = folder.map_or(Destination::Stdout, |folder| Destination::Private(folder.to_owned()));
        Self::begin(destination, name, compression, header).await
    }

    async fn begin(destination: Destination, name: &str, compression: Compression, header: &Header) -> Result<Self> {
        header::check(header)
            .map_err(|error| Error::internal("header announces something that no reader accepts").because(error))?;
        let (name, header) = (name.to_owned(), header.clone());
        let (ready, started) = oneshot::channel();
        let (commands, receiver) = mpsc::channel(CHANNEL_ITEMS);
        let (done, outcome) = oneshot::channel();
        let thread = std::thread::Builder::new().name("bundle-write".into()).spawn(move || {
            let place = match BundleFile::create(destination, &name) {
                Ok(place) => place,
                Err(error) => return drop(ready.send(Err(error))),
            };
            let archive = match Archive::start(place, compression, header) {
                Ok(archive) => archive,
                Err(error) => return drop(ready.send(Err(error))),
            };
            // If the caller is gone, its closed channel will show that.
            let _ = ready.send(Ok(()));
            let _ = done.send(write(archive, receiver));
        });
        let thread = Some(thread.expect("the system gives a thread"));
        let writer = Self { commands: Some(commands), outcome, thread, waiting: Default::default() };
        started.await.map_err(|_| panicked())??;
        Ok(writer)
    }

    /// Adds the next dump file of a table, identified by its index in the header. The dump files of one table must come in
    /// order.
    ///
    /// # Errors
    /// `File` if the disk is full or fails; `Internal` if the table has more rows than the header announces.
    pub async fn dump_file(&mut self, table: usize, file: DumpFile) -> Result<()> {
        self.send(Command::Dump { table, file }).await
    }

    /// Adds a physical file under a path below `files/`, which `layout::check_path` must accept.
    ///
    /// # Errors
    /// `File` if the disk is full, the file cannot be read, or it changes while it is being read; `Damaged` if no reader
    /// would accept the path; `Internal` if the header announces no files or the path was added before.
    pub async fn file(&mut self, path: &str, source: &Path) -> Result<FileOutcome> {
        layout::check_path(&layout::file_name(path)).and_then(|()| layout::check_path(path))?;
        let (reply, outcome) = oneshot::channel();
        self.send(Command::File { path: path.to_owned(), source: source.to_owned(), reply }).await?;
        match outcome.await {
            Ok(outcome) => Ok(outcome),
            Err(_) => Err(self.failure().await),
        }
    }

    /// Adds content from memory, whose SHA-256 is known, as a physical file, under a path that `layout::check_path` must accept.
    /// Returns before it is written.
    ///
    /// # Errors
    /// `File` if the disk is full; `Damaged` if no reader would accept the path; `Internal` if the header announces no files
    /// or the path was added before.
    pub async fn part(&mut self, path: &str, content: Vec<u8>, sha256: [u8; 32]) -> Result<()> {
        layout::check_path(&layout::file_name(path)).and_then(|()| layout::check_path(path))?;
        let (parts, bytes) = &mut self.waiting;
        // A name takes memory as well.
        *bytes += content.len() + path.len() + size_of::<Part>();
        parts.push(Part { path: path.to_owned(), content, sha256 });
        if *bytes < TOGETHER_BYTES { Ok(()) } else { self.hand_over().await }
    }

    /// Hands over the parts that wait.
    async fn hand_over(&mut self) -> Result<()> {
        let (parts, _) = std::mem::take(&mut self.waiting);
        if parts.is_empty() { Ok(()) } else { self.put(Command::Parts(parts)).await }
    }

    /// Writes the manifest and the end, syncs, and publishes the bundle under its name. The digest file is published first,
    /// so that a bundle never lacks it.
    ///
    /// # Errors
    /// `File` if the disk is full or fails; nothing is left behind then.
    pub async fn finish(self) -> Result<BundleMark> {
        self.finish_without(BTreeMap::new()).await
    }

    /// Finishes a bundle that lacks so many rows of some tables, which could not be written: the manifest says so.
    ///
    /// # Errors
    /// Those of [`Self::finish`].
    pub async fn finish_without(mut self, rejected: BTreeMap<String, u64>) -> Result<BundleMark> {
        self.send(Command::Finish { rejected }).await?;
        (&mut self.outcome).await.map_err(|_| panicked())?
    }

    /// Gives up and removes what was written, as dropping it does.
    pub fn abort(self) {}

    async fn send(&mut self, command: Command) -> Result<()> {
        self.hand_over().await?;
        self.put(command).await
    }

    async fn put(&mut self, command: Command) -> Result<()> {
        let commands = self.commands.as_ref().ok_or_else(panicked)?;
        match commands.send(command).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.failure().await),
        }
    }

    /// Returns why the thread ended.
    async fn failure(&mut self) -> Error {
        self.commands = None;
        match (&mut self.outcome).await {
            Ok(Err(error)) => error,
            Ok(Ok(_)) | Err(_) => panicked(),
        }
    }
}

impl Drop for BundleWriter {
    fn drop(&mut self) {
        // The thread removes its file once it sees that nobody will finish it. Wait for that, so that the file is gone
        // before the program continues; it takes no longer than one dump file.
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Removes a bundle and its digest file, if they exist.
pub fn remove(folder: &Path, name: &str) {
    if !name.is_empty() {
        let bundle = folder.join(name);
        let _ = std::fs::remove_file(sidecar::path_of(&bundle));
        let _ = std::fs::remove_file(bundle);
    }
}

fn panicked() -> Error {
    Error::internal("the thread that writes the bundle is gone")
}

fn write(mut archive: Archive, mut commands: mpsc::Receiver<Command>) -> Result<BundleMark> {
    while let Some(command) = commands.blocking_recv() {
        match command {
            Command::Dump { table, file } => archive.dump_file(table, &file)?,
            Command::Parts(parts) => {
                parts.iter().try_for_each(|part| archive.part(&part.path, &part.content, part.sha256))?;
            }
            Command::File { path, source, reply } => {
                let outcome = archive.file(&path, &source)?;
                let _ = reply.send(outcome);
            }
            Command::Finish { rejected } => return archive.finish(&rejected),
        }
    }
    Err(Error::new(crate::error::ErrorKind::Interrupted, "the bundle was abandoned"))
}
