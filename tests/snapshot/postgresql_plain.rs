//! All databases of a server as the script of `pg_dumpall`: into a server that is empty, and into no other one.

use std::process::Command;

use super::Site;
use super::postgresql::{content, everything, names, same, server, sql};
use crate::support::finish;
use crate::support::server::Server;

fn platform(site: &Site, server: &Server) {
    site.platform(&format!(
        "[[store]]\nname = \"data\"\nkind = \"postgresql\"\nplain = true\nurl = \"{}\"\n",
        server.url_of("postgres")
    ));
}

#[test]
fn a_script_of_all_databases_comes_back_in_an_empty_server_alone() {
    let (Some(source), Some(target)) = (everything(), server()) else { return };
    let site = Site::new();
    platform(&site, &source);
    let was = content(&source, "whole one", &["roles"]);
    let bundle = site.create(&["--only=data", "--compression=none"]).display().to_string();
    // The script is the literal one, which psql reads by hand.
    let tar = finish(Command::new("tar").args(["xOf", &bundle, "files/data/dump.sql"]));
    assert!(tar.stdout.contains("-- PostgreSQL database cluster dump"), "{}", &tar.stdout[..200.min(tar.stdout.len())]);
    // Its own server would have every row twice.
    let before = names(&source);
    site.restore_databases(&bundle, &[], 7, "the server is not empty");
    site.restore_databases(&bundle, &["--rename=data=x"], 2, "cannot be renamed");
    assert_eq!(names(&source), before);
    same(&was, &content(&source, "whole one", &["roles"]));
    platform(&site, &target);
    let empty = names(&target);
    sql(&target, "postgres", "CREATE ROLE somebody");
    site.restore_databases(&bundle, &[], 7, "it has a role somebody");
    sql(&target, "postgres", "DROP ROLE somebody; CREATE TABLE t (v int)");
    site.restore_databases(&bundle, &[], 7, "something in its database postgres");
    sql(&target, "postgres", "DROP TABLE t");
    // The first error ends it, and what it has made is gone; so is what a killed one has made.
    let wrong = site.programs(&[(
        "psql",
        "if [ \"$1\" = --version ]; then exec REAL \"$@\"; fi; { head -n 60; echo 'SELECT nothing;'; } | REAL \"$@\"",
    )]);
    site.platform(&format!(
        "[[store]]\nname = \"data\"\nkind = \"postgresql\"\nplain = true\nurl = \"{}\"\n{wrong}\n",
        target.url_of("postgres")
    ));
    site.restore_databases(&bundle, &[], 6, "stopped at the first error");
    assert_eq!(names(&target), empty);
    platform(&site, &target);
    let restore = ["restore", "--platform=site.toml", "--only=data", "--file", &bundle];
    for point in ["postgresql.plain", "postgresql.loaded"] {
        let killed = finish(site.command(&restore).env("GAPSYNC_FAIL_POINT", point));
        assert_eq!(killed.status, -1, "{point}: {killed:?}");
        site.expect(&["recover"], 0, "");
        assert_eq!(names(&target), empty, "{point}");
    }
    site.restore_databases(&bundle, &[], 0, "finished");
    // The rights on the database are granted in another order.
    let sorted = |text: &str| {
        let line = |line: &str| {
            let mut letters: Vec<char> = line.chars().collect();
            if line.contains("|UTF8|") {
                letters.sort_unstable();
            }
            letters.into_iter().collect::<String>()
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    };
    same(&sorted(&was), &sorted(&content(&target, "whole one", &["roles"])));
    site.restore_databases(&bundle, &[], 7, "the server is not empty");
    assert_eq!(site.leftovers(), Vec::<String>::new());
}
