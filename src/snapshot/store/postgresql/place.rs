//! Gives the folders of a server their places again, or others.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, lchown, symlink};
use std::path::{Path, PathBuf};

use super::super::contract::{Fact, Left, Load, Sink};
use super::stopped::{DATA, Outside, TABLESPACES, WAL, entries, facts};
use crate::error::{Error, Result, escape};
use crate::snapshot::point::PointStore;
use crate::stream::{durable, fail};

/// A folder of the tree, and where it goes.
struct Part {
    /// Its name in the tree.
    below: String,
    to: PathBuf,
    /// The link in the data folder that leads to it.
    link: Option<PathBuf>,
}

/// The folders of a server to restore.
pub(super) struct Folders {
    folder: PathBuf,
    renamed: bool,
    replace: bool,
    parts: Vec<Part>,
    moves: Vec<(PathBuf, PathBuf)>,
}

impl Folders {
    pub(super) fn new(folder: &Path, rename: Option<&str>) -> Result<Self> {
        if rename.is_some_and(|to| !to.starts_with('/') || Path::new(to).file_name().is_none()) {
            return Err(Error::usage("a data folder gets the name of another folder").hint("Write an absolute path."));
        }
        let folder = rename.map_or_else(|| folder.to_owned(), PathBuf::from);
        Ok(Self { folder, renamed: rename.is_some(), replace: false, parts: Vec::new(), moves: Vec::new() })
    }

    /// Returns a name beside the data folder.
    fn beside(&self, suffix: &str) -> PathBuf {
        with(&self.folder, suffix)
    }

    /// Refuses a place that is not free, unless what is there may get another name, or that is on another disk.
    fn check(&self, place: &Path) -> Result<()> {
        let refused = |what: &str, hint: &str| {
            Err(Error::schema(what.to_owned()).at_path(place.display().to_string()).hint(hint.to_owned()))
        };
        let fault = |error| Error::file(place, "the place of a folder of PostgreSQL cannot be used", error);
        let parent = place.parent().unwrap_or(Path::new("/"));
        let device = |path: &Path| path.metadata().map(|found| found.dev());
        let beside = device(self.folder.parent().unwrap_or(Path::new("/"))).map_err(fault)?;
        let there = place.exists();
        if device(if there { place } else { parent }).map_err(fault)? != beside
            || device(parent).map_err(fault)? != beside
        {
            return refused(
                "the place of a folder of PostgreSQL is on another disk than its data folder, or a disk of its own",
                "Nothing was changed. Restore with --rename STORE=/FOLDER, which puts all of it beside that folder, and move it by hand.",
            );
        }
        if there && !place.is_dir() {
            return refused(
                "the place of a folder of PostgreSQL is not a folder",
                "Nothing was changed. Move it away.",
            );
        }
        if there && !self.replace && fs::read_dir(place).map_err(fault)?.next().is_some() {
            return refused(
                "the place of a folder of PostgreSQL is not empty",
                "Nothing was changed. With --replace, what is there is renamed, once no server works on it; or restore beside it: --rename STORE=/FOLDER.",
            );
        }
        let pid = fs::read_to_string(place.join("postmaster.pid")).unwrap_or_default();
        let pid = pid.lines().next().and_then(|line| line.trim().parse().ok()).and_then(rustix::process::Pid::from_raw);
        if pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)) {
            return refused("a server works on this data folder", "Nothing was changed. Stop it first.");
        }
        Ok(())
    }
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Takes moves back, the last one first. One that did not happen is left alone.
///
/// # Errors
/// `File`.
pub(super) fn back(moves: &[(PathBuf, PathBuf)]) -> Result<()> {
    let there = |path: &Path| path.symlink_metadata().is_ok();
    for (from, to) in moves.iter().rev() {
        if there(to) && !there(from) {
            fs::rename(to, from).map_err(|error| Error::file(to, "a folder cannot be given its former name", error))?;
        }
    }
    Ok(())
}

impl Sink for Folders {
    fn place(&self) -> String {
        self.folder.display().to_string()
    }

