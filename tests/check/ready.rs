//! What `check` finds beside rights, and that it leaves everything as it is.

use super::{clear_hashes, run};
use crate::support::{Database, Engine, engines, fresh_database};

/// A database with three things and their hashes, and a folder.
fn filled(engine: Engine) -> (Database, tempfile::TempDir) {
    let database = fresh_database(engine);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &database.url, &["init"]).status, 0);
    database.run(
        "INSERT INTO kinds (id, name) VALUES (1, 'alpha');
         INSERT INTO things (id, kind_id, value) VALUES (1, 1, 'one'), (2, 1, 'two'), (3, 1, 'three');",
    );
    assert_eq!(run(folder.path(), &database.url, &["fill-sync-hash"]).status, 0);
    (database, folder)
}

/// The exit status, and the states of the lines of a check.
fn checked(database: &Database, folder: &tempfile::TempDir, arguments: &[&str]) -> (i32, serde_json::Value) {
    let arguments: Vec<&str> = ["check", "--json"].iter().chain(arguments).copied().collect();
    let ended = run(folder.path(), &database.url, &arguments);
    (ended.status, serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}{}", ended.stdout, ended.stderr)))
}

fn found(report: &serde_json::Value, check: &str, state: &str) -> bool {
    report["checks"].as_array().unwrap().iter().any(|line| line["check"] == check && line["state"] == state)
}

#[test]
fn a_database_that_is_ready_is_left_as_it_is() {
    for engine in engines() {
        let (database, folder) = filled(engine);
        let tables = match engine {
            Engine::Sqlite => "SELECT name FROM sqlite_schema ORDER BY 1",
            Engine::Postgres => "SELECT tablename FROM pg_tables ORDER BY 1",
            Engine::Mariadb => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = database() ORDER BY 1"
            }
        };
        let before = database.run(tables);
        let (status, report) = checked(&database, &folder, &[]);
        assert_eq!((status, &report["status"]), (0, &"ready".into()), "{engine:?}: {report}");
        for check in ["connection", "rights", "schema", "sync_hash", "clock", "chain"] {
            assert!(found(&report, check, "ok"), "{engine:?} {check}: {report}");
        }
        assert_eq!(report["tables"]["things"]["missing"], 0);
        assert_eq!(report["tables"]["things"]["indexed"], true);
        assert_eq!(database.run(tables), before);
        assert_eq!(database.run("SELECT count(*) FROM gapsync_lock").trim(), "0");
    }
}

#[test]
fn what_stands_most_in_the_way_is_the_exit_status() {
    for engine in engines() {
        let (database, folder) = filled(engine);
        database.run("UPDATE things SET updated_at = '2999-01-01 00:00:00' WHERE id = 1;");
        let (status, report) = checked(&database, &folder, &[]);
        assert_eq!(status, 0, "{engine:?}: {report}");
        assert!(found(&report, "clock", "warning"), "{engine:?}: {report}");
        clear_hashes(&database, "things", "id < 3");
        let (status, report) = checked(&database, &folder, &[]);
        assert_eq!(status, 8, "{engine:?}: {report}");
        assert_eq!(report["tables"]["things"]["missing"], 2);
        // To fill them is what the command is for.
        assert_eq!(checked(&database, &folder, &["--for", "fill-sync-hash"]).0, 0);
        let empty = fresh_database(engine);
        if engine == Engine::Sqlite {
            empty.run("CREATE TABLE other (id integer);");
        }
        let (status, report) = checked(&empty, &folder, &[]);
        assert_eq!(status, 7, "{engine:?}: {report}");
        assert!(found(&report, "schema", "failed"), "{report}");
    }
}

#[test]
fn a_bundle_is_held_against_the_database() {
    for engine in engines() {
        let (source, folder) = filled(engine);
        let (target, _other) = filled(engine);
        for sequence in 1..=2 {
            let made = run(folder.path(), &source.url, &["export", "--target=.", "--full"]);
            assert_eq!(made.status, 0, "{}", made.stderr);
            let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
            let tarball = names.into_iter().find(|path| path.to_string_lossy().ends_with(".tar.gz")).unwrap();
            std::fs::rename(&tarball, folder.path().join(format!("{sequence}.bundle"))).unwrap();
        }
        let (status, report) = checked(&target, &folder, &["--file=2.bundle"]);
        assert_eq!(status, 0, "{engine:?}: {report}");
        assert!(found(&report, "bundle", "ok") && found(&report, "time", "unknown"), "{engine:?}: {report}");
        std::fs::write(folder.path().join("none.bundle"), "this is no bundle at all").unwrap();
        assert_eq!(checked(&target, &folder, &["--file=none.bundle"]).0, 5, "{engine:?}");
    }
}

#[test]
fn a_database_that_cannot_be_reached_is_a_line_of_the_grid() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), "sqlite:none.db", &["check"]);
    assert_eq!(ended.status, 6, "{}", ended.stderr);
    assert!(ended.stdout.contains("connection  failed"), "{}", ended.stdout);
}
