//! Databases that set the date of a row themselves when it is written.

use super::{Own, count};
use crate::support::{Engine, engines};

const PROFILE: &str = "
[[table]]
name = \"note\"
group = \"object\"
key = [\"name\"]
descriptions = [\"about\"]
";

const SCHEMA: &str = "CREATE TABLE note (id int AUTO_INCREMENT PRIMARY KEY, name varchar(40) NOT NULL, v text, about text, \
     touched timestamp NOT NULL DEFAULT current_timestamp ON UPDATE current_timestamp, \
     created_at timestamp NOT NULL DEFAULT '2024-01-01', \
     updated_at timestamp NOT NULL DEFAULT current_timestamp ON UPDATE current_timestamp, sync_hash char(32) UNIQUE);";

const DATES: &str = "SELECT CONVERT_TZ(updated_at, @@session.time_zone, '+00:00'), CONVERT_TZ(touched, @@session.time_zone, '+00:00') FROM note";

fn put(own: &Own, v: &str, about: &str, date: &str) {
    own.database.run(&format!(
        "SET time_zone = '+00:00'; INSERT INTO note (name, v, about, created_at, updated_at, touched) \
         VALUES ('a', '{v}', {about}, '{date}', '{date}', '{date}');"
    ));
}

/// `fill-sync-hash`, a filled description and a creation that moves back are no changes.
#[test]
fn what_is_no_change_keeps_the_date() {
    for engine in engines().into_iter().filter(|engine| *engine == Engine::Mariadb) {
        let own = || Own::new(engine, PROFILE, SCHEMA);
        let (a, b) = (own(), own());
        put(&a, "A", "'text'", "2023-01-01");
        put(&b, "B", "NULL", "2024-01-01");
        a.expect(&["fill-sync-hash"], 0);
        b.expect(&["fill-sync-hash"], 0);
        b.database.run("UPDATE note SET sync_hash = 'x', updated_at = updated_at, touched = touched;");
        b.expect(&["fill-sync-hash", "--all"], 0);
        let kept = ["2024-01-01 00:00:00 2024-01-01 00:00:00"];
        assert_eq!(b.look(DATES), kept);
        let (bundle, _) = a.export(&[]);
        let report = b.import(&bundle, &[], 0);
        assert_eq!(count(&report, "note", "updated"), 1, "the description");
        assert_eq!(count(&report, "note", "created_at_adjusted"), 1);
        assert_eq!(b.look(DATES), kept);
        assert_eq!(b.look("SELECT v, about FROM note"), ["B text"]);
        // The other way round, the newer row is still the newer one.
        let (bundle, _) = b.export(&[]);
        let report = a.import(&bundle, &[], 0);
        assert_eq!(count(&report, "note", "updated"), 1);
        assert_eq!(a.look("SELECT v FROM note"), ["B"]);
        assert_eq!(
            a.look("SELECT CONVERT_TZ(updated_at, @@session.time_zone, '+00:00') FROM note"),
            ["2024-01-01 00:00:00"]
        );
    }
}

const TRIGGERED: &str = "CREATE TABLE note (id {id}, name {text} NOT NULL, v {text}, updated_at {time});";

/// A trigger of the platform that sets the date of each row to another one.
fn trigger(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "CREATE TRIGGER stamp_note AFTER UPDATE ON note WHEN NEW.updated_at <> '2030-01-01 00:00:00' BEGIN \
             UPDATE note SET updated_at = '2030-01-01 00:00:00' WHERE id = NEW.id; END;"
        }
        Engine::Postgres => {
            "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := '2030-01-01'; \
             RETURN NEW; END $$; CREATE TRIGGER stamp_note BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION stamp();"
        }
        Engine::Mariadb => {
            "CREATE TRIGGER stamp_note BEFORE UPDATE ON note FOR EACH ROW SET NEW.updated_at = '2030-01-01';"
        }
    }
}

#[test]
fn a_trigger_that_sets_the_date_is_named() {
    let profile = PROFILE.replace("descriptions = [\"about\"]", "match = \"key\"");
    for engine in engines() {
        let own = || Own::new(engine, &profile, TRIGGERED);
        let (a, b) = (own(), own());
        a.database
            .run("INSERT INTO note (name, v, updated_at) VALUES ('a', 'A', '2026-01-01'), ('b', 'A', '2026-01-01');");
        b.database.run("INSERT INTO note (name, v, updated_at) VALUES ('a', 'B', '2025-01-01');");
        let (bundle, _) = a.export(&[]);
        for (triggered, words) in [(true, "`note` that have another date than in the bundle"), (false, "")] {
            if triggered {
                b.database.run(trigger(engine));
            } else {
                let of = if engine == Engine::Postgres { " ON note" } else { "" };
                b.database.run(&format!("DROP TRIGGER stamp_note{of}; UPDATE note SET updated_at = '2025-01-01';"));
            }
            let report = b.import(&bundle, &[], 0);
            assert!(count(&report, "note", "updated") > 0, "{engine:?}");
            let warned = super::warnings(&report);
            assert!(warned.contains(words) && warned.contains("stamp_note") == triggered, "{engine:?}: {warned}");
        }
    }
}
