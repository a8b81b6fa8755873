//! Instants that outlive the run that took them: engine snapshots. What is known about one is kept in a file of the state folder,
//! so that a snapshot that was killed can be packed again from the same instant.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalogue::read::unhex;
use super::catalogue::{Entry, Kind};
use super::journal::{Journal, State};
use super::store::contract::{Fact, Source, Taken};
use crate::error::{Error, Result};
use crate::model::hex::hex;
use crate::stream::durable;

/// The instant of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct Instant {
    /// When it was, UTC.
    pub(in crate::snapshot) time: String,
    /// The same in milliseconds since 1970.
    pub(in crate::snapshot) milliseconds: u64,
    /// Version of the engine.
    pub(in crate::snapshot) version: String,
    position: String,
    room: Option<u64>,
    rows: Vec<Row>,
    facts: Vec<(String, String, u64)>,
    warnings: Vec<String>,
    vanished: Vec<String>,
    /// What the source itself remembers.
    own: Value,
}

/// An entry as the file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    path: String,
    kind: String,
    bytes: u64,
    mode: u32,
    uid: u32,
    gid: u32,
    owner: Option<String>,
    group: Option<String>,
    mtime: i64,
    link: Option<String>,
    xattrs: Vec<(String, String)>,
    #[serde(default)]
    based: bool,
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        Self {
            path: hex(&entry.path),
            kind: entry.kind.letter().to_owned(),
            bytes: entry.bytes,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            owner: entry.owner.as_deref().map(str::to_owned),
            group: entry.group.as_deref().map(str::to_owned),
            mtime: entry.mtime,
            link: entry.link.as_deref().map(hex),
            xattrs: entry.xattrs.iter().map(|(name, value)| (hex(name), hex(value))).collect(),
            based: entry.based,
        }
    }
}

impl Row {
    /// Returns the entry, or `None` if the file is not one that this program has written.
    fn entry(&self) -> Option<Entry> {
        let kind =
            [Kind::File, Kind::Folder, Kind::Link, Kind::Name].into_iter().find(|kind| kind.letter() == self.kind)?;
        let xattrs = self.xattrs.iter().map(|(name, value)| unhex(name).zip(unhex(value))).collect::<Option<_>>()?;
        let link = match &self.link {
            Some(link) => Some(unhex(link)?),
            None => None,
        };
        Some(Entry {
            uid: self.uid,
            gid: self.gid,
            owner: self.owner.as_deref().map(Into::into),
            group: self.group.as_deref().map(Into::into),
            mtime: self.mtime,
            link,
            xattrs,
            based: self.based,
            ..Entry::made_up(&unhex(&self.path)?, kind, self.bytes, self.mode)
        })
    }
}

impl Instant {
    /// Returns what is known about an instant that was just taken, or `None` if it dies with this process.
    pub(in crate::snapshot) fn of(source: &dyn Source, taken: &Taken, time: &str, version: &str) -> Option<Self> {
        let own = source.remember()?;
        let facts = taken.facts.iter().map(|fact| (fact.object.clone(), fact.measure.clone(), fact.value));
        Some(Self {
            time: time.to_owned(),
            milliseconds: milliseconds(),
            version: version.to_owned(),
            position: taken.position.clone(),
            room: taken.room,
            rows: taken.entries.iter().map(Row::from).collect(),
            facts: facts.collect(),
            warnings: taken.warnings.clone(),
            vanished: taken.vanished.clone(),
            own,
        })
    }

    /// Writes the instant of a store to a file, which the journal names before it is there and again once it is on disk.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn keep(&self, state: &State, journal: &mut Journal, store: &str) -> Result<()> {
        let file = state.folder().join(format!("snapshot-{}-{store}.instant", journal.id));
        if !journal.files.contains(&file) {
            journal.files.push(file.clone());
            state.write(journal)?;
        }
        let write = || durable::write_private(&file, &serde_json::to_vec(self)?);
        write().map_err(|error| Error::file(&file, "the instant of a store cannot be written down", error))?;
        let instants = &mut journal.begun.get_or_insert_default().instants;
        instants.retain(|(known, _)| known != store);
        instants.push((store.to_owned(), file));
        state.write(journal)
    }

    /// Reads the file, and lets the source take the instant over. Returns `None` if it is gone.
    ///
    /// # Errors
    /// Those of the engine.
    pub(in crate::snapshot) fn recall(path: &Path, source: &mut dyn Source) -> Result<Option<(Self, Taken)>> {
        let read = std::fs::read(path).ok().and_then(|text| serde_json::from_slice::<Self>(&text).ok());
        let Some(instant) = read else { return Ok(None) };
        let Some(entries) = instant.rows.iter().map(Row::entry).collect::<Option<Vec<_>>>() else { return Ok(None) };
        if !source.recall(&instant.own, &entries)? {
            return Ok(None);
        }
        let fact = |(object, measure, value): &(String, String, u64)| Fact {
            object: object.clone(),
            measure: measure.clone(),
            value: *value,
        };
        let taken = Taken {
            entries,
            listed: None,
            room: instant.room,
            position: instant.position.clone(),
            facts: instant.facts.iter().map(fact).collect(),
            warnings: instant.warnings.clone(),
            vanished: instant.vanished.clone(),
            said: format!("taken at {} by the run that stopped", instant.time),
        };
        Ok(Some((instant, taken)))
    }
}

/// Returns the milliseconds since 1970 by this machine's clock.
pub(in crate::snapshot) fn milliseconds() -> u64 {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_as_it_was() {
        let entry = Entry {
            uid: 7,
            owner: Some("ann".into()),
            mtime: -5,
            link: Some(b"\xff".to_vec()),
            xattrs: vec![(b"user.a".to_vec(), b"\0\xfe".to_vec())],
            ..Entry::made_up(b"a\n\xff", Kind::Link, 0, 0o777)
        };
        assert_eq!(Row::from(&entry).entry(), Some(entry.clone()));
        let file = Entry::made_up(b"b", Kind::File, 9, 0o600);
        assert_eq!(Row::from(&file).entry(), Some(file));
        assert_eq!(Row { kind: "x".to_owned(), ..Row::from(&entry) }.entry(), None);
        assert_eq!(Row { path: "0".to_owned(), ..Row::from(&entry) }.entry(), None);
    }
}
