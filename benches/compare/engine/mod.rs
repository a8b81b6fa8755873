//! The engines: a server of our own each, one database `bench` in it, and saved states that it is brought back to.

mod mariadb;
mod postgres;
mod sqlite;

use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::peers::{Staged, To};

/// The database that everything is measured in.
pub(crate) const DATABASE: &str = "bench";

/// An engine with its database `bench`.
pub(crate) trait Engine {
    /// Name for people.
    fn name(&self) -> &'static str;
    /// Version and settings that matter, for the table.
    fn described(&self) -> Outcome<String>;
    /// What `--database` of gapsync takes.
    fn url(&self) -> String;
    /// What the peers' scripts take: connection string, socket or file.
    fn place(&self) -> String;
    /// Process id of the server.
    fn server(&self) -> Option<u32>;
    /// Makes `bench` an empty database.
    fn empty(&mut self) -> Outcome<()>;
    /// Keeps `bench` as it is under a name, tidied up; `bench` itself may be gone afterwards.
    fn save(&mut self, state: &str) -> Outcome<()>;
    /// Brings `bench` to a saved state.
    fn restore(&mut self, state: &str) -> Outcome<()>;
    /// Runs a script in `bench`; gives what it prints, a row a line.
    fn sql(&self, script: &str) -> Outcome<String>;
    /// The statement that digests the rows which `select` gives, one text column, whatever their order.
    fn digest(&self, rows: &str) -> String;
    /// The expert's import: script file content.
    fn expert(&self, tables: &[Staged]) -> String;
    /// Statements that print every table in one snapshot, in the shell's own form.
    fn dump(&self, tables: &[Staged]) -> String;
    /// Takes the hashes away from all rows of these tables, as if nobody had ever filled them.
    fn without_hashes(&self, tables: &[&str]) -> Outcome<()>;
    /// An expression with another text of 32 hex digits for each row.
    fn distinct(&self) -> &'static str {
        "md5(CAST(id AS char(20)))"
    }
    /// An identifier, quoted.
    fn ident(&self, name: &str) -> String {
        format!("\"{name}\"")
    }
    /// The texts put together with a bar between them.
    fn joined(&self, texts: &[String]) -> String {
        texts.join(" || '|' || ")
    }
    /// The text of an expression.
    fn text(&self, expression: &str) -> String {
        format!("CAST({expression} AS text)")
    }
}

/// The engines of that name, or all; each with its files below `scratch`.
pub(crate) fn start(only: Option<&str>, scratch: &Path) -> Outcome<Vec<Box<dyn Engine>>> {
    let mut engines: Vec<Box<dyn Engine>> = Vec::new();
    let wanted = |name: &str| only.is_none_or(|only| only.eq_ignore_ascii_case(name));
    if wanted("sqlite") {
        engines.push(Box::new(sqlite::Sqlite::start(scratch)?));
    }
    if wanted("postgres") {
        engines.push(Box::new(postgres::Postgres::start(scratch)?));
    }
    if wanted("mariadb") {
        engines.push(Box::new(mariadb::Mariadb::start(scratch)?));
    }
    if engines.is_empty() {
        return Err("no such engine: sqlite, postgres or mariadb".into());
    }
    Ok(engines)
}

/// A digest of each table by its content, whatever the ids of its rows are: what a row refers to stands in for the reference.
pub(crate) fn digests(engine: &dyn Engine, tables: &[Staged]) -> Outcome<String> {
    let mut script = String::new();
    for table in tables {
        let name = engine.ident(table.name());
        let mut texts = Vec::new();
        for (column, _) in table.inserted() {
            let own = format!("t.{}", engine.ident(column));
            let referred =
                |parent: &String| format!("(SELECT p.sync_hash FROM {} p WHERE p.id = {own})", engine.ident(parent));
            let value = match table.pivot(column).map(|pivot| &pivot.to) {
                None => own,
                Some(To::Table(parent)) => referred(parent),
                Some(To::Coded(kind, codes)) => {
                    let cases = codes.iter().map(|(code, parent)| format!(" WHEN '{code}' THEN {}", referred(parent)));
                    format!("CASE t.{}{} END", engine.ident(kind), cases.collect::<String>())
                }
            };
            texts.push(format!("coalesce({}, '-')", engine.text(&value)));
        }
        let rows = format!("SELECT {} AS x FROM {name} t", engine.joined(&texts));
        script.push_str(&format!(
            "SELECT '{}', (SELECT count(*) FROM {name}), ({});\n",
            table.name(),
            engine.digest(&rows)
        ));
    }
    engine.sql(&script)
}

/// A command that runs as the user a server insists on when we are root.
fn as_user(user: &str, program: &str) -> Command {
    let is_root = std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|status| status.lines().any(|line| line.starts_with("Uid:\t0\t")));
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--init-groups", program]);
    command
}

/// A folder that belongs to the user of a server.
fn own_folder(user: &str, folder: &Path) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    if as_user(user, "true").get_program() == "setpriv" {
        crate::measure::plain(Command::new("chown").arg(format!("{user}:{user}")).arg(folder))?;
    }
    Ok(())
}
