//! What must not count as a snapshot or a restore of PostgreSQL, and what nothing may be left of: damage, programs that fail or
//! lie, names that are taken, kills, passwords.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::postgresql::{content, names, same, script, server, sql};
use super::{Site, same_steps};
use crate::support::finish;
use crate::support::server::Server;

const CREATE: [&str; 4] = ["create", "--platform=site.toml", "--target=out", "--only=data"];

/// A server with a small database and a role.
fn small() -> Option<Server> {
    let server = server()?;
    sql(&server, "postgres", "CREATE ROLE app LOGIN PASSWORD 'geheim-rolle'");
    sql(&server, "postgres", "CREATE DATABASE small OWNER app");
    let rows = "CREATE TABLE t (id int PRIMARY KEY, v text); ALTER TABLE t OWNER TO app; \
         INSERT INTO t SELECT g, md5(g::text) FROM generate_series(1, 1000) g; SELECT lo_from_bytea(77, 'x'); ALTER LARGE OBJECT 77 OWNER TO app";
    sql(&server, "small", rows);
    Some(server)
}

/// Neither the server nor the site has more than before.
#[track_caller]
fn nothing_left(site: &Site, server: &Server, before: &str) {
    assert_eq!(names(server), before);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_done() {
    let Some(server) = small() else { return };
    let site = Site::of_databases(&server, &["small", "none"], "");
    let before = names(&server);
    site.expect(&CREATE, 7, "has no database none");
    site.databases(&server, &["small"], "bin = \"/nonexistent\"");
    site.expect(&CREATE, 10, "/nonexistent/pg_dump");
    let old = site.programs(&[("pg_dump", "echo 'pg_dump (PostgreSQL) 14.9 (Debian 14.9-1)'")]);
    site.databases(&server, &["small"], &old);
    site.expect(&CREATE, 7, "`pg_dump` is of PostgreSQL 14, and the server of 15");
    site.databases(&server, &["small"], "");
    let bundle = site.create(&["--only=data", "--compression=none"]).display().to_string();
    site.restore_databases(&bundle, &[], 7, "there is a database small already");
    site.restore_databases(&bundle, &["--rename=data=postgres"], 7, "there is a database postgres already");
    site.restore_databases(&bundle, &[&format!("--rename=data={}", "x".repeat(64))], 2, "63 bytes");
    let forged = site.at("forged.tar");
    let ended = finish(Command::new("python3").arg(script("forge.py")).args([&bundle, &forged, "newer-server"]));
    assert_eq!(ended.status, 0, "{ended:?}");
    site.restore_databases(&forged, &["--rename=data=copy"], 7, "the server is older");
    let old = site.programs(&[("pg_restore", "echo 'pg_restore (PostgreSQL) 14.9'")]);
    site.databases(&server, &["small"], &old);
    site.restore_databases(&bundle, &["--rename=data=copy"], 7, "`pg_restore` is of PostgreSQL 14");
    // A user who may not do it.
    let url = server.url_of("postgres").replace("user=gapsync", "user=app");
    let write = |globals: bool| {
        site.platform(&format!(
            "[[store]]\nname = \"data\"\nkind = \"postgresql\"\nurl = \"{url}\"\ndatabases = [\"small\"]\nglobals = {globals}\n"
        ));
    };
    write(true);
    site.expect(&CREATE, 7, "globals = false");
    write(false);
    let own = site.create(&["--only=data"]).display().to_string();
    site.restore_databases(&own, &["--rename=data=copy"], 7, "may not make databases");
    nothing_left(&site, &server, &before);
    // Without roles, a server that lacks them is refused.
    let other = super::postgresql::server().unwrap();
    site.databases(&other, &["small"], "");
    site.restore_databases(&own, &[], 7, "lacks roles that own what is restored, or have rights on it: app");
    sql(&other, "postgres", "CREATE ROLE app");
    site.restore_databases(&own, &[], 0, "finished");
    same(&content(&server, "small", &[]), &content(&other, "small", &[]));
    let passwords =
        format!("[[store]]\nname = \"data\"\nkind = \"postgresql\"\nurl = \"{}\"\n", "postgres://u:geheim@h/x");
    site.platform(&passwords);
    let refused = site.expect(&CREATE, 2, "holds a password");
    assert!(!refused.stderr.contains("geheim"));
}

#[test]
fn a_damaged_bundle_and_a_dump_that_was_cut_change_nothing() {
    let Some(server) = small() else { return };
    let site = Site::of_databases(&server, &["small"], "");
    let (before, was) = (names(&server), content(&server, "small", &["roles"]));
    let bundle = site.create(&["--only=data", "--compression=none"]);
    let content_of = fs::read(&bundle).unwrap();
    for at in (1..8).map(|eighth| content_of.len() * eighth / 8) {
        let mut wrong = content_of.clone();
        wrong[at] ^= 1;
        fs::write(site.path().join("wrong.tar"), &wrong).unwrap();
        site.restore_databases(&site.at("wrong.tar"), &["--rename=data=copy"], 5, "");
        fs::write(site.path().join("wrong.tar"), &content_of[..at]).unwrap();
        site.restore_databases(&site.at("wrong.tar"), &["--rename=data=copy"], 5, "");
    }
    nothing_left(&site, &server, &before);
    // A program that fails half way, whatever it has written.
    let cut = site.programs(&[("pg_dump", "REAL \"$@\" | head -c 2000; [ \"$1\" = --version ]")]);
    site.databases(&server, &["small"], &cut);
    fs::remove_file(&bundle).unwrap();
    site.expect(&CREATE, 6, "`pg_dump` ended with status 1");
    let cut = site.programs(&[("pg_dumpall", "[ \"$1\" != --version ] || exec REAL \"$@\"; echo half; exit 1")]);
    site.databases(&server, &["small"], &cut);
    site.expect(&CREATE, 6, "`pg_dumpall` ended with status 1");
    assert_eq!(site.bundles(), Vec::<PathBuf>::new());
    // One that says that it is done.
    let cut = site.programs(&[("pg_dump", "REAL \"$@\" | head -c 700")]);
    site.databases(&server, &["small"], &cut);
    let bundle = site.create(&["--only=data"]).display().to_string();
    site.restore_databases(&bundle, &["--rename=data=copy"], 6, "pg_restore: error:");
    nothing_left(&site, &server, &before);
    same(&was, &content(&server, "small", &["roles"]));
}

#[test]
fn a_restore_that_fails_or_differs_leaves_no_database_and_no_role() {
    let (Some(source), Some(target)) = (small(), server()) else { return };
    let site = Site::of_databases(&source, &["small"], "");
    let bundle = site.create(&["--only=data"]).display().to_string();
    let before = names(&target);
    let after = |more: &str| {
        let text = format!(
            "for word; do case $word in --section=post-data) post=1;; --dbname=*) d=${{word#--dbname=}};; esac; done\n\
             REAL \"$@\" || exit\n[ -z \"$post\" ] || {more}"
        );
        site.databases(&target, &["small"], &site.programs(&[("pg_restore", &text)]));
    };
    after("exit 3");
    site.restore_databases(&bundle, &[], 6, "`pg_restore` ended with status 3");
    nothing_left(&site, &target, &before);
    after("psql -Xq -d \"$d\" -c 'DELETE FROM t WHERE id = 7'");
    site.restore_databases(&bundle, &[], 4, "public.t has 999 rows instead of 1000");
    nothing_left(&site, &target, &before);
    // The database refuses what was saved: no value is shown.
    sql(&source, "small", "INSERT INTO t VALUES (4711, 'geheim'), (4712, 'geheim')");
    let bundle = {
        site.databases(&source, &["small"], "");
        fs::remove_file(&bundle).unwrap();
        site.create(&["--only=data"]).display().to_string()
    };
    after("psql -Xq -d \"$d\" -c 'CREATE UNIQUE INDEX ON t (v)'");
    let refused = site.restore_databases(&bundle, &[], 6, "could not create unique index");
    assert!(!format!("{refused:?}").contains("geheim"), "{refused:?}");
    nothing_left(&site, &target, &before);
}

#[test]
fn a_killed_snapshot_or_restore_leaves_nothing_on_the_server() {
    let (Some(source), Some(target)) = (small(), server()) else { return };
    let site = Site::of_databases(&source, &["small"], "");
    let was = content(&source, "small", &["roles"]);
    for point in ["postgresql.held", "snapshot.listed", "snapshot.part", "snapshot.part:4", "snapshot.catalogue"] {
        let killed = finish(site.command(&CREATE).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&CREATE, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        assert_eq!(site.bundles(), Vec::<PathBuf>::new(), "{point}");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
    }
    let bundle = site.create(&["--only=data"]).display().to_string();
    site.databases(&target, &["small"], "");
    let before = names(&target);
    let restore = ["restore", "--platform=site.toml", "--only=data", "--file", &bundle];
    for point in [
        "restore.built",
        "restore.leave",
        "postgresql.roles",
        "postgresql.made",
        "postgresql.schema",
        "postgresql.rows",
        "postgresql.loaded",
        "restore.loaded",
        "postgresql.renamed",
        "postgresql.published",
    ] {
        let killed = finish(site.command(&restore).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&restore, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        nothing_left(&site, &target, &before);
    }
    site.expect(&restore, 0, "finished");
    same(&was, &content(&target, "small", &["roles"]));
}

#[test]
fn a_dry_run_says_what_a_run_does_and_does_nothing() {
    let Some(server) = small() else { return };
    let site = Site::of_databases(&server, &["small"], "");
    let before = names(&server);
    let dry = site.expect(&[&CREATE[..], &["--dry-run"]].concat(), 0, "hold a snapshot");
    assert_eq!(site.bundles(), Vec::<PathBuf>::new());
    same_steps(&dry.stdout, &site.expect(&CREATE, 0, "finished").stdout);
    let bundle = site.bundles().remove(0).display().to_string();
    let dry = site.restore_databases(&bundle, &["--rename=data=copy", "--dry-run"], 0, "copy of PostgreSQL");
    nothing_left(&site, &server, &before);
    same_steps(&dry.stdout, &site.restore_databases(&bundle, &["--rename=data=copy"], 0, "finished").stdout);
}

#[test]
fn a_password_opens_the_server_and_is_nowhere_to_be_seen() {
    let Some(server) = small() else { return };
    sql(&server, "postgres", "ALTER ROLE gapsync PASSWORD 'geheim-42'");
    fs::write(server.folder().join("data/pg_hba.conf"), "local all all scram-sha-256\n").unwrap();
    let url = server.url_of("postgres");
    let reload = ["-Xqc", "SELECT pg_reload_conf()", "-d", &url];
    // The old rule counts until the new one is read.
    assert_eq!(finish(Command::new("psql").args(reload)).status, 0);
    std::thread::sleep(Duration::from_millis(500));
    let site = Site::of_databases(&server, &["small"], "connections = 2");
    site.expect(&CREATE, 6, "cannot be used");
    let cred = |password: &str| {
        fs::write(site.path().join("cred"), format!("[data]\nuser = \"gapsync\"\npassword = \"{password}\"\n"))
            .unwrap();
        fs::set_permissions(site.path().join("cred"), fs::Permissions::from_mode(0o600)).unwrap();
    };
    cred("geheim-41");
    let create = [&CREATE[..], &["--credentials=cred"]].concat();
    let refused = site.expect(&create, 6, "cannot be used");
    assert!(!refused.stderr.contains("geheim"), "{refused:?}");
    cred("geheim-42");
    // All that a run starts is looked at: a program of its own holds each of them up.
    let slow = "sleep 0.2; REAL \"$@\"";
    let bin = site.programs(&[("pg_dump", slow), ("pg_dumpall", slow), ("pg_restore", slow)]);
    site.databases(&server, &["small"], &bin);
    let watch = |arguments: &[&str]| {
        let mut running = site.command(arguments).spawn().unwrap();
        let (mut seen, own) = (0, running.id().to_string());
        while running.try_wait().unwrap().is_none() {
            for entry in fs::read_dir("/proc").unwrap().flatten() {
                let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
                let line = String::from_utf8_lossy(&line).replace('\0', " ");
                seen += usize::from(line.contains("/bin/pg_") && entry.file_name().to_string_lossy() != *own);
                assert!(!line.contains("geheim"), "{line}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(running.wait().unwrap().success() && seen > 0, "{seen}");
    };
    watch(&create);
    let bundle = site.bundles().remove(0).display().to_string();
    let restore = ["restore", "--platform=site.toml", "--only=data", "--credentials=cred", "--file", &bundle];
    let killed = finish(
        site.command(&[&restore[..], &["--rename=data=copy"]].concat()).env("GAPSYNC_FAIL_POINT", "postgresql.rows"),
    );
    assert_eq!(killed.status, -1, "{killed:?}");
    let journal = fs::read_to_string(site.path().join("state/snapshot.json")).unwrap();
    assert!(journal.contains("gapsync_") && !journal.contains("geheim"), "{journal}");
    site.expect(&["recover"], 0, "dropped the database gapsync_");
    watch(&[&restore[..], &["--rename=data=copy"]].concat());
    for folder in ["out", "state"] {
        for entry in fs::read_dir(site.path().join(folder)).unwrap().flatten() {
            let text = fs::read(entry.path()).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&text).contains("geheim"), "{}", entry.path().display());
        }
    }
}
