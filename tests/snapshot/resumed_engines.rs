//! A restore into a real engine that stopped goes on: gapsync was killed, or the engine was. Its end is that of a restore that
//! nobody disturbed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Site;
use super::cassandra::{Keyspace, Node, left_beside};
use super::postgresql::{content, names, same, server, sql};
use super::search::Engine;
use crate::support::finish;

/// Kills a restore at a point, and lets it go on.
#[track_caller]
fn killed_and_resumed(site: &Site, restore: &[&str], point: &str, words: &str) {
    let killed = finish(site.command(restore).env("GAPSYNC_FAIL_POINT", point));
    assert_eq!(killed.status, -1, "{point}: {killed:?}");
    site.expect(restore, 9, "--resume");
    site.expect(&[restore, &["--resume"]].concat(), 0, words);
    assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
    site.expect(&["recover"], 0, "nothing to put back");
}

/// A keyspace of three tables and a view, and a bundle of it.
fn keyspace(node: &Node) -> (Keyspace, Site, String) {
    let keyspace = Keyspace::small(node);
    let name = &keyspace.name;
    let mut statements = vec![
        format!("CREATE TABLE {name}.many (k int, c int, v text, PRIMARY KEY (k, c))"),
        format!("CREATE TABLE {name}.hits (k int PRIMARY KEY, n counter)"),
        format!("UPDATE {name}.hits SET n = n + 7 WHERE k = 1"),
        format!(
            "CREATE MATERIALIZED VIEW {name}.by_v AS SELECT * FROM {name}.many WHERE v IS NOT NULL AND k IS NOT NULL \
             AND c IS NOT NULL PRIMARY KEY (v, k, c)"
        ),
    ];
    statements
        .extend((0..40).map(|at| format!("INSERT INTO {name}.many (k, c, v) VALUES ({}, {at}, 'v{at}')", at % 5)));
    node.script("cql", &statements.iter().map(String::as_str).collect::<Vec<_>>());
    let site = Site::of_keyspace(&keyspace, "");
    let bundle = site.create_keyspace();
    (keyspace, site, bundle)
}

#[test]
fn a_keyspace_goes_on_table_by_table() {
    let Some(node) = Node::find("50") else { return };
    let (living, site, bundle) = keyspace(&node);
    let (saved, copy) = (living.save(&site), Keyspace::named(&node));
    let rename = format!("--rename=data={}", copy.name);
    let restore = ["restore", "--platform=site.toml", "--credentials=cred", "--only=data", "--file", &bundle, &rename];
    for (point, words) in [
        ("restore.leave", "data: is loaded anew"),
        ("cassandra.table:2", "data: is loaded from where it stopped"),
        ("restore.loaded", "data: was loaded already"),
    ] {
        killed_and_resumed(&site, &restore, point, words);
        copy.is("compare", &saved);
        assert_eq!(left_beside(&node), Vec::<String>::new(), "{point}");
        // Nor is a snapshot of a table left that was emptied on the way.
        let emptied = finish(
            std::process::Command::new("find").arg(format!("{}/data", node.folder)).args(["-name", "truncated-*"]),
        );
        assert!(!emptied.stdout.contains(&copy.name), "{point}: {}", emptied.stdout);
        copy.drop();
    }
    living.is("compare", &saved);
}

#[test]
fn a_node_that_was_killed_in_the_middle_is_gone_on_with_once_it_runs() {
    let Some(node) = Node::find("50") else { return };
    let (living, site, bundle) = keyspace(&node);
    let (saved, copy) = (living.save(&site), Keyspace::named(&node));
    let process = node.process();
    // The second table that is to be imported finds no node.
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = import ] && ! mkdir {0}/first 2>/dev/null; then kill -KILL {1}; sleep 1; fi\nexec {2}/nodetool \"$@\"\n",
        site.path().display(),
        process.pid,
        node.folder
    );
    fs::write(site.path().join("nodetool"), script).unwrap();
    fs::set_permissions(site.path().join("nodetool"), fs::Permissions::from_mode(0o755)).unwrap();
    site.keyspace(&living, &format!("nodetool = [\"{}\"]", site.at("nodetool")));
    let rename = format!("--rename=data={}", copy.name);
    let restore = ["restore", "--platform=site.toml", "--credentials=cred", "--only=data", "--file", &bundle, &rename];
    let failed = site.run(&restore);
    let resume = [&restore[..], &["--resume"]].concat();
    // Nothing is lost while the node is away.
    let away = site.run(&resume);
    node.start(&process);
    assert!(failed.status == 6 && failed.stderr.contains("to continue from here"), "{failed:?}");
    assert_eq!(away.status, 6, "{away:?}");
    site.keyspace(&living, "");
    site.expect(&resume, 0, "data: is loaded from where it stopped");
    copy.is("compare", &saved);
    living.is("compare", &saved);
    assert_eq!(site.leftovers(), Vec::<String>::new());
    assert_eq!(left_beside(&node), Vec::<String>::new());
}

