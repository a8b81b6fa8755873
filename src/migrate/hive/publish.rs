//! Moves staged rows into the partitions of the target tables, once each, although the engine has no transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;

use super::HiveTarget;
use super::ledger::{self, Intent, TableIntent};
use super::statements::Names;
use crate::db::hive::HiveSession;
use crate::error::{Error, Result};
use crate::migrate::account::Done;
use crate::migrate::dates::{self, Date};
use crate::migrate::group::Published;
use crate::migrate::table::TargetTable;
use crate::stream::fail;

/// How long to wait between two counts, to see whether an INSERT of a run that died is still writing.
const SETTLE: Duration = Duration::from_secs(2);

/// How many tables get their rows at once.
const SESSIONS: usize = 3;

/// Publishes the rows of all files of a pipeline.
pub(super) async fn all(target: &mut HiveTarget, group: &mut Published<'_>, files: &mut [Done]) -> Result<()> {
    let open = ledger::open_intent(&mut target.session, &target.names, group.pipeline).await?;
    let mut replaced = None;
    let (intent, landed) = match open {
        Some(intent) if !group.replace.is_empty() => {
            covers(group, &intent)?;
            replaced = Some(intent.run);
            (begin(target, group, files).await?, BTreeSet::new())
        }
        Some(intent) => {
            let landed = landed(target, group.pipeline, &intent, files).await?;
            (intent, landed)
        }
        None => (begin(target, group, files).await?, BTreeSet::new()),
    };
    fail::point("migrate.publish");
    let wanted = |table: &TargetTable| intent.tables.get(&table.name).filter(|_| !landed.contains(&table.name));
    let waiting = group.tables.iter().filter_map(|table| Some(Insert { table, wanted: wanted(table)? }));
    insert_all(target, group, waiting.collect()).await?;
    check(target, &intent).await?;
    let run = target.run_id;
    ledger::record(&mut target.session, &target.names, (group.pipeline, run), files).await?;
    fail::point("migrate.commit");
    ledger::end(&mut target.session, &target.names, group.pipeline, intent.run).await?;
    if let Some(run) = replaced {
        ledger::end(&mut target.session, &target.names, group.pipeline, run).await?;
    }
    for table in group.tables {
        if let Some(statement) = target.names.variant.invalidate(&target.names.target(&table.name)) {
            target.session.execute(&statement).await?;
        }
    }
    Ok(())
}

