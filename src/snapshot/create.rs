//! Makes a snapshot, from the plan to the report.

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::catalogue::check::sums;
use super::catalogue::write::{self, DoneStep};
use super::catalogue::{Entry, FACTS, FILES, Kind, PARTS, Part, STEPS, part_member, shown, tables, whole_member};
use super::fence;
use super::files::list::{Listing, list, place, root};
use super::files::names::Names;
use super::files::read;
use super::journal::{Journal, State, Stopped};
use super::plan::{Plan, Step};
use super::platform::When;
use super::point::{Point, PointStore, now};
use super::report::{MOST_NAMED, SnapshotBody, StepReport};
use super::request::CreateRequest;
use crate::bundle::header;
use crate::bundle::reader::ReadLimits;
use crate::bundle::writer::BundleWriter;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::model::manifest::{Header, ProfileMark, SNAPSHOT, Source};
use crate::model::run::{Phase, Status};
use crate::run::Context;
use crate::run::ended::{self, Ended, peak_memory};
use crate::run::report::Report;
use crate::stream::wait::block_on;
use crate::stream::{durable, fail};

/// Below this, the reader does not ask how much a bundle grows.
const RATIO_FROM_BYTES: u64 = 64 << 20;

/// The suffix of a report's name.
const SUFFIX: &str = "-create.txt";

/// Makes a snapshot. The report is returned however it ended. Blocks the thread.
pub fn create(request: &CreateRequest, context: &Context) -> Ended<SnapshotBody> {
    let mut report = Report::of_run(request.options());
    let outcome = run(request, context, &mut report);
    report.peak_memory_bytes = peak_memory();
    ended::end(report, outcome, context, SUFFIX)
}

fn run(request: &CreateRequest, context: &Context, report: &mut Report<SnapshotBody>) -> Result<()> {
    let plan = Plan::new(request)?;
    report.started_at = now();
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let platform = &request.selection.platform.name;
    let name = bundle_name(platform, unix, request);
    let id = uuid::Uuid::new_v4().simple().to_string();
    report.body = SnapshotBody {
        name: name.clone(),
        action: "create".to_owned(),
        platform: platform.clone(),
        snapshot: id.clone(),
        class: plan.class.name().to_owned(),
        left_out: plan.left_out.clone(),
        ..SnapshotBody::default()
    };
    if request.dry_run {
        let planned = plan.steps.iter().map(|step| StepReport { what: plan.described(*step), ..StepReport::default() });
        report.body.steps = planned.collect();
        report.status = Status::DryRun;
        // A dry run leaves nothing behind, not even a report.
        report.body.name.clear();
        return Ok(());
    }
    if let Some(folder) = &request.target {
        durable::probe(folder)
            .map_err(|error| Error::file(folder, "no bundle can be written to this folder", error))?;
    }
    let state = State::lock()?;
    state.require_clean()?;
    let journal = Journal { id, action: "create".to_owned(), ..Journal::default() };
    let mut run = Run { request, context, report, plan: &plan, state, journal, name, taken: Taken::default() };
    let outcome = run.steps();
    let ended = now();
    report.finished_at = Some(ended);
    outcome
}

/// Returns `<platform>-snapshot-<yy-mm-dd>-<unix time>-<pid>.tar` with the codec's suffix.
fn bundle_name(platform: &str, unix: u64, request: &CreateRequest) -> String {
    let own = crate::bundle::layout::bundle_name(unix, std::process::id(), request.codec);
    own.replacen("tqSync", &format!("{platform}-snapshot"), 1)
}

/// What was taken so far.
#[derive(Default)]
struct Taken {
    listings: Vec<(Listing, String, Instant)>,
    entries: Vec<Entry>,
    parts: Vec<Part>,
    writer: Option<BundleWriter>,
}

struct Run<'a> {
    request: &'a CreateRequest,
    context: &'a Context,
    report: &'a mut Report<SnapshotBody>,
    plan: &'a Plan,
    state: State,
    journal: Journal,
    name: String,
    taken: Taken,
}

