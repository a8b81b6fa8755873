//! Databases of a real MariaDB come back as they were, by `mariadb-dump` and scripts of another hand.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Site;
use super::postgresql::{same, script};
use crate::support::server::Server;
use crate::support::{Ended, Engine, finish, service};

/// A server of a test's own.
pub(super) fn server() -> Option<Server> {
    service("MariaDB", "GAPSYNC_TEST_MARIADB").map(|_| Server::start(Engine::Mariadb))
}

pub(super) fn client(server: &Server, program: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["--no-defaults", "--user=root", "--default-character-set=utf8mb4"]);
    command.arg(format!("--socket={}", server.socket().display()));
    command
}

/// Executes statements, and gives what is printed.
#[track_caller]
pub(super) fn sql(server: &Server, statements: &str) -> String {
    let ended = finish(client(server, "mariadb").args(["--batch", "--skip-column-names", "-e", statements]));
    assert_eq!(ended.status, 0, "{statements}: {ended:?}");
    ended.stdout
}

#[track_caller]
pub(super) fn run_script(server: &Server, database: &str, folder: &Path, path: &str) {
    let mut command = client(server, "mariadb");
    command.args(["--local-infile=1", "--binary-mode", database]).current_dir(folder);
    let ended = finish(command.stdin(fs::File::open(path).unwrap()));
    assert_eq!(ended.status, 0, "{path}: {ended:?}");
}

/// All that is in a database, by the server's own program.
#[track_caller]
pub(super) fn content(server: &Server, database: &str) -> String {
    let mut command = client(server, "mariadb-dump");
    command.args(["--routines", "--events", "--triggers", "--hex-blob", "--skip-comments", "--skip-dump-date"]);
    command.args(["--order-by-primary", "--skip-extended-insert", "--no-tablespaces", database]);
    let ended = finish(&mut command);
    assert_eq!(ended.status, 0, "{ended:?}");
    ended.stdout
}

pub(super) fn names(server: &Server) -> String {
    sql(server, "SELECT SCHEMA_NAME, SCHEMA_COMMENT FROM information_schema.SCHEMATA ORDER BY 1")
}

/// A server with a database that holds everything.
pub(super) fn everything() -> Option<Server> {
    let server = server()?;
    run_script(&server, "mysql", Path::new("/"), &script("mariadb.sql"));
    Some(server)
}

impl Site {
    /// Describes databases of a server.
    pub(super) fn mariadb(&self, server: &Server, databases: &[&str], more: &str) {
        self.platform(&format!(
            "[[service]]\nname = \"app\"\nstop = [\"true\"]\nstart = [\"true\"]\n\
             [[store]]\nname = \"data\"\nkind = \"mariadb\"\nurl = \"{}\"\ndatabases = {databases:?}\n{more}\n",
            server.url_of("")
        ));
    }

    #[track_caller]
    pub(super) fn restore_mariadb(&self, bundle: &str, more: &[&str], status: i32, words: &str) -> Ended {
        let restore = ["restore", "--platform=site.toml", "--only=data", "--file", bundle];
        self.expect(&[&restore[..], more].concat(), status, words)
    }
}

