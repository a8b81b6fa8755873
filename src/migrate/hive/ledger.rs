//! The files that were migrated, and what a run intended when it began to publish.
//!
//! Both are tables of the target database to which rows are only added. A row of `gapsync_intent` with the state `begun` says
//! how many rows a table had in the days of a pipeline's files, and how many are being added; one with the state `ended` says
//! that all tables have their rows and the files are recorded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::statements::Names;
use crate::db::hive::HiveSession;
use crate::error::{Error, Result};
use crate::migrate::account::{Done, Known};
use crate::migrate::dates::Date;

/// Table of files.
pub(super) const MIGRATED: &str = "gapsync_migrated";
/// Table of intents.
const INTENT: &str = "gapsync_intent";

/// Rows of one INSERT.
const ROWS: usize = 200;

/// What a run began to publish.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Intent {
    /// The run.
    #[serde(skip)]
    pub(super) run: i64,
    /// Path and digest of the files.
    pub(super) files: BTreeMap<String, String>,
    /// The tables.
    pub(super) tables: BTreeMap<String, TableIntent>,
}

/// What a run intended with a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableIntent {
    /// Days of the rows.
    pub(super) days: Vec<Date>,
    /// Rows that the table had in these days, without those of days that are replaced.
    pub(super) before: i64,
    /// Rows that are added.
    pub(super) rows: i64,
}

/// Returns the tables with the statements that create them.
pub(super) fn scripts(names: &Names) -> Vec<(&'static str, String)> {
    let create = |name: &'static str, columns: &str| {
        (name, format!("CREATE TABLE IF NOT EXISTS {} ({columns}) STORED AS PARQUET", names.target(name)))
    };
    vec![
        create(
            MIGRATED,
            "pipeline STRING, path STRING, sha256 STRING, bytes BIGINT, records BIGINT, fates STRING, days STRING, run_id BIGINT, \
             migrated_at STRING",
        ),
        create(INTENT, "run_id BIGINT, pipeline STRING, state STRING, plan STRING"),
    ]
}

/// Returns the files of a pipeline that were migrated, by path. The last record of a path counts.
pub(super) async fn known(session: &mut HiveSession, names: &Names, pipeline: &str) -> Result<BTreeMap<String, Known>> {
    let statement = format!(
        "SELECT {} FROM {} WHERE pipeline = {} ORDER BY run_id",
        Known::COLUMNS,
        names.target(MIGRATED),
        names.variant.literal(pipeline)
    );
    Known::by_path(session.query(&statement).await?, MIGRATED)
}

/// Records files as migrated.
pub(super) async fn record(
    session: &mut HiveSession,
    names: &Names,
    (pipeline, run): (&str, i64),
    files: &[Done],
) -> Result<()> {
    let text = |text: &str| names.variant.literal(text);
    for files in files.chunks(ROWS) {
        let rows = files.iter().map(|file| {
            let fates = serde_json::to_string(&file.fates).unwrap_or_default();
            format!(
                "({}, {}, '{}', {}, {}, {}, {}, {run}, {})",
                text(pipeline),
                text(&file.path),
                file.sha256,
                file.bytes,
                file.records,
                text(&fates),
                text(&file.days.to_json()),
                text(&super::now())
            )
        });
        let rows: Vec<String> = rows.collect();
        session.execute(&format!("INSERT INTO {} VALUES {}", names.target(MIGRATED), rows.join(", "))).await?;
    }
    Ok(())
}

/// Writes down what is intended.
pub(super) async fn begin(session: &mut HiveSession, names: &Names, pipeline: &str, intent: &Intent) -> Result<()> {
    let plan =
        serde_json::to_string(intent).map_err(|error| Error::internal("an intent cannot be written").because(error))?;
    add(session, names, pipeline, intent.run, "begun", &plan).await
}

/// Writes down that an intent was carried out.
pub(super) async fn end(session: &mut HiveSession, names: &Names, pipeline: &str, run: i64) -> Result<()> {
    add(session, names, pipeline, run, "ended", "").await
}

async fn add(
    session: &mut HiveSession,
    names: &Names,
    pipeline: &str,
    run: i64,
    state: &str,
    plan: &str,
) -> Result<()> {
    let statement = format!(
        "INSERT INTO {} VALUES ({run}, {}, '{state}', {})",
        names.target(INTENT),
        names.variant.literal(pipeline),
        names.variant.literal(plan)
    );
    session.execute(&statement).await
}

/// Returns what a run that died intended with a pipeline.
pub(super) async fn open_intent(session: &mut HiveSession, names: &Names, pipeline: &str) -> Result<Option<Intent>> {
    let statement = format!(
        "SELECT run_id, state, plan FROM {} WHERE pipeline = {} ORDER BY run_id",
        names.target(INTENT),
        names.variant.literal(pipeline)
    );
    let mut open: BTreeMap<i64, Option<String>> = BTreeMap::new();
    for row in session.query(&statement).await? {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let run: i64 = cells.next().and_then(|run| run.parse().ok()).unwrap_or_default();
        let (state, plan) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let entry = open.entry(run).or_insert(Some(String::new()));
        if state == "ended" {
            *entry = None;
        } else if let Some(known) = entry {
            *known = plan;
        }
    }
    let Some((run, Some(plan))) = open.into_iter().rfind(|(_, plan)| plan.is_some()) else { return Ok(None) };
    let intent: Intent = serde_json::from_str(&plan)
        .map_err(|error| Error::schema("what a run intended cannot be read").at_table(INTENT).because(error))?;
    Ok(Some(Intent { run, ..intent }))
}
