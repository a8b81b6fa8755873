//! Builds the stores of a snapshot that was checked to its end, and gives them their places.

use std::time::Instant;

use super::after::{self, Afterwards};
use super::catalogue::check::{ALL, Sums};
use super::content::Whole;
use super::fence;
use super::flag::Flag;
use super::journal::Stopped;
use super::leftovers;
use super::pack::FactRow;
use super::platform::Service;
use super::point::now;
use super::receive::Restorer;
use super::recover::undo_moves;
use super::report::{Compared, SnapshotBody, StepReport};
use super::resume;
use super::store::contract::{Left, Load};
use super::store::files::names::Names;
use super::target::Target;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::model::run::{Phase, Status};
use crate::run::Context;
use crate::run::report::Report;
use crate::run::report::grid::counted;
use crate::stream::fail;

/// Builds the stores and gives them their places.
pub(in crate::snapshot) struct Publish<'a, 'r> {
    pub(in crate::snapshot) context: &'a Context,
    pub(in crate::snapshot) report: &'a mut Report<SnapshotBody>,
    pub(in crate::snapshot) restorer: Restorer<'r>,
    pub(in crate::snapshot) services: Vec<Service>,
    /// Flags for the start of a service, which then rebuilds what it derives from the restored stores.
    pub(in crate::snapshot) flags: Vec<Flag>,
    /// What follows.
    pub(in crate::snapshot) afterwards: Afterwards,
    pub(in crate::snapshot) whole: &'a Whole,
}

/// Returns what a person has to know if what a failed restore has made cannot be removed. The journal stays in that case.
pub(in crate::snapshot) fn left_over(error: &Error) -> String {
    format!("what the restore has made could not be removed, which `gapsync snapshot recover` tries again: {error}")
}

/// A step of a restore.
#[derive(Clone, Copy)]
enum Step {
    Build(usize),
    Load(usize),
    Stop(usize),
    Leftovers(usize),
    Place(usize),
    Flag(usize),
    Start(usize),
    Unflag(usize),
    Compare(usize),
    After(usize),
    Report(usize),
}

impl Publish<'_, '_> {
    /// Carries out the steps; a dry run writes them into the report.
    ///
    /// # Errors
    /// Those of the first step that fails, after all was taken back.
    pub(in crate::snapshot) fn run(&mut self) -> Result<()> {
        let targets = self.restorer.targets.len();
        // Services that do not use what is restored are left alone.
        let is_live = |target: &Target| target.live || target.sink.as_ref().is_some_and(|sink| sink.is_live());
        let live = self.restorer.targets.iter().any(is_live) || self.afterwards.stops();
        let drill = self.restorer.request.drill.is_some();
        let services = if live && !drill { self.services.len() } else { 0 };
        let engines = |wanted: bool| {
            let is_engine = |index: &usize| self.restorer.targets[*index].sink.is_some() == wanted;
            (0..targets).filter(is_engine).collect::<Vec<_>>()
        };
        let missing = |index: &usize| self.restorer.is_missing(&self.restorer.targets[*index]);
        let mut steps: Vec<Step> = (0..targets).filter(missing).map(Step::Build).collect();
        for index in engines(true) {
            steps.extend(missing(&index).then_some(Step::Load(index)));
            steps.push(Step::Compare(index));
        }
        steps.extend((0..services).map(Step::Stop));
        steps.extend((0..services).filter(|index| leftovers::is_asked(&self.services[*index])).map(Step::Leftovers));
        steps.extend((0..targets).map(Step::Place));
        steps.extend(engines(false).into_iter().map(Step::Compare));
        let after = |running: bool| {
            let all = self.afterwards.steps.iter().enumerate();
            all.filter(move |(_, step)| step.running == running).map(|(index, _)| Step::After(index))
        };
        steps.extend(after(false));
        if !self.restorer.request.no_start {
            for service in (0..services).rev() {
                let with = |flag: &usize| self.flags[*flag].service == self.services[service].name;
                let flags: Vec<usize> = (0..self.flags.len()).filter(with).collect();
                steps.extend(flags.iter().copied().map(Step::Flag));
                steps.push(Step::Start(service));
                steps.extend(flags.into_iter().map(Step::Unflag));
            }
            steps.extend(after(true));
        }
        steps.extend((0..self.afterwards.reports.len()).map(Step::Report));
        self.leave_out_passed(&mut steps);
        if let Err(error) = self.flags.iter().try_for_each(Flag::check) {
            return self.settle(Err(error));
        }
        let sums = self.whole.sums.clone();
        for target in &self.restorer.targets {
            self.report.tables.entry(target.name.clone()).or_default().add(sums[target.index]);
            self.report.totals.add(sums[target.index]);
        }
        if self.restorer.request.dry_run {
            self.report.body.steps = steps.iter().map(|step| StepReport::planned(self.described(*step))).collect();
            self.report.status = Status::DryRun;
            return Ok(());
        }
        if services == 0 || self.restorer.request.no_start {
            let by_hand = self.flags.drain(..).map(|flag| flag.by_hand());
            self.report.warnings.extend(by_hand);
        }
        if self.restorer.request.no_start {
            let running = self.afterwards.steps.iter().filter(|step| step.running);
            let by_hand = running.map(|step| format!("once the services run, run {}", after::shown(&step.call)));
            self.report.warnings.extend(by_hand);
        }
        let stopped = self.afterwards.steps.iter().filter(|step| !step.running);
        if !self.restorer.journal.published {
            self.restorer.journal.undone = stopped.map(|step| after::shown(&step.call)).collect();
        }
        // If this process dies from here on, the service still starts with its flag.
        self.restorer.journal.flags.clone_from(&self.flags);
        let mut failed = None;
        let outcome = steps.into_iter().try_for_each(|step| {
            failed = Some(step);
            if matches!(step, Step::Build(_) | Step::Load(_) | Step::Stop(_) | Step::After(_)) {
                self.context.cancel.check()?;
            }
            self.step(step, &sums)?;
            self.pass(step)
        });
        let early = matches!(failed, Some(Step::Build(_) | Step::Load(_) | Step::Stop(_)));
        match outcome {
            // Nothing has another name yet, and what is loaded was not compared.
            Err(error) if early && !drill && resume::can_go_on(&error) => Err(self.keep(error)),
            outcome => self.settle(outcome),
        }
    }

