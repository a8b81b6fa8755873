//! All integration tests, in one binary.

mod hashing;
mod engines;
mod hostile;
mod layering;
mod model;
mod property;
mod schema;
mod support;
