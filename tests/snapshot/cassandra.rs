//! Keyspaces of real Cassandra come back as they were, by a script of another hand: rows, write times, expiries, schema.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Site;
use super::process::{Process, empty, wait_until};
use crate::support::{Ended, finish, service};

/// A node that runs, and the turn of a test on it: what is there besides the test's own is compared as well.
#[derive(Clone)]
pub(super) struct Node {
    _turn: Rc<MutexGuard<'static, ()>>,
    /// Its folder, with tools and data.
    pub(super) folder: String,
    pub(super) address: String,
}

impl Node {
    /// The node of a version, `41` or `50`, or a `CLUSTER`. A test that needs two takes 50 last.
    pub(super) fn find(version: &str) -> Option<Self> {
        static TURNS: [Mutex<()>; 3] = [Mutex::new(()), Mutex::new(()), Mutex::new(())];
        let folder = service("Cassandra", &format!("GAPSYNC_TEST_CASSANDRA_{version}"))?;
        let turn = &TURNS[["41", "CLUSTER", "50"].iter().position(|known| *known == version).unwrap()];
        let turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let address = fs::read_to_string(Path::new(&folder).join("address")).unwrap().trim().to_owned();
        Some(Self { _turn: Rc::new(turn), folder, address })
    }

    /// Runs the script that knows nothing of gapsync.
    pub(super) fn try_script(&self, what: &str, more: &[&str]) -> Ended {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot/keyspaces.py");
        finish(Command::new(format!("{}/python", self.folder)).arg(script).args([what, &self.address]).args(more))
    }

    #[track_caller]
    pub(super) fn script(&self, what: &str, more: &[&str]) -> String {
        let ended = self.try_script(what, more);
        assert_eq!(ended.status, 0, "{what} {more:?}: {ended:?}");
        ended.stdout
    }

    pub(super) fn nodetool(&self, arguments: &[&str]) -> String {
        let ended = finish(Command::new(format!("{}/nodetool", self.folder)).args(arguments));
        assert_eq!(ended.status, 0, "{arguments:?}: {ended:?}");
        ended.stdout
    }

    /// The process of the node.
    pub(super) fn process(&self) -> Process {
        Process::of(&format!("-Dcassandra.storagedir={}", self.folder), "org.apache.cassandra.service.CassandraDaemon")
    }

    /// Starts the node again after its process was killed, and waits until it answers.
    pub(super) fn start(&self, process: &Process) {
        process.start(Path::new(&self.folder));
        self.wait();
    }

    /// Waits until the node answers.
    pub(super) fn wait(&self) {
        wait_until("the node answers", || self.try_script("ready", &[]).status == 0);
    }

    /// Starts the node as one that nobody has ever used, at the same address. It does not answer yet.
    pub(super) fn start_empty(&self) {
        let process = self.process();
        process.kill();
        let folders = ["data", "commitlog", "saved", "hints", "cdc"];
        empty(&folders.map(|folder| Path::new(&self.folder).join(folder)));
        process.start(Path::new(&self.folder));
    }

    pub(super) fn keyspaces(&self) -> String {
        self.script("cql", &["SELECT keyspace_name FROM system_schema.keyspaces"])
    }

    /// A store of one of its keyspaces in a platform file.
    pub(super) fn store(&self, keyspace: &str, more: &str) -> String {
        format!(
            "[[service]]\nname = \"app\"\nstop = [\"true\"]\nstart = [\"true\"]\n\
             [[store]]\nname = \"data\"\nkind = \"cassandra\"\nkeyspace = \"{keyspace}\"\nhosts = \"{}\"\n{more}\n",
            self.address
        ) + &self.unless(more, "nodetool")
            + &self.unless(more, "loader")
    }

    fn unless(&self, more: &str, tool: &str) -> String {
        let program = if tool == "loader" { "sstableloader" } else { tool };
        if more.contains(&format!("{tool} = ")) {
            String::new()
        } else {
            format!("{tool} = [\"{}/{program}\"]\n", self.folder)
        }
    }
}

/// A keyspace that goes away with the value.
pub(super) struct Keyspace {
    pub(super) node: Node,
    pub(super) name: String,
}

impl Keyspace {
    /// A name that nobody has.
    pub(super) fn named(node: &Node) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("gs_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self { node: node.clone(), name }
    }

    /// A keyspace that the script has made.
    pub(super) fn made(node: &Node, what: &str, more: &[&str]) -> Self {
        let keyspace = Self::named(node);
        node.script(what, &[&[keyspace.name.as_str()], more].concat());
        keyspace
    }

    /// A keyspace with one small table.
    pub(super) fn small(node: &Node) -> Self {
        let keyspace = Self::named(node);
        let name = &keyspace.name;
        let insert =
            format!("INSERT INTO {name}.t (k, v) VALUES (1, 'one') USING TIMESTAMP 1600000000000000 AND TTL 900000");
        node.script(
            "cql",
            &[
                &format!(
                    "CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
                ),
                &format!("CREATE TABLE {name}.t (k int PRIMARY KEY, v text)"),
                &insert,
                &format!("INSERT INTO {name}.t (k, v) VALUES (2, 'two')"),
            ],
        );
        keyspace
    }

