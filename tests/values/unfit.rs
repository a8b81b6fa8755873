//! Values that the target, or any bundle, cannot hold: rejected, with table and column in the rejects file.

use super::{bytes, insert, site, text, thing};
use crate::conformance::command::{Site, files};
use crate::conformance::describe::Profile;
use crate::conformance::look::number;
use crate::support::{Engine, engines};

/// The only rejects file in a site's folder.
fn rejects(site: &Site) -> String {
    let files = files(site.folder.path(), "-rejects.csv");
    assert_eq!(files.len(), 1, "{files:?}");
    std::fs::read_to_string(&files[0]).unwrap()
}

/// Names of things in the rejects file whose reason names the column.
fn named(site: &Site, cases: &[(&'static str, &str)]) {
    let text = rejects(site);
    let lines: Vec<&str> = text.lines().skip(1).collect();
    for (name, column) in cases {
        let marked = format!("{name} case");
        let found = lines.iter().any(|line| {
            line.starts_with("things,") && line.contains(&marked) && {
                // The reason, not the row: the row names every column.
                line.split("{").next().is_some_and(|reason| reason.contains(&format!("`{column}`")))
            }
        });
        assert!(found, "{:?}: {name} by `{column}` is not in\n{text}", site.database.engine);
    }
    assert_eq!(lines.iter().filter(|line| line.starts_with("things,")).count(), cases.len(), "{text}");
}

/// Imports a source's things into a target where some do not fit.
fn arrives_but(source: &Site, target: &Site, profile: &Profile, unfit: &[(&'static str, &str)], all: usize) {
    let _ = profile;
    let bundle = source.export(&["--full"]).bundle;
    let preview = target.import_as(&bundle, &["--dry-run", "--report-dir=preview"], 3);
    let report = target.import_as(&bundle, &[], 3);
    let said = &report["tables"]["things"];
    assert_eq!(preview["tables"], report["tables"], "{:?}", target.database.engine);
    assert_eq!(said["rejected"], unfit.len(), "{:?}: {said}", target.database.engine);
    assert_eq!(said["inserted"], all - unfit.len(), "{:?}: {said}", target.database.engine);
    named(target, unfit);
}

fn fill(source: &Site, rows: &[(&'static str, &'static str, String)]) {
    let script: String =
        rows.iter().map(|(name, column, literal)| insert(&format!("{name} case"), column, literal)).collect();
    source.database.run(&script);
    source.fill_hashes();
}

#[test]
fn nul_in_a_text_is_rejected_by_postgres_alone() {
    let profile = Profile::read("mini");
    for from in engines().into_iter().filter(|engine| *engine != Engine::Postgres) {
        let source = site(from, &profile);
        let rows = [
            ("nul", "description", text(from, "a\0b")),
            ("last", "notes", text(from, "end\0")),
            ("bytes", "raw", bytes(from, b"a\0b")),
            ("sound", "description", "'sound'".to_owned()),
        ];
        fill(&source, &rows);
        for to in engines() {
            let target = Site::empty(to, &profile);
            std::fs::create_dir(target.folder.path().join("preview")).unwrap();
            if to == Engine::Postgres {
                arrives_but(&source, &target, &profile, &[("nul", "description"), ("last", "notes")], 4);
                continue;
            }
            target.import(&source.export(&["--start-date=2000-01-01"]).bundle, &[]);
            let length = if to == Engine::Sqlite { "length(CAST(description AS BLOB))" } else { "length(description)" };
            let query = format!("SELECT {length} FROM things WHERE value = 'nul case';");
            assert_eq!(number(&target.database, &query), 3, "from {from:?} in {to:?}");
        }
    }
}

#[test]
fn what_sqlite_holds_and_a_typed_column_does_not() {
    let profile = Profile::read("mini");
    let source = site(Engine::Sqlite, &profile);
    let rows = [
        ("long", "short", "'eleven char'".to_owned()),
        ("longer than the column", "serial", format!("'{}'", "s".repeat(21))),
        ("wide", "small", "2147483648".to_owned()),
        ("digits", "amount", "'123456789012345678901.5'".to_owned()),
        ("fraction", "amount", "'0.12345678901'".to_owned()),
        ("infinity", "ratio", "9e999".to_owned()),
        ("sound", "short", "'ten chars!'".to_owned()),
    ];
    fill(&source, &rows);
    for to in engines() {
        let target = Site::empty(to, &profile);
        std::fs::create_dir(target.folder.path().join("preview")).unwrap();
        let mut unfit = vec![
            ("long", "short"),
            ("longer than the column", "serial"),
            ("wide", "small"),
            ("digits", "amount"),
            ("fraction", "amount"),
        ];
        match to {
            // SQLite's columns have lengths for people only.
            Engine::Sqlite => {
                target.import(&source.export(&["--start-date=2000-01-01"]).bundle, &[]);
                continue;
            }
            Engine::Postgres => {}
            Engine::Mariadb => unfit.push(("infinity", "ratio")),
        }
        arrives_but(&source, &target, &profile, &unfit, rows.len());
    }
}

/// Exports things of which some are in no bundle's power.
fn stays_behind(source: &Site, unfit: &[(&'static str, &str)], all: usize) {
    let exported = source.export_as(&[], 3);
    let said = &exported.report["tables"]["things"];
    assert_eq!(said["rejected"], unfit.len(), "{:?}: {said}", source.database.engine);
    assert_eq!(said["rows"], all - unfit.len(), "{:?}: {said}", source.database.engine);
    named(source, unfit);
    let target = Site::empty(source.database.engine, &Profile::read("mini"));
    assert_eq!(target.import(&exported.bundle, &[])["tables"]["things"]["inserted"], all - unfit.len());
}

#[test]
fn what_mariadb_holds_and_no_bundle_does() {
    if !engines().contains(&Engine::Mariadb) {
        return;
    }
    let profile = Profile::read("mini");
    let source = site(Engine::Mariadb, &profile);
    // The server's own mode refuses some of these.
    source.database.run(&format!(
        "SET sql_mode = 'NO_BACKSLASH_ESCAPES';\n{}{}{}{}{}",
        insert("zero day case", "day", "'0000-00-00'"),
        insert("zero moment case", "moment", "'0000-00-00 00:00:00'"),
        insert("half a day case", "day", "'2024-00-00'"),
        insert("negative case", "clock", "'-01:00:00'"),
        insert("over a day case", "clock", "'24:00:00'"),
    ));
    thing(&source, "sound case", "day", "'2024-01-01'");
    let unfit = [
        ("zero day", "day"),
        ("zero moment", "moment"),
        ("half a day", "day"),
        ("negative", "clock"),
        ("over a day", "clock"),
    ];
    stays_behind(&source, &unfit, 6);
}

#[test]
fn what_postgres_holds_and_no_bundle_does() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let profile = Profile::read("mini");
    let source = site(Engine::Postgres, &profile);
    let rows = [
        ("endless day", "day", "'infinity'".to_owned()),
        ("endless moment", "moment", "'-infinity'".to_owned()),
        ("before Christ", "day", "'0044-03-15 BC'".to_owned()),
        ("five digits", "moment", "'10000-01-01 00:00:00'".to_owned()),
        ("over a day", "clock", "'24:00:00'".to_owned()),
        ("sound", "day", "'2024-01-01'".to_owned()),
    ];
    fill(&source, &rows);
    let unfit = [
        ("endless day", "day"),
        ("endless moment", "moment"),
        ("before Christ", "day"),
        ("five digits", "moment"),
        ("over a day", "clock"),
    ];
    stays_behind(&source, &unfit, rows.len());
}

#[test]
fn numbers_that_are_none_stay_on_postgres() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let profile = Profile::read("mini");
    let source = site(Engine::Postgres, &profile);
    let rows = [
        ("not a number", "ratio", "'NaN'".to_owned()),
        ("endless", "ratio", "'Infinity'".to_owned()),
        ("sound", "ratio", "1.5".to_owned()),
    ];
    fill(&source, &rows);
    for to in engines() {
        let target = Site::empty(to, &profile);
        std::fs::create_dir(target.folder.path().join("preview")).unwrap();
        match to {
            Engine::Postgres => drop(target.import(&source.export(&["--start-date=2000-01-01"]).bundle, &[])),
            Engine::Sqlite => arrives_but(&source, &target, &profile, &[("not a number", "ratio")], 3),
            Engine::Mariadb => {
                let unfit = [("not a number", "ratio"), ("endless", "ratio")];
                arrives_but(&source, &target, &profile, &unfit, 3);
            }
        }
    }
}

#[test]
fn what_sqlite_holds_in_columns_of_another_type_stays_behind() {
    let profile = Profile::read("mini");
    let source = site(Engine::Sqlite, &profile);
    let rows = [
        ("text as number", "n", "'forty'".to_owned()),
        ("no date", "day", "'2024-13-01'".to_owned()),
        ("no time", "moment", "'yesterday'".to_owned()),
        ("not UTF-8", "description", "CAST(X'61ff62' AS TEXT)".to_owned()),
        ("no truth", "flag", "7".to_owned()),
        ("no UUID", "ref", "'1234'".to_owned()),
        ("sound", "n", "40".to_owned()),
    ];
    fill(&source, &rows);
    let unfit = [
        ("text as number", "n"),
        ("no date", "day"),
        ("no time", "moment"),
        ("not UTF-8", "description"),
        ("no truth", "flag"),
        ("no UUID", "ref"),
    ];
    stays_behind(&source, &unfit, rows.len());
}
