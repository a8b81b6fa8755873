//! PostgreSQL: a durable server on a socket; states are databases that `bench` is copied from.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{DATABASE, Engine, as_user, own_folder};
use crate::Outcome;
use crate::measure::plain;
use crate::peers::{self, Staged};

const SETTINGS: &[&str] = &["shared_buffers=1GB", "max_wal_size=8GB"];

pub(super) struct Postgres {
    bin: PathBuf,
    folder: PathBuf,
    pid: u32,
}

/// The newest of Debian's versions, or what the path finds.
fn bin() -> Outcome<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        let version = entry.file_name().to_string_lossy().parse().unwrap_or(0);
        if entry.path().join("bin/initdb").exists() {
            found.push((version, entry.path().join("bin")));
        }
    }
    found.sort();
    found.pop().map(|(_, path)| path).ok_or_else(|| "PostgreSQL's server is not installed".into())
}

impl Postgres {
    pub(super) fn start(scratch: &Path) -> Outcome<Self> {
        let bin = bin()?;
        let folder = scratch.join("pg");
        own_folder("postgres", &folder)?;
        let data = folder.join("data");
        let program = |name: &str| {
            let mut command = as_user("postgres", &bin.join(name).display().to_string());
            command.current_dir(&folder);
            command
        };
        plain(program("initdb").arg("-D").arg(&data).args([
            "-U",
            "gapsync",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]))?;
        let options: String = SETTINGS.iter().map(|setting| format!(" -c {setting}")).collect();
        let options = format!("-k {} -c listen_addresses=''{options}", folder.display());
        // Not `plain`: the server would keep its pipes open.
        let status = program("pg_ctl")
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(folder.join("log"))
            .args(["-s", "-w", "-o", &options, "start"])
            .stdin(Stdio::null())
            .status()?;
        if !status.success() {
            return Err(format!("PostgreSQL did not start:\n{}", std::fs::read_to_string(folder.join("log"))?).into());
        }
        let pid = std::fs::read_to_string(data.join("postmaster.pid"))?.lines().next().unwrap_or("0").parse()?;
        Ok(Self { bin, folder, pid })
    }

    fn psql(&self, database: &str, script: &str) -> Outcome<String> {
        let file = self.folder.join("script.sql");
        std::fs::write(&file, script)?;
        let flags = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"];
        plain(Command::new("psql").args(flags).args(["--dbname", &self.conninfo(database), "--file"]).arg(file))
    }

    fn conninfo(&self, database: &str) -> String {
        format!("host={} user=gapsync dbname={database}", self.folder.display())
    }
}

impl Engine for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn described(&self) -> Outcome<String> {
        let version = self.psql("postgres", "SHOW server_version;")?;
        Ok(format!("PostgreSQL {}, {}, otherwise default (durable)", version.trim(), SETTINGS.join(", ")))
    }

    fn url(&self) -> String {
        format!("postgres:///{DATABASE}?host={}&user=gapsync", self.folder.display())
    }

    fn place(&self) -> String {
        self.conninfo(DATABASE)
    }

    fn server(&self) -> Option<u32> {
        Some(self.pid)
    }

    fn empty(&mut self) -> Outcome<()> {
        self.psql("postgres", "DROP DATABASE IF EXISTS bench;\nCREATE DATABASE bench;").map(drop)
    }

    fn save(&mut self, state: &str) -> Outcome<()> {
        self.psql(DATABASE, "VACUUM ANALYZE;")?;
        self.psql("postgres", &format!("DROP DATABASE IF EXISTS {state};\nALTER DATABASE bench RENAME TO {state};"))
            .map(drop)
    }

    fn restore(&mut self, state: &str) -> Outcome<()> {
        let script = format!(
            "DROP DATABASE IF EXISTS bench;\nCREATE DATABASE bench TEMPLATE {state} STRATEGY file_copy;\nCHECKPOINT;"
        );
        self.psql("postgres", &script).map(drop)
    }

    fn sql(&self, script: &str) -> Outcome<String> {
        self.psql(DATABASE, script)
    }

    fn digest(&self, rows: &str) -> String {
        format!("SELECT sum(('x' || left(md5(x), 15))::bit(60)::bigint) FROM ({rows}) r")
    }

    fn expert(&self, tables: &[Staged]) -> String {
        peers::postgres::script(tables)
    }

    fn dump(&self, tables: &[Staged]) -> String {
        let copy = |table: &Staged| format!("\\copy \"{}\" TO STDOUT WITH (FORMAT csv, HEADER)\n", table.name());
        format!("BEGIN ISOLATION LEVEL REPEATABLE READ;\n{}", tables.iter().map(copy).collect::<String>())
    }

    fn without_hashes(&self, tables: &[&str]) -> Outcome<()> {
        let clear = |name: &&str| format!("UPDATE \"{name}\" SET sync_hash = NULL;\nVACUUM FULL \"{name}\";\n");
        let script: String = tables.iter().map(clear).collect();
        self.sql(&format!("SET session_replication_role = replica;\n{script}")).map(drop)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = as_user("postgres", &self.bin.join("pg_ctl").display().to_string());
        stop.current_dir(&self.folder).arg("-D").arg(self.folder.join("data")).args(["-m", "immediate", "-s", "stop"]);
        let _ = stop.status();
    }
}
