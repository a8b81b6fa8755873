//! Checks, and services that are stopped and started.

use std::time::{Duration, Instant};

use regex::Regex;

use super::command::{self, Ended};
use super::http::{self, Got};
use super::journal::Stopped;
use super::platform::{Answer, Ask, Check, Expect, Service};
use crate::error::{Error, ErrorKind, Result, escape};
use crate::run::shell::shell_word;

/// How much of a line is shown.
const MAX_SHOWN: usize = 200;

/// How often it is looked whether a service works.
const TICK: Duration = Duration::from_millis(200);

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::snapshot) enum Verdict {
    /// All is as expected.
    Passed,
    /// It passed, but somebody should know why not better.
    Warned(String),
    /// Why it failed.
    Failed(String),
}

/// Makes a check.
///
/// # Errors
/// `File` if its program cannot be started; `Usage` if its address cannot be read.
pub(in crate::snapshot) fn check(check: &Check) -> Result<Verdict> {
    match &check.ask {
        Ask::Command { run, expect } => {
            let failure = of_command(run, expect, check.timeout)?;
            Ok(failure.map_or(Verdict::Passed, Verdict::Failed))
        }
        Ask::Http { url, expect } => Ok(match http::get(url, check.timeout)? {
            Ok(got) => of_answer(&got, expect),
            Err(why) => Verdict::Failed(why),
        }),
    }
}

/// Returns what an answer says about a check.
fn of_answer(got: &Got, expect: &Answer) -> Verdict {
    if !(200..300).contains(&got.status) {
        return Verdict::Failed(format!("the answer has status {}", got.status));
    }
    let Some(pointer) = &expect.json else { return Verdict::Passed };
    let found = serde_json::from_slice::<serde_json::Value>(&got.body).ok();
    let value = match found.as_ref().and_then(|json| json.pointer(pointer)) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_))) => value.to_string(),
        _ => return Verdict::Failed(format!("the answer has no value at {pointer}")),
    };
    if expect.warn.contains(&value) {
        return Verdict::Warned(format!("{pointer} is {value}"));
    }
    if expect.one_of.is_empty() || expect.one_of.contains(&value) {
        return Verdict::Passed;
    }
    Verdict::Failed(format!("{pointer} is none of {}", expect.one_of.join(", ")))
}

/// Runs the command of a check. Returns why it failed, or `None` if all is as expected.
fn of_command(run: &[String], expect: &Expect, limit: Duration) -> Result<Option<String>> {
    let ended = command::run(run, limit)?;
    if ended.status != Some(expect.status) {
        return Ok(Some(ended.described()));
    }
    if let Some(output) = &expect.output
        && !output.is_match(&ended.output)
    {
        return Ok(Some("its output is not as expected".to_owned()));
    }
    if let Some((every, is)) = &expect.lines {
        let lines: Vec<&str> = ended.output.lines().filter(|line| every.is_match(line)).collect();
        if lines.is_empty() {
            return Ok(Some("its output has no line of those that it looks at".to_owned()));
        }
        if let Some(line) = lines.iter().find(|line| !is.is_match(line)) {
            let shown: String = line.chars().take(MAX_SHOWN).collect();
            return Ok(Some(format!("a line of its output is not as expected: {}", escape::line(&shown))));
        }
    }
    Ok(None)
}

/// Returns whether a service runs; one that cannot be asked does.
///
/// # Errors
/// `Check` if that cannot be told; `File` if the program cannot be started.
pub(in crate::snapshot) fn is_running(service: &Service) -> Result<bool> {
    Ok(!found(service)?.is_empty())
}

/// Returns what of a service runs: the service itself, or each unit of a pattern; nothing if it does not run.
///
/// # Errors
/// As [`is_running`].
pub(in crate::snapshot) fn found(service: &Service) -> Result<Vec<Service>> {
    if let Some(unit) = &service.unit {
        return Ok(units(service, unit)?.into_iter().map(|unit| of_unit(service, unit)).collect());
    }
    let runs = service.running.is_empty() || prints(service)?;
    Ok(runs.then(|| service.clone()).into_iter().collect())
}

/// Returns whether the command of a service says that it runs.
fn prints(service: &Service) -> Result<bool> {
    let ended = command::run(&service.running, service.timeout)?;
    let Some(expected) = &service.running_prints else { return Ok(ended.status == Some(0)) };
    if ended.status != Some(0) {
        return Err(unknown(service, &ended.described()));
    }
    let expected = Regex::new(expected).map_err(|error| Error::internal("a pattern was not checked").because(error))?;
    Ok(expected.is_match(&ended.output))
}

