//! A page of text for people, which a report is written on from top to bottom.

use std::fmt::Write;

use crate::error::escape;

use super::grid::{grouped, size};

/// A page that grows from top to bottom, block by block, with an empty line between blocks.
pub struct Page(String);

impl Page {
    /// Begins a page with its title.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self(format!("{title}\n{}\n\n", "=".repeat(title.len())))
    }

    /// Adds a line to the head.
    pub fn fact(&mut self, name: &str, value: &str) {
        let _ = writeln!(self.0, "{name:<13}{}", escape::line(value));
    }

    /// Adds a heading with lines below it, or nothing if there are no lines.
    pub fn block(&mut self, heading: &str, lines: &str) {
        if !lines.is_empty() {
            let _ = write!(self.0, "\n{heading}\n{lines}");
        }
    }

    /// Adds a heading with a list below it.
    pub fn list<'a>(&mut self, heading: &str, items: impl IntoIterator<Item = &'a String>) {
        let lines: String = items.into_iter().map(|item| format!("  {}\n", escape::line(item))).collect();
        self.block(heading, &lines);
    }

    /// Adds lines that have no heading.
    pub fn lines(&mut self, lines: &str) {
        let _ = write!(self.0, "\n{lines}");
    }

    /// Returns the whole page.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}

/// Returns a neutral timestamp without its fraction.
pub fn whole_seconds(time: &str) -> String {
    format!("{} UTC", time.split('.').next().unwrap_or_default())
}

/// Returns a size like `12,345 bytes (12.1 KiB)`.
pub fn bytes(count: u64) -> String {
    if count < 1024 { format!("{count} bytes") } else { format!("{} bytes ({})", grouped(count), size(count)) }
}
