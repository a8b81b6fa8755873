//! Queues that a real Celery fills: a snapshot waits until they are empty, and loses no task.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::Site;
use crate::support::{Ended, finish, service};

const CREATE: [&str; 3] = ["create", "--platform=site.toml", "--target=out"];

/// The next database of the server that no test has used.
static NEXT: AtomicUsize = AtomicUsize::new(1);

/// A site with services, and a database of Redis for itself.
struct Queued {
    site: Site,
    url: String,
    python: String,
}

impl Queued {
    fn new(queue: &str) -> Option<Self> {
        let server = service("Redis", "GAPSYNC_TEST_REDIS")?;
        let python = service("Celery", "GAPSYNC_TEST_CELERY")?;
        let url = format!("{server}/{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let queued = Self { site: Site::new(), url, python };
        queued.platform(queue);
        queued.script(&["flush"]);
        Some(queued)
    }

    fn platform(&self, queue: &str) {
        self.site.with_services(&format!(
            "[[queue]]\nname = \"celery\"\nredis = \"{}\"\nlists = [\"enrichers\", \"priority_enrichers\"]\n\
             also = [\"queue:*:inbound\"]\n{queue}",
            self.url
        ));
    }

    #[track_caller]
    fn script(&self, arguments: &[&str]) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshot/queues.py");
        let ended = finish(Command::new(&self.python).arg(script).arg(&self.url).args(arguments));
        assert_eq!(ended.status, 0, "{arguments:?}: {}", ended.stderr);
        ended.stdout
    }

    /// Starts a worker, and returns once it works.
    fn worker(&self) -> Worker {
        let log = self.site.path().join("worker.log");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshot");
        let code = "import sys; sys.argv = ['queues', sys.argv[1]] + sys.argv[2:]; import queues; queues.app.worker_main(sys.argv[2:])";
        let child = Command::new(&self.python)
            .args(["-B", "-c", code, &self.url, "worker", "-c", "1", "-Q", "enrichers,priority_enrichers"])
            .args(["--loglevel=info", "--without-gossip", "--without-mingle"])
            .env("PYTHONPATH", folder)
            .current_dir(self.site.path())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let worker = Worker(child);
        let begun = Instant::now();
        while !fs::read_to_string(&log).unwrap().contains(" ready.") {
            assert!(begun.elapsed() < Duration::from_secs(60), "{}", fs::read_to_string(&log).unwrap());
            std::thread::sleep(Duration::from_millis(100));
        }
        worker
    }

    fn refused(&self, words: &str) -> Ended {
        let before = self.script(&["list"]);
        let ended = self.site.expect(&CREATE, 12, words);
        assert!(ended.stderr.contains("The services are started again; nothing was changed."), "{}", ended.stderr);
        assert_eq!(
            self.site.log(),
            ["stop front", "stop back", "start back", "start front"]
                .map(str::to_owned)
                .into_iter()
                .filter(|line| words.contains("stopped") || !line.ends_with("back"))
                .collect::<Vec<_>>()
        );
        assert!(self.site.runs() && self.site.bundles().is_empty());
        assert_eq!(self.site.leftovers(), Vec::<String>::new());
        assert_eq!(self.script(&["list"]), before);
        ended
    }
}

/// A worker of Celery, which is killed at the end.
struct Worker(Child);

