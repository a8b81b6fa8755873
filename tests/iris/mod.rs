//! The shipped profile of DFIR-IRIS on PostgreSQL, against its rules in a script that shares no code with gapsync.

use std::process::Command;

use crate::support::{Engine, engines, finish, fresh_database};

#[test]
fn cases_and_alerts_arrive_by_the_rules_of_the_profile() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let databases = [(); 3].map(|()| fresh_database(Engine::Postgres));
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("python3");
    command.args(["-B", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/iris/carry.py"), env!("CARGO_BIN_EXE_gapsync")]);
    command.args(databases.iter().map(|database| &database.url));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GAPSYNC_") {
            command.env_remove(name);
        }
    }
    let ended = finish(command.current_dir(folder.path()));
    assert_eq!(ended.status, 0, "{}\n{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("update") && ended.stdout.contains("keep"), "{}", ended.stdout);
}
