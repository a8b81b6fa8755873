//! A server to restore, while it is stopped: its folders get their places once all of them are there.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::super::contract::{Fact, Left, Load, Sink};
use super::super::files::staging;
use super::super::folders::{back, carry_out, check, differences, entries, facts, kept, moves};
use super::conf::Directories;
use super::source::{LAST, Saved, object};
use super::tool::{Tool, Version, shown};
use super::{DATABASES, DBMS, DUMP, SYSTEM, TOP, TRANSACTIONS, is_name, remove_empty, works};
use crate::error::{Error, Result, escape};
use crate::run::report::grid::counted;
use crate::snapshot::platform::Neo4j;
use crate::snapshot::point::PointStore;
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// The folder beside the tree that the tool works in.
const SCRATCH: &str = "neo4j";

/// Where a server goes.
enum Goal {
    /// Where the platform has it.
    Own,
    /// Into another data folder.
    Folder(PathBuf),
    /// Its one database under another name.
    Name(String),
}

/// The folders of a server to restore.
pub(super) struct Folders {
    config: Neo4j,
    goal: Goal,
    replace: bool,
    saved: Saved,
    directories: Directories,
    tool: Option<(Tool, Version)>,
    /// The user and the group of the server.
    owner: (u32, u32),
    /// Where the loaded data folder is, until its parts are moved.
    loaded: PathBuf,
    conf: PathBuf,
    moves: Vec<(PathBuf, PathBuf)>,
    /// Folders above the places, which are missing until they are made.
    made: Vec<PathBuf>,
    cancel: Cancel,
}

impl Folders {
    pub(super) fn new(config: Neo4j, rename: Option<&str>) -> Result<Self> {
        let goal = match rename {
            None => Goal::Own,
            Some(folder) if folder.starts_with('/') && Path::new(folder).file_name().is_some() => {
                Goal::Folder(folder.into())
            }
            Some(name) if is_name(name) && name != SYSTEM => Goal::Name(name.to_owned()),
            Some(_) => {
                return Err(Error::usage("a database of Neo4j cannot get this name").hint(
                    "Write letters, digits, dots and dashes, at most 63; or an absolute path, which is another data folder.",
                ));
            }
        };
        Ok(Self {
            config,
            goal,
            replace: false,
            saved: Saved::default(),
            directories: Directories::below(Path::new("/")),
            tool: None,
            owner: (0, 0),
            loaded: PathBuf::new(),
            conf: PathBuf::new(),
            moves: Vec::new(),
            made: Vec::new(),
            cancel: Cancel::default(),
        })
    }

    /// Returns the one database that gets another name.
    fn renamed(&self) -> Option<&str> {
        self.saved.databases.iter().map(String::as_str).find(|name| *name != SYSTEM)
    }

    /// Returns the name that a database of the snapshot gets; `None` if it is not restored.
    fn name_of<'a>(&'a self, database: &'a str) -> Option<&'a str> {
        match &self.goal {
            Goal::Name(_) if database == SYSTEM => None,
            Goal::Name(name) => Some(name),
            Goal::Own | Goal::Folder(_) => Some(database),
        }
    }

    /// Returns the parts of the loaded data folder, and where each goes.
    fn parts(&self) -> Vec<(PathBuf, PathBuf)> {
        let Directories { data, transactions } = &self.directories;
        let places = [(DATABASES, data.join(DATABASES)), (TRANSACTIONS, transactions.clone()), (DBMS, data.join(DBMS))];
        match &self.goal {
            Goal::Own | Goal::Folder(_) => places.map(|(below, to)| (PathBuf::from(below), to)).to_vec(),
            Goal::Name(name) => {
                // A dump is loaded under its new name at once.
                let was = if self.saved.dump { name } else { self.renamed().unwrap_or(name) };
                places[..2].iter().map(|(below, to)| (Path::new(below).join(was), to.join(name))).collect()
            }
        }
    }

    fn check_places(&self) -> Result<()> {
        // What is there under a new name is never replaced.
        let replace = self.replace && !matches!(self.goal, Goal::Name(_));
        let beside = self.beside()?;
        for (_, place) in self.parts() {
            if place.parent().is_some_and(Path::is_dir) {
                check("Neo4j", &place, &beside, replace)?;
            }
        }
        Ok(())
    }

    /// Returns the folders above the places that are missing, the outermost first.
    fn missing_folders(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = Vec::new();
        for (_, place) in self.parts() {
            let missing = place.ancestors().skip(1).take_while(|folder| !folder.exists()).map(Path::to_owned);
            found.extend(missing);
        }
        found.sort();
        found.dedup();
        found
    }

    /// Returns the folder that the tree is put together in: on the disk of the data.
    fn beside(&self) -> Result<PathBuf> {
        let data = &self.directories.data;
        let above = data.parent().unwrap_or(Path::new("/"));
        match [data, above].into_iter().find(|folder| folder.is_dir()) {
            Some(folder) => Ok(folder.to_owned()),
            None => Err(Error::file(
                above,
                "the folder above the data of Neo4j is missing",
                std::io::ErrorKind::NotFound.into(),
            )),
        }
    }

