//! Reads the content of a file into parts, without its holes, while it may be written.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags, SeekFrom};
use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::snapshot::store::contract::Pieces;
use crate::stream::cancel::Cancel;
use crate::stream::digest::{self, Tap};

/// A run of zeros of this length is a hole.
const HOLE: u64 = 64 << 10;

/// Content is looked at in blocks of this size.
const BLOCK: usize = 4 << 10;

/// Bytes that are read at once.
const BUFFER: usize = 256 << 10;

/// A file up to this size is read into the memory in which it travels, and its size is known before.
const SMALL: u64 = 1 << 20;

/// How often a file that changes is read again, if it fits into one part.
const TRIES: usize = 3;

/// A part of a file, on its way into the bundle.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::snapshot) struct Piece {
    pub(in crate::snapshot) offset: u64,
    pub(in crate::snapshot) content: Vec<u8>,
    pub(in crate::snapshot) sha256: [u8; 32],
    /// Whether it is all of the file.
    pub(in crate::snapshot) whole: bool,
}

/// What was read of a file.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::snapshot) struct Content {
    pub(in crate::snapshot) bytes: u64,
    pub(in crate::snapshot) holes: Vec<(u64, u64)>,
    /// SHA-256 of the pieces one after the other.
    pub(in crate::snapshot) sha256: [u8; 32],
    /// When a file was changed last, in nanoseconds since 1970.
    pub(in crate::snapshot) mtime: Option<i64>,
    /// Whether the file changed while it was read.
    pub(in crate::snapshot) changed: bool,
}

/// Reads a file in pieces of at most `part_bytes`, or a few more. Returns `None` if there is no regular file any more.
///
/// # Errors
/// `File` if it cannot be read; `Interrupted`; those of `emit`.
pub(in crate::snapshot) fn read(
    path: &Path,
    part_bytes: usize,
    cancel: &Cancel,
    emit: &mut dyn FnMut(Piece) -> Result<()>,
) -> Result<Option<Content>> {
    read_by(path, &|bytes| Cut::new(part_bytes, bytes), part_bytes, cancel, emit)
}

/// Reads a file as [`read`] does, and keeps none of its content.
///
/// # Errors
/// `File` if it cannot be read; `Interrupted`.
pub(in crate::snapshot) fn digest(path: &Path, part_bytes: usize, cancel: &Cancel) -> Result<Option<Content>> {
    read_by(path, &Cut::digest, part_bytes, cancel, &mut |_| Ok(()))
}

fn read_by(
    path: &Path,
    cut: &dyn Fn(u64) -> Cut,
    part_bytes: usize,
    cancel: &Cancel,
    emit: &mut dyn FnMut(Piece) -> Result<()>,
) -> Result<Option<Content>> {
    let fault = |error: std::io::Error| {
        let denied = error.kind() == std::io::ErrorKind::PermissionDenied;
        let error = Error::file(path, "a file of the store cannot be read", error);
        if denied { error.hint("Run it as root, or as the user that owns the store.") } else { error }
    };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    for attempt in 1.. {
        let file = match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NXIO) => return Ok(None),
            Err(error) => return Err(fault(error.into())),
        };
        let begin = file.metadata().map_err(fault)?;
        if !begin.is_file() {
            return Ok(None);
        }
        let small = begin.len() <= part_bytes as u64;
        let mut cut = cut(begin.len());
        // Where all blocks of a file are on the disk, it has no holes to skip.
        let dense = begin.blocks().saturating_mul(512) >= begin.len();
        let mut kept = Vec::new();
        // A small file is kept until it is known to be of one moment.
        let mut take = |piece: Piece| {
            if small {
                kept.push(piece);
                return Ok(());
            }
            emit(piece)
        };
        if dense && begin.len() <= SMALL.min(part_bytes as u64) {
            cancel.check()?;
            let mut content = Vec::with_capacity(usize::try_from(begin.len()).unwrap_or(0));
            (&file).take(begin.len()).read_to_end(&mut content).map_err(fault)?;
            cut.all_at_once(content, &mut take)?;
        } else {
            cut.file(&file, path, cancel, &mut take)?;
        }
        let content = cut.finish(&mut take)?;
        let end = file.metadata().map_err(fault)?;
        let changed = (begin.len(), begin.mtime(), begin.mtime_nsec()) != (end.len(), end.mtime(), end.mtime_nsec())
            || content.bytes != end.len();
        if changed && small && attempt < TRIES {
            continue;
        }
        for piece in kept {
            emit(piece)?;
        }
        let mtime = begin.mtime().saturating_mul(1_000_000_000).saturating_add(begin.mtime_nsec());
        return Ok(Some(Content { changed, mtime: Some(mtime), ..content }));
    }
    Ok(None)
}

