//! The surroundings of a run, the same for every stage.

use std::path::PathBuf;

use crate::event::Progress;
use crate::stream::cancel::Cancel;

/// What every run gets from its caller. Clones share the progress and the stop signal.
#[derive(Clone)]
pub struct Context {
    /// Receives progress.
    pub progress: Progress,
    /// Lets the user stop the run.
    pub cancel: Cancel,
    /// Folder for reports and rejects files.
    pub report_dir: PathBuf,
    /// Options that a follow-up command needs besides its own: ` --database=…`, quoted for a shell and without passwords.
    /// Empty if the environment or the configuration supplies everything.
    pub again: String,
}
