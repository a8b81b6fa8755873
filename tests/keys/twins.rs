//! Several rows of the target with one key: the lowest id counts, everywhere and every time, and the report names them.

use super::{Own, count, warnings};
use crate::support::engines;

const PROFILE: &str = "
[[table]]
name = \"thing\"
group = \"object\"
key = [\"name\"]
match = \"key\"

[[table]]
name = \"note\"
group = \"context\"
key = [\"thing_id\", \"text\"]
match = \"key\"
references = { thing_id = \"thing\" }
";

const SCHEMA: &str = "
CREATE TABLE thing (id {id}, name {text} NOT NULL, v {text}, updated_at {time});
CREATE TABLE note (id {id}, thing_id bigint, text {text} NOT NULL, updated_at {time});
";

#[test]
fn the_lowest_id_counts() {
    for engine in engines() {
        let (a, b) = (Own::new(engine, PROFILE, SCHEMA), Own::new(engine, PROFILE, SCHEMA));
        a.database.run(
            "INSERT INTO thing (id, name, v, updated_at) VALUES (1, 'a', 'new', '2026-02-02'), (2, 'b', 'new', '2026-02-02'), \
             (3, 'c', 'new', '2026-02-02'); INSERT INTO note (id, thing_id, text) VALUES (1, 1, 'n'), (2, NULL, 'n');",
        );
        b.database.run(
            "INSERT INTO thing (id, name, v, updated_at) VALUES (11, 'a', 'old', '2026-01-01'), (10, 'a', 'old', '2026-01-01'), \
             (12, 'b', 'old', '2026-01-01'), (14, 'd', 'old', '2026-01-01'), (15, 'd', 'old', '2026-01-01'); \
             INSERT INTO note (id, thing_id, text) VALUES (7, 11, 'n'), (8, NULL, 'n'), (9, NULL, 'n');",
        );
        let (bundle, _) = a.export(&[]);
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            let counts = ["staged", "inserted", "updated", "unchanged"].map(|what| count(&report, "thing", what));
            assert_eq!(counts, if again { [3, 0, 0, 3] } else { [3, 1, 2, 0] }, "{engine:?}");
            let counts = ["staged", "inserted", "unchanged", "duplicates"].map(|what| count(&report, "note", what));
            assert_eq!(counts, if again { [2, 0, 2, 0] } else { [2, 1, 1, 0] }, "{engine:?}");
            let warned = warnings(&report);
            assert!(
                warned.contains("`thing`") && warned.contains("10, 11") && !warned.contains("14"),
                "{engine:?}: {warned}"
            );
            assert!(warned.contains("`note`") && warned.contains("8, 9"), "{engine:?}: {warned}");
        }
        let things = b.look("SELECT id, name, v FROM thing ORDER BY id");
        assert_eq!(things[..4], ["10 a new", "11 a old", "12 b new", "14 d old"], "{engine:?}");
        assert_eq!(things.len(), 6, "{engine:?}");
        assert_eq!(
            b.look("SELECT thing_id FROM note WHERE thing_id IS NOT NULL ORDER BY 1"),
            ["10", "11"],
            "{engine:?}"
        );
    }
}

#[test]
fn twins_in_a_bundle_lead_to_one_row_and_so_do_their_children() {
    for engine in engines() {
        let (a, b) = (Own::new(engine, PROFILE, SCHEMA), Own::new(engine, PROFILE, SCHEMA));
        a.database.run(
            "INSERT INTO thing (id, name, v, updated_at) VALUES (1, 'a', 'old', '2026-01-01'), (2, 'a', 'new', '2026-02-02'); \
             INSERT INTO note (id, thing_id, text) VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 1, 'both'), (4, 2, 'both');",
        );
        let (bundle, _) = a.export(&[]);
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            assert_eq!(count(&report, "thing", "duplicates"), 1, "{engine:?}");
            assert_eq!(count(&report, "note", "duplicates"), 1, "{engine:?}");
            assert_eq!(count(&report, "note", "inserted"), if again { 0 } else { 3 }, "{engine:?}");
        }
        assert_eq!(b.look("SELECT name, v FROM thing"), ["a new"], "{engine:?}");
        let notes = b.look("SELECT n.text FROM note n JOIN thing t ON t.id = n.thing_id ORDER BY n.text");
        assert_eq!(notes, ["both", "one", "two"], "{engine:?}");
    }
}

/// A row that the target has is there for its children, also if its new version cannot be imported.
#[test]
fn a_parent_whose_new_version_is_rejected_keeps_its_children() {
    let profile = format!(
        "{PROFILE}\n[[table]]\nname = \"mark\"\ngroup = \"context\"\nkey = [\"note_id\", \"name\"]\nmatch = \"key\"\n\
         references = {{ note_id = \"note\", other_id = \"thing\" }}\n"
    );
    let schema = format!(
        "{SCHEMA}CREATE TABLE mark (id {{id}}, note_id bigint NOT NULL, other_id bigint, name {{text}}, updated_at {{time}});"
    );
    // SQLite has no limits: there a CHECK refuses the rows when they are written, and not before.
    let short = "varchar(10) CHECK (length(LONG) <= 10)";
    let narrow = schema.replace("v {text}", &format!("v {}", short.replace("LONG", "v"))).replace(
        "text {text} NOT NULL,",
        &format!("text {{text}} NOT NULL, long_text {},", short.replace("LONG", "long_text")),
    );
    let wide = schema.replace("text {text} NOT NULL,", "text {text} NOT NULL, long_text {text},");
    for engine in engines() {
        let (a, b) = (Own::new(engine, &profile, &wide), Own::new(engine, &profile, &narrow));
        let long = "longer than ten";
        a.database.run(&format!(
            "INSERT INTO thing (id, name, v, updated_at) VALUES (1, 'a', '{long}', '2026-02-02'), (2, 'b', '{long}', '2026-02-02'); \
             INSERT INTO note (id, thing_id, text, long_text, updated_at) VALUES (1, 1, 'n', '{long}', '2026-02-02'); \
             INSERT INTO mark (id, note_id, other_id, name, updated_at) VALUES (1, 1, 1, 'x', '2026-02-02'), \
             (2, 1, 2, 'y', '2026-02-02'), (3, 1, 2, 'z', '2026-02-02');"
        ));
        b.database.run(
            "INSERT INTO thing (id, name, v, updated_at) VALUES (10, 'a', 'short', '2026-01-01'), (11, 'a', 'short', '2026-01-01'), \
             (12, 'c', 'short', '2026-01-01'); \
             INSERT INTO note (id, thing_id, text, long_text, updated_at) VALUES (20, 10, 'n', 'short', '2026-01-01'); \
             INSERT INTO mark (id, note_id, other_id, name, updated_at) VALUES (30, 20, 12, 'z', '2026-01-01');",
        );
        let (bundle, _) = a.export(&[]);
        let report = b.import(&bundle, &[], 3);
        assert_eq!(report["totals"]["rejected"], 3, "{engine:?}: {report}");
        let marks = b.look("SELECT note_id, coalesce(other_id, 0), name FROM mark ORDER BY name");
        assert_eq!(marks, ["20 10 x", "20 0 y", "20 12 z"], "{engine:?}: what `z` refers to is not erased");
    }
}
