//! Snapshots that are damaged or lie: refused, and the target untouched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Site;
use crate::support::finish;

/// Writes a bundle that lies, without a digest beside it.
pub(super) fn forge(site: &Site, bundle: &Path, lie: &str) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot/forge.py");
    let target = site.path().join(format!("{lie}.tar"));
    let ended = finish(Command::new("python3").arg(script).arg(bundle).arg(&target).arg(lie));
    assert_eq!(ended.status, 0, "{lie}: {}", ended.stderr);
    target
}

#[test]
fn a_lying_catalogue_is_refused() {
    let site = Site::of_everything();
    let bundle = site.create(&["--compression=none", "--only=files"]);
    let restore = |bundle: &Path| {
        site.run(&[
            "restore",
            "--platform=site.toml",
            "--only=files",
            "--root=root",
            "--file",
            bundle.to_str().unwrap(),
        ])
    };
    let honest = forge(&site, &bundle, "nothing");
    site.expect(&["verify", honest.to_str().unwrap()], 0, "is intact");
    for lie in [
        "swapped",
        "swapped-names",
        "dropped",
        "added",
        "other-store",
        "out",
        "absolute",
        "through-a-link",
        "twice",
        "device",
        "digest",
        "size",
        "hole",
        "fact",
        "part",
        "no-folder",
        "second-name",
        "no-catalogue",
    ] {
        let forged = forge(&site, &bundle, lie);
        let verified = site.run(&["verify", forged.to_str().unwrap()]);
        assert_eq!(verified.status, 5, "{lie}: {verified:?}");
        let restored = restore(&forged);
        assert_eq!(restored.status, 5, "{lie}: {restored:?}");
        let left: Vec<_> = fs::read_dir(site.path().join("root")).into_iter().flatten().collect();
        assert!(left.is_empty(), "{lie}: {left:?}");
        fs::remove_file(forged).unwrap();
    }
    assert_eq!(site.leftovers(), Vec::<String>::new());
    assert!(!site.path().join("plain.txt").exists() && !Path::new("/tmp/plain.txt").exists());
}

#[test]
fn a_flipped_bit_or_a_cut_is_noticed_before_anything_is_placed() {
    let site = Site::new();
    let was = site.tree("list", "srv/files");
    let bundle = site.create(&["--compression=none"]);
    let intact = fs::read(&bundle).unwrap();
    let broken = site.path().join("broken.tar");
    let name = broken.to_str().unwrap();
    let mut refused = 0;
    for at in (0..intact.len()).step_by(211).chain([intact.len() - 1]) {
        let mut bytes = intact.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&broken, &bytes).unwrap();
        let ended = site.run(&["verify", name]);
        // In the header, a flip may also make it the header of another kind of bundle.
        if ended.status == 5 || (ended.status == 2 && at < 4096) {
            refused += 1;
            continue;
        }
        // Bytes that fill up a block mean nothing; what is restored is the same.
        assert_eq!(ended.status, 0, "byte {at}: {ended:?}");
        site.expect(&["restore", "--platform=site.toml", "--file", name, "--root=same"], 0, "finished");
        assert_eq!(site.tree("list", "same/files"), was, "byte {at}");
        fs::remove_dir_all(site.path().join("same")).unwrap();
    }
    assert!(refused > 20, "{refused}");
    for cut in [1, 511, 1024, intact.len() / 2, intact.len() - 600] {
        fs::write(&broken, &intact[..intact.len() - cut]).unwrap();
        site.expect(&["restore", "--platform=site.toml", "--file", name, "--root=root"], 5, "error: ");
        assert!(fs::read_dir(site.path().join("root")).into_iter().flatten().next().is_none());
    }
    // With the digest beside it, no flip at all goes unnoticed.
    let mut bytes = intact;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&bundle, bytes).unwrap();
    site.expect(&["verify", bundle.to_str().unwrap()], 5, "error: ");
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_bundle_of_rows_is_no_snapshot_and_a_snapshot_is_no_bundle_of_rows() {
    let site = Site::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/threatq-sample.tar.gz");
    let sample = sample.to_str().unwrap();
    site.expect(&["verify", sample], 2, "the bundle is not a snapshot");
    site.expect(&["restore", "--platform=site.toml", "--root=r", "--file", sample], 2, "the bundle is not a snapshot");
    let bundle = site.create(&[]);
    // It is said before a database is asked for, which a person with a snapshot in hand may not have.
    let nowhere = format!("--database=sqlite:{}", site.at("none.db"));
    let ended =
        finish(crate::support::gapsync(["import", &nowhere]).arg("--file").arg(&bundle).current_dir(site.path()));
    assert!(ended.status == 2 && ended.stderr.contains("gapsync snapshot restore"), "{ended:?}");
    let url = format!("--database=sqlite:{}", site.at("x.db"));
    let init = finish(&mut crate::support::gapsync(["init", &url]));
    assert_eq!(init.status, 0, "{init:?}");
    let ended = finish(crate::support::gapsync(["import", &url]).arg("--file").arg(&bundle).current_dir(site.path()));
    assert_eq!(ended.status, 2, "{ended:?}");
    let command = format!("gapsync snapshot restore --platform NAME --file {}", bundle.display());
    assert!(ended.stderr.contains(&command), "{}", ended.stderr);
}
