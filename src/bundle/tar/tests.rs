//! Our headers, read back. Those of others are in the hostile tests.

use super::{Bytes, END, Entry, TarReader, member_header};
use crate::error::Result;

/// Lends a slice byte by byte, so that every place to be cut is tried.
struct Drops<'a>(&'a [u8]);

impl Bytes for Drops<'_> {
    fn peek(&mut self) -> Result<&[u8]> {
        Ok(&self.0[..self.0.len().min(1)])
    }

    fn consume(&mut self, count: usize) {
        self.0 = &self.0[count..];
    }
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in members {
        let (blocks, padding) = member_header(name, content.len() as u64);
        bytes.extend(blocks);
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(&END[..padding]);
    }
    bytes.extend_from_slice(&END);
    bytes
}

#[test]
fn names_of_every_length_come_back() {
    let names: Vec<String> = [1, 98, 99, 100, 101, 255, 256, 511, 512, 513, 4000].map(|count| "ä".repeat(count)).into();
    let members: Vec<_> = names.iter().map(|name| (name.as_str(), &b"content"[..])).collect();
    let bytes = tar(&members);
    let mut reader = TarReader::new(Drops(&bytes));
    for name in &names[..names.len() - 1] {
        let entry = Entry { name: name.clone(), bytes: 7, folder: false };
        assert_eq!(reader.next().expect("sound"), Some(entry));
    }
    let too_long = reader.next().expect_err("8000 bytes");
    assert_eq!(too_long.what(), "name is too long");
}

#[test]
fn content_is_lent_whether_or_not_it_is_read() {
    let bytes = tar(&[("a", b"first"), ("b", &[7; 512]), ("c", b"")]);
    let mut reader = TarReader::new(Drops(&bytes));
    assert_eq!(reader.next().expect("sound").expect("a").name, "a");
    assert_eq!(reader.content().expect("content"), b"f");
    reader.consume(1);
    assert_eq!(reader.next().expect("sound").expect("b").bytes, 512);
    let mut content = 0;
    while !reader.content().expect("content").is_empty() {
        reader.consume(1);
        content += 1;
    }
    assert_eq!(content, 512);
    assert_eq!(reader.next().expect("sound").expect("c").bytes, 0);
    assert_eq!(reader.next().expect("sound"), None);
}

#[test]
fn sizes_past_eight_gibibytes() {
    for bytes in [(8 << 30) - 1, 8 << 30, 1 << 40] {
        let (blocks, padding) = member_header("files/large", bytes);
        let entry = TarReader::new(Drops(&blocks)).next().expect("sound").expect("a member");
        assert_eq!(entry.bytes, bytes);
        assert_eq!((bytes + padding as u64) % 512, 0);
    }
}
