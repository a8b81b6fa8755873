//! Moves staged rows into the partitions of the target tables, once each, although the engine has no transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::HiveTarget;
use super::ledger::{self, Intent, TableIntent};
use crate::error::{Error, Result};
use crate::migrate::account::Done;
use crate::migrate::dates::Date;
use crate::migrate::group::Published;
use crate::migrate::table::TargetTable;
use crate::stream::fail;

/// How long to wait between two counts, to see whether an INSERT of a run that died is still writing.
const SETTLE: Duration = Duration::from_secs(2);

/// Publishes the rows of all files of a pipeline.
pub(super) async fn all(target: &mut HiveTarget, group: &mut Published<'_>, files: &mut [Done]) -> Result<()> {
    let open = ledger::open_intent(&mut target.session, &target.names, group.pipeline).await?;
    let (intent, landed) = match open {
        Some(intent) => {
            let landed = landed(target, group.pipeline, &intent, files).await?;
            (intent, landed)
        }
        None => (begin(target, group, files).await?, BTreeSet::new()),
    };
    fail::point("migrate.publish");
    for table in group.tables {
        group.cancel.check()?;
        let at = |error: Error| error.at_table(&table.name);
        let Some(wanted) = intent.tables.get(&table.name).filter(|_| !landed.contains(&table.name)) else { continue };
        insert(target, group, table, wanted).await.map_err(at)?;
        check(target, group, table, wanted).await.map_err(at)?;
        fail::point("migrate.table");
    }
    let run = target.run_id;
    ledger::record(&mut target.session, &target.names, (group.pipeline, run), files).await?;
    fail::point("migrate.commit");
    ledger::end(&mut target.session, &target.names, group.pipeline, intent.run).await?;
    for table in group.tables {
        if let Some(statement) = target.names.variant.invalidate(&target.names.target(&table.name)) {
            target.session.execute(&statement).await?;
        }
    }
    Ok(())
}

/// Writes down how many rows the tables have, and how many they will get.
async fn begin(target: &mut HiveTarget, group: &Published<'_>, files: &[Done]) -> Result<Intent> {
    let mut tables = BTreeMap::new();
    for table in group.tables {
        let rows = files.iter().map(|file| file.staged(&table.name)).sum::<u64>();
        let mut days: BTreeSet<Date> = group.days.get(&table.name).cloned().unwrap_or_default();
        days.extend(group.replace);
        if days.is_empty() {
            continue;
        }
        let days: Vec<Date> = days.into_iter().collect();
        let before = count(target, &table.name, &days).await?;
        tables.insert(table.name.clone(), TableIntent { days, before, rows: rows.cast_signed() });
    }
    let files = files.iter().map(|file| (file.path.clone(), file.sha256.clone())).collect();
    let intent = Intent { run: target.run_id, files, tables };
    ledger::begin(&mut target.session, &target.names, group.pipeline, &intent).await?;
    Ok(intent)
}

/// Returns the tables that have the rows of a run that died.
async fn landed(target: &mut HiveTarget, pipeline: &str, intent: &Intent, files: &[Done]) -> Result<BTreeSet<String>> {
    let staged: BTreeMap<String, String> = files.iter().map(|file| (file.path.clone(), file.sha256.clone())).collect();
    if staged != intent.files {
        let run = intent.run;
        return Err(Error::schema(format!(
            "run {run} died while it published files of {pipeline} that are not the same now"
        ))
        .hint("Bring back the files as they were, or delete their days with --replace-day."));
    }
    let mut landed = BTreeSet::new();
    for (name, wanted) in &intent.tables {
        let now = settled(target, name, &wanted.days).await?;
        if wanted.rows == 0 || now == wanted.before {
            continue;
        }
        if now == wanted.before + wanted.rows {
            landed.insert(name.clone());
            continue;
        }
        return Err(Error::schema(format!(
            "it is not clear whether the rows of run {}, which died, are in the table: it had {} rows, {} were to be added, it \
             has {now}",
            intent.run, wanted.before, wanted.rows
        ))
        .at_table(name)
        .hint("Somebody else has written to the same days. Delete these days and migrate them again with --replace-day."));
    }
    Ok(landed)
}

/// Returns the count of rows once it no longer changes.
async fn settled(target: &mut HiveTarget, table: &str, days: &[Date]) -> Result<i64> {
    let mut before = count(target, table, days).await?;
    loop {
        tokio::time::sleep(SETTLE).await;
        let now = count(target, table, days).await?;
        if now == before {
            return Ok(now);
        }
        before = now;
    }
}

async fn insert(
    target: &mut HiveTarget,
    group: &Published<'_>,
    table: &TargetTable,
    wanted: &TableIntent,
) -> Result<()> {
    let lines = target.has_lines(&table.name);
    if let Some(refresh) = target.names.variant.refresh(&target.names.staged(table)) {
        target.session.execute(&refresh).await?;
    }
    // With a single day, the engine need not sort the rows by day.
    if let [day] = wanted.days[..] {
        let replace = group.replace.contains(&day);
        return target.session.execute(&target.names.insert_day(table, lines, day, (replace, true))).await;
    }
    if group.replace.is_empty() {
        return target.session.execute(&target.names.insert(table, lines)).await;
    }
    for day in &wanted.days {
        let replace = group.replace.contains(day);
        target.session.execute(&target.names.insert_day(table, lines, *day, (replace, false))).await?;
    }
    Ok(())
}

/// Checks that the rows are there before anything is said of them.
async fn check(
    target: &mut HiveTarget,
    group: &Published<'_>,
    table: &TargetTable,
    wanted: &TableIntent,
) -> Result<()> {
    if !group.replace.is_empty() {
        return Ok(());
    }
    let now = count(target, &table.name, &wanted.days).await?;
    if now == wanted.before + wanted.rows {
        return Ok(());
    }
    let came = now - wanted.before;
    Err(Error::schema(format!("{came} of {} rows arrived in the table", wanted.rows)).hint(
        "Somebody else writes to the same days, or the engine cannot read all staged files. Delete these days and migrate them \
         again with --replace-day.",
    ))
}

async fn count(target: &mut HiveTarget, table: &str, days: &[Date]) -> Result<i64> {
    let rows = target.session.query(&target.names.count(table, days)).await?;
    let cell = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten());
    cell.and_then(|cell| cell.parse().ok())
        .ok_or_else(|| Error::database("the engine returned no count").at_table(table))
}
