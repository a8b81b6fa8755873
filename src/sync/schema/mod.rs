//! Generates the schema of a profile as SQL: tables, indexes, triggers that maintain `sync_hash`, and gapsync's own tables.
//!
//! ```text
//! source ─ description ─ tables (checks) ─ CREATE TABLE ┐
//!                             │                         ├ sqlite, postgres, mariadb ─ SQL
//! catalogue ─ existing ───────┴─── triggers ────────────┘
//! ```
//!
//! * `source` finds the description of the columns, `description` parses it into [`description::Entry`]s.
//! * [`Tables`] joins them with the profile: one [`table::Table`] per table, parents first. `checks` refuses what an engine or
//!   its shell would misread.
//! * [`Hashed`] builds the triggers of a table; the expression for the hash is [`super::merge::hash`]'s.
//! * `sqlite`, `postgres` and `mariadb` write the SQL; `common` has what they share.
//!
//! `init` runs what `schema` prints: both call [`of_profile`], and the shipped files in `sql/` are its output. For existing
//! tables, [`additions`] returns what they lack. `sql/<engine>/ledger.sql` is part of both.
//!
//! To add a type of column, touch `Kind` in `description` and `definition` of each engine. To add an engine, add a file beside
//! `sqlite`, its folder in `sql/` to `folder`, and follow the compiler. After a change of the output, `GAPSYNC_BLESS=1` makes the tests in `tests/schema` write the shipped files again.

mod checks;
mod common;
mod description;
mod existing;
mod mariadb;
mod postgres;
mod source;
mod sqlite;
mod table;
mod tables;
mod triggers;

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::profile::Profile;

pub use existing::additions;
pub(in crate::sync) use source::schema_file;
pub use source::{Described, described, undescribed};
use tables::Tables;
use triggers::Hashed;

/// Returns the schema of a profile for an empty database.
///
/// # Errors
/// `Schema` if the profile and the description of its columns do not fit together, with the line.
pub fn of_profile(profile: &Profile, described: &Described, dialect: Dialect) -> Result<String> {
    let at = |error: Error| match &described.file {
        Some(file) => error.at_path(file.display().to_string()),
        None => error,
    };
    checks::profile(dialect, profile)?;
    checks::usual_kinds(profile)?;
    let tables = Tables::new(dialect, profile, &described.text).map_err(at)?;
    let completed = Completed::without_catalogue(profile);
    let catalogue = tables.catalogue();
    let in_order = tables.tables.iter().filter_map(|table| completed.table(&table.profile.name)).collect();
    let hashed = Hashed { dialect, profile: &completed, catalogue: &catalogue, tables: in_order, replace: false };
    let sql = match dialect {
        Dialect::Sqlite => sqlite::schema(&tables, &hashed)?,
        Dialect::Postgres => postgres::schema(&tables, &hashed)?,
        Dialect::Mariadb => mariadb::schema(&tables, &hashed)?,
    };
    Ok(format!("{}{sql}{}", heading(profile, described, dialect), common::ledger(dialect)))
}

/// Returns the first lines of a schema: what it is, and how to run it by hand.
fn heading(profile: &Profile, described: &Described, dialect: Dialect) -> String {
    let name = &profile.name;
    let file = if described.file.is_some() {
        source::schema_file(name, dialect)
    } else {
        format!("sql/{}/{name}.sql", folder(dialect))
    };
    let (engine, run) = match dialect {
        Dialect::Sqlite => ("SQLite", format!("sqlite3 gapsync.db < {file}")),
        Dialect::Postgres => ("PostgreSQL", format!("psql -v ON_ERROR_STOP=1 -f {file}")),
        Dialect::Mariadb => ("MariaDB", format!("mariadb --database=gapsync < {file}")),
    };
    format!(
        "-- The `{name}` profile's tables for {engine}, for an empty database: {run}\n\
         -- Written by `gapsync schema` from the profile and the description of its columns; do not edit by hand.\n"
    )
}

/// Returns the engine's folder in `sql/`.
fn folder(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "postgres",
        Dialect::Sqlite | Dialect::Mariadb => dialect.name(),
    }
}
