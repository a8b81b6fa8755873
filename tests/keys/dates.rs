//! Dates that are numbers, and flags in place of a time of deletion.

use super::{Own, count};
use crate::support::engines;

const PROFILE: &str = "
[[table]]
name = \"event\"
group = \"object\"
key = [\"uuid\"]
match = \"key\"
date = { column = \"stamp\", kind = \"KIND\" }
deleted = { column = \"deleted\", kind = \"flag\", carry = \"always\" }
";

const SCHEMA: &str = "CREATE TABLE event (id {id}, uuid {text} NOT NULL, info {text}, stamp bigint NOT NULL DEFAULT 0, \
                      deleted smallint NOT NULL DEFAULT 0);";

fn profile(kind: &str) -> String {
    PROFILE.replace("KIND", kind)
}

/// Seconds since 1970 of 2023-06-01, 2024-06-01 and 2025-06-01.
const DATES: [i64; 3] = [1_685_577_600, 1_717_200_000, 1_748_736_000];

#[test]
fn windows_and_newer_wins_follow_the_kind() {
    for engine in engines() {
        for (kind, units) in [("epoch", 1), ("epoch-ms", 1000), ("epoch-us", 1_000_000)] {
            let own = || Own::new(engine, &profile(kind), SCHEMA);
            let (a, b) = (own(), own());
            let put = |own: &Own, uuid: &str, info: &str, date: i64| {
                let stamp = date * units;
                own.database
                    .run(&format!("INSERT INTO event (uuid, info, stamp) VALUES ('{uuid}', '{info}', {stamp});"));
            };
            for (name, date) in ["old", "middle", "new"].into_iter().zip(DATES) {
                put(&a, name, "a", date);
            }
            put(&b, "old", "b", DATES[1]);
            put(&b, "middle", "b", DATES[0]);
            let (bundle, first) = a.export(&[]);
            assert_eq!(count(&first, "event", "rows"), 3, "{engine:?}, {kind}");
            let report = b.import(&bundle, &[], 0);
            let counts = ["inserted", "updated", "kept"].map(|what| count(&report, "event", what));
            assert_eq!(counts, [1, 1, 1], "{engine:?}, {kind}");
            assert_eq!(b.look("SELECT info FROM event ORDER BY uuid"), ["a", "a", "b"], "{engine:?}, {kind}");
            let windows = [
                (&["--start-date=2024-06-01"][..], 2),
                (&["--start-date=2024-06-01 00:00:01"], 1),
                (&["--end-date=2024-06-01"], 2),
                (&["--end-date=2000-01-01"], 0),
                (&["--start-date=2024-01-01", "--end-date=2024-12-31"], 1),
            ];
            // The kinds differ in their unit alone.
            for (options, rows) in windows.into_iter().take(if units == 1 { 5 } else { 1 }) {
                let (_, report) = a.export(options);
                assert_eq!(count(&report, "event", "rows"), rows, "{engine:?}, {kind}: {options:?}");
            }
            // The window of the stream: what changed since the first export, and nothing else.
            let (bundle, nothing) = a.export(&[]);
            assert_eq!(count(&nothing, "event", "rows"), 0, "{engine:?}, {kind}");
            b.import(&bundle, &[], 0);
            a.database
                .run(&format!("UPDATE event SET info = 'c', stamp = {} WHERE uuid = 'old';", 1_900_000_000 * units));
            let (bundle, report) = a.export(&[]);
            assert_eq!(count(&report, "event", "rows"), 1, "{engine:?}, {kind}");
            let report = b.import(&bundle, &[], 0);
            assert_eq!(count(&report, "event", "updated"), 1, "{engine:?}, {kind}");
        }
    }
}

#[test]
fn a_greater_version_wins_and_every_export_is_whole() {
    for engine in engines() {
        let own = || Own::new(engine, &profile("version"), SCHEMA);
        let (a, b) = (own(), own());
        a.database.run("INSERT INTO event (uuid, info, stamp) VALUES ('x', 'a', 2), ('y', 'a', 3), ('z', 'a', 10);");
        b.database.run("INSERT INTO event (uuid, info, stamp) VALUES ('x', 'b', 3), ('y', 'b', 2), ('z', 'b', 9);");
        for again in [false, true] {
            let (bundle, report) = a.export(&[]);
            assert_eq!(count(&report, "event", "rows"), 3, "{engine:?}");
            let report = b.import(&bundle, &[], 0);
            let counts = ["updated", "unchanged", "kept"].map(|what| count(&report, "event", what));
            assert_eq!(counts, if again { [0, 2, 1] } else { [2, 0, 1] }, "{engine:?}");
        }
        assert_eq!(b.look("SELECT info FROM event ORDER BY uuid"), ["b", "a", "a"], "{engine:?}");
    }
}

#[test]
fn a_flag_says_which_rows_are_deleted() {
    for engine in engines() {
        for (carry, rows) in [("always", 2), ("asked", 1)] {
            let profile = profile("epoch").replace("always", carry);
            let own = || Own::new(engine, &profile, SCHEMA);
            let (a, b) = (own(), own());
            a.database
                .run("INSERT INTO event (uuid, info, stamp, deleted) VALUES ('x', 'a', 20, 0), ('y', 'a', 20, 1);");
            b.database.run("INSERT INTO event (uuid, info, stamp, deleted) VALUES ('y', 'b', 10, 0);");
            let (bundle, report) = a.export(&[]);
            assert_eq!(count(&report, "event", "rows"), rows, "{engine:?}, {carry}");
            b.import(&bundle, &[], 0);
            let deleted = b.look("SELECT deleted FROM event WHERE uuid = 'y'");
            assert_eq!(deleted, [if carry == "always" { "1" } else { "0" }], "{engine:?}, {carry}");
            let (_, all) = a.export(&["--include-deleted=Y", "--full"]);
            assert_eq!(count(&all, "event", "rows"), 2, "{engine:?}, {carry}");
        }
    }
}
