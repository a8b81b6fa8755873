//! Runs `snapshot` and its commands: makes the request from the options.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{
    CompressionName, SelectionArgs, SnapshotArgs, SnapshotCommand, SnapshotCreateArgs, SnapshotDrillArgs,
    SnapshotListArgs, SnapshotModeName, SnapshotReadArgs, SnapshotRecoverArgs, SnapshotRestoreArgs,
};
use super::outcome::{Outcome, limits, reported, resources};
use super::render::{snapshot as render, with_version};
use super::resume;
use super::settings::Settings;
use crate::bundle::reader::BundleSource;
use crate::error::{Error, ErrorKind, ExitStatus, Result, escape};
use crate::event::Progress;
use crate::run::Context;
use crate::snapshot::credentials::Credentials;
use crate::snapshot::platform::{Platform, shipped};
use crate::snapshot::point::Class;
use crate::snapshot::request::{CreateRequest, DrillRequest, RestoreRequest, Selection, Until};
use crate::snapshot::{archive_wal, check, create, drill, gaps, guard, kept, recover, restore, verify, without_base};
use crate::stream::cancel::Cancel;
use crate::stream::codec::Codec;

/// Runs the command.
///
/// # Errors
/// Those that end it before it has a report.
pub(super) async fn run(
    args: &SnapshotArgs,
    settings: &mut Settings,
    progress: Progress,
    cancel: Cancel,
) -> Result<Outcome> {
    for warning in settings.take_warnings() {
        progress.warning(warning);
    }
    match &args.command {
        SnapshotCommand::Create(args) => run_create(args, settings, progress, cancel),
        SnapshotCommand::Restore(args) => run_restore(args, settings, progress, cancel).await,
        SnapshotCommand::Verify(args) => run_verify(args, settings, progress, cancel).await,
        SnapshotCommand::Drill(args) => run_drill(args, settings, progress, cancel).await,
        SnapshotCommand::List(args) => run_list(args, &cancel).await,
        SnapshotCommand::Check(args) => run_check(&args.selection, &progress),
        SnapshotCommand::Recover(args) => run_recover(args, &progress),
        SnapshotCommand::ArchiveWal(args) => {
            let known = tokio::task::block_in_place(|| archive_wal(&args.segment, &args.to))?;
            let result = with_version(json!({"status": "finished", "known": known}));
            Ok(Outcome::done(result, String::new()))
        }
        SnapshotCommand::Guard => {
            let input = std::io::BufReader::new(std::io::stdin());
            tokio::task::block_in_place(|| guard::serve(input, std::io::stdout()));
            Ok(Outcome::done(json!({}), String::new()))
        }
        SnapshotCommand::Platform(args) => match shipped(&args.name) {
            Some(text) => {
                let result = json!({"status": "finished", "platform": text});
                Ok(Outcome::done(with_version(result), text.to_owned()))
            }
            None => Err(Platform::shipped(&args.name).err().unwrap_or_else(|| Error::internal("no platform file"))),
        },
    }
}

fn context(settings: &Settings, progress: Progress, cancel: Cancel, report_dir: PathBuf) -> Context {
    Context { progress, cancel, report_dir, again: settings.again() }
}

fn selection(args: &SelectionArgs) -> Result<Selection> {
    let path = Path::new(&args.platform);
    let is_path = args.platform.contains('/') || path.extension().is_some_and(|extension| extension == "toml");
    let platform = if is_path {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::file(path, "the platform file cannot be read", error))?;
        Platform::parse(&text).map_err(|error| error.at_path(args.platform.clone()))?
    } else {
        Platform::shipped(&args.platform)?
    };
    let named = |names: &[String]| {
        let names = names.iter().map(|name| name.trim().to_owned());
        names.filter(|name| !name.is_empty()).collect::<Vec<_>>()
    };
    Ok(Selection {
        platform,
        values: args.values.clone(),
        only: named(&args.only),
        without: named(&args.without),
        credentials: Credentials::read(args.credentials.as_deref())?,
    })
}

