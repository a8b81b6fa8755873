//! Takes the digests of files that a base may have on all cores, a few files ahead of the one that is written.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::catalogue::Entry;
use super::store::files::read::{self, Content};
use crate::error::Result;
use crate::stream::cancel::Cancel;
use crate::stream::cpu::{self, Job};

/// How many entries are looked at ahead. Each file takes a buffer while it is read.
const ENTRIES: usize = 32;

/// The digest of a file on its way; nothing if there is no such file any more.
pub(in crate::snapshot) type Digest = Job<Result<Option<Content>>>;

/// Entries in order, each with its digest if that is taken ahead.
pub(in crate::snapshot) struct Ahead<I> {
    entries: I,
    waiting: VecDeque<(Result<Entry>, Option<Digest>)>,
    part_bytes: usize,
    cancel: Cancel,
}

impl<I: Iterator<Item = Result<Entry>>> Ahead<I> {
    pub(in crate::snapshot) fn new(entries: I, part_bytes: usize, cancel: &Cancel) -> Self {
        Self { entries, waiting: VecDeque::with_capacity(ENTRIES), part_bytes, cancel: cancel.clone() }
    }

    /// Returns the next entry. `file` returns where an entry is that is worth a digest.
    pub(in crate::snapshot) fn next(
        &mut self,
        file: impl Fn(&Entry) -> Option<PathBuf>,
    ) -> Option<(Result<Entry>, Option<Digest>)> {
        while self.waiting.len() < ENTRIES {
            let Some(entry) = self.entries.next() else { break };
            let digest = entry.as_ref().ok().and_then(&file).map(|path| {
                let (part_bytes, cancel) = (self.part_bytes, self.cancel.clone());
                cpu::start(move || read::digest(&path, part_bytes, &cancel))
            });
            self.waiting.push_back((entry, digest));
        }
        self.waiting.pop_front()
    }
}