impl Worker {
    /// Kills it, so that what it has taken stays where it is.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const SHORT: &str = "after = \"front\"\ndrain_timeout = \"2s\"\n";

#[test]
fn a_task_anywhere_is_12_and_the_services_come_back() {
    let Some(queued) = Queued::new(SHORT) else { return };
    queued.site.expect(&CREATE, 0, "wait until the queue celery is empty, at most 2 s: empty");
    assert_eq!(queued.site.log(), ["stop front", "stop back", "start back", "start front"]);
    fs::remove_file(&queued.site.bundles()[0]).unwrap();

    // In a list of the file, in one for a priority, in one of a pattern, in one that nobody named.
    queued.script(&["send", "0", "enrichers"]);
    queued.refused("the queue celery is not empty after 2 s: enrichers (1)");
    queued.script(&["flush"]);
    queued.script(&["send", "0", "enrichers", "6"]);
    let named = queued.refused("the queue celery is not empty after 2 s: enrichers");
    assert!(named.stderr.contains("6 (1)"), "{}", named.stderr);
    queued.script(&["flush"]);
    queued.script(&["push", "queue:graph:inbound"]);
    queued.refused("after 2 s: queue:graph:inbound (2)");
    queued.script(&["flush"]);
    queued.script(&["send", "0", "nobody_knows"]);
    let unnamed = queued.refused("nobody_knows (1, a list that nobody named)");
    assert!(unnamed.stderr.contains("Add them to `also`, or to `ignore`"), "{}", unnamed.stderr);
    queued.platform(&format!("{SHORT}ignore = [\"nobody*\"]\n"));
    queued.site.expect(&CREATE, 0, "finished");

    // A key of another type is a mistake, not an empty queue.
    queued.script(&["flush"]);
    queued.script(&["set", "enrichers"]);
    queued.site.log();
    queued.site.expect(&CREATE, 12, "the key enrichers is of type string, not list");
    assert_eq!(queued.site.log(), Vec::<String>::new());
}

#[test]
fn what_a_worker_has_taken_and_not_finished_is_waited_for() {
    let Some(queued) = Queued::new(SHORT) else { return };
    for _ in 0..3 {
        queued.script(&["send", "60", "enrichers"]);
    }
    let worker = queued.worker();
    let begun = Instant::now();
    // Its lists are empty: all tasks are with the worker.
    while queued.script(&["list"]).contains("b'enrichers'") {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", queued.script(&["list"]));
    }
    let ended = queued.refused("the queue celery is not empty after 2 s: unacked (3), unacked_index (3)");
    assert!(!ended.stderr.contains("enrichers ("), "{}", ended.stderr);
    queued.site.expect(&["check", "--platform=site.toml"], 0, "warned  celery: not empty: unacked (3)");
    worker.kill();
    queued.refused("unacked (3), unacked_index (3)");

    // A living worker ends short tasks in time.
    queued.script(&["flush"]);
    for _ in 0..3 {
        queued.script(&["send", "1", "enrichers"]);
    }
    queued.platform("after = \"front\"\ndrain_timeout = \"60s\"\n");
    let _worker = queued.worker();
    queued.site.expect(&CREATE, 0, "wait until the queue celery is empty, at most 60 s: empty");
    // In other classes the services run on, and what waits is only told.
    queued.script(&["send", "60", "enrichers"]);
    queued.site.log();
    queued.site.expect(&[&CREATE[..], &["--mode=ordered"]].concat(), 0, "what waits in the queue celery is not saved");
    assert_eq!(queued.site.log(), Vec::<String>::new());
}

#[test]
fn dropped_tasks_are_in_the_bundle_and_come_back_by_hand() {
    let Some(queued) = Queued::new(SHORT) else { return };
    let site = &queued.site;
    queued.script(&["send", "60", "enrichers"]);
    queued.script(&["send", "60", "enrichers", "9"]);
    queued.script(&["push", "queue:search:inbound"]);
    let worker = queued.worker();
    std::thread::sleep(Duration::from_secs(1));
    worker.kill();
    // More than is read at once.
    queued.script(&["many", "enrichers", "250"]);
    let before = queued.script(&["list"]);
    for part in ["b'enrichers'", "\\x169'", "unacked'", "unacked_index'", "queue:search:inbound"] {
        assert!(before.contains(part) || part.contains("169"), "{part}: {before}");
    }
    let drop = [&CREATE[..], &["--drop-queues"]].concat();
    // A list that nobody named is not dropped.
    queued.script(&["push", "other"]);
    let with_other = queued.script(&["list"]);
    site.expect(&drop, 12, "They are not dropped unnamed.");
    assert_eq!(queued.script(&["list"]), with_other);
    queued.platform(&format!("{SHORT}ignore = [\"other\"]\n"));
    // Without a bundle nothing is dropped, and the services never see a queue without its tasks.
    fs::rename(site.path().join("srv/files"), site.path().join("srv/gone")).unwrap();
    site.expect(&drop, 10, "the folder of the store is missing");
    fs::rename(site.path().join("srv/gone"), site.path().join("srv/files")).unwrap();
    assert_eq!(queued.script(&["list"]), with_other);
    for point in ["snapshot.leave", "snapshot.listed", "snapshot.part", "snapshot.published", "snapshot.before-drop"] {
        let ended = finish(site.command(&drop).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(ended.status, -1, "{point}: {ended:?}");
        site.expect(&["recover"], 0, "");
        assert_eq!(queued.script(&["list"]), with_other, "{point}");
        assert!(site.runs());
    }
    for bundle in site.bundles() {
        fs::remove_file(bundle).unwrap();
    }
    let planned = site.expect(&[&drop[..], &["--dry-run"]].concat(), 0, "delete what was left in the queue celery");
    assert!(planned.stdout.contains("take celery: rename what is left"), "{}", planned.stdout);
    assert_eq!(queued.script(&["list"]), with_other);
    let ended = site.expect(&drop, 0, "its tasks are dropped, and kept in the bundle only: enrichers");
    assert!(!ended.stdout.contains("\"task\"") && !ended.stderr.contains("\"task\""), "{ended:?}");
    let left = queued.script(&["list"]);
    assert_eq!(left.lines().count(), 1, "{left}");
    assert!(left.contains("b'other'"), "{left}");
    // By hand: the unpacked commands make every key again.
    let bundle = site.bundles().remove(0);
    site.expect(&["verify", bundle.to_str().unwrap()], 0, "is intact");
    fs::create_dir(site.path().join("unpacked")).unwrap();
    let tar = finish(Command::new("tar").args(["-xf"]).arg(&bundle).args(["-C", &site.at("unpacked")]));
    assert_eq!(tar.status, 0, "{}", tar.stderr);
    let folder = site.path().join("unpacked/files/celery");
    let listed: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("keys.json")).unwrap()).unwrap();
    for key in listed.as_array().unwrap() {
        queued.pipe(&folder.join(key["file"].as_str().unwrap()));
    }
    assert_eq!(queued.script(&["list"]), with_other);
    // A restore leaves the queues alone.
    queued.script(&["flush"]);
    fs::remove_dir_all(site.path().join("srv/files")).unwrap();
    site.expect(&["restore", "--platform=site.toml", "--file", bundle.to_str().unwrap(), "--only=files"], 0, "celery");
    assert_eq!(queued.script(&["list"]), "");
}

