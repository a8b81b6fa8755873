//! Databases to make a snapshot of, while their server works.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::super::contract::{Body, Fact, Fence, Source, Taken};
use super::super::folders::made_up;
use super::describe::{self, Database};
use super::hold::Held;
use super::read::{Counts, Reading, Rows};
use super::script;
use super::server::{MariadbServer, ident};
use crate::error::{Error, Result, escape};
use crate::run::report::grid::counted;
use crate::snapshot::catalogue::{Entry, Kind};
use crate::snapshot::platform::Mariadb;
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// Names of files in the tree.
pub(super) const DATABASE: &str = "database.json";
const BY_HAND: &str = "restore.sql";

/// What is counted.
pub(super) const ROWS: &str = "rows";

/// Connections, if the platform file does not say.
pub(super) const CONNECTIONS: usize = 4;

/// What the recovery point keeps.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Instant {
    pub(super) databases: Vec<String>,
    pub(super) gtid: String,
}

/// Returns the folder of a database in the tree. Its name may be of any letters.
pub(super) fn folder(index: usize, name: &str) -> String {
    let sound = |c: char| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' };
    let short: String = name.chars().take(40).map(sound).collect();
    format!("{}-{short}", index + 1)
}

/// Returns what a fact is about.
pub(super) fn object(database: &str, table: &str) -> String {
    format!("table {}.{}", ident(database), ident(table))
}

/// Returns the facts of what has no rows: how many objects of each kind a database has.
pub(super) fn objects(database: &Database, name: &str) -> Vec<Fact> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    let sequences = database.sequences.iter().map(|_| "sequences".to_owned());
    for measure in database.objects.iter().map(|object| object.kind.to_lowercase() + "s").chain(sequences) {
        match counts.iter_mut().find(|(known, _)| *known == measure) {
            Some((_, count)) => *count += 1,
            None => counts.push((measure, 1)),
        }
    }
    let fact = |(measure, value)| Fact { object: format!("database {}", ident(name)), measure, value };
    counts.into_iter().map(fact).collect()
}

/// What a file of the tree consists of.
#[derive(Clone)]
enum Part {
    Bytes(Vec<u8>),
    /// The rows of a table, in so many answers.
    Rows(usize),
}

/// Databases to make a snapshot of.
pub(super) struct Databases {
    config: Mariadb,
    server: MariadbServer,
    names: Vec<String>,
    held: Option<Held>,
    parts: HashMap<Vec<u8>, Part>,
    /// The tables, once they are read.
    reading: Option<Arc<Mutex<Reading>>>,
    counts: Option<Counts>,
    cancel: Cancel,
}

impl Databases {
    pub(super) fn new(config: Mariadb, server: MariadbServer) -> Self {
        let (names, parts) = (Vec::new(), HashMap::new());
        Self { config, server, names, held: None, parts, reading: None, counts: None, cancel: Cancel::default() }
    }

    /// Returns the rows of a table. All are read in the order in which they were listed.
    fn rows(&mut self, answers: usize) -> Result<Rows> {
        let Self { reading, held, counts, cancel, .. } = self;
        if reading.is_none() {
            let held = held.as_mut().ok_or_else(|| Error::internal("the instant of MariaDB was not taken"))?;
            let begun = Reading::begin(&held.databases, std::mem::take(&mut held.readers), cancel);
            *counts = Some(Arc::clone(&begun.counts));
            *reading = Some(Arc::new(Mutex::new(begun)));
        }
        let begun = reading.as_ref().ok_or_else(|| Error::internal("it was just begun"))?;
        Ok(Rows::new(begun, answers))
    }
}

/// Lists the files of a database.
fn files(database: &Database, index: usize) -> Result<Vec<(String, Part)>> {
    let below = folder(index, &database.name);
    let described = serde_json::to_vec_pretty(database)
        .map_err(|error| Error::internal("a database cannot be described as JSON").because(error))?;
    let fixed = [(DATABASE, described), (BY_HAND, script::by_hand(database).into_bytes())];
    let fixed = fixed.into_iter().map(|(name, content)| (format!("{below}/{name}"), Part::Bytes(content)));
    let rows = database.tables.iter().map(|table| (format!("{below}/{}", table.file), Part::Rows(table.ranges.len())));
    Ok(fixed.chain(rows).collect())
}

