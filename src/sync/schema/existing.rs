//! Finds what the tables of a database lack: columns and triggers for hashes, indexes, gapsync's own tables.

use std::collections::HashSet;
use std::fmt::Write;

use crate::db::dialect::Dialect;
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::db::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::event::Progress;
use crate::model::completed::Completed;
use crate::model::order::order;
use crate::model::profile::{Match, Profile, TableProfile};
use crate::model::schema::Table;
use crate::sync::ready::require_tables;

use super::triggers::Hashed;
use super::{checks, common, mariadb, postgres, sqlite};

/// Returns what has to be added to the tables of a database so that the rows of a profile can travel. Nothing is changed.
///
/// # Errors
/// `Schema` if a table lacks something that the profile names; `Database`.
pub async fn additions(database: &DatabaseUrl, profile: &Profile, progress: &Progress) -> Result<String> {
    let dialect = database.dialect();
    checks::profile(dialect, profile)?;
    let mut session = Session::open(database, OpenMode::ReadOnly).await?;
    session.require_unicode().await?;
    let catalogue = session.catalogue().await?;
    require_tables(&mut session, &catalogue, profile).await?;
    let indexed = session.indexed_columns().await?;
    let found = |name: &str| catalogue.iter().find(|base| base.name == name);
    for table in profile.tables.iter().filter(|table| found(&table.name).is_none()) {
        progress.warning(format!("the database has no table `{}`: nothing is printed for it", table.name));
    }
    let completed = Completed::join(profile, &catalogue);
    let nullable = |table: &str, column: &str| {
        found(table).and_then(|base| base.column(column)).is_none_or(|column| column.nullable)
    };
    let order = order(&completed, &nullable, &|name| found(name).is_some())?;
    let tables = order.tables.iter().filter_map(|name| completed.table(name)).collect();
    write(&Hashed { dialect, profile: &completed, catalogue: &catalogue, tables, replace: true }, &indexed)
}

fn write(hashed: &Hashed<'_>, indexed: &HashSet<(String, String)>) -> Result<String> {
    let dialect = hashed.dialect;
    let mut out = heading(hashed);
    for table in &hashed.tables {
        if let Some(base) = hashed.catalogue.iter().find(|base| base.name == table.name) {
            columns(&mut out, hashed, table, base, indexed)?;
        }
    }
    let about = if dialect == Dialect::Sqlite { sqlite::ON_TRIGGERS } else { common::ON_TRIGGERS };
    let _ = write!(out, "\n{about}\n");
    match dialect {
        Dialect::Sqlite => sqlite::triggers(&mut out, hashed)?,
        Dialect::Postgres => postgres::triggers(&mut out, hashed)?,
        Dialect::Mariadb => mariadb::triggers(&mut out, hashed)?,
    }
    out.push_str(common::ledger(dialect));
    // MariaDB commits each of these statements separately.
    Ok(if dialect.rolls_back_ddl() { out + "COMMIT;\n" } else { out })
}

fn heading(hashed: &Hashed<'_>) -> String {
    let (engine, run, begin) = match hashed.dialect {
        Dialect::Sqlite => ("SQLite", "sqlite3 -bail gapsync.db < FILE", "BEGIN IMMEDIATE;\n"),
        Dialect::Postgres => ("PostgreSQL", "psql -v ON_ERROR_STOP=1 -f FILE", "BEGIN;\n"),
        Dialect::Mariadb => ("MariaDB", "mariadb --database=gapsync < FILE", mariadb::NAMES),
    };
    format!(
        "-- What the tables of the `{}` profile lack in a database of {engine}: {run}\n\
         -- Written by `gapsync schema --existing` from the profile and the database's catalogue. Afterwards\n\
         -- `gapsync fill-sync-hash` computes the hashes of the rows that are there.\n\n{begin}\n",
        hashed.profile.name
    )
}

/// Writes the columns and indexes that a table lacks.
fn columns(
    out: &mut String,
    hashed: &Hashed<'_>,
    table: &TableProfile,
    base: &Table,
    indexed: &HashSet<(String, String)>,
) -> Result<()> {
    let dialect = hashed.dialect;
    let lacks = |what: &'static str, column: &str| {
        Error::schema(what)
            .at_table(&table.name)
            .at_column(column)
            .hint("Correct the profile, or create the column. Nothing was printed.")
    };
    if !table.id.is_key() && base.column(&table.id).is_none() {
        return Err(lacks("the table lacks its id column", &table.id));
    }
    let date = base.column(&table.date);
    let date = date.ok_or_else(|| lacks("the table lacks the column with the date of the last change", &table.date))?;
    if !table.date.kind.fits(date, dialect.keeps_types()) {
        return Err(lacks("the column with the date of the last change is not of its kind", &table.date));
    }
    let name = dialect.ident(&table.name);
    if table.matched_by == Match::Hash {
        let column = dialect.ident(&table.hash);
        if base.column(&table.hash).is_none() {
            let kind = match dialect {
                Dialect::Sqlite => sqlite::HASH,
                Dialect::Postgres => postgres::HASH,
                Dialect::Mariadb => mariadb::HASH,
            };
            let _ = writeln!(out, "ALTER TABLE {name} ADD COLUMN {column} {kind};");
        }
        if !base.unique_keys.iter().any(|key| key.columns == [table.hash.as_str()]) {
            let index = hashed.named(table, "hash_unique");
            let _ = writeln!(out, "CREATE UNIQUE INDEX {index} ON {name} ({column});");
        }
    }
    if !indexed.contains(&(table.name.clone(), table.date.column.clone())) {
        let (index, column) = (hashed.named(table, "date_index"), dialect.ident(&table.date));
        let _ = writeln!(out, "CREATE INDEX {index} ON {name} ({column});");
    }
    Ok(())
}
