//! The engines. `dialect` is text only; `session` is what a connection can do, `rows` what it is handed and hands
//! out; there is one folder for each engine.

pub mod catalogue;
pub mod dialect;
pub mod error;
mod login;
pub mod mariadb;
pub mod postgres;
pub mod rights;
pub mod rows;
pub mod session;
pub mod sqlite;
pub mod storage;
pub mod trace;
pub mod url;
