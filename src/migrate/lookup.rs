//! Lookups: keys and values from files beside the data, such as the names of codes.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use md5::{Digest, Md5};

use super::mapping::{Lookup, LookupColumn, LookupKey, Mapping};
use super::tree;
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::rows::delimited::records;

/// How many bytes of keys and values one lookup may hold.
const MOST_BYTES: usize = 256 << 20;

/// The pairs of a lookup.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) map: HashMap<Box<[u8]>, Box<[u8]>>,
    /// Whether the keys are digests in lower-case hex, which others may spell in upper case.
    pub(super) digests: bool,
}

impl Pairs {
    /// Returns the value for a key.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let found = if self.digests { self.map.get(&*key.to_ascii_lowercase()) } else { self.map.get(key) };
        found.map(|value| &**value)
    }
}

/// The lookups of a mapping, read when a file first needs them. Those of a day are forgotten when another day's come.
pub(super) struct Lookups<'a> {
    mapping: &'a Mapping,
    /// The old tree, below which the files are.
    root: &'a Path,
    /// What is known, with the day for lookups whose files belong to a day.
    known: BTreeMap<String, (Option<String>, Arc<Pairs>)>,
}

impl<'a> Lookups<'a> {
    /// Returns lookups of which none was read.
    pub(super) fn new(mapping: &'a Mapping, root: &'a Path) -> Self {
        Self { mapping, root, known: BTreeMap::new() }
    }

    /// Returns the pairs of the lookups with these names, as files of a day need them.
    ///
    /// # Errors
    /// `File` if a file cannot be read; `Damaged` if it lacks the column.
    pub(super) fn of(&mut self, names: &[String], day: Option<&str>) -> Result<BTreeMap<String, Arc<Pairs>>> {
        let mut found = BTreeMap::new();
        for name in names {
            let Some(lookup) = self.mapping.lookups.get(name) else { continue };
            let daily = lookup.path.capture_names().flatten().any(|group| group == "day");
            let day = day.filter(|_| daily).map(str::to_owned);
            let pairs = match self.known.get(name) {
                Some((known, pairs)) if *known == day => Arc::clone(pairs),
                _ => {
                    let pairs = Arc::new(self.read(name, lookup, day.as_deref())?);
                    self.known.insert(name.clone(), (day, Arc::clone(&pairs)));
                    pairs
                }
            };
            found.insert(name.clone(), pairs);
        }
        Ok(found)
    }

    fn read(&self, name: &str, lookup: &Lookup, day: Option<&str>) -> Result<Pairs> {
        let mut pairs = Pairs { digests: lookup.key == LookupKey::Md5, ..Pairs::default() };
        let mut bytes = 0;
        for path in self.files(lookup, day)? {
            let at = |error: Error| error.at_path(path.display().to_string());
            let content = open(&path)?;
            let mut columns: Option<(Option<usize>, usize)> = None;
            let mut take = |row: &RowBatch| -> Result<()> {
                let Some((key, value)) = columns else {
                    let found = (key_index(lookup, row), index(&lookup.value, row));
                    let (Some(key), Some(value)) = found else {
                        return Err(Error::damaged(format!("the file of the lookup `{name}` lacks its columns"))
                            .hint("The mapping names them in [lookup]."));
                    };
                    columns = Some((key, value));
                    return Ok(());
                };
                let cell = |column: usize| if column < row.columns() { row.cell(0, column) } else { None };
                let Some(value) = cell(value) else { return Ok(()) };
                let key: Option<Box<[u8]>> = match key {
                    Some(key) => cell(key).map(Into::into),
                    None => Some(crate::model::hex::hex(&Md5::digest(value)).into_bytes().into()),
                };
                if let Some(key) = key.filter(|key| !pairs.map.contains_key(key)) {
                    bytes += key.len() + value.len();
                    pairs.map.insert(key, value.into());
                }
                if bytes > MOST_BYTES {
                    return Err(Error::damaged(format!("the lookup `{name}` has more than {} MiB", MOST_BYTES >> 20)));
                }
                Ok(())
            };
            records(content, &lookup.format, &mut take).map_err(at)?;
        }
        Ok(pairs)
    }

    /// Returns the files of a lookup in order.
    fn files(&self, lookup: &Lookup, day: Option<&str>) -> Result<Vec<PathBuf>> {
        let matches = |path: &str| {
            let found = lookup.path.captures(path)?;
            (day.is_none() || found.name("day").map(|group| group.as_str()) == day).then(|| self.root.join(path))
        };
        // Only folders that a path of the pattern can be in are worth a look.
        let folder = tree::fixed_folder(lookup.path.as_str());
        let below = day.map_or(folder.clone(), |day| {
            let daily = format!("{folder}/{day}");
            if self.root.join(&daily).is_dir() { daily } else { folder.clone() }
        });
        let mut found: Vec<PathBuf> =
            tree::paths_below(self.root, &below)?.iter().filter_map(|path| matches(path)).collect();
        // The scores name a URI as it is, so that they come before files that are named after one.
        found.sort_by_key(|path| (std::cmp::Reverse(path.extension() == Some("tsv".as_ref())), path.clone()));
        Ok(found)
    }
}

/// Returns a warning for each lookup whose files belong to no day and of which there is none: all its keys get the default.
///
/// # Errors
/// `File` if a folder cannot be read.
pub(super) fn missing_lookups(mapping: &Mapping, root: &Path) -> Result<Vec<String>> {
    let lookups = Lookups::new(mapping, root);
    let mut missing = Vec::new();
    for (name, lookup) in &mapping.lookups {
        let daily = lookup.path.capture_names().flatten().any(|group| group == "day");
        if !daily && lookups.files(lookup, None)?.is_empty() {
            missing.push(format!(
                "the old tree has no file for the lookup `{name}` of {}: its columns get the values for unknown names",
                mapping.pipeline
            ));
        }
    }
    Ok(missing)
}

/// Returns why the files of lookups that belong to no day cannot be read.
pub(super) fn faults(mapping: &Mapping, root: &Path) -> Vec<Error> {
    let lookups = Lookups::new(mapping, root);
    let daily = |lookup: &Lookup| lookup.path.capture_names().flatten().any(|group| group == "day");
    let always = mapping.lookups.iter().filter(|(_, lookup)| !daily(lookup));
    always.filter_map(|(name, lookup)| lookups.read(name, lookup, None).err()).collect()
}

fn open(path: &Path) -> Result<impl Read> {
    File::open(path).map_err(|error| Error::file(path, "cannot read the file of a lookup", error))
}

/// Returns the key's column, `Some(None)` if the key is computed, or `None` if the header row lacks it.
fn key_index(lookup: &Lookup, header: &RowBatch) -> Option<Option<usize>> {
    match &lookup.key {
        LookupKey::Md5 => Some(None),
        LookupKey::Column(column) => index(column, header).map(Some),
    }
}

fn index(column: &LookupColumn, header: &RowBatch) -> Option<usize> {
    match column {
        LookupColumn::Number(number) => (*number < header.columns()).then_some(*number),
        LookupColumn::Name(name) => header
            .row(0)
            .position(|cell| cell.is_some_and(|cell| cell.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))),
    }
}
