//! Makes a snapshot, from the plan to the report.

use std::path::Path;
use std::time::{Duration, Instant};

use super::base::Base;
use super::catalogue::check::Sums;
use super::catalogue::write::DoneStep;
use super::chain::{self, Link};
use super::fence::{self, Verdict};
use super::freeze::{Frozen, freeze};
use super::guard::Guard;
use super::instant::{Instant as Outliving, milliseconds};
use super::journal::{Begun, Journal, State, Stopped};
use super::pack::{self, Pack};
use super::plan::{Plan, Step};
use super::platform::When;
use super::point::{Point, now};
use super::recall::{self, Recalled};
use super::report::{MOST_NAMED, SnapshotBody, StepReport};
use super::request::CreateRequest;
use super::store::contract::Fence;
use super::taken::{Taken, TakenStore};
use super::tasks;
use super::wait::wait;
use super::{latest, leftovers};
use crate::bundle::reader::ReadLimits;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::model::run::{Phase, Status};
use crate::run::Context;
use crate::run::ended::{self, Ended, peak_memory};
use crate::run::report::Report;
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
    report.started_at = now();
    let platform = &request.selection.platform.name;
    let base = request.base.as_ref().map(|path| wait(Base::read(path, platform, context))).transpose()?;
    let mut plan = Plan::new(request, base.as_ref())?;
    let name = request.bundle_name(milliseconds() / 1000);
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
        report.body.steps = plan.steps.iter().map(|step| StepReport::planned(plan.described(*step))).collect();
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
    let (mut journal, mut recalled) = recall::begin(&state, &id, request, &mut plan, &report.started_at)?;
    report.body.continued = std::mem::take(&mut recalled.continued);
    report.body.snapshot.clone_from(&journal.id);
    let link = chain::next(state.folder(), platform)?;
    journal.credentials = request.selection.credentials.path().map(Path::to_owned);
    let mut run = Run {
        request,
        context,
        report,
        base,
        plan: &mut plan,
        state,
        journal,
        name,
        recalled,
        taken: Taken::default(),
        kept: Vec::new(),
        guard: None,
        link,
    };
    let given_up = run.recalled.given_up.take();
    run.warn(given_up);
    let outcome = run.steps();
    report.finished_at = Some(now());
    outcome
}

