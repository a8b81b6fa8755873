//! Walks through an archive.

use tokio_tar::{EntryType, Header};

use super::BLOCK_BYTES;
use super::extension::{Extensions, MAX_EXTENSION_BYTES};
use crate::bundle::layout::printable;
use crate::error::{Error, Result};

/// A source of bytes that lends them in pieces.
pub(in crate::bundle) trait Bytes {
    /// The next bytes; empty only at the end.
    ///
    /// # Errors
    /// When the source fails.
    fn peek(&mut self) -> Result<&[u8]>;

    /// Marks the first `count` of them as read.
    fn consume(&mut self, count: usize);
}

/// A member of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::bundle) struct Entry {
    /// Its name as it stands in the archive; nothing is checked but that it is UTF-8 and holds no NUL.
    pub(in crate::bundle) name: String,
    /// Size of its content.
    pub(in crate::bundle) bytes: u64,
    /// Whether it is a folder; it has no content then.
    pub(in crate::bundle) folder: bool,
}

/// Reads an archive member by member.
pub(in crate::bundle) struct TarReader<B> {
    input: B,
    /// Bytes of the content that were not read yet.
    content: u64,
    /// Bytes that fill up the last block of it.
    padding: u64,
    /// Whether a header was read, so that the bytes are an archive at all.
    begun: bool,
}

impl<B: Bytes> TarReader<B> {
    pub(in crate::bundle) fn new(input: B) -> Self {
        Self { input, content: 0, padding: 0, begun: false }
    }

    /// The next member; `None` when the end marks and the end of the bytes are reached. What was not read of the member
    /// before is skipped.
    ///
    /// # Errors
    /// `Damaged` when the archive is not sound; what the source says.
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
                // An old tar marks a folder by the slash alone.
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

    /// More of the current member's content; empty at its end. [`TarReader::consume`] takes it.
    ///
    /// # Errors
    /// `Damaged` when the archive ends inside; what the source says.
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

    /// Marks the first `count` bytes of what [`TarReader::content`] gave as read.
    pub(in crate::bundle) fn consume(&mut self, count: usize) {
        self.input.consume(count);
        self.content -= count as u64;
    }

    /// The source behind it.
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
                // Some other file may be shorter than a header; an empty one is more likely what is left of a bundle.
                return Err(if self.begun || filled == 0 { cut() } else { no_archive(cut()) });
            }
            let count = bytes.len().min(BLOCK_BYTES - filled);
            block[filled..filled + count].copy_from_slice(&bytes[..count]);
            self.input.consume(count);
            filled += count;
        }
        Ok(block)
    }

    /// Reads a second block of zeros, and that nothing but zeros follows.
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
    Error::damaged("this is no tarball, or its first bytes are damaged")
        .because(because)
        .hint("Check that this is the file you mean; if it is, carry it over once more.")
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
        // Readers differ in whether the prefix field is part of the name then.
        return Err(Error::damaged("header of a member has an unknown version"));
    }
    Ok(header)
}

/// The size field: octal digits, or a binary number for what they cannot hold.
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
