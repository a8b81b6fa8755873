//! Migrations that are repeated: nothing is doubled, a day can be replaced, and the old files end up in the backup folder.

use std::process::Stdio;

use super::{Kind, Site, kinds};
use crate::support::Engine;

const HEADER: &str = "ip|title|summary\n";

#[test]
fn a_repeated_migration_adds_nothing() {
    for kind in kinds() {
        // Each pipeline costs Spark many seconds.
        let (pipelines, count) = if kind == Kind::Spark { ("flow", 1) } else { ("flow,dns,proxy", 3) };
        let site = Site::new(kind);
        let rows = ["--days", "2", "--flow-rows", "300", "--dns-rows", "200", "--proxy-rows", "100"];
        site.tree(&[&rows[..], &["--pipelines", pipelines]].concat());
        let chosen = format!("--pipelines={pipelines}");
        let first = site.migrated(0, &["--init", "--keep-source", &chosen]);
        let second = site.migrated(0, &["--keep-source", &chosen]);
        assert_eq!((&first["status"], &second["status"]), (&"finished".into(), &"nothing-to-do".into()), "{kind:?}");
        assert_eq!(second["totals"]["inserted"], 0);
        // The third moves the old files, and the fourth finds them moved.
        assert_eq!(site.migrated(0, &[&chosen])["pipelines"].as_array().unwrap().len(), count);
        assert!(site.path("old/data/backup/flow").is_dir() && !site.path("old/data/flow").exists());
        site.migrated(0, &[&chosen]);
        if let Some(differences) = site.differences_of(pipelines) {
            panic!("{kind:?}: {differences}");
        }
    }
}

fn storyboard(site: &Site, day: &str, titles: &[&str]) {
    let lines: String = titles.iter().map(|title| format!("10.0.0.1|{title}|text\n")).collect();
    site.file(&format!("data/flow/{day}/threats.csv"), format!("{HEADER}{lines}"));
}

fn titles(site: &Site) -> Vec<Vec<String>> {
    site.rows("SELECT title, d FROM flow_storyboard ORDER BY d, title")
}

fn of(rows: &[(&str, &str)]) -> Vec<Vec<String>> {
    rows.iter().map(|(title, day)| vec![(*title).to_owned(), (*day).to_owned()]).collect()
}

#[test]
fn a_day_is_replaced_as_a_whole() {
    for kind in kinds().into_iter().filter(|kind| *kind != Kind::Spark) {
        let site = Site::new(kind);
        storyboard(&site, "20170104", &["a", "b"]);
        storyboard(&site, "20170105", &["c"]);
        summary(&site, "01", &[("01-04", 1), ("01-05", 2)]);
        let flow = ["--pipelines", "flow"];
        site.migrated(0, &[&flow[..], &["--init", "--keep-source"]].concat());
        // A changed file would be doubled.
        storyboard(&site, "20170104", &["b", "new"]);
        let refused = site.migrated(7, &flow);
        let error = refused["error"].to_string();
        assert!(error.contains("20170104/threats.csv") && error.contains("--replace-day"), "{error}");
        assert_eq!(titles(&site), of(&[("a", "4"), ("b", "4"), ("c", "5")]), "{kind:?}");
        site.migrated(0, &[&flow[..], &["--replace-day", "2017-01-04"]].concat());
        assert_eq!(titles(&site), of(&[("b", "4"), ("new", "4"), ("c", "5")]), "{kind:?}");
        let summaries = site.rows("SELECT total, d FROM flow_ingest_summary ORDER BY d");
        assert_eq!(summaries, of(&[("1", "4"), ("2", "5")]), "{kind:?}");
    }
}

fn summary(site: &Site, month: &str, rows: &[(&str, u32)]) {
    let lines: String = rows.iter().map(|(day, total)| format!("2017-{day} 00:00,{total}\n")).collect();
    site.file(&format!("data/flow/ingest_summary/is_2017{month}.csv"), format!("date,total\n{lines}"));
}

fn totals(site: &Site) -> Vec<Vec<String>> {
    site.rows("SELECT total, d FROM flow_ingest_summary ORDER BY m, d, total")
}

