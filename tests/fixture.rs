//! The committed bundle: whole, and with the counts that a reader without gapsync's code finds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use gapsync::bundle::reader::ReadLimits;
use gapsync::event::Progress;
use gapsync::model::profile::Profile;
use gapsync::stream::cancel::Cancel;
use gapsync::sync::inspect::verify;

/// Largest bundle that the repository should hold.
const MAX_BYTES: u64 = 12_000_000;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/threatq-sample.tar.gz")
}

/// Rows of an RFC 4180 text: line ends outside quotes.
fn lines(csv: &[u8]) -> u64 {
    let mut quoted = false;
    let mut lines = 0;
    for byte in csv {
        quoted ^= *byte == b'"';
        lines += u64::from(*byte == b'\n' && !quoted);
    }
    lines
}

/// Rows by table, counted in the files that `tar` unpacks; and the physical files with their digests by `md5sum`.
fn counted() -> (BTreeMap<String, u64>, BTreeMap<String, String>) {
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar").arg("-xzf").arg(fixture()).arg("-C").arg(folder.path()).status().unwrap();
    assert!(unpacked.success());
    let mut rows = BTreeMap::new();
    for table in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let table = table.unwrap();
        let files = std::fs::read_dir(table.path()).unwrap();
        let counts = files.map(|file| lines(&std::fs::read(file.unwrap().path()).unwrap()) - 1);
        rows.insert(table.file_name().into_string().unwrap(), counts.sum());
    }
    let list =
        Command::new("sh").arg("-c").arg("find files -type f -exec md5sum {} +").current_dir(folder.path()).output();
    let list = String::from_utf8(list.unwrap().stdout).unwrap();
    let digests = list.lines().map(|line| line.split_once("  ").unwrap());
    (rows, digests.map(|(digest, path)| (path.to_owned(), digest.to_owned())).collect())
}

#[tokio::test]
async fn the_fixture_holds_what_it_says() {
    let bundle =
        verify(Some(&fixture()), &ReadLimits::default(), &Progress::silent(), &Cancel::default()).await.unwrap();
    assert!(bundle.bundle.bytes <= MAX_BYTES);
    assert!(bundle.sidecar);
    let (rows, files) = counted();
    let filled = bundle.tables.iter().filter(|(_, rows, _)| *rows > 0);
    assert_eq!(filled.map(|(table, rows, _)| (table.clone(), *rows)).collect::<BTreeMap<_, _>>(), rows);
    assert_eq!(bundle.totals.rows, rows.values().sum::<u64>());
    assert_eq!(bundle.files, files.len() as u64);
    assert_eq!(rows["indicators"], 100_000);
    assert_eq!(files.len() as u64, rows["attachments"]);
    let notices = std::fs::read(fixture().with_file_name("LICENSES.txt")).unwrap();
    let travelling =
        Command::new("tar").args(["-xzOf"]).arg(fixture()).arg("files/files/2026/08/LICENSES.txt").output();
    assert_eq!(travelling.unwrap().stdout, notices);
}

/// Its hashes are those of the profile as it is now; when that changes, the fixture has to be made again.
#[tokio::test]
async fn the_fixture_is_of_the_shipped_profile() {
    let bundle =
        verify(Some(&fixture()), &ReadLimits::default(), &Progress::silent(), &Cancel::default()).await.unwrap();
    let profile = Profile::parse(include_str!("../sql/profiles/threatq.toml")).unwrap();
    assert_eq!(bundle.header.profile.digest, profile.digest());
}
