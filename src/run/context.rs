//! What every run is given, whatever it does.

use std::path::PathBuf;

use crate::event::Progress;
use crate::stream::cancel::Cancel;

/// What every run is given. Clones share the progress and the signal to stop.
#[derive(Clone)]
pub struct Context {
    /// Who hears of progress.
    pub progress: Progress,
    /// How the user stops the run.
    pub cancel: Cancel,
    /// Folder for reports and rejects files.
    pub report_dir: PathBuf,
    /// What a command that follows up on this one needs besides its own options: ` --database=…`, quoted for a shell and
    /// without passwords; empty when the environment or the configuration says it all.
    pub again: String,
}
