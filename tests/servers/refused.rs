//! What a server must not bend, and what is refused where it would.

use super::{bundle, filled, run};
use crate::support::server::Server;
use crate::support::{Database, Engine, engines, fresh_database};

#[test]
fn rows_that_a_policy_hides_are_not_left_out_in_silence() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let server = Server::start(Engine::Postgres);
    let database = server.database();
    let folder = filled(&database);
    database.run(
        "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
         GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO reader;
         ALTER TABLE things ENABLE ROW LEVEL SECURITY;
         CREATE POLICY part ON things FOR SELECT TO reader USING (value = 'one');",
    );
    let reader = database.url.replace("user=gapsync", "user=reader");
    let ended = run(folder.path(), &reader, &["export", "--no-record"]);
    assert_eq!(ended.status, 6, "{}", ended.stderr);
    assert!(ended.stderr.contains("BYPASSRLS"), "{}", ended.stderr);
    database.run("ALTER ROLE reader BYPASSRLS");
    let ended = run(folder.path(), &reader, &["export", "--no-record"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
}

#[test]
fn a_database_that_is_not_utf8_is_refused_at_once() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let server = Server::start(Engine::Postgres);
        let database = server.database();
        let folder = filled(&database);
        assert_eq!(run(folder.path(), &database.url, &["export"]).status, 0);
        database.run(&format!("CREATE DATABASE other ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"));
        let other = server.url_of("other");
        let bundle = bundle(folder.path());
        for arguments in [
            &["init"] as &[_],
            &["export"],
            &["import", "--file", &bundle],
            &["import", "--dry-run", "--file", &bundle],
            &["fill-sync-hash"],
            &["fill-sync-hash", "--check"],
        ] {
            let ended = run(folder.path(), &other, arguments);
            assert_eq!(ended.status, 7, "{encoding} {arguments:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(encoding), "{}", ended.stderr);
        }
    }
}

/// Makes a user of a server whose sessions begin with settings that bend results, where ours do not hold.
fn bend(engine: Engine, database: &Database) -> String {
    if engine == Engine::Postgres {
        database.run(
            "CREATE ROLE app LOGIN; GRANT ALL ON SCHEMA public TO app;
             ALTER ROLE app SET DateStyle = 'SQL,DMY'; ALTER ROLE app SET bytea_output = 'escape';
             ALTER ROLE app SET extra_float_digits = -5; ALTER ROLE app SET standard_conforming_strings = off;
             ALTER ROLE app SET transform_null_equals = on; ALTER ROLE app SET default_transaction_read_only = on;
             ALTER ROLE app SET default_transaction_isolation = 'serializable'; ALTER ROLE app SET statement_timeout = '50ms';
             ALTER ROLE app SET exit_on_error = on; ALTER ROLE app SET TimeZone = 'Asia/Kathmandu';
             ALTER ROLE app SET quote_all_identifiers = on; ALTER ROLE app SET gin_fuzzy_search_limit = 1;",
        );
        return database.url.replace("user=gapsync", "user=app");
    }
    // A user without SUPER, because `init_connect` is not for those who have it.
    database.run(
        "CREATE USER app@localhost; GRANT ALL ON *.* TO app@localhost; REVOKE SUPER ON *.* FROM app@localhost;
         SET GLOBAL init_connect = 'SET sql_select_limit = 1, sql_safe_updates = 1, sql_auto_is_null = 1, max_join_size = 1';
         SET GLOBAL autocommit = 0; SET GLOBAL completion_type = 'CHAIN'; SET GLOBAL max_statement_time = 0.05;
         SET GLOBAL group_concat_max_len = 4; SET GLOBAL div_precision_increment = 0; SET GLOBAL time_zone = '+05:45';
         SET GLOBAL unique_checks = 0; SET GLOBAL foreign_key_checks = 0; SET GLOBAL check_constraint_checks = 0;",
    );
    database.url.replace("root@", "app@")
}

#[test]
fn settings_of_the_server_do_not_bend_what_travels() {
    for engine in engines().into_iter().filter(|engine| *engine != Engine::Sqlite) {
        let plain = fresh_database(engine);
        let server = Server::start(engine);
        let folder = filled(&plain);
        let database = server.database();
        let url = bend(engine, &database);
        for (url, arguments) in [(&plain.url, &["export"] as &[_]), (&url, &["init"])] {
            let ended = run(folder.path(), url, arguments);
            assert_eq!(ended.status, 0, "{engine:?} {arguments:?}: {}", ended.stderr);
        }
        let bundle = bundle(folder.path());
        for arguments in [&["import", "--file", &bundle] as &[_], &["fill-sync-hash", "--check"]] {
            let ended = run(folder.path(), &url, arguments);
            assert_eq!(ended.status, 0, "{engine:?} {arguments:?}: {}{}", ended.stdout, ended.stderr);
        }
        let rows = "SELECT value, sync_hash FROM things ORDER BY value";
        assert_eq!(plain.run(rows), database.run(rows), "{engine:?}");
        assert_eq!(plain.run(rows).lines().count(), 3);
    }
}

#[test]
fn a_login_that_fails_says_what_is_wrong() {
    for engine in engines() {
        let user = match engine {
            Engine::Sqlite => continue,
            Engine::Postgres => "gapsync",
            Engine::Mariadb => "root",
        };
        let database = fresh_database(engine);
        let folder = tempfile::tempdir().unwrap();
        let name =
            database.run(if engine == Engine::Postgres { "SELECT current_database()" } else { "SELECT database()" });
        let missing = run(folder.path(), &database.url.replace(name.trim(), "no_such_database"), &["history"]);
        assert_eq!(missing.status, 6, "{}", missing.stderr);
        assert!(missing.stderr.contains("there is no database `no_such_database`"), "{}", missing.stderr);
        if engine == Engine::Mariadb {
            database.run("CREATE OR REPLACE USER locked_out@localhost IDENTIFIED BY 'x'");
            let refused =
                run(folder.path(), &database.url.replace(&format!("{user}@"), "locked_out:wrong@"), &["history"]);
            assert_eq!(refused.status, 6, "{}", refused.stderr);
            assert!(refused.stderr.contains("refuses the password of the user `locked_out`"), "{}", refused.stderr);
            database.run("DROP USER locked_out@localhost");
        }
    }
}

#[test]
fn latin1_of_mariadb_takes_exactly_what_it_can_hold() {
    if !engines().contains(&Engine::Mariadb) {
        return;
    }
    use gapsync::model::schema::Characters;
    let database = fresh_database(Engine::Mariadb);
    database.run("CREATE TABLE one (code int PRIMARY KEY, c varchar(1) CHARACTER SET latin1)");
    let all = (1..0x3000_u32).filter_map(char::from_u32);
    let rows: Vec<String> = all.map(|c| format!("({0}, CONVERT(x'{0:08x}' USING utf32))", c as u32)).collect();
    // Without strict mode, what does not fit becomes a question mark.
    database.run(&format!("SET sql_mode = ''; INSERT INTO one SELECT a.* FROM (VALUES {}) AS a;", rows.join(", ")));
    let held = database.rows("SELECT code FROM one WHERE c <> '?' OR code = 63 ORDER BY code");
    let held: Vec<u32> = held.iter().map(|row| row[0].parse().unwrap()).collect();
    let ours = (1..0x3000_u32).filter(|code| char::from_u32(*code).is_some_and(|c| Characters::Windows1252.has(c)));
    assert_eq!(held, ours.collect::<Vec<_>>());
}