    /// Leaves out the steps that an earlier run has carried out since it published all of it.
    fn leave_out_passed(&self, steps: &mut Vec<Step>) {
        let Some(progressed) = &self.restorer.journal.progressed else { return };
        if !self.restorer.journal.published {
            return;
        }
        let placed = steps.iter().rposition(|step| matches!(step, Step::Place(_))).map_or(0, |at| at + 1);
        steps.drain(..placed);
        let passed = |step: Step| progressed.passed.contains(&self.described(step));
        steps.retain(|step| match step {
            // One that was started with its flag needs it no more.
            Step::Flag(flag) => {
                let of = |service: &Service| service.name == self.flags[*flag].service;
                !self.services.iter().position(of).is_some_and(|service| passed(Step::Start(service)))
            }
            step => !passed(*step),
        });
    }

    /// Notes a step that was carried out since all was published.
    fn pass(&mut self, step: Step) -> Result<()> {
        if !self.restorer.journal.published || matches!(step, Step::Place(_)) {
            return Ok(());
        }
        let what = self.described(step);
        if let Some(progressed) = &mut self.restorer.journal.progressed {
            progressed.passed.push(what);
        }
        self.write()?;
        fail::point("restore.passed");
        Ok(())
    }

    /// Leaves everything as it is, for a restore that goes on.
    fn keep(&mut self, error: Error) -> Error {
        self.report.resume = self.restorer.keep();
        self.warn(resume::kept());
        self.name_stopped();
        error
    }

    /// Names the services that stay stopped.
    fn name_stopped(&mut self) {
        let stopped = &self.restorer.journal.stopped;
        let names: Vec<&str> = stopped.iter().map(|stopped| stopped.name.as_str()).collect();
        if !names.is_empty() {
            self.warn(format!("these services stay stopped: {}", names.join(", ")));
        }
    }

