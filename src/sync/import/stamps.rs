//! Warns of triggers that change the dates which an import writes.
//!
//! A platform's own trigger may set the date of each row that is written to the current time. The rows then seem to be changed
//! now: newer versions that the source made before, and exports later, are left alone. No statement of an import can prevent
//! that, but it can be seen.

use std::collections::BTreeMap;

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::Result;
use crate::sync::merge::Merge;

use super::account::Account;
use super::target::Target;

const SQLITE: &str = include_str!("../../../sql/sqlite/queries/triggers.sql");
const POSTGRES: &str = include_str!("../../../sql/postgres/queries/triggers.sql");
const MARIADB: &str = include_str!("../../../sql/mariadb/queries/triggers.sql");

/// Compares the dates of the rows that were written with those of the bundle, in tables with triggers that are not ours, and
/// adds a warning to the report for each table in which they differ.
///
/// # Errors
/// `Database`.
pub(super) async fn warn(
    session: &mut Session,
    account: &mut Account<'_>,
    merge: &Merge,
    target: &Target,
) -> Result<()> {
    let triggers = foreign_triggers(session).await?;
    for table in &target.tables {
        let name = &table.profile.name;
        let (Some(found), Some(statement)) = (triggers.get(name), merge.count_stamped(&table.merge)) else { continue };
        let rows = session.count(&statement).await.map_err(|error| error.at_table(name))?;
        if rows > 0 {
            account.warn_once(format!(
                "rows of `{name}` that have another date than in the bundle after they were written: {rows}. A trigger of the \
                 table sets it ({}). Edits that the source makes before that date are taken for older than these rows; switch \
                 the trigger off while gapsync imports",
                found.join(", ")
            ));
        }
    }
    Ok(())
}

/// Returns the triggers on inserts and updates that are not ours, by table.
///
/// # Errors
/// `Database`.
pub(in crate::sync) async fn foreign_triggers(session: &mut Session) -> Result<BTreeMap<String, Vec<String>>> {
    let statement = match session.dialect() {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::Mariadb => MARIADB,
    };
    let mut triggers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in session.query(statement).await? {
        let mut cells = row.into_iter().flatten();
        // The names of ours: `<table>_hash_<what>`.
        if let (Some(table), Some(name)) = (cells.next(), cells.next().filter(|name| !name.contains("_hash_"))) {
            triggers.entry(table).or_default().push(name);
        }
    }
    Ok(triggers)
}
