//! Migrations that fail: the old tree is untouched, the exit status is not 0, and the report names file and line.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Kind, Site, kinds};
use crate::support::{Engine, finish, skipped};

/// The engine whose plain tables need no staging.
const POSTGRES: Kind = Kind::Sql(Engine::Postgres);

/// Makes the target tables, and on PostgreSQL gives one of them a rule, so that it needs staging tables as the others do.
fn needing_staging(site: &Site) {
    site.file("data/flow/20170103/threats.csv", "ip|title|summary\n");
    site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
    if site.kind == POSTGRES {
        site.sql("CREATE RULE nothing AS ON INSERT TO flow_chords DO ALSO NOTHING;");
    }
}

const CHORD: &str = "srcip\tdstip\tibytes\tipkts\n10.0.0.1\t10.0.0.2\t1\t2\n";

#[test]
fn a_malformed_file_stops_the_run_before_any_table_is_touched() {
    for kind in kinds() {
        let site = Site::new(kind);
        site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
        site.file("data/flow/20170104/threats.csv", "ip|heading|summary\n10.0.0.1|a|b\n");
        let before = site.files("old");
        let report = site.migrated(5, &["--pipelines", "flow", "--init"]);
        let error = report["error"]["message"].as_str().unwrap();
        assert!(error.contains("20170104/threats.csv`, line `1`"), "{kind:?}: {error}");
        assert_eq!(site.files("old"), before);
        assert_eq!(report["staging_left"].is_string(), kind != POSTGRES, "{report}");
        if kind != Kind::Spark {
            assert_eq!(site.rows("SELECT count(*) FROM flow_chords"), [["0"]]);
        }
        // Repaired, the same command goes through.
        site.file("data/flow/20170104/threats.csv", "ip|title|summary\n10.0.0.1|a|b\n");
        assert_eq!(site.migrated(0, &["--pipelines", "flow"])["totals"]["inserted"], 2);
        assert_eq!(site.files("staging"), []);
    }
}

#[test]
fn too_many_rejected_rows_stop_the_run_before_any_table_is_touched() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", format!("{CHORD}10.0.0.1\t10.0.0.2\tmany\t2\n"));
    let before = site.files("old");
    let report = site.migrated(3, &["--pipelines", "flow", "--init", "--max-rejects", "0"]);
    assert_eq!(report["status"], "failed");
    let rejects = std::fs::read_to_string(site.path(report["rejects_file"].as_str().unwrap())).unwrap();
    assert!(rejects.contains("data/flow/20170104/chord-10_0_0_1.tsv,3,`ibytes` is not a whole number"), "{rejects}");
    assert_eq!(
        (site.files("old"), site.rows("SELECT count(*) FROM flow_chords")),
        (before, vec![vec!["0".to_owned()]])
    );
    // Without a limit the good row goes in, the bad one is accounted for, and the tree moves.
    let report = site.migrated(3, &["--pipelines", "flow"]);
    assert_eq!(report["tables"]["flow_chords"], serde_json::json!({"inserted": 1, "filtered": 0, "rejected": 1}));
    assert!(site.path("old/data/backup/flow/20170104/chord-10_0_0_1.tsv").exists());
}

#[test]
fn a_row_that_the_database_refuses_is_rejected_by_name() {
    for kind in kinds().into_iter().filter(|kind| *kind != Kind::Spark) {
        let site = Site::new(kind);
        site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
        site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
        site.sql("CREATE UNIQUE INDEX only_once ON flow_chords (ibyt);");
        let rows: String = (1..=50).map(|n| format!("10.0.0.1\t10.0.0.2\t{n}\t2\n")).collect();
        site.file("data/flow/20170105/chord-10_0_0_1.tsv", format!("srcip\tdstip\tibytes\tipkts\n{rows}"));
        let report = site.migrated(3, &["--pipelines", "flow"]);
        assert_eq!(report["tables"]["flow_chords"], serde_json::json!({"inserted": 49, "filtered": 0, "rejected": 1}));
        let rejects = std::fs::read_to_string(site.path(report["rejects_file"].as_str().unwrap())).unwrap();
        assert!(rejects.contains("data/flow/20170105/chord-10_0_0_1.tsv,2,"), "{kind:?}: {rejects}");
        assert_eq!(site.rows("SELECT count(*) FROM flow_chords"), [["50"]], "{kind:?}");
    }
}

