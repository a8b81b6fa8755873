//! A restore that stopped goes on: after a kill at any point, on a full disk, after Ctrl-C. Its end is that of a restore that
//! nobody disturbed, and nothing that an earlier run has left is believed.

use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Site;
use super::safety::{noise, on_small_disk_twice};
use crate::support::{Ended, finish};

/// A site with services, steps after the restore, and a tree of odd things.
fn site() -> (Site, PathBuf) {
    let site = Site::new();
    let after = |name: &str, services: &str| {
        format!(
            "[[after]]\nname = \"{name}\"\nrun = [\"sh\", \"-c\", \"echo {name} >> {}\"]\nservices = \"{services}\"\n",
            site.at("afterwards")
        )
    };
    site.with_services(&format!("{}{}", after("rebuild", "stopped"), after("warm", "running")));
    let files = site.path().join("srv/files");
    fs::write(files.join("large"), noise(3 << 20)).unwrap();
    fs::write(files.join("empty"), "").unwrap();
    fs::write(files.join("odd\nname"), "its member has another name").unwrap();
    fs::hard_link(files.join("a"), files.join("sub/second-name")).unwrap();
    std::os::unix::fs::symlink("a", files.join("link")).unwrap();
    let sparse = fs::File::create(files.join("sparse")).unwrap();
    sparse.write_all_at(b"begin", 0).unwrap();
    sparse.write_all_at(b"end", 8 << 20).unwrap();
    fs::set_permissions(files.join("sub/b"), std::os::unix::fs::PermissionsExt::from_mode(0o400)).unwrap();
    // Small parts, so that there are many points to die at.
    let bundle = site.create(&["--memory-limit=1M", "--compression=none"]);
    (site, bundle)
}

fn restore<'a>(bundle: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let all = ["restore", "--platform=site.toml", "--replace", "--file", bundle.to_str().unwrap()];
    [&all[..], more].concat()
}

fn killed(site: &Site, arguments: &[&str], point: &str) {
    let killed = finish(site.command(arguments).env("GAPSYNC_FAIL_POINT", point));
    assert_eq!(killed.status, -1, "{point}: {killed:?}");
}

/// Puts the tree back as it was before the restore, and removes what that has made.
fn undo(site: &Site, was: &str) {
    for entry in fs::read_dir(site.path().join("srv")).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.to_string_lossy().contains(".before-") {
            fs::remove_dir_all(site.path().join("srv/files")).unwrap();
            fs::rename(entry, site.path().join("srv/files")).unwrap();
        }
    }
    for entry in fs::read_dir(site.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.file_name().unwrap().to_string_lossy().starts_with("site-") {
            fs::remove_dir_all(entry).unwrap();
        }
    }
    let _ = fs::remove_file(site.path().join("afterwards"));
    assert_eq!(lines(&site.tree("list", "srv/files")), lines(was));
}

/// A listing without the time of its root, which changes with what is made in it.
fn lines(listing: &str) -> Vec<&str> {
    listing.lines().filter(|line| !line.starts_with("b'.'")).collect()
}

#[test]
fn a_restore_that_was_killed_anywhere_goes_on_to_the_same_end() {
    let (site, bundle) = site();
    let saved = site.tree("list", "srv/files");
    fs::write(site.path().join("srv/files/newer"), "written since").unwrap();
    fs::write(site.path().join("srv/files/a"), "changed since").unwrap();
    let was = site.tree("list", "srv/files");
    let plain = restore(&bundle, &[]);
    let resume = restore(&bundle, &["--resume"]);
    site.expect(&resume, 2, "there is no restore to go on with");
    site.expect(&plain, 0, "finished");
    assert_eq!(site.tree("list", "srv/files"), saved);
    assert_eq!(fs::read_to_string(site.path().join("afterwards")).unwrap(), "rebuild\nwarm\n");
    undo(&site, &was);
    let points = [
        "restore.staged",
        "restore.member",
        "restore.member:3",
        "restore.member:20",
        "restore.built",
        "restore.built:2",
        "restore.stopped",
        "restore.stopped:2",
        "restore.before-rename",
        "restore.renamed",
        "restore.renamed:2",
        "restore.before-rename:2",
        "restore.renamed:3",
        "restore.before-after",
        "restore.passed",
        "restore.passed:2",
        "restore.passed:4",
        "restore.before-after:2",
    ];
    for point in points {
        killed(&site, &plain, point);
        let refused = site.expect(&plain, 9, "gapsync snapshot recover");
        assert!(refused.stderr.contains("--resume"), "{refused:?}");
        // It may die once more on the way.
        if point != "restore.staged" {
            let again = finish(site.command(&resume).env("GAPSYNC_FAIL_POINT", point));
            assert!(matches!(again.status, -1 | 0), "{point}: {again:?}");
            if again.status == -1 {
                site.expect(&resume, 0, "finished");
            }
        } else {
            site.expect(&resume, 0, "finished");
        }
        assert_eq!(site.tree("list", "srv/files"), saved, "{point}");
        let ran = fs::read_to_string(site.path().join("afterwards")).unwrap();
        // A step is repeated only if it died with its end unknown.
        let repeated = point.starts_with("restore.passed") || !point.contains("after");
        assert!(!repeated || ran == "rebuild\nwarm\n", "{point}: {ran}");
        assert!(site.runs(), "{point}");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
        site.expect(&["recover"], 0, "nothing to put back");
        undo(&site, &was);
    }
}

