//! Equal dates: content decides, so importing again heals; a newer version of the target's is counted as kept.

use super::{NEW, OLD, Target};
use crate::property::tables;
use crate::support::engines;

const THINGS: &str = "id kind_id value short updated_at";
const SHORT: &str = "SELECT coalesce(short, '-') FROM things ORDER BY id";

#[test]
fn other_content_of_an_equal_date_arrives() {
    for engine in engines() {
        let target = Target::new(engine);
        let kinds = ("kinds", "id name updated_at", &["1 alpha 2020-01-01T00:00:00"][..]);
        let thing = |short: &str| format!("1 1 v {short} {OLD}");
        let first = target.import(&[kinds, ("things", THINGS, &[&thing("one")])]);
        assert_eq!(first.total("inserted"), 2, "{engine:?}");
        // What a collation takes for the same is not the same.
        let mut before = "one".to_owned();
        for short in ["One", "two", "~", "\"\"", "tw\u{f6}", "two"] {
            let other = target.import(&[kinds, ("things", THINGS, &[&thing(short)])]);
            assert_eq!((other.status, other.count("things", "updated")), (0, 1), "{engine:?}: {before} to {short}");
            let again = target.import(&[kinds, ("things", THINGS, &[&thing(short)])]);
            assert_eq!((again.total("updated"), again.total("unchanged")), (0, 2), "{engine:?}: {short} again");
            before = short.to_owned();
        }
        assert_eq!(target.look(SHORT), ["two"], "{engine:?}");
    }
}

#[test]
fn a_column_that_the_target_gained_later_is_filled_by_importing_again() {
    for engine in engines() {
        let target = Target::new(engine);
        target.database.run("ALTER TABLE things DROP COLUMN short;");
        let bundle = [
            ("kinds", "id name updated_at", &["1 alpha 2020-01-01T00:00:00"][..]),
            ("things", THINGS, &["1 1 v one 2020-01-01T00:00:00", "2 1 w two ~"]),
        ];
        assert_eq!(target.import(&bundle).status, 0, "{engine:?}");
        target.database.run("ALTER TABLE things ADD COLUMN short VARCHAR(10);");
        let again = target.import(&bundle);
        assert_eq!((again.status, again.count("things", "updated")), (0, 2), "{engine:?}");
        assert_eq!(target.look(SHORT), ["one", "two"], "{engine:?}");
    }
}

#[test]
fn what_a_bundle_lacks_or_cannot_say_marks_no_row_as_different() {
    for engine in engines() {
        let target = Target::new(engine);
        let places = ("places", "id code description parent_id updated_at");
        let rows = ["1 P1 here ~ 2020-01-01T00:00:00", "2 P2 there 1 2020-01-01T00:00:00"];
        target.import(&[(places.0, places.1, &rows)]);
        let columns = "id code description parent_id parent_id@sync_hash updated_at";
        let silent = ["1 P1 ~ ~ ~ 2020-01-01T00:00:00", "2 P2 ~ ~ - 2020-01-01T00:00:00"];
        let same = target.import(&[("places", columns, &silent)]);
        assert_eq!((same.status, same.count("places", "unchanged")), (0, 2), "{engine:?}");
        let lacking = target.import(&[("places", "id code updated_at", &["7 P2 2020-01-01T00:00:00"])]);
        assert_eq!(lacking.count("places", "unchanged"), 1, "{engine:?}");
        let newer = target.import(&[("places", columns, &["2 P2 ~ ~ - 2020-02-02T00:00:00"])]);
        assert_eq!((newer.status, newer.count("places", "updated")), (0, 1), "{engine:?}");
        assert_eq!(newer.count("places", "orphans_nulled"), 1, "{engine:?}");
        let found = target.look("SELECT coalesce(description, '-'), coalesce(parent_id, 0) FROM places ORDER BY code");
        assert_eq!(found, ["here 0", "there 1"], "{engine:?}");
        // The source says NULL, which is an answer.
        let cut = target.import(&[("places", columns, &["2 P2 ~ ~ ~ 2020-02-02T00:00:00"])]);
        assert_eq!(cut.count("places", "updated"), 1, "{engine:?}");
        assert_eq!(target.look("SELECT coalesce(parent_id, 0) FROM places WHERE code = 'P2'"), ["0"], "{engine:?}");
    }
}

#[test]
fn a_reference_by_hash_finds_its_row() {
    for engine in engines() {
        let target = Target::new(engine);
        target.import(&[("places", "id code updated_at", &["5 P5 2020-01-01T00:00:00"])]);
        let hash = target.look("SELECT sync_hash FROM places").concat();
        let row = format!("9 P9 ~ {hash} {OLD}");
        let came = target.import(&[("places", "id code parent_id parent_id@sync_hash updated_at", &[&row])]);
        assert_eq!((came.status, came.count("places", "orphans_nulled")), (0, 0), "{engine:?}");
        let linked = "SELECT p.code FROM places c JOIN places p ON p.id = c.parent_id WHERE c.code = 'P9'";
        assert_eq!(target.look(linked), ["P5"], "{engine:?}");
    }
}

#[test]
fn tables_without_a_date_are_compared_by_content() {
    for engine in engines() {
        let target = Target::new(engine);
        let people = |name: &str| format!("1 a@x.org {name}");
        for (name, counts) in [("Ann", (1, 0, 0)), ("Ann", (0, 0, 1)), ("Bea", (0, 1, 0)), ("Bea", (0, 0, 1))] {
            let run = target.import(&[("people", "id email name", &[&people(name)])]);
            let found = (run.total("inserted"), run.total("updated"), run.total("unchanged"));
            assert_eq!((run.status, found), (0, counts), "{engine:?}: {name}");
        }
    }
}

#[test]
fn a_newer_version_of_the_target_is_kept_and_counted() {
    for engine in engines() {
        let target = Target::new(engine);
        let people = |name: &str, date: &str| format!("1 a@x.org {name} {date}");
        let import = |name: &str, date: &str| {
            let run = target.import(&[("people", "id email name updated_at", &[&people(name, date)])]);
            assert_eq!(run.status, 0, "{engine:?}: {}", run.stderr);
            (run.total("kept"), run.total("unchanged"), run.total("updated"))
        };
        import("Ann", NEW);
        assert_eq!(import("Bea", OLD), (1, 0, 0), "{engine:?}");
        assert_eq!(import("Bea", "~"), (1, 0, 0), "{engine:?}");
        assert_eq!(import("Ann", NEW), (0, 1, 0), "{engine:?}");
        assert_eq!(target.look("SELECT name FROM people"), ["Ann"], "{engine:?}");
        let all = tables::read(&target.database, &target.schema);
        assert_eq!(all.rows("people").len(), 1);
    }
}
