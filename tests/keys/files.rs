//! Files that a platform names by the numbers of rows, which differ on each side.

use std::fs;
use std::path::Path;

use super::Own;
use crate::support::engines;

const PROFILE: &str = "
[[table]]
name = \"event\"
group = \"object\"
key = [\"uuid\"]
match = \"key\"

[[table]]
name = \"item\"
group = \"context\"
key = [\"uuid\"]
match = \"key\"
references = { event_id = \"event\" }
files = { path = \"{event_id}/{id}\", when = { type = [\"attachment\", \"sample\"] } }
";

const SCHEMA: &str = "CREATE TABLE event (id {id}, uuid {text} NOT NULL, updated_at {time}); \
                      CREATE TABLE item (id {id}, event_id bigint NOT NULL, uuid {text} NOT NULL, type {text} NOT NULL, updated_at {time});";

fn put(own: &Own, path: &str, content: &str) {
    let path = own.folder.path().join("files").join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// All files below the root of a side, with their content, in the order of their paths.
fn files(own: &Own) -> Vec<String> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                found.push(format!("{name}: {}", fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = own.folder.path().join("files");
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    found.sort();
    found
}

#[test]
fn files_arrive_under_the_numbers_of_their_side() {
    for engine in engines() {
        let own = || Own::new(engine, PROFILE, SCHEMA);
        let (a, b) = (own(), own());
        a.database.run(
            "INSERT INTO event (id, uuid, updated_at) VALUES (1, 'e', '2026-01-01'), (2, 'f', '2026-01-01'); \
             INSERT INTO item (id, event_id, uuid, type, updated_at) VALUES (1, 1, 'new', 'attachment', '2026-01-01'), \
             (2, 1, 'same', 'sample', '2026-01-01'), (3, 2, 'text', 'text', '2026-01-01'), (4, 2, 'lost', 'sample', '2026-01-01'), \
             (5, 2, 'newer', 'sample', '2026-01-01'), (6, 2, 'older', 'sample', '2026-01-01');",
        );
        for (path, content) in [
            ("1/1", "new"),
            ("1/2", "same"),
            ("2/3", "no file of a row"),
            ("2/5", "old version"),
            ("2/6", "new version"),
        ] {
            put(&a, path, content);
        }
        // On this side, 1/1 belongs to another row, and 7/8 to nobody.
        b.database.run(
            "INSERT INTO event (id, uuid, updated_at) VALUES (1, 'mine', '2026-01-01'), (7, 'f', '2026-01-01'); \
             INSERT INTO item (id, event_id, uuid, type, updated_at) VALUES (1, 1, 'mine', 'sample', '2026-01-01'), \
             (5, 7, 'newer', 'sample', '2026-02-01'), (6, 7, 'older', 'sample', '2025-01-01');",
        );
        for (path, content) in [("1/1", "mine"), ("7/5", "newer version"), ("7/6", "old version")] {
            put(&b, path, content);
        }
        let (bundle, report) = a.export(&["--files-root=files"]);
        assert_eq!(
            (report["files"]["placed"].as_u64(), report["files"]["placeholders"].as_u64()),
            (Some(4), Some(1)),
            "{engine:?}"
        );
        for again in [false, true] {
            let report = b.import(&bundle, &["--files-root=files"], 0);
            assert_eq!(report["files"]["placed"].as_u64(), Some(if again { 0 } else { 3 }), "{engine:?}: {report}");
            let number = |uuid: &str| {
                b.look(&format!("SELECT event_id, id FROM item WHERE uuid = '{uuid}'")).concat().replace(' ', "/")
            };
            let mut expected = vec![
                "1/1: mine".to_owned(),
                "7/5: newer version".to_owned(),
                "7/6: new version".to_owned(),
                format!("{}: new", number("new")),
                format!("{}: same", number("same")),
                format!("{}: File excluded from export.", number("lost")),
            ];
            expected.sort();
            assert_eq!(files(&b), expected, "{engine:?}, again: {again}");
        }
        // Nothing is recorded in the rows, so another path cannot be either.
        assert_eq!(b.look("SELECT count(*) FROM item"), ["7"], "{engine:?}");
    }
}
