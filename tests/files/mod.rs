//! Physical files: none of the target's own is harmed, and none of the source goes missing in silence.

mod arriving;
mod leaving;

use std::path::{Path, PathBuf};

use crate::conformance::command::Site;
use crate::conformance::describe::Profile;
use crate::support::Engine;

/// An installation of the mini profile with a kind of file and a folder for files.
fn site(engine: Engine) -> Site {
    let site = Site::empty(engine, &Profile::read("mini"));
    site.database.run("INSERT INTO kinds (id, name) VALUES (1, 'report');");
    site.fill_hashes();
    std::fs::create_dir(root(&site)).unwrap();
    site
}

fn root(site: &Site) -> PathBuf {
    site.folder.path().join("files")
}

fn read(root: &Path, path: &str) -> Option<String> {
    std::fs::read_to_string(root.join(path)).ok()
}

/// What a row records.
fn recorded(site: &Site, name: &str) -> String {
    site.database.run(&format!("SELECT path FROM papers WHERE name = '{name}';")).trim().to_owned()
}
