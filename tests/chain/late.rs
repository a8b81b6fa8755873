//! Rows that are committed while, or after, an export looks at the database.

use std::io::Write;
use std::time::{Duration, Instant};

use super::{chain, label, labels};
use crate::conformance::look::number;
use crate::support::{Engine, engines};

/// Waits until a statement gives 1.
fn wait(database: &crate::support::Database, statement: &str) {
    let began = Instant::now();
    while number(database, statement) != 1 {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not happen: {statement}");
        std::thread::sleep(Duration::from_millis(150));
    }
}

#[test]
fn a_row_that_is_committed_after_an_export_travels_with_the_next() {
    for engine in engines().into_iter().filter(|engine| *engine != Engine::Sqlite) {
        let (source, target, bundles) = chain(engine, ["one"]);
        target.import(&bundles[0].bundle, &[]);
        // MariaDB shows an old list of transactions as long as somebody reads it all the time.
        let reader = (engine == Engine::Mariadb).then(|| {
            let mut reader = source.database.shell();
            let mut input = reader.stdin.take().unwrap();
            let ask = "SELECT count(*) FROM information_schema.innodb_trx;\nDO SLEEP(0.02);\n";
            input.write_all(ask.repeat(500).as_bytes()).unwrap();
            reader
        });
        let mut shell = source.database.shell();
        let mut input = shell.stdin.take().unwrap();
        input.write_all(b"BEGIN;\nINSERT INTO labels (name) VALUES ('late');\n").unwrap();
        let open = match engine {
            Engine::Postgres => {
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL \
                 AND state = 'idle in transaction'"
            }
            // Read while it is open: the list of transactions is the old one.
            _ => {
                "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; \
                 SELECT count(*) FROM labels WHERE name = 'late';"
            }
        };
        wait(&source.database, open);
        std::thread::sleep(Duration::from_millis(2100));
        let without = source.export(&[]);
        input.write_all(b"COMMIT;\n").unwrap();
        drop(input);
        assert!(shell.wait().unwrap().success());
        source.fill_hashes();
        std::thread::sleep(Duration::from_millis(1100));
        let with = source.export(&[]);
        for exported in [&without, &with] {
            target.import(&exported.bundle, &[]);
        }
        assert_eq!(labels(&target), 2, "{engine:?}: {}", with.report["window"]);
        if let Some(mut reader) = reader {
            assert!(reader.wait().unwrap().success());
        }
    }
}

#[test]
fn two_exports_at_once_lose_nothing() {
    for engine in engines() {
        let (source, target, bundles) = chain(engine, ["one"]);
        target.import(&bundles[0].bundle, &[]);
        label(&source, "two");
        let start = |folder: &str| {
            std::fs::create_dir(source.folder.path().join(folder)).unwrap();
            let mut command = source.command(&["export", &format!("--target={folder}"), "--json"]);
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
        };
        let running = ["a", "b"].map(start);
        let statuses = running.map(|mut running| running.wait().unwrap().code());
        // One of them may be refused because the other holds the stream; what it has made does not count then.
        assert!(statuses.contains(&Some(0)), "{engine:?}: {statuses:?}");
        label(&source, "three");
        std::thread::sleep(Duration::from_millis(1100));
        let last = source.export(&[]);
        let mut made = Vec::new();
        for (folder, status) in ["a", "b"].iter().zip(statuses) {
            if status == Some(0) {
                made.extend(crate::conformance::command::files(&source.folder.path().join(folder), ".tar.gz"));
            }
        }
        made.push(last.bundle);
        for bundle in &made {
            target.run(&["import", &format!("--file={}", bundle.display())]);
        }
        assert_eq!(labels(&target), 3, "{engine:?}: {statuses:?}");
        let gaps = target.json(&["history", "--gaps"], 0);
        assert_eq!(gaps["streams"][0]["last_sequence"].as_u64(), Some(1 + made.len() as u64), "{engine:?}: {gaps}");
    }
}

#[test]
fn a_bundle_that_comes_late_takes_nothing_back() {
    for engine in engines() {
        let (source, target) = super::pair(engine);
        let date = "updated_at = '2026-01-01 00:00:00'";
        source.database.run("INSERT INTO people (email, name) VALUES ('a@x', 'first');");
        source.database.run(&format!("UPDATE people SET {date};"));
        source.fill_hashes();
        let first = source.export(&[]);
        // Within the same second, as a platform that writes whole seconds has it.
        source.database.run(&format!("UPDATE people SET name = 'second', {date};"));
        let second = source.export(&["--full"]);
        assert_eq!((&first.report["chain"]["sequence"], &second.report["chain"]["sequence"]), (&1.into(), &2.into()));
        target.import(&second.bundle, &[]);
        let late = target.import(&first.bundle, &[]);
        let kept = number(&target.database, "SELECT count(*) FROM people WHERE name = 'second';");
        assert_eq!((kept, &late["tables"]["people"]["kept"]), (1, &1.into()), "{engine:?}: {late}");
        // In their order the later one wins.
        let other = super::pair(engine).1;
        for bundle in [&first.bundle, &second.bundle] {
            other.import(bundle, &[]);
        }
        assert_eq!(number(&other.database, "SELECT count(*) FROM people WHERE name = 'second';"), 1, "{engine:?}");
    }
}

#[test]
fn a_window_begins_with_a_whole_second() {
    for engine in engines() {
        let (source, _) = super::pair(engine);
        label(&source, "one");
        label(&source, "two");
        let now = match engine {
            Engine::Sqlite => "strftime('%Y-%m-%d %H:%M:%S', 'now', '+5 seconds')",
            Engine::Postgres => "date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC') + interval '5 seconds'",
            Engine::Mariadb => "utc_timestamp(0) + INTERVAL 5 SECOND",
        };
        // So that the row below is not found for being newer than all that the export saw.
        source.database.run(&format!("UPDATE labels SET updated_at = {now} WHERE name = 'one';"));
        let first = source.export(&[]);
        // A platform that writes whole seconds changes a row in the second of the export, after it.
        let second = &first.report["started_at"].as_str().unwrap()[..19];
        source.database.run(&format!("UPDATE labels SET updated_at = '{second}' WHERE name = 'two';"));
        let next = source.export(&[]);
        assert_eq!(next.report["tables"]["labels"]["rows"], 2, "{engine:?}: {}", next.report);
    }
}
