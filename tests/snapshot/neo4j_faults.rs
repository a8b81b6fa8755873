//! What must not count as a snapshot or a restore of Neo4j, and what nothing may be left of: damage, full disks, a tool that
//! fails, kills; what a dry run says; and a bundle in the hands of somebody who has no gapsync.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::neo4j::{CREATE, Home, alone, killed};
use super::postgresql::same;
use super::safety::{on_disk, on_small_disk};
use super::{Site, same_steps};
use crate::support::finish;

/// A stopped server in a platform, by one of the two ways.
fn saved(tools: &Path, mode: &str) -> (Home, Site, String) {
    let (home, was) = Home::filled(tools);
    let site = Site::new();
    site.platform(&home.store(mode, false));
    fs::create_dir(site.path().join("reports")).unwrap();
    (home, site, was)
}

fn restore<'a>(bundle: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["restore", "--platform=site.toml", "--only=graph", "--file", bundle][..], more].concat()
}

/// Lets a program take the place of `neo4j-admin`; `REAL` is that.
fn with_admin(site: &Site, tools: &Path, text: &str) {
    let (own, real) = (site.at("admin"), tools.join("neo4j-admin").display().to_string());
    fs::write(&own, format!("#!/bin/sh\n{}\n", text.replace("REAL", &real))).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o755)).unwrap();
    // Another user runs it.
    for folder in site.path().ancestors().take(1) {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let text = fs::read_to_string(site.path().join("site.toml")).unwrap();
    fs::write(site.path().join("site.toml"), text.replace(&real, &own)).unwrap();
}

#[test]
fn damage_full_disks_and_a_tool_that_dies_change_nothing_of_neo4j() {
    let Some((_guard, tools)) = alone() else { return };
    for mode in ["files", "dump"] {
        let (home, site, _) = saved(&tools, mode);
        let before = home.data("data");
        let Some(full) = on_small_disk(&site, "out", 64 << 10, &CREATE) else { return };
        assert_eq!(full.status, 10, "{mode}: {full:?}");
        assert_eq!(fs::read_to_string(site.path().join("left")).unwrap(), "", "{mode}");
        let bundle = site.create(&["--only=graph", "--compression=none"]);
        // Damage, by bits and by length.
        let (whole, wrong) = (fs::read(&bundle).unwrap(), site.at("wrong.tar"));
        let mut flipped = whole.clone();
        flipped[whole.len() / 6] ^= 1;
        for content in [&flipped[..], &whole[..whole.len() * 5 / 6]] {
            fs::write(&wrong, content).unwrap();
            site.expect(&["verify", &wrong], 5, "");
            site.expect(&restore(&wrong, &["--replace"]), 5, "");
        }
        let bundle = bundle.display().to_string();
        // A disk that has no room for the tree, and one that has none for what a dump becomes.
        let disk = home.at("import");
        let copy = format!("--rename=graph={disk}/copy");
        let enter = format!("chown --reference={} {disk}; chmod 755 {disk}\n", home.at("conf"));
        let room = if mode == "files" { 64 << 10 } else { fs::metadata(&bundle).unwrap().len() + (64 << 10) };
        let full = on_disk(&site, &disk, room, &enter, &restore(&bundle, &[&copy])).unwrap();
        assert_eq!(full.status, if mode == "files" { 10 } else { 6 }, "{mode}: {full:?}");
        let left = fs::read_to_string(site.path().join("left")).unwrap();
        assert!(left.lines().all(|name| name.starts_with(".gapsync")), "{mode}: {left}");
        // The disk went away with its mount.
        site.expect(&["recover"], 0, "");
        // The engine's tool dies half way.
        if mode == "dump" {
            let bundles = site.bundles();
            with_admin(
                &site,
                &tools,
                "case $* in *dump*) REAL \"$@\" | head -c 5000; kill -9 $$;; esac\nexec REAL \"$@\"",
            );
            site.expect(&CREATE, 6, "`neo4j-admin database dump`");
            assert_eq!(site.bundles(), bundles);
            site.platform(&home.store(mode, false));
            with_admin(
                &site,
                &tools,
                "case $* in *load*) head -c 5000 > /dev/null; kill -9 $$;; esac\nexec REAL \"$@\"",
            );
            site.expect(&restore(&bundle, &["--replace"]), 6, "`neo4j-admin database load`");
        }
        assert_eq!((home.odd(), site.leftovers()), (Vec::new(), Vec::<String>::new()), "{mode}");
        same(&before, &home.data("data"));
    }
}

