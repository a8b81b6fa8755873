//! The order in which an export reads tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::order::reachable;
use crate::model::profile::TableProfile;

use super::plan::Planner;

impl Planner<'_> {
    /// Returns groups of tables, children first. A group of several tables is a cycle.
    pub(super) fn children_first<'t>(&self, chosen: &[&'t TableProfile]) -> Vec<Vec<&'t str>> {
        let mut direct: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for profile in chosen {
            if self.found(&profile.name).is_none() {
                continue;
            }
            let mut parents: BTreeSet<&str> = BTreeSet::new();
            for parent in self.plain_references(profile).values() {
                parents.extend(chosen.iter().map(|table| table.name.as_str()).filter(|name| name == parent));
            }
            for reference in &profile.polymorphic {
                for parent in self.profile.codes(reference).values() {
                    parents.extend(chosen.iter().map(|table| table.name.as_str()).filter(|name| name == parent));
                }
            }
            parents.remove(profile.name.as_str());
            direct.insert(&profile.name, parents);
        }
        let reach: BTreeMap<&str, BTreeSet<&str>> =
            direct.keys().map(|name| (*name, reachable(*name, |name| direct[name].iter().copied()))).collect();
        let mut groups: Vec<Vec<&'t str>> = Vec::new();
        let mut placed: BTreeSet<&str> = BTreeSet::new();
        for profile in chosen {
            let name = profile.name.as_str();
            if placed.contains(name) {
                continue;
            }
            let ring = |other: &&TableProfile| {
                let other = other.name.as_str();
                other == name || (reach[name].contains(other) && reach[other].contains(name))
            };
            let group: Vec<&str> = chosen.iter().copied().filter(ring).map(|table| table.name.as_str()).collect();
            placed.extend(&group);
            groups.push(group);
        }
        let mut ordered: Vec<Vec<&'t str>> = Vec::new();
        while !groups.is_empty() {
            let free = |group: &Vec<&str>| {
                groups.iter().all(|other| {
                    other == group || !other.iter().any(|child| group.iter().any(|name| direct[child].contains(name)))
                })
            };
            // Cycles were folded into groups, so one is always free.
            let next = groups.iter().position(free).unwrap_or(0);
            ordered.push(groups.remove(next));
        }
        ordered
    }
}
