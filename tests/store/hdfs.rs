//! HDFS, by the RPC of the NameNode and by HTTP alone.

use std::io::Read;

use gapsync::error::ErrorKind;
use gapsync::store::Store;
use url::Url;

use super::{chain, on_runtime, round_trip};
use crate::support::service;

/// A NameNode and the address of its WebHDFS.
fn servers() -> Option<(Url, String)> {
    let rpc = service("hdfs", "GAPSYNC_TEST_HDFS")?;
    let web = service("hdfs", "GAPSYNC_TEST_WEBHDFS")?;
    Some((Url::parse(&rpc).expect("the address can be read"), web))
}

/// A folder for one test.
fn folder(server: &Url, name: &str) -> Url {
    let mut url = server.clone();
    url.set_path(&format!("/gapsync_{name}_{}/st age", std::process::id()));
    url
}

/// Reads a file by the HTTP of HDFS itself.
fn read(web: &str, folder: &Url, path: &str) -> Vec<u8> {
    let mut url = Url::parse(&format!("http://{web}/webhdfs/v1")).unwrap();
    let folder = folder.path().replace("%20", " ");
    url.path_segments_mut().unwrap().extend(folder.trim_matches('/').split('/').chain(path.split('/')));
    url.set_query(Some("op=OPEN&user.name=hdfs"));
    let mut curl = std::process::Command::new("python3");
    curl.args(["-c", "import sys, urllib.request as r\nsys.stdout.buffer.write(r.build_opener(r.ProxyHandler({})).open(sys.argv[1]).read())", url.as_str()]);
    let mut child = curl.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut bytes = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut bytes).unwrap();
    assert!(child.wait().unwrap().success());
    bytes
}

#[test]
fn files_go_there_and_back_by_rpc() {
    let Some((server, web)) = servers() else { return };
    let folder = folder(&server, "rpc");
    let store = Store::open(folder.as_str()).unwrap();
    let place = format!(
        "hdfs://{}:{}{}",
        server.host_str().unwrap(),
        server.port().unwrap(),
        folder.path().replace("%20", " ")
    );
    assert_eq!(store.location("flow").unwrap(), format!("{place}/flow"));
    on_runtime(round_trip(&store, |path| read(&web, &folder, path)));
}

#[test]
fn files_go_there_and_back_by_http() {
    let Some((server, web)) = servers() else { return };
    let folder = folder(&server, "http");
    let store = Store::open(&format!("{folder}?webhdfs={web}")).unwrap();
    on_runtime(round_trip(&store, |path| read(&web, &folder, path)));
}

#[test]
fn a_user_without_rights_is_told_so() {
    let Some((server, web)) = servers() else { return };
    let mut folder = folder(&server, "rights");
    folder.set_username("stranger").unwrap();
    on_runtime(async {
        for address in [folder.to_string(), format!("{folder}?webhdfs={web}")] {
            let error = Store::open(&address).unwrap().put("a/b.csv", &b"x"[..]).await.unwrap_err();
            let shown = chain(&error);
            assert_eq!(error.kind(), ErrorKind::File);
            assert!(
                shown.contains("ermission denied") && shown.contains("stranger") && shown.contains("USER@HOST"),
                "{shown}"
            );
            assert!(!shown.contains("\tat "), "{shown}");
        }
    });
}

#[test]
fn a_server_that_is_not_there_is_named() {
    on_runtime(async {
        for address in ["hdfs://ann@127.0.0.1:1/stage", "hdfs://127.0.0.1:1/stage?webhdfs=127.0.0.1:1"] {
            let error = Store::open(address).unwrap().put("a/b.csv", &b"x"[..]).await.unwrap_err();
            let shown = chain(&error);
            assert!(
                error.kind() == ErrorKind::File && shown.contains("127.0.0.1:1") && shown.contains("Check"),
                "{shown}"
            );
        }
    });
}
