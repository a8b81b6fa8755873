//! Decodes a compressed file of several consecutive parts, such as gzip members.

use std::io::{self, BufRead, Read};
use std::marker::PhantomData;

/// A decoder of one part, which leaves the bytes after the part in its input.
pub(super) trait Part<R>: Read {
    /// Begins a part.
    fn begin(input: R) -> Self;

    /// Returns the input once the part was read to its end.
    fn end(self) -> R;
}

/// Decodes part after part. Only zeros may follow the last one.
pub(super) struct Parts<R, D> {
    /// The current part, or `None` at the end.
    part: Option<D>,
    input: PhantomData<R>,
}

impl<R: BufRead, D: Part<R>> Parts<R, D> {
    /// Begins with the first part.
    pub(super) fn new(input: R) -> Self {
        Self { part: Some(D::begin(input)), input: PhantomData }
    }
}

impl<R: BufRead, D: Part<R>> Read for Parts<R, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(part) = &mut self.part {
            let count = part.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(mut input) = self.part.take().map(D::end) else { break };
            if goes_on(&mut input)? {
                self.part = Some(D::begin(input));
            }
        }
        Ok(0)
    }
}

/// Returns whether another part follows. Skips zeros up to the end.
///
/// # Errors
/// If anything follows zeros.
fn goes_on(input: &mut impl BufRead) -> io::Result<bool> {
    let mut padded = false;
    loop {
        let bytes = input.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        if zeros < bytes.len() {
            let between = || io::Error::new(io::ErrorKind::InvalidData, "data follows the zeros after the stream");
            return if padded || zeros > 0 { Err(between()) } else { Ok(true) };
        }
        if zeros == 0 {
            return Ok(false);
        }
        padded = true;
        input.consume(zeros);
    }
}
