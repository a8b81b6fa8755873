//! Frozen services: a writer stands still while the stores are taken, and runs again whatever happens.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::Site;
use crate::support::finish;

/// Writes one number after the other, each to three folders in turn, as a new file; keeps the longest time between two steps.
const WRITER: &str = r"
import os, sys, time
root, number, longest, last = sys.argv[1], 0, 0.0, time.monotonic()
while True:
    for store in 'abc':
        with open(f'{root}/{store}/{number:09}.new', 'w') as file:
            file.write(str(number) * 100)
        os.rename(f'{root}/{store}/{number:09}.new', f'{root}/{store}/{number:09}')
        now = time.monotonic()
        if now - last > longest:
            longest = now - last
            with open(f'{root}/longest.new', 'w') as file:
                file.write(str(longest))
            os.rename(f'{root}/longest.new', f'{root}/longest')
        last = now
    number += 1
    time.sleep(0.001)
";

/// A site whose only service is a writer into three stores.
struct Busy {
    site: Site,
    writer: Child,
}

impl Busy {
    fn new(more: &str) -> Self {
        let site = Site::new();
        let root = site.path().join("busy");
        for store in ["a", "b", "c"] {
            fs::create_dir_all(root.join(store)).unwrap();
        }
        let writer = Command::new("python3").args(["-c", WRITER]).arg(&root).spawn().unwrap();
        fs::write(site.path().join("pid"), writer.id().to_string()).unwrap();
        let store = |name: &str| {
            format!(
                "[[store]]\nname = \"{name}\"\nkind = \"files\"\nfolder = \"{}/{name}\"\nappend_only = true\nexclude = [\"*.new\"]\n",
                root.display()
            )
        };
        let service = format!(
            "[[service]]\nname = \"writer\"\nstop = [\"false\"]\nstart = [\"false\"]\npids = [\"cat\", \"{}\"]\n",
            site.at("pid")
        );
        fs::write(
            site.path().join("site.toml"),
            format!("format = 1\nname = \"site\"\n{service}{}{}{}{more}", store("a"), store("b"), store("c")),
        )
        .unwrap();
        let busy = Self { site, writer };
        busy.wait_for("the writer", || busy.newest(&root.join("c")) > 10);
        busy
    }

    fn newest(&self, folder: &Path) -> u64 {
        let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter_map(|name| name.to_str()?.parse().ok()).max().unwrap_or(0)
    }

    /// Whether the writer stands still because of a signal.
    fn stopped(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.writer.id())).unwrap();
        stat.rsplit(')').next().unwrap().trim_start().starts_with('T')
    }

    fn wait_for(&self, what: &str, done: impl Fn() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let _ = self.writer.kill();
        let _ = self.writer.wait();
    }
}

const CREATE: [&str; 4] = ["create", "--platform=site.toml", "--target=out", "--mode=frozen"];

#[test]
fn frozen_stores_are_of_one_moment() {
    let busy = Busy::new("");
    for round in 0..5 {
        let ended = busy.site.expect(&CREATE, 0, "pause");
        assert!(ended.stdout.contains("frozen: 1 processes") && !busy.stopped(), "{}", ended.stdout);
        let bundle = busy.site.bundles().remove(0);
        let root = format!("root{round}");
        let bundle = bundle.to_str().unwrap();
        busy.site.expect(&["restore", "--platform=site.toml", "--root", &root, "--file", bundle], 0, "finished");
        let at = |store: &str| busy.newest(&busy.site.path().join(&root).join(store));
        // The order of writing is a, b, c.
        let (a, b, c) = (at("a"), at("b"), at("c"));
        assert!(a >= b && b >= c && a - c <= 1, "{a} {b} {c}");
        for store in ["a", "b", "c"] {
            let newest = at(store);
            let last = busy.site.path().join(&root).join(store).join(format!("{newest:09}"));
            assert_eq!(fs::read_to_string(last).unwrap(), newest.to_string().repeat(100));
        }
        fs::remove_file(bundle).unwrap();
    }
    let longest: f64 = fs::read_to_string(busy.site.path().join("busy/longest")).unwrap().parse().unwrap();
    assert!(longest <= 30.0, "the pause was {longest} s");
}

