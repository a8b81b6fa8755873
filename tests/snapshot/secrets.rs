//! No password is to be seen while stores of every kind are saved and restored: in no list of processes, journal, report, bundle
//! or message, whether the run succeeds, is killed or is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Site;
use super::cassandra::{Keyspace, Node};
use super::postgresql::{server, sql};
use super::search::Engine;
use crate::support::{Ended, finish};

const SECRET: &str = "geheim-4711";

impl Site {
    /// Writes a file of credentials for a store.
    fn secret(&self, store: &str, user: &str, password: &str) {
        let cred = self.path().join("cred");
        fs::write(&cred, format!("[{store}]\nuser = \"{user}\"\npassword = \"{password}\"\n")).unwrap();
        fs::set_permissions(&cred, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Runs a command to its end, and looks at all processes meanwhile.
    #[track_caller]
    fn watched(&self, arguments: &[&str], status: i32) -> Ended {
        let mut command = self.command(arguments);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut running = command.spawn().unwrap();
        let mut looked = 0;
        while running.try_wait().unwrap().is_none() {
            for entry in fs::read_dir("/proc").unwrap().flatten() {
                let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                assert!(!holds(&line), "{}", String::from_utf8_lossy(&line));
                looked += 1;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let ended = Ended::from(running.wait_with_output().unwrap());
        assert!(looked > 0 && ended.status == status, "{arguments:?}: {status}: {ended:?}");
        assert!(!holds(format!("{}{}", ended.stdout, ended.stderr).as_bytes()), "{ended:?}");
        self.has_no_secret();
        ended
    }

    /// Looks at every file but that of the credentials.
    #[track_caller]
    fn has_no_secret(&self) {
        for folder in ["out", "state"] {
            for entry in fs::read_dir(self.path().join(folder)).into_iter().flatten().flatten() {
                assert!(!holds(&fs::read(entry.path()).unwrap_or_default()), "{}", entry.path().display());
            }
        }
    }

    /// Saves and restores a store, kills both on the way and lets them go on, and tries a wrong password.
    #[track_caller]
    fn keeps_the_secret(
        &self,
        store: &str,
        user: &str,
        rename: &str,
        create_at: &str,
        restore_at: &str,
        refuses: bool,
    ) {
        let only = format!("--only={store}");
        let create =
            ["create", "--platform=site.toml", "--target=out", &only, "--credentials=cred", "--compression=none"];
        self.secret(store, user, SECRET);
        let killed = |arguments: &[&str], point: &str| {
            let killed = finish(self.command(arguments).env("GAPSYNC_FAIL_POINT", point));
            assert_eq!(killed.status, -1, "{point}: {killed:?}");
            self.has_no_secret();
        };
        killed(&create, create_at);
        let refused = self.watched(&create, 9);
        assert!(refused.stderr.contains("--credentials=cred"), "{refused:?}");
        self.watched(&["recover"], 0);
        self.watched(&create, 0);
        let bundle = self.bundles().remove(0).display().to_string();
        let restore = ["restore", "--platform=site.toml", &only, "--credentials=cred", "--file", &bundle, rename];
        killed(&restore, restore_at);
        self.watched(&[&restore[..], &["--resume"]].concat(), 0);
        if refuses {
            // A wrong one is no less secret.
            self.secret(store, user, &format!("{SECRET}-wrong"));
            self.watched(&create, 6);
            self.watched(&["restore", "--platform=site.toml", &only, "--credentials=cred", "--file", &bundle], 6);
        }
        assert_eq!(self.leftovers(), Vec::<String>::new());
    }
}

fn holds(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
}

/// The tests have one secret, which each of them gives to its engine by a command line of its own.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn of_cassandra() {
    let _alone = alone();
    let Some(node) = Node::find("50") else { return };
    let role =
        "CREATE ROLE IF NOT EXISTS gs_secret WITH PASSWORD = 'geheim-4711' AND LOGIN = true AND SUPERUSER = true";
    node.script("cql", &[role]);
    for (mode, create_at, restore_at) in
        [("sstables", "cassandra.snapshot", "cassandra.table"), ("rows", "snapshot.part", "cassandra.loaded")]
    {
        let (living, copy) = (Keyspace::small(&node), Keyspace::named(&node));
        let site = Site::of_keyspace(&living, &format!("mode = \"{mode}\""));
        let rename = format!("--rename=data={}", copy.name);
        site.keeps_the_secret("data", "gs_secret", &rename, create_at, restore_at, true);
    }
    node.script("cql", &["DROP ROLE gs_secret"]);
}

#[test]
fn of_an_index_engine() {
    let _alone = alone();
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_s", "500"]);
    let site = Site::new();
    site.with_indices(&engine, "[\"site_s\"]", true, "");
    // This engine lets everybody in, and would show what it was told in its answers.
    site.keeps_the_secret("index", "ann", "--rename=index=site_s2", "search.saved", "search.restored", false);
}

#[test]
fn of_postgresql() {
    let _alone = alone();
    let Some(server) = server() else { return };
    sql(&server, "postgres", "CREATE DATABASE small");
    sql(&server, "small", "CREATE TABLE t AS SELECT generate_series(1, 100) AS id");
    sql(&server, "postgres", &format!("ALTER ROLE gapsync PASSWORD '{SECRET}'"));
    fs::write(server.folder().join("data/pg_hba.conf"), "local all all scram-sha-256\n").unwrap();
    sql(&server, "postgres", "SELECT pg_reload_conf()");
    let site = Site::of_databases(&server, &["small"], "globals = false");
    let wait = std::time::Instant::now();
    // The old rule counts until the new one is read.
    while finish(std::process::Command::new("psql").args(["-Xqwc", "SELECT 1", "-d", &server.url_of("small")])).status
        == 0
    {
        assert!(wait.elapsed().as_secs() < 30);
    }
    site.keeps_the_secret("data", "gapsync", "--rename=data=copy", "snapshot.part", "postgresql.rows", true);
}
