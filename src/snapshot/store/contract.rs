//! What every kind of store does while a snapshot is made and while it is restored.
//!
//! The content of a store travels as a tree of files, whatever it is: an engine's own files, or rows. [`Source`] takes the
//! instant of a store and gives its content; [`Sink`] takes the tree that was put together, once all of the bundle was checked.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Result;
use crate::snapshot::catalogue::Entry;
use crate::snapshot::catalogue::entries::Entries;
use crate::snapshot::point::{Class, PointStore};
use crate::snapshot::request::Until;
use crate::stream::cancel::Cancel;

/// A figure of a store at its instant, which is compared after a restore: the rows of a table, the documents of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::snapshot) struct Fact {
    /// `table NAME` or `index NAME`: `all` alone is taken.
    pub(in crate::snapshot) object: String,
    /// What is counted: `rows`, `documents`.
    pub(in crate::snapshot) measure: String,
    pub(in crate::snapshot) value: u64,
}

/// What an engine holds that must not stay there if the run dies. The journal keeps it, so it holds no password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub(in crate::snapshot) enum Left {
    /// A snapshot that `nodetool` took.
    CassandraSnapshot { nodetool: Vec<String>, name: String },
    /// A keyspace that a restore has made, and its tables that are loaded, once all of them were made.
    CassandraKeyspace {
        hosts: Vec<String>,
        keyspace: String,
        #[serde(default)]
        loaded: Option<Vec<String>>,
    },
    /// A repository of Elasticsearch with a snapshot, and the folder of the repository.
    SearchRepository { url: String, repository: String, snapshot: Option<String>, folder: PathBuf },
    /// Files of a tree that a restore was putting into a bucket or into HDFS.
    Objects { url: String, tree: PathBuf },
    /// Tasks that a snapshot drops, under names with its id. Without a bundle they get their names back.
    RedisKeys { host: String, port: u16, database: i64, id: String },
    /// What a restore has made on a server of PostgreSQL.
    Postgresql(PostgresqlMade),
    /// Folders of a PostgreSQL server that a restore gives their places: from where, and to where.
    PostgresqlFolders { moves: Vec<(PathBuf, PathBuf)> },
    /// A server of PostgreSQL that recovers what a restore has put together: its data folder, and the folder of its socket.
    PostgresqlRecovery { data: PathBuf, folder: PathBuf },
    /// What a restore has made on a server of MariaDB, and what it has moved there.
    Mariadb(MariadbMade),
    /// Folders of Neo4j that a restore gives their places: from where, and to where; and those above them, which were missing.
    Neo4jFolders {
        moves: Vec<(PathBuf, PathBuf)>,
        #[serde(default)]
        made: Vec<PathBuf>,
    },
    /// Indices that a restore has made.
    SearchIndices { url: String, indices: Vec<String> },
}

/// Databases and roles that a restore has made on a server of PostgreSQL, or is about to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct PostgresqlMade {
    /// Where the server is, without a password.
    pub(in crate::snapshot) url: String,
    /// Names of databases that nobody else uses.
    pub(in crate::snapshot) staging: Vec<String>,
    /// The ids of those that were made: their names may have changed since.
    pub(in crate::snapshot) oids: Vec<u32>,
    pub(in crate::snapshot) roles: Vec<String>,
}

/// Databases that a restore has made on a server of MariaDB, or is about to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct MariadbMade {
    /// Where the server is, without a password.
    pub(in crate::snapshot) url: String,
    /// The comment of those that are not published, which nobody else's have.
    pub(in crate::snapshot) mark: String,
    /// Their names until they are published, and those that they get.
    pub(in crate::snapshot) staging: Vec<String>,
    pub(in crate::snapshot) names: Vec<String>,
    /// Those that lose their names to them.
    pub(in crate::snapshot) replaced: Vec<MariadbReplaced>,
}

/// A database of MariaDB that gets another name, and what is needed to put it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct MariadbReplaced {
    pub(in crate::snapshot) name: String,
    pub(in crate::snapshot) before: String,
    pub(in crate::snapshot) charset: String,
    pub(in crate::snapshot) collation: String,
    pub(in crate::snapshot) comment: String,
    /// Its routines, views, triggers and events.
    pub(in crate::snapshot) objects: Value,
}

