//! Indices of real engines: what is restored is what was there, by a script of another hand, and nothing is left in the engine.

mod broken;
mod killed;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Site;
use super::process::{Process, empty, wait_until};
use crate::support::{Ended, finish, service};

/// Tests look at all that an engine holds, so only one of them may work with it.
static ENGINES: Mutex<()> = Mutex::new(());

/// An engine, which a test has for itself.
pub(super) struct Engine {
    pub(super) url: String,
    _alone: MutexGuard<'static, ()>,
}

impl Engine {
    /// The engine of a variable; none if the environment does not have it.
    pub(super) fn of(variable: &str) -> Option<Self> {
        let url = service(&variable["GAPSYNC_TEST_".len()..].to_lowercase(), variable)?;
        let engine = Self { url, _alone: ENGINES.lock().unwrap_or_else(PoisonError::into_inner) };
        engine.clear();
        Some(engine)
    }

    pub(super) fn opensearch() -> Option<Self> {
        Self::of("GAPSYNC_TEST_OPENSEARCH")
    }

    fn try_script(&self, what: &str, more: &[&str]) -> Ended {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot/search.py");
        finish(Command::new("python3").arg(script).args([what, &self.url]).args(more))
    }

    /// Runs the script that knows nothing of gapsync.
    #[track_caller]
    pub(super) fn script(&self, what: &str, more: &[&str]) -> String {
        let ended = self.try_script(what, more);
        assert_eq!(ended.status, 0, "{what} {more:?}: {}", ended.stderr);
        ended.stdout
    }

    /// What an index is.
    #[track_caller]
    pub(super) fn list(&self, index: &str) -> String {
        self.script("list", &[index])
    }

    /// The names of repositories and indices.
    pub(super) fn left(&self) -> String {
        self.script("left", &[])
    }

    fn clear(&self) {
        let left = self.left();
        for name in left.split('\'').filter(|name| name.starts_with("site") || name.starts_with("gapsync_")) {
            let path = if name.starts_with("site") { format!("/{name}") } else { format!("/_snapshot/{name}") };
            self.script("delete", &[&path]);
        }
    }

    /// Where the engine keeps repositories, as it says itself.
    pub(super) fn folder(&self) -> PathBuf {
        let said = self.script("get", &["/_nodes/settings"]);
        let (_, after) = said.split_once("\"repo\": [\"").expect("path.repo is set");
        after.split('"').next().unwrap().into()
    }

    /// The folder of OpenSearch, which holds its data and its log, and its process.
    pub(super) fn process(&self) -> (PathBuf, Process) {
        let data: PathBuf = service("opensearch", "GAPSYNC_TEST_OPENSEARCH_DATA").unwrap().into();
        let home = data.parent().unwrap().to_owned();
        let process = Process::of(
            &format!("-Dopensearch.path.home={}", home.join("home").display()),
            "org.opensearch.bootstrap.OpenSearch",
        );
        (home, process)
    }

    /// Starts OpenSearch as one that nobody has ever used, at the same address. It does not answer yet.
    pub(super) fn start_empty(&self) {
        let (repositories, (home, process)) = (self.folder(), self.process());
        process.kill();
        empty(&[home.join("data"), repositories]);
        process.start(&home);
    }

    /// Waits until the engine answers.
    pub(super) fn wait(&self) {
        wait_until("the engine answers", || self.try_script("left", &[]).status == 0);
    }

    /// Waits until all of an index can be read.
    pub(super) fn wait_for(&self, index: &str) {
        wait_until("the index is whole", || self.try_script("list", &[index]).status == 0);
    }

    /// Checks that nothing of a snapshot or restore is left in the engine, but for indices.
    #[track_caller]
    pub(super) fn expect_left(&self, indices: &[&str]) {
        let left = self.left();
        let indices: Vec<String> = indices.iter().map(|index| format!("'{index}'")).collect();
        assert_eq!(left, format!("repositories []\nindices [{}]\n", indices.join(", ")));
        let files: Vec<_> = std::fs::read_dir(self.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.is_empty(), "{files:?}");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.clear();
        }
    }
}

impl Site {
    /// Describes a platform with indices as well, and services if it is to be stopped.
    pub(super) fn with_indices(&self, engine: &Engine, indices: &str, stopped: bool, more: &str) {
        let store = format!(
            "[[store]]\nname = \"index\"\nkind = \"elasticsearch\"\nurl = \"{}\"\nindices = {indices}\n{more}",
            engine.url
        );
        if stopped { self.with_services(&store) } else { self.platform(&store) }
    }

