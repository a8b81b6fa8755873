//! Databases to make a snapshot of, while their server works.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::super::contract::{Body, Fact, Fence, Pieces, Source, Taken};
use super::super::folders::made_up;
use super::describe::{self, Table};
use super::hold::Held;
use super::read::{Counts, Reading, Rows};
use super::server::{Server, ident, literal};
use super::tool;
use crate::error::{Error, Result, escape};
use crate::run::report::grid::counted;
use crate::snapshot::catalogue::{Entry, Kind};
use crate::snapshot::platform::Postgresql;
use crate::snapshot::point::Class;
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// Names of files in the tree.
pub(super) const GLOBALS: &str = "globals.sql";
pub(super) const DATABASE: &str = "database.json";
pub(super) const TABLES: &str = "tables.json";
pub(super) const SCHEMA: &str = "schema.dump";
pub(super) const OBJECTS: &str = "large-objects.dump";
pub(super) const SEQUENCES: &str = "sequences.sql";

/// A script that loads the rows by hand.
const BY_HAND: &str = "load.sql";

/// What is counted.
pub(super) const ROWS: &str = "rows";

/// Connections, if the platform file does not say.
pub(super) const CONNECTIONS: usize = 4;

/// A database at its instant, as the recovery point keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Instant {
    pub(super) database: String,
    pub(super) snapshot: String,
    pub(super) lsn: String,
}

/// Returns the folder of a database in the tree. Its name may be of any letters.
pub(super) fn folder(index: usize, name: &str) -> String {
    let sound = |c: char| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' };
    let short: String = name.chars().take(40).map(sound).collect();
    format!("{}-{short}", index + 1)
}

/// Returns what a fact is about.
pub(super) fn object(database: &str, table: &str) -> String {
    format!("table {}.{table}", ident(database))
}

/// What a file of the tree consists of.
#[derive(Clone)]
enum Part {
    Bytes(Vec<u8>),
    Globals,
    Schema(usize),
    Objects(usize),
    /// A database, whether the rows are binary, and how many answers they are.
    Rows(usize, bool, usize),
}

/// Databases to make a snapshot of.
pub(super) struct Logical {
    config: Postgresql,
    server: Server,
    names: Vec<String>,
    version: u32,
    held: Vec<Held>,
    parts: HashMap<Vec<u8>, Part>,
    /// The database that is being read.
    reading: Option<(usize, Arc<Mutex<Reading>>)>,
    /// How many rows the tables of each database have.
    counts: Vec<Option<Counts>>,
    cancel: Cancel,
}

impl Logical {
    pub(super) fn new(config: Postgresql, server: Server) -> Self {
        let (names, held, parts, counts) = (Vec::new(), Vec::new(), HashMap::new(), Vec::new());
        Self { config, server, names, version: 0, held, parts, reading: None, counts, cancel: Cancel::default() }
    }

    /// Lists the files of a database.
    fn list(&mut self, index: usize, taken: &mut Taken) -> Result<()> {
        let held = &self.held[index];
        let below = folder(index, &held.name);
        let json = |value: serde_json::Result<Vec<u8>>| {
            value.map_err(|error| Error::internal("a database cannot be described as JSON").because(error))
        };
        let mut add = |path: String, part: Part| {
            let bytes = if let Part::Bytes(content) = &part { content.len() as u64 } else { 0 };
            taken.entries.push(made_up(&path, Kind::File, bytes));
            self.parts.insert(path.into_bytes(), part);
        };
        add(format!("{below}/{DATABASE}"), Part::Bytes(json(serde_json::to_vec_pretty(&held.database))?));
        add(format!("{below}/{TABLES}"), Part::Bytes(json(serde_json::to_vec_pretty(&held.tables))?));
        add(format!("{below}/{BY_HAND}"), Part::Bytes(by_hand(&held.tables).into_bytes()));
        add(format!("{below}/{SEQUENCES}"), Part::Bytes(held.sequences.clone().into_bytes()));
        add(format!("{below}/{SCHEMA}"), Part::Schema(index));
        if held.database.objects > 0 {
            add(format!("{below}/{OBJECTS}"), Part::Objects(index));
        }
        for table in &held.tables {
            for segment in &table.segments {
                add(format!("{below}/{}", segment.file), Part::Rows(index, table.binary, segment.ranges.len()));
            }
        }
        Ok(())
    }

