//! The merge rules of an import, row by row.

use std::collections::{BTreeMap, BTreeSet};

use gapsync::model::profile::{OwnerRule, TableProfile};
use gapsync::model::run::ImportCounts;

use super::bundle::Bundle;
use super::schema::Schema;
use super::stage::{Staged, StagedTable, Verdict, stage};
use super::{Installation, NOW, Row, cell};

#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportOptions {
    pub(crate) keep_created_at: bool,
    pub(crate) override_description: bool,
    /// Whether the bundle was cut by the same profile, so that its hashes count.
    pub(crate) trusted_hashes: bool,
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

struct Importer<'a> {
    schema: &'a Schema,
    options: ImportOptions,
    /// The target as it was before.
    before: Installation,
    staged: BTreeMap<String, StagedTable>,
}

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
            importer.decide(table);
            importer.reject_clashes(table);
        }
    }
    importer.check_owner()?;
    let ids = importer.target_ids();
    let mut imported = importer.ignored(bundle);
    for table in schema.tables().filter(|table| importer.staged.contains_key(&table.name)) {
        let counts = importer.write(table, target.tables.entry(table.name.clone()).or_default(), &ids);
        imported.counts.insert(table.name.clone(), counts);
    }
    target.fill_hashes(schema);
    Ok(imported)
}

/// (table, id in the bundle) → id on the target.
type Ids = BTreeMap<(String, String), String>;

