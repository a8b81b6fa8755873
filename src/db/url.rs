//! Database URLs.

/// Where a database is and how to log in; never printed with its password.
#[derive(Clone)]
pub struct DatabaseUrl(String);
