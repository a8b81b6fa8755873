//! The archive of a real server's log of changes, which the server fills by gapsync: it is brought back to a time by PostgreSQL alone.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::Site;
use super::postgresql::{content, psql, same, script, sql};
use super::postgresql_files::{Other, as_postgres, program, stop};
use crate::support::server::Server;
use crate::support::{Engine, finish, gapsync, service};

/// A server of a test's own that archives its log by gapsync, and was made with options.
fn archiving(made: &[&str]) -> Server {
    let server = Server::start_made(Engine::Postgres, made, &["-c", "archive_mode=on"]);
    let at = |name: &str| server.folder().join(name).display().to_string();
    // The server's user may not enter the folder of the program.
    fs::copy(env!("CARGO_BIN_EXE_gapsync"), at("gapsync")).unwrap();
    as_postgres(&["mkdir", &at("archive")]);
    let command =
        format!("XDG_CONFIG_HOME=/nonexistent {} snapshot archive-wal %p --to {}", at("gapsync"), at("archive"));
    sql(&server, "postgres", &format!("ALTER SYSTEM SET archive_command = '{command}'"));
    sql(&server, "postgres", "SELECT pg_reload_conf()");
    server
}

/// Such a server with everything, and a tablespace outside of its data folder.
fn everything() -> Option<(Server, Site)> {
    service("PostgreSQL", "GAPSYNC_TEST_POSTGRES")?;
    let server = archiving(&[]);
    sql(&server, "postgres", "CREATE DATABASE \"whole one\" TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'");
    psql(&server, "whole one", &["-f", &script("postgresql.sql")]);
    as_postgres(&["mkdir", &at(&server, "ts")]);
    sql(&server, "whole one", &format!("CREATE TABLESPACE far LOCATION '{}'", at(&server, "ts")));
    sql(&server, "whole one", "CREATE TABLE app.there TABLESPACE far AS SELECT generate_series(1, 1000) AS v");
    sql(&server, "whole one", "CREATE TABLE marks (v text)");
    let site = Site::new();
    platform(&site, &server, "archive");
    Some((server, site))
}

fn at(server: &Server, path: &str) -> String {
    server.folder().join(path).display().to_string()
}

fn platform(site: &Site, server: &Server, archive: &str) {
    let bin = program("postgres");
    site.platform(&format!(
        "[[store]]\nname = \"data\"\nkind = \"postgresql\"\nmode = \"archive\"\nurl = \"{}\"\nfolder = \"{}\"\n\
         archive = \"{}\"\nbin = \"{}\"\n",
        server.url_of("postgres"),
        at(server, "data"),
        at(server, archive),
        Path::new(&bin).parent().unwrap().display(),
    ));
}

/// All that is in a database, but for the table that is not logged, whose rows no log can bring back.
#[track_caller]
fn same_but_unlogged(was: &str, other: &Other) {
    let url = other.url("whole%20one");
    let is = finish(Command::new("python3").args([&script("postgresql.py"), &url, "roles"])).stdout;
    let logged = |text: &str| text.lines().filter(|line| !line.starts_with("app.fast ")).collect::<Vec<_>>().join("\n");
    assert!(was.contains("app.fast 10 ") && is.contains("app.fast 0 "));
    same(&logged(was), &logged(&is));
}

/// Asks a server that was restored.
fn ask(other: &Other, query: &str) -> String {
    finish(Command::new("psql").args(["-XAtqc", query, "-d", &other.url("whole%20one")])).stdout
}

/// Removes what was restored beside the server.
fn remove_moved(server: &Server) {
    for entry in fs::read_dir(server.folder()).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("moved") {
            fs::remove_dir_all(entry.path()).unwrap();
        }
    }
}

