//! Restores databases: loads them under names that nobody uses, and gives them theirs at the end.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::contract::{Earlier, Fact, Left, Load, MariadbMade, Sink};
use super::describe::{Database, Reference, Table, list, references};
use super::load::MariadbPlace;
use super::make;
use super::server::{MariadbLink, MariadbServer, ident, literal, numbers};
use super::source::{CONNECTIONS, DATABASE, Instant, ROWS, folder, object, objects};
use crate::error::{Error, Result, escape};
use crate::run::report::grid::counted;
use crate::snapshot::platform::Mariadb;
use crate::snapshot::point::PointStore;
use crate::snapshot::wait::wait;
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// The longest name, in characters.
const MAX_NAME: usize = 64;

/// A database on its way.
struct One {
    database: Database,
    /// Its folder in the tree.
    folder: PathBuf,
    /// Its name until it is published, and the one that it gets.
    staging: String,
    name: String,
}

/// Databases to restore.
pub(super) struct Restored {
    config: Mariadb,
    server: MariadbServer,
    rename: Option<String>,
    replace: bool,
    /// The databases of the snapshot.
    names: Vec<String>,
    restored: Vec<One>,
    made: MariadbMade,
    cancel: Cancel,
}

impl Restored {
    pub(super) fn new(config: Mariadb, server: MariadbServer, rename: Option<&str>) -> Self {
        let (names, restored, made) = (Vec::new(), Vec::new(), MariadbMade::default());
        let rename = rename.map(str::to_owned);
        Self { config, server, rename, replace: false, names, restored, made, cancel: Cancel::default() }
    }

    /// Returns the name that a database gets.
    fn name_of(&self, name: &str) -> String {
        self.rename.clone().unwrap_or_else(|| name.to_owned())
    }

    /// Returns the wanted names that databases have, or refuses them.
    fn taken(&self, link: &mut MariadbLink) -> Result<Vec<String>> {
        let wanted: Vec<String> = self.names.iter().map(|name| self.name_of(name)).collect();
        let query =
            format!("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN ({})", list(&wanted));
        let taken = link.column(&query)?;
        match taken.first().filter(|_| !self.replace) {
            None => Ok(taken),
            Some(name) => Err(Error::schema(format!("there is a database {} already", escape::line(name))).hint(
                "Nothing was changed. Restore it under another name, --rename STORE=NAME, or with --replace, which moves the one \
                 that is there to another name.",
            )),
        }
    }

    /// Reads what a tree says about its databases.
    fn described(&self, tree: &Path, id: &str) -> Result<Vec<One>> {
        let mut found = Vec::new();
        for (index, name) in self.names.iter().enumerate() {
            let folder = tree.join(folder(index, name));
            let path = folder.join(DATABASE);
            let text = fs::read_to_string(&path)
                .map_err(|error| Error::file(&path, "a file of the store is not in the snapshot", error))?;
            let database: Database = serde_json::from_str(&text)
                .map_err(|error| Error::damaged("the description of a database cannot be read").because(error))?;
            let staging = format!("gapsync_{}_{index}", id.get(..16).unwrap_or(id));
            found.push(One { database, folder, staging, name: self.name_of(name) });
        }
        Ok(found)
    }

    /// Makes the tables of a database under its first name, and fills them.
    fn fill(&self, link: &mut MariadbLink, one: &One, warnings: &mut Vec<String>) -> Result<()> {
        link.execute(&format!("USE {}", ident(&one.staging)))?;
        let sequences = one.database.sequences.iter().flat_map(make::sequence);
        let table = |table: &Table| make::in_database(&table.create, &one.database.name, &one.staging);
        for statement in sequences.chain(one.database.tables.iter().map(table)) {
            self.cancel.check()?;
            link.execute(&statement)?;
        }
        fail::point("mariadb.schema");
        self.place(one).load(&one.folder)?;
        fail::point("mariadb.rows");
        for reference in references(link, &one.staging)? {
            warnings.extend(unmet(link, &one.staging, &reference)?);
        }
        Ok(())
    }

    fn place<'a>(&'a self, one: &'a One) -> MariadbPlace<'a> {
        MariadbPlace {
            server: &self.server,
            database: &one.staging,
            tables: &one.database.tables,
            connections: self.config.connections.unwrap_or(CONNECTIONS),
            cancel: &self.cancel,
        }
    }
}

