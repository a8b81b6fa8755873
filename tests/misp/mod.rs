//! The shipped profile of MISP on MariaDB, against MISP's own rules of a pull in a script that shares no code with gapsync.

use std::process::Command;

use url::Url;

use crate::support::{Engine, engines, finish, fresh_database};

#[test]
fn what_arrives_is_what_misps_own_pull_would_leave() {
    if !engines().contains(&Engine::Mariadb) {
        return;
    }
    let databases = [(); 4].map(|()| fresh_database(Engine::Mariadb));
    let urls = [0, 1, 2, 3].map(|at| Url::parse(&databases[at].url).unwrap());
    let (_, socket) = urls[0].query_pairs().find(|(name, _)| name == "socket").expect("the server has a socket");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("python3");
    command.args(["-B", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/misp/pull.py")]);
    command.args([env!("CARGO_BIN_EXE_gapsync"), &*socket, urls[0].username()]);
    command.args(urls.iter().map(|url| url.path().trim_start_matches('/')));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GAPSYNC_") {
            command.env_remove(name);
        }
    }
    let ended = finish(command.current_dir(folder.path()));
    assert_eq!(ended.status, 0, "{}\n{}", ended.stdout, ended.stderr);
    assert!(["community", "internal", "third"].iter().all(|mode| ended.stdout.contains(mode)), "{}", ended.stdout);
}