struct Run<'a> {
    request: &'a CreateRequest,
    context: &'a Context,
    report: &'a mut Report<SnapshotBody>,
    base: Option<Base>,
    plan: &'a mut Plan,
    state: State,
    journal: Journal,
    name: String,
    recalled: Recalled,
    taken: Taken,
    /// The stores whose instants are kept, as it has failed and can go on.
    kept: Vec<String>,
    guard: Option<Guard>,
    link: Link,
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
        for step in std::mem::take(&mut self.recalled.steps) {
            if step == Step::Thaw {
                let thawed = self.step(step, Self::thaw);
                match thawed {
                    Err(error) if error.kind() == ErrorKind::Service => unstarted = unstarted.or(Some(error)),
                    other => outcome = outcome.and(other),
                }
            } else if let Step::Start(index) = step {
                if outcome.is_err() {
                    self.put_back();
                }
                if let Err(error) = self.step(step, |run| run.start(index)) {
                    unstarted = unstarted.or(Some(error));
                }
            } else if let Step::Release(index) = step {
                if self.kept.contains(&self.plan.stores[index].name) {
                    continue;
                }
                // It is no reason to lose the snapshot, but somebody must know.
                if let Err(error) = self.step(step, |run| run.release(index)) {
                    let what = format!("{} holds what the snapshot left there: {error}", self.plan.stores[index].name);
                    self.failed(what);
                }
            } else if outcome.is_ok() {
                outcome = self.context.cancel.check().and_then(|()| self.step(step, |run| run.carry_out(step)));
                if let Err(error) = &outcome {
                    self.kept = recall::outlasting(self.plan, &self.journal, step, error);
                }
            }
        }
        if outcome.is_err() {
            self.put_back();
        }
        // What is incomplete is removed before the journal that names it.
        self.taken.pack = None;
        if !self.kept.is_empty() {
            self.report.resume = Some(recall::keep(&mut self.journal, &self.state)?);
            self.warn(Some(recall::kept(self.plan, &self.kept)));
        } else if unstarted.is_none() && self.journal.left.is_empty() {
            self.state.clear()?;
            // A file that nobody can remove now says nothing to anyone.
            let instants = self.journal.begun.iter().flat_map(|begun| &begun.instants);
            instants.for_each(|(_, file)| drop(std::fs::remove_file(file)));
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
        if outcome.is_ok() && self.taken.stores.is_empty() {
            self.begun().passed.push(what.clone());
            if matches!(step, Step::Stop(_)) {
                self.state.write(&self.journal)?;
            }
        }
        let rows = 0;
        self.report.phases.push(Phase { name: step.name().to_owned(), seconds: begun.elapsed().as_secs_f64(), rows });
        self.report.body.steps.push(StepReport { what, started, ended: now(), outcome: said });
        outcome.map(|_| ())
    }

    fn begun(&mut self) -> &mut Begun {
        self.journal.begun.get_or_insert_default()
    }

    /// Notes that services are about to work again: what can only be taken while they stand still cannot be taken again.
    fn lift(&mut self) -> Result<()> {
        if !std::mem::replace(&mut self.begun().lifted, true) {
            self.state.write(&self.journal)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, step: Step) -> Result<String> {
        match step {
            Step::Check(index) => self.check(index),
            Step::Look(_) | Step::Drain(_) | Step::Settle(_) | Step::Drop(_) => self.queue(step),
            Step::Stop(index) => self.stop(index),
            Step::Leftovers(index) => self.leftovers(index),
            Step::Freeze(index) => self.freeze(index),
            Step::Thaw => self.thaw(),
            Step::Probe(index) => self.probe(index),
            Step::Take(index) => self.take(index),
            Step::Read(index) => self.read(index),
            Step::Release(index) => self.release(index),
            Step::Start(index) => self.start(index),
            Step::Finish => self.finish(),
        }
    }

    fn check(&mut self, index: usize) -> Result<String> {
        let check = &self.plan.checks[index];
        let why = match fence::check(check)? {
            Verdict::Passed => return Ok("passed".to_owned()),
            Verdict::Warned(why) => {
                let warning = format!("the check {}: {why}", escape::line(&check.name));
                self.warn(Some(warning));
                return Ok(format!("passed, with a warning: {why}"));
            }
            Verdict::Failed(why) => why,
        };
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

    /// Carries out a step of a queue.
    fn queue(&mut self, step: Step) -> Result<String> {
        let (said, warning) = tasks::carry_out(step, self.plan, self.request, &self.context.cancel, &mut self.journal)?;
        if let Step::Drop(_) = step {
            self.state.write(&self.journal)?;
        }
        self.warn(warning);
        Ok(said)
    }

    fn warn(&mut self, warning: Option<String>) {
        if let Some(warning) = warning {
            self.context.progress.warning(warning.clone());
            self.report.warnings.push(warning);
        }
    }

    /// Puts tasks back that were to be dropped, as there is no bundle that keeps them.
    fn put_back(&mut self) {
        let failed = tasks::put_back(&mut self.journal, &self.request.selection.credentials);
        failed.into_iter().for_each(|what| self.failed(what));
    }

    /// Says what a person has to see to.
    fn failed(&mut self, what: String) {
        self.context.progress.warning(what.clone());
        self.report.body.failed_checks.push(what);
    }

    fn stop(&mut self, index: usize) -> Result<String> {
        let found = fence::found(&self.plan.services[index])?;
        if found.is_empty() {
            return Ok("did not run".to_owned());
        }
        let stopped: Vec<Stopped> = found.iter().map(Stopped::of).collect();
        self.journal.stopped.retain(|known| !stopped.contains(known));
        self.journal.stopped.extend(stopped);
        self.state.write(&self.journal)?;
        fail::point("snapshot.before-stop");
        let said = fence::stop_all(&found)?;
        fail::point("snapshot.stopped");
        Ok(said)
    }

    /// Looks whether something of a service is left.
    fn leftovers(&mut self, index: usize) -> Result<String> {
        let service = &self.plan.services[index];
        let (said, warning) = leftovers::look(service, self.request.kill_leftovers, &self.journal.id)?;
        self.warn(warning);
        Ok(said)
    }

    /// Freezes a service by way of the guard.
    fn freeze(&mut self, index: usize) -> Result<String> {
        let Self { plan, journal, state, guard, request, .. } = self;
        let guard = match guard {
            Some(guard) => guard,
            None => guard.insert(Guard::start(request.max_pause)?),
        };
        let mut order = |frozen: &Frozen| {
            journal.frozen.retain(|known| known.name != frozen.name);
            journal.frozen.push(frozen.clone());
            state.write(journal)?;
            fail::point("snapshot.before-freeze");
            guard.freeze(frozen)?;
            fail::point("snapshot.frozen");
            Ok(())
        };
        freeze(&plan.services[index], &mut order)
    }

    /// Thaws all services.
    fn thaw(&mut self) -> Result<String> {
        let Some(mut guard) = self.guard.take() else { return Ok("nothing is frozen".to_owned()) };
        self.begun().lifted = true;
        fail::point("snapshot.before-thaw");
        let thawed = match guard.thaw() {
            Err(error) if error.kind() == ErrorKind::Service => {
                // The guard may be dead: do what it would have done.
                self.journal.frozen.iter().rev().try_for_each(Frozen::thaw)?;
                let what = "the guard of frozen services failed; they were thawed without it";
                Err(Error::database(what).because(error).hint("There is no snapshot. Make it again."))
            }
            thawed => thawed,
        };
        self.journal.frozen.clear();
        self.state.write(&self.journal)?;
        fail::point("snapshot.thawed");
        let pause = u64::try_from(thawed?.as_millis()).unwrap_or(u64::MAX);
        self.report.body.pause_ms = Some(pause);
        Ok(format!("the pause was {pause} ms"))
    }

    fn start(&mut self, index: usize) -> Result<String> {
        self.lift()?;
        let Self { plan, journal, state, .. } = self;
        fail::point("snapshot.before-start");
        let mut stopped = journal.stopped.clone();
        fence::start_again(&mut stopped, &plan.services[index].name, &mut |left| {
            left.clone_into(&mut journal.stopped);
            state.write(journal)?;
            fail::point("snapshot.started");
            Ok(())
        })
    }

    fn probe(&mut self, index: usize) -> Result<String> {
        let version = self.plan.sources[index].probe()?;
        self.taken.versions.resize(self.plan.stores.len(), String::new());
        self.taken.versions[index].clone_from(&version);
        Ok(version)
    }

    /// Takes the instant of a store.
    fn take(&mut self, index: usize) -> Result<String> {
        let Self { plan, journal, state, taken, context, report, request, .. } = self;
        let store = &plan.stores[index];
        let mut leave = |left| {
            journal.left.push((store.name.clone(), left));
            state.write(journal)?;
            fail::point("snapshot.leave");
            Ok(())
        };
        let id = report.body.snapshot.clone();
        let folder = request.target.clone().unwrap_or_else(std::env::temp_dir);
        taken.versions.resize(plan.stores.len(), String::new());
        let earlier = self.recalled.instants.remove(&index);
        let (mut found, time, at) = if let Some((instant, found)) = earlier {
            taken.versions[index].clone_from(&instant.version);
            let ago = Duration::from_millis(milliseconds().saturating_sub(instant.milliseconds));
            (found, instant.time, Instant::now().checked_sub(ago).unwrap_or_else(Instant::now))
        } else {
            let (class, cancel) = (plan.class, &context.cancel);
            let mut fence = Fence { id: &id, class, folder: &folder, cancel, leave: &mut leave };
            let found = plan.sources[index].fence(&mut fence)?;
            let (time, at) = (now(), Instant::now());
            if let Some(instant) = Outliving::of(&*plan.sources[index], &found, &time, &taken.versions[index]) {
                instant.keep(state, journal, &store.name)?;
            }
            (found, time, at)
        };
        for warning in &found.warnings {
            let warning = format!("{}: {warning}", store.name);
            context.progress.warning(warning.clone());
            if report.warnings.len() < MOST_NAMED {
                report.warnings.push(warning);
            }
        }
        for fact in &found.facts {
            taken.facts.push((store.name.clone(), fact.object.clone(), fact.measure.clone(), fact.value));
        }
        let (name, vanished) = (store.name.clone(), std::mem::take(&mut found.vanished));
        let said = found.said.clone();
        let entries = found.list(&folder)?;
        taken.stores.push(TakenStore { found, entries, time, at });
        self.changed(&name, &vanished, "vanished");
        fail::point("snapshot.listed");
        Ok(said)
    }

    /// Removes from the engine what the instant of a store has left there.
    fn release(&mut self, index: usize) -> Result<String> {
        let name = &self.plan.stores[index].name;
        if !self.journal.left.iter().any(|(store, _)| store == name) {
            return Ok("nothing to remove".to_owned());
        }
        self.plan.sources[index].release()?;
        self.journal.left.retain(|(store, _)| store != name);
        recall::forget(&mut self.journal, name);
        self.state.write(&self.journal)?;
        fail::point("snapshot.released");
        Ok("done".to_owned())
    }

    fn changed(&mut self, store: &str, paths: &[String], how: &str) {
        let room = MOST_NAMED.saturating_sub(self.report.body.changed.len());
        self.report.body.changed.extend(paths.iter().take(room).map(|path| format!("{store}: {path} {how}")));
    }

    /// Creates the bundle, once all instants are known.
    fn begin(&mut self) -> Result<()> {
        if self.taken.pack.is_some() {
            return Ok(());
        }
        self.state.write(&self.journal)?;
        self.report.body.skew_ms = self.taken.skew_ms();
        let point = Point {
            id: self.journal.id.clone(),
            class: self.plan.class,
            link: self.link.clone(),
            skew_ms: self.report.body.skew_ms,
            stores: self.taken.points(self.plan),
            left_out: self.plan.left_out.clone(),
            base: self.base.as_ref().map(|base| base.mark.clone()),
        };
        let header = pack::header(self.request, &self.begun().started_at.clone(), &point)?;
        self.taken.pack = Some(Pack::create(self.request, &self.name, &header, self.base.take())?);
        let bytes = self.taken.stores.iter().map(|store| store.entries.bytes()).sum();
        self.context.progress.phase("snapshot", None, Some(bytes));
        Ok(())
    }

    /// Reads a store into the bundle.
    fn read(&mut self, index: usize) -> Result<String> {
        self.begin()?;
        let name = self.plan.stores[index].name.clone();
        let Self { plan, taken: Taken { stores, pack, packed: sums, facts, .. }, context, .. } = self;
        let pack = pack.as_mut().ok_or_else(|| Error::internal("no bundle is open"))?;
        let packed = pack.store((index, &name), &stores[index].entries, &mut *plan.sources[index], context)?;
        sums.resize(plan.stores.len(), Sums::default());
        sums[index] = packed.sums;
        let late = plan.sources[index].late_facts().into_iter();
        facts.extend(late.map(|fact| (name.clone(), fact.object, fact.measure, fact.value)));
        self.changed(&name, &packed.vanished, "vanished");
        self.changed(&name, &packed.changed, "changed while it was read");
        Ok(format!("{} bytes", packed.bytes))
    }

    /// Writes the catalogue, and gives the bundle its name.
    fn finish(&mut self) -> Result<String> {
        self.begin()?;
        let names: Vec<String> = self.plan.stores.iter().map(|store| store.name.clone()).collect();
        let Some(pack) = self.taken.pack.take() else { return Err(Error::internal("no bundle is open")) };
        let mut sums = std::mem::take(&mut self.taken.packed);
        sums.resize(names.len(), Sums::default());
        for (name, sums) in names.iter().zip(&sums) {
            self.report.tables.entry(name.clone()).or_default().add(*sums);
            self.report.totals.add(*sums);
        }
        let mut facts: Vec<_> = names.iter().zip(&sums).flat_map(|(name, sums)| sums.facts(name)).collect();
        facts.append(&mut self.taken.facts);
        let steps: Vec<DoneStep<'_>> = self.report.body.steps.iter().map(DoneStep::from).collect();
        let plain = pack.plain_bytes();
        let (mark, header, files) = pack.finish(&facts, &steps)?;
        let platform = &self.request.selection.platform.name;
        chain::advance(self.state.folder(), platform, &self.link, &self.journal.id)?;
        let target = self.request.target.as_deref();
        self.warn(latest::keep(self.state.folder(), target, &self.journal.id, (&mark, &header, files)));
        let said = format!("{} bytes", mark.bytes);
        let ratio = plain / mark.bytes.max(1) + 1;
        if plain > RATIO_FROM_BYTES && ratio > ReadLimits::default().max_ratio {
            let warning = format!("the bundle grows to {ratio} times its size: read it with --max-ratio {}", 2 * ratio);
            self.warn(Some(warning));
        }
        self.report.body.bundle = Some(mark);
        Ok(said)
    }
}
