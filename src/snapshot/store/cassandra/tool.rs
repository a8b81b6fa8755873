//! Runs Cassandra's own tools.

use std::time::Duration;

use uuid::Uuid;

use crate::error::{Error, ErrorKind, Result};
use crate::run::shell::shell_word;
use crate::snapshot::command;

/// How long a question may take.
const SHORT: Duration = Duration::from_mins(2);

/// How long work on files may take.
const LONG: Duration = Duration::from_hours(24);

/// What the launcher of Java reads more options from. An older Java leaves it unread.
const JAVA_OPTIONS: &str = "JDK_JAVA_OPTIONS";

/// Lets `nodetool` start with the quick compiler alone: it asks one question and ends. That takes 1.5 CPU seconds instead of 2.5,
/// several times for each snapshot. A Java that does not know the option ignores it.
const QUICK_START: &str = "-XX:+IgnoreUnrecognizedVMOptions -XX:TieredStopAtLevel=1";

/// Runs `nodetool` with arguments, and returns what it prints.
///
/// # Errors
/// `Database` if it fails; `File` if it cannot be started.
fn nodetool(words: &[String], arguments: &[&str], limit: Duration) -> Result<String> {
    if words.is_empty() {
        return Err(Error::usage("the platform file names no `nodetool`"));
    }
    let all: Vec<String> = words.iter().cloned().chain(arguments.iter().map(|word| (*word).to_owned())).collect();
    let ended = command::run_with(&all, &quick_start(), limit)?;
    if ended.status == Some(0) {
        return Ok(ended.output);
    }
    let action = arguments.first().copied().unwrap_or_default();
    Err(Error::database(format!("`nodetool {action}` {}", ended.described()))
        .hint(format!("Try it by hand: {}", line(&all))))
}

/// Returns the variable that lets Java start quickly, with the options that the user has set behind ours, so that they win.
fn quick_start() -> Vec<(String, String)> {
    let own = std::env::var(JAVA_OPTIONS).unwrap_or_default();
    vec![(JAVA_OPTIONS.to_owned(), format!("{QUICK_START} {own}").trim_end().to_owned())]
}

fn line(words: &[String]) -> String {
    words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}

/// Returns which node `nodetool` speaks to.
///
/// # Errors
/// `Schema` if it is none of the cluster; `Database`; `File`.
pub(super) fn node(words: &[String], nodes: &[Uuid]) -> Result<Uuid> {
    // It looks at every table, and fails if one is dropped meanwhile.
    let asked = || nodetool(words, &["info"], SHORT);
    let output = asked().or_else(|error| if error.kind() == ErrorKind::Database { asked() } else { Err(error) })?;
    let id = output.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.trim() == "ID");
    let id = id.and_then(|(_, id)| id.trim().parse().ok());
    let id = id.ok_or_else(|| Error::database("`nodetool info` does not print the id of the node"))?;
    if nodes.contains(&id) {
        return Ok(id);
    }
    Err(Error::schema("`nodetool` and CQL speak to different nodes")
        .hint("Check `hosts` and `nodetool` in the platform file: both must be of the cluster of this machine."))
}

/// Takes a snapshot of a keyspace. What is in memory is written to files first, by a flush of our own: the snapshot of Cassandra
/// 5.0 does not wait for a flush that another cause has begun, and leaves its rows out without a word.
///
/// # Errors
/// `Database`; `File`.
pub(super) fn snapshot(words: &[String], name: &str, keyspace: &str) -> Result<()> {
    nodetool(words, &["flush", "--", keyspace], LONG)?;
    nodetool(words, &["snapshot", "-t", name, "--", keyspace], LONG).map(|_| ())
}

/// Removes a snapshot, or nothing if there is none of that name.
///
/// # Errors
/// `Database`, with the command to do it by hand; `File`.
pub(super) fn clear(words: &[String], name: &str) -> Result<()> {
    nodetool(words, &["clearsnapshot", "-t", name], SHORT).map(|_| ())
}

/// Removes all snapshots of a keyspace.
///
/// # Errors
/// `Database`; `File`.
pub(super) fn clear_all(words: &[String], keyspace: &str) -> Result<()> {
    nodetool(words, &["clearsnapshot", "--all", "--", keyspace], SHORT).map(|_| ())
}

/// Loads the files of a folder into a table; they are moved away.
///
/// # Errors
/// `Database`; `File`.
pub(super) fn import(words: &[String], keyspace: &str, table: &str, folder: &str) -> Result<()> {
    nodetool(words, &["import", "--", keyspace, table, folder], LONG).map(|_| ())
}

/// Streams the files of a folder to a cluster by `sstableloader`, whose exit status says nothing: it ends with 0 when it finds
/// no files or no table.
///
/// # Errors
/// `Database` if it fails or loads nothing; `File`.
pub(super) fn load(words: &[String], folder: &str) -> Result<()> {
    let mut all = words.to_vec();
    all.extend(["--no-progress".to_owned(), folder.to_owned()]);
    let ended = command::run(&all, LONG)?;
    let nothing = ["Skipping file", "No sstables to stream"].iter().any(|sign| ended.output.contains(sign));
    if ended.status != Some(0) {
        return Err(Error::database(format!("`sstableloader` {}", ended.described())));
    }
    if nothing {
        return Err(Error::database("`sstableloader` left files out and did not say so by its status").at_path(folder));
    }
    Ok(())
}
