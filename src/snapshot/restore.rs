//! Restores a snapshot. It is put together beside its place, and published by renaming once all of the bundle was checked.

use std::path::Path;
use std::time::{Duration, Instant};

use super::after::Afterwards;
use super::certificate::{Certificate, DrilledStore};
use super::content::read;
use super::flag::Flag;
use super::journal::{Journal, State};
use super::plan::rebuilt;
use super::point::now;
use super::publish::{Publish, left_over};
use super::receive::{Restorer, check_renames};
use super::report::SnapshotBody;
use super::request::{NotDrilled, RestoreRequest};
use super::resume;
use crate::bundle::reader::BundleSource;
use crate::error::{Error, Result};
use crate::model::run::Phase;
use crate::run::Context;
use crate::run::ended::{self, Ended, peak_memory};
use crate::run::report::Report;

/// The suffix of a report's name.
const SUFFIX: &str = "-restore.txt";

/// That of the report of a drill.
const DRILL: &str = "-drill.txt";

/// Restores a snapshot. The report is returned however it ended.
pub async fn restore(request: &RestoreRequest, context: &Context) -> Ended<SnapshotBody> {
    let mut report = Report::of_run(request.options());
    let outcome = run(request, context, &mut report).await;
    report.peak_memory_bytes = peak_memory();
    ended::end(report, outcome, context, if request.drill.is_some() { DRILL } else { SUFFIX })
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
        BundleSource::Path(path) => ended::shown_name(Some(path)),
        BundleSource::Stdin => "-".to_owned(),
    };
    report.body = SnapshotBody {
        name: if request.dry_run { String::new() } else { name },
        action: request.action().to_owned(),
        platform: platform.name.clone(),
        ..SnapshotBody::default()
    };
    let certificate = required(request)?;
    // A dry run reads the bundle and nothing else.
    let state = if request.dry_run { None } else { Some(State::lock()?) };
    let earlier = match &state {
        Some(state) if request.resume => Some(resume::journal(state, request)?),
        Some(state) => state.require_clean().map(|()| None)?,
        None => None,
    };
    let journal = earlier.unwrap_or_else(|| Journal {
        id: uuid::Uuid::new_v4().simple().to_string(),
        action: request.action().to_owned(),
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
    if let Some((path, certificate)) = &certificate {
        let taken: Vec<&str> = restorer.targets.iter().map(|target| target.name.as_str()).collect();
        if let Err(error) = certificate.check(path, &whole.end.mark.sha256, &taken) {
            return Err(give_up(error, &mut restorer, context, report));
        }
    }
    report.body.continued = std::mem::take(&mut restorer.continued);
    let seconds = begun.elapsed().as_secs_f64();
    report.phases.push(Phase { name: "read".to_owned(), seconds, rows: whole.catalogue.entries.len() });
    report.body.bundle = Some(whole.end.mark.clone());
    report.body.snapshot.clone_from(&whole.point.id);
    report.body.class = whole.point.class.name().to_owned();
    report.body.skew_ms = whole.point.skew_ms;
    let taken: Vec<&str> = restorer.targets.iter().map(|target| target.name.as_str()).collect();
    let left = whole.point.names().into_iter().filter(|name| !taken.contains(&name.as_str()));
    report.body.left_out = left.chain(whole.point.left_out.clone()).collect();
    let flags = rebuilt.iter().filter(|(_, rebuild)| request.drill.is_none() && taken.contains(&rebuild.of.as_str()));
    let flags = flags.map(|(_, rebuild)| Flag::of(rebuild)).collect();
    let afterwards = match Afterwards::of(platform, &values, &restorer.targets) {
        Ok(afterwards) => afterwards,
        Err(error) => return Err(give_up(error, &mut restorer, context, report)),
    };
    let mut publish = Publish { context, report, restorer, services, flags, afterwards, whole: &whole };
    let outcome = tokio::task::block_in_place(|| publish.run());
    report.finished_at = Some(now());
    if let (Ok(()), Some(left)) = (&outcome, &request.drill) {
        attest(request, report, left, begun.elapsed())?;
    }
    outcome
}

/// Reads the certificate that is required.
fn required(request: &RestoreRequest) -> Result<Option<(&Path, Certificate)>> {
    match &request.source {
        _ if !request.require_drill => Ok(None),
        BundleSource::Path(path) => Ok(Some((path, Certificate::required(path)?))),
        BundleSource::Stdin => Err(Error::usage("a bundle from standard input has no certificate beside it")
            .hint("Name a file, or leave out --require-drill.")),
    }
}

/// Writes the certificate of a drill that has ended well.
fn attest(
    request: &RestoreRequest,
    report: &mut Report<SnapshotBody>,
    left: &[NotDrilled],
    took: Duration,
) -> Result<()> {
    let (BundleSource::Path(path), Some(bundle)) = (&request.source, report.body.bundle.clone()) else {
        return Err(Error::internal("a drill without a bundle"));
    };
    let drilled = report.body.compared.iter().map(|compared| DrilledStore {
        name: compared.store.clone(),
        drilled: true,
        facts: compared.facts,
        why: None,
    });
    let not = left.iter().map(|left| DrilledStore {
        name: left.store.clone(),
        drilled: false,
        facts: 0,
        why: Some(left.why.clone()),
    });
    let certificate = Certificate {
        format: Certificate::format(),
        gapsync: env!("CARGO_PKG_VERSION").to_owned(),
        bundle,
        platform: report.body.platform.clone(),
        snapshot: report.body.snapshot.clone(),
        started_at: report.started_at.clone(),
        finished_at: report.finished_at.clone().unwrap_or_default(),
        seconds: (took.as_secs_f64() * 1000.0).round() / 1000.0,
        facts: report.body.compared.iter().map(|compared| compared.facts).sum(),
        full: left.is_empty(),
        stores: drilled.chain(not).collect(),
    };
    let path = certificate.write(path)?;
    report.body.certificate = Some(path.display().to_string());
    for left in left {
        report.warnings.push(format!("{}: not restored in the drill: {}", left.store, left.why));
    }
    Ok(())
}

/// Removes what is staged, unless the restore can go on with it.
fn give_up(error: Error, restorer: &mut Restorer<'_>, context: &Context, report: &mut Report<SnapshotBody>) -> Error {
    let staged = restorer.targets.iter().any(|target| target.staging.is_some()) && restorer.request.drill.is_none();
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