    /// Takes back what was not published as a whole, and removes the journal.
    fn settle(&mut self, outcome: Result<()>) -> Result<()> {
        if let Err(error) = outcome {
            for flag in &self.restorer.journal.flags {
                flag.take_out()?;
                if self.restorer.journal.published {
                    self.context.progress.warning(flag.by_hand());
                    self.report.warnings.push(flag.by_hand());
                }
            }
            if !self.restorer.journal.published {
                undo_moves(&self.restorer.journal)?;
                self.report.body.placed.clear();
            }
            if self.restorer.journal.published {
                let undone = std::mem::take(&mut self.restorer.journal.undone);
                undone.into_iter().for_each(|step| self.warn(format!("this step is not done: {step}")));
            }
            if let Err(left) = self.restorer.drop_staging() {
                // The engine is gone, with what it has.
                self.report.resume = self.restorer.keep();
                self.warn(left_over(&left));
                self.warn(resume::kept());
            }
            if error.kind() != ErrorKind::Service {
                self.name_stopped();
            }
            return Err(error);
        }
        if self.restorer.request.drill.is_some() {
            fail::point("drill.compared");
            // What has shown that it can be restored goes away again.
            undo_moves(&self.restorer.journal)?;
            self.report.body.placed.clear();
        }
        self.restorer.drop_staging()
    }

    fn described(&self, step: Step) -> String {
        let place = |index: usize| {
            let target = &self.restorer.targets[index];
            format!("{} {} {}", target.name, if target.live { "in place at" } else { "at" }, target.shown())
        };
        match step {
            Step::Build(index) => format!("build {} beside its place", self.restorer.targets[index].name),
            Step::Load(index) => {
                let target = &self.restorer.targets[index];
                format!("load {} into {}", target.name, target.shown())
            }
            Step::Stop(index) => format!("stop {}", self.services[index].name),
            Step::Leftovers(index) => format!("look for what is left of {}", self.services[index].name),
            Step::Place(index) => format!("put {}", place(index)),
            Step::Flag(index) => format!("put {}", self.flags[index].shown()),
            Step::Start(index) => format!("start {}", self.services[index].name),
            Step::Unflag(index) => format!("take out {}", self.flags[index].shown()),
            Step::After(index) => format!("run {}", after::shown(&self.afterwards.steps[index].call)),
            Step::Report(index) => format!("report {}", after::shown_report(&self.afterwards.reports[index])),
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
            Step::Load(index) => self.load(index),
            Step::Stop(index) => self.stop(index),
            Step::Leftovers(index) => self.leftovers(index),
            Step::Place(index) => self.place(index),
            Step::Flag(index) => self.flag(index),
            Step::Start(index) => self.start(index),
            Step::Unflag(index) => self.unflag(index),
            Step::Compare(index) => self.compare(index, sums),
            Step::After(index) => self.after(index),
            Step::Report(index) => Ok(self.ask(index)),
        };
        let said = match &outcome {
            Ok(said) => said.clone(),
            Err(error) => format!("failed: {}", error.what()),
        };
        let name = match step {
            Step::Build(_) => "build",
            Step::Load(_) => "load",
            Step::Stop(_) | Step::Leftovers(_) => "stop",
            Step::Place(_) => "place",
            Step::Flag(_) | Step::Unflag(_) => "flag",
            Step::Start(_) => "start",
            Step::Compare(_) => "compare",
            Step::After(_) => "after",
            Step::Report(_) => "report",
        };
        self.report.phases.push(Phase { name: name.to_owned(), seconds: begun.elapsed().as_secs_f64(), rows: 0 });
        self.report.body.steps.push(StepReport { what, started, ended: now(), outcome: said });
        outcome.map(|_| ())
    }

    fn build(&mut self, index: usize) -> Result<String> {
        let target = &mut self.restorer.targets[index];
        let staging = target.staging.as_mut().ok_or_else(|| Error::internal("a store was not staged"))?;
        let (count, unset) = staging.build(target.index, self.whole, &Names::read())?;
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
        Ok(counted(count, "path"))
    }

