//! A list of entries that may outgrow memory.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use super::{Entry, Kind};
use crate::error::{Error, Result};
use crate::stream::spill::Spill;

/// Bytes of a list that are kept in memory.
const LIST_BYTES: usize = 8 << 20;

/// Bytes of a list that are read at once when it is read from its end.
const BLOCK_BYTES: u64 = 256 << 10;

/// Entries in order.
#[derive(Debug)]
pub(in crate::snapshot) struct Entries {
    spill: Spill,
    count: u64,
    bytes: u64,
    line: Vec<u8>,
    /// The offset at which each block begins, and how many entries are before it.
    blocks: Vec<(u64, u64)>,
}

fn fault(error: io::Error) -> Error {
    Error::new(crate::error::ErrorKind::File, "the list of files cannot be kept in a temporary file").because(error)
}

impl Entries {
    /// Returns an empty list, which goes to a file in a folder when it becomes long.
    pub(in crate::snapshot) fn new(folder: &Path) -> Self {
        Self { spill: Spill::new(folder, LIST_BYTES), count: 0, bytes: 0, line: Vec::new(), blocks: Vec::new() }
    }

    /// Returns a list of these entries.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn of(entries: &[Entry], folder: &Path) -> Result<Self> {
        let mut list = Self::new(folder);
        entries.iter().try_for_each(|entry| list.push(entry)).map(|()| list)
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn push(&mut self, entry: &Entry) -> Result<()> {
        let at = self.spill.bytes();
        if self.blocks.last().is_none_or(|(begin, _)| at - begin >= BLOCK_BYTES) {
            self.blocks.push((at, self.count));
        }
        self.line.clear();
        encode(entry, &mut self.line);
        self.count += 1;
        self.bytes += entry.bytes;
        self.spill.write_all(&self.line).map_err(fault)
    }

    /// Returns how many there are.
    pub(in crate::snapshot) fn len(&self) -> u64 {
        self.count
    }

    /// Returns the sum of their sizes.
    pub(in crate::snapshot) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the entries in order.
    pub(in crate::snapshot) fn iter(&self) -> impl Iterator<Item = Result<Entry>> + '_ {
        self.stretch(0, self.count)
    }

    /// Hands out the entries from the last one to the first.
    ///
    /// # Errors
    /// `File`; those of `take`.
    pub(in crate::snapshot) fn backwards(&self, take: &mut dyn FnMut(Entry) -> Result<()>) -> Result<()> {
        let mut end = self.count;
        for (at, first) in self.blocks.iter().rev() {
            let block = self.stretch(*at, end - first).collect::<Result<Vec<_>>>()?;
            block.into_iter().rev().try_for_each(&mut *take)?;
            end = *first;
        }
        Ok(())
    }

    fn stretch(&self, offset: u64, count: u64) -> impl Iterator<Item = Result<Entry>> + '_ {
        let (mut input, mut names) = (self.spill.read_from(offset), HashSet::new());
        (0..count).map(move |_| decode(&mut input, &mut names).map_err(fault))
    }
}

fn encode(entry: &Entry, line: &mut Vec<u8>) {
    let mut bytes = |bytes: &[u8]| {
        line.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        line.extend_from_slice(bytes);
    };
    bytes(&entry.path);
    bytes(entry.kind.letter().as_bytes());
    let optional =
        [entry.owner.as_deref().map(str::as_bytes), entry.group.as_deref().map(str::as_bytes), entry.link.as_deref()];
    for value in optional {
        // A first byte tells nothing from an empty value.
        bytes(&value.map(|value| [b"+", value].concat()).unwrap_or_default());
    }
    for number in [
        entry.id,
        entry.store as u64,
        entry.bytes,
        entry.mode.into(),
        entry.uid.into(),
        entry.gid.into(),
        entry.mtime.cast_unsigned(),
    ] {
        bytes(&number.to_le_bytes());
    }
    // Known before it is read only if a base has the file.
    bytes(&u64::from(entry.based).to_le_bytes());
    bytes(entry.sha256.as_ref().map_or(&[], |digest| &digest[..]));
    bytes(&(entry.holes.len() as u64).to_le_bytes());
    for (start, length) in &entry.holes {
        bytes(&start.to_le_bytes());
        bytes(&length.to_le_bytes());
    }
    bytes(&(entry.xattrs.len() as u64).to_le_bytes());
    for (name, value) in &entry.xattrs {
        bytes(name);
        bytes(value);
    }
}

