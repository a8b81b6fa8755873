//! All databases of a server as one script, as `pg_dumpall` writes it and `psql` reads it: into a server that is empty.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::super::contract::{Body, Fact, Fence, Left, Load, PostgresqlMade, Sink, Source, Taken};
use super::super::folders::made_up;
use super::describe;
use super::make;
use super::server::{Link, Server};
use super::tool;
use crate::error::{Error, Result, escape};
use crate::snapshot::catalogue::{Entry, Kind};
use crate::snapshot::platform::Postgresql;
use crate::snapshot::point::{Class, PointStore};
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// The script in the tree, and what the recovery point says about it.
const SCRIPT: &str = "dump.sql";
const POSITION: &str = "plain";

/// The last words of a script that is complete, and where they are looked for.
const COMPLETE: &str = "PostgreSQL database cluster dump complete";
const END: i64 = 4096;

/// Bytes that are given to `psql` at once.
const PIECE: usize = 256 << 10;

/// A server whose script is saved or loaded.
pub(super) struct Plain {
    config: Postgresql,
    server: Server,
    made: PostgresqlMade,
    cancel: Cancel,
}

impl Plain {
    pub(super) fn new(config: Postgresql, server: Server) -> Self {
        Self { config, server, made: PostgresqlMade::default(), cancel: Cancel::default() }
    }

    /// Asks for the version of the server, and whether one may save or load all of it.
    fn connect(&self, program: &str) -> Result<(Link, u32, String)> {
        let mut link = self.server.connect(None)?;
        let (version, text) = link.version()?;
        tool::fits(&self.config, &self.server, program, version)?;
        if link.cell("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")? != "t" {
            return Err(Error::schema("only a superuser may save or restore all of a PostgreSQL server")
                .hint("Log in as a superuser."));
        }
        Ok((link, version, text))
    }

    /// Refuses a server that holds anything: a script would double its rows.
    fn is_empty(&self, link: &mut Link) -> Result<()> {
        let own = link.cell("SELECT current_user")?;
        let roles = link.column("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1")?;
        let role = roles.into_iter().find(|role| *role != own).map(|role| format!("a role {role}"));
        let database = describe::names(link)?.into_iter().find(|name| name != "postgres");
        let mut found = database.map(|name| format!("a database {name}")).or(role);
        if found.is_none() && describe::is_used(&mut self.server.connect(Some("postgres"))?)? {
            found = Some("something in its database postgres".to_owned());
        }
        match found {
            None => Ok(()),
            Some(what) => Err(Error::schema(format!("the server is not empty: it has {}", escape::line(&what)))
                .hint("Nothing was changed. A plain script is restored into a new server, right after initdb.")),
        }
    }

    /// Gives the script to `psql`, without the statements that make the role of the login, which every server has.
    fn feed(&self, script: &Path, existing: &[String], cancel: &Cancel) -> Result<()> {
        let fault = |error| Error::file(script, "the script cannot be read", error);
        let mut reader = BufReader::with_capacity(PIECE, File::open(script).map_err(fault)?);
        let arguments = ["-X", "-q", "--no-password", "-v", "ON_ERROR_STOP=1", "-f", "-"].map(str::to_owned);
        let arguments = [&arguments[..], &[format!("--dbname={}", self.server.address(None))]].concat();
        let mut running = tool::input(&self.config, &self.server, "psql", &arguments)?;
        let mut pipe = running.input()?;
        let (mut line, mut in_roles, mut written) = (Vec::new(), true, Ok(()));
        while written.is_ok() {
            cancel.check()?;
            line.clear();
            let read = if in_roles {
                reader.read_until(b'\n', &mut line)
            } else {
                reader.by_ref().take(PIECE as u64).read_to_end(&mut line)
            };
            if read.map_err(fault)? == 0 {
                break;
            }
            in_roles = in_roles && !line.starts_with(b"\\connect ");
            let text = String::from_utf8_lossy(&line);
            if in_roles && named(&text, "CREATE ROLE ").is_some_and(|role| existing.contains(&role)) {
                continue;
            }
            written = pipe.write_all(&line);
        }
        // A program that has ended reads no more, and says why.
        drop(pipe);
        running.end(cancel)
    }
}

/// Returns the name that a statement of a script makes, such as `CREATE ROLE "a b";`.
fn named(line: &str, statement: &str) -> Option<String> {
    let rest = line.strip_prefix(statement)?;
    let Some(quoted) = rest.strip_prefix('"') else {
        return Some(rest.split([' ', ';']).next().unwrap_or_default().trim_end().to_owned());
    };
    let mut name = String::new();
    let mut chars = quoted.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '"' && chars.next_if_eq(&'"').is_none() {
            return Some(name);
        }
        name.push(c);
    }
    None
}

