//! A bucket of a server that is held in the process of the tests. The program's settings are those of the process, so there is
//! one server, and one test changes nothing that another sees.

use std::path::PathBuf;
use std::process::Command;

use gapsync::store::Store;

use super::{chain, on_runtime, round_trip};
use crate::support::bucket::serve;

/// The variable by which the test that runs in a process of its own knows its task.
const TASK: &str = "GAPSYNC_TEST_BUCKET";

/// Runs the test named `of_a_process` again, in a process with these keys in its environment.
async fn run(root: PathBuf, task: &str, secret: &str) {
    let endpoint = serve(root.clone(), "127.0.0.1:0").await;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["store::bucket::of_a_process", "--exact", "--nocapture"]);
    command
        .env(TASK, format!("{task}:{}", root.display()))
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", "AK").env("AWS_SECRET_ACCESS_KEY", secret);
    let status = tokio::task::spawn_blocking(move || command.status()).await.unwrap().unwrap();
    assert!(status.success(), "the test in a process of its own failed");
}

#[test]
fn files_go_there_and_back() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bkt")).unwrap();
    on_runtime(run(folder.path().to_owned(), "round-trip", "SECRET"));
}

#[test]
fn a_wrong_key_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bkt")).unwrap();
    on_runtime(run(folder.path().to_owned(), "wrong-key", "WRONG"));
}

/// The tests above are here, each with an environment of its own. On its own there is nothing to do.
#[test]
fn of_a_process() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (task, root) = task.split_once(':').unwrap();
    let root = PathBuf::from(root).join("bkt");
    on_runtime(async {
        match task {
            "round-trip" => {
                for (address, below) in [("s3://bkt/a/stage/", "a/stage/"), ("s3a://bkt", "")] {
                    let store = Store::open(address).unwrap();
                    let location = format!("s3a://bkt/{below}flow");
                    assert_eq!(store.location("flow").unwrap(), location);
                    round_trip(&store, |path| std::fs::read(root.join(below).join(path)).unwrap()).await;
                    store.delete_all("flowers").await.unwrap();
                }
            }
            "wrong-key" => {
                let store = Store::open("s3://bkt/x").unwrap();
                let shown = chain(&store.put("a/b.csv", &b"x"[..]).await.unwrap_err());
                assert!(shown.contains("SignatureDoesNotMatch") && shown.contains("AWS_SECRET_ACCESS_KEY"), "{shown}");
                assert!(shown.contains("s3://bkt/x/a/b.csv") && !shown.contains("WRONG"), "{shown}");
                assert!(!root.join("x").exists());
            }
            _ => panic!("{task} is no task"),
        }
    });
}
