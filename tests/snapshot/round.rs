//! What is restored is what was there.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};

use super::Site;
use crate::support::{finish, gapsync};

#[test]
fn a_tree_of_everything_comes_back_as_it_was() {
    let site = Site::of_everything();
    let was = site.tree("list", "srv/files");
    assert!(was.lines().count() > 25, "{was}");
    for codec in ["zstd", "gzip", "none"] {
        let bundle = site.create(&["--compression", codec]);
        let mode = bundle.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // The five gigabytes of nothing did not travel.
        assert!(bundle.metadata().unwrap().len() < 60 << 20);
        let bundle = bundle.to_str().unwrap();
        site.expect(&["verify", bundle], 0, "is intact");
        assert_eq!(finish(&mut gapsync(["verify", bundle])).status, 0);
        let inspected = finish(&mut gapsync(["inspect", bundle]));
        assert!(inspected.status == 0 && inspected.stdout.contains("stores       files, config"), "{inspected:?}");
        let root = format!("root-{codec}");
        site.expect(&["restore", "--platform=site.toml", "--file", bundle, "--root", &root], 0, "finished");
        assert_eq!(site.tree("list", &format!("{root}/files")), was);
        let sparse = site.path().join(&root).join("files/sparse").metadata().unwrap();
        assert!(sparse.len() == 5 << 30 && sparse.blocks() < 1000, "{}", sparse.blocks());
        let config = site.path().join(&root).join("config").join(&site.path().to_str().unwrap()[1..]);
        assert_eq!(fs::read_to_string(config.join("etc/app/keys/key.pem")).unwrap(), "a key");
    }
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_store_goes_back_to_its_place_and_replaces_nothing_unasked() {
    let site = Site::of_everything();
    let was = site.tree("list", "srv/files");
    let bundle = site.create(&[]);
    let restore = ["restore", "--platform=site.toml", "--file", bundle.to_str().unwrap()];
    site.expect(&restore, 7, "is not empty");
    assert_eq!(site.tree("list", "srv/files"), was);
    // The configuration went nowhere either.
    assert_eq!(site.leftovers(), Vec::<String>::new());
    fs::write(site.path().join("srv/files/newer"), "written since").unwrap();
    let newer = site.tree("list", "srv/files");
    site.expect(&[&restore[..], &["--replace"]].concat(), 0, "what was there is now");
    assert_eq!(site.tree("list", "srv/files"), was);
    let names: Vec<_> =
        fs::read_dir(site.path().join("srv")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let old = names.iter().find(|name| name.to_string_lossy().contains(".before-")).unwrap();
    assert_eq!(site.tree("list", &format!("srv/{}", old.to_string_lossy())), newer);
    // The configuration is beside, and the living one is as it was.
    let aside = fs::read_dir(site.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(aside.into_iter().any(|name| name.to_string_lossy().starts_with("site-")));
    // A folder that is empty or missing is filled without a word.
    fs::remove_dir_all(site.path().join("srv")).unwrap();
    fs::create_dir(site.path().join("srv")).unwrap();
    site.expect(&[&restore[..], &["--only=files"]].concat(), 0, "finished");
    assert_eq!(site.tree("list", "srv/files"), was);
}

#[test]
fn lists_that_memory_cannot_hold_say_the_same() {
    let site = Site::of_everything();
    for number in 0..300 {
        fs::write(site.path().join(format!("srv/files/{number:03}")), format!("file {number}")).unwrap();
    }
    let was = site.tree("list", "srv/files");
    let unpacked = |spill: Option<&str>| {
        let before = site.bundles();
        // The folders above the configuration are everybody's, and change.
        let arguments = ["create", "--platform=site.toml", "--target=out", "--compression=none", "--only=files"];
        let mut create = site.command(&arguments);
        create.envs(spill.map(|bytes| ("GAPSYNC_SPILL_BYTES", bytes)));
        let ended = finish(&mut create);
        assert_eq!(ended.status, 0, "{ended:?}");
        let bundle = site.bundles().into_iter().find(|bundle| !before.contains(bundle)).unwrap();
        let read = |member: &str| {
            let mut tar = Command::new("tar");
            let found = tar.arg("xOf").arg(&bundle).args(["--wildcards", member]).output().unwrap();
            assert!(found.status.success(), "{member}");
            found.stdout
        };
        let catalogue = [read("data/snapshot_files/*"), read("data/snapshot_parts/*")];
        // The header and the steps hold times, and are the first and the last of the list.
        let manifest: serde_json::Value = serde_json::from_slice(&read("manifest.json")).unwrap();
        let members = manifest["members"].as_array().unwrap();
        let timeless = members.iter().filter(|member| {
            let name = member["name"].as_str().unwrap();
            name != "bundle.json" && !name.starts_with("data/snapshot_steps/")
        });
        (bundle.clone(), catalogue, timeless.cloned().collect::<Vec<_>>())
    };
    let (_, catalogue, members) = unpacked(None);
    let spilled = ["0", "700"].map(|bytes| {
        let (bundle, again, others) = unpacked(Some(bytes));
        assert!(again == catalogue && others == members && members.len() > 300, "{bytes}");
        bundle
    });
    for (number, bundle) in spilled.iter().enumerate() {
        let (bundle, root) = (bundle.to_str().unwrap(), format!("root-{number}"));
        let spilling = |arguments: &[&str], point: &str| {
            let mut command = site.command(arguments);
            command.env("GAPSYNC_SPILL_BYTES", ["0", "700"][number]).env("GAPSYNC_FAIL_POINT", point);
            finish(&mut command)
        };
        let verified = spilling(&["verify", bundle], "");
        assert!(verified.status == 0 && verified.stdout == site.run(&["verify", bundle]).stdout, "{verified:?}");
        // Also what goes on with a restore that was killed, of members and of a tree that is built.
        let restore = ["restore", "--platform=site.toml", "--file", bundle, "--root", &root];
        let killed = spilling(&restore, ["restore.member:99", "restore.built"][number]);
        assert_eq!(killed.status, -1, "{killed:?}");
        let ended = spilling(&[&restore[..], &["--resume"]].concat(), "");
        assert!(ended.status == 0 && ended.stdout.contains("were staged already"), "{ended:?}");
        assert_eq!(site.tree("list", &format!("{root}/files")), was);
        // A bundle that lies is not believed either.
        for lie in ["swapped", "twice", "no-folder", "second-name", "dropped", "added", "part"] {
            let forged = super::damaged::forge(&site, std::path::Path::new(bundle), lie);
            let refused = spilling(&["verify", forged.to_str().unwrap()], "");
            assert_eq!(refused.status, 5, "{lie}: {refused:?}");
        }
    }
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_snapshot_goes_through_a_pipe() {
    let site = Site::new();
    let was = site.tree("list", "srv/files");
    let mut create = site.command(&["create", "--platform=site.toml", "--target=-"]);
    let mut create = create.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut restore = site.command(&["restore", "--platform=site.toml", "--file=-", "--root=root"]);
    restore.env("GAPSYNC_STATE_DIR", site.path().join("other-state"));
    let restored = finish(restore.stdin(create.stdout.take().unwrap()));
    assert!(create.wait().unwrap().success());
    assert_eq!(restored.status, 0, "{restored:?}");
    assert_eq!(site.tree("list", "root/files"), was);
    assert!(site.bundles().is_empty());
}

#[test]
fn the_bundle_can_be_unpacked_by_hand() {
    let site = Site::new();
    let bundle = site.create(&["--compression=none"]);
    let unpacked = site.path().join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    assert!(Command::new("tar").arg("xf").arg(&bundle).arg("-C").arg(&unpacked).status().unwrap().success());
    assert_eq!(fs::read_to_string(unpacked.join("files/files/sub/b")).unwrap(), "second");
    let listed = fs::read_to_string(unpacked.join("data/snapshot_files/00001.csv")).unwrap();
    assert!(listed.starts_with("id,store,path,kind,bytes,"), "{listed}");
    let mut checked = Command::new("sha256sum");
    checked.arg("-c").arg(format!("{}.sha256", bundle.display()));
    assert!(checked.current_dir(site.path().join("out")).stdout(Stdio::null()).status().unwrap().success());
}

#[test]
fn special_files_are_named_and_left_out() {
    let site = Site::new();
    assert!(Command::new("mkfifo").arg(site.path().join("srv/files/pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(site.path().join("srv/files/socket")).unwrap();
    let ended = site.expect(&["create", "--platform=site.toml", "--target=out"], 0, "pipe (named pipe) was left out");
    assert!(ended.stdout.contains("socket (socket) was left out"), "{}", ended.stdout);
}

#[test]
fn a_store_of_nothing_is_told() {
    let site = Site::new();
    std::fs::create_dir(site.path().join("empty")).unwrap();
    let text = format!(
        "format = 1\nname = \"site\"\n[[store]]\nname = \"files\"\nkind = \"files\"\nfolder = \"{}\"\n\
         [[store]]\nname = \"config\"\nkind = \"files\"\npaths = [\"{}\"]\n",
        site.at("empty"),
        site.at("none/*.conf"),
    );
    std::fs::write(site.path().join("site.toml"), text).unwrap();
    let ended = site.expect(&["create", "--platform=site.toml", "--target=out"], 0, "no pattern matches anything");
    assert!(ended.stdout.contains("nothing is saved: the folder is empty"), "{}", ended.stdout);
}

#[test]
fn a_small_budget_makes_small_parts() {
    let site = Site::new();
    let content: Vec<u8> =
        (0..3_000_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    fs::write(site.path().join("srv/files/large"), content).unwrap();
    let was = site.tree("list", "srv/files");
    let bundle = site.create(&["--memory-limit=4M"]);
    let verified = site.expect(&["--json", "verify", bundle.to_str().unwrap()], 0, "\"parts\"");
    let parts: serde_json::Value = serde_json::from_str(&verified.stdout).unwrap();
    assert!(parts["parts"].as_u64().unwrap() > 20, "{parts}");
    site.expect(&["restore", "--platform=site.toml", "--file", bundle.to_str().unwrap(), "--root=r"], 0, "finished");
    assert_eq!(site.tree("list", "r/files"), was);
}
