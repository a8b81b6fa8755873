//! The place of a store that is restored.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::catalogue::check::{ALL, Sums};
use super::pack::FactRow;
use super::platform::Content;
use super::store::contract::{Fact, Sink};
use super::store::files::list::each;
use super::store::files::names::Names;
use super::store::files::staging::Staging;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::run::report::grid::counted;

/// A store and where it goes.
pub(in crate::snapshot) struct Target {
    /// Its index in the recovery point.
    pub(in crate::snapshot) index: usize,
    /// Its name.
    pub(in crate::snapshot) name: String,
    /// Where it will be; for an engine, where it is put together for it.
    pub(in crate::snapshot) place: PathBuf,
    /// The store in its own place, which services use.
    pub(in crate::snapshot) live: bool,
    /// Whether it goes where the platform has it.
    pub(in crate::snapshot) own: bool,
    /// What is put together for it.
    pub(in crate::snapshot) staging: Option<Staging>,
    /// The engine that takes it.
    pub(in crate::snapshot) sink: Option<Box<dyn Sink>>,
}

impl Target {
    /// Checks that a store can be put at its place.
    ///
    /// # Errors
    /// `Schema` if something is there, unless it is to be replaced; `File`.
    pub(in crate::snapshot) fn check(&self, replace: bool) -> Result<()> {
        if self.sink.is_some() {
            return Ok(());
        }
        let refused = |what: &str, hint: &str| {
            let named = format!("the place of the store {} {what}", self.name);
            Err(Error::schema(named).at_path(self.place.display().to_string()).hint(hint.to_owned()))
        };
        let Ok(found) = self.place.symlink_metadata() else { return self.check_parent() };
        if !found.is_dir() {
            return refused("is not a folder", "Nothing was changed. Move it away, or restore with --root elsewhere.");
        }
        let fault = |error| Error::file(&self.place, "the place of a store cannot be read", error);
        let empty = fs::read_dir(&self.place).map_err(fault)?.next().is_none();
        if !empty && !replace {
            return refused(
                "is not empty",
                "Nothing was changed. With --replace, what is there is renamed, and the snapshot takes its place.",
            );
        }
        let parent = self.parent().metadata().map_err(fault)?;
        if parent.dev() != found.dev() {
            return refused(
                "is a mount point, which cannot be renamed",
                "Nothing was changed. Restore with --root into a folder of that file system, and move it by hand.",
            );
        }
        Ok(())
    }

    fn check_parent(&self) -> Result<()> {
        // A root is made; a place of its own must have somewhere to be.
        let parent = self.parent();
        if self.live && !parent.is_dir() {
            return Err(Error::new(ErrorKind::File, "the folder above the place of a store is missing")
                .at_path(parent.display().to_string()));
        }
        Ok(())
    }

    /// Counts what is at its place now: what an engine counts, or files.
    ///
    /// # Errors
    /// `Difference` if it is not what the snapshot holds; `File`; those of the engine.
    pub(in crate::snapshot) fn compare(&mut self, facts: &[FactRow], wanted: Sums) -> Result<String> {
        let Some(sink) = &mut self.sink else { return self.compare_files(wanted) };
        let own = facts.iter().filter(|fact| fact.0 == self.name && fact.1 != ALL);
        let fact = |(_, object, measure, value): &FactRow| Fact {
            object: object.clone(),
            measure: measure.clone(),
            value: *value,
        };
        let facts: Vec<Fact> = own.map(fact).collect();
        let differences = sink.compare(&facts)?;
        if differences.is_empty() {
            return Ok(counted(facts.len() as u64, "fact"));
        }
        let shown = differences.iter().map(|text| escape::line(text).into_owned()).collect::<Vec<_>>().join("; ");
        let what = format!("the store {} differs from the facts of its snapshot: {shown}", self.name);
        Err(Error::new(ErrorKind::Difference, what).hint("Nothing was published: what was loaded is removed."))
    }

    fn compare_files(&self, wanted: Sums) -> Result<String> {
        let content = Content::Folder { folder: self.place.clone(), exclude: Vec::new() };
        let mut found = Sums::default();
        each(&content, &Names::default(), &mut |entry| {
            found.add(entry.kind, entry.bytes);
            Ok(())
        })?;
        if found == wanted {
            return Ok("equal".to_owned());
        }
        let differ =
            |measure: &str, wanted: u64, is: u64| (wanted != is).then(|| format!("{measure} {is} instead of {wanted}"));
        let named: Vec<String> = [
            differ("files", wanted.files, found.files),
            differ("folders", wanted.folders, found.folders),
            differ("links", wanted.links, found.links),
            differ("bytes", wanted.bytes, found.bytes),
        ]
        .into_iter()
        .flatten()
        .collect();
        let what = format!("the store {} differs from the facts of its snapshot: {}", self.name, named.join(", "));
        Err(Error::new(ErrorKind::Difference, what).at_path(self.place.display().to_string()))
    }

    /// Returns where it goes, for people.
    pub(in crate::snapshot) fn shown(&self) -> String {
        self.sink.as_ref().map_or_else(|| self.place.display().to_string(), |sink| sink.place())
    }

    /// Returns the folder that it is in.
    pub(in crate::snapshot) fn parent(&self) -> &Path {
        self.place.parent().unwrap_or(Path::new("/"))
    }

    /// Returns a name beside the place.
    pub(in crate::snapshot) fn beside(&self, prefix: &str, suffix: &str) -> PathBuf {
        let mut name = OsString::from(prefix);
        name.push(self.place.file_name().unwrap_or_default());
        name.push(suffix);
        self.parent().join(name)
    }

    /// Returns the folder that the store is put together in: on the disk of its place.
    ///
    /// # Errors
    /// `File` if there is no folder above the place.
    pub(in crate::snapshot) fn staging_folder(&self, id: &str) -> Result<PathBuf> {
        let fault = |error| Error::file(self.parent(), "the folder above the place of a store cannot be used", error);
        let folder = self.beside(".gapsync-", &format!("-{id}"));
        let parent = self.parent().canonicalize().map_err(fault)?;
        Ok(parent.join(folder.file_name().unwrap_or_default()))
    }
}
