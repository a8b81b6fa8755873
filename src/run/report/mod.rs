//! A report as a page for people: the text file beside a bundle and the output on a terminal are the same.

pub mod grid;
pub mod page;

/// A report that can be read by people.
pub trait Rendered {
    /// Returns the page, with a line feed at its end.
    fn text(&self) -> String;
}