    /// Refuses a snapshot that this Neo4j cannot read.
    fn fits(&self, kept: &PointStore, version: &Version) -> Result<()> {
        let was = Version::of(&kept.version)
            .ok_or_else(|| Error::damaged("the recovery point does not say the version of Neo4j"))?;
        // Since 5, versions count on by years.
        let major = |version: &Version| version.number.0.min(5);
        if major(&was) != major(version) || was.number > version.number {
            let what = format!(
                "the snapshot is of Neo4j {}, which {} cannot read",
                escape::line(&was.text),
                escape::line(&version.text)
            );
            return Err(Error::schema(what).hint("Nothing was changed. Install the same version, or a later one of the same major version, and upgrade afterwards."));
        }
        if self.saved.dump && version.form().is_none() {
            return Err(Error::schema(format!("Neo4j {} cannot load a dump from standard input", version.text)));
        }
        Ok(())
    }

    /// Makes a folder for the user of the server.
    fn make(&self, folder: &Path, mode: u32) -> Result<()> {
        let fault = |error| Error::file(folder, "a folder for Neo4j cannot be made", error);
        DirBuilder::new().mode(mode).create(folder).map_err(fault)?;
        self.give(folder)
    }

    fn give(&self, path: &Path) -> Result<()> {
        if !rustix::process::geteuid().is_root() {
            return Ok(());
        }
        chown(path, Some(self.owner.0), Some(self.owner.1))
            .map_err(|error| Error::file(path, "the user of Neo4j cannot own this", error))
    }

    /// Makes what the tool needs to look at the loaded data and nothing else.
    fn prepare(&mut self, tree: &Path) -> Result<()> {
        let scratch = tree.with_file_name(SCRATCH);
        staging::remove(&scratch);
        let enter = |folder: &Path| {
            fs::set_permissions(folder, Permissions::from_mode(0o711))
                .map_err(|error| Error::file(folder, "the permissions of a folder cannot be set", error))
        };
        // The user of the server gets through to what it owns. Nobody sees the names.
        enter(tree.parent().unwrap_or(tree))?;
        enter(tree)?;
        self.loaded = if self.saved.dump { scratch.join("data") } else { tree.to_owned() };
        if !self.saved.dump {
            // Files have the owner that they had, and so has what the tool makes among them.
            let databases = tree.join(DATABASES);
            let found = databases
                .metadata()
                .map_err(|error| Error::file(&databases, "the databases of the snapshot cannot be read", error))?;
            self.owner = (found.uid(), found.gid());
        }
        self.conf = scratch.join("conf");
        for folder in [&scratch, &self.conf, &scratch.join("logs")] {
            self.make(folder, 0o700)?;
        }
        if self.saved.dump {
            self.make(&self.loaded, 0o700)?;
        }
        let path = self.conf.join("neo4j.conf");
        let (_, version) = self.tool()?;
        let text = Directories::below(&self.loaded).configuration(version, &scratch.join("logs"));
        fs::write(&path, text).map_err(|error| Error::file(&path, "a configuration cannot be written", error))?;
        self.give(&path)
    }

    /// Returns the tool, as it looks at the loaded data.
    fn tool(&self) -> Result<(Tool, &Version)> {
        let (tool, version) =
            self.tool.as_ref().ok_or_else(|| Error::internal("a server of Neo4j that nobody has asked for"))?;
        Ok((tool.with(&self.conf, self.owner), version))
    }

    fn load_dumps(&self, tree: &Path) -> Result<()> {
        let (tool, version) = self.tool()?;
        let form = version.form().ok_or_else(|| Error::internal("a dump without a form"))?;
        for database in &self.saved.databases {
            let Some(name) = self.name_of(database) else { continue };
            tool.load(form, name, &tree.join(format!("{database}{DUMP}")), &self.cancel)?;
            fail::point("neo4j.loaded");
        }
        Ok(())
    }
}

impl Sink for Folders {
    fn place(&self) -> String {
        match &self.goal {
            Goal::Own => format!("Neo4j by {}", self.config.conf.display()),
            Goal::Folder(folder) => folder.display().to_string(),
            Goal::Name(name) => format!("the database {} of Neo4j by {}", shown(name), self.config.conf.display()),
        }
    }

    fn is_live(&self) -> bool {
        !matches!(self.goal, Goal::Folder(_))
    }

    fn may_replace(&mut self, replace: bool) {
        self.replace = replace;
    }

