//! Rows with physical files and the paths of those files.

use super::{Action, Dialect, Merge, MergeTable};
use crate::model::files::FileColumns;
use crate::model::neutral::NeutralType;
use crate::sync::equal::path;

impl Merge {
    /// Reads rows with physical files whose number is higher than a given one: number, id on the target, action, path on the
    /// target, path in the bundle, MD5 on the target, MD5 in the bundle.
    #[must_use]
    pub fn file_rows(&self, table: &MergeTable, files: &FileColumns, page: (i64, usize)) -> String {
        let (after, limit) = page;
        let neutral = |name: &str| {
            let found = table.neutral.iter().find(|(column, _)| column == name);
            found.map(|(_, neutral)| *neutral).or_else(|| (name == table.id).then_some(NeutralType::Integer))
        };
        let base = path(self.dialect, files, &|name: &str| Some((self.column("b", name), neutral(name)?)));
        let staged = path(self.dialect, files, &|name: &str| Some((self.column("s", name), neutral(name)?)));
        let digest = |of: &dyn Fn(&str) -> String| files.digest.as_deref().map_or_else(|| "NULL".to_owned(), of);
        // If no digest tells, the file of a row of which the target has a newer version may be newer, too.
        let last = if files.is_template() { Action::Unchanged } else { Action::Kept };
        let (number, rows) = match self.dialect {
            // Unchanged rows have no `gs_seq` on SQLite. The resolved table is keyed by one of the two columns.
            Dialect::Sqlite => {
                let (raw, sync) = (self.q(&table.raw), self.q(&table.sync));
                let same = format!("{} = {}", self.column("r", &table.id), self.column("s", &table.id));
                ("s.gs_row", format!("{raw} AS s CROSS JOIN {sync} AS r ON r.gs_row = s.gs_row AND {same}"))
            }
            Dialect::Postgres | Dialect::Mariadb => ("r.gs_seq", self.staged_rows(table)),
        };
        format!(
            "SELECT {number}, r.existing_id, r.gs_action, COALESCE({base}, {staged}), {staged}, {}, {} FROM {rows} \
             LEFT JOIN {} AS b ON {} = r.existing_id WHERE r.gs_action <= {} AND {number} > {after} AND {staged} IS NOT NULL \
             ORDER BY {number} LIMIT {limit}",
            digest(&|name| self.column("b", name)),
            digest(&|name| self.staged(table, name)),
            self.q(&table.base),
            self.column("b", &table.id),
            last as u8,
        )
    }

    /// Reads the ids of the rows that this run inserts and whose number is higher than a given one.
    #[must_use]
    pub fn made_rows(&self, table: &MergeTable, after: i64) -> String {
        let number = if self.dialect == Dialect::Sqlite { "r.gs_row" } else { "r.gs_seq" };
        format!(
            "SELECT r.existing_id FROM {} AS r WHERE r.gs_action = {} AND {number} > {after} AND r.existing_id IS NOT NULL",
            self.q(&table.sync),
            Action::Insert as u8
        )
    }

    /// Reads ids, paths and MD5s of the rows of a table that record a path, starting after an id.
    #[must_use]
    pub fn recorded_paths(
        &self,
        (table, id): (&str, &str),
        (path, digest): (&str, &str),
        after: Option<i64>,
        limit: usize,
    ) -> String {
        let (id, path) = (self.q(id), self.q(path));
        let after = after.map_or_else(String::new, |after| format!(" AND {id} > {after}"));
        format!(
            "SELECT {id}, {path}, {} FROM {} WHERE {path} IS NOT NULL{after} ORDER BY {id} LIMIT {limit}",
            self.q(digest),
            self.q(table)
        )
    }

    /// Records another path for the file of a row. The row's date does not change: the new path means nothing to other systems.
    #[must_use]
    pub fn record_path(&self, table: &str, id: (&str, i64), path: (&str, &str), date: Option<&str>) -> String {
        let date = date.map_or_else(String::new, |date| format!(", {0} = {0}", self.q(date)));
        format!(
            "UPDATE {} SET {} = {}{date} WHERE {} = {}",
            self.q(table),
            self.q(path.0),
            self.dialect.literal(path.1),
            self.q(id.0),
            id.1
        )
    }
}
