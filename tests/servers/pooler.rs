//! PostgreSQL behind pgbouncer, which sends each transaction over any of its connections.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{filled, run};
use crate::support::server::{Server, as_server};
use crate::support::{Engine, engines, finish, required, skipped};

struct Pooler(Child);

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn pooler(server: &Server, ignored: &str) -> Pooler {
    let folder = server.folder().display().to_string();
    let file = server.folder().join("tmp/pooler.ini");
    let text = format!(
        "[databases]\n* = host={folder} user=gapsync\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {folder}\n\
         listen_port = 6432\nauth_type = any\npool_mode = transaction\n{ignored}\n"
    );
    std::fs::write(&file, text).unwrap();
    let mut command = as_server("postgres", "pgbouncer");
    command.arg("-q").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let pooler = Pooler(command.spawn().unwrap());
    let begun = Instant::now();
    while !server.folder().join(".s.PGSQL.6432").exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "pgbouncer does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    pooler
}

#[test]
fn a_pooled_connection_keeps_no_setting_of_ours() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    if Command::new("pgbouncer").arg("--version").output().is_err() {
        assert!(!required(), "pgbouncer is missing");
        return skipped("PostgreSQL, because pgbouncer is missing");
    }
    // A pooler refuses what it does not know, or is told to drop it.
    for ignored in ["", "ignore_startup_parameters = extra_float_digits, options"] {
        let server = Server::start(Engine::Postgres);
        let database = server.database();
        let folder = filled(&database);
        let pooler = pooler(&server, ignored);
        let url = format!("{}&port=6432", database.url);
        // Everything that a platform's session would have, as the pool gives it.
        let settings = || {
            let mut psql = Command::new("psql");
            let select =
                "SELECT name || '=' || setting FROM pg_settings WHERE name <> 'application_name' ORDER BY name";
            finish(psql.args(["-XqAt", &url, "-c", select])).stdout
        };
        let before = settings();
        assert!(before.contains("statement_timeout="), "{before}");
        for arguments in [&["export"] as &[_], &["export", "--no-record"], &["history"]] {
            let ended = run(folder.path(), &url, arguments);
            assert_eq!(ended.status, 0, "{arguments:?}: {}", ended.stderr);
            assert_eq!(settings(), before, "{arguments:?}");
        }
        let bundle = super::bundle(folder.path());
        for arguments in [&["import", "--file", &bundle] as &[_], &["fill-sync-hash"], &["init"], &["cleanup"]] {
            let ended = run(folder.path(), &url, arguments);
            assert_eq!(ended.status, 6, "{arguments:?}: {}", ended.stderr);
            assert!(ended.stderr.contains("pooler"), "{}", ended.stderr);
            assert_eq!(settings(), before, "{arguments:?}");
        }
        assert_eq!(database.run("SELECT count(*) FROM synchronizations WHERE type = 'export'"), "1\n");
        drop(pooler);
    }
}
