//! Staged files where Spark reads them: in HDFS, by its own protocol and by HTTP alone, and in a bucket. The local folder is that
//! of all other tests.

use std::process::Command;

use serde_json::Value;

use super::{Kind, Site};
use crate::support::bucket::serve;
use crate::support::{finish, service};

const SMALL: [&str; 8] = ["--days", "2", "--flow-rows", "300", "--dns-rows", "200", "--proxy-rows", "100"];

/// The command for a migration that is staged at an address.
fn staged_at(site: &Site, address: &str, pipelines: &str) -> Command {
    site.command(&["--init", "--staging-path", address, &format!("--pipelines={pipelines}")])
}

fn migrated(command: &mut Command) -> Value {
    let ended = finish(command);
    assert_eq!(ended.status, 0, "{}{}", ended.stderr, ended.stdout);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Everything below a folder of HDFS, folders too, by its HTTP.
fn below(web: &str, folder: &str) -> Vec<String> {
    const WALK: &str = "import json, sys, urllib.request as r\n\
        def walk(path):\n\
        \x20   url = 'http://%s/webhdfs/v1%s?op=LISTSTATUS&user.name=hdfs' % (sys.argv[1], path)\n\
        \x20   for found in json.load(r.build_opener(r.ProxyHandler({})).open(url))['FileStatuses']['FileStatus']:\n\
        \x20       print(path + '/' + found['pathSuffix'])\n\
        \x20       if found['type'] == 'DIRECTORY': walk(path + '/' + found['pathSuffix'])\n\
        walk(sys.argv[2])";
    let ended = finish(Command::new("python3").args(["-c", WALK, web, folder]));
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    ended.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn a_tree_is_staged_in_hdfs() {
    let (Some(_), Some(hdfs), Some(web)) = (
        service("Spark", "GAPSYNC_TEST_SPARK"),
        service("hdfs", "GAPSYNC_TEST_HDFS"),
        service("hdfs", "GAPSYNC_TEST_WEBHDFS"),
    ) else {
        return;
    };
    let folder = format!("/gapsync_staging_{}", std::process::id());
    // A file of somebody else, in a folder that has the name of a pipeline.
    let store = gapsync::store::Store::open(&format!("{hdfs}{folder}/flow/flow_scores")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(store.put("mine.txt", &b"x"[..])).unwrap();
    let before = below(&web, &folder);
    assert_eq!(before.len(), 3);
    for (pipelines, query) in [("flow", String::new()), ("dns", format!("?webhdfs={web}"))] {
        let site = Site::new(Kind::Spark);
        site.tree(&[&SMALL[..], &["--pipelines", pipelines]].concat());
        let mut command = staged_at(&site, &format!("{hdfs}{folder}{query}"), pipelines);
        let report = migrated(&mut command);
        assert!(report["staging_left"].is_null(), "{report}");
        if let Some(differences) = site.differences_of(pipelines) {
            panic!("{query}: {differences}");
        }
        assert_eq!(below(&web, &folder), before, "{query}");
    }
}

#[test]
fn a_tree_is_staged_in_a_bucket() {
    let (Some(_), Some(server)) = (service("Spark", "GAPSYNC_TEST_SPARK"), service("bucket", "GAPSYNC_TEST_S3")) else {
        return;
    };
    let site = Site::new(Kind::Spark);
    site.tree(&[&SMALL[..], &["--pipelines", "proxy"]].concat());
    let bucket = format!("gapsync-{}", std::process::id());
    let mine = site.path("buckets").join(&bucket).join("stage/flow/mine.txt");
    std::fs::create_dir_all(mine.parent().unwrap()).unwrap();
    std::fs::write(&mine, "x").unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(serve(site.path("buckets"), server.trim_start_matches("http://")));
    let mut command = staged_at(&site, &format!("s3://{bucket}/stage"), "proxy");
    command.env("AWS_ENDPOINT_URL", &server).env("AWS_REGION", "us-east-1");
    let report = migrated(command.env("AWS_ACCESS_KEY_ID", "AK").env("AWS_SECRET_ACCESS_KEY", "SECRET"));
    assert!(report["staging_left"].is_null(), "{report}");
    if let Some(differences) = site.differences_of("proxy") {
        panic!("{differences}");
    }
    let left = site.files(&format!("buckets/{bucket}"));
    assert_eq!(left, [("stage/flow/mine.txt".to_owned(), 1)]);
}
