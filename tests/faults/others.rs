//! Others at work on the target during an import: an administrator who ends its connections, a writer who changes the same
//! rows, a second import, and one who lets nobody make a table for a while.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::people::{Merging, PEOPLE, count, with_people};
use crate::conformance::command::Site;
use crate::conformance::look::number;
use crate::support::{Database, Engine, engines};

/// Ends all connections to a database but the one that asks; gives their number.
fn end_connections(database: &Database) -> usize {
    match database.engine {
        Engine::Sqlite => 0,
        Engine::Postgres => database
            .run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid();\n",
            )
            .lines()
            .count(),
        Engine::Mariadb => {
            let ids = database.rows(
                "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id();\n",
            );
            // One may be gone by now.
            ids.iter().filter(|id| database.try_run(&format!("KILL {};\n", id[0])).is_some()).count()
        }
    }
}

/// Does `work` again and again while an import runs; gives the import's report and what the work came to.
fn during(site: &Site, bundle: &std::path::Path, work: impl Fn(usize) -> usize + Sync) -> (serde_json::Value, usize) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let mut sum = 0;
            for round in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                sum += work(round);
            }
            sum
        });
        let report = std::panic::catch_unwind(|| site.import(bundle, &["--object-limit=1"]));
        done.store(true, Ordering::Relaxed);
        let sum = worker.join().expect("the other ends");
        (report.unwrap_or_else(|panic| std::panic::resume_unwind(panic)), sum)
    })
}

#[test]
fn connections_that_the_server_ends_are_made_anew() {
    for engine in engines() {
        let source = with_people(engine, "bundle", "2024-01-01");
        let bundle = source.export(&[]).bundle;
        let site = with_people(engine, "target", "2023-01-01");
        let over = AtomicBool::new(engine == Engine::Sqlite);
        let (report, ended) = during(&site, &bundle, |_| {
            // Before there is a checkpoint nothing has begun that could go on.
            let begun =
                || site.database.try_run("SELECT 1 FROM gapsync_checkpoint;\n").is_some_and(|rows| !rows.is_empty());
            if over.load(Ordering::Relaxed) || !begun() {
                std::thread::sleep(Duration::from_millis(10));
                return 0;
            }
            over.store(true, Ordering::Relaxed);
            end_connections(&site.database)
        });
        assert_eq!(report["tables"]["people"]["updated"], PEOPLE, "{}: {report}", engine.name());
        assert_eq!(count(&site.database, "bundle"), i64::from(PEOPLE));
        let retries = report["retries"].as_u64().unwrap_or(0);
        assert_eq!((ended > 0, retries > 0), (engine != Engine::Sqlite, ended > 0), "{}: {report}", engine.name());
    }
}

#[test]
fn what_a_writer_changes_meanwhile_is_not_lost() {
    for engine in engines() {
        let source = with_people(engine, "bundle", "2024-01-01");
        let bundle = source.export(&[]).bundle;
        let site = with_people(engine, "target", "2023-01-01");
        // From the last row to the first, as no chunk does, so that locks are taken crosswise.
        let (report, written) = during(&site, &bundle, |round| {
            let change = |step: u32| {
                let person = PEOPLE - (u32::try_from(round).unwrap_or(0) * 40 + step * 20) % PEOPLE;
                format!(
                    "UPDATE people SET name = 'writer', updated_at = '2025-01-01 00:00:00' WHERE email = '{person}';\n"
                )
            };
            let script = format!("BEGIN;\n{}{}COMMIT;\n", change(0), change(1));
            usize::from(site.database.try_run(&script).is_some())
        });
        let writer = count(&site.database, "writer");
        assert!(written > 0 && writer > 0, "{}: the writer wrote nothing", engine.name());
        assert_eq!(count(&site.database, "bundle") + writer, i64::from(PEOPLE), "{}: {report}", engine.name());
        let newest = "SELECT count(*) FROM people WHERE name = 'writer' AND updated_at = '2025-01-01 00:00:00';";
        assert_eq!(number(&site.database, newest), writer, "{}: {report}", engine.name());
    }
}

#[test]
fn a_second_import_is_refused_at_once_and_told_of_the_first() {
    for engine in engines() {
        let source = with_people(engine, "bundle", "2024-01-01");
        let bundle = source.export(&[]).bundle;
        let site = with_people(engine, "target", "2023-01-01");
        let first = Merging::start(&site, &bundle, &[]);
        // One that waited for the first would find its lock free.
        let second = site.run(&["import", &format!("--file={}", bundle.display())]);
        let holder = format!("process {} on ", first.child.id());
        assert_eq!(second.status, 9, "{}: {}", engine.name(), second.stderr);
        assert!(second.stderr.contains(&holder), "{}: {}", engine.name(), second.stderr);
        let first = first.end();
        assert_eq!(first.status, 0, "{}: {}", engine.name(), first.stderr);
        assert_eq!(count(&site.database, "bundle"), i64::from(PEOPLE), "{}", engine.name());
    }
}

/// A server may be about to make a table for a process that has died, when the run that goes on from it makes the same one.
#[test]
fn a_table_that_comes_late_is_made_anew_by_the_run_that_goes_on() {
    for engine in engines() {
        let (hold, makers, holder) = match engine {
            Engine::Sqlite => continue,
            Engine::Postgres => (
                "BEGIN;\nLOCK TABLE pg_catalog.pg_type IN SHARE MODE;\nSELECT pg_sleep(64);\n",
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND query LIKE 'CREATE UNLOGGED TABLE%' AND wait_event_type = 'Lock';\n",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%';\n",
            ),
            Engine::Mariadb => (
                "BACKUP STAGE START;\nBACKUP STAGE BLOCK_DDL;\nDO SLEEP(64);\n",
                "SELECT count(*) FROM information_schema.processlist WHERE db = database() AND info LIKE 'CREATE TABLE%';\n",
                "SELECT id FROM information_schema.processlist WHERE db = database() AND info LIKE 'DO SLEEP%' INTO @holder;\n\
                 KILL @holder;\n",
            ),
        };
        let source = with_people(engine, "bundle", "2024-01-01");
        let bundle = source.export(&[]).bundle;
        let site = with_people(engine, "target", "2023-01-01");
        let file = format!("--file={}", bundle.display());
        let start = |options: &[&str]| {
            let mut command = site.command(&[&["import", &file], options].concat());
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let ended = std::thread::scope(|scope| {
            let holding = scope.spawn(|| site.database.try_run(hold));
            let wait = |many: i64| {
                while number(&site.database, makers) < many {
                    assert!(!holding.is_finished(), "{}: {many} did not come to make tables", engine.name());
                    std::thread::sleep(Duration::from_millis(20));
                }
            };
            // Time for the other session to begin.
            std::thread::sleep(Duration::from_secs(1));
            let mut first = start(&[]);
            wait(1);
            first.kill().unwrap();
            first.wait().unwrap();
            let second = start(&["--resume"]);
            wait(2);
            site.database.run(holder);
            second.wait_with_output().unwrap()
        });
        assert!(ended.status.success(), "{}: {}", engine.name(), String::from_utf8_lossy(&ended.stderr));
        assert_eq!(count(&site.database, "bundle"), i64::from(PEOPLE), "{}", engine.name());
    }
}
