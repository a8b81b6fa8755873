//! Runs the commands: makes a request from the options, runs it, and reports the outcome.

use serde_json::json;

use crate::bundle::reader::DumpFormat;
use crate::db::dialect::Dialect as Engine;
use crate::error::{Error, ErrorKind, ExitStatus, Result, escape};
use crate::event::Progress;
use crate::migrate;
use crate::run;
use crate::run::report::grid::counted;
use crate::stream::cancel::Cancel;
use crate::stream::codec::Codec;
use crate::sync::Context;
use crate::sync::check::{CheckRequest, check};
use crate::sync::export::{ExportRequest, export};
use crate::sync::hashing::{HashMode, fill_sync_hash};
use crate::sync::history::{Cleanup, cleanup, history, streams};
use crate::sync::import::{ImportRequest, Input, import};
use crate::sync::init::{init, schema_beside};
use crate::sync::inspect::verify;
use crate::sync::{rights, schema};

use super::args::{
    CheckArgs, CheckName, CleanupArgs, Command, CompressionName, DialectName, EngineName, ExportArgs, HashArgs,
    HistoryArgs, ImportArgs, ReadArgs, SchemaArgs,
};
use super::outcome::{Outcome, limits, reported, resources};
use super::render::{self, bundle, hashing, runs, with_version};
use super::resume;
use super::settings::Settings;
use super::snapshot;

/// Runs a command.
///
/// # Errors
/// Any error that ends it before it has a result to show.
pub(super) async fn run(
    command: Command,
    settings: &mut Settings,
    progress: Progress,
    cancel: Cancel,
) -> Result<Outcome> {
    match command {
        Command::Export(args) => Box::pin(run_export(&args, settings, progress, cancel)).await,
        Command::Import(args) => Box::pin(run_import(&args, settings, progress, cancel)).await,
        Command::FillSyncHash(args) => Box::pin(run_hash(&args, settings, progress, cancel)).await,
        Command::Migrate(args) => Box::pin(super::migrate::run(&args, settings, progress, cancel)).await,
        Command::Snapshot(args) => Box::pin(snapshot::run(&args, settings, progress, cancel)).await,
        Command::Profile(args) => Box::pin(super::profile::run(&args, settings, progress, cancel)).await,
        Command::Init => Box::pin(run_init(settings, progress, cancel)).await,
        Command::Schema(args) => Box::pin(run_schema(&args, settings, progress, cancel)).await,
        Command::Check(args) => Box::pin(run_check(&args, settings, progress, cancel)).await,
        Command::Inspect(args) => {
            let inspection = read(&args, settings, &progress, &cancel).await?;
            Ok(Outcome::done(bundle::json(&inspection)?, bundle::contents(&inspection)))
        }
        Command::Verify(args) => {
            let inspection = read(&args, settings, &progress, &cancel).await?;
            Ok(Outcome::done(bundle::json(&inspection)?, bundle::verdict(&inspection)))
        }
        Command::History(args) => run_history(&args, settings, progress, cancel).await,
        Command::Cleanup(args) => run_cleanup(&args, settings, progress, cancel).await,
    }
}

/// Returns what every command on a database needs. Reports go to the current folder unless the caller changes that.
fn context(settings: &mut Settings, progress: Progress, cancel: Cancel) -> Result<Context> {
    let database = settings.database()?;
    let profile = settings.profile()?.profile;
    let database = Settings::in_schema(settings.traced(database)?, profile.schema.as_ref())?;
    for warning in settings.take_warnings() {
        progress.warning(warning);
    }
    let run = run::Context { progress, cancel, report_dir: ".".into(), again: settings.again() };
    Ok(Context { database, profile, run })
}

async fn run_export(args: &ExportArgs, settings: &mut Settings, progress: Progress, cancel: Cancel) -> Result<Outcome> {
    settings.choose(&args.options)?;
    let start = args.start_date.map(|date| date.start());
    let end = args.end_date.map(|date| date.end());
    // Neutral timestamps compare correctly as text.
    if let (Some(start), Some(end)) = (&start, &end)
        && start > end
    {
        return Err(Error::usage("--start-date is after --end-date"));
    }
    if let Some(start) = start.as_ref().filter(|start| **start > now()) {
        progress.warning(format!("--start-date {start} is in the future: no object can be newer than that"));
    }
    let types = args.ignore_file_types.iter().map(|name| name.trim().to_owned());
    let request = ExportRequest {
        target: settings.target(args.target.as_ref())?,
        start,
        end,
        include_deleted: args.include_deleted,
        include_investigations: args.include_investigations,
        meta_only: args.meta_only,
        ignore_file_types: types.filter(|name| !name.is_empty()).collect(),
        object_limit: args.object_limit,
        resources: resources(&args.resources),
        compression: match args.compression {
            CompressionName::Gzip => Codec::Gzip,
            CompressionName::Zstd => Codec::Zstd,
            CompressionName::None => Codec::None,
        },
        files_root: settings.files_root(args.files_root.as_ref())?,
        ignore_free_space: args.ignore_free_space,
        record: !args.no_record,
        receiver: args.receiver.clone(),
        since: args.since,
        full: args.full,
        overlap: args.overlap,
        skip_empty: args.skip_empty,
        only: args.only.clone(),
    };
    let mut context = context(settings, progress, cancel)?;
    context.run.report_dir = settings.report_dir()?;
    reported(export(&request, &context).await)
}

