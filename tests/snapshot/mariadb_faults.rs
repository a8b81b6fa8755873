//! What must not count as a restore of MariaDB, and what nothing may be left of: kills, a server that dies, differences.

use std::path::PathBuf;

use super::Site;
use super::mariadb::{content, names, server, sql};
use super::postgresql::{same, script};
use super::safety::on_small_disk;
use crate::support::server::Server;
use crate::support::{Engine, finish};

const CREATE: [&str; 4] = ["create", "--platform=site.toml", "--target=out", "--only=data"];

/// A server with a small database that has a bit of everything.
fn small() -> Option<Server> {
    let server = server()?;
    sql(
        &server,
        "CREATE DATABASE small; USE small; CREATE TABLE p (id int PRIMARY KEY, v text); \
         CREATE TABLE t (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES p (id)); \
         INSERT INTO p SELECT seq, MD5(seq) FROM seq_1_to_1000; INSERT INTO t SELECT seq, seq FROM seq_1_to_1000; \
         CREATE SEQUENCE s; CREATE VIEW w AS SELECT v FROM p; CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.p = 1; \
         CREATE FUNCTION f() RETURNS int RETURN 7; CREATE EVENT e ON SCHEDULE EVERY 1 YEAR STARTS '2037-01-01' DO SELECT 1",
    );
    Some(server)
}

