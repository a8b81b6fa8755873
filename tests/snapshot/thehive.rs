//! TheHive as a whole, by its shipped platform file, on real Cassandra, OpenSearch, files, a bucket and configuration. Only
//! TheHive itself is played by a stand-in. What is compared is compared by scripts of another hand.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::Site;
use super::cassandra::{Keyspace, Node, left_beside};
use super::search::Engine;
use crate::support::bucket::serve;
use crate::support::{Ended, finish};

/// A platform on real engines.
pub(super) struct Hive {
    pub(super) site: Site,
    pub(super) keyspace: Keyspace,
    pub(super) engine: Engine,
    bucket: String,
    _runtime: tokio::runtime::Runtime,
}

impl Hive {
    /// Takes the engines, if there are any, and describes the platform by the shipped file. `service` takes the place of the
    /// lines that describe its unit.
    pub(super) fn new(keyspace: impl FnOnce(&Node) -> Keyspace, service: &dyn Fn(&Site) -> String) -> Option<Self> {
        let (node, engine) = (Node::find("50")?, Engine::opensearch()?);
        let site = Site::new();
        for number in 0..300_u32 {
            let content: Vec<u8> = (0..number * 31).map(|at| (at.wrapping_mul(number) >> 3) as u8).collect();
            fs::write(site.path().join(format!("srv/files/attachment {number} é")), content).unwrap();
        }
        let keyspace = keyspace(&node);
        let shipped = site.expect(&["platform", "thehive"], 0, "name = \"thehive\"").stdout;
        let unit = "unit = \"thehive.service\"\nfreeze = true\n";
        let configured = "paths = [\"/etc/thehive\", \"/etc/cassandra\", \"/etc/elasticsearch\"]";
        let store = "kind = \"cassandra\"\n";
        assert!(shipped.contains(unit) && shipped.contains(configured) && shipped.contains(store), "{shipped}");
        let text = shipped
            .replace(unit, &service(&site))
            .replace(configured, &format!("paths = [\"{}\"]", site.at("etc/app")))
            .replace(store, &format!("{store}nodetool = [\"{}/nodetool\"]\n", node.folder))
            // The configuration of this machine's own TheHive, if there were one, has nothing to do with this.
            .replace("/etc/thehive/application.conf", &site.at("etc/app/application.conf"));
        fs::write(site.path().join("site.toml"), text).unwrap();
        // Everything but the address of the index comes from the platform's own configuration.
        let configuration = format!(
            "db.janusgraph {{\n  storage {{ cql.keyspace = {}, hostname = [\"{}\"] }}\n  index.search.index-name = site\n}}\n\
             storage {{ provider = localfs, localfs.location = \"{}\" }}\n",
            keyspace.name,
            node.address,
            site.at("srv/files")
        );
        fs::write(site.path().join("etc/app/application.conf"), configuration).unwrap();
        fs::write(site.path().join("cred"), "[data]\nuser = \"cassandra\"\npassword = \"cassandra\"\n").unwrap();
        fs::set_permissions(site.path().join("cred"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::create_dir_all(site.path().join("buckets/one")).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let bucket = runtime.block_on(serve(site.path().join("buckets"), "127.0.0.1:0"));
        Some(Self { site, keyspace, engine, bucket, _runtime: runtime })
    }

    pub(super) fn command(&self, what: &str, more: &[&str]) -> Command {
        let elastic = self.engine.url.trim_start_matches("http://");
        let mut command = self.site.command(&[what, "--platform=site.toml", "--credentials=cred"]);
        command.args(["--set", &format!("elastic={elastic}")]).args(more);
        command.env("AWS_ENDPOINT_URL", &self.bucket).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "AK").env("AWS_SECRET_ACCESS_KEY", "SECRET");
        command
    }

    #[track_caller]
    pub(super) fn expect(&self, what: &str, more: &[&str], status: i32, words: &str) -> Ended {
        let ended = finish(&mut self.command(what, more));
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(ended.status == status && said.contains(words), "{what} {more:?}: {status} and `{words}`: {ended:?}");
        ended
    }

    #[track_caller]
    pub(super) fn create(&self, more: &[&str]) -> String {
        self.expect("create", &[&["--target=out"], more].concat(), 0, "finished");
        self.site.bundles().remove(0).display().to_string()
    }

    /// By what the node of Cassandra and the cluster of OpenSearch are told from all others.
    fn identities(&self) -> [String; 2] {
        let node = self.keyspace.node.script("cql", &["SELECT host_id FROM system.local"]);
        let front = self.engine.script("get", &["/"]);
        let (_, uuid) = front.split_once("\"cluster_uuid\": ").expect("the engine names its cluster");
        [node, uuid.split(',').next().unwrap().to_owned()]
    }

    /// Puts engines in the place of these that have never held anything, and empties the folder of the files.
    fn empty(&self) {
        self.engine.start_empty();
        self.keyspace.node.start_empty();
        let files = self.site.path().join("srv/files");
        finish(Command::new("chmod").args(["-R", "u+rwX"]).arg(&files));
        fs::remove_dir_all(&files).unwrap();
        fs::create_dir(files).unwrap();
        self.keyspace.node.wait();
        self.engine.wait();
    }

    /// Checks that nothing of a run is left anywhere.
    #[track_caller]
    fn expect_nothing_left(&self, indices: &[&str]) {
        assert_eq!(self.site.leftovers(), Vec::<String>::new());
        self.engine.expect_left(indices);
        assert_eq!(left_beside(&self.keyspace.node), Vec::<String>::new());
        let snapshots = self.keyspace.node.nodetool(&["listsnapshots"]);
        // The engine itself keeps what was dropped, under names of its own.
        assert!(!snapshots.lines().any(|line| line.starts_with("gapsync_")), "{snapshots}");
    }
}

#[test]
fn thehive_comes_back_on_fresh_engines_and_beside_the_living_one() {
    let service = |site: &Site| {
        fs::write(site.path().join("run-thehive"), "").unwrap();
        let ctl = site.at("ctl");
        format!(
            "stop = [\"{ctl}\", \"stop\", \"thehive\"]\nstart = [\"{ctl}\", \"start\", \"thehive\"]\n\
             running = [\"{ctl}\", \"running\", \"thehive\"]\n"
        )
    };
    let made = |node: &Node| Keyspace::made(node, "graph", &["10000"]);
    let Some(hive) = Hive::new(made, &service) else { return };
    let (site, keyspace) = (&hive.site, &hive.keyspace);
    hive.engine.script("load", &["site_global", "5020"]);
    let (saved, index, tree) = (keyspace.save(site), hive.engine.list("site_global"), site.tree("list", "srv/files"));
    let configured = site.tree("list", "etc/app");
    // A dry run changes nothing, and shows the steps that are carried out.
    let planned = hive.expect("create", &["--target=out", "--dry-run"], 0, "stop thehive");
    assert!(site.bundles().is_empty() && site.log().is_empty());
    hive.expect_nothing_left(&["site_global"]);
    let bundle = hive.create(&[]);
    assert_eq!(site.log(), ["stop thehive", "start thehive"]);
    let report = fs::read_dir(site.path().join("out")).unwrap().map(|entry| entry.unwrap().path());
    let report = report.into_iter().find(|path| path.to_string_lossy().ends_with("-create.txt")).unwrap();
    let steps = |text: &str, done: bool| -> Vec<String> {
        let lines = text.lines().skip_while(|line| !line.starts_with("Steps")).skip(1);
        let named = lines.take_while(|line| line.starts_with(' ')).map(str::trim_start);
        let word =
            |line: &str| line.split_whitespace().take(3).collect::<Vec<_>>().join(" ").trim_end_matches(':').to_owned();
        let found: Vec<String> = named.map(word).collect();
        assert!(!found.is_empty(), "{done}: {text}");
        found
    };
    assert_eq!(steps(&planned.stdout, false), steps(&fs::read_to_string(report).unwrap(), true));
    hive.expect_nothing_left(&["site_global"]);
    site.expect(&["verify", &bundle], 0, "is intact");

    // Beside the living one: keyspace, index, files in a bucket; configuration aside.
    let copy = Keyspace::named(&keyspace.node);
    let data = format!("data={}", copy.name);
    let beside =
        ["--rename", &data, "--rename", "index=site_restored", "--rename", "files=s3://one/att", "--file", &bundle];
    let planned = hive.expect("restore", &[&beside[..], &["--dry-run"]].concat(), 0, "load data");
    assert!(!planned.stdout.contains("stop thehive"), "{}", planned.stdout);
    hive.expect_nothing_left(&["site_global"]);
    hive.expect("restore", &beside, 0, "finished");
    assert_eq!(site.log(), Vec::<String>::new());
    copy.is("compare", &saved);
    keyspace.is("compare", &saved);
    let without_aliases = |list: &str| -> String { list.lines().filter(|line| !line.starts_with("aliases")).collect() };
    assert_eq!(without_aliases(&hive.engine.list("site_restored")), without_aliases(&index));
    assert_eq!(hive.engine.list("site_global"), index);
    let stored = finish(Command::new("find").arg(site.path().join("buckets/one/att")).args(["-type", "f"]));
    assert!(stored.stdout.lines().count() > 5, "{}", stored.stdout);
    assert_eq!(site.tree("list", "srv/files"), tree);
    let aside = fs::read_dir(site.path()).unwrap().map(|entry| entry.unwrap().path());
    let aside = aside.into_iter().find(|path| path.to_string_lossy().ends_with("-config")).unwrap();
    let aside = format!("{}{}", aside.display(), site.at("etc/app"));
    assert_eq!(site.tree("list", &aside), configured);
    // Again, every name is taken, and nothing is written.
    hive.expect("restore", &beside, 7, "--rename");
    // Neither engine renames what is there, so nothing of it is replaced.
    for (store, words) in [("data", "Cassandra renames no keyspace"), ("index", "no engine renames an index")] {
        let only = format!("--only={store}");
        hive.expect("restore", &["--file", &bundle, "--replace", &only], 7, words);
    }

    // Under the same names, on engines that have never seen any of it.
    hive.expect("restore", &["--file", &bundle], 7, "there is a keyspace");
    let known = hive.identities();
    hive.empty();
    assert!(hive.identities().iter().zip(&known).all(|(fresh, known)| fresh != known), "{known:?}");
    hive.expect_nothing_left(&[]);
    hive.expect("restore", &["--file", &bundle, "--only=data,index,files"], 0, "finished");
    assert_eq!(site.log(), ["stop thehive", "start thehive"]);
    keyspace.is("compare", &saved);
    assert_eq!(hive.engine.list("site_global"), index);
    assert_eq!(site.tree("list", "srv/files"), tree);
    hive.expect_nothing_left(&["site_global"]);
    assert!(!keyspace.node.keyspaces().contains(&copy.name));
}

#[test]
fn frozen_cassandra_index_and_files_are_of_one_moment() {
    let service =
        |site: &Site| format!("stop = [\"false\"]\nstart = [\"false\"]\npids = [\"cat\", \"{}\"]\n", site.at("pid"));
    let made = |node: &Node| {
        let keyspace = Keyspace::named(node);
        let create = format!(
            "CREATE KEYSPACE {} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}",
            keyspace.name
        );
        node.script("cql", &[&create, &format!("CREATE TABLE {}.n (k int PRIMARY KEY)", keyspace.name)]);
        keyspace
    };
    let Some(hive) = Hive::new(made, &service) else { return };
    let (site, node) = (&hive.site, &hive.keyspace.node);
    let writer = Writer::start(&hive);
    let bundle = hive.create(&["--mode=frozen"]);
    assert!(!writer.stopped());
    let copy = Keyspace::named(node);
    let data = format!("data={}", copy.name);
    let files = format!("files={}", site.at("restored"));
    let beside = [
        "--rename",
        &data,
        "--rename",
        "index=site_restored",
        "--rename",
        &files,
        "--without=config",
        "--file",
        &bundle,
    ];
    hive.expect("restore", &beside, 0, "finished");
    let newest = |text: &str| text.trim().parse::<u64>().unwrap();
    let rows = newest(&node.script("cql", &[&format!("SELECT max(k) FROM {}.n", copy.name)]));
    let search = "{\"size\": 0, \"aggs\": {\"k\": {\"max\": {\"field\": \"k\"}}}}";
    let found = hive.engine.script("post", &["/site_restored/_search", search]);
    // The last one: the first is the number of documents.
    let documents: f64 =
        found.rsplit("\"value\": ").next().unwrap().split(['}', ',']).next().unwrap().trim().parse().unwrap();
    let names = fs::read_dir(site.path().join("restored")).unwrap().map(|entry| entry.unwrap().file_name());
    let named = names.filter_map(|name| name.to_str()?.parse::<u64>().ok()).max().unwrap();
    // The writer writes to Cassandra, then to the index, then a file.
    let documents = documents as u64;
    assert!(rows >= documents && documents >= named && rows - named <= 1, "{rows} {documents} {named}");
    let longest: f64 = fs::read_to_string(site.path().join("longest")).unwrap().parse().unwrap();
    // How long it is depends on the machine; what ends it does not.
    println!("the pause was {longest} s");
    assert!(longest <= 30.0, "the pause was {longest} s");
    drop(writer);
}

/// A writer of one number after the other to Cassandra, the index and a file.
struct Writer(Child);

impl Writer {
    fn start(hive: &Hive) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot/writer.py");
        let python = format!("{}/python", hive.keyspace.node.folder);
        let child = Command::new(python)
            .arg(script)
            .args([&hive.keyspace.node.address, &hive.keyspace.name, &hive.engine.url, "site_global"])
            .args([hive.site.at("srv/files"), hive.site.at("longest")])
            .spawn()
            .unwrap();
        fs::write(hive.site.path().join("pid"), child.id().to_string()).unwrap();
        let begun = Instant::now();
        while !hive.site.path().join("srv/files/20").exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the writer does not write");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self(child)
    }

