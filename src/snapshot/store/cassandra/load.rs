//! Restores a keyspace under a name that is free.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use uuid::Uuid;

use super::super::contract::{Earlier, Fact, Left, Load, Sink};
use super::cql::{literal, quoted};
use super::keyspace::{self, Table, release};
use super::schema::Schema;
use super::session::Cql;
use super::sstables::{SCHEMA, folders, shown_place};
use super::{count, digest, rows, tool};
use crate::error::{Error, Result, escape};
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::Cassandra;
use crate::snapshot::point::PointStore;
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// How often it is looked whether views are complete.
const TICK: Duration = Duration::from_millis(500);

/// Runs of `nodetool` side by side: most of their time is the start of a JVM.
const AT_ONCE: usize = 3;

/// A keyspace to restore.
pub(super) struct Keyspace {
    config: Cassandra,
    name: String,
    login: Option<Login>,
    cql: Option<Cql>,
    /// The folder for the tree.
    beside: PathBuf,
    /// User and group of Cassandra's files.
    owner: Option<(u32, u32)>,
    /// Whether the snapshot holds rows, not files.
    rows: bool,
    /// Whether there is something to drop.
    made: bool,
    /// The tables that an earlier run has loaded, if it has made the keyspace.
    loaded: Option<Vec<String>>,
    /// What a person should know about the version.
    warning: Option<String>,
    /// Whether it was asked to replace what is there.
    replace: bool,
}

impl Keyspace {
    pub(super) fn new(config: Cassandra, rename: Option<&str>, login: Option<Login>) -> Self {
        let name = rename.unwrap_or(&config.keyspace).to_owned();
        let (cql, owner, loaded) = (None, None, None);
        Self {
            config,
            name,
            login,
            cql,
            beside: PathBuf::new(),
            owner,
            rows: false,
            made: false,
            loaded,
            warning: None,
            replace: false,
        }
    }

    fn cql(&self) -> Result<&Cql> {
        self.cql.as_ref().ok_or_else(|| Error::internal("a keyspace was not probed"))
    }

    /// Refuses a name that a keyspace has.
    fn is_free(&self, cql: &Cql) -> Result<()> {
        if keyspace::replication(cql, &self.name)?.is_none() {
            return Ok(());
        }
        let hint = if self.replace {
            "Nothing was changed: Cassandra renames no keyspace, so --replace could not keep the old one. Restore beside it \
             (--rename STORE=NAME) and let the application use the new name, or save the old one, drop it, and restore again."
        } else {
            "Restore it under another name: --rename STORE=NAME. Cassandra cannot rename a keyspace."
        };
        Err(Error::schema(format!("there is a keyspace {} already", escape::line(&self.name))).hint(hint))
    }

    /// Returns the folder for the tree: on Cassandra's disk if it is to move the files away.
    fn beside(&mut self, cql: &Cql, nodes: &[Uuid]) -> Result<PathBuf> {
        if self.rows || self.config.by_loader {
            return Ok(std::env::temp_dir());
        }
        if nodes.len() > 1 {
            return Err(Error::schema(format!(
                "the cluster has {} nodes, and `nodetool import` loads one of them",
                nodes.len()
            ))
            .hint(
                "Load by sstableloader, which streams to all: `restore_with = \"sstableloader\"` in the platform file.",
            ));
        }
        let local = tool::node(&self.config.nodetool, nodes)?;
        let data = folders(&self.config, cql, local)?.swap_remove(0);
        let metadata =
            fs::metadata(&data).map_err(|error| Error::file(&data, "a data folder cannot be read", error))?;
        self.owner = Some((metadata.uid(), metadata.gid()));
        // Cassandra takes the folders of a data folder for keyspaces.
        Ok(data.parent().unwrap_or(&data).to_owned())
    }

    /// Makes the keyspace with its types and tables.
    fn make(&self, schema: &Schema) -> Result<()> {
        let cql = self.cql()?;
        cql.execute(schema.keyspace.clone()).map_err(|error| named(error, &schema.keyspace))?;
        let mut types = schema.types.clone();
        while !types.is_empty() {
            let mut later = Vec::new();
            let mut first = None;
            for statement in &types {
                // One type may need another.
                if let Err(error) = cql.execute(statement.clone()) {
                    first = first.or(Some(named(error, statement)));
                    later.push(statement.clone());
                }
            }
            if let Some(error) = first.filter(|_| later.len() == types.len()) {
                return Err(error);
            }
            types = later;
        }
        self.each(&schema.tables)
    }

    fn each(&self, statements: &[String]) -> Result<()> {
        let cql = self.cql()?;
        statements
            .iter()
            .try_for_each(|statement| cql.execute(statement.clone()).map_err(|error| named(error, statement)))
    }

