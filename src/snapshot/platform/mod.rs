//! The platform file: what a platform consists of. It is data, a TOML file; that of TheHive is shipped.
//!
//! [`read`] checks the file and keeps the line of every text, as a `${…}` in it can only be filled later; [`values`] finds the
//! values and fills them in. To add a kind of store, add it to [`KINDS`] and [`Content`]; to ship a platform, add its file to
//! [`SHIPPED`].

mod after;
mod checks;
mod file;
mod glob;
mod php;
mod queues;
mod read;
mod reports;
mod services;
mod stores;
mod texts;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use regex::bytes::Regex as Follow;

use crate::error::{Error, Result};

pub use after::{After, Call};
pub use checks::{Answer, Ask, Check, Expect, When};
pub use glob::Glob;
pub use queues::Queue;
pub use reports::{AfterReport, Query};
pub use values::Values;
pub(in crate::snapshot) use values::property;

/// The kinds of stores that a platform file may name.
const KINDS: [&str; 7] = ["files", "cassandra", "elasticsearch", "opensearch", "postgresql", "mariadb", "neo4j"];

/// The shipped platforms.
const SHIPPED: [(&str, &str); 3] = [
    ("thehive", include_str!("thehive.toml")),
    ("eclecticiq", include_str!("eclecticiq.toml")),
    ("misp", include_str!("misp.toml")),
];

/// Returns the text of a shipped platform file.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Returns the names of the shipped platforms.
pub fn shipped_names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// A text of the file, which may hold `${…}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Text {
    text: String,
    line: u64,
}

/// A platform as its file describes it.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Its name.
    pub name: String,
    /// SHA-256 of the file.
    pub digest: String,
    values: Vec<(String, Text)>,
    discover: Vec<Discover>,
    services: Vec<RawService>,
    checks: Vec<RawCheck>,
    queues: Vec<queues::RawQueue>,
    stores: Vec<RawStore>,
    after: Vec<after::RawAfter>,
    reports: Vec<reports::RawReport>,
}

/// Values that stand in the platform's own configuration.
#[derive(Clone, Debug)]
struct Discover {
    file: Text,
    syntax: Syntax,
    /// Name of the value, and its key in the file.
    keys: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    Hocon,
    Php,
    Properties,
}

#[derive(Clone, Debug)]
struct RawService {
    name: String,
    unit: Option<Text>,
    stop: Vec<Text>,
    start: Vec<Text>,
    running: Vec<Text>,
    running_prints: Option<String>,
    leftovers: Vec<String>,
    pid_files: Vec<Text>,
    ready: Vec<Text>,
    ready_http: Option<Text>,
    freeze: RawFreeze,
    timeout: Duration,
}

#[derive(Clone, Debug)]
enum RawFreeze {
    Never,
    Commands { freeze: Vec<Text>, thaw: Vec<Text> },
    Signals { pids: Vec<Text> },
}

#[derive(Clone, Debug)]
struct RawCheck {
    name: String,
    when: When,
    ask: RawAsk,

    timeout: Duration,
}

#[derive(Clone, Debug)]
enum RawAsk {
    Command { run: Vec<Text>, expect: Expect },
    Http { url: Text, expect: Answer },
}

#[derive(Clone, Debug)]
struct RawStore {
    name: String,
    line: u64,
    kind: String,
    folder: Option<Text>,
    /// The address of files.
    url: Option<Text>,
    paths: Vec<Text>,
    exclude: Vec<Text>,
    follow: Vec<Follow>,
    secret: bool,
    aside: bool,
    requires: Vec<(String, String)>,
    append_only: bool,
    engine: Option<RawEngine>,
}

