//! The databases, folders and clock of a history, and the program that is run on them.

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use serde_json::Value;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

use crate::model::Installation;
use crate::model::schema::Schema;
use crate::property::tables::{self, Hashes};
use crate::support::{Database, Ended, Engine, finish, gapsync};

/// A database with its physical files.
pub(super) struct Site {
    pub(super) database: Database,
    pub(super) files: PathBuf,
}

/// What all histories of an engine happen in.
pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) schema: Schema,
    pub(super) source: Site,
    pub(super) targets: Vec<Site>,
    pub(super) folder: tempfile::TempDir,
    profile: PathBuf,
    /// Seconds since 1970 by the clock of the history.
    pub(super) now: i64,
}

/// A run of the program: its exit status and its report.
pub(super) struct Run {
    pub(super) status: i32,
    pub(super) report: Value,
    pub(super) stderr: String,
}

impl World {
    pub(super) fn new(engine: Engine) -> Self {
        let schema = Schema::small(engine);
        let folder = tempfile::tempdir().unwrap();
        let profile = folder.path().join("small.toml");
        std::fs::write(&profile, toml::to_string(&schema.profile).unwrap()).unwrap();
        let site = |name: &str| {
            let database = tables::create(engine, false);
            Site { database, files: folder.path().join(name) }
        };
        let (source, targets) = (site("source"), vec![site("first"), site("second")]);
        Self { engine, schema, source, targets, folder, profile, now: 0 }
    }

    /// Empties all databases and folders, what earlier runs recorded included.
    pub(super) fn reset(&mut self) {
        for name in ["bundles", "reports"] {
            let folder = self.folder.path().join(name);
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir(&folder).unwrap();
        }
        for site in std::iter::once(&self.source).chain(&self.targets) {
            let _ = std::fs::remove_dir_all(&site.files);
            std::fs::create_dir_all(site.files.join("files")).unwrap();
            forget_runs(&site.database);
            tables::fill(&site.database, &self.schema, &Installation::default(), Hashes::Given);
        }
    }

    /// The present by the clock of the history, as a neutral timestamp.
    pub(super) fn moment(&self, behind: i64, microseconds: Option<u32>) -> String {
        let moment = OffsetDateTime::from_unix_timestamp(self.now).unwrap() - Duration::seconds(behind);
        let whole = moment.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]")).unwrap();
        match microseconds.filter(|fraction| *fraction > 0) {
            Some(fraction) => format!("{whole}.{fraction:06}"),
            None => whole,
        }
    }

    /// Runs the program on a site. The clock goes on by what that takes, and a little more.
    pub(super) fn run(&mut self, site: Option<usize>, arguments: &[String], point: Option<&str>) -> Run {
        let real = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let skew = self.now - i64::try_from(real).unwrap();
        let began = Instant::now();
        let site = site.map_or(&self.source, |at| &self.targets[at]);
        let mut command = gapsync(arguments);
        command.arg(format!("--database={}", site.database.url));
        command.arg(format!("--profile={}", self.profile.display()));
        command.arg(format!("--report-dir={}", self.folder.path().join("reports").display()));
        command.args(["--progress=off", "--json"]);
        command.env("GAPSYNC_CLOCK_SKEW", skew.to_string()).current_dir(self.folder.path());
        if let Some(point) = point {
            command.env("GAPSYNC_FAIL_POINT", point);
        }
        let Ended { status, stdout, stderr } = finish(&mut command);
        self.now += 2 + i64::try_from(began.elapsed().as_secs()).unwrap();
        Run { status, report: serde_json::from_str(&stdout).unwrap_or(Value::Null), stderr }
    }

    /// The folder for bundles.
    pub(super) fn bundles(&self) -> PathBuf {
        self.folder.path().join("bundles")
    }

    /// Puts the physical files of a site in place of those that are there.
    pub(super) fn place_files(site: &Site, files: &[(String, String)]) {
        let folder = site.files.join("files");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (path, content) in files {
            std::fs::write(site.files.join(path), content).unwrap();
        }
    }
}

/// Empties the tables that runs leave behind, whatever their names.
fn forget_runs(database: &Database) {
    let list = match database.engine {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'gapsync_%' OR name LIKE 'sync_import%'"
        }
        Engine::Postgres => {
            "SELECT table_name FROM information_schema.tables \
             WHERE table_schema = 'public' AND (table_name LIKE 'gapsync_%' OR table_name LIKE 'sync_import%')"
        }
        Engine::Mariadb => {
            "SELECT table_name FROM information_schema.tables \
             WHERE table_schema = database() AND (table_name LIKE 'gapsync_%' OR table_name LIKE 'sync_import%')"
        }
    };
    let drops = database.rows(list).into_iter().map(|row| match row[0].starts_with("sync_import") {
        true => format!("DROP TABLE IF EXISTS {};\n", row[0]),
        false => format!("DELETE FROM {};\n", row[0]),
    });
    let script = drops.collect::<String>();
    if !script.is_empty() {
        database.run(&script);
    }
}

/// The text of a file; nothing when it is missing.
pub(super) fn content(root: &Path, path: &str) -> Option<String> {
    std::fs::read_to_string(root.join(path.trim_start_matches('/'))).ok()
}
