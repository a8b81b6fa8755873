//! The program is killed while it brings physical files into place.

use std::collections::BTreeMap;
use std::path::Path;

use crate::conformance::command::Site;
use crate::conformance::describe::Profile;
use crate::conformance::files::{paper, write};
use crate::support::{Engine, engines, finish};

/// Everything below a folder, by path.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            found.extend(tree(&entry.path()).into_iter().map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else {
            found.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    found
}

/// An empty site with an empty folder for files.
fn target(engine: Engine, profile: &Profile) -> Site {
    let site = Site::empty(engine, profile);
    std::fs::create_dir(site.folder.path().join("files")).unwrap();
    site
}

#[test]
fn files_are_all_in_place_after_a_kill() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::empty(engine, &profile);
        a.database.run("INSERT INTO kinds (id, name) VALUES (1, 'report');");
        for number in 0..5 {
            paper(&a, "paper", 1, &format!("store/{number}.txt"), &format!("content {number}"));
            write(&a.folder.path().join("files"), &format!("store/{number}.txt"), &format!("content {number}"));
        }
        paper(&a, "lost", 1, "store/lost.txt", "content nobody has");
        a.fill_hashes();
        let bundle = a.export(&["--files-root=files"]).bundle;
        let undisturbed = target(engine, &profile);
        let report = undisturbed.import(&bundle, &["--files-root=files"]);
        let end = tree(&undisturbed.folder.path().join("files"));
        assert_eq!((end.len(), &report["files"]["placed"]), (6, &5.into()), "{engine:?}: {report}");

        for point in
            ["import.member:1", "import.staged", "import.files", "import.file:1", "import.file:4", "import.file:6"]
        {
            for options in [&["--files-root=files"][..], &["--files-root=files", "--resume"]] {
                let site = target(engine, &profile);
                let file = format!("--file={}", bundle.display());
                let mut command = site.command(&["import", &file, "--files-root=files"]);
                let killed = finish(command.env("GAPSYNC_FAIL_POINT", point));
                assert_eq!(killed.status, -1, "{engine:?}: {point} is never passed: {}", killed.stderr);
                let again = site.run(&[&["import", &file, "--json"], options].concat());
                // A run that was killed in the middle of its bundle has nothing to go on from.
                if point.starts_with("import.member") && again.status == 2 {
                    site.import(&bundle, &["--files-root=files"]);
                } else {
                    assert_eq!(again.status, 0, "{engine:?} {point} {options:?}: {}", again.stderr);
                }
                let found = tree(&site.folder.path().join("files"));
                assert_eq!(found, end, "{engine:?} {point} {options:?}");
            }
        }
    }
}