/// Returns the folder of the report. A dry run writes none.
fn report_dir(settings: &Settings, dry_run: bool) -> Result<PathBuf> {
    if dry_run { Ok(PathBuf::from(".")) } else { settings.report_dir() }
}

fn run_create(args: &SnapshotCreateArgs, settings: &Settings, progress: Progress, cancel: Cancel) -> Result<Outcome> {
    let stdout = args.target.as_deref() == Some(Path::new("-"));
    if stdout && settings.json() {
        return Err(Error::usage("--json and the bundle cannot both go to standard output")
            .hint("Leave out --json: the report is written to a file as well."));
    }
    if stdout && !args.dry_run && std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        return Err(Error::usage("standard output is a terminal, not a place for a bundle")
            .hint("Send it to a file or a pipe, or name a folder with --target."));
    }
    let base = match args.base.as_deref() {
        Some(path) if path == Path::new("-") => {
            return Err(Error::usage("a base cannot come from standard input").hint("Name its file with --base."));
        }
        Some(path) => settings.bundle(path)?,
        None => None,
    };
    let request = CreateRequest {
        selection: selection(&args.selection)?,
        target: if stdout { None } else { Some(settings.target(args.target.as_ref())?) },
        class: args.mode.map(|mode| match mode {
            SnapshotModeName::Stopped => Class::Stopped,
            SnapshotModeName::Frozen => Class::Frozen,
            SnapshotModeName::Ordered => Class::Ordered,
        }),
        max_pause: args.max_pause,
        kill_leftovers: args.kill_leftovers,
        drop_queues: args.drop_queues,
        dry_run: args.dry_run,
        base,
        resume: args.resume.clone(),
        command: resume::again(std::env::args_os().skip(1)),
        codec: match args.compression {
            CompressionName::Gzip => Codec::Gzip,
            CompressionName::Zstd => Codec::Zstd,
            CompressionName::None => Codec::None,
        },
        resources: resources(&args.resources),
    };
    let context = context(settings, progress, cancel, report_dir(settings, args.dry_run)?);
    let mut outcome = reported(tokio::task::block_in_place(|| create(&request, &context)))?;
    if stdout && !args.dry_run {
        outcome.text = None;
    }
    Ok(outcome)
}

async fn run_restore(
    args: &SnapshotRestoreArgs,
    settings: &Settings,
    progress: Progress,
    cancel: Cancel,
) -> Result<Outcome> {
    let selection = selection(&args.selection)?;
    let file = settings.bundle(&args.file)?;
    let request = RestoreRequest {
        selection,
        source: file.map_or(BundleSource::Stdin, BundleSource::Path),
        base: args.base.clone(),
        root: args.root.clone(),
        aside: PathBuf::from("."),
        renames: args.renames.clone(),
        until: match (&args.to_time, &args.to_name) {
            (Some(time), _) => Until::Time(time.start()),
            (None, Some(name)) => Until::Name(name.clone()),
            (None, None) => Until::Instant,
        },
        replace: args.replace,
        kill_leftovers: args.kill_leftovers,
        no_start: args.no_start,
        resume: args.resume,
        command: resume::command(std::env::args_os().skip(1)),
        dry_run: args.dry_run,
        drill: None,
        require_drill: args.require_drill,
        limits: limits(&args.limits),
    };
    let context = context(settings, progress, cancel, report_dir(settings, args.dry_run)?);
    reported(Box::pin(restore(&request, &context)).await)
}

async fn run_drill(
    args: &SnapshotDrillArgs,
    settings: &Settings,
    progress: Progress,
    cancel: Cancel,
) -> Result<Outcome> {
    let bundle = args.file.as_deref().map(|file| settings.bundle(file)).transpose()?;
    if let Some(None) = bundle {
        return Err(Error::usage("the certificate of a drill is beside its bundle, which standard input has not")
            .hint("Name a file, or a folder of snapshots."));
    }
    let request = DrillRequest {
        selection: selection(&args.selection)?,
        bundle: bundle.flatten(),
        folder: args.folder.clone().unwrap_or_else(|| PathBuf::from(".")),
        scratch: args.scratch.clone(),
        limits: limits(&args.limits),
    };
    let context = context(settings, progress, cancel, report_dir(settings, false)?);
    reported(Box::pin(drill(&request, &context)).await?)
}

