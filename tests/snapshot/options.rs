//! Platform files, values, lists, and what is refused before anything is done.

use std::fs;

use super::Site;

#[test]
fn a_mistake_in_a_platform_file_is_told_with_its_line() {
    let site = Site::new();
    let text = fs::read_to_string(site.path().join("site.toml")).unwrap();
    for (from, to, line, reason) in [
        ("format = 1", "format = 9", 1, "this version reads format = 1"),
        ("folder", "foldr", 8, "unknown field `foldr`"),
        ("secret", "secrets", 13, "unknown field `secrets`"),
        ("kind = \"files\"", "kind = \"tape\"", 7, "there is no kind `tape`"),
    ] {
        assert!(text.contains(from));
        fs::write(site.path().join("wrong.toml"), text.replacen(from, to, 1)).unwrap();
        let ended = site.expect(&["create", "--platform=wrong.toml", "--dry-run"], 2, reason);
        assert!(ended.stderr.contains(&format!("line `{line}`")), "{}", ended.stderr);
    }
    site.expect(&["create", "--platform=none.toml"], 10, "none.toml");
    site.expect(&["create", "--platform=thehiv"], 2, "there is no platform `thehiv`");
    site.expect(&["create", "--platform=site.toml", "--only=file"], 2, "has no store `file`");
    site.expect(&["create", "--platform=site.toml", "--set=x=y"], 2, "has no value `x`");
    site.expect(&["create", "--platform=site.toml", "--mode=frozen"], 2, "frozen");
    site.expect(&["platform", "none"], 2, "there is no platform `none`");
    assert!(site.bundles().is_empty() && !site.path().join("state").exists());
}

#[test]
fn what_is_left_out_is_named_everywhere() {
    let site = Site::new();
    site.with_services("[[store]]\nname = \"data\"\nkind = \"neo4j\"\n");
    let create = ["create", "--platform=site.toml", "--target=out", "--only=files,config"];
    let ended = site.expect(&create, 0, "Stores left out\n  data");
    assert!(ended.stdout.contains("config"), "{}", ended.stdout);
    let bundle = site.bundles().remove(0).display().to_string();
    site.expect(&["verify", &bundle], 0, "not in it: data");
    let restore = ["restore", "--platform=site.toml", "--root=r", "--file", &bundle];
    site.expect(&[&restore[..], &["--only=data"]].concat(), 7, "does not hold the store data");
    // Files of the shipped platform can be planned.
    let planned = site.expect(
        &[
            "create",
            "--platform=thehive",
            "--dry-run",
            "--only=files,config",
            "--set",
            &format!("files={}", site.at("srv/files")),
        ],
        0,
        "stop thehive: systemctl stop -- thehive.service",
    );
    assert!(planned.stdout.contains("Stores left out\n  data\n  index"), "{}", planned.stdout);
    let printed = site.expect(&["platform", "thehive"], 0, "name = \"thehive\"");
    fs::write(site.path().join("mine.toml"), printed.stdout).unwrap();
    site.expect(&["create", "--platform=mine.toml", "--dry-run", "--only=config"], 0, "dry run");
    let moved = ["create", "--platform=thehive", "--dry-run", "--only=files", "--set=storage=s3"];
    site.expect(&moved, 7, "described for storage = localfs, but here it is s3");
}

#[test]
fn a_snapshot_of_another_platform_is_refused() {
    let site = Site::new();
    let bundle = site.create(&[]);
    let text = fs::read_to_string(site.path().join("site.toml")).unwrap();
    fs::write(site.path().join("other.toml"), text.replace("name = \"site\"", "name = \"other\"")).unwrap();
    let restore = ["restore", "--platform=other.toml", "--root=r", "--file", bundle.to_str().unwrap()];
    site.expect(&restore, 7, "is of the platform site, not of other");
}

#[test]
fn snapshots_are_listed_with_their_age() {
    let site = Site::new();
    site.expect(&["list", "out", "--max-age=1h"], 4, "there is no snapshot");
    let bundle = site.create(&[]);
    let listed = site.expect(&["list", "out", "--max-age=1h"], 0, "files,config");
    assert!(listed.stdout.contains(bundle.file_name().unwrap().to_str().unwrap()), "{}", listed.stdout);
    let second = site.create(&[]);
    site.create(&[]);
    fs::remove_file(&second).unwrap();
    let listed = site.expect(&["list", "out"], 0, "missing: 2 of site");
    assert!(listed.stdout.lines().any(|line| line.contains(" 3 ")), "{}", listed.stdout);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    site.expect(&["list", "out", "--max-age=1s"], 4, "too old");
    fs::write(site.path().join("out/x-snapshot-1.tar.zst"), "no bundle").unwrap();
    site.expect(&["list", "out"], 0, "cannot be read: x-snapshot-1.tar.zst");
    site.expect(&["list", "none"], 10, "none");
}

#[test]
fn no_secret_of_the_platform_is_shown() {
    let site = Site::new();
    fs::write(site.path().join("srv.conf"), "password = \"hunter2\"\nstorage { location = \"/srv\" \n").unwrap();
    let discover = format!(
        "[[discover]]\nfile = \"{}\"\nsyntax = \"hocon\"\nkeys = {{ files = \"storage.location\" }}\n",
        site.at("srv.conf")
    );
    site.platform(&discover);
    let ended = site.expect(&["create", "--platform=site.toml", "--target=out"], 2, "cannot be read as HOCON");
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    let text = format!("password = \"hunter2\"\nstorage {{ location = \"{}\" }}\n", site.at("srv/files"));
    fs::write(site.path().join("srv.conf"), text).unwrap();
    let bundle = site.create(&[]);
    let report = fs::read_dir(site.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .unwrap();
    let report = fs::read_to_string(report).unwrap();
    assert!(report.contains(bundle.file_name().unwrap().to_str().unwrap()) && !report.contains("hunter2"), "{report}");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told() {
    let site = Site::new();
    let path = site.path().join("srv/files/log");
    fs::write(&path, vec![7_u8; 40 << 20]).unwrap();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = std::sync::Arc::clone(&stop);
    let writer = std::thread::spawn(move || {
        use std::io::Write;
        let mut file = fs::File::options().append(true).open(path).unwrap();
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            file.write_all(b"more").unwrap();
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    });
    let ended = site.run(&["create", "--platform=site.toml", "--target=out"]);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    writer.join().unwrap();
    assert!(ended.status == 3 && ended.stdout.contains("files: log changed while it was read"), "{ended:?}");
    site.expect(&["verify", site.bundles()[0].to_str().unwrap()], 0, "is intact");
}