    pub(super) fn drop(&self) {
        self.node.script("cql", &[&format!("DROP KEYSPACE {}", self.name)]);
    }

    /// Keeps all that is in it.
    pub(super) fn save(&self, site: &Site) -> String {
        let file = site.at(&format!("{}.saved", self.name));
        self.node.script("save", &[&self.name, &file]);
        file
    }

    #[track_caller]
    pub(super) fn is(&self, how: &str, file: &str) {
        let ended = self.node.try_script(how, &[&self.name, file]);
        assert!(ended.status == 0 && ended.stdout.starts_with("0 differences in "), "{ended:?}");
    }
}

impl Drop for Keyspace {
    fn drop(&mut self) {
        let _ = self.node.try_script("cql", &[&format!("DROP KEYSPACE IF EXISTS {}", self.name)]);
    }
}

impl Site {
    /// A site with a keyspace and a tree.
    pub(super) fn of_keyspace(keyspace: &Keyspace, more: &str) -> Self {
        let site = Self::new();
        site.keyspace(keyspace, more);
        let cred = site.path().join("cred");
        fs::write(&cred, "[data]\nuser = \"cassandra\"\npassword = \"cassandra\"\n").unwrap();
        fs::set_permissions(&cred, fs::Permissions::from_mode(0o600)).unwrap();
        site
    }

    /// Writes the platform file of a keyspace.
    pub(super) fn keyspace(&self, keyspace: &Keyspace, more: &str) {
        self.platform(&keyspace.node.store(&keyspace.name, more));
    }

    #[track_caller]
    pub(super) fn create_keyspace(&self) -> String {
        self.create(&["--only=data", "--credentials=cred"]).display().to_string()
    }

    #[track_caller]
    pub(super) fn restore_keyspace(&self, bundle: &str, more: &[&str], status: i32, words: &str) -> Ended {
        let restore = ["restore", "--platform=site.toml", "--credentials=cred", "--file", bundle];
        self.expect(&[&restore[..], more].concat(), status, words)
    }
}

#[test]
fn a_graph_comes_back_beside_the_living_one_and_in_its_place() {
    let Some(node) = Node::find("50") else { return };
    let living = Keyspace::made(&node, "graph", &["20000"]);
    let site = Site::of_keyspace(&living, "");
    let (saved, copy) = (living.save(&site), Keyspace::named(&node));
    // The keyspace and the tree are one recovery point.
    let bundle = site.create(&["--credentials=cred"]).display().to_string();
    assert!(!node.nodetool(&["listsnapshots"]).contains(&living.name));
    fs::remove_dir_all(site.path().join("srv/files")).unwrap();
    let rename = format!("--rename=data={}", copy.name);
    site.restore_keyspace(&bundle, &[&rename, "--only=data,files"], 0, "finished");
    copy.is("compare", &saved);
    living.is("compare", &saved);
    assert_eq!(fs::read_to_string(site.path().join("srv/files/sub/b")).unwrap(), "second");
    living.drop();
    site.restore_keyspace(&bundle, &["--only=data"], 0, "9 tables");
    living.is("compare", &saved);
    assert_eq!(site.leftovers(), Vec::<String>::new());
    assert_eq!(left_beside(&node), Vec::<String>::new());
}

/// What a restore has left beside the data folders.
pub(super) fn left_beside(node: &Node) -> Vec<String> {
    let entries = fs::read_dir(Path::new(&node.folder).join("data")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".gapsync")).collect()
}

#[test]
fn every_type_index_view_and_function_comes_back_under_another_name() {
    let Some(node) = Node::find("50") else { return };
    let living = Keyspace::made(&node, "types", &[&format!("{}/nodetool", node.folder)]);
    let site = Site::of_keyspace(&living, "");
    let (saved, copy) = (living.save(&site), Keyspace::named(&node));
    let bundle = site.create_keyspace();
    site.restore_keyspace(&bundle, &[&format!("--rename=data={}", copy.name)], 0, "1 views");
    copy.is("compare", &saved);
    living.is("compare", &saved);
    // The index finds rows, the function is that of the copy, and what was dropped stays dropped.
    let found = node.script(
        "cql",
        &[
            &format!("SELECT count(*) FROM {}.base WHERE v = 'v3'", copy.name),
            &format!("SELECT {0}.total(i) FROM {0}.plain WHERE id = 0 AND c = 3", copy.name),
            &format!("SELECT count(*) FROM {}.base_by_v WHERE v = 'v3'", copy.name),
        ],
    );
    let lines: Vec<&str> = found.lines().collect();
    assert!(lines[0] == lines[2] && lines[0].parse::<u32>().unwrap() > 100, "{found}");
    // Before version 4.0, no server says what its schema is: then it is written from the tables that hold it.
    fs::remove_file(&bundle).unwrap();
    let create = ["create", "--platform=site.toml", "--target=out", "--only=data", "--credentials=cred"];
    let old = finish(site.command(&create).env("GAPSYNC_CASSANDRA_IS_OLD", "1"));
    assert_eq!(old.status, 0, "{old:?}");
    living.drop();
    site.restore_keyspace(&site.bundles().remove(0).display().to_string(), &[], 0, "finished");
    living.is("compare", &saved);
    // The elements of a collection have times of their own.
    site.keyspace(&living, "mode = \"rows\"");
    site.expect(&create, 7, "sstables");
}

