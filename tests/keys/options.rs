//! Options of a profile: what they change, and that both sides agree on them.

use serde_json::Value;

use super::{Own, count, warnings};
use crate::support::engines;

const PROFILE: &str = "
[options.audience]
values = [\"community\", \"internal\"]
default = \"community\"

[options.host]
description = \"the organisation that receives\"

[[table]]
name = \"event\"
group = \"object\"
key = [\"name\"]
match = \"key\"
exclude = { secret = \"\" }
when.internal = { exclude = {} }
";

const SCHEMA: &str = "CREATE TABLE event (id {id}, name {text} NOT NULL, secret {text}, updated_at {time});";

fn sequence(report: &Value) -> u64 {
    report["chain"]["sequence"].as_u64().unwrap_or_else(|| panic!("no sequence: {report}"))
}

#[test]
fn a_choice_is_made_on_both_sides_and_has_a_stream_of_its_own() {
    for engine in engines() {
        let own = || Own::new(engine, PROFILE, SCHEMA);
        let (a, b) = (own(), own());
        a.database.run("INSERT INTO event (name, secret, updated_at) VALUES ('x', 's', '2026-01-01');");
        let (community, report) = a.export(&[]);
        assert_eq!((count(&report, "event", "rows"), sequence(&report)), (1, 1), "{engine:?}");
        let (internal, report) = a.export(&["--set=audience=internal"]);
        assert_eq!((count(&report, "event", "rows"), sequence(&report)), (1, 1), "{engine:?}: {}", warnings(&report));
        let (_, report) = a.export(&[]);
        assert_eq!((count(&report, "event", "rows"), sequence(&report)), (0, 2), "{engine:?}");
        let host = "--set=host=Our organisation";
        for (bundle, set, other) in [
            (&community, &["--set=audience=internal"][..], "--set audience=community"),
            (&internal, &[], "--set audience=internal"),
        ] {
            let file = format!("--file={}", bundle.display());
            for command in [&["import", host, &file][..], &["check", "--for=import", host, &file]] {
                let ended = b.expect(&[command, set].concat(), 2);
                let told = ended.stderr + &ended.stdout;
                assert!(told.contains(other), "{engine:?}, {command:?}: {told}");
            }
        }
        assert_eq!(b.look("SELECT count(*) FROM event"), ["0"], "{engine:?}");
        b.import(&community, &[host], 0);
        assert_eq!(b.look("SELECT count(secret) FROM event"), ["0"], "{engine:?}: what is not carried");
        b.import(&internal, &[host, "--set=audience=internal"], 0);
        assert_eq!(b.look("SELECT secret FROM event"), ["s"], "{engine:?}");
        let shown = b.expect(&["inspect", internal.to_str().unwrap()], 0).stdout;
        assert!(shown.contains("audience=internal") && !shown.contains("host"), "{engine:?}: {shown}");
    }
}

#[test]
fn a_text_is_for_the_import_alone() {
    for engine in engines() {
        let own = Own::new(engine, PROFILE, SCHEMA);
        let (bundle, _) = own.export(&[]);
        let file = format!("--file={}", bundle.display());
        for command in [&["import", &file][..], &["check", "--for=import"]] {
            let ended = own.expect(command, 2);
            let told = ended.stderr + &ended.stdout;
            for part in ["`host`", "the organisation that receives", "--set host=TEXT"] {
                assert!(told.contains(part), "{engine:?}, {command:?}: {told}");
            }
        }
        own.expect(&["import", &file, "--set", "host=us"], 0);
        let refused = own.expect(&["export", "--set", "host=us"], 2).stderr;
        assert!(refused.contains("`host`"), "{engine:?}: {refused}");
    }
}

#[test]
fn options_are_explained_and_wrong_ones_refused() {
    let own = Own::new(engines()[0], PROFILE, SCHEMA);
    let shown = own.expect(&["profile", "show", "--set=audience=internal"], 0).stdout;
    assert!(
        shown.contains("option audience: `internal` of community, internal; both sides must choose the same\n"),
        "{shown}"
    );
    assert!(
        shown.contains("option host (the organisation that receives): no value: add --set; a text about the target"),
        "{shown}"
    );
    assert!(!shown.contains("stays at home"), "{shown}");
    let usual = own.expect(&["profile", "show"], 0).stdout;
    assert!(usual.contains("`secret` stays at home"), "{usual}");
    for (set, part) in [
        (&["--set=audience=all"][..], "community, internal"),
        (&["--set=public=x"], "`audience`, `host`"),
        (&["--set=audience"], "NAME=VALUE"),
        (&["--set=host=a", "--set=host=b"], "twice"),
    ] {
        let ended = own.expect(&[&["profile", "show"], set].concat(), 2);
        assert!(ended.stderr.contains(part), "{set:?}: {}", ended.stderr);
    }
}

#[test]
fn a_text_can_name_who_owns_what_arrives() {
    let profile = "[options.host]\n\
                   [[table]]\nname = \"org\"\ngroup = \"metadata\"\nkey = [\"name\"]\nmatch = \"key\"\n\
                   [[table]]\nname = \"event\"\ngroup = \"object\"\nkey = [\"name\"]\nmatch = \"key\"\n\
                   owner = { column = \"org_id\", table = \"org\", role = \"name\", option = \"host\" }\n";
    let schema = "CREATE TABLE org (id {id}, name {text} NOT NULL, updated_at {time}, created_at {time}); \
                  CREATE TABLE event (id {id}, name {text} NOT NULL, org_id bigint NOT NULL, info {text}, updated_at {time});";
    for engine in engines() {
        let own = || Own::new(engine, profile, schema);
        let (a, b) = (own(), own());
        a.database.run(
            "INSERT INTO org (id, name) VALUES (1, 'theirs'); \
             INSERT INTO event (name, org_id, info, updated_at) VALUES ('old', 1, 'new', '2026-02-01'), ('new', 1, 'i', '2026-01-01');",
        );
        b.database.run(
            "INSERT INTO org (id, name) VALUES (8, 'other'), (9, 'us'); \
             INSERT INTO event (name, org_id, info, updated_at) VALUES ('old', 8, 'old', '2026-01-01');",
        );
        let (bundle, _) = a.export(&[]);
        let file = format!("--file={}", bundle.display());
        let refused = b.expect(&["import", &file, "--set=host=nobody"], 7).stderr;
        assert!(refused.contains("no row for the value of the option `host`"), "{engine:?}: {refused}");
        b.import(&bundle, &["--set=host=us"], 0);
        assert_eq!(
            b.look("SELECT name, org_id, info FROM event ORDER BY name"),
            ["new 9 i", "old 8 new"],
            "{engine:?}"
        );
    }
}
