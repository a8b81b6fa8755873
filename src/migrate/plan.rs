//! Decides which files of a pipeline are migrated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::account::Known;
use super::dates::{self, Date};
use super::days::DayDigests;
use super::mapping::{Day, Mapping};
use super::reader::rows_of;
use super::retire::digest;
use super::rows::{Facts, Plan};
use super::tree::{SourceFile, Tree, day_of, family_index};
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;

/// A file and what is to be done with it.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) source: SourceFile,
    pub(super) state: State,
    /// The only days whose rows are wanted.
    pub(super) only: Option<Arc<BTreeSet<Date>>>,
    /// Digests of the days whose rows stay in the tables.
    pub(super) kept: DayDigests,
    /// Days whose rows have changed, if rows have days of their own.
    pub(super) changed: Vec<Date>,
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
    /// It was migrated, and its rows of days that it did not have then are migrated.
    Grown,
    /// It was migrated with another content.
    Changed,
}

impl State {
    /// Returns the name in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Migrated => "migrated before",
            Self::Again => "to be replaced",
            Self::Grown => "has new days",
            Self::Changed => "changed since it was migrated",
        }
    }
}

/// Decides which files of a pipeline are migrated.
pub(super) struct Planner<'a> {
    pub(super) mapping: &'a Mapping,
    /// The old tree.
    pub(super) root: &'a Path,
    /// The files that earlier runs have migrated.
    pub(super) known: &'a BTreeMap<String, Known>,
    /// The days that are replaced.
    pub(super) replace: &'a BTreeSet<Date>,
    /// Length limit of a record.
    pub(super) max_row_bytes: u64,
}

impl Planner<'_> {
    /// Decides what becomes of each file of a tree.
    ///
    /// # Errors
    /// `File` or `Damaged` if a file cannot be read.
    pub(super) fn files(&self, tree: &Tree) -> Result<Vec<Planned>> {
        tree.files.iter().map(|source| self.file(source)).collect()
    }

    /// Decides what becomes of a file.
    ///
    /// # Errors
    /// As [`Planner::files`].
    pub(super) fn file(&self, source: &SourceFile) -> Result<Planned> {
        let planned = |state| Planned {
            source: source.clone(),
            state,
            only: None,
            kept: DayDigests::default(),
            changed: Vec::new(),
        };
        let Some(known) = self.known.get(&source.path) else { return Ok(planned(State::New)) };
        if self.is_daily(source) {
            // A file of a day is replaced as a whole, whatever it holds now.
            if source.day.is_some_and(|day| self.replace.contains(&day)) {
                return Ok(planned(State::Again));
            }
            let same = is_same(self.root, source, known)?;
            return Ok(planned(if same { State::Migrated } else { State::Changed }));
        }
        let mut days = self.replace.clone();
        if !is_same(self.root, source, known)? {
            let now = digests(self.mapping, self.root, source, self.max_row_bytes)?;
            let changed: Vec<Date> = now.changed_since(&known.days).filter(|day| !days.contains(day)).collect();
            if !changed.is_empty() {
                return Ok(Planned { changed, ..planned(State::Changed) });
            }
            days.extend(now.days().filter(|day| !known.days.has(*day)));
        }
        let state = match (days.is_empty(), self.replace.is_empty()) {
            (true, _) => State::Migrated,
            (false, true) => State::Grown,
            (false, false) => State::Again,
        };
        let kept = known.days.without(&days);
        let only = (!days.is_empty()).then(|| Arc::new(days));
        Ok(Planned { only, kept, ..planned(state) })
    }

    fn is_daily(&self, source: &SourceFile) -> bool {
        self.mapping.families[source.family].day == Day::Path
    }

    /// Refuses to replace a day of which the tree has only some of the files that were migrated: the rows of the others would
    /// be deleted and not come back. Returns the tables whose rows of these days stay, because the tree has no file of theirs.
    ///
    /// # Errors
    /// `Schema` with the first file that is missing.
    pub(super) fn kept(&self, tree: &Tree) -> Result<BTreeSet<String>> {
        let there: BTreeSet<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
        let of_the_days = |path: &&String| day_of(self.mapping, path).is_some_and(|day| self.replace.contains(&day));
        if let Some(missing) = self.known.keys().filter(of_the_days).find(|path| !there.contains(path.as_str())) {
            return Err(partial(missing));
        }
        let mut kept = BTreeSet::new();
        for (index, family) in self.mapping.families.iter().enumerate().filter(|(_, family)| family.day != Day::Path) {
            let of_family = |path: &str| family_index(self.mapping, path) == Some(index);
            let has = |known: &Known| self.replace.iter().any(|day| known.days.has(*day));
            let with_rows: Vec<&String> =
                self.known.iter().filter(|(path, known)| of_family(path) && has(known)).map(|(path, _)| path).collect();
            let missing = with_rows.iter().find(|path| !there.contains(path.as_str()));
            let is_there = with_rows.iter().any(|path| there.contains(path.as_str()));
            match missing {
                Some(missing) if is_there => return Err(partial(missing)),
                None if tree.files.iter().any(|file| file.family == index) => {}
                _ => kept.extend(family.outputs.iter().map(|output| output.table.clone())),
            }
        }
        Ok(kept)
    }
}

