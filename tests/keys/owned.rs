//! Rows that the target owns, names that are taken there, and rows that only the target has.

use super::{Own, count, warnings};
use crate::support::engines;

const GUARD: &str = "
[[table]]
name = \"event\"
group = \"object\"
key = [\"name\"]
match = \"key\"
exclude = { locked = \"1\" }
guard = { column = \"locked\", value = 0 }

[[table]]
name = \"report\"
group = \"context\"
key = [\"name\"]
match = \"key\"
references = { event_id = \"event\" }
follows = \"event_id\"

[[table]]
name = \"tag\"
group = \"tag\"
key = [\"report_id\", \"name\"]
match = \"key\"
references = { report_id = \"report\" }
follows = \"report_id\"
";

const GUARDED: &str = "
CREATE TABLE event (id {id}, name {text} NOT NULL, v {text}, locked smallint NOT NULL DEFAULT 0, updated_at {time});
CREATE TABLE report (id {id}, name {text} NOT NULL, event_id bigint NOT NULL, v {text}, updated_at {time});
CREATE TABLE tag (id {id}, report_id bigint NOT NULL, name {text} NOT NULL, updated_at {time});
";

#[test]
fn what_the_target_owns_is_left_alone_with_all_that_belongs_to_it() {
    for engine in engines() {
        let (a, b) = (Own::new(engine, GUARD, GUARDED), Own::new(engine, GUARD, GUARDED));
        a.database.run(
            "INSERT INTO event (id, name, v, locked, updated_at) VALUES (1, 'theirs', 'new', 0, '2026-02-02'), \
             (2, 'ours', 'new', 0, '2026-02-02'), (3, 'fresh', 'new', 0, '2026-02-02'); \
             INSERT INTO report (id, name, event_id, v, updated_at) VALUES (1, 'theirs old', 1, 'new', '2026-02-02'), \
             (2, 'theirs new', 1, 'new', '2026-02-02'), (3, 'ours', 2, 'new', '2026-02-02'), \
             (4, 'stolen', 3, 'new', '2026-02-02'), (5, 'fresh', 3, 'new', '2026-02-02'); \
             INSERT INTO tag (id, report_id, name) VALUES (1, 1, 'x'), (2, 2, 'x'), (3, 3, 'x'), (4, 4, 'x'), (5, 5, 'x');",
        );
        b.database.run(
            "INSERT INTO event (id, name, v, locked, updated_at) VALUES (11, 'theirs', 'old', 0, '2026-01-01'), \
             (12, 'ours', 'old', 1, '2026-01-01'); \
             INSERT INTO report (id, name, event_id, v, updated_at) VALUES (21, 'theirs old', 11, 'old', '2026-01-01'), \
             (22, 'ours', 12, 'old', '2026-01-01'), (23, 'stolen', 11, 'old', '2026-01-01');",
        );
        let (bundle, _) = a.export(&[]);
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            let guarded = ["event", "report", "tag"].map(|table| count(&report, table, "guarded"));
            assert_eq!(guarded, [1, 3, 3], "{engine:?}: {report}");
            let written = ["inserted", "updated"].map(|what| report["totals"][what].as_u64().unwrap());
            assert_eq!(written, if again { [0, 0] } else { [4, 2] }, "{engine:?}: {report}");
            let reports = b.look(
                "SELECT r.name, r.v, e.name, e.v, e.locked FROM report r JOIN event e ON e.id = r.event_id ORDER BY 1",
            );
            assert_eq!(
                reports,
                [
                    "fresh new fresh new 1",
                    "ours new ours new 1",
                    "stolen old theirs old 0",
                    "theirs old old theirs old 0"
                ],
                "{engine:?}: a row of the target does not go over to another event either"
            );
            let tags = b.look("SELECT r.name FROM tag t JOIN report r ON r.id = t.report_id ORDER BY 1");
            assert_eq!(tags, ["fresh", "ours"], "{engine:?}");
        }
        let page = b.expect(&["import", &format!("--file={}", bundle.display())], 0).stdout;
        assert!(page.contains("guarded") && page.contains("keeps rows of its own"), "{engine:?}: {page}");
    }
}

const NAMED: &str = "
[[table]]
name = \"org\"
group = \"metadata\"
key = [\"uuid\"]
match = \"key\"
unique_suffix = \"name\"

[[table]]
name = \"event\"
group = \"object\"
key = [\"name\"]
match = \"key\"
references = { org_id = \"org\" }
";

#[test]
fn a_name_that_is_taken_gets_a_suffix() {
    let schema = "CREATE TABLE org (id {id}, uuid {text} NOT NULL, name {text} NOT NULL, updated_at {time}, UNIQUE (uuid), UNIQUE (name)); \
                  CREATE TABLE event (id {id}, name {text} NOT NULL, org_id bigint NOT NULL, updated_at {time});";
    for engine in engines() {
        let (a, b) = (Own::new(engine, NAMED, schema), Own::new(engine, NAMED, schema));
        a.database.run(
            "INSERT INTO org (id, uuid, name, updated_at) VALUES (1, 'u1', 'Acme', '2026-02-02'), (2, 'u2', 'Free', '2026-02-02'), \
             (3, 'u3', 'Acme 3', '2026-02-02'); INSERT INTO event (id, name, org_id) VALUES (1, 'e', 1);",
        );
        b.database.run(
            "INSERT INTO org (id, uuid, name, updated_at) VALUES (8, 'u8', 'Acme', '2026-01-01'), (9, 'u3', 'old', '2026-01-01'), \
             (7, 'u7', 'Acme 3', '2026-01-01');",
        );
        let (bundle, _) = a.export(&[]);
        let mut names = Vec::new();
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            let written = ["inserted", "updated"].map(|what| count(&report, "org", what));
            assert_eq!(written, if again { [0, 0] } else { [2, 1] }, "{engine:?}: {report}");
            assert_eq!(warnings(&report).contains("suffix"), !again, "{engine:?}: {report}");
            names = b.look("SELECT name FROM org ORDER BY uuid");
            let event = b.look("SELECT o.uuid FROM event e JOIN org o ON o.id = e.org_id");
            assert_eq!(event, ["u1"], "{engine:?}");
        }
        let suffix = |name: &str, of: &str| {
            let digits = name.strip_prefix(of).and_then(|rest| rest.strip_prefix('_')).unwrap_or_default();
            digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        assert!(suffix(&names[0], "Acme") && suffix(&names[2], "Acme 3"), "{engine:?}: {names:?}");
        assert_eq!([&names[1], &names[3], &names[4]], ["Free", "Acme 3", "Acme"], "{engine:?}");
    }
}

const BY: &str = "
[codes.kind]
0 = \"item\"
1 = \"crate\"

[[table]]
name = \"item\"
group = \"object\"
key = [\"uuid\"]
match = \"key\"

[[table]]
name = \"crate\"
group = \"object\"
key = [\"uuid\"]
match = \"key\"

[[table]]
name = \"link\"
group = \"link\"
key = [\"name\"]
match = \"key\"
references.crate_id = { table = \"crate\", none = 0, by = \"crate_uuid\" }
polymorphic = [{ id = \"to_id\", type = \"to_kind\", codes = \"kind\", none = 0, by = \"to_uuid\" }]
";

#[test]
fn a_row_that_only_the_target_has_is_found_by_its_key() {
    // Items have a unique key, crates have none: they may be twins.
    let schema = "CREATE TABLE item (id {id}, uuid {text} NOT NULL, updated_at {time}, UNIQUE (uuid)); \
                  CREATE TABLE crate (id {id}, uuid {text} NOT NULL, updated_at {time}); \
                  CREATE TABLE link (id {id}, name {text} NOT NULL, crate_id bigint NOT NULL, crate_uuid {text}, \
                  to_kind integer NOT NULL, to_id bigint NOT NULL, to_uuid {text}, updated_at {time});";
    for engine in engines() {
        let (a, b) = (Own::new(engine, BY, schema), Own::new(engine, BY, schema));
        a.database.run(
            "INSERT INTO item (id, uuid) VALUES (1, 'i1'); INSERT INTO crate (id, uuid) VALUES (1, 'c1'); \
             INSERT INTO link (id, name, crate_id, crate_uuid, to_kind, to_id, to_uuid) VALUES \
             (1, 'both', 1, 'c1', 0, 1, 'i1'), (2, 'crate', 1, 'c1', 1, 1, 'c1'), (3, 'theirs', 0, 'c9', 0, 0, 'i9'), \
             (4, 'nobody', 0, 'c8', 1, 0, 'c8'), (5, 'none', 0, NULL, 0, 0, NULL), (6, 'other kind', 0, NULL, 1, 0, 'i9');",
        );
        b.database.run(
            "INSERT INTO item (id, uuid) VALUES (5, 'i9'), (6, 'i0'); \
             INSERT INTO crate (id, uuid) VALUES (4, 'c9'), (3, 'c9'), (2, 'c0');",
        );
        let (bundle, _) = a.export(&[]);
        let links = |own: &Own| {
            own.look(
                "SELECT l.name, coalesce(c.uuid, '-'), coalesce(CASE WHEN l.to_kind = 0 THEN i.uuid ELSE o.uuid END, '-') \
                 FROM link l LEFT JOIN crate c ON c.id = l.crate_id LEFT JOIN item i ON i.id = l.to_id \
                 LEFT JOIN crate o ON o.id = l.to_id ORDER BY 1",
            )
        };
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            assert_eq!(count(&report, "link", "inserted"), if again { 0 } else { 6 }, "{engine:?}: {report}");
            assert_eq!(
                links(&b),
                ["both c1 i1", "crate c1 c1", "nobody - -", "none - -", "other kind - -", "theirs c9 i9"],
                "{engine:?}"
            );
        }
        assert_eq!(
            b.look("SELECT crate_id FROM link WHERE name = 'theirs'"),
            ["3"],
            "{engine:?}: the lowest id counts"
        );
        // What was nowhere arrives, and the row that names it with it.
        b.database.run("INSERT INTO crate (id, uuid) VALUES (20, 'c8');");
        b.import(&bundle, &[], 0);
        assert!(links(&b).contains(&"nobody c8 c8".to_owned()), "{engine:?}: {:?}", links(&b));
    }
}

#[test]
fn a_word_for_a_code_is_no_number() {
    let profile = BY.replace("0 = \"item\"", "Item = \"item\"");
    let schema = "CREATE TABLE item (id {id}, uuid {text} NOT NULL, updated_at {time}); \
                  CREATE TABLE crate (id {id}, uuid {text} NOT NULL, updated_at {time}); \
                  CREATE TABLE link (id {id}, name {text} NOT NULL, crate_id bigint NOT NULL, crate_uuid {text}, \
                  to_kind KIND NOT NULL, to_id bigint NOT NULL, to_uuid {text}, updated_at {time});";
    for engine in engines() {
        let wrong = Own::new(engine, &profile, &schema.replace("KIND", "integer"));
        let ended = wrong.expect(&["export"], 7);
        for part in ["`Item`", "to_kind", "whole numbers"] {
            assert!(ended.stderr.contains(part), "{engine:?}: {}", ended.stderr);
        }
        Own::new(engine, &profile, &schema.replace("KIND", "{text}")).export(&[]);
    }
}
