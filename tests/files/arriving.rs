//! Files that arrive.

use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;

use super::{read, recorded, root, site};
use crate::conformance::files::{paper, write};
use crate::support::{engines, finish};

const WITH_FILES: &[&str] = &["--files-root=files"];

#[test]
fn a_file_of_the_target_is_not_replaced_by_one_of_another_row() {
    for engine in engines() {
        let a = site(engine);
        for (name, path) in [("theirs", "/store/0001"), ("loose", "store/loose.txt"), ("free", "store/free.txt")] {
            paper(&a, name, 1, path, name);
            write(&root(&a), path.trim_start_matches('/'), name);
        }
        a.fill_hashes();
        let bundle = a.export(WITH_FILES).bundle;

        let b = site(engine);
        paper(&b, "own", 1, "store//0001", "the target's own");
        paper(&b, "lost", 1, "store/0001-1", "not there yet");
        b.fill_hashes();
        write(&root(&b), "store/0001", "the target's own");
        write(&root(&b), "store/loose.txt", "of no row");
        let foretold = b.import(&bundle, &["--files-root=files", "--dry-run"])["files"].clone();
        let report = b.import(&bundle, WITH_FILES);
        assert_eq!(report["files"], foretold, "{engine:?}");
        assert_eq!((&report["files"]["placed"], &report["files"]["renamed"]), (&3.into(), &2.into()), "{report}");
        let check = || {
            assert_eq!(read(&root(&b), "store/0001").as_deref(), Some("the target's own"), "{engine:?}");
            assert_eq!(read(&root(&b), "store/loose.txt").as_deref(), Some("of no row"), "{engine:?}");
            assert_eq!(recorded(&b, "own"), "store//0001", "{engine:?}");
            assert_eq!(recorded(&b, "theirs"), "/store/0001-2", "{engine:?}: the first name belongs to a row");
            assert_eq!(read(&root(&b), "store/0001-2").as_deref(), Some("theirs"), "{engine:?}");
            assert_eq!(recorded(&b, "loose"), "store/loose-1.txt", "{engine:?}");
            assert_eq!(read(&root(&b), "store/loose-1.txt").as_deref(), Some("loose"), "{engine:?}");
            assert_eq!(recorded(&b, "free"), "store/free.txt", "{engine:?}");
            assert_eq!(std::fs::read_dir(root(&b).join("store")).unwrap().count(), 5, "{engine:?}");
        };
        check();
        // Again, and with a newer version of the row: the name stays.
        b.import(&bundle, WITH_FILES);
        check();
        a.database.run("UPDATE papers SET description = 'newer', updated_at = '2030-01-01 00:00:00';");
        let bundle = a.export(&["--files-root=files", "--start-date=2020-01-01"]).bundle;
        b.import(&bundle, WITH_FILES);
        check();
        // A file of the row itself is put right.
        write(&root(&b), "store/0001-2", "spoilt");
        b.import(&bundle, WITH_FILES);
        check();
    }
}

#[test]
fn another_name_is_given_once_though_the_run_is_killed() {
    for engine in engines() {
        let a = site(engine);
        for name in ["one", "two", "three"] {
            paper(&a, name, 1, &format!("{name}.txt"), name);
            write(&root(&a), &format!("{name}.txt"), name);
        }
        a.fill_hashes();
        let bundle = a.export(WITH_FILES).bundle;
        for (point, options) in
            [("import.files", &["--resume"][..]), ("import.file:1", &["--resume"]), ("import.file:3", &[])]
        {
            let b = site(engine);
            for name in ["one", "two", "three"] {
                paper(&b, &format!("own {name}"), 1, &format!("{name}.txt"), &format!("own {name}"));
                write(&root(&b), &format!("{name}.txt"), &format!("own {name}"));
            }
            b.fill_hashes();
            let file = format!("--file={}", bundle.display());
            let mut command = b.command(&["import", &file, "--files-root=files"]);
            assert_eq!(finish(command.env("GAPSYNC_FAIL_POINT", point)).status, -1, "{engine:?} {point}");
            let report = b.import(&bundle, &[WITH_FILES, options].concat());
            if !options.is_empty() {
                assert_eq!(report["files"]["renamed"], 3, "{engine:?} {point}: {report}");
            }
            for name in ["one", "two", "three"] {
                assert_eq!(read(&root(&b), &format!("{name}.txt")), Some(format!("own {name}")), "{engine:?} {point}");
                assert_eq!(recorded(&b, name), format!("{name}-1.txt"), "{engine:?} {point}");
                assert_eq!(read(&root(&b), &format!("{name}-1.txt")).as_deref(), Some(name), "{engine:?} {point}");
            }
            assert_eq!(std::fs::read_dir(root(&b)).unwrap().count(), 6, "{engine:?} {point}");
        }
    }
}

