//! The write-ahead log is written back into the file by a thread of its own, so that the session goes on meanwhile.
//!
//! The log begins anew only when all of it was written back and nobody has written since, which a session that is busy seldom
//! allows. So it grows, up to a bound where the session waits for it.

use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags, Result};

/// Pages that are written back at once: 64 MiB. With the default of 1000, pages that every transaction touches are written back
/// again and again; with more, each page is looked for in a longer log. Loading and writing a million rows took 13.4 s of CPU so,
/// 14.4 s with 65,536 pages and 15.7 s with 200,000.
const PIECE_PAGES: c_int = 16_384;
/// Pages of a log that the session itself writes back: 192 MiB.
const MOST_PAGES: c_int = 49_152;

/// Lets a thread write back the log of a connection's file.
pub(super) fn write_back_beside(connection: &mut Connection, path: &Path) -> Result<()> {
    let mut beside = Beside { path: path.to_owned(), turn: Arc::default(), helper: None };
    // Pages of the log when the thread was last asked.
    let mut asked = 0;
    connection.wal_hook(Some(move |log: &mut Wal, pages: c_int| {
        if pages < asked {
            asked = 0;
        }
        if pages >= MOST_PAGES {
            let _turn = beside.turn.lock().unwrap_or_else(PoisonError::into_inner);
            // What is in the way, as another process that reads, will not be for ever.
            let _ = log.checkpoint();
        } else if pages - asked >= PIECE_PAGES {
            asked = pages;
            beside.ask();
        }
        Ok(())
    }))
}

/// Ends the thread, so that the connection is the last to be closed and folds the log into the file.
pub(super) fn end(connection: &mut Connection) {
    let _ = connection.wal_hook(None::<fn(&mut Wal, c_int) -> Result<()>>);
}

struct Beside {
    path: PathBuf,
    /// Held by whoever writes back.
    turn: Arc<Mutex<()>>,
    helper: Option<(SyncSender<()>, JoinHandle<()>)>,
}

impl Beside {
    fn ask(&mut self) {
        let helper = match self.helper.take() {
            Some(helper) => Some(helper),
            None => start(self.path.clone(), Arc::clone(&self.turn)),
        };
        if let Some((ask, _)) = &helper {
            // One that is at work will be asked again.
            let _ = ask.try_send(());
        }
        self.helper = helper;
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some((ask, thread)) = self.helper.take() {
            drop(ask);
            let _ = thread.join();
        }
    }
}

/// None where no thread can be had: the log is then written back at its bound.
fn start(path: PathBuf, turn: Arc<Mutex<()>>) -> Option<(SyncSender<()>, JoinHandle<()>)> {
    let (ask, asked) = mpsc::sync_channel(1);
    let work = move || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let Ok(connection) = Connection::open_with_flags(&path, flags) else { return };
        let _ = connection.pragma_update(None, "synchronous", "normal");
        for () in asked {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
    };
    let thread = std::thread::Builder::new().name("sqlite-log".to_owned()).spawn(work).ok()?;
    Some((ask, thread))
}
