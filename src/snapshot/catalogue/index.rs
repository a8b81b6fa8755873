//! Finds the files of a snapshot by their store and path.

use std::collections::HashMap;

use super::entries::Entries;
use super::{Entry, Kind};
use crate::error::Result;

/// The entries of a snapshot by store and path.
#[derive(Debug)]
pub(in crate::snapshot) struct Index(HashMap<(String, Vec<u8>), Entry>);

impl Index {
    /// Makes the index of entries; the stores have these names.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn of(stores: &[String], entries: &Entries) -> Result<Self> {
        let key = |entry: &Entry| (stores[entry.store].clone(), entry.path.clone());
        let keyed = entries.iter().map(|entry| entry.map(|entry| (key(&entry), entry)));
        keyed.collect::<Result<_>>().map(Self)
    }

    /// Returns a file.
    pub(in crate::snapshot) fn file(&self, store: &str, path: &[u8]) -> Option<&Entry> {
        self.0.get(&(store.to_owned(), path.to_owned())).filter(|entry| entry.kind == Kind::File)
    }

    /// Returns the entries of a store, in order.
    pub(in crate::snapshot) fn of_store(&self, store: &str) -> Vec<Entry> {
        let own = self.0.iter().filter(|((of, _), _)| of == store);
        let mut entries: Vec<Entry> = own.map(|(_, entry)| entry.clone()).collect();
        entries.sort_by_key(|entry| entry.id);
        entries
    }
}