async fn run_verify(
    args: &SnapshotReadArgs,
    settings: &Settings,
    progress: Progress,
    cancel: Cancel,
) -> Result<Outcome> {
    let file = settings.bundle(&args.bundle)?;
    let source = file.map_or(BundleSource::Stdin, BundleSource::Path);
    let context = context(settings, progress, cancel, PathBuf::from("."));
    let verified = Box::pin(verify(&source, args.base.as_deref(), &limits(&args.limits), &context)).await?;
    Ok(Outcome::done(render::verified_json(&verified)?, render::verified(&verified)))
}

async fn run_list(args: &SnapshotListArgs, cancel: &Cancel) -> Result<Outcome> {
    let folder = args.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    let (found, unread) = kept(&folder, cancel).await?;
    let newest = found.first().map(|kept| kept.age_seconds);
    let old = args.max_age.filter(|age| newest.is_none_or(|newest| newest > age.as_secs()));
    let missing: Vec<_> =
        gaps(&found).into_iter().map(|(platform, numbers)| json!({"platform": platform, "numbers": numbers})).collect();
    let drilled = found.iter().filter_map(|kept| kept.drill.as_ref()).map(|drill| drill.age_seconds).min();
    let undrilled = args.max_drill_age.filter(|age| drilled.is_none_or(|drilled| drilled > age.as_secs()));
    let status = if old.is_some() || undrilled.is_some() { "too-old" } else { "finished" };
    let bases: Vec<_> =
        without_base(&found).into_iter().map(|(kept, base)| json!({"snapshot": kept.name, "base": base})).collect();
    let result = with_version(
        json!({"status": status, "snapshots": found, "missing": missing, "missing_bases": bases, "unreadable": unread}),
    );
    let mut outcome = Outcome::done(result, render::list(&found, &unread));
    if old.is_some() {
        let what = if newest.is_some() { "the newest snapshot is too old" } else { "there is no snapshot" };
        let error = Error::new(ErrorKind::Difference, what).at_path(folder.display().to_string());
        outcome.status = ExitStatus::Difference;
        outcome.error = Some(error.hint("Make one with `gapsync snapshot create`, or look why none was made."));
    } else if undrilled.is_some() {
        let what = if drilled.is_some() { "the last drill is too long ago" } else { "no snapshot was drilled" };
        let error = Error::new(ErrorKind::Difference, what).at_path(folder.display().to_string());
        outcome.status = ExitStatus::Difference;
        outcome.error = Some(error.hint("Hold one with `gapsync snapshot drill`."));
    }
    Ok(outcome)
}

fn run_check(args: &SelectionArgs, progress: &Progress) -> Result<Outcome> {
    let selection = selection(args)?;
    let found = tokio::task::block_in_place(|| check::check(&selection, progress))?;
    let failed = found.iter().find(|check| check.failure.is_some());
    let status = if failed.is_some() { "failed" } else { "finished" };
    let result = with_version(json!({"status": status, "checks": found}));
    let mut outcome = Outcome::done(result, render::checks(&found));
    if let Some(check) = failed {
        let what = format!("the check {} failed", escape::line(&check.name));
        outcome.status = ExitStatus::Check;
        outcome.error = Some(Error::new(ErrorKind::Check, what).hint("Put it right before a snapshot is made."));
    }
    Ok(outcome)
}

fn run_recover(args: &SnapshotRecoverArgs, progress: &Progress) -> Result<Outcome> {
    let done = tokio::task::block_in_place(|| recover(args.credentials.as_deref(), progress))?;
    let text = if done.is_empty() {
        "nothing to put back\n".to_owned()
    } else {
        done.iter().map(|line| format!("{}\n", escape::line(line))).collect()
    };
    Ok(Outcome::done(with_version(json!({"status": "finished", "done": done})), text))
}
