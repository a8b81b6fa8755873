//! Import: a bundle into the database.
//!
//! An import is a walk, and each stage of it a type with its own input:
//!
//! | stage | type | what is there afterwards |
//! | --- | --- | --- |
//! | begin | [`begin::Begin`] | the lock, a checkpoint; of a run that goes on, what it left |
//! | stage | [`load::Load`], [`stage::Staging`] | the whole bundle in raw sync tables, every digest checked |
//! | resolve | [`resolve::Resolve`] | resolved sync tables: what will become of each row |
//! | apply | [`apply::Apply`] | the rows in the base tables, chunk by chunk |
//! | place | [`files::Placing`] | the physical files at their paths |
//! | end | [`end::Finish`] | no sync tables, the end in the ledger, the place of the bundle in its stream |
//!
//! [`walk::Walk`] drives them. What is done is in the [`checkpoint::Checkpoint`], which is kept in the database: after trouble
//! that passes the walk reads it and goes on from there, and so does another process with `--resume`. A preview is the same
//! walk without the stages apply and end, so its counts are the real ones.
//!
//! All stages share the [`job::Job`] (what is asked for, which nobody changes) and the [`account::Account`] (the report).

use crate::model::run::ImportCounts;
use crate::run::ended::{self, Ended, fresh_report, rejects_path, shown_name};
use crate::run::rejects::Rejects;

use super::Context;

mod account;
mod again;
mod apply;
mod begin;
mod bundle;
pub(in crate::sync) mod checkpoint;
mod connection;
mod dependants;
mod each;
mod end;
pub(in crate::sync) mod files;
mod fit;
pub(in crate::sync) mod fitting;
mod job;
mod kept;
mod lanes;
mod load;
mod names;
pub(in crate::sync) mod need;
mod place;
mod refers;
mod reject;
mod request;
mod resolve;
mod retry;
mod stage;
mod steps;
pub(in crate::sync) mod tables;
mod target;
mod walk;

pub(in crate::sync) use again::forget;
pub use request::{ImportRequest, Input};

use account::Account;
use job::Job;
use walk::Walk;

/// Runs an import. The report is there however it ended.
pub async fn import(request: &ImportRequest, context: &Context) -> Ended<ImportCounts> {
    let mut report = fresh_report("import", request.options());
    report.bundle.name = shown_name(request.input.path());
    let path = rejects_path(&context.run.report_dir, &report.bundle.name);
    let job = Job { request, context };
    let source = job.takes_back().then(|| report.bundle.name.clone());
    let mut rejects = Rejects::new(path).limited(request.max_rejects).of(source);
    let account = Account { job, report: &mut report };
    let outcome = match Box::pin(Walk::start(job, account, &mut rejects)).await {
        Ok(walk) => Box::pin(walk.run()).await,
        Err(error) => Err(error),
    };
    let suffix = if request.dry_run { "-sync-import-dry-run.txt" } else { "-sync-import.txt" };
    ended::end(report, outcome, &context.run, suffix)
}