/// Restores beside the server, and starts what was restored.
#[track_caller]
fn restored(site: &Site, server: &Server, bundle: &str, more: &[&str]) -> Other {
    remove_moved(server);
    let rename = format!("--rename=data={}", at(server, "moved"));
    site.restore_databases(bundle, &[&[&*rename], more].concat(), 0, "recovered to");
    Other::start(&at(server, "moved"), &at(server, "tmp"))
}

const CREATE: [&str; 4] = ["create", "--platform=site.toml", "--target=out", "--only=data"];

#[test]
fn a_server_that_works_comes_back_at_its_instant() {
    let Some((server, site)) = everything() else { return };
    sql(&server, "whole one", "INSERT INTO marks VALUES ('one')");
    let was = content(&server, "whole one", &["roles"]);
    sql(&server, "postgres", "CREATE DATABASE bank");
    let url = server.url_of("bank");
    assert_eq!(finish(Command::new("pgbench").args(["-i", "-q", "-s", "1", &url])).status, 0);
    // While tables are written, made and dropped.
    let statements = site.at("load.sql");
    fs::write(
        &statements,
        "CREATE TABLE IF NOT EXISTS t:client_id AS SELECT generate_series(1, 1000) v; DROP TABLE t:client_id;",
    )
    .unwrap();
    let mut load = Command::new("pgbench");
    load.args(["-n", "-c", "2", "-T", "120", "-b", "tpcb-like@9", "-f", &format!("{statements}@1"), &url]);
    let mut load = load.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let made = site.expect(&CREATE, 0, "of unlogged tables will be empty");
    assert!(!made.stdout.contains("vanished"), "{made:?}");
    load.kill().unwrap();
    load.wait().unwrap();
    let bundle = site.bundles().remove(0).display().to_string();
    sql(&server, "whole one", "INSERT INTO marks VALUES ('too late')");
    site.expect(&["verify", &bundle], 0, "");
    {
        let other = restored(&site, &server, &bundle, &[]);
        same_but_unlogged(&was, &other);
        assert_eq!(ask(&other, "SELECT v FROM marks"), "one\n");
        let sums = "SELECT count(*) > 0, sum(delta) = (SELECT sum(abalance) FROM pgbench_accounts), \
             sum(delta) = (SELECT sum(tbalance) FROM pgbench_tellers) FROM pgbench_history";
        let sums = finish(Command::new("psql").args(["-XAtqc", sums, "-d", &other.url("bank")])).stdout;
        assert_eq!(sums, "t|t|t\n");
        let mut check = Command::new(program("pg_amcheck"));
        check.args(["--install-missing", "--heapallindexed", "-p", "5433", "-U", "gapsync", "-d", "whole one", "-h"]);
        let checked = finish(check.arg(at(&server, "tmp")));
        assert_eq!(checked.status, 0, "{checked:?}");
        for remains in ["recovery.signal", "backup_label", "backup_label.old", "tablespace_map"] {
            assert!(!server.folder().join("moved").join(remains).exists(), "{remains}");
        }
    }
    // A server that works on its place is never replaced, and what is there is never lost.
    site.restore_databases(&bundle, &["--replace"], 7, "a server works on this data folder");
    site.restore_databases(&bundle, &[&format!("--rename=data={}", at(&server, "moved"))], 7, "is not empty");
    let elsewhere = format!("--rename=data={}", at(&server, "m"));
    site.restore_databases(&bundle, &["--to-name=none", &elsewhere], 2, "no restore point none");
    for time in ["2001-01-01", "2999-01-01"] {
        site.restore_databases(&bundle, &["--to-time", time, &elsewhere], 2, "can only be restored to a time from");
    }
    let to_time = ["restore", "--platform=site.toml", "--file", &bundle, "--to-time=2001-01-01"];
    site.expect(&[&to_time[..], &["--root=r", "--only=data"]].concat(), 2, "--root puts the files of a store");
    let all = site.create(&[]).display().to_string();
    let to_time = ["restore", "--platform=site.toml", "--file", &all, "--to-time=2001-01-01", &elsewhere];
    site.expect(&to_time, 2, "the store files has no log of changes");
    super::postgresql_files::platform(&site, &server);
    site.restore_databases(&bundle, &[&elsewhere], 7, "mode = \"archive\"");
    assert_eq!(site.leftovers(), Vec::<String>::new());
    assert!(!server.folder().join("m").exists());
}

