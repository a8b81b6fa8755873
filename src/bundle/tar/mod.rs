//! The tar format, strictly: regular files only, each with one name and one size on which all readers agree.
//!
//! The walk is our own, because a tar library that serves everyone tolerates what must not pass here: an archive
//! that ends without its end marks, links, sparse files, two headers that give two sizes.

mod extension;
mod read;
mod write;

pub(super) use read::{Bytes, Entry, TarReader};
pub(super) use write::{END, member_header};

const BLOCK_BYTES: usize = 512;

#[cfg(test)]
mod tests;
