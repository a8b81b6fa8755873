//! Points at which tests kill the program, to see that it can be killed there. Release builds have none.

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where to die: the name of a point, and which pass of it from 1, as `GAPSYNC_FAIL_POINT=name[:pass]` says.
struct Death {
    name: String,
    pass: u64,
    passed: AtomicU64,
}

/// Passes a point. The process kills itself there, when it was told to, as `kill -9` would: nothing is tidied up.
pub fn point(name: &str) {
    if cfg!(debug_assertions) {
        strike(name);
    }
}

fn strike(name: &str) {
    static DEATH: OnceLock<Option<Death>> = OnceLock::new();
    let Some(death) = DEATH.get_or_init(told) else { return };
    if death.name == name && death.passed.fetch_add(1, Ordering::Relaxed) + 1 == death.pass {
        let _ = Command::new("kill").args(["-KILL", &std::process::id().to_string()]).status();
        loop {
            std::thread::park();
        }
    }
}

fn told() -> Option<Death> {
    let text = std::env::var("GAPSYNC_FAIL_POINT").ok()?;
    let (name, pass) = text.split_once(':').unwrap_or((&text, "1"));
    Some(Death { name: name.to_owned(), pass: pass.parse().ok()?, passed: AtomicU64::new(0) })
}