impl Run<'_> {
    /// Carries out the plan. Whatever happens, services that were stopped are started again.
    fn steps(&mut self) -> Result<()> {
        if let Some(folder) = &self.request.target {
            let folder = std::path::absolute(folder)
                .map_err(|error| Error::file(folder, "the folder of the bundle cannot be used", error))?;
            self.journal.files.push(folder.join(format!("{}.part", self.name)));
        }
        let mut outcome = Ok(());
        let mut unstarted = None;
        for step in self.plan.steps.clone() {
            if let Step::Start(index) = step {
                if let Err(error) = self.step(step, |run| run.start(index)) {
                    unstarted = unstarted.or(Some(error));
                }
            } else if outcome.is_ok() {
                outcome = self.context.cancel.check().and_then(|()| self.step(step, |run| run.carry_out(step)));
            }
        }
        // What is incomplete is removed before the journal that names it.
        self.taken.writer = None;
        if unstarted.is_none() {
            self.state.clear()?;
        }
        unstarted.map_or(outcome, Err)
    }

    /// Carries out a step and notes how it ended.
    fn step(&mut self, step: Step, work: impl FnOnce(&mut Self) -> Result<String>) -> Result<()> {
        let what = self.plan.described(step);
        self.context.progress.note(escape::line(&what).into_owned());
        let (started, begun) = (now(), Instant::now());
        let outcome = work(self);
        let said = match &outcome {
            Ok(said) => said.clone(),
            Err(error) => format!("failed: {}", error.what()),
        };
        let rows = 0;
        self.report.phases.push(Phase { name: phase(step).to_owned(), seconds: begun.elapsed().as_secs_f64(), rows });
        self.report.body.steps.push(StepReport { what, started, ended: now(), outcome: said });
        outcome.map(|_| ())
    }

    fn carry_out(&mut self, step: Step) -> Result<String> {
        match step {
            Step::Check(index) => self.check(index),
            Step::Stop(index) => self.stop(index),
            Step::List(index) => self.list(index),
            Step::Read(index) => self.read(index),
            Step::Start(index) => self.start(index),
            Step::Finish => self.finish(),
        }
    }

    fn check(&mut self, index: usize) -> Result<String> {
        let check = &self.plan.checks[index];
        let Some(why) = fence::check(check)? else { return Ok("passed".to_owned()) };
        let what = format!("the check {} failed: {why}", escape::line(&check.name));
        match check.when {
            When::Before => {
                Err(Error::new(ErrorKind::Check, what).hint("Nothing was changed. Put it right, then run it again."))
            }
            When::Fenced => Err(Error::database(what).hint("The services were started again; there is no bundle.")),
            When::After => {
                self.report.body.failed_checks.push(what.clone());
                Ok(format!("failed: {why}"))
            }
        }
    }

    fn stop(&mut self, index: usize) -> Result<String> {
        let service = &self.plan.services[index];
        if !fence::is_running(service)? {
            return Ok("did not run".to_owned());
        }
        self.journal.stopped.push(Stopped::of(service));
        self.state.write(&self.journal)?;
        fail::point("snapshot.before-stop");
        fence::stop(service)?;
        fail::point("snapshot.stopped");
        Ok("stopped".to_owned())
    }

    fn start(&mut self, index: usize) -> Result<String> {
        let service = &self.plan.services[index];
        let Some(at) = self.journal.stopped.iter().position(|stopped| stopped.name == service.name) else {
            return Ok("was not stopped".to_owned());
        };
        fail::point("snapshot.before-start");
        fence::start(service)?;
        self.journal.stopped.remove(at);
        self.state.write(&self.journal)?;
        fail::point("snapshot.started");
        Ok("runs".to_owned())
    }

    fn list(&mut self, index: usize) -> Result<String> {
        let store = &self.plan.stores[index];
        let listing = list(&store.content, &Names::read())?;
        let count = listing.entries.len();
        self.changed(&store.name, &listing.vanished, "vanished");
        for special in &listing.special {
            let warning = format!("{}: {special} was left out", store.name);
            self.context.progress.warning(warning.clone());
            if self.report.warnings.len() < MOST_NAMED {
                self.report.warnings.push(warning);
            }
        }
        let absent = match listing.absent {
            0 => String::new(),
            absent => format!(", {absent} patterns match nothing"),
        };
        self.taken.listings.push((listing, now(), Instant::now()));
        fail::point("snapshot.listed");
        Ok(format!("{count} paths{absent}"))
    }

    fn changed(&mut self, store: &str, paths: &[String], how: &str) {
        let room = MOST_NAMED.saturating_sub(self.report.body.changed.len());
        self.report.body.changed.extend(paths.iter().take(room).map(|path| format!("{store}: {path} {how}")));
    }

    /// Creates the bundle, once all instants are known.
    fn begin(&mut self) -> Result<()> {
        if self.taken.writer.is_some() {
            return Ok(());
        }
        self.state.write(&self.journal)?;
        let instants: Vec<Instant> = self.taken.listings.iter().map(|(_, _, at)| *at).collect();
        let skew =
            instants.iter().max().zip(instants.iter().min()).map_or(0, |(last, first)| (*last - *first).as_millis());
        self.report.body.skew_ms = u64::try_from(skew).unwrap_or(u64::MAX);
        let stores = self.plan.stores.iter().zip(&self.taken.listings).map(|(store, (_, time, _))| PointStore {
            name: store.name.clone(),
            kind: store.kind.clone(),
            root: root(&store.content).display().to_string(),
            secret: store.secret,
            time: time.clone(),
        });
        let point = Point {
            id: self.journal.id.clone(),
            class: self.plan.class,
            skew_ms: self.report.body.skew_ms,
            stores: stores.collect(),
            left_out: self.plan.left_out.clone(),
        };
        let header = self.header(&point)?;
        let threads = self.request.resources.jobs;
        let writer =
            BundleWriter::private(self.request.target.as_deref(), &self.name, self.request.codec, threads, &header);
        self.taken.writer = Some(block_on(writer)?);
        let bytes =
            self.taken.listings.iter().flat_map(|(listing, ..)| &listing.entries).map(|entry| entry.bytes).sum();
        self.context.progress.phase("snapshot", None, Some(bytes));
        Ok(())
    }

    fn header(&self, point: &Point) -> Result<Header> {
        let mut options = self.request.options();
        options["snapshot"] = serde_json::to_value(point)
            .map_err(|error| Error::internal("the recovery point cannot be written as JSON").because(error))?;
        let platform = &self.request.selection.platform;
        Ok(Header {
            tool: concat!("gapsync ", env!("CARGO_PKG_VERSION")).to_owned(),
            kind: Some(SNAPSHOT.to_owned()),
            profile: ProfileMark { name: platform.name.clone(), digest: platform.digest.clone() },
            source: Source {
                installation: gethostname::gethostname().to_string_lossy().into_owned(),
                engine: "platform".to_owned(),
            },
            options,
            files: true,
            created_at: self.report.started_at.clone(),
            ..header::made_up(tables())
        })
    }

    /// Reads a store into the bundle.
    fn read(&mut self, index: usize) -> Result<String> {
        self.begin()?;
        let store = &self.plan.stores[index];
        let base = root(&store.content);
        let listing = std::mem::take(&mut self.taken.listings[index].0);
        let mut left: std::collections::HashMap<Vec<u8>, Option<Vec<u8>>> = std::collections::HashMap::new();
        let (mut changed, mut vanished) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        for mut entry in listing.entries {
            entry.id = self.taken.entries.len() as u64 + 1;
            entry.store = index;
            let of = entry.link.clone().unwrap_or_default();
            if entry.kind == Kind::Name
                && let Some(other) = left.get_mut(&of)
            {
                // The first name vanished: the next one takes its place.
                match other {
                    Some(first) => entry.link = Some(first.clone()),
                    None => {
                        entry.kind = Kind::File;
                        entry.link = None;
                        *other = Some(entry.path.clone());
                    }
                }
            }
            if entry.kind == Kind::File {
                let Some(content) = self.file(&place(base, &entry.path), &entry)? else {
                    vanished.push(shown(&entry.path));
                    left.insert(if of.is_empty() { entry.path.clone() } else { of }, None);
                    continue;
                };
                if content.changed {
                    changed.push(shown(&entry.path));
                }
                (entry.bytes, entry.holes, entry.sha256) = (content.bytes, content.holes, Some(content.sha256));
                bytes += entry.bytes;
            }
            self.taken.entries.push(entry);
        }
        self.changed(&store.name, &vanished, "vanished");
        self.changed(&store.name, &changed, "changed while it was read");
        Ok(format!("{bytes} bytes"))
    }

    /// Reads the content of a file into the bundle.
    fn file(&mut self, path: &Path, entry: &Entry) -> Result<Option<read::Content>> {
        let Taken { parts, writer, .. } = &mut self.taken;
        let Some(writer) = writer else { return Err(Error::internal("no bundle is open")) };
        let store = &self.plan.stores[entry.store].name;
        let progress = &self.context.progress;
        let mut number = 0;
        let mut emit = |piece: read::Piece| {
            number += 1;
            let member = if piece.whole {
                whole_member(store, entry.id, &entry.path)
            } else {
                part_member(store, entry.id, piece.offset)
            };
            let bytes = piece.content.len() as u64;
            block_on(writer.part(&member, piece.content))?;
            progress.add_bytes(bytes);
            fail::point("snapshot.part");
            parts.push(Part {
                file: entry.id,
                part: number,
                offset: piece.offset,
                bytes,
                sha256: piece.sha256,
                member,
            });
            Ok(())
        };
        read::read(path, self.request.part_bytes(), &self.context.cancel, &mut emit)
    }

    /// Writes the catalogue, and gives the bundle its name.
    fn finish(&mut self) -> Result<String> {
        self.begin()?;
        let names: Vec<String> = self.plan.stores.iter().map(|store| store.name.clone()).collect();
        let sums = sums(&self.taken.entries, names.len());
        for (name, sums) in names.iter().zip(&sums) {
            self.report.tables.entry(name.clone()).or_default().add(*sums);
            self.report.totals.add(*sums);
        }
        let facts: Vec<_> = names.iter().zip(&sums).flat_map(|(name, sums)| sums.facts(name)).collect();
        let steps: Vec<DoneStep<'_>> = self.report.body.steps.iter().map(done).collect();
        let tables = [
            (FILES, write::files(&self.taken.entries, &names)),
            (PARTS, write::parts(&self.taken.parts)),
            (FACTS, write::facts(&facts)),
            (STEPS, write::steps(&steps)),
        ];
        let Some(mut writer) = self.taken.writer.take() else { return Err(Error::internal("no bundle is open")) };
        for (table, files) in tables {
            for file in files {
                block_on(writer.dump_file(table, file))?;
            }
        }
        fail::point("snapshot.catalogue");
        let mark = block_on(writer.finish())?;
        fail::point("snapshot.published");
        let said = format!("{} bytes", mark.bytes);
        let plain: u64 = self.taken.parts.iter().map(|part| part.bytes).sum();
        let ratio = plain / mark.bytes.max(1) + 1;
        if plain > RATIO_FROM_BYTES && ratio > ReadLimits::default().max_ratio {
            let warning = format!("the bundle grows to {ratio} times its size: read it with --max-ratio {}", 2 * ratio);
            self.context.progress.warning(warning.clone());
            self.report.warnings.push(warning);
        }
        self.report.body.bundle = Some(mark);
        Ok(said)
    }
}

fn done(step: &StepReport) -> DoneStep<'_> {
    DoneStep { what: &step.what, started: &step.started, ended: &step.ended, outcome: &step.outcome }
}

fn phase(step: Step) -> &'static str {
    match step {
        Step::Check(_) => "check",
        Step::Stop(_) => "stop",
        Step::List(_) => "list",
        Step::Read(_) => "read",
        Step::Start(_) => "start",
        Step::Finish => "finish",
    }
}
