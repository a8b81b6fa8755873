//! The folders of a server that is stopped: its data, and what lies outside of it.

use std::fs;
use std::io::{ErrorKind as Io, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::contract::{Body, Fence, Source, Taken};
use super::super::folders::{Files, facts, made_up};
use crate::error::{Error, ErrorKind, Result, escape};
use crate::run::report::grid::counted;
use crate::snapshot::catalogue::{Entry, Kind};

/// Names of folders in the tree.
pub(super) const DATA: &str = "data";
pub(super) const WAL: &str = "wal";
pub(super) const TABLESPACES: &str = "tablespaces";

/// The folders at the top of the tree.
pub(super) const TOP: [&str; 3] = [DATA, WAL, TABLESPACES];

/// Where the file of the server's state keeps it.
const STATE_AT: usize = 16;

/// The server was shut down, or shut down while it was a standby.
const SHUT_DOWN: [u32; 2] = [1, 2];

/// What lies outside of the data folder, as the recovery point keeps it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Outside {
    /// The folder of the log, if `pg_wal` is a link.
    pub(super) wal: Option<PathBuf>,
    /// Numbers of tablespaces, and their folders.
    pub(super) tablespaces: Vec<(String, PathBuf)>,
}

/// A server that is stopped.
pub(super) struct Stopped {
    folder: PathBuf,
    files: Files,
}

impl Stopped {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), files: Files::default() }
    }

    /// Refuses a server that works, or that was not shut down.
    fn is_stopped(&self) -> Result<()> {
        let refused = |what: &str| {
            Error::new(ErrorKind::Check, what.to_owned()).at_path(self.folder.display().to_string()).hint(
                "Stop the server, by `pg_ctl stop` or as a service of the platform file. While it works, save it with `mode = \"logical\"`.",
            )
        };
        if works(&self.folder) {
            return Err(refused("the server of this data folder works"));
        }
        if Control::read(&self.folder)?.was_shut_down {
            return Ok(());
        }
        // It may work in a container, whose processes are not seen here.
        Err(refused("the server of this data folder was not shut down"))
    }
}

impl Source for Stopped {
    fn root(&self) -> String {
        self.folder.display().to_string()
    }

    fn plan(&self) -> String {
        format!("list {} of the stopped server, its tablespaces and its log", self.folder.display())
    }

    fn survives(&self) -> bool {
        false
    }

    fn probe(&mut self) -> Result<String> {
        let path = self.folder.join("PG_VERSION");
        let version = fs::read_to_string(&path).map_err(|error| {
            let missing = error.kind() == Io::NotFound;
            let error = Error::file(&path, "this is no data folder of PostgreSQL that can be read", error);
            if missing { error.hint("Check `folder` in the platform file.") } else { error }
        })?;
        // Links within it are told by where it really is.
        self.folder = self
            .folder
            .canonicalize()
            .map_err(|error| Error::file(&self.folder, "the data folder cannot be read", error))?;
        Ok(version.trim().to_owned())
    }

    fn fence(&mut self, _: &mut Fence<'_>) -> Result<Taken> {
        self.is_stopped()?;
        let mut taken = Taken::default();
        let (outside, others) = outside(&self.folder)?;
        taken.entries.push(made_up("", Kind::Folder, 0));
        let folder = self.folder.clone();
        self.files.list(DATA, &folder, &["postmaster.pid"], &mut taken)?;
        if let Some(wal) = &outside.wal {
            self.files.list(WAL, wal, &[], &mut taken)?;
        }
        if !outside.tablespaces.is_empty() {
            taken.entries.push(made_up(TABLESPACES, Kind::Folder, 0));
        }
        for (number, folder) in &outside.tablespaces {
            self.files.list(&format!("{TABLESPACES}/{number}"), folder, &[], &mut taken)?;
        }
        taken.facts = facts(&taken.entries, &TOP);
        let warning = |path: String| format!("{} is a link, and only the link is saved", escape::line(&path));
        taken.warnings.extend(others.into_iter().map(warning));
        taken.position = serde_json::to_string(&outside)
            .map_err(|error| Error::internal("the folders of a server cannot be written as JSON").because(error))?;
        let tablespaces = counted(outside.tablespaces.len() as u64, "tablespace");
        taken.said = format!("{}, {tablespaces}", counted(taken.entries.len() as u64, "path"));
        Ok(taken)
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        self.files.body(entry)
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }
}

/// What the file of a server's state says.
pub(super) struct Control {
    /// Number of the server, which no other one has.
    pub(super) system: u64,
    pub(super) was_shut_down: bool,
}

impl Control {
    /// Reads the state of the server of a data folder.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("global/pg_control");
        let mut begin = [0; STATE_AT + 4];
        let read = fs::File::open(&path).and_then(|mut file| file.read_exact(&mut begin));
        read.map_err(|error| Error::file(&path, "the state of the server cannot be read", error))?;
        let system = begin.first_chunk().copied().map(u64::from_ne_bytes).unwrap_or_default();
        let state = begin.last_chunk::<4>().copied().map(u32::from_ne_bytes).unwrap_or_default();
        Ok(Self { system, was_shut_down: SHUT_DOWN.contains(&state) })
    }
}

/// Finds what lies outside of a data folder, and other links, whose content is not saved.
///
/// # Errors
/// `Schema` for a link that leads into the folder; `File`.
pub(super) fn outside(folder: &Path) -> Result<(Outside, Vec<String>)> {
    let fault = |path: &Path, error| Error::file(path, "a data folder cannot be read", error);
    let target = |path: &Path| -> Result<PathBuf> {
        let to = fs::read_link(path).map_err(|error| fault(path, error))?;
        let to = path.parent().unwrap_or(path).join(to);
        let to = to.canonicalize().map_err(|error| fault(&to, error))?;
        if to.starts_with(folder) {
            return Err(Error::schema("a link of the data folder leads to another place in it")
                .at_path(path.display().to_string()));
        }
        Ok(to)
    };
    let (mut outside, mut others) = (Outside::default(), Vec::new());
    for entry in fs::read_dir(folder).map_err(|error| fault(folder, error))? {
        let path = entry.map_err(|error| fault(folder, error))?.path();
        if path.is_symlink() && path.ends_with("pg_wal") {
            outside.wal = Some(target(&path)?);
        } else if path.is_symlink() {
            others.push(path.display().to_string());
        }
    }
    let tablespaces = folder.join("pg_tblspc");
    for entry in fs::read_dir(&tablespaces).map_err(|error| fault(&tablespaces, error))? {
        let entry = entry.map_err(|error| fault(&tablespaces, error))?;
        if entry.path().is_symlink() {
            outside.tablespaces.push((entry.file_name().to_string_lossy().into_owned(), target(&entry.path())?));
        }
    }
    outside.tablespaces.sort();
    others.sort();
    Ok((outside, others))
}

/// Returns whether a server works on a data folder, as far as this machine can see its process.
pub(super) fn works(folder: &Path) -> bool {
    let pid = fs::read_to_string(folder.join("postmaster.pid")).unwrap_or_default();
    let pid = pid.lines().next().and_then(|line| line.trim().parse().ok()).and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}
