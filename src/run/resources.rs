//! What a run may use of the machine: threads, connections, memory.

use crate::db::session::Session;
use crate::error::Result;
use crate::rows::dump::MAX_FILE_BYTES;

/// Memory limit when none is given.
const DEFAULT_MEMORY: u64 = 2 << 30;

/// Sessions that load side by side at most: one reader feeds them all.
const MAX_LOADERS: usize = 4;

/// What a run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Cores to keep busy, at least one.
    pub jobs: usize,
    /// Bytes of memory, when the user limits them: half for rows in flight, half for the sorts and caches of the database
    /// session. `None`: 2 GiB for rows in flight, and the session keeps its own settings.
    pub memory: Option<u64>,
}

impl Default for Resources {
    /// Every core, and no limit of the user's.
    fn default() -> Self {
        Self { jobs: cores(), memory: None }
    }
}

impl Resources {
    /// The limit as reports show it.
    pub fn memory_limit(self) -> u64 {
        self.memory.unwrap_or(DEFAULT_MEMORY)
    }

    /// Bytes of rows in flight at most.
    pub fn row_bytes(self) -> u64 {
        self.memory.map_or(DEFAULT_MEMORY, |memory| memory / 2)
    }

    /// Size at which an export cuts a dump file. Four are in memory at one time at most: one that grows, one that waits, one
    /// that is written, and its blocks on their way through the compressor.
    pub fn dump_bytes(self) -> usize {
        usize::try_from(self.row_bytes() / 4).map_or(MAX_FILE_BYTES, |bytes| bytes.clamp(64 << 10, MAX_FILE_BYTES))
    }

    /// Sessions that load side by side on a server.
    pub fn loaders(self) -> usize {
        self.jobs.clamp(1, MAX_LOADERS)
    }

    /// Gives a session that sorts and joins its part of the memory.
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

/// Cores that this process may use; one where the system does not tell.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
