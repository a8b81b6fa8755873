//! The folders of a PostgreSQL server that was stopped: with a tablespace and a log outside of the data folder.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Site;
use super::postgresql::{content, everything, psql, same, sql};
use crate::support::finish;
use crate::support::server::{Server, as_server};

/// A program of the server.
pub(super) fn program(name: &str) -> String {
    let folders = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = folders.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists()).max();
    found.map_or_else(|| name.to_owned(), |path| path.display().to_string())
}

#[track_caller]
pub(super) fn as_postgres(words: &[&str]) {
    let ended = finish(as_server("postgres", words[0]).args(&words[1..]).stdin(Stdio::null()));
    assert_eq!(ended.status, 0, "{words:?}: {ended:?}");
}

fn at(server: &Server, path: &str) -> String {
    server.folder().join(path).display().to_string()
}

#[track_caller]
pub(super) fn stop(server: &Server) {
    as_postgres(&[&program("pg_ctl"), "-D", &at(server, "data"), "-m", "fast", "-s", "-w", "stop"]);
}

/// A server with everything, a tablespace and a log outside of its data folder.
fn spread() -> Option<Server> {
    let mut server = everything()?;
    as_postgres(&["mkdir", &at(&server, "ts")]);
    sql(&server, "whole one", &format!("CREATE TABLESPACE far LOCATION '{}'", at(&server, "ts")));
    sql(&server, "whole one", "CREATE TABLE app.there TABLESPACE far AS SELECT generate_series(1, 1000) AS v");
    stop(&server);
    as_postgres(&["mv", &at(&server, "data/pg_wal"), &at(&server, "log-of-changes")]);
    as_postgres(&["ln", "-s", &at(&server, "log-of-changes"), &at(&server, "data/pg_wal")]);
    server.start_again();
    Some(server)
}

/// Such a server, which was shut down.
pub(super) fn stopped() -> Option<Server> {
    let server = spread()?;
    stop(&server);
    Some(server)
}

pub(super) fn platform(site: &Site, server: &Server) {
    site.platform(&format!(
        "[[store]]\nname = \"data\"\nkind = \"postgresql\"\nmode = \"files\"\nfolder = \"{}\"\n",
        at(server, "data")
    ));
}

/// A server on a folder of its own, which the test's own does not know.
pub(super) struct Other {
    process: Child,
    socket: String,
}