/// Checks a reference, which was not looked at while rows were loaded. Returns what is wrong: the snapshot has it from its source.
fn unmet(link: &mut MariadbLink, database: &str, reference: &Reference) -> Result<Option<String>> {
    let Reference { name, table, columns, to } = reference;
    let shown = format!("the reference {} of the table {}", escape::line(name), escape::line(table));
    if to.0 != database {
        return Ok(Some(format!("{shown} is to the database {}, and was not checked", escape::line(&to.0))));
    }
    let join: Vec<String> =
        columns.iter().map(|(own, other)| format!("c.{} = p.{}", ident(own), ident(other))).collect();
    let set: Vec<String> = columns.iter().map(|(own, _)| format!("c.{} IS NOT NULL", ident(own))).collect();
    let (of, other) = (ident(database), columns.first().map(|(_, other)| ident(other)).unwrap_or_default());
    let count = link.cell(&format!(
        "SELECT COUNT(*) FROM {of}.{} c LEFT JOIN {of}.{} p ON {} WHERE {} AND p.{other} IS NULL",
        ident(table),
        ident(&to.1),
        join.join(" AND "),
        set.join(" AND ")
    ))?;
    Ok((count != "0").then(|| format!("{shown} leads nowhere for {count} rows, as it did when the snapshot was made")))
}

/// Names the users who are to run what is restored, but are not known here.
fn unknown_definers(link: &mut MariadbLink, found: &[One]) -> Option<String> {
    // Whoever may not read the users is told nothing about them.
    let users = link.rows("SELECT User, Host FROM mysql.global_priv").ok()?;
    let known = |(user, host): &(String, String)| {
        users.iter().any(|row| row.first() == Some(&Some(user.clone())) && row.get(1) == Some(&Some(host.clone())))
    };
    let objects = found.iter().flat_map(|one| &one.database.objects);
    let mut missing: Vec<String> = objects
        .filter_map(|object| object.definer().filter(|definer| !known(definer)))
        .map(|(user, host)| escape::line(&format!("{user}@{host}")).into_owned())
        .collect();
    missing.sort();
    missing.dedup();
    (!missing.is_empty()).then(|| {
        format!(
            "views, triggers, routines or events run as users that this server lacks: {}; make them",
            missing.join(", ")
        )
    })
}

