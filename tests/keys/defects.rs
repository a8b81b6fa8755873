//! What went wrong with own profiles once and had no other test: `defects.md` lists them all.

use super::{Own, count, warnings};
use crate::support::{Engine, engines};

/// A table with one column beside its key.
fn profile(more: &str) -> String {
    format!("[[table]]\nname = \"thing\"\ngroup = \"object\"\nkey = [\"name\"]\nmatch = \"key\"\n{more}\n")
}

const NOTE: &str = "[[table]]\nname = \"note\"\ngroup = \"context\"\nkey = [\"thing_id\", \"name\"]\nmatch = \"key\"\n\
                    references = { thing_id = \"thing\" }\n";

/// Every byte of a column of MariaDB's latin1, which is cp1252, arrives in another one as it was.
#[test]
fn every_byte_of_latin1_is_a_character() {
    for engine in engines().into_iter().filter(|engine| *engine == Engine::Mariadb) {
        let schema = "CREATE TABLE thing (id {id}, name {text} NOT NULL, v varchar(10) CHARACTER SET latin1, updated_at {time});";
        let (a, b) = (Own::new(engine, &profile(""), schema), Own::new(engine, &profile(""), schema));
        a.database.run(
            "INSERT INTO thing (name, v) SELECT seq, CONVERT(CONCAT('<', UNHEX(LPAD(HEX(seq), 2, '0')), '>') USING latin1) \
             FROM seq_0_to_255;",
        );
        let bytes = |own: &Own| own.look("SELECT name, HEX(v) FROM thing ORDER BY CAST(name AS SIGNED)");
        let sent = bytes(&a);
        assert_eq!((sent.len(), sent[0x80].as_str(), sent[0x9d].as_str()), (256, "128 3C803E", "157 3C9D3E"));
        let (bundle, _) = a.export(&[]);
        let report = b.import(&bundle, &[], 0);
        assert_eq!(count(&report, "thing", "rejected"), 0, "{report}");
        assert_eq!(bytes(&b), sent);
        assert_eq!(count(&b.import(&bundle, &[], 0), "thing", "unchanged"), 256);
    }
}

/// SQLite keeps dates as the texts that it is given. A window takes them for the moments that they name.
#[test]
fn a_window_takes_dates_for_moments_in_whatever_form() {
    let schema = "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL, updated_at TIMESTAMP TEXT);";
    let own = Own::new(Engine::Sqlite, &profile(""), schema);
    // The hour of 2026-01-01 in UTC, and three ways to write it.
    let mut script = String::new();
    for hour in 0..24_u32 {
        let east = if hour + 3 < 24 {
            format!("2026-01-01T{:02}", hour + 3)
        } else {
            format!("2026-01-02T{:02}", hour + 3 - 24)
        };
        let west =
            if hour >= 5 { format!("2026-01-01 {:02}", hour - 5) } else { format!("2025-12-31 {:02}", hour + 19) };
        for (form, text) in [
            ("zulu", format!("2026-01-01T{hour:02}:00:00Z")),
            ("east", format!("{east}:00:00+03:00")),
            ("west", format!("{west}:00:00-05:00")),
            ("fraction", format!("2026-01-01 {hour:02}:00:00.0")),
        ] {
            script += &format!("INSERT INTO thing (name, updated_at) VALUES ('{form} {hour}', '{text}');\n");
        }
    }
    own.database.run(&script);
    for (start, end) in [(0, 23), (6, 12), (12, 12), (13, 23), (20, 23), (0, 0)] {
        let (start_date, end_date) =
            (format!("--start-date=2026-01-01 {start:02}:00:00"), format!("--end-date=2026-01-01 {end:02}:00:00"));
        let (_, report) = own.export(&[&start_date, &end_date]);
        assert_eq!(count(&report, "thing", "rows"), 4 * (end - start + 1), "{start} to {end}: {report}");
    }
}