/// Returns the units that a name or pattern stands for and that run, in order.
fn units(service: &Service, unit: &str) -> Result<Vec<String>> {
    let words = ["systemctl", "show", "--property=Id,LoadState,ActiveState", "--", unit].map(str::to_owned);
    let ended = command::run(&words, service.timeout)?;
    if ended.status != Some(0) {
        return Err(unknown(service, &ended.described()));
    }
    let mut running = Vec::new();
    for block in ended.output.split("\n\n") {
        let value = |name: &str| {
            let mut values = block.lines().filter_map(|line| line.split_once('='));
            values.find(|(known, _)| *known == name).map(|(_, value)| value)
        };
        let (Some(id), Some(state)) = (value("Id"), value("ActiveState")) else { continue };
        if !matches!(state, "inactive" | "failed") {
            running.push(id.to_owned());
        } else if value("LoadState") == Some("not-found") && !unit.contains(['*', '?', '[']) {
            return Err(unknown(service, "systemd has no unit of this name"));
        }
    }
    running.sort();
    Ok(running)
}

/// Returns a service for one unit of those that it stands for.
fn of_unit(service: &Service, unit: String) -> Service {
    let mut one = service.clone();
    for words in [&mut one.stop, &mut one.start, &mut one.running] {
        if let Some(last) = words.last_mut() {
            last.clone_from(&unit);
        }
    }
    one.unit = Some(unit);
    one
}

fn unknown(service: &Service, why: &str) -> Error {
    Error::new(ErrorKind::Check, format!("nobody can tell whether the service {} runs: {why}", label(service)))
        .hint("Put the platform file right, or run it where the service is.")
}

/// Returns the name of a service, with its unit if that is another name.
fn label(service: &Service) -> String {
    let unit = service.unit.as_ref().filter(|unit| unit.strip_suffix(".service") != Some(&service.name));
    let unit = unit.map(|unit| format!(" ({unit})")).unwrap_or_default();
    escape::line(&format!("{}{unit}", service.name)).into_owned()
}

/// Stops what of a service runs.
///
/// # Errors
/// `Database`, the kind of an engine that refuses, if something does not stop; `File`.
pub(in crate::snapshot) fn stop_all(found: &[Service]) -> Result<String> {
    found.iter().try_for_each(stop)?;
    let units: Vec<&str> = found.iter().filter_map(|service| service.unit.as_deref()).collect();
    Ok(if units.is_empty() { "stopped".to_owned() } else { format!("stopped {}", units.join(", ")) })
}

fn stop(service: &Service) -> Result<()> {
    let ended = command::run(&service.stop, service.timeout)?;
    if ended.status != Some(0) {
        return Err(refused(service, "stop", &ended.described()));
    }
    if !service.running.is_empty() && is_running(service)? {
        return Err(refused(service, "stop", "it still runs"));
    }
    Ok(())
}

fn refused(service: &Service, what: &str, why: &str) -> Error {
    Error::database(format!("the service {} did not {what}: {why}", label(service)))
}

/// Starts again what of a service was stopped, the last first, and strikes it out. One that does not start holds up none.
///
/// # Errors
/// `Service` with the command of the first that does not start; those of `write`.
pub(in crate::snapshot) fn start_again(
    stopped: &mut Vec<Stopped>,
    name: &str,
    write: &mut dyn FnMut(&[Stopped]) -> Result<()>,
) -> Result<String> {
    let (mut outcome, mut any) = (Ok(()), false);
    for at in (0..stopped.len()).rev() {
        if stopped[at].name != name {
            continue;
        }
        any = true;
        match start(&stopped[at].service()) {
            Ok(()) => {
                stopped.remove(at);
                write(stopped)?;
            }
            Err(error) => outcome = outcome.and(Err(error)),
        }
    }
    outcome.map(|()| if any { "runs" } else { "was not stopped" }.to_owned())
}

/// Starts a service, and waits until it works.
///
/// # Errors
/// `Service` with the command.
pub(in crate::snapshot) fn start(service: &Service) -> Result<()> {
    let words: Vec<String> = service.start.iter().map(|word| shell_word(word)).collect();
    let fault = |why: String| {
        let what = format!("the service {} could not be started again: {why}", label(service));
        Error::new(ErrorKind::Service, what).hint(format!("Act now. Start it: {}", escape::line(&words.join(" "))))
    };
    let ran = |words: &[String]| command::run(words, service.timeout);
    match ran(&service.start) {
        Ok(Ended { status: Some(0), .. }) => {}
        Ok(ended) => return Err(fault(ended.described())),
        Err(error) => return Err(fault(error.to_string())),
    }
    let begun = Instant::now();
    loop {
        let works = if service.ready.is_empty() {
            service.running.is_empty() || prints(service).map_err(|error| fault(error.to_string()))?
        } else {
            ran(&service.ready).map_err(|error| fault(error.to_string()))?.status == Some(0)
        };
        let answers = || match &service.ready_http {
            None => Ok(true),
            Some(url) => Ok(http::get(url, service.timeout)?.is_ok_and(|got| (200..300).contains(&got.status))),
        };
        if works && answers().map_err(|error: Error| fault(error.to_string()))? {
            return Ok(());
        }
        if begun.elapsed() > service.timeout {
            return Err(fault("it does not work, though it was started".to_owned()));
        }
        std::thread::sleep(TICK);
    }
}
