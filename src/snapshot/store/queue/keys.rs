//! Finds the keys of queues that are not empty.

use std::collections::BTreeMap;

use regex::bytes::Regex;

use super::client::Client;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::snapshot::platform::Queue;

/// How many keys are asked about at once.
const BATCH: usize = 1000;

/// The prefix of keys that a snapshot has renamed.
pub(super) const KEPT: &[u8] = b"gapsync:";

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    List,
    Hash,
    SortedSet,
}

impl Type {
    /// Returns Redis's name for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Hash => "hash",
            Self::SortedSet => "zset",
        }
    }
}

/// A key that holds something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) key: Vec<u8>,
    pub(super) holds: Type,
    pub(super) length: u64,
    /// Whether the platform file names it.
    pub(super) named: bool,
}

impl Key {
    /// Returns the name of the key for people.
    pub(super) fn name(&self) -> String {
        escape::line(&String::from_utf8_lossy(&self.key)).into_owned()
    }

    /// Returns the key and its length, for people.
    pub(super) fn shown(&self) -> String {
        let unnamed = if self.named { "" } else { ", a list that nobody named" };
        format!("{} ({}{unnamed})", self.name(), self.length)
    }
}

/// The keys that the platform file names.
pub(super) struct Names {
    lists: Vec<Vec<u8>>,
    separator: Vec<u8>,
    also: Vec<Regex>,
    ignore: Vec<Regex>,
    unacked: Option<(Vec<u8>, Vec<u8>)>,
}

impl Names {
    /// Returns the names of a queue.
    ///
    /// # Errors
    /// `Usage` for a pattern that is too large.
    pub(super) fn new(queue: &Queue) -> Result<Self> {
        let patterns = |texts: &[String]| texts.iter().map(|text| pattern(text)).collect::<Result<Vec<_>>>();
        let bytes = |text: &String| text.clone().into_bytes();
        Ok(Self {
            lists: queue.lists.iter().map(bytes).collect(),
            separator: bytes(&queue.separator),
            also: patterns(&queue.also)?,
            ignore: patterns(&queue.ignore)?,
            unacked: queue.unacked.as_ref().map(|(hash, index)| (bytes(hash), bytes(index))),
        })
    }

    /// Returns what a key of the platform file must hold.
    fn wanted(&self, key: &[u8]) -> Option<Type> {
        if let Some((hash, index)) = &self.unacked {
            if key == hash {
                return Some(Type::Hash);
            }
            if key == index {
                return Some(Type::SortedSet);
            }
        }
        // Tasks with a priority are in `<list><separator><step>`.
        let of_list = |list: &Vec<u8>| {
            key.strip_prefix(list.as_slice()).is_some_and(|rest| {
                let step = rest.strip_prefix(self.separator.as_slice()).filter(|_| !self.separator.is_empty());
                rest.is_empty() || step.is_some_and(|step| step.iter().all(u8::is_ascii_digit))
            })
        };
        self.lists.iter().any(of_list).then_some(Type::List)
    }

    /// Returns whether a list is one of these: named, or else to be reported.
    fn list(&self, key: &[u8]) -> Option<bool> {
        let matches = |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(key));
        if self.wanted(key) == Some(Type::List) || matches(&self.also) {
            return Some(true);
        }
        if matches(&self.ignore) || key.starts_with(KEPT) { None } else { Some(false) }
    }
}

/// Compiles a pattern of keys: `*` for any text, `?` for one byte.
fn pattern(text: &str) -> Result<Regex> {
    let mut expression = "(?s-u)^".to_owned();
    for c in text.chars() {
        match c {
            '*' => expression += ".*",
            '?' => expression += ".",
            other => expression += &regex::escape(&other.to_string()),
        }
    }
    expression += "$";
    Regex::new(&expression).map_err(|_| Error::usage("the pattern of a key is too large"))
}

