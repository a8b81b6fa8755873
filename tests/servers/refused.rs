//! What a server must not bend, and what is refused where it would.

use super::{bundle, filled, run};
use crate::support::server::Server;
use crate::support::{Engine, engines, fresh_database};

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

#[test]
fn settings_of_the_server_do_not_bend_what_travels() {
    for engine in engines() {
        let options: &[&str] = match engine {
            Engine::Sqlite => continue,
            Engine::Postgres => &[
                "-crow_security=on",
                "-cDateStyle=SQL,DMY",
                "-cbytea_output=escape",
                "-cextra_float_digits=-5",
                "-cstandard_conforming_strings=off",
                "-ctransform_null_equals=on",
                "-cdefault_transaction_read_only=on",
                "-cdefault_transaction_isolation=serializable",
                "-cstatement_timeout=50ms",
                "-cexit_on_error=on",
                "-cTimeZone=Asia/Kathmandu",
                "-cquote_all_identifiers=on",
            ],
            Engine::Mariadb => &[
                "--sql-mode=ORACLE",
                "--autocommit=0",
                "--completion-type=CHAIN",
                "--max-statement-time=0.05",
                "--max-join-size=1",
                "--group-concat-max-len=4",
                "--div-precision-increment=0",
                "--character-set-server=latin1",
                "--init-connect=SET sql_select_limit=1, sql_safe_updates=1, sql_auto_is_null=1",
                "--default-time-zone=+05:45",
                "--idle-readonly-transaction-timeout=1",
            ],
        };
        let plain = fresh_database(engine);
        let bent = Server::start_with(engine, options);
        let folder = filled(&plain);
        let database = bent.database();
        // A user without SUPER, whom `init_connect` concerns.
        let url = if engine == Engine::Mariadb {
            database.run(
                "CREATE USER app@localhost; GRANT ALL ON *.* TO app@localhost; REVOKE SUPER ON *.* FROM app@localhost;",
            );
            database.url.replace("root@", "app@")
        } else {
            database.url.clone()
        };
        let exported = run(folder.path(), &plain.url, &["export"]);
        assert_eq!(exported.status, 0, "{}", exported.stderr);
        let made = run(folder.path(), &url, &["init"]);
        assert_eq!(made.status, 0, "{engine:?}: {}", made.stderr);
        let imported = run(folder.path(), &url, &["import", "--file", &bundle(folder.path())]);
        assert_eq!(imported.status, 0, "{engine:?}: {}", imported.stderr);
        let checked = run(folder.path(), &url, &["fill-sync-hash", "--check"]);
        assert_eq!(checked.status, 0, "{engine:?}: {}{}", checked.stdout, checked.stderr);
        assert_eq!(plain.run("SELECT value, sync_hash FROM things ORDER BY value"), {
            let limit = if engine == Engine::Mariadb { "SET sql_select_limit = DEFAULT; " } else { "" };
            database.run(&format!("{limit}SELECT value, sync_hash FROM things ORDER BY value"))
        });
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
