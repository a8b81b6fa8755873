//! Bundles and targets that differ: tables and columns that one of them lacks, other profiles, plain CSV files.

use std::collections::BTreeMap;

use super::command::{Site, assert_counts, json};
use super::describe::{Profile, Table};
use super::expect::{ALL, Rules, differences, merged};
use super::fill::{Side, Value, rows};
use super::insert::quote;
use super::look::{dump, number};
use crate::support::{Engine, engines, finish};

/// Drops every trigger: those of the mini schema name the tables that a test drops.
fn drop_triggers(site: &Site) {
    let engine = site.database.engine;
    let query = match engine {
        Engine::Sqlite => "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger';",
        Engine::Postgres => {
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal;"
        }
        Engine::Mariadb => {
            "SELECT trigger_name, event_object_table FROM information_schema.triggers WHERE trigger_schema = database();"
        }
    };
    let drop = |row: &Vec<String>| match engine {
        Engine::Postgres => format!("DROP TRIGGER \"{}\" ON \"{}\";", row[0], row[1]),
        _ => format!("DROP TRIGGER {};", quote(engine, &row[0])),
    };
    site.database.run(&site.database.rows(query).iter().map(drop).collect::<String>());
}

#[test]
fn tables_and_columns_that_the_target_lacks_are_ignored_and_listed() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::filled(engine, &profile, Side::A);
        let bundle = a.export(&["--include-deleted=Y"]).bundle;
        let b = Site::empty(engine, &profile);
        drop_triggers(&b);
        b.database.run("DROP TABLE samples; ALTER TABLE things DROP COLUMN notes; ALTER TABLE things DROP COLUMN raw;");
        let report = b.import(&bundle, &[]);
        assert_eq!(report["ignored_tables"], serde_json::json!(["samples"]), "{report}");
        let mut columns: Vec<String> = serde_json::from_value(report["ignored_columns"].clone()).unwrap();
        columns.sort();
        assert_eq!(columns, ["things.notes", "things.raw"], "{engine:?}");
        assert_eq!(report["tables"]["samples"]["ignored"], 8, "{report}");
        // Links and labels to samples have nowhere to lead.
        let to_samples = "SELECT count(*) FROM links WHERE src_type = 'sample' OR dest_type = 'sample';";
        let links = number(&a.database, to_samples);
        assert!(links > 0);
        assert_eq!(report["tables"]["links"]["ignored"], links, "{engine:?} {}", report["tables"]["links"]);
        assert_eq!(number(&b.database, "SELECT count(*) FROM links;"), 8 - links);
        assert_eq!(report["tables"]["things"]["inserted"], 8);
        assert_eq!(report["totals"]["rejected"], 0, "{report}");
        assert_eq!(b.import(&bundle, &[])["status"], "nothing-to-do");
    }
}

#[test]
fn a_column_that_the_bundle_lacks_keeps_its_default_and_its_value() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::filled(engine, &profile, Side::A);
        let bundle = a.export(&["--include-deleted=Y"]).bundle;
        let b = Site::filled(engine, &profile, Side::B);
        b.database.run("ALTER TABLE things ADD COLUMN extra varchar(20) DEFAULT 'by default';");
        b.database.run("UPDATE things SET extra = 'own';");
        b.import(&bundle, &[]);
        let with = |value: &str| number(&b.database, &format!("SELECT count(*) FROM things WHERE extra = '{value}';"));
        assert_eq!((with("own"), with("by default")), (8, 4), "{engine:?}");
    }
}

#[test]
fn a_bundle_of_another_profile_has_its_hashes_computed_on_arrival() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::filled(engine, &profile, Side::A);
        let b = Site::filled(engine, &profile, Side::B);
        let text = std::fs::read_to_string(super::describe::repository("sql/profiles/mini.toml")).unwrap();
        let other = a.folder.path().join("mini.toml");
        std::fs::write(&other, text.replace("small profile for tests", "another one")).unwrap();
        let mut export = crate::support::gapsync([
            "export",
            "--json",
            "--progress=off",
            "--include-deleted=Y",
            &format!("--profile={}", other.display()),
            &format!("--database={}", a.database.url),
        ]);
        let ended = finish(export.current_dir(a.folder.path()));
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        let name = json(&ended.stdout)["bundle"]["name"].as_str().unwrap().to_owned();
        let source = super::expect::travelling(
            &profile,
            &dump(&a.database, &profile),
            super::expect::Scope { investigations: false, ..ALL },
        );
        let (expected, counts) = merged(&profile, &source, &dump(&b.database, &profile), &rules());
        assert_counts(&b.import(&a.folder.path().join(name), &[]), &counts);
        assert_eq!(differences(&dump(&b.database, &profile), &expected), "", "{engine:?}");
    }
}

