//! Archives: a byte of the pieces' size, and the archive.

use std::path::{Component, Path};

use crate::bundle::layout::{self, MemberName, printable};
use crate::bundle::tar::{Bytes, END, Entry, TarReader, member_header};
use crate::error::Result;

/// Lends a slice in pieces.
struct Pieces<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl Bytes for Pieces<'_> {
    fn peek(&mut self) -> Result<&[u8]> {
        Ok(&self.rest[..self.rest.len().min(self.piece)])
    }

    fn consume(&mut self, count: usize) {
        self.rest = &self.rest[count..];
    }
}

/// The members and their contents; why there are no more.
fn read(archive: &[u8], piece: usize) -> (Vec<(Entry, Vec<u8>)>, Option<String>) {
    let mut reader = TarReader::new(Pieces { rest: archive, piece });
    let mut members = Vec::new();
    loop {
        let entry = match reader.next() {
            Ok(Some(entry)) => entry,
            Ok(None) => return (members, None),
            Err(error) => return (members, Some(error.to_string())),
        };
        let mut content = Vec::new();
        loop {
            match reader.content() {
                Ok([]) => break,
                Ok(bytes) => {
                    let count = bytes.len();
                    content.extend_from_slice(bytes);
                    reader.consume(count);
                }
                Err(error) => return (members, Some(error.to_string())),
            }
        }
        assert_eq!(content.len() as u64, entry.bytes);
        members.push((entry, content));
    }
}

/// Reads it whole and in pieces: the same members and the same end; names that pass are safe; written again it is read again.
pub fn check(data: &[u8]) {
    let [piece, archive @ ..] = data else { return };
    let (members, end) = read(archive, usize::MAX);
    assert_eq!((&members, &end), (&read(archive, usize::from(*piece).max(1)).0, &end));
    assert!(members.iter().map(|(_, content)| content.len()).sum::<usize>() <= archive.len());
    members.iter().for_each(|(entry, _)| check_name(&entry.name));
    let mut again = Vec::new();
    let files: Vec<_> = members.iter().filter(|(entry, _)| !entry.folder).collect();
    for (entry, content) in &files {
        let (blocks, padding) = member_header(&entry.name, entry.bytes);
        again.extend(blocks);
        again.extend_from_slice(content);
        again.extend_from_slice(&END[..padding]);
    }
    again.extend_from_slice(&END);
    let (members, end) = read(&again, usize::MAX);
    assert_eq!(end, None);
    assert!(members.iter().eq(files.into_iter()));
}

fn check_name(name: &str) {
    assert!(!printable(name).chars().any(char::is_control), "a name steers the terminal");
    if layout::check_path(name).is_err() {
        return;
    }
    let below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    assert!(below && !name.contains('\0'), "a name leaves its folder");
    let again = match MemberName::parse(name) {
        Some(MemberName::Header) => layout::HEADER.to_owned(),
        Some(MemberName::Manifest) => layout::MANIFEST.to_owned(),
        Some(MemberName::Dump { table, number }) => layout::dump_name(table, number),
        Some(MemberName::File { path }) => layout::file_name(path),
        None => return,
    };
    assert_eq!(again, name, "a member has two spellings");
}
