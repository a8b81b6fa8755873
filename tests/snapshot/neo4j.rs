//! A real Neo4j comes back as it was, by its own queries: its folders, and dumps of its databases.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::Site;
use super::postgresql::{same, script};
use crate::support::server::server_folder;
use crate::support::{Ended, finish, service};

/// Whom the server belongs to, if root runs the tests.
const USER: &str = "65534";

/// A home of Neo4j, whose server the test starts and stops.
pub(super) struct Home {
    folder: tempfile::TempDir,
    tools: PathBuf,
    port: u16,
}

/// Lets one test at a time use Neo4j.
pub(super) fn alone() -> Option<(MutexGuard<'static, ()>, PathBuf)> {
    static ONE: Mutex<()> = Mutex::new(());
    let tools = service("Neo4j", "GAPSYNC_TEST_NEO4J")?;
    Some((ONE.lock().unwrap_or_else(PoisonError::into_inner), tools.into()))
}

impl Home {
    /// An empty home. A server makes a database of the name.
    fn new(tools: &Path, database: &str) -> Self {
        let folder = server_folder(USER, &["conf", "data", "logs", "run", "import", "plugins"]);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let conf = format!(
            "initial.dbms.default_database={database}\nserver.bolt.enabled=false\nserver.https.enabled=false\n\
             server.http.listen_address=127.0.0.1:{port}\ndbms.security.auth_enabled=false\n\
             dbms.usage_report.enabled=false\nserver.memory.pagecache.size=16m\ndb.tx_log.preallocate=false\n\
             server.directories.data=data\n"
        );
        fs::write(folder.path().join("conf/neo4j.conf"), conf).unwrap();
        Self { folder, tools: tools.to_owned(), port }
    }

    /// A home with a graph, stopped, and what is in it.
    pub(super) fn filled(tools: &Path) -> (Self, String) {
        static FILLED: OnceLock<(Home, String)> = OnceLock::new();
        let (filled, was) = FILLED.get_or_init(|| {
            let home = Self::new(tools, "neo4j");
            home.control("start");
            let was = home.ask("fill", "neo4j");
            home.control("stop");
            (home, was)
        });
        let home = Self::new(tools, "neo4j");
        fs::remove_dir(home.at("data")).unwrap();
        let copied = finish(Command::new("cp").args(["-a", &filled.at("data"), &home.at("data")]));
        assert_eq!(copied.status, 0, "{copied:?}");
        (home, was.clone())
    }

    pub(super) fn at(&self, path: &str) -> String {
        self.folder.path().join(path).display().to_string()
    }

    #[track_caller]
    pub(super) fn control(&self, what: &str) {
        let ended = self.try_control(what);
        assert_eq!(ended.status, 0, "{what}: {ended:?}");
    }

    fn try_control(&self, what: &str) -> Ended {
        finish(Command::new(self.tools.join("neo4j")).args([what, &self.at("")]).stdin(Stdio::null()))
    }

    /// What is in a database, by a script that knows nothing of gapsync.
    #[track_caller]
    pub(super) fn ask(&self, what: &str, database: &str) -> String {
        let port = self.port.to_string();
        let ended = finish(Command::new("python3").args([&script("neo4j.py"), what, &port, database]));
        assert_eq!(ended.status, 0, "{ended:?}");
        ended.stdout
    }

    /// The store of the platform file, with the service if that is wanted.
    pub(super) fn store(&self, mode: &str, with_service: bool) -> String {
        let words =
            |what: &str| format!("[\"{}\", \"{what}\", \"{}\"]", self.tools.join("neo4j").display(), self.at(""));
        let service = format!(
            "[[service]]\nname = \"neo4j\"\nstop = {}\nstart = {}\nrunning = {}\ntimeout = \"2m\"\n",
            words("stop"),
            words("start"),
            words("running")
        );
        format!(
            "{}[[store]]\nname = \"graph\"\nkind = \"neo4j\"\nmode = \"{mode}\"\nconf = \"{}\"\nhome = \"{}\"\n\
             admin = [\"{}\"]\n",
            if with_service { service } else { String::new() },
            self.at("conf/neo4j.conf"),
            self.at("").trim_end_matches('/'),
            self.tools.join("neo4j-admin").display()
        )
    }

