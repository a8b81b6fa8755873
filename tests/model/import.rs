//! The merge rules of an import, row by row: what becomes of each row of the bundle.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use gapsync::model::profile::{OwnerRule, TableProfile};
use gapsync::sync::report::ImportCounts;

use super::bundle::{Bundle, hash_column};
use super::schema::Schema;
use super::stage::{FORGED, Staged, StagedTable, Verdict, stage};
use super::{Installation, Row, cell};

#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportOptions {
    pub(crate) keep_created_at: bool,
    pub(crate) override_description: bool,
    /// Whether the bundle was cut by the same profile, so that its hashes must be those of its rows.
    pub(crate) trusted_hashes: bool,
    /// Whether a later bundle of the same stream was imported before.
    pub(crate) late: bool,
}

/// Why nothing was imported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Refusal {
    /// There is nobody to own a new investigation (exit 7).
    NoOwner,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Imported {
    /// Counts of the tables that the target has and the bundle holds.
    pub(crate) counts: BTreeMap<String, ImportCounts>,
    /// Tables of the bundle that the target lacks.
    pub(crate) ignored_tables: BTreeSet<String>,
    /// `table.column` of the bundle that the target lacks, or that never travels.
    pub(crate) ignored_columns: BTreeSet<String>,
}

pub(super) struct Importer<'a> {
    pub(super) schema: &'a Schema,
    pub(super) options: ImportOptions,
    /// The target as it was before.
    pub(super) before: Installation,
    pub(super) staged: BTreeMap<String, StagedTable>,
}

/// Which row of the target a reference of the bundle means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// None: the source says NULL.
    Null,
    /// Nobody can say: the row is neither in the bundle nor on the target, or was rejected.
    Unresolved,
    /// A row that was there before: its id.
    Existing(String),
    /// A row that this import inserts: its table and its place in the bundle.
    New(String, usize),
}

/// The verdict of a row that needs a row which is nowhere.
const ORPHAN: Verdict = Verdict::Rejected("a row that it refers to is missing");

/// Merges a bundle into `target`. When refused, the target is left as it was.
pub(crate) fn import(
    schema: &Schema,
    target: &mut Installation,
    bundle: &Bundle,
    options: ImportOptions,
) -> Result<Imported, Refusal> {
    let tables = schema.tables();
    let staged =
        tables.filter_map(|table| Some((table.name.clone(), stage(schema, bundle, table, options.trusted_hashes)?)));
    let mut importer = Importer { schema, options, before: target.clone(), staged: staged.collect() };
    for table in schema.parents_first() {
        if importer.staged.contains_key(&table.name) {
            importer.drop_rows_without_parents(table);
            importer.fold_duplicates(table);
            importer.find_existing(table);
            if schema.columns(&table.name).iter().any(|column| column.unique) {
                // What a row with a unique value refers to has been decided by now.
                assert!(schema.references(table).all(|column| schema.is_hard(table, column)));
                importer.decide(table);
                importer.reject_clashes(table);
            }
        }
    }
    for table in schema.tables().filter(|table| importer.staged.contains_key(&table.name)).collect::<Vec<_>>() {
        importer.decide(table);
    }
    importer.check_owner()?;
    let ids = importer.new_ids();
    let mut imported = importer.ignored(bundle);
    for table in schema.tables().filter(|table| importer.staged.contains_key(&table.name)) {
        let counts = importer.write(table, target.tables.entry(table.name.clone()).or_default(), &ids);
        imported.counts.insert(table.name.clone(), counts);
    }
    target.fill_hashes(schema);
    Ok(imported)
}

/// (table, place of a new row in the bundle) → id on the target.
pub(super) type Ids = BTreeMap<(String, usize), String>;

/// Whether a column says where a physical file lies, which is the target's own matter.
pub(super) fn is_place(table: &TableProfile, column: &str) -> bool {
    table.files.as_ref().is_some_and(|files| files.path == column)
}

