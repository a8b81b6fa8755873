//! The engines: SQLite, PostgreSQL and MariaDB (with MySQL) behind one type.
//!
//! [`url::DatabaseUrl`] names a database, and [`session::Session`] is a connection to it. A session hands what differs to
//! the engine's own session in `sqlite/`, `postgres/` or `mariadb/`. [`rows`] has the words that both sides exchange: a
//! `ReadSelect` is answered by `ReadBatch`es, and `LoadBatch`es go into a `LoadTable`. [`dialect::Dialect`] writes the SQL
//! that differs between engines and needs no connection. [`catalogue`] turns what a catalogue returns into
//! `model::schema::Table`. [`error::SqlClass`] is the kind of a refusal: it decides whether a caller waits and tries again,
//! gives up a row, or stops. [`rights`] finds what a user is not allowed to do, [`storage`] the disks that a database writes
//! to, and [`trace`] writes down every statement. [`hive`] is a neighbour of all this: engines without transactions and row
//! by row writing, which have sessions of their own.
//!
//! This room knows tables, rows and statements, but not what they are for; `tests/layering.rs` holds it to that.
//!
//! Each engine's folder has the same files for the same jobs: `mod` (the connection), `settings`, `catalogue`, `read`,
//! `load`, `error` and `rights`. SQLite has no `settings`, as it has no server with settings of its own.
//!
//! To add an engine:
//! 1. Add a variant to [`dialect::Dialect`]. The compiler then lists some seventy matches or more, here and in the rooms
//!    above. Comparisons (`grep -rnE '[!=]= Dialect::' src`) have to be checked by hand; what an engine can do in general
//!    has a name in `Dialect`, such as `rolls_back_ddl`.
//! 2. Write its folder: a session with `open`, `execute`, `script`, `query`, `rollback`, `catalogue`, `read`, `load` and
//!    `set_memory`, and the catalogue query `INDEXED`. What only one engine can do is no method of the common
//!    session but a type of the engine's own, as [`sqlite::bulk`]; what every engine can answer, even if the answer is the
//!    same for most, is one, as `unreplicated`.
//! 3. Add it to `Engine` and `on_engine!` in [`session`], its schemes to [`url`], and its options to `login`.
//! 4. Add `sql/<engine>/ledger.sql`, and in `sql/<engine>/queries/` the fixed statements that it is asked, one question a
//!    file. Each runs in the engine's own shell, which a test holds; statements with values are made in code.
//!
//! To add a kind of refusal, add it to [`error::SqlClass`] and classify it in each engine's `error`.

pub mod catalogue;
pub mod dialect;
pub mod error;
pub mod hive;
mod login;
pub mod mariadb;
pub mod postgres;
pub mod rights;
pub mod rows;
pub mod session;
pub mod sizes;
pub mod sqlite;
pub mod storage;
pub mod trace;
pub mod url;
