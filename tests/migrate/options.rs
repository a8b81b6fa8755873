//! The options of `migrate`.

use super::{Kind, Site, kinds};
use crate::support::{Engine, finish, gapsync};

const CHORD: &str = "srcip\tdstip\tibytes\tipkts\n10.0.0.1\t10.0.0.2\t1\t2\n";

#[test]
fn the_six_values_of_the_old_script_are_taken_in_its_order() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    let mut command = gapsync(["migrate", "--json", "--progress", "off", "--init", "flow"]);
    // A slash at the end, as in the old script's own example.
    command.arg(format!("{}/", site.path("old").display())).arg("spot_migration");
    command.arg(format!("{}/", site.path("staging").display())).args(["spot", &site.url]);
    let ended = finish(command.current_dir(site.path("")));
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert_eq!(site.rows("SELECT ip_threat, y, m, d FROM flow_chords"), [["10.0.0.1", "2017", "1", "4"]]);
    // Five of them are too few, and options do not mix with them.
    let usage = |arguments: &[&str]| finish(gapsync(["migrate"]).args(arguments)).status;
    assert_eq!(usage(&["flow", "old", "stg", "path", "spot"]), 2);
    assert_eq!(usage(&["flow", "old", "stg", "path", "spot", "sqlite:x.db", "--old-path", "x"]), 2);
    assert_eq!(usage(&["flow,flaw", "old", "stg", "path", "spot", "sqlite:x.db"]), 2);
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    site.file("data/flow/20170104/notes.txt", "x");
    site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
    site.file("data/flow/20170105/chord-10_0_0_1.tsv", format!("{CHORD}10.0.0.1\t10.0.0.3\t1\t2\n"));
    let before = (site.files("old"), site.sql(".dump"));
    let report = site.migrated(0, &["--pipelines", "flow", "--dry-run"]);
    assert_eq!((site.files("old"), site.sql(".dump")), before);
    let file = |index: usize, key: &str| report["files"][index][key].clone();
    assert_eq!(
        (file(0, "state"), file(1, "state"), file(1, "records")),
        ("migrated before".into(), "new".into(), 2.into())
    );
    assert_eq!(report["pipelines"][0]["unknown"], serde_json::json!(["data/flow/20170104/notes.txt"]));
    assert_eq!(report["status"], "dry-run");
}

#[test]
fn a_dry_run_says_what_a_real_run_would_end_with() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    site.file("data/flow/20170104/threats.csv", "ip|heading|summary\n");
    site.sql("CREATE TABLE flow_chords (ip_threat TEXT, srcip TEXT, dstip TEXT, ibyt INTEGER, ipkt INTEGER, y, m);");
    let foreseen = |status: i32, arguments: &[&str]| -> Vec<String> {
        let report = site.migrated(status, &[&["--pipelines", "flow", "--dry-run"], arguments].concat());
        assert_eq!(report["status"], "dry-run");
        assert_eq!(report["files"].as_array().unwrap().len(), 2);
        let problems = report["foreseen"].as_array().into_iter().flatten();
        problems.map(|problem| problem["message"].as_str().unwrap().to_owned()).collect()
    };
    let problems = foreseen(7, &[]);
    assert!(problems[0].contains("lacks the tables `flow_scores`"), "{problems:?}");
    assert!(problems[1].contains("table `flow_chords`, column `d`"), "{problems:?}");
    assert!(problems[2].contains("20170104/threats.csv`, line `1`"), "{problems:?}");
    assert_eq!(foreseen(7, &["--init"]), problems[1..]);
    let report = site.migrated(7, &["--pipelines", "flow", "--dry-run"]);
    let page = std::fs::read_to_string(site.path(report["report_file"].as_str().unwrap())).unwrap();
    assert!(page.contains("A real run would end with exit status 7\n  the target lacks"), "{page}");
    site.sql("DROP TABLE flow_chords;");
    assert_eq!(foreseen(5, &["--init"]).len(), 1);
    assert_eq!(site.migrated(5, &["--pipelines", "flow", "--init"])["status"], "failed");
    // The database itself may still have to be made.
    let mut command =
        gapsync(["migrate", "--json", "--dry-run", "--init", "--pipelines=flow", "--engine=sqlite:new.db"]);
    let ended = finish(command.arg("--old-path").arg(site.path("old")).current_dir(site.path("")));
    assert_eq!((ended.status, site.path("new.db").exists()), (5, false), "{}", ended.stdout);
    site.file("data/flow/20170104/threats.csv", "ip|title|summary\n");
    assert!(foreseen(0, &["--init"]).is_empty());
}