/// Cuts content that comes in pieces of any length into those of a bundle.
///
/// # Errors
/// Those of the content; `Interrupted`; those of `emit`.
pub(in crate::snapshot) fn pieces(
    content: &mut dyn Pieces,
    part_bytes: usize,
    cancel: &Cancel,
    emit: &mut dyn FnMut(Piece) -> Result<()>,
) -> Result<Content> {
    let mut cut = Cut::new(part_bytes, u64::MAX);
    while let Some(piece) = content.next()? {
        cancel.check()?;
        for near in piece.chunks(BUFFER) {
            cut.bytes(near, emit)?;
        }
    }
    cut.finish(emit)
}

/// Returns the runs of blocks of zeros, and of other blocks, with whether they are zeros.
fn runs(bytes: &[u8]) -> impl Iterator<Item = (bool, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let mut blocks = rest.chunks(BLOCK);
        let zero = is_zero(blocks.next()?);
        let same = 1 + blocks.take_while(|block| is_zero(block) == zero).count();
        let (run, after) = rest.split_at((same * BLOCK).min(rest.len()));
        rest = after;
        Some((zero, run))
    })
}

fn is_zero(block: &[u8]) -> bool {
    // Most blocks are none by their first byte; the rest is looked at in words.
    block[0] == 0 && block.chunks(16).all(|word| word.iter().fold(0, |any, byte| any | byte) == 0)
}

/// Cuts content into pieces.
struct Cut {
    part_bytes: usize,
    /// Size of the file when it was opened; more is not read.
    limit: u64,
    /// Whether the content is wanted, and not only its digest.
    keeps: bool,
    /// Where the piece begins that is being filled, and its bytes so far.
    start: u64,
    filled: usize,
    content: Vec<u8>,
    /// The digest of the piece. It is taken while the bytes are still in the CPU cache.
    own: Tap,
    /// Zeros after the piece, of which it is not known yet whether they are a hole.
    zeros: u64,
    holes: Vec<(u64, u64)>,
    pieces: u64,
    /// The digest of all pieces, once there is one before this.
    all: Option<Tap>,
    last: [u8; 32],
}

impl Cut {
    fn new(part_bytes: usize, limit: u64) -> Self {
        Self {
            part_bytes,
            limit,
            keeps: true,
            start: 0,
            filled: 0,
            content: Vec::new(),
            own: Tap::default(),
            zeros: 0,
            holes: Vec::new(),
            pieces: 0,
            all: None,
            last: [0; 32],
        }
    }

    /// Returns one that takes only the digest of what it is given.
    fn digest(limit: u64) -> Self {
        Self { keeps: false, all: Some(Tap::default()), ..Self::new(usize::MAX, limit) }
    }

    fn at(&self) -> u64 {
        self.start + self.filled as u64 + self.zeros
    }

