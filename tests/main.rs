//! All integration tests, in one binary.

mod chain;
mod cli;
mod conformance;
mod engines;
mod faults;
mod files;
mod fixture;
mod hashing;
mod hostile;
mod layering;
mod model;
mod ours;
mod property;
mod rejects;
mod schema;
mod support;
mod travel;
mod values;
