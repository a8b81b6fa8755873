//! Renders reports for people. The text file beside a bundle and the output on a terminal are the same page.

pub mod grid;
pub mod page;

/// A report that people can read.
pub trait Rendered {
    /// Returns the page, with a line feed at its end.
    fn text(&self) -> String;
}
