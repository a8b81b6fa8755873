//! SQLite: a file, in WAL mode as gapsync makes it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Engine;
use crate::Outcome;
use crate::measure::plain;
use crate::peers::{self, Staged};

pub(super) struct Sqlite {
    folder: PathBuf,
}

impl Sqlite {
    pub(super) fn start(scratch: &Path) -> Outcome<Self> {
        let folder = scratch.join("sqlite");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.db"))
    }
}

impl Engine for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn described(&self) -> Outcome<String> {
        let version = plain(Command::new("sqlite3").arg("--version"))?;
        let version = version.split(' ').next().unwrap_or_default().to_owned();
        Ok(format!("SQLite (gapsync's own; shell {version}), WAL, synchronous normal"))
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.place())
    }

    fn place(&self) -> String {
        self.file(super::DATABASE).display().to_string()
    }

    fn server(&self) -> Option<u32> {
        None
    }

    fn empty(&mut self) -> Outcome<()> {
        for tail in ["", "-wal", "-shm"] {
            let path = format!("{}{tail}", self.place());
            if Path::new(&path).exists() {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn save(&mut self, state: &str) -> Outcome<()> {
        self.sql("PRAGMA wal_checkpoint(truncate);")?;
        std::fs::copy(self.place(), self.file(state))?;
        Ok(())
    }

    fn restore(&mut self, state: &str) -> Outcome<()> {
        self.empty()?;
        std::fs::copy(self.file(state), self.place())?;
        // What the copy left to be written is not the measured run's.
        plain(&mut Command::new("sync"))?;
        Ok(())
    }

    fn sql(&self, script: &str) -> Outcome<String> {
        let file = self.folder.join("script.sql");
        std::fs::write(&file, script)?;
        plain(Command::new("sqlite3").args(["-bail", "-batch", &self.place()]).arg(format!(".read {}", file.display())))
    }

    fn digest(&self, rows: &str) -> String {
        format!("SELECT hex(sha3_query('{}'))", format!("{rows} ORDER BY 1").replace('\'', "''"))
    }

    fn expert(&self, tables: &[Staged]) -> String {
        peers::sqlite::script(tables)
    }

    fn dump(&self, tables: &[Staged]) -> String {
        let select = |table: &Staged| format!("SELECT * FROM {:?};\n", table.name());
        format!("BEGIN;\n{}", tables.iter().map(select).collect::<String>())
    }

    fn without_hashes(&self, tables: &[&str]) -> Outcome<()> {
        let triggers = self.sql("SELECT sql || ';' FROM sqlite_master WHERE type = 'trigger';")?;
        let drops = self.sql("SELECT 'DROP TRIGGER \"' || name || '\";' FROM sqlite_master WHERE type = 'trigger';")?;
        let clear: String = tables.iter().map(|name| format!("UPDATE {name:?} SET sync_hash = NULL;\n")).collect();
        self.sql(&format!("BEGIN;\n{drops}\n{clear}\n{triggers}\nCOMMIT;\nVACUUM;\n")).map(drop)
    }

    fn distinct(&self) -> &'static str {
        "lower(hex(randomblob(16)))"
    }
}