impl Other {
    pub(super) fn start(data: &str, socket: &str) -> Self {
        let mut command = as_server("postgres", program("postgres"));
        command.args(["-D", data, "-k", socket, "-c", "listen_addresses=", "-p", "5433"]).current_dir("/");
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let other = Self { process, socket: socket.to_owned() };
        let begun = Instant::now();
        while finish(Command::new("psql").args(["-Xqc", "SELECT 1", "-d", &other.url("postgres")])).status != 0 {
            assert!(begun.elapsed() < Duration::from_secs(30), "the restored server does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        other
    }

    pub(super) fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&port=5433&user=gapsync", self.socket)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_folders_of_a_stopped_server_come_back_in_their_places_and_beside_them() {
    let Some(mut server) = spread() else { return };
    let site = Site::new();
    platform(&site, &server);
    let was = content(&server, "whole one", &["roles"]);
    let create = ["create", "--platform=site.toml", "--target=out", "--only=data"];
    site.expect(&create, 12, "the server of this data folder works");
    stop(&server);
    fs::write(server.folder().join("data/.hidden"), "dot").unwrap();
    let bundle = site.create(&["--only=data"]).display().to_string();
    // Beside them: nothing that is there is touched.
    site.restore_databases(&bundle, &[], 7, "is not empty");
    let moved = at(&server, "moved");
    site.restore_databases(&bundle, &[&format!("--rename=data={moved}")], 0, "finished");
    let (old, new) = (fs::metadata(at(&server, "data")).unwrap(), fs::metadata(&moved).unwrap());
    assert_eq!((new.mode() & 0o7777, new.uid()), (old.mode() & 0o7777, old.uid()));
    assert_eq!(fs::read_link(format!("{moved}/pg_wal")).unwrap(), Path::new(&format!("{moved}-wal")));
    assert!(!Path::new(&moved).join("postmaster.pid").exists());
    let link = fs::read_dir(format!("{moved}/pg_tblspc")).unwrap().next().unwrap().unwrap();
    let space = fs::read_link(link.path()).unwrap().display().to_string();
    assert_eq!(space, format!("{moved}-tablespace-{}", link.file_name().display()));
    {
        let other = Other::start(&moved, &at(&server, "tmp"));
        let script = super::postgresql::script("postgresql.py");
        let is = finish(Command::new("python3").args([&script, &other.url("whole%20one"), "roles"])).stdout;
        // Each has its own folder, which is all that differs.
        same(&was, &is);
        let mut check = Command::new(program("pg_amcheck"));
        check.args(["--install-missing", "--heapallindexed", "-p", "5433", "-U", "gapsync", "-d", "whole one", "-h"]);
        let checked = finish(check.arg(&other.socket));
        assert_eq!(checked.status, 0, "{checked:?}");
    }
    server.start_again();
    same(&was, &content(&server, "whole one", &["roles"]));
    // In their places: a server that works there is never replaced.
    site.restore_databases(&bundle, &["--replace"], 7, "a server works on this data folder");
    sql(&server, "whole one", "DROP TABLE app.there");
    stop(&server);
    let restore = ["restore", "--platform=site.toml", "--only=data", "--replace", "--file", &bundle];
    for point in ["restore.built", "restore.leave", "postgresql.placed", "postgresql.placed:4", "postgresql.placed:6"] {
        let killed = finish(site.command(&restore).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&["recover"], 0, "");
        let names = fs::read_dir(server.folder()).unwrap().map(|entry| entry.unwrap().file_name());
        let odd: Vec<_> = names
            .map(|name| name.display().to_string())
            .filter(|name| name.contains("before") || name.starts_with(".gapsync"))
            .collect();
        assert_eq!(odd, Vec::<String>::new(), "{point}");
    }
    server.start_again();
    assert_eq!(psql(&server, "whole one", &["-c", "SELECT to_regclass('app.there')"]), "\n");
    stop(&server);
    site.restore_databases(&bundle, &["--replace"], 0, "what was there is now");
    server.start_again();
    same(&was, &content(&server, "whole one", &["roles"]));
    assert_eq!(fs::read_to_string(at(&server, "data/.hidden")).unwrap(), "dot");
}

#[test]
fn a_server_that_was_not_shut_down_is_no_snapshot() {
    let Some(mut server) = everything() else { return };
    let site = Site::new();
    platform(&site, &server);
    let create = ["create", "--platform=site.toml", "--target=out", "--only=data"];
    server.kill();
    std::thread::sleep(Duration::from_millis(300));
    site.expect(&create, 12, "was not shut down");
    fs::remove_file(server.folder().join("data/postmaster.pid")).unwrap();
    site.expect(&create, 12, "was not shut down");
    server.start_again();
    stop(&server);
    let bundle = site.create(&["--only=data", "--compression=none"]);
    // A flipped bit is told before anything is changed.
    let mut wrong = fs::read(&bundle).unwrap();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 1;
    fs::write(&bundle, wrong).unwrap();
    let before = fs::metadata(at(&server, "data")).unwrap().ino();
    site.restore_databases(&bundle.display().to_string(), &["--replace"], 5, "");
    assert_eq!(fs::metadata(at(&server, "data")).unwrap().ino(), before);
    assert_eq!(site.leftovers(), Vec::<String>::new());
    fs::remove_dir_all(at(&server, "data/base")).unwrap();
    fs::remove_file(at(&server, "data/PG_VERSION")).unwrap();
    site.expect(&create, 10, "no data folder of PostgreSQL");
}
