//! Rows that only the database refuses: whatever needs them goes with them, and nothing ends at an id that was theirs.

use super::{NEW, OLD, Target};
use crate::model::hash::md5_hex;
use crate::support::{Engine, engines};

/// How a database can refuse a thing whose value is `bad`.
fn ways(engine: Engine) -> Vec<(&'static str, &'static str)> {
    match engine {
        Engine::Sqlite => vec![
            (
                "RAISE",
                "CREATE TRIGGER no_bad BEFORE INSERT ON things WHEN NEW.value = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END;",
            ),
            (
                "RAISE(IGNORE)",
                "CREATE TRIGGER no_bad BEFORE INSERT ON things WHEN NEW.value = 'bad' BEGIN SELECT RAISE(IGNORE); END;",
            ),
        ],
        Engine::Postgres => vec![
            ("CHECK", "ALTER TABLE things ADD CONSTRAINT no_bad CHECK (value <> 'bad');"),
            (
                "a trigger",
                "CREATE FUNCTION no_bad() RETURNS trigger LANGUAGE plpgsql AS \
                 $$BEGIN IF NEW.value = 'bad' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END$$; \
                 CREATE TRIGGER no_bad BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION no_bad();",
            ),
            (
                "a trigger that returns NULL",
                "CREATE FUNCTION no_bad() RETURNS trigger LANGUAGE plpgsql AS \
                 $$BEGIN IF NEW.value = 'bad' THEN RETURN NULL; END IF; RETURN NEW; END$$; \
                 CREATE TRIGGER no_bad BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION no_bad();",
            ),
        ],
        Engine::Mariadb => vec![
            ("CHECK", "ALTER TABLE things ADD CONSTRAINT no_bad CHECK (value <> 'bad');"),
            (
                "a trigger",
                "DELIMITER //\nCREATE TRIGGER no_bad BEFORE INSERT ON things FOR EACH ROW BEGIN \
                 IF NEW.value = 'bad' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF; END//\nDELIMITER ;\n",
            ),
        ],
    }
}

/// A bad thing and a good one, with notes, links, notes of links and labels.
fn bundle() -> Vec<(&'static str, &'static str, &'static [&'static str])> {
    vec![
        ("kinds", "id name updated_at", &["1 alpha 2020-01-01T00:00:00"]),
        ("labels", "id name updated_at", &["1 ransomware 2020-01-01T00:00:00"]),
        (
            "things",
            "id kind_id value updated_at",
            &["1 1 good 2020-01-01T00:00:00", "2 1 bad 2020-01-01T00:00:00", "3 1 fine 2020-01-01T00:00:00"],
        ),
        (
            "thing_notes",
            "id thing_id moment level value updated_at",
            &[
                "1 1 2019-05-05T05:05:05 ~ mine 2020-01-01T00:00:00",
                "2 2 2019-05-05T05:05:05 ~ theirs 2020-01-01T00:00:00",
            ],
        ),
        (
            "links",
            "id src_type src_object_id dest_type dest_object_id updated_at",
            &[
                "1 thing 1 thing 2 2020-01-01T00:00:00",
                "2 thing 1 thing 3 2020-01-01T00:00:00",
                "3 thing 2 thing 2 2020-01-01T00:00:00",
            ],
        ),
        ("link_notes", "id link_id value updated_at", &["1 1 far 2020-01-01T00:00:00", "2 2 near 2020-01-01T00:00:00"]),
        (
            "labelled",
            "id label_id object_type object_id updated_at",
            &["1 1 thing 2 2020-01-01T00:00:00", "2 1 thing 3 2020-01-01T00:00:00"],
        ),
    ]
}

#[test]
fn what_needs_a_refused_row_is_rejected_with_it() {
    for engine in engines() {
        for (way, ddl) in ways(engine) {
            for limit in ["1", "2", "1000"] {
                let target = Target::new(engine);
                target.database.run(ddl);
                let run = target.import_with(&bundle(), &[&format!("--object-limit={limit}")]);
                let what = format!("{engine:?}, {way}, chunks of {limit}: {}", run.stderr);
                assert_eq!(run.status, 3, "{what}");
                let rejected =
                    ["things", "thing_notes", "links", "link_notes", "labelled"].map(|t| run.count(t, "rejected"));
                assert_eq!(rejected, [1, 1, 2, 1, 1], "{what}");
                assert_eq!(target.look("SELECT value FROM things ORDER BY value"), ["fine", "good"], "{what}");
                assert_eq!(target.look("SELECT value FROM thing_notes"), ["mine"], "{what}");
                let labelled = "SELECT t.value FROM labelled l JOIN things t ON t.id = l.object_id";
                assert_eq!(target.look(labelled), ["fine"], "{what}");
                assert_eq!(target.look("SELECT count(*) FROM labelled"), ["1"], "{what}");
                assert_eq!(target.look("SELECT count(*) FROM links"), ["1"], "{what}");
                assert_eq!(target.look("SELECT value FROM link_notes"), ["near"], "{what}");
                // The next new row is nobody's heir.
                let next = ("things", "id kind_id value updated_at", &["9 1 harmless 2020-01-01T00:00:00"][..]);
                let run = target.import(&[("kinds", "id name updated_at", &["1 alpha 2020-01-01T00:00:00"]), next]);
                assert_eq!(run.status, 0, "{what}");
                assert_eq!(target.look(labelled), ["fine"], "{what}");
            }
        }
    }
}

