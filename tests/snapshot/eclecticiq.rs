//! EclecticIQ by its shipped platform file: its steps with the real systemd and a real queue, and its configuration.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Site;
use super::drill::{certificate, is_full};
use super::neo4j::{Home, alone};
use super::postgresql::{content, names, psql, same, server, sql};
use super::search::Engine;
use super::services::answers;
use crate::support::server::Server;
use crate::support::{Ended, finish, service};

/// The shipped file, with every path of the configuration below a folder of the test.
fn platform(site: &Site) {
    let shipped = site.expect(&["platform", "eclecticiq"], 0, "name = \"eclecticiq\"").stdout;
    let mut text = shipped.clone();
    for top in ["etc", "usr", "opt", "var", "media", "run", "**"] {
        text = text.replace(&format!("\"/{top}"), &format!("\"{}/{top}", site.at("root")));
    }
    assert_ne!(text, shipped);
    fs::write(site.path().join("eiq.toml"), text).unwrap();
}

fn put(site: &Site, path: &str, text: &str) {
    let path = site.path().join("root").join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Paths of the configuration, a few of each group of the guide, with template units among them.
const PATHS: [&str; 40] = [
    "etc/environment",
    "etc/eclecticiq/platform_settings.py",
    "etc/eclecticiq/opentaxii.yml",
    "etc/eclecticiq/proxy_url",
    "etc/default/eclecticiq-platform",
    "etc/default/eclecticiq-platform-backend-worker-common",
    "etc/default/eclecticiq-platform-backend-worker-outgoing-transports-priority",
    "usr/lib/systemd/system/eclecticiq-platform-backend-services.service",
    "usr/lib/systemd/system/eclecticiq-platform-backend-worker@.service",
    "etc/systemd/system/eclecticiq-platform-backend-worker@.service.d/limits.conf",
    "opt/eclecticiq-platform-backend/migrations/alembic.ini",
    "etc/eclecticiq-elasticsearch/elasticsearch.yml",
    "etc/eclecticiq-elasticsearch/jvm.options",
    "etc/sysconfig/elasticsearch",
    "usr/lib/systemd/system/elasticsearch.service",
    "etc/kibana/kibana.yml",
    "etc/default/kibana",
    "etc/logstash/conf.d/input.conf",
    "etc/default/logstash",
    "etc/systemd/system/logstash.service",
    "etc/neo4j/neo4j.conf",
    "etc/default/neo4j",
    "etc/eclecticiq-neo4jbatcher/batcher.yml",
    "etc/default/eclecticiq-neo4jbatcher",
    "etc/statsite/statsite.conf",
    "etc/default/statsite",
    "etc/redis/local.conf",
    "etc/redis.conf",
    "etc/nginx/nginx.conf",
    "etc/nginx/conf.d/platform.conf",
    "etc/nginx/conf.d/deep/er/x.conf",
    "etc/sysconfig/nginx",
    "var/lib/pgsql/11/data/postgresql.conf",
    "var/lib/pgsql/11/data/pg_hba.conf",
    "media/pgsql/11/data/postgresql.conf",
    "etc/postfix/main.cf",
    "etc/logrotate.d/eclecticiq-platform",
    "etc/rsyslog.conf",
    "etc/rsyslog.d/eclecticiq.conf",
    "opt/eclecticiq-rsyslog-forwarder/forward.conf",
];

/// What is not configuration.
const OTHER: [&str; 5] = [
    "media/elasticsearch/nodes/0/index",
    "media/elasticsearch/tmp/x",
    "var/lib/pgsql/11/data/base/1/2",
    "etc/passwd",
    "etc/logstash/__pycache__/x.pyc",
];

/// Makes a machine with a configuration: keys that it names, links, and access lists.
fn machine(site: &Site) {
    for path in PATHS.iter().chain(&OTHER) {
        put(site, path, path);
    }
    let root = site.at("root");
    put(
        site,
        "etc/nginx/conf.d/platform.conf",
        &format!(
            "server {{\n  ssl_certificate {root}/srv/tls/platform.crt;\n  ssl_certificate_key \"{root}/srv/tls/live/key.pem\";\n\
             \t# ssl_dhparam none\n  ssl_dhparam {root}/srv/tls/missing.pem;\n  ssl_trusted_certificate ../trusted.pem;\n}}\n"
        ),
    );
    put(site, "etc/nginx/trusted.pem", "a chain");
    put(site, "srv/tls/platform.crt", "a certificate");
    put(site, "srv/tls/unnamed.key", "nobody names it");
    put(site, "srv/archive/key1.pem", "a key");
    fs::create_dir_all(site.path().join("root/srv/tls/live")).unwrap();
    symlink("../../archive/key1.pem", site.path().join("root/srv/tls/live/key.pem")).unwrap();
    put(site, "var/lib/pgsql/11/data/postgresql.conf", "ssl = on\nssl_key_file = 'server.key'\n#ssl_ca_file = 'ca'\n");
    put(site, "var/lib/pgsql/11/data/server.key", "a key of the server");
    put(site, "etc/kibana/kibana.yml", &format!("server.ssl.key: {root}/srv/kibana.key\nelasticsearch.url: x\n"));
    put(site, "srv/kibana.key", "another key");
    put(site, "etc/eclecticiq/opentaxii.yml", &format!("cert: '{root}/srv/taxii.pem'\ndata: '{root}/srv'\n"));
    put(site, "srv/taxii.pem", "and another");
    symlink("/nowhere/at/all", site.path().join("root/etc/eclecticiq/dangling")).unwrap();
    symlink("nginx.conf", site.path().join("root/etc/nginx/link.conf")).unwrap();
    let mode = |path: &str, mode| {
        fs::set_permissions(site.path().join("root").join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("var/lib/pgsql/11/data/server.key", 0o600);
    mode("etc/eclecticiq/platform_settings.py", 0o640);
    // An access list for one more user, and an attribute, where the file system has them.
    let lists = "import os, struct, sys\n\
                 entries = [(1, 6, 2**32 - 1), (2, 4, 65534), (4, 4, 2**32 - 1), (16, 4, 2**32 - 1), (32, 0, 2**32 - 1)]\n\
                 acl = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in entries)\n\
                 os.setxattr(sys.argv[1], 'system.posix_acl_access', acl)\n\
                 os.setxattr(sys.argv[1], 'user.note', b'\\0\\xff')\n";
    let path = site.at("root/etc/eclecticiq/platform_settings.py");
    let ended = finish(Command::new("python3").args(["-c", lists, &path]));
    assert_eq!(ended.status, 0, "{}", ended.stderr);
}

#[test]
fn the_configuration_comes_with_its_keys_and_is_restored_aside() {
    let site = Site::new();
    machine(&site);
    platform(&site);
    let create = ["create", "--platform=eiq.toml", "--target=out", "--only=config", "--mode=ordered"];
    let (url, mut server) = answers(site.path());
    let address = url.trim_end_matches("/health");
    let redis = free_redis(&site);
    let elastic = format!("elastic={address}");
    let redis_at = format!("redis={}", redis.url);
    let ended = site.run(&[&create[..], &["--set", &elastic, "--set", &redis_at]].concat());
    assert_eq!(ended.status, 0, "{ended:?}");
    let missing = format!("platform.conf names {}/srv/tls/missing.pem, which is missing", site.at("root"));
    assert!(ended.stdout.contains(&missing), "{ended:?}");
    assert!(ended.stdout.contains("patterns match nothing") || ended.stdout.contains("match nothing"), "{ended:?}");
    let bundle = site.bundles()[0].display().to_string();
    let was = site.tree("list", "root");
    let restored = site.run(&["restore", "--platform=eiq.toml", "--only=config", "--file", &bundle]);
    assert_eq!(restored.status, 0, "{restored:?}");
    assert_eq!(site.tree("list", "root"), was, "nothing of the living configuration was touched");
    let aside = fs::read_dir(site.path()).unwrap().map(|entry| entry.unwrap().path());
    let aside = aside.into_iter().find(|path| path.to_string_lossy().ends_with("-config")).unwrap();
    let aside = format!("{}{}", aside.display(), site.at("root"));
    let there = |path: &str| fs::symlink_metadata(format!("{aside}/{path}")).is_ok();
    let keys = [
        "srv/tls/platform.crt",
        "srv/tls/live/key.pem",
        "srv/archive/key1.pem",
        "etc/nginx/trusted.pem",
        "var/lib/pgsql/11/data/server.key",
        "srv/kibana.key",
        "srv/taxii.pem",
        "etc/eclecticiq/dangling",
        "etc/nginx/link.conf",
    ];
    for path in PATHS.iter().chain(&keys) {
        assert!(there(path), "{path} is missing");
    }
    for path in OTHER.iter().chain(&["srv/tls/unnamed.key", "srv/tls/missing.pem"]) {
        assert!(!there(path), "{path} came along");
    }
    // Content, owner, mode, times, links, access lists and attributes, by a script of another hand.
    for folder in ["etc/eclecticiq", "etc/nginx", "srv/archive", "opt/eclecticiq-rsyslog-forwarder"] {
        let listed = |root: &str| site.tree("list", &format!("{root}/{folder}"));
        assert_eq!(listed(&aside), listed(&site.at("root")), "{folder}");
    }
    let acl = "import os, sys; print(*(os.getxattr(sys.argv[1], n) for n in sorted(os.listxattr(sys.argv[1]))))";
    let lists = |root: &str| {
        let path = format!("{root}/etc/eclecticiq/platform_settings.py");
        finish(Command::new("python3").args(["-c", acl, &path])).stdout
    };
    assert_eq!(lists(&aside), lists(&site.at("root")));
    assert!(lists(&aside).len() > 20);
    let text = |path: &str| fs::read(path).unwrap();
    let key = "var/lib/pgsql/11/data/server.key";
    assert_eq!(text(&format!("{aside}/{key}")), b"a key of the server");
    server.kill().unwrap();
    server.wait().unwrap();
}

/// A Redis with nothing in it, for one test.
struct Redis {
    url: String,
    child: std::process::Child,
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_redis(site: &Site) -> Redis {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
    let child = command.current_dir(site.path()).stdout(std::process::Stdio::null()).spawn().unwrap();
    let redis = Redis { url: format!("redis://127.0.0.1:{port}/0"), child };
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return redis;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("Redis does not answer");
}

/// The real systemd, whose units of these tests one test at a time uses.
fn units() -> Option<(MutexGuard<'static, ()>, String)> {
    static ONE: Mutex<()> = Mutex::new(());
    let systemd = service("systemd", "GAPSYNC_TEST_SYSTEMD")?;
    Some((ONE.lock().unwrap_or_else(PoisonError::into_inner), systemd))
}

/// Gives the platform units of these tests alone, and a `systemctl` that reaches them. Returns the path of that.
fn own_units(site: &Site, systemd: &str) -> std::path::PathBuf {
    let wrapper = site.path().join("bin/systemctl");
    fs::create_dir(wrapper.parent().unwrap()).unwrap();
    fs::write(&wrapper, format!("#!/bin/sh\nexec nsenter -t {systemd} -m -p /usr/bin/systemctl \"$@\"\n")).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    let own = fs::read_to_string(site.path().join("eiq.toml")).unwrap();
    let own =
        ["backend-services.service", "backend-worker*.service", "backend-*.service"].iter().fold(own, |own, unit| {
            let unit = format!("unit = \"eclecticiq-platform-{unit}\"");
            assert!(own.contains(&unit), "{unit}");
            own.replace(&unit, &unit.replace("backend", "frontend"))
        });
    fs::write(site.path().join("eiq.toml"), own).unwrap();
    wrapper
}

#[test]
fn the_steps_of_the_guide_are_in_their_order_on_real_systemd_and_redis() {
    let Some((_guard, systemd)) = units() else { return };
    let site = Site::new();
    machine(&site);
    platform(&site);
    let wrapper = own_units(&site, &systemd);
    let systemctl = |arguments: &[&str]| finish(Command::new(&wrapper).args(arguments)).stdout.trim().to_owned();
    systemctl(&["start", "eclecticiq-platform-frontend-services", "eclecticiq-platform-frontend-worker@a"]);
    let (url, mut server) = answers(site.path());
    let redis = free_redis(&site);
    let elastic = format!("elastic={}", url.trim_end_matches("/health"));
    let redis_at = format!("redis={}", redis.url);
    let run = |more: &[&str]| -> Ended {
        let create = ["create", "--platform=eiq.toml", "--target=out", "--set", &elastic, "--set", &redis_at];
        let path = format!("{}:{}", site.at("bin"), std::env::var("PATH").unwrap());
        finish(site.command(&[&create[..], more].concat()).env("PATH", path))
    };
    let ended = run(&["--only=config"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    let mut at = 0;
    for step in [
        "check before health of the indices",
        "look into the queue queues: redis://127.0.0.1",
        "stop backend: systemctl stop -- eclecticiq-platform-frontend-services.service: stopped",
        "wait until the queue queues is empty, at most 600 s: empty",
        "stop workers: systemctl stop -- 'eclecticiq-platform-frontend-worker*.service': stopped \
         eclecticiq-platform-frontend-worker@a.service",
        "stop ingestion: systemctl stop -- 'eclecticiq-platform-frontend-*.service': did not run",
        "stop batcher: ",
        "stop neo4j: systemctl stop -- '*neo4j.service': did not run",
        "look for what is left of ingestion: nothing",
        "look into the queue queues a last time: empty",
        "take config: ",
        "read config",
        "start neo4j",
        "start workers: systemctl start -- 'eclecticiq-platform-frontend-worker*.service': runs",
        "start backend: systemctl start -- eclecticiq-platform-frontend-services.service: runs",
    ] {
        let found =
            ended.stdout[at..].find(step).unwrap_or_else(|| panic!("`{step}` is not behind {at}: {}", ended.stdout));
        at += found + step.len();
    }
    for unit in ["services", "worker@a"] {
        assert_eq!(systemctl(&["is-active", &format!("eclecticiq-platform-frontend-{unit}")]), "active");
    }
    // A task of the platform keeps it all as it was.
    let port = redis.url.trim_start_matches("redis://127.0.0.1:").trim_end_matches("/0");
    finish(Command::new("redis-cli").args(["-p", port, "LPUSH", "queue:ingestion:inbound", "x"]));
    let text = fs::read_to_string(site.path().join("eiq.toml")).unwrap();
    fs::write(site.path().join("eiq.toml"), text.replace("drain_timeout = \"10m\"", "drain_timeout = \"1s\"")).unwrap();
    let ended = run(&["--only=config"]);
    assert!(ended.status == 12 && ended.stderr.contains("queue:ingestion:inbound (1)"), "{ended:?}");
    assert_eq!(systemctl(&["is-active", "eclecticiq-platform-frontend-services"]), "active");
    systemctl(&["stop", "eclecticiq-platform-frontend-services", "eclecticiq-platform-frontend-worker@a"]);
    server.kill().unwrap();
    server.wait().unwrap();
}

/// The indices of the platform, one of each family that is saved.
const INDICES: [&str; 5] = ["audit-1", "documents", "draft-entities", "extracts", "stix"];

/// All that the engines hold, by scripts of another hand.
fn everything(postgresql: &Server, search: &Engine, graph: &Home) -> String {
    let indices = INDICES.map(|index| search.list(index)).concat();
    graph.control("start");
    let nodes = graph.ask("sum", "neo4j");
    graph.control("stop");
    format!("{}{indices}{nodes}", content(postgresql, "platform", &[]))
}

#[test]
fn the_whole_platform_comes_back_after_all_of_it_was_lost() {
    let Some((_units, systemd)) = units() else { return };
    let Some((_guard, tools)) = alone() else { return };
    let Some(postgresql) = server() else { return };
    let Some(search) = Engine::of("GAPSYNC_TEST_ELASTICSEARCH_7") else { return };
    let site = Site::new();
    machine(&site);
    platform(&site);
    own_units(&site, &systemd);
    sql(&postgresql, "postgres", "CREATE DATABASE platform");
    sql(&postgresql, "platform", "CREATE TABLE blob (id int PRIMARY KEY, processing_status text)");
    sql(&postgresql, "platform", "INSERT INTO blob SELECT v, 'success' FROM generate_series(1, 5000) v");
    sql(&postgresql, "platform", "UPDATE blob SET processing_status = 'failed' WHERE id = 77");
    // Enough content that the size of a bundle tells something.
    sql(
        &postgresql,
        "platform",
        "CREATE TABLE entity AS SELECT v AS id, md5(v::text) || md5((-v)::text) AS data FROM generate_series(1, 250000) v",
    );
    for index in INDICES {
        search.script("load", &[index, "300"]);
    }
    let (graph, _) = Home::filled(&tools);
    let was = everything(&postgresql, &search, &graph);
    let redis = free_redis(&site);
    // The platform's own program has a stand-in.
    let eiq = postgresql.folder().join("eiq-platform");
    fs::write(&eiq, "#!/bin/sh\nexit 0\n").unwrap();
    fs::set_permissions(&eiq, fs::Permissions::from_mode(0o755)).unwrap();
    let text = fs::read_to_string(site.path().join("eiq.toml")).unwrap();
    let own = finish(Command::new("id").arg("-un")).stdout.trim().to_owned();
    fs::write(site.path().join("eiq.toml"), text.replace("user = \"eclecticiq\"", &format!("user = \"{own}\"")))
        .unwrap();
    let values = [
        format!("postgresql={}", postgresql.url_of("postgres")),
        format!("elastic={}", search.url),
        format!("redis={}", redis.url),
        format!("neo4j={}", graph.at("conf/neo4j.conf")),
        format!("neo4j_home={}", graph.at("").trim_end_matches('/')),
        format!("neo4j_admin={}", tools.join("neo4j-admin").display()),
        format!("eiq={}", eiq.display()),
    ];
    let command = |words: &[&str]| {
        let mut command = site.command(&[words[0], "--platform=eiq.toml"]);
        command.args(&words[1..]).args(values.iter().flat_map(|value| ["--set", value.as_str()]));
        command.env("PATH", format!("{}:{}", site.at("bin"), std::env::var("PATH").unwrap()));
        command
    };
    let run = |words: &[&str]| finish(&mut command(words));
    let created = run(&["create", "--target=out"]);
    assert_eq!(created.status, 0, "{created:?}");
    let base = site.bundles().remove(0);
    // A second one, in which nothing has changed, consists of names.
    let again = run(&["create", "--target=out", "--base", &base.display().to_string()]);
    assert_eq!(again.status, 0, "{again:?}");
    let bundle = site.bundles().into_iter().find(|bundle| *bundle != base).unwrap();
    let size = |path: &std::path::Path| fs::metadata(path).unwrap().len();
    println!("{} bytes on the base of {}", size(&bundle), size(&base));
    assert!(size(&bundle) * 100 <= size(&base), "{} of {}", size(&bundle), size(&base));
    // A drill of it, also one that is killed, leaves nothing.
    let state = || {
        let engines = format!("{}{}{}", names(&postgresql), search.left(), graph.data("data"));
        (engines, graph.odd(), site.kept(), site.leftovers())
    };
    let before = state();
    for point in ["restore.leave", "neo4j.placed:2", "drill.compared"] {
        let killed = finish(command(&["drill", "--only=graph", "out"]).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&["recover"], 0, "");
        assert_eq!(state(), before, "{point}");
    }
    let drilled = run(&["drill", "out"]);
    assert_eq!(drilled.status, 0, "{drilled:?}");
    assert_eq!(state(), before);
    is_full(&certificate(&bundle).unwrap(), &["intel", "index", "graph", "config"]);
    let bundle = bundle.display().to_string();
    // All is lost.
    sql(&postgresql, "postgres", "DROP DATABASE platform");
    for index in INDICES {
        search.script("delete", &[&format!("/{index}")]);
    }
    fs::remove_dir_all(graph.at("data")).unwrap();
    let restored = run(&["restore", "--require-drill", "--file", &bundle]);
    // The package that was taken in by half is what a person has to look at.
    assert_eq!(restored.status, 3, "{restored:?}");
    assert!(
        restored.stdout.contains("id=77, processing_status=failed") && !restored.stdout.contains("reindex"),
        "{restored:?}"
    );
    same(&was, &everything(&postgresql, &search, &graph));
    assert_eq!(psql(&postgresql, "platform", &["-c", "SELECT count(*) FROM blob"]), "5000\n");
    for index in INDICES {
        search.script("delete", &[&format!("/{index}")]);
    }
}
