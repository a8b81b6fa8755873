//! Steps after a restore: commands that bring what is derived up to what was restored, and reports about it.

use std::time::{Duration, Instant};

use super::command::{self, Ended};
use super::fence::{self, Verdict};
use super::platform::{After, Call, Platform, Values};
use super::store::files::names::Names;
use super::target::Target;
use crate::error::{Error, Result, escape};
use crate::run::shell::shell_word;
use crate::stream::cancel::Cancel;

/// How often it is looked whether a step has really ended.
const TICK: Duration = Duration::from_secs(1);

/// How many lines of a report are kept, and how much of each.
const MOST_LINES: usize = 1000;
const MOST_OF_LINE: usize = 500;

/// What follows a restore.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Afterwards {
    /// Steps, in order: first those for which services are stopped.
    pub(in crate::snapshot) steps: Vec<After>,
    /// Reports, at the very end.
    pub(in crate::snapshot) reports: Vec<Call>,
}

impl Afterwards {
    /// Returns what follows a restore of these stores: those that are in their own places count.
    ///
    /// # Errors
    /// `Usage` for a value that is missing; `Schema` for a user whom this process cannot become.
    pub(in crate::snapshot) fn of(platform: &Platform, values: &Values, targets: &[Target]) -> Result<Self> {
        let own = |named: &dyn Fn(&String) -> bool| targets.iter().any(|target| target.own && named(&target.name));
        let meant = |call: &Call| own(&|name| call.stores.is_empty() || call.stores.contains(name));
        let steps = platform.after(values)?.into_iter();
        let steps = steps.filter(|step| meant(&step.call) && !own(&|name| step.unless.contains(name)));
        let mut steps: Vec<After> = steps.collect();
        steps.sort_by_key(|step| step.running);
        let reports: Vec<Call> = platform.reports(values)?.into_iter().filter(meant).collect();
        for call in steps.iter().map(|step| &step.call).chain(&reports) {
            user(call)?;
        }
        Ok(Self { steps, reports })
    }

    /// Returns whether services must be stopped for a step.
    pub(in crate::snapshot) fn stops(&self) -> bool {
        self.steps.iter().any(|step| !step.running)
    }
}

/// Returns the words that run a command as its user.
fn user(call: &Call) -> Result<Vec<String>> {
    let Some(user) = &call.user else { return Ok(Vec::new()) };
    let own = rustix::process::geteuid();
    let names = Names::read();
    // A number that no user has stands for a name that no user has.
    let known = names.user_id(Some(user), u32::MAX);
    let shown = escape::line(user).into_owned();
    let refused = |why: &str| {
        let what = format!("`{}` is run as the user {shown}, {why}", escape::line(&call.name));
        Err(Error::schema(what).hint("Nothing was changed. Put `user` right in the platform file, or run it as root."))
    };
    if known == u32::MAX {
        return refused("who is not known here");
    }
    if known == own.as_raw() {
        return Ok(Vec::new());
    }
    if !own.is_root() {
        return refused("which only root can do");
    }
    Ok(["runuser", "-u", user, "--"].map(str::to_owned).to_vec())
}

/// Returns a command for people: with its user and the names of its variables.
pub(in crate::snapshot) fn shown(call: &Call) -> String {
    let words: Vec<String> = call.run.iter().map(|word| shell_word(word)).collect();
    let names: Vec<&str> = call.env.iter().map(|(name, _)| name.as_str()).collect();
    let user = call.user.as_ref().map(|user| format!(" as {user}")).unwrap_or_default();
    let env = if names.is_empty() { String::new() } else { format!(" with {}", names.join(", ")) };
    format!("{}{user}{env}: {}", call.name, words.join(" "))
}

fn run(call: &Call) -> Result<Ended> {
    let words = [user(call)?, call.run.clone()].concat();
    command::run_with(&words, &call.env, call.timeout)
}

/// Runs a step, and waits until it has really ended.
///
/// # Errors
/// `Database`, the kind of an engine that refuses, if it fails or does not end in time; `File`; `Interrupted`.
pub(in crate::snapshot) fn carry_out(step: &After, cancel: &Cancel) -> Result<String> {
    let name = escape::line(&step.call.name).into_owned();
    let fault = |why: &str| Error::database(format!("the step {name} after the restore failed: {why}"));
    let ended = run(&step.call)?;
    if ended.status != Some(0) {
        return Err(fault(&ended.described()));
    }
    let last = ended.output.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let said = if ended.message.is_empty() { line(last) } else { ended.message };
    let said = if said.is_empty() { "done".to_owned() } else { format!("done; it says: {said}") };
    let Some(settled) = &step.settled else { return Ok(said) };
    let begun = Instant::now();
    loop {
        let Verdict::Failed(why) = fence::check(settled)? else { return Ok(said) };
        if begun.elapsed() > settled.timeout {
            return Err(fault(&format!("it has not ended after {} s: {why}", settled.timeout.as_secs())));
        }
        cancel.check()?;
        std::thread::sleep(TICK);
    }
}

/// Makes a report: a line for each that the command prints.
///
/// # Errors
/// `Database` if the command fails; `File`.
pub(in crate::snapshot) fn report(call: &Call) -> Result<Vec<String>> {
    let ended = run(call)?;
    if ended.status != Some(0) {
        let what = format!("the report {} could not be made: {}", escape::line(&call.name), ended.described());
        return Err(Error::database(what));
    }
    let mut lines = ended.output.lines().filter(|line| !line.trim().is_empty());
    let named = |text: &str| format!("{}: {}", call.name, line(text));
    let mut found: Vec<String> = lines.by_ref().take(MOST_LINES).map(named).collect();
    let more = lines.count();
    if more > 0 {
        found.push(named(&format!("… and {more} more lines")));
    }
    Ok(found)
}

fn line(text: &str) -> String {
    let mut line: String = text.chars().take(MOST_OF_LINE).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    line
}