#[test]
fn rows_go_from_one_version_to_another_and_files_only_upwards() {
    let (Some(old), Some(new)) = (Node::find("41"), Node::find("50")) else { return };
    for (what, more) in [("plain", &[][..]), ("graph", &["3000"])] {
        let source = Keyspace::made(&old, what, more);
        let site = Site::of_keyspace(&source, "mode = \"rows\"");
        let (saved, target) = (source.save(&site), Keyspace::named(&new));
        let bundle = site.create_keyspace();
        // The target's own way to make snapshots is another one; the bundle says what it holds.
        site.keyspace(&target, "");
        site.restore_keyspace(&bundle, &[], 0, "rows");
        target.is("rows", &saved);
        source.is("compare", &saved);
    }
    let source = Keyspace::made(&old, "graph", &["1000"]);
    let site = Site::of_keyspace(&source, "");
    let (saved, target) = (source.save(&site), Keyspace::named(&new));
    let bundle = site.create_keyspace();
    site.keyspace(&target, "");
    site.restore_keyspace(&bundle, &[], 0, "data files");
    target.is("rows", &saved);
    let bundle = site.create_keyspace();
    let before = old.keyspaces();
    site.keyspace(&source, "");
    let rename = format!("--rename=data={}", Keyspace::named(&old).name);
    site.restore_keyspace(&bundle, &[&rename], 7, "cannot read");
    assert_eq!(old.keyspaces(), before);
}

#[test]
fn the_loader_streams_and_the_unpacked_bundle_is_loaded_by_hand() {
    let Some(node) = Node::find("50") else { return };
    let living = Keyspace::small(&node);
    let site = Site::of_keyspace(&living, "restore_with = \"sstableloader\"");
    let (saved, copy) = (living.save(&site), Keyspace::named(&node));
    let bundle = site.create_keyspace();
    site.restore_keyspace(&bundle, &[&format!("--rename=data={}", copy.name)], 0, "password on its command line");
    copy.is("compare", &saved);
    // With the tools of the system and of Cassandra alone.
    living.drop();
    let unpacked = finish(Command::new("tar").args(["-xf", &bundle]).current_dir(site.path()));
    assert_eq!(unpacked.status, 0, "{unpacked:?}");
    node.script("script", &[&site.at("files/data/schema.cql")]);
    let (host, port) = node.address.split_once(':').unwrap();
    let folder = site.at(&format!("files/data/{}/t", living.name));
    let login = ["-u", "cassandra", "-pw", "cassandra", "--no-progress", "-d", host, "-p", port, &folder];
    let loaded = finish(Command::new(format!("{}/sstableloader", node.folder)).args(login));
    assert_eq!(loaded.status, 0, "{loaded:?}");
    living.is("compare", &saved);
}

#[test]
fn the_files_of_one_node_are_not_a_keyspace_of_two() {
    let (Some(cluster), Some(node)) = (Node::find("CLUSTER"), Node::find("50")) else { return };
    let living = Keyspace::made(&cluster, "graph", &["2000"]);
    let site = Site::of_keyspace(&living, "");
    let saved = living.save(&site);
    let create = ["create", "--platform=site.toml", "--target=out", "--only=data", "--credentials=cred"];
    site.expect(&create, 7, "the cluster has 2 nodes, and the files of one hold only a share of the keyspace");
    site.keyspace(&living, "mode = \"rows\"");
    let (rows, by_rows) = (site.create_keyspace(), Keyspace::named(&node));
    site.keyspace(&by_rows, "");
    site.restore_keyspace(&rows, &[], 0, "finished");
    by_rows.is("compare", &saved);
    // Where each node has all rows, the files of one will do.
    let twice = format!(
        "ALTER KEYSPACE {} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 2}}",
        living.name
    );
    cluster.script("cql", &[&twice]);
    cluster.nodetool(&["repair", "-full", &living.name]);
    site.keyspace(&living, "");
    fs::remove_file(&rows).unwrap();
    site.expect(&create, 0, "if the last `nodetool repair` was successful");
    let files = site.bundles()[0].display().to_string();
    let by_files = Keyspace::named(&node);
    site.keyspace(&by_files, "replication = \"{'class': 'SimpleStrategy', 'replication_factor': 1}\"");
    site.restore_keyspace(&files, &[], 0, "finished");
    by_files.is("rows", &saved);
    // The other way, one node would have them all.
    site.keyspace(&Keyspace::named(&cluster), "");
    let before = cluster.keyspaces();
    site.restore_keyspace(&files, &[], 7, "sstableloader");
    assert_eq!(cluster.keyspaces(), before);
}
