//! Help pages and the version.

use super::{Desk, keep};

#[test]
fn every_page_is_as_kept() {
    let desk = Desk::empty();
    let program = desk.run(&["--help"]);
    keep("help", &program.stdout);
    for command in
        ["export", "import", "fill-sync-hash", "init", "schema", "check", "inspect", "verify", "history", "cleanup"]
    {
        let page = desk.run(&[command, "--help"]);
        assert_eq!((page.status, page.stderr.as_str()), (0, ""), "{command}");
        assert_eq!(desk.run(&[command, "-h"]).stdout, page.stdout, "{command}");
        assert!(page.stdout.contains("Example:\n") && page.stdout.contains("Exit status:\n"), "{command}");
        assert!(program.stdout.contains(&format!("\n  {command}")), "{command}");
        keep(&format!("help-{command}"), &page.stdout);
    }
}

#[test]
fn every_page_of_snapshot_is_as_kept() {
    let desk = Desk::empty();
    let above = desk.run(&["snapshot", "--help"]);
    keep("help-snapshot", &above.stdout);
    for command in ["create", "restore", "verify", "list", "check", "recover", "drill", "archive-wal", "platform"] {
        let page = desk.run(&["snapshot", command, "--help"]);
        assert_eq!((page.status, page.stderr.as_str()), (0, ""), "{command}");
        assert!(page.stdout.contains("Example:\n") && page.stdout.contains("Exit status:\n"), "{command}");
        assert!(above.stdout.contains(&format!("\n  {command}")), "{command}");
        keep(&format!("help-snapshot-{command}"), &page.stdout);
    }
}

#[test]
fn the_platform_s_own_names_are_understood() {
    let desk = Desk::empty();
    for (alias, command) in
        [("sync-export", "export"), ("sync-import", "import"), ("fill-sync-hash-column", "fill-sync-hash")]
    {
        assert_eq!(desk.run(&[alias, "--help"]).stdout, desk.run(&[command, "--help"]).stdout);
    }
}

#[test]
fn the_version_is_told() {
    let version = Desk::empty().run(&["--version"]);
    assert_eq!((version.status, version.stdout), (0, format!("gapsync {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn nothing_asked_is_answered_with_help() {
    let ended = Desk::empty().run(&[]);
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("Usage: gapsync"), "{}", ended.stderr);
}