#[test]
fn a_summary_of_a_month_is_taken_day_by_day() {
    for kind in kinds().into_iter().filter(|kind| *kind != Kind::Spark) {
        let site = Site::new(kind);
        let flow = |status, arguments: &[&str]| {
            site.migrated(status, &[&["--pipelines", "flow", "--keep-source"], arguments].concat())
        };
        storyboard(&site, "20170104", &["a"]);
        summary(&site, "01", &[("01-04", 1), ("01-05", 2)]);
        flow(0, &["--init"]);
        // The month went on, and rows moved: only the new days are migrated.
        summary(&site, "01", &[("01-05", 2), ("01-04", 1), ("01-06", 3), ("01-06", 4)]);
        let report = flow(0, &[]);
        assert_eq!(report["totals"]["inserted"], 2, "{kind:?}");
        assert_eq!(totals(&site), of(&[("1", "4"), ("2", "5"), ("3", "6"), ("4", "6")]), "{kind:?}");
        // A day that has changed is replaced by name only, and new days are not lost with it.
        summary(&site, "01", &[("01-04", 9), ("01-05", 2), ("01-06", 3), ("01-06", 4), ("01-07", 5)]);
        let refused = flow(7, &[])["error"].clone();
        assert!(refused["hint"].as_str().unwrap().contains("add --replace-day 2017-01-04. "), "{refused}");
        flow(0, &["--replace-day", "2017-01-04"]);
        assert_eq!(titles(&site), of(&[("a", "4")]), "{kind:?}");
        let all = of(&[("9", "4"), ("2", "5"), ("3", "6"), ("4", "6"), ("5", "7")]);
        assert_eq!(totals(&site), all, "{kind:?}");
        // So is a day that only the summary has.
        summary(&site, "01", &[("01-04", 9), ("01-05", 8), ("01-06", 3), ("01-06", 4), ("01-07", 5)]);
        flow(7, &[]);
        flow(0, &["--replace-day", "2017-01-05"]);
        assert_eq!(totals(&site)[1], ["8", "5"], "{kind:?}");
        assert_eq!(flow(0, &[])["status"], "nothing-to-do");
    }
}

#[test]
fn a_summary_that_began_anew_joins_the_first_in_the_backup_folder() {
    let site = Site::sqlite();
    summary(&site, "01", &[("01-04", 1)]);
    site.migrated(0, &["--pipelines", "flow", "--init"]);
    storyboard(&site, "20170105", &["b"]);
    summary(&site, "01", &[("01-05", 2)]);
    site.migrated(0, &["--pipelines", "flow"]);
    assert_eq!(totals(&site), of(&[("1", "4"), ("2", "5")]));
    let names: Vec<String> =
        site.files("old/data/backup/flow/ingest_summary").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["is_201701.csv", "is_201701.csv.replaced"]);
}

#[test]
fn a_day_of_two_summaries_is_replaced_with_both() {
    let site = Site::sqlite();
    summary(&site, "01", &[("01-31", 1)]);
    summary(&site, "02", &[("01-31", 2), ("02-01", 3)]);
    site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
    let replace = ["--pipelines", "flow", "--keep-source", "--replace-day", "2017-01-31"];
    let path = site.path("old/data/flow/ingest_summary/is_201702.csv");
    std::fs::rename(&path, site.path("elsewhere.csv")).unwrap();
    let refused = site.migrated(7, &replace);
    assert!(refused["error"].to_string().contains("is_201702.csv"), "{refused}");
    std::fs::rename(site.path("elsewhere.csv"), &path).unwrap();
    site.migrated(0, &replace);
    assert_eq!(totals(&site), of(&[("1", "31"), ("2", "31"), ("3", "1")]));
}

#[test]
fn a_day_without_files_is_not_deleted() {
    let site = Site::sqlite();
    storyboard(&site, "20170104", &["a"]);
    site.file("data/flow/ingest_summary/is_201701.csv", "date,total\n2017-01-04 00:00,1\n");
    site.migrated(0, &["--pipelines", "flow", "--init"]);
    // The old files are in the backup folder.
    let refused = site.migrated(2, &["--pipelines", "flow", "--replace-day", "2017-01-04"]);
    assert!(refused["error"].to_string().contains("no file of 2017-01-04"), "{refused}");
    assert_eq!(titles(&site), of(&[("a", "4")]));
    // One of them is put back: what the others brought in stays.
    storyboard(&site, "20170104", &["b"]);
    site.migrated(0, &["--pipelines", "flow", "--replace-day", "2017-01-04", "--keep-source"]);
    assert_eq!(titles(&site), of(&[("b", "4")]));
    assert_eq!(site.rows("SELECT total FROM flow_ingest_summary"), [["1"]]);
}

#[test]
fn equal_files_of_two_days_are_two_files() {
    let site = Site::sqlite();
    storyboard(&site, "20170104", &["same"]);
    storyboard(&site, "20170105", &["same"]);
    site.migrated(0, &["--pipelines", "flow", "--init"]);
    assert_eq!(titles(&site), of(&[("same", "4"), ("same", "5")]));
}

