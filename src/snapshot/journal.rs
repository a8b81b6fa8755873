//! The journal: what must be put back if this process dies. It is synced before each stop and each rename.
//!
//! There is one journal a machine and user, in the state folder. Whoever works holds the lock of the folder, so a journal
//! that is found under the lock belongs to a run that died.

use std::fs::{self, File};
use std::io::ErrorKind as Io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

use super::flag::Flag;
use super::freeze::Frozen;
use super::platform::{Freeze, Service};
use super::store::contract::Left;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::stream::durable;

/// The name of a journal.
const NAME: &str = "snapshot.json";

/// A service that was stopped, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct Stopped {
    pub(in crate::snapshot) name: String,
    pub(in crate::snapshot) start: Vec<String>,
    pub(in crate::snapshot) running: Vec<String>,
    #[serde(default)]
    pub(in crate::snapshot) running_prints: Option<String>,
    #[serde(default)]
    pub(in crate::snapshot) unit: Option<String>,
    pub(in crate::snapshot) ready: Vec<String>,
    #[serde(default)]
    pub(in crate::snapshot) ready_http: Option<String>,
    pub(in crate::snapshot) timeout_seconds: u64,
}

impl Stopped {
    /// Returns what is needed to start a service again.
    pub(in crate::snapshot) fn of(service: &Service) -> Self {
        Self {
            name: service.name.clone(),
            start: service.start.clone(),
            running: service.running.clone(),
            running_prints: service.running_prints.clone(),
            unit: service.unit.clone(),
            ready: service.ready.clone(),
            ready_http: service.ready_http.clone(),
            timeout_seconds: service.timeout.as_secs(),
        }
    }

    /// Returns the service, which can be started and not stopped.
    pub(in crate::snapshot) fn service(&self) -> Service {
        Service {
            name: self.name.clone(),
            stop: Vec::new(),
            start: self.start.clone(),
            running: self.running.clone(),
            running_prints: self.running_prints.clone(),
            unit: self.unit.clone(),
            leftovers: Vec::new(),
            pid_files: Vec::new(),
            ready: self.ready.clone(),
            ready_http: self.ready_http.clone(),
            freeze: Freeze::Never,
            timeout: Duration::from_secs(self.timeout_seconds.max(1)),
        }
    }
}

/// A folder that gets another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct Move {
    pub(in crate::snapshot) from: PathBuf,
    pub(in crate::snapshot) to: PathBuf,
}

/// What a restore was asked for and how far it came, so that `--resume` goes on with the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct Progressed {
    /// The command that goes on with it.
    pub(in crate::snapshot) command: String,
    /// SHA-256 of the header of the bundle.
    pub(in crate::snapshot) header: String,
    /// SHA-256 of the bundle, once all of it was read.
    #[serde(default)]
    pub(in crate::snapshot) bundle: Option<String>,
    /// The options that decide what goes where.
    pub(in crate::snapshot) options: serde_json::Value,
    /// Stores that their engines have taken as a whole.
    #[serde(default)]
    pub(in crate::snapshot) loaded: Vec<String>,
    /// Steps that were carried out since all was published.
    #[serde(default)]
    pub(in crate::snapshot) passed: Vec<String>,
}

/// What a snapshot was asked for and how far it came, so that `--resume` goes on with the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct Begun {
    /// The command that goes on with it.
    pub(in crate::snapshot) command: String,
    /// When it began, UTC.
    pub(in crate::snapshot) started_at: String,
    /// The options that decide what is saved.
    pub(in crate::snapshot) options: serde_json::Value,
    /// Steps that were carried out before any store was taken.
    #[serde(default)]
    pub(in crate::snapshot) passed: Vec<String>,
    /// Whether services work again, or are about to.
    #[serde(default)]
    pub(in crate::snapshot) lifted: bool,
    /// Whether it has ended by itself, and keeps nothing but instants to go on with.
    #[serde(default)]
    pub(in crate::snapshot) failed: bool,
    /// The stores whose instants outlive this process, with the files that say what is known about them.
    #[serde(default)]
    pub(in crate::snapshot) instants: Vec<(String, PathBuf)>,
}

/// What a run has done that must not stay if it dies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct Journal {
    /// Id of the snapshot or the restore.
    pub(in crate::snapshot) id: String,
    /// `create`, `restore` or `drill`.
    pub(in crate::snapshot) action: String,
    /// Services, in the order in which they were stopped.
    pub(in crate::snapshot) stopped: Vec<Stopped>,
    /// Services that are frozen.
    #[serde(default)]
    pub(in crate::snapshot) frozen: Vec<Frozen>,
    /// Files that are incomplete.
    pub(in crate::snapshot) files: Vec<PathBuf>,
    /// Flags of the platform's configuration for one start, in it or not.
    #[serde(default)]
    pub(in crate::snapshot) flags: Vec<Flag>,
    /// What is in engines, by store.
    #[serde(default)]
    pub(in crate::snapshot) left: Vec<(String, Left)>,
    /// The file of the engines' users and passwords.
    #[serde(default)]
    pub(in crate::snapshot) credentials: Option<PathBuf>,
    /// Folders for what is not published yet.
    pub(in crate::snapshot) staging: Vec<PathBuf>,
    /// Folders that were renamed, or are about to be, in order.
    pub(in crate::snapshot) moves: Vec<Move>,
    /// Steps after the restore that have not been carried out, for which services are stopped.
    #[serde(default)]
    pub(in crate::snapshot) undone: Vec<String>,
    /// Whether all of it is published, so that the moves stay.
    pub(in crate::snapshot) published: bool,
    /// How a snapshot goes on.
    #[serde(default)]
    pub(in crate::snapshot) begun: Option<Begun>,
    /// How a restore goes on, once something is staged.
    #[serde(default)]
    pub(in crate::snapshot) progressed: Option<Progressed>,
}

