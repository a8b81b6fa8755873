//! Names of members: what they must not be, and the ways in which tar can give two of them.

use tokio_tar::{EntryType, Header};

use super::build::{self, Tar, part, sound};
use super::{refusal, refusal_of, said, verified_bytes};

fn start() -> Tar {
    let mut tar = Tar::default();
    tar.file("bundle.json", sound().header_part().content);
    tar
}

#[tokio::test]
async fn names_that_leave_the_folder_or_mean_two_things() {
    for (name, what) in [
        ("/etc/passwd", "absolute path"),
        ("files//etc/passwd", "path with an empty part"),
        ("../up", "path with `..`"),
        ("files/../../up", "path with `..`"),
        ("data/../files/x", "path with `..`"),
        ("files/./x", "path with `.`"),
        ("./files/x", "path with `.`"),
        ("./data/kinds/00001.csv", "path with `.`"),
    ] {
        let member: &'static str = name;
        assert_eq!(refusal(start().file(name, "")).await, said(what, member), "{name}");
    }
    assert_eq!(refusal(start().file("files/a\\b", "")).await, said("backslash in a name", "files/a\\\\b"));
    assert_eq!(refusal(start().file("files/a\nb", "")).await, said("control character in a name", "files/a\\nb"));
    assert_eq!(refusal(start().file("", "")).await, said("name is empty", ""));
    assert_eq!(
        refusal(start().file("files/", "")).await,
        said("member is a folder: this bundle was repacked", "files/")
    );
    let mut header = build::header(EntryType::Regular, "files/x", 0);
    header.as_mut_bytes()[6] = 0xff;
    assert_eq!(refusal(start().entry(header, "")).await, said("name of a member is not UTF-8", None));
}

#[tokio::test]
async fn long_names_are_read_in_both_ways() {
    let long = format!("files/{}/end", "x".repeat(300));
    let mut parts = sound();
    parts.members = vec![part(&long, None, "a"), part("files/short", None, "b")];
    for gnu in [true, false] {
        let mut tar = start();
        if gnu {
            tar.entry(build::header(EntryType::GNULongName, "././@LongLink", long.len() + 1), format!("{long}\0"));
        } else {
            tar.pax(&[("path", &long), ("mtime", "1.5")]);
        }
        tar.file("files/other name", "a").file("files/short", "b").file("manifest.json", parts.manifest().to_string());
        let inspection = verified_bytes(&tar.ended()).await.expect("sound");
        assert_eq!(inspection.files, 2);
    }
    let mut header = Header::new_ustar();
    header.set_path("files/other").expect("a short name");
    header.as_mut_bytes()[345..348].copy_from_slice(b"../");
    header.set_size(0);
    header.set_entry_type(EntryType::Regular);
    assert_eq!(refusal(start().entry(header, "")).await.0, "path with `..`");
}

#[tokio::test]
async fn names_and_sizes_that_come_twice() {
    let up = "path with `..`";
    assert_eq!(refusal(start().pax(&[("path", "../up")]).file("files/x", "")).await, said(up, "../up"));
    let mut long = start();
    long.entry(build::header(EntryType::GNULongName, "././@LongLink", 6), "../up\0").file("files/x", "");
    assert_eq!(refusal(&long).await, said(up, "../up"));

    let two_names = "two names for one member";
    assert_eq!(refusal(start().pax(&[("path", "files/a"), ("path", "files/b")]).file("x", "")).await.0, two_names);
    let two_sizes = "two sizes for one member";
    assert_eq!(refusal(start().pax(&[("size", "0")]).file("files/x", "content")).await.0, two_sizes);
    assert_eq!(refusal(start().pax(&[("size", "512")]).file("files/x", "")).await.0, two_sizes);
    verified_size_record().await;
    assert_eq!(refusal(start().pax(&[("GNU.sparse.major", "1")]).file("files/x", "")).await.0, "sparse file");
    let nul = start().pax(&[("path", "files/a\0b")]).file("files/x", "").clone();
    assert_eq!(refusal(&nul).await.0, "NUL in the name of a member");

    let global = "10 path=x\n";
    let mut tar = start();
    tar.entry(build::header(EntryType::XGlobalHeader, "g", global.len()), global).file("files/x", "");
    assert_eq!(refusal(&tar).await.0, "global header changes members");
    let mut tar = start();
    tar.entry(build::header(EntryType::XHeader, "x", 4), "junk").file("files/x", "");
    assert_eq!(refusal(&tar).await.0, "extension header is malformed");
    let mut tar = start();
    tar.entry(build::header(EntryType::XHeader, "x", 70_000), vec![b'x'; 70_000]).file("files/x", "");
    assert_eq!(refusal(&tar).await.0, "extension header is too large");
    assert_eq!(refusal(start().pax(&[("path", "files/x")])).await.0, "extension header without a member");
}

async fn verified_size_record() {
    let mut parts = sound();
    parts.members = vec![part("files/x", None, "content")];
    let mut tar = start();
    tar.pax(&[("size", "7")]).file("files/x", "content").file("manifest.json", parts.manifest().to_string());
    verified_bytes(&tar.ended()).await.expect("both sizes are the same");
}

#[tokio::test]
async fn headers_that_readers_could_understand_in_two_ways() {
    let first = start().0;
    let mut wrong = start().file("files/x", "").0.clone();
    wrong[first.len()] ^= 1;
    assert_eq!(refusal_of(&wrong).await.0, "header of a member has a wrong checksum");
    wrong[0] ^= 1;
    for no_archive in [wrong, b"some text\n".repeat(100), b"a short text".to_vec()] {
        assert_eq!(refusal_of(&no_archive).await.0, "this is not a tarball, or its first bytes are damaged");
    }
    for size in
        [&b"-0000000001\0"[..], b"zzzzzzzzzzz\0", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"            "]
    {
        let mut header = build::header(EntryType::Regular, "files/x", 0);
        header.as_mut_bytes()[124..136].copy_from_slice(size);
        assert_eq!(refusal(start().entry(header, "")).await.0, "size of a member is malformed", "{size:?}");
    }
    let mut header = build::header(EntryType::Regular, "files/x", 0);
    header.as_mut_bytes()[257..265].copy_from_slice(b"ustar\0\0\0");
    assert_eq!(refusal(start().entry(header, "")).await.0, "header of a member has an unknown version");
}