/// All files below a folder that hold something.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
        let metadata = entry.symlink_metadata().unwrap();
        if metadata.is_dir() {
            found.extend(files(&entry));
        } else if metadata.is_file() && metadata.len() > 0 {
            found.push(entry);
        }
    }
    found.sort();
    found
}

fn staged(site: &Site) -> Vec<PathBuf> {
    let entries = fs::read_dir(site.path().join("srv")).unwrap().map(|entry| entry.unwrap().path());
    let hidden = entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".gapsync"));
    hidden.flat_map(|folder| files(&folder)).collect()
}

#[test]
fn nothing_that_is_staged_is_believed() {
    let (site, bundle) = site();
    let saved = site.tree("list", "srv/files");
    fs::write(site.path().join("srv/files/newer"), "written since").unwrap();
    let was = site.tree("list", "srv/files");
    let mut random = 7_u64;
    for point in ["restore.member:30", "restore.built:2", "restore.before-rename"] {
        for fault in ["flip", "cut", "longer", "gone", "whole"] {
            killed(&site, &restore(&bundle, &[]), point);
            for path in staged(&site) {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let file = fs::File::options().read(true).write(true).open(&path).unwrap();
                // One of several names of a file may have been cut with another.
                let length = file.metadata().unwrap().len().max(1);
                let at = random % length;
                let mut byte = [0];
                match fault {
                    "flip" => {
                        let _ = file.read_at(&mut byte, at).unwrap();
                        file.write_all_at(&[byte[0] ^ 4], at).unwrap();
                    }
                    "cut" => file.set_len(at).unwrap(),
                    "longer" => file.write_all_at(b"more than there was", length).unwrap(),
                    "gone" => fs::remove_file(&path).unwrap(),
                    // Also where there are to be holes.
                    _ => file.write_all_at(&vec![7; usize::try_from(length).unwrap()], 0).unwrap(),
                }
            }
            let ended = site.expect(&restore(&bundle, &["--resume"]), 0, "Continued");
            assert_eq!(site.tree("list", "srv/files"), saved, "{point} {fault}: {ended:?}");
            let sparse = site.path().join("srv/files/sparse").metadata().unwrap();
            assert!(sparse.blocks() < 1000, "{point} {fault}: {}", sparse.blocks());
            undo(&site, &was);
        }
    }
}