/// The state folder while this run holds its lock.
#[derive(Debug)]
pub(in crate::snapshot) struct State {
    folder: PathBuf,
    _lock: File,
}

/// Returns the state folder: `$GAPSYNC_STATE_DIR`, else systemd's, else one of the user, or `/var/lib` for root.
fn folder(variable: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf> {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    // systemd may give several, with colons between them.
    let systemd = given("STATE_DIRECTORY").and_then(|value| value.split(':').next().map(str::to_owned));
    if let Some(folder) = given("GAPSYNC_STATE_DIR").or(systemd) {
        return Ok(folder.into());
    }
    if rustix::process::geteuid().is_root() {
        return Ok("/var/lib/gapsync".into());
    }
    let home = given("HOME").ok_or_else(|| {
        Error::usage("there is no folder for the state of snapshots").hint("Set GAPSYNC_STATE_DIR to a folder.")
    })?;
    Ok(Path::new(&home).join(".local/state/gapsync"))
}

impl State {
    /// Creates the state folder if it is missing, and takes its lock.
    ///
    /// # Errors
    /// `Locked` if another run holds it; `File`.
    pub(in crate::snapshot) fn lock() -> Result<Self> {
        let folder = Self::place()?;
        let fault = |error| Error::file(&folder, "the state folder cannot be used", error);
        fs::create_dir_all(&folder).map_err(fault)?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("snapshot.lock"));
        let lock = lock.map_err(fault)?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { folder, _lock: lock }),
            Err(rustix::io::Errno::WOULDBLOCK) => {
                Err(Error::new(ErrorKind::Locked, "another snapshot or restore is in progress")
                    .at_path(folder.display().to_string())
                    .hint("Wait until it has ended."))
            }
            Err(error) => Err(fault(error.into())),
        }
    }

    /// Returns where the state folder is, which another run may hold.
    ///
    /// # Errors
    /// `Usage` if there is no place for one.
    pub(in crate::snapshot) fn place() -> Result<PathBuf> {
        folder(&|name| std::env::var(name).ok())
    }

    /// Returns the state folder.
    pub(in crate::snapshot) fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    /// Returns the journal of a run that died.
    ///
    /// # Errors
    /// `File` if it cannot be read.
    pub(in crate::snapshot) fn found(&self) -> Result<Option<Journal>> {
        let path = self.path();
        let fault = |error| Error::file(&path, "the journal cannot be read", error);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| fault(error.into())),
            Err(error) if error.kind() == Io::NotFound => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// Refuses to begin while a run that died is not put back.
    ///
    /// # Errors
    /// `Locked`; those of [`Self::found`].
    pub(in crate::snapshot) fn require_clean(&self) -> Result<()> {
        let Some(journal) = self.found()? else { return Ok(()) };
        let what = format!(
            "the {} {} stopped and left things undone",
            escape::line(&journal.action),
            escape::line(&journal.id)
        );
        let recover = "Run `gapsync snapshot recover` first";
        let restore = journal.progressed.as_ref().map(|progressed| &progressed.command);
        let hint = match restore.or(journal.begun.as_ref().map(|begun| &begun.command)) {
            Some(command) => format!("{recover}, or go on with it: {}", escape::line(command)),
            None => format!("{recover}."),
        };
        Err(Error::new(ErrorKind::Locked, what).at_path(self.path().display().to_string()).hint(hint))
    }

    /// Writes the journal, and returns once it is on disk.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn write(&self, journal: &Journal) -> Result<()> {
        let path = self.path();
        let write = || durable::write_private(&path, &serde_json::to_vec_pretty(journal)?);
        write().map_err(|error| Error::file(&path, "the journal cannot be written", error))
    }

    /// Removes the journal: all is put back, or finished.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn clear(&self) -> Result<()> {
        let path = self.path();
        match fs::remove_file(&path).and_then(|()| durable::sync_folder(&self.folder)) {
            Err(error) if error.kind() != Io::NotFound => {
                Err(Error::file(&path, "the journal cannot be removed", error))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_folder_is_the_first_that_is_given() {
        let folder_of = |set: &[(&str, &str)]| {
            folder(&|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        let both = [("GAPSYNC_STATE_DIR", "/a"), ("STATE_DIRECTORY", "/b:/c"), ("HOME", "/h")];
        assert_eq!(folder_of(&both).unwrap(), Path::new("/a"));
        assert_eq!(folder_of(&both[1..]).unwrap(), Path::new("/b"));
        let root = rustix::process::geteuid().is_root();
        let home = if root { "/var/lib/gapsync" } else { "/h/.local/state/gapsync" };
        assert_eq!(folder_of(&both[2..]).unwrap(), Path::new(home));
        assert_eq!(folder_of(&[]).is_err(), !root);
    }
}