    fn probe(&mut self, kept: &PointStore) -> Result<PathBuf> {
        self.saved = serde_json::from_str(&kept.position).map_err(|error| {
            Error::damaged("the recovery point does not name the databases of Neo4j").because(error)
        })?;
        if !self.saved.databases.iter().all(|name| is_name(name)) || self.renamed().is_none() {
            return Err(Error::damaged("the recovery point names a database of Neo4j that cannot be"));
        }
        let users = self.saved.databases.iter().filter(|name| *name != SYSTEM).count();
        if matches!(self.goal, Goal::Name(_)) && users != 1 {
            return Err(Error::schema(format!(
                "the snapshot holds {users} databases of Neo4j, which cannot get one name"
            ))
            .hint("Nothing was changed. Restore them into another data folder: --rename STORE=/FOLDER."));
        }
        self.directories = match &self.goal {
            Goal::Folder(folder) => Directories::below(folder),
            Goal::Own | Goal::Name(_) => Directories::read(&self.config)?,
        };
        let beside = self.beside()?;
        let found = beside
            .metadata()
            .map_err(|error| Error::file(&beside, "the folder of Neo4j's data cannot be read", error))?;
        self.owner = (found.uid(), found.gid());
        let tool = Tool::new(&self.config, self.owner);
        let version = tool.version()?;
        self.fits(kept, &version)?;
        self.tool = Some((tool, version));
        self.check_places()?;
        Ok(beside)
    }

    fn load(&mut self, load: &mut Load<'_>) -> Result<String> {
        self.cancel = load.cancel.clone();
        self.prepare(load.tree)?;
        let is_there = |below: &Path| {
            let in_tree = load.tree.join(below).is_dir();
            in_tree || (self.saved.dump && !below.starts_with(DBMS))
        };
        let parts = self.parts().into_iter().filter(|(below, _)| is_there(below));
        self.moves = parts.flat_map(|(below, to)| moves(self.loaded.join(below), &to, load.id)).collect();
        self.made = self.missing_folders();
        (load.leave)(Left::Neo4jFolders { moves: self.moves.clone(), made: self.made.clone() })?;
        if self.saved.dump {
            self.load_dumps(load.tree)?;
        }
        if let Goal::Name(name) = &self.goal {
            let name = shown(name);
            load.warnings.push(format!(
                "the database `system` with users and rights was not restored; write initial.dbms.default_database={name} (before 5: dbms.default_database, before 4: dbms.active_database) into neo4j.conf, and remove the folders of `system` if it knows another one"
            ));
        }
        Ok(counted(self.saved.databases.iter().filter(|name| self.name_of(name).is_some()).count() as u64, "database"))
    }

    fn compare(&mut self, wanted: &[Fact]) -> Result<Vec<String>> {
        let (last, folders): (Vec<&Fact>, Vec<&Fact>) = wanted.iter().partition(|fact| fact.measure == LAST);
        let folders: Vec<Fact> = folders.into_iter().cloned().collect();
        let mut found = Vec::new();
        for below in TOP.iter().filter(|below| !self.saved.dump && self.loaded.join(below).is_dir()) {
            found.extend(entries(below, &self.loaded.join(below))?);
        }
        let mut differing = differences(&folders, &facts(&found, &TOP));
        let (tool, version) = self.tool()?;
        let Some(form) = version.form() else { return Ok(differing) };
        let states = tool.info(form, &self.loaded.join(DATABASES), &self.cancel)?;
        for database in &self.saved.databases {
            let Some(name) = self.name_of(database) else { continue };
            // Files have their old name until they are moved.
            let name = if self.saved.dump { name } else { database };
            let Some(state) = states.iter().find(|state| state.database == *name) else {
                differing.push(format!("the database {} is missing", shown(name)));
                continue;
            };
            if !state.was_shut_down() {
                differing.push(format!("the database {} needs recovery", shown(name)));
            }
            let is = state.last_transaction()?;
            if let Some(fact) = last.iter().find(|fact| fact.object == object(database) && fact.value != is) {
                differing.push(format!(
                    "the last transaction of the database {} is {is} instead of {}",
                    shown(name),
                    fact.value
                ));
            }
        }
        Ok(differing)
    }

    fn publish(&mut self) -> Result<String> {
        if works(&self.directories.databases())? {
            return Err(Error::schema("Neo4j works on these databases")
                .at_path(self.directories.databases().display().to_string())
                .hint("Nothing was changed. Stop it, by hand or as a service of the platform file."));
        }
        self.check_places()?;
        for folder in self.made.iter().filter(|folder| !folder.exists()) {
            self.make(folder, 0o755)?;
        }
        let sync = fs::File::open(&self.loaded).and_then(|folder| Ok(rustix::fs::syncfs(folder)?));
        sync.map_err(|error| Error::file(&self.loaded, "what was loaded cannot be synced", error))?;
        carry_out(&self.moves, "neo4j.placed")?;
        Ok(format!("done{}", kept(&self.moves)))
    }

    fn discard(&mut self) -> Result<()> {
        back(&self.moves)?;
        remove_empty(&self.made);
        self.made.clear();
        Ok(())
    }
}
