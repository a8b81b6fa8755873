//! The archive of a server's log of changes, and what the server says about it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant as Clock};

use super::super::contract::Pieces;
use super::marks::Instant;
use super::server::{Link, literal};
use super::wal;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::snapshot::archive::digest_beside;
use crate::stream::cancel::Cancel;
use crate::stream::digest::Tap;

/// How long a server may take for a segment, and how often it may fail, before that is a reason to give up.
const PATIENCE: Duration = Duration::from_secs(120);
const MOST_FAILURES: u64 = 3;

/// How often the archive is looked at.
const TICK: Duration = Duration::from_millis(200);

/// Bytes of a piece.
const PIECE: usize = 1 << 20;

/// The time by the server's clock, as recovery points have it.
pub(super) const UTC_NOW: &str = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')";

/// Settings that a recovery needs at least as large as the server had them.
const SETTINGS: &str = "'max_connections', 'max_worker_processes', 'max_wal_senders', 'max_prepared_transactions', \
     'max_locks_per_transaction'";

/// Checks that a server archives its log, and that it is the one that writes.
///
/// # Errors
/// `Check` with what is to be set; `Database`.
pub(super) fn check(link: &mut Link, archive: &Path) -> Result<()> {
    let refused = |what: &str, hint: String| Err(Error::new(ErrorKind::Check, what.to_owned()).hint(hint));
    if link.cell("SELECT pg_is_in_recovery()")? != "f" {
        let hint = "Nothing was changed. Name the server that it follows in `url`.".to_owned();
        return refused("the server is a standby, whose log another server archives", hint);
    }
    let set =
        |setting: &str| format!("Nothing was changed. Set {setting} in postgresql.conf, and restart the server once.");
    if !["on", "always"].contains(&link.cell("SHOW archive_mode")?.as_str()) {
        return refused("the server does not archive its log: archive_mode is off", set("archive_mode = on"));
    }
    if link.cell("SHOW archive_command")?.is_empty() {
        let command = format!("archive_command = 'gapsync snapshot archive-wal %p --to {}'", archive.display());
        let hint = format!("Nothing was changed. Set {command} in postgresql.conf, and reload the server.");
        return refused("the server does not archive its log: archive_command is empty", hint);
    }
    if !archive.is_dir() {
        return Err(Error::new(ErrorKind::File, "the archive of the server's log is missing")
            .at_path(archive.display().to_string())
            .hint("Check `archive` in the platform file: it is the folder of archive_command's --to."));
    }
    Ok(())
}

/// Returns the number of the server.
///
/// # Errors
/// `Database`.
pub(super) fn system(link: &mut Link) -> Result<String> {
    link.cell("SELECT system_identifier FROM pg_control_system()")
}

/// Returns the size of a segment.
///
/// # Errors
/// `Database`.
pub(super) fn segment_bytes(link: &mut Link) -> Result<u64> {
    let bytes: u64 = link.cell("SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'")?.parse().unwrap_or(0);
    let sound = (1 << 20..=1 << 30).contains(&bytes) && bytes.is_power_of_two();
    if sound { Ok(bytes) } else { Err(Error::internal("PostgreSQL has segments of an impossible size")) }
}

/// Makes a restore point in the log, and lets the server begin a new segment after it.
///
/// # Errors
/// `Database`.
pub(super) fn mark(link: &mut Link, id: &str) -> Result<Instant> {
    let name = format!("gapsync_{id}");
    let at = link.cell(&format!("SELECT pg_create_restore_point({})", literal(&name)))?;
    let time = link.cell(&format!("SELECT {UTC_NOW}"))?;
    // A recovery to a time ends at the first change that is later, so there must be one.
    link.cell("SELECT txid_current()")?;
    let to = link.cell("SELECT pg_walfile_name(pg_switch_wal())")?;
    let settings = link.rows(&format!("SELECT name, setting FROM pg_settings WHERE name IN ({SETTINGS})"))?;
    let pair = |row: Vec<Option<String>>| row.into_iter().flatten().collect::<Vec<_>>().try_into().ok();
    let settings: BTreeMap<String, String> =
        settings.into_iter().filter_map(pair).map(|[a, b]: [String; 2]| (a, b)).collect();
    let superuser = link.cell("SELECT rolname FROM pg_roles WHERE oid = 10")?;
    let position = wal::position(&at).ok_or_else(|| Error::internal("PostgreSQL names a position in another way"))?;
    Ok(Instant { name, position, time, to, superuser, settings })
}

