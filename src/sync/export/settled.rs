//! The ids that the window of a table goes by if it only grows (`window = "id"`).
//!
//! A transaction that was open when an earlier export looked may since have committed rows with lower ids than that export saw. An
//! id counts as settled only if every transaction that may have taken a lower one had ended: the highest ids are read
//! before the search for open transactions begins, and they count if it finds none. Otherwise the ids of the export before
//! count, and without those the table travels whole.

use std::collections::BTreeMap;

use crate::db::session::Session;
use crate::error::Result;
use crate::model::profile::Profile;
use crate::model::schema::Table;
use crate::sync::report::Watermark;

/// Reads the highest id of each table whose window goes by it.
///
/// # Errors
/// `Database`.
pub(super) async fn highest(
    session: &mut Session,
    profile: &Profile,
    catalogue: &[Table],
) -> Result<BTreeMap<String, i64>> {
    let mut highest = BTreeMap::new();
    for table in profile.tables.iter().filter(|table| table.window.as_ref() == Some(&table.id.column)) {
        if !catalogue.iter().any(|base| base.name == table.name) {
            continue;
        }
        let dialect = session.dialect();
        let statement = format!("SELECT max({}) FROM {}", dialect.ident(&table.id), dialect.ident(&table.name));
        let id = session.number(&statement).await.map_err(|error| error.at_table(&table.name))?;
        highest.extend(id.map(|id| (table.name.clone(), id)));
    }
    Ok(highest)
}

/// Adds the settled ids to the watermarks of a run: its own, or else those of the export before.
pub(super) fn keep(
    watermarks: &mut BTreeMap<String, Watermark>,
    before: &BTreeMap<String, Watermark>,
    highest: &BTreeMap<String, i64>,
) {
    for (table, watermark) in watermarks {
        let earlier = before.get(table).and_then(|before| before.settled);
        watermark.settled = highest.get(table).copied().or(earlier);
    }
}

/// Returns the settled ids of an earlier export, except those of tables that were emptied since.
pub(super) fn ids(before: &BTreeMap<String, Watermark>, now: &BTreeMap<String, Watermark>) -> BTreeMap<String, i64> {
    let highest = |table: &String| now.get(table).and_then(|now| now.id);
    let known = before.iter().filter_map(|(table, before)| Some((table, before.settled?)));
    let known = known.filter(|(table, settled)| highest(table).is_some_and(|highest| highest >= *settled));
    known.map(|(table, settled)| (table.clone(), settled)).collect()
}
