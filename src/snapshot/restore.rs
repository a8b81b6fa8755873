//! Restores a snapshot. It is put together beside its place, and published by renaming once all of the bundle was checked.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::catalogue::check::{Sums, sums};
use super::content::{Take, Whole, read};
use super::fence;
use super::files::list::list;
use super::files::names::Names;
use super::files::staging::Staging;
use super::journal::{Journal, Move, State, Stopped};
use super::plan::carried;
use super::platform::{Content, Service, Store};
use super::point::{Point, now};
use super::recover::undo_moves;
use super::report::{SnapshotBody, StepReport};
use super::request::RestoreRequest;
use super::target::Target;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::model::manifest::Header;
use crate::model::run::{Phase, Status};
use crate::run::Context;
use crate::run::ended::{self, Ended, peak_memory};
use crate::run::report::Report;
use crate::run::report::grid::counted;
use crate::stream::{durable, fail};

/// The suffix of a report's name.
const SUFFIX: &str = "-restore.txt";

/// Restores a snapshot. The report is returned however it ended.
pub async fn restore(request: &RestoreRequest, context: &Context) -> Ended<SnapshotBody> {
    let mut report = Report::of_run(request.options());
    let outcome = run(request, context, &mut report).await;
    report.peak_memory_bytes = peak_memory();
    ended::end(report, outcome, context, SUFFIX)
}

/// Takes the members of the stores that are restored.
struct Restorer<'a> {
    request: &'a RestoreRequest,
    /// The stores of the platform that are meant.
    stores: Vec<Store>,
    state: Option<&'a State>,
    journal: Journal,
    targets: Vec<Target>,
    /// The target of the member that is being read.
    open: Option<usize>,
}

