//! Members that must not be there, that lack, or that are not what the bundle says.

use gapsync::error::ErrorKind;
use serde_json::{Value, json};
use tokio_tar::EntryType;

use super::build::{self, Parts, Tar, on_disk, part, sound};
use super::{items, refusal, refusal_of, said, verified, verified_bytes};

#[tokio::test]
async fn the_sound_bundle_is_sound() {
    let inspection = verified_bytes(&sound().tar().ended()).await.expect("sound");
    assert_eq!((inspection.totals.members, inspection.totals.rows, inspection.files), (5, 5, 1));
    let tables: Vec<_> = inspection.tables.iter().map(|(name, rows, _)| (name.as_str(), *rows)).collect();
    assert_eq!(tables, [("kinds", 2), ("settings", 3)]);
    assert!(!inspection.sidecar);
}

#[tokio::test]
async fn kinds_of_members_other_than_files() {
    for (kind, what) in [
        (EntryType::Symlink, "member is a link"),
        (EntryType::Link, "member is a link"),
        (EntryType::Char, "member is a device"),
        (EntryType::Block, "member is a device"),
        (EntryType::Fifo, "member is a named pipe"),
        (EntryType::Directory, "member is a folder: this bundle was repacked"),
        (EntryType::GNUSparse, "sparse file"),
        (EntryType::Other(b'V'), "member is of an unknown kind"),
    ] {
        let mut tar = Tar::default();
        tar.file("bundle.json", sound().header_part().content);
        let mut header = build::header(kind, "files/x", 0);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("/etc/passwd").expect("a short name");
        }
        tar.entry(header, "");
        assert_eq!(refusal(&tar).await, said(what, "files/x"), "{kind:?}");
    }
}

/// The sound bundle with a change, and a manifest that is true for it.
async fn changed(change: impl FnOnce(&mut Parts)) -> (String, Option<String>) {
    let mut parts = sound();
    change(&mut parts);
    refusal(&parts.tar()).await
}

#[tokio::test]
async fn members_that_were_not_announced() {
    let unannounced = "member that bundle.json does not announce";
    assert_eq!(changed(|b| b.members.push(part("readme", None, ""))).await, said(unannounced, "readme"));
    assert_eq!(
        changed(|b| b.members.push(part("data/kinds/2.csv", Some(0), ""))).await,
        said(unannounced, "data/kinds/2.csv")
    );
    assert_eq!(
        changed(|b| b.members.push(part("data/people/00001.csv", Some(0), "id\n"))).await,
        said("dump file of a table that bundle.json does not announce", "data/people/00001.csv")
    );
    assert_eq!(
        changed(|b| b.header["files"] = false.into()).await,
        said("physical file, though bundle.json announces none", "files/papers/a.txt")
    );
}

#[tokio::test]
async fn members_twice_or_out_of_order() {
    let twice = "member appears twice in the bundle";
    let gap = "dump files of the table are not numbered in order: one is missing";
    assert_eq!(changed(|b| b.members.push(b.members[0].clone())).await, said(twice, "data/kinds/00001.csv"));
    assert_eq!(changed(|b| b.members.push(b.members[3].clone())).await, said(twice, "files/papers/a.txt"));
    assert_eq!(changed(|b| b.members.push(b.header_part())).await, said(twice, "bundle.json"));
    assert_eq!(changed(|b| b.members.swap(1, 2)).await, said(gap, "data/settings/00002.csv"));
    assert_eq!(changed(|b| drop(b.members.remove(1))).await, said(gap, "data/settings/00002.csv"));
    let zero = |b: &mut Parts| b.members[0].name = "data/kinds/00000.csv".into();
    assert_eq!(changed(zero).await, said(gap, "data/kinds/00000.csv"));
}

#[tokio::test]
async fn header_and_manifest_at_their_places() {
    let first = "this bundle was repacked with its members in another order";
    let parts = sound();
    let mut tar = Tar::default();
    tar.file("data/kinds/00001.csv", "").file("bundle.json", parts.header_part().content);
    assert_eq!(refusal(&tar).await, said(first, None));
    let empty = "the archive is empty: it holds no bundle";
    assert_eq!(refusal(&Tar::default()).await, said(empty, None));
    let mut tar = Tar::default();
    tar.file("data/kinds/00001.csv", "");
    let none = "bundle.json is not the first member: this is not a gapsync bundle";
    assert_eq!(refusal(&tar).await, said(none, None));
    for folder in ["./", "u/", "a/b/"] {
        let mut tar = Tar::default();
        tar.entry(build::header(EntryType::Directory, folder, 0), "");
        tar.file(&format!("{folder}data/kinds/00001.csv"), "").file(&format!("{folder}bundle.json"), "{}");
        let what = format!("this bundle was repacked with the folder `{folder}` in front of its members");
        assert_eq!(refusal(&tar).await, (what, None));
    }
    assert_eq!(refusal_of(b"").await, said("archive ends too early", None));

    let mut tar = Tar::default();
    tar.file("bundle.json", parts.header_part().content);
    tar.parts(&parts.members);
    assert_eq!(refusal(&tar).await, said("bundle has no manifest: it is incomplete", None));

    let mut tar = parts.tar();
    tar.file("files/late", "");
    assert_eq!(refusal(&tar).await, said("member after the manifest", "files/late"));
    let mut tar = parts.tar();
    tar.file("manifest.json", parts.manifest().to_string());
    assert_eq!(refusal(&tar).await, said("member after the manifest", "manifest.json"));
}

