//! The lock and the history, on each engine.

use crate::support::{Database, engines, finish, fresh_database, gapsync};

fn run(database: &Database, folder: &tempfile::TempDir, arguments: &[&str]) -> crate::support::Ended {
    let mut command = gapsync(arguments);
    command.env("GAPSYNC_DATABASE", &database.url).env("GAPSYNC_PROFILE", "mini").current_dir(folder.path());
    finish(&mut command)
}

/// A lock row with a sign of life so many seconds ago.
fn hold(database: &Database, host: &str, token: &str, seconds: u32) {
    use crate::support::Engine::{Mariadb, Postgres, Sqlite};
    let then = match database.engine {
        Sqlite => format!("strftime('%Y-%m-%d %H:%M:%f000', 'now', '-{seconds} seconds')"),
        Postgres => format!("clock_timestamp() AT TIME ZONE 'UTC' - interval '{seconds} seconds'"),
        Mariadb => format!("utc_timestamp(6) - INTERVAL {seconds} SECOND"),
    };
    database.run(&format!(
        "DELETE FROM gapsync_lock; INSERT INTO gapsync_lock (name, host, pid, token, acquired_at, heartbeat) \
         VALUES ('import', '{host}', {}, '{token}', {then}, {then});",
        std::process::id()
    ));
}

#[test]
fn a_lock_that_is_held_is_9() {
    for engine in engines() {
        let (database, folder) = (fresh_database(engine), tempfile::tempdir().unwrap());
        assert_eq!(run(&database, &folder, &["init"]).status, 0);
        database.run("INSERT INTO kinds (name) VALUES ('alpha');");
        assert_eq!(run(&database, &folder, &["fill-sync-hash"]).status, 0);
        let exported = run(&database, &folder, &["export", "--json"]);
        let report: serde_json::Value = serde_json::from_str(&exported.stdout).unwrap();
        let bundle = report["bundle"]["name"].as_str().unwrap();
        hold(&database, "elsewhere", "other", 10);
        for arguments in [&["cleanup"][..], &["import", "--file", bundle], &["fill-sync-hash"]] {
            let ended = run(&database, &folder, arguments);
            assert_eq!(ended.status, 9, "{engine:?}: {}", ended.stderr);
            for word in ["elsewhere", &std::process::id().to_string(), "since 2"] {
                assert!(ended.stderr.contains(word), "{}", ended.stderr);
            }
        }
        // What only reads does not wait for an import.
        for arguments in [&["export"][..], &["fill-sync-hash", "--check"]] {
            assert_eq!(run(&database, &folder, arguments).status, 0, "{engine:?}: {arguments:?}");
        }
        hold(&database, "elsewhere", "other", 300);
        let ended = run(&database, &folder, &["import", "--file", bundle]);
        assert!(ended.status == 0 && ended.stderr.contains("elsewhere"), "{engine:?}: {}", ended.stderr);
        assert_eq!(database.run("SELECT count(*) FROM gapsync_lock;").trim(), "0", "{engine:?}");
    }
}

#[test]
fn the_lock_of_a_process_that_is_gone_is_taken_over_at_once() {
    for engine in engines() {
        let (database, folder) = (fresh_database(engine), tempfile::tempdir().unwrap());
        assert_eq!(run(&database, &folder, &["init"]).status, 0);
        let host = String::from_utf8(std::process::Command::new("hostname").output().unwrap().stdout).unwrap();
        let space = std::fs::read_link("/proc/self/ns/pid").unwrap();
        let space = space.to_str().unwrap().trim_matches(|c: char| !c.is_ascii_digit());
        // A process of another container cannot be looked at, and this one gave a sign of life a second ago.
        hold(&database, host.trim(), "1-1-00000000", 1);
        assert_eq!(run(&database, &folder, &["cleanup"]).status, 9, "{engine:?}");
        // This process lives, but began at another time than the token says.
        hold(&database, host.trim(), &format!("1-{space}-00000000"), 1);
        database.run(
            "CREATE TABLE sync_import_things_4711 (id int); CREATE TABLE sync_import_kinds_4711_raw (id int); \
                  CREATE TABLE sync_import_history_4711 (id int); CREATE TABLE sync_import_things_4712 (id int); \
                  INSERT INTO gapsync_checkpoint VALUES (-4711, 'tables', \
                  '[\"sync_import_things_4711\",\"sync_import_kinds_4711_raw\",\"sync_import_gone_4711\"]', \
                  '2026-01-01 00:00:00');",
        );
        let cleaned = run(&database, &folder, &["cleanup"]);
        let mut dropped: Vec<&str> = cleaned.stdout.lines().collect();
        dropped.sort_unstable();
        let expected = ["dropped sync_import_kinds_4711_raw", "dropped sync_import_things_4711"];
        assert!(cleaned.status == 0 && dropped == expected, "{engine:?}: {cleaned:?}");
        assert!(cleaned.stderr.contains("took over the lock"), "{}", cleaned.stderr);
        assert_eq!(run(&database, &folder, &["cleanup"]).stdout, "nothing to clean up\n");
        // The platform's own tables may have such names.
        database.run("SELECT count(*) FROM sync_import_history_4711; SELECT count(*) FROM sync_import_things_4712;");
    }
}

