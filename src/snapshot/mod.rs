//! Snapshots: one recovery point of a whole platform in one bundle, and back.
//!
//! [`platform::Platform`] describes the platform. [`create`] makes a plan of steps from it ([`plan`]) and carries it out: checks,
//! services stopped ([`fence`]), the instant of each store, its content, services started again, the catalogue. A dry run shows
//! the same plan. The bundle has format version 1 and `kind: snapshot`: content as physical files, and a [`catalogue`] of
//! ordinary tables. [`content`] reads it and trusts nothing before its end; [`verify`] stops there, [`restore`] builds the
//! stores beside their places meanwhile and publishes them by renaming.
//!
//! [`journal`] says what must be put back if the process dies; [`recover`] does that. The only kind of store so far is
//! [`files`]. To add one, add its variant to [`platform::Content`] and a room beside `files`; `create` takes its instant in
//! `list` and its content in `read`, `restore` takes its members by way of [`content::Take`].

mod catalogue;
pub mod check;
mod command;
mod content;
mod create;
mod fence;
mod files;
mod journal;
mod kept;
mod plan;
pub mod platform;
pub mod point;
mod recover;
pub mod report;
pub mod request;
mod restore;
mod target;
mod verify;

pub use create::create;
pub use kept::{Kept, kept};
pub use recover::recover;
pub use restore::restore;
pub use verify::{Verified, verify};