#[test]
fn a_trigger_that_skips_rows_is_noticed() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    site.file("data/flow/20170104/threats.csv", "ip|title|summary\n10.0.0.1|a|b\n");
    site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
    site.sql("CREATE TRIGGER skips BEFORE INSERT ON flow_chords BEGIN SELECT RAISE(IGNORE); END;");
    site.file("data/flow/20170105/chord-10_0_0_1.tsv", CHORD);
    let report = site.migrated(7, &["--pipelines", "flow"]);
    assert!(report["error"].to_string().contains("the table took 0 of 1 rows"), "{report}");
    assert!(site.path("old/data/flow/20170105/chord-10_0_0_1.tsv").exists());
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    let before = site.files("old");
    for engine in
        ["postgres://nobody@127.0.0.1:1/x", "mysql://nobody@127.0.0.1:1/x", "hive://127.0.0.1:1", "127.0.0.1:1"]
    {
        let mut command = crate::support::gapsync(["migrate", "--json", "--progress", "off", "flow"]);
        command.arg(site.path("old")).args(["stg"]).arg(site.path("staging")).args(["spot", engine]);
        let ended = finish(command.current_dir(site.path("")));
        assert_ne!(ended.status, 0, "{engine}");
        assert_eq!(site.files("old"), before, "{engine}");
    }
}

#[test]
fn a_disk_that_fills_leaves_the_tree_as_it_was() {
    let site = Site::sqlite();
    site.tree(&["--days", "1", "--flow-rows", "20000", "--pipelines", "flow"]);
    std::fs::create_dir(site.path("disk")).unwrap();
    let before = site.files("old");
    let id = Command::new("id").arg("-u").output().unwrap();
    let spaces = if id.stdout == b"0\n" { "-m" } else { "-rm" };
    let tried = finish(
        Command::new("unshare")
            .args([spaces, "sh", "-c", "mount -t tmpfs -o size=4096 tmpfs disk"])
            .current_dir(site.path("")),
    );
    if tried.status != 0 {
        return skipped("full disks, because no tmpfs can be mounted");
    }
    for (kilobytes, enough) in [(200, false), (2000, false), (4000, false), (60_000, true)] {
        let script = format!(
            "mount -t tmpfs -o size={kilobytes}k tmpfs disk || exit 99\n\
             {} migrate --json --progress off --pipelines flow --old-path old --engine sqlite:disk/t.db --init --keep-source",
            env!("CARGO_BIN_EXE_gapsync")
        );
        let ended = finish(Command::new("unshare").args([spaces, "sh", "-c", &script]).current_dir(site.path("")));
        assert_eq!(ended.status, if enough { 0 } else { 10 }, "{kilobytes}: {} {}", ended.stdout, ended.stderr);
        assert_eq!(site.files("old"), before, "{kilobytes}");
    }
}

