//! Files that leave.

use std::os::unix::fs::symlink;

use super::{read, root, site};
use crate::conformance::files::{paper, write};
use crate::support::engines;

const WITH_FILES: &[&str] = &["--files-root=files"];

#[test]
fn a_missing_file_is_asked_for_again_until_it_came() {
    for engine in engines() {
        let (a, b) = (site(engine), site(engine));
        for name in ["one", "late", "linked"] {
            paper(&a, name, 1, &format!("{name}.txt"), name);
        }
        a.fill_hashes();
        write(&root(&a), "one.txt", "one");
        write(a.folder.path(), "outside/linked.txt", "linked");
        symlink("../outside/linked.txt", root(&a).join("linked.txt")).unwrap();
        let first = a.export(WITH_FILES);
        assert_eq!(first.report["files"]["placeholders"], 2, "{engine:?}: {}", first.report);
        assert_eq!(first.report["warnings"].as_array().unwrap().len(), 2, "{engine:?}: {}", first.report);
        b.import(&first.bundle, WITH_FILES);
        // Still missing; an export with dates of its own does not count as a delivery.
        a.export(WITH_FILES);
        write(&root(&a), "late.txt", "late");
        a.export(&["--files-root=files", "--start-date=2020-01-01"]);
        std::fs::remove_file(root(&a).join("linked.txt")).unwrap();
        write(&root(&a), "linked.txt", "linked");
        let third = a.export(WITH_FILES);
        assert!(third.report["files"]["placed"].as_u64() >= Some(2), "{engine:?}: {}", third.report);
        // The second bundle stayed here, which this one says.
        b.import_as(&third.bundle, WITH_FILES, 11);
        for name in ["one", "late", "linked"] {
            assert_eq!(read(&root(&b), &format!("{name}.txt")).as_deref(), Some(name), "{engine:?}");
        }
        // They came, and are not asked for any more.
        let fourth = a.export(WITH_FILES);
        assert!(fourth.report.get("missing_files").is_none(), "{engine:?}: {}", fourth.report);
    }
}

#[test]
fn a_root_without_any_file_is_not_passed_over() {
    for engine in engines() {
        let (a, b) = (site(engine), site(engine));
        for name in ["one", "two"] {
            paper(&a, name, 1, &format!("{name}.txt"), name);
        }
        a.fill_hashes();
        let none = a.export(&[]);
        assert_eq!(none.report["missing_files"]["papers"].as_str().map(str::is_empty), Some(false), "{engine:?}");
        let empty = a.export_as(WITH_FILES, 3);
        assert_eq!(empty.report["files"]["lacking"], true, "{engine:?}: {}", empty.report);
        assert!(
            empty.report["warnings"].to_string().contains("no physical file that a row records"),
            "{}",
            empty.report
        );
        // Mounted, they come, though their rows have not changed.
        for name in ["one", "two"] {
            write(&root(&a), &format!("{name}.txt"), name);
        }
        let full = a.export(WITH_FILES);
        assert_eq!(full.report["files"]["placed"], 2, "{engine:?}: {}", full.report);
        // The first bundle stayed here, which this one says.
        b.import_as(&full.bundle, WITH_FILES, 11);
        assert_eq!(read(&root(&b), "two.txt").as_deref(), Some("two"), "{engine:?}");
    }
}

#[test]
fn links_are_followed_inside_the_root_alone() {
    let a = site(engines()[0]);
    for (name, path) in [("in", "in/x.txt"), ("out", "out/x.txt"), ("pipe", "pipe"), ("loop", "loop")] {
        paper(&a, name, 1, path, "content");
    }
    a.fill_hashes();
    write(&root(&a), "store/x.txt", "content");
    write(a.folder.path(), "outside/x.txt", "content");
    symlink("store", root(&a).join("in")).unwrap();
    symlink("../outside", root(&a).join("out")).unwrap();
    symlink("loop", root(&a).join("loop")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(root(&a).join("pipe")).status().unwrap().success());
    let report = a.export(WITH_FILES).report;
    assert_eq!((&report["files"]["placed"], &report["files"]["placeholders"]), (&1.into(), &3.into()), "{report}");
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("through a symbolic link: 2;") && warnings.contains("not regular files"), "{warnings}");
}
