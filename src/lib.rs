//! gapsync carries the data of a threat-intelligence platform across an air gap.
//!
//! The rooms, and who may import whom (imports point down this list only; a test holds them to it):
//!
//! | room | job |
//! | --- | --- |
//! | [`cli`] | arguments, settings, progress, rendering; the only place that knows a terminal |
//! | [`sync`] | the stage: export, import, hashing, history |
//! | [`run`] | what every run has, whatever its stage: ledger, lock, room on disk, rejects file, report, its end |
//! | [`bundle`], [`db`] | the tarball; the engines. They do not know each other and meet only in a stage |
//! | [`rows`] | the text of rows: dump files, OUTFILE dumps, rejects files |
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
pub mod rows;
pub mod run;
pub mod stream;
pub mod sync;
