//! All integration tests, in one binary.

mod hostile;
mod layering;
mod schema;
mod support;
