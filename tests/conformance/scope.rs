//! What the options of `export` and `import` carry and leave behind, into an empty target and into one with rows.

use super::command::{Site, assert_counts};
use super::describe::{Profile, Table};
use super::expect::{ALL, IMPORT_TIME, Rules, Scope, differences, merged, referred_outside_hash, travelling};
use super::fill::Side;
use super::look::{Dump, Row, dump};
use crate::support::engines;

/// A site that holds nothing but an administrator, whom imported investigations need.
fn with_administrator(engine: crate::support::Engine, profile: &Profile) -> (Site, String) {
    let site = Site::empty(engine, profile);
    site.database.run("INSERT INTO people (email, role) VALUES ('root@example.org', 'admin');");
    site.fill_hashes();
    let hash = site.database.run("SELECT sync_hash FROM people;").trim().to_owned();
    (site, hash)
}

fn rules(scope: Scope, owner: &str) -> Rules {
    Rules { scope, keep_created_at: true, override_description: true, owner: Some(owner.to_owned()) }
}

#[test]
fn each_scope_carries_what_it_says_and_never_dangles() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::filled(engine, &profile, Side::A);
        let source = dump(&a.database, &profile);
        let scopes = [
            (ALL, &["--include-deleted=Y", "--include-investigations=yes"][..]),
            (Scope { deleted: false, ..ALL }, &["--include-investigations=true"]),
            (Scope { investigations: false, ..ALL }, &["--include-deleted"]),
            (Scope { deleted: false, investigations: false, meta_only: false }, &["--include-deleted=N"]),
            (
                Scope { meta_only: true, deleted: false, investigations: true },
                &["--meta-only", "--include-investigations"],
            ),
        ];
        for (scope, options) in scopes {
            let carried = travelling(&profile, &source, scope);
            let exported = a.export(options);
            for table in &profile.tables {
                let said = exported.report["tables"][table.name()]["rows"].as_u64();
                let rows = carried.get(table.name()).map(|rows| rows.len() as u64);
                assert_eq!(said, rows, "{engine:?} {scope:?} {}", table.name());
            }
            let (b, owner) = with_administrator(engine, &profile);
            let (expected, counts) = merged(&profile, &carried, &dump(&b.database, &profile), &rules(scope, &owner));
            assert_counts(&b.import(&exported.bundle, &[]), &counts);
            let after = dump(&b.database, &profile);
            assert_eq!(differences(&after, &expected), "", "{engine:?} {scope:?}");
        }
    }
}

#[test]
fn the_options_of_an_import_change_what_it_writes() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::filled(engine, &profile, Side::A);
        let source = dump(&a.database, &profile);
        // Without deleted rows an import never writes `deleted_at`, though B has deleted some of the rows.
        let scope = Scope { deleted: false, ..ALL };
        let carried = travelling(&profile, &source, scope);
        let bundle = a.export(&["--include-investigations=Y"]).bundle;
        for (keep_created_at, override_description) in [(false, true), (true, false), (false, false)] {
            let b = Site::filled(engine, &profile, Side::B);
            let target = dump(&b.database, &profile);
            let owner = b.database.run("SELECT sync_hash FROM people WHERE id = 13;").trim().to_owned();
            let rules = Rules { keep_created_at, override_description, ..rules(scope, &owner) };
            let (expected, counts) = merged(&profile, &carried, &target, &rules);
            let flag = |yes| if yes { "Y" } else { "N" };
            let keep = format!("--keep-created-at={}", flag(keep_created_at));
            let descriptions = format!("--override-description={}", flag(override_description));
            let before = b.database.run(&clock(engine));
            let report = b.import(&bundle, &[&keep, &descriptions, "--object-limit=3"]);
            assert_counts(&report, &counts);
            let mut after = dump(&b.database, &profile);
            let now = b.database.run(&clock(engine));
            stamped(&mut after, &target, (before.trim(), now.trim()), keep_created_at);
            assert_eq!(differences(&after, &expected), "", "{engine:?} {keep_created_at} {override_description}");
        }
    }
}

/// The database's clock, as a text whose order is that of time.
fn clock(engine: crate::support::Engine) -> String {
    use crate::support::Engine;
    match engine {
        Engine::Sqlite => "SELECT strftime('%Y-%m-%d %H:%M:%f000', 'now');",
        Engine::Postgres => "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US');",
        Engine::Mariadb => "SELECT date_format(utc_timestamp(6), '%Y-%m-%d %H:%i:%s.%f');",
    }
    .to_owned()
}

