//! gapsync carries the data of a threat-intelligence platform across an air gap. `export` writes a bundle (a tarball of dump
//! files and physical files) on one side, `import` merges it into the database on the other. SQLite, PostgreSQL and MariaDB
//! (with MySQL) can be combined freely. A *profile* lists the tables that travel and, for each, the *natural key* that makes
//! two rows the same on both sides. Rows are matched by `sync_hash`, an MD5 of that key, because ids differ from one
//! installation to another; a table whose profile says `match = "key"` is matched by the columns of the key.
//!
//! Some words: the *target* is the database that an import writes to, and its own tables are the *base tables*. *Sync tables*
//! are the temporary ones of a run. *Physical files* are the files that rows name by path, below the *files root*. A bundle
//! belongs to a *stream* (source, receiver, scope) and covers a *window* of time; the *chain* is the order of a stream's
//! bundles. The *ledger* is what runs leave in the database. A *preview* is a dry run.
//!
//! # Rooms
//!
//! Imports point down this list only; `tests/layering.rs` holds them to it, and `tests/circles.rs` allows no circle of files.
//!
//! | room | job |
//! | --- | --- |
//! | [`cli`] | arguments, settings, progress, rendering; the only room that knows about a terminal |
//! | [`sync`] | bundles across the gap: export, import, hashing, history |
//! | [`migrate`] | old files of another platform into tables |
//! | [`snapshot`] | one recovery point of a whole platform into a bundle, and back. Stages never import one another |
//! | [`run`] | what every run has, whatever its stage: ledger, lock, disk space, rejects file, report, its end |
//! | [`bundle`], [`db`], [`store`] | the tarball; the engines; storage that an engine reads files from. They do not know one another and meet only in a stage |
//! | [`rows`] | the text of rows: dump files, OUTFILE dumps, rejects files |
//! | [`stream`] | bytes on the move: codecs, digests, byte budget, cancellation, CPU pool |
//! | [`model`] | plain data without I/O |
//! | [`error`], [`event`] | what went wrong; what is going on |
//!
//! The `mod.rs` of a larger room has a page with its key types, and says what to touch to extend it.
//!
//! # Data flow
//!
//! ```text
//! export   db reader → dump-file encoder → digest + count → tar, the manifest last → compress → rename into place
//! import   tarball → decompress → untar → digest + count → dump-file decoder → engine loader → sync tables → merge by SQL
//! verify   the reading side of import, with nothing behind it
//! snapshot stores of a platform, at one instant → parts → tar, a catalogue and the manifest last → compress → rename into place
//! restore  the reading side of import → folders beside their places → compare with the catalogue → rename into place
//! migrate  old file → records → rows of the target tables, by the mapping → engine loader → staging tables → target tables by SQL
//! ```
//!
//! The way of a row from the tarball into its base table:
//!
//! ```text
//! bundle file
//!   │ bundle::reader::source   thread 1: read, digest, decompress, limit the size
//!   │ bundle::reader::bundle   thread 2: take the tar apart, check member names and order
//!   │ rows::reader, decode     thread 2: cut dump files into rows, collect them in a model::batch::RowBatch
//!   │ bundle::reader::emit     wait for room in the byte budget, send Item::Rows
//!   ▼
//! sync::import::stage          fit each value to its column (model::value::fit, on the CPU pool);
//!   │                          rows that do not fit go to the rejects file
//!   │ db::session::load        COPY, LOAD DATA or prepared inserts
//!   ▼
//! sync_import_<table>_<pid>_raw    the fitted values, and gs_row: dump file and line in one number
//!   │ sync::import::resolve    table by table, parents first, by SQL from sync::merge: look up the ids of
//!   │                          parents, find the existing row by its hash or key, decide what to do with the row
//!   ▼
//! sync_import_<table>_<pid>        narrow: gs_action (what to do), existing_id (the row's id on the target; a new
//!   │                          row has one reserved), gs_seq (the order of writing), existing_<column> (references
//!   │                          as ids of the target), and what else deciding needs
//!   │ sync::import::apply      chunks of gs_seq: inserts, then updates, which join both sync tables
//!   ▼
//! base table
//! ```
//!
//! No base table is touched before the last byte of the bundle is checked and every row is resolved, except that
//! `--fill-sync-hash` fills missing hashes first. A preview leaves out all that writes base tables or files. The actual
//! statements are in `tests/sql/<engine>/<table>.sql`, one page for each table of the `mini` profile; `--trace-sql FILE` writes
//! those of any command. Fixed questions to a catalogue are files in `sql/<engine>/queries/`. `sync::merge::Action` names the values of `gs_action`.
//!
//! # States of an import
//!
//! `sync::import::checkpoint::Stage` is the next thing to do. It is stored in `gapsync_checkpoint`, in three parts that
//! change at different times: `plan`, `resolved`, `progress` (and a fourth, `tables`: the names that `cleanup` may drop). After
//! a temporary error the run continues from the checkpoint on a new connection, and `--resume` does the same in a new process,
//! which is given the bundle again to compare its digest. If the sync tables did not survive, as after a crash of a PostgreSQL
//! server, or the target's tables have changed, the run goes back to `Load`; rows that it wrote before count as unchanged.
//!
//! | state | what happens next | saved |
//! | --- | --- | --- |
//! | `Load` | read the whole bundle into raw sync tables, keep its physical files aside | when all of it is checked |
//! | `Resolve` | build the resolved sync tables, count what will happen | after a table, or a few seconds of small ones |
//! | `Apply` | write base tables, step by step and chunk by chunk | in the transaction of each chunk |
//! | `Files` | copy physical files to their paths below the files root, and store another name in the row where a path is taken | every few files; placing one twice does no harm |
//! | `Finish` | drop the sync tables, record the run and the place of the bundle in its stream | once |
//! | `Done` | nothing; the checkpoint is gone | |
//!
//! In `Load` there is nothing to continue from yet: the bundle is read again, and a run whose bundle came from standard input
//! ends if some of it was read. A preview makes the same plan, which is what `Load` and `Resolve` do, and shows it instead
//! of carrying it out; it keeps no checkpoint.
//!
//! # Steps, chunks and lanes
//!
//! A *step* is one kind of work on one table: insert new rows, fill references that had to wait because tables refer to one
//! another in a ring, or change existing rows (`sync::import::steps`). The steps and their order follow from the resolved
//! tables alone, so a checkpoint needs only the index of a step. A *chunk* is a range of `gs_seq` within a step, at most
//! `--object-limit` rows (1,000 on SQLite): it is one transaction on a server, and on SQLite, which commits about every two
//! seconds, part of one. If the database refuses a row, the chunk is halved until that row is alone; then it is settled if
//! another writer was faster, or rejected, and the others are written. SQLite inserts one row at a time where no trigger
//! belongs to the table, and needs no halving. *Lanes* (`sync::import::lanes`)
//! are sessions that run the statements of several chunks at once on a server, but commit them in order, so the written
//! rows are always all those up to some `gs_seq`.
//!
//! # Names in the database
//!
//! | name | what it is |
//! | --- | --- |
//! | `sync_import_<table>_<pid>_raw`, `sync_import_<table>_<pid>` | sync tables; a long name is cut and gets a digest (`import::names`). `gapsync cleanup` drops those of dead runs |
//! | `gs_…` | columns of sync tables that do not come from the bundle |
//! | `<table>_tmp` in the staging database | staging tables of a migration; `gs_row` is file and line of a row |
//! | `gapsync_migrated`, `gapsync_intent` | the files that were migrated; what a migration into Impala, Hive or Spark intends |
//! | `gapsync_hash` | temporary table of `fill-sync-hash` |
//! | `synchronizations` | one row per run, with its options and report |
//! | `gapsync_installation`, `_lock`, `_checkpoint`, `_applied`, `_gap` | the rest of the ledger: `sql/<engine>/ledger.sql` |
//!
//! # How to add …
//!
//! **an engine**: follow the list in [`db`], then the compiler through [`run`] (`ledger`, `lock`) and [`sync`] (`merge`,
//! `hashing::statements`, `rights`, `schema`, `dated`, and single matches; `grep -rn 'Dialect::'` finds the comparisons, which
//! the compiler does not). By hand: the driver in `Cargo.toml`, `EngineName` in `cli/args`, `sql/<engine>/`. In `tests/`:
//! `support::Engine`, `schema/`, a server in `tests/run`, and the pages of `tests/sql`.
//!
//! **an option**: the field in `cli/args/sync.rs`; the field in `sync::import::ImportRequest` or `sync::export::ExportRequest`,
//! and in its `options()` so that reports show it; the line in `cli/commands.rs` between them. An import option that changes
//! the outcome also belongs in `choices()` in `sync/import/begin.rs`, because `--resume` must use the same ones. Then bless
//! the help pages (`tests/README.md`) and describe it in `README.md` and `CHANGELOG.md`.
//!
//! **a report field**: the field in [`run::report::Report`] (every run), in `ImportBody` or `ExportBody` of [`sync::report`], or
//! in `ImportCounts` or `ExportCounts` (per table), with `#[serde(default)]` so that older records in the database can still
//! be read; the code that sets it, for an import often by way of the checkpoint; and its line in `run::report::text` or in the
//! [`run::report::Body`] of the stage. Bless the snapshots.
//!
//! **a stage**: a room beside [`sync`] with a type that implements [`run::report::Body`], and its line in `cli::render::runs`.
//!
//! **a function or word of mapping files**: `migrate::mapping::value` reads it, `migrate::evaluate` computes it, the README explains
//! it. **A pipeline of files**: a TOML file in `sql/migrate/`, its line in `migrate::mapping`, and its family in
//! `tests/spot/expect.py`, which says independently of the mapping what its tables must hold.
//!
//! **a reason to reject a row**: one seen in a value belongs in `model::value`, one seen by SQL is a `merge::Action`.

pub mod bundle;
pub mod cli;
pub mod db;
pub mod error;
pub mod event;
pub mod migrate;
pub mod model;
pub mod rows;
pub mod run;
pub mod snapshot;
pub mod store;
pub mod stream;
pub mod sync;
