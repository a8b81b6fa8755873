//! The plan: steps as data. A dry run shows them, a run carries out the very same.

use std::path::Path;

use super::base::Base;
use super::leftovers;
use super::platform::{Check, Content, Freeze, Queue, Rebuild, Service, Store, When};
use super::point::Class;
use super::request::CreateRequest;
use super::store::contract::Source;
use super::store::source;
use crate::error::{Error, Result};
use crate::run::shell::shell_word;

/// A step of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::snapshot) enum Step {
    /// Make the check of this index.
    Check(usize),
    /// Stop the service of this index.
    Stop(usize),
    /// Look whether something of the service of this index is left.
    Leftovers(usize),
    /// Look into the queue of this index.
    Look(usize),
    /// Wait until the queue of this index is empty.
    Drain(usize),
    /// Look into the queue of this index once all services are stopped.
    Settle(usize),
    /// Delete the tasks that were left in the queue of this index.
    Drop(usize),
    /// Ask whether the store of this index can be saved.
    Probe(usize),
    /// Freeze the service of this index.
    Freeze(usize),
    /// Thaw all services.
    Thaw,
    /// Take the instant of the store of this index.
    Take(usize),
    /// Read the store of this index into the bundle.
    Read(usize),
    /// Remove from the engine what the instant of the store of this index has left there.
    Release(usize),
    /// Start the service of this index, if it was stopped.
    Start(usize),
    /// Write the catalogue, and give the bundle its name.
    Finish,
}

/// The plan of a snapshot.
pub(in crate::snapshot) struct Plan {
    pub(in crate::snapshot) class: Class,
    pub(in crate::snapshot) services: Vec<Service>,
    pub(in crate::snapshot) checks: Vec<Check>,
    pub(in crate::snapshot) queues: Vec<Queue>,
    /// The stores; last the queues whose tasks are dropped.
    pub(in crate::snapshot) stores: Vec<Store>,
    /// The ways out of the stores.
    pub(in crate::snapshot) sources: Vec<Box<dyn Source>>,
    /// Stores of the platform that are not taken.
    pub(in crate::snapshot) left_out: Vec<String>,
    pub(in crate::snapshot) steps: Vec<Step>,
    /// Where the bundle goes, for people.
    target: String,
}

impl Step {
    /// Returns the name of its kind.
    pub(in crate::snapshot) fn name(self) -> &'static str {
        match self {
            Self::Check(_) => "check",
            Self::Stop(_) | Self::Leftovers(_) => "stop",
            Self::Look(_) | Self::Drain(_) | Self::Settle(_) => "queue",
            Self::Drop(_) => "drop",
            Self::Freeze(_) => "freeze",
            Self::Thaw => "thaw",
            Self::Probe(_) => "probe",
            Self::Take(_) => "take",
            Self::Read(_) => "read",
            Self::Release(_) => "release",
            Self::Start(_) => "start",
            Self::Finish => "finish",
        }
    }
}

impl Plan {
    /// Makes the plan of a snapshot.
    ///
    /// # Errors
    /// `Usage` for a name or value that is not known.
    pub(in crate::snapshot) fn new(request: &CreateRequest, base: Option<&Base>) -> Result<Self> {
        let selection = &request.selection;
        selection.check_names()?;
        let values = selection.platform.values(&selection.values)?;
        let stores = selection.platform.stores(&values, |name| selection.takes(name))?;
        let (stores, rebuilt) = rebuilt(stores);
        if stores.is_empty() {
            return Err(Error::usage("the stores that were chosen are rebuilt: there is nothing to save"));
        }
        let mut stores = stores;
        let services = selection.platform.services(&values)?;
        let checks = selection.platform.checks(&values)?;
        let natural = if services.is_empty() { Class::Ordered } else { Class::Stopped };
        let class = request.class.unwrap_or(natural);
        let queues = selection.platform.queues(&values)?;
        if request.drop_queues {
            if class != Class::Stopped || queues.is_empty() {
                let what = "there is no queue that could be dropped";
                return Err(
                    Error::usage(what).hint("--drop-queues is for platforms with queues, with services stopped.")
                );
            }
            stores.extend(queues.iter().cloned().map(dropped));
        }
        let mut sources: Vec<_> =
            stores.iter().map(|store| source(store, &request.selection.credentials)).collect::<Result<_>>()?;
        for (store, source) in stores.iter().zip(&mut sources) {
            if let Some((kept, entries)) = base.and_then(|base| base.store(&store.name)) {
                source.since(kept, entries);
            }
        }
        if class == Class::Frozen && services.iter().all(|service| service.freeze == Freeze::Never) {
            return Err(Error::usage("the platform has no service that can be frozen")
                .hint("Say how in the platform file, or choose --mode stopped or ordered."));
        }
        let steps = steps(class, (&services, &checks, &queues), &sources, request.drop_queues);
        let names = selection.platform.store_names();
        let is_left = |name: &&str| !selection.takes(name) || rebuilt.iter().any(|(store, _)| store == name);
        let left_out = names.into_iter().filter(is_left).map(str::to_owned).collect();
        let target = request.target.as_deref().unwrap_or(Path::new("-")).display().to_string();
        Ok(Self { class, services, checks, queues, stores, sources, left_out, steps, target })
    }

