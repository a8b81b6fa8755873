//! Checks, and services that are stopped and started.

use std::time::{Duration, Instant};

use super::command::{self, Ended};
use super::http::{self, Got};
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
/// `File` if the program cannot be started.
pub(in crate::snapshot) fn is_running(service: &Service) -> Result<bool> {
    if service.running.is_empty() {
        return Ok(true);
    }
    Ok(command::run(&service.running, service.timeout)?.status == Some(0))
}

/// Stops a service.
///
/// # Errors
/// `Database`, the kind of an engine that refuses, if it does not stop; `File`.
pub(in crate::snapshot) fn stop(service: &Service) -> Result<()> {
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
    Error::database(format!("the service {} did not {what}: {why}", escape::line(&service.name)))
}

/// Starts a service, and waits until it works.
///
/// # Errors
/// `Service` with the command.
pub(in crate::snapshot) fn start(service: &Service) -> Result<()> {
    let words: Vec<String> = service.start.iter().map(|word| shell_word(word)).collect();
    let fault = |why: String| {
        let what = format!("the service {} could not be started again: {why}", escape::line(&service.name));
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
        let asked = if service.ready.is_empty() { &service.running } else { &service.ready };
        let works = asked.is_empty() || ran(asked).map_err(|error| fault(error.to_string()))?.status == Some(0);
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