#[test]
fn a_killed_snapshot_or_restore_of_neo4j_leaves_everything_as_it_was() {
    let Some((_guard, tools)) = alone() else { return };
    let (home, site, was) = saved(&tools, "files");
    let before = home.data("data");
    for point in ["neo4j.asked", "snapshot.part:2", "snapshot.catalogue"] {
        let killed = finish(site.command(&CREATE).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&["recover"], 0, "");
        assert_eq!((site.bundles(), site.leftovers()), (Vec::<PathBuf>::new(), Vec::new()), "{point}");
    }
    same(&before, &home.data("data"));
    let bundle = site.create(&["--only=graph"]).display().to_string();
    killed(&site, &home, &restore(&bundle, &["--replace"]), &["restore.member:3", "restore.built"]);
    // Into another data folder, above which folders are missing, and under another name.
    let elsewhere = format!("--rename=graph={}/deep/copy", home.at("import"));
    fs::create_dir(home.at("import/deep")).unwrap();
    killed(&site, &home, &restore(&bundle, &[&elsewhere]), &["restore.leave", "neo4j.placed:2"]);
    assert_eq!(fs::read_dir(home.at("import/deep")).unwrap().count(), 0);
    killed(&site, &home, &restore(&bundle, &["--rename=graph=copy"]), &["neo4j.placed:2"]);
    assert!(!Path::new(&home.at("data/databases/copy")).exists());
    // One that was killed goes on.
    let replace = restore(&bundle, &["--replace"]);
    assert_eq!(finish(site.command(&replace).env("GAPSYNC_FAIL_POINT", "restore.loaded")).status, -1);
    site.expect(&[&replace[..], &["--resume"]].concat(), 0, "finished");
    assert_eq!(site.leftovers(), Vec::<String>::new());
    home.control("start");
    same(&was, &home.ask("sum", "neo4j"));
}

#[test]
fn a_dry_run_of_neo4j_says_what_a_run_does_and_a_bundle_comes_back_by_hand() {
    let Some((_guard, tools)) = alone() else { return };
    for mode in ["files", "dump"] {
        let (home, site, was) = saved(&tools, mode);
        let before = home.data("data");
        let dry = site.expect(&[&CREATE[..], &["--dry-run"]].concat(), 0, "of the stopped Neo4j");
        assert!(site.bundles().is_empty(), "{dry:?}");
        same_steps(&dry.stdout, &site.expect(&CREATE, 0, "finished").stdout);
        let bundle = site.bundles().remove(0).display().to_string();
        let rename = format!("--rename=graph={}", home.at("import/copy"));
        let dry = site.expect(&restore(&bundle, &[&rename, "--dry-run"]), 0, "load graph into");
        assert!(!Path::new(&home.at("import/copy")).exists() && site.leftovers().is_empty(), "{dry:?}");
        same(&before, &home.data("data"));
        same_steps(&dry.stdout, &site.expect(&restore(&bundle, &[&rename]), 0, "finished").stdout);
        same(&before, &home.data("data"));
        // By hand.
        let folder = site.unpack_by_hand(&bundle, "graph");
        fs::remove_dir_all(home.at("data")).unwrap();
        fs::create_dir(home.at("data")).unwrap();
        let owner = |path: &str| {
            let chown = ["-R", "--reference", &home.at("conf"), path].map(str::to_owned);
            assert_eq!(finish(Command::new("chown").args(chown)).status, 0);
        };
        if mode == "files" {
            let copied = finish(Command::new("cp").args(["-r", &format!("{}/.", folder.display()), &home.at("data")]));
            assert_eq!(copied.status, 0, "{copied:?}");
        }
        owner(&home.at("data"));
        if mode == "dump" {
            let mut load = Command::new("setpriv");
            let words = ["--reuid=65534", "--regid=65534", "--clear-groups"];
            let own = finish(Command::new("id").arg("-u")).stdout.trim() == "0";
            if !own {
                load = Command::new("env");
            }
            load.args(words.iter().filter(|_| own)).arg(tools.join("neo4j-admin"));
            load.args(["database", "load", "--from-stdin", "--overwrite-destination=true", "neo4j"]);
            load.env("NEO4J_CONF", home.at("conf")).env("NEO4J_HOME", home.at("")).current_dir("/");
            let dump = fs::File::open(folder.join("neo4j.dump")).unwrap();
            let loaded = finish(load.stdin(Stdio::from(dump)));
            assert_eq!(loaded.status, 0, "{loaded:?}");
        }
        home.control("start");
        same(&was, &home.ask("sum", "neo4j"));
        home.control("stop");
    }
}
