//! A drill of all of TheHive on real engines: its keyspace, its index, its files, those of a bucket, and its configuration.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Site;
use super::cassandra::{Keyspace, left_beside};
use super::drill::{certificate, is_full};
use super::postgresql::script;
use super::thehive::Hive;
use crate::support::finish;

/// A platform with a little of everything, and its bundle.
fn drilled() -> Option<(Hive, String)> {
    let service = |_: &Site| "stop = [\"true\"]\nstart = [\"true\"]\n".to_owned();
    let hive = Hive::new(Keyspace::small, &service)?;
    hive.engine.script("load", &["site_global", "520"]);
    let site = &hive.site;
    for number in 0..20 {
        let folder = site.path().join(format!("buckets/one/att/{}", number % 3));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("report {number}")), "x".repeat(number * 50)).unwrap();
    }
    let text = fs::read_to_string(site.path().join("site.toml")).unwrap();
    let bucket = "\n[[store]]\nname = \"bucket\"\nkind = \"files\"\nurl = \"s3://one/att\"\nappend_only = true\n";
    fs::write(site.path().join("site.toml"), text + bucket).unwrap();
    let bundle = hive.create(&["--compression=none"]);
    Some((hive, bundle))
}

/// All that a drill could leave.
fn state(hive: &Hive) -> Vec<String> {
    let (site, node) = (&hive.site, &hive.keyspace.node);
    let repositories = fs::read_dir(hive.engine.folder()).unwrap().count();
    let mut all = vec![node.keyspaces(), hive.engine.left(), repositories.to_string()];
    all.extend([site.tree("list", "srv"), site.tree("list", "buckets"), site.tree("list", "etc")]);
    all.extend(site.kept().into_iter().chain(site.leftovers()).chain(left_beside(node)));
    all
}

#[test]
fn a_drill_of_thehive_is_certified_and_leaves_nothing_in_any_engine() {
    let Some((hive, bundle)) = drilled() else { return };
    let before = state(&hive);
    let certified = || certificate(Path::new(&bundle));
    // Killed at each point of a store, and put back.
    for (stores, points) in [
        ("data", &["cassandra.made", "cassandra.table", "cassandra.loaded"][..]),
        ("index", &["search.attached", "search.restoring", "search.restored"]),
        ("files,bucket,config", &["restore.before-rename:2", "restore.renamed:3", "drill.compared"]),
    ] {
        let drill = [&format!("--only={stores}"), "out"];
        for point in points {
            let killed = finish(hive.command("drill", &drill).env("GAPSYNC_FAIL_POINT", point));
            assert_eq!(killed.status, -1, "{point}: {killed:?}");
            hive.expect("drill", &drill, 9, "the drill");
            hive.site.expect(&["recover"], 0, "");
            assert_eq!(state(&hive), before, "{point}");
            assert!(certified().is_none(), "{point}");
        }
    }
    // What is not equal to its facts has no certificate, and is not kept.
    let forged = hive.site.at("forged.tar");
    for store in ["data", "index"] {
        let lie = format!("more={store}");
        let ended = finish(Command::new("python3").args([&script("forge.py"), &bundle, &forged, &lie]));
        assert_eq!(ended.status, 0, "{ended:?}");
        let words = format!("the store {store} differs from the facts of its snapshot");
        hive.expect("drill", &[&format!("--only={store}"), "--file", &forged], 4, &words);
        assert!(certificate(Path::new(&forged)).is_none());
    }
    fs::remove_file(&forged).unwrap();
    assert_eq!(state(&hive), before);
    let restore = ["--require-drill", "--only=bucket", "--rename=bucket=s3://one/copy", "--file", &bundle];
    hive.expect("restore", &restore, 7, "has no certificate of a drill");
    // All of it.
    let ended = hive.expect("drill", &["out"], 0, "certificate");
    assert_eq!(state(&hive), before);
    let found = certified().unwrap();
    is_full(&found, &["data", "index", "files", "config", "bucket"]);
    assert!(!ended.stdout.contains("not restored in the drill"), "{ended:?}");
    hive.expect("restore", &restore, 0, "20 files");
}
