//! A keyspace as the files that `nodetool snapshot` linked: the engine's own form, of one moment, and it survives that the
//! application works again.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::ErrorKind as Io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::contract::{Body, Fence, Left, Pieces, Source, Taken};
use super::cql::{literal, quoted};
use super::keyspace::{self, Table};
use super::session::Cql;
use super::{count, digest, tool};
use crate::error::{Error, Result, escape};
use crate::model::hex::hex;
use crate::snapshot::catalogue::read::unhex;
use crate::snapshot::catalogue::{Entry, Kind};
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::Cassandra;
use crate::snapshot::point::Class;
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// Name of the schema's file in the tree.
pub(super) const SCHEMA: &str = "schema.cql";

/// Permissions of files and folders that are made up.
const MODES: (u32, u32) = (0o640, 0o750);

/// Returns an entry that is no file of the source.
pub(super) fn made_up(path: String, kind: Kind, bytes: u64) -> Entry {
    Entry {
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        mtime: i64::try_from(time::OffsetDateTime::now_utc().unix_timestamp_nanos()).unwrap_or(0),
        ..Entry::made_up(path.as_bytes(), kind, bytes, if kind == Kind::Folder { MODES.1 } else { MODES.0 })
    }
}

/// Returns where a keyspace is, for people.
pub(super) fn shown_place(name: &str, hosts: &[String]) -> String {
    escape::line(&format!("keyspace {name} at {}", hosts.join(", "))).into_owned()
}

/// Returns the data folders of a node on this machine.
///
/// # Errors
/// `Schema` if the node does not say where they are; `File` if they cannot be read here.
pub(super) fn folders(config: &Cassandra, cql: &Cql, node: Uuid) -> Result<Vec<PathBuf>> {
    let mut folders = config.data.clone();
    if folders.is_empty() {
        let query =
            "SELECT value FROM system_views.settings WHERE name = ".to_owned() + &literal("data_file_directories");
        let unknown = || {
            Error::schema("Cassandra does not say where its data folders are")
                .hint("Name them in the platform file: `data = [\"/var/lib/cassandra/data\"]`.")
        };
        let found: Vec<(Option<String>,)> = cql.rows_of(node, query).map_err(|error| unknown().because(error))?;
        let value = found.into_iter().next().and_then(|(value,)| value).ok_or_else(unknown)?;
        let inner = value.trim().trim_start_matches('[').trim_end_matches(']');
        folders = inner.split(',').map(str::trim).filter(|path| !path.is_empty()).map(PathBuf::from).collect();
        if folders.is_empty() {
            return Err(unknown());
        }
    }
    for folder in &folders {
        fs::read_dir(folder).map_err(|error| {
            Error::file(folder, "a data folder of Cassandra cannot be read on this machine", error)
                .hint("Run gapsync on the node as root or Cassandra's user, or save the rows: `mode = \"rows\"`.")
        })?;
    }
    Ok(folders)
}

/// A keyspace to make a snapshot of.
pub(super) struct Sstables {
    config: Cassandra,
    login: Option<Login>,
    cql: Option<Cql>,
    folders: Vec<PathBuf>,
    warnings: Vec<String>,
    /// Name of the snapshot, once it may be there.
    taken: Option<String>,
    schema: Vec<u8>,
    /// Where the files of the tree are.
    files: HashMap<Vec<u8>, PathBuf>,
    cancel: Cancel,
}

impl Sstables {
    pub(super) fn new(config: Cassandra, login: Option<Login>) -> Self {
        Self {
            config,
            login,
            cql: None,
            folders: Vec::new(),
            warnings: Vec::new(),
            taken: None,
            schema: Vec::new(),
            files: HashMap::new(),
            cancel: Cancel::default(),
        }
    }

    /// Refuses a node that has only a share of the rows.
    fn all_rows_are_here(&mut self, nodes: usize, copies: Option<usize>) -> Result<()> {
        if nodes <= 1 {
            return Ok(());
        }
        if copies != Some(nodes) {
            let what = format!(
                "the cluster has {nodes} nodes, and the files of one hold only a share of the keyspace {}",
                escape::line(&self.config.keyspace)
            );
            return Err(Error::schema(what).hint("Save the rows of all nodes: `mode = \"rows\"` in the platform file."));
        }
        self.warnings.push(format!(
            "the files of one of {nodes} nodes are saved: each has all rows, if the last `nodetool repair` was successful"
        ));
        Ok(())
    }

