//! Goes on with a snapshot that was killed or has failed, if the instants of its stores can still be had.
//!
//! Either the fence still holds: the services that were stopped stand still, so the instants are taken again, and nothing is
//! stopped twice. Or it was lifted, and the stores whose engines keep their instants ([`Instant`]) are packed again from these;
//! where a store's instant is gone, so is the recovery point, and the snapshot is refused. Only in the class `ordered`, whose
//! stores have instants of their own anyway, such a store is taken anew.
//!
//! A snapshot that fails because a disk is full or an engine is gone has started its services again, and keeps the instants if
//! all of the recovery point can be made of them later. The same snapshot made anew gives them up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::fence;
use super::instant::Instant;
use super::journal::{Begun, Journal, State};
use super::plan::{Plan, Step};
use super::platform::{Service, When};
use super::point::Class;
use super::recover::{put_back, remove_incomplete};
use super::request::CreateRequest;
use super::store::contract::Taken;
use super::store::undo;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::event::Progress;

/// What an earlier run has left of use.
#[derive(Default)]
pub(in crate::snapshot) struct Recalled {
    /// The steps that are still to be carried out.
    pub(in crate::snapshot) steps: Vec<Step>,
    /// The instants of stores, by their index.
    pub(in crate::snapshot) instants: BTreeMap<usize, (Instant, Taken)>,
    /// What of the earlier run was of use, a sentence each.
    pub(in crate::snapshot) continued: Vec<String>,
    /// What of an earlier run was given up.
    pub(in crate::snapshot) given_up: Option<String>,
}

/// Returns the journal of the snapshot that begins, with this id, or of the one that goes on, and what is to be done.
///
/// # Errors
/// `Locked` while an earlier run is not put back; those of [`journal`] and [`recall`].
pub(in crate::snapshot) fn begin(
    state: &State,
    id: &str,
    request: &CreateRequest,
    plan: &mut Plan,
    started_at: &str,
) -> Result<(Journal, Recalled)> {
    if let Some(id) = &request.resume {
        let mut journal = journal(state, id, request, plan.class)?;
        let begun = journal.begun.clone().unwrap_or_default();
        let recalled = recall(plan, &mut journal, &begun, request)?;
        return Ok((journal, recalled));
    }
    let options = options(request, plan.class)?;
    let given_up = give_up(state, request, &options)?;
    state.require_clean()?;
    let begun = Begun {
        command: format!("{} --resume {id}", request.command),
        started_at: started_at.to_owned(),
        options,
        ..Begun::default()
    };
    let journal = Journal { id: id.to_owned(), action: "create".to_owned(), begun: Some(begun), ..Journal::default() };
    Ok((journal, Recalled { steps: plan.steps.clone(), given_up, ..Recalled::default() }))
}

/// Removes what an earlier run of the same snapshot has kept when it failed, and says so: whoever makes it anew does not go on
/// with it, and a snapshot that is made every night must not wait for a person.
fn give_up(state: &State, request: &CreateRequest, options: &Value) -> Result<Option<String>> {
    let same = |begun: &Begun| begun.failed && begun.options == *options;
    let failed = |journal: &Journal| journal.begun.as_ref().is_some_and(same) && journal.stopped.is_empty();
    let Some(journal) = state.found()?.filter(failed) else { return Ok(None) };
    put_back(&journal, request.selection.credentials.path().or(journal.credentials.as_deref()), &Progress::silent())?;
    state.clear()?;
    Ok(Some(format!("what the snapshot {} had kept to go on with was removed", escape::line(&journal.id))))
}

/// Returns the stores whose instants a snapshot keeps that has failed at a step: none if its recovery point is lost anyway.
pub(in crate::snapshot) fn outlasting(plan: &Plan, journal: &Journal, step: Step, error: &Error) -> Vec<String> {
    let is_store = matches!(step, Step::Probe(_) | Step::Take(_) | Step::Read(_) | Step::Finish);
    if !is_store || !matches!(error.kind(), ErrorKind::File | ErrorKind::Database) {
        return Vec::new();
    }
    // What an engine has kept and cannot be read is of no use later either.
    let unread = |index| step == Step::Read(index) && error.kind() == ErrorKind::Database;
    let instants = || journal.begun.iter().flat_map(|begun| &begun.instants);
    let known = |name: &String| instants().any(|(known, _)| known == name);
    let names =
        plan.stores.iter().enumerate().filter(|(index, _)| !unread(*index)).map(|(_, store)| store.name.clone());
    let kept: Vec<String> = names.filter(known).collect();
    if plan.class == Class::Ordered || kept.len() == plan.stores.len() { kept } else { Vec::new() }
}

