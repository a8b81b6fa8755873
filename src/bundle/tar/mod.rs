//! A strict tar format: regular files only, each with one name and one size on which all readers agree.
//!
//! The reader is our own, because a general-purpose tar library tolerates what must be refused here: an archive without its
//! end marks, links, sparse files, two headers with different sizes.

mod extension;
mod read;
mod write;

pub(super) use read::{Bytes, Entry, TarReader};
pub(super) use write::{END, member_header};

const BLOCK_BYTES: usize = 512;

#[cfg(test)]
mod tests;