fn decode(input: &mut impl Read, names: &mut HashSet<Arc<str>>) -> io::Result<Entry> {
    let mut bytes = || {
        let mut length = [0; 8];
        input.read_exact(&mut length)?;
        let mut bytes = Vec::new();
        let length = u64::from_le_bytes(length);
        if (&mut *input).take(length).read_to_end(&mut bytes)? as u64 == length { Ok(bytes) } else { Err(cut()) }
    };
    let path = bytes()?;
    let letter = bytes()?;
    let kinds = [Kind::File, Kind::Folder, Kind::Link, Kind::Name];
    let kind = kinds.into_iter().find(|kind| kind.letter().as_bytes() == letter).ok_or_else(cut)?;
    let mut optional = || bytes().map(|value| value.split_first().map(|(_, value)| value.to_vec()));
    let (owner, group, link) = (optional()?, optional()?, optional()?);
    let mut number = || bytes()?.try_into().map(u64::from_le_bytes).map_err(|_| cut());
    let (id, store) = (number()?, usize::try_from(number()?).map_err(|_| cut())?);
    let (size, mode, uid, gid, mtime, based) = (number()?, number()?, number()?, number()?, number()?, number()?);
    let sha256 = bytes()?;
    let sha256 = if sha256.is_empty() { None } else { Some(sha256.try_into().map_err(|_| cut())?) };
    let mut number = || bytes()?.try_into().map(u64::from_le_bytes).map_err(|_| cut());
    let holes = (0..number()?).map(|_| Ok((number()?, number()?))).collect::<io::Result<Vec<_>>>()?;
    let xattrs = number()?;
    let xattrs = (0..xattrs).map(|_| Ok((bytes()?, bytes()?))).collect::<io::Result<Vec<_>>>()?;
    let mut name = |name: Option<Vec<u8>>| -> io::Result<Option<Arc<str>>> {
        let Some(name) = name else { return Ok(None) };
        let name = String::from_utf8(name).map_err(|_| cut())?;
        let known = names.get(&*name).cloned();
        Ok(Some(known.unwrap_or_else(|| {
            let name: Arc<str> = name.into();
            names.insert(Arc::clone(&name));
            name
        })))
    };
    let small = |number: u64| u32::try_from(number).map_err(|_| cut());
    Ok(Entry {
        id,
        store,
        uid: small(uid)?,
        gid: small(gid)?,
        owner: name(owner)?,
        group: name(group)?,
        mtime: mtime.cast_signed(),
        link,
        xattrs,
        holes,
        sha256,
        based: based > 0,
        ..Entry::made_up(&path, kind, size, small(mode)?)
    })
}

fn cut() -> io::Error {
    io::Error::other("it is not what was written")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u32) -> Entry {
        let value = number.to_le_bytes().to_vec();
        let kinds = [Kind::File, Kind::Folder, Kind::Link, Kind::Name];
        Entry {
            id: u64::from(number) + 1,
            store: number as usize % 7,
            uid: number,
            gid: number / 3,
            owner: (!number.is_multiple_of(2)).then(|| format!("user{}", number % 5).into()),
            group: (!number.is_multiple_of(3)).then(|| "".into()),
            mtime: i64::from(number) - 100,
            link: (number % 4 > 1).then(|| value.clone()),
            xattrs: vec![(b"user.a".to_vec(), value); number as usize % 3],
            holes: vec![(u64::from(number), 1 << 16); number as usize % 2],
            sha256: number.is_multiple_of(5).then_some([number as u8; 32]),
            based: number.is_multiple_of(5),
            ..Entry::made_up(
                format!("{number}/\u{e9}").as_bytes(),
                kinds[number as usize % 4],
                u64::from(number) << 30,
                number % 0o7777,
            )
        }
    }

    #[test]
    fn entries_come_back_as_they_were_wherever_they_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for budget in [0, 1000, LIST_BYTES] {
            let mut list = Entries { spill: Spill::new(folder.path(), budget), ..Entries::new(folder.path()) };
            for number in 0..200 {
                list.push(&entry(number)).unwrap();
            }
            // Twice: once for the instant, once for the bundle.
            for _ in 0..2 {
                let mut read: Vec<Entry> = list.iter().map(Result::unwrap).collect();
                assert!(read == (0..200).map(entry).collect::<Vec<_>>(), "{budget}");
                read.clear();
                list.backwards(&mut |entry| {
                    read.push(entry);
                    Ok(())
                })
                .unwrap();
                assert!(read == (0..200).rev().map(entry).collect::<Vec<_>>(), "{budget}");
            }
            // More than one block.
            let long = "x".repeat(4000);
            for number in 200..400 {
                list.push(&Entry { link: Some(long.clone().into_bytes()), ..entry(number) }).unwrap();
            }
            assert!(list.blocks.len() > 2);
            let mut ids = Vec::new();
            list.backwards(&mut |entry| {
                ids.push(entry.id);
                Ok(())
            })
            .unwrap();
            assert_eq!(ids, (1..=400).rev().collect::<Vec<_>>());
            assert_eq!(list.len(), 400);
            assert_eq!(list.bytes(), (0..400).map(|number| entry(number).bytes).sum::<u64>());
        }
    }
}
