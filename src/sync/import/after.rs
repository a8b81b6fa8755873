//! What is left to do on the platform: the steps of the profile, for the report, and `--after-list`, the file with the names of
//! the rows that they are about.
//!
//! The names are read from the resolved sync tables after everything is written, so that a resumed run lists what an
//! earlier process wrote, too.

use std::io::Write;
use std::path::Path;

use tokio::sync::mpsc;

use crate::db::rows::{ReadBatch, ReadSelect};
use crate::db::session::Session;
use crate::error::{Error, Result, escape};
use crate::model::after::AfterRule;
use crate::model::profile::Profile;
use crate::model::schema::Table;
use crate::stream::durable::Unpublished;
use crate::stream::root::FILE_MODE;
use crate::sync::merge::Merge;

use super::account::Account;
use super::request::ImportRequest;
use super::target::Target;

/// Bytes of rows read at a time.
const BATCH_BYTES: usize = 256 << 10;

/// Checks that a list can be written, before anything is done.
///
/// # Errors
/// `Usage` if the profile does not say what to list, or nothing is going to be written; `File` if the folder cannot be used.
pub(super) fn require(request: &ImportRequest, profile: &Profile) -> Result<()> {
    let Some(path) = &request.after_list else { return Ok(()) };
    if profile.after.is_none() {
        return Err(Error::usage("the profile does not say which rows --after-list names")
            .hint("Leave out --after-list, or add `[after]` to the profile."));
    }
    if request.dry_run {
        return Err(
            Error::usage("a dry run writes no rows that --after-list could name").hint("Leave out one of them.")
        );
    }
    let (folder, _) = place(path);
    crate::stream::durable::probe(folder)
        .map_err(|error| Error::file(folder, "the list of --after-list cannot be written to this folder", error))
}

/// Notes the steps in the report if anything was written, and writes the list if it was requested.
///
/// # Errors
/// `Database`, `File`; `Schema` if the target lacks the column with the names.
pub(super) async fn tell(
    session: &mut Session,
    account: &mut Account<'_>,
    merge: &Merge,
    (target, catalogue): (&Target, &[Table]),
) -> Result<()> {
    let (job, report) = (account.job, &mut *account.report);
    let Some(after) = &job.context.profile.after else { return Ok(()) };
    if report.totals.inserted + report.totals.updated + report.totals.deleted > 0 {
        report.body.after.clone_from(&after.steps);
    }
    let Some(path) = job.request.after_list.as_ref().filter(|_| report.body.after_file.is_none()) else {
        return Ok(());
    };
    let (folder, name) = place(path);
    let unwritten = |error| Error::file(folder, "the list of --after-list cannot be written", error);
    let mut file = Unpublished::create(folder, FILE_MODE).map_err(unwritten)?;
    if let Some(select) = select(merge, after, target, catalogue)? {
        write(session, &select, &mut |line| writeln!(file, "{line}").map_err(unwritten)).await?;
    }
    let path = file.publish(folder, "", name).map_err(unwritten)?;
    report.body.after_file = Some(path.display().to_string());
    Ok(())
}

/// Returns the folder and the name of a path.
fn place(path: &Path) -> (&Path, &str) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    (folder, path.file_name().and_then(|name| name.to_str()).unwrap_or("after.txt"))
}

/// Returns the query for the names, or `None` if no written row can have one.
fn select(merge: &Merge, after: &AfterRule, target: &Target, catalogue: &[Table]) -> Result<Option<ReadSelect>> {
    let base = catalogue.iter().find(|table| table.name == after.table);
    let missing = || {
        Error::schema("the table lacks the column that `after` names").at_table(&after.table).at_column(&after.column)
    };
    let Some(base) = base else { return Ok(None) };
    let column = base.column(&after.column).ok_or_else(missing)?.clone();
    let leads = |table: &super::target::TargetTable| {
        let references = table.profile.references.iter().filter(|(_, parent)| parent.as_str() == after.table);
        references.map(|(column, _)| column.clone()).collect::<Vec<String>>()
    };
    let columns: Vec<Vec<String>> = target.tables.iter().map(leads).collect();
    let written: Vec<_> = target
        .tables
        .iter()
        .zip(&columns)
        .filter(|(table, columns)| table.profile.name == after.table || !columns.is_empty())
        .map(|(table, columns)| (&table.merge, columns.iter().map(String::as_str).collect::<Vec<&str>>()))
        .collect();
    if written.is_empty() {
        return Ok(None);
    }
    let id =
        target.tables.iter().find(|table| table.profile.name == after.table).map(|table| table.profile.id.as_str());
    let id = id.or(base.primary_key.first().map(String::as_str)).unwrap_or("id");
    let (expressions, from_where) = merge.changed_names((&after.table, id, &after.column), &written);
    Ok(Some(ReadSelect { table: after.table.clone(), columns: vec![column], expressions, from_where }))
}

/// Writes the names, one a line.
async fn write(session: &mut Session, select: &ReadSelect, put: &mut impl FnMut(String) -> Result<()>) -> Result<()> {
    let (sender, mut batches) = mpsc::channel::<Result<ReadBatch>>(2);
    let listing = async move {
        while let Some(batch) = batches.recv().await {
            let rows = batch?.rows;
            for row in 0..rows.rows() {
                let name = rows.cell(row, 0).map(String::from_utf8_lossy).unwrap_or_default();
                put(escape::line(&name).into_owned())?;
            }
        }
        Ok::<(), Error>(())
    };
    let (read, listed) = tokio::join!(session.read(select, BATCH_BYTES, sender), listing);
    listed?;
    read.map(|_| ())
}
