//! Reads an archive member by member.

use tokio_tar::{EntryType, Header};

use super::BLOCK_BYTES;
use super::extension::{Extensions, MAX_EXTENSION_BYTES};
use crate::bundle::layout::printable;
use crate::error::{Error, Result};

/// A source of bytes that lends them in pieces.
pub(in crate::bundle) trait Bytes {
    /// Returns the next bytes; empty only at the end.
    ///
    /// # Errors
    /// Those of the source.
    fn peek(&mut self) -> Result<&[u8]>;

    /// Marks the first `count` of them as read.
    fn consume(&mut self, count: usize);
}

/// A member of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::bundle) struct Entry {
    /// Its name as written in the archive. It is only known to be UTF-8 without NUL.
    pub(in crate::bundle) name: String,
    /// Size of its content.
    pub(in crate::bundle) bytes: u64,
    /// Whether it is a folder, which has no content.
    pub(in crate::bundle) folder: bool,
}

/// Reads an archive member by member.
pub(in crate::bundle) struct TarReader<B> {
    input: B,
    /// Bytes of the content still to be read.
    content: u64,
    /// Bytes that fill up its last block.
    padding: u64,
    /// Whether a header was read, which shows that the bytes are an archive.
    begun: bool,
}

impl<B: Bytes> TarReader<B> {
    pub(in crate::bundle) fn new(input: B) -> Self {
        Self { input, content: 0, padding: 0, begun: false }
    }

    /// Returns the next member, or `None` once the end marks and the end of the bytes are reached. Skips the unread rest of
    /// the previous member.
    ///
    /// # Errors
    /// `Damaged` if the archive is malformed; errors of the source.
    pub(in crate::bundle) fn next(&mut self) -> Result<Option<Entry>> {
        let mut extensions = Extensions::default();
        loop {
            while !self.content()?.is_empty() {
                self.consume_all();
            }
            self.skip_padding()?;
            let block = self.block()?;
            if block == [0; BLOCK_BYTES] {
                extensions.check_unused()?;
                self.finish()?;
                return Ok(None);
            }
            let header = checked_header(&block).map_err(|error| if self.begun { error } else { no_archive(error) })?;
            self.begun = true;
            let kind = header.entry_type();
            let own_bytes = size_field(&block)?;
            if matches!(kind, EntryType::XHeader | EntryType::XGlobalHeader | EntryType::GNULongName) {
                self.begin_content(own_bytes);
                self.extension(kind, &mut extensions)?;
                continue;
            }
            let bytes = extensions.size(own_bytes)?;
            let name = extensions.name().unwrap_or_else(|| header.path_bytes().into_owned());
            let name = String::from_utf8(name).map_err(|_| Error::damaged("name of a member is not UTF-8"))?;
            let folder = match kind {
                // Old tars mark a folder only by the slash.
                EntryType::Regular => name.ends_with('/'),
                EntryType::Directory => true,
                other => return Err(Error::damaged(refusal(other)).at_member(printable(&name))),
            };
            if folder && bytes > 0 {
                return Err(Error::damaged("folder with content").at_member(printable(&name)));
            }
            self.begin_content(bytes);
            return Ok(Some(Entry { name, bytes, folder }));
        }
    }

    /// Returns more of the current member's content, empty at its end. [`TarReader::consume`] marks it as read.
    ///
    /// # Errors
    /// `Damaged` if the archive ends inside the content; errors of the source.
    pub(in crate::bundle) fn content(&mut self) -> Result<&[u8]> {
        if self.content == 0 {
            return Ok(&[]);
        }
        let content = self.content;
        let bytes = self.input.peek()?;
        if bytes.is_empty() {
            return Err(cut());
        }
        Ok(&bytes[..usize::try_from(content).unwrap_or(usize::MAX).min(bytes.len())])
    }

    /// Marks the first `count` bytes returned by [`TarReader::content`] as read.
    pub(in crate::bundle) fn consume(&mut self, count: usize) {
        self.input.consume(count);
        self.content -= count as u64;
    }

    /// Returns the underlying source.
    pub(in crate::bundle) fn into_inner(self) -> B {
        self.input
    }

    fn consume_all(&mut self) {
        if let Ok(bytes) = self.content() {
            let count = bytes.len();
            self.consume(count);
        }
    }

    fn begin_content(&mut self, bytes: u64) {
        self.content = bytes;
        self.padding = bytes.next_multiple_of(BLOCK_BYTES as u64) - bytes;
    }