fn rules() -> Rules {
    Rules { scope: ALL, keep_created_at: true, override_description: true, owner: None }
}

#[test]
fn a_tarball_of_outfile_texts_is_merged_as_a_bundle_is() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::filled(engine, &profile, Side::A);
        let mut source = dump(&a.database, &profile);
        // Investigations are another test's: they need an owner.
        let carried = |table: &&Table| table.entry.group != "investigation";
        source.retain(|name, _| carried(&profile.table(name)));
        let folder = a.folder.path().join("sync");
        std::fs::create_dir(&folder).unwrap();
        for table in profile.tables.iter().filter(carried) {
            let rows = rows(&profile, table, Side::A);
            for (number, part) in rows.chunks(3).enumerate() {
                let text: Vec<u8> = part.iter().flat_map(|(_, row)| line(table, row)).collect();
                std::fs::write(folder.join(format!("{}_{}.csv", table.name(), number + 1)), text).unwrap();
            }
        }
        let mut tar = std::process::Command::new("tar");
        let ended = finish(tar.args(["-czf", "dump.tar.gz", "sync"]).current_dir(a.folder.path()));
        assert_eq!(ended.status, 0, "{}", ended.stderr);

        let b = Site::filled(engine, &profile, Side::B);
        let (expected, counts) = merged(&profile, &source, &dump(&b.database, &profile), &rules());
        let file = a.folder.path().join("dump.tar.gz");
        let report = b.import(&file, &["--dialect=outfile"]);
        assert_counts(&report, &counts);
        assert_eq!(differences(&dump(&b.database, &profile), &expected), "", "{engine:?}");
        assert_eq!(b.import(&file, &["--dialect=outfile"])["status"], "nothing-to-do");
        // Taken for a bundle it is a damaged one.
        b.import_as(&file, &[], 5);
    }
}

/// A row as `SELECT * INTO OUTFILE … FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"'` writes it on a server whose rows
/// have no hash yet.
fn line(table: &Table, row: &BTreeMap<String, Value>) -> Vec<u8> {
    let mut columns: Vec<String> = table.all_columns().into_iter().map(|column| column.name).collect();
    columns.extend(table.has_hash().then(|| "sync_hash".to_owned()));
    let mut line = Vec::new();
    for name in columns {
        if !line.is_empty() {
            line.push(b',');
        }
        match row.get(&name).unwrap_or(&Value::Null) {
            Value::Null => line.extend(b"\\N"),
            Value::Text(text) | Value::Plain(text) => quoted(text.as_bytes(), &mut line),
            Value::Bytes(bytes) => quoted(bytes, &mut line),
            Value::Integer(number) => line.extend(number.to_string().bytes()),
            Value::Float(number) => line.extend(format!("{number:?}").bytes()),
            Value::Bool(flag) => line.extend(u8::from(*flag).to_string().bytes()),
            Value::Row(k) => line.extend(Side::A.id(*k).to_string().bytes()),
        }
    }
    line.push(b'\n');
    line
}

fn quoted(bytes: &[u8], line: &mut Vec<u8>) {
    line.push(b'"');
    for byte in bytes {
        match byte {
            0 => line.extend(b"\\0"),
            b'"' | b'\\' | b'\n' => line.extend([b'\\', *byte]),
            _ => line.push(*byte),
        }
    }
    line.push(b'"');
}

#[test]
fn init_refuses_what_is_not_empty() {
    let profile = Profile::read("threatq");
    for engine in engines() {
        let site = Site::bare(engine, &profile);
        site.database.run("CREATE TABLE something (id integer);");
        let ended = site.expect(&["init"], 7);
        assert!(ended.stderr.contains("empty"), "{}", ended.stderr);
        assert_eq!(super::look::existing(&site.database), ["something"]);
        let site = Site::empty(engine, &profile);
        site.expect(&["init"], 7);
        let there = super::look::existing(&site.database);
        for table in &profile.tables {
            assert!(there.contains(&table.name().to_owned()), "{engine:?} {}", table.name());
        }
    }
}