async fn run(request: &RestoreRequest, context: &Context, report: &mut Report<SnapshotBody>) -> Result<()> {
    request.selection.check_names()?;
    let platform = &request.selection.platform;
    let values = platform.values(&request.selection.values)?;
    let stores = platform.stores(&values, |name| request.selection.takes(name))?;
    carried(&stores, &request.selection)?;
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
    if let Some(state) = &state {
        state.require_clean()?;
    }
    let id = uuid::Uuid::new_v4().simple().to_string();
    let journal = Journal { id, action: "restore".to_owned(), ..Journal::default() };
    let mut restorer = Restorer { request, stores, state: state.as_ref(), journal, targets: Vec::new(), open: None };
    let begun = Instant::now();
    let whole = read(&request.source, &request.limits, context, &mut restorer).await;
    let whole = match whole {
        Ok(whole) => whole,
        Err(error) => {
            restorer.drop_staging()?;
            return Err(error);
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    report.phases.push(Phase { name: "read".to_owned(), seconds, rows: whole.catalogue.entries.len() as u64 });
    report.body.bundle = Some(whole.end.mark.clone());
    report.body.snapshot.clone_from(&whole.point.id);
    report.body.class = whole.point.class.name().to_owned();
    report.body.skew_ms = whole.point.skew_ms;
    let taken: Vec<&str> = restorer.targets.iter().map(|target| target.name.as_str()).collect();
    let left = whole.point.names().into_iter().filter(|name| !taken.contains(&name.as_str()));
    report.body.left_out = left.chain(whole.point.left_out.clone()).collect();
    let mut publish = Publish { context, report, restorer, services, whole: &whole };
    let outcome = tokio::task::block_in_place(|| publish.run());
    report.finished_at = Some(now());
    outcome
}

impl Take for Restorer<'_> {
    fn begin(&mut self, header: &Header, point: &Point) -> Result<()> {
        let platform = &self.request.selection.platform.name;
        if header.profile.name != *platform {
            let shown = escape::line(&header.profile.name).into_owned();
            return Err(Error::schema(format!("the snapshot is of the platform {shown}, not of {platform}"))
                .hint(format!("Use the platform file that made it: --platform {shown}.")));
        }
        // The journal must name places that mean the same in another folder.
        let absolute = |path: &Path| {
            std::path::absolute(path).map_err(|error| Error::file(path, "the folder cannot be used", error))
        };
        let root = self.request.root.as_deref().map(absolute).transpose()?;
        let beside = absolute(&self.request.aside)?;
        for store in &self.stores {
            let Some(index) = point.stores.iter().position(|known| known.name == store.name) else {
                if self.request.selection.only.contains(&store.name) {
                    return Err(Error::schema(format!("the snapshot does not hold the store {}", store.name)));
                }
                continue;
            };
            let aside = store.aside && self.request.root.is_none();
            let place = match (&root, &store.content) {
                (Some(root), _) => root.join(&store.name),
                (None, Content::Folder { folder, .. }) if !aside => folder.clone(),
                (None, _) => beside.join(format!("{}-{}-{}", platform, &point.id[..point.id.len().min(8)], store.name)),
            };
            let live = self.request.root.is_none() && !aside;
            self.targets.push(Target { index, name: store.name.clone(), place, live, staging: None });
        }
        if self.targets.is_empty() {
            return Err(Error::schema("the snapshot holds none of the stores that are to be restored"));
        }
        for target in &self.targets {
            target.check(self.request.replace)?;
        }
        if self.request.dry_run {
            return Ok(());
        }
        if let Some(root) = &root {
            fs::create_dir_all(root).map_err(|error| Error::file(root, "the folder cannot be created", error))?;
        }
        for target in &self.targets {
            self.journal.staging.push(target.staging_folder(&self.journal.id)?);
        }
        if let Some(state) = self.state {
            state.write(&self.journal)?;
        }
        for (target, folder) in self.targets.iter_mut().zip(&self.journal.staging) {
            target.staging = Some(Staging::create(folder)?);
        }
        fail::point("restore.staged");
        Ok(())
    }

    fn member(&mut self, store: Option<usize>, number: u64, part: Option<(u64, u64)>) -> Result<()> {
        self.open = self.targets.iter().position(|target| Some(target.index) == store);
        match self.staging() {
            Some(staging) => staging.begin(number, part),
            None => Ok(()),
        }
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<()> {
        match self.staging() {
            Some(staging) => staging.write(bytes),
            None => Ok(()),
        }
    }

    fn end(&mut self) {
        if let Some(staging) = self.staging() {
            staging.end();
        }
        fail::point("restore.member");
    }
}

impl Restorer<'_> {
    fn staging(&mut self) -> Option<&mut Staging> {
        self.targets.get_mut(self.open?)?.staging.as_mut()
    }

    /// Removes what was not published, and then the journal that names it.
    fn drop_staging(&mut self) -> Result<()> {
        for target in &mut self.targets {
            target.staging = None;
        }
        self.state.map_or(Ok(()), State::clear)
    }
}

/// Builds the stores and gives them their places.
struct Publish<'a, 'r> {
    context: &'a Context,
    report: &'a mut Report<SnapshotBody>,
    restorer: Restorer<'r>,
    services: Vec<Service>,
    whole: &'a Whole,
}

/// A step of a restore.
#[derive(Clone, Copy)]
enum Step {
    Build(usize),
    Stop(usize),
    Place(usize),
    Start(usize),
    Compare(usize),
}

impl Publish<'_, '_> {
    fn run(&mut self) -> Result<()> {
        let targets = self.restorer.targets.len();
        // Services that do not use what is restored are left alone.
        let live = self.restorer.targets.iter().any(|target| target.live);
        let services = if live { self.services.len() } else { 0 };
        let mut steps: Vec<Step> = (0..targets).map(Step::Build).collect();
        steps.extend((0..services).map(Step::Stop));
        steps.extend((0..targets).map(Step::Place));
        steps.extend((0..targets).map(Step::Compare));
        if !self.restorer.request.no_start {
            steps.extend((0..services).rev().map(Step::Start));
        }
        let sums = sums(&self.whole.catalogue.entries, self.whole.point.stores.len());
        for target in &self.restorer.targets {
            self.report.tables.entry(target.name.clone()).or_default().add(sums[target.index]);
            self.report.totals.add(sums[target.index]);
        }
        if self.restorer.request.dry_run {
            let planned = steps.iter().map(|step| StepReport { what: self.described(*step), ..StepReport::default() });
            self.report.body.steps = planned.collect();
            self.report.status = Status::DryRun;
            return Ok(());
        }
        let outcome = steps.into_iter().try_for_each(|step| {
            if matches!(step, Step::Build(_) | Step::Stop(_)) {
                self.context.cancel.check()?;
            }
            self.step(step, &sums)
        });
        self.settle(outcome)
    }

    /// Takes back what was not published as a whole, and removes the journal.
    fn settle(&mut self, outcome: Result<()>) -> Result<()> {
        if let Err(error) = outcome {
            if !self.restorer.journal.published {
                undo_moves(&self.restorer.journal)?;
                self.report.body.placed.clear();
            }
            self.restorer.drop_staging()?;
            if self.restorer.journal.stopped.is_empty() || error.kind() == ErrorKind::Service {
                return Err(error);
            }
            let names: Vec<&str> = self.restorer.journal.stopped.iter().map(|stopped| stopped.name.as_str()).collect();
            self.report.warnings.push(format!("these services stay stopped: {}", names.join(", ")));
            return Err(error);
        }
        self.restorer.drop_staging()
    }

    fn described(&self, step: Step) -> String {
        let place = |index: usize| {
            let target = &self.restorer.targets[index];
            format!("{} {} {}", target.name, if target.live { "in place at" } else { "at" }, target.place.display())
        };
        match step {
            Step::Build(index) => format!("build {} beside its place", self.restorer.targets[index].name),
            Step::Stop(index) => format!("stop {}", self.services[index].name),
            Step::Place(index) => format!("put {}", place(index)),
            Step::Start(index) => format!("start {}", self.services[index].name),
            Step::Compare(index) => {
                format!("compare {} with the facts of the snapshot", self.restorer.targets[index].name)
            }
        }
    }

    fn step(&mut self, step: Step, sums: &[Sums]) -> Result<()> {
        let what = self.described(step);
        self.context.progress.note(escape::line(&what).into_owned());
        let (started, begun) = (now(), Instant::now());
        let outcome = match step {
            Step::Build(index) => self.build(index),
            Step::Stop(index) => self.stop(index),
            Step::Place(index) => self.place(index),
            Step::Start(index) => self.start(index),
            Step::Compare(index) => self.compare(index, sums),
        };
        let said = match &outcome {
            Ok(said) => said.clone(),
            Err(error) => format!("failed: {}", error.what()),
        };
        let name = match step {
            Step::Build(_) => "build",
            Step::Stop(_) => "stop",
            Step::Place(_) => "place",
            Step::Start(_) => "start",
            Step::Compare(_) => "compare",
        };
        self.report.phases.push(Phase { name: name.to_owned(), seconds: begun.elapsed().as_secs_f64(), rows: 0 });
        self.report.body.steps.push(StepReport { what, started, ended: now(), outcome: said });
        outcome.map(|_| ())
    }

    fn build(&mut self, index: usize) -> Result<String> {
        let target = &mut self.restorer.targets[index];
        let own = self.whole.catalogue.entries.iter().filter(|entry| entry.store == target.index);
        let entries: Vec<_> = own.collect();
        if entries.first().is_none_or(|first| !first.path.is_empty()) {
            return Err(Error::schema(format!("the store {} of the snapshot is empty", target.name)));
        }
        let staging = target.staging.as_mut().ok_or_else(|| Error::internal("a store was not staged"))?;
        let unset = staging.build(&entries, &target.name, &self.whole.members, &Names::read())?;
        if unset.owners > 0 {
            self.report.warnings.push(format!(
                "{}: {} could not be given to their owners, which only root may do",
                target.name,
                counted(unset.owners, "file")
            ));
        }
        if unset.xattrs > 0 {
            self.report.warnings.push(format!(
                "{}: {} could not be set, which this system or file system refuses",
                target.name,
                counted(unset.xattrs, "extended attribute")
            ));
        }
        fail::point("restore.built");
        Ok(counted(entries.len() as u64, "path"))
    }

    fn stop(&mut self, index: usize) -> Result<String> {
        let service = &self.services[index];
        if !fence::is_running(service)? {
            return Ok("did not run".to_owned());
        }
        self.restorer.journal.stopped.push(Stopped::of(service));
        self.write()?;
        fence::stop(service)?;
        fail::point("restore.stopped");
        Ok("stopped".to_owned())
    }

    fn write(&self) -> Result<()> {
        self.restorer.state.map_or(Ok(()), |state| state.write(&self.restorer.journal))
    }

    /// Gives a store its place. What is there gets another name.
    fn place(&mut self, index: usize) -> Result<String> {
        let target = &self.restorer.targets[index];
        target.check(self.restorer.request.replace)?;
        let staging = target.staging.as_ref().ok_or_else(|| Error::internal("a store was not staged"))?;
        let (tree, place) = (staging.tree(), target.place.clone());
        let before = target.beside("", &format!(".before-{}", &self.restorer.journal.id[..8]));
        let parent = target.parent().to_owned();
        let occupied = fs::read_dir(&place).is_ok_and(|mut entries| entries.next().is_some());
        let mut moves = Vec::new();
        if occupied {
            moves.push(Move { from: place.clone(), to: before.clone() });
        }
        moves.push(Move { from: tree, to: place.clone() });
        self.restorer.journal.moves.extend(moves.clone());
        self.write()?;
        fail::point("restore.before-rename");
        for step in &moves {
            fs::rename(&step.from, &step.to)
                .map_err(|error| Error::file(&step.to, "a folder cannot be renamed to this", error))?;
            fail::point("restore.renamed");
        }
        durable::sync_folder(&parent).map_err(|error| Error::file(&parent, "the folder cannot be synced", error))?;
        let name = &self.restorer.targets[index].name;
        let was = if occupied { format!("; what was there is now {}", before.display()) } else { String::new() };
        self.report.body.placed.push(format!("{name}: {}{was}", place.display()));
        if index + 1 == self.restorer.targets.len() {
            self.restorer.journal.published = true;
            self.write()?;
        }
        Ok("done".to_owned())
    }

    fn start(&mut self, index: usize) -> Result<String> {
        let service = &self.services[index];
        let Some(at) = self.restorer.journal.stopped.iter().position(|stopped| stopped.name == service.name) else {
            return Ok("was not stopped".to_owned());
        };
        fence::start(service)?;
        self.restorer.journal.stopped.remove(at);
        self.write()?;
        Ok("runs".to_owned())
    }

    /// Counts what is at the place of a store now.
    fn compare(&mut self, index: usize, sums: &[Sums]) -> Result<String> {
        let target = &self.restorer.targets[index];
        let content = Content::Folder { folder: target.place.clone(), exclude: Vec::new() };
        let mut found = Sums::default();
        for entry in list(&content, &Names::default())?.entries {
            found.add(entry.kind, entry.bytes);
        }
        if found == sums[target.index] {
            return Ok("equal".to_owned());
        }
        let differ =
            |measure: &str, wanted: u64, is: u64| (wanted != is).then(|| format!("{measure} {is} instead of {wanted}"));
        let wanted = sums[target.index];
        let named: Vec<String> = [
            differ("files", wanted.files, found.files),
            differ("folders", wanted.folders, found.folders),
            differ("links", wanted.links, found.links),
            differ("bytes", wanted.bytes, found.bytes),
        ]
        .into_iter()
        .flatten()
        .collect();
        let what = format!("the store {} differs from the facts of its snapshot: {}", target.name, named.join(", "));
        Err(Error::new(ErrorKind::Difference, what).at_path(target.place.display().to_string()))
    }
}