/// Returns the databases and roles that a script makes, and checks that it is complete.
fn made_by(script: &Path) -> Result<(Vec<String>, Vec<String>)> {
    let fault = |error| Error::file(script, "the script of the server is not in the snapshot", error);
    let mut file = File::open(script).map_err(fault)?;
    let length = i64::try_from(file.metadata().map_err(fault)?.len()).unwrap_or(i64::MAX);
    file.seek(SeekFrom::End(-length.min(END))).map_err(fault)?;
    let mut end = Vec::new();
    file.read_to_end(&mut end).map_err(fault)?;
    if !String::from_utf8_lossy(&end).contains(COMPLETE) {
        return Err(Error::damaged("the script of the server does not end as pg_dumpall ends one"));
    }
    file.seek(SeekFrom::Start(0)).map_err(fault)?;
    let (mut databases, mut roles) = (Vec::new(), Vec::new());
    let mut reader = BufReader::with_capacity(PIECE, file);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(fault)? == 0 {
            return Ok((databases, roles));
        }
        // In a server that was empty, what has a name of these is of the script.
        if line.starts_with(b"CREATE ") {
            let text = String::from_utf8_lossy(&line);
            databases.extend(named(&text, "CREATE DATABASE "));
            roles.extend(named(&text, "CREATE ROLE "));
        }
    }
}

impl Source for Plain {
    fn root(&self) -> String {
        format!("all databases of PostgreSQL at {}", self.server.shown())
    }

    fn plan(&self) -> String {
        "let pg_dumpall write all databases as one script".to_owned()
    }

    /// The script is of the time when it is written.
    fn survives(&self) -> bool {
        false
    }

    fn probe(&mut self) -> Result<String> {
        self.connect("pg_dumpall").map(|(_, _, text)| text)
    }

    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        self.cancel = fence.cancel.clone();
        if fence.class == Class::Frozen {
            return Err(Error::usage("pg_dumpall takes longer than services can be frozen")
                .hint("Choose --mode stopped, or leave out `plain = true`."));
        }
        let mut taken = Taken { position: POSITION.to_owned(), said: "one script".to_owned(), ..Taken::default() };
        taken.entries = vec![made_up("", Kind::Folder, 0), made_up(SCRIPT, Kind::File, 0)];
        if fence.class == Class::Ordered {
            taken
                .warnings
                .push("each database is of a moment of its own, as pg_dumpall reads one after the other".to_owned());
        }
        Ok(taken)
    }

    fn body(&mut self, _: &Entry) -> Result<Body> {
        let arguments = ["--no-password".to_owned(), format!("--dbname={}", self.server.address(None))];
        let output = tool::output(&self.config, &self.server, "pg_dumpall", &arguments, &self.cancel)?;
        Ok(Body::Stream(Box::new(output)))
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Sink for Plain {
    fn place(&self) -> String {
        format!("the empty PostgreSQL at {}", self.server.shown())
    }

    fn probe(&mut self, kept: &PointStore) -> Result<PathBuf> {
        if kept.position != POSITION {
            return Err(Error::schema("the store was not saved as a plain script")
                .hint("Nothing was changed. Restore it as it was saved: without `plain = true`."));
        }
        let (mut link, version, shown) = self.connect("psql")?;
        let was = kept.version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if was.is_some_and(|was| was > version / 10_000) {
            let was = escape::line(&kept.version).into_owned();
            return Err(Error::schema(format!("the script is of PostgreSQL {was}, and the server is older: {shown}"))
                .hint("Nothing was changed. Restore it on the same version or a newer one."));
        }
        self.is_empty(&mut link)?;
        Ok(std::env::temp_dir())
    }

    fn load(&mut self, load: &mut Load<'_>) -> Result<String> {
        let script = load.tree.join(SCRIPT);
        let (databases, roles) = made_by(&script)?;
        let mut link = self.server.connect(None)?;
        self.is_empty(&mut link)?;
        let existing = link.column("SELECT rolname FROM pg_roles")?;
        let own = |name: &String| name != "postgres" && !name.starts_with("template");
        self.made = PostgresqlMade {
            url: self.server.address(None),
            staging: databases.into_iter().filter(own).collect(),
            oids: Vec::new(),
            roles: roles.into_iter().filter(|role| !existing.contains(role)).collect(),
        };
        (load.leave)(Left::Postgresql(self.made.clone()))?;
        fail::point("postgresql.plain");
        self.feed(&script, &existing, load.cancel).map_err(|error| {
            Error::database("psql stopped at the first error of the script")
                .because(error)
                .hint("Databases and roles of the script are dropped again. What it has changed in the databases postgres and template1 stays: make the server anew with initdb.")
        })?;
        fail::point("postgresql.loaded");
        Ok(escape::line(&self.made.staging.join(", ")).into_owned())
    }

    fn compare(&mut self, _: &[Fact]) -> Result<Vec<String>> {
        let known = describe::names(&mut self.server.connect(None)?)?;
        let missing = self.made.staging.iter().filter(|name| !known.contains(name));
        Ok(missing.map(|name| format!("the database {name} is missing")).collect())
    }

    fn publish(&mut self) -> Result<String> {
        Ok("done".to_owned())
    }

    fn discard(&mut self) -> Result<()> {
        make::remove(&self.server, &self.made)?;
        self.made = PostgresqlMade::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_statement_names_what_it_makes() {
        assert_eq!(named("CREATE ROLE app;\n", "CREATE ROLE ").as_deref(), Some("app"));
        assert_eq!(named("CREATE ROLE \"a \"\"b\";\n", "CREATE ROLE ").as_deref(), Some("a \"b"));
        assert_eq!(named("CREATE DATABASE d WITH TEMPLATE = t;", "CREATE DATABASE ").as_deref(), Some("d"));
        for none in ["CREATE ROLE \"open", "ALTER ROLE app;", ""] {
            assert_eq!(named(none, "CREATE ROLE "), None);
        }
    }
}
