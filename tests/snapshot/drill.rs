//! Drills: a snapshot is restored on trial, certified, and nothing of the trial is left, whatever happens.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::Site;
use super::postgresql::{script, sql as psql};
use super::{mariadb, postgresql};
use crate::support::finish;
use crate::support::server::Server;

/// Files, a database of PostgreSQL and one of MariaDB.
struct Drilled {
    site: Site,
    postgresql: Server,
    mariadb: Server,
}

impl Site {
    /// Names in the folder of bundles, without reports and certificates.
    pub(super) fn kept(&self) -> Vec<String> {
        let names = fs::read_dir(self.path().join("out")).unwrap().map(|entry| entry.unwrap().file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        let mut names: Vec<String> =
            names.filter(|name| !name.ends_with(".txt") && !name.ends_with(".drill.json")).collect();
        names.sort();
        names
    }
}

/// Checks that a certificate is about every store, each of which has facts that were compared.
#[track_caller]
pub(super) fn is_full(found: &Value, names: &[&str]) {
    let stores = found["stores"].as_array().unwrap();
    let held: Vec<&str> = stores.iter().map(|store| store["name"].as_str().unwrap()).collect();
    assert_eq!(held, names, "{found}");
    let compared = |store: &Value| store["drilled"] == true && store["facts"].as_u64().unwrap() > 0;
    assert!(stores.iter().all(compared) && found["full"] == true, "{found}");
}

impl Drilled {
    fn new() -> Option<Self> {
        let (postgresql, mariadb) = (postgresql::server()?, mariadb::server()?);
        psql(&postgresql, "postgres", "CREATE DATABASE small");
        psql(&postgresql, "small", "CREATE TABLE p AS SELECT generate_series(1, 1000) AS v");
        mariadb::sql(
            &mariadb,
            "CREATE DATABASE small; CREATE TABLE small.t (id int PRIMARY KEY); USE small; INSERT INTO t SELECT seq FROM seq_1_to_1000; \
             CREATE VIEW small.v AS SELECT id FROM small.t",
        );
        let drilled = Self { site: Site::new(), postgresql, mariadb };
        drilled.describe("\"small\"");
        Some(drilled)
    }

    fn describe(&self, databases: &str) {
        self.site.platform(&format!(
            "[[service]]\nname = \"app\"\nstop = [\"CTL\", \"stop\", \"app\"]\nstart = [\"CTL\", \"start\", \"app\"]\n\
             [[store]]\nname = \"one\"\nkind = \"postgresql\"\nurl = \"{}\"\ndatabases = [{databases}]\n\
             [[store]]\nname = \"two\"\nkind = \"mariadb\"\nurl = \"{}\"\ndatabases = [\"small\"]\n",
            self.postgresql.url_of("postgres"),
            self.mariadb.url_of("")
        ));
    }

