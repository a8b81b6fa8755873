//! `--retry-rejects`: rows come back in once they, the target or what they refer to are mended; what is still amiss stays.

use std::path::PathBuf;

use serde_json::Value;

use super::{Parent, Rows, bundle, hash, kind, kinds, labelled, links, note, notes, rejects_of, thing, things};
use crate::conformance::command::Site;
use crate::conformance::describe::Profile;
use crate::conformance::look::{digest, number};
use crate::support::engines;

fn known_thing(id: i64, value: &str) -> Parent {
    Parent { id, hash: hash(&[&kind(1, "known").hash, value]) }
}

fn import(site: &Site, name: &str, tables: &[Rows], status: i32) -> Value {
    site.import_as(&bundle(site.folder.path(), name, tables), &[], status)
}

/// Takes a rejects file in, a preview first: it must foretell what comes.
fn retry(site: &Site, file: &str, status: i32) -> Value {
    let profile = Profile::read("mini");
    let option = format!("--retry-rejects={file}");
    let before = digest(&site.database, &profile);
    let input = std::fs::read(site.folder.path().join(file)).unwrap();
    let foretold = site.json(&["import", &option, "--dry-run"], status);
    assert_eq!(digest(&site.database, &profile), before, "a preview writes nothing");
    let report = site.json(&["import", &option], status);
    assert_eq!(foretold["tables"], report["tables"], "{:?}", site.database.engine);
    assert_eq!(report["bundle"]["name"], file);
    assert_eq!(std::fs::read(site.folder.path().join(file)).unwrap(), input, "the file itself is not written");
    // Whatever came in has the hash of its key.
    site.expect(&["fill-sync-hash", "--check"], 0);
    let left = crate::conformance::look::existing(&site.database);
    assert!(left.iter().all(|name| !name.starts_with("sync_import_")), "{left:?}");
    report
}

/// `staged`, `inserted`, `unchanged` and `rejected` of a table.
fn counts(report: &Value, table: &str) -> [u64; 4] {
    ["staged", "inserted", "unchanged", "rejected"].map(|name| report["tables"][table][name].as_u64().unwrap())
}

/// Replaces a text in a rejects file.
fn mend(site: &Site, file: &str, from: &str, to: &str) {
    let path = site.folder.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from} is not in\n{text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn a_mended_value_goes_in_with_what_hangs_on_it() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::empty(engine, &profile);
        let known = kind(1, "known");
        let tables = [
            kinds(&[(1, "known")]),
            things(vec![thing(1, &known, "fine", "1", "\\N"), thing(2, &known, "unfit", "forty", "\\N")]),
            notes(vec![note(1, &known_thing(1, "fine"), "none"), note(2, &known_thing(2, "unfit"), "2")]),
        ];
        let report = import(&site, "b.tar.gz", &tables, 3);
        assert_eq!(counts(&report, "thing_notes"), [2, 0, 0, 2], "{engine:?}");
        let file = "b-rejects.csv";
        let text = rejects_of(&site, "b.tar.gz");
        for parent in [known_thing(1, "fine"), known_thing(2, "unfit")] {
            assert!(text.contains(&format!("{{\"\"thing_id\"\":\"\"{}\"\"}}", parent.hash)), "{engine:?}\n{text}");
        }
        // Nothing is mended yet: all is rejected again, with all that it had.
        let again = retry(&site, file, 3);
        assert_eq!(again["totals"]["rejected"], 3, "{engine:?}");
        let twice = rejects_of(&site, "b-rejects");
        let rows = |text: &str| {
            let mut rows: Vec<String> =
                text.lines().skip(1).map(|line| line[line.find('{').unwrap()..].to_owned()).collect();
            rows.sort();
            rows
        };
        assert_eq!(rows(&twice), rows(&text), "{engine:?}");
        assert!(twice.contains("thing_notes,b-rejects.csv,"), "{twice}");
        // The value, and a key: the hash is computed anew.
        mend(&site, file, "\"\"forty\"\"", "\"\"40\"\"");
        mend(&site, file, "\"\"level\"\":\"\"none\"\"", "\"\"level\"\":\"\"3\"\"");
        let report = retry(&site, file, 0);
        assert_eq!(counts(&report, "things"), [1, 1, 0, 0], "{engine:?}");
        assert_eq!(counts(&report, "thing_notes"), [2, 2, 0, 0], "{engine:?}");
        let found = "SELECT count(*) FROM thing_notes n JOIN things t ON t.id = n.thing_id \
                     WHERE (t.value = 'fine' AND n.level = 3) OR (t.value = 'unfit' AND t.n = 40 AND n.level = 2);";
        assert_eq!(number(&site.database, found), 2, "{engine:?}");
        assert_eq!(retry(&site, file, 0)["totals"]["inserted"], 0, "{engine:?}: once is enough");
    }
}

