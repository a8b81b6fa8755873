//! Writes the write-ahead log back into the file on a thread of its own, so that the session can continue.
//!
//! The log starts over only if all of it was written back and nothing was written since, which a busy session seldom
//! allows. So it grows, up to a limit at which the session waits for it.

use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags, Result};

/// Pages that are written back at once: 64 MiB. With the default of 1000, pages that every transaction touches are written
/// back again and again; with more, each page is searched for in a longer log. Loading and writing a million rows took 13.4
/// s of CPU with this value, 14.4 s with 65,536 pages and 15.7 s with 200,000.
const PIECE_PAGES: c_int = 16_384;
/// Size of the log at which the session itself writes it back: 192 MiB.
const MOST_PAGES: c_int = 49_152;

/// Makes a thread write back the log of a connection's file.
pub(super) fn write_back_in_background(connection: &mut Connection, path: &Path) -> Result<()> {
    let mut write_back = WriteBack { path: path.to_owned(), turn: Arc::default(), helper: None };
    // Pages of the log at the last request to the thread.
    let mut requested_at = 0;
    connection.wal_hook(Some(move |log: &mut Wal, pages: c_int| {
        if pages < requested_at {
            requested_at = 0;
        }
        if pages >= MOST_PAGES {
            let _turn = write_back.turn.lock().unwrap_or_else(PoisonError::into_inner);
            // An obstacle, such as a reader in another process, will not last for ever.
            let _ = log.checkpoint();
        } else if pages - requested_at >= PIECE_PAGES {
            requested_at = pages;
            write_back.request();
        }
        Ok(())
    }))
}

/// Ends the thread, so that the connection is the last to close and writes the log into the file.
pub(super) fn end(connection: &mut Connection) {
    let _ = connection.wal_hook(None::<fn(&mut Wal, c_int) -> Result<()>>);
}

struct WriteBack {
    path: PathBuf,
    /// Held by the thread that is writing back.
    turn: Arc<Mutex<()>>,
    helper: Option<(SyncSender<()>, JoinHandle<()>)>,
}

impl WriteBack {
    fn request(&mut self) {
        let helper = match self.helper.take() {
            Some(helper) => Some(helper),
            None => start(self.path.clone(), Arc::clone(&self.turn)),
        };
        if let Some((request, _)) = &helper {
            // A thread that is busy will get the next request.
            let _ = request.try_send(());
        }
        self.helper = helper;
    }
}

impl Drop for WriteBack {
    fn drop(&mut self) {
        if let Some((request, thread)) = self.helper.take() {
            drop(request);
            let _ = thread.join();
        }
    }
}

/// Returns `None` if no thread is available: the session then writes the log back at the limit.
fn start(path: PathBuf, turn: Arc<Mutex<()>>) -> Option<(SyncSender<()>, JoinHandle<()>)> {
    let (request, requests) = mpsc::sync_channel(1);
    let work = move || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let Ok(connection) = Connection::open_with_flags(&path, flags) else { return };
        let _ = connection.pragma_update(None, "synchronous", "normal");
        for () in requests {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
    };
    let thread = std::thread::Builder::new().name("sqlite-log".to_owned()).spawn(work).ok()?;
    Some((request, thread))
}