impl Importer<'_> {
    fn rows(&self, table: &TableProfile) -> &[Staged] {
        &self.staged[&table.name].rows
    }

    fn rows_mut(&mut self, table: &TableProfile) -> &mut Vec<Staged> {
        &mut self.staged.get_mut(&table.name).unwrap().rows
    }

    /// What became of the row that a bundle row refers to; `None` when the bundle lacks it.
    fn verdict_of(&self, table: &str, id: &str) -> Option<Verdict> {
        let table = self.staged.get(table)?;
        let row = &table.rows[table.by_id(id)?];
        Some(row.stands_for_it.map_or(row.verdict, |other| table.rows[other].verdict))
    }

    /// A row that refers to a table that the target lacks is ignored; one whose key or NOT NULL reference has no row is
    /// rejected, or ignored with that row.
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
                ignored |= polymorphic && parent.is_none();
                if self.schema.is_hard(table, column) {
                    match parent.and_then(|parent| self.verdict_of(parent, id)) {
                        Some(Verdict::Ignored) => ignored = true,
                        None | Some(Verdict::Rejected(_)) => missing = true,
                        Some(_) => {}
                    }
                }
            }
            if ignored {
                self.rows_mut(table)[index].verdict = Verdict::Ignored;
            } else if missing {
                self.rows_mut(table)[index].verdict = Verdict::Rejected("a row that it refers to is missing");
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

    /// Finds each row's row on the target, and whether it is new, newer or known.
    fn decide(&mut self, table: &TableProfile) {
        for index in 0..self.rows(table).len() {
            let staged = &self.rows(table)[index];
            if staged.verdict != Verdict::Pending {
                continue;
            }
            let existing =
                self.before.rows(&table.name).iter().position(|row| self.identity(table, row) == staged.identity);
            let verdict = match existing.map(|at| &self.before.rows(&table.name)[at]) {
                None => Verdict::Inserted,
                Some(row) if is_newer(table, &staged.row, row) || !filled(table, &staged.row, row).is_empty() => {
                    Verdict::Updated
                }
                Some(_) => Verdict::Unchanged,
            };
            let staged = &mut self.rows_mut(table)[index];
            staged.verdict = verdict;
            staged.existing = existing;
        }
    }

    fn identity(&self, table: &TableProfile, row: &Row) -> String {
        let text = if self.schema.has_hash(&table.name) {
            cell(row, &table.hash).map(str::to_owned)
        } else {
            super::hash::key_text(self.schema, &self.before, table, row)
        };
        text.expect("every row of the target has its hash")
    }

    /// First come keeps a unique value; the target's rows have come before all, with what they hold before the import.
    fn reject_clashes(&mut self, table: &TableProfile) {
        for column in self.schema.columns(&table.name).iter().filter(|column| column.unique) {
            let mut taken: BTreeSet<String> = BTreeSet::new();
            for index in 0..self.rows(table).len() {
                let staged = &self.rows(table)[index];
                let writes = match (staged.verdict, staged.existing) {
                    (Verdict::Inserted, _) => true,
                    (Verdict::Updated, Some(at)) => is_newer(table, &staged.row, &self.before.rows(&table.name)[at]),
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
    fn owner(&self, rule: &OwnerRule) -> Option<String> {
        let users = self.schema.profile.table(&rule.table)?;
        let active = self.before.rows(&rule.table).iter().filter(|row| {
            let deleted = users.deleted.as_deref().is_some_and(|column| cell(row, column).is_some());
            !deleted && cell(row, &rule.role).is_some_and(|role| rule.roles.iter().any(|other| other == role))
        });
        let newest = active.max_by_key(|row| (date(row, &users.created), id_number(row)))?;
        cell(newest, "id").map(str::to_owned)
    }

    /// New ids for new rows, and where every id of the bundle leads on the target.
    fn target_ids(&self) -> Ids {
        let mut ids = Ids::new();
        for (name, staged) in &self.staged {
            let rows = self.before.rows(name);
            let mut next = rows.iter().map(id_number).max().unwrap_or(0) + 1;
            let mut own: Vec<Option<String>> = Vec::new();
            for row in &staged.rows {
                own.push(match (row.verdict, row.existing) {
                    (Verdict::Inserted, _) => {
                        next += 1;
                        Some((next - 1).to_string())
                    }
                    (Verdict::Updated | Verdict::Unchanged, Some(at)) => cell(&rows[at], "id").map(str::to_owned),
                    _ => None,
                });
            }
            for (index, row) in staged.rows.iter().enumerate() {
                let id = &own[row.stands_for_it.unwrap_or(index)];
                if let (Some(source), Some(id)) = (cell(&row.row, "id"), id) {
                    ids.insert((name.clone(), source.to_owned()), id.clone());
                }
            }
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
            let known =
                |name: &str| self.schema.column(&table.name, name).is_some() && !self.schema.stays(profile, name);
            let unknown = table.columns.iter().filter(|(name, _)| !known(name));
            imported.ignored_columns.extend(unknown.map(|(name, _)| format!("{}.{name}", table.name)));
        }
        imported
    }

    fn write(&self, table: &TableProfile, rows: &mut Vec<Row>, ids: &Ids) -> ImportCounts {
        let mut counts = ImportCounts::default();
        for staged in self.rows(table) {
            counts.staged += 1;
            match staged.verdict {
                Verdict::Pending => panic!("a row of `{}` was forgotten", table.name),
                Verdict::Duplicate => counts.duplicates += 1,
                Verdict::Ignored => counts.ignored += 1,
                Verdict::Rejected(_) => counts.rejected += 1,
                Verdict::Inserted => {
                    counts.inserted += 1;
                    rows.push(self.new_row(table, staged, ids, &mut counts));
                }
                Verdict::Updated | Verdict::Unchanged => {
                    let row = &mut rows[staged.existing.unwrap()];
                    *(if staged.verdict == Verdict::Updated { &mut counts.updated } else { &mut counts.unchanged }) +=
                        1;
                    self.merge(table, staged, row, ids, &mut counts);
                }
            }
        }
        counts
    }

    /// A value of the bundle as the target's row gets it: references lead to the target's ids, or are NULL.
    fn carried(
        &self,
        table: &TableProfile,
        row: &Row,
        column: &str,
        ids: &Ids,
        counts: &mut ImportCounts,
    ) -> Option<String> {
        let value = cell(row, column).map(str::to_owned);
        match self.schema.target(table, row, column) {
            Some((Some(parent), id)) => {
                let mapped = ids.get(&(parent.to_owned(), id.to_owned())).cloned();
                counts.orphans_nulled += u64::from(mapped.is_none());
                mapped
            }
            _ => value,
        }
    }

    fn new_row(&self, table: &TableProfile, staged: &Staged, ids: &Ids, counts: &mut ImportCounts) -> Row {
        let columns = &self.staged[&table.name].columns;
        let mut row = Row::new();
        for column in self.schema.columns(&table.name) {
            let value = if columns.contains(&column.name) {
                self.carried(table, &staged.row, &column.name, ids, counts)
            } else {
                match table.exclude.get(&column.name) {
                    Some(text) if !text.is_empty() => Some(text.clone()),
                    _ => column.default.clone(),
                }
            };
            row.insert(column.name.clone(), value);
        }
        let own = (table.name.clone(), cell(&staged.row, "id").unwrap().to_owned());
        row.insert(table.id.clone(), Some(ids[&own].clone()));
        let created = staged.created.clone().filter(|_| self.options.keep_created_at);
        row.insert(table.created.clone(), Some(created.unwrap_or_else(|| NOW.to_owned())));
        if let Some(rule) = &table.owner {
            row.insert(rule.column.clone(), self.owner(rule));
        }
        row
    }

    fn merge(&self, table: &TableProfile, staged: &Staged, row: &mut Row, ids: &Ids, counts: &mut ImportCounts) {
        let old = row.clone();
        for column in filled(table, &staged.row, &old) {
            row.insert(column.clone(), cell(&staged.row, column).map(str::to_owned));
        }
        if is_newer(table, &staged.row, &old) {
            for column in &self.staged[&table.name].columns {
                let fixed = *column == table.id || *column == table.hash || *column == table.created;
                if fixed || table.in_key(column) {
                    continue;
                }
                let value = self.carried(table, &staged.row, column, ids, counts);
                let described = table.descriptions.contains(column);
                // Where a file lies is the target's own matter.
                if table.files.as_ref().is_some_and(|files| files.path == *column) && cell(&old, column).is_some() {
                    continue;
                }
                if !described || (self.options.override_description && value.is_some()) {
                    row.insert(column.clone(), value);
                }
            }
        }
        if self.options.keep_created_at {
            let theirs = staged.created.clone();
            let own = cell(&old, &table.created).map(str::to_owned);
            let oldest = [theirs, own.clone()].into_iter().flatten().min();
            counts.created_at_adjusted += u64::from(oldest != own);
            row.insert(table.created.clone(), oldest);
        }
    }
}

/// A date of a row, NULL before any other.
fn date(row: &Row, column: &str) -> Option<String> {
    cell(row, column).map(str::to_owned)
}

fn id_number(row: &Row) -> i64 {
    cell(row, "id").unwrap().parse().unwrap()
}

fn is_newer(table: &TableProfile, source: &Row, target: &Row) -> bool {
    date(source, &table.date) > date(target, &table.date)
}

/// Description columns that are NULL on the target and not in the source.
fn filled<'a>(table: &'a TableProfile, source: &Row, target: &Row) -> Vec<&'a String> {
    let empty = |column: &&String| cell(target, column).is_none() && cell(source, column).is_some();
    table.descriptions.iter().filter(empty).collect()
}
