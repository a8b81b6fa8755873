//! A snapshot or restore of indices is killed at every point; `recover` takes out of the engine what it left there.

use super::super::Site;
use super::Engine;

#[test]
fn a_killed_snapshot_leaves_nothing_in_the_engine() {
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_k", "3000"]);
    let was = engine.list("site_k");
    let site = Site::new();
    site.with_indices(&engine, "[\"site_k\"]", true, "");
    let create = ["create", "--platform=site.toml", "--target=out"];
    for point in [
        "search.registered",
        "search.begun",
        "search.saved",
        "snapshot.part",
        "snapshot.before-start",
        "search.released",
        "snapshot.published",
    ] {
        let mut killed = site.command(&create);
        let killed = crate::support::finish(killed.env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&create, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        assert!(site.runs(), "{point}");
        engine.expect_left(&["site_k"]);
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
        site.expect(&["recover"], 0, "nothing to put back");
        for bundle in site.bundles() {
            std::fs::remove_file(bundle).unwrap();
        }
    }
    site.create(&[]);
    assert_eq!(engine.list("site_k"), was);
}

#[test]
fn a_killed_restore_leaves_no_index() {
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_k", "3000"]);
    let site = Site::new();
    site.with_indices(&engine, "[\"site_k\"]", true, "");
    let bundle = site.create(&[]);
    let was = engine.list("site_k");
    let restore = site.restore_index(&bundle, &["--rename=index=site_k2"]);
    for point in ["restore.staged", "search.attached", "search.restoring", "search.restored"] {
        let mut killed = site.command(&restore);
        let killed = crate::support::finish(killed.env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&restore, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        engine.expect_left(&["site_k"]);
        assert_eq!(engine.list("site_k"), was, "{point}");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
    }
    site.expect(&restore, 0, "finished");
    engine.expect_left(&["site_k", "site_k2"]);
}