/// Waits until a segment is in the archive.
///
/// # Errors
/// `Database` if the server does not archive it; `Interrupted`.
pub(super) fn wait_for(link: &mut Link, archive: &Path, name: &str, cancel: &Cancel) -> Result<()> {
    let mut ask = || -> Result<(u64, u64)> {
        let row = link.rows("SELECT archived_count, failed_count FROM pg_stat_archiver")?.into_iter().next();
        let mut numbers = row.into_iter().flatten().flatten().filter_map(|number| number.parse().ok());
        Ok((numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)))
    };
    let (mut last, mut since) = (ask()?, Clock::now());
    while !archive.join(name).is_file() {
        cancel.check()?;
        std::thread::sleep(TICK);
        let (archived, failed) = ask()?;
        if archived > last.0 {
            (last, since) = ((archived, failed), Clock::now());
        }
        if failed >= last.1 + MOST_FAILURES || since.elapsed() > PATIENCE {
            return Err(Error::database(format!("PostgreSQL does not archive its log: the segment {name} does not arrive"))
                .at_path(archive.display().to_string())
                .hint("The server's log says why. Its archive_command must be `gapsync snapshot archive-wal %p --to` this folder."));
        }
    }
    Ok(())
}

/// Returns the file that says which timelines one descends from: that of the archive, or else that of the server, which archives
/// none of a timeline that began while it did not archive its log, as at a restore.
///
/// # Errors
/// `Damaged` if neither has it.
pub(super) fn history(archive: &Path, data: &Path, timeline: u32) -> Result<String> {
    let name = wal::history_name(timeline);
    let own = || fs::read_to_string(data.join("pg_wal").join(&name));
    fs::read_to_string(archive.join(&name)).or_else(|_| own()).map_err(|error| {
        Error::damaged(format!("the history {name} is neither in the archive nor in the log of the server"))
            .because(error)
    })
}

/// A file of the archive, which is compared with its digest while it is read.
pub(super) struct Checked {
    file: File,
    path: PathBuf,
    wanted: String,
    tap: Tap,
}

impl Checked {
    /// Opens a file of the archive.
    ///
    /// # Errors
    /// `Damaged` if it has no digest; `File`.
    pub(super) fn open(archive: &Path, name: &str) -> Result<Self> {
        let path = archive.join(name);
        let wanted = digest_beside(archive, name).ok_or_else(|| {
            Error::damaged(format!("the archive has no digest of {}", escape::line(name)))
                .at_path(path.display().to_string())
                .hint("Let archive_command be `gapsync snapshot archive-wal %p --to` this folder, and make the snapshot again.")
        })?;
        let file = File::open(&path).map_err(|error| Error::file(&path, "a segment cannot be read", error))?;
        Ok(Self { file, path, wanted, tap: Tap::default() })
    }
}

impl Pieces for Checked {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut piece = Vec::with_capacity(PIECE);
        let read = self.file.by_ref().take(PIECE as u64).read_to_end(&mut piece);
        read.map_err(|error| Error::file(&self.path, "a segment cannot be read", error))?;
        if !piece.is_empty() {
            self.tap.update(&piece);
            return Ok(Some(piece));
        }
        if self.tap.finish().sha256_hex() == self.wanted {
            return Ok(None);
        }
        Err(Error::damaged("a segment of PostgreSQL's log is not what was archived: its digest differs")
            .at_path(self.path.display().to_string())
            .hint(
                "The archive is damaged here. Make a snapshot with a new base copy: its log begins after this segment.",
            ))
    }
}
