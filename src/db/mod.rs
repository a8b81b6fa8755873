//! The engines. `dialect` and `hash` are text only; `session` is what a connection can do; one folder an engine.

mod collect;
pub mod dialect;
pub mod error;
pub mod hash;
mod mariadb;
mod postgres;
pub mod session;
mod sqlite;
pub mod url;