#[test]
fn what_is_in_the_way_of_staging_is_not_removed() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    std::fs::write(site.path("mine.db"), "a text of mine").unwrap();
    let refused = site.migrated(2, &["--pipelines", "flow", "--init", "--staging-db", "mine", "--staging-path", "."]);
    assert!(refused["error"].to_string().contains("exists already"), "{refused}");
    assert_eq!(std::fs::read_to_string(site.path("mine.db")).unwrap(), "a text of mine");
    // Nor the target itself.
    let target = site.url.trim_start_matches("sqlite:").to_owned();
    let folder = std::path::Path::new(&target).parent().unwrap().to_owned();
    let refused = site.migrated(
        2,
        &["--pipelines", "flow", "--init", "--staging-db", "test", "--staging-path", folder.to_str().unwrap()],
    );
    assert!(refused["error"].to_string().contains("exists already"), "{refused}");
    assert_eq!(site.rows("SELECT count(*) FROM flow_chords"), [["0"]]);
    for kind in kinds().into_iter().filter(|kind| !matches!(kind, Kind::Spark | Kind::Sql(Engine::Sqlite))) {
        let site = Site::new(kind);
        needing_staging(&site);
        site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
        let word = if kind == POSTGRES { "SCHEMA" } else { "DATABASE" };
        let staging = format!("mine_{}", std::process::id());
        site.sql(&format!("CREATE {word} {staging}; CREATE TABLE {staging}.flow_chords_tmp (a INT);"));
        let refused = site.migrated(7, &["--pipelines", "flow", "--staging-db", &staging]);
        assert!(refused["error"].to_string().contains("flow_chords_tmp"), "{kind:?}: {refused}");
        site.sql(&format!(
            "SELECT a FROM {staging}.flow_chords_tmp; DROP TABLE {staging}.flow_chords_tmp; DROP {word} {staging}{};",
            if word == "SCHEMA" { " CASCADE" } else { "" }
        ));
    }
}

#[test]
fn a_backup_folder_that_cannot_be_is_noticed_first() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    site.file("data/backup", "a file of mine");
    let refused = site.migrated(10, &["--pipelines", "flow", "--init"]);
    let error = refused["error"].to_string();
    assert!(error.contains("data/backup") && error.contains("--keep-source"), "{error}");
    assert_eq!(site.rows("SELECT count(*) FROM sqlite_master"), [["0"]]);
    let planned = site.migrated(10, &["--pipelines", "flow", "--init", "--dry-run"]);
    assert!(planned["foreseen"][0]["message"].as_str().unwrap().contains("data/backup"), "{planned}");
    site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
}

#[test]
fn a_header_that_is_cut_off_is_called_so() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD.lines().next().unwrap());
    let report = site.migrated(5, &["--pipelines", "flow", "--init"]);
    let error = report["error"].to_string();
    assert!(error.contains("the header row is cut off: the file ends without a line end"), "{error}");
    assert!(!error.contains("--mapping"), "{error}");
}

#[test]
fn cleanup_removes_the_staging_tables_of_a_migration() {
    for kind in kinds().into_iter().filter(|kind| *kind != Kind::Spark) {
        let site = Site::new(kind);
        needing_staging(&site);
        site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
        site.file("data/flow/20170104/threats.csv", "ip|heading|summary\n10.0.0.1|a|b\n");
        let staging = format!("left_{}", std::process::id());
        let report = site.migrated(5, &["--pipelines", "flow", "--staging-db", &staging]);
        assert!(report["staging_left"].as_str().unwrap().contains(&staging), "{kind:?} {report}");
        assert!(report["resume"].as_str().unwrap().starts_with("gapsync migrate "), "{report}");
        let left = |sqlite: &str| match kind {
            Kind::Sql(Engine::Sqlite) => {
                site.files("").iter().filter(|(name, _)| name.contains(sqlite)).count().to_string()
            }
            _ => site
                .rows(&format!("SELECT count(*) FROM information_schema.schemata WHERE schema_name = '{staging}'"))[0]
                [0]
            .clone(),
        };
        // On SQLite it is beside the database.
        let beside = std::path::Path::new(report["staging_left"].as_str().unwrap()).exists();
        assert!(beside || left("none") == "1", "{kind:?}");
        let command = report["cleanup"].as_str().unwrap().replacen("gapsync", env!("CARGO_BIN_EXE_gapsync"), 1);
        let clean = || finish(Command::new("sh").args(["-c", &command]).current_dir(site.path("")));
        let cleaned = clean();
        assert_eq!(cleaned.status, 0, "{kind:?} {command}: {}", cleaned.stderr);
        assert!(cleaned.stdout.contains("dropped the staging tables in "), "{}", cleaned.stdout);
        assert!(!std::path::Path::new(report["staging_left"].as_str().unwrap()).exists());
        assert_eq!(left("none"), "0", "{kind:?}");
        assert_eq!(clean().stdout, "nothing to clean up\n");
    }
}

