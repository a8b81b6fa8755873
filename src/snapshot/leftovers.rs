//! What is left of services that were stopped: processes by their command lines, and files with the ids of dead ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use regex::Regex;
use rustix::process::{Pid, Signal, kill_process};

use super::platform::{Glob, Service};
use crate::error::{Error, ErrorKind, Result, escape};

/// How long a process may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it is looked whether processes have ended.
const TICK: Duration = Duration::from_millis(100);

/// The largest file that holds a process id.
const MAX_BYTES: u64 = 4096;

/// Returns whether something is to be looked for.
pub(in crate::snapshot) fn is_asked(service: &Service) -> bool {
    !service.leftovers.is_empty() || !service.pid_files.is_empty()
}

/// Looks for processes of a service that was stopped, and kills them if that is asked for. Files with the ids of processes that
/// are dead get other names. Returns what was found, and what a person should know.
///
/// # Errors
/// `Check` for processes that are left; `File`.
pub(in crate::snapshot) fn look(service: &Service, kill: bool, id: &str) -> Result<(String, Option<String>)> {
    let mut said = Vec::new();
    let name = escape::line(&service.name).into_owned();
    let found = processes(&service.leftovers)?;
    if !found.is_empty() {
        if !kill {
            let what = format!("processes of the service {name} are left: {}", shown(&found));
            let hint = "Nothing was changed. End them, or let --kill-leftovers do that.";
            return Err(Error::new(ErrorKind::Check, what).hint(hint));
        }
        said.push(format!("killed {}", shown(&found)));
        end(&name, &service.leftovers)?;
    }
    let mut living = Vec::new();
    for path in service.pid_files.iter().flat_map(files) {
        match dead(&path) {
            Some(true) => {
                let mut aside = path.clone().into_os_string();
                aside.push(format!(".dead-{}", &id[..id.len().min(8)]));
                fs::rename(&path, &aside).map_err(|error| {
                    Error::file(&path, "a file with the id of a dead process cannot be renamed", error)
                })?;
                said.push(format!("{} is now {}", path.display(), Path::new(&aside).display()));
            }
            Some(false) => living.push(path.display().to_string()),
            None => {}
        }
    }
    let warning = format!("files with the ids of living processes are left alone: {}", living.join(", "));
    let said = if said.is_empty() { "nothing".to_owned() } else { said.join("; ") };
    Ok((said, (!living.is_empty()).then_some(warning)))
}

fn shown(found: &[(i32, String)]) -> String {
    found.iter().map(|(pid, name)| format!("{pid} ({name})")).collect::<Vec<_>>().join(", ")
}

/// Returns the processes whose command lines match, by their short names: command lines may hold passwords. This process and
/// those that it descends from are none, or it would find itself.
fn processes(patterns: &[String]) -> Result<Vec<(i32, String)>> {
    let compiled = patterns.iter().map(|text| Regex::new(text)).collect::<Result<Vec<_>, _>>();
    let patterns = compiled.map_err(|error| Error::internal("a pattern was not checked").because(error))?;
    if patterns.is_empty() {
        return Ok(Vec::new());
    }
    let own = ancestors();
    let entries =
        fs::read_dir("/proc").map_err(|error| Error::file("/proc", "the processes cannot be listed", error))?;
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_string_lossy().parse::<i32>().ok());
    let mut found = Vec::new();
    for pid in pids.filter(|pid| !own.contains(pid)) {
        let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else { continue };
        let words: Vec<_> = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        let line = words.join(" ").trim_end().to_owned();
        if !line.is_empty() && patterns.iter().any(|pattern| pattern.is_match(&line)) {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            found.push((pid, escape::line(name.trim_end()).into_owned()));
        }
    }
    found.sort();
    Ok(found)
}

/// Returns this process and those that it descends from.
fn ancestors() -> Vec<i32> {
    let mut all = vec![i32::try_from(std::process::id()).unwrap_or_default()];
    while let Some(pid) = all.last() {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        match parent.and_then(|parent| parent.trim().parse().ok()) {
            Some(parent @ 1..) if !all.contains(&parent) => all.push(parent),
            _ => break,
        }
    }
    all
}

/// Ends the processes that match: they are asked to, and killed if they do not.
fn end(name: &str, patterns: &[String]) -> Result<()> {
    for signal in [Signal::TERM, Signal::KILL] {
        for (pid, _) in processes(patterns)? {
            // One that has ended meanwhile is as it should be; one that cannot be ended is seen below.
            let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, signal));
        }
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if processes(patterns)?.is_empty() {
                return Ok(());
            }
            std::thread::sleep(TICK);
        }
    }
    let what = format!("processes of the service {name} cannot be ended: {}", shown(&processes(patterns)?));
    Err(Error::new(ErrorKind::Check, what).hint("Run it as root, or end them by hand."))
}

/// Returns the files that a pattern takes.
fn files(glob: &Glob) -> Vec<PathBuf> {
    let mut open = vec![glob.base().to_owned()];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        let Ok(metadata) = path.symlink_metadata() else { continue };
        if metadata.is_dir() {
            open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else if metadata.is_file() && metadata.len() <= MAX_BYTES && glob.takes(&path) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns whether the process of a file is dead, or `None` if the file holds no process id.
fn dead(path: &Path) -> Option<bool> {
    let text = fs::read_to_string(path).ok()?;
    let pid: i32 = text.split_whitespace().next()?.parse().ok()?;
    (pid > 0).then(|| !Path::new("/proc").join(pid.to_string()).exists())
}