    /// Loads the files of tables, and notes each that is loaded.
    fn load_files(&self, tables: &[Table], folder: &Path, done: &mut Done<'_, '_>, tree: &Path) -> Result<()> {
        let filled = |table: &&Table| {
            let entries = fs::read_dir(folder.join(&table.name)).into_iter().flatten().flatten();
            entries.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with("-Data.db"))
        };
        let filled: Vec<&Table> = tables.iter().filter(filled).collect();
        if self.config.by_loader {
            return self.by_loader(&filled, folder, done);
        }
        self.give_away(tree)?;
        let cancel = done.cancel;
        let run = |tables: &[&Table], noted: mpsc::Sender<String>| {
            tables.iter().try_for_each(|table| {
                cancel.check()?;
                let at = folder.join(&table.name).display().to_string();
                let outcome = tool::import(&self.config.nodetool, &self.name, &table.name, &at);
                outcome.map_err(|error| error.at_table(escape::line(&table.name).into_owned()))?;
                // Cassandra has moved the files, and the names may be in memory only.
                self.sync()?;
                // Nobody listens only if the journal cannot be written, which is the error then.
                let _ = noted.send(table.name.clone());
                Ok(())
            })
        };
        let each = filled.len().div_ceil(AT_ONCE).max(1);
        std::thread::scope(|scope| {
            let (noted, notes) = mpsc::channel();
            let spawn = |tables| {
                let noted = noted.clone();
                let run = &run;
                scope.spawn(move || run(tables, noted))
            };
            let threads: Vec<_> = filled.chunks(each).map(spawn).collect();
            drop(noted);
            let written = notes.iter().try_for_each(|table| done.note(&table));
            let ended = threads.into_iter().try_for_each(|thread| {
                thread.join().unwrap_or_else(|_| Err(Error::internal("a thread of the restore died")))
            });
            ended.and(written)
        })?;
        // Whatever is not moved away was not loaded.
        for table in filled {
            let at = folder.join(&table.name);
            let left = fs::read_dir(&at).into_iter().flatten().flatten();
            if left.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with("-Data.db")) {
                return Err(Error::database("`nodetool import` left data files of a table where they were")
                    .at_table(escape::line(&table.name).into_owned()));
            }
        }
        Ok(())
    }

    /// Makes sure that what Cassandra has moved is on disk.
    fn sync(&self) -> Result<()> {
        let synced = fs::File::open(&self.beside).and_then(|folder| Ok(rustix::fs::syncfs(&folder)?));
        synced.map_err(|error| Error::file(&self.beside, "the files of Cassandra cannot be synced", error))
    }

    fn by_loader(&self, tables: &[&Table], folder: &Path, done: &mut Done<'_, '_>) -> Result<()> {
        // The loader takes the keyspace's name from the folder.
        let renamed = folder.with_file_name(&self.name);
        fs::rename(folder, &renamed).map_err(|error| Error::file(folder, "a folder cannot be renamed", error))?;
        let mut words = self.config.loader.clone();
        let mut hosts = Vec::new();
        for host in &self.config.hosts {
            let (name, port) = host.rsplit_once(':').map_or((host.as_str(), None), |(name, port)| (name, Some(port)));
            hosts.push(name);
            if let Some(port) = port.filter(|_| hosts.len() == 1) {
                words.extend(["-p".to_owned(), port.to_owned()]);
            }
        }
        words.extend(["-d".to_owned(), hosts.join(",")]);
        if let Some(login) = &self.login {
            words.extend(["-u".to_owned(), login.user.clone(), "-pw".to_owned(), login.password.clone()]);
        }
        for table in tables {
            done.cancel.check()?;
            let at = renamed.join(&table.name).display().to_string();
            tool::load(&words, &at).map_err(|error| error.at_table(escape::line(&table.name).into_owned()))?;
            done.note(&table.name)?;
        }
        Ok(())
    }

    /// Gives the tree to Cassandra's user, if we may: it moves the files and must reach them.
    fn give_away(&self, tree: &Path) -> Result<()> {
        let Some((uid, gid)) = self.owner.filter(|_| rustix::process::geteuid().is_root()) else { return Ok(()) };
        let fault = |path: &Path| {
            let path = path.to_owned();
            move |error| Error::file(path, "a file cannot be given to Cassandra's user", error)
        };
        for above in
            tree.ancestors().skip(1).take_while(|above| *above != self.beside && above.starts_with(&self.beside))
        {
            chown(above, Some(uid), Some(gid)).map_err(fault(above))?;
        }
        let mut open = vec![tree.to_owned()];
        while let Some(path) = open.pop() {
            chown(&path, Some(uid), Some(gid)).map_err(fault(&path))?;
            if path.is_dir() {
                for entry in fs::read_dir(&path).map_err(fault(&path))? {
                    open.push(entry.map_err(fault(&path))?.path());
                }
            }
        }
        Ok(())
    }

    /// Empties the tables that an earlier run has not loaded to their ends, and drops views, which come after the tables.
    fn empty_others(&self, loaded: &[String]) -> Result<()> {
        let cql = self.cql()?;
        let of = quoted(&self.name);
        for view in keyspace::views(cql, &self.name)? {
            cql.execute(format!("DROP MATERIALIZED VIEW {of}.{}", quoted(&view)))?;
        }
        let mut any = false;
        for table in keyspace::tables(cql, &self.name)?.iter().filter(|table| !loaded.contains(&table.name)) {
            let table = format!("{of}.{}", quoted(&table.name));
            if !cql.rows::<(String,)>(format!("SELECT JSON * FROM {table} LIMIT 1"))?.is_empty() {
                cql.execute(format!("TRUNCATE {table}"))?;
                any = true;
            }
        }
        // Cassandra keeps a snapshot of what it empties, and nobody else has made any of this keyspace.
        if any { tool::clear_all(&self.config.nodetool, &self.name) } else { Ok(()) }
    }

    /// Waits until the views have filled themselves.
    fn wait_for_views(&self, cancel: &Cancel) -> Result<usize> {
        let cql = self.cql()?;
        let views = keyspace::views(cql, &self.name)?;
        loop {
            cancel.check()?;
            let query =
                format!("SELECT view_name FROM system.built_views WHERE keyspace_name = {}", literal(&self.name));
            let built = |node: Uuid| -> Result<bool> {
                let built: Vec<(String,)> = cql.rows_of(node, query.clone())?;
                Ok(views.iter().all(|view| built.iter().any(|(name,)| name == view)))
            };
            let all = cql.nodes().into_iter().map(built).collect::<Result<Vec<bool>>>()?;
            if all.into_iter().all(|complete| complete) {
                return Ok(views.len());
            }
            std::thread::sleep(TICK);
        }
    }
}

