//! Databases of a real PostgreSQL come back as they were, by scripts of another hand: psql, pg_dump, Python.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::Site;
use crate::support::server::Server;
use crate::support::{Ended, Engine, finish, service};

/// A server of a test's own, as roles belong to all of a server.
pub(super) fn server() -> Option<Server> {
    service("PostgreSQL", "GAPSYNC_TEST_POSTGRES").map(|_| Server::start(Engine::Postgres))
}

/// Runs psql, and gives what it prints.
#[track_caller]
pub(super) fn psql(server: &Server, database: &str, arguments: &[&str]) -> String {
    let url = server.url_of(database);
    let ended = finish(
        Command::new("psql").args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", &url]).args(arguments).env("PGOPTIONS", ""),
    );
    assert_eq!(ended.status, 0, "{arguments:?}: {ended:?}");
    ended.stdout
}

#[track_caller]
pub(super) fn sql(server: &Server, database: &str, statement: &str) -> String {
    psql(server, database, &["-c", statement])
}

/// Names of databases and roles of a server.
pub(super) fn names(server: &Server) -> String {
    sql(server, "postgres", "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles ORDER BY 1")
}

/// A server with a database that holds everything.
pub(super) fn everything() -> Option<Server> {
    let server = server()?;
    sql(&server, "postgres", "CREATE DATABASE \"whole one\" TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'");
    psql(&server, "whole one", &["-f", &script("postgresql.sql")]);
    Some(server)
}

pub(super) fn script(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot").join(name).display().to_string()
}

/// All that is in a database, by a script that knows nothing of gapsync.
#[track_caller]
pub(super) fn content(server: &Server, database: &str, more: &[&str]) -> String {
    let ended = finish(Command::new("python3").arg(script("postgresql.py")).arg(server.url_of(database)).args(more));
    assert_eq!(ended.status, 0, "{ended:?}");
    ended.stdout
}

#[track_caller]
pub(super) fn same(was: &str, is: &str) {
    let differ: Vec<_> = was.lines().zip(is.lines()).filter(|(was, is)| was != is).take(5).collect();
    assert!(was == is, "{differ:#?}, {} and {} lines", was.lines().count(), is.lines().count());
}

impl Site {
    /// A site with databases of a server.
    pub(super) fn of_databases(server: &Server, databases: &[&str], more: &str) -> Self {
        let site = Self::new();
        site.databases(server, databases, more);
        site
    }

    pub(super) fn databases(&self, server: &Server, databases: &[&str], more: &str) {
        self.platform(&format!(
            "[[service]]\nname = \"app\"\nstop = [\"true\"]\nstart = [\"true\"]\n\
             [[store]]\nname = \"data\"\nkind = \"postgresql\"\nurl = \"{}\"\ndatabases = {databases:?}\n{more}\n",
            server.url_of("postgres")
        ));
    }

    #[track_caller]
    pub(super) fn restore_databases(&self, bundle: &str, more: &[&str], status: i32, words: &str) -> Ended {
        self.expect(
            &[&["restore", "--platform=site.toml", "--only=data", "--file", bundle], more].concat(),
            status,
            words,
        )
    }

