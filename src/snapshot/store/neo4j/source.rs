//! A server to make a snapshot of, once it is stopped.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::contract::{Body, Fact, Fence, Source, Taken};
use super::super::folders::{Files, facts, made_up};
use super::conf::Directories;
use super::tool::{Tool, Version, shown};
use super::{DATABASE_LOCK, DATABASES, DBMS, DUMP, STORE_LOCK, SYSTEM, TOP, TRANSACTIONS, is_name, works};
use crate::error::{Error, ErrorKind, Result};
use crate::run::report::grid::counted;
use crate::snapshot::catalogue::{Entry, Kind, shown as path_shown};
use crate::snapshot::platform::Neo4j;
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// What is told of a database, and how.
pub(super) const LAST: &str = "last transaction";

/// Returns what a fact is about.
pub(super) fn object(database: &str) -> String {
    format!("database {database}")
}

/// How the names of files of a transaction log begin.
const LOG: &str = "neostore.transaction.db";

/// How a server was saved, as the recovery point keeps it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Saved {
    /// Whether by dumps.
    pub(super) dump: bool,
    pub(super) databases: Vec<String>,
}

/// A server that is stopped.
pub(super) struct Stopped {
    config: Neo4j,
    directories: Directories,
    tool: Option<(Tool, Version)>,
    files: Files,
    /// Databases by the paths of their dumps.
    dumps: HashMap<Vec<u8>, String>,
    cancel: Cancel,
}

impl Stopped {
    pub(super) fn new(config: Neo4j) -> Self {
        let directories = Directories::below(Path::new("/"));
        let (files, dumps, cancel) = (Files::default(), HashMap::new(), Cancel::default());
        Self { config, directories, tool: None, files, dumps, cancel }
    }

    fn refused(&self, what: String, hint: &str) -> Error {
        let path = self.directories.databases().display().to_string();
        Error::new(ErrorKind::Check, what).at_path(path).hint(hint.to_owned())
    }

    fn tool(&self) -> Result<&(Tool, Version)> {
        self.tool.as_ref().ok_or_else(|| Error::internal("a server of Neo4j that nobody has asked for"))
    }

    /// Refuses a server that works: its lock is seen even from a container.
    fn is_stopped(&self) -> Result<()> {
        if works(&self.directories.databases())? {
            let hint = "Stop it, as a service of the platform file or by hand: a server that works cannot be saved.";
            return Err(self.refused("Neo4j works on these databases".to_owned(), hint));
        }
        Ok(())
    }

    /// Returns the names of the databases, each of which has its transaction log.
    fn databases(&self) -> Result<Vec<String>> {
        let folder = self.directories.databases();
        let fault = |error| Error::file(&folder, "the databases of Neo4j cannot be read", error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            if entry.path().is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        for name in &names {
            if !is_name(name) {
                let what = format!("the folder {} cannot be a database of Neo4j", shown(name));
                return Err(self.refused(what, "Move it away."));
            }
            // Neo4j 3 has it in the folder of the database.
            let has_log = |folder: &Path| {
                let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
                entries.any(|entry| entry.file_name().to_string_lossy().starts_with(LOG))
            };
            let log = self.directories.transactions.join(name);
            if !has_log(&log) && !has_log(&folder.join(name)) {
                let what = format!("the transaction log of the database {} is missing", shown(name));
                let hint = format!(
                    "Neo4j would not start a database without it. It must be in {}: check `conf` and `home` in the platform file. If the folder {} is no database, move it away.",
                    log.display(),
                    shown(name)
                );
                return Err(self.refused(what, &hint));
            }
        }
        if names.iter().all(|name| name == SYSTEM) {
            return Err(self.refused("Neo4j has no database of users".to_owned(), "Check `conf` in the platform file."));
        }
        Ok(names)
    }

    /// Asks Neo4j's own tool whether each database was shut down. Returns the number of the last transaction of each.
    fn were_shut_down(&self, names: &[String], taken: &mut Taken) -> Result<()> {
        let (tool, version) = self.tool()?;
        let Some(form) = version.form() else {
            let what = format!("Neo4j {} cannot be asked whether its databases were shut down", version.text);
            taken.warnings.push(format!("{what}: look for it in debug.log"));
            return Ok(());
        };
        let states = tool.info(form, &self.directories.databases(), &self.cancel)?;
        for name in names {
            let Some(state) = states.iter().find(|state| state.database == *name) else {
                let what = format!("the folder {} is no database that `neo4j-admin` knows", shown(name));
                return Err(self.refused(what, "Move it away."));
            };
            if state.is_used() {
                return Err(self.refused(format!("the database {} is in use", shown(name)), "Stop Neo4j."));
            }
            if !state.was_shut_down() {
                let what = format!("the database {} was not shut down cleanly", shown(name));
                let hint = "Start Neo4j, which recovers it, and stop it again. Then make the snapshot.";
                return Err(self.refused(what, hint));
            }
            let value = state.last_transaction()?;
            taken.facts.push(Fact { object: object(name), measure: LAST.to_owned(), value });
        }
        Ok(())
    }

    /// Lists the folders of the server.
    fn list(&mut self, taken: &mut Taken) -> Result<()> {
        let locks = format!("*/{DATABASE_LOCK}");
        self.files.list(DATABASES, &self.directories.databases(), &[STORE_LOCK, &locks], taken)?;
        for (below, folder) in
            [(TRANSACTIONS, self.directories.transactions.clone()), (DBMS, self.directories.data.join(DBMS))]
        {
            if folder.is_dir() {
                self.files.list(below, &folder, &[], taken)?;
            }
        }
        match taken.entries.iter().find(|entry| entry.kind == Kind::Link) {
            None => Ok(()),
            Some(link) => {
                Err(Error::schema("a link in the data of Neo4j leads elsewhere, and its content would not be saved")
                    .at_member(path_shown(&link.path))
                    .hint("Save what it leads to as a store of its own, or put it into the place of the link."))
            }
        }
    }
}

impl Source for Stopped {
    fn root(&self) -> String {
        format!("Neo4j by {}", self.config.conf.display())
    }

