//! Where a window starts: at what earlier runs left in `synchronizations`.

use serde::Deserialize;
use time::macros::format_description;
use time::{Duration, PrimitiveDateTime};

use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::manifest::Chain;

/// Rows that were committed late, with a date from before the last export began, are still caught within this time.
const OVERLAP: Duration = Duration::minutes(10);

/// The date that stands for the beginning of time: an import wrote rows without a date.
pub(super) const EVER: &str = "0001-01-01 00:00:00";

/// The last finished export of a configuration that moved the window.
#[derive(Debug)]
pub(super) struct LastExport {
    started_at: String,
    chain: Chain,
    sha256: String,
}

/// What this module needs of a stored report.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Stored {
    options: Options,
    bundle: Mark,
    chain: Option<Chain>,
    oldest_written: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    start_date: Option<String>,
    end_date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Mark {
    sha256: String,
}

/// Finds the last finished export with this `synchronizations.hash`; those with explicit dates do not count.
pub(super) async fn last_export(session: &mut Session, hash: &str) -> Result<Option<LastExport>> {
    let statement = format!(
        "SELECT started_at, report_json FROM synchronizations WHERE type = 'export' AND hash = {} \
         AND finished_at IS NOT NULL ORDER BY id DESC",
        session.dialect().literal(hash)
    );
    for row in session.query(&statement).await? {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let (started_at, report) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let Ok(stored) = serde_json::from_str::<Stored>(&report) else { continue };
        if stored.options.start_date.is_none() && stored.options.end_date.is_none() {
            let chain = stored.chain.unwrap_or_default();
            return Ok(Some(LastExport { started_at, chain, sha256: stored.bundle.sha256 }));
        }
    }
    Ok(None)
}

/// The place of the next bundle.
pub(super) fn next_chain(last: Option<&LastExport>) -> Chain {
    match last {
        None => Chain { sequence: 1, parent: None },
        Some(last) => Chain { sequence: last.chain.sequence + 1, parent: Some(last.sha256.clone()) },
    }
}

/// The first moment of the next window; none: the beginning.
///
/// It is where the last export began reading, less an overlap, and not later than the oldest date that an import has
/// written since: what this installation received, it passes on.
pub(super) async fn next_start(session: &mut Session, last: Option<&LastExport>) -> Result<Option<String>> {
    let Some(last) = last else { return Ok(None) };
    let mut start = parse(&last.started_at)? - OVERLAP;
    let imports = format!(
        "SELECT report_json FROM synchronizations WHERE type = 'import' AND (finished_at IS NULL OR finished_at >= {})",
        session.dialect().literal(&last.started_at)
    );
    for report in session.query(&imports).await?.into_iter().flatten().flatten() {
        let stored = serde_json::from_str::<Stored>(&report).unwrap_or_default();
        match stored.oldest_written.as_deref() {
            None => {}
            Some(EVER) => return Ok(None),
            Some(oldest) => start = start.min(parse(oldest)?),
        }
    }
    Ok(Some(shown(start)))
}

fn parse(text: &str) -> Result<PrimitiveDateTime> {
    let whole = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let fraction = format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond]");
    PrimitiveDateTime::parse(text, fraction)
        .or_else(|_| PrimitiveDateTime::parse(text, whole))
        .map_err(|error| Error::internal("a stored time cannot be read").because(error))
}

fn shown(moment: PrimitiveDateTime) -> String {
    let whole = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    );
    match moment.microsecond() {
        0 => whole,
        fraction => format!("{whole}.{fraction:06}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive() {
        for text in ["2026-01-02 03:04:05", "2026-01-02 03:04:05.000001", "0001-01-01 00:00:00"] {
            assert_eq!(shown(parse(text).unwrap()), text);
        }
        assert_eq!(shown(parse("2026-01-01 00:05:00").unwrap() - OVERLAP), "2025-12-31 23:55:00");
    }
}
