//! Snapshots on the base of an earlier one: what did not change does not travel again, and a restore needs both.

use std::fs;
use std::path::{Path, PathBuf};

use super::Site;
use crate::support::finish;

/// A site with a tree of everything and enough content that its size tells something.
fn site() -> Site {
    let site = Site::of_everything();
    for number in 0..40_u32 {
        let mut state = number.wrapping_mul(2_654_435_761).max(1);
        let mut noise = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()
        };
        let content: Vec<u8> = (0..16_384).flat_map(|_| noise()).collect();
        fs::write(site.path().join(format!("srv/files/noise-{number}")), content).unwrap();
    }
    site
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[track_caller]
fn restore(site: &Site, bundle: &Path, more: &[&str], status: i32, words: &str) {
    let _ = fs::remove_dir_all(site.path().join("r"));
    let bundle = shown(bundle);
    let all = [&["restore", "--platform=site.toml", "--root=r", "--file", &bundle], more].concat();
    // Lists of both bundles that are compared where memory cannot hold them.
    let ended = finish(site.command(&all).env("GAPSYNC_SPILL_BYTES", "300"));
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(ended.status == status && said.contains(words), "{more:?}: {status} and `{words}`: {ended:?}");
}

#[test]
fn what_did_not_change_is_named_and_comes_back() {
    let site = site();
    let first = site.create(&[]);
    let was = site.tree("list", "srv/files");
    let again = site.create(&["--base", &shown(&first)]);
    assert!(size(&again) * 100 <= size(&first), "{} of {}", size(&again), size(&first));
    site.expect(&["verify", &shown(&again)], 0, "");
    restore(&site, &again, &[], 0, "finished");
    assert_eq!(site.tree("list", "r/files"), was);
    // A change without a trace in size and time, a change, a new file, one that is gone, one of another mode.
    let quiet = site.path().join("srv/files/noise-1");
    let time = fs::metadata(&quiet).unwrap().modified().unwrap();
    let mut content = fs::read(&quiet).unwrap();
    content[1000] ^= 1;
    fs::write(&quiet, content).unwrap();
    fs::File::options().write(true).open(&quiet).unwrap().set_modified(time).unwrap();
    fs::write(site.path().join("srv/files/noise-2"), "short").unwrap();
    fs::write(site.path().join("srv/files/noise-new"), "new").unwrap();
    fs::remove_file(site.path().join("srv/files/noise-3")).unwrap();
    // Content that the base has elsewhere: under a new name, under the name of another file, and once more beside itself.
    let at = |name: &str| site.path().join("srv/files").join(name);
    fs::rename(at("noise-4"), at("moved-4")).unwrap();
    fs::rename(at("noise-5"), at("away")).unwrap();
    fs::rename(at("noise-6"), at("noise-5")).unwrap();
    fs::rename(at("away"), at("noise-6")).unwrap();
    fs::copy(at("noise-7"), at("copied-7")).unwrap();
    let now = site.tree("list", "srv/files");
    assert_ne!(now, was);
    let changed = site.create(&["--base", &shown(&first)]);
    restore(&site, &changed, &[], 0, "finished");
    assert_eq!(site.tree("list", "r/files"), now);
    // The base is what it was.
    restore(&site, &first, &[], 0, "finished");
    assert_eq!(site.tree("list", "r/files"), was);
    // By tar alone: what is there is the content that changed.
    let tar = finish(std::process::Command::new("tar").args(["tf", &shown(&changed)]));
    let names: Vec<&str> = tar.stdout.lines().filter(|name| name.contains("files/files/noise-")).collect();
    // Of two files with one content, one can be that of the base.
    assert_eq!(names, ["files/files/noise-1", "files/files/noise-2", "files/files/noise-7", "files/files/noise-new"]);
    site.expect(&["verify", &shown(&changed)], 0, "");
    // From standard input, with the base named as a file or as its folder.
    fs::create_dir(site.path().join("moved")).unwrap();
    let moved = site.path().join("moved").join(first.file_name().unwrap());
    fs::rename(&first, &moved).unwrap();
    for path in [moved.clone(), site.path().join("moved")] {
        restore(&site, &changed, &["--base", &shown(&path)], 0, "finished");
        assert_eq!(site.tree("list", "r/files"), now);
        site.expect(&["verify", &shown(&changed), "--base", &shown(&path)], 0, "");
    }
}