    /// Returns what a step does, in words.
    pub(in crate::snapshot) fn described(&self, step: Step) -> String {
        match step {
            Step::Check(index) => {
                let check = &self.checks[index];
                format!("check {} {}: {}", check.when.name(), check.name, check.ask.shown())
            }
            Step::Stop(index) => {
                let service = &self.services[index];
                format!("stop {}: {}", service.name, command(&service.stop))
            }
            Step::Leftovers(index) => format!("look for what is left of {}", self.services[index].name),
            Step::Freeze(index) => {
                let service = &self.services[index];
                let how = match &service.freeze {
                    Freeze::Never => String::new(),
                    Freeze::Commands { freeze, .. } => command(freeze),
                    Freeze::Signals { pids } => format!("signals to {}", command(pids)),
                };
                format!("freeze {}: {how}", service.name)
            }
            Step::Look(index) => {
                format!("look into the queue {}: {}", self.queues[index].name, self.queues[index].place())
            }
            Step::Drain(index) => {
                let Queue { name, drain_timeout, .. } = &self.queues[index];
                format!("wait until the queue {name} is empty, at most {} s", drain_timeout.as_secs())
            }
            Step::Settle(index) => format!("look into the queue {} a last time", self.queues[index].name),
            Step::Drop(index) => format!("delete what was left in the queue {}", self.queues[index].name),
            Step::Thaw => "thaw".to_owned(),
            Step::Probe(index) => format!("probe {}: {}", self.stores[index].name, self.sources[index].root()),
            Step::Take(index) => format!("take {}: {}", self.stores[index].name, self.sources[index].plan()),
            Step::Read(index) => format!("read {}", self.stores[index].name),
            Step::Release(index) => format!("release {}", self.stores[index].name),
            Step::Start(index) => {
                let service = &self.services[index];
                format!("start {}: {}", service.name, command(&service.start))
            }
            Step::Finish => format!("finish the bundle in {}", self.target),
        }
    }
}

/// Takes out the stores that are not saved, as the platform rebuilds them: their names and how.
pub(in crate::snapshot) fn rebuilt(stores: Vec<Store>) -> (Vec<Store>, Vec<(String, Rebuild)>) {
    let mut rebuilt = Vec::new();
    let mut saved = Vec::new();
    for store in stores {
        match store.content {
            Content::Rebuild(rebuild) => rebuilt.push((store.name, rebuild)),
            _ => saved.push(store),
        }
    }
    (saved, rebuilt)
}

/// Returns the store of what was left in a queue.
fn dropped(queue: Queue) -> Store {
    Store {
        name: queue.name.clone(),
        kind: "redis".to_owned(),
        content: Content::Queue(queue),
        secret: true,
        aside: true,
        append_only: false,
    }
}

fn steps(
    class: Class,
    (services, checks, queues): (&[Service], &[Check], &[Queue]),
    sources: &[Box<dyn Source>],
    drop_queues: bool,
) -> Vec<Step> {
    let (stopped, frozen) = (class == Class::Stopped, class == Class::Frozen);
    let made = |when: When| {
        checks.iter().enumerate().filter(move |(_, check)| check.when == when).map(|(index, _)| Step::Check(index))
    };
    let engines = || (0..sources.len()).filter(|index| sources[*index].is_engine());
    let read = |survives: bool| (0..sources.len()).filter(move |index| sources[*index].survives() == survives);
    let mut steps: Vec<Step> = made(When::Before).collect();
    steps.extend(engines().map(Step::Probe));
    steps.extend((0..queues.len()).map(Step::Look));
    if stopped {
        let drained = |after: Option<&str>| {
            let own = move |(_, queue): &(usize, &Queue)| queue.after.as_deref() == after;
            queues.iter().enumerate().filter(own).map(|(index, _)| Step::Drain(index)).collect::<Vec<_>>()
        };
        for (index, service) in services.iter().enumerate() {
            steps.push(Step::Stop(index));
            // Its tasks are done by services that are stopped later.
            steps.extend(drained(Some(&service.name)));
        }
        steps.extend(drained(None));
        steps.extend((0..services.len()).filter(|index| leftovers::is_asked(&services[*index])).map(Step::Leftovers));
        steps.extend((0..queues.len()).map(Step::Settle));
    }
    if frozen {
        let freezes =
            |(index, service): (usize, &Service)| (service.freeze != Freeze::Never).then_some(Step::Freeze(index));
        steps.extend(services.iter().enumerate().filter_map(freezes));
    }
    if stopped || frozen {
        steps.extend(made(When::Fenced));
    }
    steps.extend((0..sources.len()).map(Step::Take));
    if frozen {
        steps.push(Step::Thaw);
    }
    // What would change under the hands of the platform is read while it stands still.
    steps.extend(read(false).map(Step::Read));
    if stopped {
        steps.extend((0..services.len()).rev().map(Step::Start));
    }
    steps.extend(read(true).map(Step::Read));
    steps.extend(engines().map(Step::Release));
    steps.extend(made(When::After));
    steps.push(Step::Finish);
    if drop_queues {
        steps.extend((0..queues.len()).map(Step::Drop));
    }
    steps
}

fn command(words: &[String]) -> String {
    words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}
