//! The words that say which rows travel: what is refused, what is said, and that nothing of a row that is held back leaves.

use super::{Own, count};
use crate::support::engines;

const SCHEMA: &str = "CREATE TABLE event (id {id}, name {text} NOT NULL, level int, published smallint NOT NULL DEFAULT 0, \
                      updated_at {time}, sync_hash {text}); \
                      CREATE TABLE note (id {id}, name {text} NOT NULL, event_id bigint, updated_at {time}, sync_hash {text}); \
                      CREATE TABLE setting (id {id}, name {text} NOT NULL, value {text});";

fn profile(words: &str) -> String {
    format!("[[table]]\nname = \"event\"\ngroup = \"object\"\nkey = [\"name\"]\nmatch = \"key\"\n{words}\n")
}

#[test]
fn words_that_the_database_cannot_follow_are_refused() {
    for engine in engines() {
        for (words, options, status, part) in [
            ("only = { public = [1] }", &[][..], 7, "public"),
            ("only = { published = [\"yes\"] }", &[], 7, "`yes`"),
            ("except = { public = [1] }", &[], 7, "public"),
            ("except = { published = [\"yes\"] }", &[], 7, "`yes`"),
            ("except = { published = [] }", &[], 7, "no value"),
            ("only = { updated_at = [\"2026\"] }", &[], 7, "updated_at"),
            ("map = { level = { 1 = \"low\" } }", &[], 7, "`low`"),
            ("map = { levels = { 1 = 2 } }", &[], 7, "levels"),
            ("window = \"released\"", &[], 7, "released"),
            ("window = \"level\"", &[], 7, "level"),
            ("", &["--only=events.level=1"], 2, "events"),
            ("", &["--only=event.rank=1"], 7, "rank"),
            ("", &["--only=event.level=high"], 7, "`high`"),
            ("", &["--only=level=1"], 2, "TABLE.COLUMN=VALUE"),
        ] {
            let own = Own::new(engine, &profile(words), SCHEMA);
            let ended = own.expect(&[&["export"], options].concat(), status);
            assert!(ended.stderr.contains(part), "{engine:?}, {words}, {options:?}: {}", ended.stderr);
        }
    }
}

#[test]
fn a_narrower_choice_is_a_stream_of_its_own_and_only_narrows() {
    for engine in engines() {
        let own = Own::new(engine, &profile("only = { published = [1] }"), SCHEMA);
        own.database.run(
            "INSERT INTO event (name, level, published, updated_at) VALUES ('a', 1, 1, '2026-01-01'), ('b', 2, 1, '2026-01-01'), \
             ('c', 1, 0, '2026-01-01');",
        );
        let counts = |options: &[&str]| {
            let (_, report) = own.export(options);
            ["rows", "held_back"].map(|what| count(&report, "event", what))
        };
        assert_eq!(counts(&["--only=event.level=1"]), [1, 2], "{engine:?}");
        assert_eq!(counts(&[]), [2, 1], "{engine:?}: the first bundle of another stream");
        assert_eq!(counts(&["--full", "--only", "event.published=0,1"]), [2, 1], "{engine:?}");
        assert_eq!(counts(&["--full", "--only=event.published=0"]), [0, 3], "{engine:?}");
        assert_eq!(counts(&["--full", "--only=event.level=1", "--only=event.level=2"]), [0, 3], "{engine:?}");
        let page = own.expect(&["export", "--full"], 0).stdout;
        assert!(page.contains("held back"), "{page}");
    }
}

/// A reference to a row that stays behind travels as its hash, unless the row is held back.
#[test]
fn not_even_the_hash_of_a_row_that_is_held_back_leaves() {
    let hashed = "[[table]]\nname = \"event\"\ngroup = \"object\"\nkey = [\"name\"]\nonly = { published = [1] }\n\
                  deleted = \"gone\"\n[[table]]\nname = \"note\"\ngroup = \"context\"\nkey = [\"name\"]\nreferences = { event_id = \"event\" }\n";
    for engine in engines() {
        let own = Own::new(
            engine,
            hashed,
            &SCHEMA
                .replace("sync_hash {text}); CREATE TABLE note", "gone {time}, sync_hash {text}); CREATE TABLE note"),
        );
        own.database.run(
            "INSERT INTO event (id, name, published, gone) VALUES (101, 'a', 0, NULL), (102, 'b', 1, '2026-01-01'), (103, 'c', 1, NULL); \
             INSERT INTO note (name, event_id) VALUES ('x', 101), ('y', 102), ('z', 103);",
        );
        own.expect(&["fill-sync-hash"], 0);
        let hashes = own.look("SELECT sync_hash FROM event ORDER BY id");
        let (bundle, report) = own.export(&["--compression=none"]);
        assert_eq!(count(&report, "note", "rows"), 3, "{engine:?}");
        let carried = String::from_utf8_lossy(&std::fs::read(bundle).unwrap()).into_owned();
        let found: Vec<bool> = hashes.iter().map(|hash| carried.contains(hash.as_str())).collect();
        assert_eq!(found, [false, true, true], "{engine:?}");
        let note = carried.lines().find(|line| line.contains("\"x\"")).unwrap_or_default();
        assert!(!note.contains("101"), "{engine:?}: {note}");
    }
}