#[test]
fn a_bad_path_rejects_its_file_and_nothing_else() {
    for engine in engines() {
        let a = site(engine);
        let long = format!("{}/x", "n".repeat(300));
        let bad = ["folder", "plain/x", "pipe", "link/x", "link.txt", "../outside", ".gapsync-1/x", "b\u{1}d", &long];
        for (number, path) in bad.iter().enumerate() {
            paper(&a, &format!("bad {number}"), 1, path, "content");
        }
        paper(&a, "good", 1, "store/good", "good");
        a.fill_hashes();
        write(&root(&a), "store/good", "good");
        for path in ["folder", "pipe", "link.txt", "link/x"] {
            write(&root(&a), path, "content");
        }
        let bundle = a.export(WITH_FILES).bundle;

        let b = site(engine);
        std::fs::create_dir(root(&b).join("folder")).unwrap();
        std::fs::create_dir(b.folder.path().join("elsewhere")).unwrap();
        write(&root(&b), "plain", "x");
        assert!(std::process::Command::new("mkfifo").arg(root(&b).join("pipe")).status().unwrap().success());
        symlink("../elsewhere", root(&b).join("link")).unwrap();
        symlink("../elsewhere/target.txt", root(&b).join("link.txt")).unwrap();
        let foretold = b.import_as(&bundle, &["--files-root=files", "--dry-run"], 3)["files"].clone();
        let report = b.import_as(&bundle, WITH_FILES, 3);
        assert_eq!(foretold, report["files"], "{engine:?}");
        assert_eq!(report["status"], "finished");
        assert_eq!(report["totals"]["rejected"], 0, "{engine:?}: the rows are in");
        let mut named: Vec<_> =
            report["rejected_files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
        let mut expected = bad.to_vec();
        named.sort_unstable();
        expected.sort_unstable();
        assert_eq!(named, expected, "{engine:?}");
        assert_eq!(read(&root(&b), "store/good").as_deref(), Some("good"), "{engine:?}");
        assert_eq!(std::fs::read_dir(b.folder.path().join("elsewhere")).unwrap().count(), 0, "{engine:?}");
        assert!(root(&b).join("pipe").symlink_metadata().unwrap().file_type().is_fifo());
        let page = b.expect(&["import", &format!("--file={}", bundle.display()), "--files-root=files"], 3).stdout;
        assert!(page.contains("b\\u{1}d of papers: the path holds control characters"), "{page}");
    }
}

#[test]
fn content_that_is_not_the_rows_is_rejected() {
    for engine in engines() {
        let a = site(engine);
        paper(&a, "true", 1, "true.txt", "true");
        paper(&a, "false", 1, "false.txt", "another content");
        // Two rows, one path, two contents: the path holds one of them.
        paper(&a, "shared", 1, "true.txt", "a third content");
        a.fill_hashes();
        write(&root(&a), "true.txt", "true");
        write(&root(&a), "false.txt", "false");
        let bundle = a.export(WITH_FILES).bundle;
        let b = site(engine);
        for _ in 0..2 {
            let report = b.import_as(&bundle, WITH_FILES, 3);
            assert_eq!(report["files"]["rejected"], 2, "{engine:?}: {report}");
            assert_eq!(read(&root(&b), "true.txt").as_deref(), Some("true"), "{engine:?}");
            assert_eq!(recorded(&b, "true"), "true.txt", "{engine:?}");
            assert_eq!(read(&root(&b), "false.txt"), None, "{engine:?}");
        }
    }
}

#[test]
fn modes_do_not_follow_the_umask() {
    let engine = engines()[0];
    let a = site(engine);
    paper(&a, "one", 1, "store/one.txt", "one");
    a.fill_hashes();
    write(&root(&a), "store/one.txt", "one");
    let bundle = a.export(WITH_FILES).bundle;
    for mask in ["000", "077"] {
        let b = site(engine);
        let command = b.command(&["import", &format!("--file={}", bundle.display()), "--files-root=files"]);
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("umask {mask}; exec \"$@\""), "sh"]).arg(command.get_program());
        shell.args(command.get_args()).current_dir(b.folder.path()).env("GAPSYNC_CONFIG", "").process_group(0);
        let ended = finish(&mut shell);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        let mode = |path: &str| b.folder.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("files/store/one.txt"), 0o640, "{mask}");
        let report = crate::conformance::command::files(b.folder.path(), "-sync-import.txt").pop().unwrap();
        assert_eq!(report.metadata().unwrap().permissions().mode() & 0o777, 0o640, "{mask}");
    }
}
