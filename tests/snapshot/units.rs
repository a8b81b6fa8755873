//! Units of the real systemd: patterns, order, and what is left of services that were stopped.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use super::Site;
use crate::support::{Ended, finish, service};

const CREATE: [&str; 3] = ["create", "--platform=site.toml", "--target=out"];

const SERVICES: &str = "eclecticiq-platform-backend-services.service";
const BEAT: &str = "eclecticiq-platform-backend-worker-beat.service";
const A: &str = "eclecticiq-platform-backend-worker@a.service";
const B: &str = "eclecticiq-platform-backend-worker@b.service";

/// A site whose services are units of systemd.
struct Units {
    site: Site,
    systemd: String,
    folder: String,
}

impl Units {
    fn new() -> Option<Self> {
        let systemd = service("systemd", "GAPSYNC_TEST_SYSTEMD")?;
        let folder = service("systemd", "GAPSYNC_TEST_SYSTEMD_FOLDER")?;
        let units = Self { site: Site::new(), systemd, folder };
        // The first process of this machine may be another one, so `systemctl` is asked where systemd is.
        let wrapper = units.site.path().join("bin/systemctl");
        fs::create_dir(wrapper.parent().unwrap()).unwrap();
        let script = format!("#!/bin/sh\nexec nsenter -t {} -m -p /usr/bin/systemctl \"$@\"\n", units.systemd);
        fs::write(&wrapper, script).unwrap();
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
        units.platform("eclecticiq-platform-backend-services");
        Some(units)
    }

    fn platform(&self, first: &str) {
        self.site.platform(&format!(
            "[[service]]\nname = \"backend\"\nunit = \"{first}.service\"\ntimeout = \"20s\"\n\
             [[service]]\nname = \"workers\"\nunit = \"eclecticiq-platform-backend-worker*.service\"\ntimeout = \"20s\"\n\
             [[service]]\nname = \"kibana\"\nunit = \"eclecticiq-kibana*.service\"\n"
        ));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let path = format!("{}:{}", self.site.at("bin"), std::env::var("PATH").unwrap());
        let mut command = self.site.command(arguments);
        command.env("PATH", path);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        finish(&mut self.command(arguments))
    }

    /// Asks systemd itself.
    fn systemctl(&self, arguments: &[&str]) -> String {
        finish(Command::new(self.site.path().join("bin/systemctl")).args(arguments)).stdout.trim().to_owned()
    }

    /// Which of the units run, and as what.
    fn running(&self) -> Vec<(&'static str, String)> {
        let run = |unit: &&str| self.systemctl(&["is-active", unit]) == "active";
        let running = [SERVICES, BEAT, A, B].into_iter().filter(run);
        running.map(|unit| (unit, self.systemctl(&["show", "-p", "MainPID", unit]))).collect()
    }
}