/// Puts the mark of the import's time where new rows have a time between two readings of the clock.
fn stamped(after: &mut Dump, target: &Dump, span: (&str, &str), keep_created_at: bool) {
    if keep_created_at {
        return;
    }
    for (table, rows) in after {
        for (_, row) in rows.iter_mut().filter(|(identity, _)| !target[table].contains_key(*identity)) {
            let made = row["created_at"].clone().expect("never NULL");
            assert!(span.0 <= made.as_str() && made.as_str() <= span.1, "{table}: {made} is not in {span:?}");
            row.insert("created_at".to_owned(), Some(IMPORT_TIME.to_owned()));
        }
    }
}

#[test]
fn investigations_need_an_administrator() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::filled(engine, &profile, Side::A);
        let b = Site::empty(engine, &profile);
        let bundle = a.export_all().bundle;
        let before = super::look::digest(&b.database, &profile);
        let report = b.import_as(&bundle, &[], 7);
        assert_eq!((&report["status"], &report["error"]["kind"]), (&"failed".into(), &"schema".into()), "{report}");
        assert_eq!(super::look::digest(&b.database, &profile), before);
        // Without investigations none is needed.
        b.import(&a.export(&["--include-deleted=Y"]).bundle, &[]);
    }
}

#[test]
fn a_closed_window_of_dates_bounds_objects_alone_and_brings_what_they_refer_to() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::filled(engine, &profile, Side::A);
        let source = dump(&a.database, &profile);
        let (start, end) = ("2024-05-01 10:00:01", "2024-06-01 10:00:00");
        let exported = a.export(&[
            &format!("--start-date={start}"),
            &format!("--end-date={end}"),
            "--include-deleted=Y",
            "--include-investigations=Y",
        ]);
        let is_late = |table: &Table, date: Option<&str>| {
            table.entry.group == "object" && date.is_some_and(|date| date > "2024-06-01 10:00:00.000000")
        };
        // Nobody knows when a row without a date changed.
        let asked = |table: &Table, date: Option<&str>| date.is_none_or(|date| date >= start) && !is_late(table, date);
        let mut asked_rows: Dump = source.clone();
        for table in &profile.tables {
            let rows = asked_rows.get_mut(table.name()).expect("a table");
            rows.retain(|_, row| asked(table, row["updated_at"].as_deref()));
        }
        // A changed row may have another key now, and is another row for the target then.
        let mut along = asked_rows.clone();
        for table in &profile.tables {
            let refers = |row: &Row| {
                let parents = referred_outside_hash(&profile, table, row);
                parents.iter().any(|(parent, hash)| asked_rows[parent].contains_key(hash))
            };
            let rows = source[table.name()].iter();
            let rows = rows.filter(|(_, row)| !is_late(table, row["updated_at"].as_deref()) && refers(row));
            along.get_mut(table.name()).expect("a table").extend(rows.map(|(hash, row)| (hash.clone(), row.clone())));
        }
        let carried = with_referred(&profile, &source, along);
        for table in &profile.tables {
            let said = &exported.report["tables"][table.name()];
            let (rows, own) = (carried[table.name()].len(), asked_rows[table.name()].len());
            assert_eq!(said["rows"], rows, "{engine:?} {}", table.name());
            assert_eq!(said["referenced_rows"], rows - own, "{engine:?} {}", table.name());
        }
        let (b, owner) = with_administrator(engine, &profile);
        let (expected, _) = merged(&profile, &carried, &dump(&b.database, &profile), &rules(ALL, &owner));
        b.import(&exported.bundle, &[]);
        assert_eq!(differences(&dump(&b.database, &profile), &expected), "", "{engine:?}");
    }
}

/// The rows and all rows that they need.
fn with_referred(profile: &Profile, source: &Dump, mut carried: Dump) -> Dump {
    loop {
        let before = carried.clone();
        for table in &profile.tables {
            for row in before[table.name()].values() {
                for (parent, hash) in super::expect::referred(profile, table, row) {
                    let row = source[&parent][&hash].clone();
                    carried.get_mut(&parent).expect("a table").insert(hash, row);
                }
            }
        }
        if carried == before {
            return carried;
        }
    }
}
