//! Disks that are too small, and disks that fill: a small tmpfs takes the place of each disk that a run writes to.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Ended, finish, gapsync, skipped};

const MIB: u64 = 1 << 20;

/// A folder to work in, with a mount point `disk` for a small disk. A disk lives in a mount space of its own, as long as one
/// script: it needs no clearing up, whatever becomes of the test.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// `None`, told as skipped, where this user may mount nothing.
    fn new() -> Option<Self> {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(desk.path("disk")).unwrap();
        let tried = desk.with_disk(MIB, "df disk");
        if tried.status == 0 {
            return Some(desk);
        }
        skipped(&format!("full disks, because no tmpfs can be mounted: {}", tried.stderr.trim()));
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a script while a disk of so many bytes is mounted at `disk`.
    fn with_disk(&self, bytes: u64, script: &str) -> Ended {
        // Root in a mount space of its own; anyone else first becomes root in a user space of their own.
        let id = Command::new("id").arg("-u").output().unwrap();
        let spaces = if id.stdout == b"0\n" { "-m" } else { "-rm" };
        let script = format!("mount -t tmpfs -o size={bytes} tmpfs disk || exit 99\n{script}");
        let mut command = Command::new("unshare");
        let program = gapsync::<[&str; 0]>([]);
        command.args([spaces, "sh", "-c", &script]).current_dir(self.folder.path());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.env("GAPSYNC", program.get_program()).env("GAPSYNC_PROFILE", "mini");
        finish(&mut command)
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = gapsync(arguments);
        finish(command.current_dir(self.folder.path()).env("GAPSYNC_PROFILE", "mini"))
    }

    fn sql(&self, database: &str, script: &str) -> String {
        let ended = finish(Command::new("sqlite3").arg(self.path(database)).arg(script));
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        ended.stdout
    }

    /// A database with two kinds and as many things, each with a text that does not compress well.
    fn fill(&self, name: &str, things: u32, text_bytes: u32) {
        let made = self.run(&["init", "--database", &format!("sqlite:{name}")]);
        assert_eq!(made.status, 0, "{}", made.stderr);
        self.sql(
            name,
            &format!(
                "INSERT INTO kinds (id, name) VALUES (1, 'alpha'), (2, 'beta');
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {things})
                 INSERT INTO things (id, kind_id, value, description)
                 SELECT i, 1 + i % 2, 'thing ' || i, hex(randomblob({text_bytes} / 2)) FROM n;"
            ),
        );
        assert_eq!(self.run(&["fill-sync-hash", "--database", &format!("sqlite:{name}")]).status, 0);
    }

    /// Exports a database into the folder; gives the bundle's name.
    fn export(&self, database: &str) -> String {
        let ended = self.run(&["export", "--json", "--database", &format!("sqlite:{database}")]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        json(&ended)["bundle"]["name"].as_str().unwrap().to_owned()
    }
}

fn json(ended: &Ended) -> serde_json::Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}\n{}", ended.stdout, ended.stderr))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Everything that an import could have changed for good.
const CONTENT: &str = "SELECT count(*), sum(id), sum(length(description)), group_concat(value) FROM things;
                       SELECT count(*), group_concat(name) FROM kinds; PRAGMA integrity_check; PRAGMA foreign_key_check;";

#[test]
fn a_disk_that_fills_leaves_no_part_of_a_bundle() {
    let Some(desk) = Desk::new() else { return };
    desk.fill("a.db", 2000, 1000);
    let bundle = desk.export("a.db");
    let pages = std::fs::metadata(desk.path(&bundle)).unwrap().len().div_ceil(4096);
    let mut outcomes = Vec::new();
    // From far too small, over just too small for the bundle and for the digest beside it, to large enough.
    for size in [16, pages / 2, pages - 1, pages, pages + 1, pages + 8] {
        // In full: the window of the first export may have ended after the rows were written.
        let script = "$GAPSYNC export --json --full --database sqlite:a.db --target disk --no-record; status=$?; \
                      rm -rf left; mkdir left; cp disk/* left/; exit $status";
        let ended = desk.with_disk(size * 4096, script);
        let left = names(&desk.path("left"));
        match ended.status {
            0 => {
                assert!(left.len() == 2 && left[1] == format!("{}.sha256", left[0]), "{size}: {left:?}");
                let whole = desk.run(&["verify", &format!("left/{}", left[0])]);
                assert_eq!(whole.status, 0, "{}", whole.stderr);
            }
            10 => {
                assert_eq!(left, [""; 0], "{size}");
                let error = json(&ended)["error"].to_string();
                assert!(error.contains("No space left") && error.contains("Make room"), "{size}: {error}");
            }
            other => panic!("{size}: exit {other}\n{}", ended.stderr),
        }
        outcomes.push(ended.status);
    }
    assert_eq!((outcomes[0], outcomes[2], outcomes[5]), (10, 10, 0), "{outcomes:?}");
}

