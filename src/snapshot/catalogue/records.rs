//! Lists of what was read that may outgrow memory.

use std::io::{self, Read, Write};
use std::path::Path;

use super::Part;
use crate::bundle::layout::{NameKey, name_key};
use crate::error::{Error, ErrorKind, Result};
use crate::stream::field;
use crate::stream::spill::Spill;

/// Bytes of each list that are kept in memory.
const LIST_BYTES: usize = 4 << 20;

/// A list of records of `N` bytes that may outgrow memory.
#[derive(Debug)]
pub(in crate::snapshot) struct Records<const N: usize> {
    spill: Spill,
    count: u64,
}

fn unkept(error: io::Error) -> Error {
    Error::new(ErrorKind::File, "the list of what was read cannot be kept in a temporary file").because(error)
}

impl<const N: usize> Records<N> {
    /// Returns an empty list, which goes to a file in a folder when it becomes long.
    pub(in crate::snapshot) fn new(folder: &Path) -> Self {
        Self { spill: Spill::new(folder, LIST_BYTES), count: 0 }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn push(&mut self, record: &[u8; N]) -> Result<()> {
        self.count += 1;
        self.spill.write_all(record).map_err(unkept)
    }

    /// Returns how many there are.
    pub(in crate::snapshot) fn len(&self) -> u64 {
        self.count
    }

    /// Returns the records in order.
    pub(in crate::snapshot) fn iter(&self) -> impl Iterator<Item = Result<[u8; N]>> + '_ {
        let mut input = self.spill.read();
        (0..self.count).map(move |_| {
            let mut record = [0; N];
            input.read_exact(&mut record).map(|()| record).map_err(unkept)
        })
    }
}

/// Bytes of a part.
const PART: usize = 80;

/// The parts that a catalogue names, in order, each with the key of the member that it names.
#[derive(Debug)]
pub(in crate::snapshot) struct Parts(Records<PART>);

impl Parts {
    /// Returns an empty list, which goes to a file in a folder when it becomes long.
    pub(in crate::snapshot) fn new(folder: &Path) -> Self {
        Self(Records::new(folder))
    }

    /// Returns how many there are.
    pub(in crate::snapshot) fn len(&self) -> u64 {
        self.0.len()
    }

    /// Adds a part, which names a member.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn push(&mut self, part: &Part, member: &str) -> Result<()> {
        let mut record = [0; PART];
        for (at, number) in [part.file, part.part, part.offset, part.bytes].iter().enumerate() {
            record[at * 8..at * 8 + 8].copy_from_slice(&number.to_le_bytes());
        }
        record[32..64].copy_from_slice(&part.sha256);
        record[64..].copy_from_slice(&name_key(member));
        self.0.push(&record)
    }

    /// Returns the parts in order, each with the key of its member.
    pub(in crate::snapshot) fn iter(&self) -> impl Iterator<Item = Result<(Part, NameKey)>> + '_ {
        let part = |record: &[u8; PART]| {
            let number = |at: usize| u64::from_le_bytes(field(record, at * 8));
            let (file, number, offset, bytes) = (number(0), number(1), number(2), number(3));
            (Part { file, part: number, offset, bytes, sha256: field(record, 32) }, field(record, 64))
        };
        self.0.iter().map(move |record| record.map(|record| part(&record)))
    }
}
