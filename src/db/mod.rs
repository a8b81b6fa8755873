//! The engines. `dialect` and `hash` are text only; `session` is what a connection can do; one folder an engine.

pub mod catalogue;
pub mod dialect;
pub mod error;
pub mod hash;
pub mod mariadb;
pub mod merge;
pub mod postgres;
pub mod rights;
pub mod session;
pub mod sqlite;
pub mod storage;
pub mod url;