#[test]
fn both_sides_have_the_same_version() {
    let words = |min: &str| {
        format!(
            "[version]\ntable = \"setting\"\ncolumn = \"value\"\nwhere = {{ name = \"db_version\" }}\n{min}\n{}",
            profile("")
        )
    };
    for engine in engines() {
        let own = |version: &str| {
            let own = Own::new(engine, &words("min = 126"), SCHEMA);
            own.database
                .run(&format!("INSERT INTO setting (name, value) VALUES ('other', '1'), ('db_version', '{version}');"));
            own
        };
        let (a, same, newer, older) = (own("130"), own("130"), own("131"), own("99"));
        let (bundle, _) = a.export(&[]);
        same.import(&bundle, &[], 0);
        let file = format!("--file={}", bundle.display());
        for (target, parts) in [(&newer, ["130", "131"]), (&older, ["99", "126"])] {
            for command in [&["import", &file][..], &["check", "--for=import", &file]] {
                let ended = target.expect(command, 7);
                let told = ended.stderr + &ended.stdout;
                assert!(parts.iter().all(|part| told.contains(part)), "{engine:?}, {command:?}: {told}");
            }
            assert_eq!(target.look("SELECT count(*) FROM event"), ["0"], "{engine:?}");
        }
        older.expect(&["export"], 7);
        for (change, part) in [
            ("INSERT INTO setting (name, value) VALUES ('db_version', '130');", "several rows"),
            ("DELETE FROM setting;", "no row"),
            ("DROP TABLE setting;", "missing"),
        ] {
            a.database.run(change);
            let ended = a.expect(&["export"], 7);
            assert!(ended.stderr.contains(part) && ended.stderr.contains("setting"), "{engine:?}: {}", ended.stderr);
        }
    }
}

#[test]
fn what_a_list_of_the_target_names_is_left_out_with_all_that_depends_on_it() {
    let profile = "[[table]]\nname = \"event\"\ngroup = \"object\"\nkey = [\"name\"]\nmatch = \"key\"\n\
                   skip_if = [{ table = \"setting\", column = \"value\", key = \"name\" }]\n\
                   [[table]]\nname = \"note\"\ngroup = \"context\"\nkey = [\"event_id\", \"name\"]\nmatch = \"key\"\n\
                   references = { event_id = \"event\" }\n";
    for engine in engines() {
        let own = || Own::new(engine, profile, SCHEMA);
        let (a, b) = (own(), own());
        a.database.run(
            "INSERT INTO event (id, name) VALUES (1, 'wanted'), (2, 'blocked'), (3, 'BLOCKED'), (4, 'old'); \
             INSERT INTO note (name, event_id) VALUES ('a', 1), ('b', 2), ('c', 3), ('d', 4), ('e', 4);",
        );
        b.database.run(
            "INSERT INTO setting (name, value) VALUES ('x', 'blocked'), ('y', 'old'); \
             INSERT INTO event (id, name, level) VALUES (14, 'old', 5); INSERT INTO note (name, event_id) VALUES ('e', 14);",
        );
        let (bundle, _) = a.export(&[]);
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            assert_eq!(["event", "note"].map(|table| count(&report, table, "ignored")), [2, 3], "{engine:?}: {report}");
            assert_eq!(count(&report, "event", "inserted"), if again { 0 } else { 2 }, "{engine:?}");
            let warned = super::warnings(&report);
            assert_eq!(warned.matches("skip_if").count(), 1, "{engine:?}: one sentence for all tables: {warned}");
            assert!(warned.contains("`event` 2, `note` 3"), "{engine:?}: {warned}");
            let found =
                b.look("SELECT e.name, n.name FROM event AS e JOIN note AS n ON n.event_id = e.id ORDER BY n.name");
            assert_eq!(found, ["wanted a", "BLOCKED c", "old e"], "{engine:?}, again: {again}");
            assert_eq!(b.look("SELECT level FROM event WHERE name = 'old'"), ["5"], "{engine:?}");
        }
        b.database.run("DROP TABLE setting;");
        let ended = b.expect(&["import", &format!("--file={}", bundle.display())], 7);
        assert!(ended.stderr.contains("setting"), "{engine:?}: {}", ended.stderr);
    }
}

#[test]
fn a_check_names_the_tables_that_travel_whole() {
    let table = |name: &str, words: &str| {
        format!("[[table]]\nname = \"{name}\"\ngroup = \"object\"\nkey = [\"name\"]\nmatch = \"key\"\n{words}\n")
    };
    let schema = "CREATE TABLE event (id {id}, name {text} NOT NULL, updated_at {time}); \
                  CREATE TABLE site (id {id}, name {text} NOT NULL, updated_at {time}); \
                  CREATE TABLE entry (id {id}, name {text} NOT NULL); \
                  CREATE TABLE note (id {id}, name {text} NOT NULL, event_id bigint NOT NULL, site_id bigint NOT NULL);";
    let references = "references = { event_id = \"event\", site_id = \"site\" }";
    for engine in engines() {
        for (entry, note, site, whole) in [
            ("", "", "", "2 tables without"),
            ("window = \"id\"", "", "", "1 table without"),
            ("window = \"id\"", "window = \"event_id\"", "", ""),
            ("window = \"id\"", "window = \"site_id\"", "carry = \"referenced\"", "1 table without"),
        ] {
            let profile = [
                table("event", ""),
                table("site", site),
                table("entry", entry),
                table("note", &format!("{references}\n{note}")),
            ];
            let own = Own::new(engine, &profile.concat(), schema);
            let shown = own.expect(&["profile", "check"], 0).stdout;
            assert_eq!(shown.contains("without the column with the time"), !whole.is_empty(), "{engine:?}: {shown}");
            assert!(shown.contains(whole), "{engine:?}: {shown}");
        }
    }
}