/// What an engine's store is described by.
#[derive(Clone, Debug)]
enum RawEngine {
    Cassandra {
        keyspace: Text,
        hosts: Option<Text>,
        rows: bool,
        nodetool: Vec<Text>,
        loader: Vec<Text>,
        data: Vec<Text>,
        by_loader: bool,
        replication: Option<Text>,
    },
    Postgresql {
        url: Option<Text>,
        databases: Vec<Text>,
        globals: bool,
        plain: bool,
        folder: Option<Text>,
        archive: Option<Text>,
        bin: Option<Text>,
        exec: Vec<Text>,
        connections: Option<usize>,
    },
    Mariadb {
        url: Option<Text>,
        databases: Vec<Text>,
        connections: Option<usize>,
    },
    Neo4j {
        conf: Option<Text>,
        home: Option<Text>,
        admin: Vec<Text>,
        dump: bool,
    },
    Search {
        url: Option<Text>,
        indices: Vec<Text>,
        repository: Option<Text>,
        timeout: Duration,
    },
    Rebuild {
        file: Text,
        key: String,
        value: String,
        until: String,
        of: String,
    },
}

/// A service, ready to be stopped and started.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name for people.
    pub name: String,
    /// The unit of systemd, or a pattern of units; `None` if it is stopped and started by commands of the file.
    pub unit: Option<String>,
    /// The command that stops it.
    pub stop: Vec<String>,
    /// The command that starts it.
    pub start: Vec<String>,
    /// The command that ends with 0 while it runs; empty if there is none.
    pub running: Vec<String>,
    /// What that command prints while it runs, as a regular expression; without it, its status says so.
    pub running_prints: Option<String>,
    /// Regular expressions for the command lines of its processes, none of which may be left once it is stopped.
    pub leftovers: Vec<String>,
    /// Patterns of files that hold process ids.
    pub pid_files: Vec<Glob>,
    /// The command that ends with 0 once it works; empty if there is none.
    pub ready: Vec<String>,
    /// The address that answers with a status of 2xx once it works, if there is one.
    pub ready_http: Option<String>,
    /// How it is frozen.
    pub freeze: Freeze,
    /// How long each may take.
    pub timeout: Duration,
}

/// How a service is frozen for a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Freeze {
    /// It cannot be frozen, or need not be.
    #[default]
    Never,
    /// By commands.
    Commands {
        /// The command that freezes it.
        freeze: Vec<String>,
        /// The command that thaws it.
        thaw: Vec<String>,
    },
    /// By signals to its processes.
    Signals {
        /// The command that prints the ids of its processes; what descends from them is frozen too.
        pids: Vec<String>,
    },
}

/// A store, ready to be read.
#[derive(Clone, Debug)]
pub struct Store {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// What it consists of.
    pub content: Content,
    /// Whether it holds passwords or keys.
    pub secret: bool,
    /// Whether it is restored beside its place, not in it.
    pub aside: bool,
    /// Whether files are only ever added to it, so that it may be read while the platform works.
    pub append_only: bool,
}

/// A keyspace of Cassandra.
#[derive(Clone, Debug)]
pub struct Cassandra {
    /// Its name.
    pub keyspace: String,
    /// Where the nodes listen: `host` or `host:port`.
    pub hosts: Vec<String>,
    /// Whether its rows are read, not its files.
    pub rows: bool,
    /// The command that runs `nodetool`.
    pub nodetool: Vec<String>,
    /// The command that runs `sstableloader`.
    pub loader: Vec<String>,
    /// The data folders; the node is asked if there are none.
    pub data: Vec<PathBuf>,
    /// Whether it is restored by `sstableloader`, not by `nodetool import`.
    pub by_loader: bool,
    /// The replication of the restored keyspace, as CQL has it; as it was if there is none.
    pub replication: Option<String>,
}

/// Databases of a PostgreSQL server.
#[derive(Clone, Debug)]
pub struct Postgresql {
    /// Where the server is, without a password.
    pub url: String,
    /// Their names; all of the server if there are none.
    pub databases: Vec<String>,
    /// Whether roles and tablespaces are saved too.
    pub globals: bool,
    /// Whether all is saved as one script of `pg_dumpall`.
    pub plain: bool,
    /// The data folder, if that is saved and not what the server says.
    pub folder: Option<PathBuf>,
    /// The archive of its log of changes, if that is saved with the data folder while the server works.
    pub archive: Option<PathBuf>,
    /// The folder of PostgreSQL's programs; they are found by `PATH` if there is none.
    pub bin: Option<PathBuf>,
    /// What is put before each of PostgreSQL's programs.
    pub exec: Vec<String>,
    /// How many connections read or load tables side by side.
    pub connections: Option<usize>,
}

