//! Points at which tests kill the program, to check that it survives that. Release builds have none.

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where to die: the name of a point and the number of the pass, from 1, as in `GAPSYNC_FAIL_POINT=name[:pass]`.
struct Death {
    name: String,
    pass: u64,
    passed: AtomicU64,
}

/// Passes a point. If it is the chosen one, the process kills itself as `kill -9` would, without cleaning up.
pub fn point(name: &str) {
    if cfg!(debug_assertions) {
        strike(name);
    }
}

/// Returns whether a test has set a variable. In release builds none is.
pub fn is_set(variable: &str) -> bool {
    cfg!(debug_assertions) && std::env::var_os(variable).is_some()
}

fn strike(name: &str) {
    static DEATH: OnceLock<Option<Death>> = OnceLock::new();
    let Some(death) = DEATH.get_or_init(chosen) else { return };
    if death.name == name && death.passed.fetch_add(1, Ordering::Relaxed) + 1 == death.pass {
        let _ = Command::new("kill").args(["-KILL", &std::process::id().to_string()]).status();
        loop {
            std::thread::park();
        }
    }
}

fn chosen() -> Option<Death> {
    let text = std::env::var("GAPSYNC_FAIL_POINT").ok()?;
    let (name, pass) = text.split_once(':').unwrap_or((&text, "1"));
    Some(Death { name: name.to_owned(), pass: pass.parse().ok()?, passed: AtomicU64::new(0) })
}