#[tokio::test]
async fn headers_of_other_versions_and_of_nothing() {
    let newer = changed(|b| b.header["version"] = 2.into()).await;
    assert_eq!(newer, said("bundle of format version 2, made by a newer version of gapsync", "bundle.json"));
    assert_eq!(changed(|b| b.header["format"] = "zip".into()).await, said("not a gapsync bundle", "bundle.json"));
    let twice = "bundle.json announces the table twice";
    assert_eq!(changed(|b| b.header["tables"][1]["name"] = "kinds".into()).await, said(twice, "bundle.json"));
    let dialect = "bundle.json announces a dump-file dialect that version 1 does not have";
    assert_eq!(changed(|b| b.header["dialect"]["delimiter"] = ";".into()).await, said(dialect, "bundle.json"));
    let garbled = "bundle.json is malformed";
    assert_eq!(changed(|b| drop(b.header["window"].take())).await, said(garbled, "bundle.json"));
    // What a later minor version may add is none of our business.
    let mut parts = sound();
    parts.header["colour"] = "blue".into();
    verified_bytes(&parts.tar().ended()).await.expect("sound");
}

/// The sound bundle with a change of its manifest.
async fn manifest(change: impl FnOnce(&mut Value)) -> (String, Option<String>) {
    let parts = sound();
    let mut manifest = parts.manifest();
    change(&mut manifest);
    let mut tar = Tar::default();
    tar.file("bundle.json", parts.header_part().content);
    tar.parts(&parts.members);
    tar.file("manifest.json", manifest.to_string());
    refusal(&tar).await
}

#[tokio::test]
async fn manifests_that_are_not_true() {
    let other = "0".repeat(64);
    assert_eq!(
        manifest(|m| m["members"][1]["sha256"] = other.as_str().into()).await,
        said("digest of the member differs from the manifest", "data/kinds/00001.csv")
    );
    assert_eq!(
        manifest(|m| m["members"][0]["sha256"] = other.as_str().into()).await,
        said("digest of the member differs from the manifest", "bundle.json")
    );
    assert_eq!(
        manifest(|m| m["members"][2]["rows"] = 3.into()).await,
        said("rows of the member differ from the manifest", "data/settings/00001.csv")
    );
    assert_eq!(
        manifest(|m| m["members"][4]["bytes"] = 3.into()).await,
        said("size of the member differs from the manifest", "files/papers/a.txt")
    );
    assert_eq!(
        manifest(|m| m["totals"]["rows"] = 6.into()).await,
        said("totals differ from the manifest", "manifest.json")
    );
    let lacks = |m: &mut Value| drop(m["members"].as_array_mut().expect("a list").pop());
    assert_eq!(manifest(lacks).await, said("manifest does not name every member of the bundle", "manifest.json"));
    let more = |m: &mut Value| {
        let extra = json!({"name": "files/b", "bytes": 0, "sha256": other});
        m["members"].as_array_mut().expect("a list").push(extra);
    };
    assert_eq!(manifest(more).await, said("manifest names a member that the bundle lacks", "files/b"));
}

#[tokio::test]
async fn rows_that_are_not_what_was_announced() {
    let content = |b: &mut Parts, index: usize, text: &str| b.members[index].content = text.into();
    assert_eq!(
        changed(|b| b.header["tables"][1]["max_rows"] = 2.into()).await,
        said("table has more rows than bundle.json announces", "data/settings/00002.csv")
    );
    assert_eq!(
        changed(|b| content(b, 0, "id,name\n1,x\n")).await,
        said("row has too few fields", "data/kinds/00001.csv")
    );
    assert_eq!(changed(|b| content(b, 0, "")).await, said("dump file has no header row", "data/kinds/00001.csv"));
    let error = verified_bytes(&{
        let mut parts = sound();
        let cut = parts.members[0].content.len() - 1;
        parts.members[0].content.truncate(cut);
        parts.tar().ended()
    })
    .await
    .expect_err("a cut row");
    assert_eq!(error.what(), "dump file ends inside a row");
    assert_eq!(error.place().line, Some(3));
}

#[tokio::test]
async fn the_digest_beside_a_bundle_is_compared() {
    let bundle = on_disk(&sound().tar().ended());
    let sha256 = verified(&bundle.path).await.expect("sound").bundle.sha256;
    let beside = bundle.folder.path().join("bundle.tar.sha256");
    std::fs::write(&beside, format!("{sha256}  bundle.tar\n")).expect("a file");
    assert!(verified(&bundle.path).await.expect("sound").sidecar);
    for text in [format!("{}  bundle.tar\n", "0".repeat(64)), String::new(), "nonsense\n".into()] {
        std::fs::write(&beside, text).expect("a file");
        assert_eq!(verified(&bundle.path).await.expect_err("another").kind(), ErrorKind::Damaged);
    }
}

#[tokio::test]
async fn positions_and_values_of_the_sound_bundle() {
    let bundle = on_disk(&sound().tar().ended());
    let items = items(&bundle.path).await.expect("sound");
    assert_eq!(items.len(), 1 + 5 + 2 + 1);
    // Dump file 1, line 3 of `settings`: NULL stays NULL and the text `\N` a text.
    let cells: Vec<_> = ["2", "2026-01-01 00:00:00"].into_iter().map(|text| Some(text.as_bytes().to_vec())).collect();
    let tail = ["x", "z", "\\N"].map(|text| Some(text.as_bytes().to_vec()));
    let cells = [&cells[..], &[None], &tail[..]].concat();
    assert_eq!(items[4], format!("1 {} {cells:?}", (1_i64 << 40) + 3));
}