#[test]
fn units_of_a_pattern_are_stopped_and_the_same_ones_started_again() {
    let Some(units) = Units::new() else { return };
    units.systemctl(&["start", SERVICES, BEAT, A]);
    let before = units.running();
    assert_eq!(before.iter().map(|(unit, _)| *unit).collect::<Vec<_>>(), [SERVICES, BEAT, A]);
    let planned = units.run(&[&CREATE[..], &["--dry-run"]].concat());
    let pattern = "stop workers: systemctl stop -- 'eclecticiq-platform-backend-worker*.service'";
    assert!(planned.status == 0 && planned.stdout.contains(pattern), "{planned:?}");
    assert_eq!(units.running(), before);
    let ended = units.run(&CREATE);
    assert_eq!(ended.status, 0, "{ended:?}");
    let at = |text: &str| ended.stdout.find(text).unwrap_or_else(|| panic!("{text}: {}", ended.stdout));
    assert!(at(&format!(": stopped {SERVICES}")) < at(&format!(": stopped {BEAT}, {A}")), "{}", ended.stdout);
    assert!(ended.stdout.contains("stop kibana: systemctl stop -- 'eclecticiq-kibana*.service': did not run"));
    // All of them run again, as new processes, and `b` was not started.
    let after = units.running();
    assert_eq!(after.iter().map(|(unit, _)| *unit).collect::<Vec<_>>(), [SERVICES, BEAT, A]);
    assert!(before.iter().zip(&after).all(|((_, was), (_, is))| was != is), "{before:?} {after:?}");

    // One that does not start again holds up no other.
    fs::write(format!("{}/broken-a", units.folder), "").unwrap();
    let ended = units.run(&CREATE);
    assert_eq!(ended.status, 13, "{ended:?}");
    assert!(ended.stderr.contains(&format!("the service workers ({A}) could not be started again")), "{ended:?}");
    assert!(ended.stderr.contains(&format!("Act now. Start it: systemctl start -- {A}")), "{ended:?}");
    assert_eq!(units.running().iter().map(|(unit, _)| *unit).collect::<Vec<_>>(), [SERVICES, BEAT]);
    fs::remove_file(format!("{}/broken-a", units.folder)).unwrap();
    let ended = units.run(&["recover"]);
    assert!(ended.status == 0 && ended.stdout.contains("started workers"), "{ended:?}");
    assert_eq!(units.running().len(), 3);

    // Killed while they are stopped.
    for point in ["snapshot.stopped:2", "snapshot.started"] {
        let killed = finish(units.command(&CREATE).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{killed:?}");
        assert!(units.running().len() < 3);
        assert_eq!(units.run(&["recover"]).status, 0);
        assert_eq!(units.running().len(), 3, "{point}");
    }

    // A name that systemd does not know is a mistake, not a service that does not run; where there is no systemd, nobody knows.
    let running = units.running();
    units.platform("eclecticiq-platform-backend-service");
    let ended = units.run(&CREATE);
    let said =
        "nobody can tell whether the service backend (eclecticiq-platform-backend-service.service) runs: systemd has";
    assert!(ended.status == 12 && ended.stderr.contains(said), "{ended:?}");
    units.platform("eclecticiq-platform-backend-services");
    fs::write(units.site.path().join("bin/systemctl"), "#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n")
        .unwrap();
    let ended = units.run(&CREATE);
    assert!(ended.status == 12 && ended.stderr.contains("runs: ended with status 1: Failed to connect"), "{ended:?}");
    let script = format!("#!/bin/sh\nexec nsenter -t {} -m -p /usr/bin/systemctl \"$@\"\n", units.systemd);
    fs::write(units.site.path().join("bin/systemctl"), script).unwrap();
    assert_eq!(units.running(), running);
    units.systemctl(&["stop", SERVICES, BEAT, A]);
}

/// A process that is ended with the test.
struct Left(Child);

impl Left {
    /// Starts a process whose command line holds a mark; a stubborn one cannot be asked to end.
    fn start(mark: &str, stubborn: bool) -> Self {
        let trap = if stubborn { "trap '' TERM; echo ready; " } else { "echo ready; " };
        let script = format!("{trap}while :; do sleep 0.1; done # celery beat {mark} --password=geheim");
        let mut child = Command::new("sh").args(["-c", &script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = [0; 6];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut ready).unwrap();
        Self(child)
    }

    fn lives(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A service whose processes have a mark in their command lines.
fn leaving(site: &Site, mark: &str) {
    let run = site.at("run");
    site.with_services(&format!(
        "[[service]]\nname = \"beat\"\nstop = [\"CTL\", \"stop\", \"beat\"]\nstart = [\"CTL\", \"start\", \"beat\"]\n\
         running = [\"CTL\", \"running\", \"beat\"]\nleftovers = ['celery beat {mark}']\npid_files = [\"{run}/*.pid\"]\n"
    ));
    fs::write(site.path().join("run-beat"), "").unwrap();
    fs::create_dir_all(&run).unwrap();
}

#[test]
fn a_process_that_is_left_is_12_and_is_killed_only_on_demand() {
    let site = Site::new();
    let mark = site.path().file_name().unwrap().to_str().unwrap().trim_start_matches('.').to_owned();
    leaving(&site, &mark);
    let back = ["stop front", "stop back", "stop beat", "start beat", "start back", "start front"];
    // The pattern is on the command line of nobody: gapsync does not find itself, nor the shell that runs it.
    site.expect(&CREATE, 0, "look for what is left of beat: nothing");
    site.log();
    let (mut one, mut two) = (Left::start(&mark, false), Left::start(&mark, true));
    let ended = site.expect(&CREATE, 12, "processes of the service beat are left: ");
    for left in [&one, &two] {
        assert!(ended.stderr.contains(&format!("{} (sh)", left.0.id())), "{ended:?}");
    }
    assert!(!ended.stderr.contains("geheim") && ended.stderr.contains("--kill-leftovers"), "{ended:?}");
    assert_eq!(site.log(), back);
    assert!(one.lives() && two.lives() && site.bundles().len() == 1 && site.runs());
    // A restore looks as well, and changes nothing.
    let bundle = site.bundles()[0].display().to_string();
    let restore = ["restore", "--platform=site.toml", "--replace", "--only=files", "--file", &bundle];
    let was = site.tree("list", "srv/files");
    site.expect(&restore, 12, "processes of the service beat are left: ");
    assert_eq!(site.tree("list", "srv/files"), was);
    for name in ["front", "back", "beat"] {
        fs::write(site.path().join(format!("run-{name}")), "").unwrap();
    }
    let ended =
        site.expect(&[&CREATE[..], &["--kill-leftovers"]].concat(), 0, "look for what is left of beat: killed ");
    assert!(!one.lives() && !two.lives(), "{ended:?}");
    assert!(!ended.stdout.contains("geheim"), "{ended:?}");
}

#[test]
fn files_of_dead_processes_are_moved_aside_and_those_of_living_ones_left_alone() {
    let site = Site::new();
    leaving(&site, "nothing-has-this-mark");
    let mut dead = Command::new("true").spawn().unwrap();
    dead.wait().unwrap();
    let living = std::process::id();
    for (name, text) in
        [("dead", format!("{}\n", dead.id())), ("living", living.to_string()), ("odd", "none".to_owned())]
    {
        fs::write(site.path().join(format!("run/{name}.pid")), text).unwrap();
    }
    fs::write(site.path().join("run/other"), dead.id().to_string()).unwrap();
    std::os::unix::fs::symlink("dead.pid", site.path().join("run/link.pid")).unwrap();
    let ended = site.expect(&CREATE, 0, "files with the ids of living processes are left alone");
    assert!(ended.stdout.contains("run/living.pid") && !ended.stdout.contains("odd.pid"), "{ended:?}");
    let mut names: Vec<String> = fs::read_dir(site.path().join("run"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(
        names[0].starts_with("dead.pid.dead-") && names[1..] == ["link.pid", "living.pid", "odd.pid", "other"],
        "{names:?}"
    );
    let moved = fs::read_to_string(site.path().join("run").join(&names[0])).unwrap();
    assert_eq!(moved.trim(), dead.id().to_string());
}

#[test]
fn what_a_command_prints_says_whether_a_service_runs() {
    let site = Site::new();
    let service = |prints: &str| {
        site.platform(&format!(
            "[[service]]\nname = \"front\"\nstop = [\"CTL\", \"stop\", \"front\"]\nstart = [\"CTL\", \"start\", \"front\"]\n\
             running = [\"CTL\", \"check\", \"state\"]\nrunning_prints = '{prints}'\ntimeout = \"2s\"\n"
        ));
    };
    service("^true$");
    fs::write(site.path().join("check-state"), "false").unwrap();
    site.expect(&CREATE, 0, "did not run");
    // One that cannot be asked is not one that does not run.
    fs::write(site.path().join("bad-state"), "").unwrap();
    site.log();
    site.expect(&CREATE, 12, "nobody can tell whether the service front runs");
    assert_eq!(site.log(), ["check state"]);
    fs::remove_file(site.path().join("bad-state")).unwrap();
    fs::write(site.path().join("check-state"), "true").unwrap();
    site.expect(&CREATE, 6, "the service front did not stop: it still runs");
    // A container has all its commands by its name.
    site.platform("[[service]]\nname = \"app\"\ncontainer = \"th-app\"\nengine = \"podman\"\nfreeze = true\n");
    let planned = site.expect(&[&CREATE[..], &["--dry-run"]].concat(), 0, "stop app: podman stop -- th-app");
    assert!(planned.stdout.contains("start app: podman start -- th-app"), "{planned:?}");
    site.expect(&[&CREATE[..], &["--dry-run", "--mode=frozen"]].concat(), 0, "freeze app: podman pause -- th-app");
    site.platform("[[service]]\nname = \"app\"\ncontainer = \"th-app\"\nunit = \"a.service\"\n");
    site.expect(&CREATE, 2, "a service has either `unit` or `container`");
}
