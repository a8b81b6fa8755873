//! Removes the staging databases that migrations left which failed or died.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::place::Place;
use super::tables::POSITION;
use crate::db::dialect::Dialect;
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::db::url::DatabaseUrl;
use crate::error::Result;
use crate::event::Progress;
use crate::run::ledger;
use crate::run::lock::Lock;

/// What the ledger knows of a migration's staging.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Left {
    #[serde(default)]
    staging_db: Option<String>,
    #[serde(default)]
    staging_path: Option<String>,
}

/// Removes the staging tables of the migrations into a database that did not finish, as its ledger knows them. Returns the
/// places of those that were there.
///
/// # Errors
/// `Database`, `File`; `Locked` if a run is in progress.
pub async fn remove_leftovers(database: &DatabaseUrl, progress: &Progress) -> Result<Vec<String>> {
    let mut session = Session::open(database, OpenMode::ReadWrite).await?;
    if !ledger::is_whole(&session.catalogue().await?) {
        return Ok(Vec::new());
    }
    let statement = "SELECT config_json FROM synchronizations WHERE type = 'migrate' AND finished_at IS NULL";
    let options = session.cells(statement).await?;
    let left: BTreeSet<Left> = options.iter().filter_map(|options| serde_json::from_str(options).ok()).collect();
    if left.is_empty() {
        return Ok(Vec::new());
    }
    let lock = Lock::acquire(&mut session, database, progress).await?;
    let outcome = remove(&mut session, database, left).await;
    lock.release(&mut session).await?;
    outcome
}

async fn remove(session: &mut Session, database: &DatabaseUrl, left: BTreeSet<Left>) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for left in left {
        let folder = left.staging_path.as_deref().map(std::path::Path::new);
        let place = Place::new(database.clone(), None, left.staging_db.as_deref(), folder)?;
        if place.has_left(session).await? {
            let _held = place.hold().await?;
            if session.dialect() != Dialect::Sqlite {
                for table in staged(session, &place).await? {
                    session.execute(&format!("DROP TABLE IF EXISTS {}", place.staged(&table))).await?;
                }
            }
            place.remove_staging().await?;
            removed.push(place.shown());
        }
    }
    Ok(removed)
}

/// Returns the staging tables of migrations in a schema. Other tables lack the column of positions.
async fn staged(session: &mut Session, place: &Place) -> Result<Vec<String>> {
    let statement = format!(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = {} AND column_name = '{POSITION}' AND \
         ordinal_position = 1",
        session.dialect().literal(&place.shown())
    );
    session.cells(&statement).await
}
