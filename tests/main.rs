//! All integration tests, in one binary.

mod schema;
mod support;
