//! Snapshots of real trees with stand-ins for services: what is restored is what was there, by a script of another hand.

mod after;
mod based;
mod cassandra;
mod cassandra_faults;
mod damaged;
mod drill;
mod drill_thehive;
mod eclecticiq;
mod frozen;
mod killed;
mod mariadb;
mod mariadb_drawn;
mod mariadb_faults;
mod misp;
mod neo4j;
mod neo4j_faults;
mod objects;
mod options;
mod postgresql;
mod postgresql_archive;
mod postgresql_faults;
mod postgresql_files;
mod postgresql_plain;
mod process;
mod queues;
mod rebuild;
mod reports;
mod resumed;
mod resumed_create;
mod resumed_engines;
mod round;
mod safety;
mod search;
mod secrets;
mod services;
mod thehive;
mod units;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Ended, finish, gapsync};

/// The steps that a report shows.
fn steps(text: &str) -> Vec<String> {
    let lines = text.lines().skip_while(|line| *line != "Steps").skip(1).take_while(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// Checks that a dry run shows the steps that the run carries out, and nothing else.
#[track_caller]
fn same_steps(dry: &str, run: &str) {
    let (dry, run) = (steps(dry), steps(run));
    assert!(dry.len() > 3 && dry.len() == run.len(), "{dry:#?} {run:#?}");
    assert!(dry.iter().zip(&run).all(|(dry, run)| run.starts_with(dry.as_str())), "{dry:#?} {run:#?}");
}

/// A folder with a platform in it: a tree, a configuration, and services that a script plays.
struct Site {
    folder: tempfile::TempDir,
}

/// A program that plays services: it logs what it is asked, and keeps a file for each service that runs.
const CTL: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 9
echo "$@" >> log
case "$1" in
  stop) rm -f "run-$2"; [ ! -e "stubborn-$2" ] ;;
  start) if [ -e "broken-$2" ]; then echo "no such luck" >&2; exit 3; fi; : > "run-$2" ;;
  running) [ -e "run-$2" ] ;;
  check) cat "check-$2" && [ ! -e "bad-$2" ] ;;
esac
"#;

