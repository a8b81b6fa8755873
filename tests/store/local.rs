//! A folder of this machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use gapsync::error::ErrorKind;
use gapsync::store::Store;

use super::{chain, on_runtime, round_trip};

#[test]
fn files_go_there_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("st age");
    on_runtime(async {
        for address in [root.display().to_string(), format!("file://{}", root.display())] {
            let store = Store::open(&address).unwrap();
            assert_eq!(store.location("flow/").unwrap(), format!("file:{}/flow", root.display()));
            round_trip(&store, |path| fs::read(root.join(path)).unwrap()).await;
            // Nothing without a name is left either.
            assert_eq!(fs::read_dir(&root).unwrap().count(), 1);
        }
    });
}

#[test]
fn another_user_can_read_what_is_put_unless_the_folder_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let root = folder.path().join("stage");
    let store = Store::open(&root.display().to_string()).unwrap();
    on_runtime(async { assert_eq!(store.put("a/b.csv", &b"x"[..]).await.unwrap(), 1) });
    let mode = |path: &str| fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("a/b.csv"), mode("a"), mode("")), (0o644, 0o755, 0o755));
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let doubt = store.doubt().unwrap();
    assert!(
        doubt.contains(&format!("the folder {} can be entered by its owner and group only", folder.path().display())),
        "{doubt}"
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let store = Store::open(&folder.path().join("file/stage").display().to_string()).unwrap();
    on_runtime(async {
        let error = store.put("a/b.csv", &b"x"[..]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::File);
        assert!(chain(&error).contains("file/stage/a"), "{}", chain(&error));
    });
}
