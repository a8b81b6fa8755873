//! Imports a bundle into the database.
//!
//! An import is a walk through stages. Each stage is a type with its own input:
//!
//! | stage | type | result |
//! | --- | --- | --- |
//! | begin | [`walk::Walk::start`], [`begin::Begin`] | the lock and a checkpoint; for a resumed run, what it left behind |
//! | stage | [`load::Load`], [`stage::Staging`] | the whole bundle in raw sync tables, every digest checked |
//! | resolve | [`resolve::Resolve`] | resolved sync tables: the decision on each row |
//! | apply | [`apply::Apply`] | the rows in the base tables, chunk by chunk |
//! | place | [`files::Placing`] | the physical files at their paths |
//! | end | [`end::Finish`] | sync tables removed, end and stream position of the bundle in the ledger |
//!
//! [`walk::Walk`] drives them. How far it has come is in the [`checkpoint::Checkpoint`], which is stored in the database. After
//! a temporary error the walk reads the checkpoint and continues from there, and so does another process with `--resume`. A
//! preview makes the same plan (begin, stage and resolve) and shows it, so its counts are the real ones.
//!
//! All stages share the [`job::Job`] (the request, which never changes) and the [`account::Account`] (the report).
//! [`fitting`] and [`fit`] match the bundle's tables and columns to the target's; the result is a [`target::Target`], whose
//! tables carry everything that the statements of [`super::merge`] need. Apply splits each table into [`steps`] and chunks, and
//! runs the chunks one by one, row by row on SQLite ([`row_by_row`]) or on several sessions ([`lanes`]). Rows that cannot be
//! imported go through [`reject`] into the rejects file, and come back through [`retake`].
//!
//! To add an option, touch [`request`], the command line and, if it affects the result, `choices` in [`begin`]. To add a count
//! to the report, touch `ImportCounts` in `sync::report`, [`account`] and the report page. To add an outcome of a row, start with
//! `Action` in [`super::merge`]. A new field in [`checkpoint`] that an older program would misread needs a new version there.

use crate::error::{Error, Result};
use crate::run::ended::{self, Ended, rejects_path, shown_name};
use crate::run::rejects::Rejects;
use crate::run::report::Report;
use crate::sync::report::ImportBody;

use super::Context;

mod account;
mod after;
mod again;
mod apply;
mod begin;
mod bundle;
mod by;
mod chained;
pub(in crate::sync) mod checkpoint;
mod connection;
mod counters;
mod dependants;
mod end;
pub(in crate::sync) mod files;
mod fit;
pub(in crate::sync) mod fitting;
mod guarding;
mod job;
mod kept;
mod lanes;
mod load;
mod lookup;
mod names;
pub(in crate::sync) mod need;
mod refers;
mod reject;
mod request;
mod resolve;
mod retake;
mod row_by_row;
mod sets;
mod skips;
mod stage;
pub(in crate::sync) mod stamps;
mod steps;
pub(in crate::sync) mod tables;
mod target;
mod twins;
mod walk;

pub(in crate::sync) use again::forget;
pub use request::{ImportRequest, Input};

use account::Account;
use job::Job;
use walk::Walk;

/// Runs an import. The report is returned however the run ended.
pub async fn import(request: &ImportRequest, context: &Context) -> Ended<ImportBody> {
    let mut report = Report::<ImportBody>::of_run(request.options());
    report.body.bundle.name = shown_name(request.input.path());
    let checked = match after::require(request, &context.profile) {
        Ok(()) => bundle::check_header(request, context).await,
        Err(error) => Err(error),
    };
    if let Err(error) = checked {
        return ended::end(report, Err(error), &context.run, "-sync-import.txt");
    }
    let path = rejects_path(&context.run.report_dir, &report.body.bundle.name);
    let job = Job { request, context };
    let source = job.takes_back().then(|| report.body.bundle.name.clone());
    let mut rejects = Rejects::new(path).limited(request.max_rejects).of(source);
    let account = Account { job, report: &mut report };
    let walk = Walk::start(job, account, &mut rejects);
    let (outcome, suffix) = if request.dry_run {
        (Box::pin(preview(request, walk)).await, "-sync-import-dry-run.txt")
    } else {
        (Box::pin(async { walk.await?.run().await }).await, "-sync-import.txt")
    };
    ended::end(report, outcome, &context.run, suffix)
}

async fn preview(request: &ImportRequest, walk: impl Future<Output = Result<Walk<'_>>>) -> Result<()> {
    if request.fill_sync_hash {
        return Err(Error::usage("a dry run cannot fill sync_hash").hint("Run `gapsync fill-sync-hash` first."));
    }
    walk.await?.preview().await
}