    fn stopped(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        stat.rsplit(')').next().unwrap().trim_start().starts_with('T')
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn no_password_is_in_any_command_line() {
    let service = |_: &Site| "stop = [\"true\"]\nstart = [\"true\"]\n".to_owned();
    let Some(hive) = Hive::new(|node| Keyspace::made(node, "graph", &["100"]), &service) else { return };
    fs::write(hive.site.path().join("cred"), "[data]\nuser = \"cassandra\"\npassword = \"cassandra\"\n").unwrap();
    hive.engine.script("load", &["site_global", "120"]);
    let copy = Keyspace::named(&hive.keyspace.node);
    let watch = |command: &mut Command| {
        let mut running = command.spawn().unwrap();
        let mut tools = 0;
        while running.try_wait().unwrap().is_none() {
            let mut open = vec![running.id().to_string()];
            while let Some(pid) = open.pop() {
                let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
                // Threads start processes, too.
                let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
                let of_tasks = tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
                let all = of_tasks.fold(children, |all, more| all + " " + &more);
                let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else { continue };
                tools += usize::from(pid != running.id().to_string());
                let secret = line.split(|byte| *byte == 0).any(|word| word == b"cassandra");
                assert!(!secret, "{:?}", String::from_utf8_lossy(&line));
                open.extend(all.split_whitespace().map(str::to_owned));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(running.wait().unwrap().success() && tools > 0, "{tools}");
    };
    watch(&mut hive.command("create", &["--target=out"]));
    let bundle = hive.site.bundles().remove(0).display().to_string();
    let data = format!("data={}", copy.name);
    watch(&mut hive.command("restore", &["--only=data", "--rename", &data, "--file", &bundle]));
    for entry in fs::read_dir(hive.site.path().join("out")).unwrap().flatten() {
        let text = fs::read(entry.path()).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&text).contains("password"), "{}", entry.path().display());
    }
}
