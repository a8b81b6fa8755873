//! A migration that is killed, wherever it is: the next one ends with the same rows, and the old files were still there.

use super::{Kind, Site, kinds};
use crate::support::finish;

/// Points of a migration, with the number of the pass.
const POINTS: [&str; 9] = [
    "migrate.rows:1",
    "migrate.rows:10",
    "migrate.staged:1",
    "migrate.publish:1",
    "migrate.table:1",
    "migrate.table:4",
    "migrate.commit:1",
    "migrate.publish:3",
    "migrate.retire:1",
];

#[test]
fn a_killed_migration_doubles_and_loses_nothing() {
    for kind in kinds() {
        // Each pass costs Spark many seconds.
        let of_spark = ["migrate.publish:1", "migrate.table:4", "migrate.commit:1"];
        let points = if kind == Kind::Spark { &of_spark[..] } else { &POINTS[..] };
        for point in points {
            let site = Site::new(kind);
            let small = ["--days", "2", "--flow-rows", "300", "--dns-rows", "200", "--proxy-rows", "100"];
            let pipelines = if kind == Kind::Spark { "--pipelines=flow" } else { "--pipelines=flow,dns,proxy" };
            site.tree(&[&small[..], &["--pipelines", &pipelines["--pipelines=".len()..]]].concat());
            let before = site.files("old/data/flow");
            let killed = finish(site.command(&["--init", pipelines]).env("GAPSYNC_FAIL_POINT", point));
            assert_eq!(killed.status, -1, "{kind:?} {point}: {}", killed.stderr);
            let flow_is_done = *point == "migrate.publish:3";
            if !flow_is_done {
                assert_eq!(site.files("old/data/flow"), before, "{kind:?} {point}");
            }
            site.migrated(0, &["--init", pipelines]);
            if let Some(differences) = site.differences_of(&pipelines["--pipelines=".len()..]) {
                panic!("{kind:?} {point}: {differences}");
            }
            assert!(!site.path("old/data/flow").exists(), "{kind:?} {point}");
        }
    }
}
