//! Results on standard output, everything else on standard error; JSON; passwords.

use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use super::Desk;

/// The one JSON object on standard output.
fn object(desk: &Desk, arguments: &[&str], status: i32) -> Value {
    let ended = desk.run(&[arguments, &["--json"]].concat());
    assert_eq!(ended.status, status, "{arguments:?}: {}", ended.stderr);
    let value: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout));
    assert_eq!(value["schema_version"], 1, "{arguments:?}");
    value
}

#[test]
fn every_command_prints_one_object() {
    let desk = Desk::empty();
    let schema = object(&desk, &["schema", "--engine=sqlite"], 0);
    assert!(schema["engine"] == "sqlite" && schema["schema"].as_str().unwrap().contains("CREATE TABLE \"things\""));
    let made = object(&desk, &["init", "--database=sqlite:a.db"], 0);
    assert!(made["tables_created"].as_array().unwrap().contains(&"things".into()));
    desk.sql("a.db", "INSERT INTO kinds (name) VALUES ('alpha')");
    let filled = object(&desk, &["fill-sync-hash", "--database=sqlite:a.db"], 0);
    assert_eq!((&filled["status"], &filled["tables"]["kinds"]["filled"]), (&"finished".into(), &1.into()));
    let exported = object(&desk, &["export", "--database=sqlite:a.db"], 0);
    assert_eq!((&exported["status"], &exported["totals"]["rows"]), (&"finished".into(), &1.into()));
    let bundle = exported["bundle"]["name"].as_str().unwrap();
    for command in ["inspect", "verify"] {
        let read = object(&desk, &[command, bundle], 0);
        assert_eq!((&read["status"], &read["bundle"]), (&"finished".into(), &exported["bundle"]));
        let kinds = read["tables"].as_array().unwrap().iter().find(|table| table["name"] == "kinds").unwrap();
        assert_eq!(kinds["rows"], 1);
    }
    desk.make("b.db");
    let import = ["import", "--database=sqlite:b.db", "--file", bundle];
    let preview = object(&desk, &[&import[..], &["--dry-run"]].concat(), 0);
    let imported = object(&desk, &import, 0);
    assert_eq!((&preview["status"], &imported["status"]), (&"dry-run".into(), &"finished".into()));
    assert_eq!(preview["totals"], imported["totals"]);
    for key in [
        "run_id",
        "bundle",
        "options",
        "tables",
        "totals",
        "files",
        "tables_created",
        "ignored_tables",
        "ignored_columns",
        "warnings",
        "phases",
        "peak_memory_bytes",
    ] {
        assert!(imported.get(key).is_some(), "{key}");
    }
    let phases: Vec<&str> =
        imported["phases"].as_array().unwrap().iter().map(|phase| phase["name"].as_str().unwrap()).collect();
    assert_eq!(phases, ["read", "stage", "index", "resolve", "update", "insert", "files", "finish"]);
    let listed = object(&desk, &["history", "--database=sqlite:b.db"], 0);
    let run = &listed["runs"][0];
    assert_eq!((&run["type"], &run["status"]), (&"import".into(), &"finished".into()));
    assert_eq!(run["report"]["totals"], imported["totals"]);
    let one = object(&desk, &["history", "--database=sqlite:b.db", "--run=1"], 0);
    assert_eq!(&one["run"], run);
    let cleaned = object(&desk, &["cleanup", "--database=sqlite:b.db"], 0);
    assert_eq!(cleaned["dropped"], serde_json::json!([]));
}

#[test]
fn a_failure_is_an_object_too() {
    let desk = Desk::with_rows();
    let error = object(&desk, &["history", "--run=99", "--database=sqlite:a.db"], 2);
    assert_eq!((&error["status"], &error["error"]["kind"]), (&"failed".into(), &"usage".into()));
    assert!(error["error"]["hint"].is_string());
    let error = object(&desk, &["export", "--colour"], 2);
    assert_eq!(error["error"]["kind"], "usage");
    desk.write("cut.tar.gz", "no bundle");
    let report = object(&desk, &["import", "--database=sqlite:a.db", "--file=cut.tar.gz"], 5);
    assert_eq!((&report["status"], &report["error"]["kind"]), (&"failed".into(), &"damaged".into()));
    assert!(report["run_id"].is_number(), "a run with a report prints it whole");
    let stored = object(&desk, &["history", "--database=sqlite:a.db"], 0);
    assert_eq!(stored["runs"][0]["status"], "failed");
}