/// The tables that are loaded.
struct Done<'a, 'w> {
    loaded: Vec<String>,
    cancel: &'a Cancel,
    /// Writes them down.
    write: &'w mut dyn FnMut(&[String]) -> Result<()>,
}

impl Done<'_, '_> {
    /// Notes that a table is loaded; it is on disk when this returns.
    fn note(&mut self, table: &str) -> Result<()> {
        self.loaded.push(table.to_owned());
        (self.write)(&self.loaded)?;
        fail::point("cassandra.table");
        Ok(())
    }
}

/// Adds to an error which statement it was.
fn named(error: Error, statement: &str) -> Error {
    let shown: String = statement.split('(').next().unwrap_or_default().chars().take(80).collect();
    let what = format!("Cassandra refuses a statement of the schema: {}", escape::line(shown.trim()));
    Error::database(what).because(error)
}

impl Sink for Keyspace {
    fn place(&self) -> String {
        shown_place(&self.name, &self.config.hosts)
    }

    fn may_replace(&mut self, replace: bool) {
        self.replace = replace;
    }

    fn probe(&mut self, kept: &PointStore) -> Result<PathBuf> {
        let cql = Cql::connect(&self.config.hosts, self.login.as_ref())?;
        let node = keyspace::node(&cql)?;
        self.warning = keyspace::fits(&node.version)?;
        self.is_free(&cql)?;
        // Rows have no instant of the engine's own.
        self.rows = kept.position.is_empty();
        let newer = release(&kept.version).zip(release(&node.version)).is_some_and(|(was, is)| was > is);
        if newer && !self.rows {
            let what = format!(
                "the files are of Cassandra {}, which {} cannot read",
                escape::line(&kept.version),
                escape::line(&node.version)
            );
            return Err(Error::schema(what).hint("Save the rows instead: `mode = \"rows\"` in the platform file."));
        }
        if keyspace::is_old(&node.version) && !self.rows && !self.config.by_loader {
            return Err(Error::schema(format!("Cassandra {} has no `nodetool import`", escape::line(&node.version)))
                .hint("Load by sstableloader: `restore_with = \"sstableloader\"` in the platform file."));
        }
        self.beside = self.beside(&cql, &node.nodes)?;
        self.cql = Some(cql);
        Ok(self.beside.clone())
    }

