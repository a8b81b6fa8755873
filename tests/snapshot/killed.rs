//! A snapshot or a restore is killed at every point; `recover` puts back what it left.

use std::fs;

use super::Site;

#[test]
fn a_killed_snapshot_is_put_back() {
    let site = Site::new();
    site.with_services("");
    let create = ["create", "--platform=site.toml", "--target=out"];
    for point in [
        "snapshot.before-stop",
        "snapshot.stopped",
        "snapshot.stopped:2",
        "snapshot.listed",
        "export.header",
        "snapshot.part",
        "snapshot.before-start",
        "snapshot.started",
        "snapshot.started:2",
        "snapshot.catalogue",
        "export.manifest",
        "export.before-rename",
        "export.after-rename",
        "snapshot.published",
    ] {
        let mut killed = site.command(&create);
        let killed = crate::support::finish(killed.env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&create, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        assert!(site.runs(), "{point}");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
        site.expect(&["recover"], 0, "nothing to put back");
        let digests = fs::read_dir(site.path().join("out")).unwrap().map(|entry| entry.unwrap().path());
        let digests = digests.filter(|path| path.extension().is_some_and(|extension| extension == "sha256")).count();
        assert_eq!(digests, site.bundles().len(), "{point}");
        for bundle in site.bundles() {
            fs::remove_file(format!("{}.sha256", bundle.display())).unwrap();
            site.expect(&["verify", bundle.to_str().unwrap()], 0, "is intact");
            fs::remove_file(bundle).unwrap();
        }
    }
    site.create(&[]);
}

#[test]
fn a_killed_restore_is_put_back() {
    let site = Site::new();
    site.with_services("");
    let bundle = site.create(&[]);
    fs::write(site.path().join("srv/files/newer"), "written since").unwrap();
    let was = site.tree("list", "srv");
    let restore = ["restore", "--platform=site.toml", "--replace", "--file", bundle.to_str().unwrap()];
    for point in [
        "restore.staged",
        "restore.member",
        "restore.built",
        "restore.built:2",
        "restore.stopped",
        "restore.before-rename",
        "restore.renamed",
        "restore.renamed:2",
        "restore.before-rename:2",
    ] {
        let mut killed = site.command(&restore);
        let killed = crate::support::finish(killed.env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&restore, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        assert!(site.runs(), "{point}");
        assert_eq!(files_of(&site.tree("list", "srv")), files_of(&was), "{point}");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
    }
    site.expect(&restore, 0, "finished");
    assert!(!site.path().join("srv/files/newer").exists());
}

/// The lines of a listing without that of its root, whose time changes with what is made in it.
fn files_of(listing: &str) -> Vec<&str> {
    listing.lines().filter(|line| !line.starts_with("b'.'")).collect()
}

#[test]
fn two_at_once_are_refused() {
    let site = Site::new();
    site.with_services("[[check]]\nname = \"slow\"\nwhen = \"before\"\nrun = [\"sleep\", \"6\"]\n");
    let first = site.command(&["create", "--platform=site.toml", "--target=out"]).spawn().unwrap();
    while !site.path().join("state/snapshot.lock").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    site.expect(&["create", "--platform=site.toml", "--target=out"], 9, "in progress");
    site.expect(&["recover"], 9, "in progress");
    assert!(first.wait_with_output().unwrap().status.success());
}

#[test]
fn a_stop_in_the_middle_starts_the_services() {
    let site = Site::new();
    site.with_services("[[check]]\nname = \"slow\"\nwhen = \"fenced\"\nrun = [\"sleep\", \"2\"]\n");
    let running = site.command(&["create", "--platform=site.toml", "--target=out"]).spawn().unwrap();
    while site.runs() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = running.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(running.wait_with_output().unwrap().status.code(), Some(130));
    assert!(site.runs() && site.bundles().is_empty());
    assert_eq!(site.leftovers(), Vec::<String>::new());
}