/// What a store needs of the run that makes a snapshot.
pub(in crate::snapshot) struct Fence<'a> {
    /// Id of the recovery point: 32 hex digits.
    pub(in crate::snapshot) id: &'a str,
    pub(in crate::snapshot) class: Class,
    /// The folder for a list that outgrows memory.
    pub(in crate::snapshot) folder: &'a Path,
    pub(in crate::snapshot) cancel: &'a Cancel,
    /// Notes what is about to be left in the engine; it is on disk when this returns.
    pub(in crate::snapshot) leave: &'a mut dyn FnMut(Left) -> Result<()>,
}

/// What a store holds at its instant.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Taken {
    /// Entries in order: a folder before what is in it. Their numbers and stores are not set yet; the first is the folder of
    /// the store, with an empty path.
    pub(in crate::snapshot) entries: Vec<Entry>,
    /// The same of a store that may have millions, in place of `entries`.
    pub(in crate::snapshot) listed: Option<Entries>,
    /// Bytes on disk, if they are fewer than those of the entries: holes take none.
    pub(in crate::snapshot) room: Option<u64>,
    /// The engine's name for the instant: that of a snapshot, a position.
    pub(in crate::snapshot) position: String,
    pub(in crate::snapshot) facts: Vec<Fact>,
    /// What a person should know, a sentence each.
    pub(in crate::snapshot) warnings: Vec<String>,
    /// What vanished while it was listed.
    pub(in crate::snapshot) vanished: Vec<String>,
    /// What is said about the step.
    pub(in crate::snapshot) said: String,
}

impl Taken {
    /// Takes the entries, as a list that goes to a file in a folder when it becomes long.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn list(&mut self, folder: &Path) -> Result<Entries> {
        let few = std::mem::take(&mut self.entries);
        self.listed.take().map_or_else(|| Entries::of(&few, folder), Ok)
    }
}

/// The content of an entry of kind `File`.
pub(in crate::snapshot) enum Body {
    /// A file of this machine.
    File(PathBuf),
    Bytes(Vec<u8>),
    Stream(Box<dyn Pieces>),
}

/// Content of unknown length, in pieces.
pub(in crate::snapshot) trait Pieces: Send {
    /// Returns the next piece, of at most a few MiB, or `None` at the end.
    ///
    /// # Errors
    /// Those of the engine.
    fn next(&mut self) -> Result<Option<Vec<u8>>>;
}

impl Pieces for Option<Vec<u8>> {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        Ok(self.take())
    }
}

/// A store while a snapshot is made. Its methods block.
pub(in crate::snapshot) trait Source: Send {
    /// Takes the store as the base of the snapshot has it, which is at hand when it is restored: its content need not be read
    /// again. Files are compared with their digests anyway.
    fn since(&mut self, _: &PointStore, _: Vec<Entry>) {}

    /// Returns where the store is, for people: a folder, an address with a keyspace.
    fn root(&self) -> String;

    /// Returns what taking the instant does, in words; `gapsync_<id>` stands for the engine's name of it.
    fn plan(&self) -> String;

    /// Returns whether the instant stays as it is while the application works again.
    fn survives(&self) -> bool;

    /// Returns whether an engine must be asked before, and something removed from it afterwards.
    fn is_engine(&self) -> bool {
        true
    }

    /// Asks whether the store can be saved here, before anything is changed: version, tools, rights, nodes. Returns the
    /// version of the engine; empty for files.
    ///
    /// # Errors
    /// `Schema` if it cannot be saved; `File` if a tool is missing; `Database` if the engine does not answer.
    fn probe(&mut self) -> Result<String>;

    /// Takes the instant.
    ///
    /// # Errors
    /// `Database` if the engine refuses or fails; `File`; `Interrupted`.
    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken>;

    /// Returns the content of an entry of kind `File` that [`Self::fence`] has listed.
    ///
    /// # Errors
    /// Those of the engine.
    fn body(&mut self, entry: &Entry) -> Result<Body>;

    /// Returns where the content of an entry is, if it is a file that may be read at any time.
    fn file(&self, _: &Entry) -> Option<PathBuf> {
        None
    }

    /// Returns the entries that are only known once all of those were read that [`Self::fence`] has listed.
    ///
    /// # Errors
    /// Those of the engine.
    fn late_entries(&mut self) -> Result<Vec<Entry>> {
        Ok(Vec::new())
    }

    /// Returns whether a log puts right at a restore what changes or vanishes while it is read.
    fn rewinds(&self) -> bool {
        false
    }

    /// Returns what it takes, beside the entries, to read the instant that [`Self::fence`] took once this process is dead, or
    /// `None` if the instant dies with it. It holds no password.
    fn remember(&self) -> Option<Value> {
        None
    }