    /// Lists the files of a snapshot of a table, and returns how many there are.
    fn list(&mut self, table: &Table, name: &str, taken: &mut Taken) -> Result<usize> {
        let keyspace = self.config.keyspace.clone();
        let below = format!("{keyspace}/{}", table.name);
        taken.entries.push(made_up(below.clone(), Kind::Folder, 0));
        let (mut found, mut files) = (false, Vec::new());
        for data in &self.folders {
            let folder = data.join(&keyspace).join(format!("{}-{}", table.name, table.id)).join("snapshots").join(name);
            let fault = |error| Error::file(&folder, "a snapshot of Cassandra cannot be read", error);
            let entries = match fs::read_dir(&folder) {
                Err(error) if error.kind() == Io::NotFound => continue,
                entries => entries.map_err(fault)?,
            };
            found = true;
            for entry in entries {
                let entry = entry.map_err(fault)?;
                let file = entry.file_name().to_string_lossy().into_owned();
                // The files of secondary indexes are in hidden folders: Cassandra makes them again.
                if entry.file_type().map_err(fault)?.is_file() && !["manifest.json", "schema.cql"].contains(&&*file) {
                    files.push((file, entry.path()));
                }
            }
        }
        if !found {
            return Err(Error::database("Cassandra has made no snapshot of a table")
                .at_table(escape::line(&table.name).into_owned())
                .hint("It may have been made or dropped meanwhile, or `data` names too few folders. Try again."));
        }
        files.sort();
        let count = files.len();
        for (file, path) in files {
            let metadata = fs::metadata(&path).map_err(|error| Error::file(&path, "a data file is gone", error))?;
            let mtime = metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec());
            let entry = Entry {
                mode: metadata.mode() & 0o7777,
                uid: metadata.uid(),
                gid: metadata.gid(),
                mtime,
                ..made_up(format!("{below}/{file}"), Kind::File, metadata.len())
            };
            if self.files.insert(entry.path.clone(), path).is_some() {
                return Err(Error::database("two data folders of Cassandra hold a file of the same name")
                    .at_table(escape::line(&table.name).into_owned()));
            }
            taken.entries.push(entry);
        }
        Ok(count)
    }

    /// Checks all data files.
    fn check(&self) -> Result<()> {
        for path in self.files.values() {
            if let Some(wanted) = digest::wanted(path)? {
                let mut checked = digest::Checked::open(path, wanted, self.cancel.clone())?;
                while checked.next()?.is_some() {}
            }
        }
        Ok(())
    }

    /// Returns whether there are data files of a table.
    fn has_data(&self, table: &str) -> bool {
        let begin = format!("{}/{table}/", self.config.keyspace);
        self.files.keys().any(|path| path.starts_with(begin.as_bytes()) && path.ends_with(b"-Data.db"))
    }

    /// Refuses a snapshot without files of a table that has rows. Where nobody stopped the writers, these may be younger than
    /// the snapshot: then a warning says so.
    fn no_table_is_empty(&self, cql: &Cql, tables: &[Table], class: Class) -> Result<Vec<String>> {
        let mut warnings = Vec::new();
        for table in tables.iter().filter(|table| !self.has_data(&table.name)) {
            let query = format!("SELECT JSON * FROM {}.{} LIMIT 1", quoted(&self.config.keyspace), quoted(&table.name));
            if cql.rows::<(String,)>(query)?.is_empty() {
                continue;
            }
            let table = escape::line(&table.name).into_owned();
            if class != Class::Ordered {
                return Err(Error::database("Cassandra's snapshot holds no data of a table that has rows")
                    .at_table(table)
                    .hint("Make the snapshot again."));
            }
            warnings.push(format!(
                "the snapshot holds no data of the table {table}, which has rows now: they are new, or Cassandra left them out"
            ));
        }
        Ok(warnings)
    }

    /// Refuses a snapshot of a table that is not in the schema: it was dropped after the snapshot was taken.
    fn no_other(&self, tables: &[Table], views: &[String], name: &str) -> Result<()> {
        for data in &self.folders {
            let folder = data.join(&self.config.keyspace);
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let file = entry.file_name().to_string_lossy().into_owned();
                let table = file.rsplit_once('-').map_or(&*file, |(table, _)| table);
                let known = tables.iter().any(|known| file == format!("{}-{}", known.name, known.id));
                let view = views.iter().any(|view| view == table);
                if !known && !view && entry.path().join("snapshots").join(name).is_dir() {
                    return Err(Error::database("a table was dropped while the snapshot was taken")
                        .at_table(escape::line(table).into_owned())
                        .hint("Make the snapshot again."));
                }
            }
        }
        Ok(())
    }
}

impl Source for Sstables {
    fn root(&self) -> String {
        shown_place(&self.config.keyspace, &self.config.hosts)
    }

    fn plan(&self) -> String {
        format!("nodetool flush, nodetool snapshot -t gapsync_<id> {}", escape::line(&self.config.keyspace))
    }

