//! Where the tables of a migration are: on SQLite the target is a file and staging is a file of its own, on PostgreSQL both
//! are schemas of one database, on MariaDB databases of one server.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::db::dialect::Dialect;
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::db::url::DatabaseUrl;
use crate::error::{Error, ErrorKind, Result};

/// The name of the staging database if the user gives none.
pub(crate) const STAGING: &str = "gapsync_staging";

/// The name under which a SQLite session attaches the staging file.
const ATTACHED: &str = "staging";

/// The number by which SQLite's files of staging tables are known.
const MARK: u32 = 0x6773_7467;

/// The places of a migration.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The engine as the user named it.
    engine: DatabaseUrl,
    /// Name of the target's schema, if the engine has schemas and the user named one.
    schema: Option<String>,
    /// Name of the staging schema, or of the staging file without its extension.
    staging: String,
    /// The staging file of SQLite.
    file: Option<PathBuf>,
}

impl Place {
    /// Returns the places for the names that the user gave.
    ///
    /// # Errors
    /// `Usage` if a name cannot be used, or both are the same.
    pub(super) fn new(
        engine: DatabaseUrl,
        target: Option<&str>,
        staging: Option<&str>,
        folder: Option<&Path>,
    ) -> Result<Self> {
        let staging = staging.unwrap_or(STAGING).to_owned();
        engine.in_schema(&staging)?;
        let schema = target.filter(|_| engine.dialect() != Dialect::Sqlite).map(str::to_owned);
        if schema.as_ref() == Some(&staging) {
            return Err(Error::usage("the staging database and the target database are the same")
                .hint("Staging tables are dropped at the end: give them a database of their own."));
        }
        let beside = |file: &Path| file.parent().map(Path::to_owned).unwrap_or_default();
        let file = engine.file().map(|file| {
            let folder = folder.map_or_else(|| beside(file), Path::to_owned);
            folder.join(format!("{staging}.db"))
        });
        Ok(Self { engine, schema, staging, file })
    }

    /// Returns the URL of the target's tables.
    ///
    /// # Errors
    /// `Usage` if the name of the schema cannot be used.
    pub(super) fn target(&self) -> Result<DatabaseUrl> {
        match &self.schema {
            Some(schema) => self.engine.in_schema(schema),
            None => Ok(self.engine.clone()),
        }
    }

    /// Returns the URL of the staging tables.
    ///
    /// # Errors
    /// `Usage` if the file's path cannot be part of a URL.
    pub(super) fn staging(&self) -> Result<DatabaseUrl> {
        match &self.file {
            Some(file) => self.engine.beside(file),
            None => self.engine.in_schema(&self.staging),
        }
    }

    /// Returns the SQL name of a staging table, as the target's session sees it.
    pub(super) fn staged(&self, table: &str) -> String {
        let dialect = self.engine.dialect();
        let schema = if self.file.is_some() { ATTACHED } else { &self.staging };
        format!("{}.{}", dialect.ident(schema), dialect.ident(table))
    }

    /// Returns what people call the place of the staging tables.
    pub(super) fn shown(&self) -> String {
        match &self.file {
            Some(file) => file.display().to_string(),
            None => self.staging.clone(),
        }
    }

    /// Returns the statement that creates the target's schema, if it is not there by itself.
    pub(super) fn create_target(&self) -> Option<String> {
        self.schema.as_ref().and_then(|schema| self.create(schema))
    }

    /// Returns the statement after which names mean tables of the target's schema, if the user named one.
    pub(super) fn use_target(&self) -> Option<String> {
        let dialect = self.engine.dialect();
        let name = dialect.ident(self.schema.as_ref()?);
        match dialect {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(format!("SET search_path TO {name}")),
            Dialect::Mariadb => Some(format!("USE {name}")),
        }
    }

