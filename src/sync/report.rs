//! What a run did, as a page for people: the text file beside a bundle and the output on a terminal are the same.

mod export;
pub mod grid;
mod import;
mod page;

pub use page::place_facts;

/// A report that can be read by people.
pub trait Rendered {
    /// The page, with a line feed at its end.
    fn text(&self) -> String;
}