    fn file(
        &mut self,
        file: &File,
        path: &Path,
        cancel: &Cancel,
        emit: &mut dyn FnMut(Piece) -> Result<()>,
    ) -> Result<()> {
        let fault = |error: Errno| Error::file(path, "a file of the store cannot be read", error.into());
        let mut buffer = vec![0; usize::try_from(self.limit).unwrap_or(BUFFER).clamp(1, BUFFER)];
        while self.at() < self.limit {
            cancel.check()?;
            // Where the file system knows holes, they need not be read.
            let data = match rustix::fs::seek(file, SeekFrom::Data(self.at())) {
                Ok(data) => data.min(self.limit),
                Err(Errno::NXIO) => self.limit,
                Err(Errno::INVAL | Errno::OPNOTSUPP) => self.at(),
                Err(error) => return Err(fault(error)),
            };
            if data > self.at() {
                self.zeros += data - self.at();
                continue;
            }
            let end = match rustix::fs::seek(file, SeekFrom::Hole(data)) {
                Ok(end) if end > data => end.min(self.limit),
                _ => self.limit,
            };
            while self.at() < end {
                cancel.check()?;
                let wanted = usize::try_from(end - self.at()).unwrap_or(usize::MAX).min(buffer.len());
                let count = match rustix::io::pread(file, &mut buffer[..wanted], self.at()) {
                    Ok(0) => return Ok(()),
                    Ok(count) => count,
                    Err(Errno::INTR) => continue,
                    Err(error) => return Err(fault(error)),
                };
                self.bytes(&buffer[..count], emit)?;
            }
        }
        Ok(())
    }

    /// Takes all of a file, which is one piece unless there are holes in it.
    fn all_at_once(&mut self, content: Vec<u8>, emit: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        if runs(&content).any(|(zero, run)| zero && run.len() as u64 >= HOLE) {
            return self.bytes(&content, emit);
        }
        if !self.keeps {
            self.append(&content);
            return Ok(());
        }
        self.own.update(&content);
        self.filled = content.len();
        self.content = content;
        Ok(())
    }

    /// Takes the next bytes.
    fn bytes(&mut self, bytes: &[u8], emit: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        for (zero, run) in runs(bytes) {
            if zero {
                self.zeros += run.len() as u64;
            } else {
                self.data(run, emit)?;
            }
        }
        Ok(())
    }

    /// Takes the next bytes, which are no hole. A piece ends between two blocks.
    fn data(&mut self, mut bytes: &[u8], emit: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        if self.zeros >= HOLE {
            self.hole(emit)?;
        }
        let more = usize::try_from(self.zeros).unwrap_or(usize::MAX).saturating_add(bytes.len().min(BLOCK));
        if self.filled > 0 && self.filled.saturating_add(more) > self.part_bytes {
            // The zeros begin the next piece.
            self.flush(false, emit)?;
        }
        self.fill();
        while !bytes.is_empty() {
            let room = self.part_bytes.saturating_sub(self.filled);
            let fits = if bytes.len() <= room { bytes.len() } else { room / BLOCK * BLOCK };
            // However small a piece is to be, a block fits.
            let least = if self.filled == 0 { BLOCK.min(bytes.len()) } else { 0 };
            let (now, later) = bytes.split_at(fits.max(least));
            self.append(now);
            bytes = later;
            if !bytes.is_empty() {
                self.flush(false, emit)?;
            }
        }
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) {
        self.filled += bytes.len();
        if let Some(all) = &mut self.all {
            all.update(bytes);
        }
        if !self.keeps {
            return;
        }
        if self.content.capacity() - self.content.len() < bytes.len() && self.content.len() as u64 >= SMALL {
            // It will probably be a whole piece: growing by and by would copy it several times.
            self.content.reserve_exact(self.part_bytes.saturating_sub(self.content.len()).max(bytes.len()));
        }
        self.content.extend_from_slice(bytes);
        self.own.update(bytes);
    }

    /// Puts zeros that are too few for a hole into the content.
    fn fill(&mut self) {
        let zeros = [0; BLOCK];
        while self.zeros > 0 {
            let count = usize::try_from(self.zeros).map_or(BLOCK, |left| left.min(BLOCK));
            self.append(&zeros[..count]);
            self.zeros -= count as u64;
        }
    }

    fn hole(&mut self, emit: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        self.flush(false, emit)?;
        self.holes.push((self.start, self.zeros));
        self.start += self.zeros;
        self.zeros = 0;
        Ok(())
    }

