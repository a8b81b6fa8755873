//! A row that was deleted lives again, and what stayed behind because of it travels.

use super::{ids, site};
use crate::support::engines;

const OLD: &str = "2025-01-01 00:00:00";
/// The first moment of the window.
const START: &str = "--start-date=2026-01-01";

/// Things with context, links and labels; the first is deleted, and so is the first place.
fn script() -> String {
    [
        "INSERT INTO kinds (id, name, updated_at) VALUES (1, 'k', 'OLD');",
        "INSERT INTO labels (id, name, updated_at) VALUES (1, 'l', 'OLD');",
        "INSERT INTO origins (id, type, name, updated_at) VALUES (1, 'o', 'n', 'OLD');",
        "INSERT INTO things (id, kind_id, value, updated_at, deleted_at) VALUES (1, 1, 'x', 'OLD', 'OLD'), (2, 1, 'y', 'OLD', NULL);",
        "INSERT INTO thing_sources (id, thing_id, origin_id, updated_at) VALUES (1, 1, 1, 'OLD'), (2, 2, 1, 'OLD');",
        "INSERT INTO links (id, src_type, src_object_id, dest_type, dest_object_id, updated_at) VALUES (1, 'thing', 2, 'thing', 1, 'OLD'), (2, 'thing', 2, 'thing', 2, 'OLD');",
        "INSERT INTO link_notes (id, link_id, value, updated_at, deleted_at) VALUES (1, 1, 'a', 'OLD', NULL), (2, 2, 'b', 'OLD', NULL), (3, 1, 'c', 'OLD', 'OLD');",
        "INSERT INTO labelled (id, label_id, object_type, object_id, updated_at) VALUES (1, 1, 'thing', 1, 'OLD'), (2, 1, 'thing', 2, 'OLD');",
        "INSERT INTO places (id, code, parent_id, updated_at, deleted_at) VALUES (1, 'p', NULL, 'OLD', 'OLD'), (2, 'q', 1, 'OLD', NULL), (3, 'r', NULL, 'OLD', NULL);",
        "INSERT INTO cities (id, place_id, name, updated_at) VALUES (1, 1, 'c', 'OLD'), (2, 3, 'd', 'OLD');",
        "UPDATE places SET capital_id = 1, updated_at = 'OLD' WHERE id = 3;",
        "INSERT INTO labelled (id, label_id, object_type, object_id, updated_at) VALUES (3, 1, 'city', 1, 'OLD');",
    ]
    .join("\n")
    .replace("OLD", OLD)
}

#[test]
fn what_hangs_on_a_revived_row_travels_with_it() {
    for engine in engines() {
        let site = site(engine, &script());
        let first = site.export(&["--no-record"]);
        assert_eq!((ids(&first, "thing_sources"), ids(&first, "links")), (vec![2], vec![2]), "{engine:?}");

        site.database.run("UPDATE things SET deleted_at = NULL, updated_at = '2026-01-01 00:00:00' WHERE id = 1;");
        let second = site.export(&["--no-record", START]);
        let found: Vec<(&str, Vec<u64>)> = ["thing_sources", "links", "link_notes", "labelled"]
            .into_iter()
            .map(|table| (table, ids(&second, table)))
            .collect();
        let expected = [("thing_sources", vec![1]), ("links", vec![1]), ("link_notes", vec![1]), ("labelled", vec![1])];
        assert_eq!(found, expected, "{engine:?}");
        // The other end of the link comes along, but what hangs on it does not.
        assert_eq!(ids(&second, "things"), [1, 2], "{engine:?}");
        let report = &second.report["tables"];
        assert_eq!((&report["links"]["rows"], &report["links"]["referenced_rows"]), (&1.into(), &1.into()));
        assert_eq!((&report["things"]["rows"], &report["things"]["referenced_rows"]), (&2.into(), &1.into()));

        // Where deleted rows travel, nothing stayed behind.
        let third = site.export(&["--no-record", START, "--include-deleted=Y"]);
        assert_eq!((ids(&third, "links"), ids(&third, "things")), (vec![], vec![1]), "{engine:?}");
    }
}

#[test]
fn a_revived_row_brings_what_hangs_on_it_and_what_refers_to_that() {
    for engine in engines() {
        let site = site(engine, &script());
        assert_eq!(ids(&site.export(&["--no-record"]), "cities"), [2], "{engine:?}");
        site.database.run("UPDATE places SET deleted_at = NULL, updated_at = '2026-01-01 00:00:00' WHERE id = 1;");
        let second = site.export(&["--no-record", START]);
        // The second place has it for a parent, and the third has its city for a capital.
        assert_eq!(ids(&second, "places"), [1, 2, 3], "{engine:?}");
        assert_eq!((ids(&second, "cities"), ids(&second, "labelled")), (vec![1], vec![3]), "{engine:?}");
    }
}

#[test]
fn a_row_that_moves_to_a_living_row_brings_what_hangs_on_it() {
    for engine in engines() {
        let site = site(engine, &script());
        site.database.run("UPDATE cities SET place_id = 3, updated_at = '2026-01-01 00:00:00' WHERE id = 1;");
        site.fill_hashes();
        site.database.run("UPDATE cities SET updated_at = '2026-01-01 00:00:00' WHERE id = 1;");
        site.database.run(&format!("UPDATE labelled SET updated_at = '{OLD}' WHERE id = 3;"));
        let second = site.export(&["--no-record", START]);
        assert_eq!((ids(&second, "cities"), ids(&second, "labelled")), (vec![1], vec![3]), "{engine:?}");
    }
}
