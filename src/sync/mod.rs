//! The sync stage: carries the tables of a profile from one database to another in a bundle.
//!
//! | room | job |
//! | --- | --- |
//! | [`export`] | reads one consistent snapshot and writes a bundle |
//! | [`import`] | stages a bundle, decides on each row, and writes the base tables |
//! | [`merge`] | the SQL of an import as text, and [`merge::hash`], the SQL of a row's hash |
//! | [`hashing`] | `fill-sync-hash`: fills or checks the hashes |
//! | [`schema`], [`init`] | generate the schema and triggers of a profile, and create them |
//! | [`check`], [`rights`], [`ready`] | whether a database is ready for a command |
//! | [`profile`] | helps to write a profile for a database of one's own |
//! | [`chain`], `window`, [`history`] | which bundles came before: gaps, the start of a window, past runs |
//! | [`inspect`] | reads a bundle without a database |
//!
//! A command builds a [`Context`] and a request ([`export::ExportRequest`], [`import::ImportRequest`]) and gets a report back.
//! The rooms meet in the ledger, not in memory: an export finds the start of its window in the reports of earlier exports and
//! imports, an import finds gaps in the bundles applied before. What every run has (lock, ledger, rejects, reports) is in
//! `run`; the tables of the ledger are in `sql/<engine>/ledger.sql`.
//!
//! To add a command, touch the command line, [`rights`] if it needs privileges, and the README. To add a field to a report,
//! touch the bodies in [`report`], or `run::report` if every run has it. The rules about natural keys and hashes are in [`merge::hash`]; triggers,
//! `fill-sync-hash` and import share them, so a change there changes all stored hashes.

use crate::db::url::DatabaseUrl;
use crate::model::profile::Profile;
use crate::run;

pub mod chain;
pub mod check;
mod dated;
mod equal;
pub mod export;
pub mod hashing;
pub mod history;
pub mod import;
pub mod init;
pub mod inspect;
mod kinds;
pub mod merge;
mod moment;
mod none;
pub mod profile;
pub mod ready;
pub mod report;
pub mod rights;
pub mod schema;
mod version;
mod window;

/// The context of every command that talks to a database.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub database: DatabaseUrl,
    /// The tables and their rules.
    pub profile: Profile,
    /// The context of every run.
    pub run: run::Context,
}