    fn may_replace(&mut self, replace: bool) {
        self.replace = replace;
    }

    fn probe(&mut self, kept: &PointStore) -> Result<PathBuf> {
        let outside: Outside = serde_json::from_str(&kept.position).map_err(|error| {
            Error::damaged("the recovery point does not name the folders of the server").because(error)
        })?;
        self.parts.push(Part { below: DATA.to_owned(), to: self.folder.clone(), link: None });
        if let Some(wal) = outside.wal {
            let to = if self.renamed { self.beside("-wal") } else { wal };
            self.parts.push(Part { below: WAL.to_owned(), to, link: Some("pg_wal".into()) });
        }
        for (number, folder) in outside.tablespaces {
            if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Error::damaged("the recovery point names a tablespace that cannot be"));
            }
            let to = if self.renamed { self.beside(&format!("-tablespace-{number}")) } else { folder };
            let link = Some(Path::new("pg_tblspc").join(&number));
            self.parts.push(Part { below: format!("{TABLESPACES}/{number}"), to, link });
        }
        self.parts.iter().try_for_each(|part| self.check(&part.to))?;
        Ok(self.folder.parent().unwrap_or(Path::new("/")).to_owned())
    }

    fn load(&mut self, load: &mut Load<'_>) -> Result<String> {
        let data = load.tree.join(DATA);
        for part in &self.parts {
            let Some(link) = part.link.as_ref().map(|link| data.join(link)) else { continue };
            let fault = |error| Error::file(&link, "a link of the data folder cannot be made", error);
            let was = link.symlink_metadata().map_err(fault)?;
            fs::remove_file(&link).and_then(|()| symlink(&part.to, &link)).map_err(fault)?;
            if rustix::process::geteuid().is_root() {
                lchown(&link, Some(was.uid()), Some(was.gid())).map_err(fault)?;
            }
        }
        let before = format!(".before-{}", load.id.get(..8).unwrap_or(load.id));
        for part in &self.parts {
            let full = fs::read_dir(&part.to).is_ok_and(|mut entries| entries.next().is_some());
            if full {
                self.moves.push((part.to.clone(), with(&part.to, &before)));
            }
            self.moves.push((load.tree.join(&part.below), part.to.clone()));
        }
        (load.leave)(Left::PostgresqlFolders { moves: self.moves.clone() })?;
        let folders: Vec<String> = self.parts.iter().map(|part| part.to.display().to_string()).collect();
        Ok(escape::line(&folders.join(", ")).into_owned())
    }

    fn compare(&mut self, wanted: &[Fact]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for part in &self.parts {
            let from = self.moves.iter().find(|(_, to)| *to == part.to).map(|(from, _)| from);
            found.extend(entries(&part.below, from.ok_or_else(|| Error::internal("a folder without a move"))?)?);
        }
        let found = facts(&found);
        let differs = |fact: &&Fact| !found.contains(*fact);
        let said = |fact: &Fact| format!("the {} has not {} {}", fact.object, fact.value, fact.measure);
        Ok(wanted.iter().filter(differs).map(said).collect())
    }

    fn publish(&mut self) -> Result<String> {
        for part in &self.parts {
            self.check(&part.to)?;
        }
        for (from, to) in &self.moves {
            fs::rename(from, to).map_err(|error| Error::file(to, "a folder cannot be renamed to this", error))?;
            fail::point("postgresql.placed");
            durable::sync_folder(to.parent().unwrap_or(Path::new("/")))
                .map_err(|error| Error::file(to, "the folder above cannot be synced", error))?;
        }
        let before: Vec<_> =
            self.moves.iter().filter(|(_, to)| !self.parts.iter().any(|part| part.to == *to)).collect();
        let kept = before.iter().map(|(_, to)| format!("; what was there is now {}", to.display())).collect::<String>();
        Ok(format!("done{kept}"))
    }

    fn discard(&mut self) -> Result<()> {
        back(&self.moves)
    }
}
