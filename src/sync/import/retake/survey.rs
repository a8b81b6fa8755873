//! The first pass over a rejects file: its tables and columns, the positions of their rows, and what is known about the rows
//! they refer to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::bundle::reader::Stretch;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::manifest::BundleMark;
use crate::model::profile::{Match, TableProfile};
use crate::model::schema::Table;
use crate::rows::rejects::{RejectReader, RejectRow, RowPlace};
use crate::run::rejects::Hashes;
use crate::stream::cancel::Cancel;
use crate::stream::digest::Tap;

use super::super::refers::{Refers, references, referred, text};

/// Rows remembered for each unknown parent. One of them whose other parents are known is enough to find it.
const CHILDREN: usize = 4;

/// The contents of a rejects file.
pub(super) struct Contents {
    /// Its tables, in order of appearance.
    pub(super) tables: Vec<Surveyed>,
    /// Hashes of rows in the file and of the rows they refer to.
    pub(super) hashes: Hashes,
    /// Table → id → rows of the file whose key refers to it, if nothing else is known about it.
    pub(super) open: BTreeMap<String, BTreeMap<i64, Vec<RowPlace>>>,
    /// The file.
    pub(super) mark: BundleMark,
}

/// A table in the file.
pub(super) struct Surveyed {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) stretches: Vec<Stretch>,
    pub(super) rows: u64,
}

impl Contents {
    /// Returns the tables that rows refer to but that have no rows in the file.
    pub(super) fn referred(&self) -> impl Iterator<Item = &String> {
        let names: std::collections::BTreeSet<&String> = self.hashes.tables().chain(self.open.keys()).collect();
        names.into_iter().filter(|name| self.tables.iter().all(|table| table.name != **name))
    }
}

/// What the profile and the target define for a table.
struct Rules<'a> {
    profile: &'a TableProfile,
    refers: BTreeMap<String, Refers>,
    /// Ids of the table's rows in the file.
    own: HashSet<i64>,
}

/// Reads the file from beginning to end.
///
/// # Errors
/// `File`; `Damaged` with line and column; `Interrupted`.
pub(super) fn survey(
    path: &Path,
    max_row_bytes: u64,
    profile: &Completed,
    catalogue: &[Table],
    cancel: &Cancel,
) -> Result<Contents> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.is_file(), file)));
    let (regular, file) = opened.map_err(|error| Error::file(path, "the rejects file cannot be opened", error))?;
    if !regular {
        return Err(Error::usage("--retry-rejects reads its file more than once, so it must be one on disk"));
    }
    let mut tapped = Tapped { input: file, tap: Tap::default() };
    let mut reader = RejectReader::new(BufReader::new(&mut tapped), max_row_bytes)?;
    let mut survey =
        Contents { tables: Vec::new(), hashes: Hashes::default(), open: BTreeMap::new(), mark: BundleMark::default() };
    let mut indexes: HashMap<String, usize> = HashMap::new();
    let mut rules: Vec<Option<Rules<'_>>> = Vec::new();
    let mut before = None;
    while let Some((place, row)) = reader.next_row()? {
        cancel.check()?;
        let index = *indexes.entry(row.table.clone()).or_insert_with(|| {
            let base = catalogue.iter().find(|table| table.name == row.table);
            rules.push(profile.table(&row.table).zip(base).map(|(table, base)| Rules {
                profile: table,
                refers: references(profile, table, base),
                own: HashSet::new(),
            }));
            survey.tables.push(Surveyed {
                name: row.table.clone(),
                columns: Vec::new(),
                stretches: Vec::new(),
                rows: 0,
            });
            survey.tables.len() - 1
        });
        let named = |error: Error| error.at_line(place.line).at_table(&row.table);
        let table = &mut survey.tables[index];
        match &mut table.stretches.last_mut().filter(|_| before == Some(index)) {
            Some(run) => run.rows += 1,
            None => table.stretches.push(Stretch { place, rows: 1 }),
        }
        table.rows += 1;
        before = Some(index);
        let hash = rules[index].as_ref().map(|rules| rules.profile.hash.as_str());
        columns(table, &row, hash).map_err(named)?;
        if let Some(rules) = &mut rules[index] {
            relate(&mut survey, rules, &row, place).map_err(named)?;
        }
    }
    drop(reader);
    let own = |table: &str, id: i64| {
        let rules = indexes.get(table).and_then(|index| rules[*index].as_ref());
        rules.is_some_and(|rules| rules.own.contains(&id))
    };
    for (table, ids) in &mut survey.open {
        ids.retain(|id, _| survey.hashes.get(table, *id).is_none() && !own(table, *id));
    }
    survey.open.retain(|_, ids| !ids.is_empty());
    let seen = tapped.tap.finish();
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    survey.mark = BundleMark { name, sha256: seen.sha256_hex(), bytes: seen.bytes };
    Ok(survey)
}

