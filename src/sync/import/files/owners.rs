//! Which rows of the target own which paths: a file is never placed where another row's file belongs.

use std::collections::{HashMap, HashSet};

use roaring::RoaringTreemap;

use crate::db::session::Session;
use crate::error::Result;
use crate::model::profile::Profile;
use crate::model::schema::Table;
use crate::stream::root::Root;
use crate::sync::merge::Merge;

use super::{Md5Bytes, key};
use crate::model::hex::md5_of_hex;

/// Rows read at a time.
const PAGE: usize = 10_000;

/// A table of the target whose rows have files. Names are unquoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sync::import) struct FileTable {
    pub(in crate::sync::import) name: String,
    pub(in crate::sync::import) id: String,
    /// Columns with the path and the MD5, or `None` if paths are made from the numbers of rows, so that no two rows share one.
    pub(in crate::sync::import) recorded: Option<(String, String)>,
    pub(in crate::sync::import) date: Option<String>,
}

impl FileTable {
    /// Returns the tables of the target whose rows have files.
    pub(in crate::sync::import) fn all(profile: &Profile, catalogue: &[Table]) -> Vec<Self> {
        let mut tables = Vec::new();
        for rules in &profile.tables {
            let base = catalogue.iter().find(|table| table.name == rules.name);
            let (Some(files), Some(base)) = (&rules.files, base) else { continue };
            let has = |name: &str| base.column(name).is_some();
            if has(&rules.id) && files.needed().all(has) {
                tables.push(Self {
                    name: rules.name.clone(),
                    id: rules.id.column.clone(),
                    recorded: files.digest.clone().map(|digest| (files.path.clone(), digest)),
                    date: has(&rules.date).then(|| rules.date.column.clone()),
                });
            }
        }
        tables
    }
}

/// A row: the index of its table and its id.
pub(super) type RowKey = (usize, i64);

/// A row's claim to a path.
#[derive(Clone, Copy, Debug)]
struct Claim {
    path: Md5Bytes,
    row: RowKey,
    digest: Option<Md5Bytes>,
}

/// The paths of all rows: those that existed before, in a sorted list, and those decided in this run.
#[derive(Debug, Default)]
pub(super) struct Owners {
    stored: Vec<Claim>,
    decided: HashMap<Md5Bytes, Vec<Claim>>,
    moved: HashSet<RowKey>,
}

impl Owners {
    /// Reads the paths of all rows except `undecided` ones, by table: rows that this run inserted and has not yet reached.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn read(
        session: &mut Session,
        merge: &Merge,
        root: &Root,
        tables: &[FileTable],
        undecided: &HashMap<usize, RoaringTreemap>,
    ) -> Result<Self> {
        let mut stored = Vec::new();
        for (index, table) in tables.iter().enumerate() {
            let Some((path, digest)) = &table.recorded else { continue };
            let waits = undecided.get(&index);
            let mut after = None;
            loop {
                let statement = merge.recorded_paths((&table.name, &table.id), (path, digest), after, PAGE);
                let page = session.query(&statement).await.map_err(|error| error.at_table(&table.name))?;
                for row in &page {
                    let cell = |at: usize| row.get(at).and_then(Option::as_deref);
                    let Some(id) = cell(0).and_then(|id| id.parse::<i64>().ok()) else { continue };
                    after = Some(id);
                    if waits.is_some_and(|waits| waits.contains(id.cast_unsigned())) {
                        continue;
                    }
                    let Some(path) = cell(1).and_then(|path| root.relative(path).ok()) else { continue };
                    let digest = cell(2).and_then(md5_of_hex);
                    stored.push(Claim { path: key(&path.to_string_lossy()), row: (index, id), digest });
                }
                if page.len() < PAGE {
                    break;
                }
            }
        }
        stored.sort_unstable_by_key(|claim| claim.path);
        Ok(Self { stored, ..Self::default() })
    }

    /// Returns whether another row owns a path and its file is not known to have this content.
    pub(super) fn others(&self, path: &Md5Bytes, row: RowKey, content: Option<Md5Bytes>) -> bool {
        let from = self.stored.partition_point(|claim| claim.path < *path);
        let stored = self.stored[from..].iter().take_while(|claim| claim.path == *path);
        let stored = stored.filter(|claim| !self.moved.contains(&claim.row));
        let decided = self.decided.get(path).into_iter().flatten();
        let shared = |claim: &Claim| content.is_some() && claim.digest == content;
        stored.chain(decided).any(|claim| claim.row != row && !shared(claim))
    }

    /// Records that a row owns this path and no other from now on.
    pub(super) fn decide(&mut self, path: Md5Bytes, row: RowKey, digest: Option<Md5Bytes>) {
        self.moved.insert(row);
        self.decided.entry(path).or_default().push(Claim { path, row, digest });
    }
}
