//! The sync stage: export, import, hashing and what they leave behind.

use std::path::PathBuf;

use crate::db::url::DatabaseUrl;
use crate::event::Progress;
use crate::model::profile::Profile;
use crate::stream::cancel::Cancel;

pub mod chain;
pub mod check;
mod dated;
pub mod ended;
pub mod export;
pub mod hashing;
pub mod history;
pub mod import;
pub mod init;
pub mod inspect;
pub mod ledger;
mod moment;
mod need;
pub mod place;
pub mod rejects;
pub mod report;
pub mod resources;
mod retry;
pub mod rights;
pub mod schema;
mod window;

/// What every command that talks to a database is given.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub database: DatabaseUrl,
    /// The tables and their rules.
    pub profile: Profile,
    /// Who hears of progress.
    pub progress: Progress,
    /// How the user stops the run.
    pub cancel: Cancel,
    /// Folder for reports and rejects.
    pub report_dir: PathBuf,
    /// What a command that follows up on this one needs besides its own options: ` --database=…`, quoted for a shell and
    /// without passwords; empty when the environment or the configuration says it all.
    pub again: String,
}