/// A row of a kind that the profile does not know stays behind by name, and stops nothing else.
#[test]
fn a_row_of_an_unknown_kind_stops_no_export() {
    let linked = "[codes.kind]\nthing = \"thing\"\n[[table]]\nname = \"thing\"\ngroup = \"object\"\nkey = [\"name\"]\n\
                  [[table]]\nname = \"link\"\ngroup = \"link\"\nkey = [\"to_id\", \"name\"]\n\
                  polymorphic = [{ id = \"to_id\", type = \"to_kind\", codes = \"kind\" }]\n";
    let schema = "CREATE TABLE thing (id {id}, name {text} NOT NULL, updated_at {time}, sync_hash {text}); \
                  CREATE TABLE link (id {id}, name {text} NOT NULL, to_kind {text} NOT NULL, to_id bigint NOT NULL, updated_at {time}, sync_hash {text});";
    for engine in engines() {
        let (a, b) = (Own::new(engine, linked, schema), Own::new(engine, linked, schema));
        a.database.run(
            "INSERT INTO thing (id, name) VALUES (1, 'a'), (2, 'b'); \
             INSERT INTO link (name, to_kind, to_id) VALUES ('good', 'thing', 1), ('custom', 'malware', 1);",
        );
        let filled = a.run(&["fill-sync-hash"]);
        let (bundle, report) = a.export(&[]);
        assert_eq!(count(&report, "link", "rows"), 1, "{engine:?}: {report}");
        assert!(
            warnings(&report).contains("link") || filled.stderr.contains("link") || filled.stdout.contains("link"),
            "{engine:?}: {report}"
        );
        b.import(&bundle, &[], 0);
        assert_eq!(b.look("SELECT name FROM link"), ["good"], "{engine:?}");
    }
}

/// The tables of a ring are named, and not one that leads there or is its neighbour.
#[test]
fn a_ring_is_blamed_on_its_own_tables() {
    let table = |name: &str, references: &str| {
        format!(
            "[[table]]\nname = \"{name}\"\ngroup = \"object\"\nkey = [\"name\"]\nmatch = \"key\"\nreferences = {{ {references} }}\n"
        )
    };
    let profile = [
        table("country", ""),
        table("city", "country_id = \"country\""),
        table("store", "staff_id = \"staff\", city_id = \"city\""),
        table("staff", "store_id = \"store\""),
        table("client", "store_id = \"store\""),
    ];
    let schema = "CREATE TABLE country (id {id}, name {text}); CREATE TABLE city (id {id}, name {text}, country_id bigint NOT NULL); \
                  CREATE TABLE store (id {id}, name {text}, staff_id bigint NOT NULL, city_id bigint NOT NULL); \
                  CREATE TABLE staff (id {id}, name {text}, store_id bigint NOT NULL); \
                  CREATE TABLE client (id {id}, name {text}, store_id bigint NOT NULL);";
    for engine in engines() {
        let own = Own::new(engine, &profile.concat(), schema);
        for command in [&["export"][..], &["profile", "check"]] {
            let ended = own.expect(command, 7);
            let told = ended.stderr + &ended.stdout;
            let line = told
                .lines()
                .find(|line| line.contains("refer to each other") || line.contains("cycle"))
                .unwrap_or_default();
            for (name, blamed) in
                [("`store`", true), ("`staff`", true), ("country", false), ("city", false), ("client", false)]
            {
                assert_eq!(line.contains(name), blamed, "{engine:?}, {command:?}, {name}: {told}");
            }
        }
    }
}

/// A `tinyint(1)` is a truth value, and a row with another number in it stays behind by name.
#[test]
fn a_flag_that_is_no_flag_stays_behind_by_name() {
    let schema = "CREATE TABLE thing (id {id}, name {text} NOT NULL, flag tinyint(1), updated_at {time});";
    for engine in engines().into_iter().filter(|engine| *engine == Engine::Mariadb) {
        let (a, b) = (Own::new(engine, &profile(""), schema), Own::new(engine, &profile(""), schema));
        a.database.run("INSERT INTO thing (name, flag) VALUES ('no', 0), ('yes', 1), ('two', 2), ('none', NULL);");
        let ended = a.expect(&["export", "--json"], 3);
        assert!((ended.stdout.clone() + &ended.stderr).contains("`flag`"), "{}{}", ended.stdout, ended.stderr);
        let report = crate::conformance::command::json(&ended.stdout);
        assert_eq!([count(&report, "thing", "rows"), count(&report, "thing", "rejected")], [3, 1], "{report}");
        let bundle = a.folder.path().join(report["bundle"]["name"].as_str().unwrap());
        b.import(&bundle, &[], 0);
        assert_eq!(b.look("SELECT name, flag FROM thing ORDER BY name"), ["no 0", "none NULL", "yes 1"]);
    }
}