    /// Sends the content; what comes next begins behind it.
    fn flush(&mut self, last: bool, emit: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        if self.filled == 0 {
            return Ok(());
        }
        let content = std::mem::take(&mut self.content);
        let own = std::mem::take(&mut self.own);
        let whole = last && self.start == 0;
        let sha256 = own.finish().sha256;
        // Up to here, the digest of the first piece is that of all.
        self.all = self.all.take().or_else(|| (!whole).then_some(own));
        self.pieces += 1;
        self.last = sha256;
        let offset = self.start;
        self.start += std::mem::take(&mut self.filled) as u64;
        emit(Piece { offset, content, sha256, whole })
    }

    fn finish(mut self, emit: &mut dyn FnMut(Piece) -> Result<()>) -> Result<Content> {
        if self.zeros >= HOLE {
            self.hole(emit)?;
        } else {
            self.fill();
            self.flush(true, emit)?;
        }
        let sha256 = match (self.pieces, &self.all) {
            (0, _) => digest::of(b"").sha256,
            (_, Some(all)) if !self.keeps => all.finish().sha256,
            (2.., Some(all)) => all.finish().sha256,
            _ => self.last,
        };
        Ok(Content { bytes: self.start, holes: self.holes, sha256, mtime: None, changed: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts content given in blocks, and puts it together again.
    /// Offset, length and last-mark of each part; holes.
    type Cut = (Vec<(u64, usize, bool)>, Vec<(u64, u64)>);

    fn round(content: &[u8], part_bytes: usize) -> Cut {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, content).unwrap();
        let mut pieces = Vec::new();
        let mut emit = |piece: Piece| {
            pieces.push(piece);
            Ok(())
        };
        let read = read(&path, part_bytes, &Cancel::default(), &mut emit).unwrap().unwrap();
        let mut again = vec![0; usize::try_from(read.bytes).unwrap()];
        for piece in &pieces {
            let start = usize::try_from(piece.offset).unwrap();
            again[start..start + piece.content.len()].copy_from_slice(&piece.content);
        }
        assert!(again == content && !read.changed);
        assert_eq!(digest(&path, part_bytes, &Cancel::default()).unwrap().unwrap(), read);
        let joined: Vec<u8> = pieces.iter().flat_map(|piece| piece.content.clone()).collect();
        assert_eq!(read.sha256, digest::of(&joined).sha256);
        (pieces.iter().map(|piece| (piece.offset, piece.content.len(), piece.whole)).collect(), read.holes)
    }

    #[test]
    fn runs_of_zeros_do_not_travel() {
        let (k, zeros) = (1024, |count: usize| vec![0_u8; count]);
        let ones = |count: usize| vec![1_u8; count];
        assert_eq!(round(b"", k), (vec![], vec![]));
        assert_eq!(round(b"abc", k), (vec![(0, 3, true)], vec![]));
        // Less than a hole stays what it is.
        let short = [ones(10), zeros(60 * k), ones(10)].concat();
        assert_eq!(round(&short, 1 << 20), (vec![(0, 60 * k + 20, true)], vec![]));
        let long = [ones(4 * k), zeros(100 * k), ones(5)].concat();
        assert_eq!(
            round(&long, 1 << 20),
            (vec![(0, 4 * k, false), (104 * k as u64, 5, false)], vec![(4 * k as u64, 100 * k as u64)])
        );
        assert_eq!(round(&zeros(200 * k), 1 << 20), (vec![], vec![(0, 200 * k as u64)]));
        let end = [ones(3), zeros(200 * k)].concat();
        let (pieces, holes) = round(&end, 1 << 20);
        assert_eq!((pieces.len(), holes.len(), pieces[0].2), (1, 1, false));
        // Larger than a part: cut.
        let (pieces, holes) = round(&ones(20 * k), 8 * k);
        assert_eq!(pieces, vec![(0, 8 * k, false), (8 * k as u64, 8 * k, false), (16 * k as u64, 4 * k, false)]);
        assert!(holes.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn what_is_cut_is_what_was_there(runs in proptest::collection::vec((proptest::bool::ANY, 0_usize..150_000), 0..5)) {
            let content: Vec<u8> = runs.iter().flat_map(|(zero, count)| vec![u8::from(!zero); *count]).collect();
            round(&content, 64 << 10);
        }
    }
}
