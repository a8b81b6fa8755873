//! A store of files in a bucket or in HDFS while it is restored.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result, escape};
use crate::run::report::grid::counted;
use crate::snapshot::point::PointStore;
use crate::snapshot::store::contract::{Earlier, Fact, Left, Load, Sink};
use crate::snapshot::wait::wait;
use crate::store::Store;

/// A folder in a bucket or in HDFS that has no files yet.
pub(in crate::snapshot) struct Objects {
    url: String,
    /// The files that were put there: paths and sizes.
    put: Vec<(String, u64)>,
}

impl Objects {
    /// Returns the way into a store. Nothing is asked yet.
    pub(in crate::snapshot) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), put: Vec::new() }
    }
}

/// Returns the files below a folder, by path and place. What is no file cannot be stored and is left out.
pub(super) fn files(tree: &Path) -> Result<Vec<(String, PathBuf)>> {
    let (mut found, mut open) = (Vec::new(), vec![tree.to_owned()]);
    while let Some(folder) = open.pop() {
        let fault = |error| Error::file(&folder, "what was put together cannot be read", error);
        for entry in std::fs::read_dir(&folder).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            let kind = path.symlink_metadata().map_err(fault)?.file_type();
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file()
                && let Some(below) = path.strip_prefix(tree).ok().and_then(Path::to_str)
            {
                found.push((below.to_owned(), path));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Returns what below a folder no bucket can hold: links, and names that are not UTF-8 or have control characters.
fn unfit(tree: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![tree.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let kind = entry.file_type();
            if kind.as_ref().is_ok_and(std::fs::FileType::is_dir) {
                open.push(entry.path());
            } else if !kind.is_ok_and(|kind| kind.is_file()) || !is_fit(&entry.path(), tree) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn is_fit(path: &Path, tree: &Path) -> bool {
    let below = path.strip_prefix(tree).ok().and_then(Path::to_str);
    below.is_some_and(|below| !below.chars().any(char::is_control))
}

fn current_folder() -> Result<PathBuf> {
    std::env::current_dir().map_err(|error| Error::file(Path::new("."), "the current folder cannot be used", error))
}

impl Sink for Objects {
    fn place(&self) -> String {
        self.url.clone()
    }

    fn probe(&mut self, _: &PointStore) -> Result<PathBuf> {
        let store = Store::open(&self.url)?;
        if !wait(store.all())?.is_empty() {
            return Err(Error::new(ErrorKind::Schema, "the place of the store is not empty")
                .at_path(self.url.clone())
                .hint("Nothing was changed. Restore into another folder of the bucket: --rename STORE=s3://BUCKET/FOLDER."));
        }
        current_folder()
    }

    fn take_over(&mut self, _: &PointStore, earlier: &Earlier<'_>) -> Result<Option<PathBuf>> {
        if !earlier.loaded {
            return Ok(None);
        }
        for (path, place) in files(earlier.tree)? {
            let fault = |error| Error::file(&place, "what was put together cannot be read", error);
            self.put.push((path, place.metadata().map_err(fault)?.len()));
        }
        current_folder().map(Some)
    }

    fn load(&mut self, load: &mut Load<'_>) -> Result<String> {
        let store = Store::open(&self.url)?;
        let unfit = unfit(load.tree);
        if let Some(first) = unfit.first() {
            let what = format!(
                "{} cannot be stored there: links, or files with odd names",
                counted(unfit.len() as u64, "path")
            );
            let shown = first.strip_prefix(load.tree).unwrap_or(first).to_string_lossy().into_owned();
            return Err(Error::schema(what)
                .at_path(escape::line(&shown).into_owned())
                .hint("Nothing was stored. Restore into a folder: --rename STORE=/FOLDER."));
        }
        (load.leave)(Left::Objects { url: self.url.clone(), tree: load.tree.to_owned() })?;
        let mut bytes = 0;
        for (path, place) in files(load.tree)? {
            load.cancel.check()?;
            let fault = |error| Error::file(&place, "what was put together cannot be read", error);
            let size = place.metadata().map_err(fault)?.len();
            self.put.push((path.clone(), size));
            bytes += wait(async {
                let file = tokio::fs::File::open(&place).await.map_err(fault)?;
                store.put(&path, file).await
            })?;
        }
        Ok(format!("{} files, {bytes} bytes", self.put.len()))
    }

    fn compare(&mut self, facts: &[Fact]) -> Result<Vec<String>> {
        let found = wait(Store::open(&self.url)?.all())?;
        let is_there = |path: &str, bytes: u64| {
            found.binary_search_by(|(file, _)| file.path.as_str().cmp(path)).is_ok_and(|at| found[at].0.bytes == bytes)
        };
        let lacks = self.put.iter().filter(|(path, bytes)| !is_there(path, *bytes));
        let mut differences: Vec<String> =
            lacks.take(10).map(|(path, _)| format!("{} is missing or has another size", escape::line(path))).collect();
        for fact in facts {
            let is = match fact.measure.as_str() {
                "files" => found.len() as u64,
                "bytes" => found.iter().map(|(file, _)| file.bytes).sum(),
                _ => continue,
            };
            if is != fact.value {
                differences.push(format!("{} {is} instead of {}", fact.measure, fact.value));
            }
        }
        Ok(differences)
    }

    fn publish(&mut self) -> Result<String> {
        Ok("it is there".to_owned())
    }

    fn discard(&mut self) -> Result<()> {
        let store = Store::open(&self.url)?;
        self.put.iter().try_for_each(|(path, _)| wait(store.delete(path)))?;
        self.put.clear();
        Ok(())
    }
}
