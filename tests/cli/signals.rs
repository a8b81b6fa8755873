//! Ctrl-C and SIGTERM.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Desk;

/// An import that waits for the rest of a bundle on standard input.
fn waiting(desk: &Desk) -> Child {
    use std::io::Write;
    let bundle = std::fs::read(desk.path().join(desk.export())).unwrap();
    desk.make("b.db");
    let mut child = desk
        .command(&["import", "--database=sqlite:b.db", "--file=-", "--progress=json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(&bundle[..bundle.len() - 10]).unwrap();
    // The run has its row once it listens to signals and has the lock.
    let begun = Instant::now();
    while desk.sql("b.db", "PRAGMA busy_timeout = 10000; SELECT count(*) FROM synchronizations") != "10000\n1\n" {
        assert!(begun.elapsed() < Duration::from_secs(60), "the import does not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

fn send(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_signal_ends_a_run_with_130_and_leaves_nothing() {
    // Under nohup, programs are to go on when the terminal is closed, and gapsync does.
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap().trim();
    let under_nohup = u64::from_str_radix(ignored, 16).unwrap() & 1 == 1;
    for signal in ["-INT", "-TERM", "-HUP"].into_iter().filter(|signal| *signal != "-HUP" || !under_nohup) {
        let desk = Desk::with_rows();
        let child = waiting(&desk);
        send(&child, signal);
        // Standard input stays open: the run must not wait for it.
        let mut child = child;
        let stdin = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{told}");
        assert!(told.contains("\"kind\":\"interrupted\""), "{told}");
        assert_eq!(desk.sql("b.db", "SELECT count(*) FROM things"), "0\n");
        assert_eq!(desk.sql("b.db", "SELECT count(*) FROM sqlite_master WHERE name LIKE 'sync_import_%'"), "0\n");
        assert_eq!(desk.sql("b.db", "SELECT count(*) FROM gapsync_lock"), "0\n");
        let history = desk.run(&["history", "--database=sqlite:b.db"]);
        let line = history.stdout.lines().last().unwrap();
        // The status, when it began, and when it was stopped.
        assert!(line.contains("interrupted") && line.matches(":").count() == 4, "{line}");
    }
}

#[test]
fn a_killed_run_is_shown_and_its_lock_is_taken_over() {
    let desk = Desk::with_rows();
    let mut child = waiting(&desk);
    send(&child, "-KILL");
    child.wait().unwrap();
    let history = desk.run(&["history", "--database=sqlite:b.db"]);
    assert!(history.stdout.contains("unfinished"), "{}", history.stdout);
    let bundle = desk.bundles().pop().unwrap();
    let again = desk.run(&["import", "--database=sqlite:b.db", "--file", &bundle]);
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(again.stderr.contains("lock"), "{}", again.stderr);
    assert_eq!(desk.sql("b.db", "SELECT count(*) FROM things"), "3\n");
}