/// Databases of a MariaDB server.
#[derive(Clone, Debug)]
pub struct Mariadb {
    /// Where the server is, without a password.
    pub url: String,
    /// Their names; all of the server if there are none.
    pub databases: Vec<String>,
    /// How many connections read or load tables side by side.
    pub connections: Option<usize>,
}

/// A server of Neo4j, which is stopped while it is saved.
#[derive(Clone, Debug, Default)]
pub struct Neo4j {
    /// Its configuration, `neo4j.conf`, which says where its data is.
    pub conf: PathBuf,
    /// What relative paths in that begin at.
    pub home: PathBuf,
    /// Whether the platform file names it, so that its tool is told.
    pub named_home: bool,
    /// The command that runs `neo4j-admin`.
    pub admin: Vec<String>,
    /// Whether its databases are dumped, not its folders read.
    pub dump: bool,
}

/// A store that is not saved: the platform rebuilds it when it starts with a flag in its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuild {
    /// The configuration, in HOCON.
    pub file: PathBuf,
    /// The key of the flag.
    pub key: String,
    /// Its value, as it stands in the file.
    pub value: String,
    /// The service that is started with the flag; once it is ready, the flag is taken out.
    pub until: String,
    /// The store that it is derived from.
    pub of: String,
}

/// Indices of Elasticsearch or OpenSearch.
#[derive(Clone, Debug)]
pub struct Search {
    /// The address.
    pub url: String,
    /// Their names, or patterns with `*`.
    pub indices: Vec<String>,
    /// A folder below `path.repo`; the engine is asked if there is none.
    pub repository: Option<PathBuf>,
    /// How long its snapshot or restore may take.
    pub timeout: Duration,
}

/// What a store consists of.
#[derive(Clone, Debug)]
pub enum Content {
    /// All of a folder, but for what is excluded.
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Paths below it that are left out.
        exclude: Vec<Glob>,
    },
    /// Files and folders anywhere.
    Paths {
        /// The absolute paths.
        paths: Vec<Glob>,
        /// Absolute paths that are left out.
        exclude: Vec<Glob>,
        /// What names further files in those that are taken: the one group is the path.
        follow: Vec<Follow>,
    },
    /// All of a folder in a bucket or in HDFS: its address.
    Objects(String),
    /// A keyspace.
    Cassandra(Cassandra),
    /// Indices.
    Search(Search),
    /// Databases of PostgreSQL.
    Postgresql(Postgresql),
    /// Databases of MariaDB.
    Mariadb(Mariadb),
    /// A server of Neo4j.
    Neo4j(Neo4j),
    /// Something that the platform rebuilds from another store.
    Rebuild(Rebuild),
    /// Tasks that are dropped.
    Queue(Queue),
}

impl Platform {
    /// Parses a platform file and checks it.
    ///
    /// # Errors
    /// `Usage` with the line and the reason.
    pub fn parse(text: &str) -> Result<Self> {
        read::platform(text)
    }

    /// Returns the shipped platform with a name.
    ///
    /// # Errors
    /// `Usage` if there is none.
    pub fn shipped(name: &str) -> Result<Self> {
        let text = shipped(name).ok_or_else(|| {
            let shown = crate::error::escape::line(name);
            let known: Vec<&str> = shipped_names().collect();
            Error::usage(format!("there is no platform `{shown}`"))
                .hint(format!("Shipped is {}; a platform of your own is the path of a TOML file.", known.join(", ")))
        })?;
        Self::parse(text)
    }

    /// Returns the names of all stores, in order.
    #[must_use]
    pub fn store_names(&self) -> Vec<&str> {
        self.stores.iter().map(|store| store.name.as_str()).collect()
    }
}
