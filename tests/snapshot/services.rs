//! Services are stopped in order and started again whatever happens; checks come before anything is changed.

use std::fs;

use super::Site;

const CREATE: [&str; 3] = ["create", "--platform=site.toml", "--target=out"];

#[test]
fn services_are_stopped_in_order_and_started_in_the_reverse_one() {
    let site = Site::new();
    site.with_services("[[check]]\nname = \"after\"\nwhen = \"after\"\nrun = [\"true\"]\n");
    let ended = site.expect(&CREATE, 0, "class        stopped");
    assert_eq!(site.log(), ["stop front", "stop back", "start back", "start front"]);
    assert!(site.runs());
    // A service that did not run is not started.
    fs::remove_file(site.path().join("run-front")).unwrap();
    site.expect(&CREATE, 0, "did not run");
    assert_eq!(site.log(), ["stop back", "start back"]);
    assert!(!site.path().join("run-front").exists());
    fs::write(site.path().join("run-front"), "").unwrap();
    site.expect(&[&CREATE[..], &["--mode=ordered"]].concat(), 0, "class        ordered");
    assert_eq!(site.log(), Vec::<String>::new());
    assert!(ended.stdout.contains("Copy site-snapshot-"), "{}", ended.stdout);
}

#[test]
fn a_dry_run_shows_the_steps_that_a_run_takes_and_changes_nothing() {
    let site = Site::new();
    site.with_services("[[check]]\nname = \"before\"\nwhen = \"before\"\nrun = [\"CTL\", \"check\", \"x\"]\n");
    fs::write(site.path().join("check-x"), "").unwrap();
    let steps = |ended: &crate::support::Ended| -> Vec<String> {
        let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let steps = report["steps"].as_array().unwrap().iter();
        steps.map(|step| step["what"].as_str().unwrap().to_owned()).collect()
    };
    let before = site.tree("list", ".");
    let planned = site.run(&[&["--json"], &CREATE[..], &["--dry-run"]].concat());
    assert_eq!(planned.status, 0, "{planned:?}");
    assert_eq!(site.tree("list", "."), before);
    let ran = site.run(&[&["--json"], &CREATE[..]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(steps(&planned), steps(&ran));
    assert_eq!(steps(&planned).len(), 10);
    assert_eq!(site.log()[0], "check x");
    // The same for a restore in place.
    let bundle = site.bundles().remove(0);
    let restore = ["--json", "restore", "--platform=site.toml", "--replace", "--file", bundle.to_str().unwrap()];
    let before = site.tree("list", ".");
    let planned = site.run(&[&restore[..], &["--dry-run"]].concat());
    assert_eq!(planned.status, 0, "{planned:?}");
    assert_eq!(site.tree("list", "."), before);
    let ran = site.run(&restore);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(steps(&planned), steps(&ran));
    assert_eq!(site.log(), ["stop front", "stop back", "start back", "start front"]);
}

#[test]
fn a_check_that_fails_is_12_and_nothing_was_changed() {
    let site = Site::new();
    site.with_services(
        "[[check]]\nname = \"nodes\"\nwhen = \"before\"\nrun = [\"CTL\", \"check\", \"nodes\"]\n\
         expect = { every_line = '^[UD][NLJM] ', is = '^UN ' }\n",
    );
    for (output, words) in [
        ("UN 10.0.0.1\nDN 10.0.0.2\n", "a line of its output is not as expected: DN 10.0.0.2"),
        ("nothing\n", "its output has no line of those"),
    ] {
        fs::write(site.path().join("check-nodes"), output).unwrap();
        site.expect(&CREATE, 12, words);
        assert_eq!(site.log(), ["check nodes"]);
        site.expect(&["check", "--platform=site.toml"], 12, "failed  nodes");
        site.log();
    }
    fs::write(site.path().join("check-nodes"), "head\nUN 10.0.0.1\n").unwrap();
    fs::write(site.path().join("bad-nodes"), "").unwrap();
    site.expect(&CREATE, 12, "ended with status 1");
    fs::remove_file(site.path().join("bad-nodes")).unwrap();
    site.expect(&["check", "--platform=site.toml"], 0, "ok      nodes");
    assert!(site.runs() && site.bundles().is_empty());
    assert_eq!(site.leftovers(), Vec::<String>::new());
    site.expect(&CREATE, 0, "passed");
}

#[test]
fn a_service_that_does_not_start_is_13_and_tells_the_command() {
    let site = Site::new();
    site.with_services("");
    fs::write(site.path().join("broken-back"), "").unwrap();
    let ended = site.expect(&CREATE, 13, "no such luck");
    let command = format!("Start it: {} start back", site.at("ctl"));
    assert!(ended.stderr.contains(&command), "{}", ended.stderr);
    // The other one was started, and the data is safe.
    assert_eq!(site.log(), ["stop front", "stop back", "start back", "start front"]);
    site.expect(&["verify", site.bundles()[0].to_str().unwrap()], 0, "is intact");
    site.expect(&CREATE, 9, "gapsync snapshot recover");
    site.expect(&["recover"], 13, "start back");
    fs::remove_file(site.path().join("broken-back")).unwrap();
    site.expect(&["recover"], 0, "started back");
    assert!(site.runs());
    site.expect(&["recover"], 0, "nothing to put back");
    site.expect(&CREATE, 0, "finished");
}

#[test]
fn whatever_fails_meanwhile_the_services_come_back() {
    let site = Site::new();
    site.with_services("[[check]]\nname = \"queues\"\nwhen = \"fenced\"\nrun = [\"false\"]\n");
    site.expect(&CREATE, 6, "the check queues failed");
    assert_eq!(site.log(), ["stop front", "stop back", "start back", "start front"]);
    // A service that does not stop.
    site.with_services("");
    fs::write(site.path().join("stubborn-back"), "").unwrap();
    site.expect(&CREATE, 6, "the service back did not stop");
    assert!(site.runs());
    fs::remove_file(site.path().join("stubborn-back")).unwrap();
    // A store that is not there.
    site.log();
    fs::rename(site.path().join("srv/files"), site.path().join("srv/gone")).unwrap();
    site.expect(&CREATE, 10, "the folder of the store is missing");
    assert_eq!(site.log(), ["stop front", "stop back", "start back", "start front"]);
    assert!(site.runs() && site.bundles().is_empty());
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_check_afterwards_that_fails_is_3_and_the_snapshot_stays() {
    let site = Site::new();
    site.with_services("[[check]]\nname = \"late\"\nwhen = \"after\"\nrun = [\"false\"]\n");
    site.expect(&CREATE, 3, "the check late failed");
    assert_eq!(site.bundles().len(), 1);
}

#[test]
fn a_failed_restore_leaves_services_stopped_and_the_old_files_in_place() {
    let site = Site::new();
    site.with_services("");
    let bundle = site.create(&[]);
    let was = site.tree("list", "srv/files");
    site.log();
    fs::write(site.path().join("stubborn-back"), "").unwrap();
    let restore = ["restore", "--platform=site.toml", "--replace", "--file", bundle.to_str().unwrap()];
    site.expect(&restore, 6, "the service back did not stop");
    assert_eq!(site.log(), ["stop front", "stop back"]);
    assert_eq!(site.tree("list", "srv/files"), was);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

/// A server that answers each request with what a file holds: status and body.
pub(super) fn answers(folder: &std::path::Path) -> (String, std::process::Child) {
    const SERVER: &str = r"
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, _, body = open(sys.argv[1]).read().partition(' ')
        self.send_response(int(status))
        self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
with open(sys.argv[2] + '.new', 'w') as file:
    file.write(str(server.server_port))
import os
os.rename(sys.argv[2] + '.new', sys.argv[2])
server.serve_forever()
";
    let (answer, port) = (folder.join("answer"), folder.join("port"));
    fs::write(&answer, "200 {\"status\": \"green\"}").unwrap();
    let child = std::process::Command::new("python3")
        .args(["-c", SERVER])
        .arg(&answer)
        .arg(&port)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !port.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    (format!("http://127.0.0.1:{}/health", fs::read_to_string(port).unwrap()), child)
}

#[test]
fn what_an_address_answers_is_a_check_and_says_when_a_service_works() {
    let site = Site::new();
    let (url, mut server) = answers(site.path());
    let answer = |text: &str| fs::write(site.path().join("answer"), text).unwrap();
    let check = format!(
        "[[check]]\nname = \"health\"\nwhen = \"before\"\nhttp = \"{url}\"\njson = \"/status\"\none_of = [\"green\"]\n\
         warn = [\"yellow\"]\ntimeout = \"5s\"\n"
    );
    site.with_services(&check);
    let create = ["create", "--platform=site.toml", "--target=out"];
    let check_only = ["check", "--platform=site.toml"];
    site.expect(&check_only, 0, "ok      health");
    answer("200 {\"status\": \"yellow\"}");
    site.expect(&check_only, 0, "warned  health: /status is yellow");
    site.expect(&create, 0, "passed, with a warning");
    for wrong in ["200 {\"status\": \"red\"}", "200 {\"status\": {}}", "200 green", "503 {\"status\": \"green\"}"] {
        answer(wrong);
        site.log();
        site.expect(&create, 12, "the check health failed");
        assert_eq!(site.log(), Vec::<String>::new(), "{wrong}");
    }
    // A service that is started works once its address answers.
    let service = format!(
        "[[service]]\nname = \"front\"\nstop = [\"CTL\", \"stop\", \"front\"]\nstart = [\"CTL\", \"start\", \"front\"]\n\
         running = [\"CTL\", \"running\", \"front\"]\nready_http = \"{url}\"\ntimeout = \"2s\"\n"
    );
    site.platform(&service);
    let runs = || fs::write(site.path().join("run-front"), "").unwrap();
    runs();
    answer("200 up");
    site.expect(&create, 0, "finished");
    runs();
    answer("503 starting");
    site.expect(&create, 13, "it does not work, though it was started");
    answer("200 up");
    site.expect(&["recover"], 0, "front runs");
    server.kill().unwrap();
    server.wait().unwrap();
    site.expect(&create, 13, "Act now");
}