impl Importer<'_> {
    pub(super) fn rows(&self, table: &TableProfile) -> &[Staged] {
        &self.staged[&table.name].rows
    }

    fn rows_mut(&mut self, table: &TableProfile) -> &mut Vec<Staged> {
        &mut self.staged.get_mut(&table.name).unwrap().rows
    }

    /// The row of the bundle that a reference leads to, or the one that stands for it: its place.
    fn referred(&self, table: &str, id: &str) -> Option<(usize, &Staged)> {
        let table = self.staged.get(table)?;
        let index = table.by_id(id)?;
        let index = table.rows[index].stands_for_it.unwrap_or(index);
        Some((index, &table.rows[index]))
    }

    /// Which row of the target a reference of a row means.
    pub(super) fn meaning(&self, table: &TableProfile, staged: &Staged, column: &str) -> Meaning {
        if let Some(hash) = staged.hashes.get(column) {
            return self.by_hash(table, staged, column, hash);
        }
        let Some((parent, id)) = self.schema.target(table, &staged.row, column) else { return Meaning::Null };
        let Some((parent, (index, row))) = parent.and_then(|parent| Some((parent, self.referred(parent, id)?))) else {
            return Meaning::Unresolved;
        };
        match (row.existing, row.verdict) {
            (Some(at), _) => Meaning::Existing(cell(&self.before.rows(parent)[at], "id").unwrap().to_owned()),
            (None, Verdict::Pending | Verdict::Inserted) => Meaning::New(parent.to_owned(), index),
            _ => Meaning::Unresolved,
        }
    }

    fn by_hash(&self, table: &TableProfile, staged: &Staged, column: &str, hash: &str) -> Meaning {
        let parent = match table.polymorphic(column) {
            Some(reference) => cell(&staged.row, &reference.type_column)
                .and_then(|code| self.schema.profile.codes(reference).get(code)),
            None => table.references.get(column).map(|reference| &reference.table),
        };
        let parent = parent.and_then(|parent| self.schema.profile.table(parent));
        let found = parent
            .filter(|parent| self.schema.has_hash(&parent.name))
            .and_then(|parent| self.before.rows(&parent.name).iter().find(|row| cell(row, &parent.hash) == Some(hash)));
        found.map_or(Meaning::Unresolved, |row| Meaning::Existing(cell(row, "id").unwrap().to_owned()))
    }

    /// A row that needs a table that the target lacks is ignored; one whose key or NOT NULL reference has no row is rejected, or
    /// ignored with that row.
    fn drop_rows_without_parents(&mut self, table: &TableProfile) {
        for index in 0..self.rows(table).len() {
            let staged = &self.rows(table)[index];
            if staged.verdict != Verdict::Pending {
                continue;
            }
            let mut missing = false;
            let mut ignored = false;
            for column in self.schema.references(table).filter(|column| !self.schema.stays(table, column)) {
                let Some((parent, id)) = self.schema.target(table, &staged.row, column) else { continue };
                let polymorphic = table.polymorphic(column).is_some();
                let parent = parent.filter(|parent| self.schema.has(parent));
                if self.schema.is_hard(table, column) {
                    ignored |= polymorphic && parent.is_none();
                    match parent.and_then(|parent| self.referred(parent, id)) {
                        Some((_, row)) if row.verdict == Verdict::Ignored => ignored = true,
                        // A parent that the target has serves its children, even if its own row was rejected.
                        Some((_, Staged { verdict: Verdict::Rejected(_), existing: None, .. })) | None => {
                            missing = true
                        }
                        Some(_) => {}
                    }
                }
            }
            if ignored {
                self.rows_mut(table)[index].verdict = Verdict::Ignored;
            } else if missing {
                self.rows_mut(table)[index].verdict = ORPHAN;
            }
        }
    }

    /// Of several rows with one identity the newest stands for all, on a tie the first in the bundle; the oldest
    /// `created_at` counts.
    fn fold_duplicates(&mut self, table: &TableProfile) {
        let rows = self.rows_mut(table);
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, staged) in rows.iter().enumerate().filter(|(_, staged)| staged.verdict == Verdict::Pending) {
            groups.entry(staged.identity.clone()).or_default().push(index);
        }
        for group in groups.values() {
            let mut best = group[0];
            for &index in group {
                if date(&rows[index].row, &table.date) > date(&rows[best].row, &table.date) {
                    best = index;
                }
            }
            rows[best].created = group.iter().filter_map(|&index| rows[index].created.clone()).min();
            for &index in group.iter().filter(|&&index| index != best) {
                rows[index].verdict = Verdict::Duplicate;
                rows[index].stands_for_it = Some(best);
            }
        }
    }

    /// Finds each row's row on the target. Of a row with a forged hash nobody can say which row it is.
    fn find_existing(&mut self, table: &TableProfile) {
        for index in 0..self.rows(table).len() {
            let staged = &self.rows(table)[index];
            let unfit =
                matches!(staged.verdict, Verdict::Rejected(_)) && staged.verdict != FORGED && staged.verdict != ORPHAN;
            if staged.verdict == Verdict::Pending || unfit {
                let mut rows = self.before.rows(&table.name).iter();
                let existing = rows.position(|row| self.identity(table, row).as_ref() == Some(&staged.identity));
                self.rows_mut(table)[index].existing = existing;
            }
        }
    }

    /// Decides whether each row that is still pending is new, newer, different or known.
    fn decide(&mut self, table: &TableProfile) {
        for index in 0..self.rows(table).len() {
            let staged = &self.rows(table)[index];
            if staged.verdict != Verdict::Pending {
                continue;
            }
            let (verdict, overwrites) = match staged.existing {
                None => (Verdict::Inserted, false),
                Some(at) => self.compare(table, staged, &self.before.rows(&table.name)[at]),
            };
            let staged = &mut self.rows_mut(table)[index];
            staged.verdict = verdict;
            staged.overwrites = overwrites;
        }
    }

    /// What becomes of a row that the target has, and whether its columns are overwritten.
    fn compare(&self, table: &TableProfile, staged: &Staged, target: &Row) -> (Verdict, bool) {
        let order = if self.staged[&table.name].columns.contains(&table.date.column) {
            date(&staged.row, &table.date).cmp(&date(target, &table.date))
        } else {
            Ordering::Equal
        };
        let differs = order == Ordering::Equal && self.differs(table, staged, target);
        let fills = !self.filled(table, &staged.row, target).is_empty();
        let overwrites =
            !table.on_existing.keeps_rows() && (order == Ordering::Greater || differs && !self.options.late);
        let verdict = match order {
            _ if overwrites || fills => Verdict::Updated,
            Ordering::Equal if !differs => Verdict::Unchanged,
            _ => Verdict::Kept,
        };
        (verdict, overwrites)
    }

    /// The columns of the bundle that an update writes.
    pub(super) fn written(&self, table: &'_ TableProfile) -> impl Iterator<Item = &String> {
        self.staged[&table.name].columns.iter().filter(|column| {
            let fixed = **column == *table.id || **column == table.hash || **column == table.created;
            let guarded = table.descriptions.contains(column) && !self.options.override_description;
            !fixed && !guarded && !table.in_key(column) && !table.on_existing.keeps_column(column)
        })
    }

    /// Whether the bundle says something else of a row than the target, in a column that an update writes.
    fn differs(&self, table: &TableProfile, staged: &Staged, target: &Row) -> bool {
        self.written(table).any(|column| {
            let (theirs, own) = (cell(&staged.row, column), cell(target, column));
            if self.schema.references(table).any(|other| other == column) {
                return match self.meaning(table, staged, column) {
                    Meaning::Null => own.is_some(),
                    Meaning::Unresolved => false,
                    Meaning::Existing(id) => own != Some(id.as_str()),
                    Meaning::New(..) => true,
                };
            }
            let silent = self.type_of_unresolved(table, staged, column)
                || is_place(table, column) && own.is_some()
                || theirs.is_none() && table.descriptions.contains(column);
            !silent && theirs != own
        })
    }

    /// Whether a column is the type code beside an optional reference that cannot be resolved.
    pub(super) fn type_of_unresolved(&self, table: &TableProfile, staged: &Staged, column: &str) -> bool {
        let mut beside = table.polymorphic.iter().filter(|reference| reference.type_column == column);
        beside.any(|reference| self.meaning(table, staged, &reference.id) == Meaning::Unresolved)
    }

    /// Description columns that are NULL on the target and not in the source.
    pub(super) fn filled<'t>(&self, table: &'t TableProfile, source: &Row, target: &Row) -> Vec<&'t String> {
        let empty = |column: &&String| cell(target, column).is_none() && cell(source, column).is_some();
        let changes = |column: &&String| !table.on_existing.keeps_rows() && !table.on_existing.keeps_column(column);
        table.descriptions.iter().filter(empty).filter(changes).collect()
    }

    /// What a row of the target is known by; nothing where its key refers to a kind of object that the profile does not name.
    fn identity(&self, table: &TableProfile, row: &Row) -> Option<String> {
        if self.schema.has_hash(&table.name) {
            cell(row, &table.hash).map(str::to_owned)
        } else {
            super::hash::key_text(self.schema, &self.before, table, row)
        }
    }

    /// First come keeps a unique value; the target's rows have come before all, with what they hold before the import.
    fn reject_clashes(&mut self, table: &TableProfile) {
        for column in self.schema.columns(&table.name).iter().filter(|column| column.unique) {
            let mut taken: BTreeSet<String> = BTreeSet::new();
            for index in 0..self.rows(table).len() {
                let staged = &self.rows(table)[index];
                let writes = match staged.verdict {
                    Verdict::Inserted => true,
                    Verdict::Updated => staged.overwrites,
                    _ => false,
                };
                let Some(value) = cell(&staged.row, &column.name).filter(|_| writes).map(str::to_owned) else {
                    continue;
                };
                let on_target = self
                    .before
                    .rows(&table.name)
                    .iter()
                    .enumerate()
                    .any(|(at, row)| Some(at) != staged.existing && cell(row, &column.name) == Some(&value));
                if on_target || !taken.insert(value) {
                    let staged = &mut self.rows_mut(table)[index];
                    staged.verdict = Verdict::Rejected("a unique key clashes");
                }
            }
        }
    }

    fn check_owner(&self) -> Result<(), Refusal> {
        for table in self.schema.tables() {
            let inserts = self
                .staged
                .get(&table.name)
                .is_some_and(|staged| staged.rows.iter().any(|staged| staged.verdict == Verdict::Inserted));
            if let Some(rule) = table.owner.as_ref().filter(|_| inserts) {
                self.owner(rule).ok_or(Refusal::NoOwner)?;
            }
        }
        Ok(())
    }

    /// The newest active administrator there was before, the highest id on a tie.
    pub(super) fn owner(&self, rule: &OwnerRule) -> Option<String> {
        let users = self.schema.profile.table(&rule.table)?;
        let active = self.before.rows(&rule.table).iter().filter(|row| {
            let deleted = users.deleted.as_ref().is_some_and(|column| cell(row, column).is_some());
            !deleted && cell(row, &rule.role).is_some_and(|role| rule.roles.iter().any(|other| other == role))
        });
        let newest = active.max_by_key(|row| (date(row, &users.created), id_number(row)))?;
        cell(newest, "id").map(str::to_owned)
    }

    /// New ids for new rows.
    fn new_ids(&self) -> Ids {
        let mut ids = Ids::new();
        for (name, staged) in &self.staged {
            let next = self.before.rows(name).iter().map(id_number).max().unwrap_or(0) + 1;
            let inserted = staged.rows.iter().enumerate().filter(|(_, row)| row.verdict == Verdict::Inserted);
            ids.extend(inserted.zip(next..).map(|((index, _), id)| ((name.clone(), index), id.to_string())));
        }
        ids
    }

    fn ignored(&self, bundle: &Bundle) -> Imported {
        let mut imported = Imported::default();
        for table in &bundle.tables {
            if !self.schema.has(&table.name) {
                imported.ignored_tables.insert(table.name.clone());
                continue;
            }
            let profile = self.schema.profile.table(&table.name).unwrap();
            let carried =
                |name: &str| self.schema.column(&table.name, name).is_some() && !self.schema.stays(profile, name);
            let hashes: Vec<String> =
                self.schema.references(profile).filter(|column| carried(column)).map(hash_column).collect();
            let known = |name: &str| carried(name) || hashes.iter().any(|hash| hash == name);
            let unknown = table.columns.iter().filter(|(name, _)| !known(name));
            imported.ignored_columns.extend(unknown.map(|(name, _)| format!("{}.{name}", table.name)));
        }
        imported
    }
}

/// A date of a row, NULL before any other.
fn date(row: &Row, column: &str) -> Option<String> {
    cell(row, column).map(str::to_owned)
}

fn id_number(row: &Row) -> i64 {
    cell(row, "id").unwrap().parse().unwrap()
}