/// Compares the columns of a row with those of its table. The first row decides; only the hash may be absent in some rows,
/// because a hash computed on arrival is not known for every row.
fn columns(table: &mut Surveyed, row: &RejectRow, hash: Option<&str>) -> Result<()> {
    if table.rows == 1 {
        table.columns = row.fields.iter().map(|(name, _)| name.clone()).collect();
        return Ok(());
    }
    if table.columns.iter().eq(row.fields.iter().map(|(name, _)| name)) {
        return Ok(());
    }
    for (name, _) in &row.fields {
        if table.columns.contains(name) {
            continue;
        }
        if Some(name.as_str()) != hash {
            return Err(Error::damaged("the row has a column that the first row of its table does not have")
                .at_column(name)
                .hint("All rows of a table must have the same columns; write an unknown value as null."));
        }
        table.columns.push(name.clone());
    }
    let missing = |name: &&String| Some(name.as_str()) != hash && row.fields.iter().all(|(column, _)| column != *name);
    match table.columns.iter().find(missing) {
        None => Ok(()),
        Some(name) => Err(Error::damaged("the row lacks a column that the first row of its table has")
            .at_column(name)
            .hint("All rows of a table must have the same columns; write an unknown value as null.")),
    }
}

/// Notes the hashes that a row and its `parents` reveal, and what is still to be found.
fn relate(survey: &mut Contents, rules: &mut Rules<'_>, row: &RejectRow, place: RowPlace) -> Result<()> {
    let id = text(&row.fields, &rules.profile.id).filter(|_| rules.profile.id.is_number());
    if let Some(id) = id.and_then(|id| id.parse().ok()) {
        if !rules.own.insert(id) {
            return Err(Error::damaged("another row of this table in the file has the same id")
                .at_column(&rules.profile.id.column)
                .hint(
                    "Keep one of them. Ids differ between bundles: import the rejects of two bundles as two files.",
                ));
        }
        let hash = text(&row.fields, &rules.profile.hash).filter(|_| rules.profile.matched_by == Match::Hash);
        if let Some(hash) = hash {
            // A value that is not a hash is refused with its row, or computed again.
            survey.hashes.insert(&row.table, id, hash);
        }
    }
    for to in referred(&rules.refers, &row.fields) {
        if let Some((_, hash)) = row.parents.iter().find(|(column, _)| *column == to.column) {
            if !survey.hashes.insert(&to.table, to.id, hash) {
                let what = format!("the hash of what `{}` refers to is not 32 hex digits", to.column);
                return Err(Error::damaged(what)
                    .at_column("parents")
                    .hint("Leave the cell as it was written, or empty it."));
            }
        } else if rules.profile.in_key(&to.column) {
            let children = survey.open.entry(to.table).or_default().entry(to.id).or_default();
            if children.len() < CHILDREN {
                children.push(place);
            }
        }
    }
    Ok(())
}

/// Computes the digest of what is read through it.
struct Tapped {
    input: File,
    tap: Tap,
}

impl Read for Tapped {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.tap.update(&buffer[..read]);
        Ok(read)
    }
}