async fn run_import(args: &ImportArgs, settings: &mut Settings, progress: Progress, cancel: Cancel) -> Result<Outcome> {
    settings.choose(&args.options)?;
    if args.resume && args.dry_run {
        return Err(Error::usage("a dry run cannot continue another run").hint("Leave out --dry-run or --resume."));
    }
    let request = ImportRequest {
        input: match &args.retry_rejects {
            Some(rejects) => Input::Rejects(rejects.clone()),
            None => {
                let file = args.file.as_ref().or(args.bundle.as_ref());
                let file = file.map(|file| settings.bundle(file)).transpose()?.flatten();
                file.map_or(Input::Stdin, Input::File)
            }
        },
        dialect: match args.dialect {
            DialectName::Bundle => DumpFormat::Bundle,
            DialectName::Outfile => DumpFormat::Outfile,
        },
        limits: limits(&args.limits),
        keep_created_at: args.keep_created_at,
        object_limit: args.object_limit,
        resources: resources(&args.resources),
        override_description: args.override_description,
        dry_run: args.dry_run,
        fill_sync_hash: args.fill_sync_hash,
        files_root: settings.files_root(args.files_root.as_ref())?,
        ignore_free_space: args.ignore_free_space,
        keep_sync_tables: args.keep_sync_tables,
        list_kept: args.list_kept,
        after_list: args.after_list.clone(),
        max_rejects: args.max_rejects,
        resume: args.resume,
        strict_chain: args.strict_chain,
        command: args.retry_rejects.is_none().then(|| resume::command(std::env::args_os().skip(1))),
    };
    let mut context = context(settings, progress, cancel)?;
    context.run.report_dir = settings.report_dir()?;
    reported(import(&request, &context).await)
}

async fn run_hash(args: &HashArgs, settings: &mut Settings, progress: Progress, cancel: Cancel) -> Result<Outcome> {
    settings.choose(&args.options)?;
    let mode = match args {
        HashArgs { check: true, .. } => HashMode::Check,
        HashArgs { all: true, .. } => HashMode::All,
        HashArgs { .. } => HashMode::Missing,
    };
    let context = context(settings, progress, cancel)?;
    let report = fill_sync_hash(mode, &context).await?;
    let (status, error) = match mode {
        HashMode::Check if report.wrong() > 0 => (ExitStatus::Difference, None),
        _ if report.status == "failed" => {
            let error = Error::new(ErrorKind::Schema, "some rows cannot be given a sync_hash").hint(
                "Keep one of the rows that share a natural key, fix references to missing rows, then run it again.",
            );
            (ExitStatus::Schema, Some(error))
        }
        _ => (ExitStatus::Done, None),
    };
    Ok(Outcome { json: hashing::json(&report)?, text: Some(hashing::text(&report, mode)), status, error, resume: None })
}

async fn run_init(settings: &mut Settings, progress: Progress, cancel: Cancel) -> Result<Outcome> {
    let context = context(settings, progress, cancel)?;
    let tables = init(&context, settings.profile()?.file.as_deref()).await?;
    let text = format!("{} created in {}\n", counted(tables.len() as u64, "table"), context.database.shown());
    Ok(Outcome::done(with_version(json!({"status": "finished", "tables_created": tables})), text))
}

async fn run_schema(args: &SchemaArgs, settings: &mut Settings, progress: Progress, cancel: Cancel) -> Result<Outcome> {
    let engine = match args.engine {
        Some(EngineName::Sqlite) => Engine::Sqlite,
        Some(EngineName::Postgres) => Engine::Postgres,
        Some(EngineName::Mariadb) => Engine::Mariadb,
        None => return run_existing(settings, progress, cancel).await,
    };
    let chosen = settings.profile()?;
    let (name, file) = (&chosen.profile.name, chosen.file.as_deref());
    for warning in settings.take_warnings() {
        progress.warning(warning);
    }
    let described = schema::described(name, file, args.columns.as_deref())?;
    let described = described.ok_or_else(|| schema::undescribed(name, file, engine))?;
    let printed = schema::of_profile(&chosen.profile, &described, engine)?;
    // A file that is empty may be the one that the shell has just made for what is printed.
    let beside = file.map(|file| schema_beside(file, name, engine)).transpose()?.flatten();
    if let Some((path, _)) = beside.filter(|(_, text)| !text.is_empty() && *text != printed) {
        let path = path.display().to_string();
        progress.warning(format!("`init` runs {}, which differs from what is printed", escape::line(&path)));
    }
    let result = json!({"status": "finished", "engine": engine.name(), "schema": printed});
    Ok(Outcome::done(with_version(result), printed))
}

