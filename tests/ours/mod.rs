//! What is ours, and only ours: reports, sync tables, the terminal; and the right place for all of it.

mod place;

use std::fs;

use crate::conformance::command::{Site, files};
use crate::conformance::describe::Profile;
use crate::hostile::build::{compressed, sound};
use crate::support::{Engine, engines, finish, gapsync};
use gapsync::stream::codec::Codec;

/// A site with a sound bundle in its folder, whose header was changed.
fn with_bundle(engine: Engine, change: impl FnOnce(&mut serde_json::Value)) -> Site {
    let site = Site::empty(engine, &Profile::read("mini"));
    let mut parts = sound();
    change(&mut parts.header);
    fs::write(site.folder.path().join("b.tar.gz"), compressed(Codec::Gzip, &parts.tar().ended())).unwrap();
    site
}

#[test]
fn reports_are_never_overwritten() {
    let site = with_bundle(engines()[0], |_| {});
    let mut names = Vec::new();
    for _ in 0..3 {
        let report = site.json(&["import", "--file=b.tar.gz"], 0);
        names.push(report["report_file"].as_str().unwrap().to_owned());
    }
    assert_eq!(names, ["./b-sync-import.txt", "./b-sync-import.2.txt", "./b-sync-import.3.txt"]);
    let first = fs::read_to_string(site.folder.path().join("b-sync-import.txt")).unwrap();
    assert!(first.contains("status       finished"), "{first}");
    let stdout = site.expect(&["import", "--file=b.tar.gz", "--dry-run"], 0).stdout;
    assert!(stdout.ends_with("This report is in ./b-sync-import-dry-run.txt\n"), "{stdout}");
}

#[test]
fn rejects_are_never_overwritten() {
    for engine in engines() {
        let site = with_bundle(engine, |_| {});
        fs::write(site.folder.path().join("b-rejects.csv"), "mine").unwrap();
        // A date that is none.
        let mut parts = sound();
        parts.members[1].content = String::from_utf8(parts.members[1].content.clone())
            .unwrap()
            .replace("2026-01-01 00:00:00", "2026-13-01 00:00:00")
            .into();
        fs::write(site.folder.path().join("b.tar.gz"), compressed(Codec::Gzip, &parts.tar().ended())).unwrap();
        let report = site.json(&["import", "--file=b.tar.gz"], 3);
        assert!(report["rejects_file"].as_str().unwrap().ends_with("b-rejects.2.csv"), "{engine:?}: {report}");
        assert_eq!(fs::read_to_string(site.folder.path().join("b-rejects.csv")).unwrap(), "mine", "{engine:?}");
    }
}

#[test]
fn an_unwritable_report_folder_is_told_before_the_run() {
    let site = with_bundle(engines()[0], |_| {});
    for command in [&["import", "--file=b.tar.gz"][..], &["export"]] {
        let ended = site.run(&[command, &["--report-dir=/proc"]].concat());
        assert!(ended.status == 10 && ended.stderr.contains("--report-dir"), "{}", ended.stderr);
    }
    assert_eq!(site.database.run("SELECT count(*) FROM synchronizations;").trim(), "0", "nothing was begun");
    assert_eq!(files(site.folder.path(), "").len(), 1);
}

#[test]
fn a_run_that_opened_nothing_writes_no_report() {
    let folder = tempfile::tempdir().unwrap();
    for (url, status) in [("sqlite:/nonexistent/x.db", 6), ("postgres://u@127.0.0.1:1/x", 6)] {
        let arguments = ["import", "--file=b.tar.gz", "--database", url];
        let ended = finish(gapsync(arguments).current_dir(folder.path()));
        assert_ne!(ended.status, 0, "{url}: {status} {}", ended.stderr);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{url}");
    }
}

