//! Migrations into a HiveServer2 engine: days that are replaced, and what belongs to others.

use gapsync::db::hive::{HiveSession, HiveUrl};

use super::{Kind, Site};
use crate::support::service;

const HEADER: &str = "ip|title|summary\n";

fn spark() -> Option<Site> {
    service("Spark", "GAPSYNC_TEST_SPARK").map(|_| Site::new(Kind::Spark))
}

/// Runs statements in one session, and returns the rows of the last one, with blanks between cells.
fn sql(site: &Site, statements: &[&str]) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut session = HiveSession::connect(&HiveUrl::parse(&site.url).unwrap()).await.unwrap();
        let mut rows = Vec::new();
        for statement in statements {
            rows = session.query(statement).await.unwrap();
        }
        session.close().await.unwrap();
        let line =
            |row: Vec<Option<String>>| row.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join(" ");
        rows.into_iter().map(line).collect()
    })
}

fn target(site: &Site) -> &str {
    site.schema.as_deref().unwrap()
}

fn storyboard(site: &Site, day: &str, titles: &[&str]) {
    let lines: String = titles.iter().map(|title| format!("10.0.0.1|{title}|text\n")).collect();
    site.file(&format!("data/flow/{day}/threats.csv"), format!("{HEADER}{lines}"));
}

#[test]
fn a_day_is_replaced_as_a_whole() {
    let Some(site) = spark() else { return };
    let target = target(&site);
    storyboard(&site, "20170104", &["a", "b"]);
    storyboard(&site, "20170105", &["c"]);
    site.file("data/flow/ingest_summary/is_201701.csv", "date,total\n2017-01-04 00:00,1\n2017-01-05 00:00,2\n");
    let flow = ["--pipelines", "flow"];
    site.migrated(0, &[&flow[..], &["--init", "--keep-source"]].concat());
    let titles = || sql(&site, &[&format!("SELECT title, d FROM {target}.flow_storyboard ORDER BY d, title")]);
    let files =
        || sql(&site, &[&format!("SELECT DISTINCT input_file_name() FROM {target}.flow_storyboard WHERE d = 5")]);
    let other_day = files();
    // A changed file would be doubled.
    storyboard(&site, "20170104", &["b", "new"]);
    let refused = site.migrated(7, &[&flow[..], &["--keep-source"]].concat());
    assert!(refused["error"].to_string().contains("--replace-day"), "{refused}");
    assert_eq!(titles(), ["a 4", "b 4", "c 5"]);
    site.migrated(0, &[&flow[..], &["--replace-day", "2017-01-04", "--keep-source"]].concat());
    assert_eq!(titles(), ["b 4", "new 4", "c 5"]);
    let summaries = sql(&site, &[&format!("SELECT total, d FROM {target}.flow_ingest_summary ORDER BY d")]);
    assert_eq!(summaries, ["1 4", "2 5"]);
    // The other day is not even written anew, and the next run finds nothing to do.
    assert_eq!(files(), other_day);
    let ledger = format!("SELECT path, count(*) FROM {target}.gapsync_migrated GROUP BY path ORDER BY path");
    let of = |day: &str, times: u8| format!("data/flow/{day}/threats.csv {times}");
    assert_eq!(
        sql(&site, &[&ledger]),
        [of("20170104", 2), of("20170105", 1), "data/flow/ingest_summary/is_201701.csv 2".to_owned()]
    );
    assert_eq!(site.migrated(0, &[&flow[..], &["--keep-source"]].concat())["status"], "nothing-to-do");
}

#[test]
fn what_is_in_the_way_of_staging_is_not_removed() {
    let Some(site) = spark() else { return };
    storyboard(&site, "20170104", &["a"]);
    let staging = format!("{}_staging", target(&site));
    let mine = format!("CREATE TABLE {staging}.flow_scores_tmp (tstart STRING)");
    sql(
        &site,
        &[
            &format!("CREATE DATABASE {staging}"),
            &mine,
            &format!("INSERT INTO {staging}.flow_scores_tmp VALUES ('mine')"),
        ],
    );
    // A folder of somebody else below the staging path, with the name of a pipeline.
    std::fs::create_dir_all(site.path("staging/flow/flow_scores")).unwrap();
    std::fs::write(site.path("staging/flow/flow_scores/mine.txt"), "x").unwrap();
    let refused = site.migrated(7, &["--pipelines", "flow", "--init"]);
    assert!(refused["error"].to_string().contains("flow_scores_tmp"), "{refused}");
    assert_eq!(sql(&site, &[&format!("SELECT * FROM {staging}.flow_scores_tmp")]), ["mine"]);
    // Out of the way, under another name in the same database, it stays.
    sql(&site, &[&format!("ALTER TABLE {staging}.flow_scores_tmp RENAME TO {staging}.mine")]);
    site.migrated(0, &["--pipelines", "flow"]);
    assert_eq!(sql(&site, &[&format!("SHOW TABLES IN {staging}")]), [format!("{staging} mine false")]);
    assert_eq!(sql(&site, &[&format!("SELECT * FROM {staging}.mine")]), ["mine"]);
    assert_eq!(site.files("staging"), [("flow/flow_scores/mine.txt".to_owned(), 1)]);
}

