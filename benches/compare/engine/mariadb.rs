//! MariaDB: a durable server on a socket; states are copies of its data folder, made while it is stopped.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{DATABASE, Engine, as_user, own_folder};
use crate::Outcome;
use crate::measure::plain;
use crate::peers::{self, Staged};

const SETTINGS: &[&str] = &["innodb-buffer-pool-size=2G", "innodb-log-file-size=2G"];
const STARTED_WITHIN: Duration = Duration::from_secs(120);

pub(super) struct Mariadb {
    folder: PathBuf,
    server: Option<Child>,
}

impl Mariadb {
    pub(super) fn start(scratch: &Path) -> Outcome<Self> {
        let folder = scratch.join("my");
        own_folder("mysql", &folder)?;
        let mut install = as_user("mysql", "mariadb-install-db");
        install.arg("--no-defaults").arg(format!("--datadir={}", folder.join("data").display()));
        plain(install.args(["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-log-bin"]))?;
        let mut engine = Self { folder, server: None };
        engine.up()?;
        Ok(engine)
    }

    fn up(&mut self) -> Outcome<()> {
        let folder = self.folder.display();
        let log = std::fs::File::create(self.folder.join("log"))?;
        let mut command = as_user("mysql", "mariadbd");
        command.args(["--no-defaults", "--skip-networking", "--skip-log-bin", "--local-infile=1"]);
        command.arg(format!("--datadir={folder}/data")).arg(format!("--tmpdir={folder}"));
        command.arg(format!("--socket={}", self.place())).arg(format!("--pid-file={folder}/pid"));
        command.args(SETTINGS.iter().map(|setting| format!("--{setting}")));
        self.server = Some(command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?);
        let began = Instant::now();
        while self.shell("", "SELECT 1").is_err() {
            if began.elapsed() > STARTED_WITHIN {
                return Err(
                    format!("MariaDB did not start:\n{}", std::fs::read_to_string(self.folder.join("log"))?).into()
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn down(&mut self) -> Outcome<()> {
        if let Some(mut server) = self.server.take() {
            plain(Command::new("kill").arg(server.id().to_string()))?;
            server.wait()?;
        }
        Ok(())
    }

    fn shell(&self, database: &str, script: &str) -> Outcome<String> {
        let socket = format!("--socket={}", self.place());
        let flags = ["--no-defaults", "--batch", "--raw", "--skip-column-names", "--user=root", &socket];
        let file = self.folder.join("script.sql");
        std::fs::write(&file, script)?;
        let source = format!("source {}", file.display());
        plain(Command::new("mariadb").args(flags).args(["--execute", &source]).arg(database))
    }

    fn copy(&self, from: &str, to: &str) -> Outcome<()> {
        let (from, to) = (self.folder.join(from), self.folder.join(to));
        if to.exists() {
            std::fs::remove_dir_all(&to)?;
        }
        plain(Command::new("cp").args(["--archive", "--reflink=auto"]).arg(from).arg(to))?;
        // What the copy left to be written is not the measured run's.
        plain(&mut Command::new("sync")).map(drop)
    }
}

impl Engine for Mariadb {
    fn name(&self) -> &'static str {
        "MariaDB"
    }

    fn described(&self) -> Outcome<String> {
        let version = self.shell("", "SELECT version()")?;
        Ok(format!("MariaDB {}, {}, no binary log, otherwise default (durable)", version.trim(), SETTINGS.join(", ")))
    }

    fn url(&self) -> String {
        format!("mariadb://root@localhost/{DATABASE}?socket={}", self.place())
    }

    fn place(&self) -> String {
        self.folder.join("sock").display().to_string()
    }

    fn server(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    fn empty(&mut self) -> Outcome<()> {
        self.shell("", "DROP DATABASE IF EXISTS bench; CREATE DATABASE bench CHARACTER SET utf8mb4").map(drop)
    }

    fn save(&mut self, state: &str) -> Outcome<()> {
        // Purged and written out, so that a copy starts without work of its own.
        self.shell("", "SET GLOBAL innodb_fast_shutdown = 0")?;
        self.down()?;
        self.copy("data", state)?;
        self.up()
    }

    /// The restarted server reads every table and index once, so that both sides find them in memory.
    fn restore(&mut self, state: &str) -> Outcome<()> {
        self.down()?;
        self.copy(state, "data")?;
        self.up()?;
        let tables = self.sql("SHOW TABLES")?;
        let tables: Vec<String> = tables.lines().map(|name| self.ident(name)).collect();
        self.sql(&format!("CHECK TABLE {}", peers::list(tables))).map(drop)
    }

    fn sql(&self, script: &str) -> Outcome<String> {
        self.shell(DATABASE, script)
    }

    fn digest(&self, rows: &str) -> String {
        format!("SELECT sum(cast(conv(left(md5(x), 15), 16, 10) AS unsigned)) FROM ({rows}) r")
    }

    fn expert(&self, tables: &[Staged]) -> String {
        peers::mariadb::script(tables)
    }

    fn dump(&self, tables: &[Staged]) -> String {
        let select = |table: &Staged| format!("SELECT * FROM `{}`;\n", table.name());
        let selects: String = tables.iter().map(select).collect();
        format!("SET NAMES utf8mb4;\nSTART TRANSACTION WITH CONSISTENT SNAPSHOT;\n{selects}")
    }

    fn without_hashes(&self, tables: &[&str]) -> Outcome<()> {
        // The schema's triggers stand where it changes the delimiter.
        let schema = include_str!("../../../sql/mariadb/threatq.sql");
        let (from, to) = (schema.find("DELIMITER //"), schema.find("DELIMITER ;"));
        let triggers = from.zip(to).map_or("", |(from, to)| &schema[from..to]);
        let names = self.sql("SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'bench'")?;
        let drops: String = names.lines().map(|name| format!("DROP TRIGGER `{name}`;\n")).collect();
        let clear: String = tables.iter().map(|name| format!("UPDATE `{name}` SET sync_hash = NULL;\n")).collect();
        self.sql(&format!("{drops}{clear}{triggers}")).map(drop)
    }

    fn ident(&self, name: &str) -> String {
        format!("`{name}`")
    }

    fn joined(&self, texts: &[String]) -> String {
        format!("concat_ws('|', {})", texts.join(", "))
    }

    fn text(&self, expression: &str) -> String {
        format!("CAST({expression} AS char CHARACTER SET utf8mb4)")
    }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        let _ = self.down();
    }
}