#[test]
fn a_migration_that_is_stopped_says_how_to_continue() {
    let site = Site::sqlite();
    site.file(
        "data/flow/20170104/chord-10_0_0_1.tsv",
        format!("{CHORD}{}", "10.0.0.1\t10.0.0.2\t1\t2\n".repeat(1_000_000)),
    );
    let mut command = site.command(&["--pipelines", "flow", "--init"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let folder = std::path::Path::new(site.url.trim_start_matches("sqlite:")).parent().unwrap().to_owned();
    let begun = Instant::now();
    while !folder.join("gapsync_staging.db").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the migration does not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let resume = report["resume"].as_str().unwrap();
    assert!(resume.ends_with("--pipelines flow --init") && !resume.contains("--resume"), "{resume}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(&format!("to continue from here: {resume}")), "{said}");
    let again = resume.replacen("gapsync", env!("CARGO_BIN_EXE_gapsync"), 1);
    let ended = finish(Command::new("sh").args(["-c", &again]).current_dir(site.path("")));
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert_eq!(site.rows("SELECT count(*) FROM flow_chords"), [["1000001"]]);
}

#[test]
fn what_is_no_file_of_a_day_is_reported() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    site.file("data/flow/20170104/chord-old/chord-10_0_0_1.tsv", CHORD);
    let made = finish(Command::new("mkfifo").arg(site.path("old/data/flow/20170104/chord-pipe.tsv")));
    assert_eq!(made.status, 0);
    let report = site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
    let unknown =
        serde_json::json!(["data/flow/20170104/chord-old/chord-10_0_0_1.tsv", "data/flow/20170104/chord-pipe.tsv"]);
    assert_eq!(report["pipelines"][0]["unknown"], unknown);
    assert_eq!(site.rows("SELECT ip_threat FROM flow_chords"), [["10.0.0.1"]]);
    // The rows of a day that is a link would be lost.
    std::os::unix::fs::symlink("20170104", site.path("old/data/flow/20170105")).unwrap();
    let refused = site.migrated(10, &["--pipelines", "flow"]);
    assert!(refused["error"].to_string().contains("is a link"), "{refused}");
}

#[test]
fn a_missing_list_of_codes_is_reported() {
    let site = Site::sqlite();
    let header =
        "frame_time,frame_len,ip_dst,ip_src,dns_qry_name,dns_qry_class_name,dns_qry_type_name,dns_qry_rcode_name,dns_a";
    let row = "\"Jan  4 2017 14:05:59.0 UTC\",\"90\",\"a\",\"b\",\"c\",\"Internet (IN)\",\"A\",\"NoError\",\"d\"";
    site.file("data/dns/20170104/edge-c_14_00.csv", format!("{header}\r\n{row}\r\n"));
    let report = site.migrated(0, &["--pipelines", "dns", "--init"]);
    assert!(report["warnings"].to_string().contains("no file for the lookup `class`"), "{report}");
    assert_eq!(report["unknown_codes"][0], serde_json::json!({"pipeline": "dns", "lookup": "class", "records": 1}));
}

#[test]
fn a_mapping_that_matches_nothing_moves_nothing() {
    let site = Site::sqlite();
    site.file("data/flow/2017-01-04/chord-10_0_0_1.tsv", CHORD);
    let report = site.migrated(7, &["--pipelines", "flow", "--init"]);
    assert!(report["error"].to_string().contains("no file of the pipeline flow"), "{report}");
    assert!(site.path("old/data/flow/2017-01-04/chord-10_0_0_1.tsv").exists());
}