#[test]
fn a_unique_key_inside_the_bundle_takes_dependants_along() {
    for engine in engines() {
        let target = Target::new(engine);
        let things = ["1 1 first S-1 2020-01-01T00:00:00", "2 1 second S-1 2020-01-01T00:00:00"];
        let run = target.import(&[
            ("kinds", "id name updated_at", &["1 alpha 2020-01-01T00:00:00"]),
            ("labels", "id name updated_at", &["1 red 2020-01-01T00:00:00"]),
            ("things", "id kind_id value serial updated_at", &things),
            ("labelled", "id label_id object_type object_id updated_at", &["1 1 thing 2 2020-01-01T00:00:00"]),
        ]);
        assert_eq!((run.status, run.total("rejected")), (3, 2), "{engine:?}: {}", run.stderr);
        assert_eq!(target.look("SELECT value FROM things"), ["first"], "{engine:?}");
        assert_eq!(target.look("SELECT count(*) FROM labelled"), ["0"], "{engine:?}");
    }
}

#[test]
fn an_optional_reference_to_a_refused_row_is_null_and_never_erases() {
    for engine in engines() {
        let target = Target::new(engine);
        let first = target.import(&[
            ("places", "id code capital_id updated_at", &["1 P1 1 2020-01-01T00:00:00"]),
            ("cities", "id place_id name updated_at", &["1 1 c1 2020-01-01T00:00:00"]),
        ]);
        assert_eq!(first.status, 0, "{engine:?}: {}", first.stderr);
        let refuse = match engine {
            Engine::Sqlite => {
                "CREATE TRIGGER n BEFORE INSERT ON cities WHEN NEW.name = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END;"
            }
            _ => "ALTER TABLE cities ADD CONSTRAINT no_bad CHECK (name <> 'bad');",
        };
        target.database.run(refuse);
        let run = target.import(&[
            ("places", "id code capital_id updated_at", &["1 P1 2 2020-02-02T00:00:00", "2 P2 2 2020-02-02T00:00:00"]),
            ("cities", "id place_id name updated_at", &["2 1 bad 2020-02-02T00:00:00"]),
        ]);
        assert_eq!((run.status, run.total("rejected")), (3, 1), "{engine:?}: {}", run.stderr);
        let found = target.look(
            "SELECT p.code, coalesce(c.name, '-') FROM places p LEFT JOIN cities c ON c.id = p.capital_id ORDER BY p.code",
        );
        assert_eq!(found, ["P1 c1", "P2 -"], "{engine:?}");
    }
}

#[test]
fn a_parent_whose_update_is_refused_still_serves_its_children() {
    for engine in engines() {
        let target = Target::new(engine);
        let kinds = ("kinds", "id name updated_at", &["1 alpha 2020-01-01T00:00:00"][..]);
        let columns = "id kind_id value n serial updated_at sync_hash";
        let hash = |value: &str| md5_hex(&format!("32:{}{}:{value}", md5_hex("5:alpha"), value.len()));
        let own = [("1 1 v 1 S-1", "v"), ("2 1 other 1 S-2", "other")];
        let own = own.map(|(row, value)| format!("{row} {OLD} {}", hash(value)));
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        assert_eq!(target.import(&[kinds, ("things", columns, &own)]).status, 0);
        // A name that is taken, and a value that the column cannot hold.
        for (number, row) in ["7 1 v 1 S-2", "7 1 v many S-1"].iter().enumerate() {
            let row = format!("{row} {NEW} {}", hash("v"));
            let note = format!("1 7 2019-05-05T05:05:0{number} ~ note {OLD}");
            let notes = ("thing_notes", "id thing_id moment level value updated_at", &[note.as_str()][..]);
            let run = target.import(&[kinds, ("things", columns, &[&row]), notes]);
            let what = format!("{engine:?}, {row}: {}", run.stderr);
            assert_eq!((run.status, run.count("things", "rejected")), (3, 1), "{what}");
            assert_eq!(run.count("thing_notes", "inserted"), 1, "{what}");
        }
        let notes = "SELECT t.value FROM thing_notes n JOIN things t ON t.id = n.thing_id";
        assert_eq!(target.look(notes), ["v", "v"], "{engine:?}");
    }
}

#[test]
fn a_reference_to_a_row_whose_update_is_refused_is_not_erased() {
    for engine in engines() {
        let target = Target::new(engine);
        let first = target.import(&[
            ("places", "id code capital_id updated_at", &["1 P1 1 2020-01-01T00:00:00"]),
            ("cities", "id place_id name description updated_at", &["1 1 c1 ~ 2020-01-01T00:00:00"]),
        ]);
        assert_eq!(first.status, 0, "{engine:?}");
        let refuse = match engine {
            Engine::Sqlite => {
                "CREATE TRIGGER n BEFORE UPDATE ON cities WHEN NEW.description = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END;"
            }
            _ => "ALTER TABLE cities ADD CONSTRAINT no_bad CHECK (description <> 'bad');",
        };
        target.database.run(refuse);
        let run = target.import(&[
            ("places", "id code capital_id updated_at", &["1 P1 5 2020-02-02T00:00:00", "2 P2 5 2020-02-02T00:00:00"]),
            ("cities", "id place_id name description updated_at", &["5 1 c1 bad 2020-02-02T00:00:00"]),
        ]);
        assert_eq!((run.status, run.total("rejected")), (3, 1), "{engine:?}: {}", run.stderr);
        let found =
            target.look("SELECT p.code, c.name FROM places p JOIN cities c ON c.id = p.capital_id ORDER BY p.code");
        assert_eq!(found, ["P1 c1", "P2 c1"], "{engine:?}");
    }
}
