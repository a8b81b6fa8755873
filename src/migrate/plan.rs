//! Decides which files of a pipeline are migrated.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::account::Known;
use super::dates::Date;
use super::mapping::{Day, Mapping};
use super::report::FileReport;
use super::retire::digest;
use super::tree::{SourceFile, Tree, day_of};
use crate::error::{Error, Result};

/// How much of a file is looked at to estimate its records.
const SAMPLE: usize = 64 << 10;

/// A file and what is to be done with it.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) source: SourceFile,
    pub(super) state: State,
    /// The only days whose rows are wanted.
    pub(super) only: Option<Arc<BTreeSet<Date>>>,
}

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is migrated.
    New,
    /// It was migrated, and is left out.
    Migrated,
    /// It was migrated, and its rows of some days are migrated again.
    Again,
    /// It was migrated with another content.
    Changed,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Migrated => "migrated before",
            Self::Again => "to be replaced",
            Self::Changed => "changed since it was migrated",
        }
    }
}

/// Decides what becomes of each file of a tree.
///
/// # Errors
/// `File` if a file cannot be read.
pub(super) fn plan(
    mapping: &Mapping,
    root: &Path,
    tree: &Tree,
    known: &BTreeMap<String, Known>,
    replace: &BTreeSet<Date>,
) -> Result<Vec<Planned>> {
    let days = Arc::new(replace.clone());
    let mut planned = Vec::new();
    for source in &tree.files {
        let daily = mapping.families[source.family].day == Day::Path;
        let replaced = if daily { source.day.is_some_and(|day| replace.contains(&day)) } else { !replace.is_empty() };
        let (state, only) = match known.get(&source.path) {
            None => (State::New, None),
            // A file of a day is replaced as a whole, whatever it holds now.
            Some(_) if replaced && daily => (State::Again, None),
            Some(known) if is_same(root, source, known)? => {
                if replaced {
                    (State::Again, Some(Arc::clone(&days)))
                } else {
                    (State::Migrated, None)
                }
            }
            // Of a file with days of its own, only the rows of these days are taken.
            Some(_) if replaced => (State::Again, Some(Arc::clone(&days))),
            Some(_) => (State::Changed, None),
        };
        planned.push(Planned { source: source.clone(), state, only });
    }
    Ok(planned)
}

/// Returns the days to be replaced that a tree has files of.
pub(super) fn replaceable(tree: &Tree, days: &BTreeSet<Date>) -> BTreeSet<Date> {
    tree.files.iter().filter_map(|file| file.day).filter(|day| days.contains(day)).collect()
}

/// Refuses to replace a day of which the tree has only some of the files that were migrated: the rows of the others would be
/// deleted and not come back.
///
/// # Errors
/// `Schema` with the first file that is missing.
pub(super) fn refuse_partial(
    mapping: &Mapping,
    tree: &Tree,
    known: &BTreeMap<String, Known>,
    replace: &BTreeSet<Date>,
) -> Result<()> {
    let there: BTreeSet<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
    let of_the_days = |path: &&String| day_of(mapping, path).is_some_and(|day| replace.contains(&day));
    match known.keys().filter(of_the_days).find(|path| !there.contains(path.as_str())) {
        Some(missing) => Err(Error::schema("the old tree lacks a file of a day that is to be replaced")
            .at_path(missing)
            .hint("Put all files of the day back into their places: they may be in the backup folder. Nothing was deleted.")),
        None => Ok(()),
    }
}

/// Refuses files that were migrated with another content, because their rows would be doubled.
///
/// # Errors
/// `Schema` with the first such file.
pub(super) fn refuse_changed(planned: &[Planned]) -> Result<()> {
    let changed: Vec<&Planned> = planned.iter().filter(|file| file.state == State::Changed).collect();
    let Some(first) = changed.first() else { return Ok(()) };
    let others = if changed.len() > 1 { format!(", like {} others,", changed.len() - 1) } else { String::new() };
    Err(Error::schema(format!("the file{others} was migrated before, with another content"))
        .at_path(&first.source.path)
        .hint("To migrate a day again, delete its rows with --replace-day YYYY-MM-DD. Nothing was migrated."))
}

fn is_same(root: &Path, source: &SourceFile, known: &Known) -> Result<bool> {
    let path = root.join(&source.path);
    let unread = |error| Error::file(&path, "cannot read the file", error);
    Ok(source.bytes == known.bytes && digest(&path).map_err(unread)? == known.sha256)
}

/// Describes a file for the report of a dry run, with an estimate of its records.
pub(super) fn described(mapping: &Mapping, root: &Path, file: &Planned) -> FileReport {
    FileReport {
        path: file.source.path.clone(),
        family: mapping.families[file.source.family].name.clone(),
        bytes: file.source.bytes,
        records: estimated(&root.join(&file.source.path), file.source.bytes),
        rejected: 0,
        state: file.state.name().to_owned(),
    }
}

/// Estimates the records of a file from its first lines; exact for a small file without line ends in its fields.
fn estimated(path: &Path, bytes: u64) -> u64 {
    let mut sample = Vec::new();
    let read = File::open(path).and_then(|file| file.take(SAMPLE as u64).read_to_end(&mut sample));
    if read.is_err() || sample.is_empty() {
        return 0;
    }
    let lines = memchr::memchr_iter(b'\n', &sample).count() as u64;
    let lines = if (sample.len() as u64) < bytes { lines * bytes / sample.len() as u64 } else { lines };
    lines.saturating_sub(1)
}
