//! The program as its users meet it: help, options, exit codes, output, signals.

mod exit;
mod help;
mod ledger;
mod options;
mod output;
mod readme;
mod settings;
mod signals;

use std::path::{Path, PathBuf};

use crate::support::{Ended, finish, gapsync};

/// A folder with a SQLite database of the mini profile in it, in which the program is run.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// An empty folder.
    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with `a.db`: two kinds and three things.
    fn with_rows() -> Self {
        let desk = Self::empty();
        desk.make("a.db");
        desk.sql(
            "a.db",
            "INSERT INTO kinds (id, name) VALUES (1, 'alpha'), (2, 'beta');
             INSERT INTO things (id, kind_id, value) VALUES (1, 1, 'one'), (2, 1, 'two'), (3, 2, 'three');",
        );
        assert_eq!(desk.run(&["fill-sync-hash", "--database", "sqlite:a.db"]).status, 0);
        desk
    }

    /// Makes an empty database of the mini profile.
    fn make(&self, name: &str) {
        let made = self.run(&["init", "--database", &format!("sqlite:{name}")]);
        assert_eq!(made.status, 0, "{}", made.stderr);
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program in the folder, with the mini profile unless another one is named.
    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = gapsync(arguments);
        command.current_dir(self.path()).env("GAPSYNC_PROFILE", "mini");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        finish(&mut self.command(arguments))
    }

    /// Runs SQL in the `sqlite3` shell.
    fn sql(&self, database: &str, script: &str) -> String {
        let ended = finish(std::process::Command::new("sqlite3").arg(self.path().join(database)).arg(script));
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        ended.stdout
    }

    /// Exports `a.db`; gives the bundle's name.
    fn export(&self) -> String {
        let ended = self.run(&["export", "--database", "sqlite:a.db"]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        self.bundles().pop().expect("a bundle was written")
    }

    fn bundles(&self) -> Vec<String> {
        self.files().into_iter().filter(|name| name.ends_with(".tar.gz")).collect()
    }

    /// Names of the files in the folder, sorted.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// Keeps a text as `tests/cli/snapshots/<name>.snap`.
fn keep(name: &str, text: &str) {
    insta::with_settings!({prepend_module_to_snapshot => false, snapshot_path => "snapshots", omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
}