#[test]
fn rows_find_their_parent_once_it_has_arrived() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::empty(engine, &profile);
        // Other rows, so that no id is the same on both sides.
        site.database.run("INSERT INTO kinds (id, name) VALUES (41, 'here'); INSERT INTO things (id, kind_id, value) VALUES (90, 41, 'here');");
        site.fill_hashes();
        let known = kind(1, "known");
        let (fine, late) = (known_thing(1, "fine"), known_thing(2, "late"));
        let [labels, labelled] = labelled(&[(1, &fine), (2, &late)]);
        let tables = [
            kinds(&[(1, "known")]),
            things(vec![thing(1, &known, "fine", "1", "\\N"), thing(3, &kind(9, "never"), "hangs", "1", "\\N")]),
            notes(vec![note(1, &late, "1")]),
            links(&[(1, &fine, &late), (2, &late, &fine)]),
            labels,
            labelled,
        ];
        let report = import(&site, "b.tar.gz", &tables, 3);
        // The mirrored links are one row; both are rejected.
        assert_eq!(report["totals"]["rejected"], 5, "{engine:?}: {}", report["tables"]);
        let file = "b-rejects.csv";
        assert_eq!(retry(&site, file, 3)["totals"]["rejected"], 5, "{engine:?}: nothing has arrived");
        assert!(rejects_of(&site, "b-rejects").contains("nor found in the database"));
        // By a second bundle, under another id.
        import(
            &site,
            "c.tar.gz",
            &[kinds(&[(6, "known")]), things(vec![thing(77, &kind(6, "known"), "late", "1", "\\N")])],
            0,
        );
        let report = retry(&site, file, 3);
        assert_eq!(counts(&report, "thing_notes"), [1, 1, 0, 0], "{engine:?}");
        assert_eq!(counts(&report, "labelled"), [1, 1, 0, 0], "{engine:?}");
        assert_eq!(
            (&report["tables"]["links"]["inserted"], &report["tables"]["links"]["duplicates"]),
            (&1.into(), &1.into())
        );
        assert_eq!(counts(&report, "things"), [1, 0, 0, 1], "{engine:?}: its kind is nowhere");
        // By hand, on the target; from what was rejected again.
        site.database.run("INSERT INTO kinds (id, name) VALUES (55, 'never');");
        site.fill_hashes();
        let report = retry(&site, "b-rejects-rejects.2.csv", 0);
        assert_eq!(counts(&report, "things"), [1, 1, 0, 0], "{engine:?}");
        let found = "SELECT count(*) FROM things WHERE (kind_id = 55 AND value = 'hangs');";
        assert_eq!(number(&site.database, found), 1, "{engine:?}");
        let found = "SELECT count(*) FROM links l JOIN things a ON a.id = l.src_object_id JOIN things b \
                     ON b.id = l.dest_object_id WHERE a.value <> b.value AND 'late' IN (a.value, b.value);";
        assert_eq!(number(&site.database, found), 1, "{engine:?}");
    }
}

#[test]
fn a_clash_that_is_gone_lets_row_and_children_in() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::empty(engine, &profile);
        site.database.run("INSERT INTO kinds (id, name) VALUES (8, 'other'); INSERT INTO things (id, kind_id, value, serial) VALUES (3, 8, 'holder', 's-1');");
        site.fill_hashes();
        let clash = known_thing(1, "clash");
        let tables = [
            kinds(&[(1, "known")]),
            things(vec![thing(1, &kind(1, "known"), "clash", "1", "s-1")]),
            notes(vec![note(1, &clash, "1")]),
        ];
        assert_eq!(import(&site, "b.tar.gz", &tables, 3)["totals"]["rejected"], 2, "{engine:?}");
        site.database.run("UPDATE things SET serial = NULL WHERE id = 3;");
        let report = retry(&site, "b-rejects.csv", 0);
        assert_eq!(report["totals"]["inserted"], 2, "{engine:?}");
        // The row arrived; its child alone is taken in again and finds it.
        let text = rejects_of(&site, "b.tar.gz");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("things,")).collect();
        std::fs::write(site.folder.path().join("child.csv"), lines.join("\n")).unwrap();
        site.database.run("DELETE FROM thing_notes;");
        assert_eq!(counts(&retry(&site, "child.csv", 0), "thing_notes"), [1, 1, 0, 0], "{engine:?}");
    }
}