/// Finds the keys of queues that hold something, in order.
///
/// # Errors
/// `Database`; `Check` if a named key holds something else than a queue.
pub(super) fn find(client: &mut Client, names: &Names) -> Result<Vec<Key>> {
    let mut found = BTreeMap::new();
    let mut cursor = 0_u64;
    loop {
        let (next, keys): (u64, Vec<Vec<u8>>) = client.ask(redis::cmd("SCAN").arg(cursor).arg("COUNT").arg(BATCH))?;
        let mut types = redis::pipe();
        for key in &keys {
            types.cmd("TYPE").arg(key);
        }
        let types: Vec<String> = if keys.is_empty() { Vec::new() } else { client.ask_all(&types)? };
        for (key, holds) in keys.into_iter().zip(types) {
            if let Some((holds, named)) = classed(names, &key, &holds)? {
                found.insert(key, (holds, named));
            }
        }
        cursor = next;
        if cursor == 0 {
            break;
        }
    }
    let mut keys = Vec::new();
    for (key, (holds, named)) in found {
        let length = length(client, &key, holds)?;
        if length > 0 {
            keys.push(Key { key, holds, length, named });
        }
    }
    Ok(keys)
}

/// Returns what a key holds and whether it is named, or `None` if it is no queue.
fn classed(names: &Names, key: &[u8], holds: &str) -> Result<Option<(Type, bool)>> {
    match (names.wanted(key), holds) {
        (Some(Type::Hash), "hash") => return Ok(Some((Type::Hash, true))),
        (Some(Type::SortedSet), "zset") => return Ok(Some((Type::SortedSet, true))),
        // It was there a moment ago.
        (_, "none") => return Ok(None),
        (Some(Type::List), "list") | (None, _) => {}
        (Some(wanted), other) => {
            let shown = escape::line(&String::from_utf8_lossy(key)).into_owned();
            let other = escape::line(other).into_owned();
            let what = format!("the key {shown} is of type {other}, not {}", wanted.name());
            return Err(
                Error::new(ErrorKind::Check, what).hint("Put the names of the queue right in the platform file.")
            );
        }
    }
    Ok(if holds == "list" { names.list(key).map(|named| (Type::List, named)) } else { None })
}

/// Returns the length of a key, which is 0 if it is gone.
///
/// # Errors
/// `Database`.
pub(super) fn length(client: &mut Client, key: &[u8], holds: Type) -> Result<u64> {
    let command = match holds {
        Type::List => "LLEN",
        Type::Hash => "HLEN",
        Type::SortedSet => "ZCARD",
    };
    client.ask(redis::cmd(command).arg(key))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn keys_are_told_apart() {
        let queue = Queue {
            name: "q".to_owned(),
            host: "h".to_owned(),
            port: 1,
            database: 0,
            lists: vec!["enrichers".to_owned(), "providers".to_owned()],
            separator: "\u{6}\u{16}".to_owned(),
            also: vec!["queue:*:inbound".to_owned()],
            ignore: vec!["*.reply.celery.pidbox".to_owned()],
            unacked: Some(("unacked".to_owned(), "unacked_index".to_owned())),
            after: None,
            drain_timeout: Duration::from_secs(1),
        };
        let names = Names::new(&queue).unwrap();
        let class = |key: &str, holds: &str| classed(&names, key.as_bytes(), holds);
        let named = Some((Type::List, true));
        for key in ["enrichers", "enrichers\u{6}\u{16}6", "providers\u{6}\u{16}9", "queue:graph:inbound"] {
            assert_eq!(class(key, "list").unwrap(), named, "{key}");
        }
        for key in ["enrichers2", "enrichers\u{6}\u{16}x", "enrichers6", "queue:graph:outbound", "celery"] {
            assert_eq!(class(key, "list").unwrap(), Some((Type::List, false)), "{key}");
        }
        for (key, holds) in [
            ("x.reply.celery.pidbox", "list"),
            ("gapsync:1:enrichers", "list"),
            ("other", "hash"),
            ("enrichers", "none"),
        ] {
            assert_eq!(class(key, holds).unwrap(), None, "{key}");
        }
        assert_eq!(class("unacked", "hash").unwrap(), Some((Type::Hash, true)));
        assert_eq!(class("unacked_index", "zset").unwrap(), Some((Type::SortedSet, true)));
        for (key, holds) in [("unacked", "string"), ("enrichers", "string"), ("unacked_index", "list")] {
            assert_eq!(class(key, holds).unwrap_err().kind(), ErrorKind::Check, "{key}");
        }
    }
}
