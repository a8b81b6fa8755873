//! Renders the findings of `fill-sync-hash`.

use serde_json::Value;

use crate::error::{Error, Result, escape};
use crate::run::report::grid::{Grid, grouped, without_rows};
use crate::sync::hashing::{HashMode, HashReport};

use super::with_version;

/// Renders the report as one object.
///
/// # Errors
/// `Internal`, which cannot happen with plain data.
pub(in crate::cli) fn json(report: &HashReport) -> Result<Value> {
    let object = serde_json::to_value(report)
        .map_err(|error| Error::internal("the result cannot be written as JSON").because(error))?;
    Ok(with_version(object))
}

/// Renders counts by table, followed by the rows that a person has to look at.
pub(in crate::cli) fn text(report: &HashReport, mode: HashMode) -> String {
    let done = if mode == HashMode::Check { ">wrong" } else { ">filled" };
    let mut grid = Grid::new(&["table", ">rows looked at", done, ">without parent", ">twins", ">ignored"]);
    for (name, counts) in report.tables.iter().filter(|(_, counts)| counts.rows + counts.ignored > 0) {
        let done = if mode == HashMode::Check { counts.wrong } else { counts.filled };
        let numbers = [counts.rows, done, counts.missing_parent, counts.twin_groups, counts.ignored];
        grid.row(std::iter::once(name.clone()).chain(numbers.map(grouped)).collect());
    }
    let empty = report.tables.values().filter(|counts| counts.rows + counts.ignored == 0).count();
    let mut text = match mode {
        HashMode::Missing if empty == report.tables.len() => {
            "nothing to fill: every row has its sync_hash\n".to_owned()
        }
        HashMode::Missing if empty > 0 => format!("{}tables without missing hashes are not listed\n", grid.text(0)),
        _ => grid.text(0) + &without_rows(empty, 0),
    };
    let ignored: u64 = report.tables.values().map(|counts| counts.ignored).sum();
    if ignored > 0 {
        text.push_str(&format!(
            "rows without a sync_hash, because they refer to a kind of object that the profile does not name, or to such \
             a row: {}; they do not travel\n",
            grouped(ignored)
        ));
    }
    for (name, counts) in &report.tables {
        for ids in &counts.twins {
            let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
            text.push_str(&format!("{}: rows {} share a natural key\n", escape::line(name), ids.join(", ")));
        }
        let more = counts.twin_groups.saturating_sub(counts.twins.len() as u64);
        if more > 0 {
            text.push_str(&format!("{}: {} more such groups\n", escape::line(name), grouped(more)));
        }
    }
    text
}
