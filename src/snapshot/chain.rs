//! The chain of snapshots of a platform: each knows the one before it, so that a list shows which are missing.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::stream::durable;

/// A snapshot's place in its chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Id of the chain: a machine begins a new one if its state is lost.
    pub chain: String,
    /// Number in the chain, from 1.
    pub sequence: u64,
    /// Id of the snapshot before it.
    pub parent: Option<String>,
}

/// The last snapshot of a chain.
#[derive(Serialize, Deserialize)]
struct Last {
    chain: String,
    sequence: u64,
    id: String,
}

fn path(folder: &Path, platform: &str) -> PathBuf {
    folder.join(format!("snapshot-chain-{platform}.json"))
}

/// Returns the place of the next snapshot of a platform.
///
/// # Errors
/// `File` if the state cannot be read.
pub(in crate::snapshot) fn next(folder: &Path, platform: &str) -> Result<Link> {
    let path = path(folder, platform);
    let fault = |error| Error::file(&path, "the chain of snapshots cannot be read", error);
    match fs::read(&path) {
        Ok(text) => {
            let last: Last = serde_json::from_slice(&text)
                .map_err(|error| fault(error.into()).hint("Remove the file: the next snapshot begins a new chain."))?;
            Ok(Link { chain: last.chain, sequence: last.sequence.saturating_add(1), parent: Some(last.id) })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(Link { chain: uuid::Uuid::new_v4().simple().to_string(), sequence: 1, parent: None })
        }
        Err(error) => Err(fault(error)),
    }
}

/// Notes that a snapshot was made.
///
/// # Errors
/// `File` if the state cannot be written.
pub(in crate::snapshot) fn advance(folder: &Path, platform: &str, link: &Link, id: &str) -> Result<()> {
    let path = path(folder, platform);
    let last = Last { chain: link.chain.clone(), sequence: link.sequence, id: id.to_owned() };
    let write = || durable::write_private(&path, &serde_json::to_vec_pretty(&last)?);
    write().map_err(|error| Error::file(&path, "the chain of snapshots cannot be written", error))
}

/// Returns which numbers are missing between those that are there, for one chain.
#[must_use]
pub fn missing(mut sequences: Vec<u64>) -> Vec<u64> {
    /// How many are named at most.
    const MOST: usize = 1000;
    sequences.sort_unstable();
    let gaps = sequences.windows(2).flat_map(|pair| pair[0].saturating_add(1)..pair[1]);
    gaps.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_follows_the_last_one() {
        let folder = tempfile::tempdir().unwrap();
        let first = next(folder.path(), "p").unwrap();
        assert_eq!((first.sequence, &first.parent), (1, &None));
        advance(folder.path(), "p", &first, "one").unwrap();
        let second = next(folder.path(), "p").unwrap();
        assert_eq!(second, Link { chain: first.chain.clone(), sequence: 2, parent: Some("one".to_owned()) });
        assert_ne!(next(folder.path(), "q").unwrap().chain, first.chain);
        fs::write(path(folder.path(), "p"), "{").unwrap();
        assert!(next(folder.path(), "p").is_err());
    }

    #[test]
    fn gaps_are_what_lies_between() {
        assert_eq!(missing(vec![7, 3, 4, 9]), [5, 6, 8]);
        assert_eq!(missing(vec![]), Vec::<u64>::new());
        assert_eq!(missing(vec![1, u64::MAX]).len(), 1000);
    }
}
