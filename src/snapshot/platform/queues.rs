//! The queues of a platform file.

use std::time::Duration;

use url::Url;

use super::file::{File, FileQueue};
use super::texts::Texts;
use super::{Platform, Text, Values};
use crate::error::{Error, Result};

/// The port of Redis.
const PORT: u16 = 6379;

/// What kombu, which Celery is made on, writes between a queue and a step of priority.
const SEPARATOR: &str = "\u{6}\u{16}";

/// The keys in which kombu keeps the tasks that workers have taken and not yet finished.
const UNACKED: [&str; 2] = ["unacked", "unacked_index"];

/// Queues as the file describes them.
#[derive(Clone, Debug)]
pub(super) struct RawQueue {
    name: String,
    redis: Text,
    lists: Vec<Text>,
    also: Vec<Text>,
    ignore: Vec<Text>,
    separator: String,
    unacked: Option<(String, String)>,
    after: Option<String>,
    drain_timeout: Duration,
}

/// The queues of one database of Redis, ready to be looked at.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Where Redis listens.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The number of the database.
    pub database: i64,
    /// The lists that hold tasks.
    pub lists: Vec<String>,
    /// What is between a list and a step of priority, in the names of further lists.
    pub separator: String,
    /// Patterns of further lists.
    pub also: Vec<String>,
    /// Patterns of lists that are no queues.
    pub ignore: Vec<String>,
    /// The hash and the sorted set of tasks that workers have taken.
    pub unacked: Option<(String, String)>,
    /// The service that puts tasks in: the queues are waited for once it is stopped. The last one if there is none.
    pub after: Option<String>,
    /// How long it may take until they are empty.
    pub drain_timeout: Duration,
}

impl Queue {
    /// Returns where it is.
    #[must_use]
    pub fn place(&self) -> String {
        format!("redis://{}:{}/{}", self.host, self.port, self.database)
    }
}

/// Reads queues.
///
/// # Errors
/// `Usage` with the line and the reason.
pub(super) fn queue(texts: &Texts<'_>, file: &FileQueue, platform: &File) -> Result<RawQueue> {
    texts.check_name(&file.name, "name")?;
    if file.lists.get_ref().is_empty() && file.also.is_empty() {
        return Err(texts.mistake(&file.lists, "`lists` is empty"));
    }
    if let Some(after) = &file.after
        && !platform.service.iter().any(|service| service.name.get_ref() == after.get_ref())
    {
        return Err(texts.mistake(after, "there is no service of this name"));
    }
    let unacked = match &file.unacked {
        None => Some(UNACKED.map(str::to_owned)),
        Some(names) => match names.get_ref().as_slice() {
            [] => None,
            [hash, index] => Some([hash.get_ref().clone(), index.get_ref().clone()]),
            _ => return Err(texts.mistake(names, "`unacked` has two keys, the hash and its index, or none")),
        },
    };
    let all = |list: &[_]| list.iter().map(|text| texts.template(text)).collect::<Result<Vec<_>>>();
    Ok(RawQueue {
        name: file.name.get_ref().clone(),
        redis: texts.template(&file.redis)?,
        lists: all(file.lists.get_ref())?,
        also: all(&file.also)?,
        ignore: all(&file.ignore)?,
        separator: file.separator.as_ref().map_or_else(|| SEPARATOR.to_owned(), |text| text.get_ref().clone()),
        unacked: unacked.map(|[hash, index]| (hash, index)),
        after: file.after.as_ref().map(|after| after.get_ref().clone()),
        drain_timeout: texts.timeout(file.drain_timeout.as_ref())?,
    })
}

impl Platform {
    /// Returns the queues with their values.
    ///
    /// # Errors
    /// `Usage` with the line of a value that is missing, or of an address that cannot be used.
    pub fn queues(&self, values: &Values) -> Result<Vec<Queue>> {
        let queue = |raw: &RawQueue| {
            let (host, port, database) = address(&values.fill(&raw.redis)?).map_err(|reason| {
                Error::usage(reason).at_line(raw.redis.line).hint("Write redis://HOST:PORT/DATABASE.")
            })?;
            Ok(Queue {
                name: raw.name.clone(),
                host,
                port,
                database,
                lists: values.all(&raw.lists)?,
                separator: raw.separator.clone(),
                also: values.all(&raw.also)?,
                ignore: values.all(&raw.ignore)?,
                unacked: raw.unacked.clone(),
                after: raw.after.clone(),
                drain_timeout: raw.drain_timeout,
            })
        };
        self.queues.iter().map(queue).collect()
    }

    /// Returns the names of all queues, in order.
    #[must_use]
    pub fn queue_names(&self) -> Vec<&str> {
        self.queues.iter().map(|queue| queue.name.as_str()).collect()
    }
}

/// Returns host, port and database of an address, or why it cannot be used.
fn address(text: &str) -> std::result::Result<(String, u16, i64), &'static str> {
    let url = Url::parse(text).ok().filter(|url| url.scheme().starts_with("redis"));
    let url = url.ok_or("the address of Redis cannot be read")?;
    if url.scheme() != "redis" {
        return Err("Redis is reached without TLS, or not at all");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("user and password of Redis belong into the file of --credentials");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the address of Redis has more than host, port and database");
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or("the address of Redis has no host")?;
    let database = match url.path().trim_matches('/') {
        "" => 0,
        text => text
            .parse()
            .ok()
            .filter(|number| (0..=1_000_000).contains(number))
            .ok_or("the database of Redis is a number")?,
    };
    Ok((host.trim_matches(['[', ']']).to_owned(), url.port().unwrap_or(PORT), database))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_password() {
        assert_eq!(address("redis://127.0.0.1"), Ok(("127.0.0.1".to_owned(), 6379, 0)));
        assert_eq!(address("redis://[::1]:7000/3"), Ok(("::1".to_owned(), 7000, 3)));
        for wrong in [
            "redis://u:p@h",
            "redis://:p@h",
            "rediss://h",
            "http://h",
            "redis:///0",
            "redis://h/x",
            "redis://h/0?a=b",
            "h:1",
        ] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