/// The shell's process id is that of the program after `exec`.
#[test]
fn tables_with_our_own_process_id_are_left_alone() {
    let site = with_bundle(Engine::Sqlite, |_| {});
    let path = site.database.url.trim_start_matches("sqlite:").to_owned();
    for options in [&[][..], &["--dry-run"]] {
        let command = site.command(&[&["import", "--file=b.tar.gz"], options].concat());
        let script = format!(
            "sqlite3 {path} \"CREATE TABLE sync_import_kinds_$$ (x); INSERT INTO sync_import_kinds_$$ VALUES (1); \
             CREATE TABLE sync_import_kinds_$$_raw (x)\"; exec \"$@\""
        );
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script, "sh"]).arg(command.get_program()).args(command.get_args());
        let ended = finish(shell.current_dir(site.folder.path()).env("GAPSYNC_CONFIG", ""));
        assert_eq!(ended.status, 0, "{}", ended.stderr);
    }
    site.expect(&["cleanup", "--force"], 0);
    let left = site.database.run("SELECT count(*) FROM sqlite_master WHERE name LIKE 'sync_import_kinds_%';");
    assert_eq!(left.trim(), "4");
}

#[test]
fn a_preview_that_was_killed_is_cleaned_up() {
    for engine in engines() {
        let site = with_bundle(engine, |_| {});
        let mut command = site.command(&["import", "--file=b.tar.gz", "--dry-run"]);
        assert_eq!(finish(command.env("GAPSYNC_FAIL_POINT", "import.staged")).status, -1, "{engine:?}");
        let left = || {
            let tables = match engine {
                Engine::Sqlite => "SELECT count(*) FROM sqlite_master WHERE name LIKE 'sync_import_%';",
                Engine::Postgres => "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'sync_import_%';",
                Engine::Mariadb => {
                    "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() \
                     AND table_name LIKE 'sync_import_%';"
                }
            };
            site.database.run(tables).trim().to_owned()
        };
        assert_ne!(left(), "0", "{engine:?}");
        site.expect(&["cleanup"], 0);
        assert_eq!(left(), "0", "{engine:?}");
        let records = site.database.run("SELECT count(*) FROM gapsync_checkpoint;");
        assert_eq!(records.trim(), "0", "{engine:?}");
    }
}

/// Characters that move a cursor, forge a line, colour a terminal or reorder letters.
const HARMFUL: &str = "x\u{1b}[2J\nstatus finished\r\u{202e}\u{200b}\u{9b}\u{7f}";

#[test]
fn text_of_a_bundle_cannot_harm_a_terminal() {
    for engine in engines() {
        let site = with_bundle(engine, |header| {
            header["tool"] = HARMFUL.into();
            header["profile"]["name"] = HARMFUL.into();
            header["source"]["installation"] = HARMFUL.into();
            header["source"]["engine"] = HARMFUL.into();
            header["created_at"] = HARMFUL.into();
            header["window"]["start"] = HARMFUL.into();
        });
        let harmless = |text: &str| {
            let harm = text.chars().find(|c| (c.is_control() && *c != '\n') || "\u{202e}\u{200b}".contains(*c));
            assert_eq!(harm, None, "{engine:?}: {text:?}");
            assert!(!text.lines().any(|line| line == "status finished"), "{engine:?}: {text:?}");
        };
        for command in [&["inspect", "b.tar.gz"][..], &["verify", "b.tar.gz"]] {
            let ended = finish(gapsync(command).current_dir(site.folder.path()));
            harmless(&(ended.stdout + &ended.stderr));
        }
        for progress in ["--progress=line", "--progress=off"] {
            let ended = site.run(&["import", "--file=b.tar.gz", progress]);
            harmless(&(ended.stdout + &ended.stderr));
        }
        for report in files(site.folder.path(), ".txt") {
            harmless(&fs::read_to_string(report).unwrap());
        }
        for command in [&["history"][..], &["history", "--run=1"]] {
            let ended = site.run(command);
            harmless(&(ended.stdout + &ended.stderr));
        }
        // A name of a file, as an error shows it.
        let ended = site.run(&["import", "--file=a\u{1b}[2J\nstatus finished"]);
        harmless(&(ended.stdout + &ended.stderr));
    }
}
