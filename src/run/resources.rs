//! Limits what a run uses of the machine: threads, connections, memory.

use crate::db::session::Session;
use crate::error::Result;
use crate::rows::dump::MAX_FILE_BYTES;

/// Memory limit if the user sets none.
const DEFAULT_MEMORY: u64 = 2 << 30;

/// How many sessions load at the same time at most: a single reader feeds them all.
const MAX_LOADERS: usize = 4;

/// What a run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Cores to keep busy, at least one.
    pub jobs: usize,
    /// Bytes of memory, if the user limits them: half for rows in flight, half for the sorts and caches of the database
    /// session. `None` means 2 GiB for rows in flight, and the session keeps its own settings.
    pub memory: Option<u64>,
}

impl Default for Resources {
    /// Uses every core and sets no memory limit.
    fn default() -> Self {
        Self { jobs: cores(), memory: None }
    }
}

impl Resources {
    /// Returns the limit as reports show it.
    pub fn memory_limit(self) -> u64 {
        self.memory.unwrap_or(DEFAULT_MEMORY)
    }

    /// Returns how many bytes of rows may be in flight.
    pub fn row_bytes(self) -> u64 {
        self.memory.map_or(DEFAULT_MEMORY, |memory| memory / 2)
    }

    /// Returns the size at which an export cuts a dump file. At most four are in memory at once: one that grows, one that
    /// waits, one that is being written, and its blocks on their way through the compressor.
    pub fn dump_bytes(self) -> usize {
        usize::try_from(self.row_bytes() / 4).map_or(MAX_FILE_BYTES, |bytes| bytes.clamp(64 << 10, MAX_FILE_BYTES))
    }

    /// Returns how many sessions load at the same time on a server.
    pub fn loaders(self) -> usize {
        self.jobs.clamp(1, MAX_LOADERS)
    }

    /// Assigns its share of the memory to a session that sorts and joins.
    ///
    /// # Errors
    /// `Database`.
    pub async fn give_memory(self, session: &mut Session) -> Result<()> {
        match self.memory {
            Some(memory) => session.set_memory(memory / 2).await,
            None => Ok(()),
        }
    }
}

/// Returns how many cores this process may use, or one if the system does not report it.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
