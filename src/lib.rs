//! gapsync carries the data of a threat-intelligence platform across an air gap.
//!
//! The rooms, and who may import whom (imports point down this list only; a test holds them to it):
//!
//! | room | job |
//! | --- | --- |
//! | [`cli`] | arguments, settings, progress, rendering; the only place that knows a terminal |
//! | [`sync`] | export, import, hashing, report, history |
//! | [`bundle`], [`db`] | the tarball; the engines. They do not know each other and meet only in a stage |
//! | [`stream`] | bytes on the move: codecs, digests, byte budget, cancellation, CPU pool |
//! | [`model`] | plain data, no I/O |
//! | [`error`], [`event`] | what went wrong; what is going on |
//!
//! Data flows one way:
//!
//! ```text
//! export   db reader → dump-file encoder → digest + count → tar → compress → manifest → rename into place
//! import   tarball → decompress → untar → digest + count → dump-file decoder → engine loader → sync tables → set-based merge
//! verify   import's read side ending in nothing
//! ```

pub mod bundle;
pub mod cli;
pub mod db;
pub mod error;
pub mod event;
pub mod model;
pub mod stream;
pub mod sync;
