//! Reads, digests and decompresses the file on a thread of its own, and limits what comes out.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::{BundleSource, ReadLimits, stranger};
use crate::bundle::tar::Bytes;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Progress;
use crate::stream::cancel::Cancel;
use crate::stream::codec::{self, Codec};
use crate::stream::digest::{Seen, TapHandle, Tapped};

/// Decompressed bytes in one piece, and compressed bytes requested by one read.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces in flight between the two threads.
const CHANNEL_PIECES: usize = 4;

/// Decompressed bytes before the ratio is checked: a small bundle may well be one table of equal rows.
const RATIO_FROM_BYTES: u64 = 64 << 20;

enum Piece {
    Bytes(Vec<u8>),
    End(SourceEnd),
    Failed(Error),
}

/// Properties of the compressed file.
#[derive(Clone, Debug)]
pub(super) struct SourceEnd {
    pub(super) file: Seen,
    pub(super) codec: Codec,
}

/// The decompressed bytes, as the thread delivers them.
pub(super) struct Pieces {
    receiver: Option<Receiver<Piece>>,
    thread: Option<JoinHandle<()>>,
    current: Vec<u8>,
    read: usize,
    end: Option<SourceEnd>,
    /// Whether the thread can be joined without blocking for long.
    wait: bool,
    cancel: Cancel,
}

/// Starts the thread. `wait` says that its source never blocks, so that the thread can be joined.
pub(super) fn start(
    source: BundleSource,
    wait: bool,
    limits: ReadLimits,
    progress: Progress,
    cancel: Cancel,
) -> Pieces {
    let (sender, receiver) = sync_channel(CHANNEL_PIECES);
    let stop = cancel.clone();
    let thread = std::thread::Builder::new().name("bundle-read".into()).spawn(move || {
        let outcome = match source {
            BundleSource::Stdin => pump(io::stdin().lock(), &limits, &progress, &stop, &sender),
            BundleSource::Path(path) => File::open(&path)
                .map_err(|error| Error::file(&path, "the bundle cannot be opened", error))
                .and_then(|file| pump(file, &limits, &progress, &stop, &sender))
                .map_err(|error| error.at_path(path.display().to_string())),
        };
        // Nobody is listening if the reader was dropped.
        let _ = sender.send(outcome.map_or_else(Piece::Failed, Piece::End));
    });
    Pieces {
        receiver: Some(receiver),
        thread: Some(thread.expect("the system gives a thread")),
        current: Vec::new(),
        read: 0,
        end: None,
        wait,
        cancel,
    }
}

fn pump(
    input: impl Read + Unpin,
    limits: &ReadLimits,
    progress: &Progress,
    cancel: &Cancel,
    sender: &SyncSender<Piece>,
) -> Result<SourceEnd> {
    let (input, handle) = Tapped::new(input);
    let taken = Rc::new(Cell::new(0));
    let input = Taken { input: BufReader::with_capacity(PIECE_BYTES, input), bytes: Rc::clone(&taken) };
    let failed = |error| classify(error, &handle, taken.get());
    let (codec, mut decoder) = codec::decoder(input).map_err(failed)?;
    let mut bound = Bound { limits, plain: 0 };
    let mut counted = 0;
    loop {
        cancel.check()?;
        let mut piece = vec![0; PIECE_BYTES];
        let count = fill(&mut *decoder, &mut piece).map_err(failed)?;
        piece.truncate(count);
        let compressed = handle.tap().bytes();
        progress.add_bytes(compressed - counted);
        counted = compressed;
        if count == 0 {
            return Ok(SourceEnd { file: handle.tap().finish(), codec });
        }
        if bound.plain == 0
            && let Some((what, hint)) = stranger::named(&piece)
        {
            return Err(Error::damaged(format!("this is not a bundle but {what}")).hint(hint));
        }
        bound.add(count as u64, compressed)?;
        if sender.send(Piece::Bytes(piece)).is_err() {
            // The other thread has found an error of its own or was stopped.
            return Err(Error::internal("the reader of the bundle went away"));
        }
    }
}

/// Reads until the buffer is full or the stream ends.
fn fill(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Classifies an error that occurred after `taken` bytes of the file were decoded.
fn classify(error: io::Error, handle: &TapHandle, taken: u64) -> Error {
    if handle.failed() {
        Error::new(ErrorKind::File, "the bundle cannot be read").because(error)
    } else if error.kind() == io::ErrorKind::UnexpectedEof {
        Error::damaged("the compressed stream ends too early").because(error).at_byte(taken)
    } else {
        Error::damaged("the compressed stream is damaged").because(error).at_byte(taken)
    }
}

/// Counts the bytes that a decoder has consumed, excluding those that only wait in a buffer.
struct Taken<R> {
    input: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: BufRead> Read for Taken<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.bytes.set(self.bytes.get() + count as u64);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Taken<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.bytes.set(self.bytes.get() + count as u64);
        self.input.consume(count);
    }
}

/// Limits the size that a small file can expand to.
struct Bound<'a> {
    limits: &'a ReadLimits,
    plain: u64,
}

impl Bound<'_> {
    fn add(&mut self, bytes: u64, compressed: u64) -> Result<()> {
        self.plain += bytes;
        if self.plain > self.limits.max_bytes {
            return Err(Error::damaged(format!("bundle holds more than {} bytes", self.limits.max_bytes))
                .hint("If the bundle is trusted, raise the limit with --max-bytes."));
        }
        if self.plain > RATIO_FROM_BYTES && self.plain / self.limits.max_ratio.max(1) > compressed {
            return Err(Error::damaged(format!("bundle grows to more than {} times its size", self.limits.max_ratio))
                .hint("If the bundle is trusted, raise the limit with --max-ratio."));
        }
        Ok(())
    }
}

impl Pieces {
    /// Returns the properties of the compressed file; to be called after the bytes have ended.
    pub(super) fn end(self) -> Result<SourceEnd> {
        self.end.clone().ok_or_else(|| Error::internal("the bundle was not read to its end"))
    }

    fn next_piece(&mut self) -> Result<()> {
        self.cancel.check()?;
        let piece = self.receiver.as_ref().map(Receiver::recv);
        match piece {
            Some(Ok(Piece::Bytes(bytes))) => (self.current, self.read) = (bytes, 0),
            Some(Ok(Piece::End(end))) => self.end = Some(end),
            Some(Ok(Piece::Failed(error))) => return Err(error),
            Some(Err(_)) | None => return Err(Error::internal("the reading thread panicked")),
        }
        Ok(())
    }
}

impl Bytes for Pieces {
    fn peek(&mut self) -> Result<&[u8]> {
        while self.read == self.current.len() && self.end.is_none() {
            self.next_piece()?;
        }
        Ok(&self.current[self.read..])
    }

    fn consume(&mut self, count: usize) {
        self.read += count;
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        // Without a receiver, the thread ends at its next piece.
        drop(self.receiver.take());
        if let Some(thread) = self.thread.take()
            && self.wait
        {
            let _ = thread.join();
        }
    }
}