    /// Goes on with the instant of an earlier run, in place of [`Self::probe`] and [`Self::fence`]. Returns whether it is still
    /// there, as it was.
    ///
    /// # Errors
    /// Those of the engine.
    fn recall(&mut self, _: &Value, _: &[Entry]) -> Result<bool> {
        Ok(false)
    }

    /// Returns the facts that are only known once all of its content was read.
    fn late_facts(&mut self) -> Vec<Fact> {
        Vec::new()
    }

    /// Removes from the engine what [`Self::fence`] left there. Doing it again, or for nothing, does no harm.
    ///
    /// # Errors
    /// `Database`, with the command that does it by hand.
    fn release(&mut self) -> Result<()>;
}

/// What a store needs of the run that restores it.
pub(in crate::snapshot) struct Load<'a> {
    /// The tree that was put together from the bundle; it is removed afterwards, so its files may be moved away.
    pub(in crate::snapshot) tree: &'a Path,
    /// Id of the restore: 32 hex digits.
    pub(in crate::snapshot) id: &'a str,
    /// The store as the snapshot describes it.
    pub(in crate::snapshot) kept: &'a PointStore,
    pub(in crate::snapshot) cancel: &'a Cancel,
    /// Notes what is about to be left in the engine, in place of what was noted of the same kind; it is on disk when this returns.
    pub(in crate::snapshot) leave: &'a mut dyn FnMut(Left) -> Result<()>,
    /// Takes what a person should know, a sentence each.
    pub(in crate::snapshot) warnings: &'a mut Vec<String>,
}

/// What an earlier run of the same restore has left of a store.
pub(in crate::snapshot) struct Earlier<'a> {
    /// What the journal says about the engine.
    pub(in crate::snapshot) left: Vec<&'a Left>,
    /// Whether the engine has taken all of the store.
    pub(in crate::snapshot) loaded: bool,
    /// Id of the restore: 32 hex digits.
    pub(in crate::snapshot) id: &'a str,
    /// The tree that was put together, which is whole if the store is loaded, but for files that the engine has moved away.
    pub(in crate::snapshot) tree: &'a Path,
}

/// A store of an engine while it is restored. Its methods block. Its place is free, or the restore is refused.
pub(in crate::snapshot) trait Sink: Send {
    /// Returns where the store goes, for people.
    fn place(&self) -> String;

    /// Asks whether the store can be restored here, and changes nothing: version, tools, rights, free names. Returns the
    /// folder to put its tree together in, which the engine can read.
    ///
    /// # Errors
    /// `Schema` if the place is taken or the version does not fit; `File`; `Database`.
    fn probe(&mut self, kept: &PointStore) -> Result<PathBuf>;

    /// Takes over what an earlier run of the same restore has left in the engine, in place of [`Self::probe`], and returns the
    /// same folder. Returns `None` if there is nothing that could be continued: it is removed then, and loaded anew.
    ///
    /// # Errors
    /// Those of the engine.
    fn take_over(&mut self, _: &PointStore, _: &Earlier<'_>) -> Result<Option<PathBuf>> {
        Ok(None)
    }

    /// Returns whether a server works with files at its place, so that services are stopped before it gets it.
    fn is_live(&self) -> bool {
        false
    }

    /// Says whether what is at its place may get another name. Not every store can do that.
    fn may_replace(&mut self, _: bool) {}

    /// Says up to which moment it is restored, and returns whether it can be: only a store with a log of changes can.
    fn until(&mut self, _: &Until) -> bool {
        false
    }

    /// Loads the tree. Nobody uses what it makes before [`Self::publish`].
    ///
    /// # Errors
    /// `Damaged` if the engine's own digests do not match; `Database`; `File`; `Interrupted`.
    fn load(&mut self, load: &mut Load<'_>) -> Result<String>;

    /// Returns in which facts the loaded store differs, a sentence each.
    ///
    /// # Errors
    /// Those of the engine.
    fn compare(&mut self, facts: &[Fact]) -> Result<Vec<String>>;

    /// Gives the store its place, if loading did not. It is discarded after all if a later store does not get its place.
    ///
    /// # Errors
    /// Those of the engine.
    fn publish(&mut self) -> Result<String>;

    /// Removes the sign that it may be discarded, once every store has its place.
    ///
    /// # Errors
    /// Those of the engine.
    fn unmark(&mut self) -> Result<()> {
        Ok(())
    }

    /// Removes what was loaded. Doing it again, or for nothing, does no harm.
    ///
    /// # Errors
    /// Those of the engine.
    fn discard(&mut self) -> Result<()>;
}
