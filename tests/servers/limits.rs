//! A server that allows few connections.

use super::{bundle, filled, run};
use crate::support::server::Server;
use crate::support::{Engine, engines};

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
        let url = if engine == Engine::Postgres {
            target.run(
                "CREATE ROLE app LOGIN CONNECTION LIMIT 1; GRANT ALL ON SCHEMA public TO app;
                GRANT ALL ON ALL TABLES IN SCHEMA public TO app; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app",
            );
            target.url.replace("user=gapsync", "user=app")
        } else {
            target.run("CREATE USER app@localhost WITH MAX_USER_CONNECTIONS 1; GRANT ALL ON *.* TO app@localhost");
            target.url.replace("root@", "app@")
        };
        let ended = run(folder.path(), &url, &["import", "--jobs=4", "--file", &bundle(folder.path())]);
        assert_eq!(ended.status, 0, "{engine:?}: {}", ended.stderr);
        assert_eq!(target.run("SELECT count(*) FROM things"), "3\n");
    }
}
