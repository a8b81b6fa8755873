//! Links and labels to a kind of object that the profile does not name.

use super::{ids, site};
use crate::conformance::look::number;
use crate::support::engines;

#[test]
fn rows_that_refer_to_an_unknown_kind_are_left_out_and_counted() {
    for engine in engines() {
        let site = site(
            engine,
            "INSERT INTO kinds (id, name) VALUES (1, 'k'); INSERT INTO labels (id, name) VALUES (1, 'l');
             INSERT INTO things (id, kind_id, value, updated_at) VALUES (1, 1, 'x', '2025-01-01 00:00:00');",
        );
        site.database.run(
            "INSERT INTO links (id, src_type, src_object_id, dest_type, dest_object_id) VALUES (1, 'thing', 1, 'custom', 7),
             (2, 'custom', 7, 'thing', 1), (3, 'custom', 7, 'custom', 8);
             INSERT INTO link_notes (id, link_id, value) VALUES (1, 1, 'a'), (2, 3, 'b');
             INSERT INTO labelled (id, label_id, object_type, object_id) VALUES (1, 1, 'custom', 7);",
        );
        assert_eq!(number(&site.database, "SELECT count(*) FROM links WHERE sync_hash IS NULL;"), 3, "{engine:?}");
        for options in
            [&["--no-record"][..], &["--no-record", "--start-date=2020-01-01"], &["--no-record", "--include-deleted"]]
        {
            let exported = site.export(options);
            let tables = &exported.report["tables"];
            let of = |table: &str| (tables[table]["rows"].as_u64(), tables[table]["ignored"].as_u64());
            assert_eq!(of("links"), (Some(0), Some(3)), "{engine:?} {options:?}");
            assert_eq!((of("link_notes"), of("labelled")), ((Some(0), Some(2)), (Some(0), Some(1))), "{engine:?}");
            assert_eq!((ids(&exported, "things"), &exported.report["totals"]["ignored"]), (vec![1], &6.into()));
            let warnings = exported.report["warnings"].to_string();
            for table in ["links", "link_notes", "labelled"] {
                assert!(warnings.contains(&format!("rows of {table} skipped")), "{warnings}");
            }
        }
        // Another row without a hash still is a reason to fill first.
        site.database.run(
            "INSERT INTO links (id, src_type, src_object_id, dest_type, dest_object_id) VALUES (9, 'thing', 1, 'thing', 99);",
        );
        site.expect(&["export", "--no-record"], 8);
    }
}
