//! Keeps bytes until the end of a run: in memory up to a budget, and beyond it in a temporary file without a name.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::durable;

/// Bytes that are read again in the order in which they were written, as often as needed.
#[derive(Debug)]
pub struct Spill {
    folder: PathBuf,
    budget: usize,
    /// What is not in the file: the end.
    memory: Vec<u8>,
    file: Option<File>,
    bytes: u64,
}

impl Spill {
    /// Returns a place for bytes, of which at most `budget` are in memory. The others go to a file in the folder, which vanishes
    /// with the process, however that ends.
    #[must_use]
    pub fn new(folder: &Path, budget: usize) -> Self {
        Self { folder: folder.to_owned(), budget: lowered(budget), memory: Vec::new(), file: None, bytes: 0 }
    }

    /// Returns how many bytes there are.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns all bytes, from the first one.
    pub fn read(&self) -> impl Read + '_ {
        self.read_from(0)
    }

    /// Returns the bytes from an offset on.
    pub fn read_from(&self, offset: u64) -> impl Read + '_ {
        let spilled = self.bytes - self.memory.len() as u64;
        let skipped = usize::try_from(offset.saturating_sub(spilled)).unwrap_or(usize::MAX).min(self.memory.len());
        // A file that another process has cut is noticed by the reader, who knows how many bytes there are.
        let file = self.file.as_ref().map(|file| Stretch { file, at: offset.min(spilled), end: spilled });
        let file: Box<dyn Read + '_> = match file {
            Some(file) => Box::new(io::BufReader::with_capacity(BUFFER_BYTES, file)),
            None => Box::new(io::empty()),
        };
        file.chain(&self.memory[skipped..])
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(nameless(&self.folder)?),
        };
        // Nobody else moves the place where the file is written.
        file.write_all(&self.memory)?;
        self.memory.clear();
        Ok(())
    }
}

/// Lowers a budget to `GAPSYNC_SPILL_BYTES`, so that tests reach the file with little data. Release builds leave it as it is.
pub(crate) fn lowered(budget: usize) -> usize {
    if !cfg!(debug_assertions) {
        return budget;
    }
    let lower = std::env::var("GAPSYNC_SPILL_BYTES").ok().and_then(|text| text.parse().ok());
    lower.map_or(budget, |lower: usize| lower.min(budget))
}

/// Bytes that are read from the file at once.
const BUFFER_BYTES: usize = 256 << 10;

/// A stretch of a file, which is read without moving the place where it is written.
struct Stretch<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for Stretch<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let count = self.file.read_at(&mut buffer[..wanted], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Write for Spill {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.memory.is_empty() && self.memory.len() + bytes.len() > self.budget {
            self.spill()?;
        }
        self.memory.extend_from_slice(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Creates a file that has no name, or loses it at once where the file system wants one.
pub(super) fn nameless(folder: &Path) -> io::Result<File> {
    if let Ok(file) =
        rustix::fs::open(folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR)
    {
        return Ok(File::from(file));
    }
    let path = folder.join(format!(".gapsync-{}.part", uuid::Uuid::new_v4().simple()));
    drop(durable::create_new(&path, 0o600)?);
    let file = File::options().read(true).write(true).open(&path);
    fs::remove_file(&path)?;
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_was_written_is_read_in_order_whatever_the_budget(
            pieces in proptest::collection::vec(proptest::collection::vec(proptest::num::u8::ANY, 0..40), 0..20),
            budget in 0_usize..200,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut spill = Spill::new(folder.path(), budget);
            let mut all = Vec::new();
            for piece in &pieces {
                spill.write_all(piece).unwrap();
                all.extend_from_slice(piece);
                // Reading in between changes nothing.
                let mut read = Vec::new();
                spill.read().read_to_end(&mut read).unwrap();
                proptest::prop_assert_eq!(&read, &all);
                let from = all.len() * 2 / 3;
                read.clear();
                spill.read_from(from as u64).read_to_end(&mut read).unwrap();
                proptest::prop_assert_eq!(&read, &all[from..]);
            }
            proptest::prop_assert_eq!(spill.bytes(), all.len() as u64);
            let largest = pieces.iter().map(Vec::len).max().unwrap_or(0);
            proptest::prop_assert!(spill.memory.len() <= budget.max(largest));
            proptest::prop_assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
