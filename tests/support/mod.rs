//! Throw-away databases, and the engines' own shells to look into them without gapsync's code.

pub(crate) mod bucket;
pub(crate) mod server;

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use url::Url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
    Mariadb,
}

impl Engine {
    /// The name of its folder in `sql/`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
        }
    }

    /// Environment variable with the URL of a server where databases may be made; none for SQLite.
    fn variable(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("GAPSYNC_TEST_POSTGRES"),
            Self::Mariadb => Some("GAPSYNC_TEST_MARIADB"),
        }
    }

    fn admin(self) -> Option<Url> {
        let url = std::env::var(self.variable()?).ok()?;
        Some(Url::parse(&url).expect("the server's URL can be read"))
    }
}

/// The engines that the environment offers. One that is missing is printed as skipped, or fails the test when
/// `GAPSYNC_TEST_REQUIRE` is 1.
pub(crate) fn engines() -> Vec<Engine> {
    let offered = |engine: &Engine| {
        let Some(variable) = engine.variable() else { return true };
        let there = std::env::var_os(variable).is_some();
        if !there {
            assert!(!required(), "{variable} is not set");
            skipped(&format!("{}, because {variable} is not set", engine.name()));
        }
        there
    };
    [Engine::Sqlite, Engine::Postgres, Engine::Mariadb].into_iter().filter(offered).collect()
}

/// What a test needs besides a database, by the environment variable that says where it is. One that is missing is printed as
/// skipped, or fails the test when `GAPSYNC_TEST_REQUIRE` is 1.
pub(crate) fn service(name: &str, variable: &str) -> Option<String> {
    let found = std::env::var(variable).ok().filter(|found| !found.is_empty());
    if found.is_none() {
        assert!(!required(), "{variable} is not set");
        skipped(&format!("{name}, because {variable} is not set"));
    }
    found
}

/// Whether a test may leave nothing out.
pub(crate) fn required() -> bool {
    std::env::var("GAPSYNC_TEST_REQUIRE").is_ok_and(|value| value == "1")
}

/// Says that a test left something out. Past the test harness, which keeps what a test prints to itself; `tests/run` counts
/// these lines.
pub(crate) fn skipped(what: &str) {
    let thread = std::thread::current();
    let _ = writeln!(std::io::stderr(), "skipped: {} on {what}", thread.name().unwrap_or("a test"));
}

/// The program, in an environment where nothing but its arguments tells it what to do.
pub(crate) fn gapsync<I>(arguments: I) -> Command
where
    I: IntoIterator,
    I::Item: AsRef<std::ffi::OsStr>,
{
    let mut command = Command::new(env!("CARGO_BIN_EXE_gapsync"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("GAPSYNC_") || name == "COLUMNS" {
            command.env_remove(&*name);
        }
    }
    command.env("XDG_CONFIG_HOME", "/nonexistent").env("GAPSYNC_CONFIG", "");
    command
}

/// What the program left behind when it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Exit status; -1 when a signal ended it.
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command) -> Ended {
    command.output().expect("the program starts").into()
}

impl From<std::process::Output> for Ended {
    fn from(output: std::process::Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("results are UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }
}

/// An empty database that goes away with the value.
pub(crate) struct Database {
    pub(crate) engine: Engine,
    /// URL for `--database`.
    pub(crate) url: String,
    /// Where databases are made and dropped; none for a file.
    admin: Option<Url>,
    name: String,
    _folder: tempfile::TempDir,
}

/// A new, empty database.
pub(crate) fn fresh_database(engine: Engine) -> Database {
    database_on(engine, engine.admin())
}

fn database_on(engine: Engine, admin: Option<Url>) -> Database {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("gapsync_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let url = match admin.clone() {
        None => format!("sqlite:{}", folder.path().join("test.db").display()),
        Some(mut url) => {
            run(shell(engine, url.as_str()), &format!("CREATE DATABASE {name};"));
            url.set_path(&name);
            url.to_string()
        }
    };
    Database { engine, url, admin, name, _folder: folder }
}

impl Database {
    /// Runs a script in the engine's own shell and gives back its rows: cells with tabs between them, a line each; NULL is
    /// an empty text on SQLite and PostgreSQL and `NULL` on MariaDB.
    ///
    /// # Panics
    /// When a statement fails.
    pub(crate) fn run(&self, script: &str) -> String {
        run(shell(self.engine, &self.url), script)
    }

    /// As [`Database::run`]; none when a statement failed.
    pub(crate) fn try_run(&self, script: &str) -> Option<String> {
        let output = output(shell(self.engine, &self.url), script);
        output.status.success().then(|| String::from_utf8(output.stdout).expect("the shell prints UTF-8"))
    }

    /// Starts the engine's own shell and leaves it to read what is written to it.
    pub(crate) fn shell(&self) -> std::process::Child {
        let mut command = shell(self.engine, &self.url);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("the shell starts")
    }

    /// As [`Database::run`] for one query of numbers or texts without tabs.
    pub(crate) fn rows(&self, query: &str) -> Vec<Vec<String>> {
        self.run(query).lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(admin) = &self.admin else { return };
        let force = if self.engine == Engine::Postgres { " WITH (FORCE)" } else { "" };
        // A test that fails says more than the failure to clean up after it.
        let _ = output(shell(self.engine, admin.as_str()), &format!("DROP DATABASE {}{force};", self.name));
    }
}

fn shell(engine: Engine, url: &str) -> Command {
    match engine {
        Engine::Sqlite => {
            let mut command = Command::new("sqlite3");
            command.args(["-batch", "-bail", "-separator", "\t"]);
            command.args(["-cmd", ".timeout 10000", "-cmd", "PRAGMA foreign_keys = ON"]);
            command.arg(url.trim_start_matches("sqlite:"));
            command
        }
        Engine::Postgres => {
            let mut command = Command::new("psql");
            command.args(["-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", url]);
            command.env("PGOPTIONS", "-c client_min_messages=warning");
            command
        }
        Engine::Mariadb => {
            let url = Url::parse(url).expect("the URL can be read");
            let mut command = Command::new("mariadb");
            command.args(["--no-defaults", "--batch", "--skip-column-names", "--binary-mode"]);
            command.arg("--default-character-set=utf8mb4");
            command.args(["--init-command", "SET sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')"]);
            match url.query_pairs().find(|(name, _)| name == "socket") {
                Some((_, socket)) => command.arg(format!("--socket={socket}")),
                None => command.arg("--protocol=tcp").arg(format!("--host={}", url.host_str().unwrap_or("127.0.0.1"))),
            };
            command.args(url.port().map(|port| format!("--port={port}")));
            command.arg(format!("--user={}", url.username()));
            if let Some(password) = url.password() {
                command.env("MYSQL_PWD", password);
            }
            command.arg(url.path().trim_start_matches('/'));
            command
        }
    }
}

fn run(command: Command, script: &str) -> String {
    let output = output(command, script);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the shell prints UTF-8")
}

fn output(mut command: Command, script: &str) -> std::process::Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{:?} cannot be started: {error}", command.get_program()));
    let mut stdin = child.stdin.take().expect("the input is piped");
    let text = script.to_owned();
    // A thread of its own: the shell may print before it has read everything. It may also stop reading at an error.
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("the shell ends");
    let _ = writer.join().expect("the writer ends");
    output
}
