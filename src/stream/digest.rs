//! Computes digests and counts in the same pass that moves the bytes.

use std::cell::{Ref, RefCell};
use std::io::{self, Read, Write};
use std::rc::Rc;

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::model::hex::hex;

/// Computes SHA-256 and size of a sequence of bytes.
#[derive(Clone, Debug, Default)]
pub struct Tap {
    sha256: Sha256,
    bytes: u64,
}

/// The result of a [`Tap`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// SHA-256.
    pub sha256: [u8; 32],
    /// Size.
    pub bytes: u64,
}

impl Seen {
    /// Returns the digest as `sha256sum` prints it.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        hex(&self.sha256)
    }
}

impl Tap {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// Returns the number of bytes so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns digest and size of all bytes.
    #[must_use]
    pub fn finish(&self) -> Seen {
        Seen { sha256: self.sha256.clone().finalize().into(), bytes: self.bytes }
    }
}

/// Returns SHA-256 and size of a slice.
#[must_use]
pub fn of(bytes: &[u8]) -> Seen {
    let mut tap = Tap::default();
    tap.update(bytes);
    tap.finish()
}

/// Computes the MD5 of a sequence of bytes, for the digests that platforms store for their files.
#[derive(Clone, Debug, Default)]
pub struct Md5Tap(Md5);

impl Md5Tap {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the digest in lower-case hex.
    #[must_use]
    pub fn finish_hex(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Taps the bytes from a reader or to a writer. The digest can be read from outside while a decoder owns the reader.
#[derive(Debug)]
pub struct Tapped<T> {
    inner: T,
    state: Rc<RefCell<State>>,
}

/// The outer handle of a [`Tapped`].
#[derive(Clone, Debug)]
pub struct TapHandle(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    tap: Tap,
    failed: bool,
}

impl<T> Tapped<T> {
    /// Taps `inner`.
    pub fn new(inner: T) -> (Self, TapHandle) {
        let state = Rc::new(RefCell::new(State::default()));
        (Self { inner, state: Rc::clone(&state) }, TapHandle(state))
    }

    /// Returns the tapped reader or writer.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    fn note(&self, result: &io::Result<usize>, buffer: &[u8]) {
        let mut state = self.state.borrow_mut();
        match result {
            Ok(count) => state.tap.update(&buffer[..*count]),
            Err(error) => state.failed |= error.kind() != io::ErrorKind::Interrupted,
        }
    }
}

impl TapHandle {
    /// Returns digest and size so far.
    #[must_use]
    pub fn tap(&self) -> Ref<'_, Tap> {
        Ref::map(self.0.borrow(), |state| &state.tap)
    }

    /// Returns whether the device itself failed, as opposed to a decoder that rejected its bytes.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.0.borrow().failed
    }
}

impl<R: Read> Read for Tapped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        self.note(&result, buffer);
        result
    }
}

impl<W: Write> Write for Tapped<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(buffer);
        self.note(&result, buffer);
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_digests() {
        assert_eq!(of(b"abc").sha256_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let mut md5 = Md5Tap::default();
        md5.update(b"abc");
        assert_eq!(md5.finish_hex(), "900150983cd24fb0d6963f7d28e17f72");
    }

    #[test]
    fn a_tapped_reader_counts_what_was_read() {
        let (mut reader, handle) = Tapped::new(&b"abcdef"[..]);
        let mut three = [0; 3];
        reader.read_exact(&mut three).expect("memory");
        assert_eq!(handle.tap().finish(), of(b"abc"));
        assert!(!handle.failed());
    }
}