/// Says what a snapshot of a database does not keep.
fn warnings(database: &Database) -> Vec<String> {
    let versioned = database.tables.iter().filter(|table| table.create.contains("WITH SYSTEM VERSIONING"));
    let names: Vec<_> = versioned.map(|table| escape::line(&table.name).into_owned()).collect();
    let broken = database.objects.iter().filter(|object| object.broken);
    let broken = broken.map(|view| {
        let name = escape::line(&view.name);
        format!(
            "the view {name} cannot be read, as its definer or what it is made of is missing: a restore makes it if it can"
        )
    });
    let history = (!names.is_empty())
        .then(|| format!("of these tables, only the rows of now are saved, not their history: {}", names.join(", ")));
    history.into_iter().chain(broken).collect()
}

impl Source for Databases {
    fn root(&self) -> String {
        let which = if self.config.databases.is_empty() {
            "all databases".to_owned()
        } else {
            format!("the databases {}", self.config.databases.join(", "))
        };
        format!("{} of MariaDB at {}", escape::line(&which), self.server.shown())
    }

    fn plan(&self) -> String {
        "hold up writers for a moment, in which several sessions begin to see one instant".to_owned()
    }

    /// Its sessions live until all is read.
    fn survives(&self) -> bool {
        true
    }

    fn probe(&mut self) -> Result<String> {
        let mut link = self.server.connect(None)?;
        let version = link.version()?;
        let known = describe::names(&mut link)?;
        self.names.clone_from(&self.config.databases);
        if let Some(missing) = self.names.iter().find(|name| !known.contains(name)) {
            return Err(Error::schema(format!("MariaDB has no database {}", escape::line(missing))).hint(
                "Check `databases` in the platform file: the database must exist, and the user must have rights on it.",
            ));
        }
        if self.names.is_empty() {
            self.names = known;
        }
        if self.names.is_empty() {
            return Err(Error::schema("MariaDB has no database of users"));
        }
        describe::check_engines(&mut link, &self.names)?;
        Ok(version)
    }

    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        self.cancel = fence.cancel.clone();
        fence.cancel.check()?;
        let held = Held::take(&self.server, &self.names, self.config.connections.unwrap_or(CONNECTIONS))?;
        fail::point("mariadb.held");
        let mut taken = Taken { entries: vec![made_up("", Kind::Folder, 0)], ..Taken::default() };
        for (index, database) in held.databases.iter().enumerate() {
            let below = folder(index, &database.name);
            taken.entries.push(made_up(&below, Kind::Folder, 0));
            taken.entries.push(made_up(&format!("{below}/data"), Kind::Folder, 0));
            for (path, part) in files(database, index)? {
                let bytes = if let Part::Bytes(content) = &part { content.len() as u64 } else { 0 };
                taken.entries.push(made_up(&path, Kind::File, bytes));
                self.parts.insert(path.into_bytes(), part);
            }
            taken.facts.extend(objects(database, &database.name));
            taken.warnings.extend(warnings(database));
        }
        let instant = Instant { databases: self.names.clone(), gtid: held.position.clone() };
        taken.position = serde_json::to_string(&instant)
            .map_err(|error| Error::internal("an instant cannot be written as JSON").because(error))?;
        taken.room = Some(held.bytes);
        let tables: usize = held.databases.iter().map(|database| database.tables.len()).sum();
        let how = held.locked_ms.map_or_else(
            || "read by one session, as the user has not the right RELOAD".to_owned(),
            |locked| format!("writers were held up for {locked} ms"),
        );
        taken.said = format!(
            "{} with {}; {how}; users and rights of the server are not in it",
            counted(held.databases.len() as u64, "database"),
            counted(tables as u64, "table")
        );
        self.held = Some(held);
        Ok(taken)
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        let part = self.parts.get(&entry.path).cloned();
        Ok(match part.ok_or_else(|| Error::internal("a file that was not listed"))? {
            Part::Bytes(content) => Body::Bytes(content),
            Part::Rows(answers) => Body::Stream(Box::new(self.rows(answers)?)),
        })
    }

    fn late_facts(&mut self) -> Vec<Fact> {
        // All is read: its sessions end here.
        self.reading = None;
        let Some(held) = self.held.take() else { return Vec::new() };
        let counts = self.counts.as_ref().map(|counts| counts.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let tables = held.databases.iter().flat_map(|database| {
            database.tables.iter().map(|table| object(&database.name, &table.name)).collect::<Vec<_>>()
        });
        let fact = |(index, object): (usize, String)| {
            let value = counts.as_ref().and_then(|counts| counts.get(index)).copied().unwrap_or(0);
            Fact { object, measure: ROWS.to_owned(), value }
        };
        tables.enumerate().map(fact).collect()
    }

    fn release(&mut self) -> Result<()> {
        self.reading = None;
        self.held = None;
        Ok(())
    }
}
