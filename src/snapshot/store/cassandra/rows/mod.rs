//! A keyspace as rows by CQL, for clusters, containers and other versions: each value as the protocol has it, with the time at
//! which it was written and the one at which it expires.
//!
//! [`read`] writes a text file per table and [`write`] takes it back; [`line`] is the form of a row. What CQL cannot say does
//! not travel: when a row without values was written.

mod line;
mod read;
mod source;
mod write;

pub(super) use source::Rows;
pub(super) use write::load;
