//! `gapsync check`, and the rights that each command asks for before it makes anything.

mod ready;
mod rights;

use gapsync::db::dialect::Dialect;
use gapsync::sync::rights::Command;

use crate::support::server::Server;
use crate::support::{Database, Ended, Engine, finish, gapsync};

/// A database on a server of its own with a few things, two bundles of another one, and a user who may do nothing.
struct Room {
    database: Database,
    /// The user, as a statement names it.
    user: String,
    /// The URL with that user.
    url: String,
    /// The database's name.
    name: String,
    folder: tempfile::TempDir,
    engine: Engine,
    _source: Database,
    _server: Server,
}

/// Runs the program with the mini profile on a database, in a folder.
fn run(folder: &std::path::Path, database: &str, arguments: &[&str]) -> Ended {
    let mut command = gapsync(arguments);
    command.args(["--profile=mini", "--progress=off", "--database", database]).current_dir(folder);
    finish(&mut command)
}

impl Room {
    fn new(engine: Engine) -> Self {
        let server = Server::start(engine);
        let (source, database) = (server.database(), server.database());
        let folder = tempfile::tempdir().unwrap();
        for made in [&source, &database] {
            assert_eq!(run(folder.path(), &made.url, &["init"]).status, 0);
        }
        source.run("INSERT INTO kinds (id, name) VALUES (1, 'alpha');");
        for (bundle, rows) in
            [("first", "(1, 1, 'one'), (2, 1, 'two')"), ("second", "(7, 1, 'seven'), (8, 1, 'eight')")]
        {
            source.run(&format!("INSERT INTO things (id, kind_id, value) VALUES {rows};"));
            let target = folder.path().join(bundle);
            std::fs::create_dir(&target).unwrap();
            let made = run(folder.path(), &source.url, &["export", "--full", "--target", bundle]);
            assert_eq!(made.status, 0, "{}", made.stderr);
            let names = std::fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().path());
            let tarball = names.into_iter().find(|path| path.extension().is_some_and(|end| end == "gz")).unwrap();
            std::fs::rename(tarball, folder.path().join(format!("{bundle}.tar.gz"))).unwrap();
        }
        let postgres = engine == Engine::Postgres;
        let name = database.run(if postgres { "SELECT current_database()" } else { "SELECT database()" });
        let name = name.trim().to_owned();
        let (user, url) = if postgres {
            // What everybody may do by default would hide that a right is missing.
            database.run(&format!(
                "CREATE ROLE \"o'dd \"\"one\" LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC; \
                 REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC;"
            ));
            ("\"o'dd \"\"one\"".to_owned(), database.url.replace("user=gapsync", "user=o%27dd%20%22one"))
        } else {
            database.run("CREATE USER `o'dd \"``one`@localhost;");
            ("`o'dd \"``one`@`localhost`".to_owned(), database.url.replace("root@", "o%27dd%20%22%60one@"))
        };
        Self { database, user, url, name, folder, engine, _source: source, _server: server }
    }

    fn dialect(&self) -> Dialect {
        if self.engine == Engine::Postgres { Dialect::Postgres } else { Dialect::Mariadb }
    }

    /// Runs the program as the user.
    fn run(&self, arguments: &[&str]) -> Ended {
        run(self.folder.path(), &self.url, arguments)
    }

    /// Runs a command as the user, with something to do.
    fn perform(&self, command: Command) -> Ended {
        let mut arguments: Vec<&str> = command.typed().split(' ').collect();
        match command {
            Command::Import | Command::DryRun => arguments.push("--file=first.tar.gz"),
            Command::FillSyncHash => clear_hashes(&self.database, "kinds", "1 = 1"),
            Command::Export | Command::ExportWithoutRecord | Command::CheckSyncHash => {}
        }
        let ended = self.run(&arguments);
        if command == Command::FillSyncHash {
            // For the others, whatever became of this one.
            assert_eq!(run(self.folder.path(), &self.database.url, &["fill-sync-hash"]).status, 0);
        }
        ended
    }

    /// The statements of the README for a command, for this room.
    fn statements(&self, command: Command) -> Vec<String> {
        let place = if self.engine == Engine::Postgres { "public" } else { &self.name };
        command.statements(self.dialect(), place, &self.name, &self.user)
    }

    /// Takes all rights from the user.
    fn take_all(&self) {
        if self.engine == Engine::Postgres {
            self.database.run(&format!("DROP OWNED BY {};", self.user));
        } else {
            self.database.run(&format!("REVOKE ALL PRIVILEGES, GRANT OPTION FROM {};", self.user));
        }
    }

    /// Gives rights as an administrator.
    fn give(&self, statements: &[String]) {
        self.database.run(&statements.join("\n"));
    }

    /// The names of all tables.
    fn tables(&self) -> String {
        self.database.run(if self.engine == Engine::Postgres {
            "SELECT schemaname, tablename FROM pg_tables ORDER BY 1, 2"
        } else {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = database() ORDER BY 1"
        })
    }

    /// What `check` prints as JSON for a command.
    fn check(&self, command: &str) -> (i32, serde_json::Value) {
        let ended = self.run(&["check", "--for", command, "--json"]);
        (
            ended.status,
            serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}{}", ended.stdout, ended.stderr)),
        )
    }
}

/// Takes the hash from rows of a table; the triggers that would put it back are out of the way meanwhile, or for good.
fn clear_hashes(database: &Database, table: &str, rows: &str) {
    let update = format!("UPDATE {table} SET sync_hash = NULL WHERE {rows};");
    match database.engine {
        Engine::Sqlite => database.run(&update),
        Engine::Postgres => database.run(&format!(
            "ALTER TABLE {table} DISABLE TRIGGER USER; {update} ALTER TABLE {table} ENABLE TRIGGER USER;"
        )),
        Engine::Mariadb => {
            let names = database.rows(&format!(
                "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database() \
                 AND event_object_table = '{table}'"
            ));
            let drops: String = names.iter().map(|row| format!("DROP TRIGGER {};", row[0])).collect();
            database.run(&(drops + &update))
        }
    };
}

/// The statements that `check` prints.
fn grants(report: &serde_json::Value) -> Vec<String> {
    report["grants"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}
