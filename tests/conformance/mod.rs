//! The conformance suite: the real program, driven as a user would, on each engine and each ordered pair of engines.
//!
//! Databases are filled and looked at by the engines' own shells alone, so that nothing of gapsync's own code judges it.

pub(crate) mod command;
pub(crate) mod describe;
pub(crate) mod expect;
pub(crate) mod fill;
pub(crate) mod insert;
pub(crate) mod look;

pub(crate) mod files;
mod filler;
mod hashes;
mod hostile;
mod ledger;
mod round_trip;
mod scope;
mod strangers;
mod window;
