//! Checks, and services that are stopped and started.

use std::time::{Duration, Instant};

use super::command::{self, Ended};
use super::platform::{Check, Service};
use crate::error::{Error, ErrorKind, Result, escape};
use crate::run::shell::shell_word;

/// How often it is looked whether a service works.
const TICK: Duration = Duration::from_millis(200);

/// Makes a check. Returns why it failed, or `None` if all is as expected.
///
/// # Errors
/// `File` if its program cannot be started.
pub(in crate::snapshot) fn check(check: &Check) -> Result<Option<String>> {
    let ended = command::run(&check.run, check.timeout)?;
    if ended.status != Some(check.expect.status) {
        return Ok(Some(ended.described()));
    }
    if let Some(output) = &check.expect.output
        && !output.is_match(&ended.output)
    {
        return Ok(Some("its output is not as expected".to_owned()));
    }
    if let Some((every, is)) = &check.expect.lines {
        let lines: Vec<&str> = ended.output.lines().filter(|line| every.is_match(line)).collect();
        if lines.is_empty() {
            return Ok(Some("its output has no line of those that it looks at".to_owned()));
        }
        if let Some(line) = lines.iter().find(|line| !is.is_match(line)) {
            return Ok(Some(format!("a line of its output is not as expected: {}", escape::line(line))));
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
        if asked.is_empty() {
            return Ok(());
        }
        let ended = ran(asked).map_err(|error| fault(error.to_string()))?;
        if ended.status == Some(0) {
            return Ok(());
        }
        if begun.elapsed() > service.timeout {
            return Err(fault("it does not work, though it was started".to_owned()));
        }
        std::thread::sleep(TICK);
    }
}
