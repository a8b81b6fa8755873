//! Restores a snapshot. It is put together beside its place, and published by renaming once all of the bundle was checked.

use std::path::Path;
use std::time::Instant;

use super::after::Afterwards;
use super::content::read;
use super::flag::Flag;
use super::journal::{Journal, State};
use super::plan::rebuilt;
use super::point::now;
use super::publish::{Publish, left_over};
use super::receive::{Restorer, check_renames};
use super::report::SnapshotBody;
use super::request::RestoreRequest;
use super::resume;
use crate::error::{Error, Result};
use crate::model::run::Phase;
use crate::run::Context;
use crate::run::ended::{self, Ended, peak_memory};
use crate::run::report::Report;

/// The suffix of a report's name.
const SUFFIX: &str = "-restore.txt";

/// Restores a snapshot. The report is returned however it ended.
pub async fn restore(request: &RestoreRequest, context: &Context) -> Ended<SnapshotBody> {
    let mut report = Report::of_run(request.options());
    let outcome = run(request, context, &mut report).await;
    report.peak_memory_bytes = peak_memory();
    ended::end(report, outcome, context, SUFFIX)
}

async fn run(request: &RestoreRequest, context: &Context, report: &mut Report<SnapshotBody>) -> Result<()> {
    request.selection.check_names()?;
    let platform = &request.selection.platform;
    let values = platform.values(&request.selection.values)?;
    let stores = platform.stores(&values, |name| request.selection.takes(name))?;
    let (stores, rebuilt) = rebuilt(stores);
    check_renames(request)?;
    let services = platform.services(&values)?;
    report.started_at = now();
    let name = match &request.source {
        crate::bundle::reader::BundleSource::Path(path) => ended::shown_name(Some(path)),
        crate::bundle::reader::BundleSource::Stdin => "-".to_owned(),
    };
    report.body = SnapshotBody {
        name: if request.dry_run { String::new() } else { name },
        action: "restore".to_owned(),
        platform: platform.name.clone(),
        ..SnapshotBody::default()
    };
    // A dry run reads the bundle and nothing else.
    let state = if request.dry_run { None } else { Some(State::lock()?) };
    let earlier = match &state {
        Some(state) if request.resume => Some(resume::journal(state, request)?),
        Some(state) => state.require_clean().map(|()| None)?,
        None => None,
    };
    let journal = earlier.unwrap_or_else(|| Journal {
        id: uuid::Uuid::new_v4().simple().to_string(),
        action: "restore".to_owned(),
        ..Journal::default()
    });
    let credentials = request.selection.credentials.path().map(Path::to_owned);
    let journal = Journal { credentials, ..journal };
    let mut restorer = Restorer {
        request,
        stores,
        state: state.as_ref(),
        journal,
        targets: Vec::new(),
        open: None,
        of_base: None,
        resumed: false,
        continued: Vec::new(),
    };
    let begun = Instant::now();
    let whole = read(&request.source, request.base.as_deref(), &request.limits, context, &mut restorer).await;
    let whole = match whole.and_then(|whole| restorer.read_whole(&whole.end.mark.sha256).map(|()| whole)) {
        Ok(whole) => whole,
        Err(error) => return Err(give_up(error, &mut restorer, context, report)),
    };
    report.body.continued = std::mem::take(&mut restorer.continued);
    let seconds = begun.elapsed().as_secs_f64();
    report.phases.push(Phase { name: "read".to_owned(), seconds, rows: whole.catalogue.entries.len() as u64 });
    report.body.bundle = Some(whole.end.mark.clone());
    report.body.snapshot.clone_from(&whole.point.id);
    report.body.class = whole.point.class.name().to_owned();
    report.body.skew_ms = whole.point.skew_ms;
    let taken: Vec<&str> = restorer.targets.iter().map(|target| target.name.as_str()).collect();
    let left = whole.point.names().into_iter().filter(|name| !taken.contains(&name.as_str()));
    report.body.left_out = left.chain(whole.point.left_out.clone()).collect();
    let flags = rebuilt.iter().filter(|(_, rebuild)| taken.contains(&rebuild.of.as_str()));
    let flags = flags.map(|(_, rebuild)| Flag::of(rebuild)).collect();
    let afterwards = match Afterwards::of(platform, &values, &restorer.targets) {
        Ok(afterwards) => afterwards,
        Err(error) => return Err(give_up(error, &mut restorer, context, report)),
    };
    let mut publish = Publish { context, report, restorer, services, flags, afterwards, whole: &whole };
    let outcome = tokio::task::block_in_place(|| publish.run());
    report.finished_at = Some(now());
    outcome
}

/// Removes what is staged, unless the restore can go on with it.
fn give_up(error: Error, restorer: &mut Restorer<'_>, context: &Context, report: &mut Report<SnapshotBody>) -> Error {
    let staged = restorer.targets.iter().any(|target| target.staging.is_some());
    if restorer.request.resume || (staged && resume::can_go_on(&error)) {
        report.resume = restorer.keep();
        context.progress.warning(resume::kept());
        report.warnings.push(resume::kept());
        return error;
    }
    let left = restorer.drop_staging();
    report.warnings.extend(left.err().map(|left| left_over(&left)));
    error
}