/// Refuses to replace only some of the days that a run which died was writing: the rows of the others would be doubled.
fn covers(group: &Published<'_>, intent: &Intent) -> Result<()> {
    let days = intent.tables.values().flat_map(|table| &table.days).filter(|day| !group.replace.contains(day));
    let missing: BTreeSet<String> = days.map(|day| dates::shown(*day)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let options: Vec<String> = missing.iter().map(|day| format!("--replace-day {day}")).collect();
    Err(Error::schema(format!("run {} died while it wrote more days than are replaced", intent.run))
        .hint(format!("Replace these too: {}.", options.join(" "))))
}

/// Writes down how many rows the tables have, and how many they will get.
async fn begin(target: &mut HiveTarget, group: &Published<'_>, files: &[Done]) -> Result<Intent> {
    let mut days: BTreeMap<String, Vec<Date>> = BTreeMap::new();
    for table in group.tables {
        let mut of_table: BTreeSet<Date> = group.days.get(&table.name).cloned().unwrap_or_default();
        of_table.extend(group.replaced(&table.name));
        if !of_table.is_empty() {
            days.insert(table.name.clone(), of_table.into_iter().collect());
        }
    }
    // Rows of days that are replaced go.
    let kept = days.iter().map(|(table, days)| {
        let replaced: BTreeSet<Date> = group.replaced(table).collect();
        (table.clone(), days.iter().copied().filter(|day| !replaced.contains(day)).collect::<Vec<_>>())
    });
    let before = count(target, &kept.filter(|(_, days)| !days.is_empty()).collect()).await?;
    let intend = |(table, days): (String, Vec<Date>)| {
        let rows = files.iter().map(|file| file.staged(&table)).sum::<u64>().cast_signed();
        let before = before.get(&table).copied().unwrap_or_default();
        (table, TableIntent { days, before, rows })
    };
    let tables = days.into_iter().map(intend).collect();
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
    let counts = settled(target, &days_of(intent)).await?;
    let mut landed = BTreeSet::new();
    for (name, wanted) in &intent.tables {
        let now = counts.get(name).copied().unwrap_or_default();
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

/// Returns the counts of rows once they no longer change.
async fn settled(target: &mut HiveTarget, days: &BTreeMap<String, Vec<Date>>) -> Result<BTreeMap<String, i64>> {
    let mut before = count(target, days).await?;
    loop {
        tokio::time::sleep(SETTLE).await;
        let now = count(target, days).await?;
        if now == before {
            return Ok(now);
        }
        before = now;
    }
}

fn days_of(intent: &Intent) -> BTreeMap<String, Vec<Date>> {
    intent.tables.iter().map(|(name, wanted)| (name.clone(), wanted.days.clone())).collect()
}

/// A table that is to get its rows.
#[derive(Clone, Copy)]
struct Insert<'a> {
    table: &'a TargetTable,
    wanted: &'a TableIntent,
}

impl Insert<'_> {
    /// Returns the statements that do it.
    fn statements(self, names: &Names, group: &Published<'_>) -> Vec<String> {
        let (table, days) = (self.table, &self.wanted.days);
        let mut statements: Vec<String> = names.variant.refresh(&names.staged(table)).into_iter().collect();
        let replaced: BTreeSet<Date> = group.replaced(&table.name).collect();
        let alone = days.len() == 1;
        // With a single day, the engine need not sort the rows by day.
        if replaced.is_empty() && !alone {
            statements.extend(names.variant.unsorted().map(str::to_owned));
            statements.push(names.insert(table));
        } else {
            statements.extend(days.iter().map(|day| names.insert_day(table, *day, (replaced.contains(day), alone))));
        }
        statements
    }
}

/// Moves the rows of all tables, a few tables side by side: what an engine does for a small table is mostly waiting.
async fn insert_all(target: &mut HiveTarget, group: &Published<'_>, mut waiting: Vec<Insert<'_>>) -> Result<()> {
    // The largest begins.
    waiting.sort_by_key(|insert| insert.wanted.rows);
    let mut others = Vec::new();
    while others.len() + 1 < SESSIONS.min(waiting.len()) {
        let mut session = HiveSession::connect(&target.url).await?;
        session.set_cancel(target.cancel.clone());
        others.push(session);
    }
    let HiveTarget { session, names, locks, .. } = target;
    let locks = locks.as_ref().ok_or_else(|| Error::internal("rows are published without a lock"))?;
    let (names, queue) = (&*names, Mutex::new(waiting));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let work = async |session: &mut HiveSession| -> Result<()> {
        while let Some(insert) = next() {
            group.cancel.check()?;
            locks.check().await?;
            for statement in insert.statements(names, group) {
                session.execute(&statement).await.map_err(|error| error.at_table(&insert.table.name))?;
            }
            fail::point("migrate.table");
        }
        Ok(())
    };
    // A statement that has begun is waited for, whatever becomes of the others: what has arrived is counted later.
    let ended = join_all(std::iter::once(session).chain(&mut others).map(async |session| {
        let outcome = work(session).await;
        if outcome.is_err() {
            queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        outcome
    }));
    ended.await.into_iter().collect()
}

/// Checks that all rows are there before anything is said of them.
async fn check(target: &mut HiveTarget, intent: &Intent) -> Result<()> {
    let counts = count(target, &days_of(intent)).await?;
    for (name, wanted) in &intent.tables {
        let came = counts.get(name).copied().unwrap_or_default() - wanted.before;
        if came != wanted.rows {
            return Err(Error::schema(format!("{came} of {} rows arrived in the table", wanted.rows)).at_table(name).hint(
                "Somebody else writes to the same days, or the engine cannot read all staged files. Delete these days and \
                 migrate them again with --replace-day.",
            ));
        }
    }
    Ok(())
}

/// Returns how many rows tables have in some days.
async fn count(target: &mut HiveTarget, days: &BTreeMap<String, Vec<Date>>) -> Result<BTreeMap<String, i64>> {
    if days.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut counts = BTreeMap::new();
    for row in target.session.query(&target.names.count(days.iter())).await? {
        let mut cells = row.into_iter().flatten();
        let (name, count) = (cells.next(), cells.next().and_then(|count| count.parse().ok()));
        let (Some(name), Some(count)) = (name, count) else {
            return Err(Error::database("the engine returned no count"));
        };
        counts.insert(name, count);
    }
    Ok(counts)
}