#[test]
fn a_queue_of_several_parts_comes_back_by_hand() {
    let Some(queued) = Queued::new(SHORT) else { return };
    let site = &queued.site;
    // More than a part holds, with a run of zeros, which does not travel.
    queued.script(&["many", "enrichers", "220", "100000"]);
    queued.script(&["push", "priority_enrichers"]);
    let before = queued.script(&["list"]);
    site.expect(&[&CREATE[..], &["--drop-queues", "--only=files"]].concat(), 0, "finished");
    assert_eq!(queued.script(&["list"]), "");
    let folder = site.unpack_by_hand(&site.bundles().remove(0).display().to_string(), "celery");
    assert!(fs::read_dir(folder.join(".p")).unwrap().count() > 0);
    for name in ["0001.resp", "0002.resp"] {
        queued.pipe(&folder.join(name));
    }
    assert_eq!(queued.script(&["list"]), before);
}

impl Queued {
    /// Sends a file of commands to Redis by its own shell.
    fn pipe(&self, file: &std::path::Path) {
        let (server, database) = self.url.rsplit_once('/').unwrap();
        let mut command = Command::new("redis-cli");
        command.args(["-u", server, "-n", database, "--pipe"]).stdin(fs::File::open(file).unwrap());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("errors: 0"), "{said}");
    }
}

#[test]
fn the_password_of_redis_comes_from_the_file_of_credentials() {
    let Some(queued) = Queued::new(SHORT) else { return };
    let site = &queued.site;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut server = Command::new("redis-server");
    server.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
    server.args(["--requirepass", "geheim"]).current_dir(site.path()).stdout(Stdio::null());
    let mut server = Worker(server.spawn().unwrap());
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(50));
    }
    let here = Queued { site: Site::new(), url: format!("redis://127.0.0.1:{port}/0"), python: queued.python.clone() };
    here.platform(SHORT);
    let ended = here.site.expect(&CREATE, 6, "NOAUTH");
    assert!(ended.stderr.contains("--credentials"), "{}", ended.stderr);
    assert_eq!(here.site.log(), Vec::<String>::new());
    let login = here.site.path().join("login");
    for (user, password, status) in [("", "falsch", 6), ("", "geheim", 0), ("default", "geheim", 0)] {
        fs::write(&login, format!("[celery]\nuser = \"{user}\"\npassword = \"{password}\"\n")).unwrap();
        fs::set_permissions(&login, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let ended = here.site.run(&[&CREATE[..], &["--credentials=login"]].concat());
        assert_eq!(ended.status, status, "{ended:?}");
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!said.contains("geheim") && !said.contains("falsch"), "{said}");
    }
    // Not in the platform file, which is no secret.
    let text = fs::read_to_string(here.site.path().join("site.toml")).unwrap();
    fs::write(here.site.path().join("site.toml"), text.replace("redis://", "redis://:geheim@")).unwrap();
    let ended = here.site.expect(&CREATE, 2, "belong into the file of --credentials");
    assert!(!ended.stderr.contains("geheim"), "{}", ended.stderr);
    // A server that is gone stops nothing.
    here.platform(SHORT);
    here.site.log();
    server.0.kill().unwrap();
    server.0.wait().unwrap();
    here.site.expect(&CREATE, 6, "there is no connection to Redis");
    assert_eq!(here.site.log(), Vec::<String>::new());
    here.site.expect(&["check", "--platform=site.toml"], 12, "failed  celery: there is no connection to Redis");
}
