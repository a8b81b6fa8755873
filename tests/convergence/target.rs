//! What happens at a target: its users write, its tables gain a column, it is backed up and restored.

use super::edit;
use super::history::{History, LATER, own_content};
use crate::model::{Installation, Row, cell};
use crate::property::tables;
use crate::support::Engine;

impl History<'_> {
    /// Writes rows of a target's own users, and remembers them.
    pub(super) fn settle(&mut self, target: usize, rows: &Installation, first: bool) {
        let schema = self.target_schema(target);
        let site = &self.world.targets[target];
        let before = if first { Installation::default() } else { tables::read(&site.database, &schema) };
        tables::refill(&site.database, &schema, rows);
        for table in schema.tables() {
            for row in rows.rows(&table.name) {
                let id = cell(row, "id").unwrap();
                if before.find(&table.name, id) == Some(row) {
                    continue;
                }
                let mut own = row.clone();
                own.retain(|name, _| schema.columns(&table.name).iter().any(|column| column.name == *name));
                self.seen[target].own.insert((table.name.clone(), id.to_owned()), own);
                if table.name == "papers" && before.find("papers", id).is_none() {
                    let content = own_content(row);
                    std::fs::write(site.files.join(cell(row, "path").unwrap()), content).unwrap();
                }
            }
        }
    }

    /// Someone at a target writes rows of their own, or changes rows that came by bundle.
    pub(super) fn edit_target(&mut self) {
        let target = self.rng.below(self.streams.len());
        let schema = self.target_schema(target);
        let mut rows = tables::read(&self.world.targets[target].database, &schema);
        for _ in 0..1 + self.rng.below(3) {
            let date = self.date();
            let later = |row: &Row| date.clone().max(after(row));
            let what = match self.rng.below(10) {
                0..4 => edit::insert(&mut self.rng, &schema, &mut rows, &date, "files/own"),
                4..8 => {
                    edit::change(&mut self.rng, &schema, &mut rows, &later).map(|place| format!("change {place:?}"))
                }
                _ => edit::relink(&mut self.rng, &schema, &mut rows, &later).map(|place| format!("relink {place:?}")),
            };
            if let Some(what) = what {
                self.note(format!("target {target}: {what}, {date}"));
            }
        }
        std::fs::create_dir_all(self.world.targets[target].files.join("files/own")).unwrap();
        self.settle(target, &rows, false);
    }

    pub(super) fn upgrade(&mut self) {
        let (table, column) = LATER;
        self.world.targets[0].database.run(&format!("ALTER TABLE {table} ADD COLUMN {column} VARCHAR(10);"));
        self.upgraded = Some(true);
        self.note(format!("target 0 gains {table}.{column}"));
    }

    /// Puts the tables of the targets back into the form that every history begins with.
    pub(super) fn end(&mut self) {
        self.commit_late();
        if self.upgraded == Some(false) {
            self.upgrade();
        }
    }

    /// Makes a backup of the first target, or restores it. Files stay as they are.
    pub(super) fn save_or_restore(&mut self) {
        if self.world.engine != Engine::Sqlite || self.upgraded.is_some() {
            return;
        }
        let database = &self.world.targets[0].database;
        let path = database.url.trim_start_matches("sqlite:").to_owned();
        match self.saved.take() {
            None => {
                let backup = self.world.folder.path().join("backup.db");
                let _ = std::fs::remove_file(&backup);
                database.run(&format!("VACUUM INTO '{}';", backup.display()));
                self.saved = Some((backup, self.seen[0].clone()));
                self.note("target 0 is backed up");
            }
            Some((backup, seen)) => {
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{path}{end}"));
                }
                std::fs::copy(backup, path).unwrap();
                self.seen[0] = seen;
                self.note("target 0 is restored");
            }
        }
    }
}

/// A moment after a row's date.
fn after(row: &Row) -> String {
    let Some(date) = cell(row, "updated_at") else { return String::new() };
    let (whole, fraction) = date.split_once('.').unwrap_or((date, "0"));
    let fraction: u32 = format!("{fraction:0<6}").parse().unwrap();
    format!("{whole}.{:06}", (fraction + 1).min(999_999))
}