#[test]
fn history_lists_runs_newest_first() {
    for engine in engines() {
        let (database, folder) = (fresh_database(engine), tempfile::tempdir().unwrap());
        let none = run(&database, &folder, &["history"]);
        if engine != crate::support::Engine::Sqlite {
            assert_eq!((none.status, none.stdout.as_str()), (0, "no runs yet\n"), "{engine:?}: {}", none.stderr);
        }
        assert_eq!(run(&database, &folder, &["init"]).status, 0);
        for _ in 0..2 {
            assert_eq!(run(&database, &folder, &["export", "--progress=off"]).status, 0);
        }
        let listed = run(&database, &folder, &["history"]).stdout;
        let runs: Vec<&str> = listed.lines().skip(1).map(|line| line.split_whitespace().next().unwrap()).collect();
        assert_eq!(runs, ["2", "1"], "{engine:?}: {listed}");
        let json = run(&database, &folder, &["history", "--run=2", "--json"]).stdout;
        let run: serde_json::Value = serde_json::from_str(&json).unwrap();
        let run = &run["run"];
        assert_eq!((&run["type"], &run["status"]), (&"export".into(), &"nothing-new".into()), "{engine:?}");
        // What the window of the next export is found by.
        let hash = run["hash"].as_str().unwrap();
        assert!(hash.len() == 32 && run["config"]["include_deleted"] == false, "{engine:?}: {run}");
        assert_eq!(run["started_at"], run["report"]["started_at"], "{engine:?}");
    }
}

#[test]
fn what_a_killed_import_leaves_is_cleaned_up() {
    use std::io::Write;
    use std::process::Stdio;

    for engine in engines() {
        let (database, folder) = (fresh_database(engine), tempfile::tempdir().unwrap());
        assert_eq!(run(&database, &folder, &["init"]).status, 0);
        // More than the reader takes in at once, so that it hands rows on before the end has come.
        let text = "x".repeat(1_500_000);
        for code in ["a", "b", "c"] {
            database.run(&format!("INSERT INTO places (code, description) VALUES ('{code}', '{text}');"));
        }
        assert_eq!(run(&database, &folder, &["fill-sync-hash"]).status, 0);
        let exported = run(&database, &folder, &["export", "--compression=none", "--json"]);
        let report: serde_json::Value = serde_json::from_str(&exported.stdout).unwrap();
        let bundle = std::fs::read(folder.path().join(report["bundle"]["name"].as_str().unwrap())).unwrap();
        let mut command = gapsync(["import", "--file=-"]);
        command.env("GAPSYNC_DATABASE", &database.url).env("GAPSYNC_PROFILE", "mini").current_dir(folder.path());
        let mut import = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The end of the bundle does not come, so the import waits with its tables made.
        import.stdin.as_mut().unwrap().write_all(&bundle[..bundle.len() - 10]).unwrap();
        let left = || tables(&database).iter().any(|name| name.starts_with("sync_import_"));
        // On SQLite they are made in the transaction that fills them, so a killed import leaves none.
        let transactional = engine == crate::support::Engine::Sqlite;
        let runs = || database.run("SELECT count(*) FROM synchronizations;").trim() == "2";
        let begun = std::time::Instant::now();
        while !(runs() && (transactional || left())) {
            assert!(begun.elapsed().as_secs() < 60, "{engine:?}: the import makes no tables");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert_eq!(run(&database, &folder, &["cleanup"]).status, 9, "{engine:?}: the import lives");
        import.kill().unwrap();
        import.wait().unwrap();
        let cleaned = run(&database, &folder, &["cleanup"]);
        assert_eq!(cleaned.status, 0, "{engine:?}: {cleaned:?}");
        assert!(transactional || cleaned.stdout.contains("_raw"), "{engine:?}: {cleaned:?}");
        assert!(!left(), "{engine:?}: {:?}", tables(&database));
    }
}

/// Names of all tables.
fn tables(database: &Database) -> Vec<String> {
    use crate::support::Engine::{Mariadb, Postgres, Sqlite};
    let query = match database.engine {
        Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table';",
        Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = 'public';",
        Mariadb => "SELECT table_name FROM information_schema.tables WHERE table_schema = database();",
    };
    database.run(query).lines().map(str::to_owned).collect()
}
