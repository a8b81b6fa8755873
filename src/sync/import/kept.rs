//! `--list-kept`: lists the rows of which the database has a newer version, with both dates, in a file beside the report.
//!
//! They are read from the resolved sync tables after everything is written. A resumed run therefore lists what an earlier
//! process resolved too, and a preview lists what a real run would keep.

use std::io::Write;

use tokio::sync::mpsc;

use crate::db::rows::{ReadBatch, ReadSelect};
use crate::db::session::Session;
use crate::error::{Error, Result, escape};
use crate::model::neutral::NeutralType;
use crate::model::schema::Column;
use crate::rows::rejects::quoted;
use crate::run::ended::file_stem;
use crate::stream::durable::Unpublished;
use crate::stream::root::FILE_MODE;
use crate::sync::merge::Merge;

use super::account::Account;
use super::target::{Target, TargetTable};

/// Bytes of rows read at a time.
const BATCH_BYTES: usize = 256 << 10;

/// The columns of the file.
const HEADING: &str = "table,id,sync_hash,database_date,bundle_date";

/// Writes the list if it was requested and there are such rows, and notes the file's name in the report.
///
/// # Errors
/// `Database`, `File`.
pub(super) async fn list(
    session: &mut Session,
    account: &mut Account<'_>,
    merge: &Merge,
    target: &Target,
) -> Result<()> {
    let (job, report) = (account.job, &mut *account.report);
    if !job.request.list_kept || report.totals.kept == 0 || report.body.kept_file.is_some() {
        return Ok(());
    }
    let folder = &job.context.run.report_dir;
    let unwritten = |error| Error::file(folder, "the list of kept rows cannot be written", error);
    let mut file = Unpublished::create(folder, FILE_MODE).map_err(unwritten)?;
    writeln!(file, "{HEADING}").map_err(unwritten)?;
    for table in &target.tables {
        if report.tables.get(&table.profile.name).is_none_or(|counts| counts.kept == 0) {
            continue;
        }
        job.cancel().check()?;
        write_table(session, merge, table, &mut |line| writeln!(file, "{line}").map_err(unwritten)).await?;
    }
    let stem = file_stem(&report.body.bundle.name);
    let path = file.publish(folder, stem.strip_suffix(".csv").unwrap_or(stem), "-kept.csv").map_err(unwritten)?;
    report.body.kept_file = Some(path.display().to_string());
    Ok(())
}

/// Writes the kept rows of a table, one per line.
async fn write_table(
    session: &mut Session,
    merge: &Merge,
    table: &TargetTable,
    write: &mut impl FnMut(String) -> Result<()>,
) -> Result<()> {
    let (expressions, from_where) = merge.kept_rows(&table.merge);
    let date = table.fields.iter().find(|field| Some(&field.column.name) == table.merge.date.as_ref());
    let date = |name: &str| match date {
        Some(field) => Column { name: name.to_owned(), ..field.column.clone() },
        None => Column::of_query(name, NeutralType::Text),
    };
    let id = match table.fields.first().filter(|_| table.profile.id.is_global()) {
        Some(field) => field.column.clone(),
        None => Column::of_query("id", NeutralType::Integer),
    };
    let select = ReadSelect {
        table: table.profile.name.clone(),
        columns: vec![
            Column { name: "id".to_owned(), ..id },
            Column::of_query("sync_hash", NeutralType::Text),
            date("database_date"),
            date("bundle_date"),
        ],
        expressions,
        from_where,
    };
    let (sender, mut batches) = mpsc::channel::<Result<ReadBatch>>(2);
    let name = quoted(&escape::line(&table.profile.name));
    let listing = async move {
        while let Some(batch) = batches.recv().await {
            let batch = batch?;
            let shown = |cell: Option<&[u8]>| {
                let text = cell.map(String::from_utf8_lossy).unwrap_or_default();
                quoted(&escape::line(&text))
            };
            let sound = (0..batch.rows.rows()).map(|row| batch.rows.row(row).map(shown).collect::<Vec<_>>());
            // An invalid date is shown as it is stored.
            let other = batch.refused.iter().map(|row| row.cells.iter().map(|cell| shown(cell.as_deref())).collect());
            for cells in sound.chain(other) {
                write(format!("{name},{}", cells.join(",")))?;
            }
        }
        Ok::<(), Error>(())
    };
    // The listener owns the channel's end, so a reader never waits for a listener that has failed.
    let (read, listed) = tokio::join!(session.read(&select, BATCH_BYTES, sender), listing);
    listed?;
    read.map(|_| ())
}
