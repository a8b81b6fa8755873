//! References in which a number stands for no row, and rows whose reference leads nowhere.

use super::{Own, count};
use crate::support::{Engine, engines};

/// `WORDS` are those of the reference.
const PROFILE: &str = "
[[table]]
name = \"crate\"
group = \"object\"
key = [\"name\"]
match = \"key\"
deleted = { column = \"deleted\", kind = \"flag\" }

[[table]]
name = \"item\"
group = \"context\"
key = [\"name\"]
match = \"key\"
references.crate_id = { table = \"crate\", none = 0 WORDS }

[[table]]
name = \"label\"
group = \"context\"
key = [\"crate_id\", \"text\"]
match = \"key\"
references.crate_id = { table = \"crate\", none = 0 }

[[table]]
name = \"chest\"
group = \"object\"
key = [\"name\"]
match = \"key\"
references = { next_id = { table = \"chest\", none = 0 }, crate_id = { table = \"crate\", none = -1 } }
";

/// None of the references can be NULL.
const SCHEMA: &str = "
CREATE TABLE crate (id {id}, name {text} NOT NULL, deleted smallint NOT NULL DEFAULT 0, updated_at {time});
CREATE TABLE item (id {id}, name {text} NOT NULL, crate_id bigint NOT NULL, updated_at {time});
CREATE TABLE label (id {id}, crate_id bigint NOT NULL, text {text} NOT NULL, updated_at {time});
CREATE TABLE chest (id {id}, name {text} NOT NULL, next_id bigint NOT NULL, crate_id bigint NOT NULL, updated_at {time});
";

const OURS: &str = "
INSERT INTO crate (id, name, deleted, updated_at) VALUES (1, 'a', 0, '2026-02-02'), (2, 'gone', 1, '2026-02-02');
INSERT INTO item (id, name, crate_id, updated_at) VALUES (1, 'in a', 1, '2026-02-02'), (2, 'nowhere', 0, '2026-02-02'),
    (3, 'moved out', 0, '2026-02-02'), (4, 'of the deleted', 2, '2026-02-02'), (5, 'dangling', 77, '2026-02-02');
INSERT INTO label (id, crate_id, text) VALUES (1, 1, 'x'), (2, 0, 'x'), (3, 0, 'y');
INSERT INTO chest (id, name, next_id, crate_id, updated_at) VALUES (1, 'one', 2, -1, '2026-02-02'),
    (2, 'two', 0, 1, '2026-02-02'), (3, 'three', 1, -1, '2026-02-02');
";

const THEIRS: &str = "
INSERT INTO crate (id, name, updated_at) VALUES (8, 'b', '2026-01-01'), (9, 'c', '2026-01-01');
INSERT INTO item (id, name, crate_id, updated_at) VALUES (7, 'moved out', 8, '2026-01-01'), (8, 'of the deleted', 9, '2026-01-01');
INSERT INTO label (id, crate_id, text) VALUES (5, 0, 'x');
";

fn pair(engine: Engine, profile: &str) -> (Own, Own) {
    let (a, b) = (Own::new(engine, profile, SCHEMA), Own::new(engine, profile, SCHEMA));
    a.database.run(OURS);
    b.database.run(THEIRS);
    (a, b)
}

/// The items of a database, each with the name of its crate, or the number that it has instead.
fn items(own: &Own) -> Vec<String> {
    own.look(
        "SELECT i.name, coalesce(c.name, CASE WHEN i.crate_id = 0 THEN '0' ELSE 'lost' END) FROM item i \
         LEFT JOIN crate c ON c.id = i.crate_id ORDER BY i.name",
    )
}

#[test]
fn zero_is_none_on_both_sides() {
    for engine in engines() {
        let (a, b) = pair(engine, &PROFILE.replace("WORDS", ""));
        let (bundle, _) = a.export(&[]);
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            let written = ["inserted", "updated"].map(|what| report["totals"][what].as_u64().unwrap());
            assert_eq!(written, if again { [0, 0] } else { [9, 2] }, "{engine:?}: {report}");
            assert_eq!(
                items(&b),
                ["dangling 0", "in a a", "moved out 0", "nowhere 0", "of the deleted c"],
                "{engine:?}: what cannot be mapped is none in a new row and stays in an existing one"
            );
            let labels = b.look(
                "SELECT l.text, coalesce(c.name, '-'), l.crate_id = 0 FROM label l LEFT JOIN crate c ON c.id = l.crate_id ORDER BY 1, 2",
            );
            let labels: Vec<String> = labels.iter().map(|row| row.replace('t', "1").replace('f', "0")).collect();
            assert_eq!(labels, ["x - 1", "x a 0", "y - 1"], "{engine:?}: zero is the same key on both sides");
            let chests = b.look(
                "SELECT c.name, coalesce(n.name, '-'), CASE WHEN c.crate_id = -1 THEN -1 ELSE 1 END FROM chest c \
                 LEFT JOIN chest n ON n.id = c.next_id ORDER BY 1",
            );
            assert_eq!(chests, ["one two -1", "three one -1", "two - 1"], "{engine:?}");
        }
        // A reference that the source has cleared is cleared, and one that it has set is set.
        a.database.run(
            "UPDATE item SET crate_id = 0, updated_at = '2026-03-03' WHERE id = 1; \
             UPDATE item SET crate_id = 1, updated_at = '2026-03-03' WHERE id = 2;",
        );
        let (bundle, _) = a.export(&[]);
        b.import(&bundle, &[], 0);
        let found: Vec<String> = items(&b).into_iter().filter(|item| !item.contains(" of ")).collect();
        assert_eq!(found[1..4], ["in a 0", "moved out 0", "nowhere a"], "{engine:?}");
    }
}

#[test]
fn a_row_that_leads_nowhere_is_rejected_or_left_out_as_the_profile_says() {
    for engine in engines() {
        for (words, status) in [(", missing = \"reject\"", 3), (", missing = \"skip\"", 0)] {
            // Where rows can be deleted, one that leads nowhere stays at home with those that do.
            let profile = PROFILE.replace("deleted = { column = \"deleted\", kind = \"flag\" }\n", "");
            let (a, b) = pair(engine, &profile.replace("WORDS", words));
            a.database.run("DELETE FROM item WHERE id = 4;");
            let (bundle, _) = a.export(&[]);
            for again in [false, true] {
                let report = b.import(&bundle, &[], status);
                let what = if status == 3 { "rejected" } else { "ignored" };
                assert_eq!(count(&report, "item", what), 1, "{engine:?}: {report}");
                assert_eq!(count(&report, "item", "inserted"), if again { 0 } else { 2 }, "{engine:?}: {report}");
                assert_eq!(
                    items(&b),
                    ["in a a", "moved out 0", "nowhere 0", "of the deleted c"],
                    "{engine:?}: zero is none, and not missing"
                );
            }
        }
    }
}
