//! One import with everything that a bundle's rows can meet: each is named, every staged row is accounted for.

use super::{Rows, bundle, kind, kinds, rejects_of, thing, things};
use crate::conformance::command::Site;
use crate::conformance::describe::Profile;
use crate::conformance::look::number;
use crate::support::engines;

#[test]
fn every_row_is_accounted_for_and_every_reject_is_named() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::empty(engine, &profile);
        site.database.run(
            "INSERT INTO kinds (id, name) VALUES (5, 'known');
             INSERT INTO things (kind_id, value, description, updated_at) VALUES (5, 'newer', 'mine', '2026-06-01 00:00:00');
             INSERT INTO things (kind_id, value, serial) VALUES (5, 'holder', 's-1');",
        );
        site.fill_hashes();
        let known = kind(1, "known");
        let strangers = Rows {
            table: "strangers",
            columns: &["id:integer", "name:text"],
            lines: vec!["1,a".to_owned(), "2,b".to_owned()],
        };
        let lines = vec![
            thing(1, &known, "newer", "1", "\\N"),
            thing(2, &known, "clash", "1", "s-1"),
            thing(3, &kind(7, "missing"), "orphan", "1", "\\N"),
            thing(4, &known, "unfit", "forty", "\\N"),
            thing(5, &known, "fine", "1", "\\N"),
        ];
        let file = bundle(site.folder.path(), "b.tar.gz", &[kinds(&[(1, "known")]), things(lines), strangers]);
        let report = site.import_as(&file, &[], 3);
        assert_eq!(
            (&report["status"], &report["ignored_tables"]),
            (&"finished".into(), &serde_json::json!(["strangers"]))
        );
        let said = |table: &str| -> Vec<u64> {
            let counts = &report["tables"][table];
            ["staged", "inserted", "updated", "unchanged", "kept", "duplicates", "ignored", "rejected"]
                .map(|name| counts[name].as_u64().unwrap())
                .to_vec()
        };
        assert_eq!(said("kinds"), [1, 0, 0, 0, 1, 0, 0, 0], "{engine:?}");
        assert_eq!(said("things"), [5, 1, 0, 0, 1, 0, 0, 3], "{engine:?}");
        assert_eq!(said("strangers"), [2, 0, 0, 0, 0, 0, 2, 0], "{engine:?}");
        for (name, counts) in report["tables"].as_object().unwrap() {
            let of = said(name);
            assert_eq!(of[0], of[1..].iter().sum::<u64>(), "{engine:?} {name}: {counts}");
        }
        assert_eq!(number(&site.database, "SELECT count(*) FROM things WHERE description = 'mine';"), 1, "{engine:?}");

        let rejects = rejects_of(&site, "b.tar.gz");
        let lines: Vec<&str> = rejects.lines().collect();
        assert_eq!(lines[0], "table,dump_file,line,reason,row,parents");
        assert_eq!(lines.len(), 4, "{engine:?}\n{rejects}");
        for (line, reason, value) in [
            (5, "`n` is not", "unfit"),
            (3, "a unique key of the target is taken", "clash"),
            (4, "`kind_id` refers to a row that is neither in the bundle nor usable", "orphan"),
        ] {
            let start = format!("things,data/things/00001.csv,{line},");
            let found =
                lines.iter().find(|text| text.starts_with(&start)).unwrap_or_else(|| panic!("{line}\n{rejects}"));
            assert!(found.contains(reason) && found.contains(value), "{engine:?}\n{found}");
            let knows = found.contains(&format!("{{\"\"kind_id\"\":\"\"{}\"\"}}", known.hash));
            assert_eq!(knows, value != "orphan", "{engine:?}: the hash of what is known goes along\n{found}");
        }
        let page = std::fs::read_to_string(site.folder.path().join("b-sync-import.txt")).unwrap();
        let command = "gapsync import --retry-rejects=./b-rejects.csv --database=";
        for words in ["strangers", "b-rejects.csv", command] {
            assert!(page.contains(words), "{engine:?}: `{words}` is not in\n{page}");
        }
    }
}