#[test]
fn a_dry_run_knows_a_target_that_is_still_to_be_made() {
    for kind in kinds() {
        let site = Site::new(kind);
        site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
        let other = format!("none_{}", std::process::id());
        let on_a_server = matches!(kind, Kind::Sql(Engine::Postgres | Engine::Mariadb));
        let elsewhere: &[&str] = if on_a_server { &["--target-db", &other] } else { &[] };
        let report = site.migrated(0, &[&["--pipelines", "flow", "--init", "--dry-run"], elsewhere].concat());
        assert_eq!((&report["status"], &report["foreseen"]), (&"dry-run".into(), &serde_json::Value::Null), "{kind:?}");
        if on_a_server {
            let made = format!("SELECT count(*) FROM information_schema.schemata WHERE schema_name = '{other}'");
            assert_eq!(site.rows(&made), [["0"]], "{kind:?}");
        }
    }
}

#[test]
fn a_dry_run_foresees_that_a_changed_file_is_refused() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD.replace("1\t2", "1\t3"));
    let report = site.migrated(7, &["--pipelines", "flow", "--dry-run"]);
    let hint = &report["foreseen"][0]["hint"];
    assert!(hint.as_str().unwrap().contains("--replace-day 2017-01-04"), "{hint}");
    site.migrated(0, &["--pipelines", "flow", "--dry-run", "--replace-day", "2017-01-04"]);
}

#[test]
fn engines_that_cannot_be_are_refused_with_words_of_migrate() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    let refused = |engine: &str| {
        let mut command = gapsync(["migrate", "--json", "--progress=off", "--pipelines=flow", "--engine", engine]);
        let ended = finish(command.arg("--old-path").arg(site.path("old")).current_dir(site.path("")));
        let result: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        (ended.status, result["error"]["hint"].as_str().unwrap().to_owned())
    };
    let (status, hint) = refused("oracle://h/x");
    assert!(status == 2 && hint.contains("hive://") && hint.contains("impala://"), "{status} {hint}");
    let (status, hint) = refused("sqlite:none.db");
    assert!(status == 6 && hint.contains("--engine") && hint.contains("--init"), "{status} {hint}");
    assert!(!hint.contains("gapsync init") && !hint.contains("--database"), "{hint}");
}

#[test]
fn a_target_database_of_sqlite_is_not_ignored_silently() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    let ended = site.migrate(&["--pipelines", "flow", "--init", "--target-db", "spot"]);
    assert_eq!(ended.status, 0);
    assert!(ended.stderr.contains("the name of the target database is not used"), "{}", ended.stderr);
}

#[test]
fn tables_of_gapsyncs_own_are_no_targets() {
    let site = Site::sqlite();
    let mapping = include_str!("../../sql/migrate/flow.toml");
    let line = mapping.lines().position(|line| line == "table = \"flow_chords\"").unwrap() + 1;
    for table in ["synchronizations", "gapsync_lock", "Gapsync_anything"] {
        let own = mapping.replace("\"flow_chords\"", &format!("\"{table}\""));
        std::fs::write(site.path("own.toml"), own).unwrap();
        let ended = site.migrate(&["--mapping", "own.toml"]);
        assert_eq!(ended.status, 2, "{table}");
        let place = format!("own.toml`, line `{line}`");
        assert!(ended.stdout.contains(&place) && ended.stdout.contains("gapsync's own"), "{}", ended.stdout);
    }
}

#[test]
fn the_sql_can_be_read_before_it_runs() {
    let site = Site::sqlite();
    for (engine, words) in [
        (
            "sqlite:x.db",
            &[
                "CREATE TABLE \"flow_chords\"",
                "gapsync_migrated",
                "ATTACH DATABASE 'gapsync_staging.db' AS \"staging\"",
                "CREATE TABLE \"staging\".\"flow_chords_tmp\"",
                "INSERT INTO \"flow_chords\"",
                "FROM \"staging\".\"flow_chords_tmp\"",
            ][..],
        ),
        (
            "postgres://h/x",
            &[
                "CREATE SCHEMA IF NOT EXISTS \"spot\"",
                "SET search_path TO \"spot\"",
                "CREATE TABLE \"flow_chords\"",
                "COPY \"flow_chords\" (\"ip_threat\"",
                "CREATE SCHEMA IF NOT EXISTS \"gapsync_staging\"",
                "CREATE UNLOGGED TABLE \"gapsync_staging\".\"flow_chords_tmp\"",
                "INSERT INTO \"flow_chords\"",
            ],
        ),
        (
            "mysql://h/x",
            &[
                "CREATE DATABASE IF NOT EXISTS `spot`",
                "USE `spot`",
                "CREATE TABLE `flow_chords`",
                "CREATE TABLE `gapsync_staging`.`flow_chords_tmp`",
                "INSERT INTO `flow_chords`",
            ],
        ),
        ("impala://h", &["PARTITIONED BY (`y` SMALLINT", "CREATE EXTERNAL TABLE", "PARTITION (`y`, `m`, `d`)"]),
    ] {
        let mut command = gapsync(["migrate", "--print-sql", "--pipelines", "flow", "--engine", engine]);
        command.args(["--target-db", "spot"]);
        let ended = finish(command.current_dir(site.path("")));
        assert_eq!(ended.status, 0, "{engine}: {}", ended.stderr);
        // Each of them after the one before.
        let mut rest = ended.stdout.as_str();
        for word in words {
            let at = rest.find(word).unwrap_or_else(|| panic!("{engine}: {word} in {}", ended.stdout));
            rest = &rest[at..];
        }
    }
    assert_eq!(site.files(""), []);
}

