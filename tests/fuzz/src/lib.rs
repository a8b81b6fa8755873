//! What reads bytes from outside, under libFuzzer.
//!
//! `tests/fuzz/run` runs each target for a while, `tests/fuzz/run 600` for longer; `--help` tells the rest.
//!
//! The rooms that parse are compiled from the sources of the crate, without those that know databases or a terminal: a build
//! takes a minute in place of ten, and the targets reach what is private to a room. That the rooms stand alone is held by the
//! test of their layers. No sanitizer is used, for no code here is unsafe; what the targets look for are panics, overflows,
//! memory out of proportion, and the properties that each of them states.

#![forbid(unsafe_code)]

#[path = "../../../src/error/mod.rs"]
pub mod error;
#[path = "../../../src/model/mod.rs"]
pub mod model;
#[path = "../../../src/rows/mod.rs"]
pub mod rows;
#[path = "../../../src/stream/mod.rs"]
pub mod stream;

pub mod bundle;
pub mod profile;
