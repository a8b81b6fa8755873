//! Restores databases under names that are free.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::super::contract::{Earlier, Fact, Left, Load, PostgresqlMade, Sink};
use super::describe::{Database, Table};
use super::globals::{self, Plan};
use super::load::Place;
use super::make;
use super::server::{Link, Server, ident, literal};
use super::source::{
    CONNECTIONS, DATABASE, GLOBALS, Instant, OBJECTS, ROWS, SCHEMA, SEQUENCES, TABLES, folder, object,
};
use super::tool;
use crate::error::{Error, Result, escape};
use crate::run::report::grid::counted;
use crate::snapshot::platform::Postgresql;
use crate::snapshot::point::PointStore;
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// The longest name; the server cuts what is longer without a word.
const MAX_NAME: usize = 63;

/// A database on its way.
struct Restored {
    database: Database,
    tables: Arc<Vec<Table>>,
    /// Its folder in the tree.
    folder: PathBuf,
    /// Its name until it is published, and the one that it gets.
    staging: String,
    name: String,
}

/// Databases to restore.
pub(super) struct Databases {
    config: Postgresql,
    server: Server,
    rename: Option<String>,
    version: u32,
    /// The databases of the snapshot.
    names: Vec<String>,
    restored: Vec<Restored>,
    made: PostgresqlMade,
    cancel: Cancel,
}

impl Databases {
    pub(super) fn new(config: Postgresql, server: Server, rename: Option<&str>) -> Self {
        let (names, restored, made) = (Vec::new(), Vec::new(), PostgresqlMade::default());
        let rename = rename.map(str::to_owned);
        Self { config, server, rename, version: 0, names, restored, made, cancel: Cancel::default() }
    }

    /// Returns the name that a database gets.
    fn name_of(&self, name: &str) -> String {
        self.rename.clone().unwrap_or_else(|| name.to_owned())
    }

    /// Refuses names that databases have.
    fn are_free(&self, link: &mut Link) -> Result<()> {
        let wanted: Vec<String> = self.names.iter().map(|name| literal(&self.name_of(name))).collect();
        let query = format!("SELECT datname FROM pg_database WHERE datname IN ({})", wanted.join(", "));
        let Some(taken) = link.column(&query)?.into_iter().next() else { return Ok(()) };
        Err(Error::schema(format!("there is a database {} already", escape::line(&taken))).hint(
            "Nothing was changed. Restore it under another name, --rename STORE=NAME, or drop or rename the one that is there.",
        ))
    }

    /// Refuses what would lack an owner, and returns what is to be done with roles.
    fn roles(&self, link: &mut Link, tree: &Path, found: &[Restored]) -> Result<Plan> {
        let existing: BTreeSet<String> = link.column("SELECT rolname FROM pg_roles")?.into_iter().collect();
        let path = tree.join(GLOBALS);
        let plan = if path.exists() { globals::plan(&text(&path)?, &existing) } else { Plan::default() };
        let needed = found.iter().flat_map(|one| one.database.roles.iter().chain([&one.database.owner]));
        let missing = |role: &&String| !existing.contains(*role) && !plan.made.contains(role);
        let missing: BTreeSet<&String> = needed.filter(missing).collect();
        if missing.is_empty() {
            return Ok(plan);
        }
        let shown = missing.iter().map(|role| escape::line(role)).collect::<Vec<_>>().join(", ");
        Err(Error::schema(format!("the server lacks roles that own what is restored, or have rights on it: {shown}"))
            .hint("Nothing was changed. Make them with CREATE ROLE; the snapshot was made without roles."))
    }

    /// Reads what a tree says about its databases.
    fn described(&self, tree: &Path, id: &str) -> Result<Vec<Restored>> {
        let mut found = Vec::new();
        for (index, name) in self.names.iter().enumerate() {
            let below = tree.join(folder(index, name));
            let database: Database = parsed(&below.join(DATABASE))?;
            let tables: Vec<Table> = parsed(&below.join(TABLES))?;
            found.push(Restored {
                database,
                tables: Arc::new(tables),
                folder: below,
                staging: format!("gapsync_{}_{index}", id.get(..16).unwrap_or(id)),
                name: self.name_of(name),
            });
        }
        Ok(found)
    }

    fn restore(&self, file: &Path, database: &str, more: &[&str], cancel: &Cancel) -> Result<()> {
        let mut arguments: Vec<String> = ["--exit-on-error", "--no-password"].map(str::to_owned).into();
        arguments.extend(more.iter().map(|word| (*word).to_owned()));
        arguments.push(format!("--dbname={}", self.server.address(Some(database))));
        tool::feed(&self.config, &self.server, "pg_restore", &arguments, file, cancel)
    }