#[test]
fn only_the_log_since_a_base_travels_and_reaches_a_time_and_a_name() {
    let Some((server, site)) = everything() else { return };
    let first = site.create(&["--only=data"]);
    sql(&server, "whole one", "INSERT INTO marks VALUES ('one')");
    std::thread::sleep(Duration::from_millis(50));
    let time = sql(&server, "postgres", "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')");
    sql(&server, "whole one", "INSERT INTO marks VALUES ('two')");
    sql(&server, "postgres", "SELECT pg_create_restore_point('before three')");
    sql(&server, "whole one", "INSERT INTO marks VALUES ('three')");
    let was = content(&server, "whole one", &["roles"]);
    let base = first.display().to_string();
    let bundle = site.create(&["--only=data", "--base", &base]);
    sql(&server, "whole one", "INSERT INTO marks VALUES ('too late')");
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    assert!(size(&bundle) * 10 < size(&first), "{} of {}", size(&bundle), size(&first));
    let bundle = bundle.display().to_string();
    let rename = format!("--rename=data={}", at(&server, "moved"));
    site.restore_databases(&base, &["--to-time", time.trim(), &rename], 2, "can only be restored to a time from");
    for (more, marks) in [
        (&["--to-time", time.trim()][..], "one\n"),
        (&["--to-name", "before three"], "one\ntwo\n"),
        (&[], "one\ntwo\nthree\n"),
    ] {
        let other = restored(&site, &server, &bundle, more);
        assert_eq!(ask(&other, "SELECT v FROM marks"), marks);
        if more.is_empty() {
            same_but_unlogged(&was, &other);
        }
    }
    remove_moved(&server);
    // The log of the base is as needed as that since.
    fs::rename(&base, site.at("away")).unwrap();
    site.restore_databases(&bundle, &[&rename], 5, "the base of the snapshot is missing");
    fs::rename(site.at("away"), &base).unwrap();
    // A segment that is gone from the archive, one that is not what was archived, one of a tablespace that the base lacks.
    let on_base = [&CREATE[..], &["--base", &base]].concat();
    let next = sql(&server, "postgres", "SELECT pg_walfile_name(pg_current_wal_lsn())");
    sql(&server, "postgres", "SELECT pg_switch_wal()");
    let path = server.folder().join("archive").join(next.trim());
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{next} is not archived");
        std::thread::sleep(Duration::from_millis(100));
    }
    let content = fs::read(&path).unwrap();
    let mut wrong = content.clone();
    wrong[5000] ^= 1;
    fs::write(&path, wrong).unwrap();
    let before = site.bundles();
    let refused = site.expect(&on_base, 5, "its digest differs");
    assert!(refused.stderr.contains(next.trim()), "{refused:?}");
    fs::remove_file(&path).unwrap();
    let refused = site.expect(&on_base, 5, "is missing");
    assert!(refused.stderr.contains(next.trim()), "{refused:?}");
    fs::write(&path, content).unwrap();
    as_postgres(&["mkdir", &at(&server, "ts2")]);
    sql(&server, "postgres", &format!("CREATE TABLESPACE more LOCATION '{}'", at(&server, "ts2")));
    site.expect(&on_base, 7, "a tablespace that it did not have");
    assert_eq!(site.bundles(), before);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_log_of_small_segments_goes_on_over_timelines() {
    if service("PostgreSQL", "GAPSYNC_TEST_POSTGRES").is_none() {
        return;
    }
    let mut server = archiving(&["--wal-segsize=1"]);
    assert_eq!(sql(&server, "postgres", "SHOW wal_segment_size"), "1MB\n");
    sql(&server, "postgres", "CREATE TABLE marks (v text)");
    let site = Site::new();
    platform(&site, &server, "archive");
    let first = site.create(&["--only=data"]).display().to_string();
    // Some segments, the last of which the next timeline begins in.
    sql(&server, "postgres", "CREATE TABLE more AS SELECT md5(v::text) FROM generate_series(1, 40000) v");
    sql(&server, "postgres", "INSERT INTO marks VALUES ('one')");
    let time = sql(&server, "postgres", "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')");
    stop(&server);
    as_postgres(&["touch", &at(&server, "data/standby.signal")]);
    server.start_again();
    assert_eq!(sql(&server, "postgres", "SELECT pg_promote()"), "t\n");
    sql(&server, "postgres", "INSERT INTO marks VALUES ('two')");
    let timeline = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
    assert_eq!(sql(&server, "postgres", timeline), "00000002\n");
    let marks = |other: &Other| {
        let url = other.url("postgres");
        finish(Command::new("psql").args(["-XAtqc", "SELECT v FROM marks", "-d", &url])).stdout
    };
    // On the base of a copy on the first timeline, to a moment on either of them.
    let since = site.create(&["--only=data", "--base", &first]).display().to_string();
    site.expect(&["verify", &since], 0, "");
    let whole = site.create(&["--only=data"]).display().to_string();
    for (bundle, more, wanted) in
        [(&since, &["--to-time", time.trim()][..], "one\n"), (&since, &[], "one\ntwo\n"), (&whole, &[], "one\ntwo\n")]
    {
        assert_eq!(marks(&restored(&site, &server, bundle, more)), wanted, "{more:?}");
    }
    // What was restored fills an archive of its own, which has no history of its timeline.
    as_postgres(&["mkdir", &at(&server, "archive2")]);
    let conf = server.folder().join("moved/postgresql.auto.conf");
    let text = fs::read_to_string(&conf).unwrap().replace("/archive'", "/archive2'") + "archive_mode = on\n";
    fs::write(&conf, text).unwrap();
    let other = Other::start(&at(&server, "moved"), &at(&server, "tmp"));
    let told = fs::read_to_string(site.path().join("site.toml")).unwrap();
    let told = told.replace(&server.url_of("postgres"), &other.url("postgres"));
    let told = told.replace(&at(&server, "data"), &at(&server, "moved"));
    fs::write(site.path().join("site.toml"), told.replace(&at(&server, "archive"), &at(&server, "archive2"))).unwrap();
    let again = site.create(&["--only=data"]).display().to_string();
    drop(other);
    fs::rename(server.folder().join("moved"), server.folder().join("was-moved")).unwrap();
    let rename = format!("--rename=data={}", at(&server, "moved"));
    site.restore_databases(&again, &[&rename], 0, "recovered to");
    assert_eq!(marks(&Other::start(&at(&server, "moved"), &at(&server, "tmp"))), "one\ntwo\n");
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_log_with_a_gap_is_no_snapshot_and_starts_nothing() {
    let Some((server, site)) = everything() else { return };
    let segments = || {
        let names = fs::read_dir(server.folder().join("archive")).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.display().to_string()).filter(|name| name.len() == 24).collect();
        names.sort();
        names
    };
    let bundle = site.create(&["--only=data", "--compression=none"]);
    let last = segments().pop().unwrap();
    // One that is missing, and one whose content is another one's.
    let forged = site.at("forged.tar");
    for (lie, words) in
        [(format!("missing-segment={last}"), "is missing"), (format!("odd-segment={last}"), "of another")]
    {
        let mut forge = Command::new("python3");
        let ended = finish(forge.args([&script("forge.py"), &bundle.display().to_string(), &forged, &lie]));
        assert_eq!(ended.status, 0, "{ended:?}");
        let refused = site.restore_databases(&forged, &[&format!("--rename=data={}", at(&server, "moved"))], 5, words);
        assert!(refused.stderr.contains(&last), "{refused:?}");
    }
    let mut wrong = fs::read(&bundle).unwrap();
    let content = fs::read(server.folder().join("archive").join(&last)).unwrap();
    let begin = wrong.windows(64).position(|window| *window == content[..64]).unwrap();
    wrong[begin + 100] ^= 1;
    fs::write(&forged, wrong).unwrap();
    site.restore_databases(&forged, &[&format!("--rename=data={}", at(&server, "moved"))], 5, "files/data/.p/");
    assert!(!server.folder().join("moved").exists());
    assert_eq!(site.leftovers(), Vec::<String>::new());
    let before = site.bundles();
    // A digest that is not that of the segment; no archiving at all; an archive that the server does not fill.
    platform(&site, &server, "none");
    site.expect(&CREATE, 10, "the archive of the server's log is missing");
    as_postgres(&["mkdir", &at(&server, "none")]);
    sql(&server, "postgres", "ALTER SYSTEM SET archive_command = 'false'");
    sql(&server, "postgres", "SELECT pg_reload_conf()");
    site.expect(&CREATE, 6, "does not archive its log");
    sql(&server, "postgres", "ALTER SYSTEM SET archive_command = ''");
    sql(&server, "postgres", "SELECT pg_reload_conf()");
    std::thread::sleep(Duration::from_millis(200));
    site.expect(&CREATE, 12, "archive_command is empty");
    site.expect(&[&CREATE[..], &["--mode=frozen"]].concat(), 2, "");
    assert_eq!(site.bundles(), before);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_copy_or_a_recovery_that_is_killed_leaves_nothing() {
    let Some((server, site)) = everything() else { return };
    sql(&server, "whole one", "INSERT INTO marks VALUES ('one')");
    for point in ["postgresql.copying", "snapshot.part", "postgresql.copied", "postgresql.marked", "snapshot.catalogue"]
    {
        let killed = finish(site.command(&CREATE).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&["recover"], 0, "");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
        assert_eq!(site.bundles(), Vec::<std::path::PathBuf>::new(), "{point}");
    }
    let bundle = site.create(&["--only=data"]).display().to_string();
    let rename = format!("--rename=data={}", at(&server, "moved"));
    let restore = ["restore", "--platform=site.toml", "--only=data", &rename, "--file", &bundle];
    // Of its own: other tests recover servers at the same time.
    let sockets = at(&server, "s");
    fs::create_dir(&sockets).unwrap();
    for point in
        ["restore.built", "postgresql.recovering", "postgresql.recovered", "restore.loaded", "postgresql.placed"]
    {
        let killed = finish(site.command(&restore).env("GAPSYNC_FAIL_POINT", point).env("TMPDIR", &sockets));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&["recover"], 0, "");
        let names = fs::read_dir(server.folder()).unwrap().map(|entry| entry.unwrap().file_name());
        let odd: Vec<_> = names
            .map(|name| name.display().to_string())
            .filter(|name| name.contains("moved") || name.starts_with(".gapsync"))
            .collect();
        assert_eq!(odd, Vec::<String>::new(), "{point}");
        assert_eq!(fs::read_dir(&sockets).unwrap().count(), 0, "{point}");
    }
    // Twice the same.
    for _ in 0..2 {
        let other = restored(&site, &server, &bundle, &[]);
        assert_eq!(ask(&other, "SELECT v FROM marks"), "one\n");
    }
}

#[test]
fn a_server_fills_an_archive_and_is_brought_back_to_a_time_out_of_it() {
    if service("PostgreSQL", "GAPSYNC_TEST_POSTGRES").is_none() {
        return;
    }
    let server = archiving(&[]);
    let at = |name: &str| server.folder().join(name).display().to_string();
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
