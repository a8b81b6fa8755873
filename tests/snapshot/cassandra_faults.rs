//! What must not count as a snapshot or a restore of Cassandra: damage, loaders that load nothing, tables that vanish, kills.

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Site;
use super::cassandra::{Keyspace, Node, left_beside};
use crate::support::finish;

const CREATE: [&str; 5] = ["create", "--platform=site.toml", "--target=out", "--only=data", "--credentials=cred"];

/// Nothing of a snapshot is left.
#[track_caller]
fn nothing_left(site: &Site, keyspace: &Keyspace) {
    let snapshots = keyspace.node.nodetool(&["listsnapshots"]);
    let own = |line: &&str| line.contains(&keyspace.name) && line.contains("gapsync_");
    assert_eq!(snapshots.lines().find(own), None);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

/// The data files of a table.
fn data_files(keyspace: &Keyspace, table: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for data in ["one", "two"] {
        let folder = Path::new(&keyspace.node.folder).join("data").join(data).join(&keyspace.name);
        for folder in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            if folder.file_name().unwrap().to_string_lossy().starts_with(&format!("{table}-")) {
                let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
                found.extend(files.filter(|path| path.to_string_lossy().ends_with("-Data.db")));
            }
        }
    }
    found
}

#[test]
fn a_damaged_data_file_is_named_and_never_saved() {
    let Some(node) = Node::find("50") else { return };
    let keyspace = Keyspace::small(&node);
    let site = Site::of_keyspace(&keyspace, "");
    node.nodetool(&["flush", &keyspace.name]);
    // One, unless Cassandra has written the first rows for reasons of its own.
    let files = data_files(&keyspace, "t");
    assert!(!files.is_empty());
    let file = fs::File::options().read(true).write(true).open(&files[0]).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, 20).unwrap();
    file.write_all_at(&[byte[0] ^ 1], 20).unwrap();
    let ended = site.expect(&CREATE, 6, "digest does not match");
    assert!(ended.stderr.contains("-Data.db"), "{ended:?}");
    assert_eq!(site.bundles(), Vec::<PathBuf>::new());
    nothing_left(&site, &keyspace);
}

#[test]
fn a_damaged_data_file_in_a_bundle_and_a_name_that_is_taken_change_nothing() {
    let Some(node) = Node::find("50") else { return };
    let (keyspace, copy) = (Keyspace::small(&node), Keyspace::named(&node));
    let site = Site::of_keyspace(&keyspace, "");
    let saved = keyspace.save(&site);
    let bundle = site.create(&["--only=data", "--credentials=cred", "--compression=none"]).display().to_string();
    let before = node.keyspaces();
    site.restore_keyspace(&bundle, &[], 7, "--rename STORE=NAME");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot/forge.py");
    let forged = site.at("forged.tar");
    let ended = finish(Command::new("python3").arg(script).args([&bundle, &forged, "data-file"]));
    assert_eq!(ended.status, 0, "{ended:?}");
    site.expect(&["verify", &forged], 0, "is intact");
    let rename = format!("--rename=data={}", copy.name);
    site.restore_keyspace(&forged, &[&rename], 5, "-Data.db");
    assert_eq!(node.keyspaces(), before);
    keyspace.is("compare", &saved);
    nothing_left(&site, &keyspace);
    assert_eq!(left_beside(&node), Vec::<String>::new());
    site.restore_keyspace(&bundle, &[&rename], 0, "finished");
    copy.is("compare", &saved);
}

#[test]
fn a_loader_that_loads_nothing_is_found_out() {
    let Some(node) = Node::find("50") else { return };
    let (keyspace, copy) = (Keyspace::small(&node), Keyspace::named(&node));
    let site = Site::of_keyspace(&keyspace, "restore_with = \"sstableloader\"\nloader = [\"true\"]");
    node.script("cql", &[&format!("INSERT INTO {}.t (k, v) VALUES (3, 'three')", keyspace.name)]);
    let bundle = site.create_keyspace();
    let rename = format!("--rename=data={}", copy.name);
    site.restore_keyspace(&bundle, &[&rename], 4, "table t has 0 rows instead of 3");
    assert!(!node.keyspaces().contains(&copy.name));
    // The real one, on a folder of which it knows no table, ends with 0.
    let lost = site.at("lost");
    let (host, port) = node.address.split_once(':').unwrap();
    let wrapper = format!(
        "#!/bin/sh\nfor last; do :; done\nmkdir -p {lost}/k && cp -r \"$last\" {lost}/k/none\n\
         exec {}/sstableloader -d {host} -p {port} -u cassandra -pw cassandra --no-progress {lost}/k/none\n",
        node.folder
    );
    program(&site, "loader", &wrapper);
    let loader = format!("restore_with = \"sstableloader\"\nloader = [\"{}\"]", site.at("loader"));
    site.keyspace(&keyspace, &loader);
    site.restore_keyspace(&bundle, &[&rename], 6, "left files out");
    assert!(!node.keyspaces().contains(&copy.name));
    nothing_left(&site, &keyspace);
}