#[test]
fn two_staging_databases_share_a_path() {
    let (Some(one), Some(other)) = (spark(), spark()) else { return };
    one.file("data/flow/20170104/threats.csv", "ip|heading|summary\n10.0.0.1|a|b\n");
    storyboard(&other, "20170104", &["a"]);
    let path = one.path("staging").display().to_string();
    let shared = ["--pipelines", "flow", "--init", "--staging-path", &path];
    // What a run leaves when it fails stays until this migration is repeated, whoever else is there.
    one.migrated(5, &shared);
    let left = one.files("staging");
    assert!(!left.is_empty());
    other.migrated(0, &shared);
    assert_eq!(one.files("staging"), left);
    storyboard(&one, "20170104", &["a"]);
    one.migrated(0, &shared);
    assert_eq!(std::fs::read_dir(one.path("staging")).unwrap().count(), 0);
}

/// The comment of a lock that this process has, as a live run writes it.
fn own_comment(beats: u32, host: &str) -> String {
    let ticks = std::fs::read_to_string("/proc/self/stat").unwrap();
    let since = ticks.rsplit(')').next().unwrap().split_whitespace().nth(19).unwrap().to_owned();
    let space = std::fs::read_link("/proc/self/ns/pid").unwrap();
    let space: String = space.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    format!("{} {since}-{space}-test {beats} {host} 2026-11-28 12:00:00", std::process::id())
}

fn this_host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned()
}

#[test]
fn two_migrations_do_not_run_at_once() {
    let Some(site) = spark() else { return };
    storyboard(&site, "20170104", &["a"]);
    let flow = ["--pipelines", "flow", "--init", "--keep-source"];
    let target = target(&site);
    // Into one target database, or by way of one staging database.
    for database in [target.to_owned(), format!("{target}_staging")] {
        let (lock, comment) = (format!("{database}.gapsync_lock"), own_comment(0, &this_host()));
        sql(
            &site,
            &[
                &format!("CREATE DATABASE IF NOT EXISTS {database}"),
                &format!("CREATE TABLE {lock} (holder STRING COMMENT '{comment}')"),
            ],
        );
        let refused = site.migrated(9, &flow);
        let error = refused["error"].to_string();
        assert!(error.contains(&std::process::id().to_string()) && error.contains(&database), "{error}");
        assert_eq!(sql(&site, &[&format!("DESCRIBE {lock}")]), [format!("holder string {comment}")]);
        // Its process is gone: another one has its number.
        let dead = comment.replacen('-', "1-", 1);
        sql(&site, &[&format!("ALTER TABLE {lock} CHANGE COLUMN holder holder STRING COMMENT '{dead}'")]);
    }
    let report = site.migrated(0, &flow);
    assert_eq!(report["totals"]["inserted"], 1);
    let tables = sql(&site, &[&format!("SHOW TABLES IN {target} LIKE 'gapsync_lock'")]);
    assert!(tables.is_empty(), "{tables:?}");
}

#[test]
fn a_run_on_another_host_is_known_by_its_signs_of_life() {
    let Some(site) = spark() else { return };
    storyboard(&site, "20170104", &["a"]);
    let flow = ["--pipelines", "flow", "--init"];
    let target = target(&site);
    let lock = format!("{target}.gapsync_lock");
    sql(
        &site,
        &[
            &format!("CREATE DATABASE {target}"),
            &format!("CREATE TABLE {lock} (holder STRING COMMENT '{}')", own_comment(0, "elsewhere")),
        ],
    );
    let ended = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for beats in 1.. {
                if ended.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                let comment = own_comment(beats, "elsewhere");
                sql(&site, &[&format!("ALTER TABLE {lock} CHANGE COLUMN holder holder STRING COMMENT '{comment}'")]);
                std::thread::sleep(std::time::Duration::from_secs(1));
            }
        });
        let refused = site.migrate(&flow);
        ended.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(refused.status == 9 && refused.stdout.contains("elsewhere"), "{refused:?}");
    });
    // It has fallen silent.
    site.migrated(0, &flow);
}