#[test]
fn everything_of_mariadb_comes_back_beside_in_place_instead_and_by_hand() {
    let Some(server) = everything() else { return };
    let site = Site::new();
    site.mariadb(&server, &["whole one"], "");
    let was = content(&server, "whole one");
    assert!(was.contains("REPLACE(") || was.lines().count() > 15_000, "{}", was.len());
    let before = names(&server);
    let made =
        site.expect(&["create", "--platform=site.toml", "--target=out", "--compression=none"], 0, "users and rights");
    assert!(made.stdout.contains("writers were held up for"), "{made:?}");
    let bundle = site.bundles().remove(0).display().to_string();
    assert_eq!((content(&server, "whole one"), names(&server)), (was.clone(), before.clone()));
    // Beside the living one: its events sleep.
    let copied = site.restore_mariadb(&bundle, &["--rename=data=the `copy"], 0, "2 events of the `copy sleep");
    assert!(copied.stdout.contains("lacks: nobody@nowhere"), "{copied:?}");
    // What it says under another name: events sleep, and a default takes the values of its own sequence.
    let under = |text: &str, name: &str| {
        let named = format!("nextval(`{}`.", name.replace('`', "``"));
        let text = text.replace("PRESERVE ENABLE", "PRESERVE DISABLE").replace("nextval(`whole one`.", &named);
        text.replace("ALTER DATABASE `whole one`", &format!("ALTER DATABASE `{}`", name.replace('`', "``")))
    };
    same(&under(&was, "the `copy"), &content(&server, "the `copy"));
    assert_eq!(content(&server, "whole one"), was);
    sql(&server, "DROP DATABASE `the ``copy`; SET @order = ''; INSERT INTO `whole one`.child VALUES (77, 1, 5)");
    let newer = content(&server, "whole one");
    // In place of one that is there, which is kept.
    site.restore_mariadb(&bundle, &[], 7, "there is a database whole one already");
    assert_eq!(content(&server, "whole one"), newer);
    site.restore_mariadb(&bundle, &["--replace"], 0, "what was there is now whole one_before_");
    same(&was, &content(&server, "whole one"));
    let kept = sql(&server, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%before%'");
    same(&under(&newer, kept.trim()), &content(&server, kept.trim()));
    // In its place.
    sql(&server, &format!("DROP DATABASE `{}`; DROP DATABASE `whole one`", kept.trim()));
    site.restore_mariadb(&bundle, &[], 0, "finished");
    same(&was, &content(&server, "whole one"));
    assert_eq!(names(&server), before);
    let order =
        "SET @order = ''; INSERT INTO `whole one`.child VALUES (78, 1, 5); SELECT @order, NEXTVAL(`whole one`.numbers)";
    let told = sql(&server, order);
    assert!(told.starts_with("12\t"), "{told}");
    assert_eq!(site.leftovers(), Vec::<String>::new());
    // By hand, without gapsync.
    fs::create_dir(site.path().join("hand")).unwrap();
    let tar = finish(Command::new("tar").args(["xf", &bundle, "-C", &site.at("hand")]));
    assert_eq!(tar.status, 0, "{tar:?}");
    let folder = site.path().join("hand/files/data/1-whole_one");
    sql(&server, "CREATE DATABASE hand CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
    // The largest table is in parts, and one without rows has no file.
    let joined = "touch $(grep -o 'data/[0-9]*\\.tsv' restore.sql) && cd ../.p/* && cat $(ls | sort -n) > \"$OLDPWD/data/1.tsv\"";
    assert_eq!(finish(Command::new("sh").args(["-c", joined]).current_dir(&folder)).status, 0);
    run_script(&server, "hand", &folder, folder.join("restore.sql").to_str().unwrap());
    let hand = content(&server, "hand").replace("ALTER DATABASE `hand`", "ALTER DATABASE `whole one`");
    same(&was, &hand);
}

#[test]
fn what_a_server_would_not_make_again_is_named_and_stops_nothing() {
    let Some(server) = server() else { return };
    // A view of a table that is gone, one of that view, one of a function of a user who is gone; an event whose time passes.
    sql(
        &server,
        "CREATE DATABASE odd; USE odd; CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE gone (id int); INSERT INTO t VALUES (1); \
         CREATE VIEW a_lost AS SELECT id FROM gone; CREATE VIEW b_lost AS SELECT id FROM a_lost; CREATE VIEW kept AS SELECT id FROM t; \
         CREATE DEFINER = nobody@nowhere SQL SECURITY DEFINER VIEW theirs AS SELECT id FROM t; DROP TABLE gone; \
         CREATE EVENT later ON SCHEDULE AT '2037-01-01' DO SELECT 1; \
         CREATE EVENT soon ON SCHEDULE AT NOW() + INTERVAL 2 SECOND DO SELECT 1",
    );
    let site = Site::new();
    site.mariadb(&server, &["odd"], "");
    let create = ["create", "--platform=site.toml", "--target=out", "--only=data"];
    let made = site.expect(&create, 0, "the view a_lost cannot be read");
    assert!(made.stdout.contains("the view b_lost cannot be read"), "{made:?}");
    let bundle = site.bundles().remove(0).display().to_string();
    let begun = sql(&server, "SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_NAME = 'soon'");
    assert_eq!(begun, "1\n", "events work only where somebody lets them");
    while sql(&server, "SELECT NOW() > EXECUTE_AT FROM information_schema.EVENTS WHERE EVENT_NAME = 'soon'") != "1\n" {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    for way in ["--rename=data=copy", "--replace"] {
        let ended =
            site.restore_mariadb(&bundle, &[way], 0, "the event soon is not made again, as its time has passed");
        for view in ["a_lost", "b_lost"] {
            assert!(ended.stdout.contains(&format!("the view {view} is not made again")), "{ended:?}");
        }
        let place = if way == "--replace" { "odd" } else { "copy" };
        let held = "SELECT GROUP_CONCAT(TABLE_NAME ORDER BY 1) FROM information_schema.VIEWS WHERE TABLE_SCHEMA =";
        assert_eq!(sql(&server, &format!("{held} '{place}'")), "kept,theirs\n");
        assert_eq!(sql(&server, &format!("SELECT COUNT(*) FROM {place}.kept")), "1\n");
    }
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_mariadb_under_load_is_of_one_moment() {
    let Some(server) = server() else { return };
    let accounts =
        "CREATE TABLE bank.a (id int PRIMARY KEY, v bigint); CREATE TABLE bank.b (id int PRIMARY KEY, v bigint);";
    let fill =
        "INSERT INTO bank.a SELECT seq, 0 FROM seq_1_to_20000; INSERT INTO bank.b SELECT seq, 0 FROM seq_1_to_20000;";
    sql(&server, &format!("CREATE DATABASE bank; USE bank; {accounts} {fill}"));
    let transfer = "CREATE PROCEDURE bank.run() BEGIN DECLARE i int DEFAULT 0; WHILE i < 10000000 DO SET @k = 1 + i * 7919 % 20000; \
         START TRANSACTION; UPDATE bank.a SET v = v - 1 WHERE id = @k; UPDATE bank.b SET v = v + 1 WHERE id = 20001 - @k; COMMIT; \
         SET i = i + 1; END WHILE; END";
    let made = finish(client(&server, "mariadb").args(["--delimiter=//", "-e", transfer]));
    assert_eq!(made.status, 0, "{made:?}");
    let mut load = client(&server, "mariadb").args(["-e", "CALL bank.run()"]).stderr(Stdio::null()).spawn().unwrap();
    let moved = "SELECT COALESCE(-SUM(v), 0) FROM bank.a";
    while sql(&server, moved).trim() == "0" {}
    let site = Site::new();
    site.mariadb(&server, &["bank"], "");
    let bundle = site.create(&["--only=data", "--mode=ordered"]).display().to_string();
    let during = sql(&server, moved);
    assert!(matches!(load.try_wait(), Ok(None)), "the load ended before the snapshot");
    load.kill().unwrap();
    load.wait().unwrap();
    site.restore_mariadb(&bundle, &["--rename=data=copy"], 0, "finished");
    let sums = "SELECT SUM(v) < 0, SUM(v) + (SELECT SUM(v) FROM copy.b) FROM copy.a";
    assert_eq!(sql(&server, sums), "1\t0\n");
    let saved: i64 = sql(&server, "SELECT -SUM(v) FROM copy.a").trim().parse().unwrap();
    assert!(saved <= during.trim().parse().unwrap(), "{saved} of {during}");
}

#[test]
fn a_mariadb_that_does_not_fit_is_refused_before_anything_is_done() {
    let Some(server) = server() else { return };
    sql(
        &server,
        "CREATE DATABASE small; CREATE TABLE small.t (id int PRIMARY KEY); INSERT INTO small.t VALUES (1), (2)",
    );
    let site = Site::new();
    let create = ["create", "--platform=site.toml", "--target=out", "--only=data"];
    site.mariadb(&server, &["small", "none"], "");
    site.expect(&create, 7, "has no database none");
    for (engine, shown) in [("MyISAM", "small.m (MyISAM)"), ("Aria", "small.m (Aria)"), ("MEMORY", "small.m (MEMORY)")]
    {
        sql(&server, &format!("CREATE TABLE small.m (id int) ENGINE = {engine}"));
        site.mariadb(&server, &["small"], "");
        site.expect(&create, 7, shown);
        sql(&server, "DROP TABLE small.m");
    }
    let bundle = site.create(&["--only=data"]).display().to_string();
    let before = names(&server);
    sql(&server, "SET GLOBAL local_infile = 0");
    site.restore_mariadb(&bundle, &["--rename=data=copy"], 7, "SET GLOBAL local_infile = 1");
    sql(&server, "SET GLOBAL local_infile = 1");
    site.restore_mariadb(&bundle, &[&format!("--rename=data={}", "x".repeat(65))], 2, "64 characters");
    assert_eq!((names(&server), site.leftovers()), (before, Vec::new()));
    site.platform("[[store]]\nname = \"data\"\nkind = \"mariadb\"\nurl = \"mysql://u:geheim@h/\"\n");
    let refused = site.expect(&create, 2, "holds a password");
    assert!(!refused.stderr.contains("geheim"));
    // A user who may read and not hold up writers has one reader, and says so. The password is nowhere to be seen.
    sql(
        &server,
        "CREATE USER app IDENTIFIED BY 'geheim-42'; GRANT ALL ON small.* TO app; GRANT CREATE, DROP, INSERT, SELECT, ALTER, EVENT, TRIGGER ON `%`.* TO app",
    );
    fs::write(site.path().join("cred"), "[data]\nuser = \"app\"\npassword = \"geheim-42\"\n").unwrap();
    assert!(Command::new("chmod").arg("600").arg(site.path().join("cred")).status().unwrap().success());
    site.mariadb(&server, &["small"], "");
    site.expect(&[&create[..], &["--credentials=cred"]].concat(), 0, "has not the right RELOAD");
    let bundle = site.bundles().pop().unwrap().display().to_string();
    let restore = [
        "restore",
        "--platform=site.toml",
        "--only=data",
        "--credentials=cred",
        "--rename=data=copy",
        "--file",
        &bundle,
    ];
    let killed = finish(site.command(&restore).env("GAPSYNC_FAIL_POINT", "mariadb.rows"));
    assert_eq!(killed.status, -1, "{killed:?}");
    let journal = fs::read_to_string(site.path().join("state/snapshot.json")).unwrap();
    assert!(journal.contains("gapsync_") && !journal.contains("geheim"), "{journal}");
    site.expect(&["recover"], 0, "dropped the database gapsync_");
    site.expect(&restore, 0, "finished");
    assert_eq!(sql(&server, "SELECT COUNT(*) FROM copy.t"), "2\n");
    for folder in ["out", "state"] {
        for entry in fs::read_dir(site.path().join(folder)).unwrap().flatten() {
            let text = fs::read(entry.path()).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&text).contains("geheim"), "{}", entry.path().display());
        }
    }
}
