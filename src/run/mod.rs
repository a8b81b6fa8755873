//! What runs of all stages share.
//!
//! [`Context`] is what a run gets from its caller and [`resources::Resources`] what it may use of the machine. In the
//! database, [`ledger`] keeps the installation's id and one row of `synchronizations` for each run, [`checkpoint`] keeps how
//! far a run is, and [`lock::Lock`] makes sure that only one run writes; [`process`]
//! tells whether its holder is still alive. [`disk`] refuses a run that will not fit, [`backoff`] decides which errors are
//! worth another attempt. [`rejects::Rejects`] writes the rejects file and enforces its limit. [`ended::end`] turns the
//! outcome into the final [`report::Report`] and writes it as text.
//!
//! Nothing here knows what a stage does: a stage keeps its own figures, and the lines that show them, in the
//! [`report::Body`] of the report. To add a fact that every run reports, add a field to [`report::Report`], set it in the
//! stages or in [`ended`], and show it in [`report::text`]. To add a table to the ledger, add it to `sql/<engine>/ledger.sql` and to the end of `TABLES` in
//! [`ledger`].

pub mod backoff;
pub mod checkpoint;
pub mod context;
pub mod disk;
pub mod ended;
pub mod ledger;
pub mod lock;
pub mod process;
pub mod rejects;
pub mod report;
pub mod resources;
pub mod shell;

pub use context::Context;
