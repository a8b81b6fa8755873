//! Snapshots: one recovery point of a whole platform in one bundle, and back.
//!
//! [`platform::Platform`] describes the platform. [`create`] makes a plan of steps from it ([`plan`]) and carries it out: checks,
//! services stopped ([`fence`]), the instant of each store, its content, services started again, the catalogue. A dry run shows
//! the same plan. The bundle has format version 1 and `kind: snapshot`: content as physical files, and a [`catalogue`] of
//! ordinary tables. [`content`] reads it and trusts nothing before its end, [`held`] finds the content of a file in it; [`verify`] stops there. [`restore`] lets [`receive`]
//! put the stores together beside their places meanwhile, and [`publish`] loads them into engines or renames them at the end.
//!
//! [`journal`] says what must be put back if the process dies; [`recover`] does that. [`resume`] goes on with a restore, [`recall`] with a snapshot whose [`instant`]s
//! can still be had. [`drill`] restores a snapshot on trial, which a [`certificate`] attests. The kinds of stores are in [`store`].
//! [`archive_wal`] is called by PostgreSQL itself.

mod after;
mod ahead;
mod archive;
mod base;
mod catalogue;
pub mod certificate;
pub mod chain;
pub mod check;
mod command;
mod content;
mod create;
pub mod credentials;
mod drill;
mod fence;
mod flag;
mod freeze;
pub mod guard;
mod held;
mod holding;
mod http;
mod instant;
mod journal;
mod kept;
mod latest;
mod leftovers;
mod pack;
mod place;
mod plan;
pub mod platform;
pub mod point;
mod publish;
mod recall;
mod receive;
mod recover;
pub mod report;
pub mod request;
mod restore;
mod resume;
mod store;
mod taken;
mod target;
mod tasks;
mod verify;
mod wait;

pub use archive::archive_wal;
pub use create::create;
pub use drill::drill;
pub use kept::{Kept, KeptDrill, gaps, kept, without_base};
pub use recover::recover;
pub use restore::restore;
pub use verify::{Verified, verify};
