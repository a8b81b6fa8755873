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
