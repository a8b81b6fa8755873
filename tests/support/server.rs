//! Database servers of a test's own, which it may kill.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use url::Url;

use super::{Database, Engine, database_on};

/// A program of a server. Servers refuse to run as root, or cannot do all that they should.
pub(crate) fn as_server(user: &str, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--init-groups"]).arg(program);
    command
}

/// A folder where a server may keep its data; `user` gets all that is in it.
pub(crate) fn server_folder(user: &str, inside: &[impl AsRef<std::path::Path>]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    for name in inside {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    let owner = format!("{user}:{user}");
    let _ = Command::new("chown").args(["-R", &owner]).arg(folder.path()).stderr(Stdio::null()).status();
    folder
}

/// A PostgreSQL or MariaDB server behind a unix socket, gone with the value.
pub(crate) struct Server {
    engine: Engine,
    folder: tempfile::TempDir,
    process: Option<Child>,
    /// Options of its own, after ours.
    options: Vec<String>,
}

impl Server {
    /// A new one. What it has committed survives that its process is killed.
    pub(crate) fn start(engine: Engine) -> Self {
        Self::start_with(engine, &[])
    }

    /// A new one with options of its own.
    pub(crate) fn start_with(engine: Engine, options: &[&str]) -> Self {
        Self::start_made(engine, &[], options)
    }

    /// A new one that is made with options of its own as well.
    pub(crate) fn start_made(engine: Engine, made: &[&str], options: &[&str]) -> Self {
        let user = if engine == Engine::Postgres { "postgres" } else { "mysql" };
        let folder = server_folder(user, &["data", "tmp"]);
        let data = folder.path().join("data");
        let mut install = match engine {
            Engine::Sqlite => unreachable!("SQLite has no server"),
            Engine::Postgres => {
                let mut command = as_server(user, postgres_program("initdb"));
                command.args(["-U", "gapsync", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"]);
                command.arg(data);
                command
            }
            Engine::Mariadb => {
                let mut command = as_server(user, "mariadb-install-db");
                command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                command.arg(format!("--datadir={}", data.display()));
                command
            }
        };
        let made =
            install.args(made).env("TMPDIR", folder.path().join("tmp")).current_dir(folder.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut server = Self {
            engine,
            folder,
            process: None,
            options: options.iter().map(|option| (*option).to_owned()).collect(),
        };
        server.start_again();
        server
    }

    /// Starts it once more, and waits until it answers.
    pub(crate) fn start_again(&mut self) {
        let begun = Instant::now();
        loop {
            let running = self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None)));
            if !running {
                // Of a PostgreSQL that was killed, what still runs keeps a new one from its memory for a moment.
                self.process = Some(self.command().spawn().expect("the server starts"));
            }
            std::thread::sleep(Duration::from_millis(200));
            if running && super::output(super::shell(self.engine, self.url().as_str()), "SELECT 1;").status.success() {
                return;
            }
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(60), "the server does not start:\n{log}");
        }
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Its socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join(if self.engine == Engine::Postgres { ".s.PGSQL.5432" } else { "s.sock" })
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A new, empty database there. It is to go away before the server.
    pub(crate) fn database(&self) -> Database {
        database_on(self.engine, Some(self.url()))
    }

    /// The URL of a database there.
    pub(crate) fn url_of(&self, name: &str) -> String {
        let mut url = self.url();
        url.set_path(name);
        url.into()
    }

    fn url(&self) -> Url {
        let url = match self.engine {
            Engine::Postgres => format!("postgres:///postgres?host={}&user=gapsync", self.folder.path().display()),
            _ => format!("mariadb://root@localhost/mysql?socket={}", self.socket().display()),
        };
        Url::parse(&url).expect("a URL")
    }

    fn command(&self) -> Command {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let log = std::fs::File::options().append(true).create(true).open(at("log")).unwrap();
        let mut command = if self.engine == Engine::Postgres {
            let mut command = as_server("postgres", postgres_program("postgres"));
            command.args(["-D", &at("data"), "-k", &at(""), "-c", "listen_addresses=", "-c", "fsync=off"]);
            // A server that a test kills leaves its shared memory behind, here in its folder.
            command.args(["-c", "dynamic_shared_memory_type=mmap"]);
            command
        } else {
            let mut command = as_server("mysql", "mariadbd");
            command.arg("--no-defaults").args([
                format!("--datadir={}", at("data")),
                format!("--tmpdir={}", at("tmp")),
                format!("--socket={}", at("s.sock")),
                format!("--pid-file={}", at("tmp/pid")),
            ]);
            command.args(["--skip-networking", "--local-infile=1", "--performance-schema=OFF"]);
            command.args(["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2"]);
            command
        };
        command.args(&self.options);
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A program of PostgreSQL's server, which Debian keeps where users do not look.
fn postgres_program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists()).max();
    found.unwrap_or_else(|| name.into())
}
