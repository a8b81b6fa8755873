//! Checks that a command is in the right place: a database with tables of the profile.

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::profile::Profile;
use crate::model::schema::Table;

/// Refuses a database without any of the profile's tables, before anything is created there.
///
/// # Errors
/// `Schema`, naming the PostgreSQL schema that has them; `Database`.
pub(super) async fn require_tables(session: &mut Session, catalogue: &[Table], profile: &Profile) -> Result<()> {
    if catalogue.iter().any(|table| profile.table(&table.name).is_some()) {
        return Ok(());
    }
    // An unusable database is reported first.
    session.require_unicode().await?;
    let error = Error::schema("the database has none of the profile's tables");
    let elsewhere = if session.dialect() == Dialect::Postgres { other_schema(session, profile).await? } else { None };
    Err(match elsewhere {
        Some((schema, tables)) => error.hint(format!(
            "The schema `{schema}` of this database has {tables} of them, but it is not on the search path: \
             set search_path for the user, with ALTER ROLE … SET search_path."
        )),
        None => error.hint("Check --database and --profile; `gapsync init` creates the schema in an empty database."),
    })
}

/// Returns the error for a bundle without any table that is both in the profile and in the database.
pub(super) fn wrong_bundle() -> Error {
    Error::schema("the database and the profile have none of the bundle's tables")
        .hint("Check --database and --profile: `gapsync inspect` shows the profile that the bundle was made with.")
}

/// Returns the schema with the most of the profile's tables, and their number.
async fn other_schema(session: &mut Session, profile: &Profile) -> Result<Option<(String, String)>> {
    let dialect = session.dialect();
    let names: Vec<String> = profile.tables.iter().map(|table| dialect.literal(&table.name)).collect();
    let statement = format!(
        "SELECT schemaname, CAST(count(*) AS text) FROM pg_tables WHERE tablename IN ({}) \
         AND schemaname NOT IN ('pg_catalog', 'information_schema') GROUP BY schemaname ORDER BY count(*) DESC, 1 LIMIT 1",
        names.join(", ")
    );
    let mut cells = session.cells(&statement).await?.into_iter();
    Ok(cells.next().zip(cells.next()))
}