    /// A folder with PostgreSQL's programs, of which some are other ones.
    pub(super) fn programs(&self, own: &[(&str, &str)]) -> String {
        let bin = self.path().join("bin");
        let _ = fs::remove_dir_all(&bin);
        fs::create_dir(&bin).unwrap();
        for name in ["pg_dump", "pg_dumpall", "pg_restore", "psql"] {
            let text = own.iter().find(|(known, _)| *known == name).map_or("exec REAL \"$@\"", |(_, text)| text);
            let text = format!("#!/bin/sh\n{}\n", text.replace("REAL", &format!("/usr/bin/{name}")));
            fs::write(bin.join(name), text).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        format!("bin = \"{}\"", bin.display())
    }
}

#[test]
fn everything_comes_back_beside_the_living_one_and_in_its_place() {
    let Some(server) = everything() else { return };
    let site = Site::of_databases(&server, &["whole one"], "");
    let was = content(&server, "whole one", &["roles"]);
    let bundle = site.create(&[]).display().to_string();
    assert_eq!(content(&server, "whole one", &["roles"]), was);
    site.restore_databases(&bundle, &["--rename=data=the \"copy"], 0, "owner one");
    same(&was, &content(&server, "the%20%22copy", &["roles"]));
    same(&was, &content(&server, "whole one", &["roles"]));
    // In its place, with everything that goes with it.
    sql(&server, "postgres", "DROP DATABASE \"whole one\"");
    sql(&server, "postgres", "DROP DATABASE \"the \"\"copy\"");
    sql(&server, "postgres", "DROP ROLE \"owner one\", reader, \"group\"\"two\"");
    site.restore_databases(&bundle, &[], 0, "finished");
    same(&was, &content(&server, "whole one", &["roles"]));
    let broken = "SELECT count(*) FROM pg_constraint WHERE NOT convalidated";
    assert_eq!(sql(&server, "whole one", broken), "0\n");
    assert_eq!(sql(&server, "whole one", "SELECT count(*) FROM app.audit"), "1\n");
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn all_databases_of_a_server_come_back_on_another_one() {
    let (Some(source), Some(target)) = (everything(), server()) else { return };
    sql(&source, "postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    sql(
        &source,
        "latin",
        "CREATE TABLE \"gr\u{fc}n\" (v text); INSERT INTO \"gr\u{fc}n\" VALUES ('\u{e9}'); CREATE TABLE t AS SELECT 'd\u{e9}j\u{e0}' AS v",
    );
    sql(&source, "postgres", "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    psql(
        &source,
        "bytes",
        &["-c", "SET client_encoding = 'SQL_ASCII'", "-c", "CREATE TABLE t AS SELECT E'\\377\\001'::text AS v"],
    );
    let site = Site::of_databases(&source, &[], "connections = 1");
    let bundle = site.create(&["--mode=ordered"]).display().to_string();
    site.databases(&target, &[], "");
    site.restore_databases(&bundle, &["--rename=data=x"], 7, "holds 3 databases");
    site.restore_databases(&bundle, &[], 0, "finished");
    for name in ["whole one", "latin", "bytes"] {
        let roles: &[&str] = if name == "latin" { &["roles"] } else { &[] };
        same(&content(&source, name, roles), &content(&target, name, roles));
    }
    site.restore_databases(&bundle, &[], 7, "already");
    // One that every server has cannot be restored, so it is not saved by chance.
    sql(&source, "postgres", "CREATE TABLE stray (v int)");
    site.databases(&source, &[], "");
    site.expect(&["create", "--platform=site.toml", "--target=out", "--only=data"], 7, "postgres is used");
    site.databases(&source, &["postgres"], "");
    let bundle = site.create(&["--only=data"]).display().to_string();
    site.restore_databases(&bundle, &["--rename=data=stray"], 0, "finished");
    assert_eq!(sql(&source, "stray", "SELECT count(*) FROM stray"), "0\n");
}

#[test]
fn a_database_under_load_is_of_one_moment() {
    let Some(server) = server() else { return };
    sql(&server, "postgres", "CREATE DATABASE bank");
    let url = server.url_of("bank");
    let pgbench = |arguments: &[&str]| {
        let mut command = Command::new("pgbench");
        command.args(arguments).arg(&url).env("PGOPTIONS", "-c synchronous_commit=off");
        command
    };
    assert_eq!(finish(&mut pgbench(&["-i", "-q", "-s", "3"])).status, 0);
    let site = Site::new();
    // The peer reads in the very same snapshot.
    let peer = format!(
        "for word; do case $word in --snapshot=*) s=$word;; --dbname=*) d=$word;; --section=pre-data) first=1;; esac; done\n\
         if [ \"$first\" ]; then REAL --data-only \"$s\" \"$d\" > {}; fi\nexec REAL \"$@\"",
        site.at("peer.sql")
    );
    let bin = site.programs(&[("pg_dump", &peer)]);
    site.databases(&server, &["bank"], &bin);
    let mut load = pgbench(&["-n", "-c", "4", "-T", "120"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(1));
    let bundle = site.create(&["--only=data", "--mode=ordered"]).display().to_string();
    site.restore_databases(&bundle, &["--rename=data=copy"], 0, "finished");
    load.kill().unwrap();
    load.wait().unwrap();
    let rows = |text: &str| {
        let mut lines: Vec<String> =
            text.lines().filter(|line| !line.starts_with('\\') || line.len() < 3).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let copy = finish(Command::new("pg_dump").args(["--data-only", "--dbname", &server.url_of("copy")])).stdout;
    let (was, is) = (rows(&fs::read_to_string(site.path().join("peer.sql")).unwrap()), rows(&copy));
    assert!(was.len() > 300_000, "{}", was.len());
    assert!(was == is, "{:?}", was.iter().zip(&is).find(|(a, b)| a != b));
    let sums = "SELECT count(*) > 0, sum(delta) = (SELECT sum(abalance) FROM pgbench_accounts), \
         sum(delta) = (SELECT sum(tbalance) FROM pgbench_tellers), sum(delta) = (SELECT sum(bbalance) FROM pgbench_branches) \
         FROM pgbench_history";
    assert_eq!(sql(&server, "copy", sums), "t|t|t|t\n");
}

#[test]
fn the_unpacked_bundle_is_restored_by_hand() {
    let Some(server) = everything() else { return };
    let site = Site::of_databases(&server, &["whole one"], "");
    let was = content(&server, "whole one", &[]);
    let bundle = site.create(&["--only=data", "--compression=none"]).display().to_string();
    fs::create_dir(site.path().join("hand")).unwrap();
    let tar = finish(Command::new("tar").args(["xf", &bundle, "-C", &site.at("hand")]));
    assert_eq!(tar.status, 0, "{tar:?}");
    let folder = site.path().join("hand/files/data/1-whole_one");
    sql(&server, "postgres", "CREATE DATABASE hand TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'");
    let url = server.url_of("hand");
    let run = |program: &str, arguments: &[&str]| {
        let ended = finish(Command::new(program).args(arguments).args(["-d", &url]).current_dir(&folder));
        assert_eq!(ended.status, 0, "{program} {arguments:?}: {ended:?}");
    };
    run("pg_restore", &["-e", "--section=pre-data", "schema.dump"]);
    run("psql", &["-Xq", "-f", "load.sql"]);
    run("pg_restore", &["-e", "--section=data", "large-objects.dump"]);
    run("psql", &["-Xq", "-v", "ON_ERROR_STOP=1", "-f", "sequences.sql"]);
    run("pg_restore", &["-e", "--section=post-data", "schema.dump"]);
    // The properties of the database itself stand in database.json.
    let is = content(&server, "hand", &[]);
    let without = |text: &str| text.lines().take_while(|line| !line.contains("|UTF8|")).collect::<Vec<_>>().join("\n");
    same(&without(&was), &without(&is));
}