    /// Returns whether the target's database is still to be made. A schema of PostgreSQL may be missing in a database that is
    /// there.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn lacks_target(&self) -> Result<bool> {
        match &self.schema {
            Some(schema) if self.engine.dialect() == Dialect::Mariadb => {
                Ok(!has_schema(&mut self.outside().await?, schema).await?)
            }
            _ => Ok(false),
        }
    }

    /// Returns whether a migration has left its staging schema or file.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn has_left(&self, session: &mut Session) -> Result<bool> {
        match &self.file {
            Some(file) => Ok(file.exists() && self.refuse_foreign(file).is_ok()),
            None => has_schema(session, &self.staging).await,
        }
    }

    /// Returns the statement that creates the staging schema.
    pub(super) fn create_staging(&self) -> Option<String> {
        self.create(&self.staging)
    }

    fn create(&self, schema: &str) -> Option<String> {
        let dialect = self.engine.dialect();
        let name = dialect.ident(schema);
        match dialect {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(format!("CREATE SCHEMA IF NOT EXISTS {name}")),
            Dialect::Mariadb => Some(format!("CREATE DATABASE IF NOT EXISTS {name}")),
        }
    }

    /// Returns the statement that lets the target's session see the staging tables.
    pub(super) fn attach(&self) -> Option<String> {
        let file = self.file.as_ref()?;
        let name = Dialect::Sqlite.literal(&file.display().to_string());
        Some(format!("ATTACH DATABASE {name} AS \"{ATTACHED}\""))
    }

    /// Opens a session that can create schemas. A server may not have the target's schema yet.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn outside(&self) -> Result<Session> {
        let url = match self.engine.dialect() {
            // Every server has it, and every user may use it.
            Dialect::Mariadb => self.engine.in_schema("information_schema")?,
            Dialect::Sqlite | Dialect::Postgres => self.engine.clone(),
        };
        Session::open(&url, OpenMode::ReadWrite).await
    }

    /// Makes the staging schema, or an empty staging file. What an earlier run left in the file is removed.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn make_staging(&self) -> Result<()> {
        let Some(file) = &self.file else {
            let mut session = self.outside().await?;
            if let Some(create) = self.create_staging() {
                session.execute(&create).await?;
            }
            return Ok(());
        };
        self.refuse_foreign(file)?;
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|error| Error::file(folder, "cannot create the staging path", error))?;
        }
        remove(file)?;
        Session::open(&self.staging()?, OpenMode::Create)
            .await?
            .query(&format!("PRAGMA application_id = {MARK}"))
            .await
            .map(|_| ())
    }

    /// Refuses a file that is not the staging file of an earlier run. SQLite keeps a number for the program at byte 68.
    fn refuse_foreign(&self, file: &Path) -> Result<()> {
        let Ok(content) = std::fs::File::open(file) else { return Ok(()) };
        let mut head = Vec::new();
        std::io::Read::take(content, 72)
            .read_to_end(&mut head)
            .map_err(|error| Error::file(file, "cannot read the staging file", error))?;
        let is_target = self.engine.file().and_then(|target| target.canonicalize().ok()) == file.canonicalize().ok();
        // A run that died at once leaves an empty file.
        if (head.is_empty() || head.get(68..) == Some(&MARK.to_be_bytes()[..])) && !is_target {
            return Ok(());
        }
        Err(Error::usage("the file for the staging tables exists already, and no migration made it")
            .at_path(file.display().to_string())
            .hint("Choose another name with --staging-db or another folder with --staging-path. Nothing was changed."))
    }

    /// Takes the staging database for this run alone, as long as what is returned lives.
    ///
    /// # Errors
    /// `Locked` if another run has it; `Database`, `File`.
    pub(super) async fn hold(&self) -> Result<Held> {
        let busy = || {
            Error::new(ErrorKind::Locked, "another migration uses the same staging database")
                .at_path(self.shown())
                .hint("Wait until it has ended, or choose another name with --staging-db.")
        };
        if let Some(file) = &self.file {
            let mut path = file.as_os_str().to_owned();
            path.push(".lock");
            let path = PathBuf::from(path);
            if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder)
                    .map_err(|error| Error::file(folder, "cannot create the staging path", error))?;
            }
            let lock = std::fs::File::create(&path)
                .map_err(|error| Error::file(&path, "cannot create the lock of the staging file", error))?;
            return match lock.try_lock() {
                Ok(()) => Ok(Held { _session: None, lock: Some((lock, path)) }),
                Err(std::fs::TryLockError::WouldBlock) => Err(busy()),
                Err(std::fs::TryLockError::Error(error)) => {
                    Err(Error::file(&path, "cannot lock the staging file", error))
                }
            };
        }
        let mut session = self.outside().await?;
        let dialect = session.dialect();
        let name = dialect.literal(&format!("gapsync staging {}", self.staging));
        // Both end with the session, however the run ends.
        let taken = match dialect {
            Dialect::Mariadb => format!("SELECT GET_LOCK(left({name}, 64), 0)"),
            Dialect::Postgres | Dialect::Sqlite => format!("SELECT pg_try_advisory_lock(hashtext({name}))::int"),
        };
        if session.number(&taken).await? == Some(1) {
            return Ok(Held { _session: Some(session), lock: None });
        }
        Err(busy())
    }

    /// Removes the staging schema unless it has tables of somebody else, or the staging file.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn remove_staging(&self) -> Result<()> {
        if let Some(file) = &self.file {
            return remove(file);
        }
        let mut session = self.outside().await?;
        let dialect = session.dialect();
        let tables = format!(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = {}",
            dialect.literal(&self.staging)
        );
        if session.count(&tables).await? > 0 {
            return Ok(());
        }
        let word = if dialect == Dialect::Mariadb { "DATABASE" } else { "SCHEMA" };
        session.execute(&format!("DROP {word} IF EXISTS {}", dialect.ident(&self.staging))).await.map(|_| ())
    }
}

async fn has_schema(session: &mut Session, name: &str) -> Result<bool> {
    let name = session.dialect().literal(name);
    let statement = format!("SELECT count(*) FROM information_schema.schemata WHERE schema_name = {name}");
    Ok(session.count(&statement).await? > 0)
}

/// The staging database, held by a run.
pub(super) struct Held {
    _session: Option<Session>,
    lock: Option<(std::fs::File, PathBuf)>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((_, path)) = &self.lock {
            // The next run makes it again.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Removes a SQLite file and those that belong to it.
fn remove(file: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::file(Path::new(&path), "cannot remove a staging file", error));
            }
            _ => {}
        }
    }
    Ok(())
}
