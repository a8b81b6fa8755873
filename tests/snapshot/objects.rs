//! Stores of files in a bucket and in HDFS: out of one and into another, and into a folder and back.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Site;
use crate::support::bucket::serve;
use crate::support::{Ended, finish, service};

/// A site beside a server with two buckets, one of them with attachments.
struct Buckets {
    site: Site,
    endpoint: String,
    _runtime: tokio::runtime::Runtime,
}

/// The names and contents of the attachments.
fn attachments() -> Vec<(&'static str, Vec<u8>)> {
    let large: Vec<u8> = (0..10_000_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    vec![
        ("cases/1/report é.pdf", b"first".to_vec()),
        ("cases/1/empty", Vec::new()),
        ("cases/2/.hidden", b"second".to_vec()),
        ("large", large),
        ("zeros", vec![0; 300_000]),
    ]
}

impl Buckets {
    fn new() -> Self {
        let site = Site::new();
        let root = site.path().join("buckets");
        for (path, content) in attachments() {
            let path = root.join("one/att").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        fs::create_dir(root.join("two")).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let endpoint = runtime.block_on(serve(root, "127.0.0.1:0"));
        let text = "format = 1\nname = \"site\"\n[[store]]\nname = \"att\"\nkind = \"files\"\nurl = \"s3://one/att\"\n";
        fs::write(site.path().join("site.toml"), text).unwrap();
        Self { site, endpoint, _runtime: runtime }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.site.command(arguments);
        command.env("AWS_ENDPOINT_URL", &self.endpoint).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "AK").env("AWS_SECRET_ACCESS_KEY", "SECRET");
        command
    }

    #[track_caller]
    fn expect(&self, arguments: &[&str], status: i32, words: &str) -> Ended {
        let ended = finish(&mut self.command(arguments));
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(ended.status == status && said.contains(words), "{arguments:?}: {status} and `{words}`: {ended:?}");
        ended
    }

    fn create(&self) -> String {
        self.expect(&["create", "--platform=site.toml", "--target=out"], 0, "finished");
        self.site.bundles().remove(0).display().to_string()
    }

    /// Compares what is in a folder with the attachments.
    #[track_caller]
    fn holds(folder: &Path) {
        let mut count = 0;
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { open.push(path) } else { count += 1 }
            }
        }
        assert_eq!(count, attachments().len());
        for (path, content) in attachments() {
            assert!(fs::read(folder.join(path)).unwrap() == content, "{path}");
        }
    }

    fn bucket(&self, path: &str) -> std::path::PathBuf {
        self.site.path().join("buckets").join(path)
    }
}