#[test]
fn a_killed_snapshot_thaws() {
    let busy = Busy::new("");
    for point in [
        "snapshot.before-freeze",
        "snapshot.frozen",
        "snapshot.listed",
        "snapshot.listed:3",
        "snapshot.before-thaw",
        "snapshot.thawed",
        "export.header",
        "snapshot.part",
        "snapshot.catalogue",
        "snapshot.published",
    ] {
        let killed = finish(busy.site.command(&CREATE).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        let died = Instant::now();
        busy.wait_for(point, || !busy.stopped());
        assert!(died.elapsed() < Duration::from_secs(2), "{point}: {:?}", died.elapsed());
        busy.site.expect(&CREATE, 9, "gapsync snapshot recover");
        busy.site.expect(&["recover"], 0, "");
        assert!(!busy.stopped(), "{point}");
        assert_eq!(busy.site.leftovers(), Vec::<String>::new(), "{point}");
        for bundle in busy.site.bundles() {
            fs::remove_file(bundle).unwrap();
        }
    }
    busy.site.expect(&CREATE, 0, "pause");
}

#[test]
fn a_pause_has_an_end() {
    let busy = Busy::new("[[check]]\nname = \"slow\"\nwhen = \"fenced\"\nrun = [\"sleep\", \"3\"]\n");
    let (begun, mut running) = (Instant::now(), busy.site.command(&CREATE).arg("--max-pause=1s").spawn().unwrap());
    busy.wait_for("the freeze", || busy.stopped());
    busy.wait_for("the thaw", || !busy.stopped());
    assert!(running.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(3));
    assert_eq!(running.wait().unwrap().code(), Some(6));
    let report = busy.site.run(&[&CREATE[..], &["--max-pause=1s"]].concat());
    assert!(report.stderr.contains("the pause became too long") && report.stderr.contains("--max-pause"), "{report:?}");
    assert!(busy.site.bundles().is_empty() && !busy.stopped());
    assert_eq!(busy.site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_dead_guard_does_no_harm() {
    let busy = Busy::new("[[check]]\nname = \"slow\"\nwhen = \"fenced\"\nrun = [\"sleep\", \"2\"]\n");
    let mut running = busy.site.command(&CREATE).spawn().unwrap();
    busy.wait_for("the freeze", || busy.stopped());
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", running.id())).unwrap();
    let guard = children.split_whitespace().find(|pid| {
        fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.windows(5).any(|word| word == b"guard"))
    });
    assert!(Command::new("kill").args(["-KILL", guard.unwrap()]).status().unwrap().success());
    assert_eq!(running.wait().unwrap().code(), Some(6));
    assert!(busy.site.bundles().is_empty() && !busy.stopped());
    assert_eq!(busy.site.leftovers(), Vec::<String>::new());
}

#[test]
fn commands_freeze_and_thaw_in_order() {
    let site = Site::new();
    let service = |name: &str| {
        format!(
            "[[service]]\nname = \"{name}\"\nstop = [\"CTL\", \"stop\", \"{name}\"]\nstart = [\"CTL\", \"start\", \"{name}\"]\n\
             pause = [\"CTL\", \"freeze\", \"{name}\"]\nunpause = [\"CTL\", \"thaw\", \"{name}\"]\n"
        )
    };
    let check = "[[check]]\nname = \"fenced\"\nwhen = \"fenced\"\nrun = [\"CTL\", \"fenced\"]\n";
    site.platform(&format!("{}{}{check}", service("front"), service("back")));
    site.expect(&CREATE, 0, "pause");
    assert_eq!(site.log(), ["freeze front", "freeze back", "fenced", "thaw back", "thaw front"]);
    let planned = site.expect(&[&CREATE[..], &["--dry-run"]].concat(), 0, "freeze front: ");
    assert!(planned.stdout.contains("thaw") && site.log().is_empty(), "{}", planned.stdout);
    // A platform without a way to freeze is refused before anything is done.
    site.with_services("");
    site.expect(&CREATE, 2, "no service that can be frozen");
}
