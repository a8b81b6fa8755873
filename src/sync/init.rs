//! `init`: the profile's schema in an empty database.

use crate::error::{Error, Result};

use super::Context;

/// Creates the schema and the ledger; returns the names of the tables made.
///
/// # Errors
/// `Schema` when the database is not empty or no schema ships for the profile; `Database`.
pub async fn init(_context: &Context) -> Result<Vec<String>> {
    Err(Error::internal("not built yet"))
}
