//! Queries of a platform file are asked after a restore, by the sessions of its stores, and their rows are in the report.

use std::fmt::Write as _;

use super::Site;
use super::mariadb::{server as mariadb_server, sql as mariadb};
use super::postgresql::{server as postgresql_server, sql as postgresql};
use crate::support::Ended;

/// A report by a query: its name, its further lines, and what the report says of it.
type Case<'a> = (&'a str, &'a str, &'a str);

fn reports(cases: &[Case<'_>]) -> String {
    cases.iter().fold(String::new(), |mut text, (name, more, _)| {
        let _ = writeln!(text, "[[report]]\nname = \"{name}\"\nstores = [\"data\"]\n{more}");
        text
    })
}

/// Looks for what each query has found, and for nothing beside that.
#[track_caller]
fn check(ended: &Ended, cases: &[Case<'_>]) {
    for (name, _, said) in cases {
        if said.is_empty() {
            assert!(!ended.stdout.contains(&format!("  {name}: ")), "{name}: {ended:?}");
        } else {
            assert!(ended.stdout.contains(said), "{name}: {said}: {ended:?}");
        }
    }
    assert!(!ended.stdout.contains('\u{1b}'), "{ended:?}");
}

/// What every engine answers alike.
const CASES: [Case<'_>; 6] = [
    (
        "half",
        "sql = \"\"\"SELECT id, state AS \\\"its state\\\", note\n FROM packages WHERE state <> 'success' ORDER BY id\"\"\"",
        "  half: id=77, its state=failed, note=NULL\n  half: id=78, its state=\u{fc}ber, note=a\\n\\u{1b}[31mb\n",
    ),
    ("none", "sql = \"SELECT id FROM packages WHERE id > 100\"", ""),
    (
        "many",
        "sql = \"SELECT a.id FROM packages a, packages b WHERE a.id < 50 AND b.id < 50\"",
        "  many: \u{2026} and 1401 more rows\n",
    ),
    ("wrong", "sql = \"SELECT nothing FROM packages\"", "the report wrong could not be made: "),
    ("writes", "sql = \"DELETE FROM packages\"", "the report writes could not be made: "),
    ("elsewhere", "database = \"gone\"\nsql = \"SELECT 1\"", "the report elsewhere could not be made: "),
];

#[test]
fn rows_that_a_query_of_postgresql_finds_are_3_and_stand_in_the_report() {
    let Some(server) = postgresql_server() else { return };
    let ask = |statement: &str| postgresql(&server, "shop", statement);
    postgresql(&server, "postgres", "CREATE DATABASE shop");
    // The tables are found as the database itself finds them.
    ask("CREATE SCHEMA app; ALTER DATABASE shop SET search_path = app");
    ask(
        "CREATE TABLE packages AS SELECT v AS id, 'success' AS state, NULL::text AS note FROM generate_series(1, 100) v",
    );
    ask("UPDATE packages SET state = 'failed' WHERE id = 77");
    ask("UPDATE packages SET state = '\u{fc}ber', note = E'a\\n\\033[31mb' WHERE id = 78");
    let own = [
        (
            "late",
            "sql = \"SELECT pg_sleep(60)\"\ntimeout = \"1s\"",
            "could not be made: the answer did not come within 1 s",
        ),
        ("named", "database = \"postgres\"\nsql = \"SELECT current_database() AS d\"", "  named: d=postgres\n"),
    ];
    let cases = [&CASES[..], &own].concat();
    let site = Site::of_databases(&server, &["shop"], &reports(&cases));
    let bundle = site.create(&[]).display().to_string();
    site.restore_databases(&bundle, &["--rename=data=copy"], 0, "finished");
    postgresql(&server, "postgres", "DROP DATABASE shop WITH (FORCE)");
    check(&site.restore_databases(&bundle, &[], 3, "Found after the restore"), &cases);
    assert_eq!(ask("SELECT count(*) FROM packages"), "100\n");
    // What finds nothing is 0.
    site.databases(&server, &["shop"], &reports(&CASES[1..2]));
    postgresql(&server, "postgres", "DROP DATABASE shop WITH (FORCE)");
    check(&site.restore_databases(&bundle, &[], 0, "report none by the store data in the database shop"), &CASES[1..2]);
}

#[test]
fn rows_that_a_query_of_mariadb_finds_are_3_and_stand_in_the_report() {
    let Some(server) = mariadb_server() else { return };
    mariadb(
        &server,
        "CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop; \
         CREATE TABLE packages (id int PRIMARY KEY, state text, note blob) SELECT seq AS id, 'success' AS state FROM seq_1_to_100; \
         UPDATE packages SET state = 'failed' WHERE id = 77; \
         UPDATE packages SET state = '\u{fc}ber', note = CONCAT('a\\n', CHAR(27), '[31mb') WHERE id = 78",
    );
    let late = (
        "late",
        "sql = \"SELECT SLEEP(60)\"\ntimeout = \"1s\"",
        "could not be made: the answer did not come within 1 s",
    );
    let cases = [&CASES[..], &[late]].concat();
    let site = Site::new();
    site.mariadb(&server, &["shop"], &reports(&cases));
    let bundle = site.create(&[]).display().to_string();
    site.restore_mariadb(&bundle, &["--rename=data=copy"], 0, "finished");
    mariadb(&server, "DROP DATABASE shop");
    check(&site.restore_mariadb(&bundle, &[], 3, "Found after the restore"), &cases);
    assert_eq!(mariadb(&server, "SELECT count(*) FROM shop.packages"), "100\n");
    site.mariadb(&server, &["shop"], &reports(&CASES[1..2]));
    mariadb(&server, "DROP DATABASE shop");
    check(&site.restore_mariadb(&bundle, &[], 0, "report none by the store data in the database shop"), &CASES[1..2]);
}

#[test]
fn a_mistake_in_a_report_is_reported_with_its_line() {
    let site = Site::new();
    let stores = "[[store]]\nname = \"pg\"\nkind = \"postgresql\"\ndatabases = [\"a\", \"b\"]\n\
         [[store]]\nname = \"stopped\"\nkind = \"postgresql\"\nmode = \"files\"\nfolder = \"/srv/pg\"\n\
         [[store]]\nname = \"my\"\nkind = \"mariadb\"\ndatabases = [\"a\"]\n";
    let read = |more: &str| {
        site.platform(&format!("{stores}[[report]]\nname = \"r\"\n{more}"));
        site.run(&["create", "--platform=site.toml", "--target=out", "--dry-run", "--only=files"])
    };
    let asked = "sql = \"SELECT 1\"\n";
    for (more, said) in [
        ("", "a report needs `run` or `sql`"),
        ("sql = \"SELECT 1\"\nrun = [\"a\"]\n", "a report has either `run` or `sql`"),
        ("run = [\"a\"]\ndatabase = \"a\"\n", "`database` belongs to a report by `sql`"),
        ("stores = [\"my\"]\nuser = \"a\"\nASKED", "`user` and `env` belong to a report by `run`"),
        ("stores = [\"my\"]\nenv = { A = \"a\" }\nASKED", "`user` and `env` belong to a report by `run`"),
        ("ASKED", "needs `stores` with one store"),
        ("stores = [\"none\"]\nASKED", "there is no store of this name"),
        ("stores = [\"pg\", \"my\"]\ndatabase = \"a\"\nASKED", "needs `stores` with one store"),
        ("stores = [\"files\"]\ndatabase = \"a\"\nASKED", "needs `stores` with one store"),
        ("stores = [\"stopped\"]\ndatabase = \"a\"\nASKED", "needs `stores` with one store"),
        ("stores = [\"pg\"]\nASKED", "needs `database`"),
        ("stores = [\"pg\"]\ndatabase = \"${\"\nASKED", "a value is written as `${name}`"),
    ] {
        let ended = read(&more.replace("ASKED", asked));
        assert!(ended.status == 2 && ended.stderr.contains(said) && ended.stderr.contains("line"), "{more}: {ended:?}");
    }
    for sound in ["stores = [\"my\"]\n", "stores = [\"pg\"]\ndatabase = \"b\"\n"] {
        let ended = read(&format!("{sound}{asked}"));
        assert_eq!(ended.status, 0, "{ended:?}");
    }
}
