//! Rows that go straight into the tables of PostgreSQL, and tables that they cannot go straight into: the outcome is the same.

use std::collections::BTreeSet;

use super::{Kind, Site, kinds};
use crate::support::{Engine, engines};

const TABLE: &str = "CREATE TABLE flow_chords (ip_threat text, srcip text, dstip text, ibyt bigint NOT NULL, ipkt bigint, \
    y smallint, m smallint, d smallint, CHECK (ibyt % 7 <> 0), UNIQUE (ibyt, d))";

/// What makes a table need staging; nothing for the first. The table is made with the text that replaces its end.
const DRESSES: [(&str, &str, &str); 5] = [
    ("plain", "", ""),
    ("rule", "", "CREATE RULE nothing AS ON INSERT TO flow_chords DO ALSO NOTHING;"),
    (
        "trigger",
        "",
        "CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER same BEFORE INSERT ON flow_chords FOR EACH ROW EXECUTE FUNCTION same();",
    ),
    (
        "foreign key",
        "",
        "CREATE TABLE packets (n bigint PRIMARY KEY); INSERT INTO packets VALUES (2), (3); \
         ALTER TABLE flow_chords ADD FOREIGN KEY (ipkt) REFERENCES packets;",
    ),
    (
        "partitions",
        " PARTITION BY LIST (d)",
        "CREATE TABLE chords_4 PARTITION OF flow_chords FOR VALUES IN (4); \
         CREATE TABLE chords_5 PARTITION OF flow_chords FOR VALUES IN (5);",
    ),
];

/// Byte counts of two files: refused are those that seven divides, and all but the first of equal ones. Among them are the
/// first, the last, and some side by side.
fn counts() -> [Vec<u32>; 2] {
    let many = (0..400).map(|n| n * 37 % 211).chain([5, 5, 5, 7]).collect();
    [many, vec![14, 1, 2, 1]]
}

#[test]
fn refused_rows_are_the_same_whatever_way_rows_take() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let (mut kept, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for (day, bytes) in (4..).zip(counts()) {
        for (line, bytes) in (2..).zip(bytes) {
            if bytes % 7 == 0 || !kept.insert((bytes, day)) {
                refused.insert((day, line));
            }
        }
    }
    for (dress, end, script) in DRESSES {
        let site = Site::new(Kind::Sql(Engine::Postgres));
        site.sql(&format!("{TABLE}{end}; {script}"));
        for (day, bytes) in (4..).zip(counts()) {
            let lines: String = bytes.iter().map(|bytes| format!("10.0.0.1\t10.0.0.2\t{bytes}\t2\n")).collect();
            let path = format!("data/flow/2017010{day}/chord-10_0_0_1.tsv");
            site.file(&path, format!("srcip\tdstip\tibytes\tipkts\n{lines}"));
        }
        let report = site.migrated(3, &["--pipelines", "flow", "--init"]);
        let fate = serde_json::json!({"inserted": kept.len(), "filtered": 0, "rejected": refused.len()});
        assert_eq!(report["tables"]["flow_chords"], fate, "{dress}");
        let rows = site.rows("SELECT ibyt, d FROM flow_chords");
        let there: BTreeSet<(u32, i32)> =
            rows.iter().map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap())).collect();
        assert_eq!((rows.len(), &there), (kept.len(), &kept), "{dress}");
        let rejects = std::fs::read_to_string(site.path(report["rejects_file"].as_str().unwrap())).unwrap();
        let named = |day: i32, line: i32| format!("flow_chords,data/flow/2017010{day}/chord-10_0_0_1.tsv,{line},");
        assert_eq!(rejects.lines().count(), refused.len() + 1, "{dress}: {rejects}");
        for (day, line) in &refused {
            assert!(rejects.contains(&named(*day, *line)), "{dress}: {day} {line} in {rejects}");
        }
        let recorded = site.rows("SELECT sum(records), count(*) FROM gapsync_migrated");
        assert_eq!(recorded, [[(kept.len() + refused.len()).to_string(), "2".to_owned()]], "{dress}");
    }
}

#[test]
fn plain_tables_of_postgresql_need_no_staging() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let site = Site::new(Kind::Sql(Engine::Postgres));
    let chord = "srcip\tdstip\tibytes\tipkts\n10.0.0.1\t10.0.0.2\t1\t2\n";
    site.file("data/flow/20170104/chord-10_0_0_1.tsv", chord);
    // A table of somebody else that a staging table would not replace.
    site.sql("CREATE SCHEMA gapsync_staging; CREATE TABLE gapsync_staging.flow_chords_tmp (a int);");
    site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
    assert_eq!(site.rows("SELECT ibyt, y, m, d FROM flow_chords"), [["1", "2017", "1", "4"]]);
    // More rejects than are allowed: nothing of the transaction remains, neither the rows nor the record.
    site.sql("CREATE UNIQUE INDEX only_once ON flow_chords (ibyt);");
    site.file("data/flow/20170105/chord-10_0_0_1.tsv", format!("{chord}10.0.0.1\t10.0.0.2\t3\t2\n"));
    let flow = ["--pipelines", "flow", "--keep-source"];
    let report = site.migrated(3, &[&flow[..], &["--max-rejects", "0"]].concat());
    assert_eq!((&report["status"], &report["staging_left"]), (&"failed".into(), &serde_json::Value::Null));
    let state = || site.rows("SELECT (SELECT count(*) FROM flow_chords), (SELECT count(*) FROM gapsync_migrated)");
    assert_eq!(state(), [["1", "1"]]);
    assert_eq!(site.migrated(3, &flow)["totals"]["inserted"], 1);
    assert_eq!(state(), [["2", "2"]]);
    // A trigger that skips rows is noticed there too.
    site.sql(
        "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
         CREATE TRIGGER skip BEFORE INSERT ON flow_chords FOR EACH ROW EXECUTE FUNCTION skip(); \
         DROP TABLE gapsync_staging.flow_chords_tmp;",
    );
    site.file("data/flow/20170106/chord-10_0_0_1.tsv", chord);
    let report = site.migrated(7, &flow);
    assert!(report["error"].to_string().contains("the table took 0 of 1 rows"), "{report}");
    assert_eq!(state(), [["2", "2"]]);
}

#[test]
fn a_table_that_takes_few_of_many_records_gets_them() {
    const MAPPING: &str = "pipeline = 'web'\ntree = 'data/web'\n\
        [[files]]\nfamily = 'hits'\npath = 'hits\\.csv'\ndelimiter = ';'\ncolumns = ['at text', 'bytes bigint']\nday = 'at'\n\
        [[files.into]]\ntable = 'web_large'\nwhere = 'bytes > 29990'\ncolumns = ['bytes bigint = bytes']\n\
        [[files.into]]\ntable = 'web_even'\nwhere = 'bytes > 20000'\ncolumns = ['at text = at']\n";
    let records: String = (1..=30_000).map(|n| format!("2017-01-04 {};{n}\n", "x".repeat(80))).collect();
    for kind in kinds().into_iter().filter(|kind| *kind != Kind::Spark) {
        let site = Site::new(kind);
        std::fs::write(site.path("web.toml"), MAPPING).unwrap();
        site.file("data/web/hits.csv", format!("at;bytes\n{records}"));
        // Rows in flight may occupy much less than the file.
        let report = site.migrated(0, &["--mapping", "web.toml", "--init", "--memory-limit", "2M"]);
        assert_eq!(report["tables"]["web_large"]["inserted"], 10, "{kind:?}");
        assert_eq!(report["tables"]["web_even"]["inserted"], 10_000, "{kind:?}");
    }
}
