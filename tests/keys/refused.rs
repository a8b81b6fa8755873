//! Columns that are not what a profile takes them for: refused at both ends, by name, with the word that corrects it.

use super::Own;
use crate::support::engines;

fn profile(more: &str) -> String {
    format!("[[table]]\nname = \"event\"\ngroup = \"object\"\nkey = [\"uuid\"]\nmatch = \"key\"\n{more}\n")
}

const SCHEMA: &str = "CREATE TABLE event (id {id}, code {text}, uuid {text} NOT NULL, updated_at {time}, stamp bigint, \
                      day date, gone {time}, flag smallint NOT NULL DEFAULT 0);";

#[test]
fn a_column_of_another_kind_is_refused() {
    for engine in engines() {
        for (words, column, hint) in [
            ("date = \"stamp\"", "stamp", "kind = \"epoch\""),
            ("date = { column = \"updated_at\", kind = \"epoch\" }", "updated_at", "date = \"updated_at\""),
            ("date = { column = \"updated_at\", kind = \"version\" }", "updated_at", "date = \"updated_at\""),
            ("date = \"day\"", "day", "date = "),
            ("deleted = \"flag\"", "flag", "kind = \"flag\""),
            ("deleted = { column = \"gone\", kind = \"flag\" }", "gone", "deleted = \"gone\""),
            ("id = \"code\"", "code", "id = "),
        ] {
            let own = Own::new(engine, &profile(words), SCHEMA);
            let right = Own::new(engine, &profile(""), SCHEMA);
            let (bundle, _) = right.export(&[]);
            let file = format!("--file={}", bundle.display());
            for arguments in [&["export"][..], &["import", &file], &["check"]] {
                let ended = own.expect(arguments, 7);
                let told = ended.stderr + &ended.stdout;
                for part in ["event", column, hint] {
                    assert!(told.contains(part), "{engine:?}, {words}, {arguments:?}: no {part} in {told}");
                }
            }
        }
    }
}

#[test]
fn the_plain_words_go_on_to_mean_what_they_did() {
    for engine in engines() {
        let own = Own::new(engine, &profile("date = \"updated_at\"\ndeleted = \"gone\""), SCHEMA);
        own.database.run("INSERT INTO event (uuid, updated_at, gone) VALUES ('x', '2026-01-01', NULL), ('y', '2026-01-01', '2026-01-01');");
        let (_, report) = own.export(&[]);
        assert_eq!(super::count(&report, "event", "rows"), 1, "{engine:?}");
        let (_, report) = own.export(&["--include-deleted=Y", "--full"]);
        assert_eq!(super::count(&report, "event", "rows"), 2, "{engine:?}");
    }
}

/// A reference that a profile forgets would lead to whatever row has that number on the target.
#[test]
fn a_column_that_looks_like_a_reference_is_named() {
    let schema = "CREATE TABLE sites (id {id}, name {text}); CREATE TABLE event (id {id}, uuid {text} NOT NULL, site_id bigint, \
                  other_id bigint, updated_at {time});";
    let sites = "[[table]]\nname = \"sites\"\ngroup = \"metadata\"\nkey = [\"name\"]\nmatch = \"key\"\n";
    for engine in engines() {
        for (words, warned) in [
            (profile(""), true),
            (profile("exclude = { site_id = \"\" }"), false),
            (profile("references = { site_id = \"sites\" }") + sites, false),
        ] {
            let own = Own::new(engine, &words, schema);
            let told = super::warnings(&own.export(&[]).1);
            assert_eq!(told.contains("event.site_id (sites)"), warned, "{engine:?}: {told}");
            assert!(!told.contains("other_id"), "{engine:?}: {told}");
        }
    }
}
