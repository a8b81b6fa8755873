//! `init`: creates the profile's schema in an empty database.

use std::path::{Path, PathBuf};

use crate::db::dialect::Dialect;
use crate::db::error::refusal;
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::profile::Profile;
use crate::run::ledger;

use super::{Context, schema};

/// Creates the schema and the ledger; returns the names of the new tables.
///
/// The schema is the output of `schema` or, for a profile read from `profile_file`, the file found by [`schema_beside`]. It is
/// created completely or not at all.
///
/// # Errors
/// `Schema` if the database already has a table or there is no schema for the profile; `File`; `Database`.
pub async fn init(context: &Context, profile_file: Option<&Path>) -> Result<Vec<String>> {
    let schema = schema_of(&context.profile, profile_file, context.database.dialect())?;
    let mut session = Session::open(&context.database, OpenMode::Create).await?;
    session.require_unicode().await?;
    if let Some(table) = session.catalogue().await?.first() {
        return Err(Error::schema("the database is not empty")
            .at_table(&table.name)
            .hint("Use an empty database, or import into this one without init."));
    }
    if let Err(error) = create(&mut session, &schema).await {
        let error = if is_for_want_of_super(&error) { error.hint(SUPER) } else { error };
        return Err(take_back(&mut session, &schema, error).await);
    }
    Ok(session.catalogue().await?.into_iter().map(|table| table.name).collect())
}

/// The user may not create triggers while the server keeps a binary log.
const NEEDS_SUPER: &str = "1419";

const SUPER: &str = "The server keeps a binary log and lets only users with SUPER create triggers. Set \
                     log_bin_trust_function_creators = 1 on the server (SET GLOBAL, and in its configuration), or run `init` \
                     as a user with SUPER. Nothing was left in the database.";

fn is_for_want_of_super(error: &Error) -> bool {
    refusal(error).is_some_and(|refusal| refusal.code.as_deref() == Some(NEEDS_SUPER))
}

/// Creates the schema and the ledger, in one transaction if the engine allows it.
async fn create(session: &mut Session, schema: &str) -> Result<()> {
    session.begin().await?;
    session.script(schema).await?;
    let catalogue = session.catalogue().await?;
    ledger::ensure_ledger(session, &catalogue).await?;
    ledger::installation_id(session).await?;
    session.commit().await
}

/// Removes what a failed creation has left, so that the next one finds an empty database; returns the error. MariaDB commits
/// each CREATE statement, so the tables of the schema and the ledger are dropped there: the database was empty before.
async fn take_back(session: &mut Session, schema: &str, error: Error) -> Error {
    let rolled_back = session.rollback().await;
    if session.dialect().rolls_back_ddl() {
        return error;
    }
    let dropped = async {
        rolled_back?;
        session.execute("SET SESSION foreign_key_checks = 0").await?;
        for table in session.catalogue().await? {
            let name = session.dialect().ident(&table.name);
            if schema.contains(&format!("CREATE TABLE {name}"))
                || schema.contains(&format!("CREATE TABLE {} ", table.name))
                || ledger::is_ours(&table.name)
            {
                session.execute(&format!("DROP TABLE {name}")).await.map_err(|error| error.at_table(&table.name))?;
            }
        }
        Ok::<(), Error>(())
    };
    match dropped.await {
        Ok(()) => error,
        Err(undropped) => undropped.hint(format!(
            "Before that, creating the schema failed: {error}. Drop the tables of this database, then run `init` again."
        )),
    }
}

/// Returns the SQL for a profile.
fn schema_of(profile: &Profile, profile_file: Option<&Path>, dialect: Dialect) -> Result<String> {
    let beside = profile_file.map(|file| schema_beside(file, &profile.name, dialect)).transpose()?.flatten();
    if let Some((_, text)) = beside {
        return Ok(text);
    }
    match schema::described(&profile.name, profile_file, None)? {
        Some(described) => schema::of_profile(profile, &described, dialect),
        None => Err(schema::undescribed(&profile.name, profile_file, dialect)),
    }
}

/// Reads `<name>.<engine>.sql` beside the file of a profile, which is run unchanged. Returns `None` if there is no such file.
///
/// # Errors
/// `File`.
pub fn schema_beside(profile: &Path, name: &str, dialect: Dialect) -> Result<Option<(PathBuf, String)>> {
    let path = profile.with_file_name(schema::schema_file(name, dialect));
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(&path, "the schema cannot be read", error)),
    }
}
