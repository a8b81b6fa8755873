//! Reads the extension headers in front of a member: GNU long names and pax records.

use crate::bundle::layout::MAX_NAME_BYTES;
use crate::error::{Error, Result};

/// Size limit of an extension header. Those written by other programs hold a name and a few times.
pub(super) const MAX_EXTENSION_BYTES: u64 = 64 << 10;

/// Size above which a header's own size field may be too small, so that only a record holds the size.
const LARGE_BYTES: u64 = 8 << 30;

/// The extensions of the next member.
#[derive(Default)]
pub(super) struct Extensions {
    name: Option<Vec<u8>>,
    bytes: Option<u64>,
}

impl Extensions {
    /// Reads the content of a GNU long name: the name, followed by zeros.
    pub(super) fn add_long_name(&mut self, mut content: Vec<u8>) -> Result<()> {
        let end = content.iter().position(|byte| *byte == 0).unwrap_or(content.len());
        if content[end..].iter().any(|byte| *byte != 0) {
            return Err(Error::damaged("NUL in the name of a member"));
        }
        content.truncate(end);
        self.set_name(content)
    }

    /// Reads pax records: `<length> <key>=<value>\
    /// `, where the length includes all of it.
    pub(super) fn add_records(&mut self, mut content: &[u8], global: bool) -> Result<()> {
        while !content.is_empty() {
            let (key, value, rest) = record(content).ok_or_else(|| Error::damaged("extension header is malformed"))?;
            self.add(key, value, global)?;
            content = rest;
        }
        Ok(())
    }

    /// Takes the name from the extensions, if they contain one.
    pub(super) fn name(&mut self) -> Option<Vec<u8>> {
        self.name.take()
    }

    /// Returns the member's size, given the size `own` of its header. Refuses two sizes that readers could interpret
    /// differently.
    pub(super) fn size(&self, own: u64) -> Result<u64> {
        match self.bytes {
            None => Ok(own),
            Some(bytes) if bytes == own => Ok(bytes),
            Some(bytes) if (LARGE_BYTES..=i64::MAX.cast_unsigned()).contains(&bytes) => Ok(bytes),
            Some(_) => Err(Error::damaged("two sizes for one member")),
        }
    }

    /// Checks that no extension is left without a member.
    pub(super) fn check_unused(&self) -> Result<()> {
        if self.name.is_some() || self.bytes.is_some() {
            return Err(Error::damaged("extension header without a member"));
        }
        Ok(())
    }

    fn add(&mut self, key: &[u8], value: &[u8], global: bool) -> Result<()> {
        let text = std::str::from_utf8(value).ok();
        match key {
            b"path" | b"size" | b"linkpath" if global => Err(Error::damaged("global header changes members")),
            b"path" => self.set_name(value.to_vec()),
            b"size" if self.bytes.is_some() => Err(Error::damaged("two sizes for one member")),
            b"size" => {
                self.bytes = text.and_then(|text| text.parse().ok());
                self.bytes.map(|_| ()).ok_or_else(|| Error::damaged("size in an extension header is malformed"))
            }
            key if key.starts_with(b"GNU.sparse") => Err(Error::damaged("sparse file")),
            // Times, owners and attributes are ignored: nothing here depends on them.
            _ => Ok(()),
        }
    }

    fn set_name(&mut self, name: Vec<u8>) -> Result<()> {
        if name.len() > MAX_NAME_BYTES {
            return Err(Error::damaged("name is too long"));
        }
        if name.contains(&0) {
            return Err(Error::damaged("NUL in the name of a member"));
        }
        if self.name.replace(name).is_some() {
            return Err(Error::damaged("two names for one member"));
        }
        Ok(())
    }
}

fn record(content: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = content.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&content[..blank]).ok()?.parse().ok()?;
    let (record, rest) = content.split_at_checked(length)?;
    let [text @ .., b'\n'] = record.get(blank + 1..)? else { return None };
    let equals = text.iter().position(|byte| *byte == b'=')?;
    Some((&text[..equals], &text[equals + 1..], rest))
}