/// Forgets the instant of a store that its engine no longer keeps.
pub(in crate::snapshot) fn forget(journal: &mut Journal, store: &str) {
    let Some(begun) = &mut journal.begun else { return };
    // A file that nobody can remove now says nothing to anyone.
    let own = begun.instants.extract_if(.., |(known, _)| known == store);
    own.for_each(|(_, file)| drop(std::fs::remove_file(file)));
}

/// Notes that a snapshot has failed and keeps instants, and returns the command that goes on with it.
///
/// # Errors
/// `File`.
pub(in crate::snapshot) fn keep(journal: &mut Journal, state: &State) -> Result<String> {
    let begun = journal.begun.get_or_insert_default();
    // What can only be taken while services stand still is gone.
    (begun.failed, begun.lifted) = (true, true);
    let command = begun.command.clone();
    state.write(journal)?;
    Ok(command)
}

/// Returns what a person has to know about a snapshot that has kept instants.
pub(in crate::snapshot) fn kept(plan: &Plan, kept: &[String]) -> String {
    let others =
        plan.stores.iter().map(|store| store.name.as_str()).filter(|name| kept.iter().all(|kept| kept != name));
    let others: Vec<&str> = others.collect();
    let anew = if others.is_empty() { String::new() } else { format!("; {} will be taken anew", others.join(", ")) };
    format!(
        "the instants of {} are kept until the snapshot goes on{anew}; `gapsync snapshot recover` removes them, and so does the \
         same snapshot made anew",
        kept.join(", ")
    )
}

/// Returns the options that must be the same when a snapshot goes on.
pub(in crate::snapshot) fn options(request: &CreateRequest, class: Class) -> Result<Value> {
    let all = request.options();
    let values = request.selection.digest_of_values()?;
    let digest = &request.selection.platform.digest;
    Ok(json!({
        "platform": all["platform"], "digest": digest, "only": all["only"], "without": all["without"], "base": all["base"], "mode": class.name(),
        "drop_queues": all["drop_queues"], "values": values,
    }))
}

/// Returns the journal of the snapshot that goes on.
///
/// # Errors
/// `Usage` if there is none of this id, or if it was asked for something else; `File`.
fn journal(state: &State, id: &str, request: &CreateRequest, class: Class) -> Result<Journal> {
    const RECOVER: &str = "Run `gapsync snapshot recover`, and then this command without --resume.";
    let found = state.found()?.filter(|journal| journal.action == "create");
    let Some(journal) = found.filter(|journal| journal.id == id) else {
        let what = format!("there is no snapshot {} to go on with", escape::line(id));
        return Err(
            Error::usage(what).hint("Leave out --resume: a snapshot that can go on is named by the error then.")
        );
    };
    let Some(begun) = &journal.begun else {
        return Err(Error::usage("the snapshot was begun by a version that cannot go on with it").hint(RECOVER));
    };
    if begun.options != options(request, class)? {
        return Err(Error::usage("the options or the platform file are not those of the snapshot that stopped")
            .hint(format!("Go on with it: {}; or run `gapsync snapshot recover`.", escape::line(&begun.command))));
    }
    if let Some(bundle) = journal.files.iter().map(|file| file.with_extension("")).find(|bundle| is_bundle(bundle)) {
        return Err(Error::usage("the bundle of the snapshot is complete")
            .at_path(bundle.display().to_string())
            .hint("Nothing is missing. Run `gapsync snapshot recover`, which starts services and removes what is left in engines."));
    }
    if request.drop_queues {
        return Err(Error::usage("a snapshot that drops the tasks of queues cannot go on").hint(RECOVER));
    }
    Ok(journal)
}

/// Returns whether a file has the name of a bundle and is there.
fn is_bundle(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension != "instant") && path.is_file()
}