/// A number that no double holds is a number of PostgreSQL's `jsonb` all the same.
#[test]
fn a_number_of_any_size_is_json() {
    let schema = "CREATE TABLE thing (id {id}, name {text} NOT NULL, v jsonb, w json, updated_at {time});";
    for engine in engines().into_iter().filter(|engine| *engine == Engine::Postgres) {
        let (a, b) = (Own::new(engine, &profile(""), schema), Own::new(engine, &profile(""), schema));
        for (at, json) in
            ["[1e400]", "{\"a\": -1e-400}", "123456789012345678901234567890.5", "[1E+400, 0.1e1]"].iter().enumerate()
        {
            a.database.run(&format!("INSERT INTO thing (name, v, w) VALUES ('{at}', '{json}', '{json}');"));
        }
        let (bundle, _) = a.export(&[]);
        let report = b.import(&bundle, &[], 0);
        assert_eq!(count(&report, "thing", "rejected"), 0, "{report}");
        let texts = |own: &Own| own.look("SELECT name, v::text, w::text FROM thing ORDER BY name");
        assert_eq!(texts(&b), texts(&a));
    }
}

/// Ids at the ends of their range, and zero, are ids like all others.
#[test]
fn ids_at_the_ends_of_their_range_lead_to_their_rows() {
    let highest = i64::MAX;
    let schema = "CREATE TABLE thing (id {id}, name {text} NOT NULL, v BYTES, updated_at {time}); \
                  CREATE TABLE note (id {id}, thing_id bigint NOT NULL, name {text} NOT NULL, v BYTES, updated_at {time});";
    for engine in engines() {
        let (bytes, x) = if engine == Engine::Postgres { ("bytea", "'\\x61'") } else { ("blob", "X'61'") };
        let schema = schema.replace("BYTES", bytes);
        let profile = format!("{}{NOTE}", profile(""));
        let (a, b) = (Own::new(engine, &profile, &schema), Own::new(engine, &profile, &schema));
        // Else MariaDB takes a zero for the next number.
        let zero = if engine == Engine::Mariadb { "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';" } else { "" };
        a.database.run(&format!(
            "{zero} INSERT INTO thing (id, name, v) VALUES (0, 'zero', {x}), (7, 'seven', {x}), ({highest}, 'last', {x}); \
             INSERT INTO note (id, thing_id, name, v) VALUES (0, 0, 'of zero', {x}), (1, 7, 'of seven', {x}), ({highest}, {highest}, 'of last', {x});"
        ));
        b.database.run(&format!("{zero} INSERT INTO thing (id, name) VALUES (0, 'seven'), (5, 'zero');"));
        let (bundle, report) = a.export(&[]);
        assert_eq!(count(&report, "note", "rows"), 3, "{engine:?}");
        for _ in 0..2 {
            b.import(&bundle, &[], 0);
            let notes = b.look("SELECT n.name, t.name, t.id FROM note n JOIN thing t ON t.id = n.thing_id ORDER BY 1");
            assert_eq!(notes[..1], ["of last last 6"], "{engine:?}");
            assert_eq!(notes[1..], ["of seven seven 0", "of zero zero 5"], "{engine:?}");
        }
    }
}

/// A table whose ids are used up takes no more rows; the import says which one that is.
#[test]
fn a_table_without_free_ids_is_named() {
    let schema = "CREATE TABLE thing (id {id}, name {text} NOT NULL, updated_at {time});";
    for engine in engines() {
        let (narrow, last) = match engine {
            Engine::Sqlite => (schema.to_owned(), i64::MAX),
            Engine::Postgres => {
                (schema.replace("{id}", "integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"), i64::from(i32::MAX))
            }
            Engine::Mariadb => (schema.replace("{id}", "int AUTO_INCREMENT PRIMARY KEY"), i64::from(i32::MAX)),
        };
        let (a, b) = (Own::new(engine, &profile(""), schema), Own::new(engine, &profile(""), &narrow));
        a.database.run("INSERT INTO thing (name) VALUES ('a'), ('b');");
        b.database.run(&format!("INSERT INTO thing (id, name) VALUES ({last}, 'there');"));
        let (bundle, _) = a.export(&[]);
        let ended = b.run(&["import", &format!("--file={}", bundle.display())]);
        assert!([3, 6, 7].contains(&ended.status), "{engine:?}: {}{}", ended.stderr, ended.stdout);
        assert!((ended.stderr.clone() + &ended.stdout).contains("thing"), "{engine:?}: {}", ended.stderr);
        assert_eq!(b.look("SELECT count(*) FROM thing"), ["1"], "{engine:?}: nothing is half done");
    }
}
