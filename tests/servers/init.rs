//! `init` is all or nothing.

use super::run;
use crate::support::server::Server;
use crate::support::{Engine, engines};

#[test]
fn an_init_without_super_leaves_nothing_and_can_be_repeated() {
    if !engines().contains(&Engine::Mariadb) {
        return;
    }
    let server = Server::start_with(Engine::Mariadb, &["--log-bin=bin", "--server-id=1"]);
    let database = server.database();
    let folder = tempfile::tempdir().unwrap();
    database.run("CREATE USER app@localhost; SET @grant = concat('GRANT ALL ON ', database(), '.* TO app@localhost'); EXECUTE IMMEDIATE @grant;");
    let url = database.url.replace("root@", "app@");
    let refused = run(folder.path(), &url, &["init"]);
    assert_eq!(refused.status, 6, "{}", refused.stderr);
    assert!(refused.stderr.contains("log_bin_trust_function_creators"), "{}", refused.stderr);
    assert_eq!(database.run("SELECT count(*) FROM information_schema.tables WHERE table_schema = database()"), "0\n");
    database.run("SET GLOBAL log_bin_trust_function_creators = 1");
    let made = run(folder.path(), &url, &["init"]);
    assert_eq!(made.status, 0, "{}", made.stderr);
}
