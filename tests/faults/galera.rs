//! An import into a MariaDB Galera cluster of three nodes on the loopback network.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::server::{as_server, server_folder};
use crate::support::{Ended, finish, gapsync, required, skipped};

const PROVIDER: &str = "/usr/lib/galera/libgalera_smm.so";

struct Node {
    folder: PathBuf,
    server: Option<Child>,
    address: String,
}

impl Node {
    fn socket(&self) -> PathBuf {
        self.folder.join("s.sock")
    }

    fn url(&self, database: &str) -> String {
        format!("mariadb://root@localhost/{database}?socket={}", self.socket().display())
    }

    fn ask(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut shell = Command::new("mariadb");
        shell.args(["--no-defaults", "--batch", "--skip-column-names", "--user=root"]);
        shell.arg(format!("--socket={}", self.socket().display())).args(["--execute", sql, database]);
        let output = shell.stdin(Stdio::null()).output().expect("the shell starts");
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).expect("the shell prints UTF-8"))
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Makes a table one that stays on its node.
    fn stay_alone(&self, database: &str, table: &str) {
        let statements = format!(
            "SET foreign_key_checks = 0; RENAME TABLE {table} TO gone; CREATE TABLE {table} LIKE gone; \
             ALTER TABLE {table} ENGINE = MyISAM; DROP TABLE gone"
        );
        self.ask(database, &statements).unwrap();
    }

    /// Starts the server and waits until it is in step with the others.
    fn start(&mut self, cluster: &str, first: bool) {
        let at = |name: &str| self.folder.join(name).display().to_string();
        let address = &self.address;
        let mut command = as_server("mysql", "mariadbd");
        // What helps a node to join makes its temporary files there too.
        command.env("TMPDIR", at("tmp"));
        command.arg("--no-defaults").args([
            format!("--datadir={}", at("data")),
            format!("--tmpdir={}", at("tmp")),
            format!("--socket={}", at("s.sock")),
            format!("--pid-file={}", at("pid")),
            format!("--log-error={}", at("log")),
            format!("--bind-address={address}"),
            format!("--wsrep-provider={PROVIDER}"),
            format!("--wsrep-cluster-address=gcomm://{cluster}"),
            format!("--wsrep-node-address={address}"),
            format!("--wsrep-node-name={address}"),
            format!("--wsrep-sst-receive-address={address}:4444"),
            format!(
                "--wsrep-provider-options=gcache.size=64M;base_host={address};gmcast.listen_addr=tcp://{address}:4567;\
                 ist.recv_addr={address}:4568;ist.recv_bind={address}"
            ),
        ]);
        command.args([
            "--port=3306",
            "--skip-name-resolve",
            "--wsrep-on=ON",
            "--wsrep-cluster-name=gapsync",
            "--wsrep-sst-method=rsync",
            "--innodb-autoinc-lock-mode=2",
            "--binlog-format=ROW",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=48M",
            "--innodb-flush-log-at-trx-commit=0",
            "--performance-schema=OFF",
        ]);
        if first {
            command.arg("--wsrep-new-cluster");
        }
        let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.server = Some(server.expect("the server starts"));
        let begun = Instant::now();
        while !self.ask("mysql", "SHOW STATUS LIKE 'wsrep_local_state_comment'").is_ok_and(|row| row.contains("Synced"))
        {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(180), "{address} does not join:\n{log}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

struct Cluster {
    nodes: Vec<Node>,
    addresses: String,
    _folder: tempfile::TempDir,
}

impl Cluster {
    /// Three nodes, on addresses of this process's own.
    fn start() -> Self {
        let process = std::process::id();
        let addresses = [11, 12, 13].map(|node| format!("127.{}.{}.{node}", 1 + process / 250 % 250, process % 250));
        let inside = addresses.iter().flat_map(|address| [format!("{address}/data"), format!("{address}/tmp")]);
        let folder = server_folder("mysql", &inside.collect::<Vec<_>>());
        let nodes = addresses.iter().map(|address| Node {
            folder: folder.path().join(address),
            server: None,
            address: address.clone(),
        });
        let mut cluster = Self { nodes: nodes.collect(), addresses: addresses.join(","), _folder: folder };
        let (data, temporary) = (cluster.nodes[0].folder.join("data"), cluster.nodes[0].folder.join("tmp"));
        let made = as_server("mysql", "mariadb-install-db")
            .env("TMPDIR", &temporary)
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .args([format!("--datadir={}", data.display()), format!("--tmpdir={}", temporary.display())])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        for (index, node) in cluster.nodes.iter_mut().enumerate() {
            node.start(&cluster.addresses, index == 0);
        }
        cluster
    }

    /// The answer that every node gives once it has what the others wrote.
    fn agreed(&self, database: &str, sql: &str) -> String {
        let sql = format!("SET SESSION wsrep_sync_wait = 1; {sql}");
        let mut answers: Vec<String> = self.nodes.iter().map(|node| node.ask(database, &sql).unwrap()).collect();
        answers.dedup();
        assert_eq!(answers.len(), 1, "the nodes differ: {sql}: {answers:?}");
        answers.remove(0)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.nodes.iter_mut().for_each(Node::kill);
    }
}

fn run(folder: &Path, database: &str, arguments: &[&str]) -> Ended {
    let mut command = gapsync(arguments);
    finish(command.env("GAPSYNC_DATABASE", database).env("GAPSYNC_PROFILE", "mini").current_dir(folder))
}

/// A bundle with a few thousand rows of tables that refer to one another.
fn bundle(folder: &Path) -> String {
    let url = "sqlite:source.db";
    assert_eq!(run(folder, url, &["init"]).status, 0);
    let rows = "\
        INSERT INTO kinds (id, name) VALUES (1, 'alpha'), (2, 'beta');
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
        INSERT INTO things (id, kind_id, value, updated_at) SELECT i, 1 + i % 2, 'value ' || i, '2026-01-01 00:00:00' FROM n;
        INSERT INTO origins (id, type, name) VALUES (1, 'x', 'one');
        INSERT INTO thing_sources (thing_id, origin_id) SELECT id, 1 FROM things;
        INSERT INTO links (src_type, src_object_id, dest_type, dest_object_id)
            SELECT 'thing', id, 'thing', id + 1 FROM things WHERE id < 6000;";
    let filled = Command::new("sqlite3").arg(folder.join("source.db")).arg(rows).output().unwrap();
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    assert_eq!(run(folder, url, &["fill-sync-hash"]).status, 0);
    let exported = run(folder, url, &["export", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&exported.stdout).unwrap();
    report["bundle"]["name"].as_str().unwrap().to_owned()
}

/// Rows and a sum over their hashes of each filled table.
const DIGEST: &str = "\
    SELECT count(*), sum(crc32(sync_hash)) FROM kinds UNION ALL
    SELECT count(*), sum(crc32(concat(sync_hash, updated_at))) FROM things UNION ALL
    SELECT count(*), sum(crc32(concat(sync_hash, thing_id))) FROM thing_sources UNION ALL
    SELECT count(*), sum(crc32(concat(sync_hash, src_object_id))) FROM links";

#[test]
fn an_import_through_one_node_reaches_all_while_another_is_killed_and_comes_back() {
    if !Path::new(PROVIDER).exists() {
        assert!(!required(), "{PROVIDER} is missing: install galera-4, rsync and socat");
        skipped("a Galera cluster, because galera-4 is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bundle = bundle(folder.path());
    let mut cluster = Cluster::start();
    cluster.nodes[0].ask("mysql", "CREATE DATABASE a; CREATE DATABASE b").unwrap();
    let url = cluster.nodes[0].url("a");
    assert_eq!(run(folder.path(), &url, &["init"]).status, 0);
    // Ids of the target are other ones.
    cluster.nodes[1].ask("a", "INSERT INTO kinds (id, name) VALUES (2001, 'beta'), (1, 'gamma')").unwrap();

    let arguments = ["import", "--file", &bundle, "--object-limit=50", "--progress=json"];
    let mut command = gapsync(arguments);
    command.env("GAPSYNC_DATABASE", &url).env("GAPSYNC_PROFILE", "mini").current_dir(folder.path());
    let mut import = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut killed = false;
    let mut told = String::new();
    for line in BufReader::new(import.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        if !killed && line.contains("\"merge\"") {
            killed = true;
            cluster.nodes[2].kill();
        }
        told.push_str(&line);
        told.push('\n');
    }
    let status = import.wait().unwrap();
    assert!(killed, "no node was killed:\n{told}");
    assert_eq!(status.code(), Some(0), "{told}");
    let addresses = cluster.addresses.clone();
    cluster.nodes[2].start(&addresses, false);

    let digest = cluster.agreed("a", DIGEST);
    let counts: Vec<&str> = digest.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(counts, ["3", "6000", "6000", "5999"]);
    assert_eq!(cluster.agreed("a", "SELECT id FROM kinds WHERE name = 'beta'"), "2001\n");
    assert_eq!(cluster.agreed("a", "SHOW TABLES LIKE 'sync_import%'"), "");
    let again = run(folder.path(), &cluster.nodes[1].url("a"), &["import", "--file", &bundle, "--json"]);
    assert!(again.status == 0 && again.stdout.contains("nothing-to-do"), "{}", again.stderr);
    assert_eq!(cluster.agreed("a", DIGEST), digest);

    // A table that stays on its node is refused before anything is written.
    let url = cluster.nodes[0].url("b");
    assert_eq!(run(folder.path(), &url, &["init"]).status, 0);
    cluster.nodes[0].stay_alone("b", "thing_sources");
    let refused = run(folder.path(), &url, &["import", "--file", &bundle]);
    assert!(refused.status == 7 && refused.stderr.contains("thing_sources"), "{refused:?}");
    assert_eq!(cluster.nodes[0].ask("b", "SELECT count(*) FROM things").unwrap(), "0\n");
}
