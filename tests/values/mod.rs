//! Values: what leaves one engine arrives equal on every other that can hold it, and is rejected by name where not.

mod equal;
mod ids;
mod unfit;

use std::collections::BTreeMap;

use crate::conformance::command::Site;
use crate::conformance::describe::Profile;
use crate::conformance::insert::{bytes, text};
use crate::conformance::look::{Cell, dump};
use crate::support::Engine;

/// Puts a row into `things`, one column with a literal of the engine's SQL.
fn thing(site: &Site, name: &str, column: &str, literal: &str) {
    site.database.run(&insert(name, column, literal));
}

fn insert(name: &str, column: &str, literal: &str) -> String {
    format!("INSERT INTO things (kind_id, value, {column}) VALUES (1, '{name}', {literal});\n")
}

/// A site with one kind, for things.
fn site(engine: Engine, profile: &Profile) -> Site {
    let site = Site::empty(engine, profile);
    site.database.run("INSERT INTO kinds (id, name) VALUES (1, 'kind');");
    site
}

/// `things` by their value: the given column of each.
fn cells(site: &Site, profile: &Profile, column: &BTreeMap<String, &str>) -> BTreeMap<String, Cell> {
    let things = dump(&site.database, profile).remove("things").expect("the table");
    things
        .into_values()
        .map(|mut row| {
            let name = row.remove("value").flatten().expect("never NULL");
            let cell = row.remove(column[&name]).expect("a column");
            (name, cell)
        })
        .collect()
}