    /// Owner, permissions, size and digest of every file of the data, without locks, which Neo4j makes again.
    #[track_caller]
    pub(super) fn data(&self, folder: &str) -> String {
        let find = "cd \"$1\" && find . -name '*_lock' -o -printf '%P %m %U:%G\\n' | sort; \
                    find . -type f ! -name '*_lock' -print0 | sort -z | xargs -0 sha256sum";
        let ended = finish(Command::new("sh").args(["-c", find, "sh", &self.at(folder)]));
        assert_eq!(ended.status, 0, "{ended:?}");
        ended.stdout
    }

    /// What a restore has left beside the data.
    pub(super) fn odd(&self) -> Vec<String> {
        let names = fs::read_dir(self.at("data")).unwrap().map(|entry| entry.unwrap().file_name());
        names
            .map(|name| name.display().to_string())
            .filter(|name| !["databases", "transactions", "server_id", "dbms"].contains(&name.as_str()))
            .collect()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.try_control("kill");
    }
}

pub(super) const CREATE: [&str; 4] = ["create", "--platform=site.toml", "--target=out", "--only=graph"];

/// A restore that dies at a point leaves everything as it was, once `recover` has been there.
#[track_caller]
pub(super) fn killed(site: &Site, home: &Home, restore: &[&str], points: &[&str]) {
    let was = home.data("data");
    for point in points {
        let killed = finish(site.command(restore).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(restore, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        assert_eq!(home.odd(), Vec::<String>::new(), "{point}");
        same(&was, &home.data("data"));
    }
}

#[test]
fn the_files_of_a_stopped_server_come_back_in_their_places_and_under_another_name() {
    let Some((_guard, tools)) = alone() else { return };
    let (home, was) = Home::filled(&tools);
    let site = Site::new();
    site.platform(&home.store("files", false));
    let files = home.data("data");
    let bundle = site.create(&["--only=graph"]).display().to_string();
    site.expect(&["verify", &bundle], 0, "is intact");
    let restore = ["restore", "--platform=site.toml", "--only=graph", "--file", &bundle];
    let replace = [&restore[..], &["--replace"]].concat();
    site.expect(&restore, 7, "is not empty");
    // A server that works is no snapshot, and nothing is put under it.
    home.control("start");
    site.expect(&CREATE, 12, "Neo4j works on these databases");
    let inode = fs::metadata(home.at("data/databases")).unwrap().ino();
    site.expect(&replace, 7, "Neo4j works on these databases");
    assert_eq!(fs::metadata(home.at("data/databases")).unwrap().ino(), inode);
    // Neither is one that was killed.
    let later = home.ask("add", "neo4j");
    assert!(later.contains("Later") && later != was, "{later}");
    home.control("kill");
    let refused = site.expect(&CREATE, 12, "the database neo4j was not shut down cleanly");
    assert!(refused.stderr.contains("Start Neo4j, which recovers it"), "{refused:?}");
    assert!(site.bundles().len() == 1 && site.leftovers().is_empty());
    killed(&site, &home, &replace, &["restore.leave", "restore.loaded", "neo4j.placed", "neo4j.placed:3"]);
    // A service of the platform file is stopped for it, and started again.
    home.control("start");
    site.platform(&home.store("files", true));
    let restored = site.expect(&replace, 0, "what was there is now");
    assert!(restored.stdout.contains("stop neo4j") && restored.stdout.contains("start neo4j"), "{restored:?}");
    same(&was, &home.ask("sum", "neo4j"));
    home.control("stop");
    // In an empty place, every file is as it was, with owner and permissions.
    let gone = finish(Command::new("sh").args(["-c", "rm -r \"$1\"/*", "sh", &home.at("data")]));
    assert_eq!(gone.status, 0, "{gone:?}");
    site.platform(&home.store("files", false));
    site.expect(&restore, 0, "finished");
    let without_id = |listing: &str| -> String {
        listing
            .lines()
            .filter(|line| !line.contains("server_id") && !line.starts_with(' '))
            .collect::<Vec<_>>()
            .join("\n")
    };
    same(&without_id(&files), &without_id(&home.data("data")));
    // Under another name, in a home that wants it.
    let other = Home::new(&tools, "copy");
    site.platform(&other.store("files", false));
    let renamed = [&restore[..], &["--rename=graph=copy"]].concat();
    site.expect(&renamed, 0, "the database `system` with users and rights was not restored");
    site.expect(&renamed, 7, "is not empty");
    other.control("start");
    same(&was, &other.ask("sum", "copy"));
}

#[test]
fn dumps_come_back_in_their_places_and_under_another_name() {
    let Some((_guard, tools)) = alone() else { return };
    let (home, was) = Home::filled(&tools);
    let site = Site::new();
    site.platform(&home.store("dump", false));
    let before = home.data("data");
    for point in ["neo4j.asked", "snapshot.part"] {
        let killed = finish(site.command(&CREATE).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&["recover"], 0, "");
        assert!(site.bundles().is_empty() && site.leftovers().is_empty(), "{point}");
    }
    let bundle = site.create(&["--only=graph", "--compression=none"]);
    same(&before, &home.data("data"));
    let flipped = site.path().join("out/flipped.tar");
    let mut wrong = fs::read(&bundle).unwrap();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 1;
    fs::write(&flipped, wrong).unwrap();
    let bundle = bundle.display().to_string();
    let restore = ["restore", "--platform=site.toml", "--only=graph", "--file", &bundle];
    let replace = [&restore[..], &["--replace"]].concat();
    let damaged = ["restore", "--platform=site.toml", "--only=graph", "--replace", "--file"];
    site.expect(&[&damaged[..], &[flipped.to_str().unwrap()]].concat(), 5, "");
    same(&before, &home.data("data"));
    killed(&site, &home, &replace, &["neo4j.fed", "neo4j.loaded", "restore.loaded", "neo4j.placed:3"]);
    // What the engine itself refuses, and what it says otherwise, is told before anything has its place.
    for (lie, status, words) in [
        ("neo4j-dump", 6, "neo4j-admin database load"),
        ("neo4j-last", 4, "the last transaction of the database neo4j is"),
    ] {
        let forged = site.at(&format!("out/{lie}.tar"));
        let made = finish(Command::new("python3").args([&script("forge.py"), &bundle, &forged, lie]));
        assert_eq!(made.status, 0, "{made:?}");
        site.expect(&[&damaged[..], &[forged.as_str()]].concat(), status, words);
        assert_eq!(home.odd(), Vec::<String>::new(), "{lie}");
        same(&before, &home.data("data"));
    }
    // All is lost.
    fs::remove_dir_all(home.at("data")).unwrap();
    site.expect(&restore, 0, "finished");
    for folder in ["data", "data/databases/neo4j", "data/transactions/system"] {
        let (found, parent) = (fs::metadata(home.at(folder)).unwrap(), fs::metadata(home.at("conf")).unwrap());
        assert_eq!((found.uid(), found.gid()), (parent.uid(), parent.gid()), "{folder}");
    }
    home.control("start");
    same(&was, &home.ask("sum", "neo4j"));
    home.control("stop");
    let other = Home::new(&tools, "copy");
    site.platform(&other.store("dump", false));
    site.expect(&[&restore[..], &["--rename=graph=copy"]].concat(), 0, "was not restored");
    other.control("start");
    same(&was, &other.ask("sum", "copy"));
}

#[test]
fn a_database_without_its_log_is_refused_before_it_is_read() {
    let Some((_guard, tools)) = alone() else { return };
    let (home, _) = Home::filled(&tools);
    let site = Site::new();
    for mode in ["files", "dump"] {
        site.platform(&home.store(mode, false));
        fs::rename(home.at("data/transactions"), home.at("away")).unwrap();
        site.expect(&CREATE, 12, "the transaction log of the database neo4j is missing");
        fs::create_dir_all(home.at("data/transactions/neo4j")).unwrap();
        site.expect(&CREATE, 12, "the transaction log of the database neo4j is missing");
        fs::remove_dir_all(home.at("data/transactions")).unwrap();
        fs::rename(home.at("away"), home.at("data/transactions")).unwrap();
    }
    std::os::unix::fs::symlink("/etc", home.at("data/databases/neo4j/elsewhere")).unwrap();
    site.expect(&CREATE, 7, "a link in the data of Neo4j leads elsewhere");
    fs::remove_file(home.at("data/databases/neo4j/elsewhere")).unwrap();
    fs::create_dir(home.at("data/databases/stray")).unwrap();
    site.expect(&CREATE, 12, "the transaction log of the database stray is missing");
    fs::remove_dir(home.at("data/databases/stray")).unwrap();
    // A database can get no name that leads elsewhere, and that of users none at all.
    let bundle = site.create(&["--only=graph"]).display().to_string();
    for name in ["a/b", "..", "system", "-x"] {
        let rename = format!("--rename=graph={name}");
        let restore = ["restore", "--platform=site.toml", "--only=graph", "--file", &bundle, &rename];
        site.expect(&restore, 2, "cannot get this name");
    }
    site.platform(&home.store("files", false).replace("neo4j-admin", "no-such-tool"));
    site.expect(&CREATE, 10, "`neo4j-admin` is missing");
    assert_eq!(site.bundles().len(), 1);
}