#[test]
fn a_bucket_is_restored_into_another_and_into_a_folder() {
    let buckets = Buckets::new();
    let bundle = buckets.create();
    let restore = ["restore", "--platform=site.toml", "--file", &bundle];
    // Its own place is taken.
    buckets.expect(&restore, 7, "is not empty");
    buckets.expect(&[&restore[..], &["--rename", "att=s3://two/deep/er"]].concat(), 0, "5 files");
    Buckets::holds(&buckets.bucket("two/deep/er"));
    Buckets::holds(&buckets.bucket("one/att"));
    let folder = buckets.site.at("folder");
    buckets.expect(&[&restore[..], &["--rename", &format!("att={folder}")]].concat(), 0, "finished");
    Buckets::holds(Path::new(&folder));
    buckets.expect(&[&restore[..], &["--rename", "att=folder"]].concat(), 2, "absolute path");
    fs::remove_dir_all(buckets.bucket("one/att")).unwrap();
    buckets.expect(&restore, 0, "finished");
    Buckets::holds(&buckets.bucket("one/att"));
    // A folder goes into a bucket, too.
    let text =
        format!("format = 1\nname = \"site\"\n[[store]]\nname = \"att\"\nkind = \"files\"\nurl = \"file:{folder}\"\n");
    fs::write(buckets.site.path().join("site.toml"), text).unwrap();
    fs::remove_file(&bundle).unwrap();
    let bundle = buckets.create();
    let restore = ["restore", "--platform=site.toml", "--file", &bundle, "--rename", "att=s3://two/third"];
    buckets.expect(&restore, 0, "finished");
    Buckets::holds(&buckets.bucket("two/third"));
    assert_eq!(buckets.site.leftovers(), Vec::<String>::new());
    // What no bucket can hold is told before anything is stored.
    std::os::unix::fs::symlink("large", Path::new(&folder).join("link")).unwrap();
    fs::remove_file(&bundle).unwrap();
    let bundle = buckets.create();
    let restore = ["restore", "--platform=site.toml", "--file", &bundle, "--rename", "att=s3://two/fourth"];
    buckets.expect(&restore, 7, "1 path cannot be stored there");
    assert!(!buckets.bucket("two/fourth").exists());
    assert_eq!(buckets.site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_file_that_is_overwritten_by_one_of_its_size_is_never_saved_as_the_one_that_was_listed() {
    let buckets = Buckets::new();
    // The services start after the list was made and before a file is read.
    let file = buckets.bucket("one/att/cases/2/.hidden");
    let text = format!(
        "[[store]]\nname = \"att\"\nkind = \"files\"\nurl = \"s3://one/att\"\nappend_only = true\n\
         [[service]]\nname = \"app\"\nstop = [\"true\"]\nstart = [\"cp\", \"{}\", \"{}\"]\n",
        buckets.site.at("other"),
        file.display()
    );
    buckets.site.platform(&text);
    fs::write(buckets.site.path().join("other"), b"SECOND").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let create = ["create", "--platform=site.toml", "--target=out"];
    buckets.expect(&create, 10, "was overwritten after it was listed");
    assert_eq!(fs::read(&file).unwrap(), b"SECOND");
    assert!(buckets.site.bundles().is_empty());
    assert_eq!(buckets.site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_killed_restore_leaves_nothing_in_a_bucket() {
    let buckets = Buckets::new();
    let bundle = buckets.create();
    let restore = ["restore", "--platform=site.toml", "--file", &bundle, "--rename", "att=s3://two/new"];
    for point in ["restore.leave", "restore.loaded", "restore.built"] {
        let killed = finish(buckets.command(&restore).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        buckets.expect(&restore, 9, "gapsync snapshot recover");
        buckets.expect(&["recover"], 0, "");
        // This server keeps folders that are empty.
        let left = finish(Command::new("find").arg(buckets.bucket("two")).args(["-type", "f"]));
        assert_eq!((left.stdout.as_str(), buckets.site.leftovers()), ("", Vec::new()), "{point}");
    }
    // A damaged bundle puts nothing there.
    let mut bytes = fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&bundle, bytes).unwrap();
    buckets.expect(&restore, 5, "");
    let left = finish(Command::new("find").arg(buckets.bucket("two")).args(["-type", "f"]));
    assert_eq!(left.stdout, "");
}

#[test]
fn what_a_bucket_was_given_goes_if_a_later_store_does_not_get_its_place() {
    let buckets = Buckets::new();
    let folder = buckets.site.at("later");
    fs::create_dir(&folder).unwrap();
    fs::write(format!("{folder}/x"), "x").unwrap();
    let text = fs::read_to_string(buckets.site.path().join("site.toml")).unwrap();
    let more = format!(
        "[[store]]\nname = \"later\"\nkind = \"files\"\nfolder = \"{folder}\"\n\
         [[service]]\nname = \"app\"\nstart = [\"true\"]\nstop = [\"sh\", \"-c\", \"mkdir -p {folder}; touch {folder}/y\"]\n"
    );
    fs::write(buckets.site.path().join("site.toml"), text + &more).unwrap();
    let bundle = buckets.create();
    fs::remove_dir_all(&folder).unwrap();
    // The place of the second store is taken between the two.
    let restore = ["restore", "--platform=site.toml", "--file", &bundle, "--rename", "att=s3://two/new"];
    let failed = buckets.expect(&restore, 7, "the place of the store later is not empty");
    assert!(format!("{failed:?}").contains("these services stay stopped: app"), "{failed:?}");
    let left = finish(Command::new("find").arg(buckets.bucket("two")).args(["-type", "f"]));
    assert_eq!((left.stdout.as_str(), buckets.site.leftovers()), ("", Vec::new()));
    buckets.expect(&["recover"], 0, "nothing to put back");
}

#[test]
fn a_bucket_that_cannot_be_reached_is_told_before_anything_is_stopped() {
    let buckets = Buckets::new();
    let text =
        fs::read_to_string(buckets.site.path().join("site.toml")).unwrap().replace("s3://one/att", "s3://none/att");
    let service = "[[service]]\nname = \"app\"\nstop = [\"touch\", \"stopped\"]\nstart = [\"true\"]\n";
    fs::write(buckets.site.path().join("site.toml"), text + service).unwrap();
    buckets.expect(&["create", "--platform=site.toml", "--target=out"], 10, "AWS_ENDPOINT_URL");
    assert!(!buckets.site.path().join("stopped").exists());
}

#[test]
fn a_folder_of_hdfs_is_restored_beside_itself() {
    let Some(hdfs) = service("hdfs", "GAPSYNC_TEST_HDFS") else { return };
    let buckets = Buckets::new();
    let bundle = buckets.create();
    let place = format!("{hdfs}/snapshot-{}", std::process::id());
    let restore = |to: &str, bundle: &str| {
        buckets.expect(
            &["restore", "--platform=site.toml", "--file", bundle, "--rename", &format!("att={to}")],
            0,
            "finished",
        );
    };
    restore(&format!("{place}/one"), &bundle);
    let text =
        format!("format = 1\nname = \"site\"\n[[store]]\nname = \"att\"\nkind = \"files\"\nurl = \"{place}/one\"\n");
    fs::write(buckets.site.path().join("site.toml"), text).unwrap();
    fs::remove_file(&bundle).unwrap();
    let bundle = buckets.create();
    restore(&format!("{place}/two"), &bundle);
    let folder = buckets.site.at("folder");
    restore(&folder, &bundle);
    Buckets::holds(Path::new(&folder));
}