/// What the tables of a database lack.
async fn run_existing(settings: &mut Settings, progress: Progress, cancel: Cancel) -> Result<Outcome> {
    let context = context(settings, progress, cancel)?;
    let printed = schema::additions(&context.database, &context.profile, &context.run.progress).await?;
    let engine = context.database.dialect();
    let result = json!({"status": "finished", "engine": engine.name(), "schema": printed});
    Ok(Outcome::done(with_version(result), printed))
}

async fn run_check(args: &CheckArgs, settings: &mut Settings, progress: Progress, cancel: Cancel) -> Result<Outcome> {
    settings.choose(&args.options)?;
    let commands = match args.command {
        CheckName::Import => vec![rights::Command::Import],
        CheckName::Export => vec![rights::Command::Export],
        CheckName::FillSyncHash => vec![rights::Command::FillSyncHash],
        CheckName::All => vec![rights::Command::Import, rights::Command::Export, rights::Command::FillSyncHash],
    };
    let file = args.file.as_ref().map(|file| settings.bundle(file)).transpose()?;
    if file == Some(None) {
        return Err(Error::usage("a bundle to check must be a file").hint("Use the path of a file."));
    }
    let request = CheckRequest {
        commands,
        file: file.flatten(),
        limits: limits(&args.limits),
        files_root: settings.files_root(args.files_root.as_ref())?,
    };
    let context = context(settings, progress, cancel)?;
    let report = check(&request, &context).await?;
    let status = report.exit_status();
    Ok(Outcome { status, ..Outcome::done(render::check::json(&report)?, render::check::text(&report)) })
}

async fn read(
    args: &ReadArgs,
    settings: &Settings,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<crate::sync::inspect::Inspection> {
    let file = settings.bundle(&args.bundle)?;
    Box::pin(verify(file.as_deref(), &limits(&args.limits), progress, cancel)).await
}

async fn run_history(
    args: &HistoryArgs,
    settings: &mut Settings,
    progress: Progress,
    cancel: Cancel,
) -> Result<Outcome> {
    let context = context(settings, progress, cancel)?;
    if args.gaps {
        let found = streams(&context).await?;
        let open = found.iter().any(|state| !state.gaps.is_empty());
        let result = with_version(json!({"status": if open { "gap" } else { "finished" }, "streams": found}));
        let status = if open { ExitStatus::Gap } else { ExitStatus::Done };
        return Ok(Outcome { status, ..Outcome::done(result, runs::streams(&found)) });
    }
    let found = history(args.run, &context).await?;
    match found.as_slice() {
        [run] if args.run.is_some() => {
            Ok(Outcome::done(with_version(json!({"status": "finished", "run": run})), runs::whole(run)))
        }
        found => Ok(Outcome::done(with_version(json!({"status": "finished", "runs": found})), runs::list(found))),
    }
}

async fn run_cleanup(
    args: &CleanupArgs,
    settings: &mut Settings,
    progress: Progress,
    cancel: Cancel,
) -> Result<Outcome> {
    let context = context(settings, progress, cancel)?;
    let Cleanup { dropped, resumable } = cleanup(args.force, &context).await?;
    let staging = migrate::remove_leftovers(&context.database, &context.run.progress).await?;
    let mut text: String = dropped.iter().map(|name| format!("dropped {}\n", escape::line(name))).collect();
    text.extend(staging.iter().map(|place| format!("dropped the staging tables in {}\n", escape::line(place))));
    for run in &resumable {
        text += &format!("run {} of {} can continue", run.run_id, escape::line(&run.bundle));
        text += &run.resume.as_ref().map_or_else(String::new, |command| format!(": {}", escape::line(command)));
        text += "\n";
    }
    if !resumable.is_empty() {
        text += "their tables were kept; --force drops them too\n";
    }
    if text.is_empty() {
        text = "nothing to clean up\n".to_owned();
    }
    let result = json!({"status": "finished", "dropped": dropped, "staging": staging, "resumable": resumable});
    Ok(Outcome::done(with_version(result), text))
}

/// Returns the time of this machine's clock as a neutral timestamp in whole seconds, which compares correctly as text.
fn now() -> String {
    const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] =
        time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    time::OffsetDateTime::now_utc().format(&FORMAT).unwrap_or_default()
}
