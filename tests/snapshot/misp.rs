//! MISP as a whole, by its shipped platform file, on real MariaDB and Redis. Only MISP itself and supervisor are played by stand-ins.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Site;
use super::mariadb::{content, names, run_script, server, sql};
use super::postgresql::{same, script};
use crate::support::server::Server;
use crate::support::{Ended, finish, service};

/// A supervisor of one group of workers.
const SUPERVISORCTL: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 9
[ "$2" = 'misp-workers:*' ] || exit 8
case "$1" in
  stop) echo "stop workers" >> log; rm run-workers; kill -- -"$(cat worker.pid)" ;;
  start) echo "start workers" >> log; : > run-workers
    setsid "$PWD/machine/var/www/MISP/app/Console/cake" start_worker default < /dev/null > /dev/null 2>&1 &
    echo $! > worker.pid ;;
esac
"#;

/// A Redis of a test's own.
struct Redis(Child, u16);

impl Redis {
    fn start(folder: &Path) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
        let child = command.current_dir(folder).stdout(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(50));
        }
        Self(child, port)
    }

    #[track_caller]
    fn tell(&self, words: &[&str]) -> String {
        let ended = finish(Command::new("redis-cli").args(["-p", &self.1.to_string(), "-n", "4"]).args(words));
        assert_eq!(ended.status, 0, "{ended:?}");
        ended.stdout
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Misp {
    site: Site,
    redis: Redis,
    user: String,
}

impl Misp {
    /// A machine with a MISP: the shipped file, with every path below a folder of the test, and services that scripts play.
    fn new(redis: impl FnOnce(&Path) -> Redis) -> Self {
        let site = Site::new();
        let redis = redis(site.path());
        let shipped = site.expect(&["platform", "misp"], 0, "name = \"misp\"").stdout;
        let mut text = shipped.replace("drain_timeout = \"30m\"", "drain_timeout = \"1s\"");
        for top in ["etc", "var", "**"] {
            text = text.replace(&format!("\"/{top}/"), &format!("\"{}/{top}/", site.at("machine")));
        }
        for (name, unit) in [("apache", "apache2*.service"), ("php", "php*-fpm.service")] {
            let played = format!(
                "stop = [\"{0}\", \"stop\", \"{name}\"]\nstart = [\"{0}\", \"start\", \"{name}\"]\nrunning = [\"{0}\", \"running\", \"{name}\"]",
                site.at("ctl")
            );
            let unit = format!("unit = \"{unit}\"");
            assert!(text.contains(&unit), "{text}");
            text = text.replace(&unit, &played);
            fs::write(site.path().join(format!("run-{name}")), "").unwrap();
        }
        fs::write(site.path().join("misp.toml"), text).unwrap();
        let put = |path: &str, text: &str, mode: u32| {
            let path = site.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        put("supervisorctl", SUPERVISORCTL, 0o755);
        let root = site.at("machine/var/www/MISP");
        put(
            "machine/var/www/MISP/app/Config/database.php",
            "<?php\nclass DATABASE_CONFIG {\n\tpublic $default = array(\n\t\t'host' => 'localhost', // where\n\t\t'login' => 'misp',\n\
             \t\t'password' => 'geheim-db',\n\t\t'database' => 'misp_live',\n\t);\n}\n",
            0o640,
        );
        let port = redis.1;
        put(
            "machine/var/www/MISP/app/Config/config.php",
            &format!(
                "<?php\n$config = array (\n  'MISP' => array ('attachments_dir' => '{root}/data', 'redis_port' => 1, 'live' => true),\n\
                 \x20 'GnuPG' => array ('homedir' => '{root}/.gnupg', 'password' => 'geheim-gpg'),\n\
                 \x20 'Security' => array ('salt' => 'geheim-salt'),\n\
                 \x20 'SimpleBackgroundJobs' => array ('enabled' => true, 'redis_host' => '127.0.0.1', 'redis_port' => {port}, 'redis_database' => 4, 'redis_namespace' => 'jobs'),\n);\n"
            ),
            0o640,
        );
        put("machine/var/www/MISP/.gnupg/private-keys-v1.d/key", "a key", 0o600);
        put("machine/var/www/MISP/app/webroot/img/orgs/ORG.png", "logo", 0o644);
        put("machine/srv/tls/misp.key", "tls", 0o600);
        let tls = format!(
            "<VirtualHost *:443>\n  SSLCertificateKeyFile {}\n</VirtualHost>\n",
            site.at("machine/srv/tls/misp.key")
        );
        put("machine/etc/apache2/sites-available/misp.conf", &tls, 0o644);
        put("machine/etc/supervisor/conf.d/misp-workers.conf", "[group:misp-workers]\n", 0o644);
        for number in 0..200_u32 {
            put(
                &format!("machine/var/www/MISP/data/{number}/{}", number * 5),
                &"sample".repeat(number as usize),
                0o640,
            );
        }
        put(
            "machine/var/www/MISP/app/Console/cake",
            &format!(
                "#!/bin/sh\nif [ \"$1\" = start_worker ]; then sleep 600 & wait; fi\necho cake \"$@\" >> '{}'\n",
                site.at("log")
            ),
            0o755,
        );
        let supervisor = finish(Command::new(site.path().join("supervisorctl")).args(["start", "misp-workers:*"]));
        assert_eq!(supervisor.status, 0, "{supervisor:?}");
        let user = finish(Command::new("id").arg("-un")).stdout.trim().to_owned();
        Self { site, redis, user }
    }

    #[track_caller]
    fn expect(&self, what: &str, server: &Server, more: &[&str], status: i32, words: &str) -> Ended {
        let set = |name: &str, value: &str| format!("--set={name}={value}");
        let values = [
            set("root", &self.site.at("machine/var/www/MISP")),
            set("mariadb", &server.url_of("")),
            set("supervisorctl", &self.site.at("supervisorctl")),
            set("user", &self.user),
        ];
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        self.site.expect(&[&[what, "--platform=misp.toml"], &values[..], more].concat(), status, words)
    }
}

impl Drop for Misp {
    fn drop(&mut self) {
        let _ = Command::new(self.site.path().join("supervisorctl")).args(["stop", "misp-workers:*"]).output();
    }
}

#[test]
fn a_whole_misp_is_lost_and_comes_back() {
    if service("Redis", "GAPSYNC_TEST_REDIS").is_none() {
        return;
    }
    let Some(first) = server() else { return };
    let misp = Misp::new(Redis::start);
    let site = &misp.site;
    run_script(&first, "mysql", Path::new("/"), &script("misp.sql"));
    // A job that nobody does, in a list that the file names or in another one: nothing is saved, and the services run.
    for list in ["jobs:prio", "jobs:other"] {
        misp.redis.tell(&["RPUSH", list, "{}"]);
        misp.expect("create", &first, &["--target=out"], 12, list);
        assert!(
            ["apache", "php", "workers"].iter().all(|name| site.path().join(format!("run-{name}")).exists()),
            "{list}"
        );
        misp.redis.tell(&["DEL", list]);
    }
    assert_eq!(site.bundles().len(), 0);
    site.log();
    let was = content(&first, "misp_live");
    let files = site.tree("list", "machine/var/www/MISP/data");
    misp.expect("create", &first, &["--target=out"], 0, "class        stopped");
    assert_eq!(site.log(), ["stop apache", "stop php", "stop workers", "start workers", "start php", "start apache"]);
    let base = site.bundles().remove(0);
    // A second one, in which nothing has changed, consists of names.
    misp.expect("create", &first, &["--target=out", "--base", &base.display().to_string()], 0, "class        stopped");
    site.log();
    let bundle = site.bundles().into_iter().find(|bundle| *bundle != base).unwrap();
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    println!("{} bytes on the base of {}", size(&bundle), size(&base));
    assert!(size(&bundle) * 100 <= size(&base), "{} of {}", size(&bundle), size(&base));
    let bundle = bundle.display().to_string();
    for entry in fs::read_dir(site.path().join("out"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "txt"))
    {
        assert!(!fs::read_to_string(entry.path()).unwrap().contains("geheim"), "{}", entry.path().display());
    }
    let held = names(&first);
    misp.expect("drill", &first, &["out"], 0, "certificate");
    assert_eq!(names(&first), held);
    assert_eq!(site.log(), Vec::<String>::new());
    // Everything is lost but the machine's configuration, which is needed to say where things go.
    drop(first);
    fs::remove_dir_all(site.path().join("machine/var/www/MISP/data")).unwrap();
    let second = server().unwrap();
    misp.expect("restore", &second, &["--require-drill", "--file", &bundle], 0, "finished");
    same(&was, &content(&second, "misp_live"));
    assert_eq!(
        sql(
            &second,
            "SELECT COUNT(*) FROM misp_live.attributes WHERE event_id NOT IN (SELECT id FROM misp_live.events)"
        ),
        "25\n"
    );
    assert_eq!(site.tree("list", "machine/var/www/MISP/data"), files);
    let log = site.log();
    assert_eq!(
        log,
        [
            "stop apache",
            "stop php",
            "stop workers",
            "cake Admin cleanCaches",
            "start workers",
            "start php",
            "start apache"
        ]
    );
    // Configuration and keys are beside, also the key that only the web server's configuration names.
    let aside = fs::read_dir(site.path()).unwrap().map(|entry| entry.unwrap().path());
    let aside =
        aside.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with("misp-")).unwrap();
    let config = aside.join(&site.at("machine")[1..]);
    for (path, text) in [("var/www/MISP/.gnupg/private-keys-v1.d/key", "a key"), ("srv/tls/misp.key", "tls")] {
        assert_eq!(fs::read_to_string(config.join(path)).unwrap(), text);
    }
    assert!(config.join("var/www/MISP/app/Config/database.php").exists());
    assert_eq!(site.leftovers(), Vec::<String>::new());
}
