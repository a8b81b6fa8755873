//! Sorts records of one size that may outgrow memory: sorted runs go to a temporary file without a name, and are merged at the
//! end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::spill::{lowered, nameless};

/// Records of `N` bytes, which are compared byte by byte.
#[derive(Debug)]
pub struct Sorter<const N: usize> {
    folder: PathBuf,
    /// Bytes in memory.
    budget: usize,
    memory: Vec<[u8; N]>,
    file: Option<File>,
    /// How many records each run in the file has.
    runs: Vec<u64>,
}

impl<const N: usize> Sorter<N> {
    /// Returns a place for records, of which at most `budget` bytes are in memory. The others go to a file in the folder, which
    /// vanishes with the process, however that ends.
    #[must_use]
    pub fn new(folder: &Path, budget: usize) -> Self {
        Self { folder: folder.to_owned(), budget: lowered(budget), memory: Vec::new(), file: None, runs: Vec::new() }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// If the file fails.
    pub fn push(&mut self, record: [u8; N]) -> io::Result<()> {
        if !self.memory.is_empty() && (self.memory.len() + 1) * N > self.budget {
            self.spill()?;
        }
        self.memory.push(record);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.memory.sort_unstable();
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(nameless(&self.folder)?),
        };
        // Nobody else moves the place where the file is written.
        file.write_all(self.memory.as_flattened())?;
        self.runs.push(self.memory.len() as u64);
        self.memory.clear();
        Ok(())
    }

    /// Returns the records in order.
    ///
    /// # Errors
    /// If the file fails, here or in place of a record.
    pub fn sorted(mut self) -> io::Result<Sorted<N>> {
        if self.file.is_some() {
            self.spill()?;
        } else {
            self.memory.sort_unstable();
        }
        let Self { budget, memory, file, runs, .. } = self;
        let memory = if file.is_some() { Vec::new() } else { memory };
        // All runs share the memory that the records had.
        let room = (budget / runs.len().max(1) / N).max(1);
        let (mut at, mut readers) = (0, Vec::new());
        for records in runs {
            let end = at + records * N as u64;
            readers.push(Run { at, end, room, buffer: Vec::new(), next: 0 });
            at = end;
        }
        let mut sorted = Sorted { memory: memory.into_iter(), file, runs: readers, first: BinaryHeap::new() };
        for run in 0..sorted.runs.len() {
            sorted.refill(run)?;
        }
        Ok(sorted)
    }
}

/// A run in the file that is being read.
#[derive(Debug)]
struct Run<const N: usize> {
    at: u64,
    end: u64,
    /// Records that are read at once.
    room: usize,
    buffer: Vec<[u8; N]>,
    next: usize,
}

impl<const N: usize> Run<N> {
    fn next(&mut self, file: &File) -> io::Result<Option<[u8; N]>> {
        if self.next == self.buffer.len() {
            let left = usize::try_from((self.end - self.at) / N as u64).unwrap_or(usize::MAX);
            self.buffer.resize(left.min(self.room), [0; N]);
            file.read_exact_at(self.buffer.as_flattened_mut(), self.at)?;
            self.at += (self.buffer.len() * N) as u64;
            self.next = 0;
        }
        let record = self.buffer.get(self.next).copied();
        self.next += 1;
        Ok(record)
    }
}

/// Records in order.
#[derive(Debug)]
pub struct Sorted<const N: usize> {
    /// Those of a sorter that has no file.
    memory: std::vec::IntoIter<[u8; N]>,
    file: Option<File>,
    runs: Vec<Run<N>>,
    /// The first record of each run that is left.
    first: BinaryHeap<Reverse<([u8; N], usize)>>,
}

impl<const N: usize> Sorted<N> {
    fn refill(&mut self, run: usize) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        if let Some(record) = self.runs[run].next(file)? {
            self.first.push(Reverse((record, run)));
        }
        Ok(())
    }
}

impl<const N: usize> Iterator for Sorted<N> {
    type Item = io::Result<[u8; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(Reverse((record, run))) = self.first.pop() else { return self.memory.next().map(Ok) };
        Some(self.refill(run).map(|()| record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn records_come_in_order_whatever_the_budget(
            records in proptest::collection::vec(proptest::array::uniform3(0_u8..4), 0..200),
            budget in 0_usize..200,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut sorter = Sorter::<3>::new(folder.path(), budget);
            for record in &records {
                sorter.push(*record).unwrap();
                proptest::prop_assert!(sorter.memory.len() * 3 <= budget.max(3));
            }
            let sorted: Vec<[u8; 3]> = sorter.sorted().unwrap().map(Result::unwrap).collect();
            let mut wanted = records;
            wanted.sort_unstable();
            proptest::prop_assert_eq!(sorted, wanted);
            proptest::prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