#[test]
fn indices_go_on_from_what_is_staged() {
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_r", "3000"]);
    let site = Site::new();
    site.with_indices(&engine, "[\"site_r\"]", true, "");
    let bundle = site.create(&[]);
    let was = engine.list("site_r");
    engine.script("delete", &["/site_r"]);
    let restore = site.restore_index(&bundle, &[]);
    for (point, words) in [
        ("restore.member:2", "index: "),
        ("restore.built", "were staged already"),
        ("search.attached", "index: is loaded anew"),
        ("search.restoring", "index: is loaded anew"),
        ("search.restored", "index: is loaded anew"),
        ("restore.loaded", "index: was loaded already"),
    ] {
        killed_and_resumed(&site, &restore, point, words);
        assert_eq!(engine.list("site_r"), was, "{point}");
        engine.expect_left(&["site_r"]);
        engine.script("delete", &["/site_r"]);
    }
}

#[test]
fn databases_go_on_and_a_server_that_was_killed_is_gone_on_with() {
    let (Some(source), Some(mut target)) = (server(), server()) else { return };
    sql(&source, "postgres", "CREATE ROLE app LOGIN");
    sql(&source, "postgres", "CREATE DATABASE small OWNER app");
    sql(&source, "small", "CREATE TABLE t AS SELECT g AS id, md5(g::text) AS v FROM generate_series(1, 5000) g");
    let site = Site::of_databases(&source, &["small"], "");
    let was = content(&source, "small", &["roles"]);
    let bundle = site.create(&["--only=data"]).display().to_string();
    site.databases(&target, &["small"], "");
    let before = names(&target);
    let restore = ["restore", "--platform=site.toml", "--only=data", "--file", &bundle];
    let again = |target: &_| {
        same(&was, &content(target, "small", &["roles"]));
        sql(target, "postgres", "DROP DATABASE small");
        sql(target, "postgres", "DROP ROLE app");
        assert_eq!(names(target), before);
    };
    for (point, words) in [
        ("restore.built", "were staged already"),
        ("postgresql.made", "data: is loaded anew"),
        ("postgresql.rows", "data: is loaded anew"),
        ("restore.loaded", "data: was loaded already"),
        ("postgresql.renamed", "data: is loaded anew"),
    ] {
        killed_and_resumed(&site, &restore, point, words);
        again(&target);
    }
    // The server dies before the last part of the schema.
    let pid = target.folder().join("data/postmaster.pid").display().to_string();
    let kill = format!(
        "for word; do case $word in --section=post-data) kill -KILL $(head -1 '{pid}'); sleep 0.5;; esac; done\nexec REAL \"$@\""
    );
    site.databases(&target, &["small"], &site.programs(&[("pg_restore", &kill)]));
    let failed = site.expect(&restore, 6, "to continue from here");
    assert!(failed.stderr.contains("--resume"), "{failed:?}");
    let resume = [&restore[..], &["--resume"]].concat();
    site.expect(&resume, 6, "to continue from here");
    target.kill();
    target.start_again();
    site.databases(&target, &["small"], "");
    site.expect(&resume, 0, "were staged already");
    again(&target);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn the_folders_of_a_server_go_on() {
    let Some(server) = super::postgresql_files::stopped() else { return };
    let site = Site::new();
    super::postgresql_files::platform(&site, &server);
    let bundle = site.create(&["--only=data"]).display().to_string();
    let data = server.folder().join("data").display().to_string();
    let was = site.tree("list", &data);
    let restore = ["restore", "--platform=site.toml", "--only=data", "--replace", "--file", &bundle];
    for point in ["restore.built", "restore.leave", "restore.loaded", "postgresql.placed", "postgresql.placed:2"] {
        killed_and_resumed(&site, &restore, point, "were staged already");
        assert_eq!(of_files(&site.tree("list", &data)), of_files(&was), "{point}");
        let entries = fs::read_dir(server.folder()).unwrap().map(|entry| entry.unwrap().path());
        let (before, hidden): (Vec<_>, Vec<_>) = entries
            .filter(|path| path.to_string_lossy().contains(".before-") || path.to_string_lossy().contains("/.gapsync"))
            .partition(|path| path.to_string_lossy().contains(".before-"));
        assert!(hidden.is_empty() && !before.is_empty(), "{point}: {hidden:?} {before:?}");
        before.into_iter().for_each(|path| fs::remove_dir_all(path).unwrap());
    }
    assert!(Path::new(&data).join("PG_VERSION").exists());
}

/// A listing without the times of folders and links, of which a restore makes those again that lead out of the data folder.
fn of_files(listing: &str) -> Vec<String> {
    let line = |line: &str| {
        let mut words: Vec<&str> = line.split(' ').collect();
        if !words[1].starts_with("0o100") {
            words.remove(4);
        }
        words.join(" ")
    };
    listing.lines().map(line).collect()
}
