//! A store that is rebuilt: the flag for it is in the configuration for exactly one start, whatever happens.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::Site;
use crate::support::finish;

/// A stand-in for the application: it says at each start whether the flag is in its configuration.
const APP: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 9
case "$1" in
  stop) rm -f run-app ;;
  start)
    grep -q '^db.forceDropAndRebuildIndex = true$' etc/app/app.conf && echo with >> starts || echo without >> starts
    [ ! -e broken ] && : > run-app ;;
  running | ready) [ -e run-app ] ;;
esac
"#;

const CONF: &str = "storage.location = nothing # ünd\ndb { forceDropAndRebuildIndex = false }";

fn site() -> Site {
    let site = Site::new();
    fs::write(site.path().join("app"), APP).unwrap();
    fs::set_permissions(site.path().join("app"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(site.path().join("etc/app/app.conf"), CONF).unwrap();
    fs::write(site.path().join("run-app"), "").unwrap();
    platform(&site, "app", "");
    site
}

fn platform(site: &Site, until: &str, more: &str) {
    let (app, conf) = (site.at("app"), site.at("etc/app/app.conf"));
    let command = |word: &str| format!("{word} = [\"{app}\", \"{word}\"]\n");
    let service: String = ["stop", "start", "running", "ready"].map(command).concat();
    site.platform(&format!(
        "[[service]]\nname = \"app\"\ntimeout = \"5s\"\n{service}\
         [[store]]\nname = \"index\"\nkind = \"elasticsearch\"\nmode = \"rebuild\"\nderived_from = \"files\"\n\
         rebuild = {{ set = {{ file = \"{conf}\", syntax = \"hocon\", key = \"db.forceDropAndRebuildIndex\", \
         value = true }}, until = \"{until}\" }}\n{more}"
    ));
}

/// The starts since the last time: whether the flag was there.
fn starts(site: &Site) -> Vec<String> {
    let text = fs::read_to_string(site.path().join("starts")).unwrap_or_default();
    let _ = fs::remove_file(site.path().join("starts"));
    text.lines().map(str::to_owned).collect()
}

#[track_caller]
fn expect_untouched(site: &Site) {
    assert_eq!(fs::read_to_string(site.path().join("etc/app/app.conf")).unwrap(), CONF);
}

fn restore(bundle: &Path) -> Vec<String> {
    let file = bundle.to_str().unwrap();
    ["restore", "--platform=site.toml", "--replace", "--only=files,index", "--file", file].map(str::to_owned).to_vec()
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn the_flag_is_there_for_one_start() {
    let site = site();
    let bundle = site.create(&[]);
    assert_eq!(starts(&site), ["without"]);
    let inode = fs::metadata(site.path().join("etc/app/app.conf")).unwrap().ino();
    let restore = restore(&bundle);
    let dry =
        site.expect(&[&words(&restore)[..], &["--dry-run"]].concat(), 0, "put db.forceDropAndRebuildIndex = true");
    assert!(dry.stdout.contains("take out db.forceDropAndRebuildIndex = true"), "{}", dry.stdout);
    assert_eq!(starts(&site), Vec::<String>::new());
    expect_untouched(&site);
    site.expect(&words(&restore), 0, "index");
    assert_eq!(starts(&site), ["with"]);
    expect_untouched(&site);
    assert_eq!(fs::metadata(site.path().join("etc/app/app.conf")).unwrap().ino(), inode);
    // The next start has none, and a restore of something else needs none.
    site.create(&[]);
    assert_eq!(starts(&site), ["without"]);
    let config = ["restore", "--platform=site.toml", "--only=config,index", "--file", bundle.to_str().unwrap()];
    site.expect(&config, 0, "finished");
    assert_eq!(starts(&site), Vec::<String>::new());
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_start_by_hand_is_told_what_it_needs() {
    let site = site();
    let bundle = site.create(&[]);
    starts(&site);
    let words_of_it = "put the line `db.forceDropAndRebuildIndex = true` at the end of";
    let restore = restore(&bundle);
    site.expect(&[&words(&restore)[..], &["--no-start"]].concat(), 0, words_of_it);
    assert_eq!(starts(&site), Vec::<String>::new());
    // It did not run before, so it is not started now.
    site.expect(&words(&restore), 0, words_of_it);
    assert_eq!(starts(&site), Vec::<String>::new());
    fs::write(site.path().join("run-app"), "").unwrap();
    fs::write(site.path().join("broken"), "").unwrap();
    site.expect(&words(&restore), 13, words_of_it);
    assert_eq!(starts(&site), ["with"]);
    expect_untouched(&site);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_killed_restore_still_has_one_start_with_the_flag() {
    let site = site();
    let bundle = site.create(&[]);
    starts(&site);
    let restore = restore(&bundle);
    for (point, expected) in [
        ("restore.stopped", "without"),
        ("restore.renamed", "without"),
        ("restore.before-flag", "with"),
        ("restore.flagged", "with"),
        ("restore.before-unflag", "with"),
    ] {
        let killed = finish(site.command(&words(&restore)).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&["recover"], 0, "");
        assert_eq!(starts(&site), [expected], "{point}");
        expect_untouched(&site);
        assert!(site.path().join("run-app").exists(), "{point}");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
    }
}

#[test]
fn a_flag_that_cannot_take_effect_is_refused_before_anything_is_stopped() {
    let site = site();
    let bundle = site.create(&[]);
    starts(&site);
    let conf = site.path().join("etc/app/app.conf");
    let flagged = format!("{CONF}\n# gapsync: the next lines are for one start only\n");
    fs::write(&conf, &flagged).unwrap();
    site.expect(&words(&restore(&bundle)), 2, "a flag for one start is in the configuration already");
    fs::remove_file(&conf).unwrap();
    site.expect(&words(&restore(&bundle)), 10, "app.conf");
    assert_eq!(starts(&site), Vec::<String>::new());
    for (until, more, words) in [
        ("other", "", "there is no service of this name"),
        ("app", "[[store]]\nname = \"x\"\nkind = \"opensearch\"\nmode = \"rebuild\"\n", "needs `rebuild`"),
        (
            "app",
            "[[store]]\nname = \"x\"\nkind = \"opensearch\"\nmode = \"y\"\n",
            "`mode` is \"snapshot\" or \"rebuild\"",
        ),
    ] {
        platform(&site, until, more);
        site.expect(&["create", "--platform=site.toml", "--target=out"], 2, words);
    }
}