    fn skip_padding(&mut self) -> Result<()> {
        while self.padding > 0 {
            let available = self.input.peek()?.len();
            if available == 0 {
                return Err(cut());
            }
            let count = usize::try_from(self.padding).unwrap_or(usize::MAX).min(available);
            self.input.consume(count);
            self.padding -= count as u64;
        }
        Ok(())
    }

    fn block(&mut self) -> Result<[u8; BLOCK_BYTES]> {
        let mut block = [0; BLOCK_BYTES];
        let mut filled = 0;
        while filled < BLOCK_BYTES {
            let bytes = self.input.peek()?;
            if bytes.is_empty() {
                // A file shorter than one header may be anything; an empty one is more likely the remains of a bundle.
                return Err(if self.begun || filled == 0 { cut() } else { no_archive(cut()) });
            }
            let count = bytes.len().min(BLOCK_BYTES - filled);
            block[filled..filled + count].copy_from_slice(&bytes[..count]);
            self.input.consume(count);
            filled += count;
        }
        Ok(block)
    }

    /// Reads the second block of zeros, and checks that only zeros follow.
    fn finish(&mut self) -> Result<()> {
        if self.block()? != [0; BLOCK_BYTES] {
            return Err(Error::damaged("archive has only one end mark"));
        }
        loop {
            let bytes = self.input.peek()?;
            if bytes.is_empty() {
                return Ok(());
            }
            if bytes.iter().any(|byte| *byte != 0) {
                return Err(Error::damaged("data after the end of the archive"));
            }
            let count = bytes.len();
            self.input.consume(count);
        }
    }

    fn extension(&mut self, kind: EntryType, extensions: &mut Extensions) -> Result<()> {
        if self.content > MAX_EXTENSION_BYTES {
            return Err(Error::damaged("extension header is too large"));
        }
        let mut content = Vec::new();
        while !self.content()?.is_empty() {
            content.extend_from_slice(self.content()?);
            self.consume_all();
        }
        match kind {
            EntryType::GNULongName => extensions.add_long_name(content),
            EntryType::XGlobalHeader => extensions.add_records(&content, true),
            _ => extensions.add_records(&content, false),
        }
    }
}

fn cut() -> Error {
    Error::damaged("archive ends too early")
}

fn no_archive(because: Error) -> Error {
    Error::damaged("this is not a tarball, or its first bytes are damaged")
        .because(because)
        .hint("Check that this is the right file; if it is, copy it again.")
}

fn checked_header(block: &[u8; BLOCK_BYTES]) -> Result<&Header> {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    const MAGIC: std::ops::Range<usize> = 257..263;
    const VERSION: std::ops::Range<usize> = 263..265;
    let header = Header::from_byte_slice(block);
    let blanks = u32::from(b' ') * 8;
    let outside = block.iter().enumerate().filter(|(at, _)| !CHECKSUM.contains(at));
    let sum = blanks + outside.map(|(_, byte)| u32::from(*byte)).sum::<u32>();
    if header.cksum().ok() != Some(sum) {
        return Err(Error::damaged("header of a member has a wrong checksum"));
    }
    if &block[MAGIC] == b"ustar\0" && &block[VERSION] != b"00" {
        // Otherwise readers differ in whether the prefix field is part of the name.
        return Err(Error::damaged("header of a member has an unknown version"));
    }
    Ok(header)
}

/// Reads the size field: octal digits, or a binary number for larger sizes.
fn size_field(block: &[u8; BLOCK_BYTES]) -> Result<u64> {
    let field = &block[124..136];
    let malformed = || Error::damaged("size of a member is malformed");
    if field[0] & 0x80 != 0 {
        let (high, low) = field.split_at(4);
        let bytes = u64::from_be_bytes(low.try_into().map_err(|_| malformed())?);
        return if high == [0x80, 0, 0, 0] && bytes <= i64::MAX.cast_unsigned() { Ok(bytes) } else { Err(malformed()) };
    }
    let text = std::str::from_utf8(field).map_err(|_| malformed())?;
    let digits = text.trim_end_matches(['\0', ' ']).trim_start_matches(' ');
    u64::from_str_radix(digits, 8).map_err(|_| malformed())
}

fn refusal(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Link | EntryType::Symlink | EntryType::GNULongLink => "member is a link",
        EntryType::Char | EntryType::Block => "member is a device",
        EntryType::Fifo => "member is a named pipe",
        EntryType::GNUSparse => "sparse file",
        _ => "member is of an unknown kind",
    }
}
