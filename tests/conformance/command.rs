//! The program as a user runs it, each time from a folder of its own, and its results.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::describe::{Profile, repository};
use super::expect::Counts;
use super::fill::Side;
use super::insert::load;
use crate::support::{Database, Ended, Engine, finish, fresh_database, gapsync};

/// A database with a folder where its transfer officer works.
pub(crate) struct Site {
    pub(crate) database: Database,
    pub(crate) folder: TempDir,
    /// For `--profile`; the shipped default when none.
    profile: Option<PathBuf>,
}

/// A bundle and what the program said of it.
pub(crate) struct Exported {
    pub(crate) bundle: PathBuf,
    pub(crate) report: Value,
}

impl Site {
    /// An installation with the profile's empty schema.
    pub(crate) fn empty(engine: Engine, profile: &Profile) -> Self {
        Self::within(fresh_database(engine), profile)
    }

    /// As [`Site::empty`], in a database that is there and empty.
    pub(crate) fn within(database: Database, profile: &Profile) -> Self {
        let site = Self::of(database, profile);
        if site.profile.is_some() {
            let engine = site.database.engine.name();
            let schema = repository(format!("sql/{engine}/{}.sql", profile.name));
            site.database.run(&std::fs::read_to_string(schema).unwrap());
        } else {
            site.expect(&["init"], 0);
        }
        site
    }

    /// An installation without any table.
    pub(crate) fn bare(engine: Engine, profile: &Profile) -> Self {
        Self::of(fresh_database(engine), profile)
    }

    fn of(database: Database, profile: &Profile) -> Self {
        let shipped = profile.name == "threatq";
        let file = (!shipped).then(|| repository(format!("sql/profiles/{}.toml", profile.name)));
        Self { database, folder: TempDir::new().unwrap(), profile: file }
    }

    /// An installation with one side's rows, hashes filled.
    pub(crate) fn filled(engine: Engine, profile: &Profile, side: Side) -> Self {
        let site = Self::empty(engine, profile);
        load(&site.database, profile, side);
        site.fill_hashes();
        site
    }

    /// SQLite cannot hash in triggers; on the others there is nothing to do.
    pub(crate) fn fill_hashes(&self) {
        if self.database.engine == Engine::Sqlite {
            self.expect(&["fill-sync-hash"], 0);
        }
    }

    /// Runs a command with options.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        finish(&mut self.command(arguments))
    }

    /// As [`Site::run`], not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Command {
        self.elsewhere(arguments, &self.database.url)
    }

    /// As [`Site::command`], with another way to the database.
    pub(crate) fn elsewhere(&self, arguments: &[&str], url: &str) -> std::process::Command {
        let mut all: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        all.push(format!("--database={url}").into());
        if let Some(profile) = &self.profile {
            all.push("--profile".into());
            all.push(profile.into());
        }
        if !arguments.iter().any(|argument| argument.starts_with("--progress")) {
            all.push("--progress=off".into());
        }
        let mut command = gapsync(all);
        command.current_dir(self.folder.path());
        command
    }

    /// Runs a command that must end with a status.
    pub(crate) fn expect(&self, arguments: &[&str], status: i32) -> Ended {
        let ended = self.run(arguments);
        assert_eq!(
            ended.status,
            status,
            "{} {arguments:?}\n{}\n{}",
            self.database.engine.name(),
            ended.stderr,
            ended.stdout
        );
        ended
    }

    /// Runs a command with `--json` that must end with a status; gives the object back.
    pub(crate) fn json(&self, arguments: &[&str], status: i32) -> Value {
        let ended = self.expect(&[arguments, &["--json"]].concat(), status);
        json(&ended.stdout)
    }

    /// Exports into this site's folder.
    pub(crate) fn export(&self, options: &[&str]) -> Exported {
        self.export_as(options, 0)
    }

    /// As [`Site::export`] with an expected status.
    pub(crate) fn export_as(&self, options: &[&str], status: i32) -> Exported {
        let report = self.json(&[&["export"], options].concat(), status);
        let name = report["bundle"]["name"].as_str().expect("the bundle's name");
        Exported { bundle: self.folder.path().join(name), report }
    }

    /// Exports everything, without a window.
    pub(crate) fn export_all(&self) -> Exported {
        self.export(&["--include-deleted=Y", "--include-investigations=Y"])
    }

    /// Imports a bundle; gives the report back.
    pub(crate) fn import(&self, bundle: &Path, options: &[&str]) -> Value {
        self.import_as(bundle, options, 0)
    }

    /// As [`Site::import`] with an expected status.
    pub(crate) fn import_as(&self, bundle: &Path, options: &[&str], status: i32) -> Value {
        let file = format!("--file={}", bundle.display());
        self.json(&[&["import", &file], options].concat(), status)
    }
}

/// Reads what `--json` printed: one object.
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Holds a report's counts of each table against what was expected.
pub(crate) fn assert_counts(report: &Value, expected: &std::collections::BTreeMap<String, Counts>) {
    let mut total = Counts::default();
    for (table, counts) in expected {
        let said = &report["tables"][table];
        let pairs = [
            ("staged", counts.staged),
            ("inserted", counts.inserted),
            ("updated", counts.updated),
            ("unchanged", counts.unchanged),
            ("kept", counts.kept),
            ("duplicates", 0),
            ("ignored", 0),
            ("rejected", 0),
            ("created_at_adjusted", counts.created_at_adjusted),
            ("orphans_nulled", counts.orphans_nulled),
        ];
        for (name, number) in pairs {
            assert_eq!(said[name], number, "{table} {name}: {said}");
        }
        total.staged += counts.staged;
        total.inserted += counts.inserted;
        total.updated += counts.updated;
        total.unchanged += counts.unchanged;
        total.kept += counts.kept;
        total.created_at_adjusted += counts.created_at_adjusted;
    }
    for (name, number) in [
        ("staged", total.staged),
        ("inserted", total.inserted),
        ("updated", total.updated),
        ("unchanged", total.unchanged),
        ("kept", total.kept),
        ("created_at_adjusted", total.created_at_adjusted),
    ] {
        assert_eq!(report["totals"][name], number, "{name}: {}", report["totals"]);
    }
}

/// Files in a folder whose names end so, sorted.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    files
}
