//! What the user should know of the keys of a table without a hash column: which rows of the target share their key.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::session::Session;
use crate::error::{Result, escape};
use crate::sync::merge::Merge;

use super::target::TargetTable;

/// How many keys with twins on the target a warning lists, and how many ids of each.
const LISTED_TWINS: usize = 3;
const LISTED_IDS: usize = 5;

/// An id as the database shows it. Numbers are in their order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    number: Option<i64>,
    text: String,
}

impl Id {
    fn new(text: String) -> Self {
        Self { number: text.parse().ok(), text: escape::line(&text).into_owned() }
    }
}

/// Names the rows of the target that share their key, as far as the bundle has that key, and says how often the target took
/// another text for the same key.
///
/// # Errors
/// `Database`.
pub(super) async fn twin_warnings(session: &mut Session, merge: &Merge, table: &TargetTable) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    warnings.extend(suffix_warning(session, merge, table).await?);
    let Some(statement) = merge.count_twins(&table.merge) else { return Ok(warnings) };
    let counts = session.query(&statement).await?.into_iter().flatten().flatten();
    let counts: Vec<u64> = counts.filter_map(|count| count.parse().ok()).collect();
    let (name, key) = (&table.profile.name, table.profile.key.join(", "));
    if let Some(&keys) = counts.first().filter(|keys| **keys > 0)
        && let Some(statement) = merge.twin_ids(&table.merge, LISTED_TWINS)
    {
        let mut groups: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        for row in session.query(&statement).await? {
            let mut ids = row.into_iter().flatten().map(Id::new);
            if let (Some(lowest), Some(id)) = (ids.next(), ids.next()) {
                groups.entry(lowest).or_default().insert(id);
            }
        }
        let listed = groups.values().map(|ids| {
            let mut shown: Vec<String> = ids.iter().take(LISTED_IDS).map(|id| id.text.clone()).collect();
            if ids.len() > LISTED_IDS {
                shown.push(format!("and {} more", ids.len() - LISTED_IDS));
            }
            shown.join(", ")
        });
        let listed: Vec<String> = listed.collect();
        warnings.push(format!(
            "rows of `{name}` whose key ({key}) several rows of the target have: {keys}; of those, the row with the lowest id \
             is the one that counts, and the others are left alone. Ids on the target: {}",
            listed.join("; ")
        ));
    }
    if let Some(&rows) = counts.get(1).filter(|rows| **rows > 0) {
        warnings.push(format!(
            "rows of `{name}` whose key ({key}) is written otherwise on the target, but is the same for the collation of the \
             target's unique key: {rows}"
        ));
    }
    Ok(warnings)
}

/// Says how many values get a suffix because another row of the target has them.
async fn suffix_warning(session: &mut Session, merge: &Merge, table: &TargetTable) -> Result<Option<String>> {
    let (Some(count), Some(column)) = (merge.count_suffixed(&table.merge), &table.merge.suffixed) else {
        return Ok(None);
    };
    let rows = session.count(&count).await?;
    if rows == 0 {
        return Ok(None);
    }
    let mut ids = session.cells(&merge.suffixed_ids(&table.merge, LISTED_IDS)).await?;
    if rows.unsigned_abs() > ids.len() as u64 {
        ids.push(format!("and {} more", rows.unsigned_abs() - ids.len() as u64));
    }
    Ok(Some(format!(
        "rows of `{}` whose `{column}` another row has, so that it gets a suffix from their key: {rows}. Ids on the target: {}",
        table.profile.name,
        ids.join(", ")
    )))
}
