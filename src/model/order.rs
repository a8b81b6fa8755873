//! The order in which tables are filled: parents first, and the references that have to wait because tables refer to each
//! other.

use std::collections::{BTreeMap, BTreeSet};

use super::completed::Completed;
use super::profile::TableProfile;
use crate::error::{Error, Result};

/// Tables in load order, and the references to fill afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Tables, parents first.
    pub tables: Vec<String>,
    /// Table → reference columns (the id column of polymorphic ones) that can refer to a row of the table itself or of a
    /// table not filled yet. They are inserted as NULL, and set once all tables that they can refer to are filled.
    pub deferred: BTreeMap<String, BTreeSet<String>>,
}

impl Order {
    /// Returns whether a reference column of a table is filled after the rows.
    #[must_use]
    pub fn is_deferred(&self, table: &str, column: &str) -> bool {
        self.deferred.get(table).is_some_and(|columns| columns.contains(column))
    }
}

/// A reference column and the tables that it can refer to, by index.
struct Edge<'a> {
    column: &'a str,
    parents: Vec<usize>,
    /// Whether the row cannot be inserted before its parent, because the column is part of the key or NOT NULL.
    hard: bool,
}

/// Computes the load order of the profile's tables for which `tables` is true, leaving out the others.
///
/// `nullable` returns whether a column (table, column) allows NULL. The result depends only on the arguments: among tables
/// that could come next, the first in the profile does.
///
/// # Errors
/// `Schema`, naming the tables, if there is a cycle of only key or NOT NULL columns.
pub fn order(
    profile: &Completed,
    nullable: &dyn Fn(&str, &str) -> bool,
    tables: &dyn Fn(&str) -> bool,
) -> Result<Order> {
    let chosen: Vec<&TableProfile> = profile.tables.iter().filter(|table| tables(&table.name)).collect();
    let references: Vec<Vec<Edge<'_>>> =
        chosen.iter().map(|table| references(profile, &chosen, table, nullable)).collect();

    let mut waiting: BTreeSet<usize> = (0..chosen.len()).collect();
    let mut sequence = Vec::with_capacity(chosen.len());
    while !waiting.is_empty() {
        let next = match waiting.iter().find(|&&table| is_ready(&references[table], table, &waiting, false)) {
            Some(&next) => next,
            None => in_cycle(&references, &waiting)
                .map_err(|cycle| cycle_error(cycle.iter().map(|&table| chosen[table].name.as_str())))?,
        };
        waiting.remove(&next);
        sequence.push(next);
    }

    let mut place = vec![0; chosen.len()];
    for (position, &table) in sequence.iter().enumerate() {
        place[table] = position;
    }
    let mut deferred: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, references) in references.iter().enumerate() {
        for reference in references {
            if reference.parents.iter().any(|&parent| place[parent] >= place[table]) {
                deferred.entry(chosen[table].name.clone()).or_default().insert(reference.column.to_owned());
            }
        }
    }
    Ok(Order { tables: sequence.iter().map(|&table| chosen[table].name.clone()).collect(), deferred })
}

fn references<'a>(
    profile: &Completed,
    chosen: &[&TableProfile],
    table: &'a TableProfile,
    nullable: &dyn Fn(&str, &str) -> bool,
) -> Vec<Edge<'a>> {
    let index = |name: &String| chosen.iter().position(|other| other.name == *name);
    let hard = |column: &str| table.needs(column, nullable(&table.name, column));
    let plain = table.references.iter().map(|(column, parent)| Edge {
        column,
        parents: index(parent).into_iter().collect(),
        hard: hard(column),
    });
    let polymorphic = table.polymorphic.iter().map(|reference| Edge {
        column: &reference.id,
        parents: profile.codes(reference).values().filter_map(index).collect(),
        hard: hard(&reference.id),
    });
    plain.chain(polymorphic).collect()
}