    /// All that a drill could leave.
    fn state(&self) -> (String, String, String, Vec<String>, Vec<String>) {
        let (one, two) = (postgresql::names(&self.postgresql), mariadb::names(&self.mariadb));
        (one, two, self.site.tree("list", "srv"), self.site.kept(), self.site.leftovers())
    }
}

/// The certificate beside a bundle.
pub(super) fn certificate(bundle: &Path) -> Option<Value> {
    let text = fs::read(format!("{}.drill.json", bundle.display())).ok()?;
    Some(serde_json::from_slice(&text).unwrap())
}

const DRILL: [&str; 3] = ["drill", "--platform=site.toml", "out"];

#[test]
fn a_drill_restores_everything_certifies_it_and_leaves_nothing() {
    let Some(drilled) = Drilled::new() else { return };
    let site = &drilled.site;
    site.expect(&DRILL, 10, "there is no snapshot of site");
    let older = site.create(&[]);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let bundle = site.create(&[]);
    let restore = ["restore", "--platform=site.toml", "--require-drill", "--root=root", "--file"];
    let restore = |bundle: &Path| {
        [&restore[..], &[bundle.to_str().unwrap()]].concat().iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let expect = |bundle: &Path, status: i32, words: &str| {
        let words_of: Vec<String> = restore(bundle);
        let arguments: Vec<&str> = words_of.iter().map(String::as_str).collect();
        site.expect(&arguments, status, words);
    };
    expect(&bundle, 7, "has no certificate of a drill");
    site.expect(&["list", "out", "--max-drill-age=1h"], 4, "no snapshot was drilled");
    site.log();
    let before = drilled.state();
    let ended = site.expect(&DRILL, 0, "finished");
    assert!(ended.stdout.contains("action       drill") && ended.stdout.contains("certificate"), "{ended:?}");
    assert_eq!(drilled.state(), before);
    assert_eq!(site.log(), Vec::<String>::new());
    // The certificate is about the newest one, all of it, by the digest that is beside it.
    let found = certificate(&bundle).unwrap();
    let digest = fs::read_to_string(format!("{}.sha256", bundle.display())).unwrap();
    assert_eq!(found["bundle"]["sha256"].as_str().unwrap(), digest.split(' ').next().unwrap());
    let stores: Vec<_> = found["stores"]
        .as_array()
        .unwrap()
        .iter()
        .map(|store| (store["name"].as_str().unwrap(), store["facts"].as_u64().unwrap()))
        .collect();
    assert_eq!(stores.iter().map(|(name, _)| *name).collect::<std::collections::BTreeSet<_>>().len(), 4, "{found}");
    assert!(stores.iter().all(|(_, facts)| *facts > 0) && found["full"] == true, "{found}");
    assert_eq!(found["facts"].as_u64().unwrap(), stores.iter().map(|(_, facts)| facts).sum::<u64>());
    assert!(certificate(&older).is_none());
    site.expect(&["list", "out", "--max-drill-age=1h"], 0, "never");
    expect(&bundle, 0, "finished");
    // One that is about another bundle, or about no bundle at all, is none.
    let own = format!("{}.drill.json", older.display());
    fs::copy(format!("{}.drill.json", bundle.display()), &own).unwrap();
    fs::remove_dir_all(site.path().join("root")).unwrap();
    expect(&older, 7, "is about another bundle");
    fs::write(&own, "{}").unwrap();
    expect(&older, 7, "cannot be read, or is of another version");
    fs::remove_file(&own).unwrap();
    fs::remove_file(format!("{}.drill.json", bundle.display())).unwrap();
    site.expect(&["list", "out", "--max-drill-age=1h"], 4, "no snapshot was drilled");
    // A drill that was killed is put back, and has no certificate.
    for point in [
        "restore.staged",
        "restore.member",
        "restore.built",
        "postgresql.rows",
        "mariadb.loaded",
        "mariadb.named",
        "mariadb.published",
        "restore.renamed",
        "drill.compared",
    ] {
        let killed = finish(site.command(&DRILL).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&DRILL, 9, "the drill");
        site.expect(&["recover"], 0, "");
        assert_eq!(drilled.state(), before, "{point}");
        assert!(certificate(&bundle).is_none(), "{point}");
    }
    site.expect(&[&DRILL[..2], &["--file=-"]].concat(), 2, "standard input");
}

#[test]
fn a_drill_that_is_none_is_no_drill() {
    let Some(drilled) = Drilled::new() else { return };
    let site = &drilled.site;
    let bundle = site.create(&["--compression=none"]);
    let before = drilled.state();
    // What is not equal to its facts is not certified.
    for (lie, status, words) in
        [("rows-fact", 4, "1000 rows instead of 1001"), ("mariadb-row", 6, "would alter or leave out a row")]
    {
        let forged = site.at("forged.tar");
        let ended =
            finish(Command::new("python3").arg(script("forge.py")).args([bundle.to_str().unwrap(), &forged, lie]));
        assert_eq!(ended.status, 0, "{ended:?}");
        site.expect(&[&DRILL[..2], &["--file", &forged]].concat(), status, words);
        assert_eq!(drilled.state(), before, "{lie}");
        assert!(certificate(Path::new(&forged)).is_none());
    }
    // A store of two databases has no second names: it is said, and a restore of it is refused.
    psql(&drilled.postgresql, "postgres", "CREATE DATABASE second");
    drilled.describe("\"small\", \"second\"");
    fs::remove_file(&bundle).unwrap();
    let bundle = site.create(&[]);
    let ended = site.expect(&DRILL, 0, "one: not restored in the drill: the store holds 2 databases");
    let found = certificate(&bundle).unwrap();
    assert!(found["full"] == false && ended.stdout.contains("finished"), "{found}");
    let restore =
        ["restore", "--platform=site.toml", "--require-drill", "--root=root", "--file", bundle.to_str().unwrap()];
    site.expect(&restore, 7, "the store one was not restored in the drill");
    assert_eq!(fs::read_dir(site.path().join("root")).unwrap().count(), 0);
    site.expect(&[&restore[..], &["--without=one"]].concat(), 0, "finished");
    site.expect(&["list", "out"], 0, "in part");
    // Only what was asked for; nothing at all is no drill.
    fs::remove_file(format!("{}.drill.json", bundle.display())).unwrap();
    site.expect(&[&DRILL[..], &["--only=files"]].concat(), 0, "two: not restored in the drill: it was not asked for");
    fs::remove_file(format!("{}.drill.json", bundle.display())).unwrap();
    site.expect(&[&DRILL[..], &["--only=one"]].concat(), 7, "no store of the snapshot can be restored on trial");
    assert!(certificate(&bundle).is_none());
}