    fn plan(&self) -> String {
        let what = if self.config.dump { "ask for the databases" } else { "list the databases and transaction logs" };
        format!("{what} of the stopped Neo4j")
    }

    fn survives(&self) -> bool {
        false
    }

    fn probe(&mut self) -> Result<String> {
        self.directories = Directories::read(&self.config)?;
        let databases = self.directories.databases();
        let found = databases.metadata().map_err(|error| {
            Error::file(&databases, "the databases of Neo4j cannot be read", error)
                .hint("Check `conf` and `home` in the platform file.")
        })?;
        let tool = Tool::new(&self.config, (found.uid(), found.gid()));
        let version = tool.version()?;
        if self.config.dump && version.form().is_none() {
            return Err(Error::schema(format!("Neo4j {} cannot write a dump to standard output", version.text))
                .hint("Save its files: `mode = \"files\"` in the platform file. Dumps are for 4.4 and later."));
        }
        let text = version.text.clone();
        self.tool = Some((tool, version));
        Ok(text)
    }

    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        self.cancel = fence.cancel.clone();
        self.is_stopped()?;
        let names = self.databases()?;
        let mut taken = Taken::default();
        taken.entries.push(made_up("", Kind::Folder, 0));
        self.were_shut_down(&names, &mut taken)?;
        fail::point("neo4j.asked");
        if self.config.dump {
            let mut listed = Taken::default();
            self.list(&mut listed)?;
            // A restore needs room for the dumps and for what they become.
            taken.room = listed.room.map(|room| room.saturating_mul(2));
            for name in &names {
                let path = format!("{name}{DUMP}");
                taken.entries.push(made_up(&path, Kind::File, 0));
                self.dumps.insert(path.into_bytes(), name.clone());
            }
        } else {
            self.list(&mut taken)?;
            taken.facts.extend(facts(&taken.entries, &TOP));
        }
        taken.said = counted(names.len() as u64, "database");
        let saved = Saved { dump: self.config.dump, databases: names };
        taken.position = serde_json::to_string(&saved)
            .map_err(|error| Error::internal("the databases of a server cannot be written as JSON").because(error))?;
        Ok(taken)
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        // What is read while it works is of no moment.
        self.is_stopped()?;
        let Some(database) = self.dumps.get(&entry.path) else { return self.files.body(entry) };
        let (tool, version) = self.tool()?;
        let form = version.form().ok_or_else(|| Error::internal("a dump without a form"))?;
        Ok(Body::Stream(Box::new(tool.dump(form, database, &self.cancel)?)))
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }
}