fn partial(missing: &str) -> Error {
    Error::schema("the old tree lacks a file of a day that is to be replaced")
        .at_path(missing)
        .hint("Put all files of the day back into their places: they may be in the backup folder. Nothing was deleted.")
}

/// Returns the digests by day of a file whose rows have days of their own.
///
/// # Errors
/// `File`, `Damaged` if it cannot be read.
fn digests(mapping: &Mapping, root: &Path, source: &SourceFile, max_row_bytes: u64) -> Result<DayDigests> {
    let family = mapping.families[source.family].clone();
    let targets = vec![Vec::new(); family.outputs.len()];
    let plan = Plan::new(family, targets);
    let facts = Facts { groups: source.groups.clone(), day: source.day, lookups: BTreeMap::new(), only: None };
    let mut found = DayDigests::default();
    let mut emit = |batch: RowBatch| {
        found.join(plan.digests(&facts, &batch));
        Ok(())
    };
    rows_of(&root.join(&source.path), &plan, (1, max_row_bytes), &mut |_| Ok(()), &mut emit)?;
    Ok(found)
}

/// Returns the days of the files of a tree whose rows have days of their own.
///
/// # Errors
/// `File`, `Damaged` if one cannot be read.
pub(super) fn days_inside(mapping: &Mapping, root: &Path, tree: &Tree, max_row_bytes: u64) -> Result<BTreeSet<Date>> {
    let mut days = BTreeSet::new();
    for source in tree.files.iter().filter(|file| mapping.families[file.family].day != Day::Path) {
        days.extend(digests(mapping, root, source, max_row_bytes)?.days());
    }
    Ok(days)
}

/// Returns the days to be replaced that a tree has files of.
pub(super) fn replaceable(tree: &Tree, days: &BTreeSet<Date>) -> BTreeSet<Date> {
    let of_files = tree.files.iter().filter_map(|file| file.day);
    of_files.chain(tree.days_inside.iter().copied()).filter(|day| days.contains(day)).collect()
}

/// Refuses files that were migrated with another content, because their rows would be doubled.
///
/// # Errors
/// `Schema` with the first such file.
pub(super) fn refuse_changed(planned: &[Planned]) -> Result<()> {
    let changed: Vec<&Planned> = planned.iter().filter(|file| file.state == State::Changed).collect();
    let Some(first) = changed.first() else { return Ok(()) };
    let others = if changed.len() > 1 { format!(", like {} others,", changed.len() - 1) } else { String::new() };
    // Of a file with days of its own, only these days are in the way.
    let days: BTreeSet<Date> =
        changed.iter().flat_map(|file| file.changed.iter().copied().chain(file.source.day)).collect();
    let inside = if first.changed.is_empty() { "" } else { ", and rows of days that it had then have changed" };
    let options: Vec<String> = days.iter().map(|day| format!("--replace-day {}", dates::shown(*day))).collect();
    Err(Error::schema(format!("the file{others} was migrated before, with another content{inside}"))
        .at_path(&first.source.path)
        .hint(format!(
            "To delete the rows of the changed days and migrate all files of these days again, add {}. Nothing was migrated.",
            options.join(" ")
        )))
}

/// Refuses a tree in which no file belongs to a family: it is not what the mapping describes.
///
/// # Errors
/// `Schema`.
pub(super) fn refuse_strange(mapping: &Mapping, root: &Path, tree: &Tree) -> Result<()> {
    if !tree.files.is_empty() || tree.unknown.is_empty() {
        return Ok(());
    }
    Err(Error::schema(format!("no file of the pipeline {} belongs to a family", mapping.pipeline))
        .at_path(root.join(&mapping.tree).display().to_string())
        .hint("Compare the names of the files with the patterns of the mapping. Nothing was migrated or moved."))
}

fn is_same(root: &Path, source: &SourceFile, known: &Known) -> Result<bool> {
    let path = root.join(&source.path);
    let unread = |error| Error::file(&path, "cannot read the file", error);
    Ok(source.bytes == known.bytes && digest(&path).map_err(unread)? == known.sha256)
}