#[test]
fn only_the_same_bundle_and_the_same_places_go_on() {
    let (site, bundle) = site();
    let other = site.create(&[]);
    let saved = site.tree("list", "srv/files");
    let plain = restore(&bundle, &[]);
    killed(&site, &plain, "restore.member:5");
    site.expect(&restore(&other, &["--resume"]), 2, "the bundle is not that of the restore that stopped");
    for more in [&["--root=elsewhere"][..], &["--only=files"], &["--set=files=/nonexistent"], &["--rename=files=/x"]] {
        let refused =
            site.expect(&[&restore(&bundle, &["--resume"])[..], more].concat(), 2, "the options are not those");
        assert!(refused.stderr.contains("--resume"), "{refused:?}");
    }
    site.expect(&restore(&bundle, &["--resume", "--dry-run"]), 2, "--dry-run");
    site.expect(&["create", "--platform=site.toml", "--target=out"], 9, "--resume");
    // The same recovery point in other bytes: known once the whole of it was read.
    killed(&site, &restore(&bundle, &["--resume"]), "restore.built");
    let again = site.path().join("padded.tar");
    fs::write(&again, [fs::read(&bundle).unwrap(), vec![0; 10240]].concat()).unwrap();
    site.expect(&restore(&again, &["--resume"]), 2, "the digest of the bundle is not that of the restore that stopped");
    // A damaged copy costs nothing of what is staged.
    let mut bytes = fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let broken = site.path().join("broken.tar");
    fs::write(&broken, bytes).unwrap();
    site.expect(&restore(&broken, &["--resume"]), 5, "to continue from here");
    let ended = site.expect(&restore(&bundle, &["--resume"]), 0, "finished");
    assert!(ended.stdout.contains("were staged already"), "{ended:?}");
    assert_eq!(site.tree("list", "srv/files"), saved);
    assert_eq!(site.leftovers(), Vec::<String>::new());
    // What stopped is a snapshot.
    killed(&site, &["create", "--platform=site.toml", "--target=out"], "snapshot.part");
    site.expect(&restore(&bundle, &["--resume"]), 2, "is no restore but a create");
    site.expect(&["recover"], 0, "");
}

#[test]
fn a_full_disk_stops_a_restore_that_goes_on_once_there_is_room() {
    let site = Site::new();
    fs::write(site.path().join("srv/files/large"), noise(20 << 20)).unwrap();
    fs::create_dir(site.path().join("reports")).unwrap();
    fs::create_dir(site.path().join("small")).unwrap();
    let bundle = site.create(&["--only=files"]);
    let arguments = ["restore", "--platform=site.toml", "--root=small/r", "--file", bundle.to_str().unwrap()];
    let Some(ended) = on_small_disk_twice(&site, "small", [10 << 20, 40 << 20], &arguments) else { return };
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(fs::read_to_string(site.path().join("first")).unwrap(), "10\n");
    assert!(ended.stderr.contains("to continue from here: gapsync snapshot restore"), "{ended:?}");
    assert!(ended.stdout.contains("were staged already"), "{ended:?}");
    assert_eq!(fs::read(site.path().join("kept/files/large")).unwrap(), noise(20 << 20));
    assert_eq!(fs::read_to_string(site.path().join("left")).unwrap(), "r\n");
    site.expect(&["recover"], 0, "nothing to put back");
}

#[test]
fn a_restore_that_was_interrupted_says_how_it_goes_on() {
    let site = Site::new();
    fs::write(site.path().join("srv/files/large"), noise(40 << 20)).unwrap();
    let bundle = site.create(&["--only=files", "--compression=none"]);
    // The pipe ends only when we say so, and Ctrl-C comes before.
    let script = format!("head -c 20000000 {}; sleep 600", bundle.display());
    let mut feeder = Command::new("sh").args(["-c", &script]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let arguments = ["restore", "--platform=site.toml", "--root=r", "--only=files", "--file=-"];
    let mut command = site.command(&arguments);
    command.stdin(feeder.stdout.take().unwrap()).stdout(std::process::Stdio::piped());
    let running = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    while files(&site.path().join("r")).iter().all(|file| file.metadata().unwrap().len() < 1 << 20) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = running.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ended = Ended::from(running.wait_with_output().unwrap());
    let _ = feeder.kill();
    let _ = feeder.wait();
    assert_eq!(ended.status, 130, "{ended:?}");
    assert!(ended.stderr.contains("to continue from here: gapsync snapshot restore"), "{ended:?}");
    assert!(ended.stderr.contains("--file=- --resume"), "{ended:?}");
    let mut again = site.command(&[&arguments[..], &["--resume"]].concat());
    let again = finish(again.stdin(fs::File::open(&bundle).unwrap()));
    assert!(again.status == 0 && again.stdout.contains("were staged already"), "{again:?}");
    assert_eq!(fs::read(site.path().join("r/files/large")).unwrap(), noise(40 << 20));
    assert_eq!(site.leftovers(), Vec::<String>::new());
}