/// Finds out what can be gone on with, and removes what cannot.
///
/// # Errors
/// `Usage` if the recovery point is lost, which changes nothing; those of the engines.
fn recall(plan: &mut Plan, journal: &mut Journal, begun: &Begun, request: &CreateRequest) -> Result<Recalled> {
    // Their guard has thawed them, unless it was killed as well.
    journal.frozen.iter().rev().try_for_each(|frozen| frozen.thaw())?;
    let lifted = begun.lifted || !journal.frozen.is_empty() || runs_again(plan, journal, begun)?;
    let mut recalled = Recalled::default();
    let nothing_taken = begun.instants.is_empty() && journal.left.is_empty();
    if !lifted && (plan.class == Class::Stopped || nothing_taken) {
        give_back(journal, request, |_| true)?;
        let once = |step: Step| match step {
            Step::Check(index) => plan.checks[index].when == When::Before,
            Step::Look(_) | Step::Stop(_) | Step::Drain(_) | Step::Leftovers(_) | Step::Settle(_) => true,
            _ => false,
        };
        let passed = |step: Step| once(step) && begun.passed.contains(&plan.described(step));
        recalled.steps = plan.steps.iter().copied().filter(|step| !passed(*step)).collect();
        if !journal.stopped.is_empty() {
            let names: Vec<&str> = journal.stopped.iter().map(|stopped| stopped.name.as_str()).collect();
            let what = format!("nothing is stopped twice: {} stood still since", escape::line(&names.join(", ")));
            recalled.continued.push(what);
        }
        if plan.class == Class::Ordered {
            recalled.continued.extend(plan.stores.iter().map(|store| anew(&store.name)));
        }
        return Ok(recalled);
    }
    let mut lost = Vec::new();
    for (index, store) in plan.stores.iter().enumerate() {
        let file = begun.instants.iter().find(|(known, _)| *known == store.name).map(|(_, file)| file);
        let found = file.map(|file| Instant::recall(file, &mut *plan.sources[index])).transpose()?.flatten();
        match found {
            Some(found) => {
                recalled.continued.push(format!("{}: the instant is that of {}", store.name, found.0.time));
                recalled.instants.insert(index, found);
            }
            None => lost.push(store.name.clone()),
        }
    }
    if plan.class != Class::Ordered && !lost.is_empty() {
        return Err(gone(plan, &lost, begun));
    }
    recalled.continued.extend(lost.iter().map(|name| anew(name)));
    give_back(journal, request, |store| lost.iter().any(|name| name == store))?;
    let instants = &recalled.instants;
    let is_left = |step: &Step| match step {
        Step::Probe(index) => !instants.contains_key(index),
        Step::Check(index) => plan.checks[*index].when == When::After,
        Step::Take(_) | Step::Read(_) | Step::Release(_) | Step::Start(_) | Step::Finish => true,
        _ => false,
    };
    recalled.steps = plan.steps.iter().copied().filter(is_left).collect();
    Ok(recalled)
}

fn anew(store: &str) -> String {
    format!("{store}: is taken anew, as nothing keeps its earlier instant")
}

/// Returns whether a service that was stopped runs again. One that was only about to be stopped may run.
fn runs_again(plan: &Plan, journal: &Journal, begun: &Begun) -> Result<bool> {
    for stopped in &journal.stopped {
        let of = |service: &Service| service.name == stopped.name;
        let step = plan.services.iter().position(of).map(|index| plan.described(Step::Stop(index)));
        let service = stopped.service();
        let was_stopped = step.is_some_and(|step| begun.passed.contains(&step));
        if was_stopped && !service.running.is_empty() && fence::is_running(&service)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the error for a recovery point that is lost.
fn gone(plan: &Plan, lost: &[String], begun: &Begun) -> Error {
    let fence = match plan.class {
        Class::Frozen => "the services were thawed",
        Class::Stopped | Class::Ordered => "the services run again",
    };
    let what =
        format!("the snapshot cannot go on: {fence}, and nothing keeps the instants of the stores {}", lost.join(", "));
    let command = begun.command.split(" --resume").next().unwrap_or_default();
    Error::usage(what).hint(format!(
        "Nothing was changed. Run `gapsync snapshot recover`, and make the snapshot anew: {}",
        escape::line(command)
    ))
}

/// Removes the incomplete bundle, and what the stores that are taken anew have in their engines.
fn give_back(journal: &mut Journal, request: &CreateRequest, anew: impl Fn(&str) -> bool) -> Result<()> {
    for (store, left) in journal.left.iter().rev().filter(|(store, _)| anew(store)) {
        undo(store, left, &request.selection.credentials)?;
    }
    journal.left.retain(|(store, _)| !anew(store));
    if let Some(begun) = &mut journal.begun {
        // What is known about them is written down anew.
        begun.instants.retain(|(store, _)| !anew(store));
    }
    let part = |file: &&PathBuf| file.extension().is_some_and(|extension| extension == "part");
    journal.files.iter().filter(part).for_each(|file| {
        remove_incomplete(file);
    });
    journal.files.retain(|file| !part(&file));
    Ok(())
}