#[test]
fn a_database_whose_disk_fills_stays_sound_and_takes_the_bundle_later() {
    let Some(desk) = Desk::new() else { return };
    desk.fill("a.db", 4000, 800);
    let bundle = desk.export("a.db");
    desk.fill("old.db", 1000, 100);
    desk.sql("old.db", "UPDATE things SET updated_at = '2020-01-01 00:00:00'");
    let before = desk.sql("old.db", CONTENT);
    // Undisturbed.
    std::fs::copy(desk.path("old.db"), desk.path("whole.db")).unwrap();
    let import = |database: &str| desk.run(&["import", "--file", &bundle, "--database", &format!("sqlite:{database}")]);
    assert_eq!(import("whole.db").status, 0);
    let whole = desk.sql("whole.db", CONTENT);
    assert_ne!(before, whole);
    let size = std::fs::metadata(desk.path("old.db")).unwrap().len();
    let mut phases = Vec::new();
    for room in [1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 64] {
        let script = format!(
            "cp old.db disk/t.db; $GAPSYNC import --json --progress=json --file {bundle} --database sqlite:disk/t.db; \
             status=$?; rm -rf left; mkdir left; cp disk/* left/; exit $status"
        );
        let ended = desk.with_disk(size + room * MIB, &script);
        let last = ended.stderr.lines().rfind(|line| line.contains("\"event\":\"phase\""));
        let phase = last.and_then(|line| line.split("\"name\":\"").nth(1)?.split('"').next()).unwrap_or("none");
        match ended.status {
            0 => phases.push("done".to_owned()),
            10 => {
                let error = json(&ended)["error"].to_string();
                assert!(error.contains("disk") && error.contains("full"), "{room}: {error}");
                phases.push(phase.to_owned());
            }
            other => panic!("{room} MiB: exit {other}\n{}", ended.stderr),
        }
        // As a whole: what stands in the write-ahead log counts.
        assert_eq!(desk.sql("left/t.db", "PRAGMA integrity_check; PRAGMA foreign_key_check;"), "ok\n", "{room}");
        if ended.status == 10 && ["stage", "index", "resolve"].contains(&phase) {
            assert_eq!(desk.sql("left/t.db", CONTENT), before, "{room}: base tables were touched in {phase}");
        }
        // Room was made: the same import comes to the same end.
        let again = import("left/t.db");
        assert_eq!(again.status, 0, "{room}: {}", again.stderr);
        assert_eq!(desk.sql("left/t.db", CONTENT), whole, "{room}");
    }
    assert_eq!((phases[0].as_str(), phases[phases.len() - 1].as_str()), ("stage", "done"), "{phases:?}");
    let in_merge = |phase: &String| ["merge", "update", "insert", "files", "finish"].contains(&phase.as_str());
    assert!(phases.iter().any(in_merge), "no disk was of a size that fills while base tables are written: {phases:?}");
}

#[test]
fn what_was_imported_is_recorded_though_the_report_cannot_be_written() {
    let Some(desk) = Desk::new() else { return };
    desk.fill("a.db", 100, 100);
    let bundle = desk.export("a.db");
    assert_eq!(desk.run(&["init", "--database=sqlite:b.db"]).status, 0);
    let script = format!(
        "head -c 1M /dev/zero > disk/fill 2>/dev/null; \
         $GAPSYNC import --json --file {bundle} --database sqlite:b.db --report-dir disk; status=$?; \
         rm disk/fill; ls disk >&2; exit $status"
    );
    let ended = desk.with_disk(MIB / 2, &script);
    assert_eq!(ended.status, 10, "{}", ended.stderr);
    assert!(ended.stderr.contains("-sync-import.txt"), "the file is named: {}", ended.stderr);
    assert_eq!(ended.stderr.lines().filter(|line| line.ends_with(".part")).count(), 0, "{}", ended.stderr);
    assert_eq!(json(&ended)["status"], "finished");
    assert_eq!(desk.sql("b.db", "SELECT count(*) FROM things"), "100\n");
    let recorded =
        "SELECT finished_at IS NOT NULL, json_extract(report_json, '$.totals.inserted') FROM synchronizations";
    assert_eq!(desk.sql("b.db", recorded), "1|102\n");
}

