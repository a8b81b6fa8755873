//! Physical files of rows: into the bundle, out of it, and the text that stands for one left behind.

use std::fs;
use std::path::Path;

use md5::{Digest, Md5};

use super::command::Site;
use super::describe::Profile;
use crate::support::engines;

const PLACEHOLDER: &str = "File excluded from export.";

fn md5_of(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn read(root: &Path, path: &str) -> Option<String> {
    fs::read_to_string(root.join(path)).ok()
}

pub(crate) fn paper(site: &Site, name: &str, kind: u8, path: &str, text: &str) {
    let digest = md5_of(text);
    site.database.run(&format!(
        "INSERT INTO papers (digest, name, path, type_id, updated_at)
         VALUES ('{digest}', '{name}', '{path}', {kind}, '2024-01-01 00:00:00');"
    ));
}

#[test]
fn files_travel_with_their_rows_and_never_leave_the_root() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::empty(engine, &profile);
        a.database.run("INSERT INTO kinds (id, name) VALUES (1, 'report'), (2, 'malware, live');");
        paper(&a, "carried", 1, "/store/a \u{e9}.txt", "content of a\r\n");
        paper(&a, "same file again", 1, "store/a \u{e9}.txt", "content of a\r\n");
        paper(&a, "ignored", 2, "/store/b.exe", "content of b");
        paper(&a, "lost", 1, "store/lost.txt", "content nobody has");
        paper(&a, "hostile", 1, "../outside.txt", "content outside");
        a.database.run("INSERT INTO papers (digest, name, path) VALUES ('0', 'no path', NULL);");
        a.fill_hashes();
        let root = a.folder.path().join("files");
        write(&root, "store/a \u{e9}.txt", "content of a\r\n");
        write(&root, "store/b.exe", "content of b");
        write(a.folder.path(), "outside.txt", "content outside");
        // The comma parts a list of types: no type has either name.
        let refused = a.expect(&["export", "--files-root=files", "--ignore-file-types=malware, live"], 2);
        assert!(refused.stderr.contains("report") && refused.stderr.contains("`live`"), "{}", refused.stderr);
        a.database.run("UPDATE kinds SET name = 'malware' WHERE id = 2;");
        a.fill_hashes();
        let exported = a.export(&["--files-root=files", "--ignore-file-types=malware", "--start-date=2020-01-01"]);
        assert_eq!(exported.report["files"]["placed"], 1, "{}", exported.report);
        assert_ne!(exported.report["warnings"].as_array().unwrap().len(), 0, "{}", exported.report);

        let b = Site::empty(engine, &profile);
        let root = b.folder.path().join("below/root");
        write(&root, "store/b.exe", "what B has");
        let report = b.import_as(&exported.bundle, &["--files-root=below/root", "--dry-run"], 3);
        assert_eq!(read(&root, "store/a \u{e9}.txt"), None, "a preview places no file");
        let foretold = report["files"].clone();
        let report = b.import_as(&exported.bundle, &["--files-root=below/root"], 3);
        assert_eq!(report["rejected_files"][0]["path"], "../outside.txt", "{report}");
        assert_eq!(foretold, report["files"], "{engine:?}");
        assert_eq!(read(&root, "store/a \u{e9}.txt").as_deref(), Some("content of a\r\n"));
        assert_eq!(read(&root, "store/b.exe").as_deref(), Some("what B has"), "no placeholder replaces a file");
        assert_eq!(read(&root, "store/lost.txt").as_deref(), Some(PLACEHOLDER));
        assert!(!b.folder.path().join("below/outside.txt").exists());
        assert!(!b.folder.path().join("outside.txt").exists());

        // Rows that are known: a file that went missing comes back, a changed one is put right, the others stay.
        fs::remove_file(root.join("store/a \u{e9}.txt")).unwrap();
        fs::remove_file(root.join("store/b.exe")).unwrap();
        let report = b.import_as(&exported.bundle, &["--files-root=below/root"], 3);
        assert_eq!(report["totals"]["inserted"], 0, "{report}");
        assert_eq!(read(&root, "store/a \u{e9}.txt").as_deref(), Some("content of a\r\n"));
        assert_eq!(read(&root, "store/b.exe").as_deref(), Some(PLACEHOLDER));
        write(&root, "store/a \u{e9}.txt", "spoilt");
        b.import_as(&exported.bundle, &["--files-root=below/root"], 3);
        assert_eq!(read(&root, "store/a \u{e9}.txt").as_deref(), Some("content of a\r\n"));
    }
}

#[test]
fn without_a_root_files_are_skipped_and_counted() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::empty(engine, &profile);
        a.database.run("INSERT INTO kinds (id, name) VALUES (1, 'report');");
        paper(&a, "a", 1, "a.txt", "a");
        a.fill_hashes();
        write(&a.folder.path().join("files"), "a.txt", "a");
        let bundle = a.export(&["--files-root=files"]).bundle;
        let b = Site::empty(engine, &profile);
        let report = b.import(&bundle, &[]);
        assert_eq!((&report["files"]["placed"], &report["files"]["skipped"]), (&0.into(), &1.into()), "{report}");
        assert!(!b.folder.path().join("a.txt").exists());
        let warnings = report["warnings"].to_string();
        assert!(warnings.contains("--files-root was not given: 1."), "{engine:?}: {warnings}");
        // The rows are there, the files are not, and nothing else is said.
        let again = b.import(&bundle, &[]);
        assert!(again["warnings"].to_string().contains("--files-root was not given: 1."), "{engine:?}: {again}");
        // With it, the same bundle brings them.
        std::fs::create_dir(b.folder.path().join("files")).unwrap();
        b.import(&bundle, &["--files-root=files"]);
        assert_eq!(read(&b.folder.path().join("files"), "a.txt").as_deref(), Some("a"), "{engine:?}");
    }
}