    fn take_over(&mut self, kept: &PointStore, earlier: &Earlier<'_>) -> Result<Option<PathBuf>> {
        let own = |left: &&Left| match left {
            Left::CassandraKeyspace { keyspace, loaded, .. } if *keyspace == self.name => loaded.clone(),
            _ => None,
        };
        // Rows that were written may be in memory only, where no journal of ours could vouch for them.
        let files = !kept.position.is_empty();
        let Some(loaded) = earlier.left.iter().find_map(own).filter(|_| files) else { return Ok(None) };
        let cql = Cql::connect(&self.config.hosts, self.login.as_ref())?;
        let node = keyspace::node(&cql)?;
        if keyspace::replication(&cql, &self.name)?.is_none() {
            return Ok(None);
        }
        self.beside = self.beside(&cql, &node.nodes)?;
        (self.cql, self.made, self.loaded) = (Some(cql), true, Some(loaded));
        Ok(Some(self.beside.clone()))
    }

    fn load(&mut self, load: &mut Load<'_>) -> Result<String> {
        let path = load.tree.join(SCHEMA);
        let script = fs::read_to_string(&path)
            .map_err(|error| Error::file(&path, "the schema of the keyspace is not in the snapshot", error))?;
        let mut schema = Schema::parse(&script, &self.name, self.config.replication.as_deref())?;
        if !keyspace::is_old(&keyspace::node(self.cql()?)?.version) {
            schema.leave_out_old_options()?;
        }
        let folder = load.tree.join(&schema.was);
        let files = digest::check_all(&folder, load.cancel)?;
        let (hosts, keyspace) = (self.config.hosts.clone(), self.name.clone());
        let noted = |loaded| Left::CassandraKeyspace { hosts: hosts.clone(), keyspace: keyspace.clone(), loaded };
        let loaded = match self.loaded.take() {
            Some(loaded) => {
                self.empty_others(&loaded)?;
                loaded
            }
            None => {
                // Whoever made it meanwhile must not lose it.
                self.is_free(self.cql()?)?;
                (load.leave)(noted(None))?;
                self.made = true;
                self.make(&schema)?;
                (load.leave)(noted(Some(Vec::new())))?;
                Vec::new()
            }
        };
        fail::point("cassandra.made");
        load.warnings.extend(self.warning.take());
        if self.config.by_loader && !self.rows && self.login.is_some() {
            load.warnings.push(
                "sstableloader takes the password on its command line, where every user of this machine saw it"
                    .to_owned(),
            );
        }
        let cql = self.cql()?;
        let tables = keyspace::tables(cql, &self.name)?;
        let count = tables.len();
        let open: Vec<Table> = tables.into_iter().filter(|table| !loaded.contains(&table.name)).collect();
        let mut write = |loaded: &[String]| (load.leave)(noted(Some(loaded.to_vec())));
        let mut done = Done { loaded, cancel: load.cancel, write: &mut write };
        let said = if self.rows {
            let types = keyspace::types(cql, &self.name)?;
            let rows = rows::load(cql, &self.name, &open, &types, &folder, load.cancel)?;
            format!("{rows} rows")
        } else {
            self.load_files(&open, &folder, &mut done, load.tree)?;
            format!("{files} data files")
        };
        fail::point("cassandra.loaded");
        // They fill themselves, which they would not if they were there before the files.
        self.each(&schema.views)?;
        let views = self.wait_for_views(load.cancel)?;
        Ok(format!("{count} tables, {views} views, {said}"))
    }

    fn compare(&mut self, facts: &[Fact]) -> Result<Vec<String>> {
        let cql = self.cql()?;
        let (tables, types) = (keyspace::tables(cql, &self.name)?, keyspace::types(cql, &self.name)?);
        let wanted = |object: &str, measure: &str| {
            facts.iter().find(|fact| fact.object == object && fact.measure == measure).map(|fact| fact.value)
        };
        if !facts.iter().any(|fact| fact.measure == count::ROWS) {
            return Ok(Vec::new());
        }
        let found = count::count(cql, &self.name, &tables, &types)?;
        let mut differ = Vec::new();
        for fact in facts.iter().filter(|fact| fact.measure == count::ROWS) {
            let is = found.iter().find(|is| is.object == fact.object && is.measure == count::ROWS).map(|is| is.value);
            let expired = wanted(&fact.object, count::EXPIRING).unwrap_or(0);
            match is {
                Some(is) if is > fact.value || is < fact.value.saturating_sub(expired) => {
                    differ.push(format!("the {} has {is} rows instead of {}", fact.object, fact.value));
                }
                Some(_) => {}
                None => differ.push(format!("the {} is missing", fact.object)),
            }
        }
        Ok(differ)
    }

    fn publish(&mut self) -> Result<String> {
        Ok(format!("the keyspace is {}", escape::line(&self.name)))
    }

    fn discard(&mut self) -> Result<()> {
        if self.made {
            self.cql()?.drop_keyspace(&self.name)?;
            self.made = false;
        }
        Ok(())
    }
}