impl Site {
    /// A site with a small tree.
    fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(site.path().join("srv/files/sub")).unwrap();
        fs::create_dir(site.path().join("out")).unwrap();
        fs::create_dir_all(site.path().join("etc/app/keys")).unwrap();
        fs::write(site.path().join("srv/files/a"), "first").unwrap();
        fs::write(site.path().join("srv/files/sub/b"), "second").unwrap();
        fs::write(site.path().join("etc/app/app.conf"), "storage.location = nothing\n").unwrap();
        fs::write(site.path().join("etc/app/keys/key.pem"), "a key").unwrap();
        fs::write(site.path().join("ctl"), CTL).unwrap();
        fs::set_permissions(site.path().join("ctl"), fs::Permissions::from_mode(0o755)).unwrap();
        site.platform("");
        site
    }

    /// A site with a tree of everything.
    fn of_everything() -> Self {
        let site = Self::new();
        fs::remove_dir_all(site.path().join("srv/files")).unwrap();
        site.tree("make", "srv/files");
        site
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn at(&self, path: &str) -> String {
        self.path().join(path).display().to_string()
    }

    /// Writes the platform file: a store of files, one of the configuration, and more.
    fn platform(&self, more: &str) {
        let text = format!(
            "format = 1\nname = \"site\"\n[values]\nfiles = \"{0}/srv/files\"\n\
             [[store]]\nname = \"files\"\nkind = \"files\"\nfolder = \"${{files}}\"\n\
             [[store]]\nname = \"config\"\nkind = \"files\"\npaths = [\"{0}/etc/app\", \"{0}/etc/none-*\"]\n\
             secret = true\n{more}",
            self.path().display()
        );
        fs::write(self.path().join("site.toml"), text.replace("CTL", &self.at("ctl"))).unwrap();
    }

    /// Adds services to the platform that run, with checks.
    fn with_services(&self, more: &str) {
        let service = |name: &str| {
            format!(
                "[[service]]\nname = \"{name}\"\nstop = [\"CTL\", \"stop\", \"{name}\"]\n\
                 start = [\"CTL\", \"start\", \"{name}\"]\nrunning = [\"CTL\", \"running\", \"{name}\"]\ntimeout = \"10s\"\n"
            )
        };
        self.platform(&format!("{}{}{more}", service("front"), service("back")));
        for name in ["front", "back"] {
            fs::write(self.path().join(format!("run-{name}")), "").unwrap();
        }
    }

    fn runs(&self) -> bool {
        ["run-front", "run-back"].iter().all(|name| self.path().join(name).exists())
    }

    /// What the services were asked since the last time, without questions whether they run.
    fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path().join("log")).unwrap_or_default();
        let _ = fs::remove_file(self.path().join("log"));
        text.lines().filter(|line| !line.starts_with("running")).map(str::to_owned).collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = gapsync(std::iter::once("snapshot").chain(arguments.iter().copied()));
        command.current_dir(self.path()).env("GAPSYNC_STATE_DIR", self.path().join("state"));
        command.env("GAPSYNC_REPORT_DIR", self.path().join("out"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        finish(&mut self.command(arguments))
    }

    /// Runs a command and expects its exit status and words in what it says.
    #[track_caller]
    fn expect(&self, arguments: &[&str], status: i32, words: &str) -> Ended {
        let ended = self.run(arguments);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(ended.status == status && said.contains(words), "{arguments:?}: {status} and `{words}`: {ended:?}");
        ended
    }

    /// Makes a snapshot in the folder `out`, and gives its path.
    #[track_caller]
    fn create(&self, more: &[&str]) -> PathBuf {
        let before = self.bundles();
        let all = [&["create", "--platform=site.toml", "--target=out"], more].concat();
        let ended = self.run(&all);
        assert_eq!(ended.status, 0, "{ended:?}");
        let mut after = self.bundles();
        after.retain(|name| !before.contains(name));
        assert_eq!(after.len(), 1, "{after:?}");
        after.remove(0)
    }

    fn bundles(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path().join("out")).unwrap().map(|entry| entry.unwrap().path());
        let mut found: Vec<PathBuf> = entries
            .filter(|path| {
                let name = path.display().to_string();
                name.contains(".tar") && !name.ends_with(".sha256")
            })
            .collect();
        found.sort();
        found
    }

    /// Unpacks a bundle without gapsync, by the words of the README, and returns the folder of a store.
    #[track_caller]
    fn unpack_by_hand(&self, bundle: &str, store: &str) -> PathBuf {
        let readme = include_str!("../../README.md");
        let begin = readme.find("tar xf BUNDLE\nfor part in").expect("the README says how");
        let end = begin + readme[begin..].find("```").unwrap();
        let words = readme[begin..end].replace("BUNDLE", bundle).replace("STORE", store);
        let hand = self.path().join("hand");
        fs::create_dir(&hand).unwrap();
        let ended = finish(Command::new("sh").args(["-euc", &words]).current_dir(&hand));
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
        hand.join("files").join(store)
    }

    /// Runs the script that knows nothing of gapsync.
    #[track_caller]
    fn tree(&self, what: &str, folder: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot/tree.py");
        let ended = finish(Command::new("python3").arg(script).args([what, folder]).current_dir(self.path()));
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        ended.stdout
    }

    /// Names of what begins with a dot, or is incomplete, anywhere but in the tree of everything.
    fn leftovers(&self) -> Vec<String> {
        let mut open = vec![self.path().to_owned()];
        let mut found = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if name.starts_with(".gapsync") || name.ends_with(".part") || name == "snapshot.json" {
                    found.push(path.display().to_string());
                } else if path.is_dir() && !path.is_symlink() {
                    open.push(path);
                }
            }
        }
        found
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Folders that nobody may write would stay behind.
        let _ = Command::new("chmod").args(["-R", "u+rwX"]).arg(self.path()).output();
    }
}