#[test]
fn a_killed_snapshot_or_restore_leaves_mariadb_as_it_was() {
    let Some(server) = small() else { return };
    let site = Site::new();
    site.mariadb(&server, &["small"], "");
    for point in ["mariadb.held", "snapshot.listed", "snapshot.part:2", "snapshot.catalogue"] {
        let killed = finish(site.command(&CREATE).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&CREATE, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        assert_eq!((site.bundles(), site.leftovers()), (Vec::<PathBuf>::new(), Vec::new()), "{point}");
    }
    let was = content(&server, "small");
    let bundle = site.create(&["--only=data"]).display().to_string();
    sql(&server, "INSERT INTO small.t VALUES (5000, NULL)");
    let newer = content(&server, "small");
    let before = names(&server);
    let points = [
        "restore.built",
        "restore.leave",
        "mariadb.made",
        "mariadb.schema",
        "mariadb.rows",
        "mariadb.loaded",
        "restore.loaded",
        "mariadb.replacing",
        "mariadb.untriggered",
        "mariadb.moved",
        "mariadb.replaced",
        "mariadb.named",
        "mariadb.renamed",
        "mariadb.published",
    ];
    for way in ["--rename=data=other", "--replace"] {
        let restore = ["restore", "--platform=site.toml", "--only=data", way, "--file", &bundle];
        let replaces = |point: &str| ["mariadb.replacing", "mariadb.moved", "mariadb.replaced"].contains(&point);
        for point in points.into_iter().filter(|point| way == "--replace" || !replaces(point)) {
            let killed = finish(site.command(&restore).env("GAPSYNC_FAIL_POINT", point));
            assert_eq!(killed.status, -1, "{way} {point}: {killed:?}");
            site.expect(&restore, 9, "gapsync snapshot recover");
            site.expect(&["recover"], 0, "");
            assert_eq!((names(&server), site.leftovers()), (before.clone(), Vec::new()), "{way} {point}");
            same(&newer, &content(&server, "small"));
        }
    }
    // The undoing itself may be killed too.
    let restore = ["restore", "--platform=site.toml", "--only=data", "--replace", "--file", &bundle];
    assert_eq!(finish(site.command(&restore).env("GAPSYNC_FAIL_POINT", "mariadb.replaced")).status, -1);
    assert_eq!(finish(site.command(&["recover"]).env("GAPSYNC_FAIL_POINT", "mariadb.untriggered")).status, -1);
    site.expect(&["recover"], 0, "is where it was");
    same(&newer, &content(&server, "small"));
    // A restore that was killed goes on.
    assert_eq!(finish(site.command(&restore).env("GAPSYNC_FAIL_POINT", "restore.loaded")).status, -1);
    site.expect(&[&restore[..], &["--resume"]].concat(), 0, "finished");
    same(&was, &content(&server, "small"));
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_full_disk_is_no_snapshot_and_a_full_server_keeps_no_database() {
    let Some(server) = small() else { return };
    sql(&server, "USE small; CREATE TABLE large AS SELECT seq, REPEAT(MD5(seq), 50) AS v FROM seq_1_to_20000");
    let site = Site::new();
    site.mariadb(&server, &["small"], "");
    std::fs::create_dir(site.path().join("reports")).unwrap();
    let Some(full) = on_small_disk(&site, "out", 64 << 10, &CREATE) else { return };
    assert_eq!(full.status, 10, "{full:?}");
    assert_eq!(std::fs::read_to_string(site.path().join("left")).unwrap(), "");
    let bundle = site.create(&["--only=data"]).display().to_string();
    // A server whose only file cannot grow.
    let full = ["--innodb-file-per-table=OFF", "--innodb-data-file-path=ibdata1:12M"];
    let target = Server::start_with(Engine::Mariadb, &full);
    let before = names(&target);
    site.mariadb(&target, &["small"], "");
    let refused = site.restore_mariadb(&bundle, &[], 10, "to continue from here");
    assert!(refused.stderr.contains("full"), "{refused:?}");
    site.expect(&["recover"], 0, "dropped the database gapsync_");
    assert_eq!((names(&target), site.leftovers()), (before, Vec::new()));
}

#[test]
fn a_restore_that_fails_or_differs_leaves_no_database() {
    let Some(mut server) = small() else { return };
    let site = Site::new();
    site.mariadb(&server, &["small"], "");
    let bundle = site.create(&["--only=data", "--compression=none"]).display().to_string();
    let before = names(&server);
    // Damage, by bits and by length.
    let whole = std::fs::read(&bundle).unwrap();
    for at in (1..6).map(|part| whole.len() * part / 6) {
        let mut wrong = whole.clone();
        wrong[at] ^= 1;
        std::fs::write(site.path().join("wrong.tar"), &wrong).unwrap();
        site.restore_mariadb(&site.at("wrong.tar"), &["--rename=data=copy"], 5, "");
        std::fs::write(site.path().join("wrong.tar"), &whole[..at]).unwrap();
        site.restore_mariadb(&site.at("wrong.tar"), &["--rename=data=copy"], 5, "");
    }
    assert_eq!((names(&server), site.leftovers()), (before.clone(), Vec::new()));
    // Rows that are others than they should be, whatever the digests say.
    let forged = site.at("forged.tar");
    for (lie, status, words) in
        [("mariadb-row", 6, "would alter or leave out a row"), ("rows-fact", 4, "has 1000 rows instead of 1001")]
    {
        let ended = finish(std::process::Command::new("python3").arg(script("forge.py")).args([&bundle, &forged, lie]));
        assert_eq!(ended.status, 0, "{ended:?}");
        for way in ["--rename=data=copy", "--replace"] {
            let refused = site.restore_mariadb(&forged, &[way], status, words);
            assert!(!refused.stderr.contains("word "), "{refused:?}");
        }
        let ended = finish(std::process::Command::new("python3").arg(script("forge.py")).args([
            &bundle,
            &forged,
            "newer-server",
        ]));
        assert_eq!(ended.status, 0, "{ended:?}");
        site.restore_mariadb(&forged, &["--rename=data=copy"], 7, "the server is older");
    }
    assert_eq!((names(&server), site.leftovers()), (before.clone(), Vec::new()));
    // The server dies on the way: the restore is kept, and goes on when it is back.
    let restore = ["restore", "--platform=site.toml", "--only=data", "--rename=data=copy", "--file", &bundle];
    let mut running = site.command(&restore);
    running.env("GAPSYNC_FAIL_POINT", "mariadb.schema");
    assert_eq!(finish(&mut running).status, -1);
    server.kill();
    site.expect(&["recover"], 6, "cannot be used");
    server.start_again();
    site.expect(&["recover"], 0, "dropped the database gapsync_");
    assert_eq!((names(&server), site.leftovers()), (before, Vec::new()));
    site.expect(&restore, 0, "finished");
    same(&content(&server, "small").replace("PRESERVE ENABLE", "PRESERVE DISABLE"), &content(&server, "copy"));
}
