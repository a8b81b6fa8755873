//! `sync_hash`: what is refused without it, and what fills and checks it.

use super::command::Site;
use super::describe::Profile;
use super::fill::Side;
use super::insert::{load, quote};
use super::look::{digest, dump, number};
use crate::support::{Engine, engines};

/// Sets the hash of a row, past the triggers that would put it right.
fn set_hash(site: &Site, table: &str, id: usize, hash: &str) {
    let name = quote(site.database.engine, table);
    let update = format!("UPDATE {name} SET sync_hash = {hash} WHERE id = {id};");
    site.database.run(&match site.database.engine {
        Engine::Sqlite => {
            let triggers = format!("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}';");
            let names = site.database.rows(&triggers).concat();
            names.iter().map(|name| format!("DROP TRIGGER {name};")).collect::<String>() + &update
        }
        Engine::Postgres => {
            format!("ALTER TABLE {name} DISABLE TRIGGER USER; {update} ALTER TABLE {name} ENABLE TRIGGER USER;")
        }
        Engine::Mariadb => {
            let triggers = format!(
                "SELECT trigger_name FROM information_schema.triggers
                 WHERE trigger_schema = database() AND event_object_table = '{table}';"
            );
            let names = site.database.rows(&triggers).concat();
            names.iter().map(|name| format!("DROP TRIGGER {name};")).collect::<String>() + &update
        }
    });
}

#[test]
fn without_a_hash_nothing_moves_until_it_is_filled() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let whole = Site::filled(engine, &profile, Side::A);
        let site = Site::filled(engine, &profile, Side::B);
        let sound = dump(&site.database, &profile);
        let bundle = whole.export(&[]).bundle;
        for (table, id) in [("cities", 12), ("links", 13)] {
            set_hash(&site, table, id, "NULL");
        }
        let before = digest(&site.database, &profile);
        let ended = site.expect(&["export"], 8);
        assert!(ended.stderr.contains("fill-sync-hash") && ended.stderr.contains("links"), "{}", ended.stderr);
        let report = site.import_as(&bundle, &[], 8);
        assert_eq!(report["error"]["kind"], "missing-hash", "{report}");
        assert_eq!(digest(&site.database, &profile), before);

        let report = site.json(&["fill-sync-hash"], 0);
        assert_eq!(report["tables"]["cities"]["filled"], 1, "{report}");
        assert_eq!(dump(&site.database, &profile), sound, "{engine:?}: filling changes nothing else");

        set_hash(&site, "links", 13, "NULL");
        site.import(&bundle, &["--fill-sync-hash"]);
        assert_eq!(number(&site.database, "SELECT count(*) FROM links WHERE sync_hash IS NULL;"), 0);
    }
}

#[test]
fn a_wrong_hash_is_found_and_put_right() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::filled(engine, &profile, Side::A);
        let sound = dump(&site.database, &profile);
        site.expect(&["fill-sync-hash", "--check"], 0);
        set_hash(&site, "link_notes", 12, "'00000000000000000000000000000000'");
        let before = digest(&site.database, &profile);
        let report = site.json(&["fill-sync-hash", "--check"], 4);
        assert_eq!(report["tables"]["link_notes"]["wrong"], 1, "{report}");
        assert_eq!(digest(&site.database, &profile), before, "a check writes nothing");
        site.expect(&["fill-sync-hash", "--all"], 0);
        assert_eq!(dump(&site.database, &profile), sound, "{engine:?}");
        site.expect(&["fill-sync-hash", "--check"], 0);
    }
}

#[test]
fn twins_are_listed_and_stay() {
    let profile = Profile::read("mini");
    let site = Site::empty(Engine::Sqlite, &profile);
    load(&site.database, &profile, Side::A);
    // A link and its mirror are one row.
    site.database.run(
        "INSERT INTO links (id, src_type, src_object_id, dest_type, dest_object_id)
         SELECT 99, dest_type, dest_object_id, src_type, src_object_id FROM links WHERE id = 10;",
    );
    let report = site.json(&["fill-sync-hash"], 7);
    assert_eq!(report["tables"]["links"]["twins"], serde_json::json!([[10, 99]]), "{report}");
    assert_eq!(number(&site.database, "SELECT count(*) FROM links WHERE id IN (10, 99);"), 2);
}

#[test]
fn a_row_whose_key_changed_travels_again_with_all_that_hangs_on_it() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::filled(engine, &profile, Side::A);
        let b = Site::empty(engine, &profile);
        // Old and new row would both have it, and it is unique.
        a.database.run("UPDATE things SET serial = NULL;");
        b.import(&a.export(&["--include-deleted=Y"]).bundle, &[]);
        a.database.run("UPDATE synchronizations SET started_at = '2025-06-01 12:00:00';");
        a.database.run("UPDATE kinds SET name = 'renamed', updated_at = '2025-06-02 00:00:00' WHERE id = 12;");
        a.fill_hashes();
        let second = a.export(&["--include-deleted=Y"]);
        b.import(&second.bundle, &[]);
        let query = "SELECT count(*) FROM things JOIN kinds ON kinds.id = things.kind_id WHERE kinds.name = 'renamed';";
        assert_eq!(number(&b.database, query), 1, "{engine:?}: {}", second.report["tables"]);
        assert_eq!(number(&b.database, "SELECT count(*) FROM kinds;"), 9, "the old one stays");
        let tables = &second.report["tables"];
        for table in ["kinds", "things", "thing_sources", "thing_notes"] {
            assert!(tables[table]["rows"].as_u64().unwrap() > 0, "{engine:?} {table}: {tables}");
        }
    }
}
