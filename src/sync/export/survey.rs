//! Questions that an export asks about the whole database before it reads any table, in a few statements instead of several per
//! table.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::model::profile::Match;

use super::period::dated;
use super::plan::{Planner, SourceTable};
use super::strangers::Among;

/// Tables per statement.
const TABLES: usize = 32;

/// The most exceptional rows of each kind that are remembered one by one for a table. Statements list them by id.
const NAMED: usize = 200;

/// Row counts.
pub(super) struct Survey {
    /// Upper bound of each table's rows: counted if all rows are exported, whether they may travel or not; otherwise from the
    /// span of ids, which costs nothing.
    pub(super) rows: BTreeMap<String, u64>,
}

impl Survey {
    /// Returns an upper bound of a table's rows.
    pub(super) fn rows(&self, table: &SourceTable) -> u64 {
        self.rows.get(&table.profile.name).copied().unwrap_or(u64::MAX >> 1)
    }
}

/// Counts rows, and checks that each row that is matched by its hash has one.
///
/// # Errors
/// `Schema` if a table lacks its hash column; `MissingHash`; `Database`.
pub(super) async fn take(session: &mut Session, planner: &Planner<'_>, tables: &[SourceTable]) -> Result<Survey> {
    for table in tables.iter().filter(|table| table.profile.matched_by == Match::Hash) {
        let (name, hash) = (&table.profile.name, &table.profile.hash);
        if !table.columns.iter().any(|column| column.name == *hash) {
            return Err(Error::schema("the table has no hash column").at_table(name).at_column(hash));
        }
    }
    let mut survey = Survey { rows: BTreeMap::new() };
    let mut unhashed = BTreeSet::new();
    for some in tables.chunks(TABLES) {
        let questions: Vec<String> = some.iter().map(|table| question(planner, table)).collect();
        for row in session.query(&questions.join(" UNION ALL ")).await? {
            let [Some(name), rows, missing] = row.as_slice() else {
                return Err(Error::internal("a survey of tables cannot be read"));
            };
            survey.rows.extend(rows.as_ref().and_then(|rows| Some((name.clone(), rows.parse().ok()?))));
            unhashed.extend(missing.is_some().then(|| name.clone()));
        }
    }
    let names = tables.iter().map(|table| table.profile.name.as_str());
    let missing: Vec<&str> = names.filter(|name| unhashed.contains(*name)).collect();
    if missing.is_empty() {
        return Ok(survey);
    }
    Err(Error::new(ErrorKind::MissingHash, format!("sync_hash is missing in {}", missing.join(", ")))
        .hint("Run `gapsync fill-sync-hash` on this database, then export again."))
}

/// Returns a statement with one row: the table's name, its rows, and whether a hash is missing (NULL: no).
fn question(planner: &Planner<'_>, table: &SourceTable) -> String {
    let dialect = planner.dialect;
    let name = dialect.ident(&table.profile.name);
    let id = dialect.ident(&table.profile.id);
    let (rows, from) = if table.window.is_empty() || !table.profile.id.is_number() {
        ("count(*)".to_owned(), table.all_present(dialect))
    } else if dialect == Dialect::Sqlite {
        // Two separate subselects: each uses the index, whereas both in one would read the whole table.
        let end = |which: &str| format!("(SELECT {which}({id}) FROM {name})");
        (format!("COALESCE({} - {} + 1, 0)", end("max"), end("min")), String::new())
    } else {
        (format!("COALESCE(max(a.{id}) - min(a.{id}) + 1, 0)"), format!("FROM {name} AS a"))
    };
    let missing = if table.profile.matched_by == Match::Hash {
        // A row that refers to an unknown kind of object cannot have a hash.
        let base = planner.found(&table.profile.name);
        let stranger = base.and_then(|base| planner.stranger(&table.profile, base, ("h", Among::All), 0));
        let known = stranger.map_or_else(String::new, |stranger| format!(" AND NOT {stranger}"));
        format!("(SELECT 1 FROM {name} AS h WHERE h.{} IS NULL{known} LIMIT 1)", dialect.ident(&table.profile.hash))
    } else {
        "NULL".to_owned()
    };
    format!("SELECT {}, {rows}, {missing} {from}", dialect.literal(&table.profile.name))
}

/// Searches the tables of a window for rows with an unreadable date. Usually there are none, and the export need not check
/// again. Engines other than SQLite store dates as dates.
///
/// # Errors
/// `Database`.
pub(super) async fn find_undated(
    session: &mut Session,
    planner: &Planner<'_>,
    tables: &[SourceTable],
) -> Result<BTreeMap<String, Vec<u64>>> {
    let mut found = BTreeMap::new();
    if session.dialect().keeps_types() || planner.window.start.is_none() {
        return Ok(found);
    }
    let has_date = |table: &&SourceTable| {
        planner.found(&table.profile.name).is_some_and(|base| dated(&table.profile, base).is_some())
    };
    let counted = |table: &&SourceTable| !table.window.is_empty() && table.profile.id.is_number();
    for table in tables.iter().filter(counted).filter(has_date) {
        let name = &table.profile.name;
        let statement = format!("{} LIMIT {}", planner.find_undated(&table.profile), NAMED + 1);
        let rows = session.query(&statement).await.map_err(|error| error.at_table(name))?;
        if let Some(ids) = ids_if_few(&rows) {
            found.insert(name.clone(), ids);
        }
    }
    Ok(found)
}

/// Returns the ids in rows of one cell, or `None` if there are too many to list or one is not a number, which is reported when
/// the row is read.
fn ids_if_few(rows: &[Vec<Option<String>>]) -> Option<Vec<u64>> {
    if rows.len() > NAMED {
        return None;
    }
    rows.iter().map(|row| row.first()?.as_ref()?.parse::<i64>().ok().map(i64::cast_unsigned)).collect()
}

/// Searches the tables that travel whole for rows with dangling polymorphic references. Usually there are none, and then
/// neither they nor the rows that depend on them have to be checked one by one.
///
/// # Errors
/// `Database`; as [`Planner::find_dangling`].
pub(super) async fn find_dangling(
    session: &mut Session,
    planner: &Planner<'_>,
    tables: &[SourceTable],
) -> Result<BTreeMap<String, Vec<u64>>> {
    let mut found = BTreeMap::new();
    for table in tables.iter().filter(|table| table.window.is_empty()) {
        let name = &table.profile.name;
        if planner.rows.get(name) == Some(&0) {
            found.insert(name.clone(), Vec::new());
            continue;
        }
        let Some(statement) = planner.find_dangling(name, NAMED + 1)? else { continue };
        let rows = session.query(&statement).await.map_err(|error| error.at_table(name))?;
        if let Some(ids) = ids_if_few(&rows) {
            found.insert(name.clone(), ids);
        }
    }
    Ok(found)
}