/// Returns whether no reference of the table (with `hard`: no hard reference) refers to a waiting table. A soft reference
/// to the table itself never delays it.
fn is_ready(references: &[Edge<'_>], table: usize, waiting: &BTreeSet<usize>, hard: bool) -> bool {
    references.iter().filter(|reference| reference.hard || !hard).all(|reference| {
        reference.parents.iter().all(|&parent| !waiting.contains(&parent) || (parent == table && !reference.hard))
    })
}

/// Returns the first table of a cycle that leads to no other waiting table, such that its hard references are all
/// satisfied. Returns the cycle's tables if there is none. Only called when every waiting table waits for another.
fn in_cycle(references: &[Vec<Edge<'_>>], waiting: &BTreeSet<usize>) -> Result<usize, BTreeSet<usize>> {
    // In the smallest set of reachable tables, each table reaches exactly that set again: it is one cycle, or several that
    // share tables, and nothing in it waits for a table outside.
    let next = |table: usize| {
        let parents = references[table].iter().flat_map(|edge| edge.parents.iter().copied());
        parents.filter(|parent| waiting.contains(parent))
    };
    let cycle = waiting
        .iter()
        .map(|&table| reachable(table, next))
        .min_by_key(BTreeSet::len)
        .expect("called with tables that wait");
    cycle.iter().copied().find(|&table| is_ready(&references[table], table, waiting, true)).ok_or(cycle)
}

/// Returns everything that can be reached in one or more steps, each of which leads to what `next` returns. `from` itself is
/// part of it only if a circle leads back to it.
pub fn reachable<T: Copy + Ord, I: IntoIterator<Item = T>>(from: T, next: impl Fn(T) -> I) -> BTreeSet<T> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<T> = next(from).into_iter().collect();
    while let Some(reached) = open.pop() {
        if seen.insert(reached) {
            open.extend(next(reached));
        }
    }
    seen
}

fn cycle_error<'a>(tables: impl Iterator<Item = &'a str>) -> Error {
    let names: Vec<String> = tables.map(|name| format!("`{name}`")).collect();
    Error::schema(format!("the tables {} refer to each other through key or NOT NULL columns", names.join(", ")))
        .hint("At least one reference of the cycle must be a nullable column outside the natural key.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, key column, references.
    type Described<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

    fn parsed(text: &str) -> Completed {
        Completed::without_catalogue(&super::super::profile::Profile::parse(text).unwrap())
    }

    fn profile(tables: &[Described<'_>]) -> Completed {
        let mut text = "name = \"t\"\n".to_owned();
        for (name, key, references) in tables {
            let references: Vec<String> =
                references.iter().map(|(column, to)| format!("{column} = \"{to}\"")).collect();
            text += &format!(
                "[[table]]\nname = \"{name}\"\ngroup = \"object\"\nkey = [\"{key}\"]\nreferences = {{ {} }}\n",
                references.join(", ")
            );
        }
        parsed(&text)
    }

    fn all(_: &str) -> bool {
        true
    }

    #[test]
    fn parents_come_first_and_the_profile_breaks_ties() {
        let profile = profile(&[
            ("child", "parent_id", &[("parent_id", "parent")]),
            ("zebra", "name", &[]),
            ("parent", "name", &[("self_id", "parent")]),
            ("ape", "name", &[]),
        ]);
        let order = order(&profile, &|_, _| true, &all).unwrap();
        assert_eq!(order.tables, ["zebra", "parent", "child", "ape"]);
        assert!(order.is_deferred("parent", "self_id"));
        assert!(!order.is_deferred("child", "parent_id"));
    }

    #[test]
    fn a_cycle_is_cut_at_its_nullable_reference() {
        let profile = profile(&[
            ("above", "name", &[("city_id", "cities")]),
            ("cities", "place_id", &[("place_id", "places"), ("twin_id", "cities")]),
            ("places", "code", &[("capital_id", "cities"), ("kind_id", "kinds")]),
            ("kinds", "name", &[]),
        ]);
        let order = order(&profile, &|_, _| true, &all).unwrap();
        assert_eq!(order.tables, ["kinds", "places", "cities", "above"]);
        assert!(order.is_deferred("places", "capital_id"));
        assert!(order.is_deferred("cities", "twin_id"));
        assert_eq!(order.deferred.len(), 2);
    }

    #[test]
    fn a_cycle_of_hard_references_is_refused_by_name() {
        let tables = profile(&[
            ("left", "name", &[("right_id", "right")]),
            ("right", "left_id", &[("left_id", "left")]),
            ("other", "name", &[("left_id", "left")]),
        ]);
        let error = order(&tables, &|_, column| column != "right_id", &all).unwrap_err();
        assert_eq!(error.to_string(), "the tables `left`, `right` refer to each other through key or NOT NULL columns");
        assert!(order(&tables, &|_, _| true, &all).is_ok());

        let itself = profile(&[("own", "name", &[("own_id", "own")])]);
        assert!(order(&itself, &|_, _| false, &all).is_err());
    }

    #[test]
    fn the_shipped_profiles_have_an_order() {
        for text in [include_str!("../../sql/profiles/threatq.toml"), include_str!("../../sql/profiles/mini.toml")] {
            let profile = parsed(text);
            let order = order(&profile, &|_, column| !matches!(column, "owner_id" | "place_id"), &all).unwrap();
            assert_eq!(order.tables.len(), profile.tables.len());
            for table in &profile.tables {
                let place = |name: &str| order.tables.iter().position(|other| other == name).unwrap();
                for (column, parent) in &table.references {
                    assert!(place(parent) < place(&table.name) || order.is_deferred(&table.name, column), "{column}");
                }
            }
        }
    }

    #[test]
    fn absent_tables_are_left_out() {
        let profile = parsed(include_str!("../../sql/profiles/mini.toml"));
        let order = order(&profile, &|_, _| true, &|name| name != "cities").unwrap();
        assert_eq!(order.tables.len(), profile.tables.len() - 1);
        assert!(!order.is_deferred("places", "capital_id"));
        assert!(order.is_deferred("places", "parent_id"));
    }
}
