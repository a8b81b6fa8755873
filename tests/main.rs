//! All integration tests, in one binary.

mod chain;
mod check;
mod circles;
mod cli;
mod conformance;
mod convergence;
mod engines;
mod faults;
mod files;
mod fixture;
mod hashing;
mod hive;
mod hostile;
mod kinds;
mod layering;
mod model;
mod ours;
mod property;
mod rejects;
mod schema;
mod servers;
mod sql;
mod store;
mod support;
mod travel;
mod values;