#[test]
fn a_second_tree_joins_the_first_in_the_backup_folder() {
    let site = Site::sqlite();
    storyboard(&site, "20170104", &["first"]);
    site.migrated(0, &["--pipelines", "flow", "--init"]);
    storyboard(&site, "20170105", &["second"]);
    site.migrated(0, &["--pipelines", "flow"]);
    let names: Vec<String> = site.files("old/data").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["backup/flow/20170104/threats.csv", "backup/flow/20170105/threats.csv"]);
    // A corrected file comes to lie beside the older one.
    storyboard(&site, "20170105", &["third"]);
    let refused = site.migrated(7, &["--pipelines", "flow"]);
    assert!(refused["error"].to_string().contains("--replace-day"));
    site.migrated(0, &["--pipelines", "flow", "--replace-day", "2017-01-05"]);
    let names: Vec<String> = site.files("old/data/backup/flow/20170105").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["threats.csv", "threats.csv.replaced"]);
    assert_eq!(titles(&site), of(&[("first", "4"), ("third", "5")]));
}

#[test]
fn a_day_with_some_of_its_files_is_not_replaced() {
    let site = Site::sqlite();
    storyboard(&site, "20170104", &["a"]);
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", "srcip\tdstip\tibytes\tipkts\n10.0.0.1\t10.0.0.2\t1\t2\n");
    site.migrated(0, &["--pipelines", "flow", "--init"]);
    storyboard(&site, "20170104", &["corrected"]);
    let refused = site.migrated(7, &["--pipelines", "flow", "--replace-day", "2017-01-04"]);
    assert!(refused["error"].to_string().contains("chord-10_0_0_1.tsv"), "{refused}");
    assert_eq!(site.rows("SELECT count(*) FROM flow_chords"), [["1"]]);
    assert_eq!(titles(&site), of(&[("a", "4")]));
}

#[test]
fn files_in_the_backup_folder_of_another_target_are_not_taken_for_migrated() {
    let site = Site::sqlite();
    storyboard(&site, "20170104", &["a"]);
    site.migrated(0, &["--pipelines", "flow", "--init"]);
    let other = Site::sqlite();
    std::fs::rename(site.path("old"), other.path("old")).unwrap();
    let refused = other.migrated(10, &["--pipelines", "flow", "--init"]);
    assert!(refused["error"].to_string().contains("never migrated into this target"), "{refused}");
}

#[test]
fn two_migrations_do_not_share_a_staging_database() {
    let site = Site::sqlite();
    storyboard(&site, "20170104", &["a"]);
    let lock = std::fs::File::create(site.path("gapsync_staging.db.lock")).unwrap();
    lock.lock().unwrap();
    let at_home = ["--pipelines", "flow", "--init", "--staging-path", "."];
    let refused = site.migrated(9, &at_home);
    assert!(refused["error"].to_string().contains("the same staging database"), "{refused}");
    drop(lock);
    site.migrated(0, &at_home);
}

#[test]
fn two_first_migrations_at_once_do_not_clash() {
    for kind in kinds().into_iter().filter(|kind| *kind != Kind::Spark) {
        for _ in 0..3 {
            let site = Site::new(kind);
            storyboard(&site, "20170104", &["a"]);
            let start = || {
                let mut command = site.command(&["--pipelines", "flow", "--init", "--keep-source"]);
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            };
            let both = [start(), start()].map(|child| child.wait_with_output().unwrap());
            let statuses = [0, 1].map(|index| both[index].status.code().unwrap());
            let said = [0, 1].map(|index| String::from_utf8_lossy(&both[index].stdout).into_owned());
            assert!(matches!(statuses, [0, 0 | 9] | [9, 0]), "{kind:?} {statuses:?} {said:?}");
            assert_eq!(titles(&site), of(&[("a", "4")]), "{kind:?}");
        }
    }
}

#[test]
fn two_migrations_do_not_run_at_once() {
    for kind in kinds().into_iter().filter(|kind| *kind != Kind::Spark) {
        let site = Site::new(kind);
        storyboard(&site, "20170104", &["a"]);
        site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
        // The lock of a live process: that of this test.
        let ticks = std::fs::read_to_string("/proc/self/stat").unwrap();
        let since = ticks.rsplit(')').next().unwrap().split_whitespace().nth(19).unwrap().to_owned();
        let space = std::fs::read_link("/proc/self/ns/pid").unwrap();
        let space: String = space.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
        let host = gethostname();
        let now = match kind {
            Kind::Sql(Engine::Sqlite) => "datetime('now')",
            Kind::Sql(Engine::Postgres) => "(clock_timestamp() AT TIME ZONE 'UTC')",
            _ => "utc_timestamp(6)",
        };
        site.sql(&format!(
            "INSERT INTO gapsync_lock (name, host, pid, token, acquired_at, heartbeat) \
             VALUES ('import', '{host}', {}, '{since}-{space}-test', {now}, {now});",
            std::process::id()
        ));
        let refused = site.migrated(9, &["--pipelines", "flow"]);
        assert!(refused["error"].to_string().contains(&std::process::id().to_string()), "{kind:?}: {refused}");
    }
}

fn gethostname() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned()
}