    /// Gives an engine what was put together.
    fn load(&mut self, index: usize) -> Result<String> {
        let Restorer { targets, journal, state, .. } = &mut self.restorer;
        let target = &mut targets[index];
        let staging = target.staging.as_ref().ok_or_else(|| Error::internal("a store was not staged"))?;
        let (name, tree, id) = (&target.name, staging.tree(), journal.id.clone());
        let mut leave = |left: Left| {
            let same = |known: &Left| std::mem::discriminant(known) == std::mem::discriminant(&left);
            journal.left.retain(|(store, known)| store != name || !same(known));
            journal.left.push((name.clone(), left));
            state.map_or(Ok(()), |state| state.write(journal))?;
            fail::point("restore.leave");
            Ok(())
        };
        let mut warnings = Vec::new();
        let mut load = Load {
            tree: &tree,
            id: &id,
            kept: &self.whole.point.stores[target.index],
            cancel: &self.context.cancel,
            leave: &mut leave,
            warnings: &mut warnings,
        };
        let sink = target.sink.as_mut().ok_or_else(|| Error::internal("files are not loaded"))?;
        let said = sink.load(&mut load);
        self.report.warnings.extend(warnings.into_iter().map(|warning| format!("{name}: {warning}")));
        let said = said?;
        let loaded = name.clone();
        if let Some(progressed) = &mut journal.progressed {
            progressed.loaded.push(loaded);
        }
        self.write()?;
        fail::point("restore.loaded");
        Ok(said)
    }

    fn stop(&mut self, index: usize) -> Result<String> {
        let found = fence::found(&self.services[index])?;
        if found.is_empty() {
            return Ok("did not run".to_owned());
        }
        self.restorer.journal.stopped.extend(found.iter().map(Stopped::of));
        self.write()?;
        let said = fence::stop_all(&found)?;
        fail::point("restore.stopped");
        Ok(said)
    }

    fn leftovers(&mut self, index: usize) -> Result<String> {
        let kill = self.restorer.request.kill_leftovers;
        let (said, warning) = leftovers::look(&self.services[index], kill, &self.restorer.journal.id)?;
        self.report.warnings.extend(warning);
        Ok(said)
    }

    /// Puts a flag into the configuration of a service that is about to be started.
    fn flag(&mut self, index: usize) -> Result<String> {
        let flag = &self.flags[index];
        if !self.restorer.journal.stopped.iter().any(|stopped| stopped.name == flag.service) {
            self.report.warnings.push(flag.by_hand());
            return Ok("its service was not stopped".to_owned());
        }
        fail::point("restore.before-flag");
        flag.put()?;
        fail::point("restore.flagged");
        Ok("done".to_owned())
    }

    /// Takes a flag out of the configuration of a service that was started with it.
    fn unflag(&mut self, index: usize) -> Result<String> {
        fail::point("restore.before-unflag");
        let was = self.flags[index].take_out()?;
        self.restorer.journal.flags.retain(|flag| *flag != self.flags[index]);
        self.write()?;
        Ok(if was { "done" } else { "it was not there" }.to_owned())
    }

    fn start(&mut self, index: usize) -> Result<String> {
        let Restorer { journal, state, .. } = &mut self.restorer;
        let mut stopped = journal.stopped.clone();
        fence::start_again(&mut stopped, &self.services[index].name, &mut |left| {
            left.clone_into(&mut journal.stopped);
            state.map_or(Ok(()), |state| state.write(journal))
        })
    }

    /// Runs a step after the restore.
    fn after(&mut self, index: usize) -> Result<String> {
        let step = &self.afterwards.steps[index];
        fail::point("restore.before-after");
        let said = after::carry_out(step, &self.context.cancel)?;
        let shown = after::shown(&step.call);
        self.restorer.journal.undone.retain(|undone| *undone != shown);
        self.write()?;
        Ok(said)
    }

    /// Makes a report about what was restored. All is in its place, so its failure is something to see to.
    fn ask(&mut self, index: usize) -> String {
        let Restorer { stores, request, .. } = &self.restorer;
        match after::report(&self.afterwards.reports[index], stores, &request.selection.credentials) {
            Ok(lines) => {
                let said = counted(lines.len() as u64, "line");
                self.report.body.found.extend(lines);
                said
            }
            Err(error) => {
                self.report.body.failed_checks.push(error.to_string());
                format!("failed: {}", error.what())
            }
        }
    }

    /// Counts what is at the place of a store now.
    fn compare(&mut self, index: usize, sums: &[Sums]) -> Result<String> {
        let target = &mut self.restorer.targets[index];
        let facts = &self.whole.catalogue.facts;
        let said = target.compare(facts, sums[target.index])?;
        // An engine counts what is in it, and a store of files all of it.
        let own = |fact: &&FactRow| fact.0 == target.name && (fact.1 == ALL) == target.sink.is_none();
        let facts = facts.iter().filter(own).count() as u64;
        self.report.body.compared.push(Compared { store: target.name.clone(), facts });
        Ok(said)
    }
}