#[test]
fn progress_is_one_event_a_line() {
    let desk = Desk::with_rows();
    let ended = desk.run(&["export", "--database=sqlite:a.db", "--progress=json"]);
    let events: Vec<Value> = ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let phase = events.iter().find(|event| event["event"] == "phase").unwrap();
    assert_eq!(phase["name"], "export");
    let end = events.iter().find(|event| event["event"] == "phase-end").unwrap();
    assert_eq!(end["rows"], 5);
    let ended = desk.run(&["verify", "none.tar.gz", "--progress=json"]);
    let last: Value = serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["kind"]), (&"error".into(), &"file".into()));
}

#[test]
fn progress_can_be_off_and_is_lines_elsewhere() {
    let desk = Desk::with_rows();
    let off = desk.run(&["export", "--database=sqlite:a.db", "--progress=off"]);
    assert_eq!((off.status, off.stderr.as_str()), (0, ""));
    for how in ["auto", "line", "bar"] {
        let ended = desk.run(&["fill-sync-hash", "--all", "--database=sqlite:a.db", "--progress", how]);
        assert!(ended.stderr.starts_with("hash: 5 rows"), "{how}: {}", ended.stderr);
    }
}

#[test]
fn passwords_are_never_shown() {
    let desk = Desk::empty();
    let url = "postgres://ann:s3cret@127.0.0.1:1/tq";
    for arguments in [
        &["history", "--database", url][..],
        &["history", "--database", url, "--json", "--progress=json"],
        &["export", url],
        &["export", url, "--json"],
        &["history", "--database=oracle://ann:s3cret@h/d"],
    ] {
        let ended = desk.run(arguments);
        assert!(ended.status != 0 && !format!("{ended:?}").contains("s3cret"), "{ended:?}");
    }
    let warned = desk.run(&["history", "--database", url]);
    assert!(warned.stderr.contains("warning: a password on the command line"), "{}", warned.stderr);
    let quiet = super::finish(desk.command(&["history"]).env("GAPSYNC_DATABASE", url));
    assert!(!quiet.stderr.contains("warning") && !quiet.stderr.contains("s3cret"), "{}", quiet.stderr);
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let desk = Desk::with_rows();
    for arguments in [&["--help"][..], &["history", "--database=sqlite:a.db"], &["export", "--database=sqlite:a.db"]] {
        let mut child = desk.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut messages = String::new();
        child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}: {messages}");
        assert!(!messages.contains("error") && !messages.contains("panicked"), "{messages}");
    }
}

#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return crate::support::skipped("a system without /dev/full");
    };
    let desk = Desk::with_rows();
    let ended = super::finish(desk.command(&["history", "--database=sqlite:a.db"]).stderr(Stdio::piped()).stdout(full));
    assert_eq!(ended.status, 10, "{}", ended.stderr);
}

#[test]
fn reports_stand_beside_and_on_standard_output_alike() {
    let desk = Desk::with_rows();
    let ended = desk.run(&["export", "--database=sqlite:a.db"]);
    let bundle = desk.bundles().pop().unwrap();
    let report = format!("{}-sync-export.txt", bundle.trim_end_matches(".tar.gz"));
    let written = std::fs::read_to_string(desk.path().join(&report)).unwrap();
    assert_eq!(format!("{written}\nThis report is in ./{report}\n"), ended.stdout);
    let sum = std::process::Command::new("sha256sum")
        .args(["-c", &format!("{bundle}.sha256")])
        .current_dir(desk.path())
        .output()
        .unwrap();
    assert!(sum.status.success(), "{sum:?}");
    let shown = desk.run(&["history", "--run=1", "--database=sqlite:a.db"]);
    assert_eq!(shown.stdout, ended.stdout);
}
