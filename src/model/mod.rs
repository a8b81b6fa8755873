//! Plain data without I/O, which all other rooms share.
//!
//! [`profile::Profile`] says which tables travel and what identifies a row; [`completed::Completed`] joins it with a
//! database's catalogue ([`schema::Table`]), and [`order`] derives from it the order in which tables are filled.
//! [`manifest`] has the first and the last member of a bundle. [`batch::RowBatch`] holds rows in motion, as text in the
//! form of a [`neutral::NeutralType`]. [`value`] converts between that form and what engines and other programs write, and
//! decides whether a value fits a column. [`run`] has the parts of a report: what a run did, as stored in the database, printed
//! as JSON and shown as text.
//!
//! Much of this is a file format: `Profile`, `Header`, `Manifest` and the parts of a report are read by other versions of the program. A
//! new field needs `#[serde(default)]`; a change of meaning needs a new version number.
//!
//! To add a neutral type, add it to [`neutral::NeutralType`] and follow the compiler through [`value`] and the engines'
//! catalogues and encodings. To add a limit of a column, add it to [`schema::Limits`], set it in the engines' catalogues
//! and check it in [`value::fit`].

pub mod after;
mod arrival;
pub mod batch;
pub mod change;
mod choices;
pub mod completed;
pub mod count;
pub mod files;
mod form;
pub mod guard;
pub mod hex;
pub mod id;
mod identity;
pub mod likeness;
pub mod manifest;
pub mod neutral;
pub mod options;
pub mod order;
pub mod profile;
mod read;
pub mod reference;
pub mod run;
pub mod schema;
pub mod selection;
pub mod value;
