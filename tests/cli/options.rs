//! What is wrong with options, and every option that is right.

use std::fmt::Write;

use super::{Desk, keep};

#[test]
fn every_wrong_option_is_told() {
    let desk = Desk::empty();
    let wrong: &[&[&str]] = &[
        &["carry"],
        &["export", "--colour"],
        &["export", "surplus"],
        &["export", "--target"],
        &["export", "--start-date", "yesterday"],
        &["export", "--start-date=2026-02-30"],
        &["export", "--end-date=2026-01-01 24:00:00"],
        &["export", "--start-date=2026-01-02", "--end-date=2026-01-01"],
        &["export", "--include-deleted=maybe"],
        &["export", "--include-deleted", "surplus"],
        &["export", "--include-investigations=2"],
        &["export", "--meta-only=on"],
        &["export", "--object-limit=0"],
        &["export", "--memory-limit=2X"],
        &["export", "--jobs=0"],
        &["export", "--compression=xz"],
        &["export", "--no-record=Y"],
        &["export", "--progress=loud"],
        &["export", "--database", "oracle://x/y"],
        &["export", "--database", "sqlite::memory:"],
        &["export", "--database", "postgres://host"],
        &["export", "--profile", "thretq"],
        &["import"],
        &["import", "--file"],
        &["import", "--file=x", "--keep-created-at=x"],
        &["import", "--file=x", "--override-description=x"],
        &["import", "--file=x", "--object-limit=many"],
        &["import", "--file=x", "--memory-limit=0"],
        &["import", "--file=x", "--dialect=csv"],
        &["import", "--file=x", "--max-bytes=-1"],
        &["import", "--file=x", "--max-ratio=0"],
        &["import", "--file=x", "--max-row-bytes=1.5M"],
        &["import", "--file=x", "--resume", "--dry-run"],
        &["import", "--file=x", "--file=y"],
        &["fill-sync-hash", "--all", "--check"],
        &["init", "now"],
        &["inspect"],
        &["verify", "a", "b"],
        &["history", "--run=first"],
        &["history", "--run=0"],
    ];
    let mut told = String::new();
    for arguments in wrong {
        let ended = desk.run(arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{arguments:?}");
        let _ = writeln!(told, "$ gapsync {}\n{}", arguments.join(" "), ended.stderr);
    }
    keep("wrong-options", &told);
    assert!(desk.files().is_empty(), "a refused command leaves nothing behind");
}

#[test]
fn every_option_of_an_export_is_taken() {
    let desk = Desk::with_rows();
    std::fs::create_dir(desk.path().join("out")).unwrap();
    std::fs::create_dir(desk.path().join("files")).unwrap();
    desk.sql("a.db", "INSERT INTO kinds (name) VALUES ('PDF'), ('Text')");
    assert_eq!(desk.run(&["fill-sync-hash", "--database=sqlite:a.db"]).status, 0);
    let ended = desk.run(&[
        "export",
        "--database=sqlite:a.db",
        "--target=out",
        "--start-date=2000-01-01",
        "--end-date=2100-01-01T12:00:00",
        "--include-deleted",
        "--include-investigations=yes",
        "--meta-only=FALSE",
        "--ignore-file-types=PDF, Text",
        "--object-limit=2",
        "--memory-limit=64M",
        "--jobs=3",
        "--compression=zstd",
        "--files-root=files",
        "--no-record",
        "--for=Site B",
        "--overlap=90s",
        "--skip-empty",
        "--report-dir=out",
        "--json",
    ]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        report["options"],
        serde_json::json!({
            "start_date": "2000-01-01 00:00:00",
            "end_date": "2100-01-01 12:00:00",
            "include_deleted": true,
            "include_investigations": true,
            "meta_only": false,
            "ignore_file_types": ["PDF", "Text"],
            "object_limit": 2,
            "memory_limit": 64 << 20,
            "jobs": 3,
            "compression": "zstd",
            "receiver": "Site B",
            "since": null,
            "full": false,
            "overlap_seconds": 90,
            "skip_empty": true,
        })
    );
    assert_eq!(report["run_id"], serde_json::Value::Null);
    assert_eq!(report["tables"]["things"]["dump_files"], 2);
    let mut names: Vec<String> = std::fs::read_dir(desk.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| {
            name.trim_start_matches("tqSync-").trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned()
        })
        .collect();
    names.sort();
    assert_eq!(names, [".tar.zst", ".tar.zst.sha256", "sync-export.txt"]);
}

#[test]
fn every_option_of_an_import_is_taken() {
    let desk = Desk::with_rows();
    let bundle = desk.export();
    desk.make("b.db");
    std::fs::create_dir(desk.path().join("files")).unwrap();
    let ended = desk.run(&[
        "sync-import",
        "--file",
        &bundle,
        "--database=sqlite:b.db",
        "--keep-created-at=N",
        "--object-limit=1",
        "--memory-limit=8M",
        "--jobs=1",
        "--override-description",
        "no",
        "--fill-sync-hash",
        "--files-root=files",
        "--keep-sync-tables",
        "--max-rejects=0.5%",
        "--dialect=bundle",
        "--max-bytes=1G",
        "--max-ratio=300",
        "--max-row-bytes=1M",
        "--json",
    ]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        report["options"],
        serde_json::json!({
            "keep_created_at": false,
            "object_limit": 1,
            "memory_limit": 8 << 20,
            "jobs": 1,
            "override_description": false,
            "dry_run": false,
            "retry_rejects": false,
            "max_rejects": "0.5%",
            "dialect": "bundle",
        })
    );
    assert_eq!(desk.sql("b.db", "SELECT value FROM things ORDER BY id"), "one\ntwo\nthree\n");
    let left = "SELECT count(*) > 0 FROM sqlite_master WHERE name LIKE 'sync_import_%'";
    assert_eq!(desk.sql("b.db", left), "1\n");
    let cleaned = desk.run(&["cleanup", "--database=sqlite:b.db"]);
    assert!(cleaned.status == 0 && cleaned.stdout.contains("dropped sync_import_things_"), "{cleaned:?}");
    assert_eq!(desk.sql("b.db", left), "0\n");
}

#[test]
fn limits_on_a_bundle_hold() {
    let desk = Desk::with_rows();
    let bundle = desk.export();
    for limit in ["--max-bytes=1K", "--max-row-bytes=2"] {
        for arguments in [["verify", &bundle, limit], ["inspect", &bundle, limit]] {
            assert_eq!(desk.run(&arguments).status, 5, "{arguments:?}");
        }
    }
}
