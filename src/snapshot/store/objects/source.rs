//! A store of files in a bucket or in HDFS while a snapshot is made.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result, escape};
use crate::snapshot::catalogue::{Entry, Kind, fault_of_path};
use crate::snapshot::store::contract::{Body, Fact, Fence, Pieces, Source, Taken};
use crate::snapshot::wait::wait;
use crate::store::{Store, Version};

/// How much is read at once.
const PIECE: u64 = 4 << 20;

/// The files of a folder in a bucket or in HDFS.
pub(in crate::snapshot) struct Objects {
    url: String,
    append_only: bool,
    store: Option<Arc<Store>>,
    /// The versions that were listed, by path.
    versions: HashMap<String, Version>,
}

impl Objects {
    /// Returns the way out of a store. Nothing is asked yet.
    pub(in crate::snapshot) fn new(url: &str, append_only: bool) -> Self {
        Self { url: url.to_owned(), append_only, store: None, versions: HashMap::new() }
    }

    fn store(&mut self) -> Result<Arc<Store>> {
        let store = match self.store.take() {
            Some(store) => store,
            None => Arc::new(Store::open(&self.url)?),
        };
        self.store = Some(Arc::clone(&store));
        Ok(store)
    }
}

impl Source for Objects {
    fn root(&self) -> String {
        self.url.clone()
    }

    fn plan(&self) -> String {
        format!("list {}", self.url)
    }

    fn survives(&self) -> bool {
        self.append_only
    }

    fn probe(&mut self) -> Result<String> {
        wait(self.store()?.all()).map(|_| String::new())
    }

    fn fence(&mut self, _: &mut Fence<'_>) -> Result<Taken> {
        let files = wait(self.store()?.all())?;
        let mut entries = vec![entry(b"", Kind::Folder, 0)];
        let mut folders: BTreeSet<&str> = BTreeSet::new();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for (file, _) in &files {
            let refused = |how: &str| {
                let what = format!("a file has a name that {how}");
                Err(Error::new(ErrorKind::Schema, what).at_path(escape::line(&file.path).into_owned()))
            };
            if fault_of_path(file.path.as_bytes()).is_some() || file.path.is_empty() {
                return refused("is no path");
            }
            for (at, _) in file.path.match_indices('/') {
                let folder = &file.path[..at];
                if known.contains(folder) {
                    return refused("makes a folder of another file");
                }
                if folders.insert(folder) {
                    entries.push(entry(folder.as_bytes(), Kind::Folder, 0));
                }
            }
            if folders.contains(file.path.as_str()) || !known.insert(&file.path) {
                return refused("is that of a folder");
            }
            entries.push(entry(file.path.as_bytes(), Kind::File, file.bytes));
        }
        let (bytes, count) = (files.iter().map(|(file, _)| file.bytes).sum(), files.len() as u64);
        let fact = |measure: &str, value| Fact { object: "storage".to_owned(), measure: measure.to_owned(), value };
        self.versions = files.into_iter().map(|(file, version)| (file.path, version)).collect();
        Ok(Taken {
            said: format!("{count} files"),
            entries,
            facts: vec![fact("files", count), fact("bytes", bytes)],
            ..Taken::default()
        })
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        let path = String::from_utf8_lossy(&entry.path).into_owned();
        let version = self.versions.remove(&path).ok_or_else(|| Error::internal("a file that was not listed"))?;
        Ok(Body::Stream(Box::new(Object { store: self.store()?, path, version, at: 0, bytes: entry.bytes })))
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }
}

fn entry(path: &[u8], kind: Kind, bytes: u64) -> Entry {
    Entry::made_up(path, kind, bytes, if kind == Kind::Folder { 0o755 } else { 0o644 })
}

/// A file that is read piece by piece.
struct Object {
    store: Arc<Store>,
    path: String,
    version: Version,
    at: u64,
    bytes: u64,
}

impl Pieces for Object {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let wanted = PIECE.min(self.bytes - self.at);
        if wanted == 0 {
            return Ok(None);
        }
        let piece = wait(self.store.read(&self.path, self.at, wanted, &self.version))?;
        if piece.len() as u64 != wanted {
            return Err(Error::new(ErrorKind::File, "a file became shorter while it was read")
                .at_path(escape::line(&self.path).into_owned())
                .hint("Make the snapshot again while nobody writes to the store."));
        }
        self.at += wanted;
        Ok(Some(piece.to_vec()))
    }
}
