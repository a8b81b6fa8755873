//! A store of files: a folder, or files anywhere.
//!
//! [`list`] takes the instant: it lists what there is, with all that the system keeps about each entry. [`read`] reads the
//! content of a file into parts, without its holes. [`staging`] puts a store together again in a folder of its own and
//! gives it its place by renaming, [`attributes`] sets owners, permissions, times and extended attributes.

pub(in crate::snapshot) mod attributes;
mod follow;
pub(in crate::snapshot) mod list;
pub(in crate::snapshot) mod names;
pub(in crate::snapshot) mod read;
pub(in crate::snapshot) mod source;
pub(in crate::snapshot) mod staging;