#[test]
fn what_the_database_alone_refuses_comes_back_too() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::empty(engine, &profile);
        site.database.run(super::limit::forbid_odd(engine));
        let known = kind(1, "known");
        let lines = (1..=4).map(|id| thing(id, &known, &format!("thing {id}"), &(id % 2).to_string(), "\\N")).collect();
        import(&site, "b.tar.gz", &[kinds(&[(1, "known")]), things(lines)], 3);
        let file = "b-rejects.csv";
        let report = site.json(&["import", &format!("--retry-rejects={file}"), "--max-rejects=1"], 3);
        assert_eq!(report["error"]["kind"], "rejects", "{engine:?}");
        mend(&site, file, "\"\"n\"\":\"\"1\"\"", "\"\"n\"\":null");
        assert_eq!(counts(&retry(&site, file, 0), "things"), [2, 2, 0, 0], "{engine:?}");
    }
}

#[test]
fn a_file_that_is_none_is_refused_by_line_and_column() {
    let profile = Profile::read("mini");
    let site = Site::empty(crate::support::Engine::Sqlite, &profile);
    let before = digest(&site.database, &profile);
    let header = "table,dump_file,line,reason,row,parents";
    let row = r#"things,,,why,"{""id"":""1"",""value"":""secret""}","#;
    let lacks = r#"things,,,why,"{""id"":""2""}","#;
    let odd = r#"things,,,why,"{""id"":7}","#;
    let parent = r#"things,,,why,"{""id"":""1"",""kind_id"":""3""}","{""kind_id"":""secret""}""#;
    let write = |name: &str, lines: &[&str]| -> PathBuf {
        let path = site.folder.path().join(name);
        std::fs::write(&path, lines.join("\n")).unwrap();
        path
    };
    for (lines, status, words) in [
        (vec![], 5, vec!["first line"]),
        (vec!["id,name"], 5, vec!["first line", "line `1`"]),
        (vec![header, "things,,,\"x"], 5, vec!["inside quotes", "line `2`", "hint: Correct the file"]),
        (vec![header, row, lacks], 5, vec!["lacks a column", "line `3`", "column `value`"]),
        (vec![header, row, row], 5, vec!["same id", "line `3`", "column `id`"]),
        (vec![header, odd], 5, vec!["JSON object", "line `2`", "column `row`"]),
        (vec![header, parent], 5, vec!["32 hex digits", "line `2`", "column `parents`"]),
        // A table without all of its key.
        (vec![header, row], 7, vec!["natural key", "table `things`"]),
    ] {
        write("f.csv", &lines);
        let ended = site.expect(&["import", "--retry-rejects=f.csv"], status);
        for word in words {
            assert!(ended.stderr.contains(word), "`{word}` is not in\n{}", ended.stderr);
        }
        assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
    }
    site.expect(&["import", "--retry-rejects=."], 2);
    site.expect(&["import", "--retry-rejects=nowhere.csv"], 10);
    site.expect(&["import", "--retry-rejects=f.csv", "--file=x.tar.gz"], 2);
    site.expect(&["import"], 2);
    write("f.csv", &[header]);
    assert_eq!(site.json(&["import", "--retry-rejects=f.csv"], 0)["status"], "nothing-to-do");
    write("f.csv", &[header, r#"strangers,,,why,"{""a"":""b""}","#]);
    let ended = site.expect(&["import", "--retry-rejects=f.csv"], 7);
    assert!(ended.stderr.contains("none of the bundle's tables"), "{}", ended.stderr);
    assert_eq!(digest(&site.database, &profile), before);
}
