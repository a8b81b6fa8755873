//! The sync stage: export, import, hashing and what they leave behind.

use crate::db::url::DatabaseUrl;
use crate::model::profile::Profile;
use crate::run;

pub mod chain;
pub mod check;
mod dated;
pub mod export;
pub mod hashing;
pub mod history;
pub mod import;
pub mod init;
pub mod inspect;
pub mod merge;
mod moment;
pub mod place;
pub mod report;
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
    /// What every run is given.
    pub run: run::Context,
}
