//! Room on disk: what an export says that it needs at most is at most what its bundle takes, whatever its rows are.

use serde_json::Value;

use crate::support::{engines, finish, fresh_database, gapsync};

/// A text of so many characters, without a pattern and with whatever CSV puts quotes around.
fn noise(state: &mut u64, length: usize) -> String {
    let mut next = || {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *state >> 33
    };
    let char = |number: u64| char::from(b' ' + u8::try_from(number % 94).unwrap());
    (0..length)
        .map(|_| if next() % 4 == 0 { '"' } else { char(next()) })
        .filter(|char| !"'\\".contains(*char))
        .collect()
}

#[test]
fn a_bundle_takes_at_most_what_was_said() {
    for engine in engines() {
        for (rows, length) in [(0, 0), (1, 1), (1, 60_000), (40, 3), (700, 200), (3000, 1)] {
            let database = fresh_database(engine);
            let folder = tempfile::tempdir().unwrap();
            let url = format!("--database={}", database.url);
            let run = |arguments: &[&str]| {
                let mut command = gapsync(arguments);
                finish(command.args(["--profile=mini", "--progress=off", &url]).current_dir(folder.path()))
            };
            assert_eq!(run(&["init"]).status, 0, "{engine:?}");
            let mut state = 7;
            database.run("INSERT INTO kinds (id, name) VALUES (1, 'alpha');");
            for first in (0..rows).step_by(500) {
                let values: Vec<String> = (first..rows.min(first + 500))
                    .map(|row| format!("(1, 'v{row}', '{}')", noise(&mut state, length)))
                    .collect();
                database.run(&format!("INSERT INTO things (kind_id, value, description) VALUES {};", values.join(",")));
            }
            assert_eq!(run(&["fill-sync-hash"]).status, 0, "{engine:?}");
            for codec in ["none", "gzip", "zstd"] {
                for more in ["--object-limit=50000", "--object-limit=7"] {
                    let compression = format!("--compression={codec}");
                    let ended = run(&["export", "--json", "--full", &compression, more]);
                    assert_eq!(ended.status, 0, "{engine:?}: {}", ended.stderr);
                    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
                    let (most, bytes) = (report["need"]["bytes"].as_u64(), report["bundle"]["bytes"].as_u64());
                    let case = format!("{engine:?}, {codec}, {rows} rows of {length}, {more}: {most:?} for {bytes:?}");
                    assert!(most >= bytes && bytes > Some(0), "{case}");
                }
            }
        }
    }
}