impl Sink for Restored {
    fn place(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|name| self.name_of(name)).collect();
        let which = if names.is_empty() { "its databases".to_owned() } else { names.join(", ") };
        format!("{} of MariaDB at {}", escape::line(&which), self.server.shown())
    }

    fn probe(&mut self, kept: &PointStore) -> Result<PathBuf> {
        let instant: Instant = serde_json::from_str(&kept.position)
            .map_err(|error| Error::damaged("the recovery point does not name the databases").because(error))?;
        self.names = instant.databases;
        if self.rename.is_some() && self.names.len() != 1 {
            let what = format!("the store holds {} databases, so none can get another name", self.names.len());
            return Err(Error::schema(what)
                .hint("Restore them on a server that has none of their names; or name one database in `databases` of a store."));
        }
        if self.names.iter().any(|name| !(1..=MAX_NAME).contains(&self.name_of(name).chars().count())) {
            return Err(Error::usage(format!("the name of a database has 1 to {MAX_NAME} characters")));
        }
        let mut link = self.server.connect(None)?;
        let version = link.version()?;
        if numbers(&kept.version) > numbers(&version) {
            let was = escape::line(&kept.version).into_owned();
            return Err(Error::schema(format!(
                "the databases are of MariaDB {was}, and the server is older: {version}"
            ))
            .hint("Nothing was changed. Restore them on the same version or a newer one."));
        }
        if link.cell("SELECT @@GLOBAL.local_infile")? != "1" {
            return Err(Error::schema("the server takes no files from its clients, by which rows are loaded")
                .hint("Nothing was changed. Allow it: SET GLOBAL local_infile = 1."));
        }
        let cipher = link.rows("SHOW STATUS LIKE 'Ssl_cipher'")?;
        if cipher
            .first()
            .and_then(|row| row.get(1))
            .is_some_and(|value| value.as_deref().is_some_and(|text| !text.is_empty()))
        {
            return Err(Error::schema("the connection to MariaDB is encrypted, and rows would be sent in the clear").hint(
                "Nothing was changed. Use the server's socket, or a tunnel, and write ssl-mode=disabled into the address.",
            ));
        }
        wait(super::load::open(&self.server, None))?;
        self.taken(&mut link)?;
        Ok(std::env::temp_dir())
    }

    fn take_over(&mut self, kept: &PointStore, earlier: &Earlier<'_>) -> Result<Option<PathBuf>> {
        let own = |left: &&Left| if let Left::Mariadb(made) = left { Some(made.clone()) } else { None };
        let Some(made) = earlier.left.iter().find_map(own).filter(|_| earlier.loaded) else { return Ok(None) };
        let query = format!(
            "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_COMMENT = {} AND SCHEMA_NAME IN ({})",
            literal(&made.mark),
            list(&[&made.staging[..], &made.names[..]].concat())
        );
        let mut there = self.server.connect(None)?.column(&query)?;
        there.sort();
        // One that has its name already is made anew, like all of them.
        if there != made.staging || !made.replaced.is_empty() {
            return Ok(None);
        }
        let folder = self.probe(kept)?;
        self.restored = self.described(earlier.tree, earlier.id)?;
        self.made = made;
        Ok(Some(folder))
    }

    fn is_live(&self) -> bool {
        self.replace && self.rename.is_none()
    }

    fn may_replace(&mut self, may: bool) {
        self.replace = may;
    }

    fn load(&mut self, load: &mut Load<'_>) -> Result<String> {
        self.cancel = load.cancel.clone();
        let mut link = self.server.connect(None)?;
        let found = self.described(load.tree, load.id)?;
        load.warnings.extend(unknown_definers(&mut link, &found));
        let before = |name: &str| {
            let short: String = name.chars().take(40).collect();
            format!("{short}_before_{}", load.id.get(..8).unwrap_or(load.id))
        };
        // Whoever made one of their names meanwhile must not lose it.
        let taken = self.taken(&mut link)?;
        let replaced =
            taken.iter().map(|name| make::replaced(&mut link, name, &before(name))).collect::<Result<_>>()?;
        self.made = MariadbMade {
            url: self.server.address(),
            mark: make::mark(load.id),
            staging: found.iter().map(|one| one.staging.clone()).collect(),
            names: found.iter().map(|one| one.name.clone()).collect(),
            replaced,
        };
        (load.leave)(Left::Mariadb(self.made.clone()))?;
        let mut tables = 0;
        for one in found {
            let of = (one.database.charset.as_str(), one.database.collation.as_str());
            link.execute(&make::create(&one.staging, of, &self.made.mark))?;
            fail::point("mariadb.made");
            self.fill(&mut link, &one, load.warnings)?;
            fail::point("mariadb.loaded");
            let events = one.database.objects.iter().filter(|object| object.kind == "EVENT").count();
            if events > 0 && one.name != one.database.name {
                load.warnings.push(format!(
                    "{} of {} sleep, so that nothing is done twice: ALTER EVENT … ENABLE wakes one",
                    counted(events as u64, "event"),
                    escape::line(&one.name)
                ));
            }
            tables += one.database.tables.len();
            self.restored.push(one);
        }
        let databases = counted(self.restored.len() as u64, "database");
        Ok(format!("{databases} with {}", counted(tables as u64, "table")))
    }

    fn compare(&mut self, facts: &[Fact]) -> Result<Vec<String>> {
        let mut differ = Vec::new();
        for one in &self.restored {
            let counts = self.place(one).count()?;
            let row = |(table, value): (&Table, u64)| Fact {
                object: object(&one.database.name, &table.name),
                measure: ROWS.to_owned(),
                value,
            };
            let rows = one.database.tables.iter().zip(counts).map(row);
            for is in rows.chain(objects(&one.database, &one.database.name)) {
                match facts.iter().find(|fact| fact.object == is.object && fact.measure == is.measure) {
                    Some(fact) if fact.value == is.value => {}
                    Some(fact) => {
                        differ.push(format!(
                            "the {} has {} {} instead of {}",
                            is.object, is.value, is.measure, fact.value
                        ));
                    }
                    None => differ.push(format!("there is no fact about the {} of the {}", is.measure, is.object)),
                }
            }
        }
        Ok(differ)
    }

    fn publish(&mut self) -> Result<String> {
        let mut link = self.server.connect(None)?;
        let mut said = Vec::new();
        for one in &self.restored {
            let replaced = self.made.replaced.iter().find(|replaced| replaced.name == one.name);
            let mut was = String::new();
            if let Some(replaced) = replaced {
                let left = make::replace(&mut link, replaced)?;
                was = format!(", what was there is now {}", replaced.before);
                said.extend(left.into_iter().map(|left| format!("in {}, {left}", replaced.before)));
            }
            let left = make::publish(&mut link, &one.database, &one.staging, &one.name, &self.made.mark)?;
            said.push(format!("{}{was}", one.name));
            said.extend(left.into_iter().map(|left| format!("in {}, {left}", one.name)));
        }
        fail::point("mariadb.published");
        Ok(format!("restored {}", escape::line(&said.join("; "))))
    }

    fn unmark(&mut self) -> Result<()> {
        let mut link = self.server.connect(None)?;
        for one in &self.restored {
            link.execute(&format!("ALTER DATABASE {} COMMENT {}", ident(&one.name), literal(&one.database.comment)))?;
        }
        Ok(())
    }

    fn discard(&mut self) -> Result<()> {
        if !self.made.mark.is_empty() {
            make::take_back(&self.server, &self.made)?;
        }
        self.made = MariadbMade::default();
        self.restored.clear();
        Ok(())
    }
}
