//! Keys are compared byte for byte, on every engine, whatever the collation of a column.

use super::{Own, count, warnings};
use crate::support::{Engine, engines};

const PROFILE: &str = "
[[table]]
name = \"url\"
group = \"object\"
key = [\"value\"]
match = \"key\"
";

const SCHEMA: &str = "CREATE TABLE url (id {id}, value {text} NOT NULL, note {text}, updated_at {time});";

const VALUES: [&str; 4] = ["http://h/A", "http://h/a", "http://h/\u{e1}", "http://h/a "];

fn insert(values: &[&str], note: &str) -> String {
    let rows: Vec<String> = values.iter().map(|value| format!("('{value}', '{note}', '2026-01-01')")).collect();
    format!("INSERT INTO url (value, note, updated_at) VALUES {};", rows.join(", "))
}

#[test]
fn texts_that_a_collation_takes_for_equal_stay_apart() {
    for engine in engines() {
        let (a, b) = (Own::new(engine, PROFILE, SCHEMA), Own::new(engine, PROFILE, SCHEMA));
        a.database.run(&insert(&VALUES, "mine"));
        b.database.run(&insert(&["http://H/a"], "other"));
        let (bundle, _) = a.export(&[]);
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            let counts = ["inserted", "unchanged", "duplicates"].map(|what| count(&report, "url", what));
            assert_eq!(counts, if again { [0, 4, 0] } else { [4, 0, 0] }, "{engine:?}");
            assert_eq!(warnings(&report), "", "{engine:?}");
        }
        assert_eq!(b.look("SELECT count(*) FROM url"), ["5"], "{engine:?}");
    }
}

/// Such a key allows only one of them, and says so.
#[test]
fn a_unique_key_that_folds_is_named() {
    for engine in engines().into_iter().filter(|engine| *engine == Engine::Mariadb) {
        let unique = SCHEMA.replace("{text} NOT NULL", "varchar(100) CHARACTER SET utf8mb4 NOT NULL UNIQUE");
        let (a, b) = (Own::new(engine, PROFILE, SCHEMA), Own::new(engine, PROFILE, &unique));
        a.database.run(&insert(&["one", "two"], "new"));
        b.database.run(&insert(&["ONE"], "old"));
        let (bundle, _) = a.export(&[]);
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            assert_eq!(count(&report, "url", "inserted"), u64::from(!again));
            let warned = warnings(&report);
            assert!(warned.contains("`url`") && warned.contains("(value)") && warned.contains("collation"), "{warned}");
        }
        assert_eq!(b.look("SELECT value, note FROM url ORDER BY id"), ["ONE new", "two new"]);
    }
}

/// SQLite stores a date or a uuid as whatever text it is given.
#[test]
fn another_form_of_the_same_value_is_the_same_key() {
    let profile = PROFILE.replace("\"value\"", "\"seen\", \"at\", \"uuid\", \"yes\"");
    let schema = "CREATE TABLE url (id INTEGER PRIMARY KEY, seen TIMESTAMP TEXT, at TIME TEXT, uuid UUID TEXT, yes BOOLEAN, \
                  note TEXT, updated_at TIMESTAMP TEXT);";
    let (a, b) = (Own::new(Engine::Sqlite, &profile, schema), Own::new(Engine::Sqlite, &profile, schema));
    let rows = |forms: [&str; 3]| {
        let row = |form: &str| format!("INSERT INTO url (seen, at, uuid, yes, note) VALUES ({form}, 'x');\n");
        forms.map(row).concat()
    };
    a.database.run(&rows([
        "'2024-01-01 00:00:00', '10:00:00', '0a111111-1111-4111-8111-111111111111', 1",
        "'2024-01-01 00:00:00.100000', '10:00:00', '0a111111-1111-4111-8111-111111111111', 1",
        "'2024-01-01 05:00:00', NULL, NULL, 0",
    ]));
    b.database.run(&rows([
        "'2024-01-01T00:00:00Z', '10:00', '0A111111-1111-4111-8111-111111111111', 1",
        "'2024-01-01 00:00:00.100', '10:00', '0a111111-1111-4111-8111-111111111111', 1",
        "'2024-01-01 00:00:00-05:00', NULL, NULL, 0",
    ]));
    let (bundle, _) = a.export(&[]);
    let report = b.import(&bundle, &[], 0);
    assert_eq!(count(&report, "url", "unchanged"), 3, "{report}");
    assert_eq!(b.look("SELECT count(*) FROM url"), ["3"]);
}

#[test]
fn a_folded_key_ignores_case_and_nothing_else() {
    let profile = PROFILE.replace("match = \"key\"", "match = \"key\"\nfold = [\"value\"]");
    for engine in engines() {
        let (a, b) = (Own::new(engine, &profile, SCHEMA), Own::new(engine, &profile, SCHEMA));
        a.database.run(&insert(&["tlp:red", "TLP:Red", "gr\u{fc}n", "x\u{e1}", "y "], "mine"));
        b.database.run(&insert(&["TLP:RED", "GR\u{dc}N", "xa", "y"], "other"));
        let (bundle, _) = a.export(&[]);
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            let counts = ["inserted", "updated", "duplicates"].map(|what| count(&report, "url", what));
            assert_eq!(counts, if again { [0, 0, 1] } else { [2, 2, 1] }, "{engine:?}");
        }
        let kept = b.look("SELECT value FROM url WHERE note = 'mine' ORDER BY id");
        assert_eq!(kept[..2], ["TLP:RED", "GR\u{dc}N"], "{engine:?}: a key is never altered");
        assert_eq!(b.look("SELECT count(*) FROM url"), ["6"], "{engine:?}");
    }
}
