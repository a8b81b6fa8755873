//! What must not happen to anyone: a half bundle on a full disk, a password in a list of processes, a file that changed owners.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use super::Site;
use crate::support::{Ended, finish, skipped};

/// Runs gapsync where a folder is a disk of its own with so much room. Returns `None` if no such disk can be had.
pub(super) fn on_small_disk(site: &Site, folder: &str, bytes: u64, arguments: &[&str]) -> Option<Ended> {
    on_disk(site, folder, bytes, "", arguments)
}

/// Runs gapsync there, and then with `--resume` once the disk has more room. The exit status of the first run is in the file
/// `first`, and `kept` is a copy of what the second has restored.
pub(super) fn on_small_disk_twice(site: &Site, folder: &str, bytes: [u64; 2], arguments: &[&str]) -> Option<Ended> {
    let again = format!(
        "\"$@\"; echo $? >first; mount -o remount,size={} {folder} || exit 99\nset -- \"$@\" --resume\n\
         trap 'cp -r {folder}/r kept' EXIT\n",
        bytes[1]
    );
    on_disk(site, folder, bytes[0], &again, arguments)
}

/// Runs gapsync there, after some commands of a shell.
pub(super) fn on_disk(site: &Site, folder: &str, bytes: u64, before: &str, arguments: &[&str]) -> Option<Ended> {
    let spaces = if is_root() { "-m" } else { "-rm" };
    let script = format!(
        "mount -t tmpfs -o size={bytes},mode=700 tmpfs {folder} || exit 99\n{before}\
         \"$@\"; status=$?; ls -A {folder} >left; exit $status"
    );
    let gapsync = site.command(arguments);
    let mut command = Command::new("unshare");
    command.args([spaces, "sh", "-c", &script, "sh"]).arg(gapsync.get_program()).args(gapsync.get_args());
    command.current_dir(site.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("GAPSYNC_STATE_DIR", site.at("state")).env("GAPSYNC_REPORT_DIR", site.at("reports"));
    let ended = finish(&mut command);
    if ended.status == 99 || ended.stderr.contains("unshare failed") {
        skipped(&format!("small disks, because no tmpfs can be mounted: {}", ended.stderr.trim()));
        return None;
    }
    Some(ended)
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Content that does not compress.
pub(super) fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

#[test]
fn a_full_disk_leaves_no_bundle_and_the_services_run() {
    let site = Site::new();
    site.with_services("");
    fs::write(site.path().join("srv/files/large"), noise(6 << 20)).unwrap();
    fs::create_dir(site.path().join("reports")).unwrap();
    let create = ["create", "--platform=site.toml", "--target=out"];
    let Some(full) = on_small_disk(&site, "out", 2 << 20, &create) else { return };
    assert_eq!(full.status, 10, "{full:?}");
    assert_eq!(fs::read_to_string(site.path().join("left")).unwrap(), "");
    assert!(site.runs());
    site.expect(&["recover"], 0, "nothing to put back");
}

#[test]
fn a_restore_onto_a_full_disk_changes_nothing_but_what_it_goes_on_with() {
    let site = Site::new();
    let large = noise(80 << 20);
    fs::write(site.path().join("srv/files/large"), &large).unwrap();
    fs::write(site.path().join("srv/files/zero"), []).unwrap();
    fs::create_dir(site.path().join("reports")).unwrap();
    fs::create_dir(site.path().join("small")).unwrap();
    let bundle = site.create(&["--only=files"]);
    let restore = ["restore", "--platform=site.toml", "--root=small/r", "--file", bundle.to_str().unwrap()];
    // What is known to need more room than there is, is refused before anything is written.
    let Some(refused) = on_small_disk(&site, "small", 70 << 20, &restore) else { return };
    assert!(refused.status == 10 && refused.stderr.contains("not enough free space"), "{refused:?}");
    assert_eq!(fs::read_to_string(site.path().join("left")).unwrap(), "");
    // A small need is tried, and what is staged can be gone on with or removed.
    fs::write(site.path().join("srv/files/large"), &large[..20 << 20]).unwrap();
    fs::remove_file(&bundle).unwrap();
    let bundle = site.create(&["--only=files"]);
    let restore = ["restore", "--platform=site.toml", "--root=small/r", "--file", bundle.to_str().unwrap()];
    let full = on_small_disk(&site, "small", 10 << 20, &restore).unwrap();
    assert_eq!(full.status, 10, "{full:?}");
    let left = fs::read_to_string(site.path().join("left")).unwrap();
    assert!(left.lines().all(|name| name == "r") && full.stderr.contains("--resume"), "{left} {full:?}");
    site.expect(&restore, 9, "gapsync snapshot recover");
    // The disk went away with its mount.
    site.expect(&["recover"], 0, "nothing to put back");
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn another_user_makes_a_snapshot_of_what_that_user_may_read() {
    if !is_root() {
        return skipped("another user, because only root can be one");
    }
    let site = Site::new();
    for path in ["srv/files/sub", "srv/files", "srv", "etc/app/keys", "etc/app", "etc", "", "out"] {
        fs::set_permissions(site.path().join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::create_dir(site.path().join("own")).unwrap();
    std::os::unix::fs::chown(site.path().join("own"), Some(65534), Some(65534)).unwrap();
    // The program itself may lie in a folder that only root enters.
    let program = site.path().join("gapsync");
    fs::copy(env!("CARGO_BIN_EXE_gapsync"), &program).unwrap();
    let run = |arguments: &[&str]| {
        let gapsync = site.command(arguments);
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program).args(gapsync.get_args());
        command.current_dir(site.path()).env("XDG_CONFIG_HOME", "/nonexistent").env("HOME", "/nonexistent");
        command.env("GAPSYNC_STATE_DIR", site.at("own/state"));
        finish(command.env("GAPSYNC_REPORT_DIR", site.at("own")))
    };
    let created = run(&["create", "--platform=site.toml", "--target=own", "--only=files"]);
    if created.stderr.contains("setpriv: failed to execute") {
        return skipped("another user, because the program lies where that user may not go");
    }
    assert_eq!(created.status, 0, "{created:?}");
    let bundle = fs::read_dir(site.path().join("own")).unwrap().map(|entry| entry.unwrap().path());
    let bundle = bundle.into_iter().find(|path| path.extension().is_some_and(|suffix| suffix == "zst")).unwrap();
    assert_eq!(bundle.metadata().unwrap().mode() & 0o777, 0o600);
    // Owners that this user cannot give are told, and the files belong to whoever restored them.
    let restored = run(&["restore", "--platform=site.toml", "--root=own/r", "--file", bundle.to_str().unwrap()]);
    assert!(restored.status == 0 && restored.stdout.contains("could not be given to their owners"), "{restored:?}");
    assert_eq!(fs::metadata(site.path().join("own/r/files/a")).unwrap().uid(), 65534);
    // What may not be read is an error that names it, and there is no bundle.
    fs::set_permissions(site.path().join("srv/files/a"), fs::Permissions::from_mode(0o600)).unwrap();
    let refused = run(&["create", "--platform=site.toml", "--target=own", "--only=files"]);
    assert!(refused.status == 10 && refused.stderr.contains("Run it as root"), "{refused:?}");
}

#[test]
fn credentials_that_others_may_read_are_refused() {
    let site = Site::new();
    fs::write(site.path().join("c"), "[files]\nuser = \"u\"\npassword = \"geheim-42\"\n").unwrap();
    let create = ["create", "--platform=site.toml", "--target=out", "--credentials=c"];
    site.expect(&create, 10, "chmod 600");
    fs::set_permissions(site.path().join("c"), fs::Permissions::from_mode(0o600)).unwrap();
    let made = site.expect(&create, 0, "finished");
    // Neither the report, the bundle's header nor the state holds the password.
    assert!(!made.stdout.contains("geheim-42"));
    for folder in ["out", "state"] {
        for entry in fs::read_dir(site.path().join(folder)).unwrap() {
            let content = fs::read(entry.unwrap().path()).unwrap();
            assert!(!content.windows(9).any(|piece| piece == b"geheim-42"));
        }
    }
    fs::write(site.path().join("c"), "[other]\nuser = \"u\"\npassword = \"geheim-42\"\n").unwrap();
    let refused = site.expect(&create, 2, "for a store `other`");
    assert!(!refused.stderr.contains("geheim-42"));
}

#[test]
fn access_control_lists_come_back() {
    let site = Site::new();
    let file = site.path().join("srv/files/a");
    // An access control list as the system keeps it: version 2, then user::rw-, user:65534:r--, group::r--, mask::r--, other::---.
    let entry =
        |tag: u16, rights: u16, id: u32| [&tag.to_le_bytes()[..], &rights.to_le_bytes(), &id.to_le_bytes()].concat();
    let none = u32::MAX;
    let entries = [entry(1, 6, none), entry(2, 4, 65534), entry(4, 4, none), entry(16, 4, none), entry(32, 0, none)];
    let list = [&2_u32.to_le_bytes()[..], &entries.concat()].concat();
    let text: String = list.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    let set = format!("import os; os.setxattr({:?}, 'system.posix_acl_access', b'{text}')", file.display().to_string());
    let ended = finish(Command::new("python3").args(["-c", &set]));
    if ended.stderr.contains("Operation not supported") {
        return skipped("access control lists, because the file system has none");
    }
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let bundle = site.create(&["--only=files"]);
    site.expect(&["restore", "--platform=site.toml", "--root=r", "--file", bundle.to_str().unwrap()], 0, "finished");
    let get = |path: &Path| {
        let get =
            format!("import os; print(os.getxattr({:?}, 'system.posix_acl_access').hex())", path.display().to_string());
        finish(Command::new("python3").args(["-c", &get])).stdout
    };
    let was = get(&file);
    assert!(!was.is_empty());
    assert_eq!(get(&site.path().join("r/files/a")), was);
}
