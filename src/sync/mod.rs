//! The sync stage: export, import, hashing and what they leave behind.

pub mod export;
pub mod hashing;
pub mod history;
pub mod import;
pub mod init;
pub mod inspect;
pub mod ledger;
pub mod report;
