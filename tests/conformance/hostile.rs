//! Bundles made to harm, through `import`: refused with the status for damage, and nothing has changed.

use std::path::Path;

use gapsync::stream::codec::Codec;
use tokio_tar::EntryType;

use super::command::Site;
use super::describe::Profile;
use super::fill::Side;
use super::look::{digest, existing};
use crate::hostile::build::{Tar, compressed, header, part, sound};
use crate::hostile::flips::{Flipper, Whole};
use crate::support::{Engine, engines};

/// Names in a folder and below it, sorted, with the sizes of files.
fn tree(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let metadata = entry.path().symlink_metadata().unwrap();
        names.push(format!("{} {}", entry.path().display(), metadata.len() * u64::from(metadata.is_file())));
        if metadata.is_dir() {
            names.extend(tree(&entry.path()));
        }
    }
    names.sort();
    names
}

/// Bundles that nobody should accept, by name.
fn bundles() -> Vec<(&'static str, Vec<u8>)> {
    let whole = sound().tar();
    let named = |name: &str| {
        let mut parts = sound();
        parts.members.push(part(name, None, "harm"));
        parts.tar().ended()
    };
    let special = |kind: EntryType, name: &str, link: &str| {
        let mut tar = Tar::default();
        tar.file("bundle.json", sound().header_part().content);
        let mut entry = header(kind, name, 0);
        if !link.is_empty() {
            entry.set_link_name(link).unwrap();
        }
        tar.entry(entry, "");
        tar.parts(&sound().members);
        tar.file("manifest.json", sound().manifest().to_string());
        tar.ended()
    };
    let mut twice = sound();
    twice.members.push(twice.members[0].clone());
    let mut unannounced = sound();
    unannounced.members.push(part("data/people/00001.csv", Some(0), "id,email\n"));
    let mut forged = sound();
    let manifest = forged.manifest().to_string();
    let text = String::from_utf8(forged.members[0].content.clone()).unwrap();
    forged.members[0].content = text.replacen("Hash", "Hush", 1).into_bytes();
    let mut wrong_digest = Tar::default();
    wrong_digest.file("bundle.json", forged.header_part().content);
    wrong_digest.parts(&forged.members);
    wrong_digest.file("manifest.json", manifest);
    let mut miscounted = sound();
    miscounted.members[0].rows = Some(3);
    let mut without_end = Tar::default();
    without_end.file("bundle.json", sound().header_part().content);
    without_end.parts(&sound().members);
    let mut cut = compressed(Codec::Gzip, &whole.ended());
    cut.truncate(cut.len() - 5);
    let mut flipped = compressed(Codec::Gzip, &whole.ended());
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    let mut bomb = sound();
    bomb.members.push(part("files/papers/zeros", None, vec![0; 300 << 20]));
    vec![
        ("parent folder", named("files/../../outside.txt")),
        ("absolute path", named("/tmp/outside.txt")),
        ("symbolic link", special(EntryType::Symlink, "files/papers/link", "/etc")),
        ("hard link", special(EntryType::Link, "files/papers/link", "bundle.json")),
        ("device", special(EntryType::Char, "files/papers/device", "")),
        ("duplicate member", twice.tar().ended()),
        ("unannounced member", unannounced.tar().ended()),
        ("wrong digest", wrong_digest.ended()),
        ("wrong count", miscounted.tar().ended()),
        ("no manifest", without_end.ended()),
        ("truncated", cut),
        ("bit flipped", flipped),
        ("bomb", compressed(Codec::Gzip, &bomb.tar().ended())),
        ("not a bundle", b"hello\n".to_vec()),
        ("empty", Vec::new()),
    ]
}

#[test]
fn hostile_bundles_are_refused_and_change_nothing() {
    let profile = Profile::read("mini");
    let bundles = bundles();
    for engine in engines() {
        let site = Site::filled(engine, &profile, Side::B);
        let folder = site.folder.path();
        for sub in ["in", "root", "reports"] {
            std::fs::create_dir(folder.join(sub)).unwrap();
        }
        let (before, tables) = (digest(&site.database, &profile), existing(&site.database));
        for (what, bytes) in &bundles {
            // What reads the bytes is the same for each engine, and the bomb takes long.
            if *what == "bomb" && engine != Engine::Sqlite {
                continue;
            }
            let file = folder.join("in/bundle.tar.gz");
            std::fs::write(&file, bytes).unwrap();
            let outside = [tree(folder.join("in").as_path()), tree(folder.join("root").as_path())];
            let report = site.import_as(&file, &["--files-root=root", "--report-dir=reports"], 5);
            assert_eq!(report["status"], "failed", "{what}: {report}");
            assert_eq!(report["error"]["kind"], "damaged", "{what}: {report}");
            assert_eq!(digest(&site.database, &profile), before, "{engine:?} {what}");
            assert_eq!(existing(&site.database), tables, "{engine:?} {what}");
            assert_eq!([tree(&folder.join("in")), tree(&folder.join("root"))], outside, "{engine:?} {what}");
        }
        assert!(!Path::new("/tmp/outside.txt").exists());
        let names: Vec<String> = tree(folder).into_iter().filter(|name| name.contains("outside")).collect();
        assert!(names.is_empty(), "{names:?}");
        // The sound one that all of them were made from is imported.
        let file = folder.join("in/bundle.tar.gz");
        std::fs::write(&file, sound().tar().ended()).unwrap();
        let report = site.import(&file, &["--files-root=root", "--report-dir=reports"]);
        assert_eq!(report["tables"]["settings"]["inserted"], 3, "{report}");
    }
}

/// Flipped bits, through the program. What the reader makes of every one of them, the hostile tests show.
#[test]
fn a_bundle_with_a_flipped_bit_is_refused_or_imported_as_it_was() {
    let profile = Profile::read("mini");
    let whole = Whole::gzip();
    let flipper = Flipper::new(&whole.bytes);
    let site = Site::filled(Engine::Sqlite, &profile, Side::B);
    let before = digest(&site.database, &profile);
    let count = if std::env::var_os("GAPSYNC_TEST_LONG").is_some() { 500 } else { 100 };
    let (refused, accepted): (Vec<usize>, Vec<usize>) =
        whole.sample(count).into_iter().partition(|bit| flipper.refusal(*bit).is_some());
    for bit in &refused {
        let report = flipper.with(*bit, |path| site.import_as(path, &[], 5));
        assert_eq!(report["error"]["kind"], "damaged", "bit {bit}: {report}");
        assert_eq!(digest(&site.database, &profile), before, "bit {bit}");
    }
    let imported = |bit: Option<usize>| {
        let site = Site::filled(Engine::Sqlite, &profile, Side::B);
        let report = match bit {
            Some(bit) => flipper.with(bit, |path| site.import(path, &[])),
            None => site.import(flipper.path(), &[]),
        };
        assert_eq!(report["tables"]["kinds"]["staged"], 4002, "{report}");
        digest(&site.database, &profile)
    };
    let sound = imported(None);
    assert_ne!(sound, before);
    // The first second of the time stamp of the first member, and others like it.
    for bit in [32].iter().chain(accepted.iter().take(3)) {
        assert_eq!(imported(Some(*bit)), sound, "bit {bit}");
    }
    println!("{} flips were refused, {} would be imported with the same content", refused.len(), accepted.len());
}
