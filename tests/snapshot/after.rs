//! Steps after a restore run in order, as their users, until they have really ended; reports about what was restored.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::Site;
use super::services::answers;
use crate::support::{Ended, finish};

/// A stand-in for a platform's own program: it logs who runs it with what, and whether services run meanwhile.
const EIQ: &str = r#"#!/bin/sh
site=$(dirname "$0")
[ -e "$site/run-front" ] && services=running || services=stopped
echo "$(id -un) $EIQ_SETTINGS $services $*" >> "$site/logs/eiq"
[ ! -e "$site/logs/bad-$2" ] || { echo "no such index" >&2; exit 4; }
case "$1" in reindex) echo "$2 from $EIQ_SETTINGS" > "$site/logs/index-$2" ;; esac
"#;

struct Eiq {
    site: Site,
    user: String,
}

impl Eiq {
    fn new(more: &str) -> Self {
        let site = Site::new();
        let open = |path: &str, mode| {
            fs::set_permissions(site.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
        };
        fs::create_dir(site.path().join("logs")).unwrap();
        fs::write(site.path().join("eiq"), EIQ).unwrap();
        open("", 0o755);
        open("logs", 0o777);
        open("eiq", 0o755);
        let own = finish(std::process::Command::new("id").arg("-un")).stdout.trim().to_owned();
        let user = if own == "root" { "nobody".to_owned() } else { own };
        let eiq = Self { site, user };
        eiq.platform(more);
        eiq
    }

    fn platform(&self, more: &str) {
        let eiq = self.site.at("eiq");
        self.site.with_services(&format!(
            "[[after]]\nname = \"reload\"\nrun = [\"{eiq}\", \"reload\", \"all\"]\nservices = \"running\"\n\
             [[after]]\nname = \"reindex\"\nrun = [\"{eiq}\", \"reindex\", \"${{item}}\"]\n\
             each = [\"audit\", \"draft-entities*\"]\nuser = \"{}\"\nenv = {{ EIQ_SETTINGS = \"${{files}}/x y\" }}\n\
             stores = [\"files\"]\nservices = \"stopped\"\ntimeout = \"20s\"\n\
             [[after]]\nname = \"upgrade\"\nrun = [\"{eiq}\", \"upgrade\", \"now\"]\nservices = \"stopped\"\n{more}",
            self.user
        ));
    }

    /// What the program was asked since the last time.
    fn ran(&self) -> Vec<String> {
        let path = self.site.path().join("logs/eiq");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        text.lines().map(str::to_owned).collect()
    }

    fn all(&self) -> Vec<String> {
        let own = finish(std::process::Command::new("id").arg("-un")).stdout.trim().to_owned();
        let settings = self.site.at("srv/files/x y");
        vec![
            format!("{} {settings} stopped reindex audit", self.user),
            format!("{} {settings} stopped reindex draft-entities*", self.user),
            format!("{own}  stopped upgrade now"),
            format!("{own}  running reload all"),
        ]
    }

    fn bundle(&self) -> String {
        let bundle = self.site.create(&[]).display().to_string();
        self.site.log();
        bundle
    }

    fn restore(&self, bundle: &str, more: &[&str]) -> Ended {
        let all = ["restore", "--platform=site.toml", "--replace", "--file", bundle];
        self.site.run(&[&all[..], more].concat())
    }
}

#[test]
fn steps_run_once_an_item_as_their_user_while_services_are_as_they_say() {
    let eiq = Eiq::new("");
    let bundle = eiq.bundle();
    assert_eq!(eiq.ran(), Vec::<String>::new());
    let steps = |ended: &Ended| -> Vec<String> {
        assert_eq!(ended.status, 0, "{ended:?}");
        let lines = ended.stdout.lines().skip_while(|line| *line != "Steps").skip(1);
        let named = lines.take_while(|line| line.starts_with(' ')).map(|line| line.trim().to_owned());
        named.map(|line| line.split_once(": ").map_or(line.clone(), |(name, _)| name.to_owned())).collect()
    };
    let planned = eiq.restore(&bundle, &["--dry-run"]);
    assert!(planned.stdout.contains(&format!("run reindex audit as {} with EIQ_SETTINGS", eiq.user)), "{planned:?}");
    assert_eq!(eiq.ran(), Vec::<String>::new());
    let ran = eiq.restore(&bundle, &[]);
    assert_eq!(steps(&planned), steps(&ran));
    assert_eq!(eiq.ran(), eiq.all());
    assert_eq!(eiq.site.log(), ["stop front", "stop back", "start back", "start front"]);
    // Twice is as once.
    let index = || fs::read(eiq.site.path().join("logs/index-audit")).unwrap();
    let once = index();
    assert_eq!(eiq.restore(&bundle, &[]).status, 0);
    assert_eq!((eiq.ran(), index()), (eiq.all(), once));

    // Services that are to stay stopped leave out what needs them, and say so.
    let ended = eiq.restore(&bundle, &["--no-start"]);
    assert_eq!(eiq.ran(), eiq.all()[..3]);
    assert!(ended.stdout.contains("once the services run, run reload: "), "{ended:?}");
    eiq.site.with_services("");
    eiq.platform("");

    // Nothing follows what is put elsewhere, and a step for one store not another one.
    assert_eq!(eiq.restore(&bundle, &["--root=beside"]).status, 0);
    let elsewhere = format!("--rename=files={}", eiq.site.at("elsewhere"));
    assert_eq!(eiq.restore(&bundle, &[&elsewhere, "--only=files"]).status, 0);
    assert_eq!(eiq.restore(&bundle, &["--only=config"]).status, 0);
    assert_eq!(eiq.ran(), Vec::<String>::new());
}

#[test]
fn a_step_that_fails_is_6_and_the_later_ones_do_not_run() {
    let eiq = Eiq::new("");
    let bundle = eiq.bundle();
    fs::write(eiq.site.path().join("srv/files/newer"), "").unwrap();
    fs::write(eiq.site.path().join("logs/bad-draft-entities*"), "").unwrap();
    let ended = eiq.restore(&bundle, &[]);
    assert_eq!(ended.status, 6, "{ended:?}");
    for said in [
        "the step reindex draft-entities* after the restore failed: ended with status 4: no such index",
        "this step is not done: reindex draft-entities*",
        "this step is not done: upgrade",
        "these services stay stopped: front, back",
    ] {
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
    }
    assert_eq!(eiq.ran(), eiq.all()[..2]);
    assert_eq!(eiq.site.log(), ["stop front", "stop back"]);
    // The store is in its place.
    assert!(!eiq.site.path().join("srv/files/newer").exists());
    assert_eq!(eiq.site.leftovers(), Vec::<String>::new());
    eiq.platform("");

    // One that takes too long, with all that it has started.
    let marker = eiq.site.at("logs/marker");
    let slow = format!("[[after]]\nname = \"slow\"\nrun = [\"sh\", \"-c\", \"sleep 4 && touch {marker}; true\"]\n");
    eiq.platform(&format!("{slow}services = \"stopped\"\ntimeout = \"1s\"\nuser = \"{}\"\n", eiq.user));
    fs::remove_file(eiq.site.path().join("logs/bad-draft-entities*")).unwrap();
    let ended = eiq.restore(&bundle, &[]);
    assert!(ended.status == 6 && ended.stderr.contains("slow after the restore failed: took too long"), "{ended:?}");
    std::thread::sleep(Duration::from_secs(5));
    assert!(!fs::exists(&marker).unwrap());

    // A user that is not known is refused before anything is changed.
    eiq.platform("[[after]]\nname = \"x\"\nrun = [\"true\"]\nservices = \"stopped\"\nuser = \"nobody-knows\"\n");
    eiq.site.log();
    fs::write(eiq.site.path().join("srv/files/newer"), "").unwrap();
    for more in [&["--dry-run"][..], &[]] {
        let ended = eiq.restore(&bundle, more);
        assert!(ended.status == 7 && ended.stderr.contains("`x` is run as the user nobody-knows"), "{ended:?}");
    }
    assert!(eiq.site.path().join("srv/files/newer").exists());
    assert_eq!((eiq.site.log(), eiq.site.leftovers()), (Vec::new(), Vec::new()));
}

#[test]
fn a_killed_step_leaves_services_stopped_and_says_what_is_to_be_done() {
    let eiq = Eiq::new("");
    let bundle = eiq.bundle();
    let restore = ["restore", "--platform=site.toml", "--replace", "--file", &bundle];
    let killed = finish(eiq.site.command(&restore).env("GAPSYNC_FAIL_POINT", "restore.before-after:2"));
    assert_eq!(killed.status, -1, "{killed:?}");
    let ended = eiq.site.expect(&["recover"], 0, "left front stopped: run reindex draft-entities*");
    assert!(ended.stdout.contains("; upgrade: ") && !ended.stdout.contains("audit"), "{ended:?}");
    assert!(ended.stdout.contains(&format!("then start it: {} start front", eiq.site.at("ctl"))), "{ended:?}");
    assert!(!eiq.site.runs());
    assert_eq!(eiq.site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_step_in_the_background_is_waited_for_to_its_real_end() {
    let eiq = Eiq::new("");
    let (url, mut server) = answers(eiq.site.path());
    let answer = |text: &str| fs::write(eiq.site.path().join("answer"), text).unwrap();
    let settled = |timeout: &str| {
        format!(
            "[[after]]\nname = \"migrate\"\nrun = [\"true\"]\nservices = \"stopped\"\n\
             settled = {{ http = \"{url}\", json = \"/version\", one_of = [\"2\"], timeout = \"{timeout}\" }}\n"
        )
    };
    eiq.platform(&settled("60s"));
    let bundle = eiq.bundle();
    answer("200 {\"version\": 1}");
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let restored = scope.spawn(|| eiq.restore(&bundle, &[]));
        std::thread::sleep(Duration::from_secs(4));
        // It waits, with the services stopped.
        assert!(!restored.is_finished() && !eiq.site.runs());
        answer("200 {\"version\": 2}");
        assert_eq!(restored.join().unwrap().status, 0);
    });
    assert!(begun.elapsed() < Duration::from_secs(30) && eiq.site.runs());
    eiq.platform(&settled("2s"));
    answer("200 {\"version\": 1}");
    let ended = eiq.restore(&bundle, &[]);
    let said = "the step migrate after the restore failed: it has not ended after 2 s: /version is none of 2";
    assert!(ended.status == 6 && ended.stderr.contains(said), "{ended:?}");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn what_a_report_finds_is_3_and_stands_in_the_report() {
    let report = "[[report]]\nname = \"half\"\nrun = [\"CTL\", \"check\", \"half\"]\nstores = [\"files\"]\n";
    let eiq = Eiq::new(report);
    let bundle = eiq.bundle();
    let half = eiq.site.path().join("check-half");
    fs::write(&half, "").unwrap();
    let ended = eiq.restore(&bundle, &[]);
    assert_eq!(ended.status, 0, "{ended:?}");
    fs::write(&half, "17 failed\n\n18 \u{1b}[31mred\n").unwrap();
    let ended = eiq.restore(&bundle, &[]);
    assert_eq!(ended.status, 3, "{ended:?}");
    assert!(ended.stdout.contains("half: 17 failed") && ended.stdout.contains("half: 18 "), "{ended:?}");
    assert!(!ended.stdout.contains('\u{1b}'), "{ended:?}");
    assert!(eiq.site.runs());
    // One that cannot be made is to be seen to as well.
    fs::write(eiq.site.path().join("bad-half"), "").unwrap();
    let ended = eiq.restore(&bundle, &[]);
    assert!(ended.status == 3 && ended.stdout.contains("the report half could not be made"), "{ended:?}");
}

#[test]
fn a_mistake_in_a_step_is_reported_with_its_line() {
    let eiq = Eiq::new("");
    let step = |text: &str| {
        eiq.site.platform(&format!("[[after]]\nname = \"x\"\n{text}"));
        eiq.site.run(&["create", "--platform=site.toml", "--target=out", "--dry-run"])
    };
    for (text, said) in [
        ("run = [\"a\", \"${item}\"]\nservices = \"stopped\"\n", "`each` and `${item}` in `run` belong together"),
        ("run = [\"a\"]\neach = [\"i\"]\nservices = \"stopped\"\n", "`each` and `${item}` in `run` belong together"),
        ("run = [\"a\"]\nservices = \"frozen\"\n", "`services` is \"stopped\" or \"running\""),
        ("run = [\"a\"]\n", "missing field `services`"),
        ("run = [\"a\"]\nservices = \"stopped\"\nstores = [\"none\"]\n", "there is no store of this name"),
        ("run = [\"a\"]\nservices = \"stopped\"\nsettled = { timeout = \"1s\" }\n", "either `run` or `http`"),
    ] {
        let ended = step(text);
        assert!(ended.status == 2 && ended.stderr.contains(said) && ended.stderr.contains("line"), "{said}: {ended:?}");
    }
    assert_eq!(step("run = [\"a\"]\nservices = \"stopped\"\n").status, 0);
}
