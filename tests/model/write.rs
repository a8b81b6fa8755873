//! The second half of an import: what is written, once it is decided what becomes of each row.

use gapsync::model::profile::TableProfile;
use gapsync::sync::report::ImportCounts;

use super::import::{Ids, Importer, Meaning, is_place};
use super::stage::{Staged, Verdict};
use super::{NOW, Row, cell};

impl Importer<'_> {
    /// Writes the rows of a table, and counts them.
    pub(super) fn write(&self, table: &TableProfile, rows: &mut Vec<Row>, ids: &Ids) -> ImportCounts {
        let mut counts = ImportCounts::default();
        for (index, staged) in self.rows(table).iter().enumerate() {
            counts.staged += 1;
            *match staged.verdict {
                Verdict::Pending => panic!("a row of `{}` was forgotten", table.name),
                Verdict::Duplicate => &mut counts.duplicates,
                Verdict::Ignored => &mut counts.ignored,
                Verdict::Rejected(_) => &mut counts.rejected,
                Verdict::Inserted => &mut counts.inserted,
                Verdict::Updated => &mut counts.updated,
                Verdict::Unchanged => &mut counts.unchanged,
                Verdict::Kept => &mut counts.kept,
            } += 1;
            match staged.verdict {
                Verdict::Inserted => rows.push(self.new_row(table, (staged, index), ids, &mut counts)),
                Verdict::Updated | Verdict::Unchanged | Verdict::Kept => {
                    self.merge(table, staged, &mut rows[staged.existing.unwrap()], ids, &mut counts);
                }
                _ => {}
            }
        }
        counts
    }

    /// A value of the bundle as the target's row gets it. A reference leads to the target's id; one that cannot be resolved
    /// stays what it was in `own`, the target's row, or is NULL in a new row.
    fn carried(
        &self,
        table: &TableProfile,
        staged: &Staged,
        (column, own): (&str, Option<&Row>),
        ids: &Ids,
        counts: &mut ImportCounts,
    ) -> Option<String> {
        let kept = |own: &Row| cell(own, column).map(str::to_owned);
        if self.schema.references(table).any(|other| other == column) {
            return match self.meaning(table, staged, column) {
                Meaning::Null => None,
                Meaning::Existing(id) => Some(id),
                Meaning::New(parent, index) => Some(ids[&(parent, index)].clone()),
                Meaning::Unresolved => {
                    counts.orphans_nulled += 1;
                    own.and_then(kept)
                }
            };
        }
        match own {
            Some(own) if self.type_of_unresolved(table, staged, column) => kept(own),
            _ => cell(&staged.row, column).map(str::to_owned),
        }
    }

    fn new_row(
        &self,
        table: &TableProfile,
        (staged, index): (&Staged, usize),
        ids: &Ids,
        counts: &mut ImportCounts,
    ) -> Row {
        let columns = &self.staged[&table.name].columns;
        let mut row = Row::new();
        for column in self.schema.columns(&table.name) {
            let value = if columns.contains(&column.name) {
                self.carried(table, staged, (&column.name, None), ids, counts)
            } else {
                match table.exclude.get(&column.name) {
                    Some(text) if !text.is_empty() => Some(text.clone()),
                    _ => column.default.clone(),
                }
            };
            row.insert(column.name.clone(), value);
        }
        row.insert(table.id.column.clone(), Some(ids[&(table.name.clone(), index)].clone()));
        let created = staged.created.clone().filter(|_| self.options.keep_created_at);
        row.insert(table.created.clone(), Some(created.unwrap_or_else(|| NOW.to_owned())));
        if !columns.contains(&table.date.column) {
            // The database's default: the time of the import.
            row.insert(table.date.column.clone(), Some(NOW.to_owned()));
        }
        if let Some(rule) = &table.owner {
            row.insert(rule.column.clone(), self.owner(rule));
        }
        row
    }

    fn merge(&self, table: &TableProfile, staged: &Staged, row: &mut Row, ids: &Ids, counts: &mut ImportCounts) {
        let old = row.clone();
        for column in self.filled(table, &staged.row, &old) {
            row.insert(column.clone(), cell(&staged.row, column).map(str::to_owned));
        }
        for column in self.written(table).filter(|_| staged.overwrites) {
            if is_place(table, column) && cell(&old, column).is_some() {
                continue;
            }
            let value = self.carried(table, staged, (column, Some(&old)), ids, counts);
            if value.is_some() || !table.descriptions.contains(column) {
                row.insert(column.clone(), value);
            }
        }
        if self.options.keep_created_at && !table.on_existing.keeps_rows() {
            let theirs = staged.created.clone();
            let own = cell(&old, &table.created).map(str::to_owned);
            let oldest = [theirs, own.clone()].into_iter().flatten().min();
            counts.created_at_adjusted += u64::from(oldest != own);
            row.insert(table.created.clone(), oldest);
        }
    }
}
