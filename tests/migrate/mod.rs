//! Migrations of old Spot trees. `tests/spot` makes the trees, says what every table must hold, and compares, without any code
//! of gapsync's.
//!
//! The faults of Spot's own scripts, and the tests that show that they are not ours, are listed in `spot_faults`.

mod again;
mod direct;
mod failing;
mod hive;
mod killed;
mod options;
mod same;
mod spot_faults;
mod staging;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::{Database, Ended, Engine, engines, finish, fresh_database, gapsync, service};

/// An engine to migrate into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sql(Engine),
    /// Spark's server, for which Java and its package are needed.
    Spark,
}

/// The engines that there are.
pub(crate) fn kinds() -> Vec<Kind> {
    let mut kinds: Vec<Kind> = engines().into_iter().map(Kind::Sql).collect();
    kinds.extend(service("Spark", "GAPSYNC_TEST_SPARK").map(|_| Kind::Spark));
    kinds
}

/// A folder with an old tree and a database to migrate it into.
pub(crate) struct Site {
    pub(crate) kind: Kind,
    folder: tempfile::TempDir,
    database: Option<Database>,
    /// The engine's URL.
    pub(crate) url: String,
    /// Schema of the target tables, unless there is only one.
    pub(crate) schema: Option<String>,
}

impl Site {
    pub(crate) fn new(kind: Kind) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().unwrap();
        // The engine's server runs as another user, perhaps, and reads the staged files.
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        match kind {
            Kind::Sql(engine) => {
                let database = fresh_database(engine);
                let url = database.url.clone();
                Self { kind, folder, database: Some(database), url, schema: None }
            }
            Kind::Spark => {
                let number = COUNT.fetch_add(1, Ordering::Relaxed);
                let url = std::env::var("GAPSYNC_TEST_SPARK").unwrap();
                let schema = format!("gapsync_{}_{number}", std::process::id());
                Self { kind, folder, database: None, url, schema: Some(schema) }
            }
        }
    }

    pub(crate) fn sqlite() -> Self {
        Self::new(Kind::Sql(Engine::Sqlite))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the old tree.
    pub(crate) fn file(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path("old").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Makes a whole tree with `tests/spot/tree.py`, and what it must become.
    pub(crate) fn tree(&self, arguments: &[&str]) {
        let tree = self.path("old");
        run(python("tree.py").arg(&tree).args(arguments));
        run(python("expect.py").arg(&tree).arg("--out").arg(self.path("expected")));
    }

    /// The command for a migration of all pipelines; more arguments may follow.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = gapsync(["migrate", "--json", "--progress", "off"]);
        command.args(["--engine", &self.url]).arg("--old-path").arg(self.path("old"));
        if let Some(schema) = &self.schema {
            command.args(["--target-db", schema]);
            if !arguments.contains(&"--staging-path") {
                command.arg("--staging-path").arg(self.path("staging"));
            }
        }
        if let Some(staging) = self.staging().filter(|_| !arguments.contains(&"--staging-db")) {
            command.args(["--staging-db", &staging]);
        }
        if !arguments.iter().any(|argument| argument.starts_with("--pipelines") || argument.starts_with("--mapping")) {
            command.args(["--pipelines", "flow,dns,proxy"]);
        }
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// A staging database of the site's own, where all databases of a server would share the default one.
    fn staging(&self) -> Option<String> {
        let name = match self.kind {
            Kind::Spark => self.schema.clone()?,
            Kind::Sql(Engine::Mariadb) => self.url.split('?').next()?.rsplit('/').next()?.to_owned(),
            Kind::Sql(_) => return None,
        };
        Some(name + "_staging")
    }

    pub(crate) fn migrate(&self, arguments: &[&str]) -> Ended {
        finish(&mut self.command(arguments))
    }

    /// Migrates, and fails the test unless the exit status is this one. Gives the report.
    pub(crate) fn migrated(&self, status: i32, arguments: &[&str]) -> serde_json::Value {
        let ended = self.migrate(arguments);
        assert_eq!(ended.status, status, "{:?} {arguments:?}\n{}\n{}", self.kind, ended.stderr, ended.stdout);
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// Rows of a query in the engine's own shell.
    pub(crate) fn rows(&self, query: &str) -> Vec<Vec<String>> {
        self.database.as_ref().expect("an engine with a shell").rows(query)
    }

    /// Runs a script in the engine's own shell.
    pub(crate) fn sql(&self, script: &str) -> String {
        self.database.as_ref().expect("an engine with a shell").run(script)
    }

    /// Compares the tables with what they must hold, and returns the comparison if they differ.
    pub(crate) fn differences(&self) -> Option<String> {
        self.differences_of("flow,dns,proxy")
    }

    /// As [`Site::differences`], for some pipelines.
    pub(crate) fn differences_of(&self, pipelines: &str) -> Option<String> {
        let mut compare = python("compare.py");
        compare.arg(self.path("old")).arg(&self.url).arg("--expected").arg(self.path("expected"));
        compare.args(["--pipelines", pipelines]);
        if let Some(schema) = &self.schema {
            compare.args(["--schema", schema]);
        }
        let ended = finish(&mut compare);
        (ended.status != 0).then(|| ended.stdout + &ended.stderr)
    }

    /// Paths of the files below a folder of the site, with their content's length.
    pub(crate) fn files(&self, folder: &str) -> Vec<(String, u64)> {
        let root = self.path(folder);
        let mut folders = vec![root.clone()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                    files.push((name, path.metadata().unwrap().len()));
                }
            }
        }
        files.sort();
        files
    }
}

fn python(script: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spot").join(script));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn run(command: &mut Command) {
    let ended = finish(command);
    assert_eq!(ended.status, 0, "{command:?}\n{}{}", ended.stdout, ended.stderr);
}
