//! `snapshot check`: the checks that a snapshot makes before it changes anything, for monitoring and rehearsals.

use serde::Serialize;

use super::fence::{self, Verdict};
use super::platform::When;
use super::request::Selection;
use super::store::queue;
use crate::error::{Result, escape};
use crate::event::Progress;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// Why it failed; `None` if it passed.
    pub failure: Option<String>,
    /// What somebody should know, although it passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// Makes the checks that come before a snapshot, all of them.
///
/// # Errors
/// `Usage` for a name or value that is not known; `File` if a program cannot be started.
pub fn check(selection: &Selection, progress: &Progress) -> Result<Vec<Checked>> {
    selection.check_names()?;
    let values = selection.platform.values(&selection.values)?;
    let mut found = Vec::new();
    for check in selection.platform.checks(&values)?.iter().filter(|check| check.when == When::Before) {
        progress.note(format!("check {}", escape::line(&check.name)));
        let (failure, warning) = match fence::check(check)? {
            Verdict::Passed => (None, None),
            Verdict::Warned(why) => (None, Some(why)),
            Verdict::Failed(why) => (Some(why), None),
        };
        found.push(Checked { name: check.name.clone(), failure, warning });
    }
    for queue in selection.platform.queues(&values)? {
        progress.note(format!("look into the queue {}", queue.name));
        let (failure, warning) = match queue::look(&queue, selection.credentials.of(&queue.name).as_ref()) {
            Ok(content) if content.is_empty() => (None, None),
            Ok(content) => (None, Some(format!("not empty: {}", content.shown()))),
            Err(error) => (Some(error.to_string()), None),
        };
        found.push(Checked { name: queue.name, failure, warning });
    }
    Ok(found)
}