    fn dump(&mut self, index: usize, arguments: &[&str]) -> Result<Box<dyn Pieces>> {
        let held = &mut self.held[index];
        held.check()?;
        let mut all: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        all.extend(["--format=custom", "--compress=0", "--no-password"].map(str::to_owned));
        all.push(format!("--snapshot={}", held.snapshot));
        all.push(format!("--dbname={}", self.server.address(Some(&held.name))));
        let output = tool::output(&self.config, &self.server, "pg_dump", &all, &self.cancel)?;
        Ok(Box::new(output))
    }

    /// Returns the rows of a file. Those of a database are read in the order in which they were listed.
    fn rows(&mut self, index: usize, binary: bool, answers: usize) -> Rows {
        let Self { reading, held, counts, config, server, cancel, .. } = self;
        if reading.as_ref().is_none_or(|(of, _)| *of != index) {
            let held = &held[index];
            let connections = config.connections.unwrap_or(CONNECTIONS);
            let begun = Reading::begin(server, (&held.name, &held.snapshot), &held.tables, connections, cancel);
            counts[index] = Some(Arc::clone(&begun.counts));
            *reading = Some((index, Arc::new(Mutex::new(begun))));
        }
        let begun = reading.as_ref().map(|(_, reading)| Arc::clone(reading));
        Rows::new(&begun.unwrap_or_else(|| unreachable!("it was just begun")), binary, answers)
    }
}

/// Returns the script that loads the rows of a database by hand.
fn by_hand(tables: &[Table]) -> String {
    let mut script = "-- Loads the rows with psql, in this folder, between `pg_restore --section=pre-data` and \
         `--section=post-data` of schema.dump.\n\\set ON_ERROR_STOP on\nSET search_path = '';\n"
        .to_owned();
    for table in tables {
        let form = if table.binary { " WITH (FORMAT binary)" } else { "" };
        for segment in &table.segments {
            script = script + &format!("\\copy {} FROM {}{form}\n", target(table), literal(&segment.file));
        }
    }
    script
}

/// Returns a table with the columns that are loaded.
pub(super) fn target(table: &Table) -> String {
    if table.columns.is_empty() { table.name.clone() } else { format!("{} ({})", table.name, table.columns.join(", ")) }
}

impl Source for Logical {
    fn root(&self) -> String {
        let which = if self.config.databases.is_empty() {
            "all databases".to_owned()
        } else {
            format!("the databases {}", self.config.databases.join(", "))
        };
        format!("{} of PostgreSQL at {}", escape::line(&which), self.server.shown())
    }

    fn plan(&self) -> String {
        "hold a snapshot of each database, which pg_dump and COPY read".to_owned()
    }

    /// Its session lives until all is read.
    fn survives(&self) -> bool {
        true
    }

