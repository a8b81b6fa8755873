//! The report of a run, as a value and as a page for people.
//!
//! [`Report`] is the head that the runs of all stages share; a stage adds its fields and its lines as a [`Body`]. [`text::page`]
//! renders both. [`page::Page`] is what lines are written on, [`grid`] has tables and figures.

pub mod grid;
pub mod head;
pub mod page;
pub mod text;

pub use head::{Body, Report};
