//! Gives the folders of a server their places again, or others.

use std::fs;
use std::os::unix::fs::{MetadataExt, lchown, symlink};
use std::path::{Path, PathBuf};

use super::super::contract::{Fact, Left, Load, Sink};
use super::super::folders::{back, carry_out, check, differences, entries, facts, kept, moves, with};
use super::marks::Archived;
use super::stopped::{DATA, Outside, TABLESPACES, TOP, WAL, works};
use crate::error::{Error, Result, escape};
use crate::snapshot::point::PointStore;

/// A folder of the tree, and where it goes.
pub(super) struct Part {
    /// Its name in the tree.
    pub(super) below: String,
    to: PathBuf,
    /// The link in the data folder that leads to it.
    link: Option<PathBuf>,
}

/// The folders of a server to restore.
pub(super) struct Folders {
    folder: PathBuf,
    renamed: bool,
    replace: bool,
    /// Whether they are a copy of a server that worked, which is recovered first.
    recovered: bool,
    parts: Vec<Part>,
    moves: Vec<(PathBuf, PathBuf)>,
}

impl Folders {
    pub(super) fn new(folder: &Path, rename: Option<&str>) -> Result<Self> {
        if rename.is_some_and(|to| !to.starts_with('/') || Path::new(to).file_name().is_none()) {
            return Err(Error::usage("a data folder gets the name of another folder").hint("Write an absolute path."));
        }
        let folder = rename.map_or_else(|| folder.to_owned(), PathBuf::from);
        Ok(Self {
            folder,
            renamed: rename.is_some(),
            replace: false,
            recovered: false,
            parts: Vec::new(),
            moves: Vec::new(),
        })
    }

    /// Says that they are a copy of a server that worked, which is recovered before it gets its place.
    pub(super) fn recovered(self) -> Self {
        Self { recovered: true, ..self }
    }

    /// Returns a name beside the data folder.
    fn beside(&self, suffix: &str) -> PathBuf {
        with(&self.folder, suffix)
    }

    /// Lets the links of a tree's data folder lead to where its other parts are.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn link(&self, tree: &Path, place: impl Fn(&Part) -> PathBuf) -> Result<()> {
        let data = tree.join(DATA);
        for part in &self.parts {
            let Some(link) = part.link.as_ref().map(|link| data.join(link)) else { continue };
            let fault = |error| Error::file(&link, "a link of the data folder cannot be made", error);
            let was = link.symlink_metadata().map_err(fault)?;
            fs::remove_file(&link).and_then(|()| symlink(place(part), &link)).map_err(fault)?;
            if rustix::process::geteuid().is_root() {
                lchown(&link, Some(was.uid()), Some(was.gid())).map_err(fault)?;
            }
        }
        Ok(())
    }

    /// Refuses a place that is not free, unless what is there may get another name.
    fn check(&self, place: &Path) -> Result<()> {
        check("PostgreSQL", place, self.folder.parent().unwrap_or(Path::new("/")), self.replace)?;
        if works(place) {
            return Err(Error::schema("a server works on this data folder")
                .at_path(place.display().to_string())
                .hint("Nothing was changed. Stop it first."));
        }
        Ok(())
    }
}

impl Sink for Folders {
    fn place(&self) -> String {
        self.folder.display().to_string()
    }

    fn may_replace(&mut self, replace: bool) {
        self.replace = replace;
    }

    fn probe(&mut self, kept: &PointStore) -> Result<PathBuf> {
        if !self.recovered && serde_json::from_str::<Archived>(&kept.position).is_ok() {
            return Err(Error::schema(
                "the store is a copy of a server that worked, which is nothing without its log of changes",
            )
            .hint("Nothing was changed. Restore it with `mode = \"archive\"` in the platform file."));
        }
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
        self.link(load.tree, |part| part.to.clone())?;
        let each = self.parts.iter().flat_map(|part| moves(load.tree.join(&part.below), &part.to, load.id));
        self.moves = each.collect();
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
        Ok(differences(wanted, &facts(&found, &TOP)))
    }

    fn publish(&mut self) -> Result<String> {
        for part in &self.parts {
            self.check(&part.to)?;
        }
        carry_out(&self.moves, "postgresql.placed")?;
        Ok(format!("done{}", kept(&self.moves)))
    }

    fn discard(&mut self) -> Result<()> {
        back(&self.moves)
    }
}
