//! The archive of a real server's log of changes, which the server fills by gapsync: it is brought back to a time by PostgreSQL alone.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use super::postgresql::sql;
use super::postgresql_files::{Other, as_postgres};
use crate::support::server::Server;
use crate::support::{Engine, finish, gapsync, service};

#[test]
fn a_server_fills_an_archive_and_is_brought_back_to_a_time_out_of_it() {
    if service("PostgreSQL", "GAPSYNC_TEST_POSTGRES").is_none() {
        return;
    }
    let server = Server::start_with(Engine::Postgres, &["-c", "archive_mode=on"]);
    let at = |name: &str| server.folder().join(name).display().to_string();
    // The server's user may not enter the folder of the program.
    fs::copy(env!("CARGO_BIN_EXE_gapsync"), at("gapsync")).unwrap();
    as_postgres(&["mkdir", &at("archive")]);
    let command =
        format!("XDG_CONFIG_HOME=/nonexistent {} snapshot archive-wal %p --to {}", at("gapsync"), at("archive"));
    sql(&server, "postgres", &format!("ALTER SYSTEM SET archive_command = '{command}'"));
    sql(&server, "postgres", "SELECT pg_reload_conf()");
    sql(&server, "postgres", "CREATE TABLE marks (v text)");
    let url = server.url_of("postgres");
    as_postgres(&["pg_basebackup", "-D", &at("copy"), "-X", "none", "-c", "fast", "--no-sync", "-d", &url]);
    sql(&server, "postgres", "INSERT INTO marks VALUES ('one')");
    std::thread::sleep(Duration::from_secs(1));
    let time = sql(&server, "postgres", "SELECT now()");
    std::thread::sleep(Duration::from_secs(1));
    sql(&server, "postgres", "INSERT INTO marks VALUES ('two')");
    let last = sql(&server, "postgres", "SELECT pg_walfile_name(pg_current_wal_lsn()) FROM (SELECT pg_sleep(0)) x");
    sql(&server, "postgres", "SELECT pg_switch_wal()");
    let last = last.trim();
    let begun = Instant::now();
    while !server.folder().join("archive").join(last).exists() {
        let state = sql(&server, "postgres", "SELECT failed_count, last_failed_wal FROM pg_stat_archiver");
        assert!(begun.elapsed() < Duration::from_secs(30), "{state}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let check = format!("cd {} && sha256sum --quiet --check *.sha256", at("archive"));
    let checked = finish(Command::new("sh").args(["-c", &check]));
    assert_eq!(checked.status, 0, "{checked:?}");
    // The same file once more is fine; another one of its name is not, and changes nothing.
    let archive = |path: &str| {
        let mut command = gapsync(["snapshot", "archive-wal", path]);
        finish(command.env("GAPSYNC_WAL_ARCHIVE", at("archive")))
    };
    let (kept, own) = (server.folder().join("archive").join(last), at("tmp") + "/" + last);
    fs::copy(&kept, &own).unwrap();
    assert_eq!(archive(&own).status, 0);
    let content = fs::read(&kept).unwrap();
    let mut other = content.clone();
    other[100] ^= 1;
    fs::write(&own, other).unwrap();
    let refused = archive(&own);
    assert!(refused.status == 4 && refused.stderr.contains("another segment of this name"), "{refused:?}");
    assert!(fs::read(&kept).unwrap() == content);
    assert_eq!(archive(&at("data/PG_VERSION")).status, 2);
    let odd = fs::read_dir(at("archive")).unwrap().map(|entry| entry.unwrap().file_name().display().to_string());
    assert_eq!(odd.filter(|name| name.ends_with(".part")).collect::<Vec<_>>(), Vec::<String>::new());
    // By PostgreSQL alone, to the time between the two marks.
    let time = time.trim();
    let settings = format!(
        "restore_command = 'cp {}/%f %p'\nrecovery_target_time = '{time}'\nrecovery_target_action = 'promote'\narchive_mode = off\n",
        at("archive")
    );
    let conf = at("copy/postgresql.auto.conf");
    fs::write(&conf, settings).unwrap();
    as_postgres(&["touch", &at("copy/recovery.signal")]);
    let other = Other::start(&at("copy"), &at("tmp"));
    let begun = Instant::now();
    let ask = |query: &str| finish(Command::new("psql").args(["-XAtqc", query, "-d", &other.url("postgres")])).stdout;
    while ask("SELECT pg_is_in_recovery()") != "f\n" {
        assert!(begun.elapsed() < Duration::from_secs(30), "recovery does not end");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(ask("SELECT v FROM marks"), "one\n");
}
