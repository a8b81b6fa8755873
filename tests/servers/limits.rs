//! A server that allows few connections.

use std::time::Instant;

use super::{bundle, filled, run};
use crate::support::server::Server;
use crate::support::{Database, Engine, engines};

#[test]
fn an_import_goes_on_with_the_connections_it_got() {
    for engine in engines() {
        let server = match engine {
            Engine::Sqlite => continue,
            engine => Server::start(engine),
        };
        let database = server.database();
        let folder = filled(&database);
        assert_eq!(run(folder.path(), &database.url, &["export"]).status, 0);
        let target = server.database();
        assert_eq!(run(folder.path(), &target.url, &["init"]).status, 0);
        let url = limited(&target, 1);
        let ended = run(folder.path(), &url, &["import", "--jobs=4", "--file", &bundle(folder.path())]);
        assert_eq!(ended.status, 0, "{engine:?}: {}", ended.stderr);
        assert_eq!(target.run("SELECT count(*) FROM things"), "3\n");
    }
}

/// A user of a server who may have so many connections, and the URL with it.
fn limited(database: &Database, connections: u32) -> String {
    if database.engine == Engine::Postgres {
        database.run(&format!(
            "CREATE ROLE few{connections} LOGIN CONNECTION LIMIT {connections}; GRANT ALL ON SCHEMA public TO few{connections};
            GRANT ALL ON ALL TABLES IN SCHEMA public TO few{connections};
            GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO few{connections}"
        ));
        database.url.replace("user=gapsync", &format!("user=few{connections}"))
    } else {
        database.run(&format!(
            "CREATE USER few{connections}@localhost WITH MAX_USER_CONNECTIONS {connections};
             GRANT ALL ON *.* TO few{connections}@localhost"
        ));
        database.url.replace("root@", &format!("few{connections}@"))
    }
}

#[test]
fn every_command_works_with_two_connections_and_says_what_one_is_too_few_for() {
    for engine in engines() {
        let server = match engine {
            Engine::Sqlite => continue,
            engine => Server::start(engine),
        };
        let database = server.database();
        let folder = filled(&database);
        assert_eq!(run(folder.path(), &database.url, &["fill-sync-hash"]).status, 0);
        let target = server.database();
        assert_eq!(run(folder.path(), &target.url, &["init"]).status, 0);
        let (one, two) = (limited(&database, 1), limited(&database, 2));
        let began = Instant::now();
        let refused = run(folder.path(), &one, &["export", "--no-record"]);
        assert_eq!(refused.status, 6, "{engine:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("needs at most two connections"), "{engine:?}: {}", refused.stderr);
        let exported = run(folder.path(), &two, &["export", "--no-record"]);
        assert_eq!(exported.status, 0, "{engine:?}: {}", exported.stderr);
        let filled = run(folder.path(), &one, &["fill-sync-hash", "--check"]);
        assert_eq!(filled.status, 0, "{engine:?}: {}", filled.stderr);
        assert!(began.elapsed().as_secs() < 30, "{engine:?}: {:?}", began.elapsed());
        let url = if engine == Engine::Postgres { limited(&target, 3) } else { target.url.replace("root@", "few2@") };
        let imported = run(folder.path(), &url, &["import", "--jobs=8", "--json", "--file", &bundle(folder.path())]);
        assert_eq!(imported.status, 0, "{engine:?}: {}", imported.stderr);
        assert_eq!(imported.stdout.matches("has no room for all the connections").count(), 1, "{engine:?}");
    }
}
