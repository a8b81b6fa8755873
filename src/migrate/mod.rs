//! Migrates the old files of a platform into the tables of its successor: Apache Spot's CSV and TSV trees first.
//!
//! A [`mapping::Mapping`] says which files a pipeline has and which rows of which tables they become. [`migrate`] takes one
//! pipeline after the other:
//!
//! 1. Look: [`tree`] finds the files, and the ledger of the target says which of them were migrated before.
//! 2. Stage: [`reader`] reads the files on a thread of its own, [`rows`] makes the rows of the target tables from their
//!    records, and [`stage`] hands them to the engine, which loads them into staging tables, or into the target tables in a
//!    transaction that is still open. A damaged file ends the run here: no target table was touched.
//! 3. Publish: the engine moves the staged rows into the target tables, group by group, and records the files of each group in
//!    the same transaction, or commits the open one. A run that dies leaves whole groups; the next one goes on with the files that are not recorded.
//! 4. Retire: when every record of every file is accounted for, [`retire`] moves the old files to the backup folder, and the
//!    staging tables go.
//!
//! A dry run stops before the second step; [`preview`] describes what would follow, and what would go wrong. [`target`] chooses the
//! engine; what depends on it is in [`sql`] and [`hive`]. To add a function to mappings, add it to
//! `mapping::value` and to [`evaluate`]; to add a pipeline of Spot's, add a file to `sql/migrate/` and to `mapping`.

pub mod account;
mod dates;
mod days;
mod evaluate;
mod group;
mod hive;
mod lookup;
pub mod mapping;
mod pipeline;
mod plan;
mod preview;
mod reader;
pub mod report;
pub mod request;
mod retire;
mod rows;
mod run;
mod sql;
mod stage;
mod table;
mod target;
mod tree;

pub use run::{migrate, script};
pub use sql::remove_leftovers;