    /// Fills a database.
    fn fill(&self, one: &Restored, tablespaces: bool, cancel: &Cancel) -> Result<()> {
        let connections = self.config.connections.unwrap_or(CONNECTIONS);
        let own: &[&str] = if tablespaces { &[] } else { &["--no-tablespaces"] };
        let mut link = self.server.connect(Some(&one.staging))?;
        // Indexes are made in what the server has for its pages, as long as nobody else works in the database. A setting of the
        // database reaches `pg_restore` whatever is between it and the server.
        let room = link.cell(&format!(
            "SELECT greatest((SELECT setting::bigint FROM pg_settings WHERE name = 'maintenance_work_mem'), least(1048576, \
             (SELECT setting::bigint * 8 FROM pg_settings WHERE name = 'shared_buffers') / {connections}))"
        ))?;
        link.execute(&format!("ALTER DATABASE {} SET maintenance_work_mem = '{room}kB'", ident(&one.staging)))?;
        let schema = one.folder.join(SCHEMA);
        let restore = |file: &Path, more: &[&str]| self.restore(file, &one.staging, &[own, more].concat(), cancel);
        restore(&schema, &["--section=pre-data"])?;
        fail::point("postgresql.schema");
        self.place(one, cancel).load(&one.folder)?;
        fail::point("postgresql.rows");
        let objects = one.folder.join(OBJECTS);
        if objects.exists() {
            restore(&objects, &["--section=data"])?;
        }
        link.execute(&text(&one.folder.join(SEQUENCES))?)?;
        // What comes through a pipe is read by one.
        let jobs = format!("--jobs={connections}");
        let jobs: &[&str] = if self.config.exec.is_empty() { &[&jobs] } else { &[] };
        restore(&schema, &[&["--section=post-data"], jobs].concat())?;
        link.execute(&format!("ALTER DATABASE {} RESET maintenance_work_mem", ident(&one.staging)))?;
        self.place(one, cancel).analyze()
    }

    fn place<'a>(&'a self, one: &'a Restored, cancel: &'a Cancel) -> Place<'a> {
        Place {
            server: &self.server,
            database: &one.staging,
            tables: &one.tables,
            connections: self.config.connections.unwrap_or(CONNECTIONS),
            cancel,
        }
    }
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| Error::file(path, "a file of the store is not in the snapshot", error))
}

fn parsed<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&text(path)?)
        .map_err(|error| Error::damaged("the description of a database cannot be read").because(error))
}

/// Returns the major number of a version.
fn major(version: &str) -> Option<u32> {
    version.split(['.', ' ']).next()?.parse().ok()
}

