//! What every run has, whichever stage it is of: what it is given, the ledger and the lock in the database, the room on disk,
//! the waits between attempts, the rejects file, the report as a page, and how it ends.

pub mod backoff;
pub mod context;
pub mod disk;
pub mod ended;
pub mod ledger;
pub mod lock;
pub mod rejects;
pub mod report;
pub mod resources;
pub mod shell;

pub use context::Context;