    fn survives(&self) -> bool {
        true
    }

    fn probe(&mut self) -> Result<String> {
        let cql = Cql::connect(&self.config.hosts, self.login.as_ref())?;
        let node = keyspace::node(&cql)?;
        let replication = keyspace::replication(&cql, &self.config.keyspace)?;
        let replication = replication.ok_or_else(|| keyspace::missing(&self.config.keyspace))?;
        self.warnings = keyspace::fits(&node.version)?.into_iter().collect();
        self.all_rows_are_here(node.nodes.len(), keyspace::copies(&replication))?;
        keyspace::describe(&cql, &self.config.keyspace)?;
        let local = tool::node(&self.config.nodetool, &node.nodes)?;
        self.folders = folders(&self.config, &cql, local)?;
        self.cql = Some(cql);
        Ok(node.version)
    }

    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        self.cancel = fence.cancel.clone();
        let name = format!("gapsync_{}", fence.id);
        let keyspace = self.config.keyspace.clone();
        let cql = self.cql.take().ok_or_else(|| Error::internal("a keyspace was not probed"))?;
        (fence.leave)(Left::CassandraSnapshot { nodetool: self.config.nodetool.clone(), name: name.clone() })?;
        self.taken = Some(name.clone());
        fail::point("cassandra.before-snapshot");
        tool::snapshot(&self.config.nodetool, &name, &keyspace)?;
        fail::point("cassandra.snapshot");
        self.schema = keyspace::describe(&cql, &keyspace)?;
        let tables = keyspace::tables(&cql, &keyspace)?;
        self.no_other(&tables, &keyspace::views(&cql, &keyspace)?, &name)?;
        let mut taken =
            Taken { position: name.clone(), warnings: std::mem::take(&mut self.warnings), ..Taken::default() };
        let made = |path: &str, kind, bytes| made_up(path.to_owned(), kind, bytes);
        taken.entries.push(made("", Kind::Folder, 0));
        taken.entries.push(made(SCHEMA, Kind::File, self.schema.len() as u64));
        taken.entries.push(made(&keyspace, Kind::Folder, 0));
        let mut files = 0;
        for table in &tables {
            files += self.list(table, &name, &mut taken)?;
        }
        if fence.class == Class::Stopped {
            let types = keyspace::types(&cql, &keyspace)?;
            // What cannot be counted may be damaged; then the file says more.
            let facts = count::count(&cql, &keyspace, &tables, &types);
            taken.facts = facts.or_else(|error| self.check().and(Err(error)))?;
        }
        taken.warnings.extend(self.no_table_is_empty(&cql, &tables, fence.class)?);
        taken.said = format!("snapshot {name}: {} tables, {files} files", tables.len());
        Ok(taken)
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        if entry.path == SCHEMA.as_bytes() {
            return Ok(Body::Bytes(self.schema.clone()));
        }
        let path: &Path = self.files.get(&entry.path).ok_or_else(|| Error::internal("a file that was not listed"))?;
        match digest::wanted(path)? {
            Some(wanted) => Ok(Body::Stream(Box::new(digest::Checked::open(path, wanted, self.cancel.clone())?))),
            None => Ok(Body::File(path.to_owned())),
        }
    }

    fn remember(&self) -> Option<Value> {
        let files: BTreeMap<String, &PathBuf> = self.files.iter().map(|(path, place)| (hex(path), place)).collect();
        Some(json!({"snapshot": self.taken, "schema": hex(&self.schema), "files": files}))
    }

    fn recall(&mut self, own: &Value, entries: &[Entry]) -> Result<bool> {
        let Some(schema) = own["schema"].as_str().and_then(unhex) else { return Ok(false) };
        let places = own["files"].as_object().into_iter().flatten();
        let place = |(path, place): (&String, &Value)| Some((unhex(path)?, PathBuf::from(place.as_str()?)));
        self.files = places.filter_map(place).collect();
        let is_there = |entry: &Entry| {
            let of_table = self.files.get(&entry.path);
            entry.kind != Kind::File
                || entry.path == SCHEMA.as_bytes()
                || of_table.and_then(|place| place.metadata().ok()).is_some_and(|is| is.len() == entry.bytes)
        };
        if !entries.iter().all(is_there) {
            return Ok(false);
        }
        (self.taken, self.schema) = (own["snapshot"].as_str().map(str::to_owned), schema);
        Ok(true)
    }

    fn release(&mut self) -> Result<()> {
        let Some(name) = &self.taken else { return Ok(()) };
        tool::clear(&self.config.nodetool, name)?;
        self.taken = None;
        Ok(())
    }
}