#[test]
fn files_of_ones_own_are_migrated_by_a_mapping_file() {
    let site = Site::sqlite();
    let mapping = r#"pipeline = "web"
tree = "data/web"
ignored = ['.*\.log']

[lookup.status]
path = 'codes\.csv'
delimiter = ","
key = "code"
value = "name"

[[files]]
family = "hits"
path = 'hits-(?<host>[^/]+)\.csv'
delimiter = ";"
quote = "'"
columns = ["at text", "status int", "bytes bigint"]
day = "at"

[[files.into]]
table = "web_hits"
where = "bytes > 0 and path.host <> 'test'"
columns = ["host text = path.host", "at text = iso(at)", "status text = lookup(status, status, 'unknown')", "bytes bigint = bytes"]
"#;
    std::fs::write(site.path("web.toml"), mapping).unwrap();
    site.file("codes.csv", "code,name\n200,OK\n404,not found\n");
    site.file(
        "data/web/hits-a.csv",
        "at;status;bytes\n2017/1/4 10:00;200;5\n'2017-01-05';404;6\n2017-01-05;500;7\n2017-01-05;200;0\n",
    );
    site.file("data/web/hits-test.csv", "at;status;bytes\n2017-01-04;200;5\n");
    site.file("data/web/server.log", "x");
    let report = site.migrated(0, &["--mapping", "web.toml", "--init"]);
    assert_eq!(report["totals"], serde_json::json!({"inserted": 3, "filtered": 2, "rejected": 0}));
    let unknown = serde_json::json!([{"pipeline": "web", "lookup": "status", "records": 1}]);
    assert_eq!(report["unknown_codes"], unknown);
    assert_eq!(
        (&report["phases"][0]["name"], &report["phases"][1]["name"]),
        (&"stage web".into(), &"publish web".into())
    );
    let rows = site.rows("SELECT host, at, status, bytes, y, m, d FROM web_hits ORDER BY bytes");
    let expected =
        ["a|2017-01-04 10:00|OK|5|2017|1|4", "a|2017-01-05|not found|6|2017|1|5", "a|2017-01-05|unknown|7|2017|1|5"];
    assert_eq!(rows.iter().map(|row| row.join("|")).collect::<Vec<_>>(), expected);
    assert!(site.path("old/data/backup/web/server.log").exists());
    // A mistake is named with its line.
    std::fs::write(site.path("web.toml"), mapping.replace("bytes > 0", "size > 0")).unwrap();
    let ended = site.migrate(&["--mapping", "web.toml"]);
    assert_eq!(ended.status, 2);
    assert!(
        ended.stdout.contains("web.toml`, line `21`") && ended.stdout.contains("no column `size`"),
        "{}",
        ended.stdout
    );
}

#[test]
fn tables_that_are_not_there_are_named() {
    let site = Site::sqlite();
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", CHORD);
    site.sql("CREATE TABLE flow_chords (ip_threat TEXT, srcip TEXT, dstip TEXT, ibyt INTEGER, ipkt INTEGER, y, m);");
    let report = site.migrated(7, &["--pipelines", "flow"]);
    let error = report["error"].to_string();
    assert!(error.contains("`flow_scores`") && error.contains("--init"), "{error}");
    // Nothing of ours was made in a database that may be the wrong one.
    assert_eq!(site.rows("SELECT count(*) FROM sqlite_master"), [["1"]]);
    let report = site.migrated(7, &["--pipelines", "flow", "--init"]);
    let error = report["error"].to_string();
    assert!(error.contains("flow_chords") && error.contains("`d`"), "{error}");
}
