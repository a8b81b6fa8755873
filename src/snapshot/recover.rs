//! Puts back what a run that died has left: renames, services, incomplete files.

use std::fs;
use std::path::Path;

use super::credentials::Credentials;
use super::fence;
use super::journal::{Journal, State};
use super::store::files::staging;
use super::store::undo;
use crate::error::{Error, Result, escape};
use crate::event::Progress;
use crate::run::shell::shell_word;
use crate::stream::durable;

/// Puts back what a run that died has left, and says what was done. Doing it again does no harm. The credentials are those that
/// the run was given, unless others are named.
///
/// # Errors
/// `Locked` while a run is in progress; `Service` if a service does not start, after everything else was done; `File`.
pub fn recover(credentials: Option<&Path>, progress: &Progress) -> Result<Vec<String>> {
    let state = State::lock()?;
    let Some(journal) = state.found()? else { return Ok(Vec::new()) };
    let done = put_back(&journal, credentials.or(journal.credentials.as_deref()), progress)?;
    state.clear()?;
    Ok(done)
}

/// Puts back what a journal says. The folders first, so that no service starts on half of them.
///
/// # Errors
/// Those of [`recover`].
pub(in crate::snapshot) fn put_back(
    journal: &Journal,
    credentials: Option<&Path>,
    progress: &Progress,
) -> Result<Vec<String>> {
    let mut done = Vec::new();
    let mut first = None;
    // Users wait. The guard has thawed them, unless it was killed as well.
    for frozen in journal.frozen.iter().rev() {
        match frozen.thaw() {
            Ok(()) => done.push(format!("thawed {}", frozen.name)),
            Err(error) => first = first.or(Some(error)),
        }
    }
    if !journal.published {
        done.extend(undo_moves(journal)?);
        for flag in &journal.flags {
            flag.take_out()?;
        }
    }
    // A failed restore leaves services stopped, unless nothing of it is left.
    for stopped in journal.stopped.iter().rev() {
        let service = stopped.service();
        let mut flags = journal.flags.iter().filter(|flag| journal.published && flag.service == service.name);
        if !service.running.is_empty() && fence::is_running(&service).unwrap_or(false) {
            done.push(format!("{} runs", stopped.name));
            continue;
        }
        if journal.published && !journal.undone.is_empty() {
            let start: Vec<String> = service.start.iter().map(|word| shell_word(word)).collect();
            let steps = journal.undone.join("; ");
            done.push(format!("left {} stopped: run {steps}; then start it: {}", stopped.name, start.join(" ")));
            continue;
        }
        progress.note(format!("starting {}", escape::line(&stopped.name)));
        // What it derives from the stores that were restored is of before.
        if let Err(error) = flags.try_for_each(|flag| flag.take_out().and_then(|_| flag.put())) {
            first = first.or(Some(error));
            continue;
        }
        match fence::start(&service) {
            Ok(()) => done.push(format!("started {}", stopped.name)),
            Err(error) => first = first.or(Some(error)),
        }
    }
    for flag in &journal.flags {
        match flag.take_out() {
            Ok(true) => done.push(format!("took out {}", flag.shown())),
            Ok(false) => {}
            Err(error) => first = first.or(Some(error)),
        }
    }
    if !journal.left.is_empty() {
        let credentials = Credentials::read(credentials)?;
        for (store, left) in journal.left.iter().rev() {
            match undo(store, left, &credentials) {
                Ok(said) => done.push(said),
                Err(error) => first = first.or(Some(error)),
            }
        }
    }
    for folder in &journal.staging {
        if folder.symlink_metadata().is_ok() {
            staging::remove(folder);
            done.push(format!("removed {}", folder.display()));
        }
    }
    for file in &journal.files {
        if remove_incomplete(file) {
            done.push(format!("removed {}", file.display()));
        }
    }
    first.map_or(Ok(done), Err)
}

/// Removes a file that is incomplete, and returns whether it was there.
pub(in crate::snapshot) fn remove_incomplete(file: &Path) -> bool {
    let removed = fs::remove_file(file).is_ok();
    // The digest is written before the bundle has its name.
    let bundle = file.with_extension("");
    if bundle.symlink_metadata().is_err() {
        let mut digest = bundle.into_os_string();
        digest.push(".sha256");
        let _ = fs::remove_file(digest);
    }
    removed
}

/// Takes back the renames of a journal, the last one first. One that did not happen is left alone.
///
/// # Errors
/// `File`.
pub(in crate::snapshot) fn undo_moves(journal: &Journal) -> Result<Vec<String>> {
    let mut done = Vec::new();
    for step in journal.moves.iter().rev() {
        let there = |path: &Path| path.symlink_metadata().is_ok();
        if there(&step.to) && !there(&step.from) {
            fs::rename(&step.to, &step.from)
                .and_then(|()| durable::sync_folder(step.from.parent().unwrap_or(Path::new("/"))))
                .map_err(|error| Error::file(&step.to, "a folder cannot be given its former name", error))?;
            done.push(format!("{} is {} again", step.to.display(), step.from.display()));
        }
    }
    Ok(done)
}
