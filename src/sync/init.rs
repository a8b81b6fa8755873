//! `init`: the profile's schema in an empty database.

use std::path::{Path, PathBuf};

use crate::db::dialect::Dialect;
use crate::db::session::{OpenMode, Session};
use crate::error::{Error, Result};

use super::{Context, ledger};

/// Profile and engine → the schema that ships.
const SHIPPED: [(&str, Dialect, &str); 6] = [
    ("threatq", Dialect::Sqlite, include_str!("../../sql/sqlite/threatq.sql")),
    ("threatq", Dialect::Postgres, include_str!("../../sql/postgres/threatq.sql")),
    ("threatq", Dialect::Mariadb, include_str!("../../sql/mariadb/threatq.sql")),
    ("mini", Dialect::Sqlite, include_str!("../../sql/sqlite/mini.sql")),
    ("mini", Dialect::Postgres, include_str!("../../sql/postgres/mini.sql")),
    ("mini", Dialect::Mariadb, include_str!("../../sql/mariadb/mini.sql")),
];

/// Creates the schema and the ledger; returns the names of the tables made.
///
/// The schema is the one that ships for the profile's name, or, for a profile that was read from `profile_file`,
/// `<name>.<engine>.sql` beside that. On SQLite and PostgreSQL it is created whole or not at all; MariaDB commits each statement.
///
/// # Errors
/// `Schema` when the database has a table already or there is no schema for the profile; `File`; `Database`.
pub async fn init(context: &Context, profile_file: Option<&Path>) -> Result<Vec<String>> {
    let schema = schema(&context.profile.name, profile_file, context.database.dialect())?;
    let mut session = Session::open(&context.database, OpenMode::Create).await?;
    if let Some(table) = session.catalogue().await?.first() {
        return Err(Error::schema("the database is not empty")
            .at_table(&table.name)
            .hint("Name an empty database, or import into this one without init."));
    }
    // MariaDB commits each statement that creates something: nothing can be rolled back there.
    session.begin().await?;
    session.script(&schema).await?;
    session.commit().await?;
    let catalogue = session.catalogue().await?;
    ledger::ensure_ledger(&mut session, &catalogue).await?;
    ledger::installation_id(&mut session).await?;
    Ok(session.catalogue().await?.into_iter().map(|table| table.name).collect())
}

fn schema(name: &str, profile_file: Option<&Path>, dialect: Dialect) -> Result<String> {
    if let Some(file) = profile_file {
        return beside(file, name, dialect);
    }
    let shipped = SHIPPED.iter().find(|(profile, engine, _)| *profile == name && *engine == dialect);
    shipped.map(|(.., text)| (*text).to_owned()).ok_or_else(|| Error::schema("no schema ships for the profile"))
}

/// The schema file beside a profile file.
fn beside(profile: &Path, name: &str, dialect: Dialect) -> Result<String> {
    let path: PathBuf = profile.with_file_name(format!("{name}.{}.sql", dialect.name()));
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::schema("there is no schema file beside the profile")
                .at_path(path.display().to_string())
                .hint("Put the schema there, or create the tables in the database by other means and import into it."))
        }
        Err(error) => Err(Error::file(&path, "the schema cannot be read", error)),
    }
}