fn program(site: &Site, name: &str, text: &str) {
    fs::write(site.path().join(name), text).unwrap();
    fs::set_permissions(site.path().join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_table_that_is_dropped_meanwhile_or_has_no_snapshot_is_an_error() {
    let Some(node) = Node::find("50") else { return };
    let keyspace = Keyspace::small(&node);
    let site = Site::of_keyspace(&keyspace, "");
    let tool = format!("nodetool = [\"{}\"]", site.at("nodetool"));
    site.keyspace(&keyspace, &tool);
    let real = format!("{}/nodetool", node.folder);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot/keyspaces.py");
    let statement = |text: &str| {
        let python = format!("{}/python {} cql {}", node.folder, script.display(), node.address);
        format!("#!/bin/sh\n{real} \"$@\" || exit\n[ \"$1\" != snapshot ] || {python} '{text}'\n")
    };
    program(&site, "nodetool", &statement(&format!("CREATE TABLE {}.late (k int PRIMARY KEY)", keyspace.name)));
    site.expect(&CREATE, 6, "no snapshot of a table (table `late`)");
    program(&site, "nodetool", &statement(&format!("DROP TABLE {}.late", keyspace.name)));
    site.expect(&CREATE, 6, "was dropped while the snapshot was taken (table `late`)");
    // One that says that it has done it.
    program(&site, "nodetool", &format!("#!/bin/sh\n[ \"$1\" = snapshot ] || exec {real} \"$@\"\n"));
    site.expect(&CREATE, 6, "no snapshot of a table (table `t`)");
    // One whose snapshot lacks the rows of a table, whatever the class.
    let lost = format!("find {}/data -path '*/{}/*/snapshots/*' -name '*-Data.db' -delete", node.folder, keyspace.name);
    program(&site, "nodetool", &format!("#!/bin/sh\n{real} \"$@\" || exit\n[ \"$1\" != snapshot ] || {lost}\n"));
    for class in ["stopped", "frozen"] {
        let mode = format!("--mode={class}");
        let frozen = "[[service]]\nname = \"still\"\nstop = [\"true\"]\nstart = [\"true\"]\npause = [\"true\"]\nunpause = [\"true\"]\n";
        site.keyspace(&keyspace, &format!("{tool}\nloader = [\"sstableloader\"]\n{frozen}"));
        site.expect(&[&CREATE[..], &[&mode]].concat(), 6, "no data of a table that has rows (table `t`)");
    }
    assert_eq!(site.bundles(), Vec::<PathBuf>::new());
    nothing_left(&site, &keyspace);
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_done() {
    let (Some(other), Some(node)) = (Node::find("41"), Node::find("50")) else { return };
    let keyspace = Keyspace::small(&node);
    let site = Site::of_keyspace(&keyspace, &format!("nodetool = [\"{}/nodetool\"]", other.folder));
    site.expect(&CREATE, 7, "different nodes");
    site.keyspace(&keyspace, "nodetool = [\"/nonexistent/nodetool\"]");
    site.expect(&CREATE, 10, "/nonexistent/nodetool");
    site.keyspace(&keyspace, "data = [\"/nonexistent/data\"]");
    site.expect(&CREATE, 10, "/nonexistent/data");
    site.keyspace(&Keyspace::named(&node), "");
    site.expect(&CREATE, 7, "has no keyspace");
    site.keyspace(&keyspace, "");
    fs::write(site.path().join("cred"), "[data]\nuser = \"cassandra\"\npassword = \"geheimes\"\n").unwrap();
    let refused = site.expect(&CREATE, 6, "cannot be used");
    assert!(!refused.stderr.contains("geheimes"));
    assert_eq!(site.bundles(), Vec::<PathBuf>::new());
    nothing_left(&site, &keyspace);
}

#[test]
fn a_killed_snapshot_or_restore_leaves_nothing_in_cassandra() {
    let Some(node) = Node::find("50") else { return };
    let (keyspace, copy) = (Keyspace::small(&node), Keyspace::named(&node));
    let site = Site::of_keyspace(&keyspace, "");
    let saved = keyspace.save(&site);
    for point in ["snapshot.leave", "cassandra.snapshot", "snapshot.part", "snapshot.released"] {
        let killed = finish(site.command(&CREATE).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&CREATE, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        assert_eq!(site.bundles(), Vec::<PathBuf>::new(), "{point}");
        nothing_left(&site, &keyspace);
    }
    let bundle = site.create_keyspace();
    let rename = format!("--rename=data={}", copy.name);
    let restore = ["restore", "--platform=site.toml", "--credentials=cred", "--file", &bundle, &rename];
    for point in ["restore.built", "restore.leave", "cassandra.made", "cassandra.loaded", "restore.loaded"] {
        let killed = finish(site.command(&restore).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&restore, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        assert!(!node.keyspaces().contains(&copy.name), "{point}");
        assert_eq!(left_beside(&node), Vec::<String>::new(), "{point}");
        nothing_left(&site, &keyspace);
    }
    keyspace.is("compare", &saved);
    site.expect(&restore, 0, "finished");
    copy.is("compare", &saved);
}