#[test]
fn a_base_that_is_missing_or_another_one_is_refused() {
    let site = site();
    let first = site.create(&["--compression=none"]);
    let other = site.create(&["--compression=none"]);
    let again = site.create(&["--base", &shown(&first)]);
    let bundles = site.bundles();
    site.expect(&["create", "--platform=site.toml", "--target=out", "--base", &shown(&again)], 2, "on a base itself");
    site.expect(&["create", "--platform=site.toml", "--target=out", "--base", "none"], 10, "");
    assert_eq!(site.bundles(), bundles);
    let refused = |more: &[&str], words: &str| {
        restore(&site, &again, more, 5, words);
        site.expect(&[&["verify", &shown(&again)], more].concat(), 5, words);
        assert!(!site.path().join("r/files").exists());
        assert_eq!(site.leftovers(), Vec::<String>::new());
    };
    refused(&["--base", &shown(&other)], "another bundle");
    let mut wrong = fs::read(&first).unwrap();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 1;
    let damaged: PathBuf = site.path().join("damaged.tar");
    fs::write(&damaged, wrong).unwrap();
    refused(&["--base", &shown(&damaged)], "");
    site.expect(&["list", "out"], 0, "made (UTC)");
    assert!(!site.run(&["list", "out"]).stdout.contains("the base of"));
    fs::rename(&first, site.path().join("away.tar")).unwrap();
    refused(&[], "the base of the snapshot is missing");
    // Which bundle to bring.
    let name = first.file_name().unwrap().to_str().unwrap();
    refused(&[], &format!("it was {name}, with the SHA-256 "));
    let listed = format!("missing: {name}, the base of {}", again.file_name().unwrap().to_str().unwrap());
    site.expect(&["list", "out"], 0, &listed);
    let json = site.expect(&["list", "out", "--json"], 0, "missing_bases").stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["missing_bases"][0]["base"]["name"], name);
    restore(&site, &again, &["--base", &site.at("away.tar")], 0, "finished");
}

/// The catalogues in the state folder.
fn kept(site: &Site) -> Vec<PathBuf> {
    let names = fs::read_dir(site.path().join("state")).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path| path.extension().is_some_and(|end| end == "zst")).collect()
}

#[test]
fn a_catalogue_is_kept_for_the_very_file_of_the_latest_base() {
    let site = site();
    site.create(&["--compression=none"]);
    let first = site.create(&["--compression=none"]);
    assert_eq!(kept(&site).len(), 1, "{:?}", kept(&site));
    let create = |base: &Path, status: i32| {
        let base = shown(base);
        let known = kept(&site);
        let all = ["create", "--platform=site.toml", "--target=out", "--base", &base, "--compression=none"];
        // Killed if the whole base is about to be read.
        let killed = finish(site.command(&all).env("GAPSYNC_FAIL_POINT", "base.whole"));
        if killed.status == -1 {
            site.expect(&all, status, "");
        } else {
            assert_eq!(killed.status, status, "{killed:?}");
        }
        assert_eq!(kept(&site), known, "a snapshot on a base is the base of none");
        killed.status == -1
    };
    assert!(!create(&first, 0), "the catalogue is enough");
    // One that cannot be read is no loss.
    let sound = fs::read(&kept(&site)[0]).unwrap();
    fs::write(&kept(&site)[0], &sound[..sound.len() / 2]).unwrap();
    assert!(create(&first, 0));
    fs::write(&kept(&site)[0], sound).unwrap();
    assert!(!create(&first, 0));
    // A copy is read, and so is a file that was touched: with its size and its time, it may be another one.
    let copy = site.path().join("copy.tar");
    fs::copy(&first, &copy).unwrap();
    let time = fs::metadata(&first).unwrap().modified().unwrap();
    let mut content = fs::read(&first).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(&first, content).unwrap();
    fs::File::options().write(true).open(&first).unwrap().set_modified(time).unwrap();
    assert!(create(&first, 5));
    assert!(create(&copy, 0));
}

#[test]
fn a_snapshot_or_a_restore_on_a_base_that_is_killed_goes_on_or_leaves_nothing() {
    let site = site();
    let first = shown(&site.create(&[]));
    let was = site.tree("list", "srv/files");
    let create = ["create", "--platform=site.toml", "--target=out", "--base", &first];
    for point in ["snapshot.listed", "snapshot.catalogue"] {
        let killed = finish(site.command(&create).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&["recover"], 0, "");
        assert_eq!((site.leftovers(), site.bundles().len()), (Vec::new(), 1), "{point}");
    }
    let again = shown(&site.create(&["--base", &first]));
    let restore = ["restore", "--platform=site.toml", "--root=r", "--file", &again];
    for point in ["restore.member:30", "restore.built"] {
        let killed = finish(site.command(&restore).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&[&restore[..], &["--resume"]].concat(), 0, "staged already");
        assert_eq!(site.tree("list", "r/files"), was, "{point}");
        fs::remove_dir_all(site.path().join("r")).unwrap();
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
    }
}
