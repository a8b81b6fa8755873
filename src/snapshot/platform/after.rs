//! The steps of a platform file that follow a restore.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::Spanned;

use super::file::{FileAfter, FileStore};
use super::texts::Texts;
use super::{Check, Platform, RawCheck, Text, Values};
use crate::error::Result;

/// The name of the value that stands for an item.
const ITEM: &str = "item";

/// A command of a step, as the file describes it.
#[derive(Clone, Debug)]
pub(super) struct RawCall {
    name: String,
    run: Vec<Text>,
    user: Option<Text>,
    env: Vec<(String, Text)>,
    stores: Vec<String>,
    timeout: Duration,
}

/// A step, as the file describes it.
#[derive(Clone, Debug)]
pub(super) struct RawAfter {
    call: RawCall,
    unless: Vec<String>,
    each: Vec<Text>,
    running: bool,
    settled: Option<RawCheck>,
}

/// A command that is run as a user, with variables of its own.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name for people, with the item.
    pub name: String,
    /// The command.
    pub run: Vec<String>,
    /// The user; that of this process if there is none.
    pub user: Option<String>,
    /// Variables of its environment.
    pub env: Vec<(String, String)>,
    /// It is run after a restore of one of these stores; of any if there are none.
    pub stores: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// A step after a restore, for one item.
#[derive(Clone, Debug)]
pub struct After {
    /// What is run.
    pub call: Call,
    /// It is left out after a restore of one of these stores as well.
    pub unless: Vec<String>,
    /// Whether services run meanwhile; they are stopped otherwise.
    pub running: bool,
    /// What says that it has really ended, if its command only begins it.
    pub settled: Option<Check>,
}

/// What a call consists of in the file.
pub(super) struct Parts<'f> {
    pub(super) name: &'f Spanned<String>,
    pub(super) run: &'f Spanned<Vec<Spanned<String>>>,
    pub(super) user: Option<&'f Spanned<String>>,
    pub(super) env: &'f BTreeMap<String, Spanned<String>>,
    pub(super) stores: &'f [Spanned<String>],
    pub(super) timeout: Option<&'f Spanned<String>>,
}

/// Returns names of stores.
///
/// # Errors
/// `Usage` with the line of one that no store has.
pub(super) fn names(texts: &Texts<'_>, stores: &[Spanned<String>], known: &[FileStore]) -> Result<Vec<String>> {
    let is_known = |name: &&Spanned<String>| known.iter().any(|store| store.name.get_ref() == name.get_ref());
    match stores.iter().find(|name| !is_known(name)) {
        Some(name) => Err(texts.mistake(name, "there is no store of this name")),
        None => Ok(stores.iter().map(|store| store.get_ref().clone()).collect()),
    }
}

/// Reads a command.
///
/// # Errors
/// `Usage` with the line and the reason.
pub(super) fn call(texts: &Texts<'_>, parts: &Parts<'_>, known: &[FileStore]) -> Result<RawCall> {
    for (name, value) in parts.env {
        if name.is_empty() || name.contains(['=', '\0']) || value.get_ref().contains('\0') {
            return Err(texts.mistake(value, "a variable needs a name without `=`"));
        }
    }
    let env = parts.env.iter().map(|(name, value)| Ok((name.clone(), texts.template(value)?)));
    Ok(RawCall {
        name: parts.name.get_ref().clone(),
        run: texts.command(parts.run)?,
        user: parts.user.map(|user| texts.template(user)).transpose()?,
        env: env.collect::<Result<_>>()?,
        stores: names(texts, parts.stores, known)?,
        timeout: texts.timeout(parts.timeout)?,
    })
}

/// Reads a step after a restore.
///
/// # Errors
/// `Usage` with the line and the reason.
pub(super) fn after(
    texts: &Texts<'_>,
    file: &FileAfter,
    settled: Option<RawCheck>,
    known: &[FileStore],
) -> Result<RawAfter> {
    let FileAfter { name, run, user, env, stores, timeout, .. } = file;
    let parts = Parts { name, run, user: user.as_ref(), env, stores, timeout: timeout.as_ref() };
    let call = call(texts, &parts, known)?;
    let named = call.run.iter().any(|word| word.text.contains("${item}"));
    if named == file.each.is_empty() {
        return Err(texts.mistake(run, "`each` and `${item}` in `run` belong together"));
    }
    let running = match file.services.get_ref().as_str() {
        "stopped" => false,
        "running" => true,
        _ => return Err(texts.mistake(&file.services, "`services` is \"stopped\" or \"running\"")),
    };
    let each = file.each.iter().map(|item| texts.template(item)).collect::<Result<_>>()?;
    let unless = names(texts, &file.unless, known)?;
    Ok(RawAfter { call, unless, each, running, settled })
}

impl Platform {
    /// Returns the steps after a restore with their values, one for each item.
    ///
    /// # Errors
    /// `Usage` with the line of a value that is missing.
    pub fn after(&self, values: &Values) -> Result<Vec<After>> {
        let mut steps = Vec::new();
        for raw in &self.after {
            let step = |values: &Values| {
                Ok(After {
                    call: raw.call.filled(values)?,
                    unless: raw.unless.clone(),
                    running: raw.running,
                    settled: raw.settled.as_ref().map(|check| values.check(check)).transpose()?,
                })
            };
            if raw.each.is_empty() {
                steps.push(step(values)?);
            }
            for item in &raw.each {
                let item = values.fill(item)?;
                let mut one = step(&values.with(ITEM, &item))?;
                one.call.name = format!("{} {item}", one.call.name);
                steps.push(one);
            }
        }
        Ok(steps)
    }
}

impl RawCall {
    /// Returns the command with its values.
    ///
    /// # Errors
    /// `Usage` with the line of a value that is missing.
    pub(super) fn filled(&self, values: &Values) -> Result<Call> {
        let env = self.env.iter().map(|(name, value)| Ok((name.clone(), values.fill(value)?)));
        Ok(Call {
            name: self.name.clone(),
            run: values.all(&self.run)?,
            user: self.user.as_ref().map(|user| values.fill(user)).transpose()?,
            env: env.collect::<Result<_>>()?,
            stores: self.stores.clone(),
            timeout: self.timeout,
        })
    }
}
