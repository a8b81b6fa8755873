//! Ids of new rows.

use super::{site, thing};
use crate::conformance::command::Site;
use crate::conformance::describe::Profile;
use crate::conformance::look::number;
use crate::support::{Engine, engines};

/// A thing of `source` that `target` has, under the id 40, and deletes.
fn deleted(source: &Site, target: &Site) {
    let engine = target.database.engine;
    thing(source, "deleted", "id", "40");
    source.fill_hashes();
    target.import(&source.export_all().bundle, &[]);
    let highest = number(&target.database, "SELECT max(id) FROM things;");
    target.database.run("DELETE FROM things WHERE value = 'deleted';");
    source.database.run("DELETE FROM things WHERE value = 'deleted';");
    thing(source, "next", "description", "NULL");
    source.fill_hashes();
    target.import(&source.export_all().bundle, &[]);
    let next = number(&target.database, "SELECT id FROM things WHERE value = 'next';");
    assert!(next > highest, "{engine:?}: {next} was given, {highest} had been");
}

#[test]
fn an_id_of_a_deleted_row_is_not_given_again() {
    let profile = Profile::read("mini");
    for engine in engines() {
        deleted(&site(engine, &profile), &Site::empty(engine, &profile));
    }
}

#[test]
fn sqlite_without_autoincrement_takes_the_ids_above_those_that_are_there() {
    let profile = Profile::read("mini");
    let source = site(Engine::Sqlite, &profile);
    thing(&source, "first", "description", "NULL");
    source.fill_hashes();
    let target = Site::bare(Engine::Sqlite, &profile);
    let schema = include_str!("../../sql/sqlite/mini.sql");
    assert!(schema.contains(" AUTOINCREMENT"));
    target.database.run(&schema.replace(" AUTOINCREMENT", ""));
    assert_eq!(number(&target.database, "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence';"), 0);
    target.database.run("INSERT INTO kinds (id, name) VALUES (70, 'other');");
    target.fill_hashes();
    target.import(&source.export_all().bundle, &[]);
    assert_eq!(number(&target.database, "SELECT id FROM kinds WHERE name = 'kind';"), 71);
    assert_eq!(number(&target.database, "SELECT count(*) FROM things WHERE value = 'first';"), 1);
}
