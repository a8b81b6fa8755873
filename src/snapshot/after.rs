//! Steps after a restore: commands that bring what is derived up to what was restored, and reports about it.

use std::time::{Duration, Instant};

use super::command::{self, Ended};
use super::credentials::Credentials;
use super::fence::{self, Verdict};
use super::platform::{After, AfterReport, Call, Platform, Query, Store, Values};
use super::store::files::names::Names;
use super::store::{self, Cell};
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
    pub(in crate::snapshot) reports: Vec<AfterReport>,
}

impl Afterwards {
    /// Returns what follows a restore of these stores: those that are in their own places count.
    ///
    /// # Errors
    /// `Usage` for a value that is missing; `Schema` for a user whom this process cannot become.
    pub(in crate::snapshot) fn of(platform: &Platform, values: &Values, targets: &[Target]) -> Result<Self> {
        let own = |named: &dyn Fn(&String) -> bool| targets.iter().any(|target| target.own && named(&target.name));
        let meant = |stores: &[String]| own(&|name| stores.is_empty() || stores.contains(name));
        let steps = platform.after(values)?.into_iter();
        let steps = steps.filter(|step| meant(&step.call.stores) && !own(&|name| step.unless.contains(name)));
        let mut steps: Vec<After> = steps.collect();
        steps.sort_by_key(|step| step.running);
        let reports = platform.reports(values)?.into_iter();
        let reports: Vec<AfterReport> = reports.filter(|report| meant(report.stores())).collect();
        let printed = reports.iter().filter_map(|report| match report {
            AfterReport::Printed(call) => Some(call),
            AfterReport::Queried(_) => None,
        });
        for call in steps.iter().map(|step| &step.call).chain(printed) {
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

/// Returns a report for people: its command, or its query.
pub(in crate::snapshot) fn shown_report(report: &AfterReport) -> String {
    match report {
        AfterReport::Printed(call) => shown(call),
        AfterReport::Queried(query) => {
            let sql: Vec<&str> = query.sql.split_whitespace().collect();
            format!("{} by the store {} in the database {}: {}", query.name, query.store, query.database, sql.join(" "))
        }
    }
}

/// Makes a report: a line for each that its command prints, or for each row of its query.
///
/// # Errors
/// `Database` if the command or the query fails; `File`.
pub(in crate::snapshot) fn report(
    report: &AfterReport,
    stores: &[Store],
    credentials: &Credentials,
) -> Result<Vec<String>> {
    match report {
        AfterReport::Printed(call) => printed(call),
        AfterReport::Queried(query) => {
            let store = stores.iter().find(|store| store.name == query.store);
            let store = store.ok_or_else(|| Error::internal("a report about a store that was not restored"))?;
            queried(query, store, credentials)
        }
    }
}

fn printed(call: &Call) -> Result<Vec<String>> {
    let ended = run(call)?;
    if ended.status != Some(0) {
        let what = format!("the report {} could not be made: {}", escape::line(&call.name), ended.described());
        return Err(Error::database(what));
    }
    let mut found = Found::new(&call.name);
    ended.output.lines().filter(|line| !line.trim().is_empty()).for_each(|line| found.add(line));
    Ok(found.lines("lines"))
}

fn queried(query: &Query, store: &Store, credentials: &Credentials) -> Result<Vec<String>> {
    let mut found = Found::new(&query.name);
    let mut take = |row: &[Cell<'_>]| found.add(&row_line(row));
    store::ask(store, credentials, query, &mut take).map_err(|error| {
        Error::database(format!("the report {} could not be made: {error}", escape::line(&query.name)))
    })?;
    Ok(found.lines("rows"))
}

/// Returns a row as a line: each value with the name of its column.
fn row_line(row: &[Cell<'_>]) -> String {
    let cell = |(name, value): &Cell<'_>| match value {
        Some(value) => format!("{}={}", escape::line(name), escape::line(value)),
        None => format!("{}=NULL", escape::line(name)),
    };
    row.iter().map(cell).collect::<Vec<_>>().join(", ")
}

/// What a report has found: its first lines, and how many there are.
struct Found<'a> {
    name: &'a str,
    lines: Vec<String>,
    more: u64,
}

impl<'a> Found<'a> {
    fn new(name: &'a str) -> Self {
        Self { name, lines: Vec::new(), more: 0 }
    }

    fn add(&mut self, text: &str) {
        if self.lines.len() < MOST_LINES {
            self.lines.push(format!("{}: {}", self.name, line(text)));
        } else {
            self.more += 1;
        }
    }

    fn lines(mut self, of: &str) -> Vec<String> {
        if self.more > 0 {
            self.lines.push(format!("{}: … and {} more {of}", self.name, self.more));
        }
        self.lines
    }
}

fn line(text: &str) -> String {
    let mut line: String = text.chars().take(MOST_OF_LINE).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    line
}
