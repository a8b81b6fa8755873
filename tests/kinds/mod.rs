//! The kinds of fault that were found from outside, each as a small test of its own: the real program, a bundle made by hand, and
//! what the database holds afterwards.

mod catalogue;
mod equal;
mod forged;
mod metadata;
mod names;
mod refused;
mod room;

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::model::Row;
use crate::model::bundle::{Bundle, BundleTable};
use crate::model::schema::Schema;
use crate::property::{tables, wire};
use crate::support::{Database, Engine, finish, gapsync};
use gapsync::model::neutral::NeutralType;

/// A date of a row, and a later one.
const OLD: &str = "2020-01-01T00:00:00";
const NEW: &str = "2020-02-02T00:00:00";

/// A target with the tables of the small profile.
struct Target {
    database: Database,
    schema: Schema,
    folder: TempDir,
}

/// How an import ended.
struct Imported {
    status: i32,
    report: Value,
    stderr: String,
    /// What the rejects file holds.
    rejects: String,
}

impl Imported {
    /// A count of a table.
    fn count(&self, table: &str, what: &str) -> u64 {
        self.report["tables"][table][what].as_u64().unwrap_or_else(|| panic!("no report: {}", self.stderr))
    }

    fn total(&self, what: &str) -> u64 {
        self.report["totals"][what].as_u64().unwrap_or_else(|| panic!("no report: {}", self.stderr))
    }
}

impl Target {
    fn new(engine: Engine) -> Self {
        Self {
            database: tables::create(engine, false),
            schema: Schema::mini(engine),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Imports a bundle of these tables: each has a name, its columns, and rows whose values have spaces between them. A
    /// tilde is NULL; a `T` parts day and time.
    fn import(&self, tables: &[(&str, &str, &[&str])]) -> Imported {
        self.import_with(tables, &[])
    }

    fn import_with(&self, tables: &[(&str, &str, &[&str])], more: &[&str]) -> Imported {
        let tables = tables.iter().map(|(name, columns, rows)| self.table(name, columns, rows)).collect();
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        let bundle = Bundle { tables };
        let written = wire::write(folder.path(), "b.tar", &bundle, &self.schema.profile, true);
        let file = Builder::new_current_thread().enable_all().build().unwrap().block_on(written);
        let mut command = gapsync(["import", "--profile=mini", "--progress=off", "--json"]);
        command.arg(format!("--database={}", self.database.url)).arg(format!("--file={}", file.display()));
        command.arg(format!("--report-dir={}", folder.path().display())).args(more);
        let ended = finish(&mut command);
        let report = serde_json::from_str(&ended.stdout).unwrap_or(Value::Null);
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let rejects = files.filter(|path| path.to_string_lossy().contains("rejects"));
        let rejects = rejects.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        Imported { status: ended.status, report, stderr: ended.stderr, rejects }
    }

    fn table(&self, name: &str, columns: &str, rows: &[&str]) -> BundleTable {
        let columns: Vec<&str> = columns.split(' ').collect();
        let typed = columns.iter().map(|column| {
            let known = self.schema.column(name, column).map(|column| column.neutral);
            ((*column).to_owned(), known.unwrap_or(NeutralType::Text))
        });
        let row = |text: &&str| -> Row {
            let cells = text.split(' ').map(|cell| match cell {
                "~" => None,
                "\"\"" => Some(String::new()),
                _ if cell.starts_with("20") => Some(cell.replace('T', " ")),
                _ => Some(cell.to_owned()),
            });
            let row: Row = columns.iter().map(|column| (*column).to_owned()).zip(cells).collect();
            assert_eq!(row.len(), columns.len(), "{text}");
            row
        };
        BundleTable { name: name.to_owned(), columns: typed.collect(), files: vec![rows.iter().map(row).collect()] }
    }

    /// The rows of a query, a line each, with spaces between the cells.
    fn look(&self, query: &str) -> Vec<String> {
        self.database.rows(query).into_iter().map(|row| row.join(" ")).collect()
    }
}
