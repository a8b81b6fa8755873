//! What was taken of the stores of a snapshot.

use std::time::Instant;

use super::catalogue::check::Sums;
use super::catalogue::entries::Entries;
use super::pack::{FactRow, Pack};
use super::plan::Plan;
use super::point::PointStore;
use super::store::contract::Taken as Found;

/// What was taken of a store.
pub(in crate::snapshot) struct TakenStore {
    pub(in crate::snapshot) found: Found,
    /// Its entries, until they are in the bundle.
    pub(in crate::snapshot) entries: Entries,
    /// When, UTC.
    pub(in crate::snapshot) time: String,
    /// The moment, by a clock that nobody sets.
    pub(in crate::snapshot) at: Instant,
}

/// What was taken so far.
#[derive(Default)]
pub(in crate::snapshot) struct Taken {
    pub(in crate::snapshot) stores: Vec<TakenStore>,
    /// The versions of the engines, by store.
    pub(in crate::snapshot) versions: Vec<String>,
    pub(in crate::snapshot) facts: Vec<FactRow>,
    pub(in crate::snapshot) pack: Option<Pack>,
    /// What of each store is in the bundle.
    pub(in crate::snapshot) packed: Vec<Sums>,
}

impl Taken {
    /// Returns the milliseconds between the instants of the first and the last store.
    pub(in crate::snapshot) fn skew_ms(&self) -> u64 {
        let instants = || self.stores.iter().map(|store| store.at);
        let skew = instants().max().zip(instants().min()).map_or(0, |(last, first)| (last - first).as_millis());
        u64::try_from(skew).unwrap_or(u64::MAX)
    }

    /// Returns the stores as the recovery point describes them.
    pub(in crate::snapshot) fn points(&mut self, plan: &Plan) -> Vec<PointStore> {
        self.versions.resize(plan.stores.len(), String::new());
        let stores = plan.stores.iter().zip(&plan.sources).zip(&self.stores).zip(&self.versions);
        let point = stores.map(|(((store, source), taken), version)| PointStore {
            name: store.name.clone(),
            kind: store.kind.clone(),
            root: source.root(),
            secret: store.secret,
            time: taken.time.clone(),
            bytes: taken.found.room.unwrap_or_else(|| taken.entries.bytes()),
            version: version.clone(),
            position: taken.found.position.clone(),
        });
        point.collect()
    }
}
