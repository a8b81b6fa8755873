//! A command that is in the wrong place makes nothing there.

use std::fs;

use super::with_bundle;
use crate::support::{Engine, engines, fresh_database};

#[test]
fn a_database_without_the_profiles_tables_is_refused_by_every_command() {
    for engine in engines() {
        let site = with_bundle(engine, |_| {});
        let other = fresh_database(engine);
        other.run("CREATE TABLE something_else (id integer primary key);");
        for command in [
            &["import", "--file=b.tar.gz"][..],
            &["import", "--file=b.tar.gz", "--dry-run"],
            &["fill-sync-hash"],
            &["fill-sync-hash", "--check"],
            &["export"],
        ] {
            let ended = crate::support::finish(&mut site.elsewhere(command, &other.url));
            assert_eq!(ended.status, 7, "{engine:?} {command:?}: {}", ended.stderr);
            assert!(ended.stderr.contains("gapsync init"), "{engine:?} {command:?}: {}", ended.stderr);
            assert!(other.try_run("SELECT count(*) FROM synchronizations;").is_none(), "{engine:?} {command:?}");
        }
    }
}

#[test]
fn the_schema_that_has_the_tables_is_named() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let site = with_bundle(Engine::Postgres, |_| {});
    site.database.run("CREATE SCHEMA tq; ALTER TABLE kinds SET SCHEMA tq; ALTER TABLE settings SET SCHEMA tq;");
    site.database.run("ALTER SCHEMA public RENAME TO old; CREATE SCHEMA public; ALTER SCHEMA old RENAME TO elsewhere;");
    let ended = site.expect(&["import", "--file=b.tar.gz"], 7);
    assert!(ended.stderr.contains("schema `elsewhere`") && ended.stderr.contains("search_path"), "{}", ended.stderr);
}

#[test]
fn rows_of_a_missing_table_are_counted() {
    for engine in engines() {
        let site = with_bundle(engine, |_| {});
        site.database.run("DROP TABLE settings;");
        let import = |status: &str| {
            let report = site.json(&["import", "--file=b.tar.gz"], 0);
            let warnings = report["warnings"].to_string();
            assert!(
                warnings.contains("rows skipped because the database has no such table: `settings` 3"),
                "{engine:?}: {report}"
            );
            assert_eq!(report["status"], status, "{engine:?}: {report}");
        };
        import("finished");
        // Nothing is written, yet the database does not have it all.
        import("nothing-to-do");
        let page = fs::read_to_string(site.folder.path().join("b-sync-import.2.txt")).unwrap();
        assert!(!page.contains("has it all"), "{engine:?}: {page}");
    }
}