impl Sink for Databases {
    fn place(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|name| self.name_of(name)).collect();
        let which = if names.is_empty() { "its databases".to_owned() } else { names.join(", ") };
        format!("{} of PostgreSQL at {}", escape::line(&which), self.server.shown())
    }

    fn probe(&mut self, kept: &PointStore) -> Result<PathBuf> {
        let instants: Vec<Instant> = serde_json::from_str(&kept.position)
            .map_err(|error| Error::damaged("the recovery point does not name the databases").because(error))?;
        self.names = instants.into_iter().map(|instant| instant.database).collect();
        if self.rename.is_some() && self.names.len() != 1 {
            let what = format!("the store holds {} databases, so none can get another name", self.names.len());
            return Err(Error::schema(what)
                .hint("Restore them on a server that has none of their names; or name one database in `databases` of a store."));
        }
        if self.names.iter().any(|name| !(1..=MAX_NAME).contains(&self.name_of(name).len())) {
            return Err(Error::usage(format!("the name of a database has 1 to {MAX_NAME} bytes")));
        }
        let mut link = self.server.connect(None)?;
        let (version, shown) = link.version()?;
        self.version = version;
        if major(&kept.version).is_some_and(|was| was > version / 10_000) {
            let what = format!(
                "the databases are of PostgreSQL {}, and the server is older: {shown}",
                escape::line(&kept.version)
            );
            return Err(
                Error::schema(what).hint("Nothing was changed. Restore them on the same version or a newer one.")
            );
        }
        tool::fits(&self.config, &self.server, "pg_restore", version)?;
        if link.cell("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user")? != "t" {
            return Err(Error::schema("the user may not make databases in PostgreSQL").hint("Log in as a superuser."));
        }
        self.are_free(&mut link)?;
        Ok(std::env::temp_dir())
    }

    fn take_over(&mut self, kept: &PointStore, earlier: &Earlier<'_>) -> Result<Option<PathBuf>> {
        let own = |left: &&Left| if let Left::Postgresql(made) = left { Some(made.clone()) } else { None };
        let Some(made) = earlier.left.iter().find_map(own).filter(|_| earlier.loaded) else { return Ok(None) };
        let staging: Vec<String> = made.staging.iter().map(|name| literal(name)).collect();
        let query = format!("SELECT datname FROM pg_database WHERE datname IN ({})", staging.join(", "));
        // One that has its name already is made anew, like all of them.
        if self.server.connect(None)?.column(&query)?.len() != staging.len() {
            return Ok(None);
        }
        let folder = self.probe(kept)?;
        self.restored = self.described(earlier.tree, earlier.id)?;
        self.made = made;
        Ok(Some(folder))
    }

    fn load(&mut self, load: &mut Load<'_>) -> Result<String> {
        self.cancel = load.cancel.clone();
        let mut link = self.server.connect(None)?;
        let found = self.described(load.tree, load.id)?;
        let plan = self.roles(&mut link, load.tree, &found)?;
        // Whoever made it meanwhile must not lose it.
        self.are_free(&mut link)?;
        let known: BTreeSet<String> = link.column("SELECT spcname FROM pg_tablespace")?.into_iter().collect();
        let used = found.iter().flat_map(|one| &one.database.tablespaces);
        let absent: BTreeSet<String> = used.filter(|name| !known.contains(*name)).cloned().collect();
        if !absent.is_empty() {
            let names = absent.iter().map(|name| escape::line(name)).collect::<Vec<_>>().join(", ");
            load.warnings
                .push(format!("the server lacks the tablespaces {names}: everything was restored into the usual one"));
        }
        let own = link.cell("SELECT current_user")?;
        let kept: Vec<_> = plan.kept.iter().filter(|role| **role != own).map(|role| escape::line(role)).collect();
        if !kept.is_empty() {
            load.warnings.push(format!("these roles were there already, and stay as they are: {}", kept.join(", ")));
        }
        load.warnings.extend(
            plan.unknown.iter().map(|words| {
                format!("a statement of {GLOBALS} was left out, which begins with {}", escape::line(words))
            }),
        );
        self.made = PostgresqlMade {
            url: self.server.address(None),
            staging: found.iter().map(|one| one.staging.clone()).collect(),
            oids: Vec::new(),
            roles: plan.made.clone(),
        };
        (load.leave)(Left::Postgresql(self.made.clone()))?;
        for statement in &plan.statements {
            link.execute(statement).map_err(|error| {
                Error::database("PostgreSQL refuses a statement about the roles of the snapshot").because(error)
            })?;
        }
        fail::point("postgresql.roles");
        let mut tables = 0;
        for one in found {
            link.execute(&make::create(&one.database, &one.staging, self.version, absent.is_empty()))?;
            self.made.oids.push(make::oid(&mut link, &one.staging)?);
            (load.leave)(Left::Postgresql(self.made.clone()))?;
            fail::point("postgresql.made");
            self.fill(&one, absent.is_empty(), load.cancel)?;
            fail::point("postgresql.loaded");
            tables += one.tables.len();
            self.restored.push(one);
        }
        let databases = counted(self.restored.len() as u64, "database");
        Ok(format!("{databases} with {}", counted(tables as u64, "table")))
    }

    fn compare(&mut self, facts: &[Fact]) -> Result<Vec<String>> {
        let mut differ = Vec::new();
        for one in &self.restored {
            let counts = self.place(one, &self.cancel).count()?;
            for (table, is) in one.tables.iter().zip(counts) {
                let object = object(&one.database.name, &table.name);
                match facts.iter().find(|fact| fact.object == object && fact.measure == ROWS) {
                    Some(fact) if fact.value == is => {}
                    Some(fact) => differ.push(format!("the {object} has {is} rows instead of {}", fact.value)),
                    None => differ.push(format!("there is no fact about the {object}")),
                }
            }
        }
        Ok(differ)
    }

    fn publish(&mut self) -> Result<String> {
        let mut link = self.server.connect(None)?;
        let mut names = Vec::new();
        for one in &self.restored {
            link.execute(&format!("ALTER DATABASE {} RENAME TO {}", ident(&one.staging), ident(&one.name)))?;
            fail::point("postgresql.renamed");
            for statement in make::properties(&one.database, &one.name) {
                link.execute(&statement)?;
            }
            names.push(one.name.clone());
        }
        fail::point("postgresql.published");
        Ok(format!("restored {}", escape::line(&names.join(", "))))
    }

    fn discard(&mut self) -> Result<()> {
        make::remove(&self.server, &self.made)?;
        self.made = PostgresqlMade::default();
        self.restored.clear();
        Ok(())
    }
}