    /// The arguments that restore the indices of a bundle.
    pub(super) fn restore_index<'a>(&self, bundle: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
        let all = ["restore", "--platform=site.toml", "--only=index", "--file", bundle.to_str().unwrap()];
        [&all[..], more].concat()
    }
}

fn comes_back(engine: &Engine) {
    engine.script("load", &["site_global", "20020"]);
    let was = engine.list("site_global");
    assert!(was.starts_with("documents 20000 20000 "), "{was}");
    let site = Site::new();
    site.with_indices(engine, "[\"site_global\"]", true, "");
    let bundle = site.create(&[]);
    engine.expect_left(&["site_global"]);
    assert_eq!(engine.list("site_global"), was);
    site.expect(&["verify", bundle.to_str().unwrap()], 0, "is intact");

    // Its place is taken.
    site.expect(&site.restore_index(&bundle, &[]), 7, "there is an index or alias site_global already");
    site.expect(&site.restore_index(&bundle, &["--rename=index=site_global-all"]), 7, "--rename index=NAME");
    engine.expect_left(&["site_global"]);

    // Beside the living one, which has changed since.
    engine.script("put", &["/site_global/_doc/new?refresh=true", "{\"n\": -1}"]);
    let changed = engine.list("site_global");
    assert_ne!(changed, was);
    site.expect(&site.restore_index(&bundle, &["--rename=index=site_restored"]), 0, "finished");
    assert_eq!(engine.list("site_global"), changed);
    let restored = engine.list("site_restored");
    let aliases = was.lines().find(|line| line.starts_with("aliases")).unwrap();
    assert_eq!(restored, was.replace(aliases, "aliases {}"));
    engine.expect_left(&["site_global", "site_restored"]);

    // Under its own name, with its aliases.
    engine.script("delete", &["/site_global"]);
    site.expect(&site.restore_index(&bundle, &[]), 0, "finished");
    assert_eq!(engine.list("site_global"), was);
    engine.expect_left(&["site_global", "site_restored"]);
    assert!(site.runs());
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn an_index_of_opensearch_comes_back_under_its_name_and_beside_itself() {
    let Some(engine) = Engine::opensearch() else { return };
    comes_back(&engine);
}

#[test]
fn an_index_of_elasticsearch_8_comes_back_under_its_name_and_beside_itself() {
    let Some(engine) = Engine::of("GAPSYNC_TEST_ELASTICSEARCH_8") else { return };
    comes_back(&engine);
}

#[test]
fn an_index_of_elasticsearch_7_comes_back_under_its_name_and_beside_itself() {
    let Some(engine) = Engine::of("GAPSYNC_TEST_ELASTICSEARCH_7") else { return };
    comes_back(&engine);
}

#[test]
fn an_unpacked_bundle_is_a_repository_for_the_hands_of_anyone() {
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_hand", "1000"]);
    engine.script("big", &["site_big", "40"]);
    let was = engine.list("site_hand");
    let site = Site::new();
    site.with_indices(&engine, "[\"site_hand\", \"site_big\"]", true, "");
    let bundle = site.create(&["--compression=gzip", "--only=index"]);
    engine.script("delete", &["/site_hand,site_big"]);
    let place = engine.folder().join("hand");
    let run = |program: &str, arguments: &[&str]| {
        let ended = finish(Command::new(program).args(arguments));
        assert_eq!(ended.status, 0, "{program} {arguments:?}: {}", ended.stderr);
    };
    let (folder, to) = (engine.folder().display().to_string(), place.display().to_string());
    std::fs::create_dir(&place).unwrap();
    run("tar", &["xf", bundle.to_str().unwrap(), "-C", &to, "--strip-components=3", "files/index/repository"]);
    run("chown", &["-R", "--reference", &folder, &to]);
    let settings = format!("{{\"type\": \"fs\", \"settings\": {{\"location\": \"{to}\", \"readonly\": true}}}}");
    engine.script("put", &["/_snapshot/gapsync_hand", &settings]);
    let said = engine.script("get", &["/_snapshot/gapsync_hand/_all"]);
    let snapshot = said.split('"').find(|word| word.starts_with("gapsync_")).unwrap();
    let restore = format!("/_snapshot/gapsync_hand/{snapshot}/_restore?wait_for_completion=true");
    let said = engine.script("post", &[&restore, "{\"include_global_state\": false}"]);
    assert!(said.contains("\"failed\": 0"), "{said}");
    assert_eq!(engine.list("site_hand"), was);
    assert!(engine.script("get", &["/site_big/_count"]).contains("\"count\": 40,"));
    engine.script("delete", &["/_snapshot/gapsync_hand"]);
    std::fs::remove_dir_all(place).unwrap();
}

#[test]
fn a_dry_run_shows_the_steps_and_leaves_the_engine_alone() {
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_dry", "100"]);
    let site = Site::new();
    site.with_indices(&engine, "[\"site_dry\"]", true, "");
    let create = ["create", "--platform=site.toml", "--target=out"];
    let ended = site.expect(&[&create[..], &["--dry-run"]].concat(), 0, "gapsync_<id>");
    assert!(ended.stdout.contains(&format!("{}/site_dry", engine.url)), "{}", ended.stdout);
    assert_eq!(site.log(), Vec::<String>::new());
    engine.expect_left(&["site_dry"]);
    let bundle = site.create(&[]);
    site.expect(&site.restore_index(&bundle, &["--dry-run"]), 7, "there is an index or alias site_dry already");
    site.expect(&site.restore_index(&bundle, &["--dry-run", "--rename=index=site_dry2"]), 0, "site_dry2");
    engine.expect_left(&["site_dry"]);
}

#[test]
fn several_indices_are_chosen_by_a_pattern_and_renamed_by_one() {
    let Some(engine) = Engine::opensearch() else { return };
    for index in ["site_a", "site_b", "site-other"] {
        engine.script("load", &[index, "100"]);
    }
    let site = Site::new();
    site.with_indices(&engine, "[\"site_*\"]", false, "");
    let bundle = site.create(&[]);
    site.expect(&site.restore_index(&bundle, &["--rename=index=site-one"]), 2, "2 indices cannot get one name");
    site.expect(&site.restore_index(&bundle, &["--rename=index=UP"]), 2, "no index can be called `UP`");
    site.expect(&site.restore_index(&bundle, &[]), 7, "there is an index or alias site_a already");
    engine.expect_left(&["site-other", "site_a", "site_b"]);
    site.expect(&site.restore_index(&bundle, &["--rename=index=site$1-*"]), 0, "finished");
    for index in ["site_a", "site_b"] {
        let documents = |index: &str| engine.list(index).lines().next().unwrap().to_owned();
        assert_eq!(documents(index), documents(&format!("site$1-{index}")));
    }
    engine.expect_left(&["site$1-site_a", "site$1-site_b", "site-other", "site_a", "site_b"]);
    // One of several places is taken: none is filled.
    engine.script("delete", &["/site_a"]);
    site.expect(&site.restore_index(&bundle, &[]), 7, "site_b already");
    engine.expect_left(&["site$1-site_a", "site$1-site_b", "site-other", "site_b"]);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn an_older_engine_or_another_product_is_refused_and_a_newer_one_reads_it() {
    let variables = ["GAPSYNC_TEST_ELASTICSEARCH_7", "GAPSYNC_TEST_ELASTICSEARCH_8", "GAPSYNC_TEST_OPENSEARCH"]
        .map(|variable| service(&variable["GAPSYNC_TEST_".len()..].to_lowercase(), variable));
    let [Some(_), Some(eight), Some(open)] = variables else { return };
    let Some(engine) = Engine::of("GAPSYNC_TEST_ELASTICSEARCH_7") else { return };
    engine.script("load", &["site_7", "500"]);
    let was = engine.list("site_7");
    let site = Site::new();
    site.with_indices(&engine, "[\"site_7\"]", true, "");
    let bundle = site.create(&[]);
    let text = std::fs::read_to_string(site.path().join("site.toml")).unwrap();
    let at = |url: &str| std::fs::write(site.path().join("site.toml"), text.replace(&engine.url, url)).unwrap();
    at(&open);
    site.expect(&site.restore_index(&bundle, &[]), 7, "cannot restore a snapshot of Elasticsearch 7.17");
    at(&eight);
    site.expect(&site.restore_index(&bundle, &[]), 0, "finished");
    let script = |what: &str, more: &[&str]| {
        let engine = Command::new("python3")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot/search.py"))
            .args([what, &eight])
            .args(more)
            .output()
            .unwrap();
        String::from_utf8(engine.stdout).unwrap()
    };
    assert_eq!(script("list", &["site_7"]), was);
    // And back: never.
    site.with_indices(&engine, "[\"site_7\"]", true, "");
    at(&eight);
    let newer = site.create(&[]);
    at(&engine.url);
    engine.script("delete", &["/site_7"]);
    site.expect(&site.restore_index(&newer, &[]), 7, "cannot restore a snapshot of Elasticsearch 8");
    script("delete", &["/site_7"]);
    engine.expect_left(&[]);
}