    fn probe(&mut self) -> Result<String> {
        let mut link = self.server.connect(None)?;
        let (version, text) = link.version()?;
        self.version = version;
        tool::fits(&self.config, &self.server, "pg_dump", version)?;
        if self.config.globals {
            tool::fits(&self.config, &self.server, "pg_dumpall", version)?;
            if link.cell("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")? != "t" {
                return Err(Error::schema("only a superuser may read the passwords of PostgreSQL's roles")
                    .hint("Log in as a superuser, or leave roles out: `globals = false` in the platform file."));
            }
        }
        let known = describe::names(&mut link)?;
        self.names.clone_from(&self.config.databases);
        if let Some(missing) = self.names.iter().find(|name| !known.contains(name)) {
            return Err(Error::schema(format!("PostgreSQL has no database {}", escape::line(missing)))
                .hint("Check `databases` in the platform file: the database must exist and allow connections."));
        }
        if self.names.is_empty() {
            // Every server has one of this name, so it could not be restored.
            if known.iter().any(|name| name == "postgres")
                && describe::is_used(&mut self.server.connect(Some("postgres"))?)?
            {
                return Err(Error::schema("the database postgres is used, but every server has one already")
                    .hint("Name the databases in the platform file: `databases = [\"…\"]`. A store of one database can be restored under another name."));
            }
            self.names = known.into_iter().filter(|name| name != "postgres").collect();
        }
        if self.names.is_empty() {
            return Err(Error::schema("PostgreSQL has no database of users"));
        }
        Ok(text)
    }

    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        self.cancel = fence.cancel.clone();
        let mut taken = Taken::default();
        for name in &self.names {
            fence.cancel.check()?;
            self.held.push(Held::take(&self.server, name, self.version)?);
            fail::point("postgresql.held");
        }
        self.counts = vec![None; self.held.len()];
        taken.entries.push(made_up("", Kind::Folder, 0));
        if self.config.globals {
            taken.entries.push(made_up(GLOBALS, Kind::File, 0));
            self.parts.insert(GLOBALS.as_bytes().to_vec(), Part::Globals);
        }
        for index in 0..self.held.len() {
            let below = folder(index, &self.held[index].name);
            taken.entries.push(made_up(&below, Kind::Folder, 0));
            taken.entries.push(made_up(&format!("{below}/data"), Kind::Folder, 0));
            self.list(index, &mut taken)?;
        }
        let instant = |held: &Held| Instant {
            database: held.name.clone(),
            snapshot: held.snapshot.clone(),
            lsn: held.position.clone(),
        };
        let instants: Vec<Instant> = self.held.iter().map(instant).collect();
        taken.position = serde_json::to_string(&instants)
            .map_err(|error| Error::internal("an instant cannot be written as JSON").because(error))?;
        taken.room = Some(self.held.iter().map(|held| held.bytes).sum());
        let foreign: u64 = self.held.iter().map(|held| held.foreign).sum();
        if foreign > 0 {
            taken
                .warnings
                .push(format!("the rows of {foreign} foreign tables are on other servers, and are not saved"));
        }
        if self.held.len() > 1 && fence.class == Class::Ordered {
            let warning =
                "each database is of one moment, but one was taken after the other while the application wrote";
            taken.warnings.push(warning.to_owned());
        }
        let tables: usize = self.held.iter().map(|held| held.tables.len()).sum();
        let databases = counted(self.held.len() as u64, "database");
        taken.said = format!("{databases} with {}", counted(tables as u64, "table"));
        Ok(taken)
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        let part = self.parts.get(&entry.path).cloned();
        Ok(match part.ok_or_else(|| Error::internal("a file that was not listed"))? {
            Part::Bytes(content) => Body::Bytes(content),
            Part::Globals => {
                let arguments = [
                    "--globals-only".to_owned(),
                    "--no-password".to_owned(),
                    format!("--dbname={}", self.server.address(None)),
                ];
                let output = tool::output(&self.config, &self.server, "pg_dumpall", &arguments, &self.cancel)?;
                Body::Stream(Box::new(output))
            }
            Part::Schema(index) => Body::Stream(self.dump(index, &["--section=pre-data", "--section=post-data"])?),
            // Of what has data, only large objects are left.
            Part::Objects(index) => Body::Stream(self.dump(index, &["--section=data", "--exclude-table-data=*.*"])?),
            Part::Rows(index, binary, answers) => Body::Stream(Box::new(self.rows(index, binary, answers))),
        })
    }

    fn late_facts(&mut self) -> Vec<Fact> {
        let mut facts = Vec::new();
        // All is read: its sessions end here, and with them their locks.
        self.reading = None;
        for (held, counts) in std::mem::take(&mut self.held).iter().zip(&self.counts) {
            let counted = counts.as_ref().map(|counts| counts.lock().unwrap_or_else(PoisonError::into_inner).clone());
            for (index, table) in held.tables.iter().enumerate() {
                let value = counted.as_ref().and_then(|counts| counts.get(index)).copied().unwrap_or(0);
                facts.push(Fact { object: object(&held.name, &table.name), measure: ROWS.to_owned(), value });
            }
        }
        facts
    }

    fn release(&mut self) -> Result<()> {
        self.reading = None;
        self.held.clear();
        Ok(())
    }
}
