//! Freezes services for a moment, so that all stores are taken while nothing changes, and thaws them again.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::command;
use super::platform::{Freeze, Service};
use crate::error::{Error, ErrorKind, Result, escape};

/// How long freezing or thawing may take.
const LIMIT: Duration = Duration::from_secs(10);

/// How often the processes of a service are looked for, as it may have started more meanwhile.
const ROUNDS: usize = 5;

/// How a service is frozen, with all that is needed to thaw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub(in crate::snapshot) enum Freezer {
    /// Commands, such as those of systemd or docker.
    Commands { freeze: Vec<String>, thaw: Vec<String> },
    /// Signals to processes.
    Signals { pids: BTreeSet<i32> },
}

/// A service that is frozen, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct Frozen {
    /// The service.
    pub(in crate::snapshot) name: String,
    /// How.
    pub(in crate::snapshot) freezer: Freezer,
}

impl Frozen {
    /// Freezes the service, or what of it is still to be frozen.
    ///
    /// # Errors
    /// `Database`, the kind of an engine that refuses.
    pub(in crate::snapshot) fn freeze(&self) -> Result<()> {
        match &self.freezer {
            Freezer::Commands { freeze, .. } => self.ran(freeze, "freeze"),
            Freezer::Signals { pids } => self.signal(pids, Signal::STOP, "freeze"),
        }
    }

    /// Thaws the service. Doing it again does no harm.
    ///
    /// # Errors
    /// `Service` with what to do.
    pub(in crate::snapshot) fn thaw(&self) -> Result<()> {
        let (outcome, by_hand) = match &self.freezer {
            Freezer::Commands { thaw, .. } => (self.ran(thaw, "thaw"), thaw.join(" ")),
            Freezer::Signals { pids } => {
                let numbers: Vec<String> = pids.iter().map(i32::to_string).collect();
                (self.signal(pids, Signal::CONT, "thaw"), format!("kill -CONT {}", numbers.join(" ")))
            }
        };
        outcome.map_err(|error| {
            Error::new(ErrorKind::Service, error.what().to_owned())
                .hint(format!("Act now. Thaw it: {}", escape::line(&by_hand)))
        })
    }

    fn ran(&self, words: &[String], what: &str) -> Result<()> {
        let ended = command::run(words, LIMIT)?;
        if ended.status == Some(0) { Ok(()) } else { Err(self.fault(what, &ended.described())) }
    }

    fn signal(&self, pids: &BTreeSet<i32>, signal: Signal, what: &str) -> Result<()> {
        for pid in pids.iter().filter_map(|pid| Pid::from_raw(*pid)) {
            match kill_process(pid, signal) {
                // It has ended meanwhile.
                Ok(()) | Err(Errno::SRCH) => {}
                Err(error) => return Err(self.fault(what, &error.to_string())),
            }
        }
        Ok(())
    }

    fn fault(&self, what: &str, why: &str) -> Error {
        Error::database(format!("the service {} did not {what}: {why}", escape::line(&self.name)))
    }
}

/// Freezes a service by way of `order`, which notes it, freezes it and returns once it stands still.
///
/// # Errors
/// `Check` if it cannot be frozen, or is not running; those of `order`.
pub(in crate::snapshot) fn freeze(service: &Service, order: &mut dyn FnMut(&Frozen) -> Result<()>) -> Result<String> {
    let frozen = |freezer| Frozen { name: service.name.clone(), freezer };
    match &service.freeze {
        Freeze::Never => Err(Error::internal("a service that cannot be frozen")),
        Freeze::Commands { freeze, thaw } => {
            order(&frozen(Freezer::Commands { freeze: freeze.clone(), thaw: thaw.clone() }))?;
            Ok("frozen".to_owned())
        }
        Freeze::Signals { pids } => {
            let mut known = BTreeSet::new();
            for _ in 0..ROUNDS {
                let found = processes(service, pids)?;
                if found.is_subset(&known) {
                    return Ok(format!("frozen: {} processes", known.len()));
                }
                known.extend(found);
                order(&frozen(Freezer::Signals { pids: known.clone() }))?;
            }
            Err(refused(service, "it starts processes faster than they can be frozen"))
        }
    }
}

/// Returns the processes of a service: those that its command prints, and all that descend from them.
fn processes(service: &Service, words: &[String]) -> Result<BTreeSet<i32>> {
    let ended = command::run(words, LIMIT)?;
    let named: Option<BTreeSet<i32>> = ended.output.split_whitespace().map(|word| word.parse().ok()).collect();
    let Some(mut found) = named.filter(|named| ended.status == Some(0) && !named.is_empty()) else {
        let why = if ended.status == Some(0) { "`pids` printed no process ids".to_owned() } else { ended.described() };
        return Err(refused(service, &why));
    };
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    if found.iter().any(|pid| *pid <= 1 || *pid == own) {
        return Err(refused(service, "`pids` printed a process that must not be frozen"));
    }
    let mut open: Vec<i32> = found.iter().copied().collect();
    while let Some(pid) = open.pop() {
        for child in children(pid) {
            if child != own && found.insert(child) {
                open.push(child);
            }
        }
    }
    Ok(found)
}

/// Returns the children of a process that has not ended.
fn children(pid: i32) -> Vec<i32> {
    let tasks = std::fs::read_dir(Path::new("/proc").join(pid.to_string()).join("task"));
    let of_task = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
    let texts = tasks.into_iter().flatten().flatten().map(of_task);
    texts.flat_map(|text| text.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<i32>>()).collect()
}

fn refused(service: &Service, why: &str) -> Error {
    Error::new(ErrorKind::Check, format!("the service {} cannot be frozen: {why}", escape::line(&service.name)))
        .hint("Choose another class with --mode, or describe how it is frozen in the platform file.")
}
