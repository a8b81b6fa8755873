//! A user who stops an import in the middle of its merge.

use std::path::Path;
use std::process::{Command, Stdio};

use super::people::{Merging, PEOPLE, count, with_people};
use crate::conformance::command::{Site, json};
use crate::conformance::look::number;
use crate::support::{Engine, engines, finish};

fn send(import: &Merging, signal: &str) {
    assert!(Command::new("kill").args([signal, &import.child.id().to_string()]).status().unwrap().success());
}

fn can_go_on(site: &Site) -> bool {
    number(&site.database, "SELECT count(*) FROM gapsync_checkpoint;") > 0
}

/// A command line, where `gapsync` is the program under test.
fn shell(line: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_gapsync"));
    let mut paths = vec![program.parent().expect("a folder").to_owned()];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("PATH", std::env::join_paths(paths).unwrap()).stdin(Stdio::null());
    command
}

#[test]
fn a_stopped_import_goes_on_by_the_command_that_it_tells() {
    for engine in engines() {
        let source = with_people(engine, "bundle", "2024-01-01");
        let bundle = source.export(&[]).bundle;
        for (signal, times) in [("-INT", 1), ("-TERM", 1), ("-INT", 2)] {
            let place = format!("{} {signal} {times}", engine.name());
            let site = with_people(engine, "target", "2023-01-01");
            let import = Merging::start(&site, &bundle, &[]);
            for _ in 0..times {
                send(&import, signal);
            }
            let stopped = import.end();
            assert_eq!(stopped.status, 130, "{place}: {}", stopped.stderr);
            let done = count(&site.database, "bundle");
            assert!(done < i64::from(PEOPLE), "{place}: it was not stopped");
            assert_eq!(done + count(&site.database, "target"), i64::from(PEOPLE), "{place}");
            assert!(can_go_on(&site), "{place}");
            if times == 1 {
                let told = json(&stopped.stdout)["resume"].as_str().expect("a command").to_owned();
                let resumed = finish(shell(&told).current_dir(site.folder.path()));
                assert_eq!(resumed.status, 0, "{place}: {told}: {}", resumed.stderr);
                let report = json(&resumed.stdout);
                assert_eq!(report["totals"]["updated"], PEOPLE, "{place}: {report}");
            } else {
                site.import(&bundle, &["--resume"]);
            }
            assert_eq!(count(&site.database, "bundle"), i64::from(PEOPLE), "{place}");
            assert!(!can_go_on(&site), "{place}");
        }
    }
}

#[test]
fn a_lock_held_past_the_timeout_is_waited_for_again() {
    std::thread::scope(|scope| {
        for engine in engines() {
            scope.spawn(move || {
                let source = with_people(engine, "bundle", "2024-01-01");
                let bundle = source.export(&[]).bundle;
                let site = with_people(engine, "target", "2023-01-01");
                hold(&site, &bundle);
            });
        }
    });
}

/// Imports while another session holds a row's lock for a little longer than a statement waits for one.
fn hold(site: &Site, bundle: &Path) {
    let engine = site.database.engine;
    let (begin, wait) = match engine {
        // The shell sleeps with the write lock in its hand.
        Engine::Sqlite => ("BEGIN IMMEDIATE;", ".shell sleep 64"),
        Engine::Postgres => ("BEGIN;", "SELECT pg_sleep(64);"),
        Engine::Mariadb => ("BEGIN;", "DO SLEEP(64);"),
    };
    let script = format!("{begin}\nUPDATE people SET name = 'held' WHERE email = '300';\n{wait}\nROLLBACK;\n");
    std::thread::scope(|scope| {
        let holder = scope.spawn(|| site.database.run(&script));
        // Time for the other session to get its lock.
        std::thread::sleep(std::time::Duration::from_secs(1));
        // SQLite has one lock for all: whoever has it keeps an import from its first step.
        let status = if engine == Engine::Sqlite { 9 } else { 0 };
        let report = site.import_as(bundle, &[], status);
        let retried = report["retries"].as_u64() > Some(0);
        assert_eq!(retried, engine != Engine::Sqlite, "{}: {report}", engine.name());
        holder.join().expect("the holder ends");
        if engine == Engine::Sqlite {
            assert_eq!(count(&site.database, "target"), i64::from(PEOPLE));
            site.import(bundle, &[]);
        }
    });
    assert_eq!(count(&site.database, "bundle"), i64::from(PEOPLE), "{}", engine.name());
}
