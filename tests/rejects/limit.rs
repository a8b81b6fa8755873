//! `--max-rejects`: what planning finds is refused before a table is touched, what writing finds ends the run at a chunk.

use serde_json::Value;

use super::{Rows, bundle, kind, kinds, rejects_of, thing, things};
use crate::conformance::command::Site;
use crate::conformance::describe::Profile;
use crate::conformance::look::{digest, number};
use crate::support::{Engine, engines};

/// Eight things that are sound, one whose number is none, and one whose kind is missing.
fn ten_things() -> Vec<Rows> {
    let known = kind(1, "known");
    let mut lines: Vec<String> = (1..=8).map(|id| thing(id, &known, &format!("thing {id}"), "1", "\\N")).collect();
    lines.push(thing(9, &known, "unfit", "forty", "\\N"));
    lines.push(thing(10, &kind(7, "missing"), "orphan", "1", "\\N"));
    vec![kinds(&[(1, "known")]), things(lines)]
}

fn refused(site: &Site, profile: &Profile, limit: &str, words: &str) -> Value {
    let before = digest(&site.database, profile);
    let file = bundle(site.folder.path(), "b.tar.gz", &ten_things());
    let report = site.import_as(&file, &[&format!("--max-rejects={limit}")], 3);
    let engine = site.database.engine;
    assert_eq!(report["status"], "failed", "{engine:?} {limit}");
    assert_eq!(report["error"]["kind"], "rejects", "{engine:?} {limit}");
    let message = report["error"]["message"].as_str().unwrap();
    assert!(message.contains(words) && message.contains("b-rejects."), "{engine:?} {limit}: {message}");
    let hint = report["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("No table was touched") && hint.contains("--retry-rejects"), "{hint}");
    assert_eq!(digest(&site.database, profile), before, "{engine:?} {limit}: base tables are as they were");
    report
}

#[test]
fn too_many_are_refused_before_a_table_is_touched() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::empty(engine, &profile);
        // Found while staging, by number.
        refused(&site, &profile, "0", "1 of the first");
        // Found while resolving, by number and by share.
        refused(&site, &profile, "1", "2 of 11 rows");
        refused(&site, &profile, "18.1%", "2 of 11 rows");
        refused(&site, &profile, "0%", "1 of 11 rows");
        let written = rejects_of(&site, "b.tar.gz");
        assert!(written.contains("unfit") && !written.contains("orphan"), "{written}");
        // Two of eleven are 18.18 of a hundred.
        let file = bundle(site.folder.path(), "b.tar.gz", &ten_things());
        for limit in ["2", "18.2%", "100%"] {
            let report = site.import_as(&file, &["--dry-run", &format!("--max-rejects={limit}")], 3);
            assert_eq!(report["status"], "dry-run", "{engine:?} {limit}");
        }
        let report = site.import_as(&file, &["--max-rejects=18.2%"], 3);
        assert_eq!((&report["status"], &report["totals"]["rejected"]), (&"finished".into(), &2.into()), "{engine:?}");
        assert_eq!(number(&site.database, "SELECT count(*) FROM things;"), 8, "{engine:?}");
    }
}

#[test]
fn what_the_database_refuses_ends_the_run_after_its_chunk() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::empty(engine, &profile);
        site.database.run(forbid_odd(engine));
        let known = kind(1, "known");
        let line = |id: i64| thing(id, &known, &format!("thing {id}"), &(id % 2).to_string(), "\\N");
        let tables = [kinds(&[(1, "known")]), things((1..=40).map(line).collect())];
        let file = bundle(site.folder.path(), "b.tar.gz", &tables);
        let report = site.import_as(&file, &["--max-rejects=3", "--object-limit=4"], 3);
        assert_eq!(report["status"], "failed", "{engine:?}");
        let message = report["error"]["message"].as_str().unwrap();
        // Two of each chunk's four rows.
        assert!(message.contains("4 of 41 rows"), "{engine:?}: {message}");
        let hint = report["error"]["hint"].as_str().unwrap();
        assert!(hint.contains("remain as they are"), "{hint}");
        assert_eq!(number(&site.database, "SELECT count(*) FROM things;"), 4, "{engine:?}: whole chunks stay");
        assert_eq!(rejects_of(&site, "b.tar.gz").lines().count(), 1 + 4, "{engine:?}");
        // Without a limit it goes on, and what is in is left alone.
        let report = site.import_as(&file, &["--object-limit=4"], 3);
        let said = &report["tables"]["things"];
        assert_eq!((&said["inserted"], &said["unchanged"], &said["rejected"]), (&16.into(), &4.into(), &20.into()));
    }
}

/// A rule that only the database itself knows of.
pub(super) fn forbid_odd(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "CREATE TRIGGER no_odd BEFORE INSERT ON things WHEN NEW.n = 1 BEGIN SELECT RAISE(ABORT, 'odd'); END;"
        }
        Engine::Postgres | Engine::Mariadb => "ALTER TABLE things ADD CONSTRAINT no_odd CHECK (n <> 1);",
    }
}
