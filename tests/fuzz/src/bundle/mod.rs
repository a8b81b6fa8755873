//! The room of that name without its reader and writer, which have threads and files; and the targets, which stand here so
//! that they see what it keeps to itself.

#[path = "../../../../src/bundle/reader/distinct.rs"]
mod distinct;
#[path = "../../../../src/bundle/header.rs"]
mod header;
#[path = "../../../../src/bundle/layout.rs"]
mod layout;
#[path = "../../../../src/bundle/reader/members.rs"]
mod members;
#[path = "../../../../src/bundle/tar/mod.rs"]
mod tar;

pub mod targets;
