//! Servers that are killed in the middle of an import and started again.

use super::people::{Merging, PEOPLE, count, with_people, with_people_within};
use crate::conformance::command::json;
use crate::support::server::Server;
use crate::support::{Engine, engines};

fn a_server_is_killed(engine: Engine) {
    if !engines().contains(&engine) {
        return;
    }
    let source = with_people(engine, "bundle", "2024-01-01");
    let bundle = source.export(&[]).bundle;
    let mut server = Server::start(engine);
    let site = with_people_within(server.database(), "target", "2023-01-01");
    let import = Merging::start(&site, &bundle, &[]);
    server.kill();
    server.start_again();
    let ended = import.end();
    assert_eq!(ended.status, 0, "{}: {}", engine.name(), ended.stderr);
    let report = json(&ended.stdout);
    assert!(report["retries"].as_u64() > Some(0), "{}: {report}", engine.name());
    assert_eq!(report["totals"]["staged"], PEOPLE, "{}: {report}", engine.name());
    assert_eq!(count(&site.database, "bundle"), i64::from(PEOPLE), "{}: {report}", engine.name());
}

#[test]
fn a_postgres_server_is_killed_and_starts_again() {
    a_server_is_killed(Engine::Postgres);
}

#[test]
fn a_mariadb_server_is_killed_and_starts_again() {
    a_server_is_killed(Engine::Mariadb);
}
