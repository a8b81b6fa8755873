//! References to rows that do not travel.

use super::{cell, ids, rows, site};
use crate::conformance::look::number;
use crate::support::{Engine, engines};

const OLD: &str = "2025-01-01 00:00:00";

#[test]
fn a_reference_to_a_deleted_row_travels_as_its_hash_until_that_row_lives_again() {
    for engine in engines() {
        let script = "INSERT INTO people (id, email, manager_id, updated_at, deleted_at) VALUES (1, 'a@b.c', NULL, 'OLD', 'OLD'),
             (2, 'd@e.f', 1, 'OLD', NULL), (3, 'g@h.i', 2, 'OLD', NULL), (4, 'j@k.l', NULL, 'OLD', NULL);
             UPDATE people SET manager_id = 4 WHERE id = 4;";
        let site = site(engine, &script.replace("OLD", OLD));
        site.database.run(&format!("UPDATE people SET updated_at = '{OLD}';"));
        let hash = site.database.run("SELECT sync_hash FROM people WHERE id = 1;").trim().to_owned();
        for options in [&["--no-record"][..], &["--no-record", "--meta-only=Y"]] {
            let people = rows(&site.export(options), "people");
            let of = |id| (cell(&people[&id], "manager_id"), cell(&people[&id], "manager_id@sync_hash"));
            assert_eq!(of(2), (None, Some(hash.as_str())), "{engine:?}");
            assert_eq!((of(3), of(4)), ((Some("2"), None), (Some("4"), None)), "{engine:?}");
        }
        // Nothing stays behind where deleted rows travel.
        let all = rows(&site.export(&["--no-record", "--include-deleted=Y"]), "people");
        assert_eq!(cell(&all[&2], "manager_id"), Some("1"));
        assert!(!all[&2].contains_key("manager_id@sync_hash"), "{engine:?}");

        site.database.run("UPDATE people SET deleted_at = NULL, updated_at = '2026-01-01 00:00:00' WHERE id = 1;");
        let second = site.export(&["--no-record", "--start-date=2026-01-01"]);
        let people = rows(&second, "people");
        assert_eq!(people.keys().collect::<Vec<_>>(), [&1, &2], "{engine:?}");
        assert_eq!((cell(&people[&2], "manager_id"), cell(&people[&2], "manager_id@sync_hash")), (Some("1"), None));
    }
}

#[test]
fn a_reference_that_leads_nowhere_says_that_the_source_does_not_know() {
    for engine in engines() {
        let script = "INSERT INTO kinds (id, name) VALUES (1, 'k');
             INSERT INTO people (id, email, deleted_at) VALUES (1, 'a@b.c', 'OLD');
             INSERT INTO origins (id, type, name, reference_id) VALUES (1, 'kinds', 'there', 1), (2, 'kinds', 'missing', 77),
             (3, 'unknown', 'no kind', 1), (4, 'kinds', 'none', NULL), (5, 'people', 'deleted', 1);";
        let site = site(engine, &script.replace("OLD", OLD));
        let hash = site.database.run("SELECT sync_hash FROM people;").trim().to_owned();
        let exported = site.export(&["--no-record"]);
        let found: Vec<_> = rows(&exported, "origins")
            .values()
            .map(|row| {
                let text = |column| cell(row, column).map(str::to_owned);
                (text("reference_id"), text("reference_id@sync_hash"))
            })
            .collect();
        let unknown = || (None, Some("-".to_owned()));
        let expected = [(Some("1".to_owned()), None), unknown(), unknown(), (None, None), (None, Some(hash))];
        assert_eq!(found, expected, "{engine:?}");
        assert_eq!(exported.report["totals"]["ignored"], 0, "a row that can do without is not left out");
    }
}

#[test]
fn ids_of_a_table_outside_the_profile_stay_at_home() {
    for engine in engines() {
        let site = site(engine, "INSERT INTO kinds (id, name) VALUES (1, 'k');");
        site.database.run("CREATE TABLE teams (id BIGINT PRIMARY KEY); INSERT INTO teams VALUES (5);");
        let key = if engine == Engine::Sqlite { "BIGINT REFERENCES teams (id)" } else { "BIGINT" };
        site.database.run(&format!("ALTER TABLE kinds ADD COLUMN team_id {key};"));
        if engine != Engine::Sqlite {
            site.database.run("ALTER TABLE kinds ADD FOREIGN KEY (team_id) REFERENCES teams (id);");
        }
        site.database.run("UPDATE kinds SET team_id = 5; INSERT INTO kinds (id, name) VALUES (2, 'l');");
        site.fill_hashes();
        let kinds = rows(&site.export(&["--no-record"]), "kinds");
        let of = |id| (cell(&kinds[&id], "team_id"), cell(&kinds[&id], "team_id@sync_hash"));
        assert_eq!((of(1), of(2)), ((None, Some("-")), (None, None)), "{engine:?}");
        assert_eq!(number(&site.database, "SELECT count(*) FROM teams;"), 1);
        assert_eq!(ids(&site.export(&["--no-record"]), "kinds"), [1, 2]);
    }
}
