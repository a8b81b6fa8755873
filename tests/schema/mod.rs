//! The schema files in `sql/`, and what the program prints for a profile of one's own. `GAPSYNC_BLESS=1` rewrites the files.

mod existing;
mod own;
mod shells;

use std::path::Path;

use crate::support::{Ended, finish, gapsync};

/// Runs `gapsync schema` in a folder.
fn printed(folder: &Path, arguments: &[&str]) -> Ended {
    finish(gapsync(["schema", "--progress=off"]).args(arguments).current_dir(folder))
}

#[test]
fn schema_files_are_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bless = std::env::var_os("GAPSYNC_BLESS").is_some();
    let mut stale = Vec::new();
    for profile in ["threatq", "mini"] {
        for engine in ["sqlite", "postgres", "mariadb"] {
            let ended = printed(root, &["--profile", profile, "--engine", engine]);
            assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{profile} on {engine}");
            let path = root.join("sql").join(engine).join(format!("{profile}.sql"));
            if bless {
                std::fs::write(&path, &ended.stdout).unwrap();
            } else if std::fs::read_to_string(&path).ok() != Some(ended.stdout) {
                stale.push(path);
            }
        }
    }
    assert!(stale.is_empty(), "run the test with GAPSYNC_BLESS=1, these files are stale: {stale:?}");
}
