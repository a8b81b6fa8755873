//! The schema files in each engine's own shell, and what their triggers do there.

use std::path::Path;

use crate::support::{Database, Engine, engines, fresh_database};

fn file(engine: Engine, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql").join(engine.name()).join(format!("{name}.sql"));
    std::fs::read_to_string(path).unwrap()
}

fn database(engine: Engine, profile: &str) -> Database {
    let database = fresh_database(engine);
    database.run(&file(engine, profile));
    database
}

#[test]
fn every_file_runs_by_hand_and_the_ledger_twice() {
    for engine in engines() {
        for profile in ["threatq", "mini"] {
            let database = database(engine, profile);
            database.run(&file(engine, "ledger"));
            assert_eq!(database.run("SELECT count(*) FROM synchronizations;").trim(), "0");
        }
        let database = fresh_database(engine);
        database.run(&file(engine, "ledger"));
        database.run(&file(engine, "ledger"));
    }
}

/// Rows whose keys refer to each other over four tables, and twice by type code.
const ROWS: &str = "
    INSERT INTO kinds (id, name) VALUES (1, 'alpha'), (2, 'beta');
    INSERT INTO things (id, kind_id, value) VALUES (1, 1, 'one'), (2, 2, 'one');
    INSERT INTO links (id, src_type, src_object_id, dest_type, dest_object_id)
        VALUES (1, 'thing', 1, 'thing', 2), (2, 'thing', 2, 'thing', 2);
    INSERT INTO link_notes (id, link_id, value) VALUES (1, 1, 'n'), (2, 2, 'n');
    INSERT INTO labels (id, name) VALUES (1, 'red');
    INSERT INTO labelled (id, label_id, object_type, object_id) VALUES (1, 1, 'thing', 1), (2, 1, 'thing', 2);
    UPDATE kinds SET updated_at = '2001-01-01 00:00:00';
    UPDATE things SET updated_at = '2001-01-01 00:00:00';
    UPDATE links SET updated_at = '2001-01-01 00:00:00';
    UPDATE link_notes SET updated_at = '2001-01-01 00:00:00';
    UPDATE labelled SET updated_at = '2001-01-01 00:00:00';
";

const LOOK: &str = "
    SELECT 'kinds', id, coalesce(sync_hash, ''), CASE WHEN updated_at > '2002-01-01 00:00:00' THEN 1 ELSE 0 END FROM kinds
    UNION ALL SELECT 'things', id, coalesce(sync_hash, ''), CASE WHEN updated_at > '2002-01-01 00:00:00' THEN 1 ELSE 0 END FROM things
    UNION ALL SELECT 'links', id, coalesce(sync_hash, ''), CASE WHEN updated_at > '2002-01-01 00:00:00' THEN 1 ELSE 0 END FROM links
    UNION ALL SELECT 'link_notes', id, coalesce(sync_hash, ''), CASE WHEN updated_at > '2002-01-01 00:00:00' THEN 1 ELSE 0 END FROM link_notes
    UNION ALL SELECT 'labelled', id, coalesce(sync_hash, ''), CASE WHEN updated_at > '2002-01-01 00:00:00' THEN 1 ELSE 0 END FROM labelled;
";

/// `table id` → (hash, whether updated_at was touched), sorted.
fn look(database: &Database) -> std::collections::BTreeMap<String, (String, bool)> {
    let row = |cells: &Vec<String>| (format!("{} {}", cells[0], cells[1]), (cells[2].clone(), cells[3] == "1"));
    database.rows(LOOK).iter().map(row).collect()
}

/// The rows that a change of `kinds` 1 reaches.
const REACHED: [&str; 5] = ["kinds 1", "things 1", "links 1", "link_notes 1", "labelled 1"];

#[test]
fn a_key_change_reaches_all_rows_whose_key_refers_to_the_row() {
    for engine in engines() {
        let database = database(engine, "mini");
        database.run(ROWS);
        if engine == Engine::Sqlite {
            assert!(look(&database).values().all(|(hash, _)| hash.is_empty()), "only fill-sync-hash fills");
            for (row, _) in look(&database) {
                let (table, id) = row.split_once(' ').unwrap();
                database.run(&format!("UPDATE {table} SET sync_hash = '{table}{id}' WHERE id = {id};"));
            }
        }
        let before = look(&database);
        assert!(before.values().all(|(hash, touched)| !hash.is_empty() && !touched), "{engine:?} {before:?}");

        database.run("UPDATE kinds SET name = 'gamma' WHERE id = 1;");
        let after = look(&database);
        for (row, (hash, touched)) in &after {
            let reached = REACHED.contains(&row.as_str());
            assert_eq!(*hash != before[row].0, reached, "{engine:?} {row}");
            assert_eq!(*touched, reached && row != "kinds 1", "{engine:?} {row}");
            assert_eq!(hash.is_empty(), reached && engine == Engine::Sqlite, "{engine:?} {row}");
        }

        if engine != Engine::Sqlite {
            database.run("UPDATE kinds SET name = 'alpha' WHERE id = 1;");
            let again = look(&database);
            assert!(again.iter().all(|(row, (hash, _))| *hash == before[row].0), "{engine:?} {again:?}");
        }
    }
}

#[test]
fn a_supplied_hash_is_kept_and_other_columns_change_none() {
    for engine in engines() {
        let database = database(engine, "mini");
        let own = "0123456789abcdef0123456789abcdef";
        database.run(&format!(
            "INSERT INTO kinds (id, name) VALUES (1, 'alpha');
             INSERT INTO things (id, kind_id, value, sync_hash) VALUES (1, 1, 'one', '{own}');
             UPDATE things SET description = 'x', n = 5 WHERE id = 1;"
        ));
        let stored = || database.run("SELECT coalesce(sync_hash, '') FROM things;").trim().to_owned();
        assert_eq!(stored(), own, "{engine:?}");
        let other = own.replace('0', "f");
        database.run(&format!("UPDATE things SET value = 'two', sync_hash = '{other}' WHERE id = 1;"));
        assert_eq!(stored(), other, "{engine:?}");
        database.run("UPDATE things SET value = 'three' WHERE id = 1;");
        assert_ne!(stored(), other, "{engine:?}");
        if engine != Engine::Sqlite {
            let computed = stored();
            database.run("UPDATE things SET sync_hash = NULL WHERE id = 1;");
            assert_eq!(stored(), computed, "{engine:?}");
        }
    }
}

#[test]
fn a_row_that_is_referred_to_cannot_be_deleted() {
    for engine in engines() {
        let database = database(engine, "mini");
        database.run(ROWS);
        let failed =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| database.run("DELETE FROM kinds WHERE id = 1;")));
        assert!(failed.is_err(), "{engine:?}");
    }
}