#[test]
fn a_rejects_file_on_a_full_disk_fails_the_run() {
    let Some(desk) = Desk::new() else { return };
    desk.fill("a.db", 2000, 100);
    let bundle = desk.export("a.db");
    assert_eq!(desk.run(&["init", "--database=sqlite:b.db"]).status, 0);
    desk.sql(
        "b.db",
        "CREATE TRIGGER picky BEFORE INSERT ON things WHEN new.id % 2 = 0 BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    let script = format!(
        "head -c 1M /dev/zero > disk/fill 2>/dev/null; \
         $GAPSYNC import --json --file {bundle} --database sqlite:b.db --report-dir disk; status=$?; exit $status"
    );
    let ended = desk.with_disk(MIB / 2, &script);
    assert_eq!(ended.status, 10, "{}", ended.stderr);
    let report = json(&ended);
    assert!(report["error"]["message"].as_str().unwrap().contains("-rejects.csv"), "{report}");
    assert_eq!(report["status"], "failed");
    assert_eq!(desk.sql("b.db", "SELECT finished_at IS NULL FROM synchronizations"), "1\n");
    assert_eq!(desk.sql("b.db", "PRAGMA integrity_check"), "ok\n");
    // With room, the end is that of any import with rejected rows.
    let again = desk.run(&["import", "--json", "--file", &bundle, "--database=sqlite:b.db"]);
    assert_eq!(again.status, 3, "{}", again.stderr);
    assert_eq!(json(&again)["totals"]["rejected"], 1000);
    assert_eq!(desk.sql("b.db", "SELECT count(*) FROM things"), "1000\n");
}

#[test]
fn too_little_room_is_refused_with_figures_before_anything_is_written() {
    let Some(desk) = Desk::new() else { return };
    desk.fill("a.db", 800, 100_000);
    let bundle = desk.export("a.db");
    // An export of 80 MB uncompressed to a disk of 8 MB.
    let export = "$GAPSYNC export --json --full --database sqlite:a.db --target disk --no-record --compression none";
    let refused = desk.with_disk(8 * MIB, &format!("{export}; status=$?; ls disk >&2; exit $status"));
    assert_eq!(refused.status, 10, "{}", refused.stderr);
    let report = json(&refused);
    let message = report["error"]["message"].as_str().unwrap();
    assert!(message.contains("not enough free space") && message.contains("8.0 MiB are free"), "{message}");
    assert!(report["error"]["hint"].as_str().unwrap().contains("--ignore-free-space"));
    assert_eq!(report["need"]["disks"][0]["free_bytes"], 8 * MIB);
    assert!(report["need"]["disks"][0]["parts"]["bundle"].as_u64().unwrap() > 64 * MIB, "{report}");
    assert!(!refused.stderr.lines().any(|line| line.starts_with("tqSync-")), "{}", refused.stderr);
    // The user knows better, and is wrong.
    let full = desk.with_disk(8 * MIB, &format!("{export} --ignore-free-space; status=$?; ls disk >&2; exit $status"));
    assert_eq!(full.status, 10, "{}", full.stderr);
    assert!(json(&full)["error"]["causes"].to_string().contains("No space left"), "{}", full.stdout);
    assert!(!full.stderr.lines().any(|line| line.starts_with("tqSync-")), "{}", full.stderr);

    // The bundle to a disk that has room for the empty database.
    assert_eq!(desk.run(&["init", "--database=sqlite:b.db"]).status, 0);
    let import = format!(
        "cp b.db disk/; $GAPSYNC import --json --file {bundle} --database sqlite:disk/b.db; status=$?; \
         rm -rf left; mkdir left; cp disk/* left/; exit $status"
    );
    let refused = desk.with_disk(16 * MIB, &import);
    assert_eq!(refused.status, 10, "{}", refused.stderr);
    let report = json(&refused);
    let message = report["error"]["message"].as_str().unwrap();
    assert!(message.contains("not enough free space") && message.contains("growth"), "{message}");
    assert!(refused.stderr.contains("needs at most"), "{}", refused.stderr);
    assert_eq!(desk.sql("left/b.db", "SELECT count(*) FROM things"), "0\n");
    assert_eq!(desk.sql("left/b.db", "SELECT count(*) FROM sqlite_master WHERE name LIKE 'sync_import%'"), "0\n");
    // A preview tells the need too, without the growth that it does not cause.
    let preview = desk.run(&["import", "--json", "--dry-run", "--file", &bundle, "--database=sqlite:b.db"]);
    let parts = &json(&preview)["need"]["disks"][0]["parts"];
    assert!(parts["sync tables"].as_u64().unwrap() > 64 * MIB && parts["growth"].is_null(), "{parts}");
}
