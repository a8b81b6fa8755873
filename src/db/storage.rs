//! Finds where a database stores its data, as far as this machine can see.

use std::path::{Path, PathBuf};

use super::dialect::Dialect;
use super::session::Session;
use super::url::DatabaseUrl;

const POSTGRES_PLACES: &str = include_str!("../../sql/postgres/queries/storage.sql");
const POSTGRES_LOG_LIMIT: &str = include_str!("../../sql/postgres/queries/log_limit.sql");
const MARIADB_PLACES: &str = include_str!("../../sql/mariadb/queries/storage.sql");

/// Places on this machine's disks that a database writes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// The tables; `None` if they are on another machine or their place is hidden from this user.
    pub data: Option<PathBuf>,
    /// Sorts and temporary tables; `None` as above.
    pub temporary: Option<PathBuf>,
    /// The log of changes; `None` as above.
    pub log: Option<PathBuf>,
    /// Size limit of the log; `None` if it grows with what one transaction writes.
    pub log_limit: Option<u64>,
}

/// Finds where the data is stored. Anything that the database does not reveal stays unknown: only an estimate depends on
/// it.
pub async fn storage(session: &mut Session, url: &DatabaseUrl) -> Storage {
    match url.dialect() {
        Dialect::Sqlite => {
            let data = url.file().map(Path::to_owned);
            Storage { log: data.clone(), data, temporary: sqlite_temporary(), log_limit: None }
        }
        Dialect::Postgres => {
            let mut places = texts(session, POSTGRES_PLACES).await.into_iter();
            let home = here(url, places.next());
            let data = places.next().map_or_else(|| home.clone(), |folder| here(url, Some(folder)));
            let limit = texts(session, POSTGRES_LOG_LIMIT).await;
            let log_limit = limit.first().and_then(|text| text.parse().ok());
            let log = home.map(|home| home.join("pg_wal"));
            Storage { temporary: data.clone(), data, log, log_limit }
        }
        Dialect::Mariadb => {
            let mut places = texts(session, MARIADB_PLACES).await.into_iter();
            let data = here(url, places.next());
            // There may be several folders, which temporary tables use in turn.
            let temporary = places.next().and_then(|list| list.split(':').next().map(str::to_owned));
            // The redo log has its full size from the start.
            Storage { data, temporary: here(url, temporary), log: None, log_limit: Some(0) }
        }
    }
}

async fn texts(session: &mut Session, statement: &str) -> Vec<String> {
    session.cells(statement).await.unwrap_or_default()
}

/// Returns a server's folder, if the server runs on this machine and the folder exists.
fn here(url: &DatabaseUrl, folder: Option<String>) -> Option<PathBuf> {
    folder.filter(|_| url.is_local()).map(PathBuf::from).filter(|path| path.is_absolute() && path.exists())
}

/// Returns the folder that SQLite chooses for sorts.
fn sqlite_temporary() -> Option<PathBuf> {
    let named = ["SQLITE_TMPDIR", "TMPDIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    let usual = ["/var/tmp", "/usr/tmp", "/tmp", "."].into_iter().map(PathBuf::from);
    named.chain(usual).find(|folder| folder.is_dir())
}
